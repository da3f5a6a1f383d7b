//! The scheduler: finds a node for every pod that has none.
//!
//! Models: `pkg/scheduler/schedule_one.go`, `pkg/scheduler/scheduler.go`, `pkg/scheduler/eventhandlers.go`.
//! Left out: several profiles, extenders, pod groups, dynamic resources.

mod binding;
mod cache;
mod decision;
mod filters;
mod news;
mod nominated;
mod plugins;
mod preempt;
mod queue;
mod select;
mod trial;

pub use cache::{NodeInfo, host_ports};
pub use decision::{Decision, Preempted, Refusal, Score};
pub use plugins::{matches_required, matches_terms, tolerates};
pub use trial::{Reasons, Trial};

use crate::api::{ApiError, Object, Reader, Reason};
use crate::control::{Again, Controller, Cx, EventType, pods};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use binding::{Bindings, Volumes};
use cache::Cache;
use decision::Decisions;
use k8s_openapi::api::core::v1::{PodCondition, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;
use news::News;
use nominated::Nominated;
use queue::Queue;
use select::Outcome;
use std::collections::VecDeque;
use std::rc::Rc;

/// What the scheduler remembers between two pods. Its parts are shared between snapshots of the world.
#[derive(Clone, Default)]
pub struct State {
    cache: Rc<Cache>,
    queue: Rc<Queue>,
    bindings: Rc<Bindings>,
    nominated: Rc<Nominated>,
    decisions: Rc<Decisions>,
    /// What happened and may help pods that wait, until word of it arrives.
    news: VecDeque<News>,
    /// Where the search for feasible nodes begins next, in clusters where it does not look at all of them.
    next: usize,
}

impl State {
    /// Why a pod is where it is, or nowhere: the last attempt.
    pub fn decision(&self, pod: &Key) -> Option<&Decision> {
        self.decisions.of(pod)
    }

    /// What the scheduler knows of a node.
    pub fn node(&self, name: &str) -> Option<&NodeInfo> {
        self.cache.nodes.get(name)
    }

    /// Pods that no node could take, waiting for the cluster to change.
    pub fn unschedulable(&self) -> usize {
        self.queue.len()
    }

    fn of<'c>(cx: &'c mut Cx<'_>) -> &'c mut State {
        cx.scheduler
    }

    /// Reads what changed; what may help pods that wait is kept until its own watch event is there.
    fn sync(&mut self, api: &crate::api::ApiServer, now: Time) {
        let waiting = self.queue.has_waiting();
        let (mut lost, news) = (false, &mut self.news);
        Rc::make_mut(&mut self.cache).sync(api, |heard| match heard {
            Some(one) if waiting => news.push_back(one),
            Some(_) => {}
            None => lost = true,
        });
        if !waiting || lost {
            self.news.clear();
        }
        if waiting && lost {
            Rc::make_mut(&mut self.queue).tell_all(now);
        }
    }
}

pub struct Scheduler;

pub const NAME: &str = "default-scheduler";

/// How long one attempt takes, while others wait for their turn.
const CYCLE: Span = Span::millis(1);

/// The key at which the queue is looked at without any change.
fn turn() -> Key {
    Key::new("pods", "", "")
}

impl Controller for Scheduler {
    fn name(&self) -> &'static str {
        NAME
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:kube-scheduler".into()
    }

    /// Pods to place; for changes that may help pods that wait, the changed object itself.
    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        let to_place = change.key.resource == "pods" && {
            let differs = |old: &Object, new: &Object| {
                !waits(old)
                    || !old.same_spec(new)
                    || old.labels() != new.labels()
                    || news::nominated(old) != news::nominated(new)
            };
            let new = change.new.as_ref().filter(|new| waits(new));
            new.is_some_and(|new| change.old.as_ref().is_none_or(|old| differs(old, new)))
                || new.is_none() && change.old.as_ref().is_some_and(waits)
        };
        if to_place || News::of(change).is_some() { vec![change.key.clone()] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let now = cx.now;
        cx.scheduler.sync(cx.api, now);
        match cx.read().by_key(key).cloned() {
            Some(pod) if key.resource == "pods" && waits(&pod) => {
                if cx.scheduler.nominated.knows(key) || !news::nominated(&pod).is_empty() {
                    Rc::make_mut(&mut cx.scheduler.nominated).note(&pod);
                }
                match cx.scheduler.bindings.get(key).filter(|binding| *binding.uid == *pod.uid()).cloned() {
                    Some(binding) => bind_when_ready(&pod, &binding, cx)?,
                    None => Rc::make_mut(&mut cx.scheduler.queue).add(&pod, now),
                }
            }
            _ if key.resource == "pods" => forget(key, cx),
            _ => {}
        }
        hear(key, cx);
        let next = loop {
            // Asked before anything is changed: the queue may be shared with a snapshot.
            if cx.scheduler.queue.next(now).is_none_or(|after| after > CYCLE) {
                break None;
            }
            let Some(pod) = Rc::make_mut(&mut cx.scheduler.queue).pop(now) else { break None };
            let pod = cx.read().by_key(&pod.key()).filter(|now| now.uid() == pod.uid() && waits(now)).cloned();
            if pod.is_some() {
                break pod;
            }
        };
        let failed = next.and_then(|pod| Some((schedule(&pod, cx).err()?, pod)));
        if let Some((_, pod)) = &failed {
            Rc::make_mut(&mut cx.scheduler.queue).mistaken(pod, now);
        }
        if let Some(after) = cx.scheduler.queue.next(now) {
            cx.wake(turn(), after.max(CYCLE));
        }
        // The pod backs off in the queue; the key that happened to bring it has nothing to do with it.
        Ok(Again::OnChange)
    }
}

/// Word of a change has come: the pods that it may help are tried again.
fn hear(key: &Key, cx: &mut Cx<'_>) {
    let Some(last) = cx.scheduler.news.iter().rposition(|news| news.key == *key) else { return };
    for _ in 0..=last {
        let Some(news) = cx.scheduler.news.pop_front() else { return };
        let mut queue = std::mem::take(&mut cx.scheduler.queue);
        Rc::make_mut(&mut queue).tell(&news, cx.read(), cx.now);
        cx.scheduler.queue = queue;
    }
}

/// A pod is gone or has its place.
fn forget(key: &Key, cx: &mut Cx<'_>) {
    binding::end(key, cx);
    if cx.scheduler.queue.knows(key) {
        Rc::make_mut(&mut cx.scheduler.queue).remove(key);
    }
    if cx.scheduler.nominated.knows(key) {
        Rc::make_mut(&mut cx.scheduler.nominated).forget(key);
    }
}

/// Whether a pod is this scheduler's to place.
fn waits(pod: &Object) -> bool {
    let spec = pod.spec::<PodSpec>();
    pods::node(pod).is_none()
        && !pod.deleting()
        && !pods::is_terminal(pod)
        && spec.scheduler_name.as_deref().is_none_or(|name| name == NAME)
}

/// How important a pod is.
fn priority(pod: &Object) -> i32 {
    pod.spec::<PodSpec>().priority.unwrap_or(0)
}

fn schedule(pod: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let select::Attempt { decision, rejected_by, outcome } = select::attempt(pod, cx);
    let key = pod.key();
    let message = decision.message.clone();
    let note = truncated(&message);
    Rc::make_mut(&mut cx.scheduler.decisions).note(key.clone(), decision);
    let node = match &outcome {
        Outcome::Placed(node) => return place(pod, node, cx),
        Outcome::Room(candidate) => Some(candidate.node.to_string()),
        Outcome::Refused { keeps: true } => Some(news::nominated(pod).to_string()),
        Outcome::Refused { keeps: false } | Outcome::Nowhere => None,
    };
    let now = cx.now;
    let queue = Rc::make_mut(&mut cx.scheduler.queue);
    if rejected_by.is_empty() {
        queue.mistaken(pod, now)
    } else {
        queue.refused(pod, rejected_by, now)
    }
    cx.event_of_action(pod, EventType::Warning, "FailedScheduling", "Scheduling", note);
    condition(pod, "Unschedulable", &message, node, cx)?;
    if let Outcome::Room(candidate) = outcome {
        if let Some(pod) = cx.read().by_key(&key).cloned() {
            Rc::make_mut(&mut cx.scheduler.nominated).note(&pod);
        }
        preempt::make_room(pod, &candidate, cx)?;
    } else if cx.scheduler.nominated.knows(&key)
        && let Some(pod) = cx.read().by_key(&key).cloned()
    {
        Rc::make_mut(&mut cx.scheduler.nominated).note(&pod);
    }
    Ok(())
}

/// What an event has room for.
fn truncated(message: &str) -> String {
    const MOST: usize = 1024;
    if message.len() <= MOST {
        return message.into();
    }
    let end = (0..=MOST - 4).rev().find(|at| message.is_char_boundary(*at)).unwrap_or(0);
    format!("{} ...", &message[..end])
}

/// A node is found: the pod goes there, its volumes first.
fn place(pod: &Object, node: &Rc<str>, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let key = pod.key();
    Rc::make_mut(&mut cx.scheduler.queue).remove(&key);
    if cx.scheduler.nominated.knows(&key) {
        Rc::make_mut(&mut cx.scheduler.nominated).forget(&key);
    }
    match binding::begin(pod, node, cx) {
        Ok(true) => bind(pod, node, cx),
        Ok(false) => Ok(()),
        Err(error) => {
            let text = binding::fail(pod, &error.message, cx);
            condition(pod, "SchedulerError", &text, None, cx)
        }
    }
}

/// A pod that has its node and waited for its volumes.
fn bind_when_ready(pod: &Object, binding: &binding::Binding, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    match binding::look(pod, binding, cx) {
        Volumes::Waiting => Ok(()),
        Volumes::Bound => {
            binding::end(&pod.key(), cx);
            bind(pod, &binding.node, cx)
        }
        Volumes::Failed(why) => {
            let text = binding::fail(pod, &why, cx);
            condition(pod, "SchedulerError", &text, None, cx)
        }
    }
}

fn bind(pod: &Object, node: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    match cx.bind(pod.namespace(), pod.name(), node) {
        Ok(_) => {
            let text = format!("Successfully assigned {}/{} to {node}", pod.namespace(), pod.name());
            cx.event_of_action(pod, EventType::Normal, "Scheduled", "Binding", text);
            Ok(())
        }
        Err(error) if matches!(error.reason, Reason::NotFound | Reason::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Says on the pod why it is not placed, and which node it hopes for.
fn condition(
    pod: &Object,
    reason: &str,
    message: &str,
    nominated: Option<String>,
    cx: &mut Cx<'_>,
) -> Result<(), ApiError> {
    let Some(mut pod) = cx.read().by_key(&pod.key()).filter(|now| now.uid() == pod.uid()).cloned() else {
        return Ok(());
    };
    let generation = pod.meta.generation;
    pod.status_mut::<PodStatus>().nominated_node_name = nominated.filter(|node| !node.is_empty());
    let conditions = pod.status_mut::<PodStatus>().conditions.get_or_insert_with(Vec::new);
    let old = conditions.iter().position(|c| c.type_ == "PodScheduled");
    let since =
        old.map(|at| &conditions[at]).filter(|c| c.status == "False").and_then(|c| c.last_transition_time.clone());
    let new = PodCondition {
        type_: "PodScheduled".into(),
        status: "False".into(),
        reason: Some(reason.into()),
        message: Some(message.into()),
        observed_generation: generation,
        last_transition_time: since.or_else(|| Some(MetaTime(cx.now.timestamp()))),
        ..Default::default()
    };
    match old {
        Some(at) => conditions[at] = new,
        None => conditions.push(new),
    }
    match cx.update_status(pod) {
        Err(error) if error.reason != Reason::NotFound => Err(error),
        _ => Ok(()),
    }
}
