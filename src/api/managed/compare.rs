//! What differs between two forms of an object, and what an applied object names, as sets of fields.
//!
//! Models: `structured-merge-diff/typed/{compare,tofieldset,validate}.go`.
//! Left out: the marks of entries that a list holds twice (the first one counts).

use super::set::{self, Set, Step};
use super::shape::{self, Form, Shape};
use serde_json::Value;

/// A difference.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    pub added: Set,
    pub changed: Set,
    pub removed: Set,
}

impl Diff {
    /// What a write makes its own.
    pub fn taken(&self) -> Set {
        self.added.union(&self.changed)
    }

    /// The difference without some fields and everything below them.
    pub fn without(&self, fields: &Set) -> Diff {
        Diff {
            added: self.added.without(fields),
            changed: self.changed.without(fields),
            removed: self.removed.without(fields),
        }
    }
}

/// From one form to another.
pub fn compare(old: &Value, new: &Value, shape: Shape<'_>) -> Diff {
    let mut diff = Diff::default();
    walk(Some(old), Some(new), shape, &mut vec![], &mut diff);
    diff
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        Some(_) => false,
    }
}

fn walk(old: Option<&Value>, new: Option<&Value>, shape: Shape<'_>, path: &mut Vec<Step>, diff: &mut Diff) {
    let form = shape.form(new.filter(|value| !value.is_null()).or(old));
    if matches!(form, Form::Leaf) || (is_empty(old) && is_empty(new)) {
        match (old, new) {
            (None, _) => diff.added.insert(path),
            (_, None) => diff.removed.insert(path),
            (Some(old), Some(new)) if old != new => diff.changed.insert(path),
            _ => {}
        }
        return;
    }
    let (mine, theirs) = (parts(old, &form), parts(new, &form));
    for (step, old, shape) in &mine {
        let new = theirs.iter().find(|(other, ..)| other == step).map(|(_, value, _)| *value);
        path.push(step.clone());
        walk(Some(old), new, *shape, path, diff);
        path.pop();
    }
    for (step, new, shape) in theirs.iter().filter(|(step, ..)| !mine.iter().any(|(other, ..)| other == step)) {
        path.push(step.clone());
        walk(None, Some(new), *shape, path, diff);
        path.pop();
    }
    match (old, new) {
        (None, _) => diff.added.insert(path),
        (_, None) => diff.removed.insert(path),
        _ => {}
    }
}

/// The parts of a map or a list, each under its step.
fn parts<'v, 's>(value: Option<&'v Value>, form: &Form<'s>) -> Vec<(Step, &'v Value, Shape<'s>)> {
    match (value, form) {
        (Some(Value::Object(map)), Form::Fields(fields)) => {
            map.iter().map(|(name, value)| (set::field(name), value, fields.get(name).unwrap_or(Shape::Free))).collect()
        }
        (Some(Value::Object(map)), Form::Map(inner)) => {
            map.iter().map(|(name, value)| (set::field(name), value, *inner)).collect()
        }
        (Some(Value::Array(items)), form) => {
            let mut all: Vec<(Step, &Value, Shape<'s>)> = vec![];
            for item in items {
                let Ok((step, shape)) = step_of(item, form) else { continue };
                if !all.iter().any(|(other, ..)| *other == step) {
                    all.push((step, item, shape));
                }
            }
            all
        }
        _ => vec![],
    }
}

/// The step to an entry of a list that is no leaf.
///
/// # Errors
/// See [`shape::key_of`].
pub fn step_of<'s>(item: &Value, form: &Form<'s>) -> Result<(Step, Shape<'s>), String> {
    match form {
        Form::Keyed(keys, inner) => Ok((shape::key_of(item, keys, *inner)?, *inner)),
        _ => Ok((shape::value_of(item)?, Shape::Free)),
    }
}

/// Every field that an applied object names.
pub fn fields_of(value: &Value, shape: Shape<'_>) -> Set {
    let mut set = Set::default();
    name(value, shape, &mut vec![], &mut set);
    set
}

fn name(value: &Value, shape: Shape<'_>, path: &mut Vec<Step>, set: &mut Set) {
    let form = shape.form(Some(value));
    if matches!(form, Form::Leaf) {
        set.insert(path);
        return;
    }
    let list = value.is_array();
    for (step, part, inner) in parts(Some(value), &form) {
        let declared = match &form {
            Form::Fields(fields) => fields.get(step.get(2..).unwrap_or_default()).is_some(),
            _ => false,
        };
        path.push(step);
        name(part, inner, path, set);
        let bare = part.is_null() || part.as_object().is_some_and(serde_json::Map::is_empty);
        if list || bare || !declared {
            set.insert(path);
        }
        path.pop();
    }
}

/// What does not fit the shape, each with its path.
///
/// # Errors
/// In the server's words.
pub fn check(value: &Value, shape: Shape<'_>) -> Result<(), String> {
    let mut errors = vec![];
    fits(value, shape, "", &mut errors);
    match errors.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        many => Err(std::iter::once("errors:".to_string())
            .chain(many.iter().map(|e| format!("  {e}")))
            .collect::<Vec<_>>()
            .join("\n")),
    }
}

fn fits(value: &Value, shape: Shape<'_>, path: &str, errors: &mut Vec<String>) {
    let mut tell = |words: String| {
        errors.push(if path.is_empty() { words } else { format!("{path}: {words}") });
    };
    if value.is_null() {
        return;
    }
    if let Some(words) = shape.scalar_misfit(value) {
        tell(words);
        return;
    }
    match shape.inside(value) {
        Inside::Nothing => {}
        Inside::Wrong(what) => tell(format!("expected {what}, got {}", shown(value))),
        Inside::Fields(fields) => {
            for (name, part) in value.as_object().into_iter().flatten() {
                match fields.get(name) {
                    Some(inner) => fits(part, inner, &format!("{path}.{name}"), errors),
                    None => errors.push(format!("{path}.{name}: field not declared in schema")),
                }
            }
        }
        Inside::Map(inner) => {
            for (name, part) in value.as_object().into_iter().flatten() {
                fits(part, inner, &format!("{path}.{name}"), errors);
            }
        }
        Inside::List(inner) => {
            let form = shape.form(Some(value));
            let mut seen = vec![];
            for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                let below = if matches!(form, Form::Leaf) {
                    format!("{path}[{place}]")
                } else {
                    let step = match step_of(item, &form) {
                        Ok((step, _)) => step,
                        Err(words) => {
                            errors.push(format!("{path}: element {place}: {words}"));
                            return;
                        }
                    };
                    let shown = set::dotted(std::slice::from_ref(&step));
                    if seen.contains(&step) {
                        errors.push(format!("{path}: duplicate entries for key {shown}"));
                    }
                    seen.push(step);
                    format!("{path}{shown}")
                };
                fits(item, inner, &below, errors);
            }
        }
    }
}

/// What to look at inside a value, atomic or not.
pub enum Inside<'a> {
    Nothing,
    /// The value is of another kind than this.
    Wrong(&'static str),
    Fields(shape::Fields<'a>),
    Map(Shape<'a>),
    List(Shape<'a>),
}

/// A value in an error.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(",")),
        Value::Object(map) => {
            let parts: Vec<String> = map.iter().map(|(name, part)| format!("{name}={}", shown(part))).collect();
            format!("{{{}}}", parts.join(";"))
        }
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_new_container_is_owned_with_all_its_fields_and_a_changed_image_alone() {
        let shape = shape::of("v1", "Pod");
        let old = json!({"spec": {"containers": [{"name": "a", "image": "x"}]}});
        let new = json!({"spec": {"containers": [{"name": "a", "image": "y"}, {"name": "b", "image": "z"}]}});
        let taken = compare(&old, &new, shape).taken().to_value();
        let want = json!({"f:spec": {"f:containers": {
            "k:{\"name\":\"a\"}": {"f:image": {}},
            "k:{\"name\":\"b\"}": {".": {}, "f:image": {}, "f:name": {}}}}});
        assert_eq!(taken, want);
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_path() {
        let shape = shape::of("apps/v1", "Deployment");
        let value = json!({"spec": {"replica": 2, "template": {"spec": {"containers": [{"name": "a", "ports": [{"containerPort": "x"}]}]}}}});
        let words = check(&value, shape).expect_err("two fields do not fit");
        assert_eq!(
            words,
            "errors:\n  .spec.replica: field not declared in schema\n  .spec.template.spec.containers[name=\"a\"].ports[containerPort=\"x\",protocol=\"TCP\"].containerPort: expected numeric (int or float), got string"
        );
    }
}
