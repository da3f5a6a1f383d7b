//! What a value should be: equal to this, or one of a few tests.

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Expected {
    Test(Test),
    Equal(Value),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The text (or the JSON text) contains this.
    #[serde(default)]
    pub contains: Option<String>,
    #[serde(default)]
    pub exists: Option<bool>,
    #[serde(default)]
    pub min: Option<i64>,
    #[serde(default)]
    pub max: Option<i64>,
    #[serde(default)]
    pub not: Option<Value>,
}

impl Expected {
    pub fn holds(&self, found: Option<&Value>) -> bool {
        match self {
            Expected::Equal(wanted) => found == Some(wanted) || (found.is_none() && wanted.is_null()),
            Expected::Test(test) => {
                let number = found.and_then(Value::as_i64).unwrap_or(0);
                test.contains.as_ref().is_none_or(|part| found.is_some_and(|value| plain(value).contains(part)))
                    && test.exists.is_none_or(|wanted| found.is_some() == wanted)
                    && test.min.is_none_or(|min| number >= min)
                    && test.max.is_none_or(|max| number <= max)
                    && test.not.as_ref().is_none_or(|not| found != Some(not))
            }
        }
    }

    /// For the sentence that says what is missing.
    pub fn words(&self) -> String {
        match self {
            Expected::Equal(value) => plain(value),
            Expected::Test(test) => {
                let mut words = vec![];
                words.extend(test.contains.as_ref().map(|part| format!("…{part}…")));
                words.extend(test.exists.map(|exists| if exists { "*" } else { "-" }.to_string()));
                words.extend(test.min.map(|min| format!("≥ {min}")));
                words.extend(test.max.map(|max| format!("≤ {max}")));
                words.extend(test.not.as_ref().map(|not| format!("≠ {}", plain(not))));
                words.join(", ")
            }
        }
    }
}

pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// The value at a path: dots between fields, `[0]` for items, `[Ready]` for the item with that `type` or `name`,
/// `\.` for a dot inside a key.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let path = path.replace("\\.", "\u{0}");
    let mut value = value;
    for part in path.split('.') {
        let mut pieces = part.split('[');
        let field = pieces.next().unwrap_or("").replace('\u{0}', ".");
        if !field.is_empty() {
            value = value.get(&field)?;
        }
        for item in pieces {
            let item = item.trim_end_matches(']').replace('\u{0}', ".");
            value = match item.parse::<usize>() {
                Ok(index) => value.get(index)?,
                Err(_) => {
                    let named = |v: &&Value| ["type", "name"].iter().any(|key| v[*key].as_str() == Some(item.as_str()));
                    value.as_array()?.iter().find(named)?
                }
            };
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reaches_fields_items_and_keys_with_dots() {
        let value = serde_json::json!({"a": {"x.y/z": 1, "list": [{"type": "Ready", "status": "True"}]}});
        assert_eq!(at(&value, "a.x\\.y/z"), Some(&1.into()));
        assert_eq!(at(&value, "a.list[Ready].status"), Some(&"True".into()));
        assert_eq!(at(&value, "a.list[0].type"), Some(&"Ready".into()));
        assert_eq!(at(&value, "a.nope"), None);
    }
}
