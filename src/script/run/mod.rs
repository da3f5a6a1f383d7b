//! One step of a task: takes the topmost frame and does the next thing it says.
//!
//! Models: the order of evaluation of POSIX sh and bash (expansions, redirections, assignments, command).

pub mod arith;
mod builtins;
mod command;
pub mod cond;
pub mod expand;
pub mod pattern;
mod read;
mod redirect;
mod stage;

use std::rc::Rc;

use super::host::{Host, Poll, Wake};
use super::lang::Syntax;
use super::lang::Wrong;
use super::lang::ast::{Body, Command, Stage};
use super::machine::{Frame, Task};
use super::shell::{Dialect, Shell};
use super::sys::{Fd, Fds, MAX_TASKS, Pid, Sys};

pub use command::command;

/// Frames of one task; a deeper recursion is refused.
const MAX_FRAMES: usize = 4000;

/// Names of the builtins.
pub fn builtin_names() -> &'static [&'static str] {
    builtins::NAMES
}

pub enum Step {
    Go,
    /// The task ends with `$?`.
    Leave,
    Wait(Wake),
}

/// Does one step.
pub fn run(host: &mut dyn Host, sys: &mut Sys<'_>, frames: &mut Vec<Frame>) -> Step {
    if frames.len() > MAX_FRAMES {
        complain(sys, "maximum function nesting level exceeded (1000)");
        sys.shell.status = 1;
        return abort(sys, frames);
    }
    let Some(frame) = frames.pop() else { return Step::Leave };
    match frame {
        Frame::Source { text, at, line } => source(sys, frames, text, at, line),
        Frame::Typed { text, prompted } => read::typed(sys, frames, text, prompted),
        Frame::List { body, at } => list(sys, frames, body, at),
        Frame::Chain { chain, at } => {
            let next = if at == 0 {
                Some((0, &chain.first))
            } else {
                let ok = sys.shell.status == 0;
                let rest = chain.rest.iter().enumerate().skip(at - 1);
                rest.filter(|(_, (and, _))| *and == ok).map(|(i, (_, p))| (i + 1, p)).next()
            };
            if let Some((index, pipeline)) = next {
                let pipeline = pipeline.clone();
                if index < chain.rest.len() {
                    frames.push(Frame::Chain { chain: chain.clone(), at: index + 1 });
                }
                frames.push(Frame::Pipeline { pipeline, pids: vec![], codes: vec![], since: sys.now });
            }
            Step::Go
        }
        Frame::Pipeline { pipeline, pids, codes, since } => stage::pipeline(sys, frames, pipeline, pids, codes, since),
        Frame::Stage { stage, memo } => stage::begin(host, sys, frames, stage, memo),
        Frame::If { stage, at } => {
            if let Command::If { arms, otherwise } = &stage.command {
                if sys.shell.status == 0 {
                    enter(frames, &arms[at].1);
                } else if at + 1 < arms.len() {
                    frames.push(Frame::If { stage: stage.clone(), at: at + 1 });
                    enter(frames, &arms[at + 1].0);
                } else {
                    sys.shell.status = 0;
                    if let Some(body) = otherwise {
                        enter(frames, body);
                    }
                }
            }
            Step::Go
        }
        Frame::While { stage, testing, status } => {
            if let Command::While { until, test, body } = &stage.command {
                if !testing {
                    let status = sys.shell.status;
                    frames.push(Frame::While { stage: stage.clone(), testing: true, status });
                    enter(frames, test);
                } else if (sys.shell.status == 0) != *until {
                    frames.push(Frame::While { stage: stage.clone(), testing: false, status });
                    enter(frames, body);
                } else {
                    sys.shell.status = status;
                }
            }
            Step::Go
        }
        Frame::For { stage, words, at } => {
            if let (Command::For { name, body, .. }, Some(word)) = (&stage.command, words.get(at)) {
                sys.shell.set(name, word);
                frames.push(Frame::For { stage: stage.clone(), words: words.clone(), at: at + 1 });
                enter(frames, body);
            }
            Step::Go
        }
        Frame::Count { stage, memo, phase, status } => stage::count(sys, frames, stage, memo, phase, status),
        Frame::Fall { stage, at } => {
            stage::arm(frames, &stage, at);
            Step::Go
        }
        Frame::Sub { pid, pipe, file } => sub(sys, frames, pid, pipe, file),
        Frame::Await { pids, since } => await_children(sys, frames, pids, since),
        Frame::Run(argv) => command(host, sys, frames, argv.to_vec()),
        Frame::Job(mut job) => {
            let poll = job.poll(host, sys);
            match poll {
                Poll::Done(code) => {
                    sys.shell.status = code;
                    Step::Go
                }
                Poll::Again => {
                    frames.push(Frame::Job(job));
                    Step::Wait(Wake::at(sys.now))
                }
                Poll::Wait(wake) => {
                    frames.push(Frame::Job(job));
                    if wake.change && sys.reader_gone() {
                        sys.broken = true;
                    }
                    Step::Wait(wake)
                }
            }
        }
        Frame::Trapped(status) => {
            sys.shell.status = status;
            Step::Go
        }
        Frame::Leave => Step::Leave,
        other => {
            unwind(other, sys.shell, &mut sys.fds);
            Step::Go
        }
    }
}

fn enter(frames: &mut Vec<Frame>, body: &Body) {
    frames.push(Frame::List { body: body.clone(), at: 0 });
}

/// Takes back what a frame changed when it is left early.
pub fn unwind(frame: Frame, shell: &mut Shell, fds: &mut Fds) {
    match frame {
        Frame::Undo(old) => *fds = old,
        Frame::Env(vars) => {
            for (name, var) in vars {
                shell.put_back(&name, var);
            }
        }
        Frame::Call(params) => {
            shell.params = params;
            for (name, var) in shell.locals.pop().unwrap_or_default().into_iter().rev() {
                shell.put_back(&name, var);
            }
        }
        Frame::Sourced(Some(params)) => shell.params = params,
        _ => {}
    }
}

/// Leaves all that runs: to the prompt, or out of a script.
pub fn abort(sys: &mut Sys<'_>, frames: &mut Vec<Frame>) -> Step {
    if !sys.shell.interactive {
        return Step::Leave;
    }
    while let Some(frame) = frames.pop() {
        if matches!(frame, Frame::Typed { .. }) {
            frames.push(frame);
            break;
        }
        unwind(frame, sys.shell, &mut sys.fds);
    }
    Step::Go
}

/// An error of the shell itself, on standard error.
pub fn complain(sys: &mut Sys<'_>, message: &str) {
    let line = format!("{}{message}\n", sys.shell.prefix());
    sys.err(&line);
}

fn source(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, text: Rc<[char]>, at: usize, line: u32) -> Step {
    match super::lang::parse_line(&text, at, line) {
        Ok(Some(read)) => {
            frames.push(Frame::Source { text, at: read.next, line: read.line });
            frames.push(Frame::List { body: Rc::new(read.list), at: 0 });
            Step::Go
        }
        Ok(None) => Step::Go,
        Err(syntax) => {
            let source = text[at..].split(|c| *c == '\n').nth((syntax.line.saturating_sub(line)) as usize);
            let source: String = source.unwrap_or_default().iter().collect();
            let message = syntax_text(&syntax, sys.shell, &source);
            sys.err(&message);
            sys.shell.status = 2;
            abort(sys, frames)
        }
    }
}

fn syntax_text(syntax: &Syntax, shell: &Shell, source: &str) -> String {
    match shell.dialect {
        Dialect::Bash if shell.interactive => format!("bash: {syntax}\n"),
        Dialect::Bash => {
            let head = if &*shell.name == "bash" { "bash: -c".to_owned() } else { shell.name.to_string() };
            match syntax.wrong {
                Wrong::Token(_) => format!("{head}: line {0}: {syntax}\n{head}: line {0}: `{source}'\n", syntax.line),
                Wrong::End(_) => format!("{head}: line {}: {syntax}\n", syntax.line + 1),
                _ => format!("{head}: line {}: {syntax}\n", syntax.line),
            }
        }
        Dialect::Ash | Dialect::Dash => {
            let place = if shell.dialect == Dialect::Dash {
                format!("{}: {}", shell.name, syntax.line)
            } else {
                shell.name.to_string()
            };
            let (head, tail) = if shell.dialect == Dialect::Dash { ("Syntax error", "") } else { ("syntax error", "") };
            match &syntax.wrong {
                Wrong::Token(t) if t == "newline" => format!("{place}: {head}: unexpected newline{tail}\n"),
                Wrong::Token(t) => format!("{place}: {head}: unexpected \"{t}\"\n"),
                Wrong::Open('\'' | '"') => format!("{place}: {head}: unterminated quoted string\n"),
                Wrong::Open(c) => format!("{place}: {head}: unexpected end of file (expecting \"{c}\")\n"),
                Wrong::End(Some(word)) => format!("{place}: {head}: unexpected end of file (expecting \"{word}\")\n"),
                Wrong::End(None) => format!("{place}: {head}: unexpected end of file\n"),
                Wrong::Deep => format!("{place}: {head}: nested too deeply\n"),
            }
        }
    }
}

fn list(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, body: Body, at: usize) -> Step {
    let Some(item) = body.items.get(at) else { return Step::Go };
    let (chain, background, text) = (item.chain.clone(), item.background, item.text.clone());
    frames.push(Frame::List { body, at: at + 1 });
    if !background {
        frames.push(Frame::Chain { chain, at: 0 });
        return Step::Go;
    }
    let mut fds = sys.fds.clone();
    Rc::make_mut(&mut fds).insert(0, Fd::Null);
    let Some(pid) = fork(sys, Frame::Chain { chain, at: 0 }, fds) else { return no_fork(sys, frames) };
    if let Some(task) = sys.tasks.get_mut(&pid) {
        task.title = text.trim_end_matches('&').trim().into();
    }
    let number = sys.shell.background.iter().map(|b| b.number).max().unwrap_or(0) + 1;
    let text = text.trim_end_matches('&').trim().into();
    sys.shell.background.push(super::shell::Background { number, pid, text });
    sys.shell.last_background = Some(pid);
    sys.shell.status = 0;
    if sys.shell.interactive {
        sys.err(&format!("[{number}] {pid}\n"));
    }
    Step::Go
}

/// A subshell with one frame; None if there are too many tasks.
pub fn fork(sys: &mut Sys<'_>, frame: Frame, fds: Fds) -> Option<Pid> {
    if sys.tasks.len() + 1 >= MAX_TASKS {
        return None;
    }
    sys.kernel.next_pid += 1;
    let pid = sys.kernel.next_pid;
    let shell = sys.shell.fork();
    sys.tasks.insert(pid, Task::new(pid, sys.pid, shell, vec![frame], fds));
    Some(pid)
}

pub fn no_fork(sys: &mut Sys<'_>, frames: &mut Vec<Frame>) -> Step {
    let name = sys.shell.prefix();
    let text = match sys.shell.dialect {
        Dialect::Bash => format!("{name}fork: retry: Resource temporarily unavailable\n"),
        _ => format!("{name}can't fork: Resource temporarily unavailable\n"),
    };
    sys.kernel.refused += 1;
    if sys.kernel.refused <= 4 {
        sys.err(&text);
    } else {
        // a fork bomb: the system ends what keeps forking
        sys.end_others();
    }
    sys.shell.status = 254;
    abort(sys, frames)
}

/// Starts a `$( )` whose result goes to the memo of the frame on top.
pub fn start_sub(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, body: Body, file: bool, lenient: bool) -> Step {
    let pipe = sys.kernel.pipe(true);
    let mut fds = sys.fds.clone();
    Rc::make_mut(&mut fds).insert(1, Fd::Writer(pipe));
    let Some(pid) = fork(sys, Frame::List { body, at: 0 }, fds) else { return no_fork(sys, frames) };
    if let Some(task) = sys.tasks.get_mut(&pid) {
        task.shell.lenient = lenient || sys.shell.dialect == Dialect::Bash;
    }
    frames.push(Frame::Sub { pid, pipe, file });
    Step::Go
}

fn sub(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, pid: Pid, pipe: u32, file: bool) -> Step {
    let Some(code) = sys.reap(pid) else {
        frames.push(Frame::Sub { pid, pipe, file });
        return Step::Wait(Wake::child());
    };
    let bytes = sys.captured(pipe);
    let text = if file {
        let path = format!("/dev/fd/{}", 60 + pipe % 1000);
        let _ = sys.files.mkdirs("/dev/fd", sys.now);
        let _ = sys.files.write(&path, &bytes, sys.now);
        path
    } else {
        sys.shell.status = code;
        String::from_utf8_lossy(&bytes).replace('\0', "").trim_end_matches('\n').to_owned()
    };
    if let Some(Frame::Stage { memo, .. } | Frame::Count { memo, .. }) = frames.last_mut() {
        memo.push(text)
    }
    Step::Go
}

fn await_children(
    sys: &mut Sys<'_>,
    frames: &mut Vec<Frame>,
    mut pids: Vec<Pid>,
    since: super::super::time::Time,
) -> Step {
    while let Some(pid) = pids.first().copied() {
        match sys.reap(pid) {
            Some(code) => {
                sys.shell.status = code;
                sys.shell.background.retain(|b| b.pid != pid);
                pids.remove(0);
            }
            None if sys.tasks.contains_key(&pid) => {
                frames.push(Frame::Await { pids, since });
                return Step::Wait(Wake::child());
            }
            None => {
                pids.remove(0);
            }
        }
    }
    Step::Go
}

/// `set -e`: whether a failure here ends the shell.
pub fn strict(sys: &Sys<'_>, frames: &[Frame]) -> bool {
    sys.shell.options.errexit && !sys.shell.lenient && !tested(frames)
}

/// Whether what runs is part of a condition.
pub fn tested(frames: &[Frame]) -> bool {
    frames.iter().any(|f| match f {
        Frame::If { .. } | Frame::While { testing: true, .. } => true,
        Frame::Chain { chain, at } => *at <= chain.rest.len() && *at > 0,
        Frame::Pipeline { pipeline, .. } => pipeline.negate,
        _ => false,
    })
}

pub(super) fn stage_frame(stage: &Rc<Stage>) -> Frame {
    Frame::Stage { stage: stage.clone(), memo: vec![] }
}
