//! tr: characters for others. -d deletes, -s squeezes, -c takes all others.

use crate::script::escape::unescape;
use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::run::pattern::named;
use crate::script::sys::{Read, Sys};

use super::args::{Args, Item, fail};

#[derive(Clone, Default)]
struct Tr {
    from: Vec<char>,
    to: Vec<char>,
    delete: bool,
    squeeze: bool,
    complement: bool,
    last: Option<char>,
    rest: Vec<u8>,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv) {
        Ok(tr) => Launch::Job(Box::new(tr)),
        Err(text) => Launch::Done(fail(sys, 1, &text)),
    }
}

fn read(argv: &[String]) -> Result<Tr, String> {
    let mut tr = Tr::default();
    let mut sets = vec![];
    let mut args = Args::new(argv);
    while let Some(item) = args.next()? {
        match item {
            Item::Operand(set) => sets.push(set),
            Item::Short('d') => tr.delete = true,
            Item::Short('s') => tr.squeeze = true,
            Item::Short('c' | 'C') => tr.complement = true,
            Item::Short('t') => {}
            item => return Err(args.unknown(&item)),
        }
    }
    let Some(first) = sets.first() else { return Err(args.bad("missing operand")) };
    if sets.len() == 1 && !tr.delete && !tr.squeeze {
        let text = format!("missing operand after '{first}'\nTwo strings must be given when translating.");
        return Err(args.bad(&text));
    }
    tr.from = expand(first);
    tr.to = sets.get(1).map(|s| expand(s)).unwrap_or_default();
    Ok(tr)
}

fn expand(set: &str) -> Vec<char> {
    let (text, _) = unescape(&set.replace("\\\\", "\u{1}"), false);
    let chars: Vec<char> = text.chars().map(|c| if c == '\u{1}' { '\\' } else { c }).collect();
    let mut out = vec![];
    let mut at = 0;
    while at < chars.len() {
        if chars[at..].starts_with(&['[', ':']) {
            let name: String = chars[at + 2..].iter().take_while(|c| **c != ':').collect();
            let end = at + 2 + name.chars().count();
            if chars[end.min(chars.len())..].starts_with(&[':', ']']) {
                out.extend((0u8..128).map(char::from).filter(|c| named(&name, *c)));
                at = end + 2;
                continue;
            }
        }
        if at + 2 < chars.len() && chars[at + 1] == '-' && chars[at] <= chars[at + 2] {
            out.extend((chars[at]..=chars[at + 2]).take(2000));
            at += 3;
            continue;
        }
        out.push(chars[at]);
        at += 1;
    }
    out
}

impl Tr {
    fn change(&mut self, text: &str) -> String {
        let mut out = String::new();
        for c in text.chars() {
            let place = self.from.iter().position(|f| *f == c);
            let hit = place.is_some() != self.complement;
            let mut result = c;
            if hit && self.delete {
                continue;
            }
            if hit && !self.to.is_empty() && !self.delete {
                let at = place.unwrap_or(self.to.len() - 1).min(self.to.len() - 1);
                result = self.to[at];
            }
            let squeezed = if self.to.is_empty() { hit } else { self.to.contains(&result) };
            if self.squeeze && squeezed && self.last == Some(result) {
                continue;
            }
            self.last = Some(result);
            out.push(result);
        }
        out
    }
}

impl Job for Tr {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if !sys.has_room() {
            return Poll::Wait(Wake::room());
        }
        match sys.read(0, 8192) {
            Read::Empty => Poll::Wait(Wake::input()),
            Read::End => {
                let rest = std::mem::take(&mut self.rest);
                let text = self.change(&String::from_utf8_lossy(&rest));
                sys.out(&text);
                Poll::Done(0)
            }
            Read::Data(data) => {
                self.rest.extend(data);
                let keep = match std::str::from_utf8(&self.rest) {
                    Err(e) if e.error_len().is_none() => e.valid_up_to(),
                    _ => self.rest.len(),
                };
                let tail = self.rest.split_off(keep);
                let head = std::mem::replace(&mut self.rest, tail);
                let text = self.change(&String::from_utf8_lossy(&head));
                sys.out(&text);
                Poll::Again
            }
        }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
