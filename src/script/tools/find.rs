//! find: files below directories. -name -iname -type -maxdepth -mindepth -path -not -empty -print -delete -exec ... \;
//!
//! Left out: -o, brackets, times and sizes.

use crate::script::files::What;
use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::run::pattern::{fits, plain};
use crate::script::sys::{Pid, Sys};

use super::args::fail;

enum Test {
    Name(String, bool),
    Path(String),
    Kind(char),
    Empty,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv, sys) {
        Ok(launch) => launch,
        Err(text) => Launch::Done(fail(sys, 1, &text)),
    }
}

fn read(argv: &[String], sys: &mut Sys<'_>) -> Result<Launch, String> {
    let split = argv[1..].iter().position(|a| a.starts_with('-') || a == "!" || a == "(").map_or(argv.len(), |i| i + 1);
    let mut roots: Vec<String> = argv[1..split].to_vec();
    if roots.is_empty() {
        roots.push(".".into());
    }
    let (mut tests, mut low, mut high, mut negate) = (vec![], 0, 64, false);
    let (mut delete, mut exec, mut all, mut zero) = (false, vec![], false, false);
    let mut rest = argv[split..].iter();
    while let Some(flag) = rest.next() {
        let mut value = || rest.next().cloned().ok_or_else(|| format!("find: missing argument to `{flag}'"));
        let test = match flag.as_str() {
            "-name" => Test::Name(value()?, false),
            "-iname" => Test::Name(value()?, true),
            "-path" | "-wholename" => Test::Path(value()?),
            "-type" => Test::Kind(value()?.chars().next().unwrap_or('f')),
            "-empty" => Test::Empty,
            "-maxdepth" => {
                high = value()?
                    .parse()
                    .map_err(|_| "find: Expected a positive decimal integer argument to -maxdepth".to_owned())?;
                continue;
            }
            "-mindepth" => {
                low = value()?.parse().unwrap_or(0);
                continue;
            }
            "!" | "-not" => {
                negate = true;
                continue;
            }
            "-print" | "-a" | "-follow" | "-xdev" => continue,
            "-print0" => {
                zero = true;
                continue;
            }
            "-delete" => {
                delete = true;
                continue;
            }
            "-exec" => {
                let words: Vec<String> = rest.by_ref().take_while(|w| *w != ";" && *w != "+").cloned().collect();
                all = argv.last().is_some_and(|w| w == "+");
                exec = words;
                continue;
            }
            other => return Err(format!("find: unknown predicate `{other}'")),
        };
        tests.push((test, std::mem::take(&mut negate)));
    }
    let mut found = vec![];
    let mut code = 0;
    for root in roots {
        let full = sys.resolve(&root);
        match sys.files.lstat(&full) {
            Ok(_) => walk(sys, &full, &root, 0, (low, high), &tests, &mut found),
            Err(fault) => code = fail(sys, 1, &format!("find: '{root}': {fault}")),
        }
    }
    if delete {
        for path in found.iter().rev() {
            let full = sys.resolve(path);
            let _ = if sys.files.is_dir(&full) { sys.files.rmdir(&full) } else { sys.files.unlink(&full) };
        }
        return Ok(Launch::Done(code));
    }
    if !exec.is_empty() {
        let groups = if all { vec![found] } else { found.into_iter().map(|f| vec![f]).collect() };
        return Ok(Launch::Job(Box::new(Each { command: exec, groups: groups.into(), running: None, code })));
    }
    for path in found {
        sys.out(&format!("{path}{}", if zero { "\0" } else { "\n" }));
    }
    Ok(Launch::Done(code))
}

fn walk(
    sys: &Sys<'_>,
    full: &str,
    shown: &str,
    depth: usize,
    (low, high): (usize, usize),
    tests: &[(Test, bool)],
    out: &mut Vec<String>,
) {
    let Ok(stat) = sys.files.lstat(full) else { return };
    let base = shown.trim_end_matches('/').rsplit('/').next().unwrap_or(shown);
    let hit = |test: &Test| match test {
        Test::Name(pattern, false) => fits(&plain(pattern), &base.chars().collect::<Vec<_>>()),
        Test::Name(pattern, true) => {
            fits(&plain(&pattern.to_lowercase()), &base.to_lowercase().chars().collect::<Vec<_>>())
        }
        Test::Path(pattern) => fits(&plain(pattern), &shown.chars().collect::<Vec<_>>()),
        Test::Kind(kind) => {
            stat.kind
                == match kind {
                    'd' => What::Dir,
                    'l' => What::Link,
                    _ => What::File,
                }
        }
        Test::Empty => match stat.kind {
            What::Dir => sys.files.list(full).is_ok_and(|l| l.is_empty()),
            _ => stat.size == 0,
        },
    };
    if depth >= low && tests.iter().all(|(t, negate)| hit(t) != *negate) && out.len() < 20_000 {
        out.push(shown.to_owned());
    }
    if stat.kind == What::Dir && depth < high {
        for name in sys.files.list(full).unwrap_or_default() {
            let below = format!("{}/{name}", shown.trim_end_matches('/'));
            walk(sys, &format!("{full}/{name}"), &below, depth + 1, (low, high), tests, out);
        }
    }
}

#[derive(Clone)]
struct Each {
    command: Vec<String>,
    groups: std::collections::VecDeque<Vec<String>>,
    running: Option<Pid>,
    code: i32,
}

impl Job for Each {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if let Some(pid) = self.running {
            if sys.reap(pid).is_none() {
                return Poll::Wait(Wake::child());
            }
            self.running = None;
        }
        let Some(group) = self.groups.pop_front() else { return Poll::Done(self.code) };
        let mut argv = vec![];
        for word in &self.command {
            if word == "{}" {
                argv.extend(group.iter().cloned())
            } else {
                argv.push(word.replace("{}", &group.join(" ")))
            }
        }
        self.running = sys.spawn(argv);
        if self.running.is_none() { Poll::Done(1) } else { Poll::Wait(Wake::child()) }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
