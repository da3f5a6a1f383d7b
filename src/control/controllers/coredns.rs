//! CoreDNS: keeps the names of Services. Its answers are given by the packet walk, which must first reach one of its pods.
//!
//! Models: CoreDNS plugin `kubernetes`.
//! Left out: SRV and PTR records, its own cache; while all its pods are down the records still follow the objects.

use super::kube_proxy::service_of;
use crate::api::{ApiError, Object, Reader, kinds};
use crate::control::{Again, Controller, Cx};
use crate::net::tables::Record;
use crate::store::{Change, Key};
use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use std::collections::BTreeMap;
use std::rc::Rc;

pub struct CoreDns;

impl Controller for CoreDns {
    fn name(&self) -> &'static str {
        "coredns"
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        service_of(change).into_iter().collect()
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let suffix = format!("{}.{}.svc.cluster.local", key.name, key.namespace);
        let below = format!(".{suffix}");
        let fresh = records(cx.read(), key, &suffix);
        let dns = Rc::make_mut(&mut cx.tables.dns);
        dns.retain(|name, _| *name != suffix && !name.ends_with(&below));
        dns.extend(fresh);
        Ok(Again::OnChange)
    }
}

fn records(read: Reader<'_>, key: &Key, name: &str) -> BTreeMap<String, Record> {
    let mut records = BTreeMap::new();
    let Some(service) = read.get(kinds::SERVICE, &key.namespace, &key.name) else { return records };
    let spec = service.spec::<ServiceSpec>();
    if spec.type_.as_deref() == Some("ExternalName") {
        records.insert(name.into(), Record::Alias(spec.external_name.clone().unwrap_or_default()));
        return records;
    }
    if let Some(address) = spec.cluster_ip.as_deref().and_then(|ip| ip.parse().ok()) {
        records.insert(name.into(), Record::Addresses(vec![address]));
        return records;
    }
    let mut all = vec![];
    for slice in read.list(kinds::ENDPOINT_SLICE, Some(&key.namespace)) {
        if slice.labels().get("kubernetes.io/service-name").is_none_or(|service| **service != *key.name) {
            continue;
        }
        for endpoint in slice.spec::<EndpointSlice>().endpoints.iter().flatten() {
            let ready = endpoint.conditions.as_ref().is_none_or(|c| c.ready != Some(false));
            let Some(address) = endpoint.addresses.first().and_then(|a| a.parse().ok()).filter(|_| ready) else {
                continue;
            };
            all.push(address);
            if let Some(host) = &endpoint.hostname {
                records.insert(format!("{host}.{name}"), Record::Addresses(vec![address]));
            }
        }
    }
    if !all.is_empty() {
        records.insert(name.into(), Record::Addresses(all));
    }
    records
}
