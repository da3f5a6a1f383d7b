//! `read`, and a shell that reads its commands from standard input.

use crate::script::host::{Host, Job, Poll, Wake};
use crate::script::machine::Frame;
use crate::script::shell::Dialect;
use crate::script::sys::{Read, Sys};
use crate::time::{Span, Time};

use super::builtins::Built;
use super::{Step, complain};

#[derive(Clone)]
struct ReadLine {
    names: Vec<String>,
    raw: bool,
    array: bool,
    /// `-n`: at most so many characters.
    max: Option<usize>,
    until: Option<Time>,
    text: String,
}

pub fn start(sys: &mut Sys<'_>, args: &[String]) -> Built {
    let mut job = ReadLine { names: vec![], raw: false, array: false, max: None, until: None, text: String::new() };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-p" => {
                let prompt = rest.next().cloned().unwrap_or_default();
                if sys.is_tty(0) {
                    sys.err(&prompt);
                }
            }
            "-t" => {
                let span = rest.next().and_then(|t| crate::script::tools::sleep::parse(t)).unwrap_or(Span::ZERO);
                job.until = Some(sys.now + span);
            }
            "-n" | "-N" => job.max = rest.next().and_then(|t| t.parse().ok()),
            "-d" | "-u" => {
                rest.next();
            }
            flags if flags.starts_with('-') && flags.len() > 1 => {
                for flag in flags[1..].chars() {
                    match flag {
                        'r' => job.raw = true,
                        's' | 'e' => {}
                        'a' => job.array = true,
                        _ => {
                            complain(sys, &format!("read: -{flag}: invalid option"));
                            return Built::Done(2);
                        }
                    }
                }
            }
            name => job.names.push(name.to_owned()),
        }
    }
    if job.names.is_empty() {
        job.names.push("REPLY".into());
    }
    Built::Job(Box::new(job))
}

impl Job for ReadLine {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if let Some(max) = self.max {
            return match sys.read(0, max) {
                Read::Data(data) => {
                    self.text = String::from_utf8_lossy(&data).trim_end_matches('\n').to_owned();
                    self.finish(sys, 0)
                }
                Read::End => self.finish(sys, 1),
                Read::Empty => self.wait(sys),
            };
        }
        match sys.read_line(0) {
            Read::Empty => self.wait(sys),
            Read::End => self.finish(sys, 1),
            Read::Data(data) => {
                let line = String::from_utf8_lossy(&data).into_owned();
                let whole = line.ends_with('\n');
                self.text.push_str(line.trim_end_matches('\n'));
                let slashes = self.text.chars().rev().take_while(|c| *c == '\\').count();
                if whole && !self.raw && slashes % 2 == 1 {
                    self.text.pop();
                    return Poll::Again;
                }
                self.finish(sys, i32::from(!whole))
            }
        }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

impl ReadLine {
    fn wait(&mut self, sys: &mut Sys<'_>) -> Poll {
        match self.until {
            Some(time) if time <= sys.now => self.finish(sys, 142),
            Some(time) => Poll::Wait(Wake::input().or(Wake::at(time))),
            None => Poll::Wait(Wake::input()),
        }
    }

    fn finish(&mut self, sys: &mut Sys<'_>, code: i32) -> Poll {
        let ifs = sys.shell.get("IFS").unwrap_or_else(|| " \t\n".into());
        let count = if self.array { usize::MAX } else { self.names.len() };
        let values = split(&self.text, &ifs, self.raw, count);
        if self.array {
            sys.shell.set_many(&self.names[0], values);
            return Poll::Done(code);
        }
        if self.names == ["REPLY"] {
            let whole = split(&self.text, "", self.raw, 1).pop().unwrap_or_default();
            sys.shell.set("REPLY", &whole);
            return Poll::Done(code);
        }
        for (i, name) in self.names.iter().enumerate() {
            sys.shell.set(name, values.get(i).map(String::as_str).unwrap_or(""));
        }
        Poll::Done(code)
    }
}

/// Splits a line into at most `count` fields; the last one takes the rest.
fn split(text: &str, ifs: &str, raw: bool, count: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let white = |c: char| c.is_whitespace() && ifs.contains(c);
    let mut out = vec![];
    let mut at = 0;
    while at < chars.len() && white(chars[at]) {
        at += 1;
    }
    while at < chars.len() {
        let last = out.len() + 1 == count;
        let mut field = String::new();
        while at < chars.len() && (last || !ifs.contains(chars[at])) {
            if chars[at] == '\\' && !raw {
                at += 1;
            }
            if let Some(c) = chars.get(at) {
                field.push(*c);
            }
            at += 1;
        }
        if last {
            while field.chars().last().is_some_and(white) {
                field.pop();
            }
        }
        out.push(field);
        while at < chars.len() && white(chars[at]) {
            at += 1;
        }
        if at < chars.len() && ifs.contains(chars[at]) && !white(chars[at]) {
            at += 1;
            while at < chars.len() && white(chars[at]) {
                at += 1;
            }
        }
    }
    out
}

/// `sh` without a script: reads lines until they make whole commands, and runs them.
pub fn typed(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, mut text: String, prompted: bool) -> Step {
    if sys.shell.interactive && !prompted {
        let prompt = prompt(sys, !text.is_empty());
        sys.err(&prompt);
    }
    match sys.read_line(0) {
        Read::Empty => {
            frames.push(Frame::Typed { text, prompted: true });
            return Step::Wait(Wake::input());
        }
        Read::End => {
            if !text.is_empty() {
                frames.push(Frame::source(&text));
            }
            return Step::Go;
        }
        Read::Data(data) => text.push_str(&String::from_utf8_lossy(&data)),
    }
    match crate::script::machine::Process::check(&text) {
        Err(syntax) if syntax.incomplete() => frames.push(Frame::Typed { text, prompted: false }),
        _ => {
            frames.push(Frame::Typed { text: String::new(), prompted: false });
            frames.push(Frame::source(&text));
        }
    }
    Step::Go
}

fn prompt(sys: &Sys<'_>, more: bool) -> String {
    let shell = &*sys.shell;
    if more {
        return "> ".into();
    }
    let home = shell.get("HOME").unwrap_or_default();
    let dir = match shell.cwd.strip_prefix(&*home) {
        Some(rest) if !home.is_empty() && home.len() > 1 => format!("~{rest}"),
        _ => shell.cwd.clone(),
    };
    let sign = if &*shell.user == "root" { '#' } else { '$' };
    match shell.dialect {
        Dialect::Bash => format!("{}@{}:{dir}{sign} ", shell.user, shell.hostname),
        Dialect::Ash => format!("{dir} {sign} "),
        Dialect::Dash => format!("{sign} "),
    }
}
