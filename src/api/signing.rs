//! CertificateSigningRequests: who asks for what, and what became of it.
//!
//! Models: `pkg/apis/certificates/validation`, `pkg/registry/certificates/certificates/strategy.go`.
//! Left out: usages that a signer does not know, the checks of the kubelet's signers.

use super::errors::FieldErrors;
use super::kinds::plain::{self, Body};
use super::object::Object;
use super::user::User;
use crate::base::{base64, der};
use serde_json::{Value, json};

/// The signer of certificates for users.
pub const CLIENT: &str = "kubernetes.io/kube-apiserver-client";

/// Notes who asks, whatever the author wrote.
pub fn stamp(object: &mut Object, user: &User) {
    let spec = &mut object.spec_mut::<Body>()["spec"];
    let Some(map) = spec.as_object_mut() else { return };
    for (field, value) in [
        ("username", json!(user.name)),
        ("uid", json!(user.uid)),
        ("groups", json!(user.groups)),
        ("extra", json!(user.extra)),
    ] {
        let empty = value.as_str() == Some("") || value.as_object().is_some_and(serde_json::Map::is_empty);
        if empty {
            map.remove(field);
        } else {
            map.insert(field.into(), value);
        }
    }
}

/// The subject of the request inside.
pub fn subject(object: &Object) -> Option<Vec<(&'static str, String)>> {
    let (bytes, _) = base64::decode(plain::text(object, &["spec", "request"]).as_bytes(), true);
    der::subject(&der::from_pem("CERTIFICATE REQUEST", &String::from_utf8(bytes).ok()?)?)
}

pub fn validate(object: &Object, errors: &mut FieldErrors) {
    let request = plain::text(object, &["spec", "request"]);
    if subject(object).is_none() {
        let (bytes, _) = base64::decode(request.as_bytes(), true);
        let titled = String::from_utf8_lossy(&bytes).contains("-----BEGIN CERTIFICATE REQUEST-----");
        let why = if titled { "asn1: structure error" } else { "PEM block type must be CERTIFICATE REQUEST" };
        errors.invalid("spec.request", Value::from(request), why);
    }
    if plain::at(object, &["spec", "usages"]).and_then(Value::as_array).is_none_or(Vec::is_empty) {
        errors.required("spec.usages", "");
    }
    let signer = plain::text(object, &["spec", "signerName"]);
    if signer.is_empty() {
        errors.required("spec.signerName", "");
    } else if !signer.contains('/') {
        errors.invalid(
            "spec.signerName",
            Value::from(signer),
            "must be a fully qualified domain and path of the form 'example.com/signer-name'",
        );
    }
    if let Some(seconds) = plain::at(object, &["spec", "expirationSeconds"]).and_then(Value::as_i64)
        && seconds < 600
    {
        errors.invalid(
            "spec.expirationSeconds",
            seconds,
            "may not specify a duration less than 600 seconds (10 minutes)",
        );
    }
}

/// Whether it has a condition of this type.
pub fn has(object: &Object, condition: &str) -> bool {
    let conditions = plain::at(object, &["status", "conditions"]).and_then(Value::as_array);
    conditions.into_iter().flatten().any(|one| one["type"] == condition)
}

/// `Pending`, `Approved,Issued`.
pub fn state(object: &Object) -> String {
    let mut words = vec![];
    if has(object, "Denied") {
        words.push("Denied");
    } else if has(object, "Approved") {
        words.push("Approved");
    } else {
        words.push("Pending");
    }
    if has(object, "Failed") {
        words.push("Failed");
    }
    if !plain::text(object, &["status", "certificate"]).is_empty() {
        words.push("Issued");
    }
    words.join(",")
}
