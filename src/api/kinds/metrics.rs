//! NodeMetrics and PodMetrics: kinds that a metrics server serves, stored nowhere.
//!
//! Models: `k8s.io/metrics/pkg/apis/metrics/v1beta1`, `sigs.k8s.io/metrics-server/pkg/api/table.go`.
//! Left out: watches; sums of other resources than CPU and memory.

use super::plain::{self, Body};
use crate::api::kind::{Column, Kind, Names};
use crate::api::metrics::{GROUP, cpu, memory};
use crate::api::object::{Codec, Object};
use crate::api::show::cell::{self, column};
use serde_json::Value;

pub struct MetricsKind(&'static Names);

pub static NODES: MetricsKind = MetricsKind(&Names {
    kind: "NodeMetrics",
    group: GROUP,
    version: "v1beta1",
    plural: "nodes",
    singular: "nodemetrics",
    short: &[],
    namespaced: false,
    categories: &[],
    resource: "nodes.metrics.k8s.io",
});
pub static PODS: MetricsKind = MetricsKind(&Names {
    kind: "PodMetrics",
    group: GROUP,
    version: "v1beta1",
    plural: "pods",
    singular: "podmetrics",
    short: &[],
    namespaced: true,
    categories: &[],
    resource: "pods.metrics.k8s.io",
});

static COLUMNS: [Column; 4] = [
    cell::NAME,
    column("CPU", |object, _| cpu(usage(object).iter().map(|(cpu, _)| cpu).sum())),
    column("MEMORY", |object, _| memory(usage(object).iter().map(|(_, memory)| memory).sum())),
    column("WINDOW", |object, _| plain::text(object, &["window"]).into()),
];

/// Billionths of a CPU and bytes, of each container (of a node: one pair).
pub fn usage(object: &Object) -> Vec<(u64, u64)> {
    let pair = |value: &Value| {
        let text = |name: &str| value["usage"][name].as_str().unwrap_or("0");
        (nano(text("cpu")), bytes(text("memory")))
    };
    match plain::at(object, &["containers"]).and_then(Value::as_array) {
        Some(containers) => containers.iter().map(pair).collect(),
        None => {
            let body = object.spec::<Body>();
            vec![pair(&Value::Object(body.clone()))]
        }
    }
}

fn parted(text: &str) -> (u64, &str) {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    (digits.parse().unwrap_or(0), &text[digits.len()..])
}

fn nano(text: &str) -> u64 {
    let (n, unit) = parted(text);
    n * match unit {
        "n" => 1,
        "u" => 1000,
        "m" => 1_000_000,
        _ => 1_000_000_000,
    }
}

fn bytes(text: &str) -> u64 {
    let (n, unit) = parted(text);
    let power = ["", "Ki", "Mi", "Gi", "Ti"].iter().position(|known| *known == unit).unwrap_or(0);
    n << (10 * power)
}

impl Kind for MetricsKind {
    fn names(&self) -> &'static Names {
        self.0
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        &plain::FREE_WHOLE
    }

    fn verbs(&self) -> &'static [&'static str] {
        &["get", "list"]
    }
}
