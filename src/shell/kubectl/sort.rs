//! `--sort-by`.
//!
//! Models: `kubectl/pkg/cmd/get/sorter.go`.

use super::Failure;
use crate::api::Object;
use crate::base::jsonpath::{self, Template};
use crate::base::quantity::Quantity;
use serde_json::Value;
use std::cmp::Ordering;

/// Sorts by the value of a JSONPath; objects without one come first.
///
/// # Errors
/// `couldn't find any field with path ...` when no object has it; the parser's words.
pub fn objects(objects: &mut Vec<Object>, path: &str) -> Result<(), Failure> {
    let text = jsonpath::relaxed(path).map_err(Failure::error)?;
    let template = Template::parse(&text).map_err(Failure::error)?.allow_missing(true);
    let mut keyed: Vec<(Option<Value>, Object)> = vec![];
    for object in objects.drain(..) {
        let tree = super::printer::wire(&object);
        let key = template.find(&tree).map_err(Failure::error)?.first().map(|value| value.as_ref().clone());
        keyed.push((key, object));
    }
    let none = !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none());
    keyed.sort_by(|(a, _), (b, _)| compare(a.as_ref(), b.as_ref()));
    objects.extend(keyed.into_iter().map(|(_, object)| object));
    if none {
        return Err(Failure::error(format!("couldn't find any field with path \"{text}\" in the list of objects")));
    }
    Ok(())
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => {
            a.as_i64().unwrap_or_default().cmp(&b.as_i64().unwrap_or_default())
        }
        (Some(Value::String(a)), Some(Value::String(b))) => match (Quantity::parse(a), Quantity::parse(b)) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => a.cmp(b),
        },
        (Some(a), Some(b)) => a.to_string().cmp(&b.to_string()),
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}
