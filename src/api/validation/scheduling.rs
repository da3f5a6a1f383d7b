//! What steers the scheduler: affinity, tolerations, topology spread, node selectors.

use super::{check, one_of, quoted, text, workload};
use crate::api::errors::FieldErrors;
use k8s_openapi::api::core::v1::{
    Affinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, Toleration,
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
            term(&item.preference, false, &format!("{path}.preference"), errors);
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
    for (n, item) in required.unwrap_or(&[]).iter().enumerate() {
        pod_term(item, &format!("{path}.requiredDuringSchedulingIgnoredDuringExecution[{n}]"), errors);
    }
    for (n, item) in preferred.unwrap_or(&[]).iter().enumerate() {
        let path = format!("{path}.preferredDuringSchedulingIgnoredDuringExecution[{n}]");
        weight(item.weight, &path, errors);
        pod_term(&item.pod_affinity_term, &format!("{path}.podAffinityTerm"), errors);
    }
}

fn pod_term(item: &PodAffinityTerm, path: &str, errors: &mut FieldErrors) {
    for (field, selector) in [("labelSelector", &item.label_selector), ("namespaceSelector", &item.namespace_selector)]
    {
        if let Some(selector) = selector {
            workload::label_selector(selector, &format!("{path}.{field}"), errors);
        }
    }
    for name in item.namespaces.iter().flatten() {
        check(errors, format!("{path}.namespace"), name, text::label(name));
    }
    let mismatch = item.mismatch_label_keys.as_deref().unwrap_or(&[]);
    let matching = item.match_label_keys.as_deref().unwrap_or(&[]);
    for (field, keys) in [("matchLabelKeys", matching), ("mismatchLabelKeys", mismatch)] {
        if !keys.is_empty() && item.label_selector.is_none() {
            errors.forbidden(format!("{path}.{field}"), "must not be specified when labelSelector is not set");
            continue;
        }
        for (n, key) in keys.iter().enumerate() {
            check(errors, format!("{path}.{field}[{n}]"), key, text::qualified_name(key));
        }
    }
    for (n, key) in matching.iter().enumerate().filter(|(_, key)| mismatch.contains(key)) {
        let why = "exists in both matchLabelKeys and mismatchLabelKeys";
        errors.invalid(format!("{path}.matchLabelKeys[{n}]"), quoted(key), why);
    }
    let path = format!("{path}.topologyKey");
    if item.topology_key.is_empty() {
        errors.required(path.clone(), "can not be empty");
    }
    check(errors, path, &item.topology_key, text::qualified_name(&item.topology_key));
}

/// Terms of which one must hold; there must be one.
pub fn node_selector(selector: &NodeSelector, path: &str, errors: &mut FieldErrors) {
    if selector.node_selector_terms.is_empty() {
        errors.required(format!("{path}.nodeSelectorTerms"), "must have at least one node selector term");
    }
    for (n, item) in selector.node_selector_terms.iter().enumerate() {
        term(item, true, &format!("{path}.nodeSelectorTerms[{n}]"), errors);
    }
}

fn term(term: &NodeSelectorTerm, values: bool, path: &str, errors: &mut FieldErrors) {
    for (n, item) in term.match_expressions.iter().flatten().enumerate() {
        let path = format!("{path}.matchExpressions[{n}]");
        requirement(item, &path, errors);
        // Of what is only preferred, anything goes.
        for (at, value) in item.values.iter().flatten().enumerate().filter(|_| values) {
            check(errors, format!("{path}.values[{at}]"), value, text::label_value(value));
        }
    }
    for (n, item) in term.match_fields.iter().flatten().enumerate() {
        let path = format!("{path}.matchFields[{n}]");
        let wanted = item.values.as_deref().unwrap_or(&[]);
        if !["In", "NotIn"].contains(&item.operator.as_str()) {
            errors.invalid(format!("{path}.operator"), quoted(&item.operator), "not a valid selector operator");
        } else if wanted.len() != 1 {
            let why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
            errors.required(format!("{path}.values"), why);
        }
        if item.key == "metadata.name" {
            for (at, value) in wanted.iter().enumerate() {
                check(errors, format!("{path}.values[{at}]"), value, text::subdomain(value));
            }
        } else {
            errors.invalid(format!("{path}.key"), quoted(&item.key), "not a valid field selector key");
        }
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
            "Equal" | "" => {
                let problems = text::label_value(value);
                if !problems.is_empty() {
                    errors.invalid(format!("{path}.operator"), quoted(value), &problems.join(";"));
                }
            }
            "Exists" => {
                if !value.is_empty() {
                    let why = "value must be empty when `operator` is 'Exists'";
                    errors.invalid(format!("{path}.operator"), quoted(value), why);
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
        if list[n + 1..].iter().any(repeats) {
            let value = format!("{{{}, {when}}}", constraint.topology_key);
            errors.duplicate(format!("{path}.{{topologyKey, whenUnsatisfiable}}"), quoted(&value));
        }
        if let Some(least) = constraint.min_domains {
            let path = format!("{path}.minDomains");
            if least <= 0 {
                errors.invalid(path.clone(), least, "must be greater than zero");
            }
            if when != "DoNotSchedule" {
                let why = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {when}");
                errors.invalid(path, least, &why);
            }
        }
        for (field, policy) in [
            ("nodeAffinityPolicy", &constraint.node_affinity_policy),
            ("nodeTaintsPolicy", &constraint.node_taints_policy),
        ] {
            if let Some(policy) = policy {
                one_of(errors, format!("{path}.{field}"), policy, &["Honor", "Ignore"]);
            }
        }
        let keys = constraint.match_label_keys.as_deref().unwrap_or(&[]);
        if !keys.is_empty() && constraint.label_selector.is_none() {
            let why = "must not be specified when labelSelector is not set";
            errors.forbidden(format!("{path}.matchLabelKeys"), why);
        }
        for (n, key) in keys.iter().enumerate() {
            check(errors, format!("{path}.matchLabelKeys[{n}]"), key, text::qualified_name(key));
        }
        if let Some(selector) = &constraint.label_selector {
            workload::label_selector(selector, &format!("{path}.labelSelector"), errors);
        }
    }
}
