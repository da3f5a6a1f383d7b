//! What owns pods: replicas, selector, template, strategy.
//!
//! Models: `pkg/apis/apps/validation/validation.go`.

use super::{check, not_negative, one_of, pod, quoted, text};
use crate::api::errors::FieldErrors;
use crate::api::kinds::meta;
use crate::api::selector::Selector;
use k8s_openapi::api::apps::v1::{DaemonSetSpec, DeploymentSpec};
use k8s_openapi::api::core::v1::{PodTemplateSpec, ReplicationControllerSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;

/// Labels and expressions of a selector.
pub fn label_selector(selector: &LabelSelector, path: &str, errors: &mut FieldErrors) {
    if let Some(labels) = &selector.match_labels {
        meta::labels(labels, &format!("{path}.matchLabels"), errors);
    }
    for (n, expression) in selector.match_expressions.iter().flatten().enumerate() {
        let path = format!("{path}.matchExpressions[{n}]");
        let values = expression.values.as_deref().unwrap_or(&[]);
        match expression.operator.as_str() {
            "In" | "NotIn" if values.is_empty() => {
                errors.required(format!("{path}.values"), "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(format!("{path}.values"), why);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => errors.invalid(format!("{path}.operator"), quoted(other), "not a valid selector operator"),
        }
        check(errors, format!("{path}.key"), &expression.key, text::qualified_name(&expression.key));
        for (at, value) in values.iter().enumerate() {
            check(errors, format!("{path}.values[{at}]"), value, text::label_value(value));
        }
    }
}

/// Selector and template of what keeps pods running for ever; `owner` is the kind that the messages name.
pub fn selector_and_template(
    owner: &str,
    selector: &LabelSelector,
    was: Option<&LabelSelector>,
    template: &PodTemplateSpec,
    errors: &mut FieldErrors,
) {
    let none = BTreeMap::new();
    let wanted = selector.match_labels.as_ref().unwrap_or(&none);
    let expressions = selector.match_expressions.as_deref().unwrap_or(&[]);
    let before = errors.0.len();
    label_selector(selector, "spec.selector", errors);
    if wanted.is_empty() && expressions.is_empty() {
        errors.required("spec.selector", "");
    }
    let malformed = errors.0.len() > before && !(wanted.is_empty() && expressions.is_empty());
    if malformed {
        let value = serde_json::to_string(selector).expect("a selector is JSON");
        let why = if owner == "StatefulSet" { "" } else { "invalid label selector" };
        errors.invalid("spec.selector", value, why);
    } else {
        let labels = template.metadata.as_ref().and_then(|meta| meta.labels.as_ref());
        let empty = wanted.is_empty() && expressions.is_empty();
        if empty || !Selector::of(Some(selector)).matches(labels.unwrap_or(&none)) {
            mismatch(template, errors);
        }
        forever(owner, template, errors);
    }
    if was.is_some_and(|was| was != selector) {
        let value = serde_json::to_string(selector).expect("a selector is JSON");
        errors.invalid("spec.selector", value, "field is immutable");
    }
}

fn mismatch(template: &PodTemplateSpec, errors: &mut FieldErrors) {
    let labels = template.metadata.as_ref().and_then(|meta| meta.labels.as_ref());
    let value = labels.map_or("null".into(), |labels| serde_json::to_string(labels).expect("labels are JSON"));
    errors.invalid("spec.template.metadata.labels", value, "`selector` does not match template `labels`");
}

/// The numbers, the selector and the template of a ReplicationController; its selector may change.
pub fn replication_controller(spec: &ReplicationControllerSpec, errors: &mut FieldErrors) {
    not_negative(errors, "spec.minReadySeconds", spec.min_ready_seconds.map(i64::from));
    let none = BTreeMap::new();
    let selector = spec.selector.as_ref().unwrap_or(&none);
    if selector.is_empty() {
        errors.required("spec.selector", "");
    }
    not_negative(errors, "spec.replicas", spec.replicas.map(i64::from));
    let Some(template) = &spec.template else {
        errors.required("spec.template", "");
        return;
    };
    let labels = template.metadata.as_ref().and_then(|meta| meta.labels.as_ref()).unwrap_or(&none);
    if !Selector::of_map(selector).matches(labels) {
        mismatch(template, errors);
    }
    forever("ReplicationController", template, errors);
}

/// A template whose pods are restarted always.
fn forever(owner: &str, template: &PodTemplateSpec, errors: &mut FieldErrors) {
    if let Some(labels) = template.metadata.as_ref().and_then(|meta| meta.labels.as_ref()) {
        meta::labels(labels, "spec.template.labels", errors);
    }
    let Some(spec) = &template.spec else { return };
    pod::spec(spec, false, "spec.template.spec", errors);
    if let Some(policy) = spec.restart_policy.as_deref().filter(|policy| ["OnFailure", "Never"].contains(policy)) {
        errors.not_supported("spec.template.spec.restartPolicy", quoted(policy), &["Always"]);
    }
    if spec.active_deadline_seconds.is_some() {
        let path = "spec.template.spec.activeDeadlineSeconds";
        errors.forbidden(path, &format!("activeDeadlineSeconds in {owner} is not Supported"));
    }
}

/// Strategy and the small numbers of a Deployment.
pub fn deployment(spec: &DeploymentSpec, errors: &mut FieldErrors) {
    if let Some(strategy) = &spec.strategy {
        let kind = strategy.type_.as_deref().unwrap_or("");
        match (kind, &strategy.rolling_update) {
            ("Recreate", Some(_)) => {
                let why = "may not be specified when strategy `type` is 'Recreate'";
                errors.forbidden("spec.strategy.rollingUpdate", why);
            }
            ("RollingUpdate", Some(rolling)) => {
                let path = "spec.strategy.rollingUpdate";
                bound(rolling.max_unavailable.as_ref(), &format!("{path}.maxUnavailable"), errors);
                bound(rolling.max_surge.as_ref(), &format!("{path}.maxSurge"), errors);
                if zero(rolling.max_unavailable.as_ref()) && zero(rolling.max_surge.as_ref()) {
                    let value = rolling.max_unavailable.as_ref().map_or("0".into(), shown);
                    errors.invalid(format!("{path}.maxUnavailable"), value, "may not be 0 when `maxSurge` is 0");
                }
                not_over_all(rolling.max_unavailable.as_ref(), &format!("{path}.maxUnavailable"), errors);
            }
            _ => one_of(errors, "spec.strategy.type", kind, &["Recreate", "RollingUpdate"]),
        }
    }
    not_negative(errors, "spec.minReadySeconds", spec.min_ready_seconds.map(i64::from));
    not_negative(errors, "spec.revisionHistoryLimit", spec.revision_history_limit.map(i64::from));
    if let Some(deadline) = spec.progress_deadline_seconds {
        not_negative(errors, "spec.progressDeadlineSeconds", Some(i64::from(deadline)));
        if deadline <= spec.min_ready_seconds.unwrap_or(0) {
            errors.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
        }
    }
}

/// Strategy and the small numbers of a DaemonSet.
pub fn daemon_set(spec: &DaemonSetSpec, errors: &mut FieldErrors) {
    let path = "spec.updateStrategy";
    if let Some(strategy) = &spec.update_strategy {
        match (strategy.type_.as_deref().unwrap_or(""), &strategy.rolling_update) {
            ("OnDelete", _) => {}
            ("RollingUpdate", None) => errors.required(format!("{path}.rollingUpdate"), ""),
            ("RollingUpdate", Some(rolling)) => {
                let path = format!("{path}.rollingUpdate");
                let (unavailable, surge) = (rolling.max_unavailable.as_ref(), rolling.max_surge.as_ref());
                for (field, value) in [("maxUnavailable", unavailable), ("maxSurge", surge)] {
                    let path = format!("{path}.{field}");
                    bound(value, &path, errors);
                    not_over_all(value, &path, errors);
                }
                match (zero(unavailable), zero(surge)) {
                    (false, false) => {
                        let value = surge.map_or("null".into(), shown);
                        let why = "may not be set when maxUnavailable is non-zero";
                        errors.invalid(format!("{path}.maxSurge"), value, why);
                    }
                    (true, true) => {
                        errors.required(format!("{path}.maxUnavailable"), "cannot be 0 when maxSurge is 0");
                    }
                    _ => {}
                }
            }
            (kind, _) => {
                let rolling = super::value(&strategy.rolling_update);
                let value = format!("{{\"Type\":{},\"RollingUpdate\":{rolling}}}", quoted(kind));
                errors.not_supported(path, value, &["RollingUpdate", "OnDelete"]);
            }
        }
    }
    not_negative(errors, "spec.minReadySeconds", spec.min_ready_seconds.map(i64::from));
    not_negative(errors, "spec.revisionHistoryLimit", spec.revision_history_limit.map(i64::from));
}

fn shown(value: &IntOrString) -> String {
    match value {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(text) => quoted(text),
    }
}

fn percent(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('%')?;
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) { None } else { digits.parse().ok() }
}

/// A number of pods or a percentage of them.
pub fn bound(value: Option<&IntOrString>, path: &str, errors: &mut FieldErrors) {
    match value {
        Some(IntOrString::Int(number)) => not_negative(errors, path, Some(i64::from(*number))),
        Some(IntOrString::String(text)) if percent(text).is_none() => {
            let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
            errors.invalid(path, quoted(text), why);
        }
        _ => {}
    }
}

fn zero(value: Option<&IntOrString>) -> bool {
    match value {
        None => true,
        Some(IntOrString::Int(number)) => *number == 0,
        Some(IntOrString::String(text)) => percent(text) == Some(0),
    }
}

/// A percentage of pods is at most all of them.
pub fn not_over_all(value: Option<&IntOrString>, path: &str, errors: &mut FieldErrors) {
    if let Some(IntOrString::String(text)) = value
        && percent(text).is_some_and(|percent| percent > 100)
    {
        errors.invalid(path, quoted(text), "must not be greater than 100%");
    }
}
