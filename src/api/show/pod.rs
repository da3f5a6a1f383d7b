//! The row of a pod: how many containers are ready, and one word for its state.
//!
//! Models: `printPod` of `pkg/printers/internalversion/printers.go`.

use super::cell::{self, column, wide};
use crate::api::kind::Column;
use crate::api::object::Object;
use crate::time::Time;
use k8s_openapi::api::core::v1::{ContainerStatus, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

pub static COLUMNS: [Column; 9] = [
    cell::NAME,
    column("READY", |pod, _| {
        let row = row(pod);
        format!("{}/{}", row.ready, row.containers)
    }),
    column("STATUS", |pod, _| row(pod).status),
    column("RESTARTS", |pod, now| {
        let row = row(pod);
        match &row.last_restart {
            Some(at) if row.restarts > 0 => format!("{} ({} ago)", row.restarts, cell::since(Some(at), now)),
            _ => row.restarts.to_string(),
        }
    }),
    cell::AGE,
    wide("IP", |pod, _| {
        let ips = pod.status::<PodStatus>().pod_ips.iter().flatten();
        cell::or_none(ips.map(|ip| ip.ip.as_str()).next())
    }),
    wide("NODE", |pod, _| cell::or_none(pod.spec::<PodSpec>().node_name.as_deref())),
    wide("NOMINATED NODE", |pod, _| cell::or_none(pod.status::<PodStatus>().nominated_node_name.as_deref())),
    wide("READINESS GATES", gates),
];

/// What `kubectl get pods` says of a pod.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub ready: usize,
    pub containers: usize,
    /// `Running`, `Init:0/1`, `CrashLoopBackOff`, `Terminating` ...
    pub status: String,
    pub restarts: i32,
    pub last_restart: Option<MetaTime>,
}

impl Row {
    fn count(&mut self, status: &ContainerStatus) {
        self.restarts += status.restart_count;
        let last = status.last_state.as_ref().and_then(|s| s.terminated.as_ref()).and_then(|t| t.finished_at.clone());
        if let Some(last) = last
            && self.last_restart.as_ref().is_none_or(|t| t.0 < last.0)
        {
            self.last_restart = Some(last);
        }
    }
}

pub fn row(pod: &Object) -> Row {
    let (spec, status) = (pod.spec::<PodSpec>(), pod.status::<PodStatus>());
    let phase = status.phase.as_deref().unwrap_or("");
    let condition = |name: &str| status.conditions.iter().flatten().find(|c| c.type_ == name);
    let mut row = Row { containers: spec.containers.len(), status: phase.into(), ..Row::default() };
    if let Some(reason) = status.reason.as_deref().filter(|r| !r.is_empty()) {
        row.status = reason.into();
    }
    if condition("PodScheduled").is_some_and(|c| c.reason.as_deref() == Some("SchedulingGated")) {
        row.status = "SchedulingGated".into();
    }
    row.containers += spec.init_containers.iter().flatten().filter(|c| c.restart_policy.is_some()).count();
    let mut sidecars = Row::default();
    let initializing = init_containers(spec, status, &mut row, &mut sidecars);
    if !initializing || condition("Initialized").is_some_and(|c| c.status == "True") {
        row.restarts = sidecars.restarts;
        row.last_restart = sidecars.last_restart;
        let ready = condition("Ready").is_some_and(|c| c.status == "True");
        app_containers(status, ready, &mut row);
    }
    if pod.deleting() && status.reason.as_deref() == Some("NodeLost") {
        row.status = "Unknown".into();
    } else if pod.deleting() && !matches!(phase, "Succeeded" | "Failed") {
        row.status = "Terminating".into();
    }
    row
}

/// Looks at the init containers up to the first that holds the pod up; true when there is one.
fn init_containers(spec: &PodSpec, status: &PodStatus, row: &mut Row, sidecars: &mut Row) -> bool {
    let all = spec.init_containers.as_deref().unwrap_or_default();
    for (n, state) in status.init_container_statuses.iter().flatten().enumerate() {
        row.count(state);
        let sidecar = all.iter().any(|c| c.name == state.name && c.restart_policy.is_some());
        if sidecar {
            sidecars.count(state);
        }
        let now = state.state.clone().unwrap_or_default();
        let waiting = now.waiting.and_then(|w| w.reason).filter(|r| !r.is_empty() && r != "PodInitializing");
        match (now.terminated, waiting) {
            (Some(end), _) if end.exit_code == 0 => continue,
            _ if sidecar && state.started == Some(true) => {
                row.ready += usize::from(state.ready);
                continue;
            }
            (Some(end), _) => row.status = format!("Init:{}", end_word(&end)),
            (None, Some(reason)) => row.status = format!("Init:{reason}"),
            (None, None) => row.status = format!("Init:{n}/{}", all.len()),
        }
        return true;
    }
    false
}

fn app_containers(status: &PodStatus, pod_ready: bool, row: &mut Row) {
    let mut running = false;
    for state in status.container_statuses.iter().flatten().rev() {
        row.count(state);
        let now = state.state.clone().unwrap_or_default();
        if let Some(reason) = now.waiting.and_then(|w| w.reason).filter(|r| !r.is_empty()) {
            row.status = reason;
        } else if let Some(end) = now.terminated {
            row.status = end_word(&end);
        } else if state.ready && now.running.is_some() {
            running = true;
            row.ready += 1;
        }
    }
    if row.status == "Completed" && running {
        row.status = if pod_ready { "Running" } else { "NotReady" }.into();
    }
}

fn end_word(end: &k8s_openapi::api::core::v1::ContainerStateTerminated) -> String {
    match (end.reason.as_deref().filter(|r| !r.is_empty()), end.signal.filter(|s| *s != 0)) {
        (Some(reason), _) => reason.into(),
        (None, Some(signal)) => format!("Signal:{signal}"),
        (None, None) => format!("ExitCode:{}", end.exit_code),
    }
}

fn gates(pod: &Object, _: Time) -> String {
    let gates = pod.spec::<PodSpec>().readiness_gates.as_deref().unwrap_or_default();
    if gates.is_empty() {
        return "<none>".into();
    }
    let conditions = pod.status::<PodStatus>().conditions.as_deref().unwrap_or_default();
    let open = gates.iter().filter(|gate| {
        conditions.iter().any(|condition| condition.type_ == gate.condition_type && condition.status == "True")
    });
    format!("{}/{}", open.count(), gates.len())
}
