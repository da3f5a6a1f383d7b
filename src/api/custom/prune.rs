//! What happens to a custom object before it is checked: fields that its schema does not have go, nulls that it does not
//! allow go, defaults come.
//!
//! Models: `apiextensions-apiserver/pkg/apiserver/schema/{pruning,defaulting}`.
//! Left out: the coercion of the metadata of embedded resources.

use super::schema::Schema;
use serde_json::Value;

const META: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Drops what the schema does not have; the answer names it (`spec.x`, `spec.list[0].y`), sorted.
pub fn unknown(value: &mut Value, schema: &Schema) -> Vec<String> {
    let mut walk = Walk { found: vec![] };
    walk.prune(value, Some(schema), true, "");
    walk.found.sort();
    walk.found
}

struct Walk {
    found: Vec<String>,
}

impl Walk {
    fn prune(&mut self, value: &mut Value, schema: Option<&Schema>, resource: bool, path: &str) {
        if let Some(schema) = schema.filter(|s| s.preserve) {
            return self.skip(value, schema, resource, path);
        }
        match value {
            Value::Object(map) => {
                let resource = resource || schema.is_some_and(|s| s.embedded);
                let names: Vec<String> = map.keys().cloned().collect();
                for name in names {
                    if resource && META.contains(&name.as_str()) {
                        continue;
                    }
                    let here = join(path, &name);
                    match schema.and_then(|s| s.properties.get(&name)) {
                        Some(inner) => self.prune(&mut map[&name], Some(inner), false, &here),
                        None if schema.is_some_and(|s| s.additional.is_some()) => {
                            let inner = schema.and_then(Schema::values);
                            self.prune(&mut map[&name], inner, false, &here);
                        }
                        None => {
                            map.remove(&name);
                            self.found.push(here);
                        }
                    }
                }
            }
            Value::Array(items) => {
                for (n, item) in items.iter_mut().enumerate() {
                    self.prune(item, schema.and_then(|s| s.items.as_deref()), false, &format!("{path}[{n}]"));
                }
            }
            _ => {}
        }
    }

    /// Below `x-kubernetes-preserve-unknown-fields` only what the schema names is looked at.
    fn skip(&mut self, value: &mut Value, schema: &Schema, resource: bool, path: &str) {
        match value {
            Value::Object(map) => {
                let resource = resource || schema.embedded;
                for (name, inner) in map.iter_mut() {
                    if resource && META.contains(&name.as_str()) {
                        continue;
                    }
                    let here = join(path, name);
                    if let Some(schema) = schema.properties.get(name) {
                        self.prune(inner, Some(schema), false, &here);
                    } else if schema.additional.is_some() {
                        self.prune(inner, schema.values(), false, &here);
                    }
                }
            }
            Value::Array(items) => {
                for (n, item) in items.iter_mut().enumerate() {
                    if let Some(schema) = schema.items.as_deref() {
                        self.skip(item, schema, false, &format!("{path}[{n}]"));
                    }
                }
            }
            _ => {}
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

/// Drops nulls where the schema neither allows them nor has a default for them.
pub fn nulls(value: &mut Value, schema: Option<&Schema>) {
    match value {
        Value::Object(map) => {
            map.retain(|name, inner| {
                let schema = schema.and_then(|s| s.child(name));
                !(inner.is_null() && schema.is_some_and(|s| !s.nullable && s.default.is_none()))
            });
            for (name, inner) in map.iter_mut() {
                nulls(inner, schema.and_then(|s| s.child(name)));
            }
        }
        Value::Array(items) => {
            for item in items {
                nulls(item, schema.and_then(|s| s.items.as_deref()));
            }
        }
        _ => {}
    }
}

/// Fills in defaults, also inside of defaults.
pub fn defaults(value: &mut Value, schema: &Schema) {
    match value {
        Value::Object(map) => {
            for (name, inner) in &schema.properties {
                if let Some(default) = &inner.default
                    && map.get(name).is_none_or(|there| there.is_null() && !inner.nullable)
                {
                    map.insert(name.clone(), default.clone());
                }
            }
            for (name, inner) in map.iter_mut() {
                let Some(schema) = schema.child(name) else { continue };
                fill_null(inner, schema);
                defaults(inner, schema);
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.items.as_deref() else { return };
            for item in items {
                fill_null(item, schema);
                defaults(item, schema);
            }
        }
        _ => {}
    }
}

fn fill_null(value: &mut Value, schema: &Schema) {
    if value.is_null()
        && !schema.nullable
        && let Some(default) = &schema.default
    {
        *value = default.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Schema {
        Schema::of(&json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "size": {"type": "integer", "default": 3},
            "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "map": {"type": "object", "additionalProperties": {"type": "string"}}}}}}))
    }

    #[test]
    fn what_the_schema_does_not_have_goes_and_is_named() {
        let mut value = json!({"apiVersion": "a/v1", "metadata": {"name": "x"}, "extra": 1,
            "spec": {"nope": 1, "list": [{"a": "1", "b": 2}], "free": {"x": {"y": 1}}, "map": {"k": "v"}}});
        assert_eq!(unknown(&mut value, &schema()), ["extra", "spec.list[0].b", "spec.nope"]);
        assert_eq!(value["spec"], json!({"list": [{"a": "1"}], "free": {"x": {"y": 1}}, "map": {"k": "v"}}));
    }

    #[test]
    fn defaults_come_in_and_nulls_count_as_missing() {
        let mut value = json!({"spec": {"size": null, "map": null}});
        nulls(&mut value, Some(&schema()));
        defaults(&mut value, &schema());
        assert_eq!(value, json!({"spec": {"size": 3}}));
        let mut empty = json!({});
        defaults(&mut empty, &schema());
        assert_eq!(empty, json!({}));
    }
}
