//! Roles and bindings, in `kubectl get` and `kubectl describe`.
//!
//! Models: `pkg/printers/internalversion/printers.go`, `kubectl/pkg/describe/describe.go`.

use super::cell::{self, column, wide};
use super::report::Report;
use crate::api::kind::Column;
use crate::api::object::Object;
use crate::api::rbac::{role_ref, rules, rules_of, subjects};
use k8s_openapi::api::rbac::v1::Subject;

pub static ROLE_COLUMNS: [Column; 2] = [
    cell::NAME,
    column("CREATED AT", |role, _| {
        let created = role.meta.creation_timestamp.as_ref();
        created.map_or_else(String::new, |at| at.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }),
];

pub static BINDING_COLUMNS: [Column; 6] = [
    cell::NAME,
    column("ROLE", |binding, _| {
        role_ref(binding).map_or_else(String::new, |role| format!("{}/{}", role.kind, role.name))
    }),
    cell::AGE,
    wide("USERS", |binding, _| of(binding, "User", |s| s.name.clone())),
    wide("GROUPS", |binding, _| of(binding, "Group", |s| s.name.clone())),
    wide("SERVICEACCOUNTS", |binding, _| {
        of(binding, "ServiceAccount", |s| format!("{}/{}", s.namespace.as_deref().unwrap_or(""), s.name))
    }),
];

fn of(binding: &Object, kind: &str, name: fn(&Subject) -> String) -> String {
    let names: Vec<String> = subjects(binding).iter().filter(|s| s.kind == kind).map(name).collect();
    names.join(", ")
}

pub fn role(object: &Object, out: &mut Report) {
    untitled(object, out);
    out.line(0, "PolicyRule:");
    out.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    out.line(1, "---------\t-----------------\t--------------\t-----");
    for rule in rules::table(rules_of(object)) {
        out.line(1, rules::row(&rule));
    }
}

pub fn binding(object: &Object, out: &mut Report) {
    untitled(object, out);
    if let Some(role) = role_ref(object) {
        out.line(0, "Role:");
        out.line(1, format_args!("Kind:\t{}", role.kind));
        out.line(1, format_args!("Name:\t{}", role.name));
    }
    out.line(0, "Subjects:");
    out.line(1, "Kind\tName\tNamespace");
    out.line(1, "----\t----\t---------");
    for subject in subjects(object) {
        let namespace = subject.namespace.as_deref().unwrap_or("");
        out.line(1, format_args!("{}\t{}\t{namespace}", subject.kind, subject.name));
    }
}

/// Name, labels and annotations; the real describers leave the namespace out.
fn untitled(object: &Object, out: &mut Report) {
    out.line(0, format_args!("Name:\t{}", object.name()));
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
}
