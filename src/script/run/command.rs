//! Starting a command whose words are known: function, builtin of the shell, another shell, program of the host, script.

use std::rc::Rc;

use crate::script::host::{Host, Launch};
use crate::script::machine::Frame;
use crate::script::shell::{Dialect, Shell};
use crate::script::sys::{Fd, Sys};

use super::builtins::{self, Built};
use super::{Step, complain, fork, no_fork};

pub fn command(host: &mut dyn Host, sys: &mut Sys<'_>, frames: &mut Vec<Frame>, mut argv: Vec<String>) -> Step {
    if sys.shell.interactive
        && let Some(body) = alias(sys, &argv)
    {
        match body {
            Aliased::Words(words) => argv = words,
            Aliased::Text(text) => {
                frames.push(Frame::source(&text));
                return Step::Go;
            }
        }
    }
    let Some(name) = argv.first().cloned() else { return Step::Go };
    if let Some(body) = sys.shell.functions.get(name.as_str()).cloned() {
        let params = std::mem::replace(&mut sys.shell.params, Rc::new(argv[1..].to_vec()));
        sys.shell.locals.push(vec![]);
        frames.push(Frame::Call(params));
        frames.push(super::stage_frame(&body));
        return Step::Go;
    }
    match builtins::run(host, sys, frames, &argv) {
        Built::Done(code) => {
            sys.shell.status = code;
            return Step::Go;
        }
        Built::Step(step) => return step,
        Built::Job(job) => {
            frames.push(Frame::Job(job));
            return Step::Go;
        }
        Built::NotOne => {}
    }
    program(host, sys, frames, argv, &name)
}

fn program(host: &mut dyn Host, sys: &mut Sys<'_>, frames: &mut Vec<Frame>, argv: Vec<String>, name: &str) -> Step {
    let (dir, base) = name.rsplit_once('/').map_or(("", name), |(d, b)| (d, b));
    let on_path = name == base || matches!(dir, "/bin" | "/usr/bin" | "/sbin" | "/usr/sbin" | "/usr/local/bin");
    let full = sys.resolve(name);
    if name != base && sys.files.is_file(&full) {
        return script_file(host, sys, frames, argv, name, &full);
    }
    if on_path && host.knows(base) {
        if matches!(base, "sh" | "bash" | "ash" | "dash") {
            return shell(sys, frames, &argv, base);
        }
        let mut argv = argv;
        argv[0] = base.to_owned();
        match host.launch(&argv, sys) {
            Some(Launch::Done(code)) => {
                sys.shell.status = code;
                return Step::Go;
            }
            Some(Launch::Job(job)) => {
                frames.push(Frame::Job(job));
                return Step::Go;
            }
            None => {}
        }
    }
    not_found(sys, name, &full)
}

fn not_found(sys: &mut Sys<'_>, name: &str, full: &str) -> Step {
    let (message, code) = if !name.contains('/') {
        match sys.shell.dialect {
            Dialect::Bash => (format!("{name}: command not found"), 127),
            _ => (format!("{name}: not found"), 127),
        }
    } else if sys.files.is_dir(full) {
        match sys.shell.dialect {
            Dialect::Bash => (format!("{name}: Is a directory"), 126),
            _ => (format!("{name}: Permission denied"), 126),
        }
    } else {
        match sys.shell.dialect {
            Dialect::Bash => (format!("{name}: No such file or directory"), 127),
            _ => (format!("{name}: not found"), 127),
        }
    };
    complain(sys, &message);
    sys.shell.status = code;
    Step::Go
}

fn script_file(
    host: &mut dyn Host,
    sys: &mut Sys<'_>,
    frames: &mut Vec<Frame>,
    argv: Vec<String>,
    name: &str,
    full: &str,
) -> Step {
    let runs = sys.files.stat(full).is_ok_and(|s| s.mode & 0o111 != 0);
    if !runs {
        complain(sys, &format!("{name}: Permission denied"));
        sys.shell.status = 126;
        return Step::Go;
    }
    let text = sys.files.text(full).unwrap_or_default();
    let first = text.lines().next().unwrap_or("");
    let interpreter = match first.strip_prefix("#!") {
        Some(line) => {
            let mut words = line.split_whitespace();
            let program = words.next().unwrap_or("").rsplit('/').next().unwrap_or("");
            if program == "env" { words.next().unwrap_or("sh").to_owned() } else { program.to_owned() }
        }
        None if text.contains('\0') => {
            complain(sys, &format!("{name}: cannot execute binary file: Exec format error"));
            sys.shell.status = 126;
            return Step::Go;
        }
        None => "sh".to_owned(),
    };
    if !host.knows(&interpreter) {
        let line = match sys.shell.dialect {
            Dialect::Bash => format!("{name}: cannot execute: required file not found"),
            _ => format!("{name}: not found"),
        };
        complain(sys, &line);
        sys.shell.status = 127;
        return Step::Go;
    }
    let mut words = vec![interpreter.clone(), full.to_owned()];
    words.extend_from_slice(&argv[1..]);
    if matches!(interpreter.as_str(), "sh" | "bash" | "ash" | "dash") {
        return shell(sys, frames, &words, &interpreter);
    }
    frames.push(Frame::run(words));
    Step::Go
}

/// `sh`, `sh -c text`, `bash file`: a shell of its own.
fn shell(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, argv: &[String], base: &str) -> Step {
    let dialect = match (base, sys.shell.dialect) {
        ("bash", _) => Dialect::Bash,
        ("dash", _) => Dialect::Dash,
        (_, old) => old,
    };
    let env = sys.shell.env();
    let mut fresh = Shell::new(dialect, base, &sys.shell.cwd, &env);
    fresh.user = sys.shell.user.clone();
    fresh.hostname = sys.shell.hostname.clone();
    fresh.random = sys.shell.random ^ 0x5bd1;
    let mut rest = argv[1..].iter();
    let mut frame = None;
    let mut reads = false;
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--" => {}
            "--login" | "-l" | "-i" | "--norc" => {}
            "-o" => {
                rest.next();
            }
            flags if flags.len() > 1 && flags.starts_with('-') => {
                for flag in flags[1..].chars() {
                    match flag {
                        'e' => fresh.options.errexit = true,
                        'u' => fresh.options.nounset = true,
                        'x' => fresh.options.xtrace = true,
                        'c' => reads = true,
                        'l' | 'i' | 's' => {}
                        _ => {
                            sys.err(&format!("{base}: -{flag}: invalid option\n"));
                            sys.shell.status = 2;
                            return Step::Go;
                        }
                    }
                }
            }
            text if reads => {
                frame = Some(Frame::source(text));
                if let Some(name) = rest.next() {
                    fresh.name = name.as_str().into();
                }
                break;
            }
            path => {
                let full = sys.resolve(path);
                match sys.files.text(&full) {
                    Ok(text) => frame = Some(Frame::source(&text)),
                    Err(fault) => {
                        let line = match dialect {
                            Dialect::Bash => format!("{base}: {path}: {fault}\n"),
                            Dialect::Ash => format!("{base}: can't open '{path}': {fault}\n"),
                            Dialect::Dash => format!("{base}: 0: cannot open {path}: No such file\n"),
                        };
                        sys.err(&line);
                        sys.shell.status = if dialect == Dialect::Bash { 127 } else { 2 };
                        return Step::Go;
                    }
                }
                fresh.name = path.into();
                break;
            }
        }
    }
    fresh.params = Rc::new(rest.cloned().collect());
    let frame = match frame {
        Some(frame) => frame,
        None if reads => {
            sys.err(&format!("{base}: -c: option requires an argument\n"));
            sys.shell.status = 2;
            return Step::Go;
        }
        None => {
            fresh.interactive = sys.is_tty(0);
            Frame::Typed { text: String::new(), prompted: false }
        }
    };
    if frames.is_empty() {
        fresh.pid = sys.shell.pid;
        *sys.shell = fresh;
        frames.push(frame);
        return Step::Go;
    }
    let fds = sys.fds.clone();
    let Some(pid) = fork(sys, frame, fds) else { return no_fork(sys, frames) };
    fresh.pid = pid;
    if let Some(task) = sys.tasks.get_mut(&pid) {
        task.shell = fresh;
        task.title = argv.join(" ").into();
    }
    frames.push(Frame::Await { pids: vec![pid], since: sys.now });
    Step::Go
}

/// `.` and `source`: a file in this shell.
pub fn sourced(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, argv: &[String]) -> Built {
    let Some(path) = argv.get(1) else {
        complain(sys, &format!("{}: filename argument required", argv[0]));
        sys.err(&format!("{0}: usage: {0} filename [arguments]\n", argv[0]));
        return Built::Done(2);
    };
    let full = sys.resolve(path);
    let text = match sys.files.text(&full) {
        Ok(text) => text,
        Err(fault) => {
            let message = match sys.shell.dialect {
                Dialect::Bash => format!("{path}: {fault}"),
                _ => format!(".: can't open '{path}': {fault}"),
            };
            complain(sys, &message);
            return Built::Done(1);
        }
    };
    let params = (argv.len() > 2).then(|| std::mem::replace(&mut sys.shell.params, Rc::new(argv[2..].to_vec())));
    frames.push(Frame::Sourced(params));
    frames.push(Frame::source(&text));
    sys.shell.status = 0;
    Built::Step(Step::Go)
}

enum Aliased {
    Words(Vec<String>),
    Text(String),
}

/// What an alias makes of a command.
fn alias(sys: &Sys<'_>, argv: &[String]) -> Option<Aliased> {
    let mut name = argv.first()?.clone();
    let mut words = argv.to_vec();
    let mut seen = vec![];
    let mut found = false;
    while let Some(value) = sys.shell.aliases.get(&name) {
        if seen.contains(&name) {
            break;
        }
        seen.push(name.clone());
        found = true;
        let plain = value.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        if value.contains(['|', '&', ';', '\'', '"', '$', '<', '>', '\\', '`', '(', '*']) || plain.is_empty() {
            let rest: Vec<String> = words[1..].iter().map(|w| format!("'{}'", w.replace('\'', "'\\''"))).collect();
            let text = format!("{value} {}", rest.join(" "));
            return (!text.split_whitespace().next().is_some_and(|w| seen.iter().any(|s| s == w)))
                .then_some(Aliased::Text(text));
        }
        words.splice(0..1, plain);
        name = words[0].clone();
    }
    found.then_some(Aliased::Words(words))
}

/// `exec`: the rest of the task is this command.
pub fn exec(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, argv: &[String]) -> Built {
    if argv.len() < 2 {
        return Built::Done(0);
    }
    let keep = frames.is_empty();
    frames.clear();
    if sys.shell.interactive || !keep {
        frames.push(Frame::Leave);
    }
    sys.shell.functions = Rc::default();
    frames.push(Frame::run(argv[1..].to_vec()));
    let _ = Fd::Null;
    Built::Step(Step::Go)
}
