//! Ending containers and pods: preStop, SIGTERM, the grace period, SIGKILL, and the last report.
//!
//! Models: `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`killContainer`), `pkg/kubelet/kubelet.go`
//! (`SyncTerminatingPod`, `SyncTerminatedPod`).
//! Left out: hooks that are TCP connections (the real kubelet refuses them, too).

use super::actions::LAST;
use super::worker::Look;
use super::{Role, field_path, find, mirror, sidecar};
use crate::control::events::EventType;
use crate::node::container::Stopping;
use crate::node::pod::{PodRun, relist};
use crate::node::program::Inside;
use crate::script::host::Signal;
use crate::script::machine::{Process, Status};
use crate::script::sys::Style;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{LifecycleHandler, PodSpec};
use std::rc::Rc;

/// How long volumes and cgroups of a dead pod take to go.
const CLEANUP: Span = Span::millis(150);

impl Look<'_, '_> {
    /// Begins to stop one container: its preStop hook now, then its signal, SIGKILL when the grace period is over. A sidecar
    /// of a pod that ends (`ordered`) hears of it when the others are gone.
    pub fn stop(&mut self, name: &str, grace: Span, ordered: bool) {
        let now = self.now;
        let object = self.object.clone();
        let hook = find(object.spec(), name).and_then(|(c, _)| c.lifecycle.as_ref()?.pre_stop.clone());
        let hook = hook.filter(|_| grace > Span::ZERO);
        let until = now + grace;
        let Some(container) = self.pod.slots.get_mut(name).and_then(|slot| slot.current.as_mut()) else { return };
        if !container.running() || container.stopping.is_some() {
            return;
        }
        let sleep = hook.as_ref().and_then(|hook| hook.sleep.as_ref());
        let sleep = sleep.map(|sleep| now + Span::seconds(sleep.seconds.max(0) as u64));
        container.stopping = Some(Stopping { began: now, until, sleep, ordered, kill: None });
        if let Some(hook) = hook {
            if let Some(exec) = &hook.exec {
                self.run_hook(name, exec.command.clone().unwrap_or_default(), until);
            } else if hook.sleep.is_none()
                && let Err(why) = self.call_hook(name, &hook)
            {
                self.hook_failed(name, why);
            }
        }
        self.advance_stops();
    }

    /// Stops all containers of the pod; sidecars only after the others, the last one first.
    pub fn stop_all(&mut self) {
        let Some(ending) = self.pod.worker.ending.clone() else { return };
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let all = spec.containers.iter().chain(spec.init_containers.iter().flatten()).map(|c| c.name.as_str());
        let all = all.chain(spec.ephemeral_containers.iter().flatten().map(|c| c.name.as_str()));
        for name in all {
            if !self.pod.container(name).is_some_and(|c| c.running() && c.stopping.is_none()) {
                continue;
            }
            let (role, last) = find(spec, name).map_or((Role::Main, false), |(c, role)| (role, sidecar(&c)));
            let text = format!("Stopping container {name}");
            self.cx.event_at(&object, &field_path(role, name), EventType::Normal, "Killing", text);
            let left = (ending.began + ending.grace).since(self.now);
            self.stop(name, left, last && role == Role::Init);
        }
    }

    /// The sidecar whose turn it is to end: the last one that runs, once nothing else does.
    fn turn(&self) -> Option<Rc<str>> {
        let spec = self.spec();
        let sidecars: Vec<&str> =
            spec.init_containers.iter().flatten().filter(|c| sidecar(c)).map(|c| c.name.as_str()).collect();
        let runs = |name: &str| spec.ephemeral_containers.iter().flatten().all(|c| c.name != name);
        if self.pod.running().any(|(name, _)| !sidecars.contains(&&**name) && runs(name)) {
            return None;
        }
        let running = |name: &&&str| self.pod.container(name).is_some_and(|c| c.running());
        sidecars.iter().rev().find(running).map(|name| Rc::from(*name))
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
                stopping.until = stopping.until.min(now + grace);
                stopping.kill = stopping.kill.map(|kill| kill.min(now + grace));
            }
        }
    }

    /// Runs hooks on, sends what is due.
    pub fn advance_stops(&mut self) {
        self.advance_hooks();
        let now = self.now;
        // The end of one may make it the next one's turn.
        for _ in 0..=self.pod.slots.len() {
            let turn = self.turn();
            let PodRun { slots, volumes, .. } = &mut self.pod;
            let mut ended = vec![];
            for (name, slot) in slots.iter_mut() {
                let hook = slot.hook.is_some();
                let Some(container) = slot.current.as_mut() else { continue };
                let Some(mut stopping) = container.stopping.clone() else { continue };
                let mut dead = false;
                if stopping.kill.is_none() {
                    let waits = hook
                        || stopping.sleep.is_some_and(|sleep| sleep > now)
                        || stopping.ordered && turn.as_ref() != Some(name);
                    if waits && stopping.until > now {
                        continue;
                    }
                    // Whole seconds of the time that the hook took are lost, but never the last two.
                    let took = Span::seconds(now.since(stopping.began).as_seconds());
                    let left = Span((stopping.until.since(stopping.began).0).saturating_sub(took.0));
                    stopping.kill = Some(now + left.max(LAST));
                    container.stopping = Some(stopping.clone());
                    let signal = container.stop_signal;
                    dead = container.signal(signal, volumes, now);
                }
                if !dead && stopping.kill.is_some_and(|kill| kill <= now) {
                    dead = container.signal(Signal::Kill, volumes, now);
                }
                if dead {
                    ended.push(name.clone());
                }
            }
            if ended.is_empty() {
                return;
            }
            for name in ended {
                self.ended(&name);
            }
        }
    }

    /// Runs lifecycle hooks on; one that fails is said so.
    pub fn advance_hooks(&mut self) {
        let now = self.now;
        let mut failed = vec![];
        let PodRun { slots, volumes, .. } = &mut self.pod;
        for (name, slot) in slots.iter_mut() {
            let Some((mut process, mut room, until)) = slot.hook.take().map(|hook| *hook) else { continue };
            let Some(container) = slot.current.as_mut().filter(|c| c.running()) else { continue };
            let status =
                container.inside(volumes, now, |_, inside: &mut Inside<'_>| room.poll(&mut process, now, inside.files));
            match status {
                Status::Exited(0) => {}
                Status::Exited(code) => failed.push((name.clone(), code, said(&mut process))),
                _ if until <= now => {}
                _ => slot.hook = Some(Box::new((process, room, until))),
            }
        }
        for (name, code, (out, error)) in failed {
            let object = self.object.clone();
            let Some((wanted, _)) = find(object.spec(), &name) else { continue };
            let hooks = wanted.lifecycle.clone().unwrap_or_default();
            let stopping = self.pod.container(&name).is_some_and(|c| c.stopping.is_some());
            let hook = if stopping { hooks.pre_stop } else { hooks.post_start };
            let words = hook.and_then(|hook| hook.exec?.command).unwrap_or_default().join(" ");
            let full = super::full_name(&object);
            let why = format!(
                "Exec lifecycle hook ([{words}]) for Container \"{name}\" in Pod \"{full}\" failed - error: command '{words}' exited with {code}: {error}, message: {:?}",
                format!("{out}{error}")
            );
            self.hook_failed(&name, why);
        }
    }

    /// A hook failed: a preStop hook does not matter any more, a postStart hook ends its container.
    pub fn hook_failed(&mut self, name: &str, why: String) {
        let object = self.object.clone();
        let role = find(object.spec(), name).map_or(Role::Main, |(_, role)| role);
        let path = field_path(role, name);
        if self.pod.container(name).is_some_and(|c| c.stopping.is_some()) {
            self.cx.event_at(&object, &path, EventType::Warning, "FailedPreStopHook", "PreStopHook failed");
            return;
        }
        self.cx.event_at(&object, &path, EventType::Warning, "FailedPostStartHook", "PostStartHook failed");
        self.cx.event_at(&object, &path, EventType::Normal, "Killing", "FailedPostStartHook");
        let grace = self.spec().termination_grace_period_seconds.unwrap_or(30).max(0);
        self.stop(name, Span::seconds(grace as u64), false);
        self.refuse(name, "PostStartHookError", why, None);
    }

    /// Runs a hook that is a request.
    ///
    /// # Errors
    /// Why it failed, in the kubelet's words.
    pub fn call_hook(&mut self, name: &str, hook: &LifecycleHandler) -> Result<(), String> {
        let object = self.object.clone();
        let Some((wanted, _)) = find(object.spec(), name) else { return Ok(()) };
        let Some(get) = &hook.http_get else {
            return Err(format!("Cannot run handler: invalid handler: {:?}", hook.tcp_socket));
        };
        let path = get.path.as_deref().unwrap_or("/");
        self.request(&wanted, get, Span::minutes(1)).map(drop).map_err(|why| {
            let full = super::full_name(&object);
            format!("HTTP lifecycle hook ({path}) for Container \"{name}\" in Pod \"{full}\" failed - error: {why}, message: \"\"")
        })
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

/// What a command that ended wrote: to its output, to its errors.
pub(super) fn said(process: &mut Process) -> (String, String) {
    let (mut out, mut error) = (String::new(), String::new());
    for piece in process.take_output() {
        let to = if piece.style == Style::Error { &mut error } else { &mut out };
        to.push_str(&String::from_utf8_lossy(&piece.bytes));
    }
    (out, error)
}
