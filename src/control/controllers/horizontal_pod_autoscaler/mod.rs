//! A HorizontalPodAutoscaler keeps its target as large as its metrics want it, within its bounds.
//!
//! Models: `pkg/controller/podautoscaler/horizontal.go`, `pkg/controller/podautoscaler/metrics/client.go`.
//! Left out: metrics of adapters (there is none, and it says so), scaling to zero.

mod limits;
mod measure;
mod replicas;

use crate::api::kinds::horizontal_pod_autoscaler::{metrics, number};
use crate::api::kinds::plain::{self, Status};
use crate::api::selector::Selector;
use crate::api::{ApiError, Object, Reader, Reason, kinds};
use crate::control::{Again, Controller, Cx, EventType, second};
use crate::store::{Change, Key};
use crate::time::Span;
use measure::{Measured, Proposal};
use serde_json::{Value, json};

pub struct HorizontalPodAutoscalers;

/// How often each is looked at; a new or changed one waits as long.
const PERIOD: Span = Span::seconds(15);
const RESOURCE: &str = "horizontalpodautoscalers.autoscaling";
/// The resource of the keys of news, which wait for their turn.
const NEWS: &str = "horizontalpodautoscalers.autoscaling/news";

impl Controller for HorizontalPodAutoscalers {
    fn name(&self) -> &'static str {
        "horizontal-pod-autoscaler-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:horizontal-pod-autoscaler".into()
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        let news = change.key.resource == RESOURCE;
        if news { vec![Key { resource: NEWS, ..change.key.clone() }] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        if key.resource == NEWS {
            cx.wake(Key { resource: RESOURCE, ..key.clone() }, PERIOD);
            return Ok(Again::OnChange);
        }
        let Some(mut scaler) = cx.read().by_key(key).cloned() else {
            cx.scalers.forget(key);
            return Ok(Again::OnChange);
        };
        look(&mut scaler, cx);
        let stored = cx.read().by_key(key).filter(|stored| stored.uid() == scaler.uid());
        if stored.is_some_and(|stored| !stored.same_status(&scaler)) {
            scaler.meta_mut().resource_version = None;
            match cx.update_status(scaler) {
                Err(error) if error.reason != Reason::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(Again::After(PERIOD))
    }
}

/// The object that is scaled.
///
/// # Errors
/// Why it cannot be found.
fn target(scaler: &Object, read: Reader<'_>) -> Result<Object, String> {
    let text = |field| plain::text(scaler, &["spec", "scaleTargetRef", field]);
    let (version, word, name) = (text("apiVersion"), text("kind"), text("name"));
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let lost = || format!("no matches for kind \"{word}\" in group \"{group}\"");
    let kind = read.kind_of(version, word).ok_or_else(lost)?;
    let names = kind.names();
    let dot = if names.group.is_empty() { "" } else { "." };
    let lost = || format!("{}/scale{dot}{} \"{name}\" not found", names.plural, names.group);
    let target = read.get(kind, scaler.namespace(), name).cloned().ok_or_else(lost)?;
    match kind.replicas(&target) {
        Some(_) => Ok(target),
        None => Err("the server could not find the requested resource".into()),
    }
}

/// One autoscaler's turn.
struct Turn {
    key: Key,
    current: i32,
    min: i32,
    max: i32,
    /// What a turn finds out about the metrics, one entry each.
    statuses: Value,
}

fn look(scaler: &mut Object, cx: &mut Cx<'_>) {
    let found = match target(scaler, cx.read()) {
        Ok(target) => target,
        Err(why) => {
            cx.event(scaler, EventType::Warning, "FailedGetScale", why.clone());
            let text = format!("the HPA controller was unable to get the target's current scale: {why}");
            condition(scaler, "AbleToScale", "False", "FailedGetScale", &text, cx);
            return;
        }
    };
    let text = "the HPA controller was able to get the target's current scale";
    condition(scaler, "AbleToScale", "True", "SucceededGetScale", text, cx);
    let bound = |field| number(scaler, &["spec", field]) as i32;
    let current = found.kind.replicas(&found).unwrap_or(0);
    let (min, max) = (bound("minReplicas"), bound("maxReplicas"));
    let mut turn = Turn { key: scaler.key(), current, min, max, statuses: Value::Null };
    let past = cx.scalers.of(&turn.key);
    if past.recommended.is_empty() {
        past.recommended.push((current, cx.now));
    }
    let (wanted, why) = if current == 0 && min != 0 {
        let text = "scaling is disabled since the replica count of the target is zero";
        condition(scaler, "ScalingActive", "False", "ScalingDisabled", text, cx);
        return set(scaler, &turn, 0);
    } else if current > max {
        (max, "Current number of replicas above Spec.MaxReplicas".to_string())
    } else if current < min {
        (min, "Current number of replicas below Spec.MinReplicas".to_string())
    } else {
        match proposal(scaler, &found, &mut turn, cx) {
            Some(wanted) => wanted,
            None => {
                let desired = number(scaler, &["status", "desiredReplicas"]) as i32;
                return set(scaler, &turn, desired);
            }
        }
    };
    if wanted == current {
        return set(scaler, &turn, current);
    }
    rescale(scaler, found, &turn, (wanted, &why), cx);
}

/// What the metrics want, within limits, and why; `None` when they say nothing.
fn proposal(scaler: &mut Object, target: &Object, turn: &mut Turn, cx: &mut Cx<'_>) -> Option<(i32, String)> {
    let (metric, wanted) = match measure(scaler, target, turn, cx) {
        Ok(best) => (best.name, best.replicas),
        Err(why) => {
            cx.event(scaler, EventType::Warning, "FailedComputeMetricsReplicas", why);
            return None;
        }
    };
    let why = match wanted.cmp(&turn.current) {
        std::cmp::Ordering::Greater => format!("{metric} above target"),
        std::cmp::Ordering::Less => "All metrics below target".into(),
        std::cmp::Ordering::Equal => String::new(),
    };
    Some((limits::normalize(scaler, turn, wanted, cx), why))
}

fn rescale(scaler: &mut Object, mut target: Object, turn: &Turn, (wanted, why): (i32, &str), cx: &mut Cx<'_>) {
    target.kind.set_replicas(&mut target, wanted);
    if let Err(error) = cx.update(target) {
        let text = format!("New size: {wanted}; reason: {why}; error: {}", error.message);
        cx.event(scaler, EventType::Warning, "FailedRescale", text);
        let text = format!("the HPA controller was unable to update the target scale: {}", error.message);
        condition(scaler, "AbleToScale", "False", "FailedUpdateScale", &text, cx);
        let desired = number(scaler, &["status", "desiredReplicas"]) as i32;
        return set(scaler, turn, desired);
    }
    let text = format!("the HPA controller was able to update the target scale to {wanted}");
    condition(scaler, "AbleToScale", "True", "SucceededRescale", &text, cx);
    cx.event(scaler, EventType::Normal, "SuccessfulRescale", format!("New size: {wanted}; reason: {why}"));
    limits::remember(scaler, turn, wanted, cx);
    set(scaler, turn, wanted);
    scaler.status_mut::<Status>()["lastScaleTime"] = second(cx.now).into();
}

fn set(scaler: &mut Object, turn: &Turn, desired: i32) {
    let status = scaler.status_mut::<Status>();
    status["currentMetrics"] = turn.statuses.clone();
    status["currentReplicas"] = turn.current.into();
    status["desiredReplicas"] = desired.into();
}

/// The greatest of what the metrics want; an error when none of them could be had, or some could not and the others want
/// less than there is.
fn measure(scaler: &mut Object, target: &Object, turn: &mut Turn, cx: &mut Cx<'_>) -> Result<Proposal, String> {
    let selector = selector(scaler, target, cx)?;
    let asked: Vec<Value> = metrics(scaler).to_vec();
    let count = asked.len();
    let measured = Measured::of(scaler, &selector, turn.current, cx);
    let all: Vec<Result<Proposal, measure::Fault>> = asked.iter().map(|metric| measured.propose(metric)).collect();
    let empty = json!({ "type": "" });
    turn.statuses = all.iter().map(|one| one.as_ref().map_or(empty.clone(), |one| one.status.clone())).collect();
    let faults: Vec<&measure::Fault> = all.iter().filter_map(|one| one.as_ref().err()).collect();
    for fault in &faults {
        cx.event(scaler, EventType::Warning, fault.reason, fault.why.clone());
    }
    let mut best: Option<Proposal> = None;
    for one in all.iter().flatten() {
        if best.as_ref().is_none_or(|best| best.replicas == 0 || one.replicas > best.replicas) {
            best = Some(one.clone());
        }
    }
    match (faults.first(), best) {
        (Some(first), best) if best.as_ref().is_none_or(|best| best.replicas < turn.current) => {
            let text = format!("the HPA was unable to compute the replica count: {}", first.why);
            condition(scaler, "ScalingActive", "False", first.reason, &text, cx);
            let (bad, what) = (faults.len(), &first.what);
            Err(format!("invalid metrics ({bad} invalid out of {count}), first error is: {what}: {}", first.why))
        }
        (_, Some(best)) => {
            let text = format!("the HPA was able to successfully calculate a replica count from {}", best.name);
            condition(scaler, "ScalingActive", "True", "ValidMetricFound", &text, cx);
            Ok(best)
        }
        (_, None) => Err("no metrics".into()),
    }
}

/// The selector of the pods that are scaled.
fn selector(scaler: &mut Object, target: &Object, cx: &mut Cx<'_>) -> Result<Selector, String> {
    let own = target.kind.selector(target).map(|own| Selector::of(Some(&own)));
    let Some(selector) = own.filter(|own| !own.is_empty()) else {
        cx.event(scaler, EventType::Warning, "SelectorRequired", "selector is required");
        let text = "the HPA target's scale is missing a selector";
        condition(scaler, "ScalingActive", "False", "InvalidSelector", text, cx);
        return Err("selector is required".into());
    };
    let read = cx.read();
    let space = scaler.namespace();
    let all: Vec<&Object> = read.list(scaler.kind, Some(space)).collect();
    if all.len() < 2 {
        return Ok(selector);
    }
    let pods = || read.list(kinds::POD, Some(space)).filter(|pod| selector.matches(pod.labels()));
    let takes = |other: &&&Object| {
        let theirs = self::target(other, read).ok().and_then(|t| t.kind.selector(&t));
        theirs.is_some_and(|theirs| {
            let theirs = Selector::of(Some(&theirs));
            pods().any(|pod| theirs.matches(pod.labels()))
        })
    };
    let names: Vec<String> = all.iter().filter(takes).map(|one| format!("{space}/{}", one.name())).collect();
    if names.len() < 2 {
        return Ok(selector);
    }
    let why = format!("pods by selector {selector} are controlled by multiple HPAs: [{}]", names.join(" "));
    cx.event(scaler, EventType::Warning, "AmbiguousSelector", why.clone());
    condition(scaler, "ScalingActive", "False", "AmbiguousSelector", &why, cx);
    Err(why)
}

fn condition(scaler: &mut Object, kind: &str, word: &str, reason: &str, message: &str, cx: &Cx<'_>) {
    let status = scaler.status_mut::<Status>();
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let Some(list) = status["conditions"].as_array_mut() else { return };
    let old = list.iter().position(|condition| condition["type"] == kind);
    let at = old.unwrap_or_else(|| {
        list.push(json!({ "type": kind }));
        list.len() - 1
    });
    let condition = &mut list[at];
    if condition["status"] != word {
        condition["lastTransitionTime"] = second(cx.now).into();
    }
    condition["status"] = word.into();
    condition["reason"] = reason.into();
    condition["message"] = message.into();
}
