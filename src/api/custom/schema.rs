//! The schema of a custom resource, read from the JSON of its definition.
//!
//! Models: `apiextensions-apiserver/pkg/apiserver/schema/{structural,convert}.go`.
//! Left out: `externalDocs` and `example`, which no behaviour follows.

use super::cel::Rule;
use crate::base::decimal::Decimal;
use regex_lite::Regex;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One level of a schema. A text that is empty, a list without entries and a flag that is off were not written.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub ty: String,
    pub format: String,
    pub title: String,
    pub description: String,
    pub nullable: bool,
    pub int_or_string: bool,
    pub preserve: bool,
    pub embedded: bool,
    pub properties: BTreeMap<String, Schema>,
    pub additional: Option<Additional>,
    pub items: Option<Box<Schema>>,
    pub default: Option<Value>,
    pub allowed: Vec<Value>,
    pub required: Vec<String>,
    pub bounds: Bounds,
    pub pattern: Option<Pattern>,
    pub all_of: Vec<Schema>,
    pub any_of: Vec<Schema>,
    pub one_of: Vec<Schema>,
    pub not: Option<Box<Schema>>,
    pub list_type: String,
    pub list_keys: Vec<String>,
    pub map_type: String,
    pub rules: Vec<Rule>,
}

/// `additionalProperties`.
#[derive(Clone, Debug)]
pub enum Additional {
    Allowed(bool),
    Schema(Box<Schema>),
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    pub minimum: Option<Decimal>,
    pub above: bool,
    pub maximum: Option<Decimal>,
    pub below: bool,
    pub multiple_of: Option<Decimal>,
    pub min_length: Option<i64>,
    pub max_length: Option<i64>,
    pub min_items: Option<i64>,
    pub max_items: Option<i64>,
    pub min_properties: Option<i64>,
    pub max_properties: Option<i64>,
    pub unique: bool,
}

/// A regular expression; `program` is missing when it cannot be read.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub text: String,
    pub program: Option<Regex>,
}

impl Pattern {
    pub fn new(text: &str) -> Pattern {
        // Go's text and line ends have the same meaning here; \z is the only word that regex-lite lacks.
        let program = Regex::new(&text.replace("\\z", "$")).ok();
        Pattern { text: text.into(), program }
    }
}

impl Schema {
    /// Reads a schema; what is of a wrong type is as if it were not there (the API server refused it before).
    pub fn of(value: &Value) -> Schema {
        let empty = Map::new();
        let map = value.as_object().unwrap_or(&empty);
        let text = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
        let flag = |name: &str| map.get(name).and_then(Value::as_bool).unwrap_or(false);
        let list = |name: &str| map.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let texts = |name: &str| list(name).iter().filter_map(Value::as_str).map(String::from).collect::<Vec<_>>();
        let schemas = |name: &str| list(name).iter().map(Schema::of).collect::<Vec<_>>();
        let properties = map.get("properties").and_then(Value::as_object).into_iter().flatten();
        Schema {
            ty: text("type"),
            format: text("format"),
            title: text("title"),
            description: text("description"),
            nullable: flag("nullable"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            preserve: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            properties: properties.map(|(name, inner)| (name.clone(), Schema::of(inner))).collect(),
            additional: map.get("additionalProperties").map(|inner| match inner {
                Value::Bool(yes) => Additional::Allowed(*yes),
                inner => Additional::Schema(Box::new(Schema::of(inner))),
            }),
            items: map.get("items").filter(|i| i.is_object()).map(|inner| Box::new(Schema::of(inner))),
            default: map.get("default").cloned(),
            allowed: list("enum"),
            required: texts("required"),
            bounds: Bounds::of(map),
            pattern: map.get("pattern").and_then(Value::as_str).filter(|t| !t.is_empty()).map(Pattern::new),
            all_of: schemas("allOf"),
            any_of: schemas("anyOf"),
            one_of: schemas("oneOf"),
            not: map.get("not").filter(|n| n.is_object()).map(|inner| Box::new(Schema::of(inner))),
            list_type: text("x-kubernetes-list-type"),
            list_keys: texts("x-kubernetes-list-map-keys"),
            map_type: text("x-kubernetes-map-type"),
            rules: list("x-kubernetes-validations").iter().map(Rule::of).collect(),
        }
    }

    /// The schema of a field by its name, through `additionalProperties` too.
    pub fn child(&self, name: &str) -> Option<&Schema> {
        self.properties.get(name).or_else(|| self.values())
    }

    /// The schema of the values of a map.
    pub fn values(&self) -> Option<&Schema> {
        match &self.additional {
            Some(Additional::Schema(inner)) => Some(inner),
            _ => None,
        }
    }

    /// Whether this schema or one below it has rules.
    pub fn has_rules(&self) -> bool {
        !self.rules.is_empty()
            || self.properties.values().any(Schema::has_rules)
            || self.items.as_deref().is_some_and(Schema::has_rules)
            || self.values().is_some_and(Schema::has_rules)
    }

    /// The types that a value may have, as errors join them.
    pub fn types(&self) -> Vec<&str> {
        match (self.int_or_string, self.ty.as_str()) {
            (true, _) => vec!["integer", "string"],
            (false, "") => vec![],
            (false, ty) => vec![ty],
        }
    }
}

impl Bounds {
    fn of(map: &Map<String, Value>) -> Bounds {
        let number = |name: &str| match map.get(name) {
            Some(Value::Number(n)) => Some(Decimal::of(n)),
            _ => None,
        };
        let count = |name: &str| map.get(name).and_then(Value::as_i64);
        let flag = |name: &str| map.get(name).and_then(Value::as_bool).unwrap_or(false);
        Bounds {
            minimum: number("minimum"),
            above: flag("exclusiveMinimum"),
            maximum: number("maximum"),
            below: flag("exclusiveMaximum"),
            multiple_of: number("multipleOf"),
            min_length: count("minLength"),
            max_length: count("maxLength"),
            min_items: count("minItems"),
            max_items: count("maxItems"),
            min_properties: count("minProperties"),
            max_properties: count("maxProperties"),
            unique: flag("uniqueItems"),
        }
    }
}
