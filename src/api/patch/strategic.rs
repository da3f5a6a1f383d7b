//! Applying a strategic merge patch: maps are merged, some lists are merged by key, directives delete and order.
//!
//! Models: `apimachinery/pkg/util/strategicpatch/patch.go` (`mergeMap`).

use super::keys::At;
use serde_json::{Map, Value};

pub const DIRECTIVE: &str = "$patch";
pub const RETAIN: &str = "$retainKeys";
pub const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
pub const ORDER: &str = "$setElementOrder/";

/// What a patch is merged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// An object: directives are carried out, nulls delete.
    Object,
    /// Another patch: directives and nulls are kept for the object.
    Patch,
}

/// Merges `patch` into `target`.
///
/// # Errors
/// The merge's own words: a list entry without its key, a directive that does not exist.
pub fn merge(
    target: &mut Map<String, Value>,
    mut patch: Map<String, Value>,
    at: At<'_>,
    into: Into,
) -> Result<(), String> {
    match patch.remove(DIRECTIVE) {
        None => {}
        Some(Value::String(word)) if word == "replace" => {
            *target = patch;
            return Ok(());
        }
        Some(Value::String(word)) if word == "delete" => {
            target.clear();
            return Ok(());
        }
        Some(other) => return Err(format!("unknown patch type found: {}", go(&other))),
    }
    retain_keys(target, &mut patch, into)?;
    let orders = take_orders(target, &mut patch, into);
    for (key, order) in &orders {
        if !patch.contains_key(key)
            && let Some(Value::Array(list)) = target.get_mut(key)
        {
            let key = at.child(key).strategy.key;
            let before = list.clone();
            *list = ordered(std::mem::take(list), order, &before, key);
        }
    }
    for (key, value) in patch {
        if let Some(list) = key.strip_prefix(DELETE_FROM) {
            match (into, target.get_mut(list)) {
                (Into::Patch, _) => {
                    target.insert(key, value);
                }
                (Into::Object, Some(Value::Array(items))) => {
                    let gone = value.as_array().cloned().unwrap_or_default();
                    items.retain(|item| !gone.contains(item));
                }
                _ => {}
            }
            continue;
        }
        let order = orders.iter().find(|(name, _)| *name == key).map(|(_, order)| order.as_slice());
        merge_field(target, key, value, order, at, into)?;
    }
    Ok(())
}

fn merge_field(
    target: &mut Map<String, Value>,
    key: String,
    value: Value,
    order: Option<&[Value]>,
    at: At<'_>,
    into: Into,
) -> Result<(), String> {
    if value.is_null() {
        target.remove(&key);
        if into == Into::Patch {
            target.insert(key, value);
        }
        return Ok(());
    }
    let here = at.child(&key);
    let strategy = here.strategy;
    match (target.get_mut(&key), value) {
        (Some(Value::Object(old)), Value::Object(new)) if !strategy.replace => merge(old, new, here, into)?,
        (Some(Value::Array(old)), Value::Array(new)) if strategy.key.is_some() || strategy.set => {
            let before = std::mem::take(old);
            let merged = match strategy.key {
                Some(by) => merge_maps(before.clone(), &new, by, here, into)?,
                None => {
                    let mut merged = before.clone();
                    for item in &new {
                        if !merged.contains(item) {
                            merged.push(item.clone());
                        }
                    }
                    merged
                }
            };
            *old = if into == Into::Patch {
                merged
            } else {
                ordered(merged, order.unwrap_or(&new), &before, strategy.key)
            };
        }
        (_, value) => {
            let value = if into == Into::Object { fresh(value, here)? } else { value };
            target.insert(key, value);
        }
    }
    Ok(())
}

/// A value that meets nothing: its nulls and directives have nothing to act on.
fn fresh(value: Value, at: At<'_>) -> Result<Value, String> {
    Ok(match value {
        Value::Object(map) => {
            let mut new = Map::new();
            merge(&mut new, map, at, Into::Object)?;
            Value::Object(new)
        }
        Value::Array(items) if at.strategy.key.is_some() => {
            let by = at.strategy.key.unwrap_or_default();
            Value::Array(merge_maps(vec![], &items, by, at, Into::Object)?)
        }
        other => other,
    })
}

fn merge_maps(mut list: Vec<Value>, patch: &[Value], by: &str, at: At<'_>, into: Into) -> Result<Vec<Value>, String> {
    if patch.iter().any(|item| item.get(DIRECTIVE).and_then(Value::as_str) == Some("replace")) {
        return Ok(patch.iter().filter(|item| item.get(DIRECTIVE).is_none()).cloned().collect());
    }
    for item in patch {
        let Value::Object(map) = item else {
            return Err(format!("expected type map[string]interface {{}}, but got {}", go(item)));
        };
        let Some(value) = map.get(by) else {
            return Err(format!("map: {} does not contain declared merge key: {by}", go(item)));
        };
        let place = list.iter().position(|old| old.get(by) == Some(value));
        let deletes = map.get(DIRECTIVE).and_then(Value::as_str) == Some("delete");
        match (place, deletes, into) {
            (Some(place), true, Into::Object) => {
                list.remove(place);
            }
            (None, true, Into::Object) => {}
            (Some(place), false, _) => {
                if let Some(old) = list[place].as_object_mut() {
                    merge(old, map.clone(), at, into)?;
                }
            }
            (_, true, Into::Patch) => list.push(item.clone()),
            (None, false, _) => {
                let item = if into == Into::Object {
                    let mut new = Map::new();
                    merge(&mut new, map.clone(), at, into)?;
                    Value::Object(new)
                } else {
                    item.clone()
                };
                list.push(item);
            }
        }
    }
    Ok(list)
}

fn retain_keys(target: &mut Map<String, Value>, patch: &mut Map<String, Value>, into: Into) -> Result<(), String> {
    let Some(keys) = patch.remove(RETAIN) else {
        return Ok(());
    };
    if into == Into::Patch {
        target.insert(RETAIN.into(), keys);
        return Ok(());
    }
    let Some(keys) = keys.as_array() else {
        return Err("invalid patch format of retainKeys".into());
    };
    let named = |key: &str| keys.iter().any(|k| k.as_str() == Some(key));
    if patch.iter().any(|(key, value)| !value.is_null() && !key.starts_with('$') && !named(key)) {
        return Err("invalid patch format of retainKeys".into());
    }
    target.retain(|key, _| named(key));
    Ok(())
}

/// The `$setElementOrder` lists of a patch, by field; kept in the target when that is a patch.
fn take_orders(
    target: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    into: Into,
) -> Vec<(String, Vec<Value>)> {
    let names: Vec<String> = patch.keys().filter(|key| key.starts_with(ORDER)).cloned().collect();
    let mut orders = vec![];
    for name in names {
        let Some(order) = patch.remove(&name) else { continue };
        match (into, &order) {
            (Into::Object, Value::Array(list)) => orders.push((name[ORDER.len()..].to_string(), list.clone())),
            _ => {
                target.insert(name, order);
            }
        }
    }
    orders
}

/// The merged list in order: what the patch names as the patch has it, the rest as before, woven together.
fn ordered(merged: Vec<Value>, order: &[Value], before: &[Value], by: Option<&str>) -> Vec<Value> {
    let id = |item: &Value| match by {
        Some(key) => item.get(key).cloned().unwrap_or(Value::Null),
        None => item.clone(),
    };
    let place = |list: &[Value], item: &Value| list.iter().position(|other| id(other) == id(item));
    let (mut ours, theirs): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| place(order, item).is_some());
    ours.sort_by_key(|item| place(order, item));
    let (mut ours, mut theirs) = (ours.into_iter().peekable(), theirs.into_iter().peekable());
    let mut all = vec![];
    loop {
        let theirs_first = match (theirs.peek(), ours.peek()) {
            (None, None) => return all,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(left), Some(right)) => {
                matches!((place(before, left), place(before, right)), (Some(l), Some(r)) if l < r)
            }
        };
        all.extend(if theirs_first { theirs.next() } else { ours.next() });
    }
}

/// A value as Go prints it with `%v`.
pub fn go(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("{key}:{}", go(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(kind: &str, mut object: Value, patch: Value) -> Value {
        let patch = patch.as_object().expect("a map").clone();
        merge(object.as_object_mut().expect("a map"), patch, At::root(kind), Into::Object).expect("it merges");
        object
    }

    #[test]
    fn containers_are_merged_by_name_and_keep_their_place() {
        let object = json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]}});
        let patch = json!({"spec": {"containers": [{"name": "b", "image": "z"}]}});
        let want = json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "z"}]}});
        assert_eq!(patched("Pod", object, patch), want);
    }

    #[test]
    fn a_new_container_without_an_order_comes_first() {
        let object = json!({"spec": {"containers": [{"name": "a"}]}});
        let patch = json!({"spec": {"containers": [{"name": "b"}]}});
        assert_eq!(patched("Pod", object, patch), json!({"spec": {"containers": [{"name": "b"}, {"name": "a"}]}}));
    }

    #[test]
    fn directives_delete_replace_and_retain() {
        let object = json!({"spec": {"template": {"spec": {"containers": [{"name": "a"}, {"name": "b"}]}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        let patch = json!({"spec": {"template": {"spec": {"containers": [{"name": "a", "$patch": "delete"}]}},
            "strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        let template = json!({"spec": {"containers": [{"name": "b"}]}});
        let want = json!({"spec": {"template": template, "strategy": {"type": "Recreate"}}});
        assert_eq!(patched("Deployment", object, patch), want);
    }
}
