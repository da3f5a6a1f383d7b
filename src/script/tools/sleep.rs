//! sleep: waits. `infinity`, fractions and the units s, m, h, d.

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::shell::Dialect;
use crate::script::sys::Sys;
use crate::time::{Span, Time};

/// A length of time as `sleep`, `timeout` and `watch -n` take it, in milliseconds; None if it is wrong.
pub fn parse(text: &str) -> Option<Span> {
    if matches!(text, "infinity" | "inf") {
        return Some(Span(u64::MAX / 4));
    }
    let (number, unit) = match text.char_indices().last()? {
        (i, 's') => (&text[..i], 1000),
        (i, 'm') => (&text[..i], 60_000),
        (i, 'h') => (&text[..i], 3_600_000),
        (i, 'd') => (&text[..i], 86_400_000),
        _ => (text, 1000),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if number.is_empty()
        || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        || (whole.is_empty() && part.is_empty())
    {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut milli: u64 = 0;
    for (i, d) in part.bytes().take(3).enumerate() {
        milli += u64::from(d.wrapping_sub(b'0').min(9)) * [100, 10, 1][i];
    }
    Some(Span(whole.min(1 << 40) * unit + milli * unit / 1000))
}

#[derive(Clone)]
struct Sleep(Time);

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    if argv.len() < 2 {
        let text = match sys.shell.dialect {
            Dialect::Ash => "BusyBox v1.36.1 multi-call binary.\n\nUsage: sleep [N]...\n".to_owned(),
            _ => "sleep: missing operand\nTry 'sleep --help' for more information.\n".to_owned(),
        };
        sys.err(&text);
        return Launch::Done(1);
    }
    let mut total = 0;
    for arg in &argv[1..] {
        match parse(arg) {
            Some(span) => total += span.0,
            None => {
                let text = match sys.shell.dialect {
                    Dialect::Ash => format!("sleep: invalid number '{arg}'\n"),
                    _ => format!("sleep: invalid time interval '{arg}'\nTry 'sleep --help' for more information.\n"),
                };
                sys.err(&text);
                return Launch::Done(1);
            }
        }
    }
    Launch::Job(Box::new(Sleep(sys.now + Span(total))))
}

impl Job for Sleep {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if sys.now >= self.0 { Poll::Done(0) } else { Poll::Wait(Wake::at(self.0)) }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
