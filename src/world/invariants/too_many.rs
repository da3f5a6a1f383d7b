//! Law: a controller never makes more pods than it promised.
//!
//! Models: `replica_set.go` (`manageReplicas`), `job_controller.go` (`manageJob`), `daemon_controller.go` (`manage`).

use super::{Check, Findings, Law, Seen};
use crate::api::{Object, kinds};
use crate::control::pods;
use k8s_openapi::api::apps::v1::{DaemonSetSpec, StatefulSetSpec};
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub static LAW: Law = Law {
    name: "no-pod-too-many",
    says: "When a controller makes a pod, its owner has no more pods then than it asks for.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    if seen.change.key.resource != "pods" {
        return;
    }
    let Some(pod) = seen.made() else { return };
    if !matches!(seen.by(), Some(crate::net::Place::Controller(_))) {
        return;
    }
    for kind in [kinds::REPLICA_SET, kinds::REPLICATION_CONTROLLER] {
        if let Some(set) = seen.past.owner(pod, kind) {
            let wanted = kind.replicas(set).unwrap_or(1);
            count(seen, set, wanted, findings);
        }
    }
    if let Some(job) = seen.past.owner(pod, kinds::JOB) {
        let spec = job.spec::<JobSpec>();
        count(seen, job, spec.parallelism.unwrap_or(1), findings);
        if spec.suspend == Some(true) {
            findings.add(job.key(), format!("made {} while it is suspended", pod.name()));
        }
    }
    if let Some(set) = seen.past.owner(pod, kinds::STATEFUL_SET) {
        let spec = set.spec::<StatefulSetSpec>();
        let first = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0);
        let wanted = first..first + spec.replicas.unwrap_or(1);
        if super::order::ordinal(set, pod).is_none_or(|number| !wanted.contains(&number)) {
            findings.add(pod.key(), format!("its set asks for {wanted:?}"));
        }
    }
    if let Some(set) = seen.past.owner(pod, kinds::DAEMON_SET) {
        one_per_node(seen, set, pod, findings);
    }
}

fn count(seen: &Seen<'_>, owner: &Object, wanted: i32, findings: &mut Findings) {
    let have = seen.past.owned(owner, kinds::POD).filter(|pod| pods::is_active(pod)).count() as i32;
    if have + 1 > wanted {
        findings.add(owner.key(), format!("made pod number {} of {wanted}", have + 1));
    }
}

fn one_per_node(seen: &Seen<'_>, set: &Object, pod: &Object, findings: &mut Findings) {
    let Some(node) = target(pod).filter(|_| !surges(set)) else { return };
    let others = seen.past.owned(set, kinds::POD);
    let there = others.filter(|other| !pods::is_terminal(other)).find(|other| target(other) == Some(node));
    if let Some(other) = there {
        findings.add(set.key(), format!("made {} for {node}, which has {}", pod.name(), other.name()));
    }
}

/// Whether a DaemonSet may have two pods on a node while it is updated.
pub fn surges(set: &Object) -> bool {
    let rolling = set.spec::<DaemonSetSpec>().update_strategy.as_ref().and_then(|s| s.rolling_update.as_ref());
    let surge = rolling.and_then(|rolling| rolling.max_surge.as_ref());
    surge.is_some_and(|surge| !matches!(surge, IntOrString::Int(0)) && *surge != IntOrString::String("0%".into()))
}

/// The node a daemon's pod is on or meant for.
fn target(pod: &Object) -> Option<&str> {
    use k8s_openapi::api::core::v1::PodSpec;
    let meant = || {
        let affinity = pod.spec::<PodSpec>().affinity.as_ref()?.node_affinity.as_ref()?;
        let terms = &affinity.required_during_scheduling_ignored_during_execution.as_ref()?.node_selector_terms;
        let fields = terms.iter().flat_map(|term| term.match_fields.iter().flatten());
        fields.filter(|field| field.key == "metadata.name").find_map(|field| field.values.as_ref()?.first())
    };
    pods::node(pod).or_else(|| meant().map(String::as_str))
}
