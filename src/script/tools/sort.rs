//! sort: lines in order. -n -r -u -k -t -f -h -V -b -s -o.
//!
//! Models: GNU sort in the C locale. Left out: -M, -c, merging.

use std::cmp::Ordering;

use crate::script::host::Launch;
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};
use super::stream::{Filter, Flow, start};

#[derive(Clone, Copy, Default, PartialEq)]
struct Way {
    numeric: bool,
    human: bool,
    version: bool,
    fold: bool,
    reverse: bool,
}

#[derive(Clone, Default)]
struct Key {
    from: (usize, usize),
    to: Option<(usize, usize)>,
    way: Option<Way>,
}

#[derive(Clone, Default)]
struct Sort {
    way: Way,
    keys: Vec<Key>,
    separator: Option<char>,
    unique: bool,
    stable: bool,
    output: Option<String>,
    lines: Vec<String>,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv) {
        Ok((files, sort)) => start("sort", files, sort),
        Err(text) => Launch::Done(fail(sys, 2, &text)),
    }
}

fn set(way: &mut Way, flag: char) -> bool {
    match flag {
        'n' | 'g' => way.numeric = true,
        'h' => way.human = true,
        'V' => way.version = true,
        'f' => way.fold = true,
        'r' => way.reverse = true,
        'b' | 'd' | 'i' => {}
        _ => return false,
    }
    true
}

fn read(argv: &[String]) -> Result<(Vec<String>, Sort), String> {
    let mut sort = Sort::default();
    let mut files = vec![];
    let mut args = Args::new(argv);
    while let Some(item) = args.next()? {
        match item {
            Item::Operand(file) => files.push(file),
            Item::Short('u') => sort.unique = true,
            Item::Short('s') => sort.stable = true,
            Item::Short('k') => sort.keys.push(key(&args.value("-k")?)?),
            Item::Short('t') => sort.separator = args.value("-t")?.chars().next(),
            Item::Short('o') => sort.output = Some(args.value("-o")?),
            Item::Short(c) if set(&mut sort.way, c) => {}
            Item::Long(l) => match l.as_str() {
                "unique" => sort.unique = true,
                "stable" => sort.stable = true,
                "reverse" => sort.way.reverse = true,
                "numeric-sort" => sort.way.numeric = true,
                "human-numeric-sort" => sort.way.human = true,
                "version-sort" => sort.way.version = true,
                "ignore-case" => sort.way.fold = true,
                "key" => sort.keys.push(key(&args.value("--key")?)?),
                "field-separator" => sort.separator = args.value("--field-separator")?.chars().next(),
                _ => return Err(args.unknown(&Item::Long(l))),
            },
            item => return Err(args.unknown(&item)),
        }
    }
    Ok((files, sort))
}

fn key(text: &str) -> Result<Key, String> {
    let mut key = Key::default();
    for (i, part) in text.splitn(2, ',').enumerate() {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(part.len());
        let (field, column) = part[..end].split_once('.').unwrap_or((&part[..end], "0"));
        let parsed = field.parse::<usize>().ok().filter(|n| *n > 0 || i > 0).zip(column.parse::<usize>().ok());
        let Some(place) = parsed else {
            return Err(format!("sort: invalid number at field start: invalid count at start of '{text}'"));
        };
        for flag in part[end..].chars() {
            if !set(key.way.get_or_insert_default(), flag) {
                return Err(format!("sort: stray character in field spec: invalid field specification '{text}'"));
            }
        }
        if i == 0 { key.from = place } else { key.to = Some(place) }
    }
    Ok(key)
}

impl Sort {
    fn part<'a>(&self, line: &'a str, key: &Key) -> &'a str {
        let spans = self.fields(line);
        let at = |place: (usize, usize), end: bool| {
            let Some((from, to)) = spans.get(place.0 - 1).copied() else { return line.len() };
            match (end, place.1) {
                (true, 0) => to,
                (true, n) => (from + n).min(to),
                (false, n) => (from + n.saturating_sub(1)).min(to),
            }
        };
        let from = at(key.from, false);
        let to = key.to.map_or(line.len(), |to| at(to, true));
        line.get(from..to.max(from)).unwrap_or("")
    }

    fn fields(&self, line: &str) -> Vec<(usize, usize)> {
        let mut out = vec![];
        let mut from = 0;
        match self.separator {
            Some(c) => {
                for part in line.split(c) {
                    out.push((from, from + part.len()));
                    from += part.len() + c.len_utf8();
                }
            }
            None => {
                let bytes = line.as_bytes();
                while from < bytes.len() {
                    let mut to = from;
                    while to < bytes.len() && bytes[to].is_ascii_whitespace() {
                        to += 1;
                    }
                    while to < bytes.len() && !bytes[to].is_ascii_whitespace() {
                        to += 1;
                    }
                    out.push((from, to));
                    from = to;
                }
            }
        }
        out
    }

    fn order(&self, a: &str, b: &str) -> Ordering {
        for key in &self.keys {
            let way = key.way.unwrap_or(self.way);
            let order = compare(self.part(a, key), self.part(b, key), way);
            if order != Ordering::Equal {
                return order;
            }
        }
        if self.keys.is_empty() { compare(a, b, self.way) } else { Ordering::Equal }
    }
}

fn compare(a: &str, b: &str, way: Way) -> Ordering {
    let order = if way.numeric || way.human {
        decimal(a, way.human).cmp(&decimal(b, way.human))
    } else if way.version {
        version(a, b)
    } else if way.fold {
        a.to_uppercase().cmp(&b.to_uppercase())
    } else {
        a.as_bytes().cmp(b.as_bytes())
    };
    if way.reverse { order.reverse() } else { order }
}

/// The number a text begins with, in millionths, times its unit.
fn decimal(text: &str, human: bool) -> i128 {
    let text = text.trim_start();
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |t| (-1, t));
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (whole, part) = text[..end].split_once('.').unwrap_or((&text[..end], ""));
    let whole: i128 = whole.parse().unwrap_or(0);
    let part: i128 = format!("{part:0<6}").get(..6).and_then(|p| p.parse().ok()).unwrap_or(0);
    let power = match text[end..].chars().next().filter(|_| human) {
        Some('K' | 'k') => 1,
        Some('M') => 2,
        Some('G') => 3,
        Some('T') => 4,
        _ => 0,
    };
    sign * (whole * 1_000_000 + part).saturating_mul(1024i128.pow(power))
}

fn version(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i].is_ascii_digit() && b[j].is_ascii_digit() {
            let run = |s: &[u8], at: usize| at + s[at..].iter().take_while(|c| c.is_ascii_digit()).count();
            let (x, y) = (run(a, i), run(b, j));
            let number = |s: &[u8]| String::from_utf8_lossy(s).parse::<u128>().unwrap_or(u128::MAX);
            let order = number(&a[i..x]).cmp(&number(&b[j..y]));
            if order != Ordering::Equal {
                return order;
            }
            (i, j) = (x, y);
        } else {
            let order = a[i].cmp(&b[j]);
            if order != Ordering::Equal {
                return order;
            }
            (i, j) = (i + 1, j + 1);
        }
    }
    (a.len() - i).cmp(&(b.len() - j))
}

impl Filter for Sort {
    fn line(&mut self, line: &str, _ended: bool, _sys: &mut Sys<'_>) -> Flow {
        self.lines.push(line.to_owned());
        Flow::More
    }

    fn end(&mut self, sys: &mut Sys<'_>, failed: bool) -> i32 {
        let mut lines = std::mem::take(&mut self.lines);
        let last = |a: &String, b: &String| {
            let bytes = a.as_bytes().cmp(b.as_bytes());
            if self.way.reverse { bytes.reverse() } else { bytes }
        };
        lines.sort_by(|a, b| match self.order(a, b) {
            Ordering::Equal if !self.stable && !self.unique => last(a, b),
            order => order,
        });
        if self.unique {
            lines.dedup_by(|a, b| self.order(a, b) == Ordering::Equal);
        }
        let mut text = lines.join("\n");
        if !lines.is_empty() {
            text.push('\n');
        }
        match self.output.take() {
            Some(path) => {
                if let Err(fault) = sys.write_whole(&path, text.as_bytes()) {
                    sys.err(&format!("sort: open failed: {path}: {fault}\n"));
                    return 2;
                }
            }
            None => sys.out(&text),
        }
        if failed { 2 } else { 0 }
    }

    fn complaint(&self, tool: &str, file: &str, why: &str) -> String {
        match why {
            "Is a directory" => format!("{tool}: read failed: {file}: {why}\n"),
            _ => format!("{tool}: cannot read: {file}: {why}\n"),
        }
    }
}
