//! Pods that no node could take: they come back when something changes that may help, not before their back-off is over.
//!
//! Models: `pkg/scheduler/backend/queue/scheduling_queue.go`, the queueing hints of the plug-ins.
//! Left out: order by priority among pods that become active at the same moment.

use super::{plugins, select};
use crate::api::Object;
use crate::control::{Cx, pods, storage};
use crate::store::Key;
use crate::time::{Span, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Back-off after the first failure, and at the most.
const FIRST: Span = Span::seconds(1);
const MOST: Span = Span::seconds(10);
/// A pod that waited this long is tried again whatever happened.
pub const STALE: Span = Span::minutes(5);

#[derive(Clone)]
struct Waiting {
    uid: Rc<str>,
    attempts: u32,
    last: Time,
    /// Names of the plug-ins that refused nodes.
    rejected_by: BTreeSet<&'static str>,
}

#[derive(Clone, Default)]
pub struct Queue {
    waiting: BTreeMap<Key, Waiting>,
}

impl Queue {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn failed(&mut self, pod: &Key, uid: &str, rejected_by: BTreeSet<&'static str>, now: Time) {
        let before = self.waiting.get(pod).filter(|waiting| &*waiting.uid == uid);
        let attempts = before.map_or(0, |waiting| waiting.attempts) + 1;
        self.waiting.insert(pod.clone(), Waiting { uid: uid.into(), attempts, last: now, rejected_by });
    }

    pub fn forget(&mut self, pod: &Key) {
        self.waiting.remove(pod);
    }
}

impl Waiting {
    fn ready_at(&self) -> Time {
        self.last + Span((FIRST.0 << (self.attempts - 1).min(8)).min(MOST.0))
    }
}

/// Wakes the pods that a change of `key` may help.
pub fn wake(key: &Key, cx: &mut Cx<'_>) {
    if key.resource == "pods" && cx.read().by_key(key).is_none() {
        Rc::make_mut(&mut cx.scheduler.queue).forget(key);
    }
    if cx.scheduler.queue.waiting.is_empty() {
        return;
    }
    let queue = cx.scheduler.queue.clone();
    for (pod, waiting) in &queue.waiting {
        if cx.read().by_key(pod).is_none_or(|object| object.uid() != &*waiting.uid) {
            Rc::make_mut(&mut cx.scheduler.queue).forget(pod);
            continue;
        }
        let stale = cx.now.since(waiting.last) >= STALE;
        if stale || helps(key, pod, waiting, cx) {
            cx.wake(pod.clone(), waiting.ready_at().since(cx.now));
        }
    }
}

/// Whether the plug-ins that refused the pod may think otherwise now.
fn helps(key: &Key, pod: &Key, waiting: &Waiting, cx: &mut Cx<'_>) -> bool {
    let by = |plugin: &str| waiting.rejected_by.contains(plugin);
    match key.resource {
        "nodes" => select::may_fit(pod, &key.name, &waiting.rejected_by, cx),
        "pods" => {
            let read = cx.read();
            let present = read.by_key(key).filter(|other| !pods::is_terminal(other));
            let last = || cx.api.store().recent().find(|change| change.key == *key);
            let other = present.or_else(|| last()?.old.as_ref());
            let (Some(pod), Some(other)) = (read.by_key(pod), other) else { return false };
            let gone = present.is_none();
            gone && (by("NodeResourcesFit") || by("NodePorts") || by("VolumeRestrictions"))
                || by("InterPodAffinity") && plugins::affinity_hint(pod, other, gone, read)
                || by("PodTopologySpread") && plugins::spread_hint(pod, other)
        }
        "persistentvolumeclaims" => {
            let read = cx.read();
            let named = |pod: &Object| storage::claims_of(pod).any(|(name, _)| *name == *key.name);
            by("VolumeBinding") && key.namespace == pod.namespace && read.by_key(pod).is_some_and(named)
        }
        _ => by("VolumeBinding") || by("VolumeZone"),
    }
}
