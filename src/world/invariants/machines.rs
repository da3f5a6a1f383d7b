//! Law: what the machines run is what the kubelets report.
//!
//! Models: `pkg/kubelet/kubelet.go` (`HandlePodCleanups`), `pkg/kubelet/status`.

use super::{Check, Findings, Law, Past};
use crate::api::{Object, kinds};
use crate::control::pods;
use crate::node::Machine;
use crate::node::container::{Container, Phase};
use crate::node::pod::PodRun;
use crate::store::Key;
use crate::time::{Span, Time};
use crate::world::World;
use k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};

pub static LAW: Law = Law {
    name: "machines-run-what-is-said",
    says: "On a settled machine exactly those containers run whose pods say so, and nothing runs for a pod that is gone.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for machine in world.machines.nodes.values().filter(|machine| machine.on) {
        for (key, run) in &machine.runtime.pods {
            let object =
                read.by_key(key).filter(|pod| pod.uid() == &*run.uid && pods::node(pod) == Some(&*machine.name));
            if object.is_none() && run.running().next().is_some() && run.worker.ending.is_none() {
                findings.add(key, format!("runs on {}, but there is no such pod there", machine.name));
            }
        }
        for pod in read.pods_on(&machine.name) {
            findings.at(pod, wrong(pod, machine, world.now));
        }
    }
    for pod in read.list(kinds::POD, None) {
        let homes = world.machines.nodes.values().filter(|machine| holds(machine, &pod.key(), pod));
        if homes.count() > 1 {
            findings.add(pod.key(), "runs on several machines");
        }
    }
}

fn holds(machine: &Machine, key: &Key, pod: &Object) -> bool {
    machine.pod(key).is_some_and(|run| &*run.uid == pod.uid() && run.running().next().is_some())
}

/// A kubelet hears within so much time of what its containers did.
const LAG: Span = Span::seconds(4);

fn just_changed(container: &Container, now: Time) -> bool {
    let ended = match container.phase {
        Phase::Exited { at, .. } => at,
        _ => container.created,
    };
    ended.max(container.started.unwrap_or(container.created)) + LAG > now
}

fn wrong(pod: &Object, machine: &Machine, now: Time) -> Option<String> {
    // The control plane's own pods are there before any kubelet.
    if pod.annotations().contains_key("kubernetes.io/config.mirror") || pod.deleting() {
        return None;
    }
    let run: Option<&PodRun> = machine.pod(&pod.key()).filter(|run| &*run.uid == pod.uid());
    // While a pod ends its kubelet says nothing: not before all of its containers are gone.
    if run.is_some_and(|run| run.worker.ending.is_some()) {
        return None;
    }
    let status = pod.status::<PodStatus>();
    let statuses = status.container_statuses.iter().flatten().chain(status.init_container_statuses.iter().flatten());
    for status in statuses {
        if run.and_then(|run| run.container(&status.name)).is_some_and(|container| just_changed(container, now)) {
            continue;
        }
        let said = says_running(status);
        let is = run.and_then(|run| run.container(&status.name)).is_some_and(|container| container.running());
        if said != is {
            let (said, is) = (word(said), word(is));
            return Some(format!("{} {said}, as its pod says, but on {} it {is}", status.name, machine.name));
        }
        let id =
            run.and_then(|run| run.container(&status.name)).filter(|_| is).map(|c| format!("containerd://{}", c.id));
        if is && status.container_id != id {
            return Some(format!("{} is {:?}, as its pod says, but {id:?}", status.name, status.container_id));
        }
    }
    None
}

fn says_running(status: &ContainerStatus) -> bool {
    status.state.as_ref().is_some_and(|state| state.running.is_some())
}

fn word(runs: bool) -> &'static str {
    if runs { "runs" } else { "does not run" }
}
