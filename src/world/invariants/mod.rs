//! What must hold in every state that the cluster can come to: one law per file, one line here.
//!
//! A law says no more than the real system keeps: what a controller promises at the moment of its write, what a settled
//! cluster looks like, what the server never lets happen. Where faults explain a difference, the law says so.
//!
//! Models: nothing upstream; each law names the code that keeps it there.

mod cause;
mod claim_alone;
mod cron_jobs;
mod daemons;
mod deletion_ends;
mod deployments;
mod disruption;
mod dns;
mod end_is_final;
mod endpoints;
mod eviction;
mod finalizers;
mod generation;
mod home;
mod host_ports;
mod identity;
mod jobs;
mod machines;
mod moves_on;
mod node_exists;
mod node_room;
mod observed;
mod order;
mod owners;
mod pod_address;
mod pod_state;
mod power;
mod proxy;
mod quota_count;
mod quota_limit;
mod ready_again;
mod replicas;
mod restarts;
mod revisions;
mod rollout_available;
mod rollout_size;
mod second_look;
mod service_numbers;
mod slices;
mod stateful;
mod too_many;
mod uids;
mod volumes;
pub mod watch;

use super::World;
use crate::api::Object;
use crate::control::{Fact, What};
use crate::net::Place;
use crate::store::{Change, Key};
pub use watch::{Past, Watch};

/// Something that must hold.
pub struct Law {
    pub name: &'static str,
    /// In one sentence.
    pub says: &'static str,
    pub check: Check,
}

pub enum Check {
    /// Of every change, when the past is still the state before it.
    Change(fn(&Seen<'_>, &mut Findings)),
    /// Of every state.
    Always(fn(&World, &Past, &mut Findings)),
    /// Of a state in which nothing has changed for a while, and in which no fault is at work.
    Settled(fn(&World, &Past, &mut Findings)),
}

/// Every law.
pub static ALL: &[&Law] = &[
    &revisions::LAW,
    &identity::LAW,
    &generation::LAW,
    &observed::LAW,
    &finalizers::LAW,
    &cause::LAW,
    &restarts::LAW,
    &end_is_final::LAW,
    &eviction::LAW,
    &order::LAW,
    &too_many::LAW,
    &rollout_size::LAW,
    &rollout_available::LAW,
    &quota_limit::LAW,
    &cron_jobs::LAW,
    &pod_address::LAW,
    &service_numbers::LAW,
    &uids::LAW,
    &home::LAW,
    &claim_alone::LAW,
    &pod_state::LAW,
    &replicas::LAW,
    &deployments::LAW,
    &stateful::LAW,
    &daemons::LAW,
    &jobs::LAW,
    &disruption::LAW,
    &slices::LAW,
    &endpoints::LAW,
    &quota_count::LAW,
    &owners::LAW,
    &node_exists::LAW,
    &node_room::LAW,
    &host_ports::LAW,
    &volumes::LAW,
    &machines::LAW,
    &moves_on::LAW,
    &ready_again::LAW,
    &power::LAW,
    &proxy::LAW,
    &dns::LAW,
    &deletion_ends::LAW,
    &second_look::LAW,
];

/// A change with what there was before it.
pub struct Seen<'a> {
    pub change: &'a Change<Object>,
    /// Without this change.
    pub past: &'a Past,
    /// What led to it, if that is still remembered.
    pub fact: Option<&'a Fact>,
    /// Whether facts as old as its cause may have been forgotten.
    pub forgotten: bool,
    pub last_fact: u32,
}

impl Seen<'_> {
    /// Who wrote it; `None` when that is not known.
    pub fn by(&self) -> Option<&Place> {
        self.fact.map(|fact| &fact.who)
    }

    /// It was written by this controller.
    pub fn is_by(&self, controller: &str) -> bool {
        matches!(self.by(), Some(Place::Controller(name)) if *name == controller)
    }

    /// The request that led to it: its verb, and the key it was about.
    pub fn request(&self) -> Option<(&'static str, &Key)> {
        match &self.fact?.what {
            What::Write { verb, key, .. } => Some((verb, key)),
            _ => None,
        }
    }

    /// The object was made by this change.
    pub fn made(&self) -> Option<&Object> {
        self.change.new.as_ref().filter(|_| self.change.old.is_none())
    }

    /// The object before and after, when it was there before and is afterwards.
    pub fn pair(&self) -> Option<(&Object, &Object)> {
        Some((self.change.old.as_ref()?, self.change.new.as_ref()?))
    }

    /// The object, when its deletion begins with this change (or it goes at once).
    pub fn dismissed(&self) -> Option<&Object> {
        let old = self.change.old.as_ref()?;
        let goes = self.change.new.as_ref().is_none_or(Object::deleting);
        (goes && !old.deleting()).then_some(old)
    }
}

/// A law that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub law: &'static str,
    /// What it was found at: `pods/default/web-1`.
    pub object: String,
    pub what: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.law, self.object, self.what)
    }
}

/// What was found so far. Only the first ones are kept.
#[derive(Debug, Default)]
pub struct Findings {
    pub found: Vec<Finding>,
    law: &'static str,
    /// How often a law was asked.
    pub asked: u64,
}

/// How many findings are kept.
const MOST: usize = 50;

impl Findings {
    pub fn add(&mut self, object: impl std::fmt::Display, what: impl Into<String>) {
        if self.found.len() < MOST {
            self.found.push(Finding { law: self.law, object: object.to_string(), what: what.into() });
        }
    }

    /// Notes one, if there is something to say about an object.
    fn at(&mut self, object: &Object, what: Option<String>) {
        if let Some(what) = what {
            self.add(object.key(), what);
        }
    }

    /// Notes something that no law of the list is about.
    pub fn note(&mut self, law: &'static str, object: impl std::fmt::Display, what: impl Into<String>) {
        self.law = law;
        self.add(object, what);
    }

    fn begin(&mut self, law: &'static Law) {
        self.law = law.name;
        self.asked += 1;
    }
}

/// Asks the laws about a change.
pub fn of_change(seen: &Seen<'_>, findings: &mut Findings) {
    for law in ALL {
        if let Check::Change(check) = law.check {
            findings.begin(law);
            check(seen, findings);
        }
    }
}

/// Asks the laws that hold in every state.
pub fn of_state(world: &World, past: &Past, findings: &mut Findings) {
    for law in ALL {
        if let Check::Always(check) = law.check {
            findings.begin(law);
            check(world, past, findings);
        }
    }
}

/// Asks the laws of a settled cluster. Nothing is asked while a fault is at work, or was shortly ago.
pub fn of_settled(world: &World, past: &Past, findings: &mut Findings) {
    if !past.calm(world) {
        return;
    }
    for law in ALL {
        if let Check::Settled(check) = law.check {
            findings.begin(law);
            check(world, past, findings);
        }
    }
}
