//! A server whose answers are a function of the request: the echo servers and sample applications of the courses.

use crate::node::http::{HttpRequest, HttpResponse};
use crate::node::program::{Daemon, Inside, Launch, Program, State};
use crate::script::host::Signal;
use crate::time::Time;

pub type Answer = fn(&HttpRequest, &mut Inside<'_>, &[String]) -> HttpResponse;

/// What it does on SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It has no handler: as process 1 it does not hear the signal.
    Deaf,
    Exits(i32),
}

#[derive(Clone)]
pub struct Server {
    pub daemon: Daemon,
    pub answer: Answer,
    /// Given to every answer: settings from flags.
    pub words: Vec<String>,
    pub ending: Ending,
    pub memory: u64,
    /// Millionths of a CPU that it uses at rest.
    pub idle: u32,
}

impl Server {
    pub fn new(launch: &Launch, ports: &[u16], says: Vec<(u64, bool, String)>, answer: Answer) -> Server {
        Server {
            daemon: Daemon::new(launch, ports, says),
            answer,
            words: vec![],
            ending: Ending::Exits(0),
            memory: 8 << 20,
            idle: 0,
        }
    }

    pub fn words(mut self, words: Vec<String>) -> Server {
        self.words = words;
        self
    }

    pub fn ending(mut self, ending: Ending) -> Server {
        self.ending = ending;
        self
    }
}

impl Program for Server {
    fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        self.daemon.tick(inside)
    }

    fn signal(&mut self, signal: Signal, inside: &mut Inside<'_>) -> State {
        match (signal, self.ending) {
            (Signal::Term | Signal::Int | Signal::Quit, Ending::Exits(code)) => State::Exited(code),
            _ => self.daemon.tick(inside),
        }
    }

    fn listens(&self, port: u16, now: Time) -> bool {
        self.daemon.listens(port, now)
    }

    fn answer(&mut self, _port: u16, request: &HttpRequest, inside: &mut Inside<'_>) -> Option<HttpResponse> {
        Some((self.answer)(request, inside, &self.words))
    }

    fn memory(&self) -> u64 {
        self.memory
    }

    fn idle(&self) -> u32 {
        self.idle
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
