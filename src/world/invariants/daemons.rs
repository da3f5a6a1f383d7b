//! Law: a DaemonSet has one pod on each node that it is meant for.
//!
//! Models: `pkg/controller/daemon/daemon_controller.go` (`manage`, `updateDaemonSetStatus`).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::control::pods;
use crate::world::World;
use k8s_openapi::api::apps::v1::DaemonSetStatus;
use std::collections::BTreeMap;

pub static LAW: Law = Law {
    name: "daemons-are-kept",
    says: "A settled DaemonSet has one pod for each node that it is meant for, no two on one node, and counts them right.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for set in read.list(kinds::DAEMON_SET, None).filter(|set| !set.deleting()) {
        findings.at(set, wrong(set, read));
    }
}

fn wrong(set: &Object, read: Reader<'_>) -> Option<String> {
    let status = set.status::<DaemonSetStatus>();
    let own = |pod: &&Object| pod.kind == kinds::POD && pod.controller().is_some_and(|owner| owner.uid == set.uid());
    let pods: Vec<&Object> = read.owned(set.uid()).filter(own).collect();
    let mut nodes: BTreeMap<&str, i32> = BTreeMap::new();
    for node in pods.iter().filter(|pod| pods::is_active(pod)).filter_map(|pod| pods::node(pod)) {
        *nodes.entry(node).or_default() += 1;
    }
    let surges = super::too_many::surges(set);
    if let Some((node, count)) = nodes.iter().find(|(_, count)| **count > 1)
        && (!surges || *count > 2)
    {
        return Some(format!("has {count} pods on {node}"));
    }
    if status.observed_generation != set.meta.generation {
        return Some("its spec was not looked at".into());
    }
    if pods.iter().any(|pod| pod.deleting()) || refused(set, read) {
        return None;
    }
    if status.current_number_scheduled != status.desired_number_scheduled {
        let (have, wanted) = (status.current_number_scheduled, status.desired_number_scheduled);
        return Some(format!("has pods for {have} of {wanted} nodes"));
    }
    // Only nodes that there are count.
    let there = |pod: &&&Object| pods::node(pod).is_some_and(|node| read.get(kinds::NODE, "", node).is_some());
    let ready = pods.iter().filter(there).filter(|pod| pods::is_ready(pod)).count() as i32;
    (!surges && status.number_misscheduled == 0 && status.number_ready != ready)
        .then(|| format!("says {} ready pods, has {ready}", status.number_ready))
}

/// Its pods cannot be made.
fn refused(set: &Object, read: Reader<'_>) -> bool {
    read.list(kinds::EVENT, Some(set.namespace())).any(|event| {
        let event = kinds::event::full(event);
        event.involved_object.uid.as_deref() == Some(set.uid()) && event.reason.as_deref() == Some("FailedCreate")
    })
}
