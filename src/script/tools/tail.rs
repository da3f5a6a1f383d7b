//! tail: the last lines; `-n +3` from the third on; `-f` goes on when the file grows.

use std::collections::VecDeque;

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::Sys;
use crate::time::Span;

use super::args::{Args, Item, fail};
use super::stream::{Filter, Flow, start};

#[derive(Clone)]
struct Tail {
    keep: usize,
    from: Option<usize>,
    bytes: bool,
    line: usize,
    kept: VecDeque<String>,
    many: bool,
    first: bool,
    /// Bytes of a line that does not end: nobody keeps them, but they take memory.
    endless: u64,
}

/// A piece of a line longer than this is not kept.
const LONG: usize = 16 << 10;

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv, sys) {
        Ok(launch) => launch,
        Err(text) => Launch::Done(fail(sys, 1, &text)),
    }
}

fn read(argv: &[String], sys: &mut Sys<'_>) -> Result<Launch, String> {
    let argv = super::head::old_numbers(argv);
    let mut args = Args::new(&argv);
    let mut tail = Tail {
        keep: 10,
        from: None,
        bytes: false,
        line: 0,
        kept: VecDeque::new(),
        many: false,
        first: true,
        endless: 0,
    };
    let (mut files, mut follow, mut quiet) = (vec![], false, false);
    while let Some(item) = args.next()? {
        let (text, what) = match item {
            Item::Operand(file) => {
                files.push(file);
                continue;
            }
            Item::Short('n') => (args.value("-n")?, "lines"),
            Item::Short('c') => (args.value("-c")?, "bytes"),
            Item::Long(l) if l == "lines" => (args.value("--lines")?, "lines"),
            Item::Long(l) if l == "bytes" => (args.value("--bytes")?, "bytes"),
            Item::Short('f' | 'F') => {
                follow = true;
                continue;
            }
            Item::Long(l) if l == "follow" => {
                follow = true;
                continue;
            }
            Item::Short('q') => {
                quiet = true;
                continue;
            }
            item => return Err(args.unknown(&item)),
        };
        tail.bytes = what == "bytes";
        let number = text.trim_start_matches(['+', '-']).parse::<usize>();
        let number = number.map_err(|_| format!("tail: invalid number of {what}: '{text}'"))?;
        (tail.keep, tail.from) = if text.starts_with('+') { (0, Some(number)) } else { (number, None) };
    }
    tail.many = files.len() > 1 && !quiet;
    if let [file] = files.as_slice()
        && super::pour::endless(file).is_some()
    {
        return Ok(super::pour::hoard());
    }
    if follow && let [file] = files.as_slice() {
        let path = file.clone();
        let data = sys
            .read_file(&path)
            .map_err(|fault| tail.complaint("tail", &path, &fault.to_string()).trim_end().to_owned())?;
        let text = String::from_utf8_lossy(&data).into_owned();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let skip = tail.from.map_or(lines.len().saturating_sub(tail.keep), |n| n.saturating_sub(1).min(lines.len()));
        sys.out(&lines[skip..].concat());
        return Ok(Launch::Job(Box::new(Follow { path, seen: data.len() })));
    }
    Ok(start("tail", files, tail))
}

impl Tail {
    fn flush(&mut self, sys: &mut Sys<'_>) {
        let text: String = std::mem::take(&mut self.kept).into_iter().collect();
        if self.bytes {
            let bytes = text.as_bytes();
            sys.write(1, &bytes[bytes.len().saturating_sub(self.keep)..]);
        } else {
            sys.out(&text);
        }
    }
}

impl Filter for Tail {
    fn begin(&mut self, name: &str, sys: &mut Sys<'_>) {
        self.line = 0;
        if self.many {
            let shown = if name == "-" { "standard input" } else { name };
            sys.out(&format!("{}==> {shown} <==\n", if self.first { "" } else { "\n" }));
        }
        self.first = false;
    }

    fn line(&mut self, line: &str, ended: bool, sys: &mut Sys<'_>) -> Flow {
        self.line += 1;
        let whole = format!("{line}{}", if ended { "\n" } else { "" });
        if let Some(from) = self.from {
            if self.line >= from {
                sys.out(&whole);
            }
            return Flow::More;
        }
        if !ended && whole.len() > LONG {
            self.endless += whole.len() as u64;
            return Flow::More;
        }
        self.kept.push_back(whole);
        if !self.bytes && self.kept.len() > self.keep {
            self.kept.pop_front();
        }
        Flow::More
    }

    fn finish(&mut self, _name: &str, sys: &mut Sys<'_>) {
        self.flush(sys);
    }

    fn end(&mut self, _sys: &mut Sys<'_>, failed: bool) -> i32 {
        i32::from(failed)
    }

    fn memory(&self) -> u64 {
        self.endless
    }

    fn complaint(&self, tool: &str, file: &str, why: &str) -> String {
        match why {
            "Is a directory" => format!("{tool}: error reading '{file}': {why}\n"),
            _ => format!("{tool}: cannot open '{file}' for reading: {why}\n"),
        }
    }
}

/// `tail -f`: looks at the file once a second.
#[derive(Clone)]
struct Follow {
    path: String,
    seen: usize,
}

impl Job for Follow {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if let Ok(data) = sys.read_file(&self.path) {
            if data.len() < self.seen {
                sys.err(&format!("tail: {}: file truncated\n", self.path));
                self.seen = 0;
            }
            let new = data[self.seen..].to_vec();
            sys.write(1, &new);
            self.seen = data.len();
        }
        Poll::Wait(Wake::at(sys.now + Span::seconds(1)))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
