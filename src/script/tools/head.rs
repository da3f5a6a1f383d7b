//! head: the first lines, or bytes.

use crate::script::host::Launch;
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};
use super::stream::{Filter, Flow, start};

#[derive(Clone)]
struct Head {
    lines: Option<i64>,
    bytes: Option<usize>,
    left: i64,
    many: bool,
    first: bool,
    kept: std::collections::VecDeque<String>,
}

/// `-5` is `-n 5`.
pub fn old_numbers(argv: &[String]) -> Vec<String> {
    let mut out = argv.to_vec();
    if let Some(first) = out.get_mut(1) {
        let digits = first.strip_prefix('-').unwrap_or("");
        if digits.chars().next().is_some_and(|c| c.is_ascii_digit()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            *first = format!("-n{digits}");
        }
    }
    out
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv) {
        Ok(launch) => launch,
        Err(text) => Launch::Done(fail(sys, 1, &text)),
    }
}

fn read(argv: &[String]) -> Result<Launch, String> {
    let argv = old_numbers(argv);
    let mut args = Args::new(&argv);
    let (mut lines, mut bytes, mut files, mut quiet) = (Some(10), None, vec![], false);
    let mut loud = false;
    while let Some(item) = args.next()? {
        match item {
            Item::Operand(file) => files.push(file),
            Item::Short('n') => lines = Some(count(&args.value("-n")?, "lines")?),
            Item::Long(l) if l == "lines" => lines = Some(count(&args.value("--lines")?, "lines")?),
            Item::Short('c') => {
                (lines, bytes) = (None, Some(count(&args.value("-c")?, "bytes")?.unsigned_abs() as usize))
            }
            Item::Long(l) if l == "bytes" => {
                (lines, bytes) = (None, Some(count(&args.value("--bytes")?, "bytes")?.unsigned_abs() as usize))
            }
            Item::Short('q') => quiet = true,
            Item::Short('v') => loud = true,
            item => return Err(args.unknown(&item)),
        }
    }
    let many = (files.len() > 1 && !quiet) || loud;
    if let (Some(bytes), [file]) = (bytes, files.as_slice())
        && let Some(random) = super::pour::endless(file)
    {
        return Ok(super::pour::start("head", bytes as u64, random));
    }
    Ok(start("head", files, Head { lines, bytes, left: 0, many, first: true, kept: Default::default() }))
}

fn count(text: &str, what: &str) -> Result<i64, String> {
    let amount = super::dd::amount(text.trim_start_matches('-')).and_then(|n| i64::try_from(n).ok());
    let amount = amount.ok_or_else(|| format!("head: invalid number of {what}: '{text}'"))?;
    Ok(if text.starts_with('-') { -amount } else { amount })
}

impl Filter for Head {
    fn begin(&mut self, name: &str, sys: &mut Sys<'_>) {
        self.left = self.lines.unwrap_or(0).max(0);
        if self.many {
            let shown = if name == "-" { "standard input" } else { name };
            sys.out(&format!("{}==> {shown} <==\n", if self.first { "" } else { "\n" }));
        }
        self.first = false;
    }

    fn line(&mut self, line: &str, ended: bool, sys: &mut Sys<'_>) -> Flow {
        let whole = format!("{line}{}", if ended { "\n" } else { "" });
        if let Some(bytes) = &mut self.bytes {
            let n = whole.len().min(*bytes);
            sys.write(1, &whole.as_bytes()[..n]);
            *bytes -= n;
            return if *bytes == 0 { Flow::NextFile } else { Flow::More };
        }
        if let Some(n) = self.lines.filter(|n| *n < 0) {
            self.kept.push_back(whole);
            if self.kept.len() as i64 > -n
                && let Some(text) = self.kept.pop_front()
            {
                sys.out(&text);
            }
            return Flow::More;
        }
        if self.left > 0 {
            sys.out(&whole);
            self.left -= 1;
        }
        if self.left == 0 { Flow::NextFile } else { Flow::More }
    }

    fn end(&mut self, _sys: &mut Sys<'_>, failed: bool) -> i32 {
        i32::from(failed)
    }

    fn complaint(&self, tool: &str, file: &str, why: &str) -> String {
        match why {
            "Is a directory" => format!("{tool}: error reading '{file}': {why}\n"),
            _ => format!("{tool}: cannot open '{file}' for reading: {why}\n"),
        }
    }
}
