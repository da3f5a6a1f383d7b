//! The values of CEL.
//!
//! Models: `cel-go/common/types`, `apiextensions-apiserver/pkg/apiserver/schema/cel/values.go`.
//! Left out: unsigned numbers, bytes, timestamps and durations (they stay texts), maps with keys that are no texts, lists
//! that are sets (they are compared in order).

use crate::api::custom::schema::Schema;
use crate::base::decimal::Decimal;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Val {
    Null,
    Bool(bool),
    Int(i64),
    Double(Decimal),
    Text(Arc<str>),
    List(Arc<Vec<Val>>),
    Map(Arc<BTreeMap<String, Val>>),
    Optional(Option<Arc<Val>>),
}

impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Val::Null, Val::Null) => true,
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Text(a), Val::Text(b)) => a == b,
            (Val::List(a), Val::List(b)) => a == b,
            (Val::Map(a), Val::Map(b)) => a == b,
            (Val::Optional(a), Val::Optional(b)) => a == b,
            (a, b) => a.order(b) == Some(Ordering::Equal),
        }
    }
}

impl Val {
    pub fn text(text: &str) -> Val {
        Val::Text(text.into())
    }

    pub fn list(items: Vec<Val>) -> Val {
        Val::List(Arc::new(items))
    }

    /// A value of an object, as its schema types it.
    pub fn of(value: &Value, schema: Option<&Schema>) -> Val {
        match value {
            Value::Null => Val::Null,
            Value::Bool(yes) => Val::Bool(*yes),
            Value::Number(n) => match n.as_i64() {
                Some(n) if schema.is_none_or(|s| s.ty != "number") => Val::Int(n),
                _ => Val::Double(Decimal::of(n)),
            },
            Value::String(text) => Val::text(text),
            Value::Array(items) => {
                let schema = schema.and_then(|s| s.items.as_deref());
                Val::list(items.iter().map(|item| Val::of(item, schema)).collect())
            }
            Value::Object(map) => {
                let inner = |name: &str| schema.and_then(|s| s.child(name));
                let entries = map.iter().map(|(name, value)| (name.clone(), Val::of(value, inner(name))));
                Val::Map(Arc::new(entries.collect()))
            }
        }
    }

    /// How two values are ordered; `None` when they cannot be compared.
    pub fn order(&self, other: &Val) -> Option<Ordering> {
        match (self, other) {
            (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
            (Val::Double(a), Val::Double(b)) => Some(a.cmp(b)),
            (Val::Int(a), Val::Double(b)) => Some(Decimal::int(*a).cmp(b)),
            (Val::Double(a), Val::Int(b)) => Some(a.cmp(&Decimal::int(*b))),
            (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
            (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// As it stands in a text that is put together.
    pub fn shown(&self) -> String {
        match self {
            Val::Text(text) => text.to_string(),
            other => other.literal(),
        }
    }

    /// As the language writes it.
    pub fn literal(&self) -> String {
        match self {
            Val::Null => "null".into(),
            Val::Bool(yes) => yes.to_string(),
            Val::Int(n) => n.to_string(),
            Val::Double(d) => d.to_string(),
            Val::Text(text) => format!("\"{text}\""),
            Val::List(items) => format!("[{}]", items.iter().map(Val::literal).collect::<Vec<_>>().join(", ")),
            Val::Map(map) => {
                let entries: Vec<String> = map.iter().map(|(k, v)| format!("\"{k}\": {}", v.literal())).collect();
                format!("{{{}}}", entries.join(", "))
            }
            Val::Optional(None) => "optional.none()".into(),
            Val::Optional(Some(inner)) => format!("optional({})", inner.literal()),
        }
    }
}

/// The name of a field as it stands in the object: CEL's escapes taken away (`__dash__`, `__namespace__`).
pub fn unescape(name: &str) -> String {
    if !name.contains("__") {
        return name.to_string();
    }
    if let Some(word) = name.strip_prefix("__").and_then(|rest| rest.strip_suffix("__"))
        && KEYWORDS.contains(&word)
    {
        return word.to_string();
    }
    let mut out = name.to_string();
    for (escape, text) in [("__dash__", "-"), ("__dot__", "."), ("__slash__", "/"), ("__underscores__", "__")] {
        out = out.replace(escape, text);
    }
    out
}

const KEYWORDS: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];
