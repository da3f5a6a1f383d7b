//! What a quota counts: which objects it is about, how much each uses, whether that is still allowed.
//!
//! Models: `pkg/quota/v1/evaluator/core`, `apiserver/pkg/quota/v1/generic`, `apiserver/pkg/admission/plugin/resourcequota`.
//! Left out: resource claims, resizing of pods, volume attributes classes.

use super::amounts::{self, Amounts};
use super::kinds::persistent_volume_claim;
use super::kinds::pod_spec::qos_class;
use super::object::Object;
use crate::base::quantity::{Format, Quantity};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{
    Container, PersistentVolumeClaimSpec, PodSpec, PodStatus, ResourceQuotaSpec, ScopedResourceSelectorRequirement,
    ServiceSpec,
};
use std::collections::{BTreeMap, BTreeSet};

/// What every container must say for itself when a quota is about it.
const NEEDED: [&str; 6] = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// Resources that are counted under their plain names, too.
const COUNTED: [&str; 4] = ["configmaps", "secrets", "resourcequotas", "replicationcontrollers"];

const PER_CLASS: &str = ".storageclass.storage.k8s.io/";

/// Whether objects of this resource count under this name.
pub fn concerns(resource: &str, name: &str) -> bool {
    if name.strip_prefix("count/") == Some(resource) {
        return true;
    }
    match resource {
        "pods" => {
            let plain = name.strip_prefix("requests.").or_else(|| name.strip_prefix("limits.")).unwrap_or(name);
            name == "pods"
                || matches!(plain, "cpu" | "memory" | "ephemeral-storage")
                || plain.starts_with("hugepages-")
                || name.starts_with("requests.") && plain.contains('/') && !name.contains(PER_CLASS)
        }
        "services" => matches!(name, "services" | "services.nodeports" | "services.loadbalancers"),
        "persistentvolumeclaims" => {
            matches!(name, "persistentvolumeclaims" | "requests.storage") || name.contains(PER_CLASS)
        }
        other => COUNTED.contains(&other) && name == other,
    }
}

/// What an object uses at a time.
pub fn usage(object: &Object, now: Time) -> Amounts {
    let one = || Quantity::from_units(1, Format::DecimalSi);
    let resource = object.kind.names().resource;
    let mut used = Amounts::from([(format!("count/{resource}"), one())]);
    match resource {
        "pods" if !counts(object, now) => {}
        "pods" => {
            let spec = object.spec::<PodSpec>();
            used.insert("pods".into(), one());
            asked(&amounts::requests(spec), &amounts::limits(spec), &mut used);
        }
        "services" => {
            used.insert("services".into(), one());
            let spec = object.spec::<ServiceSpec>();
            let ports = spec.ports.as_ref().map_or(0, Vec::len) as i64;
            let ports = Quantity::from_units(ports, Format::DecimalSi);
            match spec.type_.as_deref() {
                Some("NodePort") => drop(used.insert("services.nodeports".into(), ports)),
                Some("LoadBalancer") => {
                    used.insert("services.loadbalancers".into(), one());
                    if spec.allocate_load_balancer_node_ports != Some(false) {
                        used.insert("services.nodeports".into(), ports);
                    }
                }
                _ => {}
            }
        }
        "persistentvolumeclaims" => {
            used.insert("persistentvolumeclaims".into(), one());
            let class = persistent_volume_claim::class(object).filter(|class| !class.is_empty());
            if let Some(class) = class {
                used.insert(format!("{class}{PER_CLASS}persistentvolumeclaims"), one());
            }
            let spec = object.spec::<PersistentVolumeClaimSpec>();
            let requests = amounts::of(spec.resources.as_ref().and_then(|r| r.requests.as_ref()));
            if let Some(size) = requests.get("storage") {
                used.insert("requests.storage".into(), size.clone());
                if let Some(class) = class {
                    used.insert(format!("{class}{PER_CLASS}requests.storage"), size.clone());
                }
            }
        }
        other if COUNTED.contains(&other) => drop(used.insert(other.into(), one())),
        _ => {}
    }
    used
}

/// Whether a pod still uses anything: it is not over, and its grace period is not.
fn counts(pod: &Object, now: Time) -> bool {
    let over = matches!(pod.status::<PodStatus>().phase.as_deref(), Some("Failed" | "Succeeded"));
    let end = pod.meta.deletion_timestamp.as_ref().map(|t| Time::of(t.0));
    !over && end.is_none_or(|end| now <= end + Span::seconds(1))
}

/// Requests and limits under the names that quotas have for them.
fn asked(requests: &Amounts, limits: &Amounts, used: &mut Amounts) {
    for (name, amount) in requests {
        if matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-") {
            used.insert(name.clone(), amount.clone());
        }
        used.insert(format!("requests.{name}"), amount.clone());
    }
    for (name, amount) in limits {
        if matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") {
            used.insert(format!("limits.{name}"), amount.clone());
        }
    }
}

/// Whether a quota's scopes include an object.
pub fn in_scope(quota: &ResourceQuotaSpec, object: &Object) -> bool {
    let plain = quota.scopes.iter().flatten();
    let selected = quota.scope_selector.as_ref().and_then(|s| s.match_expressions.as_ref()).into_iter().flatten();
    let mut rules: Vec<(&str, Option<&ScopedResourceSelectorRequirement>)> =
        plain.map(|s| (s.as_str(), None)).collect();
    rules.extend(selected.map(|rule| (rule.scope_name.as_str(), Some(rule))));
    let Some(spec) = object.try_spec::<PodSpec>() else { return rules.is_empty() };
    rules.into_iter().all(|(scope, rule)| match scope {
        "Terminating" => spec.active_deadline_seconds.is_some_and(|seconds| seconds >= 0),
        "NotTerminating" => spec.active_deadline_seconds.is_none_or(|seconds| seconds < 0),
        "BestEffort" => qos_class(spec) == "BestEffort",
        "NotBestEffort" => qos_class(spec) != "BestEffort",
        "PriorityClass" => {
            let class = spec.priority_class_name.as_deref().unwrap_or("");
            let Some(rule) = rule else { return !class.is_empty() };
            let named = rule.values.iter().flatten().any(|value| value == class);
            match rule.operator.as_str() {
                "In" => !class.is_empty() && named,
                "NotIn" => !named,
                "DoesNotExist" => class.is_empty(),
                _ => !class.is_empty(),
            }
        }
        "CrossNamespacePodAffinity" => reaches_out(spec),
        _ => false,
    })
}

/// Whether its affinity is about pods of other namespaces.
fn reaches_out(spec: &PodSpec) -> bool {
    let Some(affinity) = &spec.affinity else { return false };
    let (near, far) = (affinity.pod_affinity.as_ref(), affinity.pod_anti_affinity.as_ref());
    let required = near
        .and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref())
        .into_iter()
        .chain(far.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref()))
        .flatten();
    let preferred = near
        .and_then(|a| a.preferred_during_scheduling_ignored_during_execution.as_ref())
        .into_iter()
        .chain(far.and_then(|a| a.preferred_during_scheduling_ignored_during_execution.as_ref()))
        .flatten()
        .map(|weighted| &weighted.pod_affinity_term);
    required.chain(preferred).any(|term| {
        term.namespaces.as_ref().is_some_and(|names| !names.is_empty()) || term.namespace_selector.is_some()
    })
}

/// What a pod's containers must say because a quota is about it, and do not: `must specify limits.cpu for: c`.
pub fn unsaid(spec: &PodSpec, hard: &Amounts) -> Option<String> {
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    for container in all {
        let said = said(container);
        for name in NEEDED.iter().filter(|name| hard.contains_key(**name) && !said.contains_key(**name)) {
            missing.entry(name).or_default().insert(&container.name);
        }
    }
    if missing.is_empty() {
        return None;
    }
    let texts: Vec<String> = missing
        .into_iter()
        .map(|(name, containers)| format!("{name} for: {}", containers.into_iter().collect::<Vec<_>>().join(",")))
        .collect();
    Some(format!("must specify {}", texts.join("; ")))
}

fn said(container: &Container) -> Amounts {
    let mut used = Amounts::new();
    if let Some(resources) = &container.resources {
        asked(&amounts::of(resources.requests.as_ref()), &amounts::of(resources.limits.as_ref()), &mut used);
    }
    used
}

/// `used` with `more`, where both the quota and the request have the name.
pub fn charged(used: &Amounts, more: &Amounts, hard: &Amounts) -> Amounts {
    let mut sum = used.clone();
    for (name, amount) in more.iter().filter(|(name, _)| hard.contains_key(*name)) {
        sum.entry(name.clone()).or_insert(Quantity::ZERO).add(amount);
    }
    sum
}
