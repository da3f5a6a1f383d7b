//! The patch of `kubectl apply`: from what was applied last, what is asked for now, and what is there.
//!
//! Models: `apimachinery/pkg/util/strategicpatch/patch.go` (`CreateThreeWayMergePatch`, `diffMaps`),
//! `apimachinery/pkg/util/jsonmergepatch`.

use super::PatchKind;
use super::keys::At;
use super::strategic::{DELETE_FROM, DIRECTIVE, Into, ORDER, RETAIN, go, merge};
use crate::api::kind::KindRef;
use serde_json::{Map, Value};

/// Which half of the difference is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    /// What `modified` adds or changes.
    Changes,
    /// What `modified` no longer has.
    Deletions,
    Both,
}

/// The strategic patch that brings `current` to `modified`, deleting only what `original` (the last applied) had.
///
/// # Errors
/// The words of the merge, when a list entry lacks its key.
pub fn strategic(kind: &str, original: &Value, modified: &Value, current: &Value) -> Result<Value, String> {
    let empty = Map::new();
    let map = |value: &Value| value.as_object().unwrap_or(&empty).clone();
    let (original, modified, current) = (map(original), map(modified), map(current));
    let at = At::root(kind);
    let changes = maps(&current, &modified, at, Half::Changes, false)?;
    let mut patch = maps(&original, &modified, at, Half::Deletions, false)?;
    merge(&mut patch, changes, at, Into::Patch)?;
    Ok(Value::Object(patch))
}

/// Whether two patches give one field different values.
pub fn conflict(kind: &str, left: &Value, right: &Value) -> bool {
    differ(left, right, At::root(kind))
}

fn differ(left: &Value, right: &Value, at: At<'_>) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            if left.get(DIRECTIVE) != right.get(DIRECTIVE) {
                return true;
            }
            let named = left.iter().filter(|(name, _)| *name != DIRECTIVE && *name != RETAIN);
            let both = named.filter_map(|(name, value)| right.get(name).map(|other| (name, value, other)));
            both.into_iter().any(|(name, value, other)| differ(value, other, at.child(name)))
        }
        (Value::Array(left), Value::Array(right)) => match at.strategy {
            strategy if strategy.set => false,
            strategy => match strategy.key {
                Some(by) => left.iter().any(|item| {
                    let other = right.iter().find(|other| other.get(by) == item.get(by));
                    other.is_some_and(|other| differ(item, other, at))
                }),
                None => left != right,
            },
        },
        (left, right) => left != right,
    }
}

/// The strategic patch from one form to another.
///
/// # Errors
/// See [`strategic`].
pub fn two_way(kind: &str, original: &Value, modified: &Value) -> Result<Value, String> {
    let empty = Map::new();
    let (original, modified) = (original.as_object().unwrap_or(&empty), modified.as_object().unwrap_or(&empty));
    Ok(Value::Object(maps(original, modified, At::root(kind), Half::Both, false)?))
}

/// The patch of `kubectl apply` for a kind: strategic where the kind has merge keys, a JSON merge patch for custom ones.
///
/// # Errors
/// See [`strategic`].
pub fn of_kind(
    kind: KindRef,
    original: &Value,
    modified: &Value,
    current: &Value,
) -> Result<(PatchKind, Value), String> {
    if kind.custom().is_none() {
        return strategic(kind.names().kind, original, modified, current).map(|patch| (PatchKind::Strategic, patch));
    }
    let changes = keep(difference(current, modified), false);
    let mut patch = keep(difference(original, modified), true);
    graft(&mut patch, changes);
    Ok((PatchKind::Merge, Value::Object(patch)))
}

/// The patch from one form to another, in the way of a kind.
///
/// # Errors
/// See [`strategic`].
pub fn two_way_of_kind(kind: KindRef, original: &Value, modified: &Value) -> Result<(PatchKind, Value), String> {
    if kind.custom().is_some() {
        return Ok((PatchKind::Merge, Value::Object(difference(original, modified))));
    }
    two_way(kind.names().kind, original, modified).map(|patch| (PatchKind::Strategic, patch))
}

/// The JSON merge patch from one form to another.
fn difference(from: &Value, to: &Value) -> Map<String, Value> {
    let empty = Map::new();
    let (from, to) = (from.as_object().unwrap_or(&empty), to.as_object().unwrap_or(&empty));
    let mut patch = Map::new();
    for (key, new) in to {
        match (from.get(key), new) {
            (Some(old @ Value::Object(_)), Value::Object(_)) => {
                let inner = difference(old, new);
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            (Some(old), new) if old == new => {}
            _ => {
                patch.insert(key.clone(), new.clone());
            }
        }
    }
    for key in from.keys().filter(|key| !to.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

/// Only the nulls of a patch, or all but them.
fn keep(patch: Map<String, Value>, nulls: bool) -> Map<String, Value> {
    let entries = patch.into_iter().filter_map(|(key, value)| match value {
        Value::Null => nulls.then_some((key, Value::Null)),
        Value::Object(inner) if inner.is_empty() => (!nulls).then_some((key, Value::Object(inner))),
        Value::Object(inner) => {
            let inner = keep(inner, nulls);
            (!inner.is_empty()).then_some((key, Value::Object(inner)))
        }
        value => (!nulls).then_some((key, value)),
    });
    entries.collect()
}

fn graft(patch: &mut Map<String, Value>, more: Map<String, Value>) {
    for (key, value) in more {
        match (patch.get_mut(&key), value) {
            (Some(Value::Object(there)), Value::Object(inner)) => graft(there, inner),
            (_, value) => {
                patch.insert(key, value);
            }
        }
    }
}

fn maps(
    original: &Map<String, Value>,
    modified: &Map<String, Value>,
    at: At<'_>,
    half: Half,
    retain: bool,
) -> Result<Map<String, Value>, String> {
    let mut patch = Map::new();
    for (key, new) in modified {
        let here = at.child(key);
        match (original.get(key), new) {
            (None, _) => {
                if half != Half::Deletions {
                    patch.insert(key.clone(), new.clone());
                }
            }
            (Some(Value::Object(_)), Value::Object(_)) if here.strategy.replace => {
                if half != Half::Deletions {
                    patch.insert(key.clone(), new.clone());
                }
            }
            (Some(Value::Object(old)), Value::Object(new)) => {
                let inner = maps(old, new, here, half, here.strategy.retain)?;
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            (Some(Value::Array(old)), Value::Array(list)) if here.strategy.key.is_some() || here.strategy.set => {
                lists(old, list, here, half, &mut patch)?;
            }
            (Some(old), new) => {
                if half != Half::Deletions && old != new {
                    patch.insert(key.clone(), new.clone());
                }
            }
        }
    }
    if half != Half::Changes {
        for key in original.keys().filter(|key| !modified.contains_key(*key)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    if retain {
        let mut keys: Vec<&String> = modified.iter().filter(|(_, v)| !v.is_null()).map(|(key, _)| key).collect();
        keys.sort();
        let more = original.keys().any(|key| !modified.contains_key(key));
        if !keys.is_empty() && (!patch.is_empty() || more) {
            let keys = keys.into_iter().map(|key| key.clone().into()).collect();
            patch.insert(RETAIN.into(), Value::Array(keys));
        }
    }
    Ok(patch)
}

fn lists(
    original: &[Value],
    modified: &[Value],
    at: At<'_>,
    half: Half,
    patch: &mut Map<String, Value>,
) -> Result<(), String> {
    if original.is_empty() {
        if !modified.is_empty() && half != Half::Deletions {
            patch.insert(at.field.into(), Value::Array(modified.to_vec()));
        }
        return Ok(());
    }
    let strategy = at.strategy;
    let Some(by) = strategy.key else {
        set(original, modified, at, half, patch);
        return Ok(());
    };
    let mut list = vec![];
    let mut same_order = original.len() == modified.len();
    let mut order = vec![];
    for (n, item) in modified.iter().enumerate() {
        let id = key_of(item, by)?;
        same_order &= original.get(n).is_some_and(|old| old.get(by) == Some(id));
        order.push(Value::Object(Map::from_iter([(by.to_string(), id.clone())])));
        match original.iter().find(|old| old.get(by) == Some(id)) {
            Some(old) => {
                let empty = Map::new();
                let (old, new) = (old.as_object().unwrap_or(&empty), item.as_object().unwrap_or(&empty));
                let mut inner = maps(old, new, at, half, strategy.retain)?;
                if !inner.is_empty() {
                    inner.insert(by.into(), id.clone());
                    list.push(Value::Object(inner));
                }
            }
            None if half != Half::Deletions => list.push(item.clone()),
            None => {}
        }
    }
    if half != Half::Changes {
        for old in original {
            let id = key_of(old, by)?;
            if !modified.iter().any(|item| item.get(by) == Some(id)) {
                let entries = [(DIRECTIVE.to_string(), "delete".into()), (by.to_string(), id.clone())];
                list.push(Value::Object(Map::from_iter(entries)));
            }
        }
    }
    if (half != Half::Deletions && !same_order) || !list.is_empty() {
        patch.insert(format!("{ORDER}{}", at.field), Value::Array(order));
    }
    if !list.is_empty() {
        patch.insert(at.field.into(), Value::Array(list));
    }
    Ok(())
}

fn set(original: &[Value], modified: &[Value], at: At<'_>, half: Half, patch: &mut Map<String, Value>) {
    let lacking = |of: &[Value], list: &[Value]| -> Vec<Value> {
        of.iter().filter(|item| !list.contains(item)).cloned().collect()
    };
    let (new, gone) = (lacking(modified, original), lacking(original, modified));
    let adds = half != Half::Deletions && original != modified;
    let deletes = half != Half::Changes && !gone.is_empty();
    if half != Half::Deletions && !new.is_empty() {
        patch.insert(at.field.into(), Value::Array(new));
    }
    if deletes {
        patch.insert(format!("{DELETE_FROM}{}", at.field), Value::Array(gone));
    }
    if adds || deletes {
        patch.insert(format!("{ORDER}{}", at.field), Value::Array(modified.to_vec()));
    }
}

fn key_of<'a>(item: &'a Value, by: &str) -> Result<&'a Value, String> {
    item.get(by).ok_or_else(|| format!("map: {} does not contain declared merge key: {by}", go(item)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn applying_the_same_file_again_changes_nothing() {
        let file = json!({"spec": {"containers": [{"name": "c", "image": "nginx"}]}});
        let live = json!({"spec": {"containers": [{"name": "c", "image": "nginx", "imagePullPolicy": "Always"}],
            "dnsPolicy": "ClusterFirst"}, "status": {"phase": "Running"}});
        assert_eq!(strategic("Pod", &file, &file, &live), Ok(json!({})));
    }

    #[test]
    fn what_the_file_no_longer_names_is_deleted_and_what_others_added_stays() {
        let last = json!({"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"replicas": 2}});
        let file = json!({"metadata": {"labels": {"a": "1"}}});
        let live = json!({"metadata": {"labels": {"a": "1", "b": "2", "c": "3"}}, "spec": {"replicas": 5}});
        let want = json!({"metadata": {"labels": {"b": null}}, "spec": null});
        assert_eq!(strategic("Deployment", &last, &file, &live), Ok(want));
    }

    #[test]
    fn the_selector_of_a_budget_is_in_every_patch() {
        let file = json!({"spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}});
        let patch = strategic("PodDisruptionBudget", &file, &file, &file);
        assert_eq!(patch, Ok(json!({"spec": {"selector": {"matchLabels": {"app": "web"}}}})));
    }

    #[test]
    fn a_removed_container_is_deleted_by_directive() {
        let last = json!({"spec": {"containers": [{"name": "a"}, {"name": "b"}]}});
        let file = json!({"spec": {"containers": [{"name": "a"}]}});
        let patch = strategic("Pod", &last, &file, &last).expect("it merges");
        let mut live = last.as_object().expect("a map").clone();
        merge(&mut live, patch.as_object().expect("a map").clone(), At::root("Pod"), Into::Object).expect("it merges");
        assert_eq!(Value::Object(live), file);
    }
}
