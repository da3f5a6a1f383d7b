//! Requests from outside that come at a steady rate: `sim load svc/web 50`.
//!
//! Left out: keep-alive; what the clients would do with the answers.

use crate::time::{Span, Time};
use std::rc::Rc;

/// How long a client waits for an answer.
pub const PATIENCE: Span = Span::seconds(5);

/// What came of some requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub sent: u64,
    pub well: u64,
    /// Answered with an error.
    pub errors: u64,
    /// Refused, or not answered in time.
    pub lost: u64,
    /// Milliseconds that the answers took, together.
    pub took: u64,
}

impl Tally {
    /// Counts requests that fared alike: the status of the answer, 0 for none.
    pub fn count(&mut self, count: u64, status: u16, took: Span) {
        self.sent += count;
        match status {
            0 => self.lost += count,
            200..400 => self.well += count,
            _ => self.errors += count,
        }
        if status > 0 {
            self.took += count * took.0;
        }
    }

    /// Milliseconds that an answer takes.
    pub fn average(&self) -> u64 {
        self.took / (self.well + self.errors).max(1)
    }
}

/// One load on one Service.
#[derive(Clone, Debug)]
pub struct Load {
    pub port: u16,
    pub path: Rc<str>,
    /// Requests a second.
    pub rate: u64,
    pub since: Time,
    /// When requests were last sent, and thousandths of one that were left.
    pub last: Time,
    pub rest: u64,
    pub all: Tally,
    /// Of the last round.
    pub round: Tally,
}

impl Load {
    pub fn new(port: u16, path: &str, rate: u64, now: Time) -> Load {
        let (all, round) = Default::default();
        Load { port, path: path.into(), rate, since: now, last: now, rest: 0, all, round }
    }

    /// Requests that are due.
    pub fn due(&mut self, now: Time) -> u64 {
        let all = now.since(self.last).0 * self.rate + self.rest;
        (self.last, self.rest) = (now, all % 1000);
        all / 1000
    }
}
