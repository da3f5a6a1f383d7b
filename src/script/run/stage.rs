//! Pipelines and the beginning of each command: its words are expanded, its redirections opened, then it is started.

use std::rc::Rc;

use crate::script::host::{Host, Wake};
use crate::script::lang::ast::{Assign, Command, Pipeline, Stage, Value};
use crate::script::machine::Frame;
use crate::script::shell::Dialect;
use crate::script::sys::{Fd, Pid, Sys};
use crate::time::Time;

use super::expand::{Expand, Halt};
use super::pattern::{Char, fits};
use super::redirect::{self, Ready};
use super::{Step, abort, command, cond, enter, fork, no_fork, stage_frame, start_sub, strict, tested};

pub fn pipeline(
    sys: &mut Sys<'_>,
    frames: &mut Vec<Frame>,
    pipeline: Rc<Pipeline>,
    pids: Vec<Pid>,
    mut codes: Vec<Option<i32>>,
    since: Time,
) -> Step {
    let single = pipeline.stages.len() == 1;
    if single && codes.is_empty() {
        frames.push(Frame::Pipeline { pipeline: pipeline.clone(), pids, codes: vec![Some(0)], since });
        frames.push(stage_frame(&pipeline.stages[0]));
        return Step::Go;
    }
    if !single && pids.is_empty() {
        return start(sys, frames, pipeline, since);
    }
    if !single {
        for (pid, code) in pids.iter().zip(codes.iter_mut()) {
            if code.is_none() {
                *code = sys.reap(*pid);
            }
        }
        if codes.iter().any(Option::is_none) {
            frames.push(Frame::Pipeline { pipeline, pids, codes, since });
            return Step::Wait(Wake::child());
        }
        let last = codes.last().copied().flatten().unwrap_or(0);
        let failed = codes.iter().rev().flatten().find(|c| **c != 0);
        sys.shell.status = if sys.shell.options.pipefail { failed.copied().unwrap_or(0) } else { last };
    }
    if pipeline.timed {
        let ms = sys.now.since(since).0;
        let text =
            format!("\nreal\t{}m{}.{:03}s\nuser\t0m0.000s\nsys\t0m0.000s\n", ms / 60_000, ms / 1000 % 60, ms % 1000);
        sys.err(&text);
    }
    if pipeline.negate {
        sys.shell.status = i32::from(sys.shell.status == 0);
        return Step::Go;
    }
    if sys.shell.status != 0 && strict(sys, frames) && leaf(&pipeline) {
        return Step::Leave;
    }
    Step::Go
}

/// Compound commands report a failure that was already judged inside; subshells and pipelines are judged here.
fn leaf(pipeline: &Pipeline) -> bool {
    pipeline.stages.len() > 1
        || matches!(
            pipeline.stages[0].command,
            Command::Simple { .. } | Command::Subshell(_) | Command::Test(_) | Command::Arith(_)
        )
}

fn start(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, pipeline: Rc<Pipeline>, since: Time) -> Step {
    let lenient = sys.shell.lenient || tested(frames) || pipeline.negate;
    let mut pids = vec![];
    let mut input: Option<Fd> = None;
    let last = pipeline.stages.len() - 1;
    for (i, stage) in pipeline.stages.iter().enumerate() {
        let mut fds = sys.fds.clone();
        let table = Rc::make_mut(&mut fds);
        if let Some(fd) = input.take() {
            table.insert(0, fd);
        }
        if i < last {
            let pipe = sys.kernel.pipe(false);
            table.insert(1, Fd::Writer(pipe));
            input = Some(Fd::Reader(pipe));
        }
        match fork(sys, stage_frame(stage), fds) {
            Some(pid) => {
                if let Some(task) = sys.tasks.get_mut(&pid) {
                    task.shell.lenient = lenient;
                    task.shell.interactive = sys.shell.interactive;
                }
                pids.push(pid);
            }
            None => {
                for pid in pids {
                    sys.kill(pid, 143);
                }
                return no_fork(sys, frames);
            }
        }
    }
    let codes = vec![None; pids.len()];
    frames.push(Frame::Pipeline { pipeline, pids, codes, since });
    Step::Wait(Wake::child())
}

/// A command whose words are expanded.
enum Prepared {
    Simple { argv: Vec<String>, assigns: Vec<(Rc<str>, Assigned)>, substituted: bool },
    Words(Vec<String>),
    Subject(String, Vec<Vec<Vec<Char>>>),
    Truth(bool),
    Plain,
}

enum Assigned {
    One(String),
    Many(Vec<String>),
    At(i64, String),
}

pub fn begin(
    host: &mut dyn Host,
    sys: &mut Sys<'_>,
    frames: &mut Vec<Frame>,
    stage: Rc<Stage>,
    memo: Vec<String>,
) -> Step {
    if !sys.has_room() {
        frames.push(Frame::Stage { stage, memo });
        return Step::Wait(Wake::room());
    }
    sys.shell.line = stage.line;
    let vars = sys.shell.vars.clone();
    let random = sys.shell.random;
    let mut cx = Expand { sys, memo: &memo, used: 0, substituted: false };
    let ready = prepare(&stage, &mut cx);
    match ready {
        Err(Halt::Need(body, file)) => {
            sys.shell.vars = vars;
            sys.shell.random = random;
            let lenient = tested(frames);
            frames.push(Frame::Stage { stage, memo });
            start_sub(sys, frames, body, file, lenient)
        }
        Err(halt @ (Halt::Fail | Halt::Missing)) => {
            let missing = matches!(halt, Halt::Missing);
            // bash leaves a script with 127 when a parameter is missing
            let lost = sys.shell.dialect == Dialect::Bash
                && !sys.shell.interactive
                && !matches!(stage.command, Command::Arith(_));
            sys.shell.status = if lost && missing { 127 } else { 1 };
            match (sys.shell.dialect, &stage.command) {
                (Dialect::Bash, Command::Arith(_)) => Step::Go,
                _ => abort(sys, frames),
            }
        }
        Ok((prepared, redirects)) => execute(host, sys, frames, &stage, prepared, &redirects),
    }
}

fn prepare(stage: &Stage, cx: &mut Expand<'_, '_>) -> Result<(Prepared, Vec<Ready>), Halt> {
    let prepared = match &stage.command {
        Command::Simple { assigns, words } => {
            let argv = command_words(words, cx)?;
            let mut values = vec![];
            for assign in assigns {
                values.push((assign.name.clone(), assigned(assign, cx)?));
                if argv.is_empty() {
                    // `a=1 b=$a`: the next value sees this one
                    store(cx.sys, values.last().map(std::slice::from_ref).unwrap_or(&[]));
                }
            }
            Prepared::Simple { argv, assigns: values, substituted: cx.substituted }
        }
        Command::For { words: Some(words), .. } => Prepared::Words(cx.words(words)?),
        Command::For { words: None, .. } => Prepared::Words(cx.sys.shell.params.to_vec()),
        Command::Case { subject, arms } => {
            let text = cx.text(subject)?;
            let mut all = vec![];
            for arm in arms {
                let mut patterns = vec![];
                for word in &arm.patterns {
                    patterns.push(cx.chars(word)?);
                }
                all.push(patterns);
            }
            Prepared::Subject(text, all)
        }
        Command::Test(test) => Prepared::Truth(cond::double(test, cx)?),
        Command::Arith(word) => Prepared::Truth(cx.arith(word)? != 0),
        _ => Prepared::Plain,
    };
    Ok((prepared, redirect::expand(&stage.redirects, cx)?))
}

/// Words of a simple command; those of `export a=$b` are not split.
fn command_words(words: &[crate::script::lang::ast::Word], cx: &mut Expand<'_, '_>) -> Result<Vec<String>, Halt> {
    use crate::script::lang::ast::Part;
    let declares = matches!(words.first().map(|w| w.0.as_slice()),
        Some([Part::Plain(name)]) if matches!(name.as_str(), "export" | "local" | "readonly" | "declare" | "typeset"));
    if !declares {
        return cx.words(words);
    }
    let mut argv = vec![];
    for word in words {
        let assigns = matches!(word.0.first(), Some(Part::Plain(t)) if t.find('=').is_some_and(|n| n > 0));
        if assigns {
            argv.push(cx.text(word)?);
        } else {
            argv.extend(cx.words(std::slice::from_ref(word))?);
        }
    }
    Ok(argv)
}

fn assigned(assign: &Assign, cx: &mut Expand<'_, '_>) -> Result<Assigned, Halt> {
    let old = cx.sys.shell.vars.get(&assign.name).filter(|_| assign.append).cloned();
    Ok(match &assign.value {
        Value::One(word) => {
            let text = cx.text(word)?;
            Assigned::One(old.map_or(text.clone(), |v| format!("{}{text}", v.text)))
        }
        Value::Many(words) => {
            let mut all = match old {
                Some(var) => var.many.map_or_else(|| vec![var.text.to_string()], |m| m.to_vec()),
                None => vec![],
            };
            all.extend(cx.words(words)?);
            Assigned::Many(all)
        }
        Value::At(index, word) => {
            let index = cx.arith(index)?;
            Assigned::At(index, cx.text(word)?)
        }
    })
}

fn store(sys: &mut Sys<'_>, assigns: &[(Rc<str>, Assigned)]) -> bool {
    for (name, value) in assigns {
        let ok = match value {
            Assigned::One(text) => sys.shell.set(name, text),
            Assigned::Many(all) => sys.shell.set_many(name, all.clone()),
            Assigned::At(index, text) => {
                let mut all = match sys.shell.vars.get(name) {
                    Some(var) if !var.unset => {
                        var.many.clone().map_or_else(|| vec![var.text.to_string()], |m| m.to_vec())
                    }
                    _ => vec![],
                };
                let at = (*index).clamp(0, 4096) as usize;
                if all.len() <= at {
                    all.resize(at + 1, String::new());
                }
                all[at] = text.clone();
                sys.shell.set_many(name, all)
            }
        };
        if !ok {
            let what = if sys.shell.dialect == Dialect::Bash { "readonly variable" } else { "is read only" };
            let message = format!("{name}: {what}");
            super::complain(sys, &message);
            return false;
        }
    }
    true
}

fn execute(
    host: &mut dyn Host,
    sys: &mut Sys<'_>,
    frames: &mut Vec<Frame>,
    stage: &Rc<Stage>,
    prepared: Prepared,
    redirects: &[Ready],
) -> Step {
    let old = sys.fds.clone();
    if let Prepared::Simple { argv, assigns, .. } = &prepared
        && sys.shell.options.xtrace
    {
        trace(sys, argv, assigns);
    }
    if !redirects.is_empty() {
        if let Err(message) = redirect::apply(redirects, sys) {
            sys.fds = old;
            super::complain(sys, &message);
            sys.shell.status = if sys.shell.dialect == Dialect::Dash { 2 } else { 1 };
            return Step::Go;
        }
        let keeps = matches!(&prepared, Prepared::Simple { argv, .. } if argv.len() == 1 && argv[0] == "exec");
        if !keeps {
            frames.push(Frame::Undo(old));
        }
    }
    match prepared {
        Prepared::Simple { argv, assigns, substituted } if argv.is_empty() => {
            let fine = store(sys, &assigns);
            if !substituted || !fine {
                sys.shell.status = i32::from(!fine);
            }
            Step::Go
        }
        Prepared::Simple { argv, assigns, .. } => {
            if !assigns.is_empty() {
                let saved = assigns.iter().map(|(n, _)| (n.clone(), sys.shell.vars.get(n).cloned())).collect();
                if !store(sys, &assigns) {
                    sys.shell.status = 1;
                    return Step::Go;
                }
                for (name, _) in &assigns {
                    sys.shell.mark(name, true);
                }
                frames.push(Frame::Env(saved));
            }
            command(host, sys, frames, argv)
        }
        Prepared::Words(words) => {
            sys.shell.status = 0;
            frames.push(Frame::For { stage: stage.clone(), words: Rc::new(words), at: 0 });
            Step::Go
        }
        Prepared::Subject(text, arms) => {
            let chars: Vec<char> = text.chars().collect();
            sys.shell.status = 0;
            if let Some(at) = arms.iter().position(|patterns| patterns.iter().any(|p| fits(p, &chars))) {
                arm(frames, stage, at);
            }
            Step::Go
        }
        Prepared::Truth(truth) => {
            sys.shell.status = i32::from(!truth);
            Step::Go
        }
        Prepared::Plain => compound(sys, frames, stage),
    }
}

fn compound(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, stage: &Rc<Stage>) -> Step {
    match &stage.command {
        Command::Group(body) => enter(frames, body),
        Command::Subshell(body) => {
            let lenient = sys.shell.lenient || tested(frames);
            let fds = sys.fds.clone();
            let Some(pid) = fork(sys, Frame::List { body: body.clone(), at: 0 }, fds) else {
                return no_fork(sys, frames);
            };
            if let Some(task) = sys.tasks.get_mut(&pid) {
                task.shell.lenient = lenient;
            }
            frames.push(Frame::Await { pids: vec![pid], since: sys.now });
        }
        Command::If { arms, .. } => {
            frames.push(Frame::If { stage: stage.clone(), at: 0 });
            enter(frames, &arms[0].0);
        }
        Command::While { .. } => {
            sys.shell.status = 0;
            frames.push(Frame::While { stage: stage.clone(), testing: false, status: 0 });
        }
        Command::Count { .. } => frames.push(Frame::Count { stage: stage.clone(), memo: vec![], phase: 0, status: 0 }),
        Command::Function { name, body } => {
            Rc::make_mut(&mut sys.shell.functions).insert(name.clone(), body.clone());
            sys.shell.status = 0;
        }
        _ => {}
    }
    Step::Go
}

/// Enters an arm of a `case`.
pub fn arm(frames: &mut Vec<Frame>, stage: &Rc<Stage>, at: usize) {
    let Command::Case { arms, .. } = &stage.command else { return };
    let Some(arm) = arms.get(at) else { return };
    if arm.falls {
        frames.push(Frame::Fall { stage: stage.clone(), at: at + 1 });
    }
    enter(frames, &arm.body);
}

/// `for (( ; ; ))`: phases are init 0, test 1, body 2, step 3.
pub fn count(
    sys: &mut Sys<'_>,
    frames: &mut Vec<Frame>,
    stage: Rc<Stage>,
    memo: Vec<String>,
    phase: u8,
    status: i32,
) -> Step {
    let Command::Count { init, test, step, body } = &stage.command else { return Step::Go };
    let word = match phase {
        0 => init,
        1 => test,
        2 => {
            frames.push(Frame::Count { stage: stage.clone(), memo: vec![], phase: 3, status });
            enter(frames, body);
            return Step::Go;
        }
        _ => step,
    };
    let vars = sys.shell.vars.clone();
    let empty = word.0.is_empty();
    let mut cx = Expand { sys, memo: &memo, used: 0, substituted: false };
    match cx.arith(word) {
        Err(Halt::Need(substitution, file)) => {
            sys.shell.vars = vars;
            frames.push(Frame::Count { stage, memo, phase, status });
            start_sub(sys, frames, substitution, file, true)
        }
        Err(_) => {
            sys.shell.status = 1;
            Step::Go
        }
        Ok(value) => {
            let next = match phase {
                1 if value == 0 && !empty => {
                    return Step::Go;
                }
                3 => 1,
                n => n + 1,
            };
            frames.push(Frame::Count { stage, memo: vec![], phase: next, status });
            Step::Go
        }
    }
}

fn trace(sys: &mut Sys<'_>, argv: &[String], assigns: &[(Rc<str>, Assigned)]) {
    let quote =
        |t: &String| match t.is_empty() || t.contains(|c: char| c.is_whitespace() || "'\"$;&|<>()*?".contains(c)) {
            true => format!("'{}'", t.replace('\'', "'\\''")),
            false => t.clone(),
        };
    for (name, value) in assigns {
        if let Assigned::One(text) = value {
            let line = format!("+ {name}={}\n", quote(text));
            sys.err(&line);
        }
    }
    if !argv.is_empty() {
        let line = format!("+ {}\n", argv.iter().map(quote).collect::<Vec<_>>().join(" "));
        sys.err(&line);
    }
}
