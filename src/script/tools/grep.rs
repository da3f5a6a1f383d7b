//! grep: lines that match. Also egrep, fgrep.
//!
//! Models: GNU grep. Left out: -P beyond the extended syntax, -z, --color's colours.

use std::collections::VecDeque;

use regex_lite::Regex;

use crate::script::files::Files;
use crate::script::host::Launch;
use crate::script::regex;
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};
use super::stream::{Filter, Flow, start};

#[derive(Clone, Default)]
struct Flags {
    invert: bool,
    count: bool,
    number: bool,
    names: Option<bool>,
    only: bool,
    quiet: bool,
    list: bool,
    list_without: bool,
    before: usize,
    after: usize,
    silent: bool,
    recursive: bool,
    max: Option<usize>,
}

#[derive(Clone)]
struct Grep {
    regexes: Vec<Regex>,
    flags: Flags,
    show_names: bool,
    name: String,
    line: usize,
    hits: usize,
    any: bool,
    recent: VecDeque<(usize, String)>,
    pending: usize,
    last: Option<usize>,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv, sys) {
        Ok(launch) => launch,
        Err(text) => Launch::Done(fail(sys, 2, &text)),
    }
}

fn number(text: &str, what: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("grep: {text}: invalid {what} argument"))
}

fn read(argv: &[String], sys: &mut Sys<'_>) -> Result<Launch, String> {
    let mut flags = Flags::default();
    let (mut mode, mut ignore, mut word, mut line) = (if argv[0] == "egrep" { 'E' } else { 'G' }, false, false, false);
    if argv[0] == "fgrep" {
        mode = 'F';
    }
    let (mut patterns, mut operands) = (vec![], vec![]);
    let (mut include, mut exclude) = (vec![], vec![]);
    let argv = context_numbers(argv);
    let mut args = Args::new(&argv);
    while let Some(item) = args.next()? {
        match item {
            Item::Operand(text) => operands.push(text),
            Item::Short(c @ ('E' | 'F' | 'G')) => mode = c,
            Item::Short('P') => mode = 'E',
            Item::Long(l) => match l.as_str() {
                "extended-regexp" | "perl-regexp" => mode = 'E',
                "fixed-strings" => mode = 'F',
                "basic-regexp" => mode = 'G',
                "ignore-case" => ignore = true,
                "invert-match" => flags.invert = true,
                "word-regexp" => word = true,
                "line-regexp" => line = true,
                "count" => flags.count = true,
                "line-number" => flags.number = true,
                "only-matching" => flags.only = true,
                "quiet" | "silent" => flags.quiet = true,
                "no-messages" => flags.silent = true,
                "files-with-matches" => flags.list = true,
                "files-without-match" => flags.list_without = true,
                "recursive" => flags.recursive = true,
                "with-filename" => flags.names = Some(true),
                "no-filename" => flags.names = Some(false),
                "color" | "colour" => drop(args.glued()),
                "line-buffered" | "text" => {}
                "regexp" => patterns.push(args.value("--regexp")?),
                "include" => include.push(args.value("--include")?),
                "exclude" | "exclude-dir" => exclude.push(args.value("--exclude")?),
                "max-count" => flags.max = Some(number(&args.value("--max-count")?, "max count")?),
                "after-context" => flags.after = number(&args.value("--after-context")?, "context length")?,
                "before-context" => flags.before = number(&args.value("--before-context")?, "context length")?,
                "context" => {
                    flags.after = number(&args.value("--context")?, "context length")?;
                    flags.before = flags.after;
                }
                _ => return Err(usage(&args.unknown(&Item::Long(l)))),
            },
            Item::Short('i' | 'y') => ignore = true,
            Item::Short('v') => flags.invert = true,
            Item::Short('w') => word = true,
            Item::Short('x') => line = true,
            Item::Short('c') => flags.count = true,
            Item::Short('n') => flags.number = true,
            Item::Short('o') => flags.only = true,
            Item::Short('q') => flags.quiet = true,
            Item::Short('s') => flags.silent = true,
            Item::Short('l') => flags.list = true,
            Item::Short('L') => flags.list_without = true,
            Item::Short('r' | 'R') => flags.recursive = true,
            Item::Short('H') => flags.names = Some(true),
            Item::Short('h') => flags.names = Some(false),
            Item::Short('a' | 'U') => {}
            Item::Short('e') => patterns.push(args.value("-e")?),
            Item::Short('f') => {
                let path = args.value("-f")?;
                let data = sys.read_file(&path).map_err(|fault| format!("grep: {path}: {fault}"))?;
                patterns.push(String::from_utf8_lossy(&data).trim_end_matches('\n').to_owned());
            }
            Item::Short('m') => flags.max = Some(number(&args.value("-m")?, "max count")?),
            Item::Short('A') => flags.after = number(&args.value("-A")?, "context length")?,
            Item::Short('B') => flags.before = number(&args.value("-B")?, "context length")?,
            Item::Short('C') => {
                flags.after = number(&args.value("-C")?, "context length")?;
                flags.before = flags.after;
            }
            Item::Short(c) => return Err(usage(&args.unknown(&Item::Short(c)))),
        }
    }
    if patterns.is_empty() {
        if operands.is_empty() {
            return Err(usage(""));
        }
        patterns.push(operands.remove(0));
    }
    let mut regexes = vec![];
    for pattern in patterns.iter().flat_map(|p| p.split('\n')) {
        regexes.push(compile(pattern, mode, ignore, word, line)?);
    }
    let mut files = operands;
    if flags.recursive {
        let roots = if files.is_empty() { vec![".".to_owned()] } else { files.clone() };
        let bare = files.is_empty();
        files = vec![];
        for root in roots {
            walk(sys.files, &sys.resolve(&root), &root, &mut files);
        }
        if bare {
            files = files.into_iter().map(|f| f.trim_start_matches("./").to_owned()).collect();
        }
        let fits = |list: &[String], f: &str| {
            let base: Vec<char> = f.rsplit('/').next().unwrap_or(f).chars().collect();
            list.iter().any(|p| crate::script::run::pattern::fits(&crate::script::run::pattern::plain(p), &base))
        };
        files.retain(|f| (include.is_empty() || fits(&include, f)) && !fits(&exclude, f));
        if files.is_empty() {
            return Ok(Launch::Done(1));
        }
    }
    let show_names = flags.names.unwrap_or(files.len() > 1 || flags.recursive);
    let filter = Grep {
        regexes,
        flags,
        show_names,
        name: String::new(),
        line: 0,
        hits: 0,
        any: false,
        recent: VecDeque::new(),
        pending: 0,
        last: None,
    };
    Ok(start("grep", files, filter))
}

/// `-3` is `-C 3`.
fn context_numbers(argv: &[String]) -> Vec<String> {
    let digits = |a: &str| a.len() > 1 && a.starts_with('-') && a[1..].bytes().all(|b| b.is_ascii_digit());
    let mut out: Vec<String> = vec![];
    for arg in argv {
        let value = out.last().is_some_and(|l| matches!(l.as_str(), "-A" | "-B" | "-C" | "-m" | "-e"));
        out.push(if digits(arg) && !value { format!("-C{}", &arg[1..]) } else { arg.clone() });
    }
    out
}

fn usage(head: &str) -> String {
    let first = head.lines().next().unwrap_or("");
    let glue = if first.is_empty() { "" } else { "\n" };
    format!("{first}{glue}Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.")
}

fn compile(pattern: &str, mode: char, ignore: bool, word: bool, line: bool) -> Result<Regex, String> {
    let source = match mode {
        'F' => regex_lite::escape(pattern),
        'E' => regex::translate(pattern, true),
        _ => regex::translate(pattern, false),
    };
    let source = match (line, word) {
        (true, _) => format!("^(?:{source})$"),
        (_, true) => format!("\\b(?:{source})\\b"),
        _ => source,
    };
    regex::compile(&source, ignore).ok_or_else(|| {
        let why = if pattern.contains('[') {
            "Unmatched [, [^, [:, [., or [="
        } else if pattern.contains('(') || pattern.contains(')') {
            "Unmatched ( or \\("
        } else {
            "Invalid regular expression"
        };
        format!("grep: {why}")
    })
}

fn walk(files: &Files, at: &str, shown: &str, out: &mut Vec<String>) {
    if !files.is_dir(at) {
        out.push(shown.to_owned());
        return;
    }
    for name in files.list(at).unwrap_or_default() {
        if out.len() < 10_000 {
            walk(files, &format!("{at}/{name}"), &format!("{}/{name}", shown.trim_end_matches('/')), out);
        }
    }
}

impl Grep {
    fn head(&self, number: usize, sign: char) -> String {
        let mut out = String::new();
        if self.show_names {
            let name = if self.name == "-" { "(standard input)" } else { &self.name };
            out.push_str(name);
            out.push(sign);
        }
        if self.flags.number {
            out.push_str(&format!("{number}{sign}"));
        }
        out
    }

    fn show(&mut self, number: usize, line: &str, sign: char, sys: &mut Sys<'_>) {
        let has_context = self.flags.before + self.flags.after > 0;
        if has_context && self.last.is_some_and(|last| number > last + 1) {
            sys.out("--\n");
        }
        self.last = Some(number);
        let head = self.head(number, sign);
        if self.flags.only && sign == ':' {
            let found: Vec<String> = self
                .regexes
                .iter()
                .flat_map(|r| r.find_iter(line))
                .map(|m| m.as_str().to_owned())
                .filter(|m| !m.is_empty())
                .collect();
            for text in found {
                sys.out(&format!("{head}{text}\n"));
            }
        } else if !self.flags.only {
            sys.out(&format!("{head}{line}\n"));
        }
    }
}

impl Filter for Grep {
    fn begin(&mut self, name: &str, _sys: &mut Sys<'_>) {
        self.name = name.to_owned();
        (self.line, self.hits, self.pending) = (0, 0, 0);
        self.recent.clear();
    }

    fn line(&mut self, line: &str, _ended: bool, sys: &mut Sys<'_>) -> Flow {
        self.line += 1;
        let hit = self.regexes.iter().any(|r| r.is_match(line)) != self.flags.invert;
        let flags = self.flags.clone();
        let plain = !(flags.count || flags.list || flags.list_without);
        if hit {
            self.hits += 1;
            self.any = true;
            if flags.quiet {
                return Flow::Stop(0);
            }
            if plain {
                for (number, text) in std::mem::take(&mut self.recent) {
                    self.show(number, &text, '-', sys);
                }
                self.show(self.line, line, ':', sys);
                self.pending = flags.after;
            } else if flags.list || flags.list_without {
                return Flow::NextFile;
            }
            if flags.max.is_some_and(|m| self.hits >= m) {
                return Flow::NextFile;
            }
        } else if plain && self.pending > 0 {
            self.pending -= 1;
            self.show(self.line, line, '-', sys);
        } else if flags.before > 0 && plain {
            self.recent.push_back((self.line, line.to_owned()));
            if self.recent.len() > flags.before {
                self.recent.pop_front();
            }
        }
        Flow::More
    }

    fn finish(&mut self, name: &str, sys: &mut Sys<'_>) {
        let shown = if name == "-" { "(standard input)" } else { name };
        if self.flags.quiet {
            return;
        }
        if (self.flags.list && self.hits > 0) || (self.flags.list_without && self.hits == 0) {
            sys.out(&format!("{shown}\n"));
        } else if self.flags.count && !self.flags.list && !self.flags.list_without {
            let head = if self.show_names { format!("{shown}:") } else { String::new() };
            sys.out(&format!("{head}{}\n", self.hits));
        }
    }

    fn end(&mut self, _sys: &mut Sys<'_>, failed: bool) -> i32 {
        match (failed, self.any) {
            (true, _) => 2,
            (false, any) => i32::from(!any),
        }
    }

    fn complaint(&self, tool: &str, file: &str, why: &str) -> String {
        if self.flags.silent { String::new() } else { format!("{tool}: {file}: {why}\n") }
    }
}
