//! Roles and their bindings.
//!
//! Models: `pkg/apis/rbac/validation/validation.go`.

use super::{check, quoted, text};
use crate::api::errors::FieldErrors;
use crate::api::object::Object;
use crate::api::rbac::rules::list;
use crate::api::rbac::{GROUP, role_ref, rules_of, subjects};
use k8s_openapi::api::rbac::v1::{RoleRef, Subject};
use serde_json::json;

pub fn role(new: &Object, errors: &mut FieldErrors) {
    let namespaced = new.kind.names().namespaced;
    for (i, rule) in rules_of(new).iter().enumerate() {
        let path = |field: &str| format!("rules[{i}].{field}");
        let (groups, resources) = (list(&rule.api_groups), list(&rule.resources));
        let (names, urls) = (list(&rule.resource_names), list(&rule.non_resource_urls));
        if rule.verbs.is_empty() {
            errors.required(path("verbs"), "verbs must contain at least one value");
        }
        if !urls.is_empty() {
            let value = json!(urls).to_string();
            if namespaced {
                errors.invalid(path("nonResourceURLs"), &value, "namespaced rules cannot apply to non-resource URLs");
            }
            if !(groups.is_empty() && resources.is_empty() && names.is_empty()) {
                let why = "rules cannot apply to both regular resources and non-resource URLs";
                errors.invalid(path("nonResourceURLs"), &value, why);
            }
            continue;
        }
        if groups.is_empty() {
            errors.required(path("apiGroups"), "resource rules must supply at least one api group");
        }
        if resources.is_empty() {
            errors.required(path("resources"), "resource rules must supply at least one resource");
        }
        if !names.is_empty() && resources.len() > 1 {
            errors.required(path("resourceNames"), "resource names cannot apply to multiple resources");
        }
    }
}

pub fn binding(new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
    let namespaced = new.kind.names().namespaced;
    let Some(role) = role_ref(new) else { return };
    let group = role.api_group.as_deref().unwrap_or("");
    super::one_of(errors, "roleRef.apiGroup", group, &[GROUP]);
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    super::one_of(errors, "roleRef.kind", &role.kind, kinds);
    if role.name.is_empty() {
        errors.required("roleRef.name", "");
    } else {
        check(errors, "roleRef.name", &role.name, text::path_segment(&role.name));
    }
    for (i, one) in subjects(new).iter().enumerate() {
        subject(one, namespaced, &format!("subjects[{i}]"), errors);
    }
    if old.and_then(role_ref).is_some_and(|old| old != role) {
        let RoleRef { kind, name, .. } = role;
        let value = format!("{{\"APIGroup\":{},\"Kind\":{},\"Name\":{}}}", quoted(group), quoted(kind), quoted(name));
        errors.invalid("roleRef", value, "cannot change roleRef");
    }
}

fn subject(subject: &Subject, namespaced: bool, path: &str, errors: &mut FieldErrors) {
    let at = |field: &str| format!("{path}.{field}");
    let group = subject.api_group.as_deref().unwrap_or("");
    if subject.name.is_empty() {
        errors.required(at("name"), "");
    }
    match subject.kind.as_str() {
        "ServiceAccount" => {
            if !subject.name.is_empty() {
                check(errors, at("name"), &subject.name, text::subdomain(&subject.name));
            }
            super::one_of(errors, at("apiGroup"), group, &[""]);
            if !namespaced && subject.namespace.as_deref().unwrap_or("").is_empty() {
                errors.required(at("namespace"), "");
            }
        }
        kind @ ("User" | "Group") => {
            if subject.name.is_empty() {
                let why = format!("{} name cannot be empty", kind.to_ascii_lowercase());
                errors.invalid(at("name"), "\"\"", &why);
            }
            super::one_of(errors, at("apiGroup"), group, &[GROUP]);
        }
        kind => errors.not_supported(at("kind"), quoted(kind), &["ServiceAccount", "User", "Group"]),
    }
}
