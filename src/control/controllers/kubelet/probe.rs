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
use crate::node::machine::HUNG;
use crate::node::pod::PodRun;
use crate::node::program::Inside;
use crate::node::room::Room;
use crate::script::machine::{Process, Status};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{Container as Wanted, HTTPGetAction, PodSpec, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

const NAMES: [&str; 3] = ["Startup", "Liveness", "Readiness"];
/// How much of what a command wrote is read.
const OUTPUT: usize = 10 << 10;
/// Where programs speak TLS by custom; everywhere else they speak plainly.
const SECURE: [u16; 9] = [443, 4443, 5443, 6443, 8443, 9443, 10250, 10257, 10259];
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
        let running = slot.probes[which].running.take().map(|running| *running);
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
        let ill = self.pod.container(&container.name)?.ill;
        if which == READINESS && ill.unready {
            return Some(Found::Bad(not_ready(probe, container, &address)));
        }
        if let Some(exec) = &probe.exec {
            let argv = exec.command.clone().unwrap_or_default();
            let name = container.name.as_str();
            let current = self.pod.container(name)?;
            let (mut process, room) = match current.command(&argv, false, now) {
                Ok(command) => command,
                Err(why) => {
                    let of = format!("{}{}", current.id, now.0);
                    return Some(Found::Broken(super::container::not_executed(&of, &why)));
                }
            };
            process.end_input();
            return self.go_on_exec(name, which, (process, room), now, probe);
        }
        if let Some(get) = &probe.http_get {
            return Some(self.ask_http(container, get, probe));
        }
        if let Some(tcp) = &probe.tcp_socket {
            let port = match number(&tcp.port, container) {
                Ok(port) => port,
                Err(why) => return Some(Found::Broken(why)),
            };
            let host = tcp.host.clone().filter(|host| !host.is_empty()).unwrap_or_else(|| address.clone());
            return Some(match self.reaches(&host, &address) && self.listens(port) {
                true => Found::Good,
                false => Found::Bad(format!("dial tcp {host}:{port}: connect: connection refused")),
            });
        }
        let Some(grpc) = &probe.grpc else { return Some(Found::Broken("missing probe handler".into())) };
        let (port, limit) = (grpc.port as u16, probe.timeout_seconds.unwrap_or(1));
        if ill.hung && self.listens(port) {
            return Some(Found::Bad(format!("timeout: health rpc did not complete within {limit}s")));
        }
        // What speaks plain HTTP does not understand the first words of this protocol.
        let plain = HttpRequest { method: "PRI".into(), ..HttpRequest::get("*", "", &gateway) };
        if !self.listens(port) || self.call(port, &plain).is_some() {
            return Some(Found::Bad(format!(
                "timeout: failed to connect service \"{address}:{port}\" within {limit}s: context deadline exceeded"
            )));
        }
        Some(Found::Good)
    }

    /// Whether an address that a probe names is the pod's own, seen from its machine.
    fn reaches(&mut self, host: &str, address: &str) -> bool {
        let local = self.pod.sandbox.as_ref().is_some_and(|sandbox| sandbox.host_network);
        host == address || local && matches!(host, "127.0.0.1" | "localhost")
    }

    /// Whether any container of the pod listens: they share one network.
    fn listens(&self, port: u16) -> bool {
        let now = self.now;
        self.pod.running().any(|(_, container)| container.listens(port, now))
    }

    /// Asks the program of the pod that listens at a port; `None` when it does not speak HTTP.
    fn call(&mut self, port: u16, request: &HttpRequest) -> Option<HttpResponse> {
        let now = self.now;
        let PodRun { slots, volumes, .. } = &mut self.pod;
        let listener = slots.values_mut().filter_map(|slot| slot.current.as_mut());
        let mut listener = listener.filter(|c| c.running() && c.listens(port, now));
        let container: &mut Container = listener.next()?;
        let ill = container.ill;
        if ill.hung {
            return Some(HttpResponse { takes: HUNG, ..HttpResponse::text(504, "") });
        }
        let answer = container.inside(volumes, now, |program, inside| program.answer(port, request, inside))?;
        let (id, claim) = (container.id.clone(), container.launch.cpu);
        let machine = self.machine();
        let cpus = machine.cpu;
        let took = machine.runtime().cpu.charge(&id, claim, answer.work, cpus, now);
        Some(HttpResponse { takes: answer.takes.max(took) + ill.delay, ..answer })
    }

    /// Sends the request of a probe or a hook.
    ///
    /// # Errors
    /// Why there is no answer, in the words of Go's client.
    pub fn request(&mut self, container: &Wanted, get: &HTTPGetAction, timeout: Span) -> Result<HttpResponse, String> {
        let port = number(&get.port, container)?;
        let own = self.machine().address.clone();
        let gateway = self.machine().gateway();
        let Some(sandbox) = self.pod.sandbox.as_ref() else { return Err("no sandbox".into()) };
        let address = if sandbox.host_network { own } else { sandbox.address.to_string() };
        let host = get.host.clone().filter(|host| !host.is_empty()).unwrap_or_else(|| address.clone());
        let path = get.path.as_deref().unwrap_or("/");
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let scheme = get.scheme.as_deref().unwrap_or("HTTP").to_lowercase();
        let url = format!("{scheme}://{host}:{port}{path}");
        if !self.reaches(&host, &address) || !self.listens(port) {
            return Err(format!("Get \"{url}\": dial tcp {host}:{port}: connect: connection refused"));
        }
        if scheme == "https" && !SECURE.contains(&port) {
            return Err(format!("Get \"{url}\": http: server gave HTTP response to HTTPS client"));
        }
        let mut request = HttpRequest::get(&path, &format!("{host}:{port}"), &gateway);
        let set = |name: &str| get.http_headers.iter().flatten().any(|header| header.name.eq_ignore_ascii_case(name));
        if !set("User-Agent") {
            request.headers.push(("User-Agent".into(), "kube-probe/1.36".into()));
        }
        for header in get.http_headers.iter().flatten() {
            if header.name.eq_ignore_ascii_case("host") {
                request.host.clone_from(&header.value);
            }
            request.headers.push((header.name.clone(), header.value.clone()));
        }
        match self.call(port, &request) {
            Some(answer) if answer.takes > timeout => Err(format!(
                "Get \"{url}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            )),
            Some(answer) => Ok(answer),
            None => Err(format!("Get \"{url}\": EOF")),
        }
    }

    fn ask_http(&mut self, container: &Wanted, get: &HTTPGetAction, probe: &Probe) -> Found {
        if let Err(why) = number(&get.port, container) {
            return Found::Broken(why);
        }
        match self.request(container, get, seconds(probe.timeout_seconds, 1)) {
            Ok(answer) if (200..400).contains(&answer.status) => Found::Good,
            Ok(answer) => Found::Bad(format!("HTTP probe failed with statuscode: {}", answer.status)),
            Err(why) => Found::Bad(why),
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
        let status =
            container.inside(volumes, now, |_, inside: &mut Inside<'_>| room.poll(&mut process, now, inside.files));
        match status {
            Status::Exited(0) => Some(Found::Good),
            Status::Exited(_) => {
                let (out, error) = super::end::said(&mut process);
                Some(Found::Bad(format!("{out}{error}").chars().take(OUTPUT).collect()))
            }
            _ if now.since(since) >= seconds(probe.timeout_seconds, 1) => {
                let argv = probe.exec.as_ref().and_then(|exec| exec.command.clone()).unwrap_or_default().join(" ");
                Some(Found::Bad(format!(
                    "command timed out: \"{argv}\" timed out after {}s",
                    probe.timeout_seconds.unwrap_or(1)
                )))
            }
            _ => {
                slot.probes[which].running = Some(Box::new((process, room, since)));
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
                let at = match run.running.as_deref() {
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

/// What a program that says that it is not ready answers.
fn not_ready(probe: &Probe, container: &Wanted, address: &str) -> String {
    if probe.http_get.is_some() {
        return "HTTP probe failed with statuscode: 503".into();
    }
    if probe.grpc.is_some() {
        return "service unhealthy (responded with \"NOT_SERVING\")".into();
    }
    match probe.tcp_socket.as_ref().and_then(|tcp| number(&tcp.port, container).ok()) {
        Some(port) => format!("dial tcp {address}:{port}: connect: connection refused"),
        None => String::new(),
    }
}

/// The number of a port given by number or name.
///
/// # Errors
/// When no port has that name, in Go's words.
fn number(port: &IntOrString, container: &Wanted) -> Result<u16, String> {
    match port {
        IntOrString::Int(n) => u16::try_from(*n).map_err(|_| format!("invalid port number: {n}")),
        IntOrString::String(name) => {
            let named = container.ports.iter().flatten().find(|port| port.name.as_ref() == Some(name));
            let found = named.and_then(|port| u16::try_from(port.container_port).ok()).or_else(|| name.parse().ok());
            found.ok_or_else(|| format!("strconv.Atoi: parsing {name:?}: invalid syntax"))
        }
    }
}
