//! Law: an eviction never takes more than its budget allows.
//!
//! Models: `pkg/registry/core/pod/storage/eviction.go`, `pkg/controller/disruption`. A budget's numbers lag behind pods that
//! break or are deleted; so a namespace in which that has just happened is not judged.

use super::{Check, Findings, Law, Seen};
use crate::api::kinds;
use crate::api::kinds::pod_disruption_budget::selector;
use crate::control::pods;
use crate::time::Span;
use k8s_openapi::api::policy::v1::PodDisruptionBudgetStatus;

pub static LAW: Law = Law {
    name: "evictions-keep-budgets",
    says: "After an eviction at least as many pods of its budget are healthy as the budget desires.",
    check: Check::Change(check),
};

const LAG: Span = Span::seconds(2);

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    if seen.change.key.resource != "pods" {
        return;
    }
    let Some(pod) = seen.dismissed() else { return };
    let evicted = matches!(seen.request(), Some(("POST", key)) if *key == seen.change.key);
    if !evicted || !pods::is_ready(pod) || pods::is_terminal(pod) {
        return;
    }
    if seen.past.disturbed_within(pod.namespace(), LAG, seen.change.at) {
        return;
    }
    for budget in seen.past.list(kinds::POD_DISRUPTION_BUDGET, pod.namespace()) {
        let selector = selector(budget);
        if !selector.matches(pod.labels()) {
            continue;
        }
        let all = seen.past.list(kinds::POD, pod.namespace());
        let healthy = all
            .filter(|other| other.uid() != pod.uid() && selector.matches(other.labels()))
            .filter(|other| pods::is_ready(other) && !other.deleting())
            .count() as i32;
        let status = budget.status::<PodDisruptionBudgetStatus>();
        let desired = status.desired_healthy.unwrap_or(0);
        if healthy < desired {
            let text = format!("{} was evicted, which leaves {healthy} healthy pods of {desired}", pod.key());
            findings.add(budget.key(), text);
        }
    }
}
