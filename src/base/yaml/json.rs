//! JSON as Go's encoding/json writes it.
//!
//! Models: encoding/json (HTML escaping on) and kubectl's JSON printer (indentation of four spaces).

use super::ordered::{Form, Ordered};
use serde_json::{Number, Value};

/// Compact JSON with sorted keys; `<`, `>`, `&`, U+2028 and U+2029 are escaped as Go does.
pub fn to_json(value: &Value) -> String {
    ordered_json(&Ordered::Plain(value), None)
}

/// A tree in its own order, on one line or with this indentation.
pub fn ordered_json(tree: &Ordered<'_>, indent: Option<&str>) -> String {
    let mut out = String::new();
    write(tree, indent, 0, &mut out);
    out
}

/// As `kubectl get -o json` prints it: four spaces, sorted keys, Go's escapes, and a line end.
pub fn to_json_pretty(value: &Value) -> String {
    ordered_json(&Ordered::Plain(value), Some("    ")) + "\n"
}

/// JSON of one line with line ends and this indentation, its order kept.
pub fn indented(json: &str, unit: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0usize, false, false);
    let mut chars = json.trim().chars().peekable();
    while let Some(c) = chars.next() {
        if quoted {
            out.push(c);
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '[' | '{' if matches!(chars.peek(), Some(']' | '}')) => out.extend([c, chars.next().unwrap_or(c)]),
            '[' | '{' => {
                depth += 1;
                out.push(c);
                line(Some(unit), depth, &mut out);
            }
            ']' | '}' => {
                depth = depth.saturating_sub(1);
                line(Some(unit), depth, &mut out);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(Some(unit), depth, &mut out);
            }
            ':' => out.push_str(": "),
            c => {
                quoted = c == '"';
                out.push(c);
            }
        }
    }
    out
}

/// Go's `%v` of a decoded value: `map[a:1 b:[x y]]`, `<nil>` inside and `null` alone.
pub fn go_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_string(),
        Value::String(s) => s.clone(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => go_number(n),
        Value::Array(items) => format!("[{}]", items.iter().map(inner_text).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries = map.iter().map(|(key, item)| format!("{key}:{}", inner_text(item)));
            format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
        }
    }
}

fn inner_text(value: &Value) -> String {
    if value.is_null() { "<nil>".to_string() } else { go_text(value) }
}

/// Go's `%#v` of a decoded value: `map[string]interface {}{"a":1}`.
pub fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_string(),
        Value::String(s) => crate::base::text::go_quote(s),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => go_number(n),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(go_syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let entries =
                map.iter().map(|(key, item)| format!("{}:{}", crate::base::text::go_quote(key), go_syntax(item)));
            format!("map[string]interface {{}}{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A number as fmt prints it.
fn go_number(n: &Number) -> String {
    match n.as_f64() {
        Some(f) if n.is_f64() => go_float(f, 1e-4, 1e6, true),
        _ => n.to_string(),
    }
}

fn write(tree: &Ordered<'_>, indent: Option<&str>, depth: usize, out: &mut String) {
    let (open, close) = match tree.form() {
        Form::Leaf(Value::String(s)) => return string(s, out),
        Form::Leaf(Value::Number(n)) => return out.push_str(&number(n)),
        Form::Leaf(value) => return out.push_str(&value.to_string()),
        Form::List(0) => return out.push_str("[]"),
        Form::Map(0) => return out.push_str("{}"),
        Form::List(_) => ('[', ']'),
        Form::Map(_) => ('{', '}'),
    };
    out.push(open);
    tree.each(&mut |i, key, item| {
        comma(i, out);
        line(indent, depth + 1, out);
        if open == '{' {
            string(key, out);
            out.push(':');
            if indent.is_some() {
                out.push(' ');
            }
        }
        write(item, indent, depth + 1, out);
    });
    line(indent, depth, out);
    out.push(close);
}

fn comma(i: usize, out: &mut String) {
    if i > 0 {
        out.push(',');
    }
}

fn line(indent: Option<&str>, depth: usize, out: &mut String) {
    if let Some(unit) = indent {
        out.push('\n');
        for _ in 0..depth {
            out.push_str(unit);
        }
    }
}

/// A JSON string with quotes, escaped as Go does.
pub(super) fn string(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A number as Go prints it: floats without a fraction lose the point, exponents only far out.
pub(super) fn number(n: &Number) -> String {
    match n.as_f64() {
        Some(f) if n.is_f64() => go_float(f, 1e-6, 1e21, false),
        _ => n.to_string(),
    }
}

/// The shortest decimal that reads back as `f`; in exponent form outside of [low, high), as strconv does.
pub(super) fn go_float(f: f64, low: f64, high: f64, pad: bool) -> String {
    let size = f.abs();
    if size == 0.0 || (size >= low && size < high) {
        return format!("{f}");
    }
    let text = format!("{f:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, power) = match exponent.strip_prefix('-') {
        Some(power) => ('-', power),
        None => ('+', exponent),
    };
    // strconv writes two digits of exponent at least; encoding/json cleans e-09 up to e-9
    let zero = if power.len() < 2 && (pad || sign == '+') { "0" } else { "" };
    format!("{digits}e{sign}{zero}{power}")
}

/// A map key that was a float, as sigs.k8s.io/yaml spells it (with 32 bits).
pub(super) fn go_float32(f: f64) -> String {
    let f = f as f32;
    match () {
        () if f.is_nan() => ".nan".to_string(),
        () if f.is_infinite() => if f > 0.0 { ".inf" } else { "-.inf" }.to_string(),
        () => {
            let shortest: f64 = f.to_string().parse().unwrap_or(0.0);
            go_float(shortest, 1e-4, 1e6, true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn go_escapes_what_html_would_misread() {
        assert_eq!(to_json(&json!({"a": "<b> & \u{1}\t한"})), "{\"a\":\"\\u003cb\\u003e \\u0026 \\u0001\\t한\"}");
    }

    #[test]
    fn pretty_json_is_indented_by_four() {
        assert_eq!(
            to_json_pretty(&json!({"a": [1, {}], "b": []})),
            "{\n    \"a\": [\n        1,\n        {}\n    ],\n    \"b\": []\n}\n"
        );
    }

    #[test]
    fn floats_are_written_as_go_does() {
        assert_eq!(to_json(&json!([1.0, 1.5, 1e21, 1e-7, 1e20])), "[1,1.5,1e+21,1e-7,100000000000000000000]");
    }
}
