//! `--sort-by`.
//!
//! Models: `kubectl/pkg/cmd/get/sorter.go`.
//! Left out: quantities are compared as text.

use super::Failure;
use crate::api::Object;
use crate::base::jsonpath::{self, Template};
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
        (Some(Value::String(a)), Some(Value::String(b))) => natural(a, b),
        (Some(a), Some(b)) => a.to_string().cmp(&b.to_string()),
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// Numbers inside of texts count as numbers: `web-9` before `web-10`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i].is_ascii_digit() && b[j].is_ascii_digit() {
            let (x, y) = (digits(a, i), digits(b, j));
            let (p, q) = (strip(&a[i..x]), strip(&b[j..y]));
            let order = p.len().cmp(&q.len()).then_with(|| p.cmp(q));
            if order != Ordering::Equal {
                return order;
            }
            (i, j) = (x, y);
        } else if a[i] != b[j] {
            return a[i].cmp(&b[j]);
        } else {
            (i, j) = (i + 1, j + 1);
        }
    }
    (a.len() - i).cmp(&(b.len() - j))
}

fn digits(text: &[u8], from: usize) -> usize {
    text[from..].iter().position(|c| !c.is_ascii_digit()).map_or(text.len(), |n| from + n)
}

fn strip(text: &[u8]) -> &[u8] {
    let zeros = text.iter().take_while(|c| **c == b'0').count();
    &text[zeros.min(text.len().saturating_sub(1))..]
}
