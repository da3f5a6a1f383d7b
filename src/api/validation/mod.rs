//! Whether an object makes sense: the rules behind `The Pod "x" is invalid: ...`.
//!
//! Models: `pkg/apis/core/validation`, `pkg/apis/apps/validation`, `apimachinery/pkg/util/validation`.
//! Left out: validation-gated features.

pub mod autoscaler;
pub mod container;
pub mod cron_job;
pub mod custom_resource;
pub mod custom_schema;
pub mod env;
mod internal;
pub mod job;
pub mod network;
pub mod pod;
pub mod policy;
pub mod probe;
pub mod quota;
pub mod rbac;
pub mod resources;
pub mod scheduling;
pub mod service;
pub mod stateful_set;
pub mod storage;
pub mod text;
pub mod volume;
pub mod workload;

use super::errors::FieldErrors;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// A text in Go's quotes, as `field.Error` shows a bad value.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

/// The JSON of a part, as `field.Error` shows a bad value that is no simple one.
pub fn value(part: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(part).expect("API types are always JSON")
}

/// Adds what [`text`] has to say about a value.
pub fn check(errors: &mut FieldErrors, path: impl Into<String>, value: &str, problems: Vec<String>) {
    let path = path.into();
    for problem in problems {
        errors.invalid(path.clone(), quoted(value), &problem);
    }
}

/// One of a fixed set of words, or a complaint.
pub fn one_of(errors: &mut FieldErrors, path: impl Into<String>, value: &str, valid: &[&str]) {
    if !valid.contains(&value) {
        errors.not_supported(path, quoted(value), valid);
    }
}

pub fn not_negative(errors: &mut FieldErrors, path: impl Into<String>, value: Option<i64>) {
    if let Some(value) = value.filter(|value| *value < 0) {
        errors.invalid(path, value, "must be greater than or equal to 0");
    }
}

/// A number of a user or group.
pub fn id(id: Option<i64>, path: impl Into<String>, errors: &mut FieldErrors) {
    if let Some(id) = id.filter(|id| !(0..=2_147_483_647).contains(id)) {
        errors.invalid(path, id, "must be between 0 and 2147483647, inclusive");
    }
}

/// An address, IPv4 or IPv6.
pub fn ip(address: &str, path: impl Into<String>, errors: &mut FieldErrors) -> bool {
    let fits = address.parse::<std::net::IpAddr>().is_ok();
    if !fits {
        errors.invalid(path, quoted(address), "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
    fits
}

pub fn port_number(errors: &mut FieldErrors, path: impl Into<String>, port: i32) {
    if !(1..=65535).contains(&port) {
        errors.invalid(path, port, "must be between 1 and 65535, inclusive");
    }
}

/// A port by number or by name.
pub fn port(errors: &mut FieldErrors, path: impl Into<String>, port: &IntOrString) {
    match port {
        IntOrString::Int(number) => port_number(errors, path, *number),
        IntOrString::String(name) => check(errors, path, name, text::port_name(name)),
    }
}
