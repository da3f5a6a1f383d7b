//! The world of a process in a container: the image's tools and programs, and the programs that scripts have started.
//!
//! Models: what `execve` finds in a container's file system.
//! Left out: programs written into the container while it runs, other than shell scripts.

use super::http::{HttpRequest, HttpResponse};
use super::images::{Base, Image, Tool};
use super::logs::Logs;
use super::program::{Inside, Launch, Program, State};
use crate::script::files::Files;
use crate::script::host::{Host, Job, Launch as Launched, Poll, Signal, Ticket, Wake};
use crate::script::machine::{Process, Status};
use crate::script::sys::Sys;
use crate::script::tools;
use crate::time::{Span, Time};
use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Steps that a process takes in one go before others may run.
const BUDGET: u32 = 20_000;
/// What starting a program costs, in microseconds of CPU.
const LAUNCH: u64 = 600;

/// A program that a script started: `nginx` in `sh -c "echo hi > index.html; exec nginx -g 'daemon off;'"`.
#[derive(Clone)]
struct Held {
    program: Box<dyn Program>,
    launch: Rc<Launch>,
    tickets: Vec<(Ticket, Ticket)>,
}

/// What a process finds around it. All of it is data, so that a process can be cloned with its world.
#[derive(Clone)]
pub struct Room {
    now: Time,
    image: Option<&'static dyn Image>,
    base: Base,
    launch: Rc<Launch>,
    held: BTreeMap<u32, Held>,
    next: u32,
    /// Programs and tools started since this was last asked.
    pub launched: u32,
}

impl Room {
    pub fn new(image: Option<&'static dyn Image>, base: Base, launch: Rc<Launch>) -> Room {
        Room { now: launch.at, image, base, launch, held: BTreeMap::new(), next: 0, launched: 0 }
    }

    /// Lets a process work in this room.
    pub fn poll(&mut self, process: &mut Process, now: Time, files: &mut Files) -> Status {
        self.now = now;
        let status = process.poll(self, files, BUDGET);
        if matches!(status, Status::Exited(_)) {
            self.held.clear();
        }
        status
    }

    /// A signal for the process; `init` when it is the container's first.
    pub fn signal(&mut self, process: &mut Process, signal: Signal, init: bool, now: Time, files: &mut Files) {
        self.now = now;
        process.signal(signal, init, self, files);
    }

    /// Whether a program started here listens.
    pub fn listens(&self, port: u16, now: Time) -> bool {
        self.held.values().any(|held| held.program.listens(port, now))
    }

    pub fn answer(&mut self, port: u16, request: &HttpRequest, inside: &mut Inside<'_>) -> Option<HttpResponse> {
        let now = inside.now;
        let held = self.held.values_mut().find(|held| held.program.listens(port, now))?;
        let mut own = Inside { now, files: inside.files, logs: inside.logs, launch: &held.launch, pace: inside.pace };
        held.program.answer(port, request, &mut own)
    }

    pub fn receive(&mut self, port: u16, bytes: &[u8], inside: &mut Inside<'_>) -> Option<Vec<u8>> {
        let now = inside.now;
        let held = self.held.values_mut().find(|held| held.program.listens(port, now))?;
        let mut own = Inside { now, files: inside.files, logs: inside.logs, launch: &held.launch, pace: inside.pace };
        held.program.receive(port, bytes, &mut own)
    }

    pub fn memory(&self) -> u64 {
        self.held.values().map(|held| held.program.memory()).sum()
    }

    /// What the programs started here want of the CPUs.
    pub fn demand(&self) -> u32 {
        self.held.values().map(|held| held.program.demand()).sum()
    }

    pub fn spent(&mut self) -> u64 {
        let own = u64::from(std::mem::take(&mut self.launched)) * LAUNCH;
        own + self.held.values_mut().map(|held| held.program.spent()).sum::<u64>()
    }

    fn own_tool(&self, name: &str) -> Option<Tool> {
        let tools = self.image?.tools();
        tools.iter().find(|(known, _)| *known == name).map(|(_, tool)| *tool)
    }

    /// Whether the base of the image (or the image itself) has this tool.
    fn has_tool(&self, name: &str) -> bool {
        if self.own_tool(name).is_some() {
            return true;
        }
        let extra = self.image.is_some_and(|image| image.config().extra.contains(&name));
        extra || tool(self.base, name)
    }
}

/// Tools that not every base has.
pub fn tool(base: Base, name: &str) -> bool {
    match name {
        "bash" | "curl" | "jq" | "dash" => base == Base::Debian,
        "wget" | "nslookup" | "ping" | "nc" | "ash" | "vi" | "dig" | "traceroute" | "netstat" | "ip" | "arp" => {
            !matches!(base, Base::Debian | Base::Scratch) && name != "dig"
        }
        _ => base != Base::Scratch,
    }
}

impl Host for Room {
    fn now(&self) -> Time {
        self.now
    }

    fn knows(&self, name: &str) -> bool {
        let launch = Launch { argv: vec![name.to_owned()], ..(*self.launch).clone() };
        self.own_tool(name).is_some()
            || tools::knows(name) && self.has_tool(name)
            || self.image.is_some_and(|image| image.start(&launch, &mut Files::new()).is_some())
    }

    fn names(&self) -> Vec<String> {
        tools::ALL.iter().map(|(name, _)| (*name).to_owned()).filter(|name| self.has_tool(name)).collect()
    }

    fn launch(&mut self, argv: &[String], sys: &mut Sys<'_>) -> Option<Launched> {
        let launch = Launch {
            argv: argv.to_vec(),
            env: sys.shell.env(),
            cwd: sys.shell.cwd.clone(),
            at: self.now,
            ..(*self.launch).clone()
        };
        if let Some(program) = self.image.and_then(|image| image.start(&launch, sys.files)) {
            self.next += 1;
            self.held.insert(self.next, Held { program, launch: Rc::new(launch), tickets: vec![] });
            return Some(Launched::Job(Box::new(Foreground(self.next))));
        }
        let name = argv.first()?.rsplit('/').next()?;
        if !self.has_tool(name) {
            return None;
        }
        self.launched += 1;
        if let Some(tool) = self.own_tool(name) {
            return Some(tool(argv, sys));
        }
        tools::launch(argv, sys)
    }

    fn any(&mut self) -> &mut dyn Any {
        self
    }
}

/// The place of such a program in the process: its number in the room.
#[derive(Clone)]
struct Foreground(u32);

impl Foreground {
    fn with(
        &self,
        host: &mut dyn Host,
        sys: &mut Sys<'_>,
        act: impl FnOnce(&mut Box<dyn Program>, &mut Inside<'_>) -> State,
    ) -> State {
        let now = host.now();
        let Some(room) = host.any().downcast_mut::<Room>() else { return State::Exited(126) };
        let Some(held) = room.held.get_mut(&self.0) else { return State::Exited(137) };
        for (asked, own) in std::mem::take(&mut held.tickets) {
            match sys.answer(asked) {
                Some(got) => held.program.got(own, got),
                None => held.tickets.push((asked, own)),
            }
        }
        let mut logs = Logs::default();
        let launch = held.launch.clone();
        let mut inside = Inside { now, files: sys.files, logs: &mut logs, launch: &launch, pace: 1000 };
        let state = act(&mut held.program, &mut inside);
        for (own, want) in held.program.wants() {
            let asked = sys.ask(want);
            held.tickets.push((asked, own));
        }
        for line in logs.lines() {
            sys.write(if line.error { 2 } else { 1 }, super::logs::text_of(line).as_bytes());
        }
        if matches!(state, State::Exited(_)) {
            room.held.remove(&self.0);
        }
        state
    }
}

impl Job for Foreground {
    fn poll(&mut self, host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        let now = host.now();
        match self.with(host, sys, |program, inside| program.tick(inside)) {
            State::Exited(code) => Poll::Done(code),
            State::Running(Some(at)) => Poll::Wait(Wake::at(at.max(now + Span::millis(1))).or(Wake::net())),
            State::Running(None) => Poll::Wait(Wake::net()),
        }
    }

    fn hears(&self) -> bool {
        true
    }

    fn signal(&mut self, signal: Signal, host: &mut dyn Host, sys: &mut Sys<'_>) -> Option<i32> {
        match self.with(host, sys, |program, inside| program.signal(signal, inside)) {
            State::Exited(code) => Some(code),
            State::Running(_) => None,
        }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
