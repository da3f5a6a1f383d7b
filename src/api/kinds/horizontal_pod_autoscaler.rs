//! HorizontalPodAutoscaler (autoscaling/v2). Its parts are JSON.
//!
//! Models: `pkg/apis/autoscaling/v2/defaults.go`, `printHorizontalPodAutoscaler`.
//! Left out: autoscaling/v1 as another form of the same object.

use super::plain::{self, Body, Status};
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{Report, autoscaler_describe};
use crate::api::validation;
use crate::time::Time;
use serde_json::{Map, Value, json};

pub struct HorizontalPodAutoscalerKind;

static NAMES: Names = Names {
    kind: "HorizontalPodAutoscaler",
    group: "autoscaling",
    version: "v2",
    plural: "horizontalpodautoscalers",
    singular: "horizontalpodautoscaler",
    short: &["hpa"],
    namespaced: true,
    categories: &["all"],
    resource: "horizontalpodautoscalers.autoscaling",
};

static COLUMNS: [Column; 7] = [
    cell::NAME,
    column("REFERENCE", |scaler, _| reference(scaler)),
    column("TARGETS", |scaler, _| targets(scaler)),
    column("MINPODS", |scaler, _| {
        plain::at(scaler, &["spec", "minReplicas"]).map_or("<unset>".into(), Value::to_string)
    }),
    column("MAXPODS", |scaler, _| number(scaler, &["spec", "maxReplicas"]).to_string()),
    column("REPLICAS", |scaler, _| number(scaler, &["status", "currentReplicas"]).to_string()),
    cell::AGE,
];

/// Metrics are shown up to so many.
const SHOWN: usize = 2;

pub fn number(scaler: &Object, path: &[&str]) -> i64 {
    plain::at(scaler, path).and_then(Value::as_i64).unwrap_or(0)
}

/// `Deployment/web`.
pub fn reference(scaler: &Object) -> String {
    let text = |field| plain::text(scaler, &["spec", "scaleTargetRef", field]);
    format!("{}/{}", text("kind"), text("name"))
}

/// The metrics that are watched.
pub fn metrics(scaler: &Object) -> &[Value] {
    plain::at(scaler, &["spec", "metrics"]).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What a target of a metric is, in words: `50%`, `500m`.
pub fn target(metric: &Value) -> String {
    let target = &metric["target"];
    let text = |field: &str| target[field].as_str().map(str::to_string);
    let percent = || target["averageUtilization"].as_i64().map(|percent| format!("{percent}%"));
    text("averageValue").or_else(percent).or_else(|| text("value")).unwrap_or_else(|| "<auto>".into())
}

fn targets(scaler: &Object) -> String {
    let all: Vec<String> =
        metrics(scaler).iter().enumerate().map(|(n, metric)| one_target(scaler, n, metric)).collect();
    let more = all.len().saturating_sub(SHOWN);
    let text = all[..all.len() - more].join(", ");
    match more {
        0 if text.is_empty() => "<none>".into(),
        0 => text,
        more => format!("{text} + {more} more..."),
    }
}

/// What a metric is now, as far as the status says: a percentage, the amount; both may be missing.
pub fn current(scaler: &Object, n: usize) -> (Option<String>, Option<String>) {
    let all = plain::at(scaler, &["status", "currentMetrics"]).and_then(Value::as_array);
    let Some(metric) = all.and_then(|all| all.get(n)) else { return (None, None) };
    let sources = ["resource", "containerResource", "pods", "object", "external"];
    let source = sources.iter().map(|source| &metric[*source]).find(|source| source.is_object());
    let current = source.map_or(&Value::Null, |source| &source["current"]);
    let percent = current["averageUtilization"].as_i64().map(|percent| format!("{percent}%"));
    let amount = current["averageValue"].as_str().or(current["value"].as_str()).map(str::to_string);
    (percent, amount)
}

fn one_target(scaler: &Object, n: usize, metric: &Value) -> String {
    let (percent, amount) = current(scaler, n);
    let raw = |source: &Value| source["target"]["averageValue"].is_string();
    let average = |source: &Value| if raw(source) { " (avg)" } else { "" };
    let unknown = || "<unknown>".to_string();
    let resource = |source: &Value| {
        let now = if raw(source) { amount.clone() } else { percent.clone() };
        format!("{}: {}/{}", source["name"].as_str().unwrap_or(""), now.unwrap_or_else(unknown), target(source))
    };
    let plain = || amount.clone().unwrap_or_else(unknown);
    match metric["type"].as_str().unwrap_or("") {
        "Resource" => resource(&metric["resource"]),
        "ContainerResource" => resource(&metric["containerResource"]),
        "Pods" => format!("{}/{}", plain(), target(&metric["pods"])),
        "Object" => format!("{}/{}{}", plain(), target(&metric["object"]), average(&metric["object"])),
        "External" => format!("{}/{}{}", plain(), target(&metric["external"]), average(&metric["external"])),
        _ => "<unknown type>".into(),
    }
}

/// The rules of one direction, what is not given filled in.
fn rules(given: Option<Value>, window: Option<i64>, policies: Value) -> Value {
    let mut rules = json!({ "selectPolicy": "Max", "policies": policies });
    if let Some(window) = window {
        rules["stabilizationWindowSeconds"] = window.into();
    }
    if let Some(Value::Object(given)) = given {
        given.into_iter().for_each(|(name, value)| rules[name.as_str()] = value);
    }
    rules
}

impl Kind for HorizontalPodAutoscalerKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        autoscaler_describe::describe(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        &plain::BUILT_IN
    }

    fn defaults(&self, object: &mut Object) {
        let body = object.spec_mut::<Body>();
        let Value::Object(spec) = body.entry("spec").or_insert_with(|| Value::Object(Map::new())) else { return };
        spec.entry("minReplicas").or_insert_with(|| 1.into());
        if spec.get("metrics").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            let target = json!({ "type": "Utilization", "averageUtilization": 80 });
            let metric = json!({ "type": "Resource", "resource": { "name": "cpu", "target": target } });
            spec.insert("metrics".into(), json!([metric]));
        }
        if let Some(Value::Object(behavior)) = spec.get_mut("behavior") {
            let percent = json!({ "type": "Percent", "value": 100, "periodSeconds": 15 });
            let pods = json!({ "type": "Pods", "value": 4, "periodSeconds": 15 });
            let up = rules(behavior.remove("scaleUp"), Some(0), json!([pods, percent.clone()]));
            let down = rules(behavior.remove("scaleDown"), None, json!([percent]));
            behavior.insert("scaleUp".into(), up);
            behavior.insert("scaleDown".into(), down);
        }
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            *new.status_mut::<Status>() = json!({ "currentMetrics": null, "desiredReplicas": 0 });
        }
    }

    fn validate(&self, new: &Object, _old: Option<&Object>, errors: &mut FieldErrors) {
        validation::autoscaler::validate(new, errors);
    }
}
