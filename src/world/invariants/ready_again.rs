//! Law: what runs well is ready.
//!
//! Models: `pkg/kubelet/status/generate.go` (`GeneratePodReadyCondition`), `pkg/kubelet/prober` (no probe is a passed probe).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, kinds};
use crate::control::pods;
use crate::time::{Span, Time};
use crate::world::World;
use k8s_openapi::api::core::v1::{PodSpec, PodStatus};

pub static LAW: Law = Law {
    name: "what-runs-is-ready",
    says: "In a settled cluster a container without probes that runs is ready, and a pod whose containers are all ready is Ready.",
    check: Check::Settled(check),
};

const LAG: Span = Span::seconds(8);

fn check(world: &World, _: &Past, findings: &mut Findings) {
    for pod in world.reader().list(kinds::POD, None).filter(|pod| pods::phase(pod) == "Running" && !pod.deleting()) {
        let machine = pods::node(pod).and_then(|node| world.machines.nodes.get(node));
        if machine.is_some_and(|machine| machine.on) && !pod.annotations().contains_key("kubernetes.io/config.mirror") {
            findings.at(pod, wrong(pod, world.now));
        }
    }
}

fn wrong(pod: &Object, now: Time) -> Option<String> {
    let (spec, status) = (pod.spec::<PodSpec>(), pod.status::<PodStatus>());
    let statuses = status.container_statuses.as_deref().unwrap_or(&[]);
    for container in &spec.containers {
        let asks = container.readiness_probe.is_some()
            || container.startup_probe.is_some()
            || container.lifecycle.as_ref().is_some_and(|lifecycle| lifecycle.post_start.is_some());
        let Some(status) = statuses.iter().find(|status| status.name == container.name) else { continue };
        let running = status.state.as_ref().and_then(|state| state.running.as_ref());
        let since = running.and_then(|running| running.started_at.as_ref()).map(|t| Time::of(t.0));
        if !asks && !status.ready && since.is_some_and(|since| since + LAG < now) {
            return Some(format!("{} runs without probes, but is not ready", container.name));
        }
    }
    let gates = spec.readiness_gates.as_ref().is_some_and(|gates| !gates.is_empty());
    let sidecars = spec.init_containers.iter().flatten().any(|c| c.restart_policy.as_deref() == Some("Always"));
    let all = !statuses.is_empty() && statuses.iter().all(|status| status.ready);
    (all && !gates && !sidecars && !pods::is_ready(pod)).then(|| "all its containers are ready, but it is not".into())
}
