//! HorizontalPodAutoscalers.
//!
//! Models: `pkg/apis/autoscaling/validation/validation.go`.
//! Left out: scaling to zero (a feature gate that is off); the names of metrics.

use super::quoted;
use crate::api::errors::FieldErrors;
use crate::api::kinds::horizontal_pod_autoscaler::{metrics, number};
use crate::api::kinds::plain;
use crate::api::object::Object;
use crate::base::quantity::Quantity;
use serde_json::Value;

const SOURCES: [(&str, &str); 5] = [
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

const LONGEST_WINDOW: i64 = 3600;
const LONGEST_PERIOD: i64 = 1800;

pub fn validate(scaler: &Object, errors: &mut FieldErrors) {
    let (min, max) = (number(scaler, &["spec", "minReplicas"]), number(scaler, &["spec", "maxReplicas"]));
    if min < 1 {
        errors.invalid("spec.minReplicas", min, "must be greater than or equal to 1");
    }
    if max < 1 {
        errors.invalid("spec.maxReplicas", max, "must be greater than 0");
    }
    if max < min {
        errors.invalid("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`");
    }
    for field in ["kind", "name"] {
        path_segment(scaler, field, errors);
    }
    for (n, metric) in metrics(scaler).iter().enumerate() {
        self::metric(metric, &format!("spec.metrics[{n}]"), errors);
    }
    for way in ["scaleUp", "scaleDown"] {
        if let Some(rules) = plain::at(scaler, &["spec", "behavior", way]) {
            self::rules(rules, &format!("spec.behavior.{way}"), errors);
        }
    }
}

fn path_segment(scaler: &Object, field: &str, errors: &mut FieldErrors) {
    let value = plain::text(scaler, &["spec", "scaleTargetRef", field]);
    let path = format!("spec.scaleTargetRef.{field}");
    match value {
        "" => errors.required(path, ""),
        "." | ".." => errors.invalid(path, quoted(value), &format!("may not be '{value}'")),
        value => {
            for sign in ["/", "%"].into_iter().filter(|sign| value.contains(sign)) {
                errors.invalid(path.clone(), quoted(value), &format!("may not contain '{sign}'"));
            }
        }
    }
}

fn metric(metric: &Value, path: &str, errors: &mut FieldErrors) {
    let kind = metric["type"].as_str().unwrap_or("");
    let valid: Vec<&str> = SOURCES.iter().map(|(kind, _)| *kind).collect();
    if kind.is_empty() {
        errors.required(format!("{path}.type"), "must specify a metric source type");
    }
    let Some((_, field)) = SOURCES.iter().find(|(name, _)| *name == kind) else {
        errors.not_supported(format!("{path}.type"), quoted(kind), &valid);
        return;
    };
    let source = &metric[*field];
    if source.is_null() {
        let why = "must populate information for the given metric source";
        errors.required(format!("{path}.{field}"), why);
    } else {
        self::source(kind, source, &format!("{path}.{field}"), errors);
    }
    for (_, other) in SOURCES.iter().filter(|(_, other)| other != field && !metric[*other].is_null()) {
        errors.forbidden(format!("{path}.{other}"), "must populate the given metric source only");
    }
}

fn source(kind: &str, source: &Value, path: &str, errors: &mut FieldErrors) {
    let empty = |value: &Value| value.as_str().unwrap_or("").is_empty();
    let resource = matches!(kind, "Resource" | "ContainerResource");
    if resource && empty(&source["name"]) {
        errors.required(format!("{path}.name"), "must specify a resource name");
    }
    if kind == "ContainerResource" && empty(&source["container"]) {
        errors.required(format!("{path}.container"), "must specify a container");
    }
    if !resource && empty(&source["metric"]["name"]) {
        errors.required(format!("{path}.metric.name"), "must specify a metric name");
    }
    let target = &source["target"];
    self::target(target, &format!("{path}.target"), errors);
    let has = |field: &str| !target[field].is_null();
    let path = format!("{path}.target");
    match kind {
        "Pods" if !has("averageValue") => {
            errors.required(format!("{path}.averageValue"), "must specify a positive target averageValue");
        }
        "Object" if !has("value") && !has("averageValue") => {
            errors.required(format!("{path}.averageValue"), "must set either a target value or averageValue");
        }
        "External" if !has("value") && !has("averageValue") => {
            let why = "must set either a target value for metric or a per-pod target";
            errors.required(format!("{path}.averageValue"), why);
        }
        "External" if has("value") && has("averageValue") => {
            let why = "may not set both a target value for metric and a per-pod target";
            errors.forbidden(format!("{path}.value"), why);
        }
        _ if resource && !has("averageUtilization") && !has("averageValue") => {
            let why = "must set either a target raw value or a target utilization";
            errors.required(format!("{path}.averageUtilization"), why);
        }
        _ if resource && has("averageUtilization") && has("averageValue") => {
            let why = "may not set both a target raw value and a target utilization";
            errors.forbidden(format!("{path}.averageValue"), why);
        }
        _ => {}
    }
}

fn target(target: &Value, path: &str, errors: &mut FieldErrors) {
    let kind = target["type"].as_str().unwrap_or("");
    if kind.is_empty() {
        errors.required(format!("{path}.type"), "must specify a metric target type");
    }
    if !["Utilization", "Value", "AverageValue"].contains(&kind) {
        errors.invalid(format!("{path}.type"), quoted(kind), "must be either Utilization, Value, or AverageValue");
    }
    for field in ["value", "averageValue"] {
        if let Some(text) = target[field].as_str()
            && Quantity::parse(text).is_ok_and(|amount| amount <= Quantity::ZERO)
        {
            errors.invalid(format!("{path}.{field}"), quoted(text), "must be positive");
        }
    }
    if let Some(percent) = target["averageUtilization"].as_i64().filter(|percent| *percent < 1) {
        errors.invalid(format!("{path}.averageUtilization"), percent, "must be greater than 0");
    }
}

fn rules(rules: &Value, path: &str, errors: &mut FieldErrors) {
    let window = rules["stabilizationWindowSeconds"].as_i64().unwrap_or(0);
    let at = format!("{path}.stabilizationWindowSeconds");
    if window < 0 {
        errors.invalid(at, window, "must be greater than or equal to zero");
    } else if window > LONGEST_WINDOW {
        errors.invalid(at, window, &format!("must be less than or equal to {LONGEST_WINDOW}"));
    }
    if let Some(policy) = rules["selectPolicy"].as_str() {
        super::one_of(errors, format!("{path}.selectPolicy"), policy, &["Disabled", "Max", "Min"]);
    }
    let policies = rules["policies"].as_array().map_or(&[][..], Vec::as_slice);
    if policies.is_empty() {
        errors.required(format!("{path}.policies"), "must specify at least one Policy");
    }
    for (n, policy) in policies.iter().enumerate() {
        let path = format!("{path}.policies[{n}]");
        let kind = policy["type"].as_str().unwrap_or("");
        super::one_of(errors, format!("{path}.type"), kind, &["Percent", "Pods"]);
        for field in ["value", "periodSeconds"] {
            let number = policy[field].as_i64().unwrap_or(0);
            if number <= 0 {
                errors.invalid(format!("{path}.{field}"), number, "must be greater than zero");
            } else if field == "periodSeconds" && number > LONGEST_PERIOD {
                let why = format!("must be less than or equal to {LONGEST_PERIOD}");
                errors.invalid(format!("{path}.{field}"), number, &why);
            }
        }
    }
}
