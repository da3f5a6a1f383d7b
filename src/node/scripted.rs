//! A program that is a shell script or an everyday tool: `sh -c ...`, `sleep 3600`, `cat file`.

use super::http::{HttpRequest, HttpResponse};
use super::images::{Base, Image};
use super::program::{Inside, Launch, Program, State};
use super::room::{self, Room};
use crate::script::files::Files;
use crate::script::host::{Got, Signal, Ticket, Want};
use crate::script::machine::{Process, Start, Status};
use crate::script::shell::Dialect;
use crate::script::sys::Style;
use crate::script::tools;
use crate::time::{Span, Time};
use std::rc::Rc;

/// A script that never rests goes on after this while of CPU time, so that virtual time passes.
const BREATH: Span = Span::millis(20);
/// A shell without a terminal looks for input this long before it ends.
const LINGER: Span = Span::millis(2200);

const SHELLS: [&str; 4] = ["sh", "ash", "bash", "dash"];

/// Whether an image with this base has a program of this name (`/bin/sh`, `sleep`).
pub fn has(base: Base, argv0: &str, files: &Files) -> bool {
    let name = argv0.rsplit('/').next().unwrap_or(argv0);
    if base == Base::Scratch {
        return false;
    }
    if argv0.contains('/') && files.exists(argv0) {
        return files.is_file(argv0) && files.stat(argv0).is_ok_and(|stat| stat.mode & 0o111 != 0);
    }
    let shell = name == "sh" || SHELLS.contains(&name) && room::tool(base, name);
    let placed = !argv0.contains('/')
        || ["/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin"].contains(&crate::script::files::parent(argv0));
    placed && (shell || tools::knows(name) && !SHELLS.contains(&name) && room::tool(base, name))
}

/// runc's words for a program that is not there.
pub fn missing(argv0: &str, files: &Files) -> String {
    match argv0.contains('/') {
        true if files.is_file(argv0) => format!("exec: \"{argv0}\": permission denied"),
        true if files.exists(argv0) => format!("exec: \"{argv0}\": is a directory"),
        true => format!("exec: \"{argv0}\": stat {argv0}: no such file or directory"),
        false => format!("exec: \"{argv0}\": executable file not found in $PATH"),
    }
}

/// runc's words for a working directory that is none.
pub fn no_directory(path: &str) -> String {
    format!("chdir to cwd (\"{path}\") set in config.json failed: not a directory")
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
    room: Room,
    /// A shell that will find its input at an end.
    until: Option<Time>,
    /// Millicores that it wanted when it was last looked at, and since when it rests no more.
    busy: u32,
    since: Time,
    /// How often it was looked at since it wanted more memory than there is.
    starving: u8,
}

impl Scripted {
    pub fn new(image: &'static dyn Image, base: Base, launch: &Rc<Launch>) -> Scripted {
        let name = launch.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
        let bare = SHELLS.contains(&name) && launch.argv.len() == 1;
        let mut process = Process::exec(&start(base, launch), &launch.argv);
        if !launch.stdin && !bare {
            process.end_input();
        }
        let until = (bare && !launch.stdin).then(|| launch.at + LINGER);
        let room = Room::new(Some(image), base, launch.clone());
        Scripted { process, room, until, busy: 0, since: launch.at, starving: 0 }
    }

    fn after(&mut self, status: Status, inside: &mut Inside<'_>) -> State {
        write(&mut self.process, inside);
        let busy = if matches!(status, Status::Exited(_)) { 0 } else { self.process.demand() };
        if self.busy == 0 && busy > 0 {
            self.since = inside.now;
        }
        self.busy = busy;
        match status {
            // the kernel ends it before it can say so
            Status::Exited(_) if self.process.starved() && self.starving < 50 => {
                self.starving += 1;
                State::Running(Some(inside.now + BREATH))
            }
            Status::Exited(code) => State::Exited(code),
            Status::Idle => State::Running(self.until),
            Status::Running => State::Running(Some(inside.now + self.breath(inside))),
            Status::Waiting(wake) => {
                let next = if wake.change { Some(inside.now + Span::millis(100)) } else { None };
                let at = [wake.at, next, self.until].into_iter().flatten().min();
                State::Running(at)
            }
        }
    }
}

/// What one step of a script costs, in microseconds of CPU.
const STEP: u64 = 1;

impl Scripted {
    /// When a script that never rests goes on: later where the CPU is shared or throttled; and one that has kept busy for
    /// long is looked at less often.
    fn breath(&self, inside: &Inside<'_>) -> Span {
        let long = match inside.now.since(self.since).as_seconds() {
            0..2 => 1,
            2..20 => 10,
            _ => 50,
        };
        Span(BREATH.0 * long * 1000 / u64::from(inside.pace.clamp(1, 1000)))
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
        let status = self.room.poll(&mut self.process, inside.now, inside.files);
        self.after(status, inside)
    }

    fn signal(&mut self, signal: Signal, inside: &mut Inside<'_>) -> State {
        self.room.signal(&mut self.process, signal, true, inside.now, inside.files);
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

    fn listens(&self, port: u16, now: Time) -> bool {
        self.room.listens(port, now)
    }

    fn answer(&mut self, port: u16, request: &HttpRequest, inside: &mut Inside<'_>) -> Option<HttpResponse> {
        self.room.answer(port, request, inside)
    }

    fn receive(&mut self, port: u16, bytes: &[u8], inside: &mut Inside<'_>) -> Option<Vec<u8>> {
        self.room.receive(port, bytes, inside)
    }

    fn memory(&self) -> u64 {
        (2 << 20) + self.process.memory() + self.room.memory()
    }

    fn demand(&self) -> u32 {
        self.busy + self.room.demand()
    }

    fn spent(&mut self) -> u64 {
        let steps = u64::from(self.process.take_steps()) * STEP;
        let programs = self.room.spent();
        if self.busy > 0 { 0 } else { steps + programs }
    }

    fn idle(&self) -> u32 {
        0
    }

    fn threads(&self) -> u64 {
        self.process.count() as u64
    }

    fn processes(&self, _launch: &Launch) -> Vec<(u32, String)> {
        self.process.processes()
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
