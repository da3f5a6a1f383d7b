//! Programs of a few lines: true, false, basename, dirname, seq, whoami, id, hostname, uname, nproc, tac, rev, nl, yes, expr, ps.

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::run::cond;
use crate::script::shell::Dialect;
use crate::script::sys::Sys;

use super::args::fail;
use super::stream::{Filter, Flow, start};

pub fn truth(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    Launch::Done(match argv[0].as_str() {
        "true" | "sync" => 0,
        "false" => 1,
        "echo" => super::echo::run(argv, sys),
        "printf" => super::printf::run(argv, sys),
        "pwd" => {
            let line = format!("{}\n", sys.shell.cwd);
            sys.out(&line);
            0
        }
        _ => cond::test(argv, sys),
    })
}

pub fn basename(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let args: Vec<&String> = argv[1..].iter().filter(|a| *a != "--").collect();
    let Some(path) = args.first() else {
        return Launch::Done(fail(
            sys,
            1,
            &format!("{0}: missing operand\nTry '{0} --help' for more information.", argv[0]),
        ));
    };
    let trimmed = path.trim_end_matches('/');
    let text = if trimmed.is_empty() {
        if path.is_empty() { "" } else { "/" }
    } else if argv[0] == "dirname" {
        match trimmed.rsplit_once('/') {
            Some(("", _)) => "/",
            Some((dir, _)) => dir.trim_end_matches('/'),
            None => ".",
        }
    } else {
        let base = trimmed.rsplit('/').next().unwrap_or(trimmed);
        let suffix = args.get(1).map_or("", |s| s.as_str());
        base.strip_suffix(suffix).filter(|b| !b.is_empty()).unwrap_or(base)
    };
    let text = if text.is_empty() && argv[0] == "dirname" { "." } else { text };
    sys.out(&format!("{text}\n"));
    Launch::Done(0)
}

pub fn seq(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let (mut glue, mut wide, mut numbers) = ("\n".to_owned(), false, vec![]);
    let mut rest = argv[1..].iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-s" => glue = rest.next().cloned().unwrap_or_default(),
            "-w" => wide = true,
            text if text.starts_with("-s") => glue = text[2..].to_owned(),
            text => match text.parse::<i64>() {
                Ok(n) => numbers.push(n),
                Err(_) if text.starts_with('-') => {
                    return Launch::Done(fail(
                        sys,
                        1,
                        &format!("seq: invalid option -- '{}'\nTry 'seq --help' for more information.", &text[1..]),
                    ));
                }
                Err(_) => {
                    let text = format!(
                        "seq: invalid floating point argument: '{text}'\nTry 'seq --help' for more information."
                    );
                    return Launch::Done(fail(sys, 1, &text));
                }
            },
        }
    }
    let (from, step, to) = match numbers.as_slice() {
        [to] => (1, 1, *to),
        [from, to] => (*from, 1, *to),
        [from, step, to] => (*from, *step, *to),
        _ => return Launch::Done(fail(sys, 1, "seq: missing operand\nTry 'seq --help' for more information.")),
    };
    if step == 0 {
        return Launch::Done(fail(
            sys,
            1,
            "seq: invalid Zero increment value: '0'\nTry 'seq --help' for more information.",
        ));
    }
    let width = if wide { from.to_string().len().max(to.to_string().len()) } else { 0 };
    let mut numbers = Seq { next: Some(from), step, to, width, glue, begun: false };
    match numbers.write(sys) {
        true => Launch::Done(0),
        false => Launch::Job(Box::new(numbers)),
    }
}

/// The numbers that `seq` has yet to write.
#[derive(Clone)]
struct Seq {
    /// Nothing behind the largest number there is.
    next: Option<i64>,
    step: i64,
    to: i64,
    width: usize,
    glue: String,
    begun: bool,
}

impl Seq {
    /// Writes the next thousand; whether that was the end.
    fn write(&mut self, sys: &mut Sys<'_>) -> bool {
        let (mut text, width) = (String::new(), self.width);
        for _ in 0..1000 {
            let Some(n) = self.next.filter(|n| if self.step > 0 { *n <= self.to } else { *n >= self.to }) else {
                if self.begun {
                    text.push('\n');
                }
                sys.out(&text);
                return true;
            };
            if self.begun {
                text.push_str(&self.glue);
            }
            text.push_str(&format!("{n:0width$}"));
            self.begun = true;
            self.next = n.checked_add(self.step);
        }
        sys.out(&text);
        false
    }
}

impl Job for Seq {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if !sys.has_room() {
            return Poll::Wait(Wake::room());
        }
        if self.write(sys) { Poll::Done(0) } else { Poll::Again }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// The words of the line of `/etc/hosts` that names this host.
fn own_line(sys: &Sys<'_>, host: &str) -> Option<Vec<String>> {
    let text = sys.files.text("/etc/hosts").ok()?;
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    text.lines().map(words).find(|words| words.iter().skip(1).any(|name| name == host))
}

/// The name that a file gives to a number; the number when it gives none.
pub(super) fn name_of(file: &str, number: u32, sys: &Sys<'_>) -> String {
    known(file, number, sys).unwrap_or_else(|| number.to_string())
}

fn known(file: &str, number: u32, sys: &Sys<'_>) -> Option<String> {
    let text = sys.files.text(file).ok()?;
    let mut rows = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    rows.find(|row| row.get(2) == Some(&number.to_string().as_str())).map(|row| row[0].to_owned())
}

/// `id` and `whoami` in a container, where the kernel knows numbers and files know names.
fn identity(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let who = sys.files.who.clone();
    let (users, groups) = ("/etc/passwd", "/etc/group");
    let mut all = vec![who.group];
    all.extend(who.groups.iter().filter(|group| **group != who.group));
    let flag = argv.get(1).map_or("", String::as_str);
    let list = |names: bool| {
        let shown = all.iter().map(|n| if names { name_of(groups, *n, sys) } else { n.to_string() });
        shown.collect::<Vec<_>>().join(" ")
    };
    let full = |file: &str, n: u32| known(file, n, sys).map_or(n.to_string(), |name| format!("{n}({name})"));
    let text = match (argv[0].as_str(), flag) {
        ("whoami", _) | ("id", "-un") => match known(users, who.user, sys) {
            Some(name) => name,
            None => {
                let text = match sys.shell.dialect {
                    Dialect::Ash => format!("{}: unknown uid {}\n", argv[0], who.user),
                    _ => format!("{}: cannot find name for user ID {}\n", argv[0], who.user),
                };
                sys.err(&text);
                return Launch::Done(1);
            }
        },
        (_, "-u") => who.user.to_string(),
        (_, "-g") => who.group.to_string(),
        (_, "-gn") => name_of(groups, who.group, sys),
        (_, "-G") => list(false),
        (_, "-Gn" | "-nG") => list(true),
        _ => {
            let more: Vec<String> = all.iter().map(|n| full(groups, *n)).collect();
            format!("uid={} gid={} groups={}", full(users, who.user), full(groups, who.group), more.join(","))
        }
    };
    sys.out(&format!("{text}\n"));
    Launch::Done(0)
}

pub fn who(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    if matches!(argv[0].as_str(), "id" | "whoami") && sys.files.facts.is_some() {
        return identity(argv, sys);
    }
    let (user, host) = (sys.shell.user.clone(), sys.shell.hostname.clone());
    let number = if &*user == "root" { 0 } else { 1000 };
    let flag = argv.get(1).map_or("", String::as_str);
    let text = match (argv[0].as_str(), flag) {
        ("whoami", _) | ("id", "-un" | "-gn") => user.to_string(),
        ("id", "-u" | "-g" | "-G") => number.to_string(),
        ("id", _) => format!("uid={number}({user}) gid={number}({user}) groups={number}({user})"),
        ("hostname", "-i" | "-I") => {
            own_line(sys, &host).and_then(|line| Some(line.first()?.clone())).unwrap_or("127.0.0.1".into())
        }
        ("hostname", "-f" | "--fqdn") => {
            own_line(sys, &host).and_then(|line| Some(line.get(1)?.clone())).unwrap_or(host.to_string())
        }
        ("hostname", "-s" | "--short") => host.split('.').next().unwrap_or(&host).to_owned(),
        ("hostname", "-d") => {
            let full = own_line(sys, &host).and_then(|line| Some(line.get(1)?.clone())).unwrap_or_default();
            full.split_once('.').map_or(String::new(), |(_, domain)| domain.to_owned())
        }
        ("hostname", _) => host.to_string(),
        ("nproc", _) => "4".into(),
        ("arch", _) => "x86_64".into(),
        ("tty", _) => {
            if sys.is_tty(0) {
                "/dev/pts/0".into()
            } else {
                "not a tty".into()
            }
        }
        ("uname", "-a") => {
            format!("Linux {host} 6.1.0-28-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 x86_64 GNU/Linux")
        }
        ("uname", "-r") => "6.1.0-28-amd64".into(),
        ("uname", "-m" | "-p" | "-i") => "x86_64".into(),
        ("uname", "-n") => host.to_string(),
        ("uname", "-o") => "GNU/Linux".into(),
        ("uname", "-v") => "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1".into(),
        _ => "Linux".into(),
    };
    sys.out(&format!("{text}\n"));
    Launch::Done(0)
}

#[derive(Clone)]
struct Turn {
    kind: char,
    lines: Vec<String>,
    number: usize,
}

impl Filter for Turn {
    fn line(&mut self, line: &str, _ended: bool, sys: &mut Sys<'_>) -> Flow {
        match self.kind {
            't' => self.lines.push(line.to_owned()),
            'r' => sys.out(&format!("{}\n", line.chars().rev().collect::<String>())),
            _ if line.is_empty() => sys.out("       \n"),
            _ => {
                self.number += 1;
                sys.out(&format!("{:6}\t{line}\n", self.number));
            }
        }
        Flow::More
    }

    fn finish(&mut self, _name: &str, sys: &mut Sys<'_>) {
        for line in std::mem::take(&mut self.lines).into_iter().rev() {
            sys.out(&format!("{line}\n"));
        }
    }

    fn end(&mut self, _sys: &mut Sys<'_>, failed: bool) -> i32 {
        i32::from(failed)
    }
}

/// tac, rev, nl
pub fn turn(argv: &[String], _sys: &mut Sys<'_>) -> Launch {
    let files = argv[1..].iter().filter(|a| !a.starts_with('-') || *a == "-").cloned().collect();
    let kind = argv[0].chars().next().unwrap_or('t');
    start(&argv[0], files, Turn { kind, lines: vec![], number: 0 })
}

#[derive(Clone)]
struct Yes(String);

pub fn yes(argv: &[String], _sys: &mut Sys<'_>) -> Launch {
    let text = if argv.len() > 1 { argv[1..].join(" ") } else { "y".into() };
    Launch::Job(Box::new(Yes(format!("{text}\n").repeat(256))))
}

impl Job for Yes {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if !sys.has_room() {
            return Poll::Wait(Wake::room());
        }
        sys.out(&self.0);
        Poll::Again
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// expr: arithmetic and comparisons of two values, `length`, and `TEXT : REGEX`.
pub fn expr(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let words: Vec<&str> = argv[1..].iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        [] => return Launch::Done(fail(sys, 2, "expr: missing operand\nTry 'expr --help' for more information.")),
        ["length", text] => text.chars().count().to_string(),
        [text, ":", pattern] => {
            let found = crate::script::regex::basic(&format!("^{pattern}"), false).and_then(|r| {
                r.captures(text).map(|c| {
                    c.get(1).or(c.get(0)).map_or(String::new(), |m| {
                        if c.len() > 1 { m.as_str().to_owned() } else { m.as_str().chars().count().to_string() }
                    })
                })
            });
            found.unwrap_or_else(|| "0".into())
        }
        [a, op @ ("=" | "!=" | "==")] => {
            return Launch::Done(fail(
                sys,
                2,
                &format!("expr: syntax error: missing argument after '{op}'{}", &a[..0]),
            ));
        }
        [a, "=" | "==", b] => i64::from(a == b).to_string(),
        [a, "!=", b] => i64::from(a != b).to_string(),
        all => {
            if let Some(text) = all
                .iter()
                .find(|w| w.parse::<i64>().is_err() && !"+-*/%()<>=!&|".contains(w.chars().next().unwrap_or('a')))
            {
                let _ = text;
                return Launch::Done(fail(sys, 2, "expr: non-integer argument"));
            }
            match crate::script::run::arith::eval(&all.join(" "), sys.shell) {
                Ok(n) => n.to_string(),
                Err(_) if all.contains(&"0") => return Launch::Done(fail(sys, 2, "expr: division by zero")),
                Err(_) => return Launch::Done(fail(sys, 2, "expr: syntax error")),
            }
        }
    };
    sys.out(&format!("{result}\n"));
    Launch::Done(i32::from(result == "0" || result.is_empty()))
}

/// ps: the processes of this machine.
pub fn ps(_argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let rows = sys.processes();
    let bash = sys.shell.dialect == crate::script::shell::Dialect::Bash;
    let user = sys.shell.user.clone();
    sys.out(if bash { "    PID TTY          TIME CMD\n" } else { "PID   USER     TIME  COMMAND\n" });
    for (pid, title) in rows {
        let line = match bash {
            true => format!("{pid:>7} pts/0    00:00:00 {}\n", title.split(' ').next().unwrap_or("")),
            false => format!("{pid:>5} {user:<8}  0:00 {title}\n"),
        };
        sys.out(&line);
    }
    Launch::Done(0)
}
