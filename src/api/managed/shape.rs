//! How the parts of an object are shared by field managers: what is owned as a whole, what by field, key or value.
//!
//! Models: `structured-merge-diff/schema`, `apimachinery/pkg/util/managedfields/gvkparser.go`.
//! Left out: nothing.

use super::compare::{Inside, shown};
use super::set::{self, Step};
use crate::api::custom::Schema;
use crate::api::custom::schema::Additional;
use crate::api::kind::KindRef;
use crate::api::schema::{self, Ty, Type};
use serde_json::{Map, Value};

/// The type of a value.
#[derive(Clone, Copy, Debug)]
pub enum Shape<'a> {
    /// Of a built-in kind; with what its field says about sharing.
    Known(Ty, &'static str),
    /// Of a custom kind; and whether it is the whole object.
    Custom(&'a Schema, bool),
    /// Nothing is known: maps are shared by field, everything else is one.
    Free,
}

/// What a value is to field managers.
#[derive(Clone, Debug)]
pub enum Form<'a> {
    /// Owned as a whole.
    Leaf,
    /// A list whose entries are told apart by these keys; and the shape of an entry.
    Keyed(Vec<&'a str>, Shape<'a>),
    /// A list of plain values.
    Set,
    /// A structure.
    Fields(Fields<'a>),
    /// A map; and the shape of its values.
    Map(Shape<'a>),
}

#[derive(Clone, Copy, Debug)]
pub enum Fields<'a> {
    Known(&'static Type),
    Custom(&'a Schema, bool),
}

impl<'a> Fields<'a> {
    /// The shape of a field, if there is one of that name.
    pub fn get(self, name: &str) -> Option<Shape<'a>> {
        match self {
            Fields::Known(ty) => ty.field(name).map(|field| Shape::Known(field.ty, field.own)),
            Fields::Custom(schema, root) => custom_field(schema, root, name),
        }
    }
}

/// The shape of a built-in kind.
pub fn of(api_version: &str, kind: &str) -> Shape<'static> {
    schema::ref_of(api_version, kind).map_or(Shape::Free, |ty| Shape::Known(ty, ""))
}

/// The shape of any kind.
pub fn of_kind(kind: KindRef) -> Shape<'static> {
    match kind.custom() {
        Some(custom) => Shape::Custom(&custom.schema, true),
        None => of(&kind.names().api_version(), kind.names().kind),
    }
}

impl<'a> Shape<'a> {
    /// What it is; only where nothing is known does the value itself tell.
    pub fn form(self, value: Option<&Value>) -> Form<'a> {
        match self {
            Shape::Known(Ty::Any, _) | Shape::Free => match value {
                Some(Value::Object(_)) => Form::Map(Shape::Free),
                _ => Form::Leaf,
            },
            Shape::Known(_, "atomic") => Form::Leaf,
            Shape::Known(Ty::Ref(_), own) => match self.structure() {
                Some(ty) if !ty.atomic || own == "separable" => Form::Fields(Fields::Known(ty)),
                _ => Form::Leaf,
            },
            Shape::Known(Ty::Map(inner), _) => Form::Map(Shape::Known(*inner, "")),
            Shape::Known(Ty::List(_), "") => Form::Leaf,
            Shape::Known(Ty::List(_), "set") => Form::Set,
            Shape::Known(Ty::List(inner), keys) => Form::Keyed(keys.split(',').collect(), Shape::Known(*inner, "")),
            Shape::Known(_, _) => Form::Leaf,
            Shape::Custom(schema, root) => custom_form(schema, root, value),
        }
    }

    fn structure(self) -> Option<&'static Type> {
        match self {
            Shape::Known(ty, _) => ty.structure(),
            _ => None,
        }
    }
}

fn custom_form<'a>(schema: &'a Schema, root: bool, value: Option<&Value>) -> Form<'a> {
    match schema.ty.as_str() {
        _ if root => Form::Fields(Fields::Custom(schema, true)),
        "object" if schema.map_type == "atomic" => Form::Leaf,
        "object" => match &schema.additional {
            Some(Additional::Schema(inner)) => Form::Map(Shape::Custom(inner, false)),
            None if !schema.properties.is_empty() => Form::Fields(Fields::Custom(schema, false)),
            _ => Form::Map(Shape::Free),
        },
        "array" => match (schema.list_type.as_str(), &schema.items) {
            ("set", _) => Form::Set,
            ("map", Some(items)) => {
                Form::Keyed(schema.list_keys.iter().map(String::as_str).collect(), Shape::Custom(items, false))
            }
            _ => Form::Leaf,
        },
        "" if matches!(value, Some(Value::Object(_))) => Form::Map(Shape::Free),
        _ => Form::Leaf,
    }
}

fn custom_field<'a>(schema: &'a Schema, root: bool, name: &str) -> Option<Shape<'a>> {
    // The metadata of the object itself, and of whole objects inside it.
    if name == "metadata" && (root || schema.embedded) {
        return Some(metadata());
    }
    match schema.properties.get(name) {
        None if root && matches!(name, "apiVersion" | "kind") => Some(Shape::Known(Ty::Str, "")),
        None if schema.preserve => Some(Shape::Free),
        found => found.map(|inner| Shape::Custom(inner, false)),
    }
}

fn metadata() -> Shape<'static> {
    schema::lookup("v1", "ConfigMap", &["metadata"]).map_or(Shape::Free, |field| Shape::Known(field.ty, field.own))
}

/// The step to an entry of a keyed list.
///
/// # Errors
/// The entry has none of the keys, or is no map.
pub fn key_of(item: &Value, keys: &[&str], shape: Shape<'_>) -> Result<Step, String> {
    let Value::Object(map) = item else {
        let what = if item.is_null() { "a null element" } else { "non-map elements" };
        return Err(format!("associative list with keys may not have {what}"));
    };
    let mut found = Map::new();
    for key in keys {
        let default = || match shape {
            _ if *key == "protocol" => Some(Value::from("TCP")),
            Shape::Known(..) => shape.structure()?.field(key).filter(|field| field.required).and_then(|f| match f.ty {
                Ty::Str => Some(Value::from("")),
                Ty::Int32 | Ty::Int64 => Some(Value::from(0)),
                _ => None,
            }),
            Shape::Custom(schema, _) => schema.properties.get(*key).and_then(|field| field.default.clone()),
            Shape::Free => None,
        };
        if let Some(value) = map.get(*key).filter(|value| !value.is_null()).cloned().or_else(default) {
            found.insert((*key).to_string(), value);
        }
    }
    if found.is_empty() {
        return Err(format!(
            "associative list with keys has an element that omits all key fields {keys:?} (and doesn't have default values for any key fields)"
        ));
    }
    Ok(set::keyed(found))
}

/// The step to a value of a set.
///
/// # Errors
/// It is no plain value.
pub fn value_of(item: &Value) -> Result<Step, String> {
    match item {
        Value::Object(_) => Err("associative list without keys has an element that's a map type".into()),
        Value::Array(_) => Err("not supported: associative list with lists as elements".into()),
        Value::Null => Err("associative list without keys has an element that's an explicit null".into()),
        plain => Ok(set::value(plain)),
    }
}

impl<'a> Shape<'a> {
    /// What to look at inside a value when it is checked; what is owned as a whole is looked into as well.
    pub fn inside(self, value: &Value) -> Inside<'a> {
        let (known, list) = match self {
            Shape::Known(Ty::Any, _) | Shape::Free => return Inside::Nothing,
            Shape::Known(Ty::Ref(_), _) => match self.structure() {
                Some(ty) => (Inside::Fields(Fields::Known(ty)), false),
                None => return Inside::Nothing,
            },
            Shape::Known(Ty::Map(inner), _) => (Inside::Map(Shape::Known(*inner, "")), false),
            Shape::Known(Ty::List(inner), _) => (Inside::List(Shape::Known(*inner, "")), true),
            Shape::Known(..) => return Inside::Nothing,
            Shape::Custom(schema, root) => match (custom_form(schema, root, Some(value)), &schema.items) {
                (_, Some(items)) => (Inside::List(Shape::Custom(items, false)), true),
                (Form::Fields(fields), _) => (Inside::Fields(fields), false),
                (Form::Map(inner), _) => (Inside::Map(inner), false),
                _ => return Inside::Nothing,
            },
        };
        match (value, list) {
            (Value::Array(_), true) | (Value::Object(_), false) => known,
            (_, true) => Inside::Wrong("list"),
            (_, false) => Inside::Wrong("map"),
        }
    }

    /// What the server says of a plain value of another type than the schema's.
    pub fn scalar_misfit(self, value: &Value) -> Option<String> {
        let wanted = match self {
            Shape::Known(Ty::Str | Ty::Bytes, _) => "string",
            Shape::Known(Ty::Int32 | Ty::Int64 | Ty::Float, _) => "numeric",
            Shape::Known(Ty::Bool, _) => "boolean",
            Shape::Known(Ty::Time | Ty::MicroTime | Ty::Quantity | Ty::IntOrString, _) => "any",
            Shape::Custom(schema, _) => match schema.ty.as_str() {
                "string" => "string",
                "integer" | "number" => "numeric",
                "boolean" => "boolean",
                _ => return None,
            },
            _ => return None,
        };
        let go = match value {
            Value::Null => return None,
            Value::Bool(_) => "bool",
            Value::Number(number) if number.is_f64() => "float64",
            Value::Number(_) => "int64",
            Value::String(_) => "string",
            Value::Array(_) => "[]interface {}",
            Value::Object(_) => "map[string]interface {}",
        };
        match (wanted, value) {
            ("string", Value::String(_)) | ("numeric", Value::Number(_)) | ("boolean", Value::Bool(_)) => None,
            ("any", Value::String(_) | Value::Number(_) | Value::Bool(_)) => None,
            ("string", plain) => {
                Some(format!("expected string, got &value.valueUnstructured{{Value:{}}}", go_syntax(plain)))
            }
            ("numeric", _) => Some(format!("expected numeric (int or float), got {go}")),
            ("boolean", _) => Some(format!("expected boolean, got {}", shown(value))),
            _ => Some(format!("expected any scalar, got {}", shown(value))),
        }
    }
}

/// A value as Go prints it with `%#v`.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(go_syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let parts: Vec<String> = map.iter().map(|(name, part)| format!("{name:?}:{}", go_syntax(part))).collect();
            format!("map[string]interface {{}}{{{}}}", parts.join(", "))
        }
        plain => plain.to_string(),
    }
}
