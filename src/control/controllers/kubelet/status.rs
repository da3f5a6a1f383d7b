//! The status of a pod, computed from what is on the machine.
//!
//! Models: `pkg/kubelet/kubelet_pods.go` (`generateAPIPodStatus`, `getPhase`, `convertToAPIContainerStatuses`),
//! `pkg/kubelet/status/generate.go`.
//! Left out: `user` of Linux containers.

use super::actions::{may_restart_all, restarts, started, wants_start};
use super::worker::Look;
use super::{current, mirror, sidecar};
use crate::api::kinds::pod_spec;
use crate::api::{Object, Reason};
use crate::control::events::EventType;
use crate::node::container::{Container as Run, Phase};
use crate::node::pod::{PodRun, Slot};
use crate::time::Time;
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus,
    HostIP, PodCondition, PodIP, PodSpec, PodStatus, VolumeMountStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

const EXPIRED: &str = "Pod was active on the node longer than the specified deadline";

impl Look<'_, '_> {
    /// Says that the pod's time is over, as the kubelet does whenever it works out such a pod's status.
    pub fn tell_expired(&mut self) {
        let object = self.object.clone();
        self.cx.event(&object, EventType::Normal, "DeadlineExceeded", EXPIRED);
    }

    /// Writes the status if it changed. True when the pod is over: its containers ended and will not start again.
    pub fn report(&mut self) -> bool {
        let Some(object) = current(self.cx, &self.object) else { return false };
        let spec: &PodSpec = object.spec();
        let old = object.status::<PodStatus>();
        let deleting = self.pod.worker.ending.is_some();
        let init: Vec<ContainerStatus> =
            spec.init_containers.iter().flatten().map(|c| self.container_status(spec, c, true, deleting)).collect();
        let mut main: Vec<ContainerStatus> =
            spec.containers.iter().map(|c| self.container_status(spec, c, false, deleting)).collect();
        let ephemeral: Vec<ContainerStatus> = spec
            .ephemeral_containers
            .iter()
            .flatten()
            .map(|c| {
                let status = self.container_status(spec, &pod_spec::ephemeral(c), false, deleting);
                ContainerStatus { ready: false, started: None, ..status }
            })
            .collect();
        let mut phase = phase(spec, &init, &main);
        let last = self.pod.worker.ending.as_ref().is_some_and(|ending| ending.reported);
        if last && !mirror(&object) && main.iter().any(|status| terminated(status).is_some()) {
            // Nothing of it will start again: even with restartPolicy Always it has ended well or badly.
            let well = main.iter().all(|status| terminated(status).is_none_or(|end| end.exit_code == 0));
            phase = if well { "Succeeded" } else { "Failed" };
        }
        let was = old.phase.as_deref().unwrap_or("Pending");
        let over = matches!(phase, "Succeeded" | "Failed");
        if matches!(was, "Succeeded" | "Failed") {
            phase = if was == "Failed" { "Failed" } else { "Succeeded" };
        } else if over && self.pod.running().next().is_some() {
            // It is over only when its sidecars are, too.
            phase = "Running";
        }
        let (mut reason, mut message) = (old.reason.clone(), old.message.clone());
        if self.pod.worker.expired {
            phase = "Failed";
            reason = Some("DeadlineExceeded".into());
            message = Some(EXPIRED.into());
            self.tell_expired();
        }
        let evicted = self.pod.worker.evicted.clone();
        if let Some(evicted) = evicted.as_ref().filter(|_| self.pod.running().next().is_none()) {
            phase = "Failed";
            (reason, message) = (Some("Evicted".into()), Some(evicted.message.to_string()));
            let begun = spec.init_containers.is_none() || init_is_past(spec, &self.pod);
            main.iter_mut().filter(|_| begun).for_each(not_located);
        }
        if over {
            // An init container that did its work stays ready.
            for status in &mut main {
                status.ready &= status.state.as_ref().is_some_and(|s| s.terminated.is_none());
            }
        }
        let host = self.machine().address.clone();
        let now = self.now;
        let mut conditions = self.conditions(spec, old, phase, &init, &main, object.meta.generation);
        if let Some(evicted) = evicted.filter(|evicted| evicted.disruption)
            && !conditions.iter().any(|c| c.type_ == "DisruptionTarget")
        {
            conditions.push(PodCondition {
                type_: "DisruptionTarget".into(),
                status: "True".into(),
                reason: Some("TerminationByKubelet".into()),
                message: Some(evicted.message.to_string()),
                observed_generation: object.meta.generation,
                last_transition_time: Some(MetaTime(now.timestamp())),
                ..PodCondition::default()
            });
        }
        let sandbox = self.pod.sandbox.as_ref();
        let address = sandbox.map(|s| if s.host_network { host.clone() } else { s.address.to_string() });
        let address = address.or_else(|| old.pod_ip.clone());
        let status = PodStatus {
            conditions: Some(conditions),
            container_statuses: Some(main),
            init_container_statuses: (!init.is_empty()).then_some(init),
            ephemeral_container_statuses: (!ephemeral.is_empty()).then_some(ephemeral),
            host_ip: Some(host.clone()),
            host_ips: Some(vec![HostIP { ip: host }]),
            observed_generation: object.meta.generation,
            phase: Some(phase.into()),
            pod_ips: address.clone().map(|ip| vec![PodIP { ip }]),
            pod_ip: address,
            start_time: old.start_time.clone().or(Some(MetaTime(now.timestamp()))),
            resources: Some(spec.resources.clone().unwrap_or_default()),
            message,
            reason,
            ..old.clone()
        };
        self.hasten_readiness();
        if &status != old {
            let mut object = object.clone();
            *object.status_mut::<PodStatus>() = status;
            let written = self.cx.update_status(object);
            // What could not be said is said when the API server can be reached.
            self.pod.worker.unsaid = written
                .as_ref()
                .is_err_and(|error| matches!(error.reason, Reason::ServiceUnavailable | Reason::Unknown));
            if let Ok(written) = written {
                self.object = written;
            }
        } else {
            self.pod.worker.unsaid = false;
            self.object = object.clone();
        }
        over
    }

    fn container_status(&self, spec: &PodSpec, container: &Container, init: bool, deleting: bool) -> ContainerStatus {
        let slot = self.pod.slots.get(container.name.as_str());
        let run = slot.and_then(|slot| slot.current.as_ref());
        let mut status = ContainerStatus {
            name: container.name.clone(),
            image: container.image.clone().unwrap_or_default(),
            state: Some(match run {
                Some(run) => state(run),
                None => waiting(
                    if init || spec.init_containers.is_some() { "PodInitializing" } else { "ContainerCreating" },
                    None,
                ),
            }),
            last_state: Some(match slot.and_then(|slot| slot.previous.as_ref()) {
                Some(previous) => state(previous),
                None => ContainerState::default(),
            }),
            started: Some(false),
            volume_mounts: mounts(container),
            resources: None,
            ..ContainerStatus::default()
        };
        if let Some(run) = run {
            status.image = run.image.to_string();
            status.image_id = run.image_id.to_string();
            status.container_id = Some(format!("containerd://{}", run.id));
            status.restart_count = run.attempt;
            status.started = Some(match run.phase {
                Phase::Running => started(container, &self.pod),
                Phase::Exited { .. } => init && sidecar(container),
            });
            status.resources = self.actual(container);
            status.allocated_resources = self.allocated(container).and_then(|r| r.requests);
            if init && !sidecar(container) && run.running() {
                status.started = Some(true);
            }
        }
        status.started = status.started.map(|started| started && run.is_some_and(Run::running));
        status.ready = ready(container, slot.map(|slot| &**slot), run, init, &self.pod);
        if !deleting
            && !(init && !sidecar(container) && init_is_past(spec, &self.pod))
            && wants_start(spec, container, init, &self.pod)
            && let Some(reason) = self.pod.worker.reasons.get(container.name.as_str())
        {
            if status.state.as_ref().is_some_and(|state| state.terminated.is_some()) {
                status.last_state = status.state.take();
            }
            status.state = Some(waiting(reason.reason, Some(reason.message.clone())));
        }
        status
    }

    fn conditions(
        &self,
        spec: &PodSpec,
        old: &PodStatus,
        phase: &str,
        init: &[ContainerStatus],
        main: &[ContainerStatus],
        generation: Option<i64>,
    ) -> Vec<PodCondition> {
        let sandbox = self.pod.sandbox.as_ref().is_some_and(|sandbox| sandbox.ready);
        let has_address = self.pod.sandbox.as_ref().is_some_and(|s| s.host_network || !s.address.is_empty());
        let done = |status: &ContainerStatus| {
            let container = spec.init_containers.iter().flatten().find(|c| c.name == status.name);
            match container.is_some_and(sidecar) {
                true => status.started == Some(true) || main.iter().any(|m| m.container_id.is_some()),
                false => terminated(status).is_some_and(|t| t.exit_code == 0),
            }
        };
        let unready = |status: &&ContainerStatus| !status.ready;
        let names = |list: Vec<&ContainerStatus>| list.iter().map(|s| s.name.clone()).collect::<Vec<_>>().join(" ");
        let sidecars =
            init.iter().filter(|s| spec.init_containers.iter().flatten().any(|c| c.name == s.name && sidecar(c)));
        let waiting: Vec<&ContainerStatus> = sidecars.chain(main).filter(unready).collect();
        let missing: Vec<&ContainerStatus> = init.iter().filter(|status| !done(status)).collect();
        let over = match phase {
            "Succeeded" => Some("PodCompleted"),
            "Failed" => Some("PodFailed"),
            _ => None,
        };
        let initialized = match (missing.is_empty(), over) {
            (_, Some("PodCompleted")) => ("True", Some("PodCompleted".to_owned()), None),
            (true, _) => ("True", None, None),
            (false, _) => (
                "False",
                Some("ContainersNotInitialized".into()),
                Some(format!("containers with incomplete status: [{}]", names(missing))),
            ),
        };
        let ready = match (waiting.is_empty(), over) {
            (_, Some(reason)) => ("False", Some(reason.to_owned()), None),
            (true, None) => ("True", None, None),
            (false, None) => (
                "False",
                Some("ContainersNotReady".into()),
                Some(format!("containers with unready status: [{}]", names(waiting))),
            ),
        };
        let starts = if sandbox && has_address { "True" } else { "False" };
        let held: Vec<&PodCondition> = old.conditions.iter().flatten().collect();
        let gated = match ready.0 {
            "True" => gates(spec, &held)
                .map_or(ready.clone(), |why| ("False", Some("ReadinessGatesNotReady".into()), Some(why))),
            _ => ready.clone(),
        };
        let again = if self.pod.worker.restarting { "True" } else { "False" };
        let again = may_restart_all(spec).then_some(("AllContainersRestarting", (again, None, None)));
        let mut result: Vec<PodCondition> = self.resize_conditions();
        let mut all = vec![
            ("PodReadyToStartContainers", (starts, None, None)),
            ("Initialized", initialized),
            ("Ready", gated),
            ("ContainersReady", ready),
            ("PodScheduled", ("True", None, None)),
        ];
        all.extend(again);
        result.extend(all.into_iter().map(|(type_, (status, reason, message))| {
            let before = held.iter().find(|c| c.type_ == type_ && c.status == status);
            PodCondition {
                type_: type_.into(),
                status: status.into(),
                reason,
                message,
                observed_generation: generation,
                last_transition_time: before
                    .and_then(|c| c.last_transition_time.clone())
                    .or(Some(MetaTime(self.now.timestamp()))),
                ..PodCondition::default()
            }
        }));
        // Conditions of others (DisruptionTarget) stay.
        result.extend(held.into_iter().filter(|c| !all_types(&c.type_)).cloned());
        result
    }
}

const OWN: [&str; 8] = [
    "PodResizePending",
    "PodResizeInProgress",
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
    "PodScheduled",
    "AllContainersRestarting",
];

/// A container of a pod that was ended before anything of it was there counts as failed.
fn not_located(status: &mut ContainerStatus) {
    if terminated(status).is_some() {
        return;
    }
    let terminated = ContainerStateTerminated {
        exit_code: 137,
        reason: Some("ContainerStatusUnknown".into()),
        message: Some("The container could not be located when the pod was terminated".into()),
        started_at: Some(MetaTime(k8s_openapi::jiff::Timestamp::UNIX_EPOCH)),
        finished_at: Some(MetaTime(k8s_openapi::jiff::Timestamp::UNIX_EPOCH)),
        ..ContainerStateTerminated::default()
    };
    status.state = Some(ContainerState { terminated: Some(terminated), ..ContainerState::default() });
}

fn all_types(type_: &str) -> bool {
    OWN.contains(&type_)
}

/// The conditions of a pod that others wrote: type and status.
pub(super) fn foreign(pod: &Object) -> Vec<(String, String)> {
    let all = pod.status::<PodStatus>().conditions.iter().flatten().filter(|c| !all_types(&c.type_));
    all.map(|c| (c.type_.clone(), c.status.clone())).collect()
}

/// Why the pod's readiness gates keep it from being ready.
fn gates(spec: &PodSpec, held: &[&PodCondition]) -> Option<String> {
    let mut why = vec![];
    for gate in spec.readiness_gates.iter().flatten() {
        let name = &gate.condition_type;
        match held.iter().find(|condition| condition.type_ == *name) {
            None => why.push(format!("corresponding condition of pod readiness gate \"{name}\" does not exist.")),
            Some(condition) if condition.status != "True" => why
                .push(format!("the status of pod readiness gate \"{name}\" is not \"True\", but {}", condition.status)),
            Some(_) => {}
        }
    }
    (!why.is_empty()).then(|| why.join(", "))
}

fn init_is_past(spec: &PodSpec, pod: &PodRun) -> bool {
    spec.containers.iter().any(|c| pod.container(&c.name).is_some())
}

fn ready(container: &Container, slot: Option<&Slot>, run: Option<&Run>, init: bool, pod: &PodRun) -> bool {
    let Some(run) = run else { return false };
    if init && !sidecar(container) {
        return matches!(run.phase, Phase::Exited { code: 0, .. });
    }
    if !run.running() || !started(container, pod) {
        return false;
    }
    container.readiness_probe.is_none() || slot.is_some_and(|slot| slot.probes[2].result == Some(true))
}

fn terminated(status: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    status.state.as_ref()?.terminated.as_ref()
}

fn waiting(reason: &str, message: Option<String>) -> ContainerState {
    let waiting = ContainerStateWaiting { reason: Some(reason.into()), message };
    ContainerState { waiting: Some(waiting), ..ContainerState::default() }
}

fn time(at: Time) -> Option<MetaTime> {
    Some(MetaTime(at.timestamp()))
}

fn state(run: &Run) -> ContainerState {
    match &run.phase {
        Phase::Running => {
            let running = ContainerStateRunning { started_at: run.started.and_then(time) };
            ContainerState { running: Some(running), ..ContainerState::default() }
        }
        Phase::Exited { code, reason, message, at } => {
            let never = k8s_openapi::jiff::Timestamp::UNIX_EPOCH;
            let terminated = ContainerStateTerminated {
                container_id: Some(format!("containerd://{}", run.id)),
                exit_code: *code,
                reason: Some((*reason).into()),
                message: (!message.is_empty()).then(|| message.clone()),
                started_at: run.started.and_then(time).or(Some(MetaTime(never))),
                finished_at: time(*at),
                signal: None,
            };
            ContainerState { terminated: Some(terminated), ..ContainerState::default() }
        }
    }
}

fn mounts(container: &Container) -> Option<Vec<VolumeMountStatus>> {
    let all = container.volume_mounts.iter().flatten();
    let mounts: Vec<VolumeMountStatus> = all
        .map(|mount| VolumeMountStatus {
            name: mount.name.clone(),
            mount_path: mount.mount_path.clone(),
            read_only: mount.read_only.filter(|read_only| *read_only),
            recursive_read_only: (mount.read_only == Some(true))
                .then(|| mount.recursive_read_only.clone().unwrap_or_else(|| "Disabled".into())),
            ..VolumeMountStatus::default()
        })
        .collect();
    (!mounts.is_empty()).then_some(mounts)
}

/// Pending, Running, Succeeded or Failed.
fn phase(spec: &PodSpec, init: &[ContainerStatus], main: &[ContainerStatus]) -> &'static str {
    let begun = main.iter().any(|s| s.container_id.is_some());
    for (status, container) in init.iter().zip(spec.init_containers.iter().flatten()) {
        if sidecar(container) || begun {
            continue;
        }
        match terminated(status) {
            Some(end) if end.exit_code == 0 => {}
            Some(end) if !restarts(spec, container, true, end.exit_code) => return "Failed",
            _ => return "Pending",
        }
    }
    let (mut waiting, mut running, mut stopped, mut succeeded) = (0, 0, 0, 0);
    let mut again = false;
    for (status, container) in main.iter().zip(&spec.containers) {
        let state = status.state.clone().unwrap_or_default();
        let last = status.last_state.clone().unwrap_or_default();
        if state.running.is_some() {
            running += 1;
        } else if let Some(end) = state.terminated {
            stopped += 1;
            succeeded += usize::from(end.exit_code == 0);
            again |= restarts(spec, container, false, end.exit_code);
        } else if state.waiting.is_some() && last.terminated.is_some() {
            stopped += 1;
            again = true;
        } else {
            waiting += 1;
        }
    }
    match (waiting, running, stopped) {
        (1.., ..) => "Pending",
        (_, 1.., _) => "Running",
        (_, _, 1..) if again => "Running",
        (_, _, 1..) if stopped == succeeded => "Succeeded",
        (_, _, 1..) => "Failed",
        _ => "Pending",
    }
}
