//! World -> Scene: what is on the chart, without coordinates. Reads the world and cannot change it.
//!
//! Left out: lenses other than Cluster, Control plane and Network.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use k8s_openapi::api::core::v1::{PodSpec, PodStatus};
use k8s_openapi::api::discovery::v1::EndpointSlice;

use super::item::{Item, Scene, Thing, Wire, WireKind};
use super::packet::Walk;
use super::pod_state::{self, Around};
use super::state::Door;
use super::view::{Id, View};
use super::{build_control, build_movers, build_nodes, build_records};
use crate::api::{Object, Reader, kinds};
use crate::control::Note;
use crate::time::Time;
use crate::world::World;

/// More nodes than this are drawn as a fleet of cells.
pub const FLEET: usize = 96;
/// Items beyond this many pods are counted, not listed.
const MOST_PODS: usize = 12_000;

/// What several parts of the build need to know, gathered in one pass.
pub(super) struct Gather<'a> {
    pub world: &'a World,
    pub view: &'a View,
    pub now: Time,
    pub read: Reader<'a>,
    pub namespace: Rc<str>,
    /// The door of each selected pod: namespace and name.
    pub doors: BTreeMap<(&'a str, &'a str), Door>,
    /// Nodes whose kubelet is silent, and since when.
    pub silent: BTreeMap<&'a str, Time>,
    /// Images being pulled: node and image, with the share that has come.
    pub pulls: BTreeMap<(Rc<str>, Rc<str>), f32>,
}

/// What is on the chart at `now`.
pub fn build(world: &World, view: &View, now: Time) -> Scene {
    let gather = Gather::new(world, view, now);
    let mut scene = Scene {
        now,
        view: view.clone(),
        items: vec![],
        wires: vec![],
        movers: vec![],
        thread: vec![],
        namespace: gather.namespace.clone(),
        owners: vec![],
        walk: view.path.clone(),
        talk: vec![],
        ticks: false,
        version: 0,
        pods: gather.read.list(kinds::POD, None).count(),
        fleet: vec![],
    };
    build_control::control_plane(&gather, &mut scene);
    build_nodes::nodes(&gather, &mut scene);
    if scene.fleet.is_empty() {
        build_nodes::pods(&gather, &mut scene, MOST_PODS);
    }
    build_records::records(&gather, &mut scene);
    scene.owners = build_records::owners(&gather);
    build_movers::movers(&gather, &mut scene);
    build_movers::thread(&gather, &mut scene);
    wires(&gather, &mut scene);
    if scene.walk.is_none() && view.lens == super::view::Lens::Network {
        let newest = world.journal.walks().rev().find(|walked| walked.at <= now);
        scene.walk = newest.map(|walked| Rc::new(Walk::of(&walked.path, &walked.title, world, view.lang)));
    }
    scene.version = stamp(world, view, now, Some(&scene));
    scene
}

/// Brings a scene to another moment at which only its messages differ: the cheap half of [`build`].
pub fn refresh(scene: &mut Scene, world: &World, view: &View, now: Time) {
    scene.now = now;
    scene.view.fraction = view.fraction;
    scene.movers.clear();
    scene.talk.clear();
    build_movers::movers(&Gather::bare(world, view, now), scene);
}

/// A number that stays the same while nothing to be drawn changes, so that an idle frame costs nothing. Pass the last
/// scene: it knows whether something counts seconds. Messages in flight are not part of it; see [`Scene::movers`].
pub fn stamp(world: &World, view: &View, now: Time, last: Option<&Scene>) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.api.revision().0.hash(&mut hasher);
    world.journal.last().0.hash(&mut hasher);
    world.journal.walks().next_back().map(|walked| Rc::as_ptr(walked).addr()).hash(&mut hasher);
    let looks = (view.lens as u8, view.lang as u8, &view.namespace, &view.selected, &view.hovered, &view.focused);
    looks.hash(&mut hasher);
    let camera = [view.camera.zoom, view.camera.x, view.camera.y, view.speed];
    camera.map(f32::to_bits).hash(&mut hasher);
    (view.thread, view.reduced_motion, view.past, view.path.as_ref().map(Rc::as_ptr).map(<*const _>::addr))
        .hash(&mut hasher);
    if last.is_none_or(|scene| scene.ticks) {
        (now.0 / 1000).hash(&mut hasher);
    }
    hasher.finish()
}

impl<'a> Gather<'a> {
    fn new(world: &'a World, view: &'a View, now: Time) -> Gather<'a> {
        let mut gather = Gather::bare(world, view, now);
        let read = gather.read;
        gather.namespace = view.namespace.clone().unwrap_or_else(|| choose_namespace(read));
        gather.doors = doors(read);
        for node in read.list(kinds::NODE, None) {
            let ready = crate::control::nodes::condition(node, "Ready");
            if let Some(condition) = ready.filter(|c| c.status == "Unknown") {
                let beat = condition.last_heartbeat_time.as_ref().or(condition.last_transition_time.as_ref());
                gather.silent.insert(node.name(), beat.map_or(now, |t| Time::of(t.0)));
            }
        }
        for message in world.journal.messages().rev().take(600) {
            if let Note::Image(image) = &message.note
                && message.departs <= now
                && now < message.lands
                && let crate::net::Place::Runtime(node)
                | crate::net::Place::Node(node)
                | crate::net::Place::Kubelet(node) = &message.to
            {
                let whole = message.lands.since(message.departs).0.max(1) as f32;
                let share = now.since(message.departs).0 as f32 / whole;
                gather.pulls.insert((node.clone(), image.clone()), share);
            }
        }
        gather
    }

    /// Only what the messages need.
    fn bare(world: &'a World, view: &'a View, now: Time) -> Gather<'a> {
        Gather {
            world,
            view,
            now,
            read: world.reader(),
            namespace: "".into(),
            doors: BTreeMap::new(),
            silent: BTreeMap::new(),
            pulls: BTreeMap::new(),
        }
    }

    /// The tile of a pod.
    pub fn pod(&self, pod: &Object) -> super::item::Pod {
        let spec = pod.spec::<PodSpec>();
        let node = spec.node_name.as_deref().unwrap_or("");
        let pulling = if self.pulls.is_empty() { None } else { self.pulling(spec, node) };
        let unfit = if node.is_empty() { unfit(pod) } else { String::new() };
        let around = Around {
            now: self.now,
            lang: self.view.lang,
            silent: self.silent.get(node).copied(),
            pulling,
            door: self.doors.get(&(pod.namespace(), pod.name())).copied().unwrap_or_default(),
            unfit: &unfit,
        };
        pod_state::derive(pod, &around)
    }

    fn pulling(&self, spec: &PodSpec, node: &str) -> Option<f32> {
        let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
        let images: Vec<&str> = all.filter_map(|c| c.image.as_deref()).collect();
        let found = self.pulls.iter().find(|((on, image), _)| {
            &**on == node && images.iter().any(|own| **image == **own || image.ends_with(*own))
        });
        found.map(|(_, share)| *share)
    }
}

/// `0/3 fit`, from the scheduler's own words.
fn unfit(pod: &Object) -> String {
    let status = pod.status::<PodStatus>();
    let message = status.conditions.iter().flatten().find(|c| c.type_ == "PodScheduled" && c.status == "False");
    let message = message.and_then(|c| c.message.as_deref()).unwrap_or("");
    match message.split_once(" nodes are available") {
        Some((count, _)) => format!("{count} fit"),
        None => String::new(),
    }
}

/// Namespaces that belong to the cluster itself.
pub(super) fn is_system(namespace: &str) -> bool {
    namespace.starts_with("kube-") || namespace == "local-path-storage"
}

/// `default` when it has anything of the learner's, else the newest other namespace that has, else `default`.
fn choose_namespace(read: Reader<'_>) -> Rc<str> {
    let workloads = kinds::ALL.iter().filter(|k| k.names().namespaced && (build_records::is_workload(k.names().kind)));
    let mut newest: Option<(Time, &str)> = None;
    for kind in workloads {
        for object in read.list(*kind, None).filter(|o| !is_system(o.namespace())) {
            if object.namespace() == "default" {
                return "default".into();
            }
            if newest.is_none_or(|(at, _)| object.created() > at) {
                newest = Some((object.created(), object.namespace()));
            }
        }
    }
    newest.map_or("default", |(_, name)| name).into()
}

/// Which pods an EndpointSlice names, and whether they are ready.
fn doors<'a>(read: Reader<'a>) -> BTreeMap<(&'a str, &'a str), Door> {
    let mut doors = BTreeMap::new();
    for slice in read.list(kinds::ENDPOINT_SLICE, None) {
        let Some(body) = slice.try_spec::<EndpointSlice>() else { continue };
        for endpoint in body.endpoints.iter().flatten() {
            let Some(name) = endpoint.target_ref.as_ref().and_then(|target| target.name.as_deref()) else { continue };
            let ready = endpoint.conditions.as_ref().and_then(|c| c.ready).unwrap_or(true);
            let door = doors.entry((slice.namespace(), name)).or_insert(Door::Closed);
            if ready {
                *door = Door::Open;
            }
        }
    }
    doors
}

/// Ownership between cards; what the selected or hovered thing owns, selects or uses.
fn wires(gather: &Gather<'_>, scene: &mut Scene) {
    let cards: BTreeMap<&str, &Id> = scene
        .items
        .iter()
        .filter(|item| matches!(item.thing, Thing::Workload(_)))
        .filter_map(|item| Some((gather.read.by_key(item.key.as_ref()?)?.uid(), &item.id)))
        .collect();
    let mut wires = vec![];
    let near = [&gather.view.selected, &gather.view.hovered];
    let is_near = |id: &Id| near.iter().any(|n| n.as_ref() == Some(id));
    for item in &scene.items {
        let Some(object) = item.key.as_ref().and_then(|key| gather.read.by_key(key)) else { continue };
        match &item.thing {
            Thing::Workload(_) => {
                if let Some(owner) = object.controller().and_then(|owner| cards.get(owner.uid.as_str())) {
                    wires.push(Wire { kind: WireKind::Owns, from: (*owner).clone(), to: item.id.clone() });
                }
            }
            Thing::Pod(_) => {
                if let Some(owner) = object.controller().and_then(|owner| cards.get(owner.uid.as_str()))
                    && (is_near(owner) || is_near(&item.id))
                {
                    wires.push(Wire { kind: WireKind::Owns, from: (*owner).clone(), to: item.id.clone() });
                }
            }
            Thing::Service(_) if is_near(&item.id) => {
                let selector = object.spec::<k8s_openapi::api::core::v1::ServiceSpec>().selector.as_ref();
                let Some(selector) = selector.filter(|s| !s.is_empty()) else { continue };
                for pod in gather.read.list(kinds::POD, Some(object.namespace())) {
                    if selector.iter().all(|(k, v)| pod.labels().get(k) == Some(v)) {
                        let to = Id::pod(pod.namespace(), pod.name());
                        wires.push(Wire { kind: WireKind::Selects, from: item.id.clone(), to });
                    }
                }
            }
            Thing::Record(_) if is_near(&item.id) => {
                for pod in gather.read.list(kinds::POD, Some(object.namespace())) {
                    if uses(pod.spec::<PodSpec>(), object) {
                        let to = Id::pod(pod.namespace(), pod.name());
                        wires.push(Wire { kind: WireKind::Uses, from: item.id.clone(), to });
                    }
                }
            }
            _ => {}
        }
    }
    scene.wires = wires;
}

/// Whether a pod mounts a record, reads it into its environment or runs under it.
fn uses(spec: &PodSpec, record: &Object) -> bool {
    let name = record.name();
    let is = |other: &str| other == name;
    match record.kind.names().kind {
        "ConfigMap" => {
            let volumes = spec.volumes.iter().flatten().filter_map(|v| v.config_map.as_ref());
            volumes.into_iter().any(|v| is(&v.name))
                || spec.containers.iter().any(|c| {
                    let all = c.env_from.iter().flatten().filter_map(|e| e.config_map_ref.as_ref());
                    let one = c.env.iter().flatten().filter_map(|e| e.value_from.as_ref()?.config_map_key_ref.as_ref());
                    all.into_iter().any(|r| is(&r.name)) || one.into_iter().any(|r| is(&r.name))
                })
        }
        "Secret" => {
            let volumes = spec.volumes.iter().flatten().filter_map(|v| v.secret.as_ref()?.secret_name.as_deref());
            volumes.into_iter().any(is)
                || spec.containers.iter().any(|c| {
                    let all = c.env_from.iter().flatten().filter_map(|e| e.secret_ref.as_ref());
                    let one = c.env.iter().flatten().filter_map(|e| e.value_from.as_ref()?.secret_key_ref.as_ref());
                    all.into_iter().any(|r| is(&r.name)) || one.into_iter().any(|r| is(&r.name))
                })
        }
        "PersistentVolumeClaim" => {
            let claims = spec.volumes.iter().flatten().filter_map(|v| v.persistent_volume_claim.as_ref());
            claims.into_iter().any(|claim| is(&claim.claim_name))
        }
        "ServiceAccount" => spec.service_account_name.as_deref() == Some(name),
        _ => false,
    }
}

/// An item that shows an object.
pub(super) fn item_of(object: &Object, parent: Option<Id>, state: String, trouble: bool, thing: Thing) -> Item {
    let key = object.key();
    let mut hasher = DefaultHasher::new();
    object.uid().hash(&mut hasher);
    Item {
        id: Id::of(&key),
        parent,
        life: hasher.finish(),
        name: key.name.clone(),
        state,
        key: Some(key),
        created: object.created(),
        trouble,
        thing,
    }
}
