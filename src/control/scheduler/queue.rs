//! Pods without a node: those to try now, those that failed by mistake and back off, those that no node could take. The
//! last come back when something changes that may help them, or after five minutes.
//!
//! Models: `pkg/scheduler/backend/queue` (`scheduling_queue.go`, `active_queue.go`, `backoff_queue.go`).
//! A pod that a change may help is tried at once while nothing else waits (SchedulerPopFromBackoffQ).
//! Left out: pods of one priority that come back at the same moment keep the order in which they were refused.

use super::news::{self, News};
use super::{plugins, priority};
use crate::api::{Object, Reader};
use crate::store::Key;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::PodSpec;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Back-off after the first mistake, and at the most.
const FIRST: Span = Span::seconds(1);
const MOST: Span = Span::seconds(10);
/// A pod that waited this long is tried again whatever happened.
const STALE: Span = Span::minutes(5);

/// The highest priority first, then the oldest.
type Turn = (Reverse<i32>, Time, u64);

#[derive(Clone)]
enum Place {
    Active(Turn),
    BackOff(Time),
    Waiting,
    /// It is being tried.
    Out,
}

#[derive(Clone)]
struct Entry {
    pod: Object,
    /// Mistakes one after the other.
    mistakes: u32,
    since: Time,
    place: Place,
    /// The plug-ins that refused nodes.
    rejected_by: BTreeSet<&'static str>,
}

#[derive(Clone, Default)]
pub struct Queue {
    entries: BTreeMap<Key, Entry>,
    active: BTreeMap<Turn, Key>,
    back_off: BTreeSet<(Time, Key)>,
    /// The waiting pods by age, and by the plug-ins that refused them.
    oldest: BTreeSet<(Time, Key)>,
    refused: BTreeMap<&'static str, BTreeSet<Key>>,
    turns: u64,
}

impl Queue {
    /// How many pods are not tried for now.
    pub fn len(&self) -> usize {
        self.oldest.len() + self.back_off.len()
    }

    pub fn has_waiting(&self) -> bool {
        !self.oldest.is_empty()
    }

    pub fn knows(&self, pod: &Key) -> bool {
        self.entries.contains_key(pod)
    }

    /// A pod that has no node: it is new, or it changed.
    pub fn add(&mut self, pod: &Object, now: Time) {
        let key = pod.key();
        if self.entries.get(&key).is_some_and(|entry| entry.pod.uid() != pod.uid()) || news::gated(pod) {
            self.remove(&key);
        }
        if news::gated(pod) {
            return;
        }
        match self.entries.get_mut(&key) {
            None => {
                let (place, rejected_by) = (Place::Out, BTreeSet::new());
                self.entries
                    .insert(key.clone(), Entry { pod: pod.clone(), mistakes: 0, since: now, place, rejected_by });
                self.activate(&key, now);
            }
            Some(entry) => {
                let old = std::mem::replace(&mut entry.pod, pod.clone());
                let helps = matches!(entry.place, Place::Waiting) && {
                    let by = |name| entry.rejected_by.contains(name);
                    let tolerations = |pod: &Object| pod.spec::<PodSpec>().tolerations.clone();
                    tolerations(&old) != tolerations(pod) && (by("TaintToleration") || by("NodeUnschedulable"))
                        || old.labels() != pod.labels() && (by("InterPodAffinity") || by("PodTopologySpread"))
                };
                if helps || matches!(entry.place, Place::Out) {
                    self.activate(&key, now);
                }
            }
        }
    }

    pub fn remove(&mut self, pod: &Key) {
        if self.entries.contains_key(pod) {
            self.lift(pod);
            self.entries.remove(pod);
        }
    }

    /// Takes a pod out of the part of the queue where it is.
    fn lift(&mut self, pod: &Key) {
        let Some(entry) = self.entries.get_mut(pod) else { return };
        match std::mem::replace(&mut entry.place, Place::Out) {
            Place::Active(turn) => {
                self.active.remove(&turn);
            }
            Place::BackOff(until) => {
                self.back_off.remove(&(until, pod.clone()));
            }
            Place::Out => {}
            Place::Waiting => {
                self.oldest.remove(&(entry.since, pod.clone()));
                for plugin in &entry.rejected_by {
                    if let Some(pods) = self.refused.get_mut(plugin) {
                        pods.remove(pod);
                    }
                }
            }
        }
    }

    /// A pod is to be tried.
    pub fn activate(&mut self, pod: &Key, now: Time) {
        self.lift(pod);
        let Some(entry) = self.entries.get_mut(pod) else { return };
        self.turns += 1;
        let turn = (Reverse(priority(&entry.pod)), now, self.turns);
        entry.place = Place::Active(turn);
        self.active.insert(turn, pod.clone());
    }

    /// No node could take a pod.
    pub fn refused(&mut self, pod: &Object, rejected_by: BTreeSet<&'static str>, now: Time) {
        let key = pod.key();
        self.remove(&key);
        for plugin in &rejected_by {
            self.refused.entry(plugin).or_default().insert(key.clone());
        }
        self.oldest.insert((now, key.clone()));
        let place = Place::Waiting;
        self.entries.insert(key, Entry { pod: pod.clone(), mistakes: 0, since: now, place, rejected_by });
    }

    /// Something went wrong with a pod that was not about nodes.
    pub fn mistaken(&mut self, pod: &Object, now: Time) {
        let key = pod.key();
        let mistakes = self.entries.get(&key).map_or(0, |entry| entry.mistakes) + 1;
        self.remove(&key);
        let until = now + Span((FIRST.0 << (mistakes - 1).min(8)).min(MOST.0));
        self.back_off.insert((until, key.clone()));
        let (place, rejected_by) = (Place::BackOff(until), BTreeSet::new());
        self.entries.insert(key, Entry { pod: pod.clone(), mistakes, since: now, place, rejected_by });
    }

    /// The next pod to try; it stays known until it is placed, refused or removed.
    pub fn pop(&mut self, now: Time) -> Option<Object> {
        while let Some((_, key)) = self.back_off.first().cloned().filter(|(until, _)| *until <= now) {
            self.activate(&key, now);
        }
        while let Some((_, key)) = self.oldest.first().cloned().filter(|(since, _)| *since + STALE <= now) {
            self.activate(&key, now);
        }
        let (_, key) = self.active.pop_first()?;
        let entry = self.entries.get_mut(&key)?;
        // What comes of the attempt says where it goes.
        entry.place = Place::Out;
        Some(entry.pod.clone())
    }

    /// How long until there is something to do; `None` when that depends on others.
    pub fn next(&self, now: Time) -> Option<Span> {
        if !self.active.is_empty() {
            return Some(Span::ZERO);
        }
        let due = self.back_off.first().map(|(until, _)| *until);
        let stale = self.oldest.first().map(|(since, _)| *since + STALE);
        due.into_iter().chain(stale).min().map(|at| at.since(now))
    }

    /// Something happened: the pods that it may help are tried again.
    pub fn tell(&mut self, news: &News, read: Reader<'_>, now: Time) {
        let mut helped = BTreeSet::new();
        for plugin in plugins::ALL.iter().filter(|plugin| plugin.hears(news)) {
            let Some(pods) = self.refused.get(plugin.name()) else { continue };
            for key in pods {
                let Some(entry) = self.entries.get(key) else { continue };
                let low = news.at_most.is_none_or(|most| priority(&entry.pod) <= most);
                if low && !helped.contains(key) && plugin.hint(news, &entry.pod, read) {
                    helped.insert(key.clone());
                }
            }
        }
        let mut helped: Vec<(Time, Key)> = helped
            .into_iter()
            .filter_map(|key| self.entries.get(&key).map(|entry| entry.since).map(|since| (since, key)))
            .collect();
        helped.sort();
        for (_, key) in helped {
            self.activate(&key, now);
        }
    }

    /// Nobody knows what happened: everything is tried again.
    pub fn tell_all(&mut self, now: Time) {
        for (_, key) in self.oldest.clone() {
            self.activate(&key, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kinds;
    use serde_json::json;

    fn pod(name: &str, priority: i32) -> Object {
        let value = json!({"metadata": {"name": name, "namespace": "x", "uid": name}, "spec": {"priority": priority, "containers": []}});
        Object::from_value(kinds::POD, value).expect("it is a pod")
    }

    fn popped(queue: &mut Queue, now: Time) -> Vec<String> {
        std::iter::from_fn(|| queue.pop(now).map(|pod| pod.name().to_string())).collect()
    }

    #[test]
    fn the_most_important_pod_goes_first_then_the_oldest() {
        let mut queue = Queue::default();
        for (name, priority, at) in [("a", 0, 1), ("b", 0, 2), ("c", 9, 3)] {
            queue.add(&pod(name, priority), Time(at));
        }
        assert_eq!(popped(&mut queue, Time(4)), ["c", "a", "b"]);
    }

    #[test]
    fn a_mistake_backs_off_twice_as_long_each_time_up_to_ten_seconds() {
        let mut queue = Queue::default();
        let mut now = Time(0);
        for seconds in [1, 2, 4, 8, 10, 10] {
            queue.mistaken(&pod("a", 0), now);
            assert_eq!(queue.next(now), Some(Span::seconds(seconds)));
            now += Span::seconds(seconds);
            assert_eq!(popped(&mut queue, now), ["a"]);
        }
    }

    #[test]
    fn a_refused_pod_is_tried_again_after_five_minutes() {
        let mut queue = Queue::default();
        queue.refused(&pod("a", 0), ["NodeAffinity"].into(), Time(7));
        assert!(queue.pop(Time(7) + Span::seconds(299)).is_none());
        assert_eq!(popped(&mut queue, Time(7) + STALE), ["a"]);
    }
}
