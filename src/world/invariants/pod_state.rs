//! Law: what a pod's status says fits together.
//!
//! Models: `pkg/kubelet/kubelet_pods.go` (`getPhase`), `pkg/kubelet/status/generate.go`.

use super::{Check, Findings, Law, Past};
use crate::api::{Object, kinds};
use crate::control::pods;
use crate::world::World;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, PodSpec, PodStatus};

pub static LAW: Law = Law {
    name: "pod-status-fits",
    says: "Phase, conditions and container statuses of a pod do not contradict each other.",
    check: Check::Always(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    for pod in world.reader().list(kinds::POD, None) {
        findings.at(pod, contradiction(pod));
    }
}

fn contradiction(pod: &Object) -> Option<String> {
    let (spec, status) = (pod.spec::<PodSpec>(), pod.status::<PodStatus>());
    let phase = pods::phase(pod);
    if !["Pending", "Running", "Succeeded", "Failed", "Unknown"].contains(&phase) {
        return Some(format!("has the phase {phase:?}"));
    }
    let is = |type_: &str| pods::condition(pod, type_).is_some_and(|condition| condition.status == "True");
    if pods::node(pod).is_none() && (is("PodScheduled") || status.pod_ip.is_some() || phase == "Running") {
        return Some("has no node, but runs, has an address or is said to be scheduled".into());
    }
    let is_static = pod.annotations().contains_key("kubernetes.io/config.mirror");
    if phase == "Running" && !is_static && (status.start_time.is_none() || !is("Initialized")) {
        return Some("runs, but was not started or not initialized".into());
    }
    // Who calls a pod of a lost node failed leaves its other conditions as they were.
    let lost = phase == "Failed"
        && pods::condition(pod, "DisruptionTarget")
            .is_some_and(|condition| condition.reason.as_deref() == Some("DeletionByPodGC"));
    if is("Ready") && !lost && (phase != "Running" || !is("ContainersReady")) {
        return Some(format!("is Ready, but {phase} or its containers are not ready"));
    }
    let parts = [
        (&spec.containers, status.container_statuses.as_deref().unwrap_or(&[])),
        (spec.init_containers.as_ref().unwrap_or(&NONE), status.init_container_statuses.as_deref().unwrap_or(&[])),
    ];
    let known = |container: &&ContainerStatus, all: &[Container]| all.iter().any(|c| c.name == container.name);
    for (containers, statuses) in parts {
        if let Some(odd) = statuses.iter().find(|status| !known(status, containers)) {
            return Some(format!("has the status of {}, which it has not", odd.name));
        }
        if let Some(text) = statuses.iter().find_map(odd_container) {
            return Some(text);
        }
    }
    let all = status.container_statuses.as_deref().unwrap_or(&[]);
    let running = |status: &ContainerStatus| status.state.as_ref().is_some_and(|state| state.running.is_some());
    let code = |status: &ContainerStatus| Some(status.state.as_ref()?.terminated.as_ref()?.exit_code);
    match phase {
        "Running" if is("Ready") && !all.iter().all(|status| status.ready) => {
            Some("is Ready, but not all of its containers are".into())
        }
        // A pod whose node is lost is called failed whatever its containers were last seen to do.
        "Succeeded" if all.iter().any(|status| code(status) != Some(0)) => {
            Some("Succeeded, but not all of its containers ended with 0".into())
        }
        "Failed" if status.reason.is_none() && !is("DisruptionTarget") && all.iter().any(running) => {
            Some("Failed, but some of its containers run".into())
        }
        // One container that has not begun yet is enough for Pending.
        "Pending" if !all.is_empty() && all.iter().all(running) => Some("is Pending, but its containers run".into()),
        _ => None,
    }
}

static NONE: Vec<Container> = vec![];

fn odd_container(status: &ContainerStatus) -> Option<String> {
    let state = status.state.as_ref()?;
    let states = [state.waiting.is_some(), state.running.is_some(), state.terminated.is_some()];
    if states.iter().filter(|is| **is).count() != 1 {
        return Some(format!("{} is in {states:?} of waiting, running, terminated", status.name));
    }
    if status.ready && state.waiting.is_some() {
        return Some(format!("{} is ready, but waits", status.name));
    }
    if let Some(ended) = &state.terminated
        && let (Some(from), Some(to)) = (&ended.started_at, &ended.finished_at)
        && from.0 > to.0
    {
        return Some(format!("{} ended before it began", status.name));
    }
    (status.restart_count > 0 && status.container_id.is_none() && state.running.is_some())
        .then(|| format!("{} runs without an id", status.name))
}
