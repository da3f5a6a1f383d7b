//! sed: edits lines. Commands s y d p q Q n N a i c = { } b t T : g G h H x w, addresses by number, `$`, `/regex/`, ranges.
//!
//! Models: GNU sed. Left out: D, P, e, r, back-references in patterns.

mod parse;

use std::rc::Rc;

use regex_lite::Regex;

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::{Read, Sys};

use super::args::{Args, Item, fail};
use parse::Parser;

#[derive(Clone)]
enum Address {
    Line(usize),
    Step(usize, usize),
    Last,
    Match(Regex),
    /// `,+3`
    Plus(usize),
}

#[derive(Clone)]
struct Rule {
    from: Option<Address>,
    to: Option<Address>,
    negate: bool,
    act: Act,
}

#[derive(Clone)]
enum Act {
    Open(usize),
    Close,
    Replace { find: Regex, with: Vec<Piece>, all: bool, nth: usize, print: bool },
    Translate(Vec<(char, char)>),
    Delete,
    Print,
    Quit(i32, bool),
    Next,
    Join,
    Append(String),
    Insert(String),
    Change(String),
    Number,
    Label,
    Jump(Option<usize>),
    JumpIf(Option<usize>, bool),
    Get(bool),
    Hold(bool),
    Swap,
}

#[derive(Clone)]
enum Piece {
    Text(String),
    Group(usize),
    /// `\U`, `\L`, `\E`, `\u`, `\l`
    Case(char),
}

#[derive(Clone)]
struct Sed {
    rules: Rc<Vec<Rule>>,
    /// For ranges: the line where an open one began.
    open: Vec<Option<usize>>,
    quiet: bool,
    in_place: Option<String>,
    separate: bool,
    files: Vec<String>,
    file: usize,
    data: Option<Rc<Vec<u8>>>,
    at: usize,
    begun: bool,
    line: usize,
    space: String,
    hold: String,
    /// A line read ahead: the last line is only known then.
    ahead: Option<(String, bool)>,
    out: String,
    code: i32,
    after: String,
    replaced: bool,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv, sys) {
        Ok(sed) => Launch::Job(Box::new(sed)),
        Err(text) => Launch::Done(fail(sys, 1, &text)),
    }
}

fn read(argv: &[String], sys: &mut Sys<'_>) -> Result<Sed, String> {
    let (mut script, mut files) = (None::<String>, vec![]);
    let (mut quiet, mut extended, mut in_place, mut separate) = (false, false, None, false);
    let mut args = Args::new(argv);
    let add = |text: String, script: &mut Option<String>| {
        *script = Some(match script.take() {
            Some(old) => format!("{old}\n{text}"),
            None => text,
        });
    };
    while let Some(item) = args.next()? {
        match item {
            Item::Operand(text) if script.is_none() && files.is_empty() => add(text, &mut script),
            Item::Operand(text) => files.push(text),
            Item::Short('n') => quiet = true,
            Item::Short('E' | 'r') => extended = true,
            Item::Short('s') => separate = true,
            Item::Short('u' | 'z') => {}
            Item::Short('i') => in_place = Some(args.glued().unwrap_or_default()),
            Item::Short('e') => {
                let text = args.value("-e")?;
                add(text, &mut script);
            }
            Item::Short('f') => {
                let path = args.value("-f")?;
                let data = sys.read_file(&path).map_err(|f| format!("sed: couldn't open file {path}: {f}"))?;
                add(String::from_utf8_lossy(&data).into_owned(), &mut script);
            }
            Item::Long(l) => match l.as_str() {
                "quiet" | "silent" => quiet = true,
                "regexp-extended" => extended = true,
                "separate" => separate = true,
                "in-place" => in_place = Some(args.glued().unwrap_or_default()),
                "expression" => {
                    let text = args.value("--expression")?;
                    add(text, &mut script);
                }
                _ => return Err(args.unknown(&Item::Long(l))),
            },
            item => return Err(args.unknown(&item)),
        }
    }
    let Some(script) = script else {
        return Err("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...".into());
    };
    let rules = Parser::new(&script, extended).parse()?;
    if in_place.is_some() && files.is_empty() {
        return Err("sed: no input files".into());
    }
    if files.is_empty() {
        files.push("-".into());
    }
    Ok(Sed {
        open: vec![None; rules.len()],
        rules: Rc::new(rules),
        quiet,
        separate: separate || in_place.is_some(),
        in_place,
        files,
        file: 0,
        data: None,
        at: 0,
        begun: false,
        line: 0,
        space: String::new(),
        hold: String::new(),
        ahead: None,
        out: String::new(),
        code: 0,
        after: String::new(),
        replaced: false,
    })
}

fn substitute(line: &str, find: &Regex, with: &[Piece], all: bool, nth: usize) -> Option<String> {
    let mut out = String::new();
    let (mut at, mut changed) = (0, false);
    for (i, found) in find.captures_iter(line).enumerate() {
        let Some(whole) = found.get(0) else { continue };
        if i + 1 < nth {
            continue;
        }
        out.push_str(&line[at..whole.start()]);
        let (mut lasting, mut once) = (None::<char>, None::<char>);
        for piece in with {
            let text = match piece {
                Piece::Case(c @ ('u' | 'l')) => {
                    once = Some(*c);
                    continue;
                }
                Piece::Case(c) => {
                    lasting = Some(*c).filter(|c| *c != 'E');
                    continue;
                }
                Piece::Text(text) => text.as_str(),
                Piece::Group(n) => found.get(*n).map_or("", |m| m.as_str()),
            };
            let text = match lasting {
                Some('U') => text.to_uppercase(),
                Some(_) => text.to_lowercase(),
                None => text.to_owned(),
            };
            let mut chars = text.chars();
            match (once, chars.next()) {
                (Some(c), Some(first)) => {
                    once = None;
                    let first =
                        if c == 'u' { first.to_uppercase().to_string() } else { first.to_lowercase().to_string() };
                    out.push_str(&first);
                    out.push_str(chars.as_str());
                }
                _ => out.push_str(&text),
            }
        }
        at = whole.end();
        changed = true;
        if !all {
            break;
        }
    }
    out.push_str(&line[at..]);
    changed.then_some(out)
}

/// What reading the next line brought.
enum Next {
    Line(String, bool),
    Wait,
    End,
}

impl Sed {
    fn raw(&mut self, sys: &mut Sys<'_>) -> Next {
        loop {
            let Some(name) = self.files.get(self.file).cloned() else { return Next::End };
            if !self.begun {
                self.begun = true;
                self.at = 0;
                self.data = None;
                if name != "-" {
                    match sys.read_file(&name) {
                        Ok(data) => self.data = Some(data),
                        Err(fault) => {
                            let text = match fault {
                                crate::script::files::Fault::IsDir => {
                                    format!("sed: couldn't edit {name}: not a regular file\n")
                                }
                                fault => format!("sed: can't read {name}: {fault}\n"),
                            };
                            sys.err(&text);
                            self.code = 2;
                            self.next_file();
                            continue;
                        }
                    }
                }
            }
            let read = match &self.data {
                None => sys.read_line(0),
                Some(data) => {
                    let rest = &data[self.at..];
                    let len = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |n| n + 1);
                    self.at += len;
                    if len == 0 { Read::End } else { Read::Data(rest[..len].to_vec()) }
                }
            };
            match read {
                Read::Empty => return Next::Wait,
                Read::Data(data) => {
                    let ended = data.last() == Some(&b'\n');
                    let text = String::from_utf8_lossy(&data[..data.len() - usize::from(ended)]).into_owned();
                    return Next::Line(text, ended);
                }
                Read::End if self.separate => return Next::End,
                Read::End => self.next_file(),
            }
        }
    }

    fn next_file(&mut self) {
        self.file += 1;
        self.begun = false;
    }

    fn emit(&mut self, text: &str, ended: bool, sys: &mut Sys<'_>) {
        let end = if ended { "\n" } else { "" };
        if self.in_place.is_some() {
            self.out.push_str(text);
            self.out.push_str(end);
        } else {
            sys.out(&format!("{text}{end}"));
        }
    }

    fn matches(&self, address: &Address, last: bool) -> bool {
        match address {
            Address::Line(n) => self.line == *n,
            Address::Step(first, step) => {
                if *step == 0 {
                    self.line == *first
                } else {
                    self.line >= *first && (self.line - first).is_multiple_of(*step)
                }
            }
            Address::Last => last,
            Address::Match(regex) => regex.is_match(&self.space),
            Address::Plus(_) => false,
        }
    }

    fn applies(&mut self, i: usize, last: bool) -> bool {
        let rules = self.rules.clone();
        let rule = &rules[i];
        let hit = match (&rule.from, &rule.to) {
            (None, _) => true,
            (Some(from), None) => self.matches(from, last),
            (Some(from), Some(to)) => match self.open[i] {
                Some(began) => {
                    let closes = match to {
                        Address::Line(n) => self.line >= *n,
                        Address::Plus(n) => self.line >= began + n,
                        to => self.matches(to, last),
                    };
                    if closes {
                        self.open[i] = None;
                    }
                    !matches!(to, Address::Line(n) if self.line > *n)
                }
                None => {
                    let opens = self.matches(from, last) || (matches!(from, Address::Line(0)) && self.line == 1);
                    if opens {
                        let single = match to {
                            Address::Line(n) => *n <= self.line,
                            Address::Plus(n) => *n == 0,
                            to => matches!(from, Address::Line(0)) && self.matches(to, last),
                        };
                        self.open[i] = (!single).then_some(self.line);
                    }
                    opens
                }
            },
        };
        hit != rule.negate
    }

    /// Runs the script on the line in the pattern space; Some(code) to quit, None to go on.
    fn cycle(&mut self, mut ended: bool, mut last: bool, sys: &mut Sys<'_>) -> Result<Option<i32>, Next> {
        let rules = self.rules.clone();
        let (mut i, mut steps) = (0, 0);
        let mut deleted = false;
        let mut quit = None;
        while i < rules.len() && steps < 10_000 {
            steps += 1;
            let rule = &rules[i];
            if !self.applies(i, last) {
                i = if let Act::Open(end) = rule.act { end + 1 } else { i + 1 };
                continue;
            }
            i += 1;
            match &rule.act {
                Act::Open(_) | Act::Close | Act::Label => {}
                Act::Replace { find, with, all, nth, print } => {
                    if let Some(text) = substitute(&self.space, find, with, *all, *nth) {
                        self.space = text;
                        self.replaced = true;
                        if *print {
                            let text = self.space.clone();
                            self.emit(&text, true, sys);
                        }
                    }
                }
                Act::Translate(pairs) => {
                    let change = |c: char| pairs.iter().find(|(a, _)| *a == c).map_or(c, |(_, b)| *b);
                    self.space = self.space.chars().map(change).collect();
                }
                Act::Delete => {
                    deleted = true;
                    break;
                }
                Act::Print => {
                    let text = self.space.clone();
                    self.emit(&text, true, sys);
                }
                Act::Quit(code, print) => {
                    quit = Some(*code);
                    deleted |= !print;
                    break;
                }
                Act::Next | Act::Join => {
                    let Some((text, end)) = self.ahead.take() else {
                        break;
                    };
                    if matches!(rule.act, Act::Join) {
                        self.space = format!("{}\n{text}", self.space);
                    } else {
                        if !self.quiet {
                            let old = self.space.clone();
                            self.emit(&old, true, sys);
                        }
                        self.space = text;
                    }
                    self.line += 1;
                    ended = end;
                    match self.raw(sys) {
                        Next::Line(text, end) => self.ahead = Some((text, end)),
                        Next::End => {}
                        Next::Wait => return Err(Next::Wait),
                    }
                    last = self.ahead.is_none();
                }
                Act::Append(text) => {
                    self.after.push_str(text);
                    self.after.push('\n');
                }
                Act::Insert(text) => self.emit(text, true, sys),
                Act::Change(text) => {
                    if self.open[i - 1].is_none() || rule.negate {
                        self.emit(text, true, sys);
                    }
                    deleted = true;
                    break;
                }
                Act::Number => {
                    let text = self.line.to_string();
                    self.emit(&text, true, sys);
                }
                Act::Jump(to) => i = to.unwrap_or(usize::MAX),
                Act::JumpIf(to, when) => {
                    if std::mem::take(&mut self.replaced) == *when {
                        i = to.unwrap_or(usize::MAX);
                    }
                }
                Act::Get(add) => {
                    self.space = if *add { format!("{}\n{}", self.space, self.hold) } else { self.hold.clone() }
                }
                Act::Hold(add) => {
                    self.hold = if *add { format!("{}\n{}", self.hold, self.space) } else { self.space.clone() }
                }
                Act::Swap => std::mem::swap(&mut self.space, &mut self.hold),
            }
        }
        if !deleted && !self.quiet {
            let text = self.space.clone();
            self.emit(&text, ended || !last, sys);
        }
        let after = std::mem::take(&mut self.after);
        if !after.is_empty() {
            self.emit(after.trim_end_matches('\n'), true, sys);
        }
        Ok(quit)
    }

    fn save(&mut self, sys: &mut Sys<'_>) {
        let Some(suffix) = self.in_place.clone() else { return };
        let name = self.files[self.file].clone();
        if !suffix.is_empty()
            && let Some(old) = &self.data
        {
            let old = old.clone();
            let _ = sys.write_whole(&format!("{name}{suffix}"), &old);
        }
        let text = std::mem::take(&mut self.out);
        if let Err(fault) = sys.write_whole(&name, text.as_bytes()) {
            sys.err(&format!("sed: couldn't open file {name}: {fault}\n"));
            self.code = 4;
        }
    }
}

impl Job for Sed {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        for _ in 0..200 {
            if !sys.has_room() {
                return Poll::Wait(Wake::room());
            }
            if self.ahead.is_none() {
                match self.raw(sys) {
                    Next::Line(text, ended) => self.ahead = Some((text, ended)),
                    Next::Wait => return Poll::Wait(Wake::input()),
                    Next::End if self.separate && self.file < self.files.len() => {
                        self.save(sys);
                        self.next_file();
                        self.line = 0;
                        continue;
                    }
                    Next::End => return Poll::Done(self.code),
                }
            }
            // a streaming sed only looks ahead when a rule asks for the last line
            let looks = self.rules.iter().any(|r| {
                matches!(r.from, Some(Address::Last))
                    || matches!(r.to, Some(Address::Last))
                    || matches!(r.act, Act::Next | Act::Join)
            });
            let Some((text, ended)) = self.ahead.take() else { continue };
            let mut last = !ended;
            if looks {
                match self.raw(sys) {
                    Next::Line(next, end) => self.ahead = Some((next, end)),
                    Next::End => last = true,
                    Next::Wait => {
                        self.ahead = Some((text, ended));
                        return Poll::Wait(Wake::input());
                    }
                }
            }
            self.line += 1;
            self.space = text;
            self.replaced = false;
            match self.cycle(ended, last, sys) {
                Ok(None) => {}
                Ok(Some(code)) => {
                    if self.in_place.is_some() {
                        if let Some((text, ended)) = self.ahead.take() {
                            self.emit(&text, ended, sys);
                        }
                        while let Next::Line(text, ended) = self.raw(sys) {
                            self.emit(&text, ended, sys);
                        }
                        self.save(sys);
                    }
                    return Poll::Done(code);
                }
                Err(_) => return Poll::Wait(Wake::input()),
            }
        }
        Poll::Again
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
