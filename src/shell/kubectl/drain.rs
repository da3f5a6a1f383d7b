//! `kubectl drain`: nothing new comes to the node, and its pods are evicted.
//!
//! Models: `kubectl/pkg/cmd/drain/drain.go`, `kubectl/pkg/drain`.
//! Left out: disruption budgets (the cluster has none yet).

use super::cordon::{mark, nodes};
use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, Printer};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait, flags};
use crate::api::selector::Selector;
use crate::api::{DeleteOptions, Object, kinds};
use crate::time::Time;
use k8s_openapi::api::core::v1::{PodSpec, PodStatus};

pub struct Drain;

static FLAGS: &[Flag] = &[
    Flag::text(
        "chunk-size",
        "500",
        "Return large lists in chunks rather than all at once. Pass 0 to disable. This flag is beta and may change in the future.",
    ),
    Flag::bool(
        "delete-emptydir-data",
        "Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained).",
    ),
    Flag::bool(
        "disable-eviction",
        "Force drain to use delete, even if eviction is supported. This will bypass checking PodDisruptionBudgets, use with caution.",
    ),
    Flag::bool("force", "Continue even if there are pods that do not declare a controller."),
    Flag::int(
        "grace-period",
        "-1",
        "Period of time in seconds given to each pod to terminate gracefully. If negative, the default value specified in the pod will be used.",
    ),
    Flag::bool("ignore-daemonsets", "Ignore DaemonSet-managed pods."),
    Flag::text("pod-selector", "", "Label selector to filter pods on the node"),
    Flag::int(
        "skip-wait-for-delete-timeout",
        "0",
        "If pod DeletionTimestamp older than N seconds, skip waiting for the pod.  Seconds must be greater than 0 to skip.",
    ),
    Flag::duration("timeout", "0s", "The length of time to wait before giving up, zero means infinite"),
];

static SPEC: Spec = Spec {
    name: "drain",
    group: Group::Cluster,
    short: "Drain node in preparation for maintenance",
    long: "Drain node in preparation for maintenance.\n\n The given node will be marked unschedulable to prevent new pods from arriving. 'drain' evicts the pods if the API server supports eviction. Otherwise, it will use normal DELETE to delete the pods. The 'drain' evicts or deletes all pods except mirror pods (which cannot be deleted through the API server). If there are daemon set-managed pods, drain will not proceed without --ignore-daemonsets, and regardless it will not delete any daemon set-managed pods, because those pods would be immediately replaced by the daemon set controller, which ignores unschedulable markings.",
    examples: "# Drain node \"foo\", even if there are pods not managed by a replication controller, replica set, job, daemon set, or stateful set on it\nkubectl drain foo --force\n\n# As above, but abort if there are pods not managed by a replication controller, replica set, job, daemon set, or stateful set, and use a grace period of 15 minutes\nkubectl drain foo --grace-period=900",
    usage: "NODE",
    flags: &[flags::SELECTOR, flags::DRY_RUN, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Drain {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let dry = DryRun::of(args)?;
        let mut printer = Printer::of(args, dry)?;
        let (nodes, troubles) = nodes(args, cx, "drain")?;
        gather(troubles)?;
        for node in &nodes {
            mark(node, true, dry, cx, &mut printer)?;
        }
        let until = args.duration("timeout").filter(|limit| limit.0 > 0).map(|limit| cx.now() + limit);
        let mut job = Draining { nodes: vec![], leaving: vec![], failed: vec![], dry, until, printer };
        for node in nodes {
            match plan(&node, args, cx) {
                Ok(pods) => job.nodes.push((node, pods)),
                Err(words) => {
                    cx.err(format_args!(
                        "error: unable to drain node \"{}\" due to error: {}, continuing command...",
                        node.name(),
                        list(&words)
                    ));
                    job.failed.push((node.name().into(), words));
                }
            }
        }
        job.nodes.reverse();
        let grace = u64::try_from(args.int("grace-period")).ok();
        job.begin(grace, cx)?;
        Ok(Flow::Job(Box::new(job)))
    }
}

fn list(words: &[String]) -> String {
    if let [one] = words { one.clone() } else { format!("[{}]", words.join(", ")) }
}

/// The pods that must go; warnings are printed.
///
/// # Errors
/// Why the node cannot be drained as asked.
fn plan(node: &Object, args: &Args, cx: &mut Cx<'_>) -> Result<Vec<Object>, Vec<String>> {
    let selector = Selector::parse(args.text("pod-selector")).map_err(|words| vec![words])?;
    let pods: Vec<Object> = cx
        .world
        .reader()
        .pods_on(node.name())
        .filter(|pod| selector.matches(pod.labels()))
        .filter(|pod| !pod.annotations().contains_key("kubernetes.io/config.mirror"))
        .cloned()
        .collect();
    let (mut gone, mut daemons, mut alone, mut local) = (vec![], vec![], vec![], vec![]);
    for pod in pods {
        let title = format!("{}/{}", pod.namespace(), pod.name());
        let done = matches!(pod.status::<PodStatus>().phase.as_deref(), Some("Succeeded" | "Failed"));
        let controller = pod.controller().map(|owner| owner.kind.clone());
        if controller.as_deref() == Some("DaemonSet") && !done {
            daemons.push(title);
            continue;
        }
        let volumes = pod.spec::<PodSpec>().volumes.iter().flatten().any(|volume| volume.empty_dir.is_some());
        if volumes && !done && !args.bool("delete-emptydir-data") {
            local.push(title.clone());
        }
        if controller.is_none() && !done {
            alone.push(title);
        }
        gone.push(pod);
    }
    let mut errors = vec![];
    let mut warnings = vec![];
    if !daemons.is_empty() {
        if args.bool("ignore-daemonsets") {
            warnings.push(format!("ignoring DaemonSet-managed Pods: {}", daemons.join(", ")));
        } else {
            errors.push(format!(
                "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): {}",
                daemons.join(", ")
            ));
        }
    }
    if !local.is_empty() {
        errors.push(format!(
            "cannot delete Pods with local storage (use --delete-emptydir-data to override): {}",
            local.join(", ")
        ));
    }
    if !alone.is_empty() {
        if args.bool("force") {
            warnings.push(format!("deleting Pods that declare no controller: {}", alone.join(", ")));
        } else {
            errors.push(format!(
                "cannot delete Pods that declare no controller (use --force to override): {}",
                alone.join(", ")
            ));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if !warnings.is_empty() {
        cx.err(format_args!("Warning: {}", warnings.join("; ")));
    }
    Ok(gone)
}

/// Drains one node after the other.
#[derive(Clone)]
struct Draining {
    /// Still to do, the next one last.
    nodes: Vec<(Object, Vec<Object>)>,
    /// Pods of the present node that are still there.
    leaving: Vec<Object>,
    failed: Vec<(String, Vec<String>)>,
    dry: DryRun,
    until: Option<Time>,
    printer: Printer,
}

impl Draining {
    /// Evicts the pods of the next node.
    fn begin(&mut self, grace: Option<u64>, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let Some((_, pods)) = self.nodes.last() else { return Ok(()) };
        for pod in pods.clone() {
            let title = format!("{}/{}", pod.namespace(), pod.name());
            cx.err(format_args!("evicting pod {title}{}", self.dry.suffix()));
            if self.dry == DryRun::Client {
                continue;
            }
            let options = DeleteOptions { grace, uid: Some(pod.uid().into()), ..Default::default() };
            write::act(cx, self.dry, |hands| hands.delete(kinds::POD, pod.namespace(), pod.name(), &options))
                .map_err(Trouble::Api)?;
            if self.dry == DryRun::None {
                self.leaving.push(pod);
            }
        }
        Ok(())
    }
}

impl Job for Draining {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        loop {
            let mut still = vec![];
            for pod in std::mem::take(&mut self.leaving) {
                let there = cx.world.reader().by_key(&pod.key()).is_some_and(|now| now.uid() == pod.uid());
                if there {
                    still.push(pod);
                } else {
                    cx.line(format_args!("pod/{} evicted", pod.name()));
                }
            }
            self.leaving = still;
            if !self.leaving.is_empty() {
                if self.until.is_some_and(|until| cx.now() >= until) {
                    return Err(Failure::error("drain did not complete within the timeout"));
                }
                return Ok(Turn::Wait(Wait { at: self.until, change: true, ..Wait::default() }));
            }
            let Some((node, _)) = self.nodes.pop() else { break };
            self.printer.object(cx, &node, "drained")?;
            self.begin(None, cx)?;
        }
        if self.failed.is_empty() {
            return Ok(Turn::Done);
        }
        cx.err("There are pending nodes to be drained:");
        for (name, _) in &self.failed {
            cx.err(format_args!(" {name}"));
        }
        let words: Vec<&str> = self.failed.iter().flat_map(|(_, words)| words).map(String::as_str).collect();
        Err(Failure::plain(words.join("\n")))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
