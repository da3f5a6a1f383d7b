//! Durations as people and Go write them: `3m2s`, `1h30m0s`.
//!
//! Models: k8s.io/apimachinery/pkg/util/duration and Go's time.Duration (String, ParseDuration).

/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;

/// An age in seconds as kubectl prints it: `12s`, `3m2s`, `5h10m`, `2d`.
pub fn human(seconds: u64) -> String {
    human_signed(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// As `human`; a time in the future is `<invalid>`.
pub fn human_signed(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let pair = |a: i64, x: &str, b: i64, y: &str| if b == 0 { format!("{a}{x}") } else { format!("{a}{x}{b}{y}") };
    match () {
        () if seconds < -1 => "<invalid>".to_string(),
        () if seconds < 0 => "0s".to_string(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => pair(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => pair(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 24 * 8 => pair(hours / 24, "d", hours % 24, "h"),
        () if hours < 24 * 365 * 2 => format!("{}d", hours / 24),
        () if hours < 24 * 365 * 8 => pair(hours / 24 / 365, "y", hours / 24 % 365, "d"),
        () => format!("{}y", hours / 24 / 365),
    }
}

/// The short form with one unit only.
pub fn short_human(seconds: i64) -> String {
    match seconds {
        i64::MIN..=-2 => "<invalid>".to_string(),
        -1 => "0s".to_string(),
        0..=59 => format!("{seconds}s"),
        60..=3599 => format!("{}m", seconds / 60),
        3600..=86_399 => format!("{}h", seconds / 3600),
        86_400..=31_535_999 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

/// Go's `Duration.String()` of milliseconds.
pub fn go_duration(millis: u64) -> String {
    go_string(i64::try_from(millis).unwrap_or(i64::MAX).saturating_mul(1_000_000))
}

/// Go's `Duration.String()` of nanoseconds: `1m30s`, `1.5s`, `200ms`, `0s`.
pub fn go_string(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let size = nanos.unsigned_abs();
    if size == 0 {
        return "0s".to_string();
    }
    if size < SECOND as u64 {
        let (unit, name) = match size {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "µs"),
            _ => (1_000_000, "ms"),
        };
        return format!("{sign}{}{name}", fraction(size, unit));
    }
    let (minutes, rest) = (size / (60 * SECOND as u64), size % (60 * SECOND as u64));
    let seconds = fraction(rest, SECOND as u64);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, m) => format!("{sign}{m}m{seconds}s"),
        (h, m) => format!("{sign}{h}h{m}m{seconds}s"),
    }
}

fn fraction(size: u64, unit: u64) -> String {
    let rest = size % unit;
    if rest == 0 {
        return (size / unit).to_string();
    }
    let width = unit.ilog10() as usize;
    format!("{}.{}", size / unit, format!("{rest:0width$}").trim_end_matches('0'))
}

/// Go's `time.ParseDuration`: nanoseconds, or Go's error text.
pub fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", super::text::go_quote(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let digits = |s: &str| s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
        let (whole, after) = rest.split_at(digits(rest));
        let (part, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(digits(after)),
            None => ("", after),
        };
        if whole.is_empty() && part.is_empty() {
            return Err(invalid());
        }
        let (unit, after) = after.split_at(after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len()));
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", super::text::go_quote(text)));
        }
        let scale = unit_nanos(unit).ok_or_else(|| {
            let quote = super::text::go_quote;
            format!("time: unknown unit {} in duration {}", quote(unit), quote(text))
        })?;
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        total = total.saturating_add(whole.saturating_mul(scale));
        let part = &part[..part.len().min(18)];
        if !part.is_empty() {
            let size: i128 = part.parse().map_err(|_| invalid())?;
            total = total.saturating_add(size * scale / 10_i128.pow(part.len() as u32));
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

fn unit_nanos(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rounded_as_kubectl_does() {
        for (seconds, want) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (182, "3m2s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (18_600, "5h10m"),
            (28_800, "8h"),
            (172_800, "2d"),
            (176_400, "2d1h"),
            (691_200, "8d"),
            (63_072_000, "2y"),
            (63_158_400, "2y1d"),
        ] {
            assert_eq!(human_signed(seconds), want);
        }
        assert_eq!((short_human(119), short_human(90_000)), ("1m".into(), "1d".into()));
    }

    #[test]
    fn go_durations_read_and_print() {
        for (text, nanos, printed) in [
            ("1h30m", 5400 * SECOND, "1h30m0s"),
            ("1.5s", 1_500_000_000, "1.5s"),
            ("200ms", 200_000_000, "200ms"),
            ("0", 0, "0s"),
            ("-5m", -300 * SECOND, "-5m0s"),
            ("1.5us", 1500, "1.5µs"),
            ("90s", 90 * SECOND, "1m30s"),
            (".5h", 1800 * SECOND, "30m0s"),
        ] {
            assert_eq!(parse(text), Ok(nanos));
            assert_eq!(go_string(nanos), printed);
        }
        assert_eq!(parse("x"), Err("time: invalid duration \"x\"".into()));
        assert_eq!(parse("5"), Err("time: missing unit in duration \"5\"".into()));
        assert_eq!(parse("5d"), Err("time: unknown unit \"d\" in duration \"5d\"".into()));
    }
}
