//! Metadata that every kind shares: names, labels, annotations.
//!
//! Models: `apimachinery/pkg/api/validation/objectmeta.go`.
//! Left out: managed fields.

use crate::api::errors::FieldErrors;
use crate::api::object::Object;
use crate::api::validation::{check, quoted, text, value};
use std::collections::BTreeMap;

/// All annotations of an object together, in bytes.
const MOST_ANNOTATIONS: usize = 256 * 1024;

pub fn validate(new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
    match old {
        None => name(new, errors),
        Some(old) if old.meta.deletion_timestamp.is_some() => {
            let was = old.meta.finalizers.as_deref().unwrap_or(&[]);
            let mut more: Vec<&String> = new.meta.finalizers.iter().flatten().filter(|f| !was.contains(f)).collect();
            more.sort();
            more.dedup();
            if !more.is_empty() {
                let more: Vec<String> = more.iter().map(|name| quoted(name)).collect();
                let why = format!(
                    "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                    more.join(", ")
                );
                errors.forbidden("metadata.finalizers", &why);
            }
        }
        Some(_) => {}
    }
    labels(new.labels(), "metadata.labels", errors);
    for key in new.annotations().keys() {
        check(errors, "metadata.annotations", key, text::qualified_name(&key.to_ascii_lowercase()));
    }
    if new.annotations().iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() > MOST_ANNOTATIONS {
        errors.too_long("metadata.annotations", MOST_ANNOTATIONS);
    }
    owners(new, errors);
    let finalizers = new.meta.finalizers.as_deref().unwrap_or(&[]);
    if old.is_none() {
        for finalizer in finalizers {
            check(errors, "metadata.finalizers", finalizer, text::qualified_name(finalizer));
        }
        if ["orphan", "foregroundDeletion"].iter().all(|name| finalizers.iter().any(|f| f == name)) {
            let why = "finalizer orphan and foregroundDeletion cannot be both set";
            errors.invalid("metadata.finalizers", value(&finalizers), why);
        }
    }
    if new.kind.custom().is_none() {
        for (n, finalizer) in finalizers.iter().enumerate() {
            if !finalizer.contains('/') && !["kubernetes", "orphan", "foregroundDeletion"].contains(&finalizer.as_str())
            {
                let why = "name is neither a standard finalizer name nor is it fully qualified";
                errors.invalid(format!("metadata.finalizers[{n}]"), quoted(finalizer), why);
            }
        }
    }
}

/// What an object says it belongs to.
fn owners(object: &Object, errors: &mut FieldErrors) {
    let owners = object.meta.owner_references.as_deref().unwrap_or(&[]);
    let mut controller: Option<String> = None;
    for (n, owner) in owners.iter().enumerate() {
        let path = format!("metadata.ownerReferences[{n}]");
        if owner.api_version.is_empty() {
            errors.required(format!("{path}.apiVersion"), "must not be empty");
        } else if owner.api_version.matches('/').count() > 1 || owner.api_version.ends_with('/') {
            let why = "must be <group>/<version> or <version>";
            errors.invalid(format!("{path}.apiVersion"), quoted(&owner.api_version), why);
        }
        for (field, value) in [("kind", &owner.kind), ("name", &owner.name), ("uid", &owner.uid)] {
            if value.is_empty() {
                errors.required(format!("{path}.{field}"), "must not be empty");
            }
        }
        if owner.api_version == "v1" && owner.kind == "Event" {
            errors.invalid(path, value(owner), "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner.controller == Some(true) {
            let this = format!("{}/{}", owner.kind, owner.name);
            match &controller {
                None => controller = Some(this),
                Some(first) => {
                    let why = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {this}"
                    );
                    errors.invalid("metadata.ownerReferences", value(&owners), &why);
                }
            }
        }
    }
}

fn name(object: &Object, errors: &mut FieldErrors) {
    let name = object.name();
    if let Some(prefix) = object.meta.generate_name.as_deref().filter(|prefix| !prefix.is_empty()) {
        // Something follows, so it may end with a hyphen.
        let begin = prefix.strip_suffix('-').map_or(prefix.to_string(), |begin| format!("{begin}a"));
        check(errors, "metadata.generateName", prefix, rule(object, &begin));
    }
    if name.is_empty() {
        errors.required("metadata.name", "name or generateName is required");
    } else {
        check(errors, "metadata.name", name, rule(object, name));
    }
}

fn rule(object: &Object, name: &str) -> Vec<String> {
    match object.kind.names().resource {
        "services" => text::dns1035(name),
        "namespaces" | "statefulsets.apps" => text::label(name),
        "apiservices.apiregistration.k8s.io" => text::path_segment(name),
        resource if resource.ends_with(crate::api::rbac::GROUP) => text::path_segment(name),
        _ => text::subdomain(name),
    }
}

/// Keys and values of a label map.
pub fn labels(labels: &BTreeMap<String, String>, path: &str, errors: &mut FieldErrors) {
    for (key, value) in labels {
        check(errors, path, key, text::qualified_name(key));
        check(errors, path, value, text::label_value(value));
    }
}
