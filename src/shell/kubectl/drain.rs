//! `kubectl drain`: nothing new comes to the node, and its pods are evicted.
//!
//! Models: `kubectl/pkg/cmd/drain/drain.go`, `kubectl/pkg/drain`.
//! Left out: pods of a namespace that is being deleted are not tried again but end the drain.

use super::cordon::{mark, nodes};
use super::trouble::gather;
use super::write::{self, DryRun, Printer};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait, flags};
use crate::api::selector::Selector;
use crate::api::{ApiError, DeleteOptions, Object, Reason, kinds};
use crate::base::age;
use crate::time::{Span, Time};
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

/// How long after a refusal a pod is tried again.
const RETRY: Span = Span::seconds(5);

impl Verb for Drain {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let dry = DryRun::of(args)?;
        let mut printer = Printer::of(args, dry)?;
        let selector = Selector::parse(args.text("pod-selector"))
            .map_err(|_| Failure::error("--pod-selector=<pod_selector> must be a valid label selector"))?;
        let (mut nodes, troubles) = nodes(args, cx, "drain")?;
        gather(troubles)?;
        for node in &nodes {
            mark(node, true, dry, cx, &mut printer)?;
        }
        nodes.reverse();
        let how = How {
            selector,
            dry,
            force: args.bool("force"),
            daemons: args.bool("ignore-daemonsets"),
            local: args.bool("delete-emptydir-data"),
            deletes: args.bool("disable-eviction"),
            grace: u64::try_from(args.int("grace-period")).ok(),
            skip: args.int("skip-wait-for-delete-timeout"),
            timeout: args.duration("timeout").filter(|limit| limit.0 > 0),
        };
        Ok(Flow::Job(Box::new(Draining { nodes, how, round: None, failed: vec![], printer })))
    }
}

/// What the flags ask for.
#[derive(Clone)]
struct How {
    selector: Selector,
    dry: DryRun,
    force: bool,
    daemons: bool,
    local: bool,
    deletes: bool,
    grace: Option<u64>,
    skip: i64,
    timeout: Option<Span>,
}

fn list(words: &[String]) -> String {
    if let [one] = words { one.clone() } else { format!("[{}]", words.join(", ")) }
}

/// The pods that must go, and a warning about them.
///
/// # Errors
/// Why the node cannot be drained as asked.
fn plan(node: &str, how: &How, cx: &Cx<'_>) -> Result<(Vec<Object>, String), Vec<String>> {
    let (mut gone, mut daemons, mut alone, mut local, mut lost) = (vec![], vec![], vec![], vec![], vec![]);
    let (read, now) = (cx.world.reader(), cx.now());
    for pod in read.pods_on(node).filter(|pod| how.selector.matches(pod.labels())) {
        let title = format!("{}/{}", pod.namespace(), pod.name());
        if how.skips(pod, now) {
            continue;
        }
        let done = matches!(pod.status::<PodStatus>().phase.as_deref(), Some("Succeeded" | "Failed"));
        let owner = pod.controller();
        if let Some(owner) = owner.filter(|owner| owner.kind == "DaemonSet" && !done) {
            if read.get(kinds::DAEMON_SET, pod.namespace(), &owner.name).is_none() {
                let error = ApiError::not_found(kinds::DAEMON_SET.names(), &owner.name);
                lost.push((error.message, title));
                gone.extend(how.force.then(|| pod.clone()));
            } else {
                daemons.push(title);
            }
            continue;
        }
        if pod.annotations().contains_key("kubernetes.io/config.mirror") {
            continue;
        }
        let volumes = pod.spec::<PodSpec>().volumes.iter().flatten().any(|volume| volume.empty_dir.is_some());
        if volumes && !done && !how.local {
            local.push(title);
            continue;
        }
        if owner.is_none() && !done {
            alone.push(title);
            if !how.force {
                continue;
            }
        }
        gone.push(pod.clone());
    }
    let mut problems: Vec<(bool, String, Vec<String>)> = vec![
        (how.daemons, "ignoring DaemonSet-managed Pods".into(), vec![]),
        (false, "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)".into(), vec![]),
        (false, "Pods with local storage (use --delete-emptydir-data to override)".into(), local),
        (how.force, "deleting Pods that declare no controller".into(), vec![]),
        (false, "Pods that declare no controller (use --force to override)".into(), vec![]),
    ];
    problems[usize::from(!how.daemons)].2 = daemons;
    problems[if how.force { 3 } else { 4 }].2 = alone;
    problems.extend(lost.into_iter().map(|(words, title)| (how.force, words, vec![title])));
    problems.retain(|(_, _, titles)| !titles.is_empty());
    let (warnings, errors): (Vec<_>, Vec<_>) = problems.into_iter().partition(|(fine, ..)| *fine);
    let words = |(_, words, titles): (bool, String, Vec<String>)| format!("{words}: {}", titles.join(", "));
    if !errors.is_empty() {
        return Err(errors.into_iter().map(words).map(|words| format!("cannot delete {words}")).collect());
    }
    Ok((gone, warnings.into_iter().map(words).collect::<Vec<_>>().join("; ")))
}

impl How {
    /// Whether a pod has been on its way out for so long that it is not waited for.
    fn skips(&self, pod: &Object, now: Time) -> bool {
        let Some(at) = pod.meta.deletion_timestamp.as_ref().filter(|_| self.skip > 0) else { return false };
        now.since(Time::of(at.0)).as_seconds() as i64 > self.skip
    }
}

/// Where a pod is on its way out.
#[derive(Clone)]
enum Step {
    /// It is to be evicted at this moment.
    Evict(Time),
    /// It has been evicted or deleted.
    Wait,
}

/// One node while it is drained.
#[derive(Clone)]
struct Round {
    node: Object,
    pods: Vec<(Object, Step)>,
    until: Option<Time>,
    errors: Vec<String>,
}

/// Drains one node after the other.
#[derive(Clone)]
struct Draining {
    /// Still to do, the next one last.
    nodes: Vec<Object>,
    how: How,
    round: Option<Round>,
    failed: Vec<(String, Vec<String>)>,
    printer: Printer,
}

impl Draining {
    /// Begins with the next node; false when there is none.
    fn begin(&mut self, cx: &mut Cx<'_>) -> Result<bool, Failure> {
        let Some(node) = self.nodes.pop() else { return Ok(false) };
        let (pods, warning) = match plan(node.name(), &self.how, cx) {
            Ok(plan) => plan,
            Err(words) => {
                self.fail(&node, words, cx);
                return Ok(true);
            }
        };
        if !warning.is_empty() {
            cx.err(format_args!("Warning: {warning}"));
        }
        let now = cx.now();
        let mut round = Round { node, pods: vec![], until: self.how.timeout.map(|span| now + span), errors: vec![] };
        if self.how.dry == DryRun::Client {
            for pod in &pods {
                cx.line(format_args!("evicting pod {}/{} (dry run)", pod.namespace(), pod.name()));
            }
        } else if self.how.deletes {
            for pod in pods {
                match self.remove(&pod, cx) {
                    Ok(()) => round.pods.push((pod, Step::Wait)),
                    Err(error) if error.reason == Reason::NotFound => {}
                    Err(error) => {
                        round.errors.push(error.message);
                        break;
                    }
                }
            }
        } else {
            round.pods = pods.into_iter().map(|pod| (pod, Step::Evict(now))).collect();
        }
        if self.how.dry == DryRun::Server && self.how.deletes {
            round.pods.clear();
        }
        self.round = Some(round);
        Ok(true)
    }

    fn remove(&self, pod: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        let options = DeleteOptions { grace: self.how.grace, ..Default::default() };
        let (space, name, deletes) = (pod.namespace(), pod.name(), self.how.deletes);
        write::act(cx, self.how.dry, |hands| {
            if deletes {
                hands.delete(kinds::POD, space, name, &options).map(drop)
            } else {
                hands.evict(space, name, &options)
            }
        })
    }

    /// Tries the pods whose turn it is.
    fn evict(&self, round: &mut Round, cx: &mut Cx<'_>) {
        let now = cx.now();
        let due = |step: &Step| matches!(step, Step::Evict(at) if *at <= now);
        for (pod, _) in round.pods.iter().filter(|(_, step)| due(step)) {
            let suffix = self.how.dry.suffix();
            cx.line(format_args!("evicting pod {}/{}{suffix}", pod.namespace(), pod.name()));
        }
        for (pod, step) in std::mem::take(&mut round.pods) {
            if !due(&step) {
                round.pods.push((pod, step));
                continue;
            }
            let title = format!("pods/\"{}\" -n \"{}\"", pod.name(), pod.namespace());
            if round.until.is_some_and(|until| now >= until) {
                let limit = age::go_duration(self.how.timeout.unwrap_or_default().0);
                round.errors.push(format!("error when evicting {title}: global timeout reached: {limit}"));
                continue;
            }
            match self.remove(&pod, cx) {
                Ok(()) if self.how.dry == DryRun::Server => {}
                Ok(()) => round.pods.push((pod, Step::Wait)),
                Err(error) if error.reason == Reason::NotFound => {}
                Err(error) if error.reason == Reason::TooManyRequests => {
                    let words = error.message;
                    cx.err(format_args!("error when evicting {title} (will retry after 5s): {words}"));
                    round.pods.push((pod, Step::Evict(now + RETRY)));
                }
                Err(error) => round.errors.push(format!("error when evicting {title}: {}", error.message)),
            }
        }
    }

    /// Says which pods are gone; keeps the others.
    fn look(&mut self, round: &mut Round, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let now = cx.now();
        let over = round.until.is_some_and(|until| now >= until);
        let mut late = false;
        for (pod, step) in std::mem::take(&mut round.pods) {
            let there = cx.world.reader().by_key(&pod.key()).filter(|now| now.uid() == pod.uid()).cloned();
            match (there, &step) {
                (_, Step::Evict(_)) => round.pods.push((pod, step)),
                (None, Step::Wait) => {
                    let word = if self.how.deletes { "deleted" } else { "evicted" };
                    self.printer.object(cx, &pod, word)?;
                }
                (Some(there), Step::Wait) if self.how.skips(&there, now) => {
                    let seconds = self.how.skip;
                    cx.line(format_args!(
                        "pod {:?} has DeletionTimestamp older than {seconds} seconds, skipping",
                        pod.name()
                    ));
                }
                (Some(_), Step::Wait) if over && self.how.deletes => late = true,
                (Some(_), Step::Wait) if over => round.errors.push(format!(
                    "error when waiting for pod \"{}\" in namespace \"{}\" to terminate: context deadline exceeded",
                    pod.name(),
                    pod.namespace()
                )),
                (Some(_), Step::Wait) => round.pods.push((pod, step)),
            }
        }
        if late {
            round.errors.push("context deadline exceeded".into());
        }
        Ok(())
    }

    /// Tells what is left on a node that could not be drained.
    fn leave(&mut self, round: &Round, cx: &mut Cx<'_>) {
        let words = list(&round.errors);
        if let Ok((pods, _)) = plan(round.node.name(), &self.how, cx)
            && !pods.is_empty()
        {
            cx.err(format_args!(
                "There are pending pods in node \"{}\" when an error occurred: {words}",
                round.node.name()
            ));
            for pod in pods {
                cx.err(format_args!("pod/{}", pod.name()));
            }
        }
        self.fail(&round.node, round.errors.clone(), cx);
    }

    fn fail(&mut self, node: &Object, errors: Vec<String>, cx: &mut Cx<'_>) {
        let (name, words) = (node.name(), list(&errors));
        cx.err(format_args!("error: unable to drain node \"{name}\" due to error: {words}, continuing command..."));
        self.failed.push((name.into(), errors));
    }
}

impl Job for Draining {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        loop {
            let Some(mut round) = self.round.take() else {
                if self.begin(cx)? {
                    continue;
                }
                break;
            };
            self.evict(&mut round, cx);
            self.look(&mut round, cx)?;
            if !round.pods.is_empty() {
                let retry = round.pods.iter().filter_map(|(_, step)| match step {
                    Step::Evict(at) => Some(*at),
                    Step::Wait => round.until,
                });
                let at = retry.min();
                self.round = Some(round);
                return Ok(Turn::Wait(Wait { at, change: true, ..Wait::default() }));
            }
            if round.errors.is_empty() {
                self.printer.object(cx, &round.node, "drained")?;
            } else {
                self.leave(&round, cx);
            }
        }
        if self.failed.is_empty() {
            return Ok(Turn::Done);
        }
        cx.err("There are pending nodes to be drained:");
        for (name, _) in &self.failed {
            cx.err(format_args!(" {name}"));
        }
        // Of one node every error is told, of several one line each.
        let words = match self.failed.as_slice() {
            [(_, errors)] if self.how.deletes && errors.len() == 1 => return Err(Failure::error(&errors[0])),
            [(_, errors)] => errors.clone(),
            failed => failed.iter().map(|(_, errors)| list(errors)).collect(),
        };
        Err(Failure::plain(words.join("\n")))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
