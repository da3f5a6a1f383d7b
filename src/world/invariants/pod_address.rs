//! Law: no two live pods have the same address, and each has one of its own node.
//!
//! Models: the IPAM plugin `host-local` (an address is given out once), `kube-controller-manager`'s node IPAM (ranges are
//! disjoint).

use super::{Check, Findings, Law, Past};
use crate::api::kinds;
use crate::control::pods;
use crate::world::World;
use k8s_openapi::api::core::v1::{PodSpec, PodStatus};
use std::collections::BTreeMap;

pub static LAW: Law = Law {
    name: "pod-addresses-differ",
    says: "No two live pods share an address of the pod network.",
    check: Check::Always(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let mut held: BTreeMap<&str, &crate::api::Object> = BTreeMap::new();
    for pod in world.reader().list(kinds::POD, None).filter(|pod| pods::is_active(pod)) {
        if pod.spec::<PodSpec>().host_network == Some(true) {
            continue;
        }
        let Some(address) = pod.status::<PodStatus>().pod_ip.as_deref().filter(|ip| !ip.is_empty()) else { continue };
        if let Some(other) = held.insert(address, pod) {
            findings.add(pod.key(), format!("{} has {address}, too", other.key()));
        }
    }
    for machine in world.machines.nodes.values() {
        for (key, pod) in &machine.runtime.pods {
            let Some(sandbox) = pod.sandbox.as_ref().filter(|s| s.ready && !s.host_network) else { continue };
            let Ok(address) = sandbox.address.parse() else { continue };
            let owner = machine.runtime.addresses.get(&address);
            if owner != Some(key) {
                findings.add(key, format!("its sandbox has {address}, which belongs to {owner:?}"));
            }
        }
    }
}
