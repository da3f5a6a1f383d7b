//! A pod's specification as the server holds it: the internal types, whose fields have other names and places.
//!
//! Models: `pkg/apis/core/types.go`, `pkg/apis/core/v1/conversion.go`.
//! Left out: kinds of volume that a cluster of today has no driver for, Windows and SELinux options, resource claims.

use crate::base::go_diff::Go;
use crate::base::quantity::{Format, Quantity};
use k8s_openapi::api::core::v1::PodSpec;
use serde_json::Value;

/// A type per line: its fields as `Go:json:kind`. Kinds: `s` text, `n` number, `t` truth value, `f` a field that is
/// always empty; `*` a pointer to it, `[` a list of it; `m` a map of texts, `q` amounts, `p` a port; else a type. `+`
/// takes its fields from the same JSON object.
const TYPES: &str = include_str!("internal.txt");

/// The specification in the server's form.
pub fn pod_spec(spec: &PodSpec) -> Go {
    let mut json = super::value(spec);
    // What concerns the namespaces of the machine stands in the security context there.
    let moved = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"];
    let values: Vec<(&str, Value)> =
        moved.iter().filter_map(|key| Some((*key, json.get(*key).filter(|v| !v.is_null())?.clone()))).collect();
    if let Some(object) = json.as_object_mut()
        && !values.is_empty()
    {
        let context = object.entry("securityContext").or_insert_with(|| Value::Object(Default::default()));
        if let Some(context) = context.as_object_mut() {
            context.extend(values.into_iter().map(|(key, value)| (key.to_string(), value)));
        }
    }
    structure("PodSpec", &json)
}

fn type_name(name: &str) -> String {
    if name.contains('.') { name.into() } else { format!("core.{name}") }
}

fn structure(name: &str, json: &Value) -> Go {
    let line = TYPES.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    let fields = line.unwrap_or(name).split(' ').skip(1).map(|field| {
        let mut parts = field.splitn(3, ':');
        let (go, key, kind) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or("f"));
        let value = match kind.strip_prefix('+') {
            Some(inner) => structure(inner, json),
            None => self::value(kind, json.get(key).unwrap_or(&Value::Null)),
        };
        (go.to_string(), value)
    });
    Go::Struct(type_name(name), fields.collect())
}

fn value(kind: &str, json: &Value) -> Go {
    if let Some(inner) = kind.strip_prefix('*') {
        return if json.is_null() { Go::Nil } else { Go::Pointer(Box::new(value(inner, json))) };
    }
    if let Some(inner) = kind.strip_prefix('[') {
        let Some(items) = json.as_array() else { return Go::Nil };
        let (name, inner) = match inner {
            "s" => ("string".into(), "s"),
            "i" => ("int64".into(), "n"),
            "Capability" => ("core.Capability".into(), "s"),
            other => (type_name(other), other),
        };
        return Go::List(format!("[]{name}"), items.iter().map(|item| value(inner, item)).collect());
    }
    match kind {
        "s" => Go::Text(json.as_str().unwrap_or("").into()),
        "n" => Go::Plain(json.as_i64().unwrap_or(0).to_string()),
        "t" => Go::Plain(json.as_bool().unwrap_or(false).to_string()),
        "f" => Go::Nil,
        "a" => amount(json.as_str().unwrap_or("")),
        "m" => map("map[string]string", json, crate::base::text::go_quote, |v| value("s", v)),
        "q" => {
            let key = |key: &str| format!("s{}", crate::base::text::go_quote(key));
            map("core.ResourceList", json, key, |v| value("a", v))
        }
        "p" => {
            let fields = match json {
                Value::String(name) => [("Type", "1".into()), ("IntVal", "0".into()), ("StrVal", name.clone())],
                number => [
                    ("Type", "0".into()),
                    ("IntVal", number.as_i64().unwrap_or(0).to_string()),
                    ("StrVal", String::new()),
                ],
            };
            let fields = fields.into_iter().map(|(name, text)| {
                (name.to_string(), if name == "StrVal" { Go::Text(text) } else { Go::Plain(text) })
            });
            Go::Struct("intstr.IntOrString".into(), fields.collect())
        }
        name => structure(name, json),
    }
}

fn map(name: &str, json: &Value, key: impl Fn(&str) -> String, value: impl Fn(&Value) -> Go) -> Go {
    let Some(entries) = json.as_object() else { return Go::Nil };
    Go::Map(name.into(), entries.iter().map(|(k, v)| (key(k), value(v))).collect())
}

/// An amount as it is kept: a whole number and its power of ten, and the text it was read from.
fn amount(text: &str) -> Go {
    let Ok(read) = Quantity::parse(text) else { return Go::Nil };
    let (format, mut number, mut power) = match read.format() {
        Format::BinarySi => ("BinarySI", read.value(), 0),
        Format::DecimalExponent => ("DecimalExponent", read.milli(), -3),
        Format::DecimalSi => ("DecimalSI", read.milli(), -3),
    };
    let suffix = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '+' || c == '-');
    let wanted = match suffix {
        "m" => -3,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        _ => 0,
    };
    while power < wanted && number % 10 == 0 && format != "BinarySI" {
        (number, power) = (number / 10, power + 1);
    }
    let plain = |n: i64| Go::Plain(n.to_string());
    let inner = vec![("value".to_string(), plain(number)), ("scale".to_string(), plain(power))];
    Go::Whole(
        "resource.Quantity".into(),
        vec![
            ("i".into(), Go::Struct("resource.int64Amount".into(), inner)),
            ("s".into(), Go::Text(text.into())),
            ("Format".into(), Go::Text(format.into())),
        ],
    )
}
