//! A CustomResourceDefinition as it is read by whoever serves it: conditions, versions, names.
//!
//! Models: `apiextensions-apiserver/pkg/apihelpers/helpers.go`, `apimachinery/pkg/version/helpers.go`.

use crate::api::kinds::plain::{self, Status};
use crate::api::object::Object;
use crate::time::Time;
use serde_json::{Map, Value, json};
use std::cmp::{Ordering, Reverse};

pub const RESOURCE: &str = "customresourcedefinitions.apiextensions.k8s.io";
/// Keeps a definition until its instances are gone.
pub const FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Whether a condition is true.
pub fn is_true(definition: &Object, condition: &str) -> bool {
    status_of(definition, condition) == Some("True")
}

/// The status of a condition.
pub fn status_of<'a>(definition: &'a Object, condition: &str) -> Option<&'a str> {
    let all = plain::at(definition, &["status", "conditions"])?.as_array()?;
    all.iter().find(|c| c["type"] == condition)?["status"].as_str()
}

/// Whether its resource answers.
pub fn is_served(definition: &Object) -> bool {
    is_true(definition, "Established")
}

/// Sets a condition: type, status, reason, message. The time of the transition moves only with the status.
pub fn set_condition(definition: &mut Object, condition: [&str; 4], now: Time) {
    let [ty, value, reason, message] = condition;
    let status = status_mut(definition);
    let all = status.entry("conditions").or_insert_with(|| Value::Array(vec![]));
    let Some(all) = all.as_array_mut() else { return };
    let old = all.iter().position(|c| c["type"] == ty);
    let since = match old.map(|at| &all[at]) {
        Some(old) if old["status"] == value => old["lastTransitionTime"].clone(),
        _ => now.timestamp().to_string().into(),
    };
    let new = json!({"lastTransitionTime": since, "message": message, "reason": reason, "status": value, "type": ty});
    match old {
        Some(at) => all[at] = new,
        None => all.push(new),
    }
}

/// The status as a map; made when there is none.
pub fn status_mut(definition: &mut Object) -> &mut Map<String, Value> {
    let status = definition.status_mut::<Status>();
    if !status.is_object() {
        *status = json!({});
    }
    status.as_object_mut().expect("just made a map")
}

/// What is said of a deprecated version, or null.
pub fn deprecation(version: &Value, versions: &[Value], spec: &Value) -> Value {
    if version["deprecated"] != true {
        return Value::Null;
    }
    if let Some(own) = version["deprecationWarning"].as_str() {
        return own.into();
    }
    let text = |value: &Value| value.as_str().unwrap_or("").to_string();
    let (group, kind, name) = (text(&spec["group"]), text(&spec["names"]["kind"]), text(&version["name"]));
    let mut better: Vec<String> = versions
        .iter()
        .filter(|v| v["served"] == true && v["deprecated"] != true)
        .map(|v| text(&v["name"]))
        .filter(|other| version_order(other, &name) == Ordering::Less)
        .collect();
    better.sort_by(|a, b| version_order(a, b));
    let instead = better.first().map(|v| format!("; use {group}/{v} {kind}")).unwrap_or_default();
    format!("{group}/{name} {kind} is deprecated{instead}").into()
}

/// The order of API versions, the most stable and newest first: v2, v1, v1beta2, v1alpha1, then others by name.
pub fn version_order(a: &str, b: &str) -> Ordering {
    match (parsed(a), parsed(b)) {
        (Some(a), Some(b)) => Reverse(a).cmp(&Reverse(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

/// Stability, major, minor.
fn parsed(version: &str) -> Option<(u8, u64, u64)> {
    let rest = version.strip_prefix('v')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let major: u64 = rest[..digits].parse().ok()?;
    let rest = &rest[digits..];
    if rest.is_empty() {
        return Some((2, major, 0));
    }
    let (stability, minor) = match (rest.strip_prefix("beta"), rest.strip_prefix("alpha")) {
        (Some(minor), _) => (1, minor),
        (_, Some(minor)) => (0, minor),
        _ => return None,
    };
    Some((stability, major, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::version_order;

    #[test]
    fn stable_versions_come_first() {
        let mut all = vec!["foo10", "v1alpha1", "v2", "v1beta2", "v11", "foo1", "v1beta10", "v1"];
        all.sort_by(|a, b| version_order(a, b));
        assert_eq!(all, ["v11", "v2", "v1", "v1beta10", "v1beta2", "v1alpha1", "foo1", "foo10"]);
    }
}
