//! Law: a rolling update takes no pod away that is needed.
//!
//! Models: `pkg/controller/deployment/rolling.go` (`reconcileOldReplicaSets`). The sizes are worked out from counts that lag
//! behind pods that break; so a namespace in which that has just happened is not judged, and neither is a Deployment that
//! was changed just now.

use super::rollout_size::Bounds;
use super::{Check, Findings, Law, Seen};
use crate::api::kinds;
use crate::control::pods;
use crate::time::Span;

pub static LAW: Law = Law {
    name: "rollouts-stay-available",
    says: "When a ReplicaSet of a rolling update takes a ready pod away, replicas - maxUnavailable pods are still ready.",
    check: Check::Change(check),
};

const LAG: Span = Span::seconds(5);

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    if seen.change.key.resource != "pods" || !seen.is_by("replicaset-controller") {
        return;
    }
    let Some(pod) = seen.dismissed().filter(|pod| pods::is_ready(pod)) else { return };
    let Some(set) = seen.past.owner(pod, kinds::REPLICA_SET) else { return };
    let Some(deployment) = seen.past.owner(set, kinds::DEPLOYMENT) else { return };
    let recent = |key| seen.past.respecified(&key).is_some_and(|at| at + LAG > seen.change.at);
    if recent(deployment.key()) || pods_broke(seen, pod.namespace()) || deployment.deleting() {
        return;
    }
    let Some(bounds) = Bounds::of(deployment) else { return };
    let sets = seen.past.owned(deployment, kinds::REPLICA_SET);
    let ready = sets
        .flat_map(|set| seen.past.owned(set, kinds::POD))
        .filter(|other| other.uid() != pod.uid() && pods::is_ready(other) && !other.deleting())
        .count() as i32;
    if ready < bounds.least {
        let text = format!("{} is taken away, which leaves {ready} ready pods of {}", pod.key(), bounds.least);
        findings.add(deployment.key(), text);
    }
}

fn pods_broke(seen: &Seen<'_>, namespace: &str) -> bool {
    seen.past.broken_within(namespace, LAG, seen.change.at)
}
