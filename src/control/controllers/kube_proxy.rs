//! kube-proxy: on every node, turns Services and EndpointSlices into rules.
//!
//! Models: `pkg/proxy/iptables/proxier.go` (iptables mode), `pkg/proxy/topology.go`.
//! Left out: health-check ports; pods that end as a fallback for `externalTrafficPolicy: Local`.

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
        let rules = rules(cx.read(), &key.namespace, &key.name, &node);
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

fn rules(read: Reader<'_>, namespace: &str, name: &str, node: &str) -> Option<Vec<Rule>> {
    let service = read.get(kinds::SERVICE, namespace, name)?;
    let spec = service.spec::<ServiceSpec>();
    let address = spec.cluster_ip.as_deref().and_then(|ip| ip.parse().ok());
    address?;
    let zone = read.get(kinds::NODE, "", node).and_then(|node| node.labels().get("topology.kubernetes.io/zone"));
    let here = Here { node, zone: zone.map(String::as_str) };
    let ports = spec.ports.iter().flatten().map(|port| Rule {
        namespace: namespace.into(),
        service: name.into(),
        address,
        port: port.port as u16,
        node_port: port.node_port.map(|port| port as u16),
        protocol: port.protocol.clone().unwrap_or_else(|| "TCP".into()),
        backends: here.choose(reachable(read, namespace, name, port.name.as_deref().unwrap_or(""))),
        local_only: spec.external_traffic_policy.as_deref() == Some("Local"),
        at_home: spec.internal_traffic_policy.as_deref() == Some("Local"),
        sticky: spec.session_affinity.as_deref() == Some("ClientIP"),
    });
    Some(ports.collect())
}

/// An endpoint as a slice has it.
struct Found {
    backend: Backend,
    ready: bool,
    /// It still answers though its pod is about to end.
    ending: bool,
    zones: Option<Vec<String>>,
    nodes: Option<Vec<String>>,
}

/// Where a kube-proxy runs.
struct Here<'a> {
    node: &'a str,
    zone: Option<&'a str>,
}

impl Here<'_> {
    /// Those that are used from here: the ready ones, the near ones of them if all say for whom they are near; without any,
    /// those that still answer.
    fn choose(&self, all: Vec<Found>) -> Vec<Backend> {
        let ready: Vec<&Found> = all.iter().filter(|found| found.ready).collect();
        let on_node = |found: &&Found| found.nodes.as_ref().is_some_and(|all| all.iter().any(|n| n == self.node));
        let in_zone = |found: &&Found| {
            found.zones.as_ref().is_some_and(|all| all.iter().any(|zone| Some(zone.as_str()) == self.zone))
        };
        let chosen: Vec<&Found> = if ready.is_empty() {
            all.iter().filter(|found| found.ending).collect()
        } else if ready.iter().all(|found| found.nodes.is_some()) && ready.iter().any(on_node) {
            ready.into_iter().filter(on_node).collect()
        } else if ready.iter().all(|found| found.zones.is_some()) && ready.iter().any(in_zone) {
            ready.into_iter().filter(in_zone).collect()
        } else {
            ready
        };
        chosen.into_iter().map(|found| found.backend.clone()).collect()
    }
}

/// The endpoints of a service port that answer.
fn reachable(read: Reader<'_>, namespace: &str, service: &str, port: &str) -> Vec<Found> {
    let mut all: Vec<Found> = vec![];
    for slice in read.list(kinds::ENDPOINT_SLICE, Some(namespace)) {
        if slice.labels().get("kubernetes.io/service-name").is_none_or(|name| name != service) {
            continue;
        }
        let slice = slice.spec::<EndpointSlice>();
        let ports = slice.ports.iter().flatten().filter(|p| p.name.as_deref().unwrap_or("") == port);
        let numbers: Vec<i32> = ports.filter_map(|p| p.port).collect();
        for endpoint in slice.endpoints.iter().flatten() {
            let conditions = endpoint.conditions.as_ref();
            let ready = conditions.is_none_or(|c| c.ready != Some(false));
            let ending = conditions.is_some_and(|c| c.serving == Some(true) && c.terminating == Some(true));
            let address = endpoint.addresses.first().and_then(|a| a.parse().ok());
            let Some(address) = address.filter(|_| ready || ending) else { continue };
            let pod = endpoint.target_ref.as_ref().filter(|r| r.kind.as_deref() == Some("Pod"));
            let hints = endpoint.hints.as_ref();
            let zones = hints.and_then(|hints| hints.for_zones.as_ref());
            let nodes = hints.and_then(|hints| hints.for_nodes.as_ref());
            for number in &numbers {
                let backend = Backend {
                    address,
                    port: *number as u16,
                    node: endpoint.node_name.as_deref().map(Into::into),
                    pod: pod.and_then(|r| Some((r.namespace.as_deref()?.into(), r.name.as_deref()?.into()))),
                };
                all.push(Found {
                    backend,
                    ready,
                    ending,
                    zones: zones.map(|all| all.iter().map(|zone| zone.name.clone()).collect()),
                    nodes: nodes.map(|all| all.iter().map(|node| node.name.clone()).collect()),
                });
            }
        }
    }
    all.sort_by_key(|found| (found.backend.address, found.backend.port));
    all
}
