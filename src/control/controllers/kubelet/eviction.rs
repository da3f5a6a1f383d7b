//! The eviction manager: what it does about pods that use more local storage than they may, and on a machine that runs
//! short of memory, disk, inodes or processes.
//!
//! Models: `pkg/kubelet/eviction/eviction_manager.go`, `pkg/kubelet/eviction/helpers.go`, `pkg/kubelet/eviction/defaults_linux.go`.
//! Left out: soft thresholds and minimum reclaim (none by default), notification by the kernel, file systems of their own for
//! images. A machine on which nothing runs short is not looked at.

use super::oom::critical;
use super::{image_gc, node};
use crate::api::{ApiError, Object, kinds};
use crate::base::quantity::{Format, Quantity};
use crate::control::events::EventType;
use crate::control::resources::{self, pod_requests};
use crate::control::{Again, Cx, pods};
use crate::node::Machine;
use crate::node::container::Container;
use crate::node::pod::{Evicted, PodRun};
use crate::node::usage::Level;
use crate::script::files::Device;
use crate::store::Key;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::PodSpec;
use std::cmp::Reverse;
use std::rc::Rc;

/// The key under which the kubelet of a node looks after it.
pub(super) const RESOURCE: &str = "evictions";
/// How long a condition outlives its cause, how long an evicted pod may take to go, and how often
/// volumes are measured.
const TRANSITION: Span = Span::minutes(5);
const CLEANUP: Span = Span::seconds(30);
const VOLUMES: Span = Span::seconds(60);

/// The conditions, in the order of `Strain::seen`.
pub(super) const CONDITIONS: [&str; 3] = ["MemoryPressure", "DiskPressure", "PIDPressure"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    Bytes(u64),
    Percent(u64),
}

/// When something is short.
struct Threshold {
    level: fn(&Machine) -> Level,
    limit: Limit,
    /// What is reclaimed, as messages name it.
    resource: &'static str,
    /// Which condition it makes.
    condition: usize,
}

/// In the order in which they are dealt with.
const THRESHOLDS: &[Threshold] = &[
    Threshold { level: Machine::memory_level, limit: Limit::Bytes(100 << 20), resource: "memory", condition: 0 },
    Threshold { level: Machine::disk_level, limit: Limit::Percent(15), resource: "ephemeral-storage", condition: 1 },
    Threshold { level: Machine::disk_level, limit: Limit::Percent(10), resource: "ephemeral-storage", condition: 1 },
    Threshold { level: Machine::inode_level, limit: Limit::Percent(5), resource: "inodes", condition: 1 },
    Threshold { level: Machine::pid_level, limit: Limit::Percent(10), resource: "pids", condition: 2 },
];

impl Threshold {
    /// What must be there. A percentage is a number of Go's type float32, and what it makes shows that.
    fn quantity(&self, capacity: u64) -> u64 {
        let part = |mantissa: u128, bits: u32| ((u128::from(capacity) * mantissa) >> bits) as u64;
        match self.limit {
            Limit::Bytes(bytes) => bytes,
            Limit::Percent(15) => part(10_066_330, 26),
            Limit::Percent(10) => part(13_421_773, 27),
            Limit::Percent(5) => part(13_421_773, 28),
            Limit::Percent(n) => capacity / 100 * n,
        }
    }

    fn crossed(&self, machine: &Machine) -> bool {
        let level = (self.level)(machine);
        level.available < self.quantity(level.capacity)
    }
}

/// `1536Mi`, `53412Ki`: as the kubelet prints bytes; inodes and processes are plain numbers.
fn amount(n: u64, resource: &str) -> String {
    let format = if matches!(resource, "inodes" | "pids") { Format::DecimalSi } else { Format::BinarySi };
    Quantity::from_units(n as i64, format).to_string()
}

/// Which conditions hold.
pub(super) fn conditions(machine: &Machine, now: Time) -> [bool; 3] {
    machine.runtime.strain.seen.map(|seen| seen.is_some_and(|seen| now.since(seen) < TRANSITION))
}

/// Whether a new pod may not come: the condition that forbids it, as the list that messages show.
pub(super) fn forbids(pod: &Object, machine: &Machine, now: Time) -> Option<String> {
    let held = conditions(machine, now);
    if held == [false; 3] || critical(pod) {
        return None;
    }
    if held == [true, false, false] {
        let spec: &PodSpec = pod.spec();
        let taint = crate::control::taints::taint(crate::control::taints::MEMORY_PRESSURE, "NoSchedule");
        let mut tolerations = spec.tolerations.iter().flatten();
        let best_effort = crate::api::kinds::pod_spec::qos_class(spec) == "BestEffort";
        if !best_effort || tolerations.any(|t| crate::control::scheduler::tolerates(t, &taint)) {
            return None;
        }
    }
    let names: Vec<&str> = CONDITIONS.iter().zip(held).filter(|(_, held)| *held).map(|(name, _)| *name).collect();
    Some(format!("The node had condition: [{}]. ", names.join(" ")))
}

fn key(node: &str) -> Key {
    Key::new(RESOURCE, "", node)
}

/// Has the manager look at its next turn, if there is something to look at.
pub(super) fn wake(node: &Rc<str>, cx: &mut Cx<'_>) {
    let now = cx.now;
    let Some(machine) = cx.machines.nodes.get(node) else { return };
    let strain = &machine.runtime.strain;
    if strain.seen == [None; 3] && !THRESHOLDS.iter().any(|threshold| threshold.crossed(machine)) {
        return;
    }
    let after = machine.eviction_turn(now).since(now);
    cx.wake(key(node), after);
}

/// A pod has worked: if it uses more local storage than it may, the manager has to see it.
pub(super) fn watch_storage(pod: &PodRun, object: &Object, node: &Rc<str>, cx: &mut Cx<'_>) {
    if pod.worker.evicted.is_some() || !active(pod) || over(pod, object.spec(), true).is_none() {
        return;
    }
    let Some(machine) = cx.machines.nodes.get(node) else { return };
    let after = machine.eviction_turn(cx.now).since(cx.now);
    cx.wake(key(node), after);
}

fn active(pod: &PodRun) -> bool {
    !pod.worker.finished && pod.worker.ending.is_none()
}

/// Why a pod has to go because of what it wrote. Volumes count as they were when they were last measured, or as they are.
fn over(pod: &PodRun, spec: &PodSpec, live: bool) -> Option<String> {
    let volume = |name: &str| match live {
        true => pod.scratch_usage(name).bytes,
        false => pod.measured.1.get(name).copied().unwrap_or(0),
    };
    let dirs = spec.volumes.iter().flatten().filter_map(|v| Some((&v.name, v.empty_dir.as_ref()?)));
    for (name, dir) in dirs.clone() {
        let Some(limit) = &dir.size_limit else { continue };
        let bytes = resources::whole(&limit.0);
        let disk = pod.scratch.get(name.as_str()) == Some(&Device::Disk);
        if bytes > 0 && disk && volume(name) > bytes as u64 {
            return Some(format!("Usage of EmptyDir volume \"{name}\" exceeds the limit \"{}\". ", limit.0));
        }
    }
    let limit = |container: &k8s_openapi::api::core::v1::Container| {
        container.resources.as_ref()?.limits.as_ref()?.get("ephemeral-storage").cloned()
    };
    let limits: Vec<_> = spec.containers.iter().filter_map(|c| Some((&c.name, limit(c)?))).collect();
    if limits.is_empty() {
        return None;
    }
    let on_disk = dirs.filter(|(name, _)| pod.scratch.get(name.as_str()) == Some(&Device::Disk));
    let volumes: u64 = on_disk.map(|(name, _)| volume(name)).sum();
    let used: u64 = volumes + spec.containers.iter().map(|c| container_disk(pod.container(&c.name))).sum::<u64>();
    let mut total = Quantity::ZERO;
    for (_, limit) in &limits {
        total.add(&Quantity::parse(&limit.0).unwrap_or(Quantity::ZERO));
    }
    if used > total.value().max(0) as u64 {
        return Some(format!("Pod ephemeral local storage usage exceeds the total limit of containers {total}. "));
    }
    let mut heavy = limits.iter().filter(|(name, limit)| {
        let bytes = resources::whole(&limit.0);
        bytes > 0 && container_disk(pod.container(name)) > bytes as u64
    });
    heavy.next().map(|(name, limit)| {
        let limit = crate::base::quantity::canonical(&limit.0);
        format!("Container {name} exceeded its local ephemeral storage limit \"{limit}\". ")
    })
}

/// Writable layer and log.
fn container_disk(container: Option<&Container>) -> u64 {
    container.map_or(0, |c| c.layer().bytes + c.log_bytes())
}

/// One look of the manager.
pub(super) fn manage(cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let Some(name) = cx.node.clone() else { return Ok(Again::OnChange) };
    let now = cx.now;
    super::oom::relieve(&name, cx);
    let Some(machine) = cx.machines.nodes.get_mut(&name) else { return Ok(Again::OnChange) };
    if let Some((pod, since)) = machine.runtime.strain.cleaning.clone() {
        let busy = machine.pod(&pod).is_some_and(|run| !run.worker.finished);
        if busy && now.since(since) < CLEANUP {
            return Ok(Again::After(Span::seconds(1)));
        }
        machine.runtime().strain.cleaning = None;
    }
    let met: Vec<&Threshold> = THRESHOLDS.iter().filter(|threshold| threshold.crossed(machine)).collect();
    let before = conditions(machine, now);
    for threshold in &met {
        machine.runtime().strain.seen[threshold.condition] = Some(now);
    }
    let after = conditions(machine, now);
    for (seen, held) in machine.runtime().strain.seen.iter_mut().zip(after) {
        *seen = seen.filter(|_| held);
    }
    if before != after || stale(&name, after, cx) {
        node::news(cx);
    }
    let evicted = storage_evictions(&name, cx);
    if let Some(last) = evicted.last() {
        return Ok(cleaning(&name, last, cx));
    }
    if met.is_empty() {
        return Ok(rest(&name, after, cx));
    }
    let Some(machine) = cx.machines.nodes.get(&name) else { return Ok(Again::OnChange) };
    let next = machine.eviction_turn(now).since(now);
    let resource = met[0].resource;
    if let Some(object) = cx.read().get(kinds::NODE, "", &name).cloned() {
        let text = format!("Attempting to reclaim {resource}");
        cx.event(&object, EventType::Warning, "EvictionThresholdMet", text);
    }
    if met[0].condition == 1 {
        image_gc::delete_unused(&name, u64::MAX, cx);
        let machine = &cx.machines.nodes[&name];
        if !THRESHOLDS.iter().any(|threshold| threshold.crossed(machine)) {
            return Ok(Again::After(next));
        }
    }
    match evict_one(&name, &met, cx) {
        Some(pod) => Ok(cleaning(&name, &pod, cx)),
        None => Ok(Again::After(next)),
    }
}

/// The node object does not say yet what holds.
fn stale(node: &str, held: [bool; 3], cx: &Cx<'_>) -> bool {
    let Some(object) = cx.read().get(kinds::NODE, "", node) else { return false };
    CONDITIONS.iter().zip(held).any(|(type_, held)| (node::status_of(object, type_) == Some("True")) != held)
}

/// Nothing is short: until the conditions are over, or until a pod writes too much.
fn rest(node: &Rc<str>, held: [bool; 3], cx: &Cx<'_>) -> Again {
    let machine = &cx.machines.nodes[node];
    let next = machine.eviction_turn(cx.now).since(cx.now);
    let growing = machine.runtime.pods.iter().any(|(key, pod)| {
        let object = if active(pod) { cx.read().by_key(key) } else { None };
        object.is_some_and(|object| over(pod, object.spec(), true).is_some())
    });
    if growing || held != [false; 3] { Again::After(next) } else { Again::OnChange }
}

fn cleaning(node: &Rc<str>, pod: &Key, cx: &mut Cx<'_>) -> Again {
    let now = cx.now;
    if let Some(machine) = cx.machines.nodes.get_mut(node) {
        machine.runtime().strain.cleaning = Some((pod.clone(), now));
    }
    Again::After(Span::seconds(1))
}

/// Evicts the pods that have written more than they may.
fn storage_evictions(node: &Rc<str>, cx: &mut Cx<'_>) -> Vec<Key> {
    let now = cx.now;
    let held: Vec<Key> =
        cx.machines.nodes[node].runtime.pods.iter().filter(|(_, p)| active(p)).map(|(k, _)| k.clone()).collect();
    let mut evicted = vec![];
    for key in held {
        let Some(object) = cx.read().by_key(&key).cloned() else { continue };
        let spec: &PodSpec = object.spec();
        let Some(machine) = cx.machines.nodes.get_mut(node) else { continue };
        let Some(pod) = machine.runtime.pods.get(&key) else { continue };
        if over(pod, spec, true).is_none() {
            continue;
        }
        if now.since(pod.measured.0) >= VOLUMES {
            let names = pod.scratch.keys().map(|name| (name.clone(), pod.scratch_usage(name).bytes)).collect();
            if let Some(pod) = machine.runtime().pods.get_mut(&key) {
                Rc::make_mut(pod).measured = (now, names);
            }
        }
        let found = machine.runtime.pods.get(&key).and_then(|pod| over(pod, spec, false));
        if let Some(message) = found
            && evict(node, &object, message, false, cx)
        {
            evicted.push(key);
        }
    }
    evicted
}

/// Tells a pod to go; false for one that may not be told.
fn evict(node: &Rc<str>, object: &Object, message: String, disruption: bool, cx: &mut Cx<'_>) -> bool {
    if critical(object) {
        return false;
    }
    cx.event(object, EventType::Warning, "Evicted", message.clone());
    let key = object.key();
    if let Some(machine) = cx.machines.nodes.get_mut(node)
        && let Some(pod) = machine.runtime().pods.get_mut(&key)
    {
        Rc::make_mut(pod).worker.evicted = Some(Evicted { message: message.into(), disruption });
    }
    cx.wake(key, Span(1));
    true
}

/// What of a pod counts for its rank: what it uses and what it asked for, of the resource that is short.
struct Rank {
    pod: Object,
    used: u64,
    asked: u64,
}

fn evict_one(node: &Rc<str>, met: &[&Threshold], cx: &mut Cx<'_>) -> Option<Key> {
    let machine = &cx.machines.nodes[node];
    let resource = met[0].resource;
    let mut ranks: Vec<Rank> = vec![];
    for pod in cx.read().pods_on(node).filter(|pod| !pods::is_terminal(pod)) {
        let Some(run) = machine.pod(&pod.key()).filter(|run| active(run)) else { continue };
        let asked = pod_requests(pod.spec());
        let (used, asked) = match resource {
            "memory" => (run.used.memory, asked.memory),
            "inodes" => (run.used.disk.inodes, 0),
            "pids" => (run.used.processes, 0),
            _ => (run.used.disk.bytes, asked.storage),
        };
        ranks.push(Rank { pod: pod.clone(), used, asked: asked.max(0) as u64 });
    }
    ranks.sort_by_key(|rank| {
        let priority = rank.pod.spec::<PodSpec>().priority.unwrap_or(0);
        let above = rank.used as i64 - rank.asked as i64;
        // who takes more than it asked for, who matters least, who takes the most above what it asked for
        (resource != "pids" && rank.used <= rank.asked, priority, Reverse(above))
    });
    let level = (met[0].level)(machine);
    let head = format!(
        "The node was low on resource: {resource}. Threshold quantity: {}, available: {}. ",
        amount(met[0].quantity(level.capacity), resource),
        amount(level.available, resource)
    );
    for Rank { pod, .. } in ranks {
        let message = head.clone() + &consumers(&pod, node, resource, cx);
        if evict(node, &pod, message, true, cx) {
            return Some(pod.key());
        }
    }
    None
}

/// Which of its containers took more than they asked for.
fn consumers(pod: &Object, node: &Rc<str>, resource: &str, cx: &Cx<'_>) -> String {
    let spec: &PodSpec = pod.spec();
    let Some(run) = cx.machines.nodes[node].pod(&pod.key()) else { return String::new() };
    let mut text = String::new();
    for container in spec.containers.iter().chain(spec.init_containers.iter().flatten()) {
        let Some(held) = run.container(&container.name) else { continue };
        let used = match resource {
            "memory" if held.running() => held.memory(cx.now),
            "ephemeral-storage" => container_disk(Some(held)),
            _ => continue,
        };
        let asked = container.resources.as_ref().and_then(|r| r.requests.as_ref()?.get(resource));
        let bytes = asked.map_or(0, |asked| resources::whole(&asked.0).max(0) as u64);
        if used > bytes {
            let (used, asked) =
                (amount(used, resource), asked.map_or("0".into(), |a| crate::base::quantity::canonical(&a.0)));
            text += &format!(
                "Container {} was using {used}, request is {asked}, has larger consumption of {resource}. ",
                container.name
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_the_numbers_that_real_messages_show() {
        let of = |percent: u64, capacity: u64| {
            Threshold { level: Machine::disk_level, limit: Limit::Percent(percent), resource: "", condition: 1 }
                .quantity(capacity)
        };
        // A tenth in single precision is a little more than a tenth.
        assert_eq!(of(10, 42_689_707_008), 4_268_970_764);
        assert_eq!(amount(100 << 20, "memory"), "100Mi");
        assert_eq!(amount(54_693_888, "memory"), "53412Ki");
    }
}
