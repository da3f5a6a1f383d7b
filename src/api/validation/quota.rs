//! Quotas and limit ranges.
//!
//! Models: `ValidateResourceQuota`, `ValidateLimitRange` of `pkg/apis/core/validation/validation.go`.
//! Left out: resources that must not be overcommitted in limit ranges.

use super::{check, quoted, text};
use crate::api::amounts::{self, Amounts};
use crate::api::errors::FieldErrors;
use crate::base::quantity::{Format, Quantity};
use k8s_openapi::api::core::v1::{LimitRangeItem, LimitRangeSpec, ResourceQuotaSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Amount;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What a quota may be about, besides names with a slash.
const QUOTA: [&str; 21] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
    "services.loadbalancers",
    "hugepages-2Mi",
    "hugepages-1Gi",
];

/// What is counted in whole numbers.
const WHOLE: [&str; 9] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// What may be asked for at all, without a slash.
fn standard(name: &str) -> bool {
    QUOTA.contains(&name) || name == "storage" || huge(name)
}

fn huge(name: &str) -> bool {
    name.strip_prefix("requests.").unwrap_or(name).starts_with("hugepages-")
}

/// A name in a quota, a limit range, or (with `container`) among the resources of a container.
fn resource(name: &str, path: &str, container: bool, errors: &mut FieldErrors) {
    check(errors, path, name, text::qualified_name(name));
    if name.contains('/') {
        return;
    }
    if !standard(name) {
        errors.invalid(path, quoted(name), "must be a standard resource type or fully qualified");
    }
    if container && !["cpu", "memory", "ephemeral-storage"].contains(&name) && !name.starts_with("hugepages-") {
        errors.invalid(path, quoted(name), "must be a standard resource for containers");
    }
}

pub fn quota(spec: &ResourceQuotaSpec, old: Option<&ResourceQuotaSpec>, errors: &mut FieldErrors) {
    for (name, amount) in spec.hard.iter().flatten() {
        let path = format!("spec.hard[{name}]");
        resource(name, &path, false, errors);
        if !name.contains('/') && !QUOTA.contains(&name.as_str()) && !huge(name) {
            errors.invalid(path.as_str(), quoted(name), "must be a standard resource for quota");
        }
        let Ok(value) = Quantity::parse(&amount.0) else { continue };
        if value < Quantity::ZERO {
            errors.invalid(path.as_str(), quoted(&amount.0), "must be greater than or equal to 0");
        }
        if WHOLE.contains(&name.as_str()) && value.milli() % 1000 != 0 {
            errors.invalid(path.as_str(), quoted(&amount.0), "must be an integer");
        }
    }
    scopes(spec, errors);
    selector(spec, errors);
    if let Some(old) = old
        && old.scopes.iter().flatten().collect::<BTreeSet<_>>() != spec.scopes.iter().flatten().collect()
    {
        errors.invalid("spec.scopes", json!(spec.scopes), "field is immutable");
    }
}

const SCOPES: [&str; 7] = [
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
];

/// Whether a scope makes sense for what a quota is about.
fn scope_fits(scope: &str, name: &str) -> bool {
    let plain = name.strip_prefix("requests.").or_else(|| name.strip_prefix("limits.")).unwrap_or(name);
    let compute = matches!(plain, "cpu" | "memory" | "ephemeral-storage") || plain.starts_with("hugepages-");
    match scope {
        "BestEffort" | "CrossNamespacePodAffinity" if scope == "BestEffort" => name == "pods",
        "VolumeAttributesClass" => matches!(name, "persistentvolumeclaims" | "requests.storage"),
        _ => name == "pods" || compute,
    }
}

fn scopes(spec: &ResourceQuotaSpec, errors: &mut FieldErrors) {
    let all = spec.scopes.as_deref().unwrap_or_default();
    for scope in all {
        if !SCOPES.contains(&scope.as_str()) {
            errors.invalid("spec.scopes", json!(all), "unsupported scope");
        }
        for name in spec.hard.iter().flat_map(|hard| hard.keys()) {
            if QUOTA.contains(&name.as_str()) && !scope_fits(scope, name) {
                errors.invalid("spec.scopes", json!(all), "unsupported scope applied to resource");
            }
        }
    }
    let has = |scope: &str| all.iter().any(|s| s == scope);
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if has(one) && has(other) {
            errors.invalid("spec.scopes", json!(all), "conflicting scopes");
        }
    }
}

fn selector(spec: &ResourceQuotaSpec, errors: &mut FieldErrors) {
    let rules = spec.scope_selector.as_ref().and_then(|selector| selector.match_expressions.as_ref());
    for (n, rule) in rules.into_iter().flatten().enumerate() {
        let path = format!("spec.scopeSelector.matchExpressions[{n}]");
        let scope = rule.scope_name.as_str();
        if !SCOPES.contains(&scope) {
            errors.invalid(format!("{path}.scopeName"), quoted(scope), "unsupported scope");
        }
        let fixed = !matches!(scope, "PriorityClass" | "VolumeAttributesClass") && SCOPES.contains(&scope);
        if fixed && rule.operator != "Exists" {
            let why = "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
            errors.invalid(format!("{path}.operator"), quoted(&rule.operator), why);
        }
        let values = rule.values.as_deref().unwrap_or_default();
        match rule.operator.as_str() {
            "In" | "NotIn" if values.is_empty() => {
                let why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                errors.required(format!("{path}.values"), why);
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
                errors.invalid(format!("{path}.values"), json!(values), why);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => errors.invalid(format!("{path}.operator"), quoted(other), "not a valid selector operator"),
        }
    }
}

pub fn range(spec: &LimitRangeSpec, errors: &mut FieldErrors) {
    let mut types = BTreeSet::new();
    for (n, item) in spec.limits.iter().enumerate() {
        let path = format!("spec.limits[{n}]");
        let kind = item.type_.as_str();
        check(errors, format!("{path}.type"), kind, text::qualified_name(kind));
        if !kind.contains('/') && !["Pod", "Container", "PersistentVolumeClaim"].contains(&kind) {
            let why = "must be a standard limit type or fully qualified";
            errors.invalid(format!("{path}.type"), quoted(kind), why);
        }
        if !types.insert(kind) {
            errors.duplicate(format!("{path}.type"), quoted(kind));
        }
        parts(item, &path, errors);
        order(item, &path, errors);
    }
}

fn parts(item: &LimitRangeItem, path: &str, errors: &mut FieldErrors) {
    let container = matches!(item.type_.as_str(), "Pod" | "Container");
    let names = |part: &str, amounts: Option<&BTreeMap<String, Amount>>, errors: &mut FieldErrors| {
        for name in amounts.into_iter().flatten().map(|(name, _)| name) {
            resource(name, &format!("{path}.{part}[{name}]"), container, errors);
        }
    };
    names("max", item.max.as_ref(), errors);
    names("min", item.min.as_ref(), errors);
    for (part, amounts) in [("default", &item.default), ("defaultRequest", &item.default_request)] {
        match item.type_ == "Pod" {
            true if amounts.as_ref().is_some_and(|all| !all.is_empty()) => {
                errors.forbidden(format!("{path}.{part}"), "may not be specified when `type` is 'Pod'");
            }
            true => {}
            false => names(part, amounts.as_ref(), errors),
        }
    }
    let sized =
        |amounts: &Option<BTreeMap<String, Amount>>| amounts.as_ref().is_some_and(|a| a.contains_key("storage"));
    if item.type_ == "PersistentVolumeClaim" && !sized(&item.min) && !sized(&item.max) {
        let why = "either minimum or maximum storage value is required, but neither was provided";
        errors.required(format!("{path}.limits"), why);
    }
    names("maxLimitRequestRatio", item.max_limit_request_ratio.as_ref(), errors);
}

/// The parts must not contradict each other.
fn order(item: &LimitRangeItem, path: &str, errors: &mut FieldErrors) {
    let (min, max) = (amounts::of(item.min.as_ref()), amounts::of(item.max.as_ref()));
    let (default, request) = match item.type_ == "Pod" {
        true => (Amounts::new(), Amounts::new()),
        false => (amounts::of(item.default.as_ref()), amounts::of(item.default_request.as_ref())),
    };
    let ratios = amounts::of(item.max_limit_request_ratio.as_ref());
    let keys: BTreeSet<&String> =
        [&min, &max, &default, &request, &ratios].into_iter().flat_map(|all| all.keys()).collect();
    for key in keys {
        let (min, max, default, request) = (min.get(key), max.get(key), default.get(key), request.get(key));
        let mut greater = |a: Option<&Quantity>, b: Option<&Quantity>, part: &str, first: bool, names: (&str, &str)| {
            let (Some(a), Some(b)) = (a, b) else { return };
            if a > b {
                let why = format!("{} value {a} is greater than {} value {b}", names.0, names.1);
                let value = if first { a } else { b };
                errors.invalid(format!("{path}.{part}[{key}]"), quoted(&value.to_string()), &why);
            }
        };
        greater(min, max, "min", true, ("min", "max"));
        greater(min, request, "defaultRequest", false, ("min", "default request"));
        greater(request, max, "defaultRequest", true, ("default request", "max"));
        greater(request, default, "defaultRequest", true, ("default request", "default limit"));
        greater(min, default, "default", true, ("min", "default"));
        greater(default, max, "default", false, ("default", "max"));
        if let Some(ratio) = ratios.get(key) {
            bounds(ratio, min, max, &format!("{path}.maxLimitRequestRatio[{key}]"), errors);
        }
    }
}

fn bounds(ratio: &Quantity, min: Option<&Quantity>, max: Option<&Quantity>, path: &str, errors: &mut FieldErrors) {
    if *ratio < Quantity::from_units(1, Format::DecimalSi) {
        errors.invalid(path, quoted(&ratio.to_string()), &format!("ratio {ratio} is less than 1"));
    }
    if let (Some(min), Some(max)) = (min, max)
        && min.milli() > 0
        && i128::from(ratio.value()) * i128::from(min.milli()) > i128::from(max.milli())
    {
        let most = decimal(max.milli(), min.milli());
        let why = format!("ratio {ratio} is greater than max/min = {most}");
        errors.invalid(path, quoted(&ratio.to_string()), &why);
    }
}

/// A quotient with six places, as Go's `%f` prints it.
pub fn decimal(a: i64, b: i64) -> String {
    let (a, b) = (i128::from(a), i128::from(b.max(1)));
    let millionths = (a * 1_000_000 + b / 2) / b;
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}
