//! Law: the endpoint slices of a Service hold exactly its pods, with the conditions that they have.
//!
//! Models: `endpointslice/reconciler.go`, `endpointslice/utils.go` (`podToEndpoint`).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::control::{backends, pods};
use crate::world::World;
use k8s_openapi::api::core::v1::{PodStatus, ServiceSpec};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use std::collections::BTreeMap;

pub static LAW: Law = Law {
    name: "slices-are-true",
    says: "The slices of a settled Service hold each of its pods that has an address once, ready, serving and terminating as the pod is.",
    check: Check::Settled(check),
};

/// By pod: address, ready, serving, terminating.
type Members = BTreeMap<String, (String, bool, bool, bool)>;

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for service in read.list(kinds::SERVICE, None).filter(|service| !service.deleting()) {
        if backends::selector(service).is_some() {
            findings.at(service, wrong(service, read));
        }
    }
}

fn wrong(service: &Object, read: Reader<'_>) -> Option<String> {
    let selector = backends::selector(service)?;
    let publish = service.spec::<ServiceSpec>().publish_not_ready_addresses == Some(true);
    let selected = |pod: &&Object| selector.iter().all(|(key, value)| pod.labels().get(key) == Some(value));
    let mut expected = Members::new();
    for pod in read.list(kinds::POD, Some(service.namespace())).filter(selected) {
        let Some(address) = pod.status::<PodStatus>().pod_ip.clone().filter(|ip| !ip.is_empty()) else { continue };
        if !pods::is_terminal(pod) {
            let (serving, terminating) = (pods::is_ready(pod), pod.deleting());
            expected.insert(pod.name().into(), (address, publish || serving && !terminating, serving, terminating));
        }
    }
    let mut held = Members::new();
    for slice in read.list(kinds::ENDPOINT_SLICE, Some(service.namespace())) {
        let of = |label: &str| slice.labels().get(label).map(String::as_str);
        if of(backends::SERVICE_NAME) != Some(service.name())
            || of(backends::MANAGED_BY) != Some("endpointslice-controller.k8s.io")
        {
            continue;
        }
        for endpoint in slice.spec::<EndpointSlice>().endpoints.iter().flatten() {
            let name = endpoint.target_ref.as_ref().and_then(|target| target.name.clone()).unwrap_or_default();
            let conditions = endpoint.conditions.clone().unwrap_or_default();
            let is = |condition: Option<bool>| condition.unwrap_or(false);
            let member = (
                endpoint.addresses.first().cloned().unwrap_or_default(),
                is(conditions.ready),
                is(conditions.serving),
                is(conditions.terminating),
            );
            if held.insert(name.clone(), member).is_some() {
                return Some(format!("has {name} twice"));
            }
        }
    }
    (held != expected).then(|| format!("its slices hold {held:?}, its pods are {expected:?}"))
}
