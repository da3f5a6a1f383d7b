//! The scheduler: finds a node for every pod that has none.
//!
//! Models: `pkg/scheduler/schedule_one.go`, `pkg/scheduler/scheduler.go`.
//! Left out: pre-emption (the message of a failed attempt says what a real one finds when nobody can be evicted),
//! nominated nodes, several profiles, extenders, pod groups, dynamic resources.

mod binding;
mod cache;
mod decision;
mod plugins;
mod queue;
mod select;
mod trial;

pub use cache::NodeInfo;
pub use decision::{Decision, Refusal, Score};
pub use cache::host_ports;
pub use plugins::{matches_required, matches_terms, tolerates};
pub use trial::{Reasons, Trial};

use crate::api::{ApiError, Object, Reader, Reason};
use crate::control::{Again, Controller, Cx, EventType, pods};
use crate::store::{Change, Key};
use crate::time::Time;
use binding::{Bindings, Volumes};
use cache::Cache;
use decision::Decisions;
use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus, PodCondition, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;
use queue::Queue;
use std::rc::Rc;

/// What the scheduler remembers between two pods. Its parts are shared between snapshots of the world.
#[derive(Clone, Default)]
pub struct State {
    cache: Rc<Cache>,
    queue: Rc<Queue>,
    bindings: Rc<Bindings>,
    decisions: Rc<Decisions>,
    /// Where the search for feasible nodes begins next, in clusters where it does not look at all of them.
    next: usize,
}

impl State {
    /// Why a pod is where it is, or nowhere: the last attempt.
    pub fn decision(&self, pod: &Key) -> Option<&Decision> {
        self.decisions.of(pod)
    }

    /// Pods that no node could take, waiting for the cluster to change.
    pub fn unschedulable(&self) -> usize {
        self.queue.len()
    }
}

pub struct Scheduler;

pub const NAME: &str = "default-scheduler";

impl Controller for Scheduler {
    fn name(&self) -> &'static str {
        NAME
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:kube-scheduler".into()
    }

    /// Pods to place; for changes that may help pods that wait, the changed object itself.
    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        let helps = match change.key.resource {
            "pods" => match (&change.old, &change.new) {
                (_, Some(new)) if waits(new) => {
                    change.old.as_ref().is_none_or(|old| !waits(old) || !old.same_spec(new))
                }
                (Some(old), new) => {
                    let placed = pods::node(old).is_some();
                    let freed = placed && !pods::is_terminal(old) && new.as_ref().is_none_or(pods::is_terminal);
                    let bound = new.as_ref().is_some_and(|new| pods::node(new).is_some() && !placed);
                    freed || bound || new.as_ref().is_some_and(|new| placed && new.labels() != old.labels())
                }
                (None, Some(new)) => pods::node(new).is_some(),
                (None, None) => false,
            },
            "nodes" => match (&change.old, &change.new) {
                (Some(old), Some(new)) => node_changed(old, new),
                (None, Some(_)) => true,
                _ => false,
            },
            "persistentvolumeclaims" | "persistentvolumes" | "storageclasses.storage.k8s.io" => true,
            _ => false,
        };
        if helps { vec![change.key.clone()] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        Rc::make_mut(&mut cx.scheduler.cache).sync(cx.api);
        match cx.read().by_key(key).cloned() {
            Some(pod) if key.resource == "pods" && waits(&pod) => {
                match cx.scheduler.bindings.get(key).filter(|binding| *binding.uid == *pod.uid()).cloned() {
                    Some(binding) => bind_when_ready(&pod, &binding, cx)?,
                    None => schedule(&pod, cx)?,
                }
            }
            _ => {
                binding::end(key, cx);
                queue::wake(key, cx);
            }
        }
        Ok(Again::OnChange)
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

/// Whether a node changed in a way that can matter to a pod.
fn node_changed(old: &Object, new: &Object) -> bool {
    let (a, b) = (old.spec::<NodeSpec>(), new.spec::<NodeSpec>());
    a.unschedulable != b.unschedulable
        || a.taints != b.taints
        || old.labels() != new.labels()
        || old.status::<NodeStatus>().allocatable != new.status::<NodeStatus>().allocatable
}

fn schedule(pod: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let gates = pod.spec::<PodSpec>().scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
    if gates {
        let text = "Scheduling is blocked due to non-empty scheduling gates";
        return condition(pod, "SchedulingGated", text, cx);
    }
    let attempt = select::attempt(pod, cx);
    let key = pod.key();
    let decision = attempt.decision;
    let chosen = decision.node.clone();
    let message = decision.message.clone();
    Rc::make_mut(&mut cx.scheduler.decisions).note(key.clone(), decision);
    let Some(node) = chosen else {
        cx.event_of_action(pod, EventType::Warning, "FailedScheduling", "Scheduling", message.clone());
        Rc::make_mut(&mut cx.scheduler.queue).failed(&key, pod.uid(), attempt.rejected_by, cx.now);
        // Whatever happens or not, it is tried again some time.
        cx.wake(key, queue::STALE);
        return condition(pod, "Unschedulable", &message, cx);
    };
    match binding::begin(pod, &node, cx) {
        Ok(true) => bind(pod, &node, cx),
        Ok(false) => Ok(()),
        Err(error) => {
            let text = binding::fail(pod, &error.message, cx);
            condition(pod, "SchedulerError", &text, cx)
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
            condition(pod, "SchedulerError", &text, cx)
        }
    }
}

fn bind(pod: &Object, node: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let key = pod.key();
    match cx.bind(pod.namespace(), pod.name(), node) {
        Ok(_) => {
            Rc::make_mut(&mut cx.scheduler.queue).forget(&key);
            let text = format!("Successfully assigned {}/{} to {node}", pod.namespace(), pod.name());
            cx.event_of_action(pod, EventType::Normal, "Scheduled", "Binding", text);
            Ok(())
        }
        Err(error) if matches!(error.reason, Reason::NotFound | Reason::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Says on the pod why it is not placed.
fn condition(pod: &Object, reason: &str, message: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let mut pod = pod.clone();
    let now: Time = cx.now;
    let generation = pod.meta.generation;
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
        last_transition_time: since.or_else(|| Some(MetaTime(now.timestamp()))),
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
