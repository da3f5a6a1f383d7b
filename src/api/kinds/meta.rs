//! Metadata that every kind shares: names, labels, annotations.
//!
//! Models: `apimachinery/pkg/api/validation/objectmeta.go`.
//! Left out: finalizer names, owner references.

use crate::api::errors::FieldErrors;
use crate::api::object::Object;
use crate::api::validation::{check, text};
use std::collections::BTreeMap;

/// All annotations of an object together, in bytes.
const MOST_ANNOTATIONS: usize = 256 * 1024;

pub fn validate(new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
    if old.is_none() {
        name(new, errors);
    }
    labels(new.labels(), "metadata.labels", errors);
    for key in new.annotations().keys() {
        check(errors, "metadata.annotations", key, text::qualified_name(&key.to_ascii_lowercase()));
    }
    if new.annotations().iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() > MOST_ANNOTATIONS {
        errors.too_long("metadata.annotations", MOST_ANNOTATIONS);
    }
}

fn name(object: &Object, errors: &mut FieldErrors) {
    let name = object.name();
    if name.is_empty() {
        errors.required("metadata.name", "name or generateName is required");
        return;
    }
    let problems = match object.kind.names().resource {
        "services" => text::dns1035(name),
        "namespaces" | "statefulsets.apps" => text::label(name),
        "apiservices.apiregistration.k8s.io" => text::path_segment(name),
        resource if resource.ends_with(crate::api::rbac::GROUP) => text::path_segment(name),
        _ => text::subdomain(name),
    };
    check(errors, "metadata.name", name, problems);
}

/// Keys and values of a label map.
pub fn labels(labels: &BTreeMap<String, String>, path: &str, errors: &mut FieldErrors) {
    for (key, value) in labels {
        check(errors, path, key, text::qualified_name(key));
        check(errors, path, value, text::label_value(value));
    }
}
