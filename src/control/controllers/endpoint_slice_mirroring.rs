//! Endpoints written by hand for a Service without selector are mirrored as EndpointSlices.
//!
//! Models: `pkg/controller/endpointslicemirroring`.
//! Left out: the event about a subset of more than 1000 addresses.

use crate::api::{ApiError, DeleteOptions, Object, Reader, Reason, kinds};
use crate::control::backends::{self, MANAGED_BY, SERVICE_NAME};
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use k8s_openapi::api::core::v1::{EndpointAddress, Endpoints};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

pub struct Mirroring;

const MANAGER: &str = "endpointslicemirroring-controller.k8s.io";
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";
const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// So many addresses of a subset are mirrored.
const MOST: usize = 1000;

impl Controller for Mirroring {
    fn name(&self) -> &'static str {
        "endpointslicemirroring-controller"
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "endpoints" | "services" => vec![Key { resource: "endpoints", ..change.key.clone() }],
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let read = cx.read();
        let service = read.get(kinds::SERVICE, &key.namespace, &key.name);
        let endpoints = read.by_key(key).filter(|endpoints| {
            let skipped = endpoints.labels().get(SKIP).is_some_and(|value| value == "true")
                || endpoints.annotations().contains_key(LEADER);
            service.is_some_and(|service| backends::selector(service).is_none()) && !skipped
        });
        let endpoints = endpoints.cloned();
        let mut known: Vec<Object> = read
            .list(kinds::ENDPOINT_SLICE, Some(&key.namespace))
            .filter(|slice| {
                slice.labels().get(SERVICE_NAME).is_some_and(|name| **name == *key.name)
                    && slice.labels().get(MANAGED_BY).is_some_and(|manager| manager == MANAGER)
            })
            .cloned()
            .collect();
        if let Some(endpoints) = &endpoints {
            for group in groups(endpoints.spec()) {
                let same = |slice: &Object| {
                    let body = slice.spec::<EndpointSlice>();
                    body.address_type == group.0 && body.ports.as_deref().unwrap_or(&[]) == group.1
                };
                // The kind of addresses of a slice never changes.
                let fits = |slice: &Object| slice.spec::<EndpointSlice>().address_type == group.0;
                let at = known.iter().position(same).or_else(|| known.iter().position(fits));
                write(endpoints, at.map(|at| known.remove(at)), group, cx)?;
            }
        }
        for slice in known {
            let deleted = cx.delete(kinds::ENDPOINT_SLICE, slice.namespace(), slice.name(), &DeleteOptions::default());
            match deleted {
                Err(error) if error.reason != Reason::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(Again::OnChange)
    }
}

type Group = (&'static str, Vec<EndpointPort>, Vec<Endpoint>);

/// One slice for each family of addresses and set of ports.
fn groups(endpoints: &Endpoints) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![];
    for subset in endpoints.subsets.iter().flatten() {
        let ports: Vec<EndpointPort> = subset.ports.iter().flatten().map(port).collect();
        let ready = subset.addresses.iter().flatten().map(|address| (address, true));
        let waiting = subset.not_ready_addresses.iter().flatten().map(|address| (address, false));
        for (address, ready) in ready.chain(waiting).take(MOST) {
            let family = if address.ip.contains(':') { "IPv6" } else { "IPv4" };
            let endpoint = endpoint(address, ready);
            match groups.iter_mut().find(|(f, p, _)| *f == family && *p == ports) {
                Some((.., list)) => list.push(endpoint),
                None => groups.push((family, ports.clone(), vec![endpoint])),
            }
        }
    }
    groups
}

fn port(port: &k8s_openapi::api::core::v1::EndpointPort) -> EndpointPort {
    EndpointPort {
        name: Some(port.name.clone().unwrap_or_default()),
        port: Some(port.port),
        protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".into())),
        app_protocol: port.app_protocol.clone(),
    }
}

fn endpoint(address: &EndpointAddress, ready: bool) -> Endpoint {
    Endpoint {
        addresses: vec![address.ip.clone()],
        conditions: Some(EndpointConditions { ready: Some(ready), ..Default::default() }),
        hostname: address.hostname.clone(),
        node_name: address.node_name.clone(),
        target_ref: address.target_ref.clone(),
        ..Default::default()
    }
}

fn write(owner: &Object, known: Option<Object>, group: Group, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let (family, ports, endpoints) = group;
    let body = EndpointSlice {
        address_type: family.into(),
        endpoints: Some(endpoints),
        ports: Some(ports),
        ..Default::default()
    };
    let mut labels = owner.labels().clone();
    labels.insert(SERVICE_NAME.into(), owner.name().into());
    labels.insert(MANAGED_BY.into(), MANAGER.into());
    let mut annotations = owner.annotations().clone();
    annotations.retain(|key, _| key != APPLIED);
    let annotations = (!annotations.is_empty()).then_some(annotations);
    match known {
        Some(mut slice) => {
            let same = slice.labels() == &labels && slice.meta.annotations == annotations;
            if slice.spec::<EndpointSlice>() != &body || !same {
                *slice.spec_mut::<EndpointSlice>() = body;
                let meta = slice.meta_mut();
                (meta.labels, meta.annotations) = (Some(labels), annotations);
                cx.update(slice)?;
            }
        }
        None => {
            let meta = ObjectMeta {
                generate_name: Some(format!("{}-", owner.name())),
                namespace: owner.meta.namespace.clone(),
                labels: Some(labels),
                annotations,
                owner_references: Some(vec![owner.controller_reference()]),
                ..Default::default()
            };
            cx.create(Object::new(kinds::ENDPOINT_SLICE, meta, body, ()))?;
        }
    }
    Ok(())
}
