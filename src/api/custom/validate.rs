//! Whether a custom object fits its schema.
//!
//! Models: `kube-openapi/pkg/validation/{validate,errors}`, `apiextensions-apiserver/pkg/apiserver/validation`,
//! `.../schema/{listtype,objectmeta}`.
//! Left out: the order of Go's maps (fields are visited by name), formats that few people meet (isbn, creditcard, ssn,
//! bsonobjectid, rgbcolor are not checked).

use super::cel::same_item;
use super::format;
use super::schema::{Additional, Schema};
use crate::api::errors::{FieldError, FieldErrors};
use crate::api::validation::{quoted, text};
use crate::base::decimal::Decimal;
use crate::base::yaml::to_json;
use serde_json::{Map, Value};

/// What a check came to, and how much fitted: the best of several alternatives is told.
#[derive(Default)]
struct Outcome {
    errors: Vec<FieldError>,
    matched: usize,
}

impl Outcome {
    fn add(&mut self, path: &str, text: String) {
        let path = path.trim_start_matches('.');
        let error = FieldError { path: if path.is_empty() { "<nil>".into() } else { path.into() }, text };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    fn invalid(&mut self, path: &str, value: impl std::fmt::Display, detail: &str) {
        self.add(path, format!("Invalid value: {value}: {} in body {detail}", if path.is_empty() { "" } else { path }));
    }

    /// A complaint of a whole schema, which has no field of its own.
    fn of_schema(&mut self, path: &str, detail: &str) {
        self.add("", format!("Invalid value: \"\": {} {detail}", quoted(path)));
    }

    fn merge(&mut self, other: Outcome) {
        self.matched += other.matched;
        for error in other.errors {
            if !self.errors.contains(&error) {
                self.errors.push(error);
            }
        }
    }

    fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }
}

/// Checks a value below `path`; what is as it was in `old` is not held against it.
pub fn validate(path: &str, schema: &Schema, value: &Value, old: Option<&Value>, errors: &mut FieldErrors) {
    let outcome = check(path, schema, value, old);
    errors.0.extend(outcome.errors);
}

/// As [`validate`], for a part of an object: the words name fields as the part sees them, the paths begin with `base`.
pub fn below(base: &str, schema: &Schema, value: &Value, old: Option<&Value>, errors: &mut FieldErrors) {
    errors.0.extend(check("", schema, value, old).errors.into_iter().map(|error| {
        let path = if error.path == "<nil>" { base.to_string() } else { format!("{base}.{}", error.path) };
        FieldError { path, ..error }
    }));
}

fn check(path: &str, schema: &Schema, value: &Value, old: Option<&Value>) -> Outcome {
    let mut out = Outcome::default();
    if old == Some(value) {
        return out;
    }
    out.merge(of_type(path, schema, value));
    if value.is_null() {
        allowed(path, schema, value, &mut out);
        return out;
    }
    alternatives(path, schema, value, &mut out);
    match value {
        Value::String(text) => of_text(path, schema, text, &mut out),
        Value::Number(number) => of_number(path, schema, number, &mut out),
        Value::Array(items) => of_list(path, schema, items, old, &mut out),
        _ => {}
    }
    allowed(path, schema, value, &mut out);
    if let Value::Object(map) = value {
        of_map(path, schema, map, old, &mut out);
    }
    out.matched += 1;
    out
}

fn is_integer(value: &Value) -> bool {
    matches!(value, Value::Number(n) if Decimal::of(n).is_integer())
}

fn of_type(path: &str, schema: &Schema, value: &Value) -> Outcome {
    let mut out = Outcome { matched: 1, ..Outcome::default() };
    let types = schema.types();
    let format = format::known(schema);
    if types.is_empty() && format.is_empty() {
        return out;
    }
    let (found, found_format) = match value {
        Value::Null => ("null", ""),
        Value::Bool(_) => ("boolean", ""),
        Value::Number(n) if n.is_i64() || n.is_u64() => ("integer", "int64"),
        Value::Number(_) => ("number", "float64"),
        Value::String(_) => ("string", ""),
        Value::Array(_) => ("array", ""),
        Value::Object(_) => ("object", ""),
    };
    let wrong = |wanted: &str, found: &str| {
        let mut out = Outcome::default();
        out.invalid(path, quoted(found), &format!("must be of type {wanted}: {}", quoted(found)));
        out
    };
    if value.is_null() {
        return if types.is_empty() || schema.nullable { out } else { wrong(&types.join(","), "null") };
    }
    let numeric = types.iter().any(|ty| ["number", "integer"].contains(ty));
    let as_number = (found == "integer" && types.contains(&"number"))
        || (found == "number" && types.contains(&"integer") && is_integer(value));
    let texts = matches!(value, Value::String(_) | Value::Array(_));
    if !texts && !format.is_empty() && !types.contains(&found) && found_format != format && !as_number {
        return wrong(&schema.format, found_format);
    }
    if (!numeric && !format.is_empty() && texts) || types.contains(&found) || as_number || types.is_empty() {
        out.matched += 1;
        return out;
    }
    wrong(&types.join(","), found)
}

fn alternatives(path: &str, schema: &Schema, value: &Value, out: &mut Outcome) {
    if !schema.any_of.is_empty() {
        let mut best: Option<Outcome> = None;
        let mut hit = false;
        for alternative in &schema.any_of {
            let result = check(path, alternative, value, None);
            if result.is_valid() {
                (best, hit) = (Some(result), true);
                break;
            }
            if best.as_ref().is_none_or(|b| result.matched > b.matched) {
                best = Some(result);
            }
        }
        if !hit {
            out.of_schema(path, "must validate at least one schema (anyOf)");
        }
        out.merge(best.unwrap_or_default());
    }
    if !schema.one_of.is_empty() {
        let mut best: Option<Outcome> = None;
        let mut hits = 0;
        for alternative in &schema.one_of {
            let result = check(path, alternative, value, None);
            if result.is_valid() {
                hits += 1;
                best = None;
            } else if hits == 0 && best.as_ref().is_none_or(|b| result.matched > b.matched) {
                best = Some(result);
            }
        }
        if hits != 1 {
            let found = if hits == 0 { "Found none valid".into() } else { format!("Found {hits} valid alternatives") };
            out.of_schema(path, &format!("must validate one and only one schema (oneOf). {found}"));
            out.merge(best.unwrap_or_default());
        }
    }
    if !schema.all_of.is_empty() {
        let mut hits = 0;
        for part in &schema.all_of {
            let result = check(path, part, value, None);
            hits += usize::from(result.is_valid());
            out.merge(result);
        }
        if hits != schema.all_of.len() {
            let none = if hits == 0 { ". None validated" } else { "" };
            out.of_schema(path, &format!("must validate all the schemas (allOf){none}"));
        }
    }
    if let Some(not) = &schema.not
        && check(path, not, value, None).is_valid()
    {
        out.of_schema(path, "must not validate the schema (not)");
    }
    out.matched += 1;
}

fn of_text(path: &str, schema: &Schema, text: &str, out: &mut Outcome) {
    let bounds = &schema.bounds;
    let length = text.chars().count() as i64;
    let value = quoted(text);
    if let Some(most) = bounds.max_length.filter(|most| length > *most) {
        let bytes = if most == 1 { "byte" } else { "bytes" };
        out.add(path, format!("Too long: may not be more than {most} {bytes}"));
    } else if let Some(least) = bounds.min_length.filter(|least| length < *least) {
        out.invalid(path, value, &format!("should be at least {least} chars long"));
    } else if let Some(pattern) = &schema.pattern
        && pattern.program.as_ref().is_some_and(|program| !program.is_match(text))
    {
        out.invalid(path, value, &format!("should match '{}'", pattern.text));
    }
    let format = format::known(schema);
    if !format.is_empty() && !format::fits(format, text) {
        out.invalid(path, quoted(text), &format!("must be of type {}: {}", schema.format, quoted(text)));
    }
}

fn of_number(path: &str, schema: &Schema, number: &serde_json::Number, out: &mut Outcome) {
    let bounds = &schema.bounds;
    let value = Decimal::of(number);
    let whole = number.is_i64() || number.is_u64();
    // an integer is compared with the whole part of a bound
    let bound = |bound: Decimal| if whole { Decimal::int(bound.truncated()) } else { bound };
    let shown = to_json(&Value::Number(number.clone()));
    if schema.ty == "integer"
        && schema.format == "int32"
        && (value > Decimal::int(i64::from(i32::MAX)) || value < Decimal::int(i64::from(i32::MIN)))
    {
        let words = format!("Checked value must be of type integer with format int32 in {path}");
        out.add("", format!("Invalid value: \"\": {words}"));
    }
    if let Some(of) = bounds.multiple_of
        && !value.is_multiple_of(of)
    {
        out.invalid(path, &shown, &format!("should be a multiple of {of}"));
    }
    if let Some(least) = bounds.minimum.map(bound)
        && (value < least || (bounds.above && value == least))
    {
        let words = if bounds.above { "greater than" } else { "greater than or equal to" };
        out.invalid(path, &shown, &format!("should be {words} {least}"));
    }
    if let Some(most) = bounds.maximum.map(bound)
        && (value > most || (bounds.below && value == most))
    {
        let words = if bounds.below { "less than" } else { "less than or equal to" };
        out.invalid(path, &shown, &format!("should be {words} {most}"));
    }
    out.matched += 1;
}

fn too_many(count: i64, most: i64) -> String {
    format!("Too many: {count}: must have at most {most} {}", if most == 1 { "item" } else { "items" })
}

fn of_list(path: &str, schema: &Schema, items: &[Value], old: Option<&Value>, out: &mut Outcome) {
    if let Some(inner) = schema.items.as_deref() {
        for (n, item) in items.iter().enumerate() {
            let was = old.and_then(|old| same_item(schema, item, old));
            out.merge(check(&format!("{path}[{n}]"), inner, item, was));
        }
    }
    let count = items.len() as i64;
    if let Some(least) = schema.bounds.min_items.filter(|least| count < *least) {
        out.invalid(path, count, &format!("should have at least {least} items"));
    }
    if let Some(most) = schema.bounds.max_items.filter(|most| count > *most) {
        out.add(path, too_many(count, most));
    }
    if schema.bounds.unique && items.iter().enumerate().any(|(n, item)| items[..n].contains(item)) {
        out.invalid(path, "\"\"", "shouldn't contain duplicates");
    }
    out.matched += 1;
}

fn allowed(path: &str, schema: &Schema, value: &Value, out: &mut Outcome) {
    if schema.allowed.is_empty() || schema.allowed.contains(value) {
        return;
    }
    let words: Vec<String> =
        schema.allowed.iter().map(|one| quoted(&one.as_str().map_or_else(|| to_json(one), String::from))).collect();
    out.add(path, format!("Unsupported value: {}: supported values: {}", to_json(value), words.join(", ")));
}

fn of_map(path: &str, schema: &Schema, map: &Map<String, Value>, old: Option<&Value>, out: &mut Outcome) {
    let count = map.len() as i64;
    if let Some(least) = schema.bounds.min_properties.filter(|least| count < *least) {
        out.invalid(path, count, &format!("should have at least {least} properties"));
    }
    if let Some(most) = schema.bounds.max_properties.filter(|most| count > *most) {
        out.add(path, too_many(count, most));
    }
    let join = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    let was = |name: &str| old.and_then(|old| old.get(name));
    for (name, inner) in map.iter().filter(|(name, _)| !schema.properties.contains_key(*name)) {
        match &schema.additional {
            Some(Additional::Allowed(false)) => {
                out.add(
                    path,
                    format!("Invalid value: {}: {path}.{name} in body is a forbidden property", quoted(name)),
                );
            }
            Some(Additional::Schema(values)) => out.merge(check(&join(name), values, inner, was(name))),
            _ => {}
        }
    }
    for (name, property) in &schema.properties {
        if let Some(inner) = map.get(name) {
            out.merge(check(&join(name), property, inner, was(name)));
        }
    }
    for name in schema.required.iter().filter(|name| !map.contains_key(*name)) {
        out.add(&join(name), "Required value".into());
    }
    out.matched += 1;
}

/// Lists that are sets or maps name nothing twice; embedded resources say what they are.
pub fn structure(path: &str, schema: &Schema, value: &Value, errors: &mut FieldErrors) {
    match value {
        Value::Object(map) => {
            if schema.embedded {
                embedded(path, map, errors);
            }
            for (name, inner) in map {
                if let Some(property) = schema.properties.get(name) {
                    let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    structure(&here, property, inner, errors);
                } else if let Some(values) = schema.values() {
                    structure(&format!("{path}[{name}]"), values, inner, errors);
                }
            }
        }
        Value::Array(items) => {
            distinct(path, schema, items, errors);
            for (n, item) in items.iter().enumerate() {
                if let Some(inner) = schema.items.as_deref() {
                    structure(&format!("{path}[{n}]"), inner, item, errors);
                }
            }
        }
        _ => {}
    }
}

fn distinct(path: &str, schema: &Schema, items: &[Value], errors: &mut FieldErrors) {
    let keys: Vec<Value> = match schema.list_type.as_str() {
        "set" => items.to_vec(),
        "map" => items
            .iter()
            .map(|item| {
                let pairs = schema.list_keys.iter().filter_map(|key| Some((key.clone(), item.get(key)?.clone())));
                Value::Object(pairs.collect())
            })
            .collect(),
        _ => return,
    };
    for (n, key) in keys.iter().enumerate() {
        if keys[..n].iter().filter(|other| *other == key).count() == 1 {
            errors.duplicate(format!("{path}[{n}]"), to_json(key));
        }
    }
}

fn embedded(path: &str, map: &Map<String, Value>, errors: &mut FieldErrors) {
    for field in ["apiVersion", "kind"] {
        let here = format!("{path}.{field}");
        match map.get(field) {
            None => errors.required(here, ""),
            Some(Value::String(text)) if text.is_empty() => errors.invalid(here, "\"\"", "must not be empty"),
            Some(Value::String(kind)) if field == "kind" => {
                let problems = text::dns1035(&kind.to_lowercase());
                if !problems.is_empty() {
                    let words = format!("may have mixed case, but should otherwise match: {}", problems.join(","));
                    errors.invalid(here, quoted(kind), &words);
                }
            }
            Some(Value::String(_)) => {}
            Some(other) => errors.invalid(here, to_json(other), "must be a string"),
        }
    }
}

/// Whether something is wrong that keeps the rules from being run.
pub fn blocks_rules(errors: &FieldErrors) -> bool {
    errors.0.iter().any(|error| {
        let head = error.text.split(':').next().unwrap_or_default();
        ["Unsupported value", "Required value", "Too long", "Too many"].contains(&head)
            || error.text.contains(" in body must be of type ")
    })
}

/// The replica counts that the scale subresource reads.
pub fn replicas(path: &str, value: &Value, errors: &mut FieldErrors) {
    let steps: Vec<&str> = path.trim_start_matches('.').split('.').collect();
    let Some(found) = steps.iter().try_fold(value, |at, step| at.get(step)) else { return };
    match found.as_i64() {
        Some(n) if n < 0 => errors.invalid(path, n, "should be a non-negative integer"),
        Some(n) if n > i64::from(i32::MAX) => {
            errors.invalid(path, n, &format!("should be less than or equal to {}", i32::MAX));
        }
        Some(_) => {}
        None => {
            let ty = match found {
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                Value::Array(_) => "[]interface {}",
                Value::Object(_) => "map[string]interface {}",
                Value::Number(_) => "float64",
                Value::Null => "<nil>",
            };
            let words = format!(
                "{path} accessor error: {} is of the type {ty}, expected int64",
                crate::base::yaml::go_text(found)
            );
            errors.invalid(path, 0, &words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(schema: Value, value: Value) -> Vec<String> {
        let mut errors = FieldErrors::default();
        let schema = Schema::of(&schema);
        validate("", &schema, &value, None, &mut errors);
        structure("", &schema, &value, &mut errors);
        errors.0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_mistake_is_told_in_the_words_of_the_server() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "required": ["size", "name"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 10},
                "name": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"},
                "mode": {"type": "string", "enum": ["Fast", "Slow"]},
                "list": {"type": "array", "maxItems": 1, "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                "at": {"type": "string", "format": "date-time"},
                "port": {"x-kubernetes-int-or-string": true}}}}});
        let value = json!({"spec": {"size": 20, "name": "Abcdef", "mode": "Odd", "list": ["a", "a"], "at": "now", "port": true}});
        assert_eq!(
            told(schema.clone(), value),
            [
                "spec.at: Invalid value: \"now\": spec.at in body must be of type date-time: \"now\"",
                "spec.list: Too many: 2: must have at most 1 item",
                "spec.mode: Unsupported value: \"Odd\": supported values: \"Fast\", \"Slow\"",
                "spec.name: Too long: may not be more than 4 bytes",
                "spec.port: Invalid value: \"boolean\": spec.port in body must be of type integer,string: \"boolean\"",
                "spec.size: Invalid value: 20: spec.size in body should be less than or equal to 10",
                "spec.list[1]: Duplicate value: \"a\"",
            ]
        );
        assert_eq!(
            told(schema, json!({"spec": {"size": "1"}})),
            [
                "spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\"",
                "spec.name: Required value",
            ]
        );
    }

    #[test]
    fn of_several_alternatives_the_nearest_is_told() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}}});
        assert_eq!(
            told(schema.clone(), json!({"spec": {}})),
            [
                "<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found none valid",
                "spec.a: Required value",
            ]
        );
        assert_eq!(
            told(schema, json!({"spec": {"a": "", "b": ""}})),
            [
                "<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found 2 valid alternatives",
            ]
        );
    }
}
