//! Probes: is it up, is it alive, may it be sent requests.
//!
//! Models: `pkg/kubelet/prober`, `pkg/probe`.
//! Left out: the network between the kubelet and its own pods (a probe always reaches them).

use super::worker::Look;
use super::{Role, actions, field_path, sidecar};
use crate::control::events::EventType;
use crate::control::journal::Note;
use crate::net::Place;
use crate::node::container::Container;
use crate::node::http::{HttpRequest, HttpResponse};
use crate::node::pod::PodRun;
use crate::node::program::Inside;
use crate::node::room::Room;
use crate::script::machine::{Process, Status};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{Container as Wanted, HTTPGetAction, PodSpec, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

const NAMES: [&str; 3] = ["Startup", "Liveness", "Readiness"];
const STARTUP: usize = 0;
const LIVENESS: usize = 1;
const READINESS: usize = 2;

/// What one asking came to: good or bad with a text, or no result at all.
enum Found {
    Good,
    Bad(String),
    Broken(String),
}

fn probe(container: &Wanted, which: usize) -> Option<&Probe> {
    match which {
        STARTUP => container.startup_probe.as_ref(),
        LIVENESS => container.liveness_probe.as_ref(),
        _ => container.readiness_probe.as_ref(),
    }
}

fn seconds(value: Option<i32>, default: i32) -> Span {
    Span::seconds(value.unwrap_or(default).max(0) as u64)
}

impl Look<'_, '_> {
    /// Asks what is due.
    pub fn run_probes(&mut self) {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let init = spec.init_containers.iter().flatten().filter(|c| sidecar(c)).map(|c| (c, true));
        for (container, init) in init.chain(spec.containers.iter().map(|c| (c, false))) {
            for which in [STARTUP, LIVENESS, READINESS] {
                if let Some(probe) = probe(container, which) {
                    self.run_probe(container, init, which, probe);
                }
            }
        }
    }

    /// Whether this probe has work in this container now: no liveness before startup, none of both at the end.
    fn active(&self, container: &Wanted, which: usize) -> bool {
        let Some(slot) = self.pod.slots.get(container.name.as_str()) else { return false };
        let Some(current) = slot.current.as_ref().filter(|c| c.running()) else { return false };
        let run = &slot.probes[which];
        if run.of != current.id || (self.pod.worker.ending.is_some() && which != READINESS) {
            return false;
        }
        match which {
            // Its work is done with the first success; after a failure it waits for the next container.
            STARTUP => run.result.is_none(),
            LIVENESS => {
                actions::started(container, &self.pod) && run.result != Some(false) && current.stopping.is_none()
            }
            _ => actions::started(container, &self.pod),
        }
    }

    fn run_probe(&mut self, container: &Wanted, init: bool, which: usize, probe: &Probe) {
        if !self.active(container, which) {
            return;
        }
        let now = self.now;
        let name = container.name.as_str();
        let Some(slot) = self.pod.slots.get_mut(name) else { return };
        let running = slot.probes[which].running.take();
        if running.is_none() && slot.probes[which].next > now {
            return;
        }
        let started = slot.current.as_ref().and_then(|c| c.started).unwrap_or(now);
        let found = match running {
            Some((process, room, since)) => self.go_on_exec(name, which, (process, room), since, probe),
            None => {
                let period = seconds(probe.period_seconds, 10).max(Span::seconds(1));
                slot.probes[which].next = now + period;
                if now.since(started) < seconds(probe.initial_delay_seconds, 0) {
                    return;
                }
                self.ask(container, which, probe)
            }
        };
        if let Some(found) = found {
            self.take_result(container, init, which, probe, found);
        }
    }

    fn take_result(&mut self, container: &Wanted, init: bool, which: usize, probe: &Probe, found: Found) {
        let object = self.object.clone();
        let path = field_path(if init { Role::Init } else { Role::Main }, &container.name);
        let what = NAMES[which];
        let ok = matches!(found, Found::Good);
        let to = Place::Pod { namespace: object.namespace().into(), name: object.name().into() };
        let (from, cause, now) = (self.cx.place.clone(), self.cx.cause, self.now);
        self.cx.journal.send(from, to, Note::Probe { ok }, now, now + Span::millis(2), cause);
        match found {
            Found::Good => {}
            Found::Bad(why) => {
                let text = format!("{what} probe failed: {why}");
                self.cx.event_at(&object, &path, EventType::Warning, "Unhealthy", text);
            }
            Found::Broken(why) => {
                let text = format!("{what} probe errored and resulted in unknown state: {why}");
                self.cx.event_at(&object, &path, EventType::Warning, "Unhealthy", text);
                return;
            }
        }
        let (success, failure) = (probe.success_threshold.unwrap_or(1), probe.failure_threshold.unwrap_or(3));
        let Some(slot) = self.pod.slots.get_mut(container.name.as_str()) else { return };
        if slot.probes[which].count(ok, success, failure) {
            self.pod.trigger(self.now, self.phase);
            self.pod.worker.want = self.pod.worker.want.map(|_| self.now);
        }
    }

    /// Asks once; `None` when the answer takes time.
    fn ask(&mut self, container: &Wanted, which: usize, probe: &Probe) -> Option<Found> {
        let now = self.now;
        let gateway = self.machine().gateway();
        let host = self.machine().address.clone();
        let sandbox = self.pod.sandbox.as_ref()?;
        let address = if sandbox.host_network { host } else { sandbox.address.to_string() };
        if let Some(exec) = &probe.exec {
            let argv = exec.command.clone().unwrap_or_default();
            let name = container.name.as_str();
            let current = self.pod.container(name)?;
            let (mut process, room) = match current.command(&argv, false, now) {
                Ok(command) => command,
                Err(why) => {
                    return Some(Found::Broken(format!(
                        "rpc error: code = Unknown desc = failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown"
                    )));
                }
            };
            process.end_input();
            return self.go_on_exec(name, which, (process, room), now, probe);
        }
        if let Some(get) = &probe.http_get {
            return Some(self.ask_http(container, get, &address, &gateway, probe));
        }
        let port = match (&probe.tcp_socket, &probe.grpc) {
            (Some(tcp), _) => number(&tcp.port, container),
            (None, Some(grpc)) => Some(grpc.port as u16),
            (None, None) => None,
        };
        let Some(port) = port else { return Some(Found::Broken("missing probe handler".into())) };
        if self.listens(port) {
            return Some(Found::Good);
        }
        Some(Found::Bad(match &probe.grpc {
            Some(_) => format!(
                "timeout: failed to connect service \"{address}:{port}\" within {}s: context deadline exceeded",
                probe.timeout_seconds.unwrap_or(1)
            ),
            None => format!("dial tcp {address}:{port}: connect: connection refused"),
        }))
    }

    /// Whether any container of the pod listens: they share one network.
    fn listens(&self, port: u16) -> bool {
        let now = self.now;
        self.pod.running().any(|(_, container)| container.program.listens(port, now))
    }

    fn ask_http(
        &mut self,
        container: &Wanted,
        get: &HTTPGetAction,
        address: &str,
        gateway: &str,
        probe: &Probe,
    ) -> Found {
        let Some(port) = number(&get.port, container) else {
            return Found::Broken(format!("couldn't find port: {:?}", get.port));
        };
        let path = get.path.as_deref().unwrap_or("/");
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let scheme = get.scheme.as_deref().unwrap_or("HTTP").to_lowercase();
        let url = format!("{scheme}://{address}:{port}{path}");
        if !self.listens(port) {
            return Found::Bad(format!("Get \"{url}\": dial tcp {address}:{port}: connect: connection refused"));
        }
        let mut request = HttpRequest::get(&path, &format!("{address}:{port}"), gateway);
        request.headers.push(("User-Agent".into(), "kube-probe/1.36".into()));
        for header in get.http_headers.iter().flatten() {
            request.headers.push((header.name.clone(), header.value.clone()));
        }
        let now = self.now;
        let PodRun { slots, volumes, .. } = &mut self.pod;
        let listener = slots.values_mut().filter_map(|slot| slot.current.as_mut());
        let mut listener = listener.filter(|c| c.running() && c.program.listens(port, now));
        let answer = listener.next().and_then(|c: &mut Container| {
            let answer = c.inside(volumes, now, |program, inside| program.answer(port, &request, inside))?;
            Some((answer, c.id.clone(), c.launch.cpu))
        });
        let answer = answer.map(|(answer, id, claim)| {
            let machine = self.machine();
            let cpus = machine.cpu;
            let took = machine.runtime().cpu.charge(&id, claim, answer.work, cpus, now);
            HttpResponse { takes: answer.takes.max(took), ..answer }
        });
        let timeout = seconds(probe.timeout_seconds, 1);
        match answer {
            Some(answer) if answer.takes > timeout => Found::Bad(format!(
                "Get \"{url}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            )),
            Some(answer) if (200..400).contains(&answer.status) => Found::Good,
            Some(answer) => Found::Bad(format!("HTTP probe failed with statuscode: {}", answer.status)),
            None => Found::Bad(format!("Get \"{url}\": EOF")),
        }
    }

    /// Runs an exec probe on; `None` while it has not ended.
    fn go_on_exec(
        &mut self,
        name: &str,
        which: usize,
        command: (Process, Room),
        since: Time,
        probe: &Probe,
    ) -> Option<Found> {
        let now = self.now;
        let (mut process, mut room) = command;
        let PodRun { slots, volumes, .. } = &mut self.pod;
        let slot = slots.get_mut(name)?;
        let container = slot.current.as_mut()?;
        let (status, output) = container.inside(volumes, now, |_, inside: &mut Inside<'_>| {
            let status = room.poll(&mut process, now, inside.files);
            let pieces = process.take_output();
            let output: String = pieces.iter().map(|piece| String::from_utf8_lossy(&piece.bytes)).collect();
            (status, output)
        });
        match status {
            Status::Exited(0) => Some(Found::Good),
            Status::Exited(_) => Some(Found::Bad(output)),
            _ if now.since(since) >= seconds(probe.timeout_seconds, 1) => {
                let argv = probe.exec.as_ref().and_then(|exec| exec.command.clone()).unwrap_or_default().join(" ");
                Some(Found::Bad(format!(
                    "command timed out: \"{argv}\" timed out after {}s",
                    probe.timeout_seconds.unwrap_or(1)
                )))
            }
            _ => {
                slot.probes[which].running = Some((process, room, since));
                None
            }
        }
    }

    /// When the next probe is due.
    pub fn probes_due(&self) -> Option<Time> {
        let spec: &PodSpec = self.object.spec();
        let init = spec.init_containers.iter().flatten().filter(|c| sidecar(c));
        let mut due: Option<Time> = None;
        for container in init.chain(&spec.containers) {
            for which in [STARTUP, LIVENESS, READINESS] {
                let Some(probe) = probe(container, which).filter(|_| self.active(container, which)) else { continue };
                let Some(slot) = self.pod.slots.get(container.name.as_str()) else { continue };
                let run = &slot.probes[which];
                let at = match &run.running {
                    Some((process, _, since)) => {
                        let limit = *since + seconds(probe.timeout_seconds, 1);
                        process.wake(self.now).map_or(limit, |wake| wake.min(limit))
                    }
                    None => run.next,
                };
                due = Some(due.map_or(at, |old| old.min(at)));
            }
        }
        due
    }

    /// A report was made while a container was not ready: its readiness is asked at once.
    pub fn hasten_readiness(&mut self) {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        for container in &spec.containers {
            if container.readiness_probe.is_none() || !self.active(container, READINESS) {
                continue;
            }
            let Some(slot) = self.pod.slots.get_mut(container.name.as_str()) else { continue };
            if slot.probes[READINESS].result != Some(true) && slot.probes[READINESS].running.is_none() {
                slot.probes[READINESS].next = self.now;
            }
        }
    }
}

/// The number of a port given by number or name.
fn number(port: &IntOrString, container: &Wanted) -> Option<u16> {
    match port {
        IntOrString::Int(n) => u16::try_from(*n).ok(),
        IntOrString::String(name) => {
            let named = container.ports.iter().flatten().find(|port| port.name.as_ref() == Some(name));
            named.and_then(|port| u16::try_from(port.container_port).ok()).or_else(|| name.parse().ok())
        }
    }
}
