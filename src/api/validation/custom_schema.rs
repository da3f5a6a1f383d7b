//! The schema of a custom resource: that it is structural, that its parts fit together, that its rules compile.
//!
//! Models: `apiextensions-apiserver/pkg/apiserver/schema/validation.go`,
//! `.../pkg/apis/apiextensions/validation/validation.go`, `.../schema/defaulting/validation.go`.
//! Left out: the estimated cost of rules, defaults inside of metadata, the words of Go's regular expressions.

use super::quoted;
use crate::api::custom::schema::{Additional, Schema};
use crate::api::custom::{cel, prune, validate};
use crate::api::errors::FieldErrors;
use crate::base::yaml::to_json;
use serde_json::{Map, Value};

const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];

/// The fields in the order of the server's own form: name there, name in JSON, and what stands there when it is not given.
const FIELDS: &[(&str, &str, &str)] = &[
    ("ID", "id", "\"\""),
    ("Schema", "$schema", "\"\""),
    ("Ref", "$ref", "null"),
    ("Description", "description", "\"\""),
    ("Type", "type", "\"\""),
    ("Nullable", "nullable", "false"),
    ("Format", "format", "\"\""),
    ("Title", "title", "\"\""),
    ("Default", "default", "null"),
    ("Maximum", "maximum", "null"),
    ("ExclusiveMaximum", "exclusiveMaximum", "false"),
    ("Minimum", "minimum", "null"),
    ("ExclusiveMinimum", "exclusiveMinimum", "false"),
    ("MaxLength", "maxLength", "null"),
    ("MinLength", "minLength", "null"),
    ("Pattern", "pattern", "\"\""),
    ("MaxItems", "maxItems", "null"),
    ("MinItems", "minItems", "null"),
    ("UniqueItems", "uniqueItems", "false"),
    ("MultipleOf", "multipleOf", "null"),
    ("Enum", "enum", "null"),
    ("MaxProperties", "maxProperties", "null"),
    ("MinProperties", "minProperties", "null"),
    ("Required", "required", "null"),
    ("Items", "items", "null"),
    ("AllOf", "allOf", "null"),
    ("OneOf", "oneOf", "null"),
    ("AnyOf", "anyOf", "null"),
    ("Not", "not", "null"),
    ("Properties", "properties", "null"),
    ("AdditionalProperties", "additionalProperties", "null"),
    ("PatternProperties", "patternProperties", "null"),
    ("Dependencies", "dependencies", "null"),
    ("AdditionalItems", "additionalItems", "null"),
    ("Definitions", "definitions", "null"),
    ("ExternalDocs", "externalDocs", "null"),
    ("Example", "example", "null"),
    ("XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", "null"),
    ("XEmbeddedResource", "x-kubernetes-embedded-resource", "false"),
    ("XIntOrString", "x-kubernetes-int-or-string", "false"),
    ("XListMapKeys", "x-kubernetes-list-map-keys", "null"),
    ("XListType", "x-kubernetes-list-type", "null"),
    ("XMapType", "x-kubernetes-map-type", "null"),
    ("XValidations", "x-kubernetes-validations", "null"),
];

/// Fields that the root may have when the status is a subresource.
const AT_ROOT: &[&str] = &[
    "Description",
    "Type",
    "Format",
    "Title",
    "Maximum",
    "ExclusiveMaximum",
    "Minimum",
    "ExclusiveMinimum",
    "MaxLength",
    "MinLength",
    "Pattern",
    "MaxItems",
    "MinItems",
    "UniqueItems",
    "MultipleOf",
    "Required",
    "Items",
    "Properties",
    "ExternalDocs",
    "Example",
    "XPreserveUnknownFields",
    "XValidations",
];

/// A schema as the server's own form of it reads in JSON.
pub fn internal(schema: &Value) -> String {
    let Some(map) = schema.as_object() else { return "null".into() };
    let entries = FIELDS.iter().map(|(title, name, none)| {
        let text = match (map.get(*name), *name) {
            (None, _) => (*none).to_string(),
            (Some(Value::Object(inner)), "properties" | "patternProperties" | "definitions") => {
                let inner = inner.iter().map(|(name, schema)| format!("{}:{}", quoted(name), internal(schema)));
                format!("{{{}}}", inner.collect::<Vec<_>>().join(","))
            }
            (Some(Value::Array(list)), "allOf" | "oneOf" | "anyOf") => {
                format!("[{}]", list.iter().map(internal).collect::<Vec<_>>().join(","))
            }
            (Some(inner), "not") => internal(inner),
            (Some(inner), "items") => format!("{{\"Schema\":{},\"JSONSchemas\":null}}", internal(inner)),
            (Some(Value::Bool(yes)), "additionalProperties" | "additionalItems") => {
                format!("{{\"Allows\":{yes},\"Schema\":null}}")
            }
            (Some(inner), "additionalProperties" | "additionalItems") => {
                format!("{{\"Allows\":true,\"Schema\":{}}}", internal(inner))
            }
            (Some(Value::Array(_)), "x-kubernetes-validations") => {
                let rules: Vec<String> = Schema::of(schema).rules.iter().map(cel::Rule::shown).collect();
                format!("[{}]", rules.join(","))
            }
            (Some(inner), _) => to_json(inner),
        };
        format!("\"{title}\":{text}")
    });
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

/// Checks the schema of a version; `path` is that of `openAPIV3Schema`.
pub fn root(raw: &Value, with_status: bool, path: &str, errors: &mut FieldErrors) {
    let before = errors.0.len();
    if with_status {
        root_fields(raw, path, errors);
    }
    if raw["nullable"] == true {
        errors.forbidden(format!("{path}.nullable"), "nullable cannot be true at the root");
    }
    let schema = Schema::of(raw);
    let unsupported = unsupported(raw);
    let mut rules = false;
    if unsupported.is_none() {
        let mut found = FieldErrors::default();
        structural(&schema, Level::Root, path, &mut found);
        complete(&schema, path, &mut found);
        found.0.sort_by_key(ToString::to_string);
        if found.is_empty() {
            defaults(&schema, path, &mut found);
        }
        rules = found.is_empty();
        errors.0.extend(found.0);
    }
    let mut open = Open { schema: FieldErrors::default(), rules: FieldErrors::default(), compile: rules };
    let at = At { root: true, no_defaults: None, inside_meta: false, uncorrelated: None };
    open.check(raw, path, &at);
    errors.0.extend(open.schema.0);
    errors.0.extend(open.rules.0);
    if let Some(words) = unsupported
        && errors.0.len() == before
    {
        errors.invalid(path, "\"\"", &words);
    }
}

fn root_fields(raw: &Value, path: &str, errors: &mut FieldErrors) {
    for (title, name, none) in FIELDS {
        let Some(value) = raw.get(*name).filter(|value| to_json(value) != *none) else { continue };
        if *title == "Type" {
            if *value != "object" {
                let words = "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
                return errors.invalid(format!("{path}.type"), to_json(value), words);
            }
        } else if !AT_ROOT.contains(title) {
            let words = format!(
                "only [{}] fields are allowed at the root of the schema if the status subresource is enabled",
                AT_ROOT.join(" ")
            );
            return errors.invalid(path, internal(raw), &words);
        }
    }
}

/// What no structural schema can be made of.
fn unsupported(raw: &Value) -> Option<String> {
    let map = raw.as_object()?;
    for (name, title) in [
        ("id", "id"),
        ("$schema", "schema"),
        ("$ref", "$ref"),
        ("patternProperties", "patternProperties"),
        ("dependencies", "dependencies"),
        ("additionalItems", "additionalItems"),
        ("definitions", "definitions"),
    ] {
        if map.contains_key(name) {
            return Some(format!("OpenAPIV3Schema '{title}' is not supported"));
        }
    }
    if map.get("items").is_some_and(Value::is_array) {
        return Some("OpenAPIV3Schema 'items' must be a schema, but is an array".into());
    }
    if map.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(false)) {
        return Some("internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined".into());
    }
    below(map).into_iter().find_map(|(_, inner)| unsupported(inner))
}

/// The schemas inside of a schema, each with the end of its path.
fn below(map: &Map<String, Value>) -> Vec<(String, &Value)> {
    let mut all = vec![];
    for name in ["additionalProperties", "not", "items"] {
        if let Some(inner) = map.get(name).filter(|inner| inner.is_object()) {
            all.push((name.to_string(), inner));
        }
    }
    for (name, inner) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
        all.push((format!("properties[{name}]"), inner));
    }
    for list in ["allOf", "oneOf", "anyOf"] {
        for (n, inner) in map.get(list).and_then(Value::as_array).into_iter().flatten().enumerate() {
            all.push((format!("{list}[{n}]"), inner));
        }
    }
    all
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

fn structural(s: &Schema, level: Level, path: &str, errors: &mut FieldErrors) {
    if s.ty == "array" && s.items.is_none() {
        errors.required(format!("{path}.items"), "must be specified");
    }
    if let Some(items) = &s.items {
        structural(items, Level::Item, &format!("{path}.items"), errors);
    }
    for (name, inner) in &s.properties {
        structural(inner, Level::Field, &format!("{path}.properties[{name}]"), errors);
    }
    if let Some(additional) = &s.additional {
        if level == Level::Root {
            errors.forbidden(format!("{path}.additionalProperties"), "must not be used at the root");
        }
        if let Additional::Schema(inner) = additional {
            structural(inner, Level::Field, &format!("{path}.additionalProperties"), errors);
        }
    }
    for (set, name) in [(s.preserve, "preserve-unknown-fields"), (s.embedded, "embedded-resource")] {
        if s.int_or_string && set {
            let words = "must be false if x-kubernetes-int-or-string is true";
            errors.invalid(format!("{path}.x-kubernetes-{name}"), true, words);
        }
    }
    let skip = if int_or_string(&s.any_of) {
        Skip::Any
    } else if s.all_of.first().is_some_and(|first| int_or_string(&first.any_of)) {
        Skip::FirstOfAll
    } else {
        Skip::None
    };
    values(s, skip, path, errors);
    of_type(s, level, path, errors);
    metadata(s, level, path, errors);
}

fn of_type(s: &Schema, level: Level, path: &str, errors: &mut FieldErrors) {
    let here = format!("{path}.type");
    if s.embedded && s.ty != "object" {
        let words = "must be object if x-kubernetes-embedded-resource is true";
        match s.ty.as_str() {
            "" => errors.required(here.clone(), words),
            ty => errors.invalid(here.clone(), quoted(ty), words),
        }
    } else if s.ty.is_empty() && !s.int_or_string && !s.preserve {
        let words = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        errors.required(here.clone(), words);
    }
    if s.embedded && s.additional.is_some() {
        let words = "must not be used if x-kubernetes-embedded-resource is set";
        errors.forbidden(format!("{path}.additionalProperties"), words);
    }
    if level == Level::Root && !s.ty.is_empty() && s.ty != "object" {
        errors.invalid(here, quoted(&s.ty), "must be object at the root");
    }
}

fn metadata(s: &Schema, level: Level, path: &str, errors: &mut FieldErrors) {
    let checked = level == Level::Root || s.embedded;
    for name in ["kind", "apiVersion"] {
        if checked && let Some(inner) = s.properties.get(name).filter(|inner| inner.ty != "string") {
            errors.invalid(format!("{path}.properties[{name}].type"), quoted(&inner.ty), "must be string");
        }
    }
    if let Some(meta) = s.properties.get("metadata") {
        if checked && meta.ty != "object" {
            errors.invalid(format!("{path}.properties[metadata].type"), quoted(&meta.ty), "must be object");
        }
        let only_names = meta.properties.keys().all(|name| name == "name" || name == "generateName");
        let more = meta.preserve
            || meta.embedded
            || meta.nullable
            || meta.additional.is_some()
            || !meta.description.is_empty()
            || !meta.title.is_empty()
            || !meta.required.is_empty()
            || !meta.rules.is_empty();
        if level == Level::Root && (!only_names || more) {
            let words =
                "must not specify anything other than name and generateName, but metadata is implicitly specified";
            errors.forbidden(format!("{path}.properties[metadata]"), words);
        }
    }
    if s.embedded && !s.preserve && s.properties.is_empty() {
        let words =
            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        errors.required(format!("{path}.properties"), words);
    }
}

/// `anyOf` of an integer and a text.
fn int_or_string(list: &[Schema]) -> bool {
    let bare = |s: &Schema, ty: &str| s.ty == ty && s.properties.is_empty() && s.required.is_empty();
    matches!(list, [a, b] if bare(a, "integer") && bare(b, "string"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Skip {
    None,
    Any,
    FirstOfAll,
}

fn values(s: &Schema, skip: Skip, path: &str, errors: &mut FieldErrors) {
    if skip != Skip::Any {
        for (n, inner) in s.any_of.iter().enumerate() {
            nested(inner, Skip::None, &format!("{path}.anyOf[{n}]"), errors);
        }
    }
    for (n, inner) in s.all_of.iter().enumerate() {
        let skip = if skip == Skip::FirstOfAll && n == 0 { Skip::Any } else { Skip::None };
        nested(inner, skip, &format!("{path}.allOf[{n}]"), errors);
    }
    for (n, inner) in s.one_of.iter().enumerate() {
        nested(inner, Skip::None, &format!("{path}.oneOf[{n}]"), errors);
    }
    if let Some(inner) = &s.not {
        nested(inner, Skip::None, &format!("{path}.not"), errors);
    }
    if let Some(pattern) = s.pattern.as_ref().filter(|pattern| pattern.program.is_none())
        && let Some(words) = mistake(&pattern.text)
    {
        let words = format!("must be a valid regular expression, but isn't: error parsing regexp: {words}");
        errors.invalid(format!("{path}.pattern"), quoted(&pattern.text), &words);
    }
}

/// What Go says of a regular expression, where it can be told.
fn mistake(pattern: &str) -> Option<String> {
    let (mut depth, mut class, mut escaped) = (0i32, None, false);
    for (at, c) in pattern.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' if class.is_none() => class = Some(at),
            ']' => class = None,
            '(' if class.is_none() => depth += 1,
            ')' if class.is_none() => {
                depth -= 1;
                if depth < 0 {
                    return Some(format!("unexpected ): `{pattern}`"));
                }
            }
            _ => {}
        }
    }
    if escaped {
        return Some("trailing backslash at end of expression: ``".into());
    }
    if let Some(at) = class {
        return Some(format!("missing closing ]: `{}`", &pattern[at..]));
    }
    if depth > 0 {
        return Some(format!("missing closing ): `{pattern}`"));
    }
    if pattern.starts_with(['*', '+', '?']) {
        return Some(format!("missing argument to repetition operator: `{}`", &pattern[..1]));
    }
    for look in ["(?=", "(?!", "(?<=", "(?<!"] {
        if pattern.contains(look) {
            return Some(format!("invalid or unsupported Perl syntax: `{}`", &look[..3.min(look.len())]));
        }
    }
    None
}

/// A schema under `allOf` and the like says only what values are allowed.
fn nested(s: &Schema, skip: Skip, path: &str, errors: &mut FieldErrors) {
    values(s, skip, path, errors);
    if let Some(items) = &s.items {
        nested(items, Skip::None, &format!("{path}.items"), errors);
    }
    for (name, inner) in &s.properties {
        nested(inner, Skip::None, &format!("{path}.properties[{name}]"), errors);
    }
    let empty = "must be empty to be structural";
    let undefined = "must be undefined to be structural";
    let off = "must be false to be structural";
    for (set, name, words) in [
        (!s.ty.is_empty(), "type", empty),
        (s.additional.is_some(), "additionalProperties", undefined),
        (s.default.is_some(), "default", undefined),
        (!s.title.is_empty(), "title", empty),
        (!s.description.is_empty(), "description", empty),
        (s.nullable, "nullable", off),
        (s.preserve, "x-kubernetes-preserve-unknown-fields", off),
        (s.embedded, "x-kubernetes-embedded-resource", off),
        (s.int_or_string, "x-kubernetes-int-or-string", off),
        (!s.list_keys.is_empty(), "x-kubernetes-list-map-keys", empty),
        (!s.list_type.is_empty(), "x-kubernetes-list-type", undefined),
        (!s.map_type.is_empty(), "x-kubernetes-map-type", undefined),
        (!s.rules.is_empty(), "x-kubernetes-validations", empty),
    ] {
        if set {
            errors.forbidden(format!("{path}.{name}"), words);
        }
    }
    if s.properties.contains_key("metadata") {
        errors.forbidden(format!("{path}.properties[metadata]"), "must not be specified in a nested context");
    }
}

/// What is named under `allOf` and the like at the root must be there outside of them.
fn complete(s: &Schema, path: &str, errors: &mut FieldErrors) {
    for (list, all) in [("allOf", &s.all_of), ("anyOf", &s.any_of), ("oneOf", &s.one_of)] {
        for (n, inner) in all.iter().enumerate() {
            named(inner, s, path, &format!("{path}.{list}[{n}]"), errors);
        }
    }
    if let Some(inner) = &s.not {
        named(inner, s, path, &format!("{path}.not"), errors);
    }
}

fn named(v: &Schema, s: &Schema, s_path: &str, v_path: &str, errors: &mut FieldErrors) {
    for (list, all) in [("allOf", &v.all_of), ("anyOf", &v.any_of), ("oneOf", &v.one_of)] {
        for (n, inner) in all.iter().enumerate() {
            named(inner, s, s_path, &format!("{v_path}.{list}[{n}]"), errors);
        }
    }
    if let Some(inner) = &v.not {
        named(inner, s, s_path, &format!("{v_path}.not"), errors);
    }
    let because = |errors: &mut FieldErrors, here: String, there: &str| {
        errors.required(here, &format!("because it is defined in {there}"));
    };
    if let Some(items) = &v.items {
        let there = format!("{v_path}.items");
        match &s.items {
            Some(own) => named(items, own, &format!("{s_path}.items"), &there, errors),
            None => because(errors, format!("{s_path}.items"), &there),
        }
    }
    for (name, inner) in &v.properties {
        let (here, there) = (format!("{s_path}.properties[{name}]"), format!("{v_path}.properties[{name}]"));
        match s.properties.get(name) {
            Some(own) => named(inner, own, &here, &there, errors),
            None => because(errors, here, &there),
        }
    }
}

fn defaults(s: &Schema, path: &str, errors: &mut FieldErrors) {
    if let Some(default) = &s.default {
        let here = format!("{path}.default");
        let around = Schema { properties: [("default".to_string(), s.clone())].into(), ..Schema::default() };
        if !prune::unknown(&mut serde_json::json!({"default": default}), &around).is_empty() {
            errors.invalid(here.clone(), to_json(default), "must not have unknown fields");
        }
        let mut found = FieldErrors::default();
        validate::below(&here, s, default, None, &mut found);
        if found.is_empty() {
            cel::validate(&here, s, default, Some(default), &mut found);
        }
        errors.0.extend(found.0);
    }
    if let Some(items) = &s.items {
        defaults(items, &format!("{path}.items"), errors);
    }
    for (name, inner) in &s.properties {
        defaults(inner, &format!("{path}.properties[{name}]"), errors);
    }
}

/// Where the walk through the OpenAPI schema is.
#[derive(Clone)]
struct At {
    root: bool,
    /// Why no default may stand here.
    no_defaults: Option<String>,
    inside_meta: bool,
    /// The list or map whose entries cannot be told apart from one version of an object to the next.
    uncorrelated: Option<String>,
}

struct Open {
    schema: FieldErrors,
    rules: FieldErrors,
    compile: bool,
}

impl Open {
    fn check(&mut self, raw: &Value, path: &str, at: &At) {
        let Some(map) = raw.as_object() else { return };
        let before = self.schema.0.len();
        self.plain(map, path, at);
        let s = Schema::of(raw);
        if s.bounds.unique {
            let words = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
            self.schema.forbidden(format!("{path}.uniqueItems"), words);
        }
        let closed = !matches!(s.additional, None | Some(Additional::Allowed(true)));
        if closed && !s.properties.is_empty() {
            let words = "additionalProperties and properties are mutual exclusive";
            self.schema.forbidden(format!("{path}.additionalProperties"), words);
        }
        for (end, inner) in below(map) {
            let mut next = At { root: false, ..at.clone() };
            if let Some(name) = end.strip_prefix("properties[").and_then(|rest| rest.strip_suffix(']')) {
                if s.map_type == "atomic" {
                    next.uncorrelated.get_or_insert_with(|| path.to_string());
                }
                if (at.root || s.embedded) && ["metadata", "kind", "apiVersion"].contains(&name) {
                    next.inside_meta = true;
                    if at.root {
                        next.no_defaults = Some(format!("in top-level {name}"));
                    }
                }
            } else if end == "items" && s.list_type != "map" {
                next.uncorrelated.get_or_insert_with(|| path.to_string());
            } else if end == "additionalProperties" && at.inside_meta {
                next.no_defaults = Some("inside additionalProperties applying to object metadata".into());
            }
            self.check(inner, &format!("{path}.{end}"), &next);
        }
        self.extensions(&s, map, path);
        let clean = self.schema.0.len() == before;
        self.of_rules(&s, path, at, clean);
    }

    fn plain(&mut self, map: &Map<String, Value>, path: &str, at: &At) {
        let errors = &mut self.schema;
        let ty = map.get("type").and_then(Value::as_str).unwrap_or("");
        if !ty.is_empty() && !TYPES.contains(&ty) {
            errors.not_supported(format!("{path}.type"), quoted(ty), TYPES);
        }
        if let Some(why) = at.no_defaults.as_ref().filter(|_| map.contains_key("default")) {
            errors.forbidden(format!("{path}.default"), &format!("must not be set {why}"));
        }
        for name in ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] {
            if map.contains_key(name) {
                errors.forbidden(format!("{path}.{name}"), &format!("{name} is not supported"));
            }
        }
        if ty == "null" {
            let words = "type cannot be set to null, use nullable as an alternative";
            errors.forbidden(format!("{path}.type"), words);
        }
        if map.get("items").is_some_and(Value::is_array) {
            errors.forbidden(format!("{path}.items"), "items must be a schema object and not an array");
        }
        if at.inside_meta && map.get("x-kubernetes-embedded-resource") == Some(&Value::Bool(true)) {
            errors.forbidden(
                format!("{path}.x-kubernetes-embedded-resource"),
                "must not be used inside of resource meta",
            );
        }
    }

    fn extensions(&mut self, s: &Schema, map: &Map<String, Value>, path: &str) {
        let errors = &mut self.schema;
        if map.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(false)) {
            let here = format!("{path}.x-kubernetes-preserve-unknown-fields");
            errors.invalid(here, false, "must be true or undefined");
        }
        let mut needs = |ty: &str, by: &str| {
            let words = format!("must be {ty} if x-kubernetes-{by} is specified");
            match s.ty.as_str() {
                "" => errors.required(format!("{path}.type"), &words),
                own if own != ty => errors.invalid(format!("{path}.type"), quoted(own), &words),
                _ => {}
            }
        };
        if !s.map_type.is_empty() {
            needs("object", "map-type");
        }
        if !s.list_type.is_empty() {
            needs("array", "list-type");
        }
        if !s.map_type.is_empty() && !["atomic", "granular"].contains(&s.map_type.as_str()) {
            let here = format!("{path}.x-kubernetes-map-type");
            errors.not_supported(here, quoted(&s.map_type), &["atomic", "granular"]);
        }
        let list = s.list_type.as_str();
        if !list.is_empty() && !["atomic", "set", "map"].contains(&list) {
            let here = format!("{path}.x-kubernetes-list-type");
            errors.not_supported(here, quoted(list), &["atomic", "set", "map"]);
        }
        if list == "set"
            && let Some(items) = s.items.as_deref()
        {
            let words = "must be atomic as item of a list with x-kubernetes-list-type=set";
            if items.ty == "array" && !["", "atomic"].contains(&items.list_type.as_str()) {
                let here = format!("{path}.items.x-kubernetes-list-type");
                errors.invalid(here, quoted(&items.list_type), words);
            }
            if items.ty == "object" && items.map_type != "atomic" {
                errors.invalid(format!("{path}.items.x-kubernetes-map-type"), "null", words);
            }
        }
        list_keys(s, path, errors);
    }

    fn of_rules(&mut self, s: &Schema, path: &str, at: &At, clean: bool) {
        for (n, rule) in s.rules.iter().enumerate() {
            let here = format!("{path}.x-kubernetes-validations[{n}]");
            let lines = |text: &str| text.contains(['\n', '\r']);
            let (text, message) = (rule.rule.trim(), rule.message.trim());
            if text.is_empty() {
                self.schema.required(format!("{here}.rule"), "rule is not specified");
            } else if !rule.message.is_empty() && message.is_empty() {
                self.schema.invalid(format!("{here}.message"), quoted(&rule.message), "must be non-empty if specified");
            } else if lines(message) {
                self.schema.invalid(format!("{here}.message"), quoted(&rule.message), "must not contain line breaks");
            } else if lines(text) && message.is_empty() {
                let words = "message must be specified if rule contains line breaks";
                self.schema.required(format!("{here}.message"), words);
            }
            const REASONS: &[&str] =
                &["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
            if !rule.reason.is_empty() && !REASONS.contains(&rule.reason.as_str()) {
                self.schema.not_supported(format!("{here}.reason"), quoted(&rule.reason), REASONS);
            }
            let steps: Vec<&str> = rule.field_path.trim_start_matches('.').split('.').collect();
            let field = &rule.field_path;
            let found = steps.iter().try_fold(s, |at, step| at.child(step)).is_some();
            if !field.is_empty() && !field.contains('[') && (!found || !field.starts_with('.')) {
                self.schema.invalid(format!("{here}.fieldPath"), quoted(field), "must be a valid path");
            }
        }
        if !clean || !self.compile {
            return;
        }
        for (n, rule) in s.rules.iter().enumerate().filter(|(_, rule)| !rule.rule.trim().is_empty()) {
            let here = format!("{path}.x-kubernetes-validations[{n}]");
            let (own, words) = rule.compile(s, at.root);
            if let Some(own) = own {
                self.rules.invalid(format!("{here}.rule"), rule.shown(), &own);
            }
            if let Some(words) = words {
                self.rules.invalid(format!("{here}.messageExpression"), rule.shown(), &words);
            }
            match (rule.uses_old(), &at.uncorrelated) {
                (true, Some(within)) => {
                    let words =
                        format!("oldSelf cannot be used on the uncorrelatable portion of the schema within {within}");
                    self.rules.invalid(format!("{here}.rule"), quoted(&rule.rule), &words);
                }
                (false, _) if rule.optional_old.is_some() => {
                    let words = "may not be set if oldSelf is not used in rule";
                    let value = rule.optional_old.unwrap_or(false);
                    self.rules.invalid(format!("{here}.optionalOldSelf"), value, words);
                }
                _ => {}
            }
        }
    }
}

fn list_keys(s: &Schema, path: &str, errors: &mut FieldErrors) {
    let list = s.list_type.as_str();
    if !s.list_keys.is_empty() && list != "map" {
        let words = "must be map if x-kubernetes-list-map-keys is non-empty";
        match list {
            "" => errors.required(format!("{path}.x-kubernetes-list-type"), words),
            list => errors.invalid(format!("{path}.x-kubernetes-list-type"), quoted(list), words),
        }
    }
    let keys_path = format!("{path}.x-kubernetes-list-map-keys");
    if list == "map" {
        if s.list_keys.is_empty() {
            errors.required(keys_path.clone(), "must not be empty if x-kubernetes-list-type is map");
        }
        match s.items.as_deref() {
            None => errors.required(format!("{path}.items"), "must have a schema if x-kubernetes-list-type is map"),
            Some(items) if items.ty != "object" => {
                let words = "must be object if parent array's x-kubernetes-list-type is map";
                errors.invalid(format!("{path}.items.type"), quoted(&items.ty), words);
            }
            Some(items) => {
                let shown = to_json(&s.list_keys.clone().into());
                for (n, key) in s.list_keys.iter().enumerate() {
                    match items.properties.get(key) {
                        Some(field) if ["array", "object"].contains(&field.ty.as_str()) => {
                            let words = "must be a scalar type if parent array's x-kubernetes-list-type is map";
                            errors.invalid(format!("{path}.items.properties[{key}].type"), quoted(&items.ty), words);
                        }
                        Some(_) => {}
                        None => {
                            errors.invalid(keys_path.clone(), &shown, "entries must all be names of item properties");
                        }
                    }
                    if s.list_keys[..n].contains(key) {
                        errors.invalid(keys_path.clone(), &shown, "must not contain duplicate entries");
                    }
                }
            }
        }
    }
    let Some(items) = s.items.as_deref().filter(|_| ["map", "set"].contains(&list)) else { return };
    if items.nullable {
        let words = format!("cannot be nullable when x-kubernetes-list-type is {list}");
        errors.forbidden(format!("{path}.items.nullable"), &words);
    }
    for key in s.list_keys.iter().filter(|_| list == "map") {
        let Some(field) = items.properties.get(key) else { continue };
        let here = format!("{path}.items.properties[{key}]");
        if !items.required.contains(key) && field.default.is_none() {
            let words =
                "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            errors.required(format!("{here}.default"), words);
        }
        if field.nullable {
            let words = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            errors.forbidden(format!("{here}.nullable"), words);
        }
    }
}

/// The texts of some errors, for tests.
#[cfg(test)]
fn texts(errors: &[crate::api::errors::FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(raw: Value) -> Vec<String> {
        let mut errors = FieldErrors::default();
        root(&raw, false, "s", &mut errors);
        texts(&errors.0)
    }

    #[test]
    fn a_schema_has_to_be_structural() {
        assert_eq!(told(json!({"type": "object", "properties": {"spec": {"type": "object"}}})), Vec::<String>::new());
        assert_eq!(
            told(json!({"properties": {"spec": {"properties": {"a": {"type": "array"}}}}})),
            [
                "s.properties[spec].properties[a].items: Required value: must be specified",
                "s.properties[spec].type: Required value: must not be empty for specified object fields",
                "s.type: Required value: must not be empty at the root",
            ]
        );
        assert_eq!(
            told(json!({"type": "object", "properties": {"a": {"type": "text"}}})),
            [
                "s.properties[a].type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
            ]
        );
        assert_eq!(
            told(json!({"type": "object", "properties": {"a": {"type": "integer", "default": "x"}}})),
            ["s.properties[a].default: Invalid value: \"string\":  in body must be of type integer: \"string\"",]
        );
    }

    #[test]
    fn lists_that_are_maps_name_their_keys() {
        let list = json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": {"type": "object", "properties": {"name": {"type": "string"}}}});
        assert_eq!(
            told(json!({"type": "object", "properties": {"l": list}})),
            [
                "s.properties[l].items.properties[name].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
            ]
        );
    }
}
