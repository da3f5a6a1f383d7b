//! A HorizontalPodAutoscaler keeps its target between its bounds, and asks for metrics that nobody serves.
//!
//! Models: `pkg/controller/podautoscaler/horizontal.go`, `pkg/controller/podautoscaler/metrics/client.go`.
//! Left out: metrics (there is no metrics server, and it says so), and with them behaviour and stabilisation.

use crate::api::kinds::horizontal_pod_autoscaler::{metrics, number};
use crate::api::kinds::plain::{self, Status};
use crate::api::{ApiError, Object, Reader, Reason};
use crate::control::{Again, Controller, Cx, EventType, second};
use crate::store::{Change, Key};
use crate::time::Span;
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
        let news = change.key.resource == RESOURCE && change.new.is_some();
        if news { vec![Key { resource: NEWS, ..change.key.clone() }] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        if key.resource == NEWS {
            cx.wake(Key { resource: RESOURCE, ..key.clone() }, PERIOD);
            return Ok(Again::OnChange);
        }
        let Some(mut scaler) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        look(&mut scaler, cx)?;
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

fn look(scaler: &mut Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let mut target = match target(scaler, cx.read()) {
        Ok(target) => target,
        Err(why) => {
            cx.event(scaler, EventType::Warning, "FailedGetScale", why.clone());
            let text = format!("the HPA controller was unable to get the target's current scale: {why}");
            condition(scaler, "AbleToScale", "False", "FailedGetScale", &text, cx);
            return Ok(());
        }
    };
    let text = "the HPA controller was able to get the target's current scale";
    condition(scaler, "AbleToScale", "True", "SucceededGetScale", text, cx);
    let current = i64::from(target.kind.replicas(&target).unwrap_or(0));
    let (min, max) = (number(scaler, &["spec", "minReplicas"]), number(scaler, &["spec", "maxReplicas"]));
    let (wanted, why) = if current == 0 && min != 0 {
        let text = "scaling is disabled since the replica count of the target is zero";
        condition(scaler, "ScalingActive", "False", "ScalingDisabled", text, cx);
        set(scaler, current, 0);
        return Ok(());
    } else if current > max {
        (max, "Current number of replicas above Spec.MaxReplicas")
    } else if current < min {
        (min, "Current number of replicas below Spec.MinReplicas")
    } else {
        scaler.status_mut::<Status>()["currentReplicas"] = current.into();
        measure(scaler, cx);
        return Ok(());
    };
    target.kind.set_replicas(&mut target, wanted as i32);
    if let Err(error) = cx.update(target) {
        let text = format!("New size: {wanted}; reason: {why}; error: {}", error.message);
        cx.event(scaler, EventType::Warning, "FailedRescale", text);
        let text = format!("the HPA controller was unable to update the target scale: {}", error.message);
        condition(scaler, "AbleToScale", "False", "FailedUpdateScale", &text, cx);
        scaler.status_mut::<Status>()["currentReplicas"] = current.into();
        return Ok(());
    }
    let text = format!("the HPA controller was able to update the target scale to {wanted}");
    condition(scaler, "AbleToScale", "True", "SucceededRescale", &text, cx);
    cx.event(scaler, EventType::Normal, "SuccessfulRescale", format!("New size: {wanted}; reason: {why}"));
    set(scaler, current, wanted);
    scaler.status_mut::<Status>()["lastScaleTime"] = second(cx.now).into();
    Ok(())
}

fn set(scaler: &mut Object, current: i64, desired: i64) {
    let status = scaler.status_mut::<Status>();
    status["currentMetrics"] = Value::Null;
    status["currentReplicas"] = current.into();
    status["desiredReplicas"] = desired.into();
}

/// Asks for each metric, in vain.
fn measure(scaler: &mut Object, cx: &mut Cx<'_>) {
    let all: Vec<Fault> = metrics(scaler).iter().map(|metric| fault(metric, scaler.namespace())).collect();
    for fault in &all {
        cx.event(scaler, EventType::Warning, fault.reason, fault.why.clone());
    }
    let Some(first) = all.first() else { return };
    let text = format!("the HPA was unable to compute the replica count: {}", first.why);
    condition(scaler, "ScalingActive", "False", first.reason, &text, cx);
    let (count, what) = (all.len(), &first.what);
    let text = format!("invalid metrics ({count} invalid out of {count}), first error is: {what}: {}", first.why);
    cx.event(scaler, EventType::Warning, "FailedComputeMetricsReplicas", text);
}

/// Why a metric could not be had.
struct Fault {
    reason: &'static str,
    what: String,
    why: String,
}

fn fault(metric: &Value, namespace: &str) -> Fault {
    let text = |value: &Value| value.as_str().unwrap_or("").to_string();
    let custom =
        "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";
    match metric["type"].as_str().unwrap_or("") {
        "Pods" => Fault {
            reason: "FailedGetPodsMetric",
            what: "failed to get pods metric value".into(),
            why: format!("unable to get metric {}: {custom}", text(&metric["pods"]["metric"]["name"])),
        },
        "Object" => {
            let source = &metric["object"];
            let (on, name) = (&source["describedObject"], text(&source["metric"]["name"]));
            let on = format!("{} on {namespace} {}", text(&on["kind"]), text(&on["name"]));
            Fault {
                reason: "FailedGetObjectMetric",
                what: "failed to get object metric value".into(),
                why: format!("unable to get metric {name}: {on}/{custom}"),
            }
        }
        "External" => {
            let name = text(&metric["external"]["metric"]["name"]);
            Fault {
                reason: "FailedGetExternalMetric",
                what: format!("failed to get {name} external metric value"),
                why: format!(
                    "unable to get external metric {namespace}/{name}/nil: unable to fetch metrics from external metrics API: the server could not find the requested resource (get {name}.external.metrics.k8s.io)"
                ),
            }
        }
        kind => {
            let container = kind == "ContainerResource";
            let source = &metric[if container { "containerResource" } else { "resource" }];
            let name = text(&source["name"]);
            let measure = if source["target"]["averageValue"].is_string() { "usage" } else { "utilization" };
            Fault {
                reason: if container { "FailedGetContainerResourceMetric" } else { "FailedGetResourceMetric" },
                what: format!("failed to get {name} {} metric value", if container { "container" } else { "resource" }),
                why: format!(
                    "failed to get {name} {measure}: unable to get metrics for resource {name}: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
                ),
            }
        }
    }
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
