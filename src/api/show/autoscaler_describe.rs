//! `kubectl describe` of HorizontalPodAutoscalers.
//!
//! Models: `describeHorizontalPodAutoscalerV2` of `kubectl/pkg/describe/describe.go`.
//! Left out: nothing.

use super::report::{Report, long_time};
use crate::api::kinds::horizontal_pod_autoscaler::{current, metrics, number, reference, target};
use crate::api::kinds::plain;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::time::Time;
use serde_json::Value;

pub fn describe(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    out.head(object);
    if let Some(created) = &object.meta.creation_timestamp {
        out.line(0, format_args!("CreationTimestamp:\t{}", long_time(created)));
    }
    out.line(0, format_args!("Reference:\t{}", reference(object)));
    out.line(0, "Metrics:\t( current / target )");
    for (n, metric) in metrics(object).iter().enumerate() {
        out.line(1, one(metric, current(object, n)));
    }
    let min = plain::at(object, &["spec", "minReplicas"]).map_or("<unset>".into(), Value::to_string);
    out.line(0, format_args!("Min replicas:\t{min}"));
    out.line(0, format_args!("Max replicas:\t{}", number(object, &["spec", "maxReplicas"])));
    if let Some(behavior) = plain::at(object, &["spec", "behavior"]) {
        out.line(0, "Behavior:");
        for (title, way) in [("Scale Up", "scaleUp"), ("Scale Down", "scaleDown")] {
            rules(title, &behavior[way], out);
        }
    }
    let kind = plain::text(object, &["spec", "scaleTargetRef", "kind"]);
    let count = |field| number(object, &["status", field]);
    let (current, desired) = (count("currentReplicas"), count("desiredReplicas"));
    out.line(0, format_args!("{kind} pods:\t{current} current / {desired} desired"));
    let conditions = plain::at(object, &["status", "conditions"]).and_then(Value::as_array);
    for (n, condition) in conditions.into_iter().flatten().enumerate() {
        if n == 0 {
            out.raw("Conditions:\n  Type\tStatus\tReason\tMessage\n  ----\t------\t------\t-------\n");
        }
        let text = |field: &str| condition[field].as_str().unwrap_or("");
        let (kind, status) = (text("type"), text("status"));
        out.line(1, format_args!("{kind}\t{status}\t{}\t{}", text("reason"), text("message")));
    }
    out.events_of(object, read, now);
}

fn one(metric: &Value, (percent, amount): (Option<String>, Option<String>)) -> String {
    let amount = amount.unwrap_or_else(|| "<unknown>".into());
    let percent = percent.map_or("<unknown>".into(), |percent| format!("{percent} ({amount})"));
    let text = |value: &Value| value.as_str().unwrap_or("").to_string();
    let raw = |source: &Value| source["target"]["averageValue"].is_string();
    let resource = |source: &Value, of: String| {
        let (name, target) = (text(&source["name"]), target(source));
        if raw(source) {
            format!("resource {name}{of} on pods:\t{amount} / {target}")
        } else {
            format!("resource {name}{of} on pods  (as a percentage of request):\t{percent} / {target}")
        }
    };
    match metric["type"].as_str().unwrap_or("") {
        "Resource" => resource(&metric["resource"], String::new()),
        "ContainerResource" => {
            let source = &metric["containerResource"];
            resource(source, format!(" of container \"{}\"", text(&source["container"])))
        }
        "Pods" => {
            let source = &metric["pods"];
            format!("\"{}\" on pods:\t{amount} / {}", text(&source["metric"]["name"]), target(source))
        }
        "Object" => {
            let source = &metric["object"];
            let (on, name) = (&source["describedObject"], text(&source["metric"]["name"]));
            let what = if source["target"]["type"] == "AverageValue" { "target average value" } else { "target value" };
            let on = format!("{}/{}", text(&on["kind"]), text(&on["name"]));
            format!("\"{name}\" on {on} ({what}):\t{amount} / {}", target(source))
        }
        "External" => {
            let source = &metric["external"];
            let what = if raw(source) { "target average value" } else { "target value" };
            format!("\"{}\" ({what}):\t{amount} / {}", text(&source["metric"]["name"]), target(source))
        }
        other => format!("<unknown metric type \"{other}\">"),
    }
}

fn rules(title: &str, rules: &Value, out: &mut Report) {
    if rules.is_null() {
        return;
    }
    out.line(1, format_args!("{title}:"));
    if let Some(seconds) = rules["stabilizationWindowSeconds"].as_i64() {
        out.line(2, format_args!("Stabilization Window: {seconds} seconds"));
    }
    let policies = rules["policies"].as_array().map_or(&[][..], Vec::as_slice);
    if policies.is_empty() {
        return;
    }
    out.line(2, format_args!("Select Policy: {}", rules["selectPolicy"].as_str().unwrap_or("Max")));
    out.line(2, "Policies:");
    for policy in policies {
        let (kind, value, period) = (policy["type"].as_str().unwrap_or(""), &policy["value"], &policy["periodSeconds"]);
        out.line(3, format_args!("- Type: {kind}\tValue: {value}\tPeriod: {period} seconds"));
    }
}
