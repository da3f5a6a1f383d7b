//! The work queues: deduplicated by key, the earlier time wins, failures back off.
//!
//! Models: `client-go/util/workqueue`.

use crate::control::controllers;
use crate::control::{FactId, Runs};
use crate::net::Place;
use crate::store::Key;
use crate::time::{Span, Time};
use std::collections::BTreeMap;
use std::rc::Rc;

/// One running controller: which, and on which node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instance {
    pub controller: u16,
    pub node: Option<Rc<str>>,
}

impl Instance {
    pub fn place(&self) -> Place {
        let controller = controllers::ALL[self.controller as usize];
        match (&self.node, controller.runs(), controller.name()) {
            (Some(node), Runs::EveryNode, "kube-proxy") => Place::Proxy(node.clone()),
            (Some(node), Runs::EveryNode, _) => Place::Kubelet(node.clone()),
            (_, _, "default-scheduler") => Place::Scheduler,
            (_, _, name) => Place::Controller(name),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Work {
    pending: BTreeMap<(Instance, Key), (Time, FactId)>,
    failures: BTreeMap<(Instance, Key), u32>,
    /// Keys being worked on, and until when.
    busy: BTreeMap<(Instance, Key), Time>,
    /// When the last watch event of each lands.
    watched: BTreeMap<Instance, Time>,
}

impl Work {
    /// Notes that a key wants a look at a time. True when that look must be queued; false when an earlier one stands.
    pub fn add(&mut self, by: &Instance, key: &Key, at: Time, cause: FactId) -> bool {
        let entry = (by.clone(), key.clone());
        match self.pending.get(&entry) {
            Some((earlier, _)) if *earlier <= at => false,
            _ => {
                self.pending.insert(entry, (at, cause));
                true
            }
        }
    }

    /// Takes a due key; `None` when a look at another time has replaced this one.
    pub fn take(&mut self, by: &Instance, key: &Key, at: Time) -> Option<FactId> {
        let entry = (by.clone(), key.clone());
        if self.pending.get(&entry)?.0 != at {
            return None;
        }
        self.pending.remove(&entry).map(|(_, cause)| cause)
    }

    /// A look at a key takes a while.
    pub fn busy(&mut self, by: &Instance, key: &Key, now: Time, takes: Span) {
        self.busy.retain(|_, until| *until > now);
        if takes > Span::ZERO {
            self.busy.insert((by.clone(), key.clone()), now + takes);
        }
    }

    /// The earliest moment from `at` on at which a key is not being worked on.
    pub fn free_at(&self, by: &Instance, key: &Key, at: Time) -> Time {
        if self.busy.is_empty() {
            return at;
        }
        self.busy.get(&(by.clone(), key.clone())).map_or(at, |until| at.max(*until))
    }

    /// When a watch event may land: not before those that were sent earlier.
    pub fn in_order(&mut self, to: &Instance, lands: Time) -> Time {
        match self.watched.get_mut(to) {
            Some(last) => {
                *last = lands.max(*last);
                *last
            }
            None => {
                self.watched.insert(to.clone(), lands);
                lands
            }
        }
    }

    /// Whether a key will be looked at by then, or waits to be tried again.
    pub fn expects(&self, by: &Instance, key: &Key, until: Time) -> bool {
        let entry = (by.clone(), key.clone());
        self.pending.get(&entry).is_some_and(|(at, _)| *at <= until) || self.failures.contains_key(&entry)
    }

    pub fn forget(&mut self, by: &Instance, key: &Key) {
        self.pending.remove(&(by.clone(), key.clone()));
    }

    pub fn succeeded(&mut self, by: &Instance, key: &Key) {
        if !self.failures.is_empty() {
            self.failures.remove(&(by.clone(), key.clone()));
        }
    }

    /// One that comes back has forgotten its failures.
    pub fn fresh(&mut self, by: &Instance) {
        if !self.failures.is_empty() {
            self.failures.retain(|(other, _), _| other != by);
        }
    }

    /// How long to wait after one more failure: doubled each time, up to a limit.
    pub fn failed(&mut self, by: &Instance, key: &Key, (first, longest): (Span, Span)) -> Span {
        let count = self.failures.entry((by.clone(), key.clone())).or_insert(0);
        let wait = Span((first.0 << (*count).min(18)).min(longest.0));
        *count += 1;
        wait
    }

    /// How many keys wait, for the pictures: controller index, count.
    pub fn waiting(&self, controller: u16) -> usize {
        self.pending.keys().filter(|(by, _)| by.controller == controller).count()
    }
}
