//! Law: the Endpoints of a Service hold exactly its pods, those that are ready and those that are not.
//!
//! Models: `pkg/controller/endpoint/endpoints_controller.go` (`syncService`).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::control::{backends, pods};
use crate::world::World;
use k8s_openapi::api::core::v1::{EndpointAddress, Endpoints, PodStatus, ServiceSpec};
use std::collections::BTreeSet;

pub static LAW: Law = Law {
    name: "endpoints-are-true",
    says: "The Endpoints of a settled Service hold its pods that are not going: the ready ones as addresses, the others as not ready.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for service in read.list(kinds::SERVICE, None).filter(|service| !service.deleting()) {
        findings.at(service, wrong(service, read));
    }
}

type Addresses = BTreeSet<String>;

fn wrong(service: &Object, read: Reader<'_>) -> Option<String> {
    let selector = backends::selector(service)?;
    let spec = service.spec::<ServiceSpec>();
    if spec.ports.as_ref().is_none_or(Vec::is_empty) && !backends::is_headless(service) {
        return None;
    }
    let (mut ready, mut unready) = (Addresses::new(), Addresses::new());
    let selected = |pod: &&Object| selector.iter().all(|(key, value)| pod.labels().get(key) == Some(value));
    for pod in read.list(kinds::POD, Some(service.namespace())).filter(selected).filter(|pod| pods::is_active(pod)) {
        let Some(address) = pod.status::<PodStatus>().pod_ip.clone().filter(|ip| !ip.is_empty()) else { continue };
        let offered = spec.ports.iter().flatten().any(|port| backends::port_on(pod, port).is_some());
        if !offered && spec.ports.as_ref().is_some_and(|ports| !ports.is_empty()) {
            continue;
        }
        let taken = pods::is_ready(pod) || spec.publish_not_ready_addresses == Some(true);
        if taken {
            ready.insert(address)
        } else {
            unready.insert(address)
        };
    }
    let (mut held_ready, mut held_unready) = (Addresses::new(), Addresses::new());
    let Some(endpoints) = read.get(kinds::ENDPOINTS, service.namespace(), service.name()) else {
        return Some("has no Endpoints".into());
    };
    let ips = |list: &Option<Vec<EndpointAddress>>| -> Vec<String> {
        list.iter().flatten().map(|address| address.ip.clone()).collect()
    };
    for subset in endpoints.spec::<Endpoints>().subsets.iter().flatten() {
        held_ready.extend(ips(&subset.addresses));
        held_unready.extend(ips(&subset.not_ready_addresses));
    }
    let (held, expected) = ((held_ready, held_unready), (ready, unready));
    (held != expected).then(|| format!("its Endpoints hold {held:?}, its pods are {expected:?}"))
}
