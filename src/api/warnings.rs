//! What the server says about an object that it takes all the same: `Warning: ...`.
//!
//! Models: `pkg/api/pod/warnings.go`, `pkg/api/service/warnings.go`, `pkg/registry/apps/deployment/strategy.go`.
//! Left out: warnings about annotations that are no more.

use super::kinds;
use super::object::Object;
use super::pod_security;
use super::server::Reader;
use super::validation::{network, text};
use crate::base::quantity::Quantity;
use k8s_openapi::api::core::v1::{Container, PersistentVolumeClaimSpec, PersistentVolumeSpec, PodSpec, ServiceSpec};

/// The warnings about an object as it is sent.
pub fn of(object: &Object, read: Reader<'_>) -> Vec<String> {
    let mut warnings = super::custom::warnings::of(object);
    let own = object.try_spec::<PodSpec>();
    let spec = own.or_else(|| object.kind.template(object).and_then(|template| template.spec.as_ref()));
    if let Some(words) = spec.and_then(|spec| pod_security::complaint(read, object.namespace(), "warn", spec)) {
        warnings.push(format!("would violate {words}"));
    }
    if object.kind == kinds::ENDPOINTS {
        warnings.push("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".into());
    }
    if let Some(spec) = object.try_spec::<PodSpec>() {
        pod(spec, "spec", &mut warnings);
    }
    if let Some(spec) = object.kind.template(object).and_then(|template| template.spec.as_ref()) {
        let named = ["deployments.apps", "replicasets.apps", "replicationcontrollers", "jobs.batch", "cronjobs.batch"];
        if named.contains(&object.kind.names().resource) {
            let problems = text::label(object.name());
            if !problems.is_empty() {
                warnings.push(format!(
                    "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [{}]",
                    problems.join(" ")
                ));
            }
        }
        pod(spec, "spec.template.spec", &mut warnings);
    }
    if let Some(spec) = object.try_spec::<ServiceSpec>()
        && spec.cluster_ip.as_deref() == Some("None")
        && spec.session_affinity.as_deref() == Some("ClientIP")
    {
        warnings.push("spec.SessionAffinity is ignored for headless services".into());
    }
    if object.kind == kinds::INGRESS && object.annotations().contains_key(network::CLASS) {
        let old = network::CLASS;
        warnings.push(format!("annotation \"{old}\" is deprecated, please use 'spec.ingressClassName' instead"));
    }
    storage(object, &mut warnings);
    warnings
}

/// Volumes and claims.
fn storage(object: &Object, warnings: &mut Vec<String>) {
    let volume = object.try_spec::<PersistentVolumeSpec>();
    let claim = object.try_spec::<PersistentVolumeClaimSpec>();
    if volume.is_none() && claim.is_none() {
        return;
    }
    let old = "volume.beta.kubernetes.io/storage-class";
    if object.annotations().contains_key(old) {
        warnings.push(format!(
            "metadata.annotations[{old}]: deprecated since v1.8; use \"storageClassName\" attribute instead"
        ));
    }
    if volume.is_some_and(|spec| spec.persistent_volume_reclaim_policy.as_deref() == Some("Recycle")) {
        warnings.push(
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning."
                .into(),
        );
    }
    let requests = claim.and_then(|spec| spec.resources.as_ref()).and_then(|r| r.requests.as_ref());
    if let Some(size) = requests.and_then(|all| all.get("storage"))
        && Quantity::parse(&size.0).is_ok_and(|amount| amount.milli() % 1000 != 0)
    {
        warnings.push(format!(
            "spec.resources.requests[storage]: fractional byte value \"{}\" is invalid, must be an integer",
            size.0
        ));
    }
}

fn pod(spec: &PodSpec, path: &str, warnings: &mut Vec<String>) {
    for key in spec.node_selector.iter().flatten().map(|(key, _)| key) {
        let instead = match key.as_str() {
            "beta.kubernetes.io/arch" => "kubernetes.io/arch",
            "beta.kubernetes.io/os" => "kubernetes.io/os",
            "failure-domain.beta.kubernetes.io/region" => "topology.kubernetes.io/region",
            "failure-domain.beta.kubernetes.io/zone" => "topology.kubernetes.io/zone",
            "beta.kubernetes.io/instance-type" => "node.kubernetes.io/instance-type",
            _ => continue,
        };
        let since = if key.ends_with("/arch") || key.ends_with("/os") { "v1.14" } else { "v1.17" };
        warnings.push(format!("{path}.nodeSelector[{key}]: deprecated since {since}; use \"{instead}\" instead"));
    }
    for (n, volume) in spec.volumes.iter().flatten().enumerate() {
        if volume.git_repo.is_some() {
            warnings
                .push(format!("{path}.volumes[{n}].gitRepo: deprecated in v1.11, and disabled by default in v1.33+"));
        }
    }
    let lists = [
        ("initContainers", spec.init_containers.as_deref().unwrap_or(&[])),
        ("containers", spec.containers.as_slice()),
    ];
    for (list, containers) in lists {
        for (n, item) in containers.iter().enumerate() {
            container(item, &format!("{path}.{list}[{n}]"), warnings);
        }
    }
}

fn container(container: &Container, path: &str, warnings: &mut Vec<String>) {
    let env = container.env.as_deref().unwrap_or(&[]);
    for (n, variable) in env.iter().enumerate() {
        let refers = variable.value.as_deref().is_some_and(|value| value.contains(&format!("$({})", variable.name)));
        if !refers && env[..n].iter().any(|earlier| earlier.name == variable.name) {
            warnings.push(format!(
                "{path}.env[{n}]: hides previous definition of \"{}\", which may be dropped when using apply",
                variable.name
            ));
        }
    }
    let ports = container.ports.as_deref().unwrap_or(&[]);
    for (n, port) in ports.iter().enumerate() {
        let same = |other: &&k8s_openapi::api::core::v1::ContainerPort| {
            other.container_port == port.container_port
                && other.protocol == port.protocol
                && other.host_port == port.host_port
                && other.host_ip == port.host_ip
        };
        if let Some(first) = ports[..n].iter().position(|other| same(&other)) {
            warnings.push(format!("{path}.ports[{n}]: duplicate port definition with {path}.ports[{first}]"));
        }
    }
}
