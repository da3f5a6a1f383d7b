//! Law: nodes whose machines run are ready.
//!
//! Models: `pkg/kubelet/nodestatus`, `pkg/controller/nodelifecycle` (taints follow the conditions).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, kinds};
use crate::control::nodes::condition;
use crate::world::World;
use k8s_openapi::api::core::v1::NodeSpec;

pub static LAW: Law = Law {
    name: "running-nodes-are-ready",
    says: "In a cluster without faults every node is Ready and has no taint that says otherwise.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    for node in world.reader().list(kinds::NODE, None) {
        if world.machines.nodes.get(node.name()).is_some_and(|machine| machine.on) {
            findings.at(node, wrong(node));
        }
    }
}

fn wrong(node: &Object) -> Option<String> {
    let ready = condition(node, "Ready");
    if ready.is_none_or(|condition| condition.status != "True") {
        return Some(format!("is not Ready: {:?}", ready.map(|c| (&c.status, &c.reason))));
    }
    let taints = node.spec::<NodeSpec>().taints.iter().flatten();
    let odd = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
    let taint = taints.into_iter().find(|taint| odd.contains(&taint.key.as_str()));
    taint.map(|taint| format!("is Ready, but has the taint {}", taint.key))
}
