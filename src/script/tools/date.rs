//! date: the time of the cluster's clock, in UTC. `+FORMAT`, -u, -d '@N' / 'N minutes ago' / a time stamp, -I, -R.

use jiff::{Timestamp, ToSpan};

use crate::script::host::Launch;
use crate::script::shell::Dialect;
use crate::script::sys::Sys;

use super::args::fail;

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut when = sys.now.timestamp_exact();
    let mut format: Option<String> = None;
    let mut at = 1;
    while let Some(arg) = argv.get(at) {
        at += 1;
        match arg.as_str() {
            "-u" | "--utc" | "--universal" => {}
            "-R" | "--rfc-email" => format = Some("%a, %d %b %Y %H:%M:%S +0000".into()),
            "-d" | "--date" => {
                let text = argv.get(at).cloned().unwrap_or_default();
                at += 1;
                match parse(&text, when) {
                    Some(time) => when = time,
                    None => return Launch::Done(fail(sys, 1, &format!("date: invalid date '{text}'"))),
                }
            }
            a if a.starts_with("--date=") => match parse(&a[7..], when) {
                Some(time) => when = time,
                None => return Launch::Done(fail(sys, 1, &format!("date: invalid date '{}'", &a[7..]))),
            },
            "-Iseconds" | "--iso-8601=seconds" => format = Some("%Y-%m-%dT%H:%M:%S+00:00".into()),
            "-I" | "--iso-8601" => format = Some("%Y-%m-%d".into()),
            a if a.starts_with('+') => format = Some(a[1..].to_owned()),
            a => {
                let text = match a.starts_with('-') {
                    true => format!(
                        "date: invalid option -- '{}'\nTry 'date --help' for more information.",
                        a.trim_start_matches('-')
                    ),
                    false => format!("date: invalid date '{a}'"),
                };
                return Launch::Done(fail(sys, 1, &text));
            }
        }
    }
    let default = match sys.shell.dialect {
        Dialect::Ash => "%a %b %e %H:%M:%S UTC %Y",
        _ => "%a %b %e %H:%M:%S UTC %Y",
    };
    let text = show(when, format.as_deref().unwrap_or(default));
    sys.out(&format!("{text}\n"));
    Launch::Done(0)
}

fn show(when: Timestamp, format: &str) -> String {
    let zoned = when.to_zoned(jiff::tz::TimeZone::UTC);
    let millis = when.as_millisecond().rem_euclid(1000);
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut piece = String::from("%");
        while let Some(f) = chars.peek().copied().filter(|c| "-_0^3".contains(*c)) {
            piece.push(f);
            chars.next();
        }
        let Some(kind) = chars.next() else {
            out.push('%');
            break;
        };
        let text = match kind {
            '%' => "%".into(),
            'n' => "\n".into(),
            't' => "\t".into(),
            'N' if piece.contains('3') => format!("{millis:03}"),
            'N' => format!("{millis:03}000000"),
            's' => when.as_second().to_string(),
            'Z' => "UTC".into(),
            'z' => "+0000".into(),
            'c' => zoned.strftime("%a %b %e %H:%M:%S %Y").to_string(),
            'x' => zoned.strftime("%m/%d/%y").to_string(),
            'X' => zoned.strftime("%H:%M:%S").to_string(),
            'r' => zoned.strftime("%I:%M:%S %p").to_string(),
            'h' => zoned.strftime("%b").to_string(),
            'u' | 'w' | 'y' | 'Y' | 'm' | 'd' | 'e' | 'H' | 'I' | 'M' | 'S' | 'p' | 'P' | 'a' | 'A' | 'b' | 'B'
            | 'j' | 'F' | 'T' | 'D' | 'R' | 'k' | 'l' | 'C' | 'V' | 'U' | 'G' => {
                piece.push(kind);
                zoned.strftime(&piece).to_string()
            }
            other => format!("{piece}{other}"),
        };
        out.push_str(&text);
    }
    out
}

fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        return Timestamp::from_second(seconds.parse().ok()?).ok();
    }
    match text {
        "now" | "" | "today" => return Some(now),
        "yesterday" => return now.checked_sub(24.hours()).ok(),
        "tomorrow" => return now.checked_add(24.hours()).ok(),
        _ => {}
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(time) = format!("{}Z", text.replace(' ', "T")).parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(time) = format!("{text}T00:00:00Z").parse::<Timestamp>() {
        return Some(time);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let (n, rest) = words.split_first()?;
    let n: i64 = n.trim_start_matches('+').parse().ok()?;
    let unit = rest.first()?.trim_end_matches('s');
    let seconds = match unit {
        "sec" | "second" => 1,
        "min" | "minute" => 60,
        "hour" => 3600,
        "day" => 86_400,
        "week" => 604_800,
        _ => return None,
    };
    let n = if rest.get(1) == Some(&"ago") { -n } else { n };
    Timestamp::from_second(now.as_second().checked_add(n.checked_mul(seconds)?)?).ok()
}
