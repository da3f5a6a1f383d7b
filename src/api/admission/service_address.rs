//! A Service gets its cluster address and its node ports from the cluster's ranges.
//!
//! Models: `pkg/registry/core/service/storage/alloc.go`, `pkg/registry/core/service/ipallocator`.
//! Left out: dual stack.

use super::{Admission, Admit};
use crate::api::errors::{ApiError, FieldErrors};
use crate::api::kinds;
use crate::api::object::Object;
use k8s_openapi::api::core::v1::ServiceSpec;
use std::collections::BTreeSet;

pub struct ServiceAddress;

/// 10.96.0.0/12
const FIRST: u32 = 0x0a60_0000;
const SIZE: u64 = 1 << 20;
/// Addresses below this offset are left for those who name one (`10.96.0.10`).
const RESERVED: u64 = 4096;

impl Admission for ServiceAddress {
    fn admit(&self, object: &mut Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        let Some(spec) = object.try_spec::<ServiceSpec>() else {
            return Ok(());
        };
        let kind = spec.type_.clone().unwrap_or_else(|| "ClusterIP".into());
        if kind == "ExternalName" {
            return Ok(());
        }
        let mut addresses = BTreeSet::new();
        let mut ports = BTreeSet::new();
        for other in cx.read.list(kinds::SERVICE, None) {
            if other.key() == object.key() {
                continue;
            }
            let other = other.spec::<ServiceSpec>();
            addresses.extend(other.cluster_ip.clone());
            ports.extend(other.ports.iter().flatten().filter_map(|port| port.node_port));
        }
        let name = object.name().to_string();
        let names = object.kind.names();
        let was = old.map(|old| old.spec::<ServiceSpec>());
        let spec = object.spec_mut::<ServiceSpec>();
        address(spec, was, &addresses, cx).map_err(|errors| ApiError::invalid(names, &name, errors))?;
        node_ports(spec, was, &kind, &ports, cx).map_err(|errors| ApiError::invalid(names, &name, errors))
    }
}

fn address(
    spec: &mut ServiceSpec,
    was: Option<&ServiceSpec>,
    taken: &BTreeSet<String>,
    cx: &mut Admit<'_>,
) -> Result<(), FieldErrors> {
    if spec.cluster_ip.as_deref().unwrap_or("").is_empty() {
        let kept = was.and_then(|was| was.cluster_ip.clone()).filter(|ip| !ip.is_empty());
        spec.cluster_ip = Some(kept.unwrap_or_else(|| {
            loop {
                let offset = cx.rng.of("service addresses").between(RESERVED, SIZE - 2);
                let [a, b, c, d] = (FIRST + offset as u32).to_be_bytes();
                let ip = format!("{a}.{b}.{c}.{d}");
                if !taken.contains(&ip) {
                    break ip;
                }
            }
        }));
    } else if let Some(ip) = &spec.cluster_ip
        && ip != "None"
        && taken.contains(ip)
    {
        let mut errors = FieldErrors::default();
        let why = format!("failed to allocate IP {ip}: provided IP is already allocated");
        errors.invalid("spec.clusterIPs", format!("[\"{ip}\"]"), &why);
        return Err(errors);
    }
    spec.cluster_ips = spec.cluster_ip.clone().map(|ip| vec![ip]);
    Ok(())
}

fn node_ports(
    spec: &mut ServiceSpec,
    was: Option<&ServiceSpec>,
    kind: &str,
    taken: &BTreeSet<i32>,
    cx: &mut Admit<'_>,
) -> Result<(), FieldErrors> {
    if kind != "NodePort" && kind != "LoadBalancer" {
        // Ports of the nodes go with the type that had them; validation tells the learner of others.
        let before = was.and_then(|was| was.type_.as_deref()).unwrap_or("");
        if ["NodePort", "LoadBalancer"].contains(&before) || kind == "ExternalName" {
            spec.ports.iter_mut().flatten().for_each(|port| port.node_port = None);
        }
        return Ok(());
    }
    let mut used = taken.clone();
    let mut errors = FieldErrors::default();
    for (n, port) in spec.ports.iter_mut().flatten().enumerate() {
        let kept = was
            .and_then(|was| was.ports.iter().flatten().find(|old| old.port == port.port && old.name == port.name))
            .and_then(|old| old.node_port);
        match port.node_port.filter(|port| *port != 0) {
            Some(wanted) if taken.contains(&wanted) => {
                errors.invalid(format!("spec.ports[{n}].nodePort"), wanted, "provided port is already allocated");
            }
            Some(wanted) if !(30000..=32767).contains(&wanted) => {
                let why = "provided port is not in the valid range. The range of valid ports is 30000-32767";
                errors.invalid(format!("spec.ports[{n}].nodePort"), wanted, why);
            }
            Some(_) => {}
            None => {
                port.node_port = kept.or_else(|| {
                    (0..4096)
                        .map(|_| cx.rng.of("node ports").between(30086, 32767) as i32)
                        .find(|port| !used.contains(port))
                });
            }
        }
        used.extend(port.node_port);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
