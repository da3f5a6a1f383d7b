//! What runs in a container: a program as data, ticked in virtual time.

use super::cpu::Claim;
use super::http::{HttpRequest, HttpResponse};
use super::logs::Logs;
use crate::script::facts::Facts;
use crate::script::files::{Disk, Files, Who};
use crate::script::host::{Got, Signal, Ticket, Want};
use crate::time::Time;
use std::rc::Rc;

/// How a program was started.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    pub argv: Vec<String>,
    pub env: Vec<(String, String)>,
    pub cwd: String,
    pub hostname: String,
    /// The pod's address.
    pub address: String,
    /// What `/etc/hosts` and `/etc/resolv.conf` say.
    pub hosts: String,
    pub resolv: String,
    pub user: i64,
    pub group: i64,
    /// Further groups.
    pub groups: Vec<u32>,
    pub tty: bool,
    /// Standard input stays open (`stdin: true`).
    pub stdin: bool,
    /// Bytes; what may be used before the kernel kills.
    pub memory: Option<u64>,
    /// CPUs that the machine has.
    pub cpus: u32,
    /// What it may use of them.
    pub cpu: Claim,
    pub tag: String,
    pub namespace: String,
    pub pod: String,
    pub node: String,
    pub seed: u32,
    pub at: Time,
    /// The disk and the kernel's numbers when it was started.
    pub disk: Disk,
    pub facts: Facts,
}

impl Launch {
    /// As whom it uses files.
    pub fn who(&self) -> Who {
        let number = |id: i64| u32::try_from(id).unwrap_or(0);
        Who { user: number(self.user), group: number(self.group), groups: self.groups.clone() }
    }

    pub fn env(&self, name: &str) -> Option<&str> {
        self.env.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The arguments after the program's name.
    pub fn args(&self) -> &[String] {
        self.argv.get(1..).unwrap_or(&[])
    }

    /// The value of `--name=value`, `--name value`, `-name=value`.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let args = self.args();
        args.iter().enumerate().find_map(|(n, arg)| {
            let bare = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-'))?;
            match bare.strip_prefix(name)? {
                "" => args.get(n + 1).map(String::as_str),
                rest => rest.strip_prefix('='),
            }
        })
    }
}

/// What a program reaches while it runs.
pub struct Inside<'a> {
    pub now: Time,
    pub files: &'a mut Files,
    pub logs: &'a mut Logs,
    pub launch: &'a Launch,
    /// How fast steady work goes: thousandths of a CPU for each busy thread.
    pub pace: u32,
}

impl Inside<'_> {
    pub fn print(&mut self, text: &str) {
        self.logs.line(self.now, text);
    }

    pub fn complain(&mut self, text: &str) {
        self.logs.error(self.now, text);
    }
}

/// What a program is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs and wants to be ticked again at that time, or only when something happens to it.
    Running(Option<Time>),
    Exited(i32),
}

impl State {
    pub const IDLE: State = State::Running(None);
}

pub trait Program {
    /// Works for a bounded while.
    fn tick(&mut self, inside: &mut Inside<'_>) -> State;

    /// A signal to process 1 of the container. The kernel drops what it has no handler for; SIGKILL never gets here.
    fn signal(&mut self, _signal: Signal, _inside: &mut Inside<'_>) -> State {
        State::Exited(0)
    }

    /// Whether it accepts connections at this port now.
    fn listens(&self, _port: u16, _now: Time) -> bool {
        false
    }

    /// Answers a request; `None` when what listens there does not speak HTTP.
    fn answer(&mut self, _port: u16, _request: &HttpRequest, _inside: &mut Inside<'_>) -> Option<HttpResponse> {
        None
    }

    /// Answers bytes sent to a port; `None` for silence.
    fn receive(&mut self, _port: u16, _bytes: &[u8], _inside: &mut Inside<'_>) -> Option<Vec<u8>> {
        None
    }

    /// Bytes typed into it (`attach -i`, `run -it`); `None` ends the input.
    fn input(&mut self, _bytes: Option<&[u8]>) {}

    /// Bytes of memory in use.
    fn memory(&self) -> u64 {
        8 << 20
    }

    /// CPU it would use from now on if it got it, in millicores: 1000 for each thread that never rests.
    fn demand(&self) -> u32 {
        0
    }

    /// Microseconds of CPU that it used since this was last asked, beside its demand and its answers (`HttpResponse::work`).
    fn spent(&mut self) -> u64 {
        0
    }

    /// CPU it uses by being there, in millionths of a CPU. Always the same.
    fn idle(&self) -> u32 {
        0
    }

    /// What the simulation does in this program's name has gone well or not; lines for its log.
    fn report(&mut self, _well: bool, _lines: &[String], _inside: &mut Inside<'_>) {}

    /// Questions it asks of the network since the last call.
    fn wants(&mut self) -> Vec<(Ticket, Want)> {
        vec![]
    }

    fn got(&mut self, _ticket: Ticket, _got: Got) {}

    /// How many processes there are.
    fn threads(&self) -> u64 {
        1
    }

    /// Processes in it: id and command line, for `ps`.
    fn processes(&self, launch: &Launch) -> Vec<(u32, String)> {
        vec![(1, launch.argv.join(" "))]
    }

    fn clone_box(&self) -> Box<dyn Program>;
}

impl Clone for Box<dyn Program> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// A server that says some lines as it starts, then waits: the base of most images.
#[derive(Clone, Debug)]
pub struct Daemon {
    /// What it prints, each after so many milliseconds since its start; `true` for standard error.
    pub says: Rc<[(u64, bool, String)]>,
    pub said: usize,
    pub started: Time,
    pub ports: Vec<u16>,
    /// Milliseconds until it accepts connections.
    pub up: u64,
    /// Exit code by itself after so many milliseconds.
    pub ends: Option<(u64, i32)>,
}

impl Daemon {
    pub fn new(launch: &Launch, ports: &[u16], says: Vec<(u64, bool, String)>) -> Daemon {
        let up = says.last().map_or(0, |(at, ..)| *at);
        Daemon { says: says.into(), said: 0, started: launch.at, ports: ports.to_vec(), up, ends: None }
    }

    pub fn ending(mut self, after: u64, code: i32) -> Daemon {
        self.ends = Some((after, code));
        self
    }

    pub fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        let age = inside.now.since(self.started).0;
        while let Some((at, error, text)) = self.says.get(self.said) {
            if *at > age {
                break;
            }
            if *error {
                inside.complain(text)
            } else {
                inside.print(text)
            }
            self.said += 1;
        }
        if let Some((after, code)) = self.ends
            && age >= after
        {
            return State::Exited(code);
        }
        let next = self.says.get(self.said).map(|(at, ..)| *at).or(self.ends.map(|(after, _)| after));
        State::Running(next.map(|at| self.started + crate::time::Span::millis(at)))
    }

    pub fn listens(&self, port: u16, now: Time) -> bool {
        self.ports.contains(&port) && now.since(self.started).0 >= self.up
    }
}
