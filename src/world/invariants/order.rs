//! Law: an ordered StatefulSet makes its pods one after the other and takes them away from the end.
//!
//! Models: `pkg/controller/statefulset/stateful_set_control.go` (`processReplica`, `processCondemned`).

use super::{Check, Findings, Law, Seen};
use crate::api::{Object, kinds};
use crate::control::pods;
use k8s_openapi::api::apps::v1::StatefulSetSpec;

pub static LAW: Law = Law {
    name: "stateful-order",
    says: "An OrderedReady StatefulSet makes a pod only when all before it are ready, and scales down from the last one.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    if seen.change.key.resource != "pods" || !seen.is_by("statefulset-controller") {
        return;
    }
    let Some(pod) = seen.made().or_else(|| seen.dismissed()) else { return };
    let Some(set) = seen.past.owner(pod, kinds::STATEFUL_SET) else { return };
    let spec = set.spec::<StatefulSetSpec>();
    if spec.pod_management_policy.as_deref() == Some("Parallel") {
        return;
    }
    let Some(number) = ordinal(set, pod) else { return };
    let first = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0);
    let after_last = first + spec.replicas.unwrap_or(1);
    let siblings: Vec<(i32, &Object)> = seen
        .past
        .owned(set, kinds::POD)
        .filter(|other| other.uid() != pod.uid())
        .filter_map(|other| Some((ordinal(set, other)?, other)))
        .collect();
    if seen.made().is_some() {
        for before in first..number {
            let sibling = siblings.iter().find(|(n, _)| *n == before).map(|(_, pod)| *pod);
            if !sibling.is_some_and(|pod| pods::is_ready(pod) && !pod.deleting()) {
                findings.add(pod.key(), format!("was made though {}-{before} is not ready", set.name()));
            }
        }
    } else if number >= after_last
        && let Some((higher, _)) = siblings.iter().find(|(n, _)| *n > number)
    {
        findings.add(pod.key(), format!("is taken away before {}-{higher}", set.name()));
    }
}

/// The number of a pod of a set.
pub fn ordinal(set: &Object, pod: &Object) -> Option<i32> {
    pod.name().strip_prefix(set.name())?.strip_prefix('-')?.parse().ok()
}
