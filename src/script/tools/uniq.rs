//! uniq: neighbouring lines that are equal, once. -c counts, -d only repeated ones, -u only single ones, -i.

use crate::script::host::Launch;
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};
use super::stream::{Filter, Flow, start};

#[derive(Clone, Default)]
struct Uniq {
    count: bool,
    repeated: bool,
    single: bool,
    ignore: bool,
    now: Option<(String, usize)>,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut uniq = Uniq::default();
    let mut files = vec![];
    let mut args = Args::new(argv);
    loop {
        match args.next() {
            Ok(None) => break,
            Ok(Some(Item::Operand(file))) => files.push(file),
            Ok(Some(Item::Short('c'))) => uniq.count = true,
            Ok(Some(Item::Short('d'))) => uniq.repeated = true,
            Ok(Some(Item::Short('u'))) => uniq.single = true,
            Ok(Some(Item::Short('i'))) => uniq.ignore = true,
            Ok(Some(Item::Long(l))) if l == "count" => uniq.count = true,
            Ok(Some(Item::Long(l))) if l == "repeated" => uniq.repeated = true,
            Ok(Some(Item::Long(l))) if l == "unique" => uniq.single = true,
            Ok(Some(item)) => {
                let text = args.unknown(&item);
                return Launch::Done(fail(sys, 1, &text));
            }
            Err(text) => return Launch::Done(fail(sys, 1, &text)),
        }
    }
    files.truncate(1);
    start("uniq", files, uniq)
}

impl Uniq {
    fn flush(&mut self, sys: &mut Sys<'_>) {
        let Some((line, n)) = self.now.take() else { return };
        if (self.repeated && n < 2) || (self.single && n > 1) {
            return;
        }
        let text = if self.count { format!("{n:7} {line}\n") } else { format!("{line}\n") };
        sys.out(&text);
    }
}

impl Filter for Uniq {
    fn line(&mut self, line: &str, _ended: bool, sys: &mut Sys<'_>) -> Flow {
        let same = |a: &str| if self.ignore { a.to_lowercase() == line.to_lowercase() } else { a == line };
        match &mut self.now {
            Some((old, n)) if same(old) => *n += 1,
            _ => {
                self.flush(sys);
                self.now = Some((line.to_owned(), 1));
            }
        }
        Flow::More
    }

    fn end(&mut self, sys: &mut Sys<'_>, failed: bool) -> i32 {
        self.flush(sys);
        i32::from(failed)
    }
}
