//! Transcripts recorded on a real Kubernetes 1.36 cluster, played here and compared line by line.
//!
//! `tests/golden/agree.txt` says how many commands of each file agree. A file may not fall below its number; when it rises above
//! it, the number must be raised. Placeholders of the recordings (`{age}`, `{ip}`, ...) stand for what cannot be equal.

use libtest_mimic::{Arguments, Failed, Trial};
use pilothouse::transcript::{Entry, Reply, Runner, parse};
use pilothouse::world::{Spec, World};
use regex_lite::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let numbers = fs::read_to_string(folder.join("agree.txt")).unwrap_or_default();
    let numbers: BTreeMap<String, (usize, usize)> = numbers.lines().filter_map(number).collect();
    let record = std::env::var_os("RECORD").is_some();
    let mut trials = vec![];
    let mut names: Vec<String> = vec![];
    for area in fs::read_dir(&folder).expect("tests/golden can be read").flatten().filter(|entry| entry.path().is_dir())
    {
        for file in fs::read_dir(area.path()).expect("an area can be read").flatten() {
            names.push(format!("{}/{}", area.file_name().to_string_lossy(), file.file_name().to_string_lossy()));
        }
    }
    names.sort();
    if record {
        let lines: Vec<String> = names
            .iter()
            .map(|name| {
                let (agree, all, _) = compare(&fs::read_to_string(folder.join(name)).expect("a recording can be read"));
                format!("{name} {agree}/{all}\n")
            })
            .collect();
        fs::write(folder.join("agree.txt"), lines.concat()).expect("tests/golden/agree.txt can be written");
        return;
    }
    for name in names {
        let text = fs::read_to_string(folder.join(&name)).expect("a recording can be read");
        let wanted = numbers.get(&name).copied();
        trials.push(Trial::test(name, move || judge(&text, wanted)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn judge(text: &str, wanted: Option<(usize, usize)>) -> Result<(), Failed> {
    let (agree, all, differences) = compare(text);
    match wanted {
        None => Err("not in agree.txt; RECORD=1 writes it".into()),
        Some(wanted) if wanted == (agree, all) => Ok(()),
        Some((wanted, _)) if agree < wanted => {
            Err(format!("{agree} of {all} commands agree, were {wanted}\n{differences}").into())
        }
        Some(_) => Err(format!("{agree} of {all} commands agree: raise the number in agree.txt (RECORD=1)").into()),
    }
}

/// `pods/logs.txt 23/25`
fn number(line: &str) -> Option<(String, (usize, usize))> {
    let (name, figures) = line.rsplit_once(' ')?;
    let (agree, all) = figures.split_once('/')?;
    Some((name.into(), (agree.parse().ok()?, all.parse().ok()?)))
}

/// How many commands agree, of how many, and the others.
fn compare(text: &str) -> (usize, usize, String) {
    let golden = parse(text).expect("a recording is a transcript");
    let (actual, _) = Runner::run(World::boot(Spec::default(), 1), text, |_| {}).expect("a recording can be played");
    let commands = |entries: Vec<Entry>| -> Vec<(String, Reply)> {
        let replies = entries.into_iter().filter_map(|entry| match entry {
            Entry::Command { text, reply } => Some((text, reply)),
            _ => None,
        });
        replies.collect()
    };
    let (golden, actual) = (commands(golden), commands(actual));
    let mut agree = 0;
    let mut differences = String::new();
    for ((text, wanted), (_, got)) in golden.iter().zip(&actual) {
        if same(wanted, got) {
            agree += 1;
        } else {
            differences.push_str(&format!("$ {text}\n"));
        }
    }
    (agree, golden.len(), differences)
}

fn same(wanted: &Reply, got: &Reply) -> bool {
    let trim = |output: &str| -> Vec<String> {
        let mut lines: Vec<String> =
            output.split('\n').map(|line| line.replace('\u{a0}', " ").trim_end().to_string()).collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    };
    let (a, b) = (trim(&wanted.output), trim(&got.output));
    wanted.code == got.code && a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| pattern(a).is_match(b))
}

/// A recorded line as a pattern: placeholders match their kind, a run of two or more spaces any run.
fn pattern(line: &str) -> Regex {
    const DURATION: &str =
        r"(?:(?:\d+y)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+(?:\.\d+)?s)?(?:\d+(?:\.\d+)?ms)?|<invalid>|<unknown>)";
    let places = [
        ("rs", "[a-z0-9]{5,12}"),
        ("rand", "[a-z0-9]{5}"),
        ("ip", r"\d{1,3}(?:\.\d{1,3}){3}"),
        ("clusterip", r"\d{1,3}(?:\.\d{1,3}){3}"),
        ("nodeport", r"3[0-2]\d{3}"),
        ("uid", "[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"),
        ("rv", r"\d+"),
        ("age", DURATION),
        ("time", r"[0-9A-Z][\w:.,+\- ]*"),
        ("n", r"\d+"),
        ("imageid", r"\S+"),
        ("containerid", "[0-9a-f]+"),
        ("token", r"\S+"),
    ];
    let pieces = Regex::new(r"\{(\w+)\}|  +").expect("a constant pattern");
    let mut out = String::from("^");
    let mut at = 0;
    for found in pieces.captures_iter(line) {
        let whole = found.get(0).expect("a match has a whole");
        let place = found.get(1).map(|name| name.as_str());
        let known = place.and_then(|name| places.iter().find(|(n, _)| *n == name));
        let replacement = match (place, known) {
            (None, _) => " +".to_string(),
            (Some(_), Some((_, pattern))) => format!("(?:{pattern})"),
            (Some(_), None) => continue,
        };
        out.push_str(&regex_lite::escape(&line[at..whole.start()]));
        out.push_str(&replacement);
        at = whole.end();
    }
    out.push_str(&regex_lite::escape(&line[at..]));
    Regex::new(&format!("{out} *$")).expect("an escaped line is a pattern")
}
