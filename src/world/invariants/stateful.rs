//! Law: a StatefulSet has the pods it promises, in their order.
//!
//! Models: `pkg/controller/statefulset/stateful_set_control.go` (`updateStatefulSet`).

use super::order::ordinal;
use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::control::pods;
use crate::world::World;
use k8s_openapi::api::apps::v1::{StatefulSetSpec, StatefulSetStatus};
use std::collections::BTreeMap;

pub static LAW: Law = Law {
    name: "stateful-sets-are-kept",
    says: "A settled StatefulSet has all its pods, or (ordered) those up to the first that is not ready, and counts them right.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for set in read.list(kinds::STATEFUL_SET, None).filter(|set| !set.deleting()) {
        findings.at(set, wrong(set, read));
    }
}

fn wrong(set: &Object, read: Reader<'_>) -> Option<String> {
    let (spec, status) = (set.spec::<StatefulSetSpec>(), set.status::<StatefulSetStatus>());
    let own = |pod: &&Object| pod.kind == kinds::POD && pod.controller().is_some_and(|owner| owner.uid == set.uid());
    let pods: BTreeMap<i32, &Object> =
        read.owned(set.uid()).filter(own).filter_map(|pod| Some((ordinal(set, pod)?, pod))).collect();
    let first = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0);
    let wanted = first..first + spec.replicas.unwrap_or(1);
    let ordered = spec.pod_management_policy.as_deref() != Some("Parallel");
    let ready = |number: i32| pods.get(&number).is_some_and(|pod| pods::is_ready(pod) && !pod.deleting());
    let going = pods.values().any(|pod| pod.deleting());
    let said = (status.replicas, status.ready_replicas.unwrap_or(0));
    let have = (pods.len() as i32, pods.values().filter(|pod| pods::is_ready(pod)).count() as i32);
    if said != have {
        return Some(format!("says {said:?} pods and ready ones, has {have:?}"));
    }
    if going || failed(set, read) {
        return None;
    }
    for number in wanted.clone() {
        if !pods.contains_key(&number) {
            // Somebody else has its name, or those before it are not ready.
            let taken = read.get(kinds::POD, set.namespace(), &format!("{}-{number}", set.name())).is_some();
            let blocked = ordered && (first..number).any(|before| !ready(before));
            if taken && !ordered {
                continue;
            }
            return (!blocked && !taken).then(|| format!("pod {number} of {wanted:?} is missing"));
        }
    }
    // Unready pods before them hold back those that are to go; of several unready ones in order, the last waits for the first.
    let healthy = wanted.clone().all(ready);
    let last = pods.keys().rev().find(|number| !wanted.contains(number));
    let waits = |last: &i32| ordered && !ready(*last) && pods.keys().any(|number| number < last && !ready(*number));
    last.filter(|last| healthy && !waits(last)).map(|number| format!("pod {number} is not one of {wanted:?}"))
}

/// Its pods, or their claims, cannot be made.
fn failed(set: &Object, read: Reader<'_>) -> bool {
    read.list(kinds::EVENT, Some(set.namespace())).any(|event| {
        let event = kinds::event::full(event);
        event.involved_object.uid.as_deref() == Some(set.uid()) && event.reason.as_deref() == Some("FailedCreate")
    })
}
