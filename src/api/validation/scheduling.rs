//! What steers the scheduler: affinity, tolerations, topology spread, node selectors.

use super::{check, one_of, quoted, text};
use crate::api::errors::FieldErrors;
use k8s_openapi::api::core::v1::{
    Affinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, PodSpec, Toleration,
    TopologySpreadConstraint, WeightedPodAffinityTerm,
};

pub fn affinity(affinity: &Affinity, path: &str, errors: &mut FieldErrors) {
    if let Some(node) = &affinity.node_affinity {
        let path = format!("{path}.nodeAffinity");
        if let Some(required) = &node.required_during_scheduling_ignored_during_execution {
            let path = format!("{path}.requiredDuringSchedulingIgnoredDuringExecution");
            node_selector(required, &path, errors);
        }
        let preferred = node.preferred_during_scheduling_ignored_during_execution.iter().flatten();
        for (n, item) in preferred.enumerate() {
            let path = format!("{path}.preferredDuringSchedulingIgnoredDuringExecution[{n}]");
            weight(item.weight, &path, errors);
            term(&item.preference, &format!("{path}.preference"), errors);
        }
    }
    if let Some(pods) = &affinity.pod_affinity {
        let path = format!("{path}.podAffinity");
        let required = pods.required_during_scheduling_ignored_during_execution.as_deref();
        let preferred = pods.preferred_during_scheduling_ignored_during_execution.as_deref();
        pod_terms(required, preferred, &path, errors);
    }
    if let Some(pods) = &affinity.pod_anti_affinity {
        let path = format!("{path}.podAntiAffinity");
        let required = pods.required_during_scheduling_ignored_during_execution.as_deref();
        let preferred = pods.preferred_during_scheduling_ignored_during_execution.as_deref();
        pod_terms(required, preferred, &path, errors);
    }
}

fn weight(weight: i32, path: &str, errors: &mut FieldErrors) {
    if !(1..=100).contains(&weight) {
        errors.invalid(format!("{path}.weight"), weight, "must be in the range 1-100");
    }
}

fn pod_terms(
    required: Option<&[PodAffinityTerm]>,
    preferred: Option<&[WeightedPodAffinityTerm]>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let topology = |item: &PodAffinityTerm, path: &str, errors: &mut FieldErrors| {
        let path = format!("{path}.topologyKey");
        if item.topology_key.is_empty() {
            errors.required(path, "can not be empty");
        } else {
            check(errors, path, &item.topology_key, text::qualified_name(&item.topology_key));
        }
    };
    for (n, item) in required.unwrap_or(&[]).iter().enumerate() {
        topology(item, &format!("{path}.requiredDuringSchedulingIgnoredDuringExecution[{n}]"), errors);
    }
    for (n, item) in preferred.unwrap_or(&[]).iter().enumerate() {
        let path = format!("{path}.preferredDuringSchedulingIgnoredDuringExecution[{n}]");
        weight(item.weight, &path, errors);
        topology(&item.pod_affinity_term, &format!("{path}.podAffinityTerm"), errors);
    }
}

/// Terms of which one must hold; there must be one.
pub fn node_selector(selector: &NodeSelector, path: &str, errors: &mut FieldErrors) {
    if selector.node_selector_terms.is_empty() {
        errors.required(format!("{path}.nodeSelectorTerms"), "must have at least one node selector term");
    }
    for (n, item) in selector.node_selector_terms.iter().enumerate() {
        term(item, &format!("{path}.nodeSelectorTerms[{n}]"), errors);
    }
}

fn term(term: &NodeSelectorTerm, path: &str, errors: &mut FieldErrors) {
    for (n, item) in term.match_expressions.iter().flatten().enumerate() {
        requirement(item, &format!("{path}.matchExpressions[{n}]"), errors);
    }
}

fn requirement(item: &NodeSelectorRequirement, path: &str, errors: &mut FieldErrors) {
    let count = item.values.as_ref().map_or(0, Vec::len);
    match item.operator.as_str() {
        "In" | "NotIn" => {
            if count == 0 {
                let why = "must be specified when `operator` is 'In' or 'NotIn'";
                errors.required(format!("{path}.values"), why);
            }
        }
        "Exists" | "DoesNotExist" => {
            if count > 0 {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(format!("{path}.values"), why);
            }
        }
        "Gt" | "Lt" => {
            if count != 1 {
                let why = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                errors.required(format!("{path}.values"), why);
            }
        }
        other => errors.invalid(format!("{path}.operator"), quoted(other), "not a valid selector operator"),
    }
    check(errors, format!("{path}.key"), &item.key, text::qualified_name(&item.key));
}

pub fn tolerations(list: &[Toleration], path: &str, errors: &mut FieldErrors) {
    for (n, toleration) in list.iter().enumerate() {
        let path = format!("{path}[{n}]");
        let key = toleration.key.as_deref().unwrap_or("");
        let operator = toleration.operator.as_deref().unwrap_or("");
        let effect = toleration.effect.as_deref().unwrap_or("");
        if !key.is_empty() {
            check(errors, format!("{path}.key"), key, text::qualified_name(key));
        } else if operator != "Exists" {
            let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.invalid(format!("{path}.operator"), quoted(operator), why);
        }
        if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
            let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.invalid(format!("{path}.effect"), quoted(effect), why);
        }
        let value = toleration.value.as_deref().unwrap_or("");
        match operator {
            "Equal" | "" => check(errors, format!("{path}.operator"), value, text::label_value(value)),
            "Exists" => {
                if !value.is_empty() {
                    let value = serde_json::to_string(toleration).expect("a toleration is JSON");
                    let why = "value must be empty when `operator` is 'Exists'";
                    errors.invalid(format!("{path}.operator"), value, why);
                }
            }
            other => errors.not_supported(format!("{path}.operator"), quoted(other), &["Equal", "Exists"]),
        }
        if !effect.is_empty() {
            let valid = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
            one_of(errors, format!("{path}.effect"), effect, &valid);
        }
    }
}

pub fn spread(list: &[TopologySpreadConstraint], path: &str, errors: &mut FieldErrors) {
    for (n, constraint) in list.iter().enumerate() {
        let path = format!("{path}[{n}]");
        if constraint.max_skew <= 0 {
            errors.invalid(format!("{path}.maxSkew"), constraint.max_skew, "must be greater than zero");
        }
        if constraint.topology_key.is_empty() {
            errors.required(format!("{path}.topologyKey"), "can not be empty");
        }
        let when = &constraint.when_unsatisfiable;
        one_of(errors, format!("{path}.whenUnsatisfiable"), when, &["DoNotSchedule", "ScheduleAnyway"]);
        let repeats = |other: &TopologySpreadConstraint| {
            other.topology_key == constraint.topology_key && other.when_unsatisfiable == *when
        };
        if list[..n].iter().any(repeats) {
            let value = format!("{{{}, {when}}}", constraint.topology_key);
            errors.duplicate(format!("{path}.{{topologyKey, whenUnsatisfiable}}"), quoted(&value));
        }
    }
}

pub fn validate(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    if let Some(item) = &spec.affinity {
        affinity(item, &format!("{path}.affinity"), errors);
    }
    spread(
        spec.topology_spread_constraints.as_deref().unwrap_or(&[]),
        &format!("{path}.topologySpreadConstraints"),
        errors,
    );
}
