//! cat: files one after the other. Also less and more, which here show everything at once.

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::{Read, Sys};

use super::args::{Args, Item, fail};

#[derive(Clone, Default)]
struct Cat {
    tool: String,
    files: Vec<String>,
    at: usize,
    offset: usize,
    number: bool,
    ends: bool,
    tabs: bool,
    line: usize,
    fresh: bool,
    code: i32,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut cat = Cat { tool: argv[0].clone(), fresh: true, ..Cat::default() };
    let pager = cat.tool != "cat";
    let mut args = Args::new(argv);
    loop {
        match args.next() {
            Ok(None) => break,
            Ok(Some(Item::Operand(file))) => cat.files.push(file),
            Ok(Some(Item::Short('n'))) => cat.number = true,
            Ok(Some(Item::Short('A'))) => (cat.ends, cat.tabs) = (true, true),
            Ok(Some(Item::Short('E' | 'e'))) => cat.ends = true,
            Ok(Some(Item::Short('T' | 't'))) => cat.tabs = true,
            Ok(Some(Item::Short('u' | 'v'))) => {}
            Ok(Some(_)) if pager => {}
            Ok(Some(item)) => {
                let text = args.unknown(&item);
                return Launch::Done(fail(sys, 1, &text));
            }
            Err(text) => return Launch::Done(fail(sys, 1, &text)),
        }
    }
    if cat.files.is_empty() {
        cat.files.push("-".into());
    }
    if let [file] = cat.files.as_slice()
        && let Some(random) = super::pour::endless(file)
    {
        return super::pour::start("cat", u64::MAX, random);
    }
    Launch::Job(Box::new(cat))
}

impl Cat {
    fn put(&mut self, bytes: &[u8], sys: &mut Sys<'_>) {
        if !self.number && !self.ends && !self.tabs {
            sys.write(1, bytes);
            return;
        }
        let mut out = vec![];
        for b in bytes {
            if self.fresh && self.number {
                self.line += 1;
                out.extend(format!("{:6}\t", self.line).bytes());
            }
            self.fresh = *b == b'\n';
            match b {
                b'\n' if self.ends => out.extend(b"$\n"),
                b'\t' if self.tabs => out.extend(b"^I"),
                b'\r' if self.ends => out.extend(b"^M"),
                b => out.push(*b),
            }
        }
        sys.write(1, &out);
    }
}

impl Job for Cat {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if !sys.has_room() {
            return Poll::Wait(Wake::room());
        }
        let Some(file) = self.files.get(self.at).cloned() else { return Poll::Done(self.code) };
        if file == "-" || file == "/dev/stdin" {
            match sys.read(0, 4096) {
                Read::Data(data) => self.put(&data, sys),
                Read::End => self.at += 1,
                Read::Empty => return Poll::Wait(Wake::input()),
            }
            return Poll::Again;
        }
        match sys.read_file(&file) {
            Ok(data) => {
                let end = (self.offset + 65_536).min(data.len());
                let piece = data[self.offset.min(end)..end].to_vec();
                self.put(&piece, sys);
                self.offset = end;
                if end >= data.len() {
                    self.at += 1;
                    self.offset = 0;
                }
            }
            Err(fault) => {
                let text = match super::args::busybox(sys) {
                    true if fault != crate::script::files::Fault::IsDir => {
                        format!("{}: can't open '{file}': {fault}\n", self.tool)
                    }
                    true => format!("{}: read error: {fault}\n", self.tool),
                    false => format!("{}: {file}: {fault}\n", self.tool),
                };
                sys.err(&text);
                self.code = 1;
                self.at += 1;
            }
        }
        Poll::Again
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
