//! The devices that never end: /dev/zero, /dev/urandom. Into a file they are poured at the speed of the disk, and nobody
//! keeps their bytes; into a pipe they flow as the reader takes them.
//!
//! Models: Linux `drivers/char/mem.c`, `random(4)`.

use crate::script::files::Fault;
use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::{PIPE, Sys};
use crate::time::Span;

/// How often a large copy looks at what it has done.
const TURN: Span = Span::millis(100);

/// Whether a path is such a device; true when its bytes are chance.
pub fn endless(path: &str) -> Option<bool> {
    match path {
        "/dev/zero" | "/dev/full" => Some(false),
        "/dev/urandom" | "/dev/random" => Some(true),
        _ => None,
    }
}

/// So many bytes of a device to standard output (`u64::MAX`: without end).
#[derive(Clone)]
struct Pour {
    tool: String,
    left: u64,
    random: bool,
    /// Millicores that it works with.
    demand: u32,
}

pub fn start(tool: &str, bytes: u64, random: bool) -> Launch {
    Launch::Job(Box::new(Pour { tool: tool.to_owned(), left: bytes, random, demand: 0 }))
}

impl Job for Pour {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if !sys.has_room() {
            return Poll::Wait(Wake::room());
        }
        if sys.is_broken() {
            return Poll::Done(141);
        }
        let bulk = sys.takes_bulk();
        self.demand = if sys.is_null() || self.random { 1000 } else { 350 };
        let most = if bulk { sys.files.disk.speed / (1000 / TURN.0) } else { PIPE as u64 };
        let part = self.left.min(most.max(1));
        match sys.pour(1, part, self.random) {
            Ok(()) => self.left -= if self.left == u64::MAX { 0 } else { part },
            Err(fault) => {
                let text = complaint(&self.tool, fault, sys);
                sys.err(&text);
                return Poll::Done(1);
            }
        }
        match (self.left, bulk) {
            (0, _) => Poll::Done(0),
            (_, true) => Poll::Wait(Wake::at(sys.now + TURN)),
            (_, false) => Poll::Again,
        }
    }

    fn demand(&self) -> u32 {
        self.demand
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// A program that reads a device without end and never comes to a result: `sha256sum /dev/zero`.
#[derive(Clone)]
struct Spin;

pub fn spin() -> Launch {
    Launch::Job(Box::new(Spin))
}

impl Job for Spin {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        Poll::Wait(Wake::at(sys.now + Span::minutes(1)))
    }

    fn demand(&self) -> u32 {
        1000
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

fn complaint(tool: &str, fault: Fault, sys: &Sys<'_>) -> String {
    match super::args::busybox(sys) {
        true => format!("{tool}: write error: {fault}\n"),
        false if tool == "head" => format!("head: error writing 'standard output': {fault}\n"),
        false => format!("{tool}: write error: {fault}\n"),
    }
}

/// A program that reads a device without end and keeps all of it: `tail /dev/zero`.
#[derive(Clone)]
struct Hoard {
    held: u64,
}

/// Bytes that it takes in a turn.
const GULP: u64 = 40_000_000;

pub fn hoard() -> Launch {
    Launch::Job(Box::new(Hoard { held: 0 }))
}

impl Job for Hoard {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        self.held += GULP;
        Poll::Wait(Wake::at(sys.now + TURN))
    }

    fn memory(&self) -> u64 {
        self.held
    }

    fn demand(&self) -> u32 {
        600
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
