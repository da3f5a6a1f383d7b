//! Law: no pod waits in vain.
//!
//! Models: `pkg/kubelet/kuberuntime` (back-off of five minutes at the most), `pkg/kubelet/active_deadline.go`.

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::control::pods;
use crate::time::{Span, Time};
use crate::world::World;
use k8s_openapi::api::core::v1::{ContainerStatus, PodSpec, PodStatus};

pub static LAW: Law = Law {
    name: "nobody-waits-in-vain",
    says: "A back-off ends, a deadline is kept, and a pod whose containers are not made has an event that says why.",
    check: Check::Settled(check),
};

/// The longest back-off, and a little.
const BACKOFF: Span = Span::seconds(330);
/// A pod that is still being made after so long is told of.
const MAKING: Span = Span::seconds(200);

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for pod in read.list(kinds::POD, None).filter(|pod| pods::is_active(pod)) {
        let machine = pods::node(pod).and_then(|node| world.machines.nodes.get(node));
        if machine.is_some_and(|machine| machine.on) && !pod.annotations().contains_key("kubernetes.io/config.mirror") {
            findings.at(pod, wrong(pod, world.now, read));
        }
    }
}

fn wrong(pod: &Object, now: Time, read: Reader<'_>) -> Option<String> {
    let (spec, status) = (pod.spec::<PodSpec>(), pod.status::<PodStatus>());
    let Some(began) = status.start_time.as_ref().map(|t| Time::of(t.0)) else {
        return (pod.created() + MAKING < now).then(|| "has a node, but was not taken by its kubelet".into());
    };
    // Its containers have their grace period, and until they are gone it is not called failed.
    let grace = spec.termination_grace_period_seconds.unwrap_or(30);
    if let Some(deadline) = spec.active_deadline_seconds
        && began + Span::seconds((deadline.max(0) + grace.max(0)) as u64 + 10) < now
    {
        return Some(format!("is active for longer than its {deadline} s"));
    }
    let all = status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten());
    for container in all {
        let Some(waiting) = container.state.as_ref().and_then(|state| state.waiting.as_ref()) else { continue };
        match waiting.reason.as_deref() {
            Some("CrashLoopBackOff") if ended(container).is_some_and(|end| end + BACKOFF < now) => {
                return Some(format!("{} waits for longer than any back-off", container.name));
            }
            Some("ContainerCreating") if began + MAKING < now && !is_told(pod, read) => {
                return Some(format!("{} is being made for long, and nothing says why", container.name));
            }
            _ => {}
        }
    }
    None
}

fn ended(container: &ContainerStatus) -> Option<Time> {
    let end = container.last_state.as_ref()?.terminated.as_ref()?.finished_at.as_ref()?;
    Some(Time::of(end.0))
}

fn is_told(pod: &Object, read: Reader<'_>) -> bool {
    read.list(kinds::EVENT, Some(pod.namespace())).any(|event| {
        let event = kinds::event::full(event);
        event.involved_object.uid.as_deref() == Some(pod.uid()) && event.type_.as_deref() == Some("Warning")
    })
}
