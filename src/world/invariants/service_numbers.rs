//! Law: cluster addresses and node ports are given out once.
//!
//! Models: `pkg/registry/core/service/ipallocator`, `portallocator`.

use super::{Check, Findings, Law, Past};
use crate::api::{Object, kinds};
use crate::world::World;
use k8s_openapi::api::core::v1::ServiceSpec;
use std::collections::BTreeMap;

pub static LAW: Law = Law {
    name: "service-numbers-differ",
    says: "No two Services share a cluster address, or a node port of one protocol.",
    check: Check::Always(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let mut addresses: BTreeMap<&str, &Object> = BTreeMap::new();
    let mut ports: BTreeMap<(i32, &str), &Object> = BTreeMap::new();
    for service in world.reader().list(kinds::SERVICE, None) {
        let spec = service.spec::<ServiceSpec>();
        let all =
            spec.cluster_ips.iter().flatten().chain(spec.cluster_ip.iter().filter(|_| spec.cluster_ips.is_none()));
        for address in all.filter(|ip| !ip.is_empty() && *ip != "None") {
            if let Some(other) = addresses.insert(address, service) {
                findings.add(service.key(), format!("{} has {address}, too", other.key()));
            }
        }
        for port in spec.ports.iter().flatten() {
            let Some(number) = port.node_port.filter(|number| *number != 0) else { continue };
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            if let Some(other) = ports.insert((number, protocol), service) {
                findings.add(service.key(), format!("{} has node port {number}/{protocol}, too", other.key()));
            }
        }
    }
}
