//! A version of a custom resource as a kind.
//!
//! Models: `apiextensions-apiserver/pkg/registry/customresource/{strategy,status_strategy,validator}.go`,
//! `.../pkg/apiserver/customresource_handler.go`.
//! Left out: warnings about finalizers without a domain.

use super::columns::{self, Cell};
use super::schema::Schema;
use super::{Served, cel, definition, prune, validate};
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, KindRef, Names};
use crate::api::kinds::plain::{self, Body};
use crate::api::object::{Codec, Object};
use crate::api::selector::Selector;
use crate::time::Time;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The scale subresource: paths into the object.
#[derive(Clone, Debug)]
pub struct Scale {
    pub replicas: String,
    pub status: String,
    pub selector: String,
}

/// One version of a custom resource.
pub struct Custom {
    names: &'static Names,
    pub schema: Schema,
    pub list_kind: String,
    columns: &'static [Column],
    cells: Vec<Cell>,
    /// Whether the status is a subresource.
    pub status: bool,
    pub scale: Option<Scale>,
    fields: &'static [&'static str],
    /// What the server says to whoever uses a deprecated version.
    pub deprecated: Option<String>,
    /// `spec.preserveUnknownFields` of old.
    preserve: bool,
}

/// The kinds that a definition makes; each is leaked once for its text.
pub fn serve(object: &Object, made: &mut BTreeMap<String, KindRef>) -> Option<Served> {
    let tree = object.to_value();
    let versions = tree.pointer("/spec/versions")?.as_array()?;
    let mut order: Vec<&Value> = versions.iter().filter(|version| version["served"] == true).collect();
    order.sort_by(|a, b| definition::version_order(text(a, "name"), text(b, "name")));
    let storage = versions.iter().find(|version| version["storage"] == true)?;
    let mut of = |version: &Value| {
        let spec = json!({
            "group": tree["spec"]["group"], "scope": tree["spec"]["scope"], "names": tree["status"]["acceptedNames"],
            "preserveUnknownFields": tree["spec"]["preserveUnknownFields"], "version": version,
            "deprecated": definition::deprecation(version, versions, &tree["spec"]),
        });
        *made.entry(spec.to_string()).or_insert_with(|| Box::leak(Box::new(Custom::new(&spec))))
    };
    let storage = of(storage);
    Some(Served { versions: order.into_iter().map(&mut of).collect(), storage, terminating: object.deleting() })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_string().into_boxed_str())
}

fn leak_all(list: &Value) -> &'static [&'static str] {
    let texts: Vec<&'static str> = list.as_array().into_iter().flatten().filter_map(Value::as_str).map(leak).collect();
    Box::leak(texts.into_boxed_slice())
}

impl Custom {
    fn new(spec: &Value) -> Custom {
        let (names, version) = (&spec["names"], &spec["version"]);
        let (plural, group) = (text(names, "plural"), text(spec, "group"));
        let names: &'static Names = Box::leak(Box::new(Names {
            kind: leak(text(names, "kind")),
            group: leak(group),
            version: leak(text(version, "name")),
            plural: leak(plural),
            singular: leak(text(names, "singular")),
            short: leak_all(&names["shortNames"]),
            namespaced: text(spec, "scope") == "Namespaced",
            categories: leak_all(&names["categories"]),
            resource: leak(&format!("{plural}.{group}")),
        }));
        let cells = columns::of(version);
        let columns: Vec<Column> = cells
            .iter()
            .map(|cell| Column {
                title: leak(&cell.title.to_uppercase()),
                wide: cell.wide,
                cell: |object, _| object.name().into(),
            })
            .collect();
        let scale = version.pointer("/subresources/scale").map(|scale| Scale {
            replicas: text(scale, "specReplicasPath").into(),
            status: text(scale, "statusReplicasPath").into(),
            selector: text(scale, "labelSelectorPath").into(),
        });
        let fields: Vec<Value> = version
            .get("selectableFields")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|field| text(field, "jsonPath").trim_start_matches('.').into())
            .collect();
        Custom {
            names,
            schema: version.pointer("/schema/openAPIV3Schema").map(Schema::of).unwrap_or_default(),
            list_kind: text(&spec["names"], "listKind").into(),
            columns: Box::leak(columns.into_boxed_slice()),
            cells,
            status: version.pointer("/subresources/status").is_some(),
            scale,
            fields: leak_all(&Value::Array(fields)),
            deprecated: spec["deprecated"].as_str().map(String::from),
            preserve: spec["preserveUnknownFields"] == true,
        }
    }

    /// Drops what the schema does not have, and nulls that it does not allow; the answer names the unknown fields.
    pub fn tidy(&self, value: &mut Value) -> Vec<String> {
        if self.preserve {
            return vec![];
        }
        let unknown = prune::unknown(value, &self.schema);
        prune::nulls(value, Some(&self.schema));
        unknown
    }

    /// An object of another version of this resource, in this version's form.
    pub fn adopt(&self, kind: KindRef, object: &Object) -> Object {
        let mut value = object.to_value();
        self.tidy(&mut value);
        prune::defaults(&mut value, &self.schema);
        Object::from_value(kind, value).unwrap_or_else(|_| object.clone())
    }

    fn whole(&self, new: &Object, old: Option<&Object>, status_only: bool, errors: &mut FieldErrors) {
        let value = new.to_value();
        let before = old.map(Object::to_value);
        if status_only {
            if let Some(status) = value.get("status")
                && let Some(schema) = self.schema.properties.get("status")
            {
                let was = before.as_ref().and_then(|old| old.get("status"));
                validate::below("status", schema, status, was, errors);
            }
        } else {
            validate::validate("", &self.schema, &value, before.as_ref(), errors);
        }
        if let Some(scale) = &self.scale {
            if !status_only {
                validate::replicas(&scale.replicas, &value, errors);
            }
            validate::replicas(&scale.status, &value, errors);
        }
        validate::structure("", &self.schema, &value, errors);
        if !self.schema.has_rules() {
            return;
        }
        if validate::blocks_rules(errors) {
            errors.invalid(
                "<nil>",
                "null",
                "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
            );
        } else {
            cel::validate("", &self.schema, &value, before.as_ref(), errors);
        }
    }
}

impl Kind for Custom {
    fn names(&self) -> &'static Names {
        self.names
    }

    fn codec(&self) -> &'static Codec {
        if self.status { &plain::FREE } else { &plain::FREE_WHOLE }
    }

    fn verbs(&self) -> &'static [&'static str] {
        &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
    }

    fn fields(&self) -> &'static [&'static str] {
        self.fields
    }

    fn columns(&self) -> &'static [Column] {
        self.columns
    }

    fn cell(&self, column: usize, object: &Object, now: Time) -> String {
        self.cells.get(column).map(|cell| cell.text(object, now)).unwrap_or_default()
    }

    fn custom(&self) -> Option<&Custom> {
        Some(self)
    }

    fn defaults(&self, object: &mut Object) {
        let mut value = object.to_value();
        prune::defaults(&mut value, &self.schema);
        if let Ok(full) = Object::from_value(object.kind, value) {
            object.take_spec(&full);
            object.take_status(&full);
        }
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if self.status && old.is_none() {
            *new.status_mut::<plain::Status>() = Value::Null;
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        self.whole(new, old, false, errors);
    }

    fn validate_status(&self, new: &Object, old: &Object, errors: &mut FieldErrors) {
        self.whole(new, Some(old), true, errors);
    }

    fn has_generation(&self) -> bool {
        true
    }

    fn replicas(&self, object: &Object) -> Option<i32> {
        let scale = self.scale.as_ref()?;
        let found = plain::at(object, &steps(&scale.replicas)).and_then(Value::as_i64);
        Some(found.unwrap_or(0).clamp(0, i64::from(i32::MAX)) as i32)
    }

    fn set_replicas(&self, object: &mut Object, replicas: i32) -> bool {
        let Some(scale) = &self.scale else { return false };
        let path = steps(&scale.replicas);
        let Some((last, parents)) = path.split_last() else { return false };
        let mut at: &mut Body = object.spec_mut::<Body>();
        for name in parents {
            let inner = at.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(map) = inner else { return false };
            at = map;
        }
        at.insert((*last).into(), replicas.into());
        true
    }

    fn selector(&self, object: &Object) -> Option<LabelSelector> {
        let scale = self.scale.as_ref().filter(|scale| !scale.selector.is_empty())?;
        let words = plain::text(object, &steps(&scale.selector));
        let pairs = words.split(',').filter_map(|pair| pair.split_once('='));
        let labels: BTreeMap<String, String> = pairs.map(|(k, v)| (k.trim().into(), v.trim().into())).collect();
        Selector::parse(words).ok().filter(|_| !labels.is_empty())?;
        Some(LabelSelector { match_labels: Some(labels), ..Default::default() })
    }
}

fn steps(path: &str) -> Vec<&str> {
    path.trim_start_matches('.').split('.').collect()
}
