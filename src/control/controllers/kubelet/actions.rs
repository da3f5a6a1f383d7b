//! What has to be stopped and started so that a pod becomes what its object asks for.
//!
//! Models: `pkg/kubelet/kuberuntime/kuberuntime_manager.go` (`computePodActions`), `kuberuntime_container.go`
//! (`computeInitContainerActions`).

use super::worker::Look;
use super::{field_path, find, sidecar};
use crate::control::events::EventType;
use crate::node::container::Phase;
use crate::node::pod::{PodRun, Step};
use k8s_openapi::api::core::v1::{Container, ContainerRestartRule, PodSpec};
use std::rc::Rc;

/// The shortest time between SIGTERM and SIGKILL, whatever is left of the grace period.
pub(super) const LAST: crate::time::Span = crate::time::Span::seconds(2);

/// What the first of a container's own rules that fits an exit code asks for: `Restart`, `RestartAllContainers`.
fn rule(container: &Container, code: i32) -> Option<&str> {
    let fits = |rule: &&ContainerRestartRule| {
        let Some(codes) = &rule.exit_codes else { return false };
        let listed = codes.values.iter().flatten().any(|value| *value == code);
        match codes.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            _ => false,
        }
    };
    container.restart_policy_rules.iter().flatten().find(fits).map(|rule| rule.action.as_str())
}

/// Whether a container that ended with this code is started again: its rules decide, then its own policy, then the pod's.
pub(super) fn restarts(spec: &PodSpec, container: &Container, init: bool, code: i32) -> bool {
    if rule(container, code).is_some() {
        return true;
    }
    match container.restart_policy.as_deref().or(spec.restart_policy.as_deref()) {
        Some("Never") => false,
        Some("OnFailure") => code != 0,
        _ => !init || sidecar(container) || code != 0,
    }
}

/// Whether a container that is not running has to be started.
pub(super) fn wants_start(spec: &PodSpec, container: &Container, init: bool, pod: &PodRun) -> bool {
    match pod.container(&container.name).map(|c| &c.phase) {
        None => true,
        Some(Phase::Running) => false,
        Some(Phase::Exited { code, .. }) => restarts(spec, container, init, *code),
    }
}

/// Whether a container has a rule that restarts its whole pod.
pub(super) fn may_restart_all(spec: &PodSpec) -> bool {
    let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    all.flat_map(|c| c.restart_policy_rules.iter().flatten()).any(|rule| rule.action == "RestartAllContainers")
}

/// Whether a container ended in a way that restarts its whole pod.
pub(super) fn asks_for_all(spec: &PodSpec, pod: &PodRun) -> bool {
    let asks = |container: &Container| match pod.container(&container.name).map(|c| &c.phase) {
        Some(Phase::Exited { code, .. }) => rule(container, *code) == Some("RestartAllContainers"),
        _ => false,
    };
    spec.containers.iter().chain(spec.init_containers.iter().flatten()).any(asks)
}

/// How far the init containers are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Init {
    Done,
    /// These have to be started, in this order; then wait.
    Start(Vec<Rc<str>>),
    /// One failed for good.
    Failed,
}

/// A sidecar lets the next one begin once it has started (its startup probe, if any, succeeded).
pub(super) fn init_state(spec: &PodSpec, pod: &PodRun) -> Init {
    // Once a main container exists, the init containers are done; only sidecars are kept alive.
    let past = spec.containers.iter().any(|c| pod.container(&c.name).is_some());
    let mut start = vec![];
    for container in spec.init_containers.iter().flatten() {
        let name: Rc<str> = container.name.as_str().into();
        let state = pod.container(&name).map(|c| &c.phase);
        if sidecar(container) {
            match state {
                Some(Phase::Running) if started(container, pod) => {}
                Some(Phase::Running) if past => {}
                Some(Phase::Running) => return Init::Start(start),
                _ => {
                    start.push(name);
                    if !past {
                        return Init::Start(start);
                    }
                }
            }
            continue;
        }
        if past {
            continue;
        }
        match state {
            Some(Phase::Exited { code: 0, .. }) => {}
            Some(Phase::Running) => return Init::Start(start),
            Some(Phase::Exited { code, .. }) if !restarts(spec, container, true, *code) => return Init::Failed,
            _ => {
                start.push(name);
                return Init::Start(start);
            }
        }
    }
    if start.is_empty() || past {
        if start.is_empty() { Init::Done } else { Init::Start(start) }
    } else {
        Init::Start(start)
    }
}

/// Whether a container has passed its startup probe, or has none.
pub(super) fn started(container: &Container, pod: &PodRun) -> bool {
    let Some(slot) = pod.slots.get(container.name.as_str()) else { return false };
    let running = slot.current.as_ref().is_some_and(|c| c.running());
    running && (container.startup_probe.is_none() || slot.probes[0].result == Some(true))
}

impl Look<'_, '_> {
    /// Stops what must stop and lines up what must start.
    pub fn act(&mut self) {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        if self.pod.worker.restarting {
            return self.restart_all();
        }
        let mut kill = vec![];
        let mut start: Vec<Rc<str>> = vec![];
        let past = spec.containers.iter().any(|c| self.pod.container(&c.name).is_some());
        // those begin once, whatever the others do
        let fresh = spec.ephemeral_containers.iter().flatten().filter(|c| self.pod.container(&c.name).is_none());
        start.extend(fresh.map(|c| Rc::from(c.name.as_str())));
        match init_state(spec, &self.pod) {
            Init::Failed => return self.end_sync(false),
            Init::Start(names) => {
                start.extend(names);
                if !past {
                    self.pod.worker.starting = start.into();
                    return self.start_next();
                }
            }
            Init::Done => {}
        }
        for container in &spec.containers {
            if self.pod.container(&container.name).is_none_or(|c| !c.running()) {
                if wants_start(spec, container, false, &self.pod) {
                    start.push(container.name.as_str().into());
                }
            } else if let Some(why) = self.must_restart(container) {
                kill.push((container.name.as_str().into(), why));
            }
        }
        for container in spec.init_containers.iter().flatten().filter(|c| sidecar(c)) {
            if self.pod.container(&container.name).is_some_and(|c| c.running())
                && let Some(why) = self.must_restart(container)
            {
                kill.push((container.name.as_str().into(), why));
            }
        }
        kill.extend(self.actuate());
        let names: Vec<Rc<str>> = kill.iter().map(|(name, _): &(Rc<str>, String)| name.clone()).collect();
        for (name, why) in kill {
            let own = find(spec, &name).and_then(|(c, _)| c.restart_policy.clone());
            let never = own.or(spec.restart_policy.clone()).as_deref() == Some("Never");
            let never = never && why.ends_with("probe");
            self.kill_for(&name, &why, never);
            if !never {
                start.push(name);
            }
        }
        self.pod.worker.starting = start.into();
        if names.is_empty() {
            return self.start_next();
        }
        self.wait_for_end(names);
    }

    /// Goes on only when these containers are dead.
    pub fn wait_for_end(&mut self, names: Vec<Rc<str>>) {
        let last = |name: &Rc<str>| self.pod.container(name)?.stopping.as_ref().map(|s| s.until + LAST);
        let deadline = names.iter().filter_map(last).max();
        self.pod.worker.step = Some((Step::Kill(names), deadline.unwrap_or(self.now)));
    }

    /// Every container ends, without its hooks; then all of them are forgotten, and the pod begins anew.
    fn restart_all(&mut self) {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let lasting: Vec<Rc<str>> =
            spec.init_containers.iter().flatten().chain(&spec.containers).map(|c| c.name.as_str().into()).collect();
        let running: Vec<Rc<str>> =
            lasting.iter().filter(|name| self.pod.container(name).is_some_and(|c| c.running())).cloned().collect();
        if !running.is_empty() {
            for name in &running {
                let role = find(spec, name).map_or(super::Role::Main, |(_, role)| role);
                let text = format!("Stopping container {name}");
                self.cx.event_at(&object, &field_path(role, name), EventType::Normal, "Killing", text);
                self.stop(name, crate::time::Span::ZERO, false);
            }
            return self.wait_for_end(running);
        }
        for name in lasting {
            let Some(slot) = self.pod.slots.get_mut(&name) else { continue };
            if let Some(old) = slot.current.take() {
                slot.previous = Some(Rc::new(old));
            }
            slot.backoff = None;
            self.pod.worker.reasons.remove(&name);
        }
        self.pod.worker.restarting = false;
        self.pod.trigger(self.now, self.phase);
        self.end_sync(false);
        self.pod.trigger(self.now, self.phase);
    }

    /// Why a running container has to be replaced.
    fn must_restart(&self, container: &Container) -> Option<String> {
        let slot = self.pod.slots.get(container.name.as_str())?;
        let name = &container.name;
        let current = slot.current.as_ref()?;
        if current.stopping.is_some() {
            return None;
        }
        let wanted = crate::node::reference::Reference::parse(container.image.as_deref().unwrap_or("")).ok();
        if wanted.is_some_and(|wanted| *wanted.to_string() != *current.image) {
            return Some(format!("Container {name} definition changed"));
        }
        let failed = |n: usize| slot.probes[n].of == current.id && slot.probes[n].result == Some(false);
        if container.liveness_probe.is_some() && failed(1) {
            return Some(format!("Container {name} failed liveness probe"));
        }
        if container.startup_probe.is_some() && failed(0) {
            return Some(format!("Container {name} failed startup probe"));
        }
        None
    }

    fn kill_for(&mut self, name: &str, why: &str, never: bool) {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let Some((container, role)) = find(spec, name) else { return };
        let plain = never || why.ends_with("requires restart");
        let text = if plain { why.to_owned() } else { format!("{why}, will be restarted") };
        self.cx.event_at(&object, &field_path(role, name), EventType::Normal, "Killing", text);
        let probe = if why.ends_with("startup probe") { &container.startup_probe } else { &container.liveness_probe };
        let own = probe.as_ref().and_then(|p| p.termination_grace_period_seconds).filter(|_| why.ends_with("probe"));
        let grace = own.or(spec.termination_grace_period_seconds).unwrap_or(30).max(0);
        self.stop(name, crate::time::Span::seconds(grace as u64), false);
    }
}
