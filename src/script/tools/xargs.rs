//! xargs: a command with arguments from standard input. -n, -I, -r, -d, -0, -t, -L 1, -P (one after the other).

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::{Pid, Sys};

use super::args::fail;

#[derive(Clone)]
struct Xargs {
    command: Vec<String>,
    max: usize,
    replace: Option<String>,
    lines: bool,
    delimiter: Option<u8>,
    skip_empty: bool,
    trace: bool,
    input: Vec<u8>,
    ended: bool,
    items: std::collections::VecDeque<String>,
    running: Option<Pid>,
    ran: bool,
    code: i32,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut x = Xargs {
        command: vec![],
        max: 5000,
        replace: None,
        lines: false,
        delimiter: None,
        skip_empty: false,
        trace: false,
        input: vec![],
        ended: false,
        items: Default::default(),
        running: None,
        ran: false,
        code: 0,
    };
    let mut at = 1;
    while let Some(arg) = argv.get(at).filter(|a| a.starts_with('-') && a.len() > 1) {
        at += 1;
        let (flag, glued) = if arg.starts_with("--") {
            let (name, value) = arg.split_once('=').map_or((arg.as_str(), None), |(n, v)| (n, Some(v.to_owned())));
            let short = match name {
                "--max-args" => "-n",
                "--no-run-if-empty" => "-r",
                "--null" => "-0",
                "--verbose" => "-t",
                "--delimiter" => "-d",
                "--max-procs" => "-P",
                "--max-lines" => "-L",
                other => other,
            };
            (short.to_owned(), value)
        } else {
            (arg[..2].to_owned(), Some(arg[2..].to_owned()).filter(|v| !v.is_empty()))
        };
        let mut value = || {
            glued.clone().or_else(|| {
                at += 1;
                argv.get(at - 1).cloned()
            })
        };
        match flag.as_str() {
            "-n" | "-L" => {
                x.lines |= flag == "-L";
                match value().and_then(|v| v.parse().ok()) {
                    Some(n) if n > 0 => x.max = n,
                    _ => return Launch::Done(fail(sys, 1, "xargs: value for -n option should be >= 1")),
                }
            }
            "-I" => {
                x.replace = value();
                x.max = 1;
                x.lines = true;
            }
            "-P" => drop(value()),
            "-d" => x.delimiter = value().map(|v| if v == "\\n" { b'\n' } else { v.bytes().next().unwrap_or(b'\n') }),
            "-r" => x.skip_empty = true,
            "-0" => x.delimiter = Some(0),
            "-t" => x.trace = true,
            "--" => break,
            _ => {
                let text = format!(
                    "xargs: invalid option -- '{}'\nTry 'xargs --help' for more information.",
                    flag.trim_start_matches('-')
                );
                return Launch::Done(fail(sys, 1, &text));
            }
        }
    }
    x.command = argv[at.min(argv.len())..].to_vec();
    if x.command.is_empty() {
        x.command.push("echo".into());
    }
    Launch::Job(Box::new(x))
}

impl Xargs {
    fn split(&mut self, sys: &mut Sys<'_>) -> bool {
        let text = String::from_utf8_lossy(&self.input).into_owned();
        if let Some(d) = self.delimiter {
            self.items = text.split(d as char).map(str::to_owned).collect();
            if self.items.back().is_some_and(String::is_empty) {
                self.items.pop_back();
            }
            return true;
        }
        if self.lines {
            self.items = text.lines().map(|l| l.trim_start().to_owned()).filter(|l| !l.is_empty()).collect();
            return true;
        }
        let (mut now, mut open, mut quote) = (String::new(), false, None);
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match (quote, c) {
                (Some(q), c) if c == q => quote = None,
                (Some(_), '\n') => break,
                (Some(_), c) => now.push(c),
                (None, '\'' | '"') => (quote, open) = (Some(c), true),
                (None, '\\') => {
                    open = true;
                    now.extend(chars.next());
                }
                (None, c) if c.is_whitespace() => {
                    if open {
                        self.items.push_back(std::mem::take(&mut now));
                    }
                    open = false;
                }
                (None, c) => {
                    open = true;
                    now.push(c);
                }
            }
        }
        if let Some(q) = quote {
            let kind = if q == '"' { "double" } else { "single" };
            sys.err(&format!(
                "xargs: unmatched {kind} quote; by default quotes are special to xargs unless you use the -0 option\n"
            ));
            return false;
        }
        if open {
            self.items.push_back(now);
        }
        true
    }

    fn start(&mut self, sys: &mut Sys<'_>) -> Option<Pid> {
        let take = self.max.min(self.items.len());
        let items: Vec<String> = self.items.drain(..take).collect();
        let argv: Vec<String> = match &self.replace {
            Some(mark) => {
                let item = items.first().cloned().unwrap_or_default();
                self.command.iter().map(|w| w.replace(mark.as_str(), &item)).collect()
            }
            None if self.lines => {
                let words = items.iter().flat_map(|l| l.split_whitespace().map(str::to_owned));
                self.command.iter().cloned().chain(words).collect()
            }
            None => self.command.iter().cloned().chain(items).collect(),
        };
        if self.trace {
            sys.err(&format!("{}\n", argv.join(" ")));
        }
        self.ran = true;
        sys.spawn_fed(argv, None)
    }
}

impl Job for Xargs {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if !self.ended {
            let mut input = std::mem::take(&mut self.input);
            let all = sys.read_all(&mut input);
            self.input = input;
            if !all {
                return Poll::Wait(Wake::input());
            }
            self.ended = true;
            if !self.split(sys) {
                return Poll::Done(1);
            }
        }
        if let Some(pid) = self.running {
            match sys.reap(pid) {
                None => return Poll::Wait(Wake::child()),
                Some(code) => {
                    self.running = None;
                    match code {
                        0 => {}
                        126 | 127 => return Poll::Done(code),
                        255 => return Poll::Done(124),
                        _ => self.code = 123,
                    }
                }
            }
        }
        let once = !self.ran && !self.skip_empty && self.replace.is_none();
        if self.items.is_empty() && !once {
            return Poll::Done(self.code);
        }
        match self.start(sys) {
            Some(pid) => {
                self.running = Some(pid);
                Poll::Wait(Wake::child())
            }
            None => {
                sys.err("xargs: cannot fork: Resource temporarily unavailable\n");
                Poll::Done(1)
            }
        }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
