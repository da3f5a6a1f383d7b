//! Where a value does not fit its kind, in the words of the API server.
//!
//! Models: sigs.k8s.io/json (Go's encoding/json with strict errors): values are visited in the order of their keys, the
//! first wrong type is told, unknown fields are all told.
//! Left out: times and IP addresses that only look wrong to their own parsers' last detail.

use serde_json::{Number, Value};

use super::{Field, Ty, Type, type_of};
use crate::base::quantity::{Quantity, canonical};
use crate::base::yaml::Step;

/// Unknown fields that are told at most.
const LIMIT: usize = 100;

/// The unknown fields of an object: `unknown field "spec.replica"`, in the order of the object's keys.
pub fn unknown_fields(api_version: &str, kind: &str, value: &Value) -> Vec<String> {
    let found = unknown(api_version, kind, value);
    found.iter().map(|field| format!("unknown field \"{}\"", path_text(&field.steps))).collect()
}

/// A field that its structure does not have; the last step is its name.
#[derive(Clone, Debug)]
pub struct Unknown {
    pub steps: Vec<Step>,
    pub ty: &'static Type,
}

/// The unknown fields with their places.
pub fn unknown(api_version: &str, kind: &str, value: &Value) -> Vec<Unknown> {
    let mut found = Vec::new();
    if let Some(ty) = type_of(api_version, kind) {
        unknown_in(ty, value, &mut vec![], &mut found);
    }
    found
}

/// `spec.containers[0].port`.
pub fn path_text(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            Step::Index(i) => out.push_str(&format!("[{i}]")),
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => out.push_str(&format!(".{key}")),
        }
    }
    out
}

/// The first value of a wrong type: `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of
/// type int32`.
pub fn wrong_type(api_version: &str, kind: &str, value: &Value) -> Option<String> {
    told(wrong_types(api_version, kind, value))
}

/// Every value of a wrong type.
pub fn wrong_types(api_version: &str, kind: &str, value: &Value) -> Vec<Misfit> {
    let mut walk = Walk::default();
    if let Some(ty) = type_of(api_version, kind) {
        walk.structure(ty, ty.short(), value, None);
    }
    walk.found
}

/// The decoder goes on after a wrong type and tells the first in the end; an error of a type's own reader ends it.
fn told(found: Vec<Misfit>) -> Option<String> {
    let at = found.iter().position(|misfit| misfit.fatal).unwrap_or(0);
    found.into_iter().nth(at).map(|misfit| misfit.message)
}

/// The unknown fields of the metadata of an object whose kind has no table here.
pub fn unknown_metadata(value: &Value) -> Vec<String> {
    let mut found = vec![];
    if let (Some(metadata), Some(ty)) = (value.get("metadata"), type_of("v1", "Pod"))
        && let Some(field) = ty.field("metadata")
    {
        unknown_below(field.ty, metadata, &mut vec![Step::Key("metadata".into())], &mut found);
    }
    found.iter().map(|field| format!("unknown field \"{}\"", path_text(&field.steps))).collect()
}

/// What the server finds wrong in the metadata of such an object.
pub fn wrong_metadata_of(value: &Value) -> Option<String> {
    let metadata = value.get("metadata")?;
    let field = type_of("v1", "Pod")?.field("metadata")?;
    let mut walk = Walk::default();
    let ty = field.ty.structure()?;
    walk.structure(ty, ty.short(), metadata, None);
    told(walk.found)
}

/// What kubectl finds wrong while it only looks at the metadata, before anything is sent:
/// `json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string`.
pub fn wrong_metadata(value: &Value) -> Option<String> {
    let metadata = value.get("metadata")?;
    let ty = type_of("v1", "Pod")?.field("metadata")?;
    let mut walk = Walk::default();
    walk.path.push("metadata");
    let context = Context { name: "metadataOnlyObject", field: ty };
    walk.value(ty.ty, metadata, Some(context));
    told(walk.found)
}

fn unknown_in(ty: &'static Type, value: &Value, steps: &mut Vec<Step>, found: &mut Vec<Unknown>) {
    let Value::Object(map) = value else { return };
    for (name, inner) in map {
        if found.len() >= LIMIT {
            return;
        }
        steps.push(Step::Key(name.clone()));
        match ty.field(name) {
            Some(field) => unknown_below(field.ty, inner, steps, found),
            None => found.push(Unknown { steps: steps.clone(), ty }),
        }
        steps.pop();
    }
}

fn unknown_below(ty: Ty, value: &Value, steps: &mut Vec<Step>, found: &mut Vec<Unknown>) {
    match (ty, value) {
        (Ty::List(inner), Value::Array(items)) => {
            for (i, item) in items.iter().enumerate() {
                steps.push(Step::Index(i));
                unknown_below(*inner, item, steps, found);
                steps.pop();
            }
        }
        (Ty::Map(inner), Value::Object(map)) => {
            for (key, item) in map {
                steps.push(Step::Key(key.clone()));
                unknown_below(*inner, item, steps, found);
                steps.pop();
            }
        }
        (Ty::Ref(number), value) => unknown_in(&super::TYPES[usize::from(number)], value, steps, found),
        _ => {}
    }
}

/// Writes every amount of resources in its canonical form (`1024Mi` as `1Gi`), as the decoder reads it.
pub fn canonical_amounts(api_version: &str, kind: &str, value: &mut Value) {
    if let Some(ty) = type_of(api_version, kind) {
        canonical_in(ty, value);
    }
}

fn canonical_in(ty: &'static Type, value: &mut Value) {
    let Value::Object(map) = value else { return };
    for (name, inner) in map {
        if let Some(field) = ty.field(name) {
            canonical_below(field.ty, inner);
        }
    }
}

fn canonical_below(ty: Ty, value: &mut Value) {
    match (ty, value) {
        (Ty::List(inner), Value::Array(items)) => items.iter_mut().for_each(|item| canonical_below(*inner, item)),
        (Ty::Map(inner), Value::Object(map)) => map.values_mut().for_each(|item| canonical_below(*inner, item)),
        (Ty::Ref(number), value) => canonical_in(&super::TYPES[usize::from(number)], value),
        (Ty::Quantity, Value::String(text)) => *text = canonical(text),
        (Ty::Quantity, value @ Value::Number(_)) => {
            *value = Value::String(canonical(&crate::base::yaml::to_json(value)));
        }
        _ => {}
    }
}

/// A value that does not fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    pub steps: Vec<Step>,
    pub message: String,
    /// The type's own reader refuses it.
    fatal: bool,
}

/// The structure and field that a value belongs to.
#[derive(Clone, Copy)]
struct Context {
    name: &'static str,
    field: &'static Field,
}

#[derive(Default)]
struct Walk {
    /// Names of fields only, as Go's decoder tells them.
    path: Vec<&'static str>,
    steps: Vec<Step>,
    found: Vec<Misfit>,
}

impl Walk {
    fn structure(&mut self, ty: &'static Type, name: &'static str, value: &Value, at: Option<Context>) {
        let Value::Object(map) = value else {
            if !value.is_null() {
                self.wrong(word(value), &ty.go_name(), at);
            }
            return;
        };
        for (key, inner) in map {
            if let Some(field) = ty.field(key) {
                self.path.push(field.name);
                self.steps.push(Step::Key(key.clone()));
                self.value(field.ty, inner, Some(Context { name, field }));
                self.steps.pop();
                self.path.pop();
            }
        }
    }

    fn value(&mut self, ty: Ty, value: &Value, at: Option<Context>) {
        if value.is_null() || self.found.len() >= LIMIT {
            return;
        }
        match (ty, value) {
            (Ty::Any, _) | (Ty::Str, Value::String(_)) | (Ty::Bool, Value::Bool(_)) | (Ty::Float, Value::Number(_)) => {
            }
            (Ty::Int32 | Ty::Int64, Value::Number(n)) => {
                let fits = n.as_i64().is_some_and(|n| ty == Ty::Int64 || i32::try_from(n).is_ok());
                if !fits {
                    self.wrong(&format!("number {}", go_number(n)), &wanted(ty, at), at);
                }
            }
            (Ty::List(inner), Value::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    self.steps.push(Step::Index(i));
                    self.value(*inner, item, at);
                    self.steps.pop();
                }
            }
            (Ty::Map(inner), Value::Object(map)) => {
                for (key, item) in map {
                    self.steps.push(Step::Key(key.clone()));
                    self.value(*inner, item, at);
                    self.steps.pop();
                }
            }
            (Ty::Ref(number), _) => {
                let inner = &super::TYPES[usize::from(number)];
                self.structure(inner, inner.short(), value, at);
            }
            (Ty::Bytes, Value::String(text)) => {
                if let Err(at) = crate::base::base64::decode_strict(text.as_bytes()) {
                    self.tell(format!("illegal base64 data at input byte {at}"), false);
                }
            }
            (Ty::Quantity, _) => self.check(quantity(value)),
            (Ty::IntOrString, _) => self.check(int_or_string(value)),
            (Ty::Time | Ty::MicroTime, _) => self.check(time(ty, value)),
            _ => self.wrong(word(value), &wanted(ty, at), at),
        }
    }

    fn check(&mut self, result: Result<(), String>) {
        if let Err(message) = result {
            self.tell(message, true);
        }
    }

    fn wrong(&mut self, found: &str, wanted: &str, at: Option<Context>) {
        let place = match at {
            Some(context) => format!("struct field {}.{}", context.name, self.path.join(".")),
            None => "value".to_string(),
        };
        self.tell(format!("json: cannot unmarshal {found} into Go {place} of type {wanted}"), false);
    }

    fn tell(&mut self, message: String, fatal: bool) {
        self.found.push(Misfit { steps: self.steps.clone(), message, fatal });
    }
}

/// The Go type of a value: the field's own if the value is the field's, else that of an item of it.
fn wanted(ty: Ty, at: Option<Context>) -> String {
    match at {
        Some(context) if context.field.ty == ty => context.field.go_type(),
        Some(context) if !context.field.go.is_empty() => inner_go(context.field.go, ty),
        _ => ty.go_name(),
    }
}

/// The Go type of what stands inside a list or map type.
fn inner_go(go: &str, ty: Ty) -> String {
    if let Some(inner) = go.strip_prefix("[]") {
        return inner.to_string();
    }
    match go.strip_prefix("map[").and_then(|rest| rest.split_once(']')) {
        Some((_, inner)) => inner.to_string(),
        None => ty.go_name(),
    }
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn go_number(n: &Number) -> String {
    crate::base::yaml::to_json(&Value::Number(n.clone()))
}

fn quantity(value: &Value) -> Result<(), String> {
    let text = match value {
        Value::String(text) => text.trim().to_string(),
        other => crate::base::yaml::to_json(other),
    };
    Quantity::parse(&text).map(|_| ()).map_err(|error| error.to_string())
}

fn int_or_string(value: &Value) -> Result<(), String> {
    let found = match value {
        Value::String(_) => return Ok(()),
        Value::Number(n) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => return Ok(()),
        Value::Number(n) => format!("number {}", go_number(n)),
        other => word(other).to_string(),
    };
    Err(format!("json: cannot unmarshal {found} into Go value of type int32"))
}

/// RFC 3339, as far as its shape goes.
fn time(ty: Ty, value: &Value) -> Result<(), String> {
    let Value::String(text) = value else {
        return Err(format!("json: cannot unmarshal {} into Go value of type string", word(value)));
    };
    let layout = if ty == Ty::Time { "2006-01-02T15:04:05Z07:00" } else { "2006-01-02T15:04:05.000000Z07:00" };
    let shape: [(&str, usize); 6] = [("2006", 4), ("-", 2), ("-", 2), ("T", 2), (":", 2), (":", 2)];
    let mut rest = text.as_str();
    for (i, (mark, digits)) in shape.into_iter().enumerate() {
        let after = if i == 0 { Some(rest) } else { rest.strip_prefix(mark) };
        let good =
            after.filter(|after| after.len() >= digits && after.bytes().take(digits).all(|b| b.is_ascii_digit()));
        let Some(after) = good else {
            let wanted = if i == 0 || after.is_none() { mark } else { ["2006", "01", "02", "15", "04", "05"][i] };
            let shown = after.unwrap_or(rest);
            let quote = crate::base::text::go_quote;
            let message = format!(
                "parsing time {} as {}: cannot parse {} as {}",
                quote(text),
                quote(layout),
                quote(shown),
                quote(wanted)
            );
            return Err(message);
        };
        rest = &after[digits..];
    }
    Ok(())
}
