//! Law: ReplicaSets and ReplicationControllers have the pods they promise.
//!
//! Models: `pkg/controller/replicaset/replica_set.go` (`manageReplicas`, `calculateStatus`).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::control::pods;
use crate::world::World;
use k8s_openapi::api::apps::v1::ReplicaSetStatus;
use k8s_openapi::api::core::v1::ReplicationControllerStatus;

pub static LAW: Law = Law {
    name: "replicas-are-kept",
    says: "A settled ReplicaSet or ReplicationController has as many pods as it asks for, unless making them fails, and counts them right.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for set in read.list(kinds::REPLICA_SET, None).chain(read.list(kinds::REPLICATION_CONTROLLER, None)) {
        if !set.deleting() {
            findings.at(set, wrong(set, read));
        }
    }
}

/// Ready pods, all pods, and whether some could not be made or taken away.
fn counts(set: &Object) -> (i32, i32, bool) {
    if set.kind == kinds::REPLICA_SET {
        let status = set.status::<ReplicaSetStatus>();
        let failed = status.conditions.iter().flatten().any(|c| c.type_ == "ReplicaFailure" && c.status == "True");
        return (status.ready_replicas.unwrap_or(0), status.replicas, failed);
    }
    let status = set.status::<ReplicationControllerStatus>();
    let failed = status.conditions.iter().flatten().any(|c| c.type_ == "ReplicaFailure" && c.status == "True");
    (status.ready_replicas.unwrap_or(0), status.replicas, failed)
}

fn wrong(set: &Object, read: Reader<'_>) -> Option<String> {
    let own = |pod: &&Object| pod.kind == kinds::POD && pod.controller().is_some_and(|owner| owner.uid == set.uid());
    let active: Vec<&Object> = read.owned(set.uid()).filter(own).filter(|pod| pods::is_active(pod)).collect();
    let ready = active.iter().filter(|pod| pods::is_ready(pod)).count() as i32;
    let have = active.len() as i32;
    let wanted = set.kind.replicas(set).unwrap_or(1);
    let (said_ready, said, failed) = counts(set);
    if have > wanted || have < wanted && !failed {
        return Some(format!("has {have} pods of {wanted}"));
    }
    (said != have || said_ready != ready)
        .then(|| format!("says {said} pods and {said_ready} ready, but has {have} and {ready}"))
}
