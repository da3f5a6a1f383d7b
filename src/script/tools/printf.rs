//! printf: arguments by a format; the format is used again while arguments are left.
//!
//! Left out: `%n$`, `%*d` with a width from the arguments.

use crate::script::escape::unescape;
use crate::script::run::complain;
use crate::script::sys::Sys;

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> i32 {
    let mut args = &argv[1..];
    if args.first().is_some_and(|a| a == "--") {
        args = &args[1..];
    }
    let mut variable = None;
    if args.first().is_some_and(|a| a == "-v") && args.len() >= 2 {
        variable = Some(args[1].clone());
        args = &args[2..];
    }
    let Some(format) = args.first() else {
        sys.err("printf: usage: printf [-v var] format [arguments]\n");
        return 2;
    };
    let mut work = Work { out: String::new(), code: 0, stop: false };
    let mut rest = &args[1..];
    loop {
        let before = rest.len();
        rest = once(format, rest, &mut work, sys);
        if rest.is_empty() || rest.len() == before || work.stop || work.out.len() > 1 << 20 {
            break;
        }
    }
    match variable {
        Some(name) => {
            sys.shell.set(&name, &work.out);
        }
        None => sys.out(&work.out),
    }
    work.code
}

struct Work {
    out: String,
    code: i32,
    stop: bool,
}

fn once<'a>(format: &str, mut args: &'a [String], work: &mut Work, sys: &mut Sys<'_>) -> &'a [String] {
    let chars: Vec<char> = format.chars().collect();
    let mut at = 0;
    while at < chars.len() && !work.stop {
        let c = chars[at];
        at += 1;
        if c == '\\' {
            let len = escape_length(&chars[at..]);
            let piece: String = std::iter::once('\\').chain(chars[at..at + len].iter().copied()).collect();
            work.out.push_str(&unescape(&piece, false).0);
            at += len;
            continue;
        }
        if c != '%' {
            work.out.push(c);
            continue;
        }
        let from = at;
        while at < chars.len() && "-+ #0123456789.*".contains(chars[at]) {
            at += 1;
        }
        let flags: String = chars[from..at].iter().collect();
        let Some(kind) = chars.get(at).copied() else {
            work.out.push('%');
            work.out.push_str(&flags);
            break;
        };
        at += 1;
        if kind == '%' {
            work.out.push('%');
            continue;
        }
        let arg = args.first().cloned();
        args = args.get(1..).unwrap_or(&[]);
        let piece = convert(kind, &flags, arg, work, sys);
        work.out.push_str(&piece);
    }
    args
}

fn escape_length(rest: &[char]) -> usize {
    match rest.first() {
        None => 0,
        Some('x') => 1 + rest[1..].iter().take(2).take_while(|c| c.is_ascii_hexdigit()).count(),
        Some('u') => 1 + rest[1..].iter().take(4).take_while(|c| c.is_ascii_hexdigit()).count(),
        Some('0'..='7') => rest.iter().take(3).take_while(|c| ('0'..='7').contains(*c)).count(),
        Some(_) => 1,
    }
}

fn integer(text: &str, work: &mut Work, sys: &mut Sys<'_>) -> i64 {
    let trimmed = text.trim();
    if let Some(c) = trimmed.strip_prefix(['\'', '"']) {
        return c.chars().next().map_or(0, |c| i64::from(c as u32));
    }
    let parsed = match trimmed.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None if trimmed.len() > 1 && trimmed.starts_with('0') => i64::from_str_radix(trimmed, 8).ok(),
        None => trimmed.parse().ok(),
    };
    parsed.unwrap_or_else(|| {
        if !trimmed.is_empty() || !text.is_empty() {
            complain(sys, &format!("printf: {text}: invalid number"));
            work.code = 1;
        }
        let digits: String = trimmed
            .char_indices()
            .take_while(|(i, c)| c.is_ascii_digit() || (*i == 0 && *c == '-'))
            .map(|(_, c)| c)
            .collect();
        digits.parse().unwrap_or(0)
    })
}

fn convert(kind: char, flags: &str, arg: Option<String>, work: &mut Work, sys: &mut Sys<'_>) -> String {
    let text = arg.unwrap_or_default();
    let left = flags.contains('-');
    let body = flags.trim_start_matches(['-', '+', ' ', '#', '0']);
    let zero = flags.trim_start_matches(['-', '+', ' ', '#']).starts_with('0') && !left;
    let (width, precision) =
        body.split_once('.').map_or((body, None), |(w, p)| (w, Some(p.parse::<usize>().unwrap_or(0))));
    let width = width.parse::<usize>().unwrap_or(0).min(10_000);
    let signed = |n: i64| if flags.contains('+') && n >= 0 { format!("+{n}") } else { n.to_string() };
    let value = match kind {
        's' => precision.map_or(text.clone(), |p| text.chars().take(p).collect()),
        'b' => {
            let (done, stop) = unescape(&text, true);
            work.stop |= stop;
            done
        }
        'q' => {
            let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./:-@,+=%".contains(c));
            if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
        }
        'c' => text.chars().next().map(String::from).unwrap_or_default(),
        'd' | 'i' => signed(integer(&text, work, sys)),
        'u' => integer(&text, work, sys).to_string(),
        'x' => format!("{:x}", integer(&text, work, sys)),
        'X' => format!("{:X}", integer(&text, work, sys)),
        'o' => format!("{:o}", integer(&text, work, sys)),
        'f' | 'F' | 'e' | 'g' => decimal(&text, precision, kind),
        other => {
            complain(sys, &format!("printf: `{other}': invalid format character"));
            work.code = 1;
            work.stop = true;
            return String::new();
        }
    };
    pad(&value, width, left, zero && !matches!(kind, 's' | 'b' | 'c' | 'q'))
}

/// A fixed-point number, rounded, without floating point below the scene: at most 15 digits.
fn decimal(text: &str, precision: Option<usize>, kind: char) -> String {
    let trimmed = text.trim();
    let (sign, digits) = trimmed.strip_prefix('-').map_or(("", trimmed), |d| ("-", d));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let places = precision.unwrap_or(if kind == 'g' { part.len() } else { 6 }).min(15);
    let mut all: Vec<u8> = whole.bytes().chain(part.bytes().chain(std::iter::repeat(b'0')).take(places + 1)).collect();
    if !all.iter().all(u8::is_ascii_digit) {
        all = vec![b'0'; places + 2];
    }
    let up = all.pop().is_some_and(|d| d >= b'5');
    let number: u128 = String::from_utf8_lossy(&all).parse().unwrap_or(0);
    let number = number + u128::from(up);
    let text = format!("{number:0>width$}", width = places + 1);
    let (whole, part) = text.split_at(text.len() - places);
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

fn pad(value: &str, width: usize, left: bool, zero: bool) -> String {
    let len = value.chars().count();
    if len >= width {
        return value.to_owned();
    }
    let fill = width - len;
    match (left, zero) {
        (true, _) => format!("{value}{}", " ".repeat(fill)),
        (false, true) => {
            let (sign, digits) = value.strip_prefix('-').map_or(("", value), |d| ("-", d));
            format!("{sign}{}{digits}", "0".repeat(fill))
        }
        (false, false) => format!("{}{value}", " ".repeat(fill)),
    }
}
