//! An applied object laid over the live one, and fields taken out of an object again.
//!
//! Models: `structured-merge-diff/typed/{merge,remove}.go`.
//! Left out: nothing.

use super::compare::step_of;
use super::set::{self, Set, Step};
use super::shape::{Form, Shape};
use serde_json::{Map, Value};

/// `config` laid over `live`.
pub fn merge(live: &Value, config: &Value, shape: Shape<'_>) -> Value {
    over(Some(live), Some(config), shape).unwrap_or(Value::Null)
}

fn bare(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        Some(_) => false,
    }
}

fn over(live: Option<&Value>, config: Option<&Value>, shape: Shape<'_>) -> Option<Value> {
    let form = shape.form(config.filter(|value| !value.is_null()).or(live));
    if matches!(form, Form::Leaf) || (bare(live) && bare(config)) {
        return config.or(live).cloned();
    }
    match &form {
        Form::Fields(_) | Form::Map(_) => maps(live, config, &form),
        _ => lists(live, config, &form),
    }
}

fn maps(live: Option<&Value>, config: Option<&Value>, form: &Form<'_>) -> Option<Value> {
    let mut out = Map::new();
    let (live, config) = (live.and_then(Value::as_object), config.and_then(Value::as_object));
    let names = live.into_iter().flatten().map(|(name, _)| name);
    let more = config.into_iter().flatten().map(|(name, _)| name);
    let more = more.filter(|name| live.is_none_or(|live| !live.contains_key(*name)));
    for name in names.chain(more) {
        let inner = match form {
            Form::Fields(fields) => fields.get(name).unwrap_or(Shape::Free),
            Form::Map(inner) => *inner,
            _ => Shape::Free,
        };
        let value = over(live.and_then(|map| map.get(name)), config.and_then(|map| map.get(name)), inner);
        if let Some(value) = value {
            out.insert(name.clone(), value);
        }
    }
    (!out.is_empty()).then_some(Value::Object(out))
}

/// The entries of the applied list in its order; those of the live list keep their place among them.
fn lists(live: Option<&Value>, config: Option<&Value>, form: &Form<'_>) -> Option<Value> {
    let (left, right) = (entries(live, form), entries(config, form));
    let find = |list: &[(Step, Value)], step: &Step| list.iter().find(|(s, _)| s == step).map(|(_, item)| item.clone());
    let inner = match form {
        Form::Keyed(_, inner) => *inner,
        _ => Shape::Free,
    };
    let mut shared: Vec<&Step> = right.iter().map(|(s, _)| s).filter(|s| left.iter().any(|(l, _)| l == *s)).collect();
    shared.reverse();
    let mut next = shared.pop();
    let mut merged: Vec<&Step> = vec![];
    let mut out = vec![];
    let (mut l, mut r) = (0, 0);
    while l < left.len() || r < right.len() {
        if let (Some((mine, _)), Some((theirs, _))) = (left.get(l), right.get(r)) {
            if mine == theirs {
                merged.push(mine);
                out.extend(over(find(&left, mine).as_ref(), find(&right, mine).as_ref(), inner));
                (l, r) = (l + 1, r + 1);
                next = shared.pop();
                continue;
            }
            if right.iter().any(|(s, _)| s == mine) && next.is_some_and(|next| next != mine) {
                l += 1;
                continue;
            }
        }
        if let Some((mine, item)) = left.get(l) {
            if !right.iter().any(|(s, _)| s == mine) {
                out.extend(over(Some(item), None, inner));
                l += 1;
                continue;
            }
            if merged.contains(&mine) {
                l += 1;
            }
        }
        if let Some((theirs, _)) = right.get(r) {
            merged.push(theirs);
            out.extend(over(find(&left, theirs).as_ref(), find(&right, theirs).as_ref(), inner));
            r += 1;
            if next.is_some_and(|next| next == theirs) {
                next = shared.pop();
            }
        }
    }
    (!out.is_empty()).then_some(Value::Array(out))
}

fn entries(list: Option<&Value>, form: &Form<'_>) -> Vec<(Step, Value)> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| step_of(item, form).ok().map(|(step, _)| (step, item.clone()))).collect()
}

/// The value without the fields of a set.
pub fn remove(value: &Value, fields: &Set, shape: Shape<'_>) -> Value {
    let form = shape.form(Some(value));
    match (value, &form) {
        (Value::Object(map), Form::Fields(_) | Form::Map(_)) => {
            let mut left = Map::new();
            for (name, part) in map {
                let step = set::field(name);
                if fields.has(&step) {
                    continue;
                }
                let inner = match &form {
                    Form::Fields(fields) => fields.get(name).unwrap_or(Shape::Free),
                    Form::Map(inner) => *inner,
                    _ => Shape::Free,
                };
                let part = match fields.below(&step) {
                    Some(below) => remove(part, below, inner),
                    None => part.clone(),
                };
                left.insert(name.clone(), part);
            }
            if left.is_empty() { Value::Null } else { Value::Object(left) }
        }
        (Value::Array(items), Form::Keyed(..) | Form::Set) => {
            let mut left = vec![];
            for item in items {
                let Ok((step, inner)) = step_of(item, &form) else {
                    left.push(item.clone());
                    continue;
                };
                if fields.has(&step) {
                    continue;
                }
                left.push(match fields.below(&step) {
                    Some(below) => remove(item, below, inner),
                    None => item.clone(),
                });
            }
            if left.is_empty() { Value::Null } else { Value::Array(left) }
        }
        // What is owned as a whole goes as a whole, from above.
        (_, Form::Leaf) if value.is_object() || value.is_array() => Value::Null,
        _ => value.clone(),
    }
}

/// The set with the named fields on the way to its members: those of structures, not those of maps.
pub fn with_named(fields: &Set, shape: Shape<'_>) -> Set {
    let form = shape.form(Some(&Value::Object(Map::new())));
    fields.map(|step, member, below| {
        let (inner, named) = match (&form, step.split_at(2)) {
            (Form::Fields(fields), ("f:", name)) => (fields.get(name), fields.get(name).is_some()),
            (Form::Map(inner), ("f:", _)) | (Form::Keyed(_, inner), ("k:", _)) => (Some(*inner), false),
            _ => (None, false),
        };
        let deeper = with_named(below, inner.unwrap_or(Shape::Free));
        (member || (named && !below.is_empty()), deeper)
    })
}

#[cfg(test)]
mod tests {
    use super::super::shape;
    use super::*;
    use serde_json::json;

    #[test]
    fn entries_of_both_are_merged_by_key_and_the_applied_order_leads() {
        let shape = shape::of("v1", "Pod");
        let live =
            json!({"spec": {"containers": [{"name": "a", "image": "x", "tty": true}, {"name": "side", "image": "s"}]}});
        let config = json!({"spec": {"containers": [{"name": "new", "image": "n"}, {"name": "a", "image": "y"}]}});
        let want = json!({"spec": {"containers": [{"name": "new", "image": "n"},
            {"name": "a", "image": "y", "tty": true}, {"name": "side", "image": "s"}]}});
        let merged = merge(&live, &config, shape);
        let names = |value: &Value| -> Vec<String> {
            value["spec"]["containers"].as_array().into_iter().flatten().map(|c| c["name"].to_string()).collect()
        };
        assert_eq!(names(&merged), names(&want));
    }

    #[test]
    fn a_field_is_taken_out_and_its_neighbours_stay() {
        let shape = shape::of("v1", "ConfigMap");
        let value = json!({"data": {"a": "1", "b": "2"}});
        assert_eq!(remove(&value, &Set::of(&[&["data", "a"]]), shape), json!({"data": {"b": "2"}}));
    }
}
