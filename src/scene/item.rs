//! What is on the chart: items with stable ids, wires between them, messages on their way. No coordinates.

use std::rc::Rc;

use super::glyphs::Glyph;
use super::kit::node::Meter;
use super::packet::Walk;
use super::state::{Door, Lamp, Pea, PodState, Slot};
use super::theme::Hue;
use super::view::{Id, Lens, View};
use crate::store::Key;
use crate::time::Time;

/// One thing on the chart.
#[derive(Clone, Debug)]
pub struct Item {
    pub id: Id,
    /// The thing it is inside of.
    pub parent: Option<Id>,
    /// Which life of that name this is; a recreated object is another thing.
    pub life: u64,
    /// The full name.
    pub name: Rc<str>,
    /// The state in words, for readers and search.
    pub state: String,
    /// The object it shows.
    pub key: Option<Key>,
    pub created: Time,
    pub trouble: bool,
    pub thing: Thing,
}

/// What kind of thing, with what its drawing needs.
#[derive(Clone, Debug)]
pub enum Thing {
    Control(Box<Control>),
    Api(Api),
    Namespace { leaving: bool },
    Node(Box<Node>),
    Pod(Box<Pod>),
    Workload(Box<Workload>),
    Service(Box<Service>),
    Record(Record),
}

/// The control plane.
#[derive(Clone, Debug, Default)]
pub struct Control {
    pub node: String,
    pub cells: Vec<super::kit::control::Cell>,
    pub queue: usize,
    pub last: String,
    pub dials: Vec<Dial>,
    pub lamps: [Lamp; 3],
}

/// A controller's sum over the cluster.
#[derive(Clone, Debug)]
pub struct Dial {
    pub name: &'static str,
    /// The controller's real name.
    pub controller: &'static str,
    pub glyph: &'static Glyph,
    pub seen: u32,
    pub wanted: u32,
}

/// The API server and its last request.
#[derive(Clone, Debug, Default)]
pub struct Api {
    pub lamp: Lamp,
    pub passed: usize,
    pub refused: bool,
    pub line: String,
    pub tail: String,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub sub: String,
    pub cpu: Option<Meter>,
    pub memory: Option<Meter>,
    pub ready: bool,
    pub cordoned: bool,
    pub pressure: String,
    pub taint: String,
    pub lamps: [Lamp; 3],
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    pub state: PodState,
    /// The part of the name that tells it from its siblings.
    pub short: Rc<str>,
    pub label: String,
    pub sub: String,
    pub right: String,
    /// UID of the owner, for the flag.
    pub owner: Option<Rc<str>>,
    pub peas: Vec<Pea>,
    pub door: Door,
    pub badge: Option<(String, Hue)>,
    pub share: f32,
    pub left: f32,
    /// Shown as a capsule: another namespace's.
    pub minor: bool,
    /// The containers from inside; only when the camera is near.
    pub walls: Vec<super::kit::container::Wall>,
    pub address: String,
}

/// Which column of the records a card stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// What the learner writes: Deployment, StatefulSet, Job.
    Workloads,
    /// What controllers write on its behalf: ReplicaSet, a CronJob's Jobs.
    Sets,
    Services,
    Others,
}

#[derive(Clone, Debug)]
pub struct Workload {
    pub kind: String,
    pub glyph: &'static Glyph,
    pub column: Column,
    /// The UID that its pods name as owner, for the flag.
    pub flagged: Option<Rc<str>>,
    pub slots: Vec<Slot>,
    pub gap: Option<(usize, Hue)>,
    pub figure: String,
    pub unit: String,
    pub image: [String; 2],
    pub note: String,
    pub note_hue: Option<Hue>,
    pub strip: Option<Strip>,
}

/// The last 60 s of a Deployment: seconds ago and value.
#[derive(Clone, Debug, Default)]
pub struct Strip {
    pub exist: Vec<(f32, u32)>,
    pub available: Vec<(f32, u32)>,
    pub max: u32,
    pub min: u32,
    pub changed: Option<f32>,
}

#[derive(Clone, Debug)]
pub struct Endpoint {
    pub address: String,
    pub pod: String,
    pub ready: bool,
    pub leaving: bool,
}

#[derive(Clone, Debug)]
pub struct Service {
    pub glyph: &'static Glyph,
    pub rows: Vec<(String, String)>,
    pub endpoints: Vec<Endpoint>,
    pub figure: String,
}

/// A plain card.
#[derive(Clone, Debug)]
pub struct Record {
    pub kind: String,
    pub glyph: &'static Glyph,
    pub rows: Vec<(String, String)>,
    pub hue: Option<Hue>,
}

/// A line between two things.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    pub kind: WireKind,
    pub from: Id,
    pub to: Id,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireKind {
    Owns,
    Selects,
    Uses,
}

/// Something on its way. Where it is at a moment follows from the times alone.
#[derive(Clone, Debug)]
pub struct Mover {
    pub id: u64,
    pub from: Id,
    pub to: Id,
    pub kind: MoverKind,
    /// What its chip says.
    pub label: String,
    pub departs: Time,
    pub lands: Time,
    /// On the thread.
    pub cause: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoverKind {
    Request,
    Response(u16),
    Watch(char),
    Beat,
    Image,
    Packet,
    Probe(bool),
}

/// Everything that is on the chart at a moment.
#[derive(Clone, Debug)]
pub struct Scene {
    pub now: Time,
    pub view: View,
    pub items: Vec<Item>,
    pub wires: Vec<Wire>,
    pub movers: Vec<Mover>,
    /// The stops of the thread, in order.
    pub thread: Vec<Id>,
    /// The namespace in front.
    pub namespace: Rc<str>,
    /// Owners of pods in order of creation: who gets the next flag.
    pub owners: Vec<Rc<str>>,
    pub walk: Option<Rc<Walk>>,
    /// Who spoke to whom, for the control plane lens.
    pub talk: Vec<super::item::Talk>,
    /// Something shown counts seconds, so the picture changes though nothing happens.
    pub ticks: bool,
    /// The same number means the same picture (movers aside).
    pub version: u64,
    /// Pods in the whole cluster.
    pub pods: usize,
    /// Thousands of nodes: one reading per node instead of items.
    pub fleet: Vec<(Id, super::kit::fleet::Cell)>,
}

/// One line of the sequence chart.
#[derive(Clone, Debug)]
pub struct Talk {
    pub from: Id,
    pub to: Id,
    pub kind: MoverKind,
    pub departs: Time,
    pub lands: Time,
    pub revision: Option<u64>,
    pub cause: bool,
}

impl Scene {
    pub fn lens(&self) -> Lens {
        self.view.lens
    }

    /// The item of that id.
    pub fn item(&self, id: &Id) -> Option<&Item> {
        self.items.iter().find(|item| item.id == *id)
    }
}
