//! `kubectl top`: what is used, if somebody measured it.
//!
//! Models: `kubectl/pkg/cmd/top`.
//! Left out: metrics; there is no metrics server.

use super::{Args, Cx, Failure, Flag, Group, Outcome, Spec, Verb};

pub struct Top;
struct TopPods;
struct TopNodes;

static TOP: Spec = Spec {
    name: "top",
    group: Group::Cluster,
    short: "Display resource (CPU/memory) usage",
    long: "Display resource (CPU/memory) usage.

 This command provides a view of recent resource consumption for nodes and pods. It fetches metrics from the Metrics Server, which aggregates this data from the kubelet on each node. The Metrics Server must be installed and running in the cluster for this command to work.

 The metrics shown are specifically optimized for Kubernetes autoscaling decisions, such as those made by the Horizontal Pod Autoscaler (HPA) and Vertical Pod Autoscaler (VPA). Because of this, the values may not match those from standard OS tools like 'top', as the metrics are designed to provide a stable signal for autoscalers rather than for pinpoint accuracy.

 FAQ for Metrics Server: https://github.com/kubernetes-sigs/metrics-server/blob/master/FAQ.md

 When to use this command:

  *  For on-the-fly spot-checks of resource usage (e.g. identify which pods are consuming the most resources at a glance, or get a quick sense of the load on your nodes)
  *  Understand current resource consumption patterns
  *  Validate the behavior of your HPA or VPA configurations by seeing the metrics they use for scaling decisions.

 It is not intended to be a replacement for full-featured monitoring solutions. Its primary design goal is to provide a low-overhead signal for autoscalers, not to be a perfectly accurate monitoring tool. For high-accuracy reporting, historical analysis, dashboarding, or alerting, you should use a dedicated monitoring solution.",
    usage: "[flags]",
    subs: &[&TopNodes, &TopPods],
    ..Spec::EMPTY
};

impl Verb for Top {
    fn spec(&self) -> &'static Spec {
        &TOP
    }
}

static TOP_FLAGS: &[Flag] = &[
    Flag::bool("containers", "If present, print usage of containers within a pod."),
    Flag::bool("no-headers", "If present, print output without headers"),
    Flag::text(
        "sort-by",
        "",
        "If non-empty, sort list using specified field. The field can be either 'cpu' or 'memory'.",
    ),
];

static TOP_PODS: Spec = Spec {
    name: "pod",
    aliases: &["pods", "po"],
    short: "Display resource (CPU/memory) usage of pods",
    usage: "[NAME | -l label]",
    flags: &[TOP_FLAGS, super::flags::SELECTOR, super::flags::ALL_NAMESPACES],
    ..Spec::EMPTY
};

static TOP_NODES: Spec = Spec {
    name: "node",
    aliases: &["nodes", "no"],
    short: "Display resource (CPU/memory) usage of nodes",
    usage: "[NAME | -l label]",
    flags: &[TOP_FLAGS, super::flags::SELECTOR],
    ..Spec::EMPTY
};

impl Verb for TopPods {
    fn spec(&self) -> &'static Spec {
        &TOP_PODS
    }

    fn run(&self, _: &Args, _: &mut Cx<'_>) -> Outcome {
        Err(Failure::error("Metrics API not available"))
    }
}

impl Verb for TopNodes {
    fn spec(&self) -> &'static Spec {
        &TOP_NODES
    }

    fn run(&self, _: &Args, _: &mut Cx<'_>) -> Outcome {
        Err(Failure::error("Metrics API not available"))
    }
}
