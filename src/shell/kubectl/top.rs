//! `kubectl top`: what is used, if a metrics server measured it.
//!
//! Models: `kubectl/pkg/cmd/top`, `kubectl/pkg/metricsutil`.
//! Left out: swap, of which there is none.

use super::resources::{self, Filter};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb};
use crate::api::Object;
use crate::api::fields::Fields;
use crate::api::kinds::{self, metrics::usage, plain};
use crate::base::age;
use crate::base::quantity::Quantity;
use crate::base::table::TabWriter;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::NodeStatus;

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

static SORT_PODS: &[Flag] = &[Flag::text(
    "sort-by",
    "",
    "If non-empty, sort pods list using specified field. The field can be either 'cpu' or 'memory'.",
)];
static SORT_NODES: &[Flag] = &[Flag::text(
    "sort-by",
    "",
    "If non-empty, sort nodes list using specified field. The field can be either 'cpu' or 'memory'.",
)];
static POD_FLAGS: &[Flag] = &[
    Flag::bool("containers", "If present, print usage of containers within a pod."),
    Flag::bool("no-headers", "If present, print output without headers."),
    Flag::bool("show-swap", "Print pod resources related to swap memory."),
    Flag::bool("sum", "Print the sum of the resource usage"),
];
static NODE_FLAGS: &[Flag] = &[
    Flag::bool("no-headers", "If present, print output without headers"),
    Flag::bool("show-capacity", "Print node resources based on Capacity instead of Allocatable(default) of the nodes."),
    Flag::bool("show-swap", "Print node resources related to swap memory."),
];
static PROTOCOL: &[Flag] =
    &[Flag::bool("use-protocol-buffers", "Enables using protocol-buffers to access Metrics API.").on()];

static TOP_PODS: Spec = Spec {
    name: "pod",
    aliases: &["pods", "po"],
    short: "Display resource (CPU/memory) usage of pods",
    long: "Display resource (CPU/memory) usage of pods.

 The 'top pod' command allows you to see the resource consumption of pods.

 Due to the metrics pipeline delay, they may be unavailable for a few minutes since pod creation.",
    examples: "# Show metrics for all pods in the default namespace
kubectl top pod

# Show metrics for all pods in the given namespace
kubectl top pod --namespace=NAMESPACE

# Show metrics for a given pod and its containers
kubectl top pod POD_NAME --containers

# Show metrics for the pods defined by label name=myLabel
kubectl top pod -l name=myLabel",
    usage: "[NAME | -l label]",
    flags: &[
        POD_FLAGS,
        SORT_PODS,
        PROTOCOL,
        super::flags::SELECTOR,
        super::flags::FIELD_SELECTOR,
        super::flags::ALL_NAMESPACES,
    ],
    ..Spec::EMPTY
};

static TOP_NODES: Spec = Spec {
    name: "node",
    aliases: &["nodes", "no"],
    short: "Display resource (CPU/memory) usage of nodes",
    long: "Display resource (CPU/memory) usage of nodes.

 The top-node command allows you to see the resource consumption of nodes.",
    examples: "# Show metrics for all nodes
kubectl top node

# Show metrics for a given node
kubectl top node NODE_NAME",
    usage: "[NAME | -l label]",
    flags: &[NODE_FLAGS, SORT_NODES, PROTOCOL, super::flags::SELECTOR],
    ..Spec::EMPTY
};

/// A pod this old should have metrics.
const DELAY: Span = Span::minutes(2);

/// Checks what both have in common; the name that was given.
fn begin<'a>(args: &'a Args, word: &str, usage: &str, both: &str) -> Result<Option<&'a str>, Failure> {
    if args.words.len() > 1 {
        return Err(Failure::usage(&format!("kubectl top {word}"), usage));
    }
    if !matches!(args.text("sort-by"), "" | "cpu" | "memory") {
        return Err(Failure::error("--sort-by accepts only cpu or memory"));
    }
    let name = args.words.first().map(String::as_str);
    if name.is_some() && !(args.text("selector").is_empty() && args.text("field-selector").is_empty()) {
        return Err(Failure::error(both));
    }
    Ok(name)
}

fn available(cx: &Cx<'_>) -> Result<(), Failure> {
    cx.reader().metrics().map(|_| ()).map_err(|_| Failure::error("Metrics API not available"))
}

/// Billionths of a CPU and bytes.
type Pair = (u64, u64);

fn sum(all: &[Pair]) -> Pair {
    all.iter().fold((0, 0), |(cpu, memory), one| (cpu + one.0, memory + one.1))
}

/// Thousandths of a CPU, rounded up.
fn milli(nano: u64) -> u64 {
    nano.div_ceil(1_000_000)
}

fn cells((cpu, memory): Pair) -> Vec<String> {
    vec![format!("{}m", milli(cpu)), format!("{}Mi", memory >> 20)]
}

/// Sorts by what is asked for, the greediest first; by name otherwise.
fn sort<T>(list: &mut [T], by: &str, pair: impl Fn(&T) -> Pair, name: impl Fn(&T, &T) -> std::cmp::Ordering) {
    match by {
        "cpu" => list.sort_by_key(|one| std::cmp::Reverse(milli(pair(one).0))),
        "memory" => list.sort_by_key(|one| std::cmp::Reverse(pair(one).1)),
        _ => list.sort_by(name),
    }
}

fn print(rows: &[Vec<String>], cx: &mut Cx<'_>) {
    let text: String = rows.iter().map(|row| format!("{}\t\n", row.join("\t"))).collect();
    let text = TabWriter::table().write(&text);
    cx.out(text);
}

impl Verb for TopPods {
    fn spec(&self) -> &'static Spec {
        &TOP_PODS
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let both = "only one of NAME or selector can be provided";
        let name = begin(args, "pod", "pod [NAME | -l label]", both)?;
        available(cx)?;
        let everywhere = args.bool("all-namespaces");
        let mut list = match name {
            Some(name) => {
                let namespace = if everywhere { String::new() } else { cx.namespace() };
                vec![cx.get(kinds::POD_METRICS, &namespace, name)?.clone()]
            }
            None => {
                let mut filter = Filter::of(args, cx);
                filter.fields = Fields::default();
                resources::list(kinds::POD_METRICS, &filter, cx)?
            }
        };
        let filter = Filter::of(args, cx);
        if !filter.fields_text.is_empty() && !list.is_empty() {
            let pods = resources::list(kinds::POD, &filter, cx)?;
            let is = |one: &Object| pods.iter().any(|p| p.name() == one.name() && p.namespace() == one.namespace());
            list.retain(is);
        }
        if list.is_empty() {
            nothing(&filter, cx)?;
            let place = cx.namespace();
            cx.err(match everywhere {
                true => "No resources found".to_string(),
                false => format!("No resources found in {place} namespace."),
            });
            return Ok(Flow::Done);
        }
        print(&pod_rows(&mut list, args), cx);
        Ok(Flow::Done)
    }
}

fn pod_rows(list: &mut [Object], args: &Args) -> Vec<Vec<String>> {
    let (everywhere, each) = (args.bool("all-namespaces"), args.bool("containers"));
    let (by, swap) = (args.text("sort-by"), args.bool("show-swap"));
    let total = |object: &Object| sum(&usage(object));
    sort(list, by, total, |a, b| (a.namespace(), a.name()).cmp(&(b.namespace(), b.name())));
    let mut rows = vec![];
    let mut titles = vec![];
    if everywhere {
        titles.push("NAMESPACE");
    }
    if each {
        titles.push("POD");
    }
    titles.extend(["NAME", "CPU(cores)", "MEMORY(bytes)"]);
    if swap {
        titles.push("SWAP(bytes)");
    }
    let headed = !args.bool("no-headers");
    if headed {
        rows.push(titles.iter().map(ToString::to_string).collect());
    }
    let more = || if swap { vec!["0Mi".to_string()] } else { vec![] };
    for object in list.iter() {
        let mut first = if everywhere { vec![object.namespace().to_string()] } else { vec![] };
        first.push(object.name().to_string());
        if !each {
            rows.push([first, cells(total(object)), more()].concat());
            continue;
        }
        let names = plain::at(object, &["containers"]).and_then(|all| all.as_array()).into_iter().flatten();
        let names = names.map(|one| one["name"].as_str().unwrap_or("").to_string());
        let mut all: Vec<(String, Pair)> = names.zip(usage(object)).collect();
        sort(&mut all, by, |one| one.1, |a, b| a.0.cmp(&b.0));
        rows.extend(all.into_iter().map(|(name, pair)| [first.clone(), vec![name], cells(pair), more()].concat()));
    }
    if args.bool("sum") {
        // The columns are counted as the titles that were printed.
        let base = if swap { 4 } else { 3 };
        let width = if headed { titles.len() } else { base };
        let all: Vec<Pair> = list.iter().map(total).collect();
        rows.push([vec![String::new(); width - 2], vec!["________".into(), "________".into()]].concat());
        rows.push([vec![String::new(); width - 2], cells(sum(&all)), more()].concat());
    }
    rows
}

/// Nothing was measured: because there is nothing, or not yet.
fn nothing(filter: &Filter, cx: &Cx<'_>) -> Result<(), Failure> {
    let mut here = filter.clone();
    here.namespace = Some(cx.namespace());
    let pods = resources::list(kinds::POD, &here, cx)?;
    if pods.is_empty() {
        return Ok(());
    }
    for pod in &pods {
        let made = pod.meta.creation_timestamp.as_ref().map_or(cx.now(), |at| Time::of(at.0));
        let old = cx.now().since(made);
        if old > DELAY {
            let (namespace, name) = (pod.namespace(), pod.name());
            let old = age::go_duration(old.0);
            return Err(Failure::error(format!("Metrics not available for pod {namespace}/{name}, age: {old}")));
        }
    }
    Err(Failure::error("metrics not available yet"))
}

impl Verb for TopNodes {
    fn spec(&self) -> &'static Spec {
        &TOP_NODES
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let both = "only one of NAME or --selector can be provided";
        let name = begin(args, "node", "node [NAME | -l label]", both)?;
        available(cx)?;
        let filter = Filter::of(args, cx);
        let (mut list, nodes) = match name {
            Some(name) => {
                let one = cx.get(kinds::NODE_METRICS, "", name)?.clone();
                (vec![one], vec![cx.get(kinds::NODE, "", name)?.clone()])
            }
            None => {
                let list = resources::list(kinds::NODE_METRICS, &filter, cx)?;
                if list.is_empty() {
                    return Err(Failure::error("metrics not available yet"));
                }
                (list, resources::list(kinds::NODE, &filter, cx)?)
            }
        };
        let total = |object: &Object| sum(&usage(object));
        sort(&mut list, args.text("sort-by"), total, |a, b| a.name().cmp(b.name()));
        let mut rows: Vec<Vec<String>> = vec![];
        let swap: &[&str] = if args.bool("show-swap") { &["SWAP(bytes)", "SWAP(%)"] } else { &[] };
        if !args.bool("no-headers") {
            let titles = ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"];
            rows.push(titles.iter().chain(swap).map(ToString::to_string).collect());
        }
        let unknown = |count: usize| vec!["<unknown>".to_string(); count];
        for object in &list {
            let node = nodes.iter().find(|node| node.name() == object.name());
            let row = node_row(object, node, args.bool("show-capacity"));
            rows.push([row, unknown(swap.len())].concat());
        }
        for node in nodes.iter().filter(|node| !list.iter().any(|one| one.name() == node.name())) {
            rows.push([vec![node.name().to_string()], unknown(4 + swap.len())].concat());
        }
        print(&rows, cx);
        Ok(Flow::Done)
    }
}

fn node_row(object: &Object, node: Option<&Object>, whole: bool) -> Vec<String> {
    let (cpu, memory) = sum(&usage(object));
    let status = node.map(|node| node.status::<NodeStatus>());
    let list = status.and_then(|s| if whole { s.capacity.as_ref() } else { s.allocatable.as_ref() });
    let has = |name: &str| Quantity::parse(&list?.get(name)?.0).ok().map(|amount| amount.milli().max(1) as u64);
    let mut row = vec![object.name().to_string()];
    let parts = [("cpu", milli(cpu)), ("memory", memory.saturating_mul(1000))];
    for ((name, used), cell) in parts.into_iter().zip(cells((cpu, memory))) {
        row.push(cell);
        row.extend(has(name).map(|has| format!("{}%", used * 100 / has)));
    }
    row
}
