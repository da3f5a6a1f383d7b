//! Endpoints, the older form of EndpointSlices: one object per Service.
//!
//! Models: `pkg/controller/endpoint/endpoints_controller.go`, `pkg/api/v1/endpoints/util.go` (`RepackSubsets`).

use crate::api::{ApiError, DeleteOptions, Object, Reader, Reason, kinds};
use crate::control::backends::{self, HEADLESS, TRIGGER};
use crate::control::{Again, Controller, Cx, pods};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::core::v1::{EndpointAddress, EndpointPort, EndpointSubset, Endpoints, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;

pub struct EndpointsController;

const MANAGED: &str = "endpoints.kubernetes.io/managed-by";
const CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
/// Addresses that an Endpoints object may have.
const MOST: usize = 1000;

impl Controller for EndpointsController {
    fn name(&self) -> &'static str {
        "endpoint-controller"
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        if change.key.resource == "endpoints" {
            let gone = change.new.is_none();
            let key = Key { resource: "services", ..change.key.clone() };
            return if gone { vec![key] } else { vec![] };
        }
        backends::services(change, read)
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(service) = cx.read().by_key(key).cloned() else {
            let deleted = cx.delete(kinds::ENDPOINTS, &key.namespace, &key.name, &DeleteOptions::default());
            lost_is_fine(deleted.map(drop))?;
            return Ok(Again::OnChange);
        };
        if backends::selector(&service).is_none() {
            return Ok(Again::OnChange);
        }
        let mut places = vec![];
        for pod in backends::pods_of(&service, cx.read()).filter(|pod| !pod.deleting()) {
            places.extend(place(&service, pod));
        }
        cx.takes(Span::millis(places.len() as u64 / 20));
        let over = places.len() > MOST;
        places.truncate(MOST);
        write(&service, repack(places), over, cx)?;
        Ok(Again::OnChange)
    }
}

fn lost_is_fine(result: Result<(), ApiError>) -> Result<(), ApiError> {
    match result {
        Err(error) if !matches!(error.reason, Reason::NotFound | Reason::Forbidden) => Err(error),
        _ => Ok(()),
    }
}

/// An address with one of its ports, and whether it takes traffic.
struct Place {
    address: EndpointAddress,
    port: Option<EndpointPort>,
    ready: bool,
}

/// A pod behind a service: once for each port that it offers.
fn place(service: &Object, pod: &Object) -> Vec<Place> {
    let spec = service.spec::<ServiceSpec>();
    let address = EndpointAddress {
        ip: backends::address(pod).unwrap_or("").into(),
        hostname: backends::hostname(pod, service),
        node_name: pods::node(pod).map(str::to_string),
        target_ref: Some(backends::reference(pod)),
    };
    let ready = spec.publish_not_ready_addresses == Some(true) || pods::is_ready(pod);
    let ports = spec.ports.as_deref().unwrap_or(&[]);
    if ports.is_empty() {
        let headless = backends::is_headless(service);
        return if headless { vec![Place { address, port: None, ready }] } else { vec![] };
    }
    let offered = ports.iter().filter_map(|port| {
        Some(EndpointPort {
            name: port.name.clone().filter(|name| !name.is_empty()),
            port: backends::port_on(pod, port)?,
            protocol: port.protocol.clone(),
            app_protocol: port.app_protocol.clone(),
        })
    });
    offered.map(|port| Place { address: address.clone(), port: Some(port), ready }).collect()
}

/// Addresses with the same ports form a subset.
fn repack(places: Vec<Place>) -> Vec<EndpointSubset> {
    let mut by_address: BTreeMap<(String, String), (EndpointAddress, bool, Vec<EndpointPort>)> = BTreeMap::new();
    for Place { address, port, ready } in places {
        let uid = address.target_ref.as_ref().and_then(|target| target.uid.clone()).unwrap_or_default();
        let entry = by_address.entry((address.ip.clone(), uid)).or_insert_with(|| (address, ready, vec![]));
        entry.2.extend(port);
    }
    let mut subsets: Vec<EndpointSubset> = vec![];
    for (address, ready, ports) in by_address.into_values() {
        let at = subsets.iter().position(|subset| subset.ports.as_deref().unwrap_or(&[]) == ports);
        let at = at.unwrap_or_else(|| {
            subsets.push(EndpointSubset { ports: (!ports.is_empty()).then_some(ports), ..Default::default() });
            subsets.len() - 1
        });
        let subset = &mut subsets[at];
        let list = if ready { &mut subset.addresses } else { &mut subset.not_ready_addresses };
        list.get_or_insert_default().push(address);
    }
    subsets
}

fn write(service: &Object, subsets: Vec<EndpointSubset>, over: bool, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let mut labels = service.labels().clone();
    labels.insert(MANAGED.into(), "endpoint-controller".into());
    labels.remove(HEADLESS);
    if backends::is_headless(service) {
        labels.insert(HEADLESS.into(), String::new());
    }
    let subsets = (!subsets.is_empty()).then_some(subsets);
    let known = current(service, cx.read());
    if let Some(known) = &known
        && known.spec::<Endpoints>().subsets == subsets
        && known.labels() == &labels
        && known.annotations().contains_key(CAPACITY) == over
    {
        return Ok(());
    }
    let mut annotations = known.as_ref().map(|known| known.annotations().clone()).unwrap_or_default();
    annotations.insert(TRIGGER.into(), crate::control::second(cx.now));
    annotations.remove(CAPACITY);
    if over {
        annotations.insert(CAPACITY.into(), "truncated".into());
    }
    let body = Endpoints { subsets, ..Default::default() };
    let result = match known {
        Some(mut known) => {
            *known.spec_mut::<Endpoints>() = body;
            let meta = known.meta_mut();
            (meta.labels, meta.annotations) = (Some(labels), Some(annotations));
            cx.update(known)
        }
        None => {
            let meta = ObjectMeta {
                name: service.meta.name.clone(),
                namespace: service.meta.namespace.clone(),
                labels: Some(labels),
                annotations: Some(annotations),
                ..Default::default()
            };
            cx.create(Object::new(kinds::ENDPOINTS, meta, body, ()))
        }
    };
    lost_is_fine(result.map(drop))
}

fn current(service: &Object, read: Reader<'_>) -> Option<Object> {
    read.get(kinds::ENDPOINTS, service.namespace(), service.name()).cloned()
}
