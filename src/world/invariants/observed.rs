//! Law: nobody has observed a generation that is not there yet.
//!
//! Models: `status.observedGeneration` of the workload controllers.

use super::{Check, Findings, Law, Seen};
use crate::api::{Object, kinds};
use k8s_openapi::api::apps::v1::{DaemonSetStatus, DeploymentStatus, ReplicaSetStatus, StatefulSetStatus};
use k8s_openapi::api::core::v1::{PodStatus, ReplicationControllerStatus};
use k8s_openapi::api::policy::v1::PodDisruptionBudgetStatus;

pub static LAW: Law = Law {
    name: "observed-generation",
    says: "observedGeneration is never above generation, and never falls.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    let Some(new) = &seen.change.new else { return };
    let Some(observed) = observed(new) else { return };
    let generation = new.meta.generation.unwrap_or(0);
    if observed > generation {
        findings.add(new.key(), format!("observedGeneration {observed} is above generation {generation}"));
    }
    if let Some(before) = seen.change.old.as_ref().and_then(self::observed)
        && observed < before
    {
        findings.add(new.key(), format!("observedGeneration fell from {before} to {observed}"));
    }
}

fn observed(object: &Object) -> Option<i64> {
    match object.kind {
        kind if kind == kinds::DEPLOYMENT => object.status::<DeploymentStatus>().observed_generation,
        kind if kind == kinds::REPLICA_SET => object.status::<ReplicaSetStatus>().observed_generation,
        kind if kind == kinds::STATEFUL_SET => object.status::<StatefulSetStatus>().observed_generation,
        kind if kind == kinds::DAEMON_SET => object.status::<DaemonSetStatus>().observed_generation,
        kind if kind == kinds::REPLICATION_CONTROLLER => {
            object.status::<ReplicationControllerStatus>().observed_generation
        }
        kind if kind == kinds::POD_DISRUPTION_BUDGET => {
            object.status::<PodDisruptionBudgetStatus>().observed_generation
        }
        kind if kind == kinds::POD => object.status::<PodStatus>().observed_generation,
        _ => None,
    }
}
