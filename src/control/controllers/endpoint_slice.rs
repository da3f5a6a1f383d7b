//! EndpointSlices follow the pods of a Service: at most 100 addresses each, one set of ports each.
//!
//! Models: `pkg/controller/endpointslice`, `endpointslice/reconciler.go`, `endpointslice/trafficdist/trafficdist.go`.
//! Left out: hints in proportion to the CPUs of zones (`topology-mode`), dual stack, packing of several slices that are not full.

use crate::api::{ApiError, DeleteOptions, Object, Reader, Reason, kinds};
use crate::control::backends::{self, HEADLESS, MANAGED_BY, SERVICE_NAME, TRIGGER};
use crate::control::{Again, Controller, Cx, pods};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::api::discovery::v1::{
    Endpoint, EndpointConditions, EndpointHints, EndpointPort, EndpointSlice, ForNode, ForZone,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;

pub struct EndpointSlices;

const MANAGER: &str = "endpointslice-controller.k8s.io";
/// Addresses in a slice.
const FULL: usize = 100;

impl Controller for EndpointSlices {
    fn name(&self) -> &'static str {
        "endpointslice-controller"
    }

    fn retries(&self) -> (Span, Span) {
        (Span::seconds(1), Span::seconds(1000))
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        if change.key.resource != "endpointslices.discovery.k8s.io" {
            return backends::services(change, read);
        }
        // Somebody else took a slice away.
        let gone = change.old.as_ref().filter(|old| change.new.is_none() && is_ours(old));
        let service = gone.and_then(|old| old.labels().get(SERVICE_NAME));
        service.map(|name| Key::new("services", &change.key.namespace, name)).into_iter().collect()
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(service) = cx.read().by_key(key).filter(|service| !service.deleting()).cloned() else {
            return Ok(Again::OnChange);
        };
        if backends::selector(&service).is_none() {
            return Ok(Again::OnChange);
        }
        let wanted = wanted(&service, cx.read());
        let count: usize = wanted.iter().map(|(_, endpoints)| endpoints.len()).sum();
        // The larger the service, the longer one look takes; changes meanwhile are taken together.
        cx.takes(Span::millis(count as u64 / 20));
        let mut spare: Vec<Object> = slices(&service, cx.read());
        let mut plan = vec![];
        for (ports, endpoints) in wanted {
            plan.extend(arrange(ports, endpoints, &mut spare));
        }
        if plan.is_empty() {
            plan.push((spare.pop(), vec![], vec![]));
        }
        for (slice, ports, endpoints) in plan {
            let slice = slice.or_else(|| spare.pop());
            write(&service, slice, ports, endpoints, cx)?;
        }
        for slice in spare {
            let deleted = cx.delete(kinds::ENDPOINT_SLICE, slice.namespace(), slice.name(), &DeleteOptions::default());
            gone_is_fine(deleted.map(drop))?;
        }
        Ok(Again::OnChange)
    }
}

fn gone_is_fine(result: Result<(), ApiError>) -> Result<(), ApiError> {
    match result {
        Err(error) if !matches!(error.reason, Reason::NotFound | Reason::Forbidden) => Err(error),
        _ => Ok(()),
    }
}

fn is_ours(slice: &Object) -> bool {
    slice.labels().get(MANAGED_BY).is_some_and(|manager| manager == MANAGER)
}

fn slices(service: &Object, read: Reader<'_>) -> Vec<Object> {
    read.owned(service.uid()).filter(|slice| slice.kind == kinds::ENDPOINT_SLICE && is_ours(slice)).cloned().collect()
}

type Group = (Vec<EndpointPort>, Vec<Endpoint>);

/// The endpoints that should be, by the ports that their pods offer.
fn wanted(service: &Object, read: Reader<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![];
    for pod in backends::pods_of(service, read) {
        let ports = ports(service, pod);
        let endpoint = endpoint(service, pod, read);
        match groups.iter_mut().find(|(other, _)| *other == ports) {
            Some((_, endpoints)) => endpoints.push(endpoint),
            None => groups.push((ports, vec![endpoint])),
        }
    }
    groups
}

fn ports(service: &Object, pod: &Object) -> Vec<EndpointPort> {
    let ports = service.spec::<ServiceSpec>().ports.iter().flatten();
    ports
        .filter_map(|port| {
            Some(EndpointPort {
                name: Some(port.name.clone().unwrap_or_default()),
                port: Some(backends::port_on(pod, port)?),
                protocol: port.protocol.clone(),
                app_protocol: port.app_protocol.clone(),
            })
        })
        .collect()
}

fn endpoint(service: &Object, pod: &Object, read: Reader<'_>) -> Endpoint {
    let serving = pods::is_ready(pod);
    let terminating = pod.deleting();
    let publish = service.spec::<ServiceSpec>().publish_not_ready_addresses == Some(true);
    let node = pods::node(pod).map(str::to_string);
    let zone = node
        .as_ref()
        .and_then(|node| read.get(kinds::NODE, "", node)?.labels().get("topology.kubernetes.io/zone").cloned());
    let ready = publish || serving && !terminating;
    let near = service.spec::<ServiceSpec>().traffic_distribution.as_deref().unwrap_or("");
    let hints = hints(near, zone.as_deref(), node.as_deref()).filter(|_| ready || serving && terminating);
    Endpoint {
        hints,
        addresses: backends::address(pod).map(str::to_string).into_iter().collect(),
        conditions: Some(EndpointConditions {
            ready: Some(ready),
            serving: Some(serving),
            terminating: Some(terminating),
        }),
        hostname: backends::hostname(pod, service),
        node_name: node,
        target_ref: Some(backends::reference(pod)),
        zone,
        ..Default::default()
    }
}

/// For whom an endpoint is the nearest.
fn hints(near: &str, zone: Option<&str>, node: Option<&str>) -> Option<EndpointHints> {
    let for_zones = zone.map(|zone| vec![ForZone { name: zone.into() }]);
    match near {
        "PreferClose" | "PreferSameZone" if for_zones.is_some() => Some(EndpointHints { for_zones, for_nodes: None }),
        "PreferSameNode" => {
            let for_nodes = node.map(|node| vec![ForNode { name: node.into() }]);
            Some(EndpointHints { for_zones, for_nodes })
        }
        _ => None,
    }
}

type Planned = (Option<Object>, Vec<EndpointPort>, Vec<Endpoint>);

/// Puts the endpoints of one set of ports into slices: what has a place keeps it, the rest fills up.
fn arrange(ports: Vec<EndpointPort>, endpoints: Vec<Endpoint>, spare: &mut Vec<Object>) -> Vec<Planned> {
    let uid = |endpoint: &Endpoint| endpoint.target_ref.as_ref().and_then(|target| target.uid.clone());
    let mut left: BTreeMap<Option<String>, Endpoint> = BTreeMap::new();
    let mut order = vec![];
    for endpoint in endpoints {
        order.push(uid(&endpoint));
        left.insert(uid(&endpoint), endpoint);
    }
    let mut plan: Vec<Planned> = vec![];
    let (same, other): (Vec<Object>, Vec<Object>) = std::mem::take(spare).into_iter().partition(|slice| {
        let known = slice.spec::<EndpointSlice>();
        known.ports.as_deref().unwrap_or(&[]) == ports
    });
    *spare = other;
    for slice in same {
        let known = slice.spec::<EndpointSlice>().endpoints.clone().unwrap_or_default();
        let kept: Vec<Endpoint> = known.iter().filter_map(|endpoint| left.remove(&uid(endpoint))).collect();
        if kept.is_empty() {
            spare.push(slice);
        } else {
            plan.push((Some(slice), ports.clone(), kept));
        }
    }
    for endpoint in order.iter().filter_map(|uid| left.remove(uid)) {
        match plan.iter_mut().filter(|(.., endpoints)| endpoints.len() < FULL).max_by_key(|(.., e)| e.len()) {
            Some((.., endpoints)) => endpoints.push(endpoint),
            None => plan.push((None, ports.clone(), vec![endpoint])),
        }
    }
    plan
}

fn write(
    service: &Object,
    slice: Option<Object>,
    ports: Vec<EndpointPort>,
    endpoints: Vec<Endpoint>,
    cx: &mut Cx<'_>,
) -> Result<(), ApiError> {
    let labels = labels(service);
    let body = EndpointSlice {
        address_type: "IPv4".into(),
        endpoints: (!endpoints.is_empty()).then_some(endpoints),
        ports: (!ports.is_empty()).then_some(ports),
        ..Default::default()
    };
    let now = Some((TRIGGER.to_string(), crate::control::second(cx.now)));
    match slice {
        Some(mut slice) => {
            if slice.spec::<EndpointSlice>() == &body && slice.labels() == &labels {
                return Ok(());
            }
            *slice.spec_mut::<EndpointSlice>() = body;
            let meta = slice.meta_mut();
            meta.labels = Some(labels);
            meta.annotations.get_or_insert_default().extend(now);
            gone_is_fine(cx.update(slice).map(drop))
        }
        None => {
            let meta = ObjectMeta {
                generate_name: Some(format!("{}-", service.name())),
                namespace: service.meta.namespace.clone(),
                labels: Some(labels),
                annotations: Some(now.into_iter().collect()),
                owner_references: Some(vec![service.controller_reference()]),
                ..Default::default()
            };
            gone_is_fine(cx.create(Object::new(kinds::ENDPOINT_SLICE, meta, body, ())).map(drop))
        }
    }
}

/// The service's own labels, and those that say whose slice it is.
fn labels(service: &Object) -> BTreeMap<String, String> {
    let mut labels = service.labels().clone();
    labels.insert(SERVICE_NAME.into(), service.name().into());
    labels.insert(MANAGED_BY.into(), MANAGER.into());
    labels.remove(HEADLESS);
    if backends::is_headless(service) {
        labels.insert(HEADLESS.into(), String::new());
    }
    labels
}
