//! What happened, who did it and because of what; and the messages that carried it. `why`, the canvas and the live region read it.

use crate::net::Place;
use crate::store::{Key, Revision};
use crate::time::Time;
use std::collections::VecDeque;
use std::rc::Rc;

/// Facts are numbered from 1; 0 is "boot".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub u32);

impl FactId {
    pub const BOOT: FactId = FactId(0);
}

#[derive(Clone, Debug)]
pub enum What {
    /// The learner entered a command line.
    Command(Rc<str>),
    /// A write that the API server accepted. `letter` is A, M or D.
    Write { verb: &'static str, key: Key, revision: Revision, letter: char },
    /// A request that the API server refused.
    Refused { verb: &'static str, key: Key, code: u16 },
    /// Something done to the machines: power, faults.
    Fault(Rc<str>),
    /// Something that happened on a node without the API server: image pull, container start or exit, probe.
    Local { event: Rc<str>, key: Key },
}

#[derive(Clone, Debug)]
pub struct Fact {
    pub id: FactId,
    pub at: Time,
    pub who: Place,
    pub what: What,
    /// The fact that led to this one.
    pub cause: FactId,
    /// The first fact of the chain: a command, a fault, or boot.
    pub root: FactId,
}

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    Request {
        verb: &'static str,
        key: Key,
    },
    Response {
        code: u16,
    },
    /// The API server's write into etcd.
    Store {
        key: Key,
        letter: char,
        revision: Revision,
    },
    /// A watch event.
    Watch {
        key: Key,
        letter: char,
    },
    /// A node's or leader's sign of life.
    Heartbeat,
    /// An image on its way from the registry.
    Image(Rc<str>),
    Packet {
        label: Rc<str>,
    },
    Probe {
        ok: bool,
    },
}

/// One thing on its way from a place to another; both times are virtual.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: u64,
    pub from: Place,
    pub to: Place,
    pub note: Note,
    pub departs: Time,
    pub lands: Time,
    pub fact: FactId,
    /// The chain it belongs to; [`FactId::BOOT`] for the cluster's own background.
    pub root: FactId,
}

/// How many facts and messages are remembered.
const FACTS: usize = 65_536;
const MESSAGES: usize = 4_096;

/// The way that a packet took, remembered for whoever draws it.
#[derive(Clone, Debug)]
pub struct Walked {
    pub at: Time,
    /// The command that sent it: `curl http://web`.
    pub title: Rc<str>,
    pub path: crate::net::Path,
}

/// How many walks are remembered.
const WALKS: usize = 16;

#[derive(Clone, Debug, Default)]
pub struct Journal {
    walks: VecDeque<Rc<Walked>>,
    facts: VecDeque<Fact>,
    written: u32,
    messages: VecDeque<Message>,
    sent: u64,
}

impl Journal {
    pub fn record(&mut self, at: Time, who: Place, what: What, cause: FactId) -> FactId {
        self.written += 1;
        let id = FactId(self.written);
        let own_root = matches!(what, What::Command(_) | What::Fault(_));
        let root = if own_root { id } else { self.root(cause) };
        self.facts.push_back(Fact { id, at, who, what, cause, root });
        if self.facts.len() > FACTS {
            self.facts.pop_front();
        }
        id
    }

    pub fn get(&self, id: FactId) -> Option<&Fact> {
        let first = self.facts.front()?.id.0;
        self.facts.get(id.0.checked_sub(first)? as usize)
    }

    /// The first fact of a chain; boot when it is forgotten.
    pub fn root(&self, id: FactId) -> FactId {
        self.get(id).map_or(FactId::BOOT, |fact| fact.root)
    }

    /// Newest first.
    pub fn recent(&self) -> impl Iterator<Item = &Fact> {
        self.facts.iter().rev()
    }

    /// Facts after a number, oldest first.
    pub fn since(&self, id: FactId) -> impl Iterator<Item = &Fact> {
        let skip = self.facts.partition_point(|fact| fact.id <= id);
        self.facts.iter().skip(skip)
    }

    /// The newest command line; boot when there is none.
    pub fn last_command(&self) -> FactId {
        self.recent().find(|fact| matches!(fact.what, What::Command(_))).map_or(FactId::BOOT, |fact| fact.id)
    }

    pub fn last(&self) -> FactId {
        FactId(self.written)
    }

    pub fn send(&mut self, from: Place, to: Place, note: Note, departs: Time, lands: Time, fact: FactId) {
        self.sent += 1;
        let root = self.root(fact);
        self.messages.push_back(Message { id: self.sent, from, to, note, departs, lands, fact, root });
        if self.messages.len() > MESSAGES {
            self.messages.pop_front();
        }
    }

    /// Remembers the way of a packet that the learner sent.
    pub fn walked(&mut self, at: Time, title: &str, path: crate::net::Path) {
        self.walks.push_back(Rc::new(Walked { at, title: title.into(), path }));
        if self.walks.len() > WALKS {
            self.walks.pop_front();
        }
    }

    /// The remembered walks, oldest first.
    pub fn walks(&self) -> impl DoubleEndedIterator<Item = &Rc<Walked>> {
        self.walks.iter()
    }

    /// The remembered messages, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter()
    }
}
