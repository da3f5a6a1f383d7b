//! Reads a schedule, with the words of the real parser for what does not fit.
//!
//! Models: `robfig/cron/v3/parser.go`.

use super::{Fields, STAR, Schedule, zone};
use crate::base::age;
use jiff::tz::TimeZone;

/// What a field may hold.
struct Bounds {
    min: u64,
    max: u64,
    names: &'static [&'static str],
}

const MINUTES: Bounds = Bounds { min: 0, max: 59, names: &[] };
const HOURS: Bounds = Bounds { min: 0, max: 23, names: &[] };
const DOM: Bounds = Bounds { min: 1, max: 31, names: &[] };
const MONTHS: Bounds = Bounds {
    min: 1,
    max: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const DOW: Bounds = Bounds { min: 0, max: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

/// Reads a schedule that means the clock of `zone`, if it does not name one itself (`TZ=...`).
///
/// # Errors
/// The parser's words.
pub fn parse(spec: &str, zone: TimeZone) -> Result<Schedule, String> {
    if spec.is_empty() {
        return Err("empty spec string".into());
    }
    let (spec, zone) = own_zone(spec, zone)?;
    if spec.starts_with('@') {
        return descriptor(spec, zone);
    }
    let fields: Vec<&str> = spec.split_whitespace().collect();
    let [minute, hour, dom, month, dow] = fields.as_slice() else {
        return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    };
    Ok(Schedule::Fields(Box::new(Fields {
        minute: field(minute, &MINUTES)?,
        hour: field(hour, &HOURS)?,
        dom: field(dom, &DOM)?,
        month: field(month, &MONTHS)?,
        dow: field(dow, &DOW)?,
        zone,
    })))
}

/// `TZ=Europe/Berlin 0 3 * * *`, which newer objects may not have.
fn own_zone(spec: &str, zone: TimeZone) -> Result<(&str, TimeZone), String> {
    let named = spec.strip_prefix("TZ=").or_else(|| spec.strip_prefix("CRON_TZ="));
    let Some((name, rest)) = named.and_then(|rest| rest.split_once(' ')) else { return Ok((spec, zone)) };
    match zone::find(name) {
        Some(zone) => Ok((rest.trim(), zone)),
        None => Err(format!("provided bad location {name}: unknown time zone {name}")),
    }
}

fn descriptor(spec: &str, zone: TimeZone) -> Result<Schedule, String> {
    let all = |bounds: &Bounds| bits(bounds.min, bounds.max, 1) | STAR;
    let (minute, hour, dom, month, dow) = (1, 1, 1 << 1, all(&MONTHS), all(&DOW));
    let fields = match spec {
        "@yearly" | "@annually" => Fields { minute, hour, dom, month: 1 << 1, dow, zone },
        "@monthly" => Fields { minute, hour, dom, month, dow, zone },
        "@weekly" => Fields { minute, hour, dom: all(&DOM), month, dow: 1, zone },
        "@daily" | "@midnight" => Fields { minute, hour, dom: all(&DOM), month, dow, zone },
        "@hourly" => Fields { minute, hour: all(&HOURS), dom: all(&DOM), month, dow, zone },
        _ => {
            let Some(span) = spec.strip_prefix("@every ") else {
                return Err(format!("unrecognized descriptor: {spec}"));
            };
            let nanoseconds = age::parse(span).map_err(|why| format!("failed to parse duration {spec}: {why}"))?;
            return Ok(Schedule::Every((nanoseconds / age::SECOND).max(1)));
        }
    };
    Ok(Schedule::Fields(Box::new(fields)))
}

/// A list of ranges.
fn field(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let ranges = text.split(',').filter(|range| !range.is_empty());
    ranges.map(|one| range(one, bounds)).try_fold(0, |all, one| Ok(all | one?))
}

/// `5`, `1-5`, `*/10`, `mon-fri`.
fn range(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let parts: Vec<&str> = text.split('/').collect();
    let ends: Vec<&str> = parts[0].split('-').collect();
    let mut star = 0;
    let (start, mut end);
    if matches!(ends[0], "*" | "?") {
        (start, end) = (bounds.min, bounds.max);
        star = STAR;
    } else {
        start = number_or_name(ends[0], bounds)?;
        end = match ends.as_slice() {
            [_] => start,
            [_, last] => number_or_name(last, bounds)?,
            _ => return Err(format!("too many hyphens: {text}")),
        };
    }
    let step = match parts.as_slice() {
        [_] => 1,
        [_, step] => {
            let step = number(step)?;
            if ends.len() == 1 {
                end = bounds.max;
            }
            if step > 1 {
                star = 0;
            }
            step
        }
        _ => return Err(format!("too many slashes: {text}")),
    };
    let (min, max) = (bounds.min, bounds.max);
    if start < min {
        return Err(format!("beginning of range ({start}) below minimum ({min}): {text}"));
    }
    if end > max {
        return Err(format!("end of range ({end}) above maximum ({max}): {text}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    Ok(bits(start, end, step) | star)
}

fn number_or_name(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let lower = text.to_lowercase();
    match bounds.names.iter().position(|name| *name == lower) {
        Some(at) => Ok(at as u64 + bounds.min),
        None => number(text),
    }
}

fn number(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let wrong = |why: &str| format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: {why}");
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return Err(wrong("invalid syntax"));
    }
    let number: i64 = text.trim_start_matches('+').parse().map_err(|_| wrong("value out of range"))?;
    u64::try_from(number).map_err(|_| format!("negative number ({number}) not allowed: {text}"))
}

/// Bounds are checked before: at most 60 bits.
fn bits(start: u64, end: u64, step: u64) -> u64 {
    (start..=end).step_by(step.min(64) as usize).fold(0, |bits, n| bits | 1 << n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_said_as_the_real_parser_says_it() {
        let words = |spec: &str| parse(spec, TimeZone::UTC).err().unwrap_or_default();
        assert_eq!(words("61 * * * *"), "end of range (61) above maximum (59): 61");
        assert_eq!(words("* * * *"), "expected exactly 5 fields, found 4: [* * * *]");
        assert_eq!(words("* * 0 * *"), "beginning of range (0) below minimum (1): 0");
        assert_eq!(words("5-1 * * * *"), "beginning of range (5) beyond end of range (1): 5-1");
        assert_eq!(words("*/0 * * * *"), "step of range should be a positive number: */0");
        assert_eq!(words("x * * * *"), "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax");
        assert_eq!(words("@soon"), "unrecognized descriptor: @soon");
        assert_eq!(words("@every x"), "failed to parse duration @every x: time: invalid duration \"x\"");
    }
}
