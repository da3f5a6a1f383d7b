//! Objects in the order of Go's structures, in which the server and kubectl's typed printers write JSON.
//!
//! Models: encoding/json on the types of `k8s.io/api`.

use super::{Ty, ref_of};
use crate::base::yaml::Ordered;
use serde_json::{Map, Value};

/// An object, or a list of objects, as a structure of Go; what no structure describes is sorted, kind and version first.
pub fn in_order(tree: &Value) -> Ordered<'_> {
    let text = |name: &str| tree.get(name).and_then(Value::as_str).unwrap_or("");
    let (version, kind) = (text("apiVersion"), text("kind"));
    if let Some(ty) = ref_of(version, kind) {
        return typed(ty, tree);
    }
    let (Value::Object(map), Some(member)) = (tree, kind.strip_suffix("List").and_then(|kind| ref_of(version, kind)))
    else {
        return loose(tree);
    };
    first(map, &["kind", "apiVersion", "metadata"], &mut |key, value| match (key, value) {
        ("items", Value::Array(items)) => Ordered::List(items.iter().map(|item| typed(member, item)).collect()),
        _ => Ordered::Plain(value),
    })
}

/// No structure is known: custom objects, scales, reviews.
fn loose(tree: &Value) -> Ordered<'_> {
    let Value::Object(map) = tree else { return Ordered::Plain(tree) };
    let unknown = map.get("items").is_some();
    if tree["apiVersion"] == "metrics.k8s.io/v1beta1" {
        return measured(tree);
    }
    let names: &[&str] = match tree["kind"].as_str() {
        Some("Status") => &["kind", "apiVersion", "metadata", "status", "message", "reason", "details", "code"],
        Some("Config") => return ranked(tree, &CONFIG),
        _ => &["kind", "apiVersion", "metadata"],
    };
    first(map, names, &mut |key, value| match (key, value) {
        ("items", Value::Array(items)) if unknown => Ordered::List(items.iter().map(in_order).collect()),
        _ => Ordered::Plain(value),
    })
}

/// What a metrics server sends, whose structures no schema of the cluster has.
fn measured(tree: &Value) -> Ordered<'_> {
    let Value::Object(map) = tree else { return Ordered::Plain(tree) };
    let names = ["kind", "apiVersion", "metadata", "timestamp", "window", "items", "containers", "name", "usage"];
    let meta = ref_of("v1", "Pod").and_then(|pod| pod.structure()?.field("metadata"));
    first(map, &names, &mut |key, value| match (key, value, meta) {
        ("metadata", value, Some(meta)) => typed(meta.ty, value),
        ("items" | "containers", Value::Array(items), _) => Ordered::List(items.iter().map(measured).collect()),
        _ => Ordered::Plain(value),
    })
}

/// The fields of a kubeconfig, of all its structures.
const CONFIG: [&str; 23] = [
    "kind",
    "apiVersion",
    "preferences",
    "clusters",
    "users",
    "contexts",
    "current-context",
    "name",
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority",
    "certificate-authority-data",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "username",
    "password",
    "cluster",
    "user",
    "namespace",
];

/// The same order of names in every map.
fn ranked<'a>(tree: &'a Value, names: &[&str]) -> Ordered<'a> {
    match tree {
        Value::Array(items) => Ordered::List(items.iter().map(|item| ranked(item, names)).collect()),
        Value::Object(map) => first(map, names, &mut |_, value| ranked(value, names)),
        _ => Ordered::Plain(tree),
    }
}

fn first<'a>(
    map: &'a Map<String, Value>,
    names: &[&str],
    inside: &mut dyn FnMut(&str, &'a Value) -> Ordered<'a>,
) -> Ordered<'a> {
    let place = |key: &str| names.iter().position(|name| *name == key).unwrap_or(names.len());
    let mut keys: Vec<(&String, &Value)> = map.iter().collect();
    keys.sort_by_key(|(key, _)| place(key));
    Ordered::Map(keys.into_iter().map(|(key, value)| (key.as_str(), inside(key, value))).collect())
}

fn typed(ty: Ty, tree: &Value) -> Ordered<'_> {
    match (ty, tree) {
        (Ty::List(inner), Value::Array(items)) if inner.structure().is_some() => {
            Ordered::List(items.iter().map(|item| typed(*inner, item)).collect())
        }
        (Ty::Map(inner), Value::Object(map)) if inner.structure().is_some() => {
            Ordered::Map(map.iter().map(|(key, item)| (key.as_str(), typed(*inner, item))).collect())
        }
        (Ty::Ref(_), Value::Object(map)) => {
            let Some(structure) = ty.structure() else { return Ordered::Plain(tree) };
            let mut entries: Vec<(u8, &str, Ordered<'_>)> = map
                .iter()
                .map(|(key, value)| match structure.field(key) {
                    Some(field) => (field.place, key.as_str(), typed(field.ty, value)),
                    None => (u8::MAX, key.as_str(), Ordered::Plain(value)),
                })
                .collect();
            entries.sort_by_key(|(place, ..)| *place);
            Ordered::Map(entries.into_iter().map(|(_, key, value)| (key, value)).collect())
        }
        _ => Ordered::Plain(tree),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml::ordered_json;
    use serde_json::json;

    #[test]
    fn fields_stand_as_in_the_structures_of_go() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"labels": {"b": "1", "a": "2"}, "name": "web", "creationTimestamp": null, "uid": "u"},
            "spec": {"containers": [{"image": "nginx", "name": "c"}], "volumes": []}});
        let list = json!({"apiVersion": "v1", "kind": "PodList", "items": [pod], "metadata": {}});
        let pod = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","uid":"u","creationTimestamp":null,"labels":{"a":"2","b":"1"}},"spec":{"volumes":[],"containers":[{"name":"c","image":"nginx"}]}}"#;
        assert_eq!(
            ordered_json(&in_order(&list), None),
            format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{}},"items":[{pod}]}}"#)
        );
    }
}
