//! The kernel's answer when a machine has no memory left, and the kubelet's watch over it.
//!
//! Models: Linux `mm/oom_kill.c`, `pkg/kubelet/qos/policy.go` (`GetContainerOOMScoreAdjust`), `pkg/kubelet/oom/oom_watcher_linux.go`.
//! Left out: processes of one container apart (with cgroup v2 the kubelet has them all ended together).

use super::worker::Look;
use super::{eviction, mirror, sidecar};
use crate::api::kinds::pod_spec;
use crate::api::{Object, kinds};
use crate::control::Cx;
use crate::control::events::EventType;
use crate::control::resources::Amounts;
use crate::node::pod::PodRun;
use crate::store::Key;
use crate::time::Span;
use k8s_openapi::api::core::v1::PodSpec;
use std::rc::Rc;

/// Those the kernel should spare, and those it should take first.
const GUARANTEED: i64 = -997;
const BEST_EFFORT: i64 = 1000;

/// A priority from which on a pod is critical.
const CRITICAL: i32 = 2_000_000_000;

/// A pod that the kubelet never gives up: a static one, or one of the system's priorities.
pub(super) fn critical(pod: &Object) -> bool {
    mirror(pod) || pod.spec::<PodSpec>().priority.is_some_and(|priority| priority >= CRITICAL)
}

/// The `oom_score_adj` of a container on a machine with so many bytes of memory.
pub(super) fn score_adjust(pod: &Object, name: &str, capacity: i64) -> i64 {
    let spec: &PodSpec = pod.spec();
    if mirror(pod) || spec.priority.is_some_and(|priority| priority > CRITICAL) {
        return GUARANTEED;
    }
    match pod_spec::qos_class(spec) {
        "Guaranteed" => return GUARANTEED,
        "BestEffort" => return BEST_EFFORT,
        _ => {}
    }
    let request = |container: &k8s_openapi::api::core::v1::Container| {
        Amounts::of(container.resources.as_ref().and_then(|r| r.requests.as_ref())).memory
    };
    let Some((container, _)) = super::find(spec, name) else { return BEST_EFFORT - 1 };
    let mut adjust = 1000 - 1000 * request(&container) / capacity.max(1);
    if sidecar(&container) {
        // no sidecar goes before the containers that it serves
        let least = spec.containers.iter().map(request).min().unwrap_or(0);
        adjust = adjust.min(1000 - 1000 * least / capacity.max(1));
    }
    if adjust < 1000 + GUARANTEED {
        return 1000 + GUARANTEED;
    }
    if adjust == BEST_EFFORT { BEST_EFFORT - 1 } else { adjust }
}

/// After a pod has worked: the kernel may have to act, and the eviction manager if something runs short.
pub(super) fn look_after(node: &Rc<str>, cx: &mut Cx<'_>) {
    relieve(node, cx);
    eviction::wake(node, cx);
}

/// Ends processes while the machine has no memory left.
pub(super) fn relieve(node: &Rc<str>, cx: &mut Cx<'_>) {
    for _ in 0..8 {
        let Some(machine) = cx.machines.nodes.get(node).filter(|machine| machine.out_of_memory()) else { break };
        let capacity = (machine.memory << 20) as i64;
        let read = cx.read();
        let adjust = |key: &Key, name: &str| read.by_key(key).map_or(0, |pod| score_adjust(pod, name, capacity));
        match machine.oom_victim(cx.now, adjust) {
            Some((key, name)) => kill(node, &key, &name, cx),
            None => {
                let Some(machine) = cx.machines.nodes.get_mut(node) else { break };
                let held = std::mem::take(&mut machine.runtime().strain.filled.memory);
                if held == 0 {
                    break;
                }
                told(node, "stress-ng-vm", 20_000 + (held % 10_000) as u32, cx);
            }
        }
    }
}

fn told(node: &Rc<str>, program: &str, pid: u32, cx: &mut Cx<'_>) {
    if let Some(object) = cx.read().get(kinds::NODE, "", node).cloned() {
        let text = format!("System OOM encountered, victim process: {program}, pid: {pid}");
        cx.event(&object, EventType::Warning, "SystemOOM", text);
    }
}

fn kill(node: &Rc<str>, key: &Key, name: &str, cx: &mut Cx<'_>) {
    let now = cx.now;
    let Some(machine) = cx.machines.nodes.get_mut(node) else { return };
    let phase = machine.phase();
    machine.runtime().strain.ooms += 1;
    let Some(pod) = machine.runtime().pods.remove(key) else { return };
    let mut pod = Rc::try_unwrap(pod).unwrap_or_else(|shared| (*shared).clone());
    let PodRun { slots, volumes, .. } = &mut pod;
    let mut process = (String::new(), 0);
    if let Some(container) = slots.get_mut(name).and_then(|slot| slot.current.as_mut()) {
        process = victim(container);
        container.end(137, "OOMKilled", volumes, now);
    }
    pod.notice(now, phase);
    machine.count(&mut pod, now);
    machine.runtime().pods.insert(key.clone(), Rc::new(pod));
    cx.local(&format!("the machine is out of memory: container {name} killed"), key.clone());
    cx.wake(key.clone(), Span(1));
    told(node, &process.0, process.1, cx);
}

/// The largest process of a container: its name, and the number that the machine knows it by.
fn victim(container: &crate::node::container::Container) -> (String, u32) {
    let mut processes = container.program.processes(&container.launch);
    let guest = container.guests.iter().max_by_key(|(_, guest)| guest.memory);
    processes.extend(guest.map(|(number, guest)| (10 + number % 900, guest.name.to_string())));
    let (inner, title) = processes.pop().unwrap_or((1, container.launch.argv.join(" ")));
    let program = title.split(' ').next().unwrap_or("").rsplit('/').next().unwrap_or("").to_owned();
    (program.chars().take(15).collect(), 3000 + container.launch.seed % 60_000 + inner)
}

impl Look<'_, '_> {
    /// A container that takes more than it may is ended, with all its processes; where the pod as a whole takes more than it
    /// may, the largest one is.
    pub fn enforce_memory(&mut self) {
        let now = self.now;
        let limit = self.spec().resources.as_ref().and_then(|r| r.limits.as_ref()?.get("memory"));
        let limit = limit.map(|q| crate::control::resources::whole(&q.0).max(0) as u64);
        let largest = self.pod.running().max_by_key(|(_, c)| c.memory(now)).map(|(name, _)| name.clone());
        let all: u64 = self.pod.running().map(|(_, c)| c.memory(now)).sum();
        let chosen = largest.filter(|_| limit.is_some_and(|limit| all > limit));
        let PodRun { slots, volumes, .. } = &mut self.pod;
        let mut ended = vec![];
        for (name, slot) in slots.iter_mut() {
            let Some(container) = slot.current.as_mut() else { continue };
            if container.over_limit(now) || chosen.as_ref() == Some(name) {
                container.end(137, "OOMKilled", volumes, now);
                ended.push(name.clone());
            }
        }
        for name in ended {
            self.ended(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn adjust(containers: serde_json::Value, priority: Option<i32>) -> i64 {
        let value = json!({"metadata": {"name": "p"}, "spec": {"containers": containers, "priority": priority}});
        let pod = Object::from_value(kinds::POD, value).expect("a pod");
        score_adjust(&pod, "c", 8 << 30)
    }

    #[test]
    fn the_kernel_takes_who_asked_for_nothing_first_and_spares_who_has_all_it_asked_for() {
        let of =
            |resources: serde_json::Value| adjust(json!([{"name": "c", "image": "i", "resources": resources}]), None);
        assert_eq!(of(json!({})), 1000);
        assert_eq!(of(json!({"requests": {"memory": "2Gi"}})), 750);
        assert_eq!(of(json!({"requests": {"cpu": "1"}})), 999);
        let all = json!({"cpu": "1", "memory": "1Gi"});
        assert_eq!(of(json!({"requests": all, "limits": all})), -997);
        assert_eq!(adjust(json!([{"name": "c", "image": "i"}]), Some(2_000_001_000)), -997);
    }
}
