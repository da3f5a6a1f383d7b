//! wc: counts lines, words, characters.

use crate::script::host::Launch;
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};
use super::stream::{Filter, Flow, start};

#[derive(Clone, Copy, Default)]
struct Counts {
    lines: usize,
    words: usize,
    chars: usize,
    bytes: usize,
    longest: usize,
}

#[derive(Clone, Default)]
struct Wc {
    flags: [bool; 5],
    now: Counts,
    total: Counts,
    rows: Vec<(Counts, String)>,
    named: bool,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut wc = Wc::default();
    let mut files = vec![];
    let mut args = Args::new(argv);
    loop {
        match args.next() {
            Ok(None) => break,
            Ok(Some(Item::Operand(file))) => files.push(file),
            Ok(Some(Item::Short('l'))) => wc.flags[0] = true,
            Ok(Some(Item::Short('w'))) => wc.flags[1] = true,
            Ok(Some(Item::Short('m'))) => wc.flags[2] = true,
            Ok(Some(Item::Short('c'))) => wc.flags[3] = true,
            Ok(Some(Item::Short('L'))) => wc.flags[4] = true,
            Ok(Some(Item::Long(l))) if l == "lines" => wc.flags[0] = true,
            Ok(Some(Item::Long(l))) if l == "words" => wc.flags[1] = true,
            Ok(Some(Item::Long(l))) if l == "chars" => wc.flags[2] = true,
            Ok(Some(Item::Long(l))) if l == "bytes" => wc.flags[3] = true,
            Ok(Some(item)) => {
                let text = args.unknown(&item);
                return Launch::Done(fail(sys, 1, &text));
            }
            Err(text) => return Launch::Done(fail(sys, 1, &text)),
        }
    }
    if wc.flags == [false; 5] {
        wc.flags = [true, true, false, true, false];
    }
    wc.named = !files.is_empty();
    start("wc", files, wc)
}

impl Wc {
    fn columns(&self, c: &Counts) -> Vec<usize> {
        let all = [c.lines, c.words, c.chars, c.bytes, c.longest];
        all.into_iter().zip(self.flags).filter(|(_, on)| *on).map(|(n, _)| n).collect()
    }
}

impl Filter for Wc {
    fn line(&mut self, line: &str, ended: bool, _sys: &mut Sys<'_>) -> Flow {
        self.now.lines += usize::from(ended);
        self.now.words += line.split_whitespace().count();
        self.now.chars += line.chars().count() + usize::from(ended);
        self.now.bytes += line.len() + usize::from(ended);
        self.now.longest = self.now.longest.max(line.chars().count());
        Flow::More
    }

    fn finish(&mut self, name: &str, sys: &mut Sys<'_>) {
        let mut now = std::mem::take(&mut self.now);
        // of a very large file only the beginning was read
        let size = sys.size_of(name).unwrap_or(0) as usize;
        now.chars += size.saturating_sub(now.bytes);
        now.bytes = now.bytes.max(size);
        self.total.lines += now.lines;
        self.total.words += now.words;
        self.total.chars += now.chars;
        self.total.bytes += now.bytes;
        self.total.longest = self.total.longest.max(now.longest);
        self.rows.push((now, name.to_owned()));
    }

    fn end(&mut self, sys: &mut Sys<'_>, failed: bool) -> i32 {
        let mut rows = std::mem::take(&mut self.rows);
        let several = rows.len() + usize::from(failed) > 1;
        if several {
            rows.push((self.total, "total".into()));
        }
        let single = self.flags.iter().filter(|f| **f).count() == 1;
        let piped = rows.iter().any(|(_, n)| n == "-");
        let width = match (single && !several, piped || !self.named) {
            (true, _) => 1,
            (_, true) => 7,
            _ => self.total.bytes.max(self.total.lines).to_string().len(),
        };
        for (counts, name) in rows {
            let numbers: Vec<String> = self.columns(&counts).iter().map(|n| format!("{n:>width$}")).collect();
            let tail = if self.named { format!(" {name}") } else { String::new() };
            sys.out(&format!("{}{tail}\n", numbers.join(" ")));
        }
        i32::from(failed)
    }
}
