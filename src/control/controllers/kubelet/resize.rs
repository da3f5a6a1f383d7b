//! Other amounts of CPU and memory for a pod that runs: may it have them, and giving them to its containers.
//!
//! Models: `pkg/kubelet/allocation/allocation_manager.go`, `pkg/kubelet/kuberuntime/kuberuntime_manager.go`
//! (`computePodResizeAction`), `pkg/kubelet/events`.
//! Left out: resources of whole pods, the order among pods that wait for room, limits below what is in use.

use super::sidecar;
use super::worker::Look;
use crate::api::{Object, kinds};
use crate::control::events::EventType;
use crate::control::resources::pod_requests;
use crate::node::cpu::Claim;
use crate::time::Span;
use k8s_openapi::api::core::v1::{Container, PodCondition, PodSpec, PodStatus, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time as MetaTime};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How soon a pod that waits for room looks again.
const AGAIN: Span = Span::seconds(2);

impl Look<'_, '_> {
    /// What a container was promised; what it asks for when nothing was changed yet.
    pub fn allocated(&self, container: &Container) -> Option<ResourceRequirements> {
        held(&self.pod.resize.allocated, container)
    }

    /// What a container has.
    pub fn actual(&self, container: &Container) -> Option<ResourceRequirements> {
        held(&self.pod.resize.actual, container)
    }

    /// The pod was let in: it has what it asks for.
    pub fn allocate(&mut self) {
        if self.pod.resize.allocated.is_none() {
            let slim = slim(&self.object);
            self.pod.resize.allocated = Some(slim.clone());
            self.pod.resize.actual = Some(slim);
        }
    }

    /// Whether the pod may have what it asks for now.
    pub fn consider_resize(&mut self) {
        self.pod.resize.retry = None;
        let object = self.object.clone();
        let same = |held: &Object| same(object.spec(), held.spec());
        if self.pod.resize.allocated.as_ref().is_none_or(same) {
            if self.pod.resize.pending.take().is_some() {
                self.pod.trigger(self.now, self.phase);
            }
            return;
        }
        let generation = object.meta.generation.unwrap_or(1);
        let now = self.now;
        let Some((reason, why)) = self.no_room() else {
            let slim = slim(&object);
            self.pod.resize.allocated = Some(slim);
            self.pod.resize.pending = None;
            self.pod.resize.progress = Some((generation, now));
            let text = format!("Pod resize started: {}", summary(&object, generation, ""));
            self.cx.event(&object, EventType::Normal, "ResizeStarted", text);
            self.pod.trigger(now, self.phase);
            return;
        };
        if reason == "Deferred" {
            self.pod.resize.retry = Some(now + AGAIN);
        }
        let before = self.pod.resize.pending.as_ref();
        if before.is_some_and(|(r, w, g, _)| (*r, w, *g) == (reason, &why, generation)) {
            return;
        }
        let since = before.filter(|(r, ..)| *r == reason).map_or(now, |(.., since)| *since);
        let text = format!("Pod resize {reason}: {}", summary(&object, generation, &why));
        self.cx.event(&object, EventType::Warning, &format!("Resize{reason}"), text);
        self.pod.resize.pending = Some((reason, why, generation, since));
        self.pod.trigger(now, self.phase);
    }

    /// Why the machine has no room for what the pod asks for.
    fn no_room(&self) -> Option<(&'static str, String)> {
        let wants = pod_requests(self.spec());
        let (has, used, _) = self.room()?;
        let rows = [("cpu", wants.cpu, used.cpu, has.cpu), ("memory", wants.memory, used.memory, has.memory)];
        let never = rows.iter().find(|(_, wants, _, has)| wants > has);
        if let Some((name, wants, _, has)) = never {
            let why = format!("Node didn't have enough capacity: {name}, requested: {wants}, capacity: {has}");
            return Some(("Infeasible", why));
        }
        let (name, wants, used, has) =
            rows.into_iter().find(|(_, wants, used, has)| *wants > 0 && used + wants > *has)?;
        let why =
            format!("Node didn't have enough resource: {name}, requested: {wants}, used: {used}, capacity: {has}");
        Some(("Deferred", why))
    }

    /// Gives the containers what they were promised; those that have to start again for it, and why.
    pub fn actuate(&mut self) -> Vec<(Rc<str>, String)> {
        let resize = &self.pod.resize;
        if resize.progress.is_none() {
            return vec![];
        }
        let (Some(allocated), Some(actual)) = (resize.allocated.clone(), resize.actual.clone()) else { return vec![] };
        let mut again = vec![];
        for container in resizable(allocated.spec()) {
            let now = container.resources.clone().unwrap_or_default();
            let was = held(&Some(actual.clone()), container).unwrap_or_default();
            let slot = self.pod.slots.get_mut(container.name.as_str());
            let Some(run) = slot.and_then(|slot| slot.current.as_mut()).filter(|run| run.running()) else { continue };
            if now == was || run.stopping.is_some() {
                continue;
            }
            if restarts(container, &was, &now) {
                again.push((
                    container.name.as_str().into(),
                    format!("Container {} resize requires restart", container.name),
                ));
                continue;
            }
            let limit = now.limits.as_ref().and_then(|limits| limits.get("memory"));
            let launch = Rc::make_mut(&mut run.launch);
            launch.memory = limit.and_then(|q| super::fields::number(&q.0)).map(|n| n.max(0) as u64);
            launch.cpu = claim(Some(&now));
            let milli = |list: &Option<BTreeMap<String, Quantity>>| {
                Some(super::fields::milli(&list.as_ref()?.get("cpu")?.0)?.max(0) as u64)
            };
            launch.facts.memory_limit = launch.memory;
            launch.facts.cpu_limit = milli(&now.limits);
            launch.facts.cpu_request = milli(&now.requests).unwrap_or(0);
            if let Some(facts) = &mut run.files.facts {
                facts.memory_limit = launch.facts.memory_limit;
                facts.cpu_limit = launch.facts.cpu_limit;
                facts.cpu_request = launch.facts.cpu_request;
            }
        }
        self.pod.resize.actual = Some(allocated);
        // The runtime is looked at once more before it is said to be done.
        self.pod.notice(self.now, self.phase);
        again
    }

    /// Says that what was promised is there.
    pub fn finish_resize(&mut self) {
        let resize = &self.pod.resize;
        let (Some(allocated), Some(actual)) = (&resize.allocated, &resize.actual) else { return };
        if resize.progress.is_none() || !same(allocated.spec(), actual.spec()) {
            return;
        }
        let Some((generation, _)) = self.pod.resize.progress.take() else { return };
        let object = self.object.clone();
        let text = format!("Pod resize completed: {}", summary(&object, generation, ""));
        self.cx.event(&object, EventType::Normal, "ResizeCompleted", text);
    }

    /// The conditions that say how far a resize is.
    pub fn resize_conditions(&self) -> Vec<PodCondition> {
        let resize = &self.pod.resize;
        let condition = |type_: &str, generation: i64, at: crate::time::Time| PodCondition {
            type_: type_.into(),
            status: "True".into(),
            observed_generation: Some(generation),
            last_probe_time: Some(MetaTime(at.timestamp())),
            last_transition_time: Some(MetaTime(at.timestamp())),
            ..PodCondition::default()
        };
        let pending = resize.pending.as_ref().map(|(reason, why, generation, since)| PodCondition {
            reason: Some((*reason).into()),
            message: Some(why.clone()),
            ..condition("PodResizePending", *generation, *since)
        });
        let progress = resize.progress.map(|(generation, since)| condition("PodResizeInProgress", generation, since));
        pending.into_iter().chain(progress).collect()
    }
}

/// The specification alone.
fn slim(object: &Object) -> Object {
    let mut slim = Object::new(kinds::POD, ObjectMeta::default(), PodSpec::default(), PodStatus::default());
    slim.take_spec(object);
    slim
}

fn held(of: &Option<Object>, container: &Container) -> Option<ResourceRequirements> {
    let found = of.as_ref().and_then(|held| resizable(held.spec()).find(|c| c.name == container.name));
    found.map_or(container.resources.clone(), |c| c.resources.clone())
}

/// The containers whose resources may change.
fn resizable(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(spec.init_containers.iter().flatten().filter(|c| sidecar(c)))
}

fn same(one: &PodSpec, other: &PodSpec) -> bool {
    resizable(one).map(|c| &c.resources).eq(resizable(other).map(|c| &c.resources))
}

/// Whether a container's policy asks for a restart with these new amounts.
fn restarts(container: &Container, was: &ResourceRequirements, now: &ResourceRequirements) -> bool {
    let changed = |name: &str, limits: bool| {
        let of = |r: &ResourceRequirements| if limits { &r.limits } else { &r.requests }.as_ref()?.get(name).cloned();
        of(was) != of(now)
    };
    let policy = |name: &str| {
        let rule = container.resize_policy.iter().flatten().find(|policy| policy.resource_name == name);
        rule.is_some_and(|policy| policy.restart_policy == "RestartContainer")
    };
    policy("cpu") && (changed("cpu", true) || changed("cpu", false)) || policy("memory") && changed("memory", true)
}

/// What the kernel is told of a container's CPU.
pub(super) fn claim(resources: Option<&ResourceRequirements>) -> Claim {
    let milli = |limits: bool| {
        let list = resources.and_then(|r| if limits { r.limits.as_ref() } else { r.requests.as_ref() });
        let quantity = list.and_then(|list| list.get("cpu"))?;
        super::fields::milli(&quantity.0).map(|n| n.clamp(0, 1_000_000) as u32)
    };
    Claim::of(milli(false), milli(true))
}

/// What is asked for, as the events show it.
fn summary(object: &Object, generation: i64, error: &str) -> String {
    let spec = object.spec::<PodSpec>();
    let list = |containers: &[Container]| {
        let rows = containers.iter().map(|c| {
            let resources = serde_json::to_value(c.resources.clone().unwrap_or_default()).unwrap_or_default();
            format!("{{\"name\":\"{}\",\"resources\":{resources}}}", c.name)
        });
        rows.collect::<Vec<_>>().join(",")
    };
    let init = spec.init_containers.as_deref().filter(|init| !init.is_empty());
    let init = init.map_or(String::new(), |init| format!("\"initContainers\":[{}],", list(init)));
    let error = if error.is_empty() { String::new() } else { format!(",\"error\":{error:?}") };
    format!("{{{init}\"containers\":[{}],\"generation\":{generation}{error}}}", list(&spec.containers))
}
