//! What each metric of an autoscaler says: how many replicas, or why it cannot be had.
//!
//! Models: `computeReplicasForMetric` of `pkg/controller/podautoscaler/horizontal.go`,
//! `pkg/controller/podautoscaler/metrics/client.go`.
//! Left out: adapters for custom and external metrics.

use super::replicas::{Pods, Sample, Tolerance};
use crate::api::Object;
use crate::api::kinds;
use crate::api::kinds::plain;
use crate::api::metrics::Absent;
use crate::api::selector::Selector;
use crate::base::quantity::Quantity;
use crate::control::Cx;
use crate::control::resources::milli;
use crate::time::Time;
use serde_json::{Value, json};
use std::rc::Rc;

/// What a metric wants.
#[derive(Clone)]
pub struct Proposal {
    pub replicas: i32,
    /// Its name in events.
    pub name: String,
    pub status: Value,
}

/// Why a metric could not be had.
pub struct Fault {
    pub reason: &'static str,
    pub what: String,
    pub why: String,
}

/// A pod's containers and what they use, in thousandths: of a CPU, of a byte.
type Used = Vec<(Rc<str>, i64, i64)>;

/// All that the metrics of one autoscaler are computed from.
pub struct Measured {
    namespace: String,
    pods: Vec<Object>,
    /// What the metrics API says of the pods: by name.
    used: Result<Vec<(Rc<str>, Used, Sample)>, Absent>,
    tolerance: Tolerance,
    current: i32,
    now: Time,
}

impl Measured {
    pub fn of(scaler: &Object, selector: &Selector, current: i32, cx: &Cx<'_>) -> Measured {
        let (read, space) = (cx.read(), scaler.namespace());
        let pods = read.list(kinds::POD, Some(space)).filter(|pod| selector.matches(pod.labels()));
        let pods: Vec<Object> = pods.cloned().collect();
        let used = read.metrics().map(|metrics| {
            let one = |pod: &Object| {
                let (space, name): (Rc<str>, Rc<str>) = (pod.namespace().into(), pod.name().into());
                let all = metrics.pod(&space, &name).filter(|all| !all.is_empty())?;
                let first = all.iter().map(|(_, usage)| *usage).min_by_key(|usage| usage.at)?;
                let used = all.iter().map(|(name, usage)| {
                    (name.clone(), usage.cpu.div_ceil(1_000_000) as i64, (usage.memory as i64).saturating_mul(1000))
                });
                Some((name, used.collect(), Sample { value: 0, at: first.at, window: first.window }))
            };
            pods.iter().filter_map(one).collect()
        });
        let own = |way: &str| {
            let text = plain::at(scaler, &["spec", "behavior", way, "tolerance"])?;
            Some(text.as_str().map_or_else(|| text.as_i64().unwrap_or(0) * 1000, milli))
        };
        let tolerance = Tolerance { up: own("scaleUp").unwrap_or(100), down: own("scaleDown").unwrap_or(100) };
        Measured { namespace: space.into(), pods, used, tolerance, current, now: cx.now }
    }

    pub fn propose(&self, metric: &Value) -> Result<Proposal, Fault> {
        match metric["type"].as_str().unwrap_or("") {
            "Resource" => {
                let source = &metric["resource"];
                self.resource(source, "").map_err(|why| Fault {
                    reason: "FailedGetResourceMetric",
                    what: format!("failed to get {} resource metric value", text(&source["name"])),
                    why,
                })
            }
            "ContainerResource" => {
                let source = &metric["containerResource"];
                let container = text(&source["container"]);
                self.resource(source, &container).map_err(|why| Fault {
                    reason: "FailedGetContainerResourceMetric",
                    what: format!("failed to get {container} container metric value"),
                    why,
                })
            }
            _ => Err(absent(metric, &self.namespace)),
        }
    }

    fn resource(&self, source: &Value, container: &str) -> Result<Proposal, String> {
        let name = text(&source["name"]);
        let target = &source["target"];
        let raw = target["averageValue"].as_str();
        let measure = if raw.is_some() { "usage" } else { "utilization" };
        let head = |why: String| format!("failed to get {name} {measure}: {why}");
        let samples = self.samples(&name, container);
        let samples = samples.map_err(|why| head(format!("unable to get metrics for resource {name}: {why}")))?;
        let pods = Pods { all: &self.pods, samples, current: self.current, tolerance: self.tolerance, now: self.now };
        let (replicas, value, label, percent) = match raw {
            Some(amount) => {
                let (replicas, value) = pods.plain(milli(amount), &name).map_err(head)?;
                (replicas, value, format!("{name} resource"), None)
            }
            None => {
                let aim = target["averageUtilization"].as_i64().unwrap_or(80);
                let (replicas, percent, value) = pods.utilization(aim, &name, container).map_err(head)?;
                let of = if container.is_empty() { "" } else { "container " };
                (replicas, value, format!("{name} {of}resource utilization (percentage of request)"), Some(percent))
            }
        };
        let mut current = json!({ "averageValue": Quantity::from_milli(value).to_string() });
        if let Some(percent) = percent {
            current["averageUtilization"] = percent.into();
        }
        let status = match container {
            "" => json!({ "type": "Resource", "resource": { "name": name, "current": current } }),
            container => json!({
                "type": "ContainerResource",
                "containerResource": { "name": name, "container": container, "current": current },
            }),
        };
        Ok(Proposal { replicas, name: label, status })
    }

    /// What the pods, or one container of each, use of a resource.
    fn samples(&self, resource: &str, container: &str) -> Result<Vec<(Rc<str>, Sample)>, String> {
        let used = self.used.as_ref().map_err(|absent| {
            let words = absent.words();
            format!("unable to fetch metrics from resource metrics API: {words} (get pods.metrics.k8s.io)")
        })?;
        if used.is_empty() {
            return Err("no metrics returned from resource metrics API".into());
        }
        let amount = |(_, cpu, memory): &(Rc<str>, i64, i64)| match resource {
            "cpu" => Some(*cpu),
            "memory" => Some(*memory),
            _ => None,
        };
        let mut samples = vec![];
        for (pod, containers, sample) in used {
            let value: Option<i64> = match container {
                "" => containers.iter().map(amount).sum(),
                wanted => {
                    let Some(found) = containers.iter().find(|(name, ..)| &**name == wanted) else {
                        let (space, why) = (&self.namespace, "failed to get container metrics");
                        return Err(format!("{why}: container {wanted} not present in metrics for pod {space}/{pod}"));
                    };
                    amount(found)
                }
            };
            samples.extend(value.map(|value| (pod.clone(), Sample { value, ..*sample })));
        }
        Ok(samples)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_string()
}

/// What is said of metrics for which there is no adapter.
fn absent(metric: &Value, namespace: &str) -> Fault {
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
        _ => {
            let name = text(&metric["external"]["metric"]["name"]);
            Fault {
                reason: "FailedGetExternalMetric",
                what: format!("failed to get {name} external metric value"),
                why: format!(
                    "unable to get external metric {namespace}/{name}/nil: unable to fetch metrics from external metrics API: the server could not find the requested resource (get {name}.external.metrics.k8s.io)"
                ),
            }
        }
    }
}
