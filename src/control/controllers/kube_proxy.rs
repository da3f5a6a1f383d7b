//! kube-proxy: on every node, turns Services and EndpointSlices into rules.
//!
//! Models: `pkg/proxy/iptables/proxier.go` (iptables mode).
//! Left out: topology hints, terminating endpoints as a fallback, health-check ports.

use crate::api::{ApiError, Object, Reader, kinds};
use crate::control::{Again, Controller, Cx};
use crate::net::{Backend, Rule};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::core::v1::{PodStatus, ServiceSpec};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use std::rc::Rc;

pub struct KubeProxy;

impl Controller for KubeProxy {
    fn name(&self) -> &'static str {
        "kube-proxy"
    }

    fn runs(&self) -> crate::control::Runs {
        crate::control::Runs::EveryNode
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:kube-proxy".into()
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        service_of(change).into_iter().collect()
    }

    fn start(&self, _node: Option<&str>, read: Reader<'_>) -> Vec<Key> {
        read.list(kinds::SERVICE, None).map(Object::key).collect()
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let node = cx.node.clone().expect("kube-proxy runs on nodes");
        if !running(cx.read(), &node) {
            return Ok(Again::After(Span::seconds(1)));
        }
        let rules = rules(cx.read(), &key.namespace, &key.name);
        let table = Rc::make_mut(cx.tables.nodes.entry(node).or_default());
        let entry = (key.namespace.clone(), key.name.clone());
        match rules {
            Some(rules) => table.rules.insert(entry, rules),
            None => table.rules.remove(&entry),
        };
        Ok(Again::OnChange)
    }
}

/// The service that a change is about: itself, or the one its slice belongs to.
pub fn service_of(change: &Change<Object>) -> Option<Key> {
    match change.key.resource {
        "services" => Some(change.key.clone()),
        "endpointslices.discovery.k8s.io" => {
            let object = change.new.as_ref().or(change.old.as_ref())?;
            let service = object.labels().get("kubernetes.io/service-name")?;
            Some(Key::new("services", &change.key.namespace, service))
        }
        _ => None,
    }
}

/// Whether this node's kube-proxy pod runs: without it the rules stay as they are.
fn running(read: Reader<'_>, node: &str) -> bool {
    read.pods_on(node).any(|pod| {
        pod.namespace() == "kube-system"
            && pod.labels().get("k8s-app").is_some_and(|app| app == "kube-proxy")
            && pod.status::<PodStatus>().phase.as_deref() == Some("Running")
    })
}

fn rules(read: Reader<'_>, namespace: &str, name: &str) -> Option<Vec<Rule>> {
    let service = read.get(kinds::SERVICE, namespace, name)?;
    let spec = service.spec::<ServiceSpec>();
    let address = spec.cluster_ip.as_deref().and_then(|ip| ip.parse().ok());
    address?;
    let ports = spec.ports.iter().flatten().map(|port| Rule {
        namespace: namespace.into(),
        service: name.into(),
        address,
        port: port.port as u16,
        node_port: port.node_port.map(|port| port as u16),
        protocol: port.protocol.clone().unwrap_or_else(|| "TCP".into()),
        backends: backends(read, namespace, name, port.name.as_deref().unwrap_or("")),
        local_only: spec.external_traffic_policy.as_deref() == Some("Local"),
        sticky: spec.session_affinity.as_deref() == Some("ClientIP"),
    });
    Some(ports.collect())
}

/// The ready endpoints of a service port.
pub fn backends(read: Reader<'_>, namespace: &str, service: &str, port: &str) -> Vec<Backend> {
    let mut backends = vec![];
    for slice in read.list(kinds::ENDPOINT_SLICE, Some(namespace)) {
        if slice.labels().get("kubernetes.io/service-name").is_none_or(|name| name != service) {
            continue;
        }
        let slice = slice.spec::<EndpointSlice>();
        let numbers: Vec<i32> = slice
            .ports
            .iter()
            .flatten()
            .filter(|p| p.name.as_deref().unwrap_or("") == port)
            .filter_map(|p| p.port)
            .collect();
        for endpoint in slice.endpoints.iter().flatten() {
            let ready = endpoint.conditions.as_ref().is_none_or(|c| c.ready != Some(false));
            let address = endpoint.addresses.first().and_then(|a| a.parse().ok());
            let (true, Some(address)) = (ready, address) else { continue };
            let pod = endpoint.target_ref.as_ref().filter(|r| r.kind.as_deref() == Some("Pod"));
            for number in &numbers {
                backends.push(Backend {
                    address,
                    port: *number as u16,
                    node: endpoint.node_name.as_deref().map(Into::into),
                    pod: pod.and_then(|r| Some((r.namespace.as_deref()?.into(), r.name.as_deref()?.into()))),
                });
            }
        }
    }
    backends.sort_by_key(|b| (b.address, b.port));
    backends
}
