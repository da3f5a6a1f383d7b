//! Words to fields: braces, tilde, parameters, substitutions, splitting, file names, quotes; in that order.
//!
//! A `$( )` cannot be run from here: the expansion stops with `Halt::Need`, the machine runs it, and the expansion begins
//! anew with its result in the memo (variables it changed are put back first).

use std::rc::Rc;

use crate::script::lang::ast::{Body, Op, Param, Part, Word};
use crate::script::sys::Sys;

use super::arith;
use super::pattern::{Char, fits, glob, is_pattern, plain, text_of};

/// The longest text that one word may become, in characters.
const MAX_TEXT: usize = 1 << 20;
const MAX_FIELDS: usize = 200_000;

pub enum Halt {
    /// This must be run first; true if its output is wanted as a file (`<( )`).
    Need(Body, bool),
    /// The words cannot be expanded; the message is printed.
    Fail,
    /// As `Fail`: a parameter that must be set is not.
    Missing,
}

pub struct Expand<'s, 'a> {
    pub sys: &'s mut Sys<'a>,
    /// Results of the substitutions so far, in order.
    pub memo: &'s [String],
    pub used: usize,
    /// Whether a substitution took part: then `$?` of an assignment is its status.
    pub substituted: bool,
}

type Result<T> = std::result::Result<T, Halt>;

/// A value before splitting.
enum Got {
    Unset,
    One(String),
    /// `$@`: stays several fields in quotes.
    Many(Vec<String>),
    /// `$*`: joined in quotes.
    Star(Vec<String>),
}

#[derive(Default)]
struct Fields {
    done: Vec<Vec<Char>>,
    now: Vec<Char>,
    open: bool,
}

impl Fields {
    fn put(&mut self, text: &str, quoted: bool) {
        self.open |= quoted || !text.is_empty();
        self.now.extend(text.chars().map(|c| (c, quoted)));
    }

    fn close(&mut self) {
        if self.open {
            self.done.push(std::mem::take(&mut self.now));
        }
        self.open = false;
    }

    /// Adds an unquoted value: white space of IFS separates, other characters of IFS end a field each.
    fn split(&mut self, text: &str, ifs: &str) {
        let white = |c: char| c.is_whitespace() && ifs.contains(c);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if !ifs.contains(c) {
                self.now.push((c, false));
                self.open = true;
                continue;
            }
            if white(c) {
                while chars.peek().is_some_and(|c| white(*c)) {
                    chars.next();
                }
                match chars.peek() {
                    Some(n) if ifs.contains(*n) && self.open => {
                        chars.next();
                    }
                    _ => {}
                }
                self.close();
            } else {
                self.open = true;
                self.close();
            }
            while chars.peek().is_some_and(|c| white(*c)) {
                chars.next();
            }
        }
    }
}

impl Expand<'_, '_> {
    /// Fields of several words, as for a command line.
    pub fn words(&mut self, words: &[Word]) -> Result<Vec<String>> {
        let mut out = vec![];
        for word in words {
            for word in braces(word) {
                self.word(&word, &mut out)?;
            }
            if out.len() > MAX_FIELDS {
                self.complain("Argument list too long");
                return Err(Halt::Fail);
            }
        }
        Ok(out)
    }

    fn word(&mut self, word: &Word, out: &mut Vec<String>) -> Result<()> {
        let mut fields = Fields::default();
        self.parts(&word.0, &mut fields, true)?;
        fields.close();
        for field in fields.done {
            if is_pattern(&field) && !self.sys.shell.options.noglob {
                let found = glob(&field, &self.sys.shell.cwd, self.sys.files);
                if !found.is_empty() {
                    out.extend(found);
                    continue;
                }
            }
            out.push(text_of(&field));
        }
        Ok(())
    }

    /// One text without splitting and file names (assignments, `case`, here-documents).
    pub fn text(&mut self, word: &Word) -> Result<String> {
        self.chars(word).map(|c| text_of(&c))
    }

    /// As `text`, but keeps what was quoted (patterns).
    pub fn chars(&mut self, word: &Word) -> Result<Vec<Char>> {
        let mut fields = Fields::default();
        self.parts(&word.0, &mut fields, false)?;
        fields.open = true;
        fields.close();
        let mut all = vec![];
        for (i, field) in fields.done.into_iter().enumerate() {
            if i > 0 {
                all.push((' ', true));
            }
            all.extend(field);
        }
        Ok(all)
    }

    fn parts(&mut self, parts: &[Part], out: &mut Fields, split: bool) -> Result<()> {
        for (i, part) in parts.iter().enumerate() {
            if out.now.len() > MAX_TEXT {
                self.sys.kernel.starved = true;
                self.complain("xrealloc: cannot allocate memory");
                return Err(Halt::Fail);
            }
            match part {
                Part::Plain(text) if i == 0 && text.starts_with('~') && out.now.is_empty() => {
                    let (home, rest) = self.tilde(text, parts.len() > 1);
                    out.put(&home, true);
                    out.put(&rest, false);
                }
                Part::Plain(text) => out.put(text, false),
                Part::Quoted(text) => out.put(text, true),
                Part::Double(inner) => self.double(inner, out)?,
                Part::Arith(word) => {
                    let value = self.arith(word)?;
                    out.put(&value.to_string(), false);
                }
                Part::Command(body) => {
                    let text = self.substitution(body, false)?;
                    self.value(Got::One(text), out, split);
                }
                Part::From(body) => {
                    let text = self.substitution(body, true)?;
                    out.put(&text, true);
                }
                Part::Param(param) => {
                    if self.nested_word(param, out, split)? {
                        continue;
                    }
                    let got = self.param(param, false)?;
                    self.value(got, out, split);
                }
            }
        }
        Ok(())
    }

    fn value(&mut self, got: Got, out: &mut Fields, split: bool) {
        match got {
            Got::Unset => {}
            Got::One(text) if split => {
                let ifs = self.sys.shell.get("IFS").unwrap_or_else(|| " \t\n".into());
                out.split(&text, &ifs);
            }
            Got::One(text) => out.put(&text, false),
            Got::Many(all) | Got::Star(all) => {
                let ifs = self.sys.shell.get("IFS").unwrap_or_else(|| " \t\n".into());
                for (i, text) in all.iter().enumerate() {
                    if i > 0 {
                        if split { out.close() } else { out.put(" ", false) }
                    }
                    if split { out.split(text, &ifs) } else { out.put(text, false) }
                }
            }
        }
    }

    fn double(&mut self, parts: &[Part], out: &mut Fields) -> Result<()> {
        let at_only = matches!(parts, [Part::Param(p)] if p.name == "@" || p.index.is_some());
        out.open |= !at_only;
        for part in parts {
            match part {
                Part::Plain(text) | Part::Quoted(text) => out.put(text, true),
                Part::Double(inner) => self.double(inner, out)?,
                Part::Arith(word) => {
                    let value = self.arith(word)?;
                    out.put(&value.to_string(), true);
                }
                Part::Command(body) | Part::From(body) => {
                    let text = self.substitution(body, false)?;
                    out.put(&text, true);
                }
                Part::Param(param) => match self.param(param, true)? {
                    Got::Unset => out.open |= !at_only || param.name != "@",
                    Got::One(text) => out.put(&text, true),
                    Got::Star(all) => {
                        let ifs = self.sys.shell.get("IFS").unwrap_or_else(|| " ".into());
                        let glue = ifs.chars().next().map(String::from).unwrap_or_default();
                        out.put(&all.join(&glue), true);
                    }
                    Got::Many(all) => {
                        for (i, text) in all.iter().enumerate() {
                            if i > 0 {
                                out.close();
                            }
                            out.put(text, true);
                        }
                    }
                },
            }
        }
        Ok(())
    }

    /// `${x:-word}` outside of quotes: the word keeps its own quotes and fields.
    fn nested_word(&mut self, param: &Param, out: &mut Fields, split: bool) -> Result<bool> {
        let (colon, word, when_set) = match &param.op {
            Op::Default { colon, word } => (*colon, word, false),
            Op::Other { colon, word } => (*colon, word, true),
            _ => return Ok(false),
        };
        let got = self.raw(param)?;
        let set = match &got {
            Got::Unset => false,
            Got::One(text) => !colon || !text.is_empty(),
            Got::Many(all) | Got::Star(all) => !all.is_empty() && (!colon || all.iter().any(|t| !t.is_empty())),
        };
        match (set, when_set) {
            (true, true) | (false, false) => self.parts(&word.0, out, split)?,
            (true, false) => self.value(got, out, split),
            (false, true) => {}
        }
        Ok(true)
    }

    fn tilde(&self, text: &str, more: bool) -> (String, String) {
        let end = text.find('/').unwrap_or(text.len());
        let home = self.sys.shell.get("HOME").map_or("/root".to_owned(), |h| h.to_string());
        match &text[..end] {
            "~" if end < text.len() || !more => (home, text[end..].to_owned()),
            "~+" => (self.sys.shell.cwd.clone(), text[end..].to_owned()),
            "~-" => (self.sys.shell.old_cwd.clone().unwrap_or("~-".into()), text[end..].to_owned()),
            "~root" => ("/root".to_owned(), text[end..].to_owned()),
            _ => (String::new(), text.to_owned()),
        }
    }

    fn substitution(&mut self, body: &Body, file: bool) -> Result<String> {
        let Some(text) = self.memo.get(self.used) else { return Err(Halt::Need(body.clone(), file)) };
        self.used += 1;
        self.substituted = true;
        Ok(text.clone())
    }

    pub fn arith(&mut self, word: &Word) -> Result<i64> {
        let text = self.text(word)?;
        arith::eval(&text, self.sys.shell).map_err(|message| {
            self.complain(&message);
            Halt::Fail
        })
    }

    fn complain(&mut self, message: &str) {
        let line = format!("{}{message}\n", self.sys.shell.prefix());
        self.sys.err(&line);
    }

    /// The value itself, whatever is done to it later.
    fn raw(&mut self, param: &Param) -> Result<Got> {
        let shell = &*self.sys.shell;
        let one = |text: String| Ok(Got::One(text));
        match param.name.as_str() {
            "?" => return one(shell.status.to_string()),
            "$" => return one(shell.pid.to_string()),
            "#" => return one(shell.params.len().to_string()),
            "!" => return Ok(shell.last_background.map_or(Got::Unset, |p| Got::One(p.to_string()))),
            "-" => return one(if shell.interactive { "himBHs".into() } else { "hBc".into() }),
            "0" => return one(shell.name.to_string()),
            "@" => return Ok(Got::Many(shell.params.to_vec())),
            "*" => return Ok(Got::Star(shell.params.to_vec())),
            "RANDOM" => return one(self.sys.shell.next_random().to_string()),
            "SECONDS" => return one((self.sys.now.0 / 1000).to_string()),
            "LINENO" => return one(shell.line.to_string()),
            "UID" | "EUID" => return one(if &*shell.user == "root" { "0".into() } else { "1000".into() }),
            "HOSTNAME" if shell.get("HOSTNAME").is_none() => return one(shell.hostname.to_string()),
            "PPID" => return one("0".into()),
            name => {
                if let Ok(n) = name.parse::<usize>() {
                    return Ok(shell.params.get(n.wrapping_sub(1)).map_or(Got::Unset, |p| Got::One(p.clone())));
                }
            }
        }
        let Some(index) = &param.index else {
            return Ok(shell.get(&param.name).map_or(Got::Unset, |t| Got::One(t.to_string())));
        };
        let all = self.array(&param.name);
        let key = self.text(index)?;
        match key.as_str() {
            "@" => Ok(Got::Many(all)),
            "*" => Ok(Got::Star(all)),
            _ => {
                let n = arith::eval(&key, self.sys.shell).unwrap_or(0);
                let n = if n < 0 { n + all.len() as i64 } else { n };
                Ok(all.get(n as usize).map_or(Got::Unset, |t| Got::One(t.clone())))
            }
        }
    }

    fn array(&self, name: &str) -> Vec<String> {
        match self.sys.shell.vars.get(name) {
            Some(var) if !var.unset => match &var.many {
                Some(many) => many.to_vec(),
                None => vec![var.text.to_string()],
            },
            _ => vec![],
        }
    }

    fn param(&mut self, param: &Rc<Param>, quoted: bool) -> Result<Got> {
        if let Op::Bad(source) = &param.op {
            self.complain(&format!("{source}: bad substitution"));
            return Err(Halt::Fail);
        }
        let got = self.raw(param)?;
        let null = match &got {
            Got::Unset => true,
            Got::One(text) => text.is_empty(),
            Got::Many(all) | Got::Star(all) => all.iter().all(String::is_empty),
        };
        let unset = match &got {
            Got::Unset => true,
            Got::Many(all) | Got::Star(all) => all.is_empty(),
            Got::One(_) => false,
        };
        let missing = |colon: bool| unset || (colon && null);
        match &param.op {
            Op::Default { colon, word } if missing(*colon) => self.text(word).map(Got::One),
            Op::Other { colon, word } => match missing(*colon) {
                true => Ok(if quoted { Got::One(String::new()) } else { Got::Unset }),
                false => self.text(word).map(Got::One),
            },
            Op::Assign { colon, word } if missing(*colon) => {
                let text = self.text(word)?;
                self.sys.shell.set(&param.name, &text);
                Ok(Got::One(text))
            }
            Op::Require { colon, word } if missing(*colon) => {
                let mut text = self.text(word)?;
                if text.is_empty() {
                    text = if *colon { "parameter null or not set".into() } else { "parameter not set".into() };
                }
                self.complain(&format!("{}: {text}", param.name));
                Err(Halt::Missing)
            }
            Op::Default { .. } | Op::Assign { .. } | Op::Require { .. } => Ok(got),
            _ if unset && self.sys.shell.options.nounset && !matches!(param.name.as_str(), "@" | "*") => {
                let message = match self.sys.shell.dialect {
                    crate::script::shell::Dialect::Bash => format!("{}: unbound variable", param.name),
                    _ => format!("{}: parameter not set", param.name),
                };
                self.complain(&message);
                Err(Halt::Missing)
            }
            _ => self.change(param, got),
        }
    }

    fn change(&mut self, param: &Param, got: Got) -> Result<Got> {
        match &param.op {
            Op::Length => {
                let n = match &got {
                    Got::Unset => 0,
                    Got::One(text) => text.chars().count(),
                    Got::Many(all) | Got::Star(all) => all.len(),
                };
                Ok(Got::One(n.to_string()))
            }
            Op::Indirect => {
                let Got::One(name) = got else { return Ok(Got::Unset) };
                Ok(self.sys.shell.get(&name).map_or(Got::Unset, |t| Got::One(t.to_string())))
            }
            Op::CutStart { long, pattern } => {
                let pattern = self.chars(pattern)?;
                Ok(got.map(|t| cut_start(t, &pattern, *long)))
            }
            Op::CutEnd { long, pattern } => {
                let pattern = self.chars(pattern)?;
                Ok(got.map(|t| cut_end(t, &pattern, *long)))
            }
            Op::Replace { all, anchor, pattern, with } => {
                let pattern = self.chars(pattern)?;
                let with = self.text(with)?;
                Ok(got.map(|t| replace(t, &pattern, &with, *all, *anchor)))
            }
            Op::Case { upper, all } => Ok(got.map(|t| change_case(t, *upper, *all))),
            Op::Slice { from, len } => {
                let from = self.arith(from)?;
                let len = match len {
                    Some(len) => Some(self.arith(len)?),
                    None => None,
                };
                Ok(match got {
                    Got::Unset => Got::Unset,
                    Got::One(text) => {
                        let chars: Vec<char> = text.chars().collect();
                        let (a, b) = range(chars.len(), from, len);
                        Got::One(chars[a..b].iter().collect())
                    }
                    Got::Many(all) | Got::Star(all) => {
                        let shift = if param.index.is_some() || from <= 0 { from } else { from - 1 };
                        let (a, b) = range(all.len(), shift, len);
                        Got::Many(all[a..b].to_vec())
                    }
                })
            }
            _ => Ok(got),
        }
    }
}

impl Got {
    fn map(self, change: impl Fn(&str) -> String) -> Got {
        match self {
            Got::Unset => Got::Unset,
            Got::One(text) => Got::One(change(&text)),
            Got::Many(all) => Got::Many(all.iter().map(|t| change(t)).collect()),
            Got::Star(all) => Got::Star(all.iter().map(|t| change(t)).collect()),
        }
    }
}

fn range(len: usize, from: i64, count: Option<i64>) -> (usize, usize) {
    let len = len as i64;
    let from = if from < 0 { len + from } else { from };
    if from < 0 || from > len {
        return (0, 0);
    }
    let to = match count {
        None => len,
        Some(n) if n < 0 => len + n,
        Some(n) => from.saturating_add(n),
    };
    (from as usize, to.clamp(from, len) as usize)
}

fn cut_start(text: &str, pattern: &[Char], long: bool) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut ends: Vec<usize> = (0..=chars.len()).collect();
    if long {
        ends.reverse();
    }
    let cut = ends.into_iter().find(|n| fits(pattern, &chars[..*n])).unwrap_or(0);
    chars[cut..].iter().collect()
}

fn cut_end(text: &str, pattern: &[Char], long: bool) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut starts: Vec<usize> = (0..=chars.len()).collect();
    if !long {
        starts.reverse();
    }
    let cut = starts.into_iter().find(|n| fits(pattern, &chars[*n..])).unwrap_or(chars.len());
    chars[..cut].iter().collect()
}

fn replace(text: &str, pattern: &[Char], with: &str, all: bool, anchor: Option<char>) -> String {
    let chars: Vec<char> = text.chars().collect();
    if pattern.is_empty() {
        return text.to_owned();
    }
    let longest = |from: usize| (from..=chars.len()).rev().find(|to| fits(pattern, &chars[from..*to]));
    match anchor {
        Some('#') => {
            return match longest(0) {
                Some(to) => format!("{with}{}", chars[to..].iter().collect::<String>()),
                None => text.to_owned(),
            };
        }
        Some(_) => {
            let from = (0..=chars.len()).find(|from| fits(pattern, &chars[*from..]));
            return match from {
                Some(from) => format!("{}{with}", chars[..from].iter().collect::<String>()),
                None => text.to_owned(),
            };
        }
        None => {}
    }
    let mut out = String::new();
    let mut at = 0;
    while at < chars.len() {
        match longest(at).filter(|to| *to > at) {
            Some(to) => {
                out.push_str(with);
                at = to;
                if !all {
                    break;
                }
            }
            None => {
                out.push(chars[at]);
                at += 1;
            }
        }
    }
    out.extend(&chars[at..]);
    out
}

fn change_case(text: &str, upper: bool, all: bool) -> String {
    let change = |c: char| if upper { c.to_uppercase().to_string() } else { c.to_lowercase().to_string() };
    text.chars().enumerate().map(|(i, c)| if all || i == 0 { change(c) } else { c.to_string() }).collect()
}

/// `a{b,c}d` and `{1..3}`: the words a word stands for.
fn braces(word: &Word) -> Vec<Word> {
    if !word.0.iter().any(|p| matches!(p, Part::Plain(t) if t.contains('{'))) {
        return vec![word.clone()];
    }
    let mut units: Vec<Part> = vec![];
    for part in &word.0 {
        match part {
            Part::Plain(text) => units.extend(text.chars().map(|c| Part::Plain(c.to_string()))),
            other => units.push(other.clone()),
        }
    }
    let mut out = vec![];
    spread(&units, &mut out);
    out.into_iter().map(glue).collect()
}

fn glue(units: Vec<Part>) -> Word {
    let mut parts: Vec<Part> = vec![];
    for unit in units {
        match (parts.last_mut(), unit) {
            (Some(Part::Plain(last)), Part::Plain(text)) => last.push_str(&text),
            (_, unit) => parts.push(unit),
        }
    }
    Word(parts)
}

fn is(unit: &Part, c: char) -> bool {
    matches!(unit, Part::Plain(t) if t.len() == 1 && t.starts_with(c))
}

fn spread(units: &[Part], out: &mut Vec<Vec<Part>>) {
    for open in 0..units.len() {
        if !is(&units[open], '{') {
            continue;
        }
        let mut depth = 0;
        let mut commas = vec![open];
        for at in open + 1..units.len() {
            if is(&units[at], '{') {
                depth += 1;
            } else if is(&units[at], ',') && depth == 0 {
                commas.push(at);
            } else if is(&units[at], '}') && depth > 0 {
                depth -= 1;
            } else if is(&units[at], '}') {
                commas.push(at);
                let choices: Vec<Vec<Part>> = if commas.len() > 2 {
                    commas.windows(2).map(|w| units[w[0] + 1..w[1]].to_vec()).collect()
                } else {
                    sequence(&units[open + 1..at])
                };
                if choices.is_empty() {
                    break;
                }
                for choice in choices {
                    if out.len() > MAX_FIELDS {
                        return;
                    }
                    let mut joined = units[..open].to_vec();
                    let mark = joined.len();
                    joined.extend(choice);
                    joined.extend_from_slice(&units[at + 1..]);
                    // what stands before the brace is final; the rest may hold more braces
                    let mut tails = vec![];
                    spread(&joined[mark..], &mut tails);
                    for tail in tails {
                        let mut whole = joined[..mark].to_vec();
                        whole.extend(tail);
                        out.push(whole);
                    }
                }
                return;
            }
        }
    }
    out.push(units.to_vec());
}

fn sequence(units: &[Part]) -> Vec<Vec<Part>> {
    let mut text = String::new();
    for unit in units {
        match unit {
            Part::Plain(t) => text.push_str(t),
            _ => return vec![],
        }
    }
    let ends: Vec<&str> = text.split("..").collect();
    let (Some(a), Some(b)) = (ends.first(), ends.get(1)) else { return vec![] };
    let step: i64 = ends.get(2).and_then(|s| s.parse().ok()).unwrap_or(1).max(1);
    let word = |text: String| vec![Part::Plain(text)];
    if let (Ok(from), Ok(to)) = (a.parse::<i64>(), b.parse::<i64>()) {
        let wide = if a.starts_with('0') && a.len() > 1 || b.starts_with('0') && b.len() > 1 {
            a.len().max(b.len())
        } else {
            0
        };
        let n = ((to - from).abs() / step).min(MAX_FIELDS as i64);
        let sign = if to < from { -1 } else { 1 };
        return (0..=n).map(|i| word(format!("{:0wide$}", from + sign * i * step))).collect();
    }
    let single = |s: &str| s.chars().next().filter(|c| s.len() == 1 && c.is_ascii_alphabetic());
    if let (Some(from), Some(to)) = (single(a), single(b)) {
        let (low, high) = ((from as u8).min(to as u8), (from as u8).max(to as u8));
        let mut all: Vec<u8> = (low..=high).step_by(step as usize).collect();
        if to < from {
            all.reverse();
        }
        return all.into_iter().map(|b| word((b as char).to_string())).collect();
    }
    vec![]
}

/// A text as a pattern when it came from a variable.
pub fn unquoted(text: &str) -> Vec<Char> {
    plain(text)
}
