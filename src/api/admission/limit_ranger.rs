//! Limit ranges: what a container leaves open is filled in, what is too much or too little is refused.
//!
//! Models: `plugin/pkg/admission/limitranger/admission.go`.
//! Left out: resizing of pods.

use super::{Admission, Admit};
use crate::api::amounts::{self, Amounts};
use crate::api::errors::ApiError;
use crate::api::kinds;
use crate::api::object::Object;
use crate::api::validation::quota::decimal;
use crate::base::quantity::Quantity;
use k8s_openapi::api::core::v1::{Container, LimitRangeItem, LimitRangeSpec, PersistentVolumeClaimSpec, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Amount;
use std::collections::BTreeMap;

pub struct LimitRanger;

/// Says on a pod what was filled in.
const ANNOTATION: &str = "kubernetes.io/limit-ranger";

impl Admission for LimitRanger {
    fn admit(&self, object: &mut Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        if old.is_some() || object.try_spec::<PodSpec>().is_none() {
            return Ok(());
        }
        let namespace = object.namespace().to_owned();
        for range in cx.read.list(kinds::LIMIT_RANGE, Some(&namespace)) {
            let (mut requests, mut limits) = (BTreeMap::new(), BTreeMap::new());
            for item in range.spec::<LimitRangeSpec>().limits.iter().filter(|item| item.type_ == "Container") {
                requests.extend(item.default_request.clone().unwrap_or_default());
                limits.extend(item.default.clone().unwrap_or_default());
            }
            if requests.is_empty() && limits.is_empty() {
                continue;
            }
            let spec = object.spec_mut::<PodSpec>();
            let mut notes = vec![];
            spec.containers.iter_mut().for_each(|c| fill(c, &requests, &limits, "container", &mut notes));
            let init = spec.init_containers.iter_mut().flatten();
            init.for_each(|c| fill(c, &requests, &limits, "init container", &mut notes));
            if !notes.is_empty() {
                let note = format!("LimitRanger plugin set: {}", notes.join("; "));
                object.meta_mut().annotations.get_or_insert_default().insert(ANNOTATION.into(), note);
            }
        }
        Ok(())
    }

    fn check(&self, object: &Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        let pod = object.try_spec::<PodSpec>().filter(|_| old.is_none());
        let claim = object.try_spec::<PersistentVolumeClaimSpec>();
        if pod.is_none() && claim.is_none() {
            return Ok(());
        }
        for range in cx.read.list(kinds::LIMIT_RANGE, Some(object.namespace())) {
            let mut wrong = vec![];
            for item in &range.spec::<LimitRangeSpec>().limits {
                match (pod, claim) {
                    (Some(pod), _) => judge_pod(item, pod, &mut wrong),
                    (None, Some(claim)) => judge_claim(item, claim, &mut wrong),
                    (None, None) => {}
                }
            }
            let text = match wrong.as_slice() {
                [] => continue,
                [one] => one.clone(),
                many => format!("[{}]", many.join(", ")),
            };
            return Err(ApiError::forbidden(object.kind.names(), object.name(), &text));
        }
        Ok(())
    }
}

type Written = BTreeMap<String, Amount>;

fn fill(container: &mut Container, requests: &Written, limits: &Written, what: &str, notes: &mut Vec<String>) {
    let resources = container.resources.get_or_insert_default();
    let parts = [(&mut resources.requests, requests, "request"), (&mut resources.limits, limits, "limit")];
    for (part, defaults, word) in parts {
        let open: Vec<&String> =
            defaults.keys().filter(|name| !part.as_ref().is_some_and(|all| all.contains_key(*name))).collect();
        if open.is_empty() {
            continue;
        }
        let names: Vec<&str> = open.iter().map(|name| name.as_str()).collect();
        notes.push(format!("{} {word} for {what} {}", names.join(", "), container.name));
        let part = part.get_or_insert_default();
        open.into_iter().for_each(|name| drop(part.insert(name.clone(), defaults[name].clone())));
    }
}

fn judge_pod(item: &LimitRangeItem, pod: &PodSpec, wrong: &mut Vec<String>) {
    match item.type_.as_str() {
        "Container" => {
            for container in pod.containers.iter().chain(pod.init_containers.iter().flatten()) {
                let resources = container.resources.as_ref();
                let requests = amounts::of(resources.and_then(|r| r.requests.as_ref()));
                let limits = amounts::of(resources.and_then(|r| r.limits.as_ref()));
                judge(item, &requests, &limits, wrong);
            }
        }
        "Pod" => judge(item, &amounts::requests(pod), &amounts::limits(pod), wrong),
        _ => {}
    }
}

fn judge(item: &LimitRangeItem, requests: &Amounts, limits: &Amounts, wrong: &mut Vec<String>) {
    let kind = item.type_.as_str();
    for (name, min) in amounts::of(item.min.as_ref()) {
        wrong.extend(too_little(kind, &name, &min, requests.get(&name), limits.get(&name)));
    }
    for (name, max) in amounts::of(item.max.as_ref()) {
        let (request, limit) = (requests.get(&name), limits.get(&name));
        let text = format!("maximum {name} usage per {kind} is {max}");
        match (request, limit) {
            (_, None) => wrong.push(format!("{text}.  No limit is specified")),
            (_, Some(limit)) if *limit > max => wrong.push(format!("{text}, but limit is {limit}")),
            (Some(request), _) if *request > max => wrong.push(format!("{text}, but request is {request}")),
            _ => {}
        }
    }
    for (name, most) in amounts::of(item.max_limit_request_ratio.as_ref()) {
        wrong.extend(too_wide(kind, &name, &most, requests.get(&name), limits.get(&name)));
    }
}

fn too_little(
    kind: &str,
    name: &str,
    min: &Quantity,
    request: Option<&Quantity>,
    limit: Option<&Quantity>,
) -> Option<String> {
    let text = format!("minimum {name} usage per {kind} is {min}");
    match (request, limit) {
        (None, _) => Some(format!("{text}.  No request is specified")),
        (Some(request), _) if request < min => Some(format!("{text}, but request is {request}")),
        (_, Some(limit)) if limit < min => Some(format!("{text}, but limit is {limit}")),
        _ => None,
    }
}

fn too_wide(
    kind: &str,
    name: &str,
    most: &Quantity,
    request: Option<&Quantity>,
    limit: Option<&Quantity>,
) -> Option<String> {
    let text = format!("{name} max limit to request ratio per {kind} is {most}, but");
    let some = |amount: Option<&Quantity>| amount.filter(|amount| !amount.is_zero()).map(Quantity::milli);
    let (request, limit) = match (some(request), some(limit)) {
        (None, _) => return Some(format!("{text} no request is specified or request is 0")),
        (_, None) => return Some(format!("{text} no limit is specified or limit is 0")),
        (Some(request), Some(limit)) => (request, limit),
    };
    let over = i128::from(limit) * 1000 > i128::from(most.milli()) * i128::from(request);
    over.then(|| format!("{text} provided ratio is {}", decimal(limit, request)))
}

fn judge_claim(item: &LimitRangeItem, claim: &PersistentVolumeClaimSpec, wrong: &mut Vec<String>) {
    if item.type_ != "PersistentVolumeClaim" {
        return;
    }
    let requests = amounts::of(claim.resources.as_ref().and_then(|r| r.requests.as_ref()));
    for (name, min) in amounts::of(item.min.as_ref()) {
        wrong.extend(too_little(&item.type_, &name, &min, requests.get(&name), None));
    }
    for (name, max) in amounts::of(item.max.as_ref()) {
        let text = format!("maximum {name} usage per {} is {max}", item.type_);
        match requests.get(&name) {
            None => wrong.push(format!("{text}.  No request is specified")),
            Some(request) if *request > max => wrong.push(format!("{text}, but request is {request}")),
            Some(_) => {}
        }
    }
}
