//! The part of the build that makes the control plane: etcd's tape, the scheduler, the controllers' sums, the last
//! request at the API server.

use k8s_openapi::api::apps::v1::{
    DaemonSetStatus, DeploymentSpec, DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus, StatefulSetStatus,
};
use k8s_openapi::api::batch::v1::{JobSpec, JobStatus};
use k8s_openapi::api::core::v1::{PodSpec, ReplicationControllerStatus};

use super::build::Gather;
use super::build_records::glyph_of;
use super::glyphs;
use super::item::{Api, Control, Dial, Item, Scene, Thing};
use super::kit::control::Cell;
use super::pod_state;
use super::state::{Door, Lamp};
use super::view::Id;
use crate::api::{KindRef, Object, kinds};
use crate::control::{FactId, What};
use crate::net::Place;
use crate::time::Time;

/// Revisions that the tape may show.
const CELLS: usize = 16;
/// How many dials the control plane has room for.
const ROOM: usize = 6;
/// How long a revision is new, in ms.
const FRESH: u64 = 1200;

pub(super) fn control_plane(gather: &Gather<'_>, scene: &mut Scene) {
    let node = gather.world.machines.nodes.values().find(|machine| machine.control_plane);
    let lamp = |name: &str| if gather.world.faults.runs(name) { Lamp::Lit } else { Lamp::Stopped };
    let waiting = gather.read.list(kinds::POD, None).filter(|pod| pod.spec::<PodSpec>().node_name.is_none());
    let control = Control {
        node: node.map_or(String::new(), |machine| machine.name.to_string()),
        cells: cells(gather),
        queue: waiting.count(),
        last: last_placement(gather),
        dials: dials(gather),
        lamps: [lamp("etcd"), lamp("kube-scheduler"), lamp("kube-controller-manager")],
    };
    scene.ticks |= control.cells.iter().any(|cell| cell.fresh);
    let revision = gather.world.api.revision().0;
    scene.items.push(item(
        "place/control-plane",
        None,
        "control plane",
        String::new(),
        Thing::Control(Box::new(control)),
    ));
    let server = lamp("kube-apiserver");
    let api = last_request(gather, server);
    scene.items.push(item(
        "process/kube-apiserver",
        None,
        "kube-apiserver",
        if server == Lamp::Lit { format!("revision {revision}") } else { "stopped".into() },
        Thing::Api(api),
    ));
}

fn item(id: &str, parent: Option<Id>, name: &str, state: String, thing: Thing) -> Item {
    let id = Id::new(id);
    Item { id, parent, life: 0, name: name.into(), state, key: None, created: Time::ZERO, trouble: false, thing }
}

/// The newest revisions, oldest first, without leases and heartbeats.
fn cells(gather: &Gather<'_>) -> Vec<Cell> {
    let journal = &gather.world.journal;
    let mut cells: Vec<Cell> = gather
        .world
        .api
        .store()
        .recent()
        .take(400)
        .filter(|change| crate::world::is_news(change))
        .take(CELLS)
        .map(|change| Cell {
            glyph: change.new.as_ref().or(change.old.as_ref()).map_or(&glyphs::CRD, |o| glyph_of(o.kind.names().kind)),
            letter: match (&change.old, &change.new) {
                (None, _) => 'A',
                (_, None) => 'D',
                _ => 'M',
            },
            revision: change.revision.0,
            fresh: gather.now.since(change.at).0 < FRESH,
            cause: gather.view.thread.is_some_and(|root| journal.root(FactId(change.cause)) == root),
        })
        .collect();
    let mut newest = true;
    for cell in &mut cells {
        cell.fresh &= newest;
        newest = false;
    }
    cells.reverse();
    cells
}

/// `x2vqp \u{2192} node02`.
fn last_placement(gather: &Gather<'_>) -> String {
    let placed = gather.world.journal.recent().take(2000).find_map(|fact| match (&fact.who, &fact.what) {
        (Place::Scheduler, What::Write { verb: "POST", key, .. }) if key.resource == "pods" => gather.read.by_key(key),
        _ => None,
    });
    let Some(pod) = placed else { return String::new() };
    let node = pod.spec::<PodSpec>().node_name.as_deref().unwrap_or("");
    if node.is_empty() { String::new() } else { format!("{} \u{2192} {node}", pod_state::short_name(pod)) }
}

fn last_request(gather: &Gather<'_>, lamp: Lamp) -> Api {
    let quiet = |resource: &str| matches!(resource, "leases.coordination.k8s.io" | "events" | "events.events.k8s.io");
    for fact in gather.world.journal.recent().take(400) {
        match &fact.what {
            What::Write { verb, key, revision, letter } if !quiet(key.resource) => {
                let code = if *letter == 'A' { 201 } else { 200 };
                let tail = format!("{code}   rev {}", revision.0);
                return Api { lamp, passed: 4, refused: false, line: line(verb, key), tail };
            }
            What::Refused { verb, key, code } if !quiet(key.resource) => {
                let passed = match code {
                    401 => 0,
                    403 => 1,
                    _ => 3,
                };
                return Api { lamp, passed, refused: true, line: line(verb, key), tail: code.to_string() };
            }
            _ => {}
        }
    }
    Api { lamp, ..Api::default() }
}

/// `PATCH pods/web-7c9f4d6b5-x2vqp`.
pub(super) fn line(verb: &str, key: &crate::store::Key) -> String {
    let plural = key.resource.split('.').next().unwrap_or(key.resource);
    format!("{verb} {plural}/{}", key.name)
}

/// What each controller has seen of what is wanted, over the whole cluster.
fn dials(gather: &Gather<'_>) -> Vec<Dial> {
    let sum = |kind: KindRef, of: &dyn Fn(&Object) -> (i32, i32)| {
        let pairs = gather.read.list(kind, None).map(of);
        pairs.fold((0, 0), |(a, b), (seen, wanted)| (a + seen.min(wanted).max(0) as u32, b + wanted.max(0) as u32))
    };
    let deployments = sum(kinds::DEPLOYMENT, &|o| {
        let wanted = o.spec::<DeploymentSpec>().replicas.unwrap_or(1);
        (o.status::<DeploymentStatus>().available_replicas.unwrap_or(0), wanted)
    });
    let sets = sum(kinds::REPLICA_SET, &|o| {
        (o.status::<ReplicaSetStatus>().replicas, o.spec::<ReplicaSetSpec>().replicas.unwrap_or(1))
    });
    let nodes = sum(kinds::NODE, &|o| (i32::from(crate::control::nodes::is_ready(o)), 1));
    let daemons = sum(kinds::DAEMON_SET, &|o| {
        let status = o.status::<DaemonSetStatus>();
        (status.number_ready, status.desired_number_scheduled)
    });
    let doors = &gather.doors;
    let open = doors.values().filter(|door| **door == Door::Open).count() as u32;
    let jobs = kinds::find("jobs").map_or((0, 0), |kind| {
        sum(kind, &|o| {
            let Some(spec) = o.try_spec::<JobSpec>() else { return (0, 0) };
            let done = o.status::<JobStatus>().succeeded.unwrap_or(0);
            (done, spec.completions.or(spec.parallelism).unwrap_or(1))
        })
    });
    let stateful = sum(kinds::STATEFUL_SET, &|o| {
        (o.status::<StatefulSetStatus>().ready_replicas.unwrap_or(0), o.kind.replicas(o).unwrap_or(1))
    });
    let controllers = sum(kinds::REPLICATION_CONTROLLER, &|o| {
        (o.status::<ReplicationControllerStatus>().replicas, o.kind.replicas(o).unwrap_or(1))
    });
    let dial = |name, controller, kind: &str, (seen, wanted): (u32, u32)| Dial {
        name,
        controller,
        glyph: glyph_of(kind),
        seen,
        wanted,
    };
    let mut dials = vec![
        dial("Deployment", "deployment-controller", "Deployment", deployments),
        dial("ReplicaSet", "replicaset-controller", "ReplicaSet", sets),
        dial("EndpointSlice", "endpointslice-controller", "EndpointSlice", (open, doors.len() as u32)),
        dial("Node", "node-lifecycle-controller", "Node", nodes),
    ];
    // There is room for two more: those of the kinds that are in use.
    let mut rest = vec![
        dial("StatefulSet", "statefulset-controller", "StatefulSet", stateful),
        dial("RC", "replication-controller", "ReplicationController", controllers),
        dial("Job", "job-controller", "Job", jobs),
        dial("DaemonSet", "daemonset-controller", "DaemonSet", daemons),
    ];
    rest.sort_by_key(|dial| (dial.wanted == 0, dial.wanted == 0 && dial.name != "Job"));
    rest.truncate(ROOM.saturating_sub(dials.len()));
    rest.sort_by_key(|dial| dial.name);
    dials.extend(rest);
    dials
}
