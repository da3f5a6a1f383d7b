//! Machines that nobody needs go back: a candidate for ten minutes, then drained, then gone.
//!
//! Models: `cluster-autoscaler/core/scaledown` (`eligibility`, `unneeded`, `actuation`), `utils/drain`, `utils/taints`.
//! Left out: the event that tells how full the node was; candidates are looked at in the order of their names.

use super::{CANDIDATE, DELETED, nodes, size, stays_behind, taint};
use crate::api::kinds::pod_disruption_budget::selector;
use crate::api::{ApiError, DeleteOptions, Object, kinds};
use crate::control::resources::{Amounts, pod_requests};
use crate::control::scheduler::Trial;
use crate::control::{Cx, EventType, nodes::is_ready, pods, unless_gone};
use crate::node::cloud::{Group, News};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus, PodSpec, Taint};
use std::collections::BTreeSet;

/// How long a node must have been needless (`--scale-down-unneeded-time`).
const NEEDLESS: Span = Span::minutes(10);
/// How long after the last new node nothing is taken away (`--scale-down-delay-after-add`).
const AFTER_ADD: Span = Span::minutes(10);
/// How long draining may take before it is given up.
const DRAIN: Span = Span::minutes(10);
/// Empty nodes that go at once.
const EMPTY: usize = 10;

pub(super) fn scale(group: Group, told: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let all = nodes(cx);
    let (leaving, staying): (Vec<_>, Vec<_>) = all.into_iter().partition(|node| taint(node, DELETED).is_some());
    let mut size = size(cx) - leaving.len() as u32;
    let needless = if size > group.min { needless(&staying, cx) } else { BTreeSet::new() };
    for node in &leaving {
        drain(node, told, cx)?;
    }
    let mut due = vec![];
    for node in &staying {
        match (needless.contains(node.name()), since(node, CANDIDATE)) {
            (true, None) => mark(node, CANDIDATE, "PreferNoSchedule", cx)?,
            (false, Some(_)) => unmark(node, CANDIDATE, cx)?,
            (true, Some(since)) if cx.now.since(since) >= NEEDLESS => due.push(node),
            _ => {}
        }
    }
    let last = staying.iter().map(Object::created).max().unwrap_or(Time::ZERO);
    if !leaving.is_empty() || cx.now.since(last) < AFTER_ADD {
        return Ok(());
    }
    let (empty, full): (Vec<&Object>, Vec<&Object>) = due.into_iter().partition(|node| movable(node, cx).is_empty());
    let chosen = if empty.is_empty() { full.into_iter().take(1) } else { empty.into_iter().take(EMPTY) };
    for node in chosen {
        if size <= group.min {
            break;
        }
        size -= 1;
        mark(node, DELETED, "NoSchedule", cx)?;
        cx.event(node, EventType::Normal, "ScaleDown", "marked the node as toBeDeleted/unschedulable");
        if movable(node, cx).is_empty() {
            let text = format!("Scale-down: removing empty node \"{}\"", node.name());
            cx.event(told, EventType::Normal, "ScaleDownEmpty", text);
            let text = format!("Scale-down: empty node {} removed", node.name());
            release(node, ("ScaleDownEmpty", text), told, cx)?;
        } else {
            drain(node, told, cx)?;
        }
    }
    Ok(())
}

/// The pods of a node that would have to go elsewhere.
fn movable(node: &Object, cx: &Cx<'_>) -> Vec<Object> {
    let all = cx.read().pods_on(node.name());
    all.filter(|pod| !pods::is_terminal(pod) && !stays_behind(pod)).cloned().collect()
}

/// The nodes whose pods fit elsewhere and that are less than half full.
fn needless(nodes: &[Object], cx: &mut Cx<'_>) -> BTreeSet<String> {
    let mut trial = Trial::new(cx);
    let mut found = BTreeSet::new();
    // Those that were candidates before come first, so that the choice does not waver.
    let mut order: Vec<&Object> = nodes.iter().collect();
    order.sort_by_key(|node| (taint(node, CANDIDATE).is_none(), node.name().to_owned()));
    for node in order {
        let moving = movable(node, cx);
        let kept = node
            .meta
            .annotations
            .as_ref()
            .and_then(|all| all.get("cluster-autoscaler.kubernetes.io/scale-down-disabled"));
        if !is_ready(node)
            || kept.is_some_and(|value| value == "true")
            || is_half_full(node, cx)
            || moving.iter().any(|pod| holds(pod, cx))
        {
            continue;
        }
        let read = cx.api.reader();
        let mut without = trial.clone();
        without.remove(node, read);
        if moving.iter().all(|pod| pod.deleting() || without.place(pod, read, |_| true).is_ok()) {
            found.insert(node.name().to_owned());
            trial = without;
        }
    }
    found
}

/// Whether the pods ask for half of the node's CPU or memory, or more.
fn is_half_full(node: &Object, cx: &Cx<'_>) -> bool {
    let room = Amounts::of(node.status::<NodeStatus>().allocatable.as_ref());
    let mut asked = Amounts::default();
    for pod in cx.read().pods_on(node.name()).filter(|pod| !pods::is_terminal(pod)) {
        asked.add(&pod_requests(pod.spec::<PodSpec>()));
    }
    asked.cpu * 2 >= room.cpu || asked.memory * 2 >= room.memory
}

/// Whether a pod keeps its node from being taken away.
fn holds(pod: &Object, cx: &Cx<'_>) -> bool {
    let noted = |name: &str| pod.meta.annotations.as_ref().and_then(|all| all.get(name)).map(String::as_str);
    match noted("cluster-autoscaler.kubernetes.io/safe-to-evict") {
        Some("true") => return false,
        Some("false") => return true,
        _ => {}
    }
    let replicated = ["ReplicaSet", "ReplicationController", "StatefulSet", "Job"];
    if !pod.controller().is_some_and(|owner| replicated.contains(&owner.kind.as_str())) {
        return true;
    }
    let budgets = || {
        let all = cx.read().list(kinds::POD_DISRUPTION_BUDGET, Some(pod.namespace()));
        all.filter(|budget| selector(budget).matches(pod.labels()))
    };
    if pod.namespace() == "kube-system" && budgets().next().is_none() {
        return true;
    }
    let local = pod.spec::<PodSpec>().volumes.iter().flatten().any(|volume| {
        let memory = |dir: &k8s_openapi::api::core::v1::EmptyDirVolumeSource| dir.medium.as_deref() == Some("Memory");
        volume.host_path.is_some() || volume.empty_dir.as_ref().is_some_and(|dir| !memory(dir))
    });
    local || budgets().any(|budget| allowed(budget) == 0)
}

fn allowed(budget: &Object) -> i32 {
    budget.status::<k8s_openapi::api::policy::v1::PodDisruptionBudgetStatus>().disruptions_allowed.unwrap_or(0)
}

/// Evicts what is left on a node; when nothing is, it goes.
fn drain(node: &Object, told: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let left = movable(node, cx);
    if left.is_empty() {
        let text = format!("Scale-down: node {} removed with drain", node.name());
        return release(node, ("ScaleDown", text), told, cx);
    }
    if since(node, DELETED).is_some_and(|since| cx.now.since(since) >= DRAIN) {
        cx.event(node, EventType::Warning, "ScaleDownFailed", "failed to drain the node, aborting ScaleDown");
        unmark(node, DELETED, cx)?;
        return unmark(node, CANDIDATE, cx);
    }
    for pod in left.iter().filter(|pod| !pod.deleting()) {
        if cx.evict(pod.namespace(), pod.name(), &DeleteOptions::default()).is_ok() {
            cx.event(pod, EventType::Normal, "ScaleDown", "deleting pod for node scale down");
        }
    }
    Ok(())
}

/// Gives a machine back; the cloud's own controller would delete its Node.
fn release(node: &Object, (reason, text): (&str, String), told: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    cx.event(node, EventType::Normal, "ScaleDown", "node removed by cluster autoscaler");
    cx.event(told, EventType::Normal, reason, text);
    cx.machines.cloud.news.push(News::Left(node.name().into()));
    unless_gone(cx.delete(kinds::NODE, "", node.name(), &DeleteOptions::default()).map(drop))
}

/// Since when a node has a taint of ours; it says so itself.
fn since(node: &Object, key: &str) -> Option<Time> {
    let seconds = taint(node, key)?.value.as_ref()?.parse().ok()?;
    Some(Time::of(jiff::Timestamp::from_second(seconds).ok()?))
}

fn mark(node: &Object, key: &str, effect: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let value = Some(cx.now.timestamp().as_second().to_string());
    let taint = Taint { key: key.into(), effect: effect.into(), value, ..Default::default() };
    change(node, cx, |taints| {
        taints.retain(|taint| taint.key != key);
        taints.push(taint);
    })
}

fn unmark(node: &Object, key: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    change(node, cx, |taints| taints.retain(|taint| taint.key != key))
}

fn change(node: &Object, cx: &mut Cx<'_>, act: impl FnOnce(&mut Vec<Taint>)) -> Result<(), ApiError> {
    let Some(mut node) = cx.read().get(kinds::NODE, "", node.name()).cloned() else { return Ok(()) };
    let taints = node.spec_mut::<NodeSpec>().taints.get_or_insert_default();
    act(taints);
    if taints.is_empty() {
        node.spec_mut::<NodeSpec>().taints = None;
    }
    unless_gone(cx.update(node).map(drop))
}
