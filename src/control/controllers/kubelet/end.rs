//! Ending containers and pods: preStop, SIGTERM, the grace period, SIGKILL, and the last report.
//!
//! Models: `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`killContainer`), `pkg/kubelet/kubelet.go`
//! (`SyncTerminatingPod`, `SyncTerminatedPod`).
//! Left out: the order of several sidecars among each other.

use super::worker::Look;
use super::{Role, field_path, find, mirror, sidecar};
use crate::control::events::EventType;
use crate::node::container::Stopping;
use crate::node::pod::{PodRun, relist};
use crate::node::program::Inside;
use crate::script::host::Signal;
use crate::script::machine::Status;
use crate::script::sys::Style;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::PodSpec;
use std::rc::Rc;

/// How long volumes and cgroups of a dead pod take to go.
const CLEANUP: Span = Span::millis(150);

impl Look<'_, '_> {
    /// Begins to stop one container: its preStop hook now, SIGTERM after it, SIGKILL when the grace period is over.
    pub fn stop(&mut self, name: &str, grace: Span) {
        let now = self.now;
        let object = self.object.clone();
        let hook = find(object.spec(), name).and_then(|(c, _)| c.lifecycle.as_ref()?.pre_stop.clone());
        let kill = now + grace;
        let Some(container) = self.pod.slots.get_mut(name).and_then(|slot| slot.current.as_mut()) else { return };
        if !container.running() || container.stopping.is_some() {
            return;
        }
        let mut term = now;
        if let Some(sleep) = hook.as_ref().and_then(|hook| hook.sleep.as_ref()) {
            term = (now + Span::seconds(sleep.seconds.max(0) as u64)).min(kill);
        }
        let exec = hook.as_ref().and_then(|hook| hook.exec.as_ref()).map(|e| e.command.clone().unwrap_or_default());
        if exec.is_some() {
            term = kill;
        }
        container.stopping = Some(Stopping { kill, term: Some(term) });
        if let Some(argv) = exec {
            self.run_hook(name, argv, kill);
        }
        self.advance_stops();
    }

    /// Stops all containers of the pod; sidecars only after the others.
    pub fn stop_all(&mut self) {
        let Some(ending) = self.pod.worker.ending.clone() else { return };
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let running: Vec<Rc<str>> = self.pod.running().map(|(name, _)| name.clone()).collect();
        let is_sidecar = |name: &str| find(spec, name).is_some_and(|(c, role)| role == Role::Init && sidecar(&c));
        let others = running.iter().any(|name| !is_sidecar(name));
        for name in &running {
            let stopping = self.pod.container(name).is_some_and(|c| c.stopping.is_some());
            if stopping || (others && is_sidecar(name)) {
                continue;
            }
            let role = find(spec, name).map_or(Role::Main, |(_, role)| role);
            let text = format!("Stopping container {name}");
            self.cx.event_at(&object, &field_path(role, name), EventType::Normal, "Killing", text);
            let left = (ending.began + ending.grace).since(self.now).max(Span::seconds(1));
            self.stop(name, left);
        }
    }

    /// The grace period became shorter.
    pub fn shorten(&mut self, grace: Span) {
        let now = self.now;
        let grace = grace.max(Span::seconds(1));
        if let Some(ending) = &mut self.pod.worker.ending {
            ending.delete = true;
            ending.grace = ending.grace.min(now.since(ending.began) + grace);
        }
        for container in self.pod.slots.values_mut().filter_map(|slot| slot.current.as_mut()) {
            if let Some(stopping) = &mut container.stopping {
                stopping.kill = stopping.kill.min(now + grace);
                stopping.term = stopping.term.map(|term| term.min(stopping.kill));
            }
        }
    }

    /// Runs hooks on, sends what is due.
    pub fn advance_stops(&mut self) {
        self.advance_hooks();
        let now = self.now;
        let PodRun { slots, volumes, .. } = &mut self.pod;
        let mut ended = vec![];
        for (name, slot) in slots.iter_mut() {
            let hook = slot.hook.is_some();
            let Some(container) = slot.current.as_mut() else { continue };
            let Some(stopping) = container.stopping.clone() else { continue };
            let mut dead = false;
            if stopping.term.is_some_and(|term| term <= now || !hook && term == stopping.kill) {
                container.stopping = Some(Stopping { term: None, ..stopping.clone() });
                let signal = container.stop_signal;
                dead = container.signal(signal, volumes, now);
            }
            if !dead && stopping.kill <= now {
                dead = container.signal(Signal::Kill, volumes, now);
            }
            if dead {
                ended.push(name.clone());
            }
        }
        for name in ended {
            self.ended(&name);
        }
    }

    /// Runs lifecycle hooks on; one that fails is said so.
    pub fn advance_hooks(&mut self) {
        let now = self.now;
        let mut failed = vec![];
        let PodRun { slots, volumes, .. } = &mut self.pod;
        for (name, slot) in slots.iter_mut() {
            let Some((mut process, mut room, until)) = slot.hook.take() else { continue };
            let Some(container) = slot.current.as_mut().filter(|c| c.running()) else { continue };
            let mut output = String::new();
            let status = container.inside(volumes, now, |_, inside: &mut Inside<'_>| {
                let status = room.poll(&mut process, now, inside.files);
                for piece in process.take_output() {
                    output += &String::from_utf8_lossy(&piece.bytes);
                    debug_assert!(piece.style == Style::Plain || piece.style == Style::Error);
                }
                status
            });
            match status {
                Status::Exited(0) => {}
                Status::Exited(code) => failed.push((name.clone(), code, container.stopping.is_some())),
                _ if until <= now => {}
                _ => slot.hook = Some((process, room, until)),
            }
            if slot.hook.is_none()
                && let Some(stopping) = slot.current.as_mut().and_then(|c| c.stopping.as_mut())
            {
                stopping.term = stopping.term.map(|_| now);
            }
        }
        for (name, code, stopping) in failed {
            self.hook_failed(&name, code, stopping);
        }
    }

    fn hook_failed(&mut self, name: &str, code: i32, stopping: bool) {
        let object = self.object.clone();
        let role = find(object.spec(), name).map_or(Role::Main, |(_, role)| role);
        let path = field_path(role, name);
        if stopping {
            let text = format!("PreStopHook failed: command exited with {code}: ");
            self.cx.event_at(&object, &path, EventType::Warning, "FailedPreStopHook", text);
            return;
        }
        let text = format!("PostStartHook failed: command exited with {code}: ");
        self.cx.event_at(&object, &path, EventType::Warning, "FailedPostStartHook", text);
        self.cx.event_at(&object, &path, EventType::Normal, "Killing", "FailedPostStartHook");
        let grace = self.spec().termination_grace_period_seconds.unwrap_or(30).max(1);
        self.stop(name, Span::seconds(grace as u64));
        self.refuse(name, "PostStartHookError", String::new(), None);
    }

    /// When the ending wants to go on.
    pub fn ending_due(&self) -> Option<Time> {
        let ending = self.pod.worker.ending.as_ref()?;
        let dead = ending.dead?;
        Some(if ending.reported { relist(dead, self.phase) + CLEANUP } else { relist(dead, self.phase) })
    }

    /// One step further with a pod that ends. True when it is gone.
    pub fn go_on_ending(&mut self) -> bool {
        let now = self.now;
        self.stop_all();
        let alive = self.pod.running().next().is_some();
        let phase = self.phase;
        let Some(ending) = &mut self.pod.worker.ending else { return false };
        if alive {
            return false;
        }
        let dead = *ending.dead.get_or_insert(now);
        if !ending.reported {
            if relist(dead, phase) > now && ending.delete && self.pod.sandbox.is_some() {
                return false;
            }
            ending.reported = true;
            self.leave_sandbox();
            self.report();
            if self.pod.sandbox.is_some() {
                return false;
            }
        } else if relist(dead, phase) + CLEANUP > now {
            return false;
        }
        let delete = self.object.deleting();
        self.pod.worker.ending = None;
        self.pod.worker.finished = true;
        delete && !mirror(&self.object) && self.delete_object()
    }

    /// The sandbox is stopped and its address free again.
    fn leave_sandbox(&mut self) {
        let Some(sandbox) = self.pod.sandbox.as_mut() else { return };
        sandbox.ready = false;
        let address = sandbox.address.clone();
        self.machine().release(&address);
    }
}
