//! `kubectl describe` of ResourceQuotas and LimitRanges, alone and in the description of their namespace.
//!
//! Models: `describeQuota`, `DescribeResourceQuotas`, `describeLimitRangeSpec` of `kubectl/pkg/describe/describe.go`.

use super::report::Report;
use crate::api::amounts;
use crate::api::object::Object;
use crate::base::quantity::Quantity;
use k8s_openapi::api::core::v1::{LimitRangeSpec, ResourceQuotaSpec, ResourceQuotaStatus};
use std::collections::BTreeSet;

/// What a scope means.
fn meaning(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
        }
        _ => return None,
    })
}

fn scopes(spec: &ResourceQuotaSpec, level: usize, bullet: &str, out: &mut Report) {
    let mut scopes: Vec<&str> = spec.scopes.iter().flatten().map(String::as_str).collect();
    if scopes.is_empty() {
        return;
    }
    scopes.sort_unstable();
    out.line(level, format_args!("Scopes:\t{}", scopes.join(", ")));
    for text in scopes.into_iter().filter_map(meaning) {
        out.line(level, format_args!("{bullet}* {text}"));
    }
}

/// Name, used, hard.
fn rows(status: &ResourceQuotaStatus) -> Vec<(String, Quantity, Quantity)> {
    let (hard, used) = (amounts::of(status.hard.as_ref()), amounts::of(status.used.as_ref()));
    let of = |name: &String| used.get(name).cloned().unwrap_or(Quantity::ZERO);
    hard.into_iter().map(|(name, hard)| (name.clone(), of(&name), hard)).collect()
}

pub fn quota(object: &Object, out: &mut Report) {
    out.named(object);
    scopes(object.spec(), 0, " ", out);
    out.line(0, "Resource\tUsed\tHard");
    out.line(0, "--------\t----\t----");
    for (name, used, hard) in rows(object.status()) {
        // Shown in the notation of the bound.
        let used =
            if used.format() == hard.format() { used } else { Quantity::from_units(used.value(), hard.format()) };
        out.line(0, format_args!("{name}\t{used}\t{hard}"));
    }
}

/// Those of a namespace, one below the other.
pub fn quotas(all: &[&Object], out: &mut Report) {
    if all.is_empty() {
        return out.line(0, "No resource quota.");
    }
    out.line(0, "Resource Quotas");
    for quota in all {
        out.line(1, format_args!("Name:\t{}", quota.name()));
        scopes(quota.spec(), 1, "", out);
        out.line(1, "Resource\tUsed\tHard");
        out.line(1, "--------\t---\t---");
        for (name, used, hard) in rows(quota.status()) {
            out.line(1, format_args!("{name}\t{used}\t{hard}"));
        }
    }
}

fn items(spec: &LimitRangeSpec, prefix: &str, out: &mut Report) {
    for item in &spec.limits {
        let parts = [&item.min, &item.max, &item.default_request, &item.default, &item.max_limit_request_ratio];
        let names: BTreeSet<&String> =
            parts.iter().flat_map(|part| part.iter().flatten().map(|(name, _)| name)).collect();
        for name in names {
            let cells: Vec<&str> = parts
                .iter()
                .map(|part| part.as_ref().and_then(|all| all.get(name)).map_or("-", |amount| amount.0.as_str()))
                .collect();
            out.line(0, format_args!("{prefix}{}\t{name}\t{}", item.type_, cells.join("\t")));
        }
    }
}

pub fn range(object: &Object, out: &mut Report) {
    out.named(object);
    out.line(0, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    out.line(0, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    items(object.spec(), "", out);
}

/// Those of a namespace in one table.
pub fn ranges(all: &[&Object], out: &mut Report) {
    if all.is_empty() {
        return out.line(0, "No LimitRange resource.");
    }
    out.line(0, "Resource Limits");
    out.line(0, " Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    out.line(0, " ----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    for range in all {
        items(range.spec(), " ", out);
    }
}
