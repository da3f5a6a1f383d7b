//! `kubectl describe` of ConfigMaps, Secrets, Namespaces, ServiceAccounts, and of what has no layout of its own.
//!
//! Models: `kubectl/pkg/describe/describe.go`.

use super::quota_describe;
use super::report::{Report, long_time};
use crate::api::kinds;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::time::Time;
use k8s_openapi::api::core::v1::{ConfigMap, NamespaceStatus, Secret, ServiceAccount};

pub fn config_map(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let map = object.spec::<ConfigMap>();
    out.head(object);
    out.raw("\nData\n====\n");
    for (key, value) in map.data.iter().flatten() {
        out.raw(format_args!("{key}:\n----\n{value}\n\n"));
    }
    out.raw("\nBinaryData\n====\n");
    for (key, value) in map.binary_data.iter().flatten() {
        out.line(0, format_args!("{key}: {} bytes", value.0.len()));
    }
    out.raw("\n");
    out.events_of(object, read, now);
}

pub fn secret(object: &Object, out: &mut Report) {
    let secret = object.spec::<Secret>();
    let kind = secret.type_.as_deref().unwrap_or("");
    out.head(object);
    out.raw(format_args!("\nType:\t{kind}\n\nData\n====\n"));
    for (key, value) in secret.data.iter().flatten() {
        if key == "token" && kind == "kubernetes.io/service-account-token" {
            out.line(0, format_args!("{key}:\t{}", String::from_utf8_lossy(&value.0)));
        } else {
            out.line(0, format_args!("{key}:\t{} bytes", value.0.len()));
        }
    }
}

pub fn namespace(object: &Object, read: Reader<'_>, out: &mut Report) {
    out.head(object);
    out.line(0, format_args!("Status:\t{}", object.status::<NamespaceStatus>().phase.as_deref().unwrap_or("")));
    let conditions = object.status::<NamespaceStatus>().conditions.as_deref().unwrap_or_default();
    if !conditions.is_empty() {
        out.raw("Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage\n");
        out.raw("  ----\t------\t------------------\t------\t-------\n");
    }
    for c in conditions {
        let (reason, message) = (c.reason.as_deref().unwrap_or(""), c.message.as_deref().unwrap_or(""));
        let since = c.last_transition_time.as_ref().map_or_else(String::new, long_time);
        out.line(1, format_args!("{}\t{}\t{since}\t{reason}\t{message}", c.type_, c.status));
    }
    out.raw("\n");
    quota_describe::quotas(&read.list(kinds::RESOURCE_QUOTA, Some(object.name())).collect::<Vec<_>>(), out);
    out.raw("\n");
    quota_describe::ranges(&read.list(kinds::LIMIT_RANGE, Some(object.name())).collect::<Vec<_>>(), out);
}

pub fn service_account(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let account = object.spec::<ServiceAccount>();
    out.head(object);
    let names: Vec<&str> = account.image_pull_secrets.iter().flatten().map(|s| s.name.as_str()).collect();
    for (n, name) in if names.is_empty() { vec!["<none>"] } else { names }.into_iter().enumerate() {
        out.line(0, format_args!("{}\t{name}", if n == 0 { "Image pull secrets:" } else { "" }));
    }
    out.events_of(object, read, now);
}
