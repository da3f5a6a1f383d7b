//! What the server says about an object that it takes all the same: `Warning: ...`.
//!
//! Models: `pkg/api/pod/warnings.go`, `pkg/api/service/warnings.go`, `pkg/registry/apps/deployment/strategy.go`.
//! Left out: seccomp and AppArmor annotations, addresses in forms that are no standard, overlapping projected paths.

use super::kinds;
use super::object::Object;
use super::pod_security;
use super::server::Reader;
use super::validation::{network, text};
use crate::base::quantity::Quantity;
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, NodeAffinity, NodeSelectorTerm, PersistentVolumeClaimSpec, PersistentVolumeSpec, PodSpec,
    ServiceSpec,
};
use std::collections::{BTreeMap, BTreeSet};

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
        pod(spec, object.annotations(), "", &mut warnings);
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
        let none = BTreeMap::new();
        let meta = object.kind.template(object).and_then(|template| template.metadata.as_ref());
        let annotations = meta.and_then(|meta| meta.annotations.as_ref()).unwrap_or(&none);
        let nested = object.kind == kinds::CRON_JOB;
        let base = if nested { "spec.jobTemplate.spec.template." } else { "spec.template." };
        pod(spec, annotations, base, &mut warnings);
    }
    service(object, &mut warnings);
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

/// Labels of nodes that have another name now.
fn deprecated(key: &str) -> Option<&'static str> {
    Some(match key {
        "beta.kubernetes.io/arch" => "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        "beta.kubernetes.io/os" => "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        "failure-domain.beta.kubernetes.io/region" => {
            "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead"
        }
        "failure-domain.beta.kubernetes.io/zone" => {
            "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"
        }
        "beta.kubernetes.io/instance-type" => {
            "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"
        }
        "app.kubernetes.io/created-by" => "deprecated since v1.9",
        "scheduler.alpha.kubernetes.io/preferAvoidPods" => "deprecated since v1.22; use Taints and Tolerations instead",
        "node-role.kubernetes.io/master" => "use \"node-role.kubernetes.io/control-plane\" instead",
        _ => return None,
    })
}

const ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
];

/// `base`: where the pod or template stands, with the dot behind it.
fn pod(spec: &PodSpec, annotations: &BTreeMap<String, String>, base: &str, warnings: &mut Vec<String>) {
    let path = format!("{base}spec");
    for key in spec.node_selector.iter().flatten().map(|(key, _)| key) {
        if let Some(words) = deprecated(key) {
            warnings.push(format!("{path}.nodeSelector[{key}]: {words}"));
        }
    }
    if let Some(affinity) = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref()) {
        node_affinity(affinity, &format!("{path}.affinity.nodeAffinity"), warnings);
    }
    for (n, constraint) in spec.topology_spread_constraints.iter().flatten().enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{n}]");
        if let Some(words) = deprecated(&constraint.topology_key) {
            warnings.push(format!("{path}.topologyKey: {} is {words}", constraint.topology_key));
        }
        if constraint.label_selector.is_none() {
            warnings.push(format!("{path}.labelSelector: a null labelSelector results in matching no pod"));
        }
    }
    for (key, words) in ANNOTATIONS {
        if annotations.contains_key(key) {
            warnings.push(format!("{base}metadata.annotations[{key}]: {words}"));
        }
    }
    volumes(spec, &path, warnings);
    let mut seen = BTreeSet::new();
    for (n, alias) in spec.host_aliases.iter().flatten().enumerate() {
        if !seen.insert(&alias.ip) {
            warnings.push(format!("{path}.hostAliases[{n}].ip: duplicate ip \"{}\"", alias.ip));
        }
    }
    let secrets = spec.image_pull_secrets.as_deref().unwrap_or(&[]);
    for (n, secret) in secrets.iter().enumerate() {
        if secrets[..n].iter().any(|other| other.name == secret.name) {
            warnings.push(format!("{path}.imagePullSecrets[{n}].name: duplicate name \"{}\"", secret.name));
        }
    }
    for (n, _) in secrets.iter().enumerate().filter(|(_, secret)| secret.name.is_empty()) {
        warnings.push(format!("{path}.imagePullSecrets[{n}].name: invalid empty name \"\""));
    }
    let lists = [
        ("initContainers", spec.init_containers.as_deref().unwrap_or(&[])),
        ("containers", spec.containers.as_slice()),
    ];
    let all = || {
        let numbered = lists.iter().flat_map(|(list, all)| all.iter().enumerate().map(move |(n, one)| (list, n, one)));
        numbered.map(|(list, n, one)| (format!("{path}.{list}[{n}]"), one))
    };
    for (path, container) in all() {
        amounts(container, &path, warnings);
        variables(container, &path, warnings);
    }
    ports(all(), warnings);
    if spec.termination_grace_period_seconds.is_some_and(|grace| grace < 0) {
        warnings.push(format!(
            "{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    pod_affinity(spec, &format!("{path}.affinity"), warnings);
}

fn node_affinity(affinity: &NodeAffinity, path: &str, warnings: &mut Vec<String>) {
    let mut term = |term: &NodeSelectorTerm, preferred: bool, path: String| {
        for (n, item) in term.match_expressions.iter().flatten().enumerate() {
            let path = format!("{path}.matchExpressions[{n}]");
            if let Some(words) = deprecated(&item.key) {
                warnings.push(format!("{path}.key: {} is {words}", item.key));
            }
            for (at, value) in item.values.iter().flatten().enumerate().filter(|_| preferred) {
                for words in text::label_value(value) {
                    warnings.push(format!("{path}.values[{at}]: {value} is invalid, {words}"));
                }
            }
        }
    };
    if let Some(required) = &affinity.required_during_scheduling_ignored_during_execution {
        for (n, item) in required.node_selector_terms.iter().enumerate() {
            let path = format!("{path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{n}]");
            term(item, false, path);
        }
    }
    let preferred = affinity.preferred_during_scheduling_ignored_during_execution.iter().flatten();
    for (n, item) in preferred.enumerate() {
        let path = format!("{path}.preferredDuringSchedulingIgnoredDuringExecution[{n}].preference");
        term(&item.preference, true, path);
    }
}

fn pod_affinity(spec: &PodSpec, path: &str, warnings: &mut Vec<String>) {
    let Some(affinity) = &spec.affinity else { return };
    let to = affinity.pod_affinity.as_ref().map(|to| {
        (
            &to.required_during_scheduling_ignored_during_execution,
            &to.preferred_during_scheduling_ignored_during_execution,
        )
    });
    let anti = affinity.pod_anti_affinity.as_ref().map(|anti| {
        (
            &anti.required_during_scheduling_ignored_during_execution,
            &anti.preferred_during_scheduling_ignored_during_execution,
        )
    });
    for (name, (required, preferred)) in
        [("podAffinity", to), ("podAntiAffinity", anti)].into_iter().filter_map(|(name, lists)| Some((name, lists?)))
    {
        let path = format!("{path}.{name}");
        let words = "labelSelector: a null labelSelector results in matching no pod";
        for (n, item) in required.iter().flatten().enumerate() {
            if item.label_selector.is_none() {
                warnings.push(format!("{path}.requiredDuringSchedulingIgnoredDuringExecution[{n}].{words}"));
            }
        }
        for (n, item) in preferred.iter().flatten().enumerate() {
            if item.pod_affinity_term.label_selector.is_none() {
                let path = format!("{path}.preferredDuringSchedulingIgnoredDuringExecution[{n}]");
                warnings.push(format!("{path}.podAffinityTerm.{words}"));
            }
        }
    }
}

/// Kinds of volume that go, or have gone.
fn volumes(spec: &PodSpec, path: &str, warnings: &mut Vec<String>) {
    for (n, volume) in spec.volumes.iter().flatten().enumerate() {
        for (there, name, words) in [
            (
                volume.photon_persistent_disk.is_some(),
                "photonPersistentDisk",
                "deprecated in v1.11, non-functional in v1.16+",
            ),
            (volume.git_repo.is_some(), "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
            (volume.scale_io.is_some(), "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
            (volume.flocker.is_some(), "flocker", "deprecated in v1.22, non-functional in v1.25+"),
            (volume.storageos.is_some(), "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
            (volume.quobyte.is_some(), "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
            (volume.glusterfs.is_some(), "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
            (volume.cephfs.is_some(), "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
            (volume.rbd.is_some(), "rbd", "deprecated in v1.28, non-functional in v1.31+"),
        ] {
            if there {
                warnings.push(format!("{path}.volumes[{n}].{name}: {words}"));
            }
        }
    }
}

/// Parts of a byte.
fn amounts(container: &Container, path: &str, warnings: &mut Vec<String>) {
    let Some(resources) = &container.resources else { return };
    for name in ["memory", "ephemeral-storage"] {
        for (list, amounts) in [("limits", &resources.limits), ("requests", &resources.requests)] {
            let Some(amount) = amounts.as_ref().and_then(|amounts| amounts.get(name)) else { continue };
            if Quantity::parse(&amount.0).is_ok_and(|amount| amount.milli() % 1000 != 0) {
                warnings.push(format!(
                    "{path}.resources.{list}[{name}]: fractional byte value \"{}\" is invalid, must be an integer",
                    amount.0
                ));
            }
        }
    }
}

fn variables(container: &Container, path: &str, warnings: &mut Vec<String>) {
    let env = container.env.as_deref().unwrap_or(&[]);
    for (n, variable) in env.iter().enumerate() {
        let own = format!("$({})", variable.name);
        let value = variable.value.as_deref().unwrap_or("");
        let builds_on_it = variable.value_from.is_none() && value != own && value.contains(&own);
        if !builds_on_it && env[..n].iter().any(|earlier| earlier.name == variable.name) {
            warnings.push(format!(
                "{path}.env[{n}]: hides previous definition of \"{}\", which may be dropped when using apply",
                variable.name
            ));
        }
    }
}

/// Ports that say the same twice, in all containers together.
fn ports<'a>(containers: impl Iterator<Item = (String, &'a Container)>, warnings: &mut Vec<String>) {
    let mut all: BTreeMap<(i32, &str), Vec<(String, &ContainerPort)>> = BTreeMap::new();
    for (path, container) in containers {
        for (n, port) in container.ports.iter().flatten().enumerate() {
            let path = format!("{path}.ports[{n}]");
            let (host, ip) = (port.host_port.unwrap_or(0), port.host_ip.as_deref().unwrap_or(""));
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            if !ip.is_empty() && host == 0 {
                let name = port.name.as_deref().unwrap_or("");
                let shown = format!(
                    "{{Name:{name} HostPort:0 ContainerPort:{} Protocol:{protocol} HostIP:{ip}}}",
                    port.container_port
                );
                warnings.push(format!("{path}: hostIP set without hostPort: {shown}"));
            }
            let others = all.entry((port.container_port, protocol)).or_default();
            for (at, other) in others.iter() {
                let (their_host, their_ip) = (other.host_port.unwrap_or(0), other.host_ip.as_deref().unwrap_or(""));
                let how = if ip == their_ip && host == their_host {
                    "duplicate"
                } else if host == 0 || their_host == 0 {
                    "overlapping"
                } else if host == their_host && ip.is_empty() != their_ip.is_empty() {
                    "dangerously ambiguous"
                } else {
                    continue;
                };
                warnings.push(format!("{path}: {how} port definition with {at}"));
            }
            others.push((path, port));
        }
    }
}

fn service(object: &Object, warnings: &mut Vec<String>) {
    let Some(spec) = object.try_spec::<ServiceSpec>() else { return };
    if object.annotations().contains_key("service.kubernetes.io/topology-aware-hints") {
        warnings.push(
            "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead"
                .into(),
        );
    }
    let kind = spec.type_.as_deref().unwrap_or("ClusterIP");
    let headless = kind == "ClusterIP" && spec.cluster_ip.as_deref() == Some("None");
    let external = spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    if headless {
        if spec.load_balancer_ip.as_deref().is_some_and(|ip| !ip.is_empty()) {
            warnings.push("spec.loadBalancerIP is ignored for headless services".into());
        }
        if external {
            warnings.push("spec.externalIPs is ignored for headless services".into());
        }
        if spec.session_affinity.as_deref() == Some("ClientIP") {
            warnings.push("spec.SessionAffinity is ignored for headless services".into());
        }
    }
    if external && !headless && kind != "ExternalName" {
        warnings.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters".into());
    }
    if external && kind == "ExternalName" {
        warnings.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".into());
    }
    if kind != "ExternalName" && spec.external_name.as_deref().is_some_and(|name| !name.is_empty()) {
        warnings.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".into());
    }
    if spec.traffic_distribution.as_deref() == Some("PreferClose") {
        warnings.push("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"".into());
    }
}
