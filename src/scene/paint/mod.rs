//! Items at their places -> shapes. Order: frame, places, lines, records and processes, pods, messages, thread, rings,
//! chips; names and chips are never under a line.

mod control_plane;
mod items;
mod movers;
mod network;
mod sequence;
mod wires;

use std::collections::BTreeMap;

use super::item::{Item, Scene, Thing};
use super::kit::{fleet, neatline, place, ring, tray};
use super::place::{Layout, Level};
use super::shape::{Pen, Rect, Shape, mono, sans};
use super::theme::Ink;
use super::view::{Id, Lens};
use super::words::{Word, word};

pub use movers::flight;

/// Where a thing is drawn now, and how much of it is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    pub rect: Rect,
    pub level: Level,
    pub opacity: f32,
    /// How far the gap line of a card is drawn.
    pub open: f32,
}

/// What the painters draw from.
pub struct Easel<'a> {
    pub scene: &'a Scene,
    pub layout: &'a Layout,
    pub poses: &'a BTreeMap<Id, Pose>,
    /// Things that are gone and still fading.
    pub ghosts: &'a [(Item, Pose)],
    /// Tiles that were in another state a moment ago: the old tile, and how much of it is left.
    pub fading: &'a BTreeMap<Id, (super::item::Pod, f32)>,
}

impl Easel<'_> {
    pub(super) fn pose(&self, id: &Id) -> Option<Pose> {
        self.poses.get(id).copied()
    }
}

/// The whole picture.
pub fn draw(easel: &Easel<'_>) -> Vec<Shape> {
    let mut pen = Pen::new();
    let window = easel.layout.window;
    neatline::draw(&mut pen, window.w, window.h, easel.scene.view.past, None);
    match easel.scene.view.lens {
        Lens::Cluster => {
            let camera = easel.scene.view.camera;
            if camera.zoom == 1.0 && camera.x == 0.0 && camera.y == 0.0 {
                draw_cluster(&mut pen, easel);
            } else {
                let frame = Rect::new(0.0, 0.0, window.w, window.h).grow(-neatline::MARGIN);
                pen.clip(frame, |pen| pen.group(-camera.x, -camera.y, 0.0, 1.0, |pen| draw_cluster(pen, easel)));
            }
        }
        Lens::Network => network::draw(&mut pen, easel),
        Lens::ControlPlane => control_plane::draw(&mut pen, easel),
        _ => draw_message(&mut pen, easel, Word::NotDrawn, Word::NotDrawnHint),
    }
    pen.shapes
}

/// A sentence in the middle of an empty chart.
fn draw_message(pen: &mut Pen, easel: &Easel<'_>, title: Word, hint: Word) {
    let (window, lang) = (easel.layout.window, easel.scene.view.lang);
    let (x, y) = (window.w / 2.0, window.h / 2.0);
    pen.text(x, y - 8.0, word(lang, title), sans(17.0).weight(600).middle());
    pen.text(x, y + 16.0, word(lang, hint), sans(13.0).ink(Ink::Ink2).middle());
}

fn draw_cluster(pen: &mut Pen, easel: &Easel<'_>) {
    let (scene, lang) = (easel.scene, easel.scene.view.lang);
    for item in &scene.items {
        if matches!(item.thing, Thing::Node(_) | Thing::Control(_)) {
            draw_item(pen, easel, item);
        }
    }
    let (side, cells) = &easel.layout.cells;
    for ((_, cell), at) in scene.fleet.iter().zip(cells) {
        fleet::draw(pen, at.x, at.y, *side, *cell);
    }
    if let Some(rect) = easel.layout.brackets {
        let leaving = scene.items.iter().any(|item| matches!(item.thing, Thing::Namespace { leaving: true }));
        place::draw_brackets(pen, rect, word(lang, Word::Namespace), &scene.namespace, leaving);
    }
    if let Some(rect) = easel.layout.tray {
        tray::draw(pen, rect, word(lang, Word::Pending), "");
    }
    for room in &easel.layout.rooms {
        tray::draw_room(pen, *room);
    }
    draw_empty(pen, easel);
    wires::draw(pen, easel);
    for item in &scene.items {
        if matches!(item.thing, Thing::Api(_) | Thing::Workload(_) | Thing::Service(_) | Thing::Record(_)) {
            draw_item(pen, easel, item);
        }
    }
    for note in &easel.layout.notes {
        let font = if note.mono { mono(10.5) } else { sans(11.0) };
        pen.text(note.at.x, note.at.y, note.text.clone(), font.ink(Ink::Ink3));
    }
    for item in &scene.items {
        if matches!(item.thing, Thing::Pod(_)) {
            draw_item(pen, easel, item);
        }
    }
    for (item, pose) in easel.ghosts {
        pen.group(0.0, 0.0, 0.0, pose.opacity, |pen| items::draw(pen, easel, item, pose));
    }
    wires::draw_thread(pen, easel);
    movers::draw(pen, easel);
    draw_rings(pen, easel);
}

fn draw_item(pen: &mut Pen, easel: &Easel<'_>, item: &Item) {
    let Some(pose) = easel.pose(&item.id) else { return };
    if pose.opacity >= 0.999 {
        items::draw(pen, easel, item, &pose);
    } else {
        pen.group(0.0, 0.0, 0.0, pose.opacity, |pen| items::draw(pen, easel, item, &pose));
    }
}

/// One sentence and one command while nothing of the learner's exists.
fn draw_empty(pen: &mut Pen, easel: &Easel<'_>) {
    let busy = easel.scene.items.iter().any(|item| match &item.thing {
        Thing::Pod(pod) => !pod.minor,
        Thing::Workload(_) | Thing::Service(_) | Thing::Record(_) => true,
        _ => false,
    });
    let Some(rect) = easel.layout.brackets.filter(|rect| !busy && rect.h > 60.0) else { return };
    let lang = easel.scene.view.lang;
    let middle = rect.center();
    pen.text(middle.x, middle.y - 6.0, word(lang, Word::NothingRuns), sans(17.0).weight(600).middle());
    pen.text(middle.x, middle.y + 18.0, word(lang, Word::NothingRunsHint), sans(12.0).ink(Ink::Ink2).middle());
}

/// Rings around what is pointed at, selected, focused or on the thread.
fn draw_rings(pen: &mut Pen, easel: &Easel<'_>) {
    let view = &easel.scene.view;
    let radius = |rect: Rect| if rect.h < 26.0 { 9.0 } else { 13.0_f32.min(rect.h * 0.28) };
    let corner = |id: &Id, rect: Rect| if id.as_str().starts_with("pods/") { radius(rect) } else { 4.0 };
    for id in &easel.scene.thread {
        if let Some(pose) = easel.pose(id).filter(|_| id.as_str().starts_with("pods/")) {
            ring::cause(pen, pose.rect, radius(pose.rect));
        }
    }
    if let Some((id, pose)) = view.hovered.as_ref().and_then(|id| Some((id, easel.pose(id)?))) {
        ring::hover(pen, pose.rect, corner(id, pose.rect));
    }
    if let Some((id, pose)) = view.selected.as_ref().and_then(|id| Some((id, easel.pose(id)?))) {
        ring::selected(pen, pose.rect, corner(id, pose.rect));
    }
    if let Some((id, pose)) = view.focused.as_ref().and_then(|id| Some((id, easel.pose(id)?))) {
        ring::focus(pen, pose.rect, corner(id, pose.rect));
    }
}
