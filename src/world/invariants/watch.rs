//! Follows a world from change to change, and remembers what the laws need of the past.

use super::{Finding, Findings, Seen, of_change, of_settled, of_state};
use crate::api::{KindRef, Object};
use crate::control::{FactId, What, pods};
use crate::store::{Change, Key, Revision};
use crate::time::{Span, Time};
use crate::world::World;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

/// How long after the last fault everything is as it should be: a machine has started, its node is ready, what was
/// evicted is back.
const RECOVERY: Span = Span::seconds(200);

/// What was, as far as laws ask for it.
#[derive(Clone, Default)]
pub struct Past {
    objects: BTreeMap<Key, Object>,
    /// By namespace: when a pod was last disturbed by anything but an eviction.
    disturbed: BTreeMap<Rc<str>, Time>,
    /// By namespace: when a pod last broke, or went though no ReplicaSet had it deleted.
    broken: BTreeMap<Rc<str>, Time>,
    /// When nodes went that were there once.
    pub lost_nodes: BTreeMap<Rc<str>, Time>,
    /// When a fault began or ended last.
    fault: Option<Time>,
    /// When each object got the spec that it has, as far as it was watched.
    respecified: BTreeMap<Key, Time>,
}

impl Past {
    pub fn get(&self, key: &Key) -> Option<&Object> {
        self.objects.get(key)
    }

    /// All of a kind in a namespace.
    pub fn list<'a>(&'a self, kind: KindRef, namespace: &'a str) -> impl Iterator<Item = &'a Object> + 'a {
        let resource = kind.names().resource;
        let start = Bound::Included(Key::new(resource, namespace, ""));
        let all = self.objects.range((start, Bound::Unbounded));
        all.take_while(move |(key, _)| key.resource == resource && *key.namespace == *namespace).map(|(_, o)| o)
    }

    /// The controller of an object, if it is there.
    pub fn owner(&self, object: &Object, kind: KindRef) -> Option<&Object> {
        let owner = object.controller().filter(|owner| owner.kind == kind.names().kind)?;
        let found = self.get(&Key::new(kind.names().resource, object.namespace(), &owner.name))?;
        (found.uid() == owner.uid).then_some(found)
    }

    /// All of a kind that an object controls.
    pub fn owned<'a>(&'a self, owner: &'a Object, kind: KindRef) -> impl Iterator<Item = &'a Object> + 'a {
        let all = self.list(kind, owner.namespace());
        all.filter(|object| object.controller().is_some_and(|reference| reference.uid == owner.uid()))
    }

    /// Whether a pod of a namespace broke, or went without an eviction, within this time.
    pub fn disturbed_within(&self, namespace: &str, span: Span, now: Time) -> bool {
        self.disturbed.get(namespace).is_some_and(|at| *at + span > now)
    }

    /// Whether a ready pod of a namespace broke, or was taken away by others than its ReplicaSet, within this time.
    pub fn broken_within(&self, namespace: &str, span: Span, now: Time) -> bool {
        self.broken.get(namespace).is_some_and(|at| *at + span > now)
    }

    /// Since when an object has its spec; `None` when it had it from the beginning of the watch.
    pub fn respecified(&self, key: &Key) -> Option<Time> {
        self.respecified.get(key).copied()
    }

    /// No fault is at work, and the last one is over for long enough.
    pub fn calm(&self, world: &World) -> bool {
        !faulty(world) && self.fault.is_none_or(|at| at + RECOVERY <= world.now)
    }

    fn take(&mut self, change: &Change<Object>, evicted: bool, resized: bool) {
        let namespace = change.key.namespace.clone();
        if change.key.resource == "pods" && is_break(change, resized) {
            self.broken.insert(namespace.clone(), change.at);
        }
        match change.key.resource {
            "pods" if !evicted && is_disturbance(change) => {
                self.disturbed.insert(namespace, change.at);
            }
            "nodes" => match &change.new {
                None => drop(self.lost_nodes.insert(change.key.name.clone(), change.at)),
                Some(_) => drop(self.lost_nodes.remove(&change.key.name)),
            },
            _ => {}
        }
        let same = match (&change.old, &change.new) {
            (Some(old), Some(new)) => old.same_spec(new),
            _ => false,
        };
        if !same {
            self.respecified.insert(change.key.clone(), change.at);
        }
        match &change.new {
            Some(new) => drop(self.objects.insert(change.key.clone(), new.clone())),
            None => {
                self.objects.remove(&change.key);
                self.respecified.remove(&change.key);
            }
        }
    }
}

/// Whether a fault is at work.
pub fn faulty(world: &World) -> bool {
    !world.faults().is_empty()
}

fn is_disturbance(change: &Change<Object>) -> bool {
    let Some(old) = &change.old else { return false };
    let Some(new) = &change.new else { return !old.deleting() };
    new.deleting() && !old.deleting()
        || pods::is_ready(old) && !pods::is_ready(new)
        || old.labels() != new.labels()
        || old.meta.owner_references != new.meta.owner_references
}

/// A pod was ready and is not any more, though its ReplicaSet did not send it away.
fn is_break(change: &Change<Object>, resized: bool) -> bool {
    if !change.old.as_ref().is_some_and(|old| pods::is_ready(old) && !old.deleting()) {
        return false;
    }
    match &change.new {
        Some(new) => !pods::is_ready(new) && !new.deleting() || new.deleting() && !resized,
        None => true,
    }
}

/// Watches a world that others run, and asks the laws.
#[derive(Default)]
pub struct Watch {
    pub past: Past,
    seen: Revision,
    facts: FactId,
    pub findings: Findings,
    /// Changes that were looked at.
    pub changes: u64,
    /// Changes that were compacted before they were looked at: laws about changes were not asked about these.
    pub missed: u64,
}

impl Watch {
    /// Begins with a world as it is.
    pub fn new(world: &World) -> Watch {
        let mut watch = Watch { facts: world.journal.last(), ..Watch::default() };
        watch.restart(world);
        watch
    }

    fn restart(&mut self, world: &World) {
        self.seen = world.api.revision();
        self.past.objects = world.api.store().iter().map(|(key, object)| (key.clone(), object.clone())).collect();
    }

    /// Looks at what has happened since the last call, and at the state it led to.
    pub fn look(&mut self, world: &World) {
        self.follow(world);
        of_state(world, &self.past, &mut self.findings);
    }

    /// As [`Watch::look`], for a world that is settled.
    pub fn look_settled(&mut self, world: &World) {
        self.look(world);
        of_settled(world, &self.past, &mut self.findings);
    }

    /// Looks at one change, which is not (yet) of the world's history.
    pub fn look_at(&mut self, change: &Change<Object>, world: &World) {
        let seen = seen(change, &self.past, world);
        of_change(&seen, &mut self.findings);
    }

    /// Only the changes.
    pub fn follow(&mut self, world: &World) {
        let facts = world.journal.since(self.facts);
        for fact in facts.filter(|fact| matches!(fact.what, What::Fault(_))) {
            self.past.fault = Some(self.past.fault.map_or(fact.at, |at| at.max(fact.at)));
        }
        self.facts = world.journal.last();
        match world.reader().since(self.seen) {
            Some(changes) => {
                for change in changes {
                    let seen = seen(change, &self.past, world);
                    of_change(&seen, &mut self.findings);
                    let evicted = matches!(seen.request(), Some(("POST", key)) if *key == change.key);
                    let resized = seen.is_by("replicaset-controller");
                    self.past.take(change, evicted, resized);
                    self.changes += 1;
                }
            }
            None => {
                self.missed += world.api.revision().0 - self.seen.0;
                self.restart(world);
            }
        }
        self.seen = world.api.revision();
    }

    /// What was found so far; the list begins anew.
    pub fn take(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings.found)
    }
}

fn seen<'a>(change: &'a Change<Object>, past: &'a Past, world: &'a World) -> Seen<'a> {
    let fact = world.journal.get(FactId(change.cause));
    let oldest = world.journal.since(FactId::BOOT).next().map_or(0, |fact| fact.id.0);
    Seen { change, past, fact, forgotten: change.cause < oldest, last_fact: world.journal.last().0 }
}
