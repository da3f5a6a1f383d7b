//! Amounts of resources: `500m`, `1Gi`, `1e3`.
//!
//! Models: k8s.io/apimachinery/pkg/api/resource quantity.go, suffix.go, amount.go.
//! Left out: amounts beyond 10^28 (they are capped there).

use std::cmp::Ordering;
use std::fmt;

/// The unit everything is kept in: a billionth.
const NANO: i128 = 1_000_000_000;
/// Far beyond anything a cluster has, far below the end of i128.
const CAP: i128 = 10_i128.pow(28) * NANO;
/// Largest amount in a binary format.
const BINARY_CAP: i128 = i64::MAX as i128 * NANO;

/// How an amount was written, and so how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Format {
    /// `1e3`
    DecimalExponent,
    /// `1Gi`
    BinarySi,
    /// `500m`, `1G`
    #[default]
    DecimalSi,
}

/// An amount in billionths, with the format it is printed in.
#[derive(Clone, Debug, Default)]
pub struct Quantity {
    nano: i128,
    format: Format,
    /// The text it was read from, when it is printed as it was written.
    text: Option<String>,
}

/// Why a text is no quantity, in the API server's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityError {
    Format,
    Numeric,
    Suffix,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QuantityError::Format => {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            QuantityError::Numeric => "unable to parse numeric part of quantity",
            QuantityError::Suffix => "unable to parse quantity's suffix",
        })
    }
}

impl std::error::Error for QuantityError {}

impl Quantity {
    pub const ZERO: Quantity = Quantity { nano: 0, format: Format::DecimalSi, text: None };

    /// Reads a quantity as the API server does.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Format);
        }
        let parts = Parts::of(text)?;
        let (scale, format) = suffix(parts.suffix).ok_or(QuantityError::Suffix)?;
        let digits = parts.digits()?;
        let point = parts.denom.len() as i32;
        let size = match scale {
            Scale::Ten(exponent) => times_ten(digits, exponent.saturating_add(9 - point)),
            Scale::Two(exponent) => {
                let shifted = digits.checked_mul(1 << exponent).unwrap_or(i128::MAX);
                times_ten(shifted, 9 - point).min(BINARY_CAP)
            }
        };
        let format = if format == Format::BinarySi && size > 0 && size < NANO { Format::DecimalSi } else { format };
        let nano = if parts.negative { -size } else { size };
        let text = parts.as_written(scale).then(|| text.to_string());
        Ok(Quantity { nano, format, text })
    }

    /// Whole units, written as decimal or binary.
    pub fn from_units(units: i64, format: Format) -> Quantity {
        Quantity { nano: i128::from(units) * NANO, format, text: None }
    }

    /// Thousandths, as in `500m` of cpu.
    pub fn from_milli(milli: i64) -> Quantity {
        Quantity { nano: i128::from(milli) * (NANO / 1000), format: Format::DecimalSi, text: None }
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn is_zero(&self) -> bool {
        self.nano == 0
    }

    /// Whole units, rounded away from zero: `500m` is 1.
    pub fn value(&self) -> i64 {
        away(self.nano, NANO)
    }

    /// Thousandths, rounded away from zero.
    pub fn milli(&self) -> i64 {
        away(self.nano, NANO / 1000)
    }

    /// Adds; a zero takes the other's format.
    pub fn add(&mut self, other: &Quantity) {
        if self.nano == 0 && other.nano != 0 {
            self.format = other.format;
        }
        self.nano = (self.nano + other.nano).clamp(-CAP, CAP);
        self.text = None;
    }

    /// Subtracts; a zero takes the other's format.
    pub fn sub(&mut self, other: &Quantity) {
        if self.nano == 0 && other.nano != 0 {
            self.format = other.format;
        }
        self.nano = (self.nano - other.nano).clamp(-CAP, CAP);
        self.text = None;
    }

    fn decimal(&self, format: Format) -> String {
        let (mut mantissa, mut exponent) = (self.nano, -9);
        while mantissa % 1000 == 0 && mantissa != 0 && (exponent < 18 || format == Format::DecimalExponent) {
            mantissa /= 1000;
            exponent += 3;
        }
        if format == Format::DecimalExponent {
            return if exponent == 0 { mantissa.to_string() } else { format!("{mantissa}e{exponent}") };
        }
        let suffix = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][((exponent + 9) / 3) as usize];
        format!("{mantissa}{suffix}")
    }

    fn binary(&self) -> String {
        let mut units = self.nano / NANO;
        let mut step = 0;
        while units % 1024 == 0 && units != 0 && step < 6 {
            units /= 1024;
            step += 1;
        }
        format!("{units}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][step])
    }
}

impl fmt::Display for Quantity {
    /// The canonical form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = &self.text {
            return f.write_str(text);
        }
        if self.nano == 0 {
            return f.write_str("0");
        }
        let small = self.nano.abs() < 1024 * NANO;
        let text = match self.format {
            Format::BinarySi if small || self.nano % NANO != 0 => self.decimal(Format::DecimalSi),
            Format::BinarySi => self.binary(),
            format => self.decimal(format),
        };
        f.write_str(&text)
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nano.cmp(&other.nano)
    }
}

/// The canonical form of a text, or the text itself if it is no quantity.
pub fn canonical(text: &str) -> String {
    Quantity::parse(text.trim()).map_or_else(|_| text.to_string(), |q| q.to_string())
}

#[derive(Clone, Copy)]
enum Scale {
    Ten(i32),
    Two(u32),
}

struct Parts<'a> {
    negative: bool,
    num: &'a str,
    denom: &'a str,
    suffix: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Result<Parts<'a>, QuantityError> {
        let negative = text.starts_with('-');
        let body = text.strip_prefix(['+', '-']).unwrap_or(text).trim_start_matches('0');
        let not_digit = |c: char| !c.is_ascii_digit();
        let (num, rest) = body.split_at(body.find(not_digit).unwrap_or(body.len()));
        let (denom, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(rest.find(not_digit).unwrap_or(rest.len())),
            None => ("", rest),
        };
        let letters = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
        let tail = letters.strip_prefix(['+', '-']).unwrap_or(letters);
        if tail.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Parts { negative, num, denom, suffix })
        } else {
            Err(QuantityError::Format)
        }
    }

    fn digits(&self) -> Result<i128, QuantityError> {
        let text = format!("0{}{}", self.num, self.denom);
        // more digits than fit: the amount is capped anyway
        Ok(text.parse::<i128>().unwrap_or(i128::MAX))
    }

    /// The API server keeps some texts as they were written, canonical or not (`1.500` stays).
    fn as_written(&self, scale: Scale) -> bool {
        if self.num.is_empty() && self.denom.is_empty() {
            return false;
        }
        let num = if self.num.is_empty() { "0" } else { self.num };
        let shifted = format!("{num}{}", self.denom);
        let Ok(value) = shifted.parse::<i64>() else { return false };
        match scale {
            Scale::Ten(exponent) => {
                let scale = exponent - self.denom.len() as i32;
                let short = shifted.len() <= 18 && scale >= -9;
                short && scale % 3 == 0 && !shifted.ends_with("000") && !shifted.starts_with('0')
            }
            Scale::Two(exponent) => {
                let room = 15 - num.len() as i32 - (exponent * 3 / 10) as i32 - 1;
                self.denom.is_empty() && room >= 0 && exponent % 10 == 0 && value & 7 != 0
            }
        }
    }
}

fn suffix(text: &str) -> Option<(Scale, Format)> {
    let decimal = |exponent| Some((Scale::Ten(exponent), Format::DecimalSi));
    let binary = |exponent| Some((Scale::Two(exponent), Format::BinarySi));
    match text {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => {
            let exponent = text.strip_prefix(['e', 'E'])?.parse::<i64>().ok()?;
            Some((Scale::Ten(exponent.clamp(-10_000, 10_000) as i32), Format::DecimalExponent))
        }
    }
}

/// `digits * 10^exponent`, rounded up to a whole number and capped.
fn times_ten(digits: i128, exponent: i32) -> i128 {
    if digits == 0 {
        return 0;
    }
    if exponent >= 0 {
        let power = 10_i128.checked_pow(exponent.unsigned_abs()).unwrap_or(i128::MAX);
        return digits.checked_mul(power).unwrap_or(CAP).min(CAP);
    }
    match 10_i128.checked_pow(exponent.unsigned_abs()) {
        Some(power) => (digits / power + i128::from(digits % power != 0)).min(CAP),
        None => 1,
    }
}

fn away(nano: i128, unit: i128) -> i64 {
    let rest = nano % unit;
    let whole = nano / unit + rest.signum();
    i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_take_their_canonical_form() {
        for (text, want) in [
            ("1", "1"),
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("1024Mi", "1Gi"),
            ("1536Mi", "1536Mi"),
            ("1.5Gi", "1536Mi"),
            ("1000", "1k"),
            ("2048", "2048"),
            ("1e3", "1e3"),
            ("1000e3", "1e6"),
            ("0", "0"),
            ("00", "0"),
            ("100Ki", "100Ki"),
            ("0.5Gi", "512Mi"),
            ("0.5Ki", "512"),
            ("128974848", "128974848"),
            ("129e6", "129e6"),
            ("1.500", "1.500"),
            ("0.1", "100m"),
            ("0.0001", "100u"),
            ("-1", "-1"),
            ("+5", "+5"),
            ("5G", "5G"),
            ("1.5G", "1500M"),
            ("0.25", "250m"),
            ("3Ti", "3Ti"),
            ("1E", "1E"),
            ("0.0000000001", "1n"),
            ("110", "110"),
            ("10e2", "1e3"),
            ("8Gi", "8Gi"),
            ("16Ki", "16Ki"),
        ] {
            assert_eq!(Quantity::parse(text).map(|q| q.to_string()).as_deref(), Ok(want), "for {text}");
        }
    }

    #[test]
    fn wrong_texts_are_refused_in_the_servers_words() {
        assert_eq!(Quantity::parse("1Gb"), Err(QuantityError::Format));
        assert_eq!(Quantity::parse(""), Err(QuantityError::Format));
        assert_eq!(Quantity::parse("1mm"), Err(QuantityError::Suffix));
        assert_eq!(Quantity::parse("1 Gi"), Err(QuantityError::Format));
        assert_eq!(Quantity::parse("1K"), Err(QuantityError::Suffix));
    }

    #[test]
    fn amounts_compare_add_and_round() {
        let read = |s: &str| Quantity::parse(s).unwrap();
        assert!(read("1Gi") > read("1G"));
        assert_eq!(read("1"), read("1000m"));
        let mut sum = Quantity::ZERO;
        sum.add(&read("64Mi"));
        sum.add(&read("64Mi"));
        assert_eq!(sum.to_string(), "128Mi");
        assert_eq!((read("100m").value(), read("1500m").milli()), (1, 1500));
        sum.sub(&read("128Mi"));
        assert!(sum.is_zero());
    }
}
