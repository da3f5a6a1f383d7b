//! Endpoints written by hand for a Service without selector are mirrored as EndpointSlices.
//!
//! Models: `pkg/controller/endpointslicemirroring`.
//! Left out: more than 1000 addresses of one subset, IPv6.

use crate::api::{ApiError, DeleteOptions, Object, Reader, Reason, kinds};
use crate::control::backends::{self, MANAGED_BY, SERVICE_NAME};
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use k8s_openapi::api::core::v1::{EndpointAddress, EndpointSubset, Endpoints};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

pub struct Mirroring;

const MANAGER: &str = "endpointslicemirroring-controller.k8s.io";
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";

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
            let skipped = endpoints.labels().get(SKIP).is_some_and(|value| value == "true");
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
            for subset in endpoints.spec::<Endpoints>().subsets.iter().flatten() {
                write(endpoints, known.pop(), slice(subset), cx)?;
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

fn slice(subset: &EndpointSubset) -> EndpointSlice {
    let endpoint = |address: &EndpointAddress, ready: bool| Endpoint {
        addresses: vec![address.ip.clone()],
        conditions: Some(EndpointConditions { ready: Some(ready), ..Default::default() }),
        hostname: address.hostname.clone(),
        node_name: address.node_name.clone(),
        target_ref: address.target_ref.clone(),
        ..Default::default()
    };
    let ready = subset.addresses.iter().flatten().map(|address| endpoint(address, true));
    let waiting = subset.not_ready_addresses.iter().flatten().map(|address| endpoint(address, false));
    let ports = subset.ports.iter().flatten().map(|port| EndpointPort {
        name: Some(port.name.clone().unwrap_or_default()),
        port: Some(port.port),
        protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".into())),
        app_protocol: port.app_protocol.clone(),
    });
    EndpointSlice {
        address_type: "IPv4".into(),
        endpoints: Some(ready.chain(waiting).collect()),
        ports: Some(ports.collect()),
        ..Default::default()
    }
}

fn write(owner: &Object, known: Option<Object>, body: EndpointSlice, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    match known {
        Some(mut slice) => {
            if slice.spec::<EndpointSlice>() != &body {
                *slice.spec_mut::<EndpointSlice>() = body;
                cx.update(slice)?;
            }
        }
        None => {
            let mut labels = owner.labels().clone();
            labels.insert(SERVICE_NAME.into(), owner.name().into());
            labels.insert(MANAGED_BY.into(), MANAGER.into());
            let meta = ObjectMeta {
                generate_name: Some(format!("{}-", owner.name())),
                namespace: owner.meta.namespace.clone(),
                labels: Some(labels),
                owner_references: Some(vec![owner.controller_reference()]),
                ..Default::default()
            };
            cx.create(Object::new(kinds::ENDPOINT_SLICE, meta, body, ()))?;
        }
    }
    Ok(())
}
