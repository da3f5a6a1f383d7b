//! The part of the build that makes cards: workloads with their slots, Services with their endpoints, plain records.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::apps::v1::{
    DaemonSetSpec, DaemonSetStatus, DeploymentSpec, DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus,
};
use k8s_openapi::api::batch::v1::{CronJobSpec, JobSpec, JobStatus};
use k8s_openapi::api::core::v1::{ConfigMap, PodTemplateSpec, Secret, ServiceSpec};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::build::{Gather, is_system, item_of};
use super::glyphs::{self, Glyph};
use super::item::{Column, Endpoint, Record, Scene, Service, Strip, Thing, Workload};
use super::state::{PodState, Slot};
use super::theme::Hue;
use super::view::Id;
use super::words::{self, Word, word};
use crate::api::{Object, kinds};
use crate::time::{Span, Time};

/// The most slots a card is given; the figure says the rest.
const MOST_SLOTS: usize = 60;
/// How far back the strip chart looks.
const WINDOW: Span = Span::seconds(60);

/// Kinds that make pods.
pub(super) fn is_workload(kind: &str) -> bool {
    matches!(
        kind,
        "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob"
    )
}

/// Kinds that never stand on the chart as cards.
fn is_hidden(kind: &str) -> bool {
    matches!(kind, "Pod" | "Event" | "Lease" | "Endpoints" | "EndpointSlice" | "ControllerRevision" | "PodMetrics")
}

/// The glyph of a kind.
pub fn glyph_of(kind: &str) -> &'static Glyph {
    let name = match kind {
        "Deployment" => "deploy",
        "ReplicaSet" | "ReplicationController" => "rs",
        "StatefulSet" => "sts",
        "DaemonSet" => "ds",
        "Job" => "job",
        "CronJob" => "cron",
        "HorizontalPodAutoscaler" => "hpa",
        "PodDisruptionBudget" => "pdb",
        "Service" => "svc",
        "Endpoints" | "EndpointSlice" => "eps",
        "Ingress" | "IngressClass" => "ingress",
        "Gateway" => "gateway",
        "HTTPRoute" => "route",
        "NetworkPolicy" => "netpol",
        "ConfigMap" => "cm",
        "Secret" => "secret",
        "PersistentVolume" => "pv",
        "PersistentVolumeClaim" => "pvc",
        "StorageClass" => "sc",
        "Namespace" => "ns",
        "Node" => "node",
        "Pod" => "pod",
        "ServiceAccount" => "sa",
        "Role" | "ClusterRole" => "role",
        "RoleBinding" | "ClusterRoleBinding" => "bind",
        "ResourceQuota" | "LimitRange" => "quota",
        "Lease" => "lease",
        "Event" => "event",
        _ => "crd",
    };
    glyphs::find(name).unwrap_or(&glyphs::CRD)
}

/// UIDs of everything that owns pods, in order of creation: the order in which flags are given.
pub(super) fn owners(gather: &Gather<'_>) -> Vec<Rc<str>> {
    let sets = kinds::ALL
        .iter()
        .filter(|k| is_workload(k.names().kind) && !matches!(k.names().kind, "Deployment" | "CronJob"));
    let mut all: Vec<&Object> =
        sets.flat_map(|kind| gather.read.list(*kind, None)).filter(|object| !is_system(object.namespace())).collect();
    all.sort_by_key(|object| (object.created(), object.name()));
    all.into_iter().map(|object| object.uid().into()).collect()
}

/// The cards of the namespace in front, oldest first.
pub(super) fn records(gather: &Gather<'_>, scene: &mut Scene) {
    let namespace = gather.namespace.clone();
    let Some(front) = gather.read.get(kinds::NAMESPACE, "", &namespace) else { return };
    let leaving = front.deleting();
    scene.items.push(item_of(
        front,
        None,
        if leaving { "Terminating" } else { "Active" }.into(),
        leaving,
        Thing::Namespace { leaving },
    ));
    let parent = Id::object("namespaces", "", &namespace);
    let mut objects: Vec<&Object> = gather
        .read
        .kinds()
        .filter(|kind| kind.names().namespaced && !is_hidden(kind.names().kind))
        .flat_map(|kind| gather.read.list(kind, Some(&*gather.namespace)))
        .filter(|object| !is_furniture(object))
        .collect();
    objects.sort_by_key(|object| (object.created(), object.name().to_owned()));
    let strips = strips(gather);
    let past = past_sets(&objects);
    let states: BTreeMap<&str, PodState> = scene
        .items
        .iter()
        .filter_map(|item| match &item.thing {
            Thing::Pod(pod) if !pod.minor => Some((&*item.key.as_ref()?.name, pod.state)),
            _ => None,
        })
        .collect();
    let mut cards = vec![];
    for object in objects {
        if past.contains(&object.uid()) {
            continue;
        }
        let (state, trouble, thing) = card(gather, object, &strips, &states);
        cards.push(item_of(object, Some(parent.clone()), state, trouble, thing));
    }
    scene.ticks |= cards.iter().any(|item| matches!(&item.thing, Thing::Workload(w) if w.strip.as_ref().is_some_and(|s| s.exist.len() > 1 || s.available.len() > 1 || s.changed.is_some())));
    scene.items.extend(cards);
}

/// What every namespace has without anybody asking.
fn is_furniture(object: &Object) -> bool {
    match object.kind.names().kind {
        "ConfigMap" => object.name() == "kube-root-ca.crt",
        "ServiceAccount" => object.name() == "default",
        "Service" => object.name() == "kubernetes" && object.namespace() == "default",
        _ => false,
    }
}

/// ReplicaSets at zero, but for the newest of each Deployment: that is the one a rollback goes to.
fn past_sets<'a>(objects: &[&'a Object]) -> Vec<&'a str> {
    let mut newest: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
    let mut idle = vec![];
    for object in objects {
        let Some(spec) = object.try_spec::<ReplicaSetSpec>() else { continue };
        let Some(owner) = object.controller() else { continue };
        if spec.replicas.unwrap_or(1) > 0 || object.status::<ReplicaSetStatus>().replicas > 0 {
            continue;
        }
        idle.push(object.uid());
        let revision = revision(object).unwrap_or(0);
        let best = newest.entry(&owner.uid).or_insert((revision, object.uid()));
        if revision > best.0 {
            *best = (revision, object.uid());
        }
    }
    idle.retain(|uid| !newest.values().any(|(_, kept)| kept == uid));
    idle
}

fn revision(object: &Object) -> Option<u64> {
    object.annotations().get("deployment.kubernetes.io/revision")?.parse().ok()
}

fn card(
    gather: &Gather<'_>,
    object: &Object,
    strips: &BTreeMap<Rc<str>, Strip>,
    states: &BTreeMap<&str, PodState>,
) -> (String, bool, Thing) {
    let kind = object.kind.names().kind;
    if is_workload(kind) {
        let work = workload(gather, object, strips, states);
        let trouble = work.gap.is_some_and(|(_, hue)| hue == Hue::Fail) || work.note_hue == Some(Hue::Fail);
        let state = format!("{} {}", work.figure, work.unit).trim().to_owned();
        return (state, trouble, Thing::Workload(Box::new(work)));
    }
    if object.try_spec::<ServiceSpec>().is_some() {
        let service = service(gather, object);
        let empty = service.endpoints.is_empty() && !service.figure.is_empty();
        let state = format!("{} endpoints", service.endpoints.iter().filter(|e| e.ready).count());
        return (state, empty, Thing::Service(Box::new(service)));
    }
    let record = plain(object);
    let state = record.rows.first().map_or(String::new(), |(what, value)| format!("{what} {value}"));
    (state, false, Thing::Record(record))
}

fn plain(object: &Object) -> Record {
    let kind = object.kind.names().kind;
    let mut rows = vec![];
    if let Some(map) = object.try_spec::<ConfigMap>() {
        let keys: Vec<&str> = map.data.iter().flatten().map(|(k, _)| k.as_str()).collect();
        rows.push(("keys".into(), keys.join(", ")));
    } else if let Some(secret) = object.try_spec::<Secret>() {
        let keys: Vec<&str> = secret.data.iter().flatten().map(|(k, _)| k.as_str()).collect();
        rows.push(("keys".into(), keys.join(", ")));
    }
    Record { kind: kind.into(), glyph: glyph_of(kind), rows, hue: None }
}

fn workload(
    gather: &Gather<'_>,
    object: &Object,
    strips: &BTreeMap<Rc<str>, Strip>,
    states: &BTreeMap<&str, PodState>,
) -> Workload {
    let lang = gather.view.lang;
    let kind = object.kind.names().kind;
    let mut work = Workload {
        kind: words::kind(lang, kind).into(),
        glyph: glyph_of(kind),
        column: if object.controller().is_some() { Column::Sets } else { Column::Workloads },
        flagged: (!matches!(kind, "Deployment" | "CronJob")).then(|| object.uid().into()),
        slots: vec![],
        gap: None,
        figure: String::new(),
        unit: String::new(),
        image: [String::new(), String::new()],
        note: String::new(),
        note_hue: None,
        strip: None,
    };
    let own: Vec<PodState> = pods_of(gather, object, states);
    let ready = own.iter().filter(|state| **state == PodState::Ready).count();
    let leaving = own.iter().filter(|state| **state == PodState::Terminating).count();
    if let Some(spec) = object.try_spec::<DeploymentSpec>() {
        deployment(gather, object, spec, &mut work);
        work.strip = strips.get(object.uid()).cloned();
        return work;
    }
    if let Some(spec) = object.try_spec::<JobSpec>() {
        job(gather, object, spec, &own, &mut work);
        return work;
    }
    if let Some(spec) = object.try_spec::<CronJobSpec>() {
        work.figure = spec.schedule.clone();
        work.note = if spec.suspend == Some(true) { "suspended".into() } else { String::new() };
        return work;
    }
    let (wanted, template): (usize, Option<&PodTemplateSpec>) = if let Some(spec) = object.try_spec::<ReplicaSetSpec>()
    {
        (spec.replicas.unwrap_or(1).max(0) as usize, spec.template.as_ref())
    } else if let Some(wanted) = object.kind.replicas(object) {
        (wanted.max(0) as usize, object.kind.template(object))
    } else if let Some(spec) = object.try_spec::<DaemonSetSpec>() {
        let status = object.status::<DaemonSetStatus>();
        (status.desired_number_scheduled.max(0) as usize, Some(&spec.template))
    } else {
        (0, None)
    };
    work.image[1] = template.map_or(String::new(), image);
    if let Some(revision) = revision(object) {
        work.kind = format!("rev {revision}");
    }
    fill_slots(&mut work, &own, wanted);
    work.figure = words::of(lang, ready, wanted);
    work.unit = "ready".into();
    work.note = words::ready(lang, ready, leaving);
    if wanted == 0 && own.is_empty() {
        work.note = String::new();
    } else if own.iter().any(|state| state.is_trouble()) {
        work.note_hue = Some(Hue::Fail);
    } else if ready < wanted {
        work.note_hue = Some(Hue::Wait);
    }
    work
}

/// The states of the pods that name an object as owner, oldest first.
fn pods_of(gather: &Gather<'_>, object: &Object, states: &BTreeMap<&str, PodState>) -> Vec<PodState> {
    let mut pods: Vec<&Object> = gather.read.owned(object.uid()).filter(|o| o.kind == kinds::POD).collect();
    pods.sort_by_key(|pod| (pod.created(), pod.name()));
    pods.iter().map(|pod| states.get(pod.name()).copied().unwrap_or(PodState::Pending)).collect()
}

fn fill_slots(work: &mut Workload, own: &[PodState], wanted: usize) {
    work.slots = own.iter().copied().map(Slot::Pod).collect();
    let alive = own.iter().filter(|state| **state != PodState::Terminating).count();
    work.slots.extend(std::iter::repeat_n(Slot::Empty, wanted.saturating_sub(alive)));
    work.slots.truncate(MOST_SLOTS);
}

fn deployment(gather: &Gather<'_>, object: &Object, spec: &DeploymentSpec, work: &mut Workload) {
    let lang = gather.view.lang;
    let status = object.status::<DeploymentStatus>();
    let wanted = spec.replicas.unwrap_or(1).max(0) as usize;
    let available = (status.available_replicas.unwrap_or(0).max(0) as usize).min(wanted);
    work.slots = std::iter::repeat_n(Slot::Pod(PodState::Ready), available)
        .chain(std::iter::repeat_n(Slot::Empty, wanted - available))
        .take(MOST_SLOTS)
        .collect();
    work.figure = words::of(lang, available, wanted);
    work.unit = word(lang, Word::Available).into();
    if available < wanted {
        let late = status.conditions.iter().flatten().any(|c| {
            c.type_ == "Progressing" && c.status == "False" && c.reason.as_deref() == Some("ProgressDeadlineExceeded")
        });
        work.gap = Some((wanted - available, if late { Hue::Fail } else { Hue::Wait }));
    }
    let new = image(&spec.template);
    let sets = gather.read.owned(object.uid()).filter_map(|set| Some((set, set.try_spec::<ReplicaSetSpec>()?)));
    let old = sets
        .filter(|(set, _)| set.status::<ReplicaSetStatus>().replicas > 0)
        .filter_map(|(set, spec)| Some((revision(set)?, image(spec.template.as_ref()?))))
        .filter(|(_, image)| *image != new)
        .max();
    work.image = [old.map_or(String::new(), |(_, image)| image), new];
    if spec.paused == Some(true) {
        work.note = "paused".into();
        work.note_hue = Some(Hue::Wait);
    }
}

fn job(gather: &Gather<'_>, object: &Object, spec: &JobSpec, own: &[PodState], work: &mut Workload) {
    let status = object.status::<JobStatus>();
    let wanted = spec.completions.or(spec.parallelism).unwrap_or(1).max(0) as usize;
    let done = status.succeeded.unwrap_or(0).max(0) as usize;
    let mut slots: Vec<Slot> = std::iter::repeat_n(Slot::Pod(PodState::Completed), done.min(wanted)).collect();
    slots.extend(own.iter().filter(|s| !matches!(s, PodState::Completed | PodState::Failed)).copied().map(Slot::Pod));
    let missing = wanted.saturating_sub(slots.len());
    slots.extend(std::iter::repeat_n(Slot::Empty, missing));
    slots.truncate(MOST_SLOTS);
    work.slots = slots;
    work.figure = words::of(gather.view.lang, done, wanted);
    work.unit = "done".into();
    work.image[1] = image(&spec.template);
    let failed = status.failed.unwrap_or(0);
    let over = status.conditions.iter().flatten().any(|c| c.type_ == "Failed" && c.status == "True");
    if failed > 0 || over {
        let left = (spec.backoff_limit.unwrap_or(6) + 1 - failed).max(0);
        work.note = format!("{failed} failed, retries left {left}");
        work.note_hue = Some(if over { Hue::Fail } else { Hue::Wait });
    }
}

fn image(template: &PodTemplateSpec) -> String {
    let spec = template.spec.as_ref();
    spec.and_then(|spec| spec.containers.first()?.image.clone()).unwrap_or_default()
}

fn service(gather: &Gather<'_>, object: &Object) -> Service {
    let spec = object.spec::<ServiceSpec>();
    let kind = spec.type_.as_deref().unwrap_or("ClusterIP");
    let ip = spec.cluster_ip.as_deref().unwrap_or("");
    let headless = ip == "None";
    let port = spec.ports.iter().flatten().next();
    let number = port.map_or(String::new(), |p| format!(":{}", p.port));
    let glyph: &'static Glyph = match kind {
        _ if headless => &glyphs::SVCHL,
        "NodePort" => &glyphs::SVCNP,
        "LoadBalancer" => &glyphs::SVCLB,
        "ExternalName" => &glyphs::SVCEXT,
        _ => &glyphs::SVC,
    };
    let mut rows = vec![];
    if kind == "ExternalName" {
        rows.push((kind.to_owned(), spec.external_name.clone().unwrap_or_default()));
        return Service { glyph, rows, endpoints: vec![], figure: String::new() };
    }
    rows.push(("ClusterIP".into(), if headless { "None".into() } else { format!("{ip}{number}") }));
    if let Some(node_port) = port.and_then(|p| p.node_port) {
        rows.push((kind.to_owned(), format!(":{node_port}")));
    }
    let selector: Vec<String> = spec.selector.iter().flatten().map(|(k, v)| format!("{k}={v}")).collect();
    rows.push(("selector".into(), selector.join(",")));
    let mut endpoints = vec![];
    for slice in gather.read.list(kinds::ENDPOINT_SLICE, Some(object.namespace())) {
        if slice.labels().get("kubernetes.io/service-name").map(String::as_str) != Some(object.name()) {
            continue;
        }
        let Some(body) = slice.try_spec::<EndpointSlice>() else { continue };
        endpoints.extend(body.endpoints.iter().flatten().map(endpoint));
    }
    endpoints.sort_by(|a, b| (!a.ready, &a.address).cmp(&(!b.ready, &b.address)));
    let ready = endpoints.iter().filter(|e| e.ready).count();
    let figure = words::of(gather.view.lang, ready, endpoints.len());
    Service { glyph, rows, endpoints, figure }
}

fn endpoint(endpoint: &k8s_openapi::api::discovery::v1::Endpoint) -> Endpoint {
    let conditions = endpoint.conditions.as_ref();
    let ready = conditions.and_then(|c| c.ready).unwrap_or(true);
    let leaving = conditions.and_then(|c| c.terminating).unwrap_or(false);
    let name = endpoint.target_ref.as_ref().and_then(|t| t.name.as_deref()).unwrap_or("");
    let pod = if ready {
        name.rsplit_once('-').map_or(name, |(_, tail)| tail)
    } else if leaving {
        "draining"
    } else {
        "not ready"
    };
    Endpoint { address: endpoint.addresses.first().cloned().unwrap_or_default(), pod: pod.into(), ready, leaving }
}

/// The last 60 s of each Deployment, read back from the store's history.
fn strips(gather: &Gather<'_>) -> BTreeMap<Rc<str>, Strip> {
    let mut strips: BTreeMap<Rc<str>, Strip> = BTreeMap::new();
    for object in gather.read.list(kinds::DEPLOYMENT, Some(&*gather.namespace)) {
        let (spec, status) = (object.spec::<DeploymentSpec>(), object.status::<DeploymentStatus>());
        let wanted = spec.replicas.unwrap_or(1).max(0) as u32;
        let rolling = spec.strategy.as_ref().and_then(|s| s.rolling_update.as_ref());
        let surge = rolling.and_then(|r| r.max_surge.as_ref()).map_or(wanted.div_ceil(4), |v| part(v, wanted, true));
        let down = rolling.and_then(|r| r.max_unavailable.as_ref()).map_or(wanted / 4, |v| part(v, wanted, false));
        let strip = Strip {
            exist: vec![(0.0, status.replicas.unwrap_or(0).max(0) as u32)],
            available: vec![(0.0, status.available_replicas.unwrap_or(0).max(0) as u32)],
            max: wanted + surge,
            min: wanted.saturating_sub(down),
            changed: None,
        };
        strips.insert(object.uid().into(), strip);
    }
    if strips.is_empty() {
        return strips;
    }
    let start = Time(gather.now.0.saturating_sub(WINDOW.0));
    for change in gather.world.api.store().recent() {
        if change.at < start {
            break;
        }
        if change.key.resource != "deployments.apps" || change.key.namespace != gather.namespace {
            continue;
        }
        let Some(new) = &change.new else { continue };
        let Some(strip) = strips.get_mut(new.uid()) else { continue };
        let ago = gather.now.since(change.at).0 as f32 / 1000.0;
        let before = change.old.as_ref().map(|old| old.status::<DeploymentStatus>());
        let exist = before.and_then(|s| s.replicas).unwrap_or(0).max(0) as u32;
        let available = before.and_then(|s| s.available_replicas).unwrap_or(0).max(0) as u32;
        step(&mut strip.exist, ago, exist);
        step(&mut strip.available, ago, available);
        let spec_changed = change.old.as_ref().is_none_or(|old| !old.same_spec(new));
        if spec_changed && strip.changed.is_none() {
            strip.changed = Some(ago);
        }
    }
    for strip in strips.values_mut() {
        for series in [&mut strip.exist, &mut strip.available] {
            if let Some(last) = series.last_mut() {
                last.0 = 60.0;
            }
            series.reverse();
        }
    }
    strips
}

/// Going back in time: until `ago` the value was the one before.
fn step(series: &mut Vec<(f32, u32)>, ago: f32, before: u32) {
    if let Some(last) = series.last_mut()
        && last.1 != before
    {
        last.0 = ago;
        series.push((60.0, before));
    }
}

/// A number or a percentage of `whole`.
fn part(value: &IntOrString, whole: u32, up: bool) -> u32 {
    match value {
        IntOrString::Int(n) => (*n).max(0) as u32,
        IntOrString::String(text) => {
            let percent: u32 = text.trim_end_matches('%').parse().unwrap_or(0);
            if up { (whole * percent).div_ceil(100) } else { whole * percent / 100 }
        }
    }
}
