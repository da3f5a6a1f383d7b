//! Derives what a tile says about a pod from its status, first match wins. Where kubectl prints another word, both are
//! right: the tile says what is known.
//!
//! Models: the STATUS column of `pkg/printers/internalversion/printers.go` for the reasons.
//! Left out: scheduling gates' own badge.

use k8s_openapi::api::core::v1::{Container, ContainerStatus, PodSpec, PodStatus};

use super::item;
use super::kit::container::Wall;
use super::state::{Door, Pea, PeaRole, PeaState, PodState};
use super::theme::Hue;
use super::view::Lang;
use super::words;
use crate::api::Object;
use crate::time::Time;

/// What is known beside the pod itself.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    pub now: Time,
    pub lang: Lang,
    /// The kubelet of its node has been silent past the grace time, since then.
    pub silent: Option<Time>,
    /// Share of the image that has arrived, while one is being pulled.
    pub pulling: Option<f32>,
    pub door: Door,
    /// Why no node fits: `0/3 fit`.
    pub unfit: &'a str,
}

/// The facts of a tile.
pub fn derive(pod: &Object, around: &Around<'_>) -> item::Pod {
    let (spec, status) = (pod.spec::<PodSpec>(), pod.status::<PodStatus>());
    let mut facts = item::Pod {
        state: PodState::Pending,
        short: short_name(pod).into(),
        label: String::new(),
        sub: spec.containers.first().map(|c| tag(c.image.as_deref().unwrap_or("")).to_owned()).unwrap_or_default(),
        right: status.pod_ip.clone().unwrap_or_default(),
        owner: pod.controller().map(|owner| owner.uid.as_str().into()),
        peas: peas(spec, status, around.silent.is_some()),
        door: around.door,
        badge: restarts(status).filter(|n| *n > 0).map(|n| (format!("\u{d7}{n}"), Hue::Fail)),
        share: 0.28,
        left: 1.0,
        minor: false,
        walls: vec![],
        address: status.pod_ip.clone().unwrap_or_default(),
    };
    judge(&mut facts, pod, spec, status, around);
    if let Some((_, hue)) = &mut facts.badge
        && facts.state.hue() != Hue::Fail
    {
        *hue = Hue::Off;
    }
    facts
}

fn judge(facts: &mut item::Pod, pod: &Object, spec: &PodSpec, status: &PodStatus, around: &Around<'_>) {
    let phase = status.phase.as_deref().unwrap_or("Pending");
    if let Some(since) = around.silent {
        facts.state = PodState::Unknown;
        facts.label = format!("Last seen {phase}");
        facts.right = format!("{}s", around.now.since(since).as_seconds());
        return;
    }
    if let Some(deletion) = &pod.meta.deletion_timestamp {
        facts.state = PodState::Terminating;
        let left = Time::of(deletion.0).since(around.now).as_seconds();
        let grace = pod.meta.deletion_grace_period_seconds.unwrap_or(30).max(1) as f32;
        facts.left = (left as f32 / grace).clamp(0.0, 1.0);
        facts.right = format!("SIGTERM, {left}s");
        return;
    }
    if phase == "Failed" && status.reason.as_deref() == Some("Evicted") {
        facts.state = PodState::Evicted;
        let message = status.message.as_deref().unwrap_or("");
        facts.right = ["memory", "disk", "ephemeral-storage"]
            .iter()
            .find(|word| message.contains(*word))
            .map_or(String::new(), |word| (*word).replace("ephemeral-storage", "disk"));
        return;
    }
    if let Some((reason, code)) = terminated(status).find(|(reason, _)| *reason == "OOMKilled") {
        facts.state = PodState::Oom;
        facts.label = reason.to_owned();
        facts.right = format!("exit {code}");
        return;
    }
    let waits = waiting(status);
    if let Some(reason) = waits
        .as_ref()
        .map(|w| w.reason)
        .filter(|reason| matches!(*reason, "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError"))
    {
        facts.state = PodState::Failed;
        facts.label = reason.to_owned();
        facts.right = String::new();
        return;
    }
    if phase == "Failed" || phase == "Succeeded" {
        let failed = phase == "Failed";
        facts.state = if failed { PodState::Failed } else { PodState::Completed };
        let ended = terminated(status).find(|(_, code)| (*code != 0) == failed);
        facts.label = status.reason.clone().unwrap_or_else(|| match &ended {
            Some((reason, _)) if !reason.is_empty() => (*reason).to_owned(),
            _ => if failed { "Error" } else { "Completed" }.to_owned(),
        });
        facts.right = ended.map_or(String::new(), |(_, code)| format!("exit {code}"));
        return;
    }
    if let Some(wait) = &waits {
        match wait.reason {
            "CrashLoopBackOff" => {
                facts.state = PodState::CrashLoop;
                facts.label = if wait.init { "Init:CrashLoopBackOff" } else { "CrashLoopBackOff" }.into();
                facts.right = match wait.retry_at {
                    Some(at) => words::retry(around.lang, at.since(around.now).as_seconds()),
                    None => String::new(),
                };
                if wait.last_reason == "OOMKilled" {
                    facts.sub = "OOM".into();
                }
                return;
            }
            "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
                facts.state = PodState::PullFail;
                facts.label = if wait.init { format!("Init:{}", wait.reason) } else { wait.reason.to_owned() };
                facts.right = String::new();
                return;
            }
            _ => {}
        }
    }
    if let Some(code) = ended(status) {
        // it has ended and will be started again; 1.36 says so before the back-off has a name
        let reason = terminated(status).find(|(_, other)| *other == code).map_or("", |(reason, _)| reason);
        facts.state = if code == 0 { PodState::NotReady } else { PodState::CrashLoop };
        facts.label = if reason.is_empty() { "Error" } else { reason }.to_owned();
        facts.right = format!("exit {code}");
        return;
    }
    judge_way(facts, spec, status, around, waits.map(|wait| wait.reason));
}

/// The worst exit code when a container of a live pod has ended.
fn ended(status: &PodStatus) -> Option<i32> {
    terminated(status).map(|(_, code)| code).max_by_key(|code| code.abs())
}

/// The states of a pod that is on its way or there.
fn judge_way(facts: &mut item::Pod, spec: &PodSpec, status: &PodStatus, around: &Around<'_>, waits: Option<&str>) {
    if spec.node_name.is_none() {
        facts.state = PodState::Pending;
        facts.right = around.unfit.to_owned();
        let gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
        if gated {
            facts.label = "SchedulingGated".into();
            facts.badge = Some(("gate".into(), Hue::Off));
        }
        return;
    }
    let inits: Vec<&Container> = spec.init_containers.iter().flatten().filter(|c| !is_sidecar(c)).collect();
    let done = status.init_container_statuses.iter().flatten().filter(|s| {
        inits.iter().any(|c| c.name == s.name)
            && s.state.as_ref().and_then(|state| state.terminated.as_ref()).is_some_and(|t| t.exit_code == 0)
    });
    let done = done.count();
    let started = status.container_statuses.as_ref().is_some_and(|all| !all.is_empty());
    if let Some(share) = around.pulling.filter(|_| waits.is_some()) {
        facts.state = PodState::Pulling;
        facts.share = share;
        facts.right = format!("{}%", (share * 100.0) as u32);
    } else if done < inits.len() && status.init_container_statuses.is_some() {
        facts.state = PodState::Init;
        facts.label = format!("Init:{done}/{}", inits.len());
        facts.share = done as f32 / inits.len() as f32;
        facts.right = String::new();
    } else if !started {
        facts.state = PodState::Scheduled;
        facts.right = String::new();
    } else if let Some(reason) = waits {
        facts.state = PodState::Creating;
        facts.label = reason.to_owned();
        facts.right = String::new();
    } else if is_ready(status) {
        facts.state = PodState::Ready;
    } else {
        facts.state = PodState::NotReady;
    }
}

struct Waiting<'a> {
    reason: &'a str,
    init: bool,
    last_reason: &'a str,
    retry_at: Option<Time>,
}

/// The container that waits, the most troubled first.
fn waiting(status: &PodStatus) -> Option<Waiting<'_>> {
    let mut best: Option<Waiting<'_>> = None;
    let both = [(&status.init_container_statuses, true), (&status.container_statuses, false)];
    for (container, init) in both.iter().flat_map(|(all, init)| all.iter().flatten().map(move |c| (c, *init))) {
        let Some(wait) = container.state.as_ref().and_then(|state| state.waiting.as_ref()) else { continue };
        let reason = wait.reason.as_deref().unwrap_or("");
        let quiet = |reason: &str| matches!(reason, "" | "ContainerCreating" | "PodInitializing");
        if best.as_ref().is_some_and(|best| !quiet(best.reason) || quiet(reason)) {
            continue;
        }
        let last = container.last_state.as_ref().and_then(|state| state.terminated.as_ref());
        let ended = last.and_then(|t| t.finished_at.as_ref()).map(|t| Time::of(t.0));
        let span = wait.message.as_deref().and_then(back_off);
        let retry_at = ended.zip(span).map(|(at, seconds)| Time(at.0 + seconds * 1000));
        let last_reason = last.and_then(|t| t.reason.as_deref()).unwrap_or("");
        best = Some(Waiting { reason, init, last_reason, retry_at });
    }
    best
}

/// Seconds in `back-off 1m20s restarting failed container=...`.
fn back_off(message: &str) -> Option<u64> {
    let word = message.strip_prefix("back-off ")?.split(' ').next()?;
    let (minutes, rest) = word.split_once('m').unwrap_or(("0", word));
    let seconds = rest.trim_end_matches('s');
    Some(minutes.parse::<u64>().ok()? * 60 + if seconds.is_empty() { 0 } else { seconds.parse::<u64>().ok()? })
}

/// Reasons and codes of containers that have ended and not been started again.
fn terminated(status: &PodStatus) -> impl Iterator<Item = (&str, i32)> {
    status
        .container_statuses
        .iter()
        .flatten()
        .filter_map(|c| c.state.as_ref()?.terminated.as_ref())
        .map(|t| (t.reason.as_deref().unwrap_or(""), t.exit_code))
}

fn restarts(status: &PodStatus) -> Option<i32> {
    status.container_statuses.iter().flatten().map(|c| c.restart_count).max()
}

/// The Ready condition is True.
pub fn is_ready(status: &PodStatus) -> bool {
    status.conditions.iter().flatten().any(|c| c.type_ == "Ready" && c.status == "True")
}

fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

fn peas(spec: &PodSpec, status: &PodStatus, silent: bool) -> Vec<Pea> {
    let find = |all: &Option<Vec<ContainerStatus>>, name: &str| -> PeaState {
        let found = all.iter().flatten().find(|s| s.name == name);
        match found {
            _ if silent => PeaState::Past,
            Some(status) => pea_state(status),
            None => PeaState::Waiting,
        }
    };
    let mut peas = vec![];
    for c in spec.init_containers.iter().flatten() {
        let role = if is_sidecar(c) { PeaRole::Sidecar } else { PeaRole::Init };
        peas.push(Pea { state: find(&status.init_container_statuses, &c.name), role });
    }
    for c in &spec.containers {
        peas.push(Pea { state: find(&status.container_statuses, &c.name), role: PeaRole::Main });
    }
    for c in spec.ephemeral_containers.iter().flatten() {
        peas.push(Pea { state: find(&status.ephemeral_container_statuses, &c.name), role: PeaRole::Ephemeral });
    }
    peas
}

/// The containers as they are drawn from inside.
pub fn walls(pod: &Object, now: Time) -> Vec<Wall> {
    let (spec, status) = (pod.spec::<PodSpec>(), pod.status::<PodStatus>());
    let inits = spec
        .init_containers
        .iter()
        .flatten()
        .map(|c| (c, if is_sidecar(c) { PeaRole::Sidecar } else { PeaRole::Init }));
    let all = inits.chain(spec.containers.iter().map(|c| (c, PeaRole::Main)));
    all.map(|(container, role)| {
        let both = [&status.init_container_statuses, &status.container_statuses];
        let found = both.iter().flat_map(|all| all.iter().flatten()).find(|s| s.name == container.name);
        Wall {
            name: container.name.clone(),
            image: container.image.clone().unwrap_or_default(),
            pea: Pea { state: found.map_or(PeaState::Waiting, pea_state), role },
            state: found.map_or("waiting".into(), |status| wall_state(status, now)),
            rows: wall_rows(container, found),
        }
    })
    .collect()
}

fn wall_state(status: &ContainerStatus, now: Time) -> String {
    let Some(state) = &status.state else { return "waiting".into() };
    if let Some(running) = &state.running {
        let since = running.started_at.as_ref().map(|t| now.since(Time::of(t.0)).as_seconds());
        return since
            .map_or("running".into(), |s| if s < 120 { format!("up {s}s") } else { format!("up {}m", s / 60) });
    }
    if let Some(ended) = &state.terminated {
        return format!("exit {}", ended.exit_code);
    }
    let last = status.last_state.as_ref().and_then(|state| state.terminated.as_ref());
    match (last, state.waiting.as_ref().and_then(|w| w.reason.clone())) {
        (Some(ended), _) => format!("exit {}", ended.exit_code),
        (None, Some(reason)) => reason,
        _ => "waiting".into(),
    }
}

fn wall_rows(container: &Container, status: Option<&ContainerStatus>) -> Vec<(String, String)> {
    let mut rows = vec![];
    let ports: Vec<String> = container.ports.iter().flatten().map(|p| p.container_port.to_string()).collect();
    let env: Vec<&str> = container.env.iter().flatten().map(|e| e.name.as_str()).collect();
    let limits = container.resources.as_ref().and_then(|r| r.limits.as_ref());
    let requests = container.resources.as_ref().and_then(|r| r.requests.as_ref());
    let amounts =
        |all: Option<&std::collections::BTreeMap<String, k8s_openapi::apimachinery::pkg::api::resource::Quantity>>| {
            all.iter().flat_map(|all| all.iter()).map(|(k, v)| format!("{k} {}", v.0)).collect::<Vec<_>>().join(", ")
        };
    let probes: Vec<&str> = [
        (container.startup_probe.is_some(), "startup"),
        (container.readiness_probe.is_some(), "readiness"),
        (container.liveness_probe.is_some(), "liveness"),
    ]
    .into_iter()
    .filter_map(|(has, name)| has.then_some(name))
    .collect();
    if let Some(restarts) = status.map(|s| s.restart_count).filter(|n| *n > 0) {
        rows.push(("restarts".into(), restarts.to_string()));
    }
    rows.push(("ports".into(), ports.join(", ")));
    rows.push(("env".into(), env.join(", ")));
    rows.push(("requests".into(), amounts(requests)));
    rows.push(("limits".into(), amounts(limits)));
    rows.push(("probes".into(), probes.join(", ")));
    rows.retain(|(_, value)| !value.is_empty());
    rows
}

fn pea_state(status: &ContainerStatus) -> PeaState {
    let Some(state) = &status.state else { return PeaState::Waiting };
    if state.running.is_some() {
        return if status.ready { PeaState::Running } else { PeaState::Unready };
    }
    if let Some(ended) = &state.terminated {
        return if ended.exit_code == 0 { PeaState::Done } else { PeaState::Failed };
    }
    match state.waiting.as_ref().and_then(|w| w.reason.as_deref()) {
        Some("CrashLoopBackOff" | "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError") => {
            PeaState::Failed
        }
        Some("ContainerCreating") => PeaState::Starting,
        _ => PeaState::Waiting,
    }
}

/// The part that tells a pod from its siblings: the random suffix of what a controller made, else the whole name.
pub fn short_name(pod: &Object) -> &str {
    let name = pod.name();
    match pod.controller().map(|owner| owner.kind.as_str()) {
        Some("ReplicaSet" | "ReplicationController" | "DaemonSet" | "Job") => {
            name.rsplit_once('-').map_or(name, |(_, tail)| tail)
        }
        _ => name,
    }
}

/// What a capsule calls a pod of another namespace: what it is rather than which one.
pub fn role_name(pod: &Object) -> String {
    let name = pod.name();
    let stem = match pod.controller() {
        Some(owner) if owner.kind == "Node" => name.strip_suffix(&format!("-{}", owner.name)).unwrap_or(name),
        Some(owner) if owner.kind == "ReplicaSet" => {
            owner.name.rsplit_once('-').map_or(owner.name.as_str(), |(stem, _)| stem)
        }
        Some(owner) if owner.kind != "StatefulSet" => owner.name.as_str(),
        _ => name,
    };
    let stem = stem.strip_prefix("kube-").unwrap_or(stem);
    stem.to_owned()
}

/// The tag of an image, or its last path part when it has none.
pub fn tag(image: &str) -> &str {
    let last = image.rsplit_once('/').map_or(image, |(_, last)| last);
    let last = last.split_once('@').map_or(last, |(name, _)| name);
    match last.split_once(':') {
        Some((_, tag)) if tag != "latest" => tag,
        Some((name, _)) => name,
        None => last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_back_off_message_tells_when_the_next_start_is() {
        assert_eq!(back_off("back-off 10s restarting failed container=web pod=web_default(uid)"), Some(10));
        assert_eq!(back_off("back-off 1m20s restarting failed container=web"), Some(80));
        assert_eq!(back_off("back-off 5m0s restarting failed"), Some(300));
        assert_eq!(back_off("other"), None);
    }

    #[test]
    fn an_image_is_known_by_its_tag() {
        assert_eq!(tag("shop/web:2.0"), "2.0");
        assert_eq!(tag("nginx"), "nginx");
        assert_eq!(tag("registry:5000/a/nginx:latest"), "nginx");
    }
}
