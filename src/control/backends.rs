//! Which pods stand behind a Service, and at which port: what both kinds of endpoints share.
//!
//! Models: `endpointslice/util/controller_utils.go`, `pkg/api/v1/pod` (`FindPort`).

use super::pods;
use crate::api::{Object, Reader, kinds};
use crate::store::{Change, Key};
use k8s_openapi::api::core::v1::{ObjectReference, PodSpec, PodStatus, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;

pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
pub const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
pub const HEADLESS: &str = "service.kubernetes.io/headless";
pub const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// The selector of a service whose endpoints follow pods; `None` for one without selector and for ExternalName.
pub fn selector(service: &Object) -> Option<&BTreeMap<String, String>> {
    let spec = service.spec::<ServiceSpec>();
    let external = spec.type_.as_deref() == Some("ExternalName");
    spec.selector.as_ref().filter(|selector| !external && !selector.is_empty())
}

pub fn is_headless(service: &Object) -> bool {
    service.spec::<ServiceSpec>().cluster_ip.as_deref() == Some("None")
}

/// The services that a change may concern: itself, or those that select the pod or selected it before.
pub fn services(change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
    match change.key.resource {
        "services" => vec![change.key.clone()],
        "pods" if matters(change) => {
            let selected = |labels: &BTreeMap<String, String>, service: &Object| {
                selector(service).is_some_and(|s| s.iter().all(|(key, value)| labels.get(key) == Some(value)))
            };
            let versions: Vec<&Object> = [&change.old, &change.new].into_iter().flatten().collect();
            let all = read.list(kinds::SERVICE, Some(&change.key.namespace));
            all.filter(|service| versions.iter().any(|pod| selected(pod.labels(), service))).map(Object::key).collect()
        }
        _ => vec![],
    }
}

/// Whether a pod changed in a way that endpoints show.
fn matters(change: &Change<Object>) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else {
        // A pod without an address is in nobody's endpoints.
        return [&change.old, &change.new].into_iter().flatten().any(|pod| address(pod).is_some());
    };
    address(old) != address(new)
        || pods::is_ready(old) != pods::is_ready(new)
        || old.deleting() != new.deleting()
        || pods::is_terminal(old) != pods::is_terminal(new)
        || old.labels() != new.labels()
}

/// The address of a pod's network.
pub fn address(pod: &Object) -> Option<&str> {
    pod.status::<PodStatus>().pod_ip.as_deref().filter(|ip| !ip.is_empty())
}

/// The number of a service's port on a pod; `None` when the pod has no port of that name.
pub fn port_on(pod: &Object, port: &ServicePort) -> Option<i32> {
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    match &port.target_port {
        Some(IntOrString::String(name)) => {
            let spec = pod.spec::<PodSpec>();
            let sidecars =
                spec.init_containers.iter().flatten().filter(|c| c.restart_policy.as_deref() == Some("Always"));
            let ports = spec.containers.iter().chain(sidecars).flat_map(|c| c.ports.iter().flatten());
            let found = ports
                .into_iter()
                .find(|p| p.name.as_deref() == Some(name) && p.protocol.as_deref().unwrap_or("TCP") == protocol);
            found.map(|p| p.container_port)
        }
        Some(IntOrString::Int(0)) | None => Some(port.port),
        Some(IntOrString::Int(number)) => Some(*number),
    }
}

/// The name of a pod that has a place in the service's domain.
pub fn hostname(pod: &Object, service: &Object) -> Option<String> {
    let spec = pod.spec::<PodSpec>();
    let name = spec.hostname.clone().filter(|name| !name.is_empty())?;
    (spec.subdomain.as_deref() == Some(service.name()) && pod.namespace() == service.namespace()).then_some(name)
}

pub fn reference(pod: &Object) -> ObjectReference {
    ObjectReference {
        kind: Some("Pod".into()),
        namespace: pod.meta.namespace.clone(),
        name: pod.meta.name.clone(),
        uid: pod.meta.uid.clone(),
        ..Default::default()
    }
}

/// The pods of a service that have an address and still run.
pub fn pods_of<'a>(service: &'a Object, read: Reader<'a>) -> impl Iterator<Item = &'a Object> + 'a {
    let selected = selector(service).map(|selector| read.pods_labelled(service.namespace(), selector));
    selected.into_iter().flatten().filter(|pod| address(pod).is_some() && !pods::is_terminal(pod))
}
