//! Law: the pods of a node do not ask for more than it has.
//!
//! Models: `pkg/scheduler/framework/plugins/noderesources/fit.go`, `pkg/kubelet/lifecycle/predicate.go` (what was bound past
//! the scheduler is refused by the kubelet).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::control::pods;
use crate::control::resources::{Amounts, pod_requests};
use crate::world::World;
use k8s_openapi::api::core::v1::{NodeStatus, PodSpec};

pub static LAW: Law = Law {
    name: "nodes-have-room",
    says: "The requests of the pods of a settled node, and their number, are within what it can allocate.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for node in read.list(kinds::NODE, None) {
        findings.at(node, wrong(node, read));
    }
}

fn wrong(node: &Object, read: Reader<'_>) -> Option<String> {
    let room = Amounts::of(node.status::<NodeStatus>().allocatable.as_ref());
    let mut sum = Amounts::default();
    for pod in read.pods_on(node.name()).filter(|pod| !pods::is_terminal(pod)) {
        sum.add(&pod_requests(pod.spec::<PodSpec>()));
        sum.pods += 1;
    }
    let parts = [("cpu", sum.cpu, room.cpu), ("memory", sum.memory, room.memory), ("pods", sum.pods, room.pods)];
    let over = parts.iter().find(|(_, asked, there)| asked > there);
    over.map(|(name, asked, there)| format!("its pods ask for {asked} of {there} {name}"))
}
