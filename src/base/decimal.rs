//! A JSON number as it is written: exact digits, no floating point.
//!
//! Models: what Go's `float64` and `int64` say of numbers that people write.
//! Left out: numbers beyond 10^30 or finer than 10^-18 (they are cut).

use serde_json::Number;
use std::cmp::Ordering;
use std::fmt;

/// `digits` × 10^-`scale`, `scale` at most [`FINEST`].
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

const FINEST: u32 = 18;
const LARGEST: i128 = 10i128.pow(30);

impl Decimal {
    pub fn of(number: &Number) -> Decimal {
        Self::parse(&number.to_string()).unwrap_or(Decimal { digits: 0, scale: 0 })
    }

    pub fn int(value: i64) -> Decimal {
        Decimal { digits: i128::from(value), scale: 0 }
    }

    /// `-1.5`, `2e3`; `None` when it is no number.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.trim_start_matches('+').parse().ok()?;
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let part = &part[..part.len().min(FINEST as usize)];
        if !part.bytes().all(|c| c.is_ascii_digit())
            || (whole.trim_start_matches(['-', '+']).is_empty() && part.is_empty())
        {
            return None;
        }
        let digits: i128 = format!("{whole}{part}").parse().ok()?;
        Some(Self::shifted(digits, part.len() as i32 - exponent))
    }

    fn shifted(mut digits: i128, mut scale: i32) -> Decimal {
        while scale > FINEST as i32 {
            digits /= 10;
            scale -= 1;
        }
        while scale < 0 && digits.abs() < LARGEST {
            digits *= 10;
            scale += 1;
        }
        let mut scale = scale.max(0) as u32;
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        Decimal { digits: digits.clamp(-LARGEST, LARGEST), scale }
    }

    pub fn is_integer(self) -> bool {
        self.scale == 0
    }

    /// Without what stands behind the point.
    pub fn truncated(self) -> i64 {
        let whole = self.digits / 10i128.pow(self.scale);
        whole.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    fn at(self, scale: u32) -> i128 {
        self.digits.saturating_mul(10i128.pow(scale - self.scale))
    }

    fn pair(self, other: Decimal) -> (i128, i128, u32) {
        let scale = self.scale.max(other.scale);
        (self.at(scale), other.at(scale), scale)
    }

    pub fn plus(self, other: Decimal) -> Decimal {
        let (a, b, scale) = self.pair(other);
        Self::shifted(a.saturating_add(b), scale as i32)
    }

    pub fn minus(self, other: Decimal) -> Decimal {
        let (a, b, scale) = self.pair(other);
        Self::shifted(a.saturating_sub(b), scale as i32)
    }

    pub fn times(self, other: Decimal) -> Decimal {
        Self::shifted(self.digits.saturating_mul(other.digits), (self.scale + other.scale) as i32)
    }

    /// `None` when `other` is 0; rounded to 12 digits behind the point.
    pub fn over(self, other: Decimal) -> Option<Decimal> {
        let (a, b, _) = self.pair(other);
        (b != 0).then(|| Self::shifted(a.saturating_mul(10i128.pow(12)) / b, 12))
    }

    pub fn is_multiple_of(self, other: Decimal) -> bool {
        let (a, b, _) = self.pair(other);
        b != 0 && a % b == 0
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b, _) = self.pair(*other);
        a.cmp(&b)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(f, "{}", self.digits);
        }
        let unit = 10i128.pow(self.scale);
        let sign = if self.digits < 0 { "-" } else { "" };
        let (whole, part) = (self.digits.abs() / unit, self.digits.abs() % unit);
        write!(f, "{sign}{whole}.{part:0width$}", width = self.scale as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_their_value() {
        let of = |text: &str| Decimal::parse(text).expect("a number");
        assert_eq!(of("1.50"), of("1.5"));
        assert_eq!(of("2e3"), of("2000"));
        assert!(of("-0.5") < of("0"));
        assert!(of("0.3").is_multiple_of(of("0.1")));
        assert_eq!(of("-0.05").to_string(), "-0.05");
        assert_eq!(of("1").over(of("4")).map(|d| d.to_string()).as_deref(), Some("0.25"));
        assert!(Decimal::parse("x").is_none());
    }
}
