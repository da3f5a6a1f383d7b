//! Where a value does not fit its kind, in the words of the API server.
//!
//! Models: sigs.k8s.io/json (Go's encoding/json with strict errors): values are visited in the order of their keys, the
//! first wrong type is told, unknown fields are all told.
//! Left out: times and IP addresses that only look wrong to their own parsers' last detail.

use serde_json::{Number, Value};

use super::{Field, Ty, Type, type_of};
use crate::base::quantity::Quantity;

/// Unknown fields that are told at most.
const LIMIT: usize = 100;

/// The unknown fields of an object: `unknown field "spec.replica"`, in the order of the object's keys.
pub fn unknown_fields(api_version: &str, kind: &str, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(ty) = type_of(api_version, kind) {
        unknown_in(ty, value, "", &mut found);
    }
    found.into_iter().take(LIMIT).map(|path| format!("unknown field \"{path}\"")).collect()
}

/// The first value of a wrong type: `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of
/// type int32`.
pub fn wrong_type(api_version: &str, kind: &str, value: &Value) -> Option<String> {
    let ty = type_of(api_version, kind)?;
    let mut walk = Walk::default();
    let aborted = walk.structure(ty, ty.short(), value, None);
    aborted.err().or(walk.first).map(|misfit| misfit.message)
}

/// What kubectl finds wrong while it only looks at the metadata, before anything is sent:
/// `json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string`.
pub fn wrong_metadata(value: &Value) -> Option<String> {
    let metadata = value.get("metadata")?;
    let ty = type_of("v1", "Pod")?.field("metadata")?;
    let mut walk = Walk::default();
    walk.path.push("metadata");
    let context = Context { name: "metadataOnlyObject", field: ty };
    let aborted = walk.value(ty.ty, metadata, Some(context));
    aborted.err().or(walk.first).map(|misfit| misfit.message)
}

fn unknown_in(ty: &Type, value: &Value, path: &str, found: &mut Vec<String>) {
    let Value::Object(map) = value else { return };
    for (name, inner) in map {
        if found.len() >= LIMIT {
            return;
        }
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match ty.field(name) {
            Some(field) => unknown_below(field.ty, inner, &path, found),
            None => found.push(path),
        }
    }
}

fn unknown_below(ty: Ty, value: &Value, path: &str, found: &mut Vec<String>) {
    match (ty, value) {
        (Ty::List(inner), Value::Array(items)) => {
            for (i, item) in items.iter().enumerate() {
                unknown_below(*inner, item, &format!("{path}[{i}]"), found);
            }
        }
        (Ty::Map(inner), Value::Object(map)) => {
            for (key, item) in map {
                unknown_below(*inner, item, &format!("{path}.{key}"), found);
            }
        }
        (Ty::Ref(_), value) => {
            if let Some(inner) = ty.structure() {
                unknown_in(inner, value, path, found);
            }
        }
        _ => {}
    }
}

/// A value that does not fit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Misfit {
    pub message: String,
}

/// The structure and field that a value belongs to.
#[derive(Clone, Copy)]
struct Context {
    name: &'static str,
    field: &'static Field,
}

#[derive(Default)]
struct Walk {
    path: Vec<&'static str>,
    /// The decoder goes on after a wrong type and tells the first in the end.
    first: Option<Misfit>,
}

/// An error of a type's own reader ends the decoding.
type Step = Result<(), Misfit>;

impl Walk {
    fn structure(&mut self, ty: &'static Type, name: &'static str, value: &Value, at: Option<Context>) -> Step {
        let Value::Object(map) = value else {
            if !value.is_null() {
                self.wrong(&word(value), &ty.go_name(), at);
            }
            return Ok(());
        };
        for (key, inner) in map {
            if let Some(field) = ty.field(key) {
                self.path.push(field.name);
                self.value(field.ty, inner, Some(Context { name, field }))?;
                self.path.pop();
            }
        }
        Ok(())
    }

    fn value(&mut self, ty: Ty, value: &Value, at: Option<Context>) -> Step {
        let outer = |field: Option<Context>| match field {
            // the field's own Go type if the value is the field's, and not an item of it
            Some(context) if context.field.ty == ty => context.field.go_type(),
            Some(context) if !context.field.go.is_empty() => inner_go(context.field.go, ty),
            _ => ty.go_name(),
        };
        if value.is_null() {
            return Ok(());
        }
        match (ty, value) {
            (Ty::Any, _) | (Ty::Str, Value::String(_)) | (Ty::Bool, Value::Bool(_)) | (Ty::Float, Value::Number(_)) => {
            }
            (Ty::Int32 | Ty::Int64, Value::Number(n)) => {
                let fits = n.as_i64().is_some_and(|n| ty == Ty::Int64 || i32::try_from(n).is_ok());
                if !fits {
                    self.wrong(&format!("number {}", go_number(n)), &outer(at), at);
                }
            }
            (Ty::List(inner), Value::Array(items)) => {
                for item in items {
                    self.value(*inner, item, at)?;
                }
            }
            (Ty::Map(inner), Value::Object(map)) => {
                for item in map.values() {
                    self.value(*inner, item, at)?;
                }
            }
            (Ty::Ref(number), _) => {
                let inner = &super::TYPES[usize::from(number)];
                return self.structure(inner, inner.short(), value, at);
            }
            (Ty::Bytes, Value::String(text)) => {
                if let Some(at) = base64_mistake(text) {
                    self.first.get_or_insert(Misfit { message: format!("illegal base64 data at input byte {at}") });
                }
            }
            (Ty::Quantity, _) => return quantity(value),
            (Ty::IntOrString, _) => return int_or_string(value),
            (Ty::Time | Ty::MicroTime, _) => return time(ty, value),
            _ => self.wrong(&word(value), &outer(at), at),
        }
        Ok(())
    }

    fn wrong(&mut self, found: &str, wanted: &str, at: Option<Context>) {
        let place = match at {
            Some(context) => format!("struct field {}.{}", context.name, self.path.join(".")),
            None => "value".to_string(),
        };
        self.first.get_or_insert(Misfit {
            message: format!("json: cannot unmarshal {found} into Go {place} of type {wanted}"),
        });
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

fn word(value: &Value) -> String {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
    .to_string()
}

fn go_number(n: &Number) -> String {
    crate::base::yaml::to_json(&Value::Number(n.clone()))
}

fn quantity(value: &Value) -> Step {
    let text = match value {
        Value::String(text) => text.trim().to_string(),
        other => crate::base::yaml::to_json(other),
    };
    Quantity::parse(&text).map(|_| ()).map_err(|error| Misfit { message: error.to_string() })
}

fn int_or_string(value: &Value) -> Step {
    let found = match value {
        Value::String(_) => return Ok(()),
        Value::Number(n) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => return Ok(()),
        Value::Number(n) => format!("number {}", go_number(n)),
        other => word(other),
    };
    Err(Misfit { message: format!("json: cannot unmarshal {found} into Go value of type int32") })
}

/// RFC 3339, as far as its shape goes.
fn time(ty: Ty, value: &Value) -> Step {
    let Value::String(text) = value else {
        return Err(Misfit { message: format!("json: cannot unmarshal {} into Go value of type string", word(value)) });
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
            return Err(Misfit { message });
        };
        rest = &after[digits..];
    }
    Ok(())
}

/// The offset of the first byte that cannot be base64, as Go counts it.
fn base64_mistake(text: &str) -> Option<usize> {
    let bytes: Vec<(usize, u8)> = text.bytes().enumerate().filter(|(_, b)| !matches!(b, b'\r' | b'\n')).collect();
    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    let end = bytes.iter().position(|(_, b)| !good(*b)).unwrap_or(bytes.len());
    let rest = &bytes[end..];
    match (end % 4, rest) {
        (0, []) => None,
        (2, [(_, b'='), (_, b'=')]) | (3, [(_, b'=')]) => None,
        (2, [(_, b'='), (_, b'='), (at, _), ..]) | (3, [(_, b'='), (at, _), ..]) => Some(*at),
        (2, [(_, b'=')]) => Some(text.len()),
        (2, [(_, b'='), (at, _), ..]) => Some(*at),
        // what is missing is told at the start of the last group
        (odd, []) => Some(text.len() - odd),
        (_, [(at, _), ..]) => Some(*at),
    }
}
