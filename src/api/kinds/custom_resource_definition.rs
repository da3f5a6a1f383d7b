//! CustomResourceDefinition.
//!
//! Models: `apiextensions-apiserver/pkg/apis/apiextensions`, `.../pkg/registry/customresourcedefinition`.
//! Left out: conversion webhooks are stored and checked, not called.

use super::plain;
use crate::api::custom::definition;
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::show::cell::{self, column};
use crate::api::validation;
use crate::time::Time;
use serde_json::{Map, Value, json};

pub struct CustomResourceDefinitionKind;

static NAMES: Names = Names {
    kind: "CustomResourceDefinition",
    group: "apiextensions.k8s.io",
    version: "v1",
    plural: "customresourcedefinitions",
    singular: "customresourcedefinition",
    short: &["crd", "crds"],
    namespaced: false,
    categories: &["api-extensions"],
    resource: definition::RESOURCE,
};

static COLUMNS: [Column; 2] = [
    cell::NAME,
    column("CREATED AT", |object, _| {
        object.meta.creation_timestamp.as_ref().map(|t| t.0.to_string()).unwrap_or_default()
    }),
];

impl Kind for CustomResourceDefinitionKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        &plain::BUILT_IN
    }

    fn has_generation(&self) -> bool {
        true
    }

    fn defaults(&self, object: &mut Object) {
        let Some(Value::Object(spec)) = object.spec_mut::<plain::Body>().get_mut("spec") else { return };
        if let Some(Value::Object(names)) = spec.get_mut("names") {
            let text = |names: &Map<String, Value>, name: &str| {
                names.get(name).and_then(Value::as_str).unwrap_or("").to_string()
            };
            let kind = text(names, "kind");
            if text(names, "singular").is_empty() {
                names.insert("singular".into(), kind.to_lowercase().into());
            }
            if text(names, "listKind").is_empty() && !kind.is_empty() {
                names.insert("listKind".into(), format!("{kind}List").into());
            }
        }
        let conversion = spec.entry("conversion").or_insert_with(|| json!({"strategy": "None"}));
        if let Some(Value::Object(service)) = conversion.pointer_mut("/webhook/clientConfig/service") {
            service.entry("port").or_insert_with(|| 443.into());
        }
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            let none = json!({"acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": []});
            *new.status_mut::<plain::Status>() = none;
        }
        let versions = plain::at(new, &["spec", "versions"]).and_then(Value::as_array);
        let storage = versions.into_iter().flatten().find(|version| version["storage"] == true);
        let Some(name) = storage.and_then(|version| version["name"].as_str()).map(String::from) else { return };
        let stored = definition::status_mut(new).entry("storedVersions").or_insert_with(|| Value::Array(vec![]));
        if let Some(stored) = stored.as_array_mut()
            && !stored.iter().any(|version| *version == name)
        {
            stored.push(name.into());
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::custom_resource::definition(new, old, errors);
    }

    fn begin_delete(&self, object: &mut Object, now: Time) {
        let finalizers = object.meta_mut().finalizers.get_or_insert_default();
        if !finalizers.iter().any(|f| f == definition::FINALIZER) {
            finalizers.push(definition::FINALIZER.into());
        }
        let message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
        definition::set_condition(object, ["Terminating", "True", "InstanceDeletionPending", message], now);
    }
}
