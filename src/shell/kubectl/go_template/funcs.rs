//! The functions of templates, and the values that they work on.
//!
//! Models: Go `text/template/funcs.go`, `fmt`; `cli-runtime/pkg/printers/template.go` (`exists`, `base64decode`).
//! Left out: `call`, `js`; flags of formats other than width, precision, `-`, `+` and `0`.

use crate::base::base64;
use crate::base::text::go_quote;
use crate::base::yaml::go_text;
use serde_json::Value;

/// A value. Numbers of the data are floats, as `encoding/json` reads them; numbers of the template are integers.
#[derive(Clone, Debug, PartialEq)]
pub enum V {
    None,
    Data(Value),
    Int(i64),
}

impl V {
    pub fn of(value: Value) -> V {
        if value.is_null() { V::None } else { V::Data(value) }
    }

    pub fn text(text: String) -> V {
        V::Data(Value::String(text))
    }

    pub fn truth(&self) -> bool {
        match self {
            V::None => false,
            V::Int(number) => *number != 0,
            V::Data(value) => match value {
                Value::Null => false,
                Value::Bool(yes) => *yes,
                Value::Number(number) => number.as_i64() != Some(0),
                Value::String(text) => !text.is_empty(),
                Value::Array(items) => !items.is_empty(),
                Value::Object(map) => !map.is_empty(),
            },
        }
    }

    /// As a template prints it.
    pub fn shown(&self) -> String {
        match self {
            V::None => "<no value>".into(),
            other => other.plain(),
        }
    }

    /// As `fmt` prints it with `%v`.
    fn plain(&self) -> String {
        match self {
            V::None => "<nil>".into(),
            V::Int(number) => number.to_string(),
            V::Data(Value::Number(number)) => float(number),
            V::Data(value) => go_text(value),
        }
    }

    pub fn go_type(&self) -> &'static str {
        match self {
            V::Int(_) => "int",
            _ => "interface {}",
        }
    }

    /// The type of what it holds.
    fn inner(&self) -> &'static str {
        match self {
            V::None => "nil",
            V::Int(_) => "int",
            V::Data(value) => match value {
                Value::Null => "nil",
                Value::Bool(_) => "bool",
                Value::Number(_) => "float64",
                Value::String(_) => "string",
                Value::Array(_) => "[]interface {}",
                Value::Object(_) => "map[string]interface {}",
            },
        }
    }
}

/// A float64 as `%v` prints it: with an exponent from a million on.
fn float(number: &serde_json::Number) -> String {
    let Some(whole) = number.as_i64() else { return number.to_string() };
    let digits = whole.unsigned_abs().to_string();
    if digits.len() <= 6 {
        return whole.to_string();
    }
    let sign = if whole < 0 { "-" } else { "" };
    let exponent = digits.len() - 1;
    let fraction = digits[1..].trim_end_matches('0');
    let point = if fraction.is_empty() { String::new() } else { format!(".{fraction}") };
    format!("{sign}{}{point}e+{exponent:02}", &digits[..1])
}

pub const NAMES: &[&str] = &[
    "and",
    "base64decode",
    "eq",
    "exists",
    "ge",
    "gt",
    "html",
    "index",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "urlquery",
];

/// What is wrong with so many arguments.
pub fn arity(name: &str, given: usize) -> Option<String> {
    let (least, most) = match name {
        "not" | "len" | "base64decode" => (1, 1),
        "lt" | "le" | "gt" | "ge" | "ne" => (2, 2),
        "and" | "or" | "index" | "eq" | "exists" | "printf" | "slice" => (1, usize::MAX),
        _ => (0, usize::MAX),
    };
    if given < least && most == usize::MAX {
        return Some(format!("wrong number of args for {name}: want at least {least} got {given}"));
    }
    (given < least || given > most).then(|| format!("wrong number of args for {name}: want {least} got {given}"))
}

/// Calls a function.
///
/// # Errors
/// Go's words, without `error calling x: `.
pub fn call(name: &str, values: &[V]) -> Result<V, String> {
    let none = V::None;
    let first = values.first().unwrap_or(&none);
    let rest = values.get(1..).unwrap_or(&[]);
    Ok(match name {
        "not" => V::Data((!first.truth()).into()),
        "and" => values.iter().find(|v| !v.truth()).or(values.last()).cloned().unwrap_or(V::None),
        "or" => values.iter().find(|v| v.truth()).or(values.last()).cloned().unwrap_or(V::None),
        "len" => V::Int(len(first)? as i64),
        "index" => index(first, rest)?,
        "slice" => slice(first, rest)?,
        "exists" => V::Data(index(first, rest).is_ok_and(|v| v != V::None).into()),
        "print" => V::text(print(values)),
        "println" => {
            let texts: Vec<String> = values.iter().map(V::plain).collect();
            V::text(format!("{}\n", texts.join(" ")))
        }
        "printf" => match first {
            V::Data(Value::String(format)) => V::text(printf(format, rest)),
            other => return Err(format!("wrong type for value; expected string; got {}", other.inner())),
        },
        "html" => V::text(escaped(&print(values))),
        "urlquery" => V::text(query(&print(values))),
        "base64decode" => match first {
            V::Data(Value::String(text)) => {
                let bytes = base64::decode_strict(text.as_bytes())
                    .map_err(|at| format!("base64 decode failed: illegal base64 data at input byte {at}"))?;
                V::text(String::from_utf8_lossy(&bytes).into_owned())
            }
            V::None => return Err("invalid value; expected string".into()),
            other => return Err(format!("wrong type for value; expected string; got {}", other.inner())),
        },
        "eq" => {
            if rest.is_empty() {
                return Err("missing argument for comparison".into());
            }
            let mut same = false;
            for other in rest {
                same = same || equal(first, other)?;
            }
            V::Data(same.into())
        }
        "ne" => V::Data((!equal(first, &rest[0])?).into()),
        _ => {
            let order = order(first, &rest[0])?;
            V::Data(
                match name {
                    "lt" => order.is_lt(),
                    "le" => order.is_le(),
                    "gt" => order.is_gt(),
                    _ => order.is_ge(),
                }
                .into(),
            )
        }
    })
}

fn len(value: &V) -> Result<usize, String> {
    match value {
        V::Data(Value::String(text)) => Ok(text.len()),
        V::Data(Value::Array(items)) => Ok(items.len()),
        V::Data(Value::Object(map)) => Ok(map.len()),
        V::None => Err("reflect: call of reflect.Value.Type on zero Value".into()),
        other => Err(format!("len of type {}", other.inner())),
    }
}

fn index(value: &V, keys: &[V]) -> Result<V, String> {
    if *value == V::None {
        return Err("index of untyped nil".into());
    }
    let mut value = value.clone();
    for key in keys {
        value = match &value {
            V::None => return Err("index of nil pointer".into()),
            V::Data(Value::Object(map)) => match key {
                V::Data(Value::String(key)) => map.get(key).cloned().map_or(V::None, V::of),
                V::None => return Err("value is nil; should be of type string".into()),
                other => return Err(format!("value has type {}; should be string", other.inner())),
            },
            V::Data(Value::Array(items)) => {
                let at = position(key, items.len())?;
                let found = items.get(at).ok_or("reflect: slice index out of range")?;
                V::of(found.clone())
            }
            V::Data(Value::String(text)) => {
                let at = position(key, text.len())?;
                let byte = text.as_bytes().get(at).ok_or("reflect: string index out of range")?;
                V::Int(i64::from(*byte))
            }
            other => return Err(format!("can't index item of type {}", other.inner())),
        };
    }
    Ok(value)
}

fn position(key: &V, length: usize) -> Result<usize, String> {
    match key {
        V::Int(number) => usize::try_from(*number)
            .ok()
            .filter(|at| *at <= length)
            .ok_or_else(|| format!("index out of range: {number}")),
        V::None => Err("cannot index slice/array with nil".into()),
        other => Err(format!("cannot index slice/array with type {}", other.inner())),
    }
}

fn slice(value: &V, bounds: &[V]) -> Result<V, String> {
    let length = match value {
        V::Data(Value::Array(items)) => items.len(),
        V::Data(Value::String(text)) => text.len(),
        V::None => return Err("slice of untyped nil".into()),
        other => return Err(format!("can't slice item of type {}", other.inner())),
    };
    if bounds.len() > 3 {
        return Err(format!("too many slice indexes: {}", bounds.len()));
    }
    let mut ends = [0, length];
    for (n, bound) in bounds.iter().take(2).enumerate() {
        ends[n] = position(bound, length)?;
    }
    if ends[0] > ends[1] {
        return Err(format!("invalid slice index: {} > {}", ends[0], ends[1]));
    }
    Ok(match value {
        V::Data(Value::Array(items)) => V::Data(Value::Array(items[ends[0]..ends[1]].to_vec())),
        V::Data(Value::String(text)) => {
            V::text(String::from_utf8_lossy(&text.as_bytes()[ends[0]..ends[1]]).into_owned())
        }
        other => other.clone(),
    })
}

fn kind(value: &V) -> Result<&'static str, String> {
    match value {
        V::None => Ok("nil"),
        V::Int(_) => Ok("int"),
        V::Data(Value::Bool(_)) => Ok("bool"),
        V::Data(Value::Number(_)) => Ok("float"),
        V::Data(Value::String(_)) => Ok("string"),
        V::Data(_) => Err("invalid type for comparison".into()),
    }
}

fn equal(a: &V, b: &V) -> Result<bool, String> {
    let unlike = || "incompatible types for comparison".to_string();
    if *a == V::None || *b == V::None {
        return Ok(a == b);
    }
    let (x, y) = match (kind(a), kind(b)) {
        (Ok(x), Ok(y)) => (x, y),
        // maps and lists cannot be compared
        _ => return Err(format!("non-comparable type {}: {}", a.plain(), a.inner())),
    };
    if x != y { Err(unlike()) } else { Ok(a == b) }
}

fn order(a: &V, b: &V) -> Result<std::cmp::Ordering, String> {
    let bad = || "invalid type for comparison".to_string();
    let (x, y) = (kind(a)?, kind(b)?);
    if x == "nil" || y == "nil" {
        return Err(bad());
    }
    if x != y {
        return Err("incompatible types for comparison".into());
    }
    match (a, b) {
        (V::Int(a), V::Int(b)) => Ok(a.cmp(b)),
        (V::Data(Value::String(a)), V::Data(Value::String(b))) => Ok(a.cmp(b)),
        (V::Data(Value::Number(a)), V::Data(Value::Number(b))) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Ok(a.cmp(&b)),
            _ => a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)).ok_or_else(bad),
        },
        _ => Err(bad()),
    }
}

/// `fmt.Sprint`: blanks only between two that are no texts.
fn print(values: &[V]) -> String {
    let is_text = |v: &V| matches!(v, V::Data(Value::String(_)));
    let mut out = String::new();
    for (n, value) in values.iter().enumerate() {
        if n > 0 && !is_text(value) && !is_text(&values[n - 1]) {
            out.push(' ');
        }
        out += &value.plain();
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out += "&#34;",
            '\'' => out += "&#39;",
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            c => out.push(c),
        }
    }
    out
}

fn query(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => out.push(char::from(b)),
            b => out += &format!("%{b:02X}"),
        }
    }
    out
}

/// One verb of a format.
#[derive(Default)]
struct Form {
    left: bool,
    zero: bool,
    plus: bool,
    width: usize,
    precision: Option<usize>,
}

fn printf(format: &str, values: &[V]) -> String {
    let (mut out, mut used, mut chars) = (String::new(), 0, format.chars().peekable());
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut form = Form::default();
        while let Some(flag) = chars.next_if(|c| "-+0# ".contains(*c)) {
            form.left |= flag == '-';
            form.zero |= flag == '0';
            form.plus |= flag == '+';
        }
        let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            let mut digits = String::new();
            while let Some(c) = chars.next_if(char::is_ascii_digit) {
                digits.push(c);
            }
            digits.parse::<usize>().unwrap_or(0).min(1000)
        };
        form.width = number(&mut chars);
        if chars.next_if_eq(&'.').is_some() {
            form.precision = Some(number(&mut chars));
        }
        let Some(verb) = chars.next() else {
            out += "%!(NOVERB)";
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = values.get(used) else {
            out += &format!("%!{verb}(MISSING)");
            continue;
        };
        used += 1;
        out += &padded(&one(value, verb, &form), &form);
    }
    if used < values.len() {
        let extra: Vec<String> = values[used..]
            .iter()
            .map(|v| if *v == V::None { "<nil>".into() } else { format!("{}={}", v.inner(), v.plain()) })
            .collect();
        out += &format!("%!(EXTRA {})", extra.join(", "));
    }
    out
}

fn padded(text: &str, form: &Form) -> String {
    let width = form.width;
    match (form.left, form.zero) {
        (true, _) => format!("{text:<width$}"),
        (false, true) if text.parse::<i64>().is_ok() => match text.strip_prefix('-') {
            Some(digits) => format!("-{digits:0>0$}", width.saturating_sub(1)),
            None => format!("{text:0>width$}"),
        },
        _ => format!("{text:>width$}"),
    }
}

fn one(value: &V, verb: char, form: &Form) -> String {
    let bad = || match value {
        V::None => format!("%!{verb}(<nil>)"),
        value => format!("%!{verb}({}={})", value.inner(), value.plain()),
    };
    match (value, verb) {
        (V::None, 'v') => "<nil>".into(),
        (V::None, _) => bad(),
        (value, 'v') => value.plain(),
        (V::Data(Value::String(text)), 's') => match form.precision {
            Some(most) => text.chars().take(most).collect(),
            None => text.clone(),
        },
        (V::Data(Value::String(text)), 'q') => go_quote(text),
        (V::Data(Value::String(text)), 'x') => text.bytes().map(|b| format!("{b:02x}")).collect(),
        (V::Data(Value::Bool(yes)), 't') => yes.to_string(),
        (V::Int(number), 'd') => {
            if form.plus && *number >= 0 {
                format!("+{number}")
            } else {
                number.to_string()
            }
        }
        (V::Int(number), 'x') => format!("{number:x}"),
        (V::Int(number), 'c') => u32::try_from(*number).ok().and_then(char::from_u32).unwrap_or('?').to_string(),
        (V::Data(Value::Number(number)), 'f') => {
            let most = form.precision.unwrap_or(6);
            number.as_f64().map_or_else(bad, |number| format!("{number:.most$}"))
        }
        (V::Data(Value::Number(number)), 'g') => float(number),
        (V::Data(Value::Array(items)), 's' | 'd' | 'q') => {
            let texts: Vec<String> = items.iter().map(|item| one(&V::of(item.clone()), verb, form)).collect();
            format!("[{}]", texts.join(" "))
        }
        (V::Data(Value::Object(map)), 's' | 'd' | 'q') => {
            let texts: Vec<String> = map
                .iter()
                .map(|(key, item)| {
                    let key = one(&V::text(key.clone()), verb, form);
                    format!("{key}:{}", one(&V::of(item.clone()), verb, form))
                })
                .collect();
            format!("map[{}]", texts.join(" "))
        }
        _ => bad(),
    }
}
