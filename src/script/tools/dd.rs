//! dd, fallocate, truncate: files of a certain size, however large; nobody keeps bytes that are all the same.
//!
//! Models: coreutils `dd.c`, `truncate.c`, util-linux `fallocate.c`, busybox `dd.c`.
//! Left out: conversions other than notrunc, flags other than append.

use crate::script::files::{Fault, What};
use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::{Read, Sys};
use crate::time::{Span, Time};
use std::rc::Rc;

use super::args::{busybox, fail};
use super::pour::endless;

const TURN: Span = Span::millis(100);
/// Bytes a second between devices that are no disk.
const MEMORY: u64 = 8_000_000_000;

/// `10M`, `1G`, `4k`, `1MB`, `2x512`: bytes.
pub fn amount(text: &str) -> Option<u64> {
    if let Some((a, b)) = text.split_once('x').filter(|_| !text.starts_with("0x")) {
        return amount(a)?.checked_mul(amount(b)?);
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    let (shift, decimal) = match &text[digits.len()..] {
        "" | "c" => return Some(number),
        "w" => return number.checked_mul(2),
        "b" => return number.checked_mul(512),
        "k" | "K" | "KiB" => (10, 0),
        "m" | "M" | "MiB" => (20, 0),
        "g" | "G" | "GiB" => (30, 0),
        "t" | "T" | "TiB" => (40, 0),
        "kB" | "KB" => (0, 1_000),
        "MB" => (0, 1_000_000),
        "GB" => (0, 1_000_000_000),
        "TB" => (0, 1_000_000_000_000),
        _ => return None,
    };
    number.checked_mul(if decimal > 0 { decimal } else { 1 << shift })
}

#[derive(Clone)]
enum From {
    Endless(bool),
    Bytes(Rc<Vec<u8>>, u64),
    Input,
}

#[derive(Clone)]
struct Dd {
    from: From,
    /// The file it writes to, as it was named; none for standard output.
    to: Option<String>,
    at: Option<u64>,
    block: u64,
    left: u64,
    done: u64,
    began: Time,
    quiet: bool,
    noxfer: bool,
    code: i32,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv, sys) {
        Ok(dd) => Launch::Job(Box::new(dd)),
        Err(text) => Launch::Done(fail(sys, 1, &text)),
    }
}

fn read(argv: &[String], sys: &mut Sys<'_>) -> Result<Dd, String> {
    let (mut input, mut output, mut block, mut count) = (None, None, 512, None);
    let (mut skip, mut seek, mut keep, mut status, mut append) = (0, 0, false, "", false);
    for arg in &argv[1..] {
        let Some((name, value)) = arg.split_once('=') else {
            return Err(format!("dd: unrecognized operand '{arg}'\nTry 'dd --help' for more information."));
        };
        let number = || amount(value).ok_or_else(|| format!("dd: invalid number: '{value}'"));
        match name {
            "if" => input = Some(value),
            "of" => output = Some(value.to_owned()),
            "bs" | "obs" | "ibs" => block = number()?,
            "count" => count = Some(number()?),
            "skip" => skip = number()?,
            "seek" => seek = number()?,
            "conv" => keep = value.split(',').any(|word| word == "notrunc"),
            "oflag" => append = value.split(',').any(|word| word == "append"),
            "iflag" => {}
            "status" => status = value,
            _ => return Err(format!("dd: unrecognized operand '{arg}'\nTry 'dd --help' for more information.")),
        }
    }
    if block == 0 {
        return Err("dd: invalid number: '0'".into());
    }
    let open = |name: &str, fault: Fault, sys: &Sys<'_>| match busybox(sys) {
        true => format!("dd: can't open '{name}': {fault}"),
        false => format!("dd: failed to open '{name}': {fault}"),
    };
    let mut left = count.map_or(u64::MAX, |count| count.saturating_mul(block));
    let from = match input {
        None | Some("/dev/stdin") => From::Input,
        Some(path) => match endless(path) {
            Some(random) => From::Endless(random),
            None => {
                let bytes = sys.read_file(path).map_err(|fault| open(path, fault, sys))?;
                let size = match path {
                    "/dev/null" => 0,
                    path => sys.files.stat(&sys.resolve(path)).map_or(bytes.len() as u64, |stat| stat.size),
                };
                left = left.min(size.saturating_sub(skip * block));
                From::Bytes(bytes, skip * block)
            }
        },
    };
    let to = output.filter(|name| name != "/dev/stdout");
    if let Some(name) = to.as_deref().filter(|name| *name != "/dev/null") {
        let (path, now) = (sys.resolve(name), sys.now);
        let there = sys.files.stat(&path).ok();
        let made = match there {
            Some(stat) if stat.kind == What::Dir => Err(Fault::IsDir),
            Some(_) if keep || append || seek > 0 => Ok(()),
            _ => sys.files.write(&path, b"", now),
        };
        made.map_err(|fault| open(name, fault, sys))?;
    }
    let at = (!append).then_some(seek * block);
    let (quiet, noxfer) = (status == "none", status == "noxfer");
    Ok(Dd { from, to, at, block, left, done: 0, began: sys.now, quiet, noxfer, code: 0 })
}

impl Dd {
    /// Writes so many filler bytes; how many found room.
    fn fill(&mut self, bytes: u64, random: bool, sys: &mut Sys<'_>) -> Result<u64, (Fault, u64)> {
        match self.to.clone() {
            None => sys.pour(1, bytes, random).map(|()| bytes).map_err(|fault| (fault, 0)),
            Some(name) if name == "/dev/null" => Ok(bytes),
            Some(name) if name == "/dev/full" => Err((Fault::NoSpace, 0)),
            Some(name) => {
                let (path, now) = (sys.resolve(&name), sys.now);
                sys.files.extend(&path, self.at, bytes, now).map(|_| bytes)
            }
        }
    }

    fn put(&mut self, bytes: &[u8], sys: &mut Sys<'_>) -> Result<(), Fault> {
        match self.to.clone() {
            None => sys.write(1, bytes),
            Some(name) if name == "/dev/null" => {}
            Some(name) => {
                let (path, now) = (sys.resolve(&name), sys.now);
                sys.files.write_at(&path, self.at.map(|at| at as usize), bytes, now)?;
            }
        }
        Ok(())
    }

    fn moved(&mut self, bytes: u64) {
        self.done += bytes;
        self.left -= if self.left == u64::MAX { 0 } else { bytes };
        self.at = self.at.map(|at| at + bytes);
    }

    /// One turn's worth; `None` when there is nothing to read yet.
    fn copy(&mut self, most: u64, sys: &mut Sys<'_>) -> Option<Result<(), Fault>> {
        let part = self.left.min(most);
        let (bytes, filler) = match &mut self.from {
            From::Endless(random) => (vec![], Some(*random)),
            From::Bytes(all, at) => {
                let from = (*at).min(all.len() as u64) as usize;
                let piece = all[from..all.len().min(from + part as usize)].to_vec();
                *at += if piece.is_empty() { part } else { piece.len() as u64 };
                (piece.clone(), piece.is_empty().then_some(false))
            }
            From::Input => match sys.read(0, part.min(65_536) as usize) {
                Read::Data(data) => (data, None),
                Read::End => {
                    self.left = 0;
                    return Some(Ok(()));
                }
                Read::Empty => return None,
            },
        };
        if let Some(random) = filler {
            return Some(match self.fill(part, random, sys) {
                Ok(written) => {
                    self.moved(written);
                    Ok(())
                }
                Err((fault, written)) => {
                    self.moved(written);
                    Err(fault)
                }
            });
        }
        let done = self.put(&bytes, sys);
        if done.is_ok() {
            self.moved(bytes.len() as u64);
        }
        Some(done)
    }

    fn report(&self, sys: &mut Sys<'_>) {
        if self.quiet {
            return;
        }
        let (whole, part) = (self.done / self.block, u8::from(!self.done.is_multiple_of(self.block)));
        sys.err(&format!("{whole}+{part} records in\n{whole}+{part} records out\n"));
        if self.noxfer {
            return;
        }
        // microseconds: the clock of a copy that took no time at all still ran
        let took = (sys.now.since(self.began).0 * 1000).max(self.done * 1_000_000 / MEMORY).max(50);
        let speed = (u128::from(self.done) * 1_000_000 / u128::from(took)) as u64;
        let text = match busybox(sys) {
            true => format!(
                "{} bytes ({}B) copied, {}.{:06} seconds, {}B/s\n",
                self.done,
                short(self.done),
                took / 1_000_000,
                took % 1_000_000,
                short(speed)
            ),
            false => {
                let both = match self.done {
                    0..1000 => String::new(),
                    n => format!(" ({}, {})", units(n, 1000), units(n, 1024)),
                };
                let seconds = format!("{}.{:06}", took / 1_000_000, took % 1_000_000);
                let seconds = significant(&seconds, 6);
                format!("{} bytes{both} copied, {seconds} s, {}/s\n", self.done, units(speed, 1000))
            }
        };
        sys.err(&text);
    }
}

/// The first digits of a decimal number, without noughts at its end.
fn significant(text: &str, digits: usize) -> String {
    let mut out = String::new();
    let mut seen = 0;
    for c in text.chars() {
        if c.is_ascii_digit() && (seen > 0 || c != '0') {
            seen += 1;
        }
        if seen > digits {
            break;
        }
        out.push(c);
    }
    out.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `1.0G`, as busybox writes sizes.
fn short(bytes: u64) -> String {
    let (mut n, mut rest, mut unit) = (bytes, 0, 0);
    while n >= 1024 && unit < 4 {
        rest = (n % 1024) * 10 / 1024;
        n /= 1024;
        unit += 1;
    }
    if unit == 0 { n.to_string() } else { format!("{n}.{rest}{}", ["", "K", "M", "G", "T"][unit]) }
}

/// `1.1 GB`, `1.0 GiB`, as coreutils writes sizes.
fn units(bytes: u64, base: u64) -> String {
    let (mut n, mut unit) = (bytes * 10, 0);
    while n >= base * 10 && unit < 4 {
        n = (n + base / 2) / base;
        unit += 1;
    }
    let name = if base == 1000 { ["B", "kB", "MB", "GB", "TB"] } else { ["B", "KiB", "MiB", "GiB", "TiB"] };
    let number = if n < 100 && unit > 0 { format!("{}.{}", n / 10, n % 10) } else { ((n + 5) / 10).to_string() };
    format!("{number} {}", name[unit])
}

impl Job for Dd {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if !sys.has_room() && self.to.is_none() {
            return Poll::Wait(Wake::room());
        }
        if sys.is_broken() {
            return Poll::Done(141);
        }
        let bulk = self.to.is_some() || sys.takes_bulk();
        let speed = if self.to.as_deref() == Some("/dev/null") { MEMORY } else { sys.files.disk.speed };
        let most = if bulk { (speed / (1000 / TURN.0)).max(1) } else { 65_536 };
        let before = self.done;
        match self.copy(most, sys) {
            None => return Poll::Wait(Wake::input()),
            Some(Ok(())) => {}
            Some(Err(fault)) => {
                let name = self.to.clone().unwrap_or_else(|| "standard output".into());
                sys.err(&format!("dd: error writing '{name}': {fault}\n"));
                (self.left, self.code) = (0, 1);
            }
        }
        // the last piece takes its time, too
        let took = Span::millis((self.done - before) * 1000 / speed);
        if self.left > 0 {
            return if bulk { Poll::Wait(Wake::at(sys.now + took.max(Span(1)))) } else { Poll::Again };
        }
        self.report(sys);
        Poll::Done(self.code)
    }

    fn demand(&self) -> u32 {
        if self.to.as_deref() == Some("/dev/null") { 1000 } else { 350 }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// `fallocate -l SIZE FILE`.
pub fn fallocate(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let (mut size, mut files) = (None, vec![]);
    let mut words = argv[1..].iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-l" | "--length" => size = words.next().map(String::as_str),
            "-o" | "--offset" => drop(words.next()),
            word if word.starts_with("-l") => size = Some(&word[2..]),
            word if word.starts_with("--length=") => size = Some(&word["--length=".len()..]),
            word if word.starts_with('-') => {}
            word => files.push(word),
        }
    }
    let Some(file) = files.first() else { return Launch::Done(fail(sys, 1, "fallocate: no filename specified")) };
    let Some(size) = size else { return Launch::Done(fail(sys, 1, "fallocate: no length argument specified")) };
    let Some(bytes) = amount(size).filter(|bytes| *bytes > 0) else {
        return Launch::Done(fail(sys, 1, &format!("fallocate: invalid length value specified: {size}")));
    };
    let (path, now) = (sys.resolve(file), sys.now);
    let old = sys.files.stat(&path).map_or(0, |stat| stat.size);
    let made = if sys.files.exists(&path) { Ok(()) } else { sys.files.write(&path, b"", now) };
    if let Err(fault) = made {
        return Launch::Done(fail(sys, 1, &format!("fallocate: cannot open {file}: {fault}")));
    }
    match sys.files.set_size(&path, bytes.max(old), true, now) {
        Ok(()) => Launch::Done(0),
        Err(fault) => {
            let text = match busybox(sys) {
                true => format!("fallocate: fallocate '{file}': {fault}"),
                false => format!("fallocate: fallocate failed: {fault}"),
            };
            Launch::Done(fail(sys, 1, &text))
        }
    }
}

/// `truncate -s SIZE FILE...`; SIZE may begin with + or -.
pub fn truncate(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let (mut size, mut files, mut keep) = (None, vec![], false);
    let mut words = argv[1..].iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-s" | "--size" => size = words.next().map(String::as_str),
            "-c" | "--no-create" => keep = true,
            word if word.starts_with("-s") => size = Some(&word[2..]),
            word if word.starts_with("--size=") => size = Some(&word["--size=".len()..]),
            word => files.push(word),
        }
    }
    let Some(size) = size else {
        let text =
            "truncate: you must specify either '--size' or '--reference'\nTry 'truncate --help' for more information.";
        return Launch::Done(fail(sys, 1, text));
    };
    let Some(bytes) = amount(size.trim_start_matches(['+', '-'])) else {
        return Launch::Done(fail(sys, 1, &format!("truncate: Invalid number: '{size}'")));
    };
    let mut code = 0;
    for file in files {
        let (path, now) = (sys.resolve(file), sys.now);
        if !sys.files.exists(&path) {
            if keep {
                continue;
            }
            if let Err(fault) = sys.files.write(&path, b"", now) {
                code = fail(sys, 1, &format!("truncate: cannot open '{file}' for writing: {fault}"));
                continue;
            }
        }
        let old = sys.files.stat(&path).map_or(0, |stat| stat.size);
        let wanted = match size.as_bytes().first() {
            Some(b'+') => old.saturating_add(bytes),
            Some(b'-') => old.saturating_sub(bytes),
            _ => bytes,
        };
        if let Err(fault) = sys.files.set_size(&path, wanted, false, now) {
            code = fail(sys, 1, &format!("truncate: failed to truncate '{file}' at {wanted} bytes: {fault}"));
        }
    }
    Launch::Done(code)
}
