//! Law: a port of a node is given to one pod.
//!
//! Models: `pkg/scheduler/framework/plugins/nodeports`, `pkg/kubelet/lifecycle/predicate.go`.

use super::{Check, Findings, Law, Past};
use crate::api::{Object, kinds};
use crate::control::pods;
use crate::world::World;
use k8s_openapi::api::core::v1::PodSpec;
use std::collections::BTreeMap;

pub static LAW: Law = Law {
    name: "host-ports-differ",
    says: "No two pods of a settled node have the same host port, protocol and host address.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let mut held: BTreeMap<(&str, i32, &str, &str), &Object> = BTreeMap::new();
    for pod in world.reader().list(kinds::POD, None).filter(|pod| !pods::is_terminal(pod)) {
        let Some(node) = pods::node(pod) else { continue };
        for port in pod.spec::<PodSpec>().containers.iter().flat_map(|c| c.ports.iter().flatten()) {
            let Some(number) = port.host_port.filter(|number| *number != 0) else { continue };
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            let address = port.host_ip.as_deref().unwrap_or("0.0.0.0");
            if let Some(other) = held.insert((node, number, protocol, address), pod)
                && other.uid() != pod.uid()
            {
                findings.add(pod.key(), format!("has port {number} of {node}, as has {}", other.key()));
            }
        }
    }
}
