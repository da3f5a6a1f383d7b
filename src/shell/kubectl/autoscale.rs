//! `kubectl autoscale`: makes a HorizontalPodAutoscaler.
//!
//! Models: `kubectl/pkg/cmd/autoscale/autoscale.go`.
//! Left out: the second try with autoscaling/v1 (its error is told).

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, LAST_APPLIED, Printer, SAVE_CONFIG};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, targets};
use crate::api::decode::Check;
use crate::api::kinds;
use crate::base::quantity::{Quantity, canonical};
use serde_json::{Value, json};

pub struct Autoscale;

static FLAGS: &[Flag] = &[
    Flag::text(
        "cpu",
        "",
        "Target CPU utilization over all the pods, as a percentage (e.g. \"70%\") or an amount (\"500m\").",
    ),
    Flag::int(
        "cpu-percent",
        "-1",
        "The target average CPU utilization (represented as a percent of requested CPU) over all the pods. If it's not specified or negative, a default autoscaling policy will be used.",
    ),
    Flag::int("max", "-1", "The upper limit for the number of pods that can be set by the autoscaler. Required."),
    Flag::text(
        "memory",
        "",
        "Target memory utilization over all the pods, as a percentage (e.g. \"70%\") or an amount (\"200Mi\").",
    ),
    Flag::int(
        "min",
        "-1",
        "The lower limit for the number of pods that can be set by the autoscaler. If it's not specified or negative, the server will apply a default value.",
    ),
    Flag::text(
        "name",
        "",
        "The name for the newly created object. If not specified, the name of the input resource will be used.",
    ),
];

static MANAGER: &[Flag] = &[write::manager("kubectl-autoscale")];

static SPEC: Spec = Spec {
    name: "autoscale",
    group: Group::Deploy,
    short: "Auto-scale a deployment, replica set, stateful set, or replication controller",
    long: "Creates an autoscaler that automatically chooses and sets the number of pods that run in a Kubernetes cluster.",
    examples: "# Auto scale a deployment \"foo\", with the number of pods between 2 and 10, no target CPU utilization specified so a default autoscaling policy will be used\nkubectl autoscale deployment foo --min=2 --max=10",
    usage: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]",
    flags: &[flags::FILES, flags::OUTPUT, flags::DRY_RUN, MANAGER, SAVE_CONFIG, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Autoscale {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if args.has("cpu-percent") {
            cx.err("Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).");
        }
        if !args.has("max") {
            return Err(Failure::error("required flag(s) \"max\" not set"));
        }
        let (min, max) = (args.int("min"), args.int("max"));
        if max < 1 {
            return Err(Failure::error(format!("--max=MAXPODS is required and must be at least 1, max: {max}")));
        }
        if max < min {
            return Err(Failure::error(format!(
                "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
            )));
        }
        let dry = DryRun::of(args)?;
        let mut printer = Printer::of(args, dry)?;
        if args.int("cpu-percent") > 0 && !args.text("cpu").is_empty() {
            return Err(Failure::error("--cpu-percent and --cpu are mutually exclusive"));
        }
        let metrics = metrics(args)?;
        let found = targets::find(&args.words, args, cx)?;
        gather(found.troubles)?;
        for object in found.objects {
            let names = object.kind.names();
            if object.kind.replicas(&object).is_none() {
                return Err(Failure::error(format!(
                    "cannot autoscale a {}: could not find scale subresource for {}, Resource={} in discovery information",
                    names.kind,
                    names.api_version(),
                    names.plural
                )));
            }
            let name = if args.text("name").is_empty() { object.name() } else { args.text("name") };
            let mut spec = json!({
                "maxReplicas": max,
                "scaleTargetRef": { "apiVersion": names.api_version(), "kind": names.kind, "name": object.name() },
            });
            if min > 0 {
                spec["minReplicas"] = min.into();
            }
            if !metrics.is_empty() {
                spec["metrics"] = Value::Array(metrics.clone());
            }
            let mut value = json!({
                "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
                "metadata": { "name": name }, "spec": spec,
                "status": { "currentMetrics": null, "desiredReplicas": 0 },
            });
            if let Some(namespace) = &cx.config.asked_namespace {
                value["metadata"]["namespace"] = namespace.clone().into();
            }
            if dry == DryRun::Client {
                printer.titled(cx, "horizontalpodautoscaler.autoscaling", None, &value, "created")?;
                continue;
            }
            value["metadata"]["namespace"] = cx.namespace().into();
            if args.bool("save-config") {
                let text = write::last_applied(&value);
                write::annotate(&mut value, LAST_APPLIED, text);
            }
            let Some(kind) = kinds::of("autoscaling/v2", "HorizontalPodAutoscaler") else { continue };
            let object =
                write::create(cx, kind, value, Check::Strict, dry).map_err(|trouble| fallback(args, trouble))?;
            printer.object(cx, &object, "autoscaled")?;
        }
        Ok(Flow::Done)
    }
}

/// kubectl tries autoscaling/v1 when v2 is refused, if the flags have a place there; it is refused as well.
fn fallback(args: &Args, trouble: Trouble) -> Trouble {
    let words = "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1";
    let cpu = args.text("cpu");
    match trouble {
        Trouble::Api(_) if cpu.is_empty() => Trouble::Text(format!("{words}: empty input")),
        Trouble::Api(_) if !args.text("memory").is_empty() || !cpu.ends_with('%') => {
            Trouble::Text(format!("{words}: %!w(<nil>)"))
        }
        other => other,
    }
}

/// What is aimed at: a percentage of what is requested, or an amount.
fn metric(name: &str, unit: &str, text: &str) -> Result<Value, Failure> {
    let text = text.trim();
    let target = if let Some(percent) = text.strip_suffix('%') {
        let percent: i64 = percent.parse().map_err(|_| wrong(name, text))?;
        json!({ "averageUtilization": percent, "type": "Utilization" })
    } else {
        let bare = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit() || c == b'.');
        let amount = if bare { format!("{text}{unit}") } else { text.to_string() };
        Quantity::parse(&amount).map_err(|_| wrong(name, text))?;
        json!({ "averageValue": canonical(&amount), "type": "AverageValue" })
    };
    Ok(json!({ "resource": { "name": name, "target": target }, "type": "Resource" }))
}

fn wrong(name: &str, text: &str) -> Failure {
    Failure::error(format!("invalid resource {name} value: {text}"))
}

fn metrics(args: &Args) -> Result<Vec<Value>, Failure> {
    let mut metrics = vec![];
    let percent = args.int("cpu-percent");
    if percent > 0 {
        metrics.push(metric("cpu", "m", &format!("{percent}%"))?);
    }
    for (name, unit) in [("cpu", "m"), ("memory", "Mi")] {
        if !args.text(name).is_empty() {
            metrics.push(metric(name, unit, args.text(name))?);
        }
    }
    Ok(metrics)
}
