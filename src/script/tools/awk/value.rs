//! Values of awk: texts and decimal numbers with nine places.

use std::cmp::Ordering;

/// One, as numbers are kept.
pub const ONE: i128 = 1_000_000_000;

#[derive(Clone, Debug)]
pub enum Value {
    Number(i128),
    Text(String),
    /// From the input: compares as a number if it looks like one.
    Input(String),
    Unset,
}

impl Value {
    pub fn int(n: i64) -> Value {
        Value::Number(i128::from(n) * ONE)
    }

    pub fn number(&self) -> i128 {
        match self {
            Value::Number(n) => *n,
            Value::Text(t) | Value::Input(t) => leading(t).0,
            Value::Unset => 0,
        }
    }

    pub fn text(&self) -> String {
        match self {
            Value::Number(n) => show(*n),
            Value::Text(t) | Value::Input(t) => t.clone(),
            Value::Unset => String::new(),
        }
    }

    pub fn truth(&self) -> bool {
        match self {
            Value::Number(n) => *n != 0,
            Value::Text(t) => !t.is_empty(),
            Value::Input(t) => {
                if looks(t) {
                    leading(t).0 != 0
                } else {
                    !t.is_empty()
                }
            }
            Value::Unset => false,
        }
    }

    fn numeric(&self) -> bool {
        match self {
            Value::Number(_) | Value::Unset => true,
            Value::Input(t) => looks(t),
            Value::Text(_) => false,
        }
    }

    pub fn compare(&self, other: &Value) -> Ordering {
        match self.numeric() && other.numeric() {
            true => self.number().cmp(&other.number()),
            false => self.text().cmp(&other.text()),
        }
    }
}

fn looks(text: &str) -> bool {
    let trimmed = text.trim();
    !trimmed.is_empty() && leading(trimmed).1 == trimmed.len()
}

/// The number a text begins with, and how long it is.
fn leading(text: &str) -> (i128, usize) {
    let skipped = text.len() - text.trim_start().len();
    let body = &text[skipped..];
    let (sign, digits) = match body.as_bytes().first() {
        Some(b'-') => (-1, &body[1..]),
        Some(b'+') => (1, &body[1..]),
        _ => (1, body),
    };
    let whole_len = digits.bytes().take_while(u8::is_ascii_digit).count().min(24);
    let mut value = digits[..whole_len].parse::<i128>().unwrap_or(0).saturating_mul(ONE);
    let mut len = whole_len;
    if digits[len..].starts_with('.') {
        let part = digits[len + 1..].bytes().take_while(u8::is_ascii_digit).count();
        if whole_len + part > 0 {
            let nine = format!("{:0<9}", &digits[len + 1..len + 1 + part.min(9)]);
            value += nine.parse::<i128>().unwrap_or(0);
            len += 1 + part;
        }
    }
    if len == 0 {
        return (0, 0);
    }
    (sign * value, skipped + body.len() - digits.len() + len)
}

/// Integers whole, others with six significant digits (`%.6g`).
pub fn show(n: i128) -> String {
    if n % ONE == 0 {
        return (n / ONE).to_string();
    }
    let whole = (n / ONE).unsigned_abs();
    let used = if whole == 0 { 0 } else { whole.to_string().len() };
    let leading_zeros = if whole == 0 { 9usize.saturating_sub((n % ONE).unsigned_abs().to_string().len()) } else { 0 };
    let places = (6usize.saturating_sub(used) + leading_zeros).min(9);
    let text = fixed(n, places);
    if places == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// With so many places, rounded.
pub fn fixed(n: i128, places: usize) -> String {
    let places = places.min(9);
    let unit = 10i128.pow(9 - places as u32);
    let half = unit / 2;
    let rounded = (n.abs() + half) / unit;
    let sign = if n < 0 && rounded != 0 { "-" } else { "" };
    let text = format!("{rounded:0>width$}", width = places + 1);
    let (whole, part) = text.split_at(text.len() - places);
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

pub fn multiply(a: i128, b: i128) -> i128 {
    a.checked_mul(b).map_or_else(|| (a / ONE).saturating_mul(b), |p| p / ONE)
}

/// None by zero.
pub fn divide(a: i128, b: i128) -> Option<i128> {
    a.checked_mul(ONE).unwrap_or(i128::MAX).checked_div(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_and_show_as_awk_does() {
        assert_eq!(show(Value::Text("3.50x".into()).number()), "3.5");
        assert_eq!(show(divide(ONE, 3 * ONE).expect("fine")), "0.333333");
        assert_eq!(show(divide(200_000 * ONE, 3 * ONE).expect("fine")), "66666.7");
        assert_eq!(fixed(Value::Text("-2.005".into()).number(), 2), "-2.01");
        assert!(!Value::Input("0".into()).truth() && Value::Text("0".into()).truth());
    }
}
