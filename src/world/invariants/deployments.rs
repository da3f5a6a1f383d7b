//! Law: a Deployment's status is the sum of its ReplicaSets, and a rollout that can go on does.
//!
//! Models: `pkg/controller/deployment/sync.go` (`calculateStatus`), `progress.go`.

use super::rollout_size::Bounds;
use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::world::World;
use k8s_openapi::api::apps::v1::{DeploymentSpec, DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus};

pub static LAW: Law = Law {
    name: "deployments-add-up",
    says: "A settled Deployment counts what its ReplicaSets count, has the size it asks for, and keeps no old pods when all new ones are available.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for deployment in read.list(kinds::DEPLOYMENT, None).filter(|deployment| !deployment.deleting()) {
        // In a namespace that goes no ReplicaSet can be made, and nothing more is said.
        let home = read.get(kinds::NAMESPACE, "", deployment.namespace());
        if !home.is_some_and(Object::deleting) {
            findings.at(deployment, wrong(deployment, read));
        }
    }
}

fn wrong(deployment: &Object, read: Reader<'_>) -> Option<String> {
    let (spec, status) = (deployment.spec::<DeploymentSpec>(), deployment.status::<DeploymentStatus>());
    let own = |set: &&Object| {
        set.kind == kinds::REPLICA_SET && set.controller().is_some_and(|owner| owner.uid == deployment.uid())
    };
    let sets: Vec<&Object> = read.owned(deployment.uid()).filter(own).collect();
    let count = |of: &dyn Fn(&ReplicaSetStatus) -> i32| sets.iter().map(|set| of(set.status())).sum::<i32>();
    let size = |set: &Object| set.spec::<ReplicaSetSpec>().replicas.unwrap_or(0);
    if status.observed_generation != deployment.meta.generation {
        return Some("its spec was not looked at".into());
    }
    let (said, have) = (status.replicas.unwrap_or(0), count(&|set| set.replicas));
    if said != have {
        return Some(format!("says {said} pods, its ReplicaSets say {have}"));
    }
    let (said, have) = (status.available_replicas.unwrap_or(0), count(&|set| set.available_replicas.unwrap_or(0)));
    if said != have {
        return Some(format!("says {said} available pods, its ReplicaSets say {have}"));
    }
    let wanted = spec.replicas.unwrap_or(1);
    let sum: i32 = sets.iter().map(|set| size(set)).sum();
    if sets.is_empty() {
        let creates = wanted > 0 && spec.paused != Some(true);
        return creates.then(|| "has no ReplicaSet".into());
    }
    let bounds = Bounds::of(deployment);
    if let Some(bounds) = &bounds
        && spec.paused != Some(true)
        && (sum > bounds.most || sum < bounds.least)
    {
        return Some(format!("its ReplicaSets add up to {sum}, out of {}..={}", bounds.least, bounds.most));
    }
    let updated = status.updated_replicas.unwrap_or(0);
    let all_new = updated == wanted && status.available_replicas.unwrap_or(0) >= wanted && spec.paused != Some(true);
    let current = |set: &&&Object| {
        let template = set.spec::<ReplicaSetSpec>().template.as_ref();
        template.is_some_and(|t| crate::control::controllers::deployment::equal_ignoring_hash(t, &spec.template))
    };
    let new_available: i32 =
        sets.iter().filter(current).map(|set| set.status::<ReplicaSetStatus>().available_replicas.unwrap_or(0)).sum();
    // Recreate, and a new size together with a new template while several old sets have pods: the deployment controller takes
    // it for a mere change of size for ever, and has no rule for it.
    let stuck = bounds.is_none() && sets.iter().filter(|set| size(set) > 0).count() > 1;
    (!stuck && all_new && new_available >= wanted && sum != wanted)
        .then(|| format!("all {wanted} new pods are available, but its ReplicaSets ask for {sum}"))
}
