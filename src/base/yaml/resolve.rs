//! What a plain scalar means: null, boolean, integer, float, or a string.
//!
//! Models: go.yaml.in/yaml/v2 resolve.go.

use serde_json::{Number, Value};

/// The kind of a resolved scalar, with go-yaml's short tag.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    Null,
    Bool(bool),
    Int(Number),
    Float(f64),
    /// A date: kept as the string that was written.
    Timestamp,
    Merge,
    Str,
}

impl Resolved {
    pub fn tag(&self) -> &'static str {
        match self {
            Resolved::Null => "!!null",
            Resolved::Bool(_) => "!!bool",
            Resolved::Int(_) => "!!int",
            Resolved::Float(_) => "!!float",
            Resolved::Timestamp => "!!timestamp",
            Resolved::Merge => "!!merge",
            Resolved::Str => "!!str",
        }
    }

    /// The JSON value; `None` for NaN and the infinities, which JSON has not.
    pub fn value(&self, text: &str) -> Option<Value> {
        Some(match self {
            Resolved::Null => Value::Null,
            Resolved::Bool(b) => Value::Bool(*b),
            Resolved::Int(n) => Value::Number(n.clone()),
            Resolved::Float(f) => Value::Number(whole(*f).or_else(|| Number::from_f64(*f))?),
            Resolved::Timestamp | Resolved::Merge | Resolved::Str => Value::String(text.to_string()),
        })
    }
}

/// JSON has one kind of number: 1.0 is written as 1 and is an integer again when it is read.
fn whole(f: f64) -> Option<Number> {
    (f.fract() == 0.0 && f.abs() < 9_007_199_254_740_992.0).then(|| Number::from(f as i64))
}

/// Resolves a plain scalar without a tag.
pub fn resolve(text: &str) -> Resolved {
    let Some(first) = text.bytes().next() else { return Resolved::Null };
    if let Some(found) = word(text) {
        return found;
    }
    match first {
        b'.' => go_float(text).map_or(Resolved::Str, Resolved::Float),
        b'+' | b'-' | b'0'..=b'9' => number(text),
        _ => Resolved::Str,
    }
}

/// Whether the encoder may write the text without quotes.
pub fn is_string(text: &str) -> bool {
    resolve(text) == Resolved::Str
}

/// `12:30:45` was a number in YAML 1.1; go-yaml does not read it as one but still quotes it.
pub fn is_base60(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = body.split(':');
    let Some(head) = parts.next() else { return false };
    if !head.starts_with(|c: char| c.is_ascii_digit()) || !head.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        return false;
    }
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else { return false };
    let sixty = |s: &str| match s.as_bytes() {
        [d] => d.is_ascii_digit(),
        [t, d] => (b'0'..=b'5').contains(t) && d.is_ascii_digit(),
        _ => false,
    };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    middle.iter().all(|s| sixty(s)) && sixty(last) && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

fn word(text: &str) -> Option<Resolved> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Resolved::Bool(false),
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        "<<" => Resolved::Merge,
        _ => return None,
    })
}

fn number(text: &str) -> Resolved {
    if is_timestamp(text) {
        return Resolved::Timestamp;
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    if let Some(n) = integer(&plain) {
        return Resolved::Int(n);
    }
    if is_float(&plain)
        && let Some(f) = plain.parse::<f64>().ok().filter(|f| f.is_finite())
    {
        return Resolved::Float(f);
    }
    Resolved::Str
}

/// Go's strconv.ParseInt with base 0: 0x, 0o, 0b, and a leading 0 for octal.
fn integer(text: &str) -> Option<Number> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = body.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let size = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(size).map(Number::from);
    }
    // ParseUint, the second try, takes no sign
    if i64::try_from(size).is_err() && text.starts_with('+') {
        return None;
    }
    Some(Number::from(size))
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_float(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    exponent_fits && mantissa_fits
}

/// strconv.ParseFloat for a text that begins with a point.
fn go_float(text: &str) -> Option<f64> {
    let plain = text.strip_prefix('.')?;
    if !plain.starts_with(|c: char| c.is_ascii_digit()) || !is_float(text) {
        return None;
    }
    text.parse::<f64>().ok().filter(|f| f.is_finite())
}

/// The four formats that go-yaml takes for a time: `2006-1-2`, with `T15:4:5Z07:00`, or with ` 15:4:5`.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let mut at = Cursor { bytes, at: 5 };
    let year: u32 = text[..4].parse().unwrap_or(0);
    let Some(month) = at.two(1, 12) else { return false };
    if !at.eat(b'-') {
        return false;
    }
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if at.two(1, days).is_none() {
        return false;
    }
    if at.done() {
        return true;
    }
    let zoned = at.eat(b'T') || at.eat(b't');
    if !zoned && !at.eat(b' ') {
        return false;
    }
    at.clock() && (if zoned { at.zone() } else { true }) && at.done()
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn done(&self) -> bool {
        self.at == self.bytes.len()
    }

    fn eat(&mut self, b: u8) -> bool {
        let hit = self.bytes.get(self.at) == Some(&b);
        self.at += usize::from(hit);
        hit
    }

    fn digit(&mut self) -> Option<u32> {
        let b = self.bytes.get(self.at).filter(|b| b.is_ascii_digit())?;
        self.at += 1;
        Some(u32::from(b - b'0'))
    }

    /// One or two digits with a value in the range.
    fn two(&mut self, low: u32, high: u32) -> Option<u32> {
        let mut n = self.digit()?;
        if let Some(d) = self.digit() {
            n = n * 10 + d;
        }
        (low..=high).contains(&n).then_some(n)
    }

    fn clock(&mut self) -> bool {
        if self.two(0, 23).is_none() || !self.eat(b':') || self.two(0, 59).is_none() {
            return false;
        }
        if !self.eat(b':') || self.two(0, 59).is_none() {
            return false;
        }
        if self.eat(b'.') {
            if self.digit().is_none() {
                return false;
            }
            while self.digit().is_some() {}
        }
        true
    }

    fn zone(&mut self) -> bool {
        if self.eat(b'Z') {
            return true;
        }
        (self.eat(b'+') || self.eat(b'-')) && self.two(0, 24).is_some() && self.eat(b':') && self.two(0, 60).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_mean_what_yaml_1_1_says() {
        for (text, want) in [
            ("yes", json!(true)),
            ("off", json!(false)),
            ("~", json!(null)),
            ("", json!(null)),
            ("0644", json!(420)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("1_000", json!(1000)),
            ("-5", json!(-5)),
            ("+5", json!(5)),
            ("1.5", json!(1.5)),
            ("1.0", json!(1)),
            ("1e3", json!(1000)),
            (".5", json!(0.5)),
            ("12:30", json!("12:30")),
            ("2024-01-02", json!("2024-01-02")),
            ("09", json!(9)),
            ("1.2.3", json!("1.2.3")),
            ("500m", json!("500m")),
            ("18446744073709551615", json!(18446744073709551615u64)),
            ("-", json!("-")),
            ("yEs", json!("yEs")),
            ("1.", json!(1)),
        ] {
            assert_eq!(resolve(text).value(text), Some(want), "for {text:?}");
        }
    }
}
