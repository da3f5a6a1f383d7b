//! A strategic merge as kustomize does it: what the patch names comes first in merged lists.
//!
//! Models: `kustomize/kyaml/yaml/merge2`, `kyaml/yaml/walk`.
//! Left out: merge keys of custom resources.

use crate::api::patch::keys::At;
use serde_json::{Map, Value};

/// Merges a patch into a tree; `None` when the patch deletes it.
pub fn merge(tree: Value, patch: &Value, at: At<'_>) -> Option<Value> {
    match (tree, patch) {
        (_, Value::Null) => None,
        (tree, Value::Object(patch)) => {
            let directive = patch.get("$patch").and_then(Value::as_str).unwrap_or("merge");
            let body = || patch.iter().filter(|(key, _)| *key != "$patch");
            match directive {
                "delete" => return None,
                "replace" => return Some(Value::Object(body().map(|(k, v)| (k.clone(), v.clone())).collect())),
                _ => {}
            }
            let mut map = match tree {
                Value::Object(map) => map,
                _ => Map::new(),
            };
            for (key, value) in body() {
                let old = map.remove(key).unwrap_or(Value::Null);
                if let Some(new) = merge(old, value, at.child(key)) {
                    map.insert(key.clone(), new);
                }
            }
            Some(Value::Object(map))
        }
        (Value::Array(items), Value::Array(patch)) => Some(Value::Array(list(items, patch, at))),
        (_, Value::Array(patch)) => Some(Value::Array(list(vec![], patch, at))),
        (_, patch) => Some(patch.clone()),
    }
}

fn list(items: Vec<Value>, patch: &[Value], at: At<'_>) -> Vec<Value> {
    let strategy = at.strategy;
    if patch.iter().any(|item| item.get("$patch").and_then(Value::as_str) == Some("replace")) {
        return patch.iter().filter(|item| item.get("$patch").is_none()).cloned().collect();
    }
    let mut out: Vec<Value> = vec![];
    if strategy.set {
        out.extend(patch.iter().cloned());
        out.extend(items.into_iter().filter(|item| !patch.contains(item)));
        return out;
    }
    let Some(key) = strategy.key else { return patch.to_vec() };
    // a Service's ports and a container's are told apart by protocol too
    let both = key == "containerPort" || key == "port";
    let protocol = |item: &Value| item.get("protocol").and_then(Value::as_str).unwrap_or("TCP").to_string();
    let same = |a: &Value, b: &Value| a.get(key) == b.get(key) && (!both || protocol(a) == protocol(b));
    let mut rest = items;
    for wanted in patch {
        let old = rest.iter().position(|item| same(item, wanted)).map(|n| rest.remove(n));
        out.extend(merge(old.unwrap_or(Value::Null), wanted, at));
    }
    out.extend(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patched_containers_come_first_and_can_be_deleted() {
        let tree = json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b"}], "x": 1}});
        let patch = json!({"spec": {"containers": [{"name": "c"}, {"name": "b", "image": "y"}], "x": null}});
        let want =
            json!({"spec": {"containers": [{"name": "c"}, {"name": "b", "image": "y"}, {"name": "a", "image": "x"}]}});
        assert_eq!(merge(tree.clone(), &patch, At::root("Pod")), Some(want));
        let gone = json!({"spec": {"containers": [{"name": "a", "$patch": "delete"}]}});
        assert_eq!(merge(tree, &gone, At::root("Pod")), Some(json!({"spec": {"containers": [{"name": "b"}], "x": 1}})));
    }
}
