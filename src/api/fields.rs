//! Field selectors: `status.phase!=Running,metadata.name=web`.
//!
//! Models: `apimachinery/pkg/fields`, the conversions of field labels in `pkg/apis`.

use super::kind::KindRef;
use super::kinds;
use super::object::Object;

/// A field selector: `status.phase!=Running,metadata.name=web`.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, bool, String)>);

impl Fields {
    /// # Errors
    /// The server's words, without kubectl's prefix.
    pub fn parse(text: &str) -> Result<Fields, String> {
        let mut terms = vec![];
        for term in text.split(',').filter(|t| !t.is_empty()) {
            let parts = if let Some((field, value)) = term.split_once("!=") {
                (field, false, value)
            } else if let Some((field, value)) = term.split_once("==") {
                (field, true, value)
            } else if let Some((field, value)) = term.split_once('=') {
                (field, true, value)
            } else {
                return Err(format!("invalid selector: '{text}'; can't understand '{term}'"));
            };
            terms.push((parts.0.to_string(), parts.1, parts.2.to_string()));
        }
        Ok(Fields(terms))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// # Errors
    /// `field label not supported: ...`.
    pub fn check(&self, kind: KindRef) -> Result<(), String> {
        for (field, ..) in &self.0 {
            let common = field == "metadata.name" || (field == "metadata.namespace" && kind.names().namespaced);
            if !common && !kind.fields().contains(&field.as_str()) {
                return Err(if kind == kinds::JOB {
                    format!("field label \"{field}\" not supported for Job")
                } else if kind.custom().is_none() && (kind.fields().is_empty() || !kind.names().group.is_empty()) {
                    format!("\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
                } else {
                    format!("field label not supported: {field}")
                });
            }
        }
        Ok(())
    }

    pub fn matches(&self, object: &Object) -> bool {
        if self.0.is_empty() {
            return true;
        }
        if self.0.iter().all(|(field, ..)| field.starts_with("metadata.")) {
            return self.0.iter().all(|(field, equal, value)| {
                let have = if field == "metadata.name" { object.name() } else { object.namespace() };
                (have == value) == *equal
            });
        }
        let tree = object.to_value();
        self.0.iter().all(|(field, equal, value)| (field_value(&tree, field) == *value) == *equal)
    }
}

fn field_value(tree: &serde_json::Value, field: &str) -> String {
    if field == "status.successful" {
        return tree.pointer("/status/succeeded").map_or_else(|| "0".into(), ToString::to_string);
    }
    if field == "source" {
        let component = field_value(tree, "source.component");
        return if component.is_empty() { field_value(tree, "reportingComponent") } else { component };
    }
    let found = field.split('.').try_fold(tree, |at, part| at.get(part));
    match found {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Null) | None => {
            if matches!(field, "spec.unschedulable" | "spec.hostNetwork") {
                "false".into()
            } else {
                String::new()
            }
        }
        Some(other) => other.to_string(),
    }
}
