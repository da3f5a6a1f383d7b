//! `kubectl describe` of what has no layout of its own: field by field, in the words of their names.
//!
//! Models: `kubectl/pkg/describe/describe.go` (`genericDescriber`, `printUnstructuredContent`, `smartLabelFor`).
//! Left out: letters outside of ASCII in names.

use super::report::Report;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::base::yaml::go_text;
use crate::time::Time;
use serde_json::Value;

/// Any object, field by field.
pub fn any(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    out.line(0, format_args!("Name:\t{}", object.name()));
    out.line(0, format_args!("Namespace:\t{}", object.namespace()));
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
    let mut tree = object.to_value();
    if let Some(meta) = tree.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ["name", "namespace", "labels", "annotations", "managedFields"] {
            meta.remove(field);
        }
    }
    content(&tree, 0, out);
    out.events_of(object, read, now);
}

fn content(tree: &Value, level: usize, out: &mut Report) {
    for (name, value) in tree.as_object().into_iter().flatten() {
        let label = label(name);
        match value {
            Value::Object(_) => {
                out.line(level, format_args!("{label}:"));
                content(value, level + 1, out);
            }
            Value::Array(items) => {
                out.line(level, format_args!("{label}:"));
                for item in items {
                    match item {
                        Value::Object(_) => content(item, level + 1, out),
                        item => out.line(level + 1, plain(item)),
                    }
                }
            }
            value => out.line(level, format_args!("{label}:\t{}", plain(value))),
        }
    }
}

fn plain(value: &Value) -> String {
    if value.is_null() { "<nil>".into() } else { go_text(value) }
}

/// `creationTimestamp` as `Creation Timestamp`, `uid` as `UID`; names with other signs stay as they are.
fn label(name: &str) -> String {
    if name.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return name.to_string();
    }
    let parts = parts(name);
    let mut merged: Vec<String> = vec![];
    let mut at = 0;
    while let Some(part) = parts.get(at) {
        let all_upper = part.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
        match parts.get(at + 1) {
            Some(next) if part.len() >= 2 && all_upper && next.starts_with(char::is_uppercase) => {
                merged.push(format!("{part}{next}"));
                at += 2;
            }
            _ => {
                merged.push(part.clone());
                at += 1;
            }
        }
    }
    let words = merged.into_iter().map(|part| {
        if ["API", "URL", "UID", "GUID"].contains(&part.to_uppercase().as_str()) {
            return part.to_uppercase();
        }
        if part != part.to_lowercase() {
            return part;
        }
        let mut letters = part.chars();
        letters.next().map(|c| c.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Runs of small letters, capitals and signs; the last capital belongs to the small letters behind it.
fn parts(name: &str) -> Vec<String> {
    let class = |c: char| {
        if c.is_lowercase() {
            0
        } else if c.is_uppercase() {
            1
        } else {
            2
        }
    };
    let mut runs: Vec<String> = vec![];
    let mut last = None;
    for c in name.chars() {
        match runs.last_mut().filter(|_| last == Some(class(c))) {
            Some(run) => run.push(c),
            None => runs.push(c.to_string()),
        }
        last = Some(class(c));
    }
    for n in 1..runs.len() {
        let small = runs[n].starts_with(char::is_lowercase);
        if small
            && runs[n - 1].starts_with(char::is_uppercase)
            && let Some(c) = runs[n - 1].pop()
        {
            runs[n].insert(0, c);
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn names_of_fields_become_words() {
        for (name, wanted) in [
            ("creationTimestamp", "Creation Timestamp"),
            ("uid", "UID"),
            ("apiVersion", "API Version"),
            ("openAPIV3Schema", "openAPIV3Schema"),
            ("respectPDBs", "Respect PDBs"),
            ("jsonPath", "Json Path"),
            ("x-kubernetes-list-type", "X - Kubernetes - List - Type"),
            ("dummy/dummy", "dummy/dummy"),
        ] {
            assert_eq!(label(name), wanted);
        }
    }
}
