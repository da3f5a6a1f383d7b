//! `kubectl top`: this cluster has no metrics server, and says so as the real one does.
//!
//! Models: `kubectl/pkg/cmd/top`.
//! Left out: the metrics pipeline (it comes with the autoscaler).

use super::{Args, Cx, Failure, Flow, Group, Outcome, Spec, Verb};

pub struct Top;
pub struct Of(&'static Spec);

static SPEC: Spec = Spec {
    name: "top",
    group: Group::Cluster,
    short: "Display resource (CPU/memory) usage",
    long: "Display resource (CPU/memory) usage.

 This command provides a view of recent resource consumption for nodes and pods. It fetches metrics from the Metrics Server, which aggregates this data from the kubelet on each node.",
    usage: "",
    subs: &[&Of(&NODE), &Of(&POD)],
    ..Spec::EMPTY
};

static NODE: Spec = Spec {
    name: "node",
    aliases: &["nodes", "no"],
    short: "Display resource (CPU/memory) usage of nodes",
    usage: "[NAME | -l label]",
    ..Spec::EMPTY
};

static POD: Spec = Spec {
    name: "pod",
    aliases: &["pods", "po"],
    short: "Display resource (CPU/memory) usage of pods",
    usage: "[NAME | -l label]",
    ..Spec::EMPTY
};

impl Verb for Top {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, _args: &Args, _cx: &mut Cx<'_>) -> Outcome {
        Ok(Flow::Done)
    }
}

impl Verb for Of {
    fn spec(&self) -> &'static Spec {
        self.0
    }

    fn run(&self, _args: &Args, _cx: &mut Cx<'_>) -> Outcome {
        Err(Failure::error("Metrics API not available"))
    }
}
