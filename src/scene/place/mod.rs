//! Scene -> Layout: where everything stands. Pure and deterministic: the same scene, size and memory give the same
//! layout. What has a place keeps it: a pod its slot, a card its row, an owner its flag; the memory carries that from
//! layout to layout.
//!
//! Left out: hysteresis of the zoom levels (a level follows the width of a slot at once).

mod cards;
mod cluster;
mod fleet;
mod slots;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::item::{Scene, Thing};
use super::shape::{Point, Rect};
use super::view::{Id, Lens, Size};

pub use slots::NodeSlots;

/// How much detail a thing shows, by its width on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Fleet,
    Rack,
    Node,
    Pod,
    Container,
}

impl Level {
    /// The level of a pod slot `w` px wide.
    pub fn of(w: f32) -> Level {
        match w {
            w if w < 6.0 => Level::Fleet,
            w if w < 18.0 => Level::Rack,
            w if w < 110.0 => Level::Node,
            w if w < 300.0 => Level::Pod,
            _ => Level::Container,
        }
    }
}

/// Where one thing stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub rect: Rect,
    pub level: Level,
}

/// A note on the chart that is no thing: a caption, a count of what has no room.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub at: Point,
    pub text: String,
    pub mono: bool,
}

/// What layouts remember.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    pub nodes: BTreeMap<Id, NodeSlots>,
    /// Place of each card in its column.
    pub cards: BTreeMap<Id, usize>,
    /// Place of each pod in the tray.
    pub tray: BTreeMap<Id, usize>,
    /// Flag of each owner, by UID.
    pub flags: BTreeMap<Rc<str>, usize>,
    /// Plain records have had a column of their own.
    pub others: bool,
}

/// Where everything stands, in px of the zoomed chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The window.
    pub window: Size,
    /// The zoomed chart.
    pub size: Size,
    pub spots: BTreeMap<Id, Spot>,
    /// Ends of messages that are no things: processes of nodes, the outside.
    pub ends: BTreeMap<Id, Point>,
    pub notes: Vec<Note>,
    /// Empty rooms, drawn dashed while nothing runs.
    pub rooms: Vec<Rect>,
    pub tray: Option<Rect>,
    pub brackets: Option<Rect>,
    /// Cells of the fleet: side and top left corner of each, in the order of the scene.
    pub cells: (f32, Vec<Point>),
    pub memory: Memory,
}

impl Layout {
    pub(super) fn empty(window: Size, size: Size, memory: Memory) -> Layout {
        Layout {
            window,
            size,
            spots: BTreeMap::new(),
            ends: BTreeMap::new(),
            notes: vec![],
            rooms: vec![],
            tray: None,
            brackets: None,
            cells: (0.0, vec![]),
            memory,
        }
    }

    pub fn spot(&self, id: &Id) -> Option<&Spot> {
        self.spots.get(id)
    }

    /// Every place times the zoom: detail is added inside the same outlines.
    fn scale(&mut self, zoom: f32) {
        if zoom == 1.0 {
            return;
        }
        for (id, spot) in &mut self.spots {
            spot.rect = spot.rect.times(zoom);
            if id.as_str().starts_with("pods/") {
                spot.level = Level::of(spot.rect.w);
            }
        }
        for rect in self.rooms.iter_mut().chain(&mut self.tray).chain(&mut self.brackets) {
            *rect = rect.times(zoom);
        }
        for note in &mut self.notes {
            note.at = Point { x: note.at.x * zoom, y: note.at.y * zoom };
        }
        self.cells.0 *= zoom;
        for cell in &mut self.cells.1 {
            *cell = Point { x: cell.x * zoom, y: cell.y * zoom };
        }
    }

    pub(super) fn put(&mut self, id: &Id, rect: Rect, level: Level) {
        self.spots.insert(id.clone(), Spot { rect, level });
    }
}

/// Where everything of the scene stands in a window of that size.
pub fn place(scene: &Scene, window: Size, memory: &Memory) -> Layout {
    let zoom = scene.view.camera.zoom.clamp(0.25, 8.0);
    let size = Size { w: window.w * zoom, h: window.h * zoom };
    let mut memory = memory.clone();
    give_flags(scene, &mut memory);
    let mut layout = Layout::empty(window, size, memory);
    match scene.view.lens {
        Lens::Cluster => cluster::place(scene, &mut layout),
        _ => layout.size = window,
    }
    forget(scene, &mut layout.memory);
    layout
}

/// Flags in order of creation; an owner keeps its own.
fn give_flags(scene: &Scene, memory: &mut Memory) {
    let mut next = memory.flags.values().max().map_or(0, |last| last + 1);
    for owner in &scene.owners {
        if !memory.flags.contains_key(owner) {
            memory.flags.insert(owner.clone(), next);
            next += 1;
        }
    }
}

/// Drops what is remembered of things that are gone, so that their places are free.
fn forget(scene: &Scene, memory: &mut Memory) {
    if scene.view.lens != Lens::Cluster {
        return;
    }
    let ids: std::collections::BTreeSet<&Id> = scene.items.iter().map(|item| &item.id).collect();
    memory.nodes.retain(|id, _| ids.contains(id));
    memory.cards.retain(|id, _| ids.contains(id));
    memory.tray.retain(|id, _| ids.contains(id));
    if memory.flags.len() > 4096 {
        memory.flags.retain(|uid, _| scene.owners.contains(uid));
    }
}

/// Which tiles a node holds, in the order of the scene.
pub(super) fn pods_by_node(scene: &Scene) -> BTreeMap<&Id, Vec<usize>> {
    let mut map: BTreeMap<&Id, Vec<usize>> = BTreeMap::new();
    for (index, item) in scene.items.iter().enumerate() {
        if let (Thing::Pod(_), Some(parent)) = (&item.thing, &item.parent) {
            map.entry(parent).or_default().push(index);
        }
    }
    map
}
