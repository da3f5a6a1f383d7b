//! Law: a disruption budget counts its healthy pods.
//!
//! Models: `pkg/controller/disruption/disruption.go` (`updatePdbStatus`).

use super::{Check, Findings, Law, Past};
use crate::api::kinds::pod_disruption_budget::selector;
use crate::api::{Object, Reader, kinds};
use crate::control::pods;
use crate::world::World;
use k8s_openapi::api::policy::v1::PodDisruptionBudgetStatus;

pub static LAW: Law = Law {
    name: "budgets-count",
    says: "A settled budget counts the healthy pods that it selects, and allows as many disruptions as there are more than it desires.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for budget in read.list(kinds::POD_DISRUPTION_BUDGET, None).filter(|budget| !budget.deleting()) {
        findings.at(budget, wrong(budget, read));
    }
}

fn wrong(budget: &Object, read: Reader<'_>) -> Option<String> {
    let status = budget.status::<PodDisruptionBudgetStatus>();
    let failed = status.conditions.iter().flatten().any(|c| c.reason == "SyncFailed");
    if failed || status.disrupted_pods.as_ref().is_some_and(|pods| !pods.is_empty()) {
        return None;
    }
    let selector = selector(budget);
    let pods = read.list(kinds::POD, Some(budget.namespace())).filter(|pod| selector.matches(pod.labels()));
    let healthy = pods.filter(|pod| pods::is_ready(pod) && !pod.deleting()).count() as i32;
    let said = status.current_healthy.unwrap_or(0);
    if said != healthy {
        return Some(format!("says {said} healthy pods, selects {healthy}"));
    }
    let allowed = match status.expected_pods.unwrap_or(0) {
        0 => 0,
        _ => (healthy - status.desired_healthy.unwrap_or(0)).max(0),
    };
    let said = status.disruptions_allowed.unwrap_or(0);
    (said != allowed).then(|| format!("allows {said} disruptions, {allowed} would be right"))
}
