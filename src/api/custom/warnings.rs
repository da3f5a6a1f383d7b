//! What the server says of a definition or a custom object that it takes all the same.
//!
//! Models: `apiextensions-apiserver/pkg/registry/{customresourcedefinition,customresource}/strategy.go`.
//! Left out: nothing.

use super::schema::Schema;
use super::{definition, format};
use crate::api::kinds::plain;
use crate::api::object::Object;
use crate::api::validation::text;
use serde_json::Value;

/// The warnings about an object as it is sent.
pub fn of(object: &Object) -> Vec<String> {
    let mut warnings = vec![];
    if let Some(custom) = object.kind.custom() {
        warnings.extend(custom.deprecated.clone());
        for finalizer in object.meta.finalizers.iter().flatten() {
            finalizer_name(finalizer, &mut warnings);
        }
    }
    if object.kind.names().resource == definition::RESOURCE {
        let versions = plain::at(object, &["spec", "versions"]).and_then(Value::as_array);
        for version in versions.into_iter().flatten() {
            if let Some(schema) = version.pointer("/schema/openAPIV3Schema") {
                formats(&Schema::of(schema), &mut warnings);
            }
        }
    }
    warnings
}

fn finalizer_name(finalizer: &str, warnings: &mut Vec<String>) {
    for problem in text::qualified_name(finalizer) {
        warnings.push(format!("metadata.finalizers: \"{finalizer}\": {problem}"));
    }
    if finalizer.contains('/') || ["orphan", "foregroundDeletion", "kubernetes"].contains(&finalizer) {
        return;
    }
    let path = if finalizer.contains('.') { " including a path (/)" } else { "" };
    warnings.push(format!(
        "metadata.finalizers: \"{finalizer}\": prefer a domain-qualified finalizer name{path} to avoid accidental conflicts with other finalizer writers"
    ));
}

fn formats(schema: &Schema, warnings: &mut Vec<String>) {
    if format::unknown(schema) {
        warnings.push(format!("unrecognized format \"{}\"", schema.format));
    }
    let below = schema.items.as_deref().into_iter().chain(&schema.all_of).chain(&schema.any_of).chain(&schema.one_of);
    for inner in below.chain(schema.not.as_deref()).chain(schema.properties.values()).chain(schema.values()) {
        formats(inner, warnings);
    }
}
