//! Objects without a type of their own: their parts are JSON. For kinds that exist at run time (custom resources) and
//! for built-in kinds of which no controller needs the fields.
//!
//! Models: `apimachinery/pkg/apis/meta/v1/unstructured`.
//! Left out: nothing.

use crate::api::object::{Codec, Object, Parts};
use crate::api::schema::{self, Ty, Type};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Map, Value};
use std::any::Any;
use std::rc::Rc;

/// The spec part: every field but `apiVersion`, `kind`, `metadata` and (where it is a part of its own) `status`.
pub type Body = Map<String, Value>;

/// The status part: null when there is none.
pub type Status = Value;

/// A built-in kind with a status of its own. Fields that its schema does not have, and nulls, are dropped.
pub static BUILT_IN: Codec = Codec { decode: built_in, encode, spec_eq, status_eq };

/// A built-in kind whose whole body is one part (no status, or none that is written apart).
pub static BUILT_IN_WHOLE: Codec = Codec { decode: built_in_whole, encode, spec_eq, status_eq };

/// A custom kind with the status subresource; nothing is dropped here.
pub static FREE: Codec = Codec { decode: |value| parts(value, true), encode, spec_eq, status_eq };

/// A custom kind without the status subresource.
pub static FREE_WHOLE: Codec = Codec { decode: |value| parts(value, false), encode, spec_eq, status_eq };

/// The value at a path of field names, from the body or the status of an untyped object.
pub fn at<'a>(object: &'a Object, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let body = object.try_spec::<Body>()?;
    let top = match body.get(*first) {
        None if *first == "status" => object.try_status::<Status>()?,
        found => found?,
    };
    rest.iter().try_fold(top, |value, name| value.get(name))
}

/// As [`at`], for a text; empty when there is none.
pub fn text<'a>(object: &'a Object, path: &[&str]) -> &'a str {
    at(object, path).and_then(Value::as_str).unwrap_or("")
}

fn built_in(value: Value) -> Result<Parts, serde_json::Error> {
    parts(tidy(value), true)
}

fn built_in_whole(value: Value) -> Result<Parts, serde_json::Error> {
    parts(tidy(value), false)
}

fn parts(value: Value, with_status: bool) -> Result<Parts, serde_json::Error> {
    let mut map = match value {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    map.remove("apiVersion");
    map.remove("kind");
    let meta: ObjectMeta = match map.remove("metadata") {
        None | Some(Value::Null) => ObjectMeta::default(),
        Some(meta) => serde_json::from_value(meta)?,
    };
    let status = if with_status { map.remove("status").unwrap_or(Value::Null) } else { Value::Null };
    Ok(Parts { meta, spec: Rc::new(map), status: Rc::new(status) })
}

fn encode(spec: &dyn Any, status: &dyn Any) -> Map<String, Value> {
    let mut map = spec.downcast_ref::<Body>().expect("a codec meets only its own parts").clone();
    let status = status.downcast_ref::<Status>().expect("a codec meets only its own parts");
    if !status.is_null() {
        map.insert("status".into(), status.clone());
    }
    map
}

fn spec_eq(a: &dyn Any, b: &dyn Any) -> bool {
    a.downcast_ref::<Body>() == b.downcast_ref::<Body>()
}

fn status_eq(a: &dyn Any, b: &dyn Any) -> bool {
    a.downcast_ref::<Status>() == b.downcast_ref::<Status>()
}

/// What the kind's type has no field for goes, and so do nulls.
fn tidy(mut value: Value) -> Value {
    let word = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or("");
    if let Some(ty) = schema::type_of(word("apiVersion"), word("kind")) {
        tidy_structure(ty, &mut value);
    }
    value
}

fn tidy_structure(ty: &Type, value: &mut Value) {
    let Value::Object(map) = value else { return };
    map.retain(|name, inner| {
        !inner.is_null() && matches!(name.as_str(), "apiVersion" | "kind") || keeps(ty, name, inner)
    });
    for (name, inner) in map.iter_mut() {
        if let Some(field) = ty.field(name) {
            tidy_value(field.ty, inner);
        }
    }
}

fn keeps(ty: &Type, name: &str, inner: &Value) -> bool {
    !inner.is_null() && ty.field(name).is_some()
}

fn tidy_value(ty: Ty, value: &mut Value) {
    match (ty, value) {
        (Ty::List(inner), Value::Array(items)) => items.iter_mut().for_each(|item| tidy_value(*inner, item)),
        (Ty::Map(inner), Value::Object(map)) => map.values_mut().for_each(|item| tidy_value(*inner, item)),
        (ty @ Ty::Ref(_), value) => {
            if let Some(structure) = ty.structure() {
                tidy_structure(structure, value);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_fields_and_nulls_go_where_the_schema_is_known() {
        let value = json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "a"},
            "spec": {"controller": "x.y/z", "nope": 1, "parameters": null}});
        let parts = built_in(value).expect("it reads");
        let map = encode(&*parts.spec, &*parts.status);
        assert_eq!(Value::Object(map), json!({"spec": {"controller": "x.y/z"}}));
    }
}
