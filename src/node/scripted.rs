//! A program that is a shell script or an everyday tool: `sh -c ...`, `sleep 3600`, `cat file`.

use super::images::Base;
use super::program::{Inside, Launch, Program, State};
use crate::script::files::Files;
use crate::script::host::{Got, Host, Launch as Launched, Signal, Ticket, Want};
use crate::script::machine::{Process, Start, Status};
use crate::script::shell::Dialect;
use crate::script::sys::{Style, Sys};
use crate::script::tools;
use crate::time::{Span, Time};
use std::any::Any;

/// Steps that a script takes in one go before others may run.
const BUDGET: u32 = 20_000;
/// A script that never rests goes on after this while, so that virtual time passes.
const BREATH: Span = Span::millis(20);
/// A shell without a terminal looks for input this long before it ends.
const LINGER: Span = Span::millis(2200);

/// The world of a process in a container.
pub struct Room {
    pub now: Time,
}

impl Host for Room {
    fn now(&self) -> Time {
        self.now
    }

    fn knows(&self, name: &str) -> bool {
        tools::knows(name)
    }

    fn names(&self) -> Vec<String> {
        tools::ALL.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn launch(&mut self, argv: &[String], sys: &mut Sys<'_>) -> Option<Launched> {
        tools::launch(argv, sys)
    }

    fn any(&mut self) -> &mut dyn Any {
        self
    }
}

const SHELLS: [&str; 4] = ["sh", "ash", "bash", "dash"];

/// Whether an image with this base has a program of this name (`/bin/sh`, `sleep`).
pub fn has(base: Base, argv0: &str, files: &Files) -> bool {
    let name = argv0.rsplit('/').next().unwrap_or(argv0);
    if base == Base::Scratch {
        return false;
    }
    if argv0.contains('/') && files.is_file(argv0) {
        return true;
    }
    let shell = match name {
        "bash" | "dash" => base == Base::Debian,
        "ash" => base != Base::Debian,
        name => name == "sh",
    };
    let placed = !argv0.contains('/')
        || ["/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin"].contains(&crate::script::files::parent(argv0));
    placed && (shell || tools::knows(name) && !SHELLS.contains(&name))
}

/// runc's words for a program that is not there.
pub fn missing(argv0: &str) -> String {
    match argv0.contains('/') {
        true => format!("exec: \"{argv0}\": stat {argv0}: no such file or directory"),
        false => format!("exec: \"{argv0}\": executable file not found in $PATH"),
    }
}

/// The beginning of a process in a container.
pub fn start(base: Base, launch: &Launch) -> Start {
    let user = match launch.user {
        0 => "root".to_owned(),
        id => id.to_string(),
    };
    let name = launch.argv.first().map_or("sh", String::as_str);
    let dialect = match (base, name.rsplit('/').next().unwrap_or(name)) {
        (Base::Debian, "bash") => Dialect::Bash,
        (Base::Debian, _) => Dialect::Dash,
        _ => Dialect::Ash,
    };
    Start {
        dialect,
        name: name.into(),
        cwd: if launch.cwd.is_empty() { "/".into() } else { launch.cwd.clone() },
        env: launch.env.clone(),
        user,
        hostname: launch.hostname.clone(),
        tty: launch.tty,
        seed: launch.seed,
    }
}

/// Process 1 of such a container.
#[derive(Clone)]
pub struct Scripted {
    process: Process,
    /// A shell that will find its input at an end.
    until: Option<Time>,
}

impl Scripted {
    pub fn new(base: Base, launch: &Launch) -> Scripted {
        let name = launch.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
        let bare = SHELLS.contains(&name) && launch.argv.len() == 1;
        let mut process = Process::exec(&start(base, launch), &launch.argv);
        if !launch.stdin && !bare {
            process.end_input();
        }
        let until = (bare && !launch.stdin).then(|| launch.at + LINGER);
        Scripted { process, until }
    }

    fn after(&mut self, status: Status, inside: &mut Inside<'_>) -> State {
        write(&mut self.process, inside);
        match status {
            Status::Exited(code) => State::Exited(code),
            Status::Idle => State::Running(self.until),
            Status::Running => State::Running(Some(inside.now + BREATH)),
            Status::Waiting(wake) => {
                let next = if wake.change { Some(inside.now + Span::millis(100)) } else { None };
                let at = [wake.at, next, self.until].into_iter().flatten().min();
                State::Running(at)
            }
        }
    }
}

/// What was written goes to the log; of one moment, standard error comes first, as it is not buffered.
fn write(process: &mut Process, inside: &mut Inside<'_>) {
    let mut pieces = process.take_output();
    pieces.sort_by_key(|piece| piece.style != Style::Error);
    for piece in pieces {
        inside.logs.write(inside.now, piece.style == Style::Error, &piece.bytes);
    }
}

impl Program for Scripted {
    fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        if self.until.is_some_and(|until| until <= inside.now) {
            self.until = None;
            self.process.end_input();
        }
        let mut room = Room { now: inside.now };
        let status = self.process.poll(&mut room, inside.files, BUDGET);
        self.after(status, inside)
    }

    fn signal(&mut self, signal: Signal, inside: &mut Inside<'_>) -> State {
        let mut room = Room { now: inside.now };
        self.process.signal(signal, true, &mut room, inside.files);
        self.tick(inside)
    }

    fn input(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.process.feed(bytes),
            None => self.process.end_input(),
        }
    }

    fn wants(&mut self) -> Vec<(Ticket, Want)> {
        self.process.take_wants()
    }

    fn got(&mut self, ticket: Ticket, got: Got) {
        self.process.answer(ticket, got);
    }

    fn memory(&self) -> u64 {
        2 << 20
    }

    fn processes(&self, _launch: &Launch) -> Vec<(u32, String)> {
        self.process.processes()
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
