//! Machines for pods that wait.
//!
//! Models: `cluster-autoscaler/core/scaleup/orchestrator`, `estimator/binpacking_estimator.go`,
//! `processors/status/eventing_scale_up_processor.go`.

use super::{CANDIDATE, DELETED, GROUP, MACHINE, nodes, size, stays_behind};
use crate::api::{ApiError, Object, kinds};
use crate::control::scheduler::{Reasons, Trial};
use crate::control::{Cx, EventType, nodes::is_ready, pods};
use crate::node::Machine;
use crate::node::cloud::{BOOT, Group};
use crate::store::Key;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{NodeSpec, PodStatus};
use std::collections::BTreeSet;

/// What is said of a pod that cannot be helped is said again after this long.
const REPEAT: Span = Span::minutes(5);
const REFUSED: &str = "NotTriggerScaleUp";

/// What is to be done.
#[derive(Default)]
struct Plan {
    machines: u32,
    helped: Vec<Object>,
    refused: Vec<(Object, Reasons)>,
}

/// Orders what is needed; whether there was anything.
pub(super) fn scale(group: Group, told: &Object, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
    let pending = pending(cx);
    if pending.is_empty() {
        return Ok(false);
    }
    let before = size(cx);
    let plan = plan(group.max.saturating_sub(before), &pending, cx);
    let told_pods = if plan.refused.is_empty() { BTreeSet::new() } else { told_lately(cx) };
    for (pod, reasons) in plan.refused.iter().filter(|(pod, _)| !told_pods.contains(pod.uid())) {
        let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let text = format!("pod didn't trigger scale-up: {}", reasons.join(", "));
        cx.event(pod, EventType::Normal, REFUSED, text);
    }
    if plan.machines == 0 {
        return Ok(false);
    }
    let (after, max) = (before + plan.machines, group.max);
    let text = format!("Scale-up: setting group {GROUP} size to {after} instead of {before} (max: {max})");
    cx.event(told, EventType::Normal, "ScaledUpGroup", text);
    for _ in 0..plan.machines {
        let now = cx.now;
        let number = cx.machines.cloud.order(now);
        cx.wake(Key::new(MACHINE, "", &Machine::name_of(number)), BOOT);
    }
    let text = format!("Scale-up: group {GROUP} size set to {after} instead of {before} (max: {max})");
    cx.event(told, EventType::Normal, "ScaledUpGroup", text);
    for pod in &plan.helped {
        let text = format!("pod triggered scale-up: [{{{GROUP} {before}->{after} (max: {max})}}]");
        cx.event(pod, EventType::Normal, "TriggeredScaleUp", text);
    }
    Ok(true)
}

/// Pods that the scheduler has given up on for now, the oldest first; a daemon's pods come with nodes anyway.
fn pending(cx: &Cx<'_>) -> Vec<Object> {
    let mut all: Vec<Object> = cx.read().list(kinds::POD, None).filter(|pod| waits(pod)).cloned().collect();
    all.sort_by_key(|pod| (pod.created(), pod.key()));
    all
}

fn waits(pod: &Object) -> bool {
    pods::node(pod).is_none()
        && !pod.deleting()
        && !stays_behind(pod)
        && pod.status::<PodStatus>().nominated_node_name.is_none()
        && pods::condition(pod, "PodScheduled").is_some_and(|c| c.reason.as_deref() == Some("Unschedulable"))
}

fn plan(room: u32, pending: &[Object], cx: &mut Cx<'_>) -> Plan {
    let mut plan = Plan::default();
    let Some((template, daemons)) = template(cx) else { return plan };
    let mut trial = Trial::new(cx);
    let coming: Vec<String> = cx.machines.cloud.ordered.keys().map(|number| Machine::name_of(*number)).collect();
    let starting: Vec<String> =
        nodes(cx).iter().filter(|node| !is_ready(node)).map(|node| node.name().to_owned()).collect();
    let read = cx.api.reader();
    for name in coming.iter().chain(&starting) {
        add(&mut trial, &template, &daemons, name, read);
    }
    let mut new: BTreeSet<String> = BTreeSet::new();
    for pod in pending {
        if trial.place(pod, read, |name| !new.contains(name)).is_ok() {
            continue;
        }
        if trial.place(pod, read, |name| new.contains(name)).is_ok() {
            plan.helped.push(pod.clone());
            continue;
        }
        // A fresh one, to see whether that would do.
        let name = format!("template-{}", new.len());
        let mut larger = trial.clone();
        add(&mut larger, &template, &daemons, &name, read);
        match larger.place(pod, read, |node| node == name) {
            Err(reasons) => plan.refused.push((pod.clone(), reasons)),
            Ok(_) if plan.machines == room => {
                plan.refused.push((pod.clone(), [("max node group size reached".to_owned(), 1)].into()));
            }
            Ok(_) => {
                trial = larger;
                new.insert(name);
                plan.machines += 1;
                plan.helped.push(pod.clone());
            }
        }
    }
    plan
}

fn add(trial: &mut Trial, template: &Object, daemons: &[Object], name: &str, read: crate::api::Reader<'_>) {
    let mut node = template.clone();
    let meta = node.meta_mut();
    meta.name = Some(name.into());
    meta.labels.get_or_insert_default().insert("kubernetes.io/hostname".into(), name.into());
    let pods: Vec<Object> = daemons
        .iter()
        .map(|pod| {
            let mut pod = pod.clone();
            let own = format!("{}-{name}", pod.name());
            pod.meta_mut().name = Some(own);
            pod
        })
        .collect();
    trial.add(&node, &pods, read);
}

/// What a fresh node of the group looks like, and the daemons' pods that it will have.
fn template(cx: &Cx<'_>) -> Option<(Object, Vec<Object>)> {
    let like = nodes(cx).into_iter().max_by_key(is_ready)?;
    let daemons = cx.read().pods_on(like.name()).filter(|pod| stays_behind(pod)).cloned().collect();
    let mut node = like;
    let spec = node.spec_mut::<NodeSpec>();
    spec.unschedulable = None;
    if let Some(taints) = &mut spec.taints {
        taints.retain(|taint| {
            !taint.key.starts_with("node.kubernetes.io/") && ![DELETED, CANDIDATE].contains(&taint.key.as_str())
        });
    }
    Some((node, daemons))
}

/// The pods that have been told lately that they cannot be helped.
fn told_lately(cx: &Cx<'_>) -> BTreeSet<String> {
    let told = cx.read().list(kinds::EVENT, None).filter_map(|event| {
        let event = crate::api::kinds::event::full(event);
        let at = event.last_timestamp.as_ref().map(|at| Time::of(at.0))?;
        let lately = event.reason.as_deref() == Some(REFUSED) && cx.now.since(at) < REPEAT;
        if lately { event.involved_object.uid.clone() } else { None }
    });
    told.collect()
}
