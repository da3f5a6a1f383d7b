//! `kubectl autoscale`: prints the autoscaler it would make.
//!
//! Models: `kubectl/pkg/cmd/autoscale/autoscale.go`.
//! Left out: creating it, until the cluster has HorizontalPodAutoscalers.

use super::trouble::gather;
use super::write::{self, DryRun, Printer, SAVE_CONFIG};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, targets};
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
        let metrics = metrics(args);
        let found = targets::find(&args.words, args, cx)?;
        gather(found.troubles)?;
        for object in found.objects {
            let names = object.kind.names();
            if object.kind.replicas(&object).is_none() {
                let group = if names.group.is_empty() { String::new() } else { format!(".{}", names.group) };
                return Err(Failure::error(format!("cannot autoscale a {}{group}: no scale subresource", names.kind)));
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
            if dry != DryRun::Client {
                return Err(Failure::error(
                    "HorizontalPodAutoscaler (autoscaling/v2) is left out: this cluster does not simulate it yet (--dry-run=client -o yaml works)",
                ));
            }
            printer.titled(cx, "horizontalpodautoscaler.autoscaling", None, &value, "autoscaled")?;
        }
        Ok(Flow::Done)
    }
}

fn metrics(args: &Args) -> Vec<Value> {
    let metric = |name: &str, text: &str| {
        let target = match text.strip_suffix('%').and_then(|percent| percent.parse::<i64>().ok()) {
            Some(percent) => json!({ "averageUtilization": percent, "type": "Utilization" }),
            None => json!({ "averageValue": text, "type": "AverageValue" }),
        };
        json!({ "resource": { "name": name, "target": target }, "type": "Resource" })
    };
    let mut metrics = vec![];
    if args.int("cpu-percent") >= 0 {
        metrics.push(metric("cpu", &format!("{}%", args.int("cpu-percent"))));
    }
    for name in ["cpu", "memory"] {
        if !args.text(name).is_empty() {
            metrics.push(metric(name, args.text(name)));
        }
    }
    metrics
}
