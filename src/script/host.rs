//! The border of a process: who knows its commands, what a running command is, what it may wait for.
//!
//! `script/` knows nothing of what its commands do. A host (the learner's laptop, a container) finds and starts them; one
//! that takes time becomes a `Job`: data that is polled, cloned and interrupted.

use std::any::Any;

use crate::time::Time;

use super::sys::Sys;

/// Who owns the commands and the world around a process.
pub trait Host {
    /// The clock.
    fn now(&self) -> Time;
    /// Whether `launch` would find this command (`type`, `which`, completion).
    fn knows(&self, name: &str) -> bool;
    /// All command names, for completion.
    fn names(&self) -> Vec<String>;
    /// Starts a command; None if there is none of this name.
    fn launch(&mut self, argv: &[String], sys: &mut Sys<'_>) -> Option<Launch>;
    /// The host itself, for jobs that know which one they run on.
    fn any(&mut self) -> &mut dyn Any;
}

/// What starting a command led to.
pub enum Launch {
    /// It is done; its exit code.
    Done(i32),
    /// It goes on.
    Job(Box<dyn Job>),
}

/// A command that takes time. All its state is its own data.
pub trait Job {
    /// Works for a bounded while. Is called again at once after `Again`, or when what it waits for may have come.
    fn poll(&mut self, host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll;

    /// A signal: `Some(code)` ends the job with that code, None goes on.
    fn signal(&mut self, signal: Signal, _host: &mut dyn Host, _sys: &mut Sys<'_>) -> Option<i32> {
        Some(128 + signal.number())
    }

    /// Whether it has handlers of its own: only then does a signal reach it as the first process of a container.
    fn hears(&self) -> bool {
        false
    }

    /// CPU that it works with while it waits for the clock alone, in millicores: what is computed at once takes its time.
    fn demand(&self) -> u32 {
        0
    }

    /// Bytes of memory that it holds beyond what every small program takes.
    fn memory(&self) -> u64 {
        0
    }

    fn clone_box(&self) -> Box<dyn Job>;
}

impl Clone for Box<dyn Job> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// The answer of a job that was polled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    Done(i32),
    /// More to do now, but others may go first.
    Again,
    Wait(Wake),
}

/// What may wake a job: any of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wake {
    /// A moment.
    pub at: Option<Time>,
    /// Something in the world may have changed: asked again on every poll of the process.
    pub change: bool,
    /// Standard input has something to read, or ended.
    pub input: bool,
    /// Standard output takes more.
    pub room: bool,
    /// A child ended.
    pub child: bool,
    /// An answer from the network came.
    pub net: bool,
}

impl Wake {
    pub fn at(time: Time) -> Wake {
        Wake { at: Some(time), ..Wake::default() }
    }

    pub fn change() -> Wake {
        Wake { change: true, ..Wake::default() }
    }

    pub fn input() -> Wake {
        Wake { input: true, ..Wake::default() }
    }

    pub fn room() -> Wake {
        Wake { room: true, ..Wake::default() }
    }

    pub fn child() -> Wake {
        Wake { child: true, ..Wake::default() }
    }

    pub fn net() -> Wake {
        Wake { net: true, ..Wake::default() }
    }

    /// Either of two.
    pub fn or(self, other: Wake) -> Wake {
        Wake {
            at: match (self.at, other.at) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
            change: self.change || other.change,
            input: self.input || other.input,
            room: self.room || other.room,
            child: self.child || other.child,
            net: self.net || other.net,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    Hup,
    Int,
    Quit,
    Kill,
    Usr1,
    Usr2,
    Pipe,
    Term,
}

impl Signal {
    /// `TERM`.
    pub fn name(self) -> &'static str {
        match self {
            Signal::Hup => "HUP",
            Signal::Int => "INT",
            Signal::Quit => "QUIT",
            Signal::Kill => "KILL",
            Signal::Usr1 => "USR1",
            Signal::Usr2 => "USR2",
            Signal::Pipe => "PIPE",
            Signal::Term => "TERM",
        }
    }

    pub fn number(self) -> i32 {
        match self {
            Signal::Hup => 1,
            Signal::Int => 2,
            Signal::Quit => 3,
            Signal::Kill => 9,
            Signal::Usr1 => 10,
            Signal::Usr2 => 12,
            Signal::Pipe => 13,
            Signal::Term => 15,
        }
    }

    /// From `15`, `TERM` or `SIGTERM`.
    pub fn parse(text: &str) -> Option<Signal> {
        let all = [
            (Signal::Hup, "HUP"),
            (Signal::Int, "INT"),
            (Signal::Quit, "QUIT"),
            (Signal::Kill, "KILL"),
            (Signal::Usr1, "USR1"),
            (Signal::Usr2, "USR2"),
            (Signal::Pipe, "PIPE"),
            (Signal::Term, "TERM"),
        ];
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        all.iter().find(|(s, n)| *n == name || s.number().to_string() == name).map(|(s, _)| *s)
    }
}

/// The number of a question to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u32);

/// Something a command asks of the world outside its machine; who polls the process answers it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// A name looked up in the DNS.
    Resolve { name: String },
    /// A TCP connection, opened and closed.
    Connect { host: String, port: u16 },
    /// An HTTP request; `https` if it is to be encrypted.
    Http {
        https: bool,
        host: String,
        port: u16,
        method: String,
        target: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Bytes sent over TCP or UDP; the reply is `Bytes`.
    Raw { host: String, port: u16, udp: bool, bytes: Vec<u8> },
    /// ICMP echo.
    Ping { host: String },
    /// A file opened in an editor beside the terminal; nobody answers.
    Edit { path: String },
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Got {
    /// Addresses of a name, and the full name that was found.
    Addresses {
        name: String,
        addresses: Vec<String>,
    },
    Connected {
        address: String,
    },
    Http {
        address: String,
        status: u16,
        reason: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    Bytes {
        address: String,
        bytes: Vec<u8>,
    },
    /// Round trip in microseconds.
    Pong {
        address: String,
        micros: u64,
    },
    NoSuchName,
    /// The DNS server did not answer.
    NoResolver,
    Refused {
        address: String,
    },
    /// ICMP unreachable.
    NoRoute {
        address: String,
    },
    Reset {
        address: String,
    },
    /// The connection stands, but who listens never says a word.
    Hung {
        address: String,
    },
    /// Nobody answered, not even a refusal: the command waits until its own time runs out.
    Silence {
        address: String,
    },
}
