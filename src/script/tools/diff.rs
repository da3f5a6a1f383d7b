//! diff: how two files differ, in the normal form or with -u. -q only says that they do.
//!
//! Left out: directories (-r), side by side.

use crate::base::diff;
use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};

#[derive(Clone, Default)]
struct Diff {
    files: Vec<String>,
    unified: bool,
    brief: bool,
    context: usize,
    ignore_space: bool,
    input: Vec<u8>,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut diff = Diff { context: 3, ..Diff::default() };
    let mut args = Args::new(argv);
    loop {
        match args.next() {
            Ok(None) => break,
            Ok(Some(Item::Operand(file))) => diff.files.push(file),
            Ok(Some(Item::Short('u'))) => diff.unified = true,
            Ok(Some(Item::Short('N' | 'a' | 'r'))) => {}
            Ok(Some(Item::Short('w' | 'b' | 'B'))) => diff.ignore_space = true,
            Ok(Some(Item::Short('q'))) => diff.brief = true,
            Ok(Some(Item::Short('U'))) => {
                diff.unified = true;
                diff.context = args.value("-U").ok().and_then(|v| v.parse().ok()).unwrap_or(3);
            }
            Ok(Some(Item::Long(l))) if l == "brief" => diff.brief = true,
            Ok(Some(Item::Long(l))) if l == "unified" => diff.unified = true,
            Ok(Some(Item::Long(l))) if l == "color" => drop(args.glued()),
            Ok(Some(item)) => {
                let text = args.unknown(&item);
                return Launch::Done(fail(sys, 2, &text));
            }
            Err(text) => return Launch::Done(fail(sys, 2, &text)),
        }
    }
    if diff.files.len() != 2 {
        let what = match diff.files.last() {
            None => "missing operand after 'diff'".to_owned(),
            Some(last) if diff.files.len() < 2 => format!("missing operand after '{last}'"),
            Some(last) => format!("extra operand '{last}'"),
        };
        let text = args.bad(&what);
        return Launch::Done(fail(sys, 2, &text));
    }
    Launch::Job(Box::new(diff))
}

impl Diff {
    fn text(&self, name: &str, sys: &mut Sys<'_>) -> Result<String, String> {
        if name == "-" {
            return Ok(String::from_utf8_lossy(&self.input).into_owned());
        }
        let data = sys.read_file(name).map_err(|fault| format!("diff: {name}: {fault}"))?;
        Ok(String::from_utf8_lossy(&data).into_owned())
    }

    fn show(&self, a: &str, b: &str, sys: &mut Sys<'_>) {
        if self.unified {
            let stamp = |name: &str, sys: &Sys<'_>| {
                let at = sys.files.stat(&sys.resolve(name)).map_or(sys.now, |s| s.at);
                at.timestamp().strftime("%Y-%m-%d %H:%M:%S.000000000 +0000").to_string()
            };
            sys.out(&format!("--- {}\t{}\n", self.files[0], stamp(&self.files[0], sys)));
            sys.out(&format!("+++ {}\t{}\n", self.files[1], stamp(&self.files[1], sys)));
            sys.out(&diff::unified(a, b, self.context));
            return;
        }
        let (old, new): (Vec<&str>, Vec<&str>) = (a.split_inclusive('\n').collect(), b.split_inclusive('\n').collect());
        for diff::Hunk { before: left, after: right } in diff::hunks(a, b) {
            let letter = match (left.is_empty(), right.is_empty()) {
                (false, true) => 'd',
                (true, _) => 'a',
                (false, false) => 'c',
            };
            let shown = |r: &std::ops::Range<usize>| match r.len() {
                0 => r.start.to_string(),
                1 => (r.start + 1).to_string(),
                _ => format!("{},{}", r.start + 1, r.end),
            };
            sys.out(&format!("{}{letter}{}\n", shown(&left), shown(&right)));
            for line in &old[left.clone()] {
                self.line("< ".into(), line, sys);
            }
            if letter == 'c' {
                sys.out("---\n");
            }
            for line in &new[right.clone()] {
                self.line("> ".into(), line, sys);
            }
        }
    }

    fn line(&self, head: String, line: &str, sys: &mut Sys<'_>) {
        match line.strip_suffix('\n') {
            Some(line) => sys.out(&format!("{head}{line}\n")),
            None => sys.out(&format!("{head}{line}\n\\ No newline at end of file\n")),
        }
    }
}

impl Job for Diff {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if self.files.iter().any(|f| f == "-") {
            let mut input = std::mem::take(&mut self.input);
            let all = sys.read_all(&mut input);
            self.input = input;
            if !all {
                return Poll::Wait(Wake::input());
            }
        }
        let names = self.files.clone();
        let (a, b) = match (self.text(&names[0], sys), self.text(&names[1], sys)) {
            (Ok(a), Ok(b)) => (a, b),
            (a, b) => {
                for text in [a.err(), b.err()].into_iter().flatten() {
                    sys.err(&format!("{text}\n"));
                }
                return Poll::Done(2);
            }
        };
        let squeeze =
            |t: &str| t.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
        if a == b || (self.ignore_space && squeeze(&a) == squeeze(&b)) {
            return Poll::Done(0);
        }
        if self.brief {
            sys.out(&format!("Files {} and {} differ\n", names[0], names[1]));
        } else {
            self.show(&a, &b, sys);
        }
        Poll::Done(1)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
