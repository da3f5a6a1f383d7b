//! Which thing is under a point, which stands next to it, and where a grid reference lies.

use super::item::{Scene, Thing};
use super::kit::neatline;
use super::place::Layout;
use super::shape::{Point, Rect};
use super::view::{Camera, Id};

/// An arrow key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Left,
    Right,
    Up,
    Down,
}

/// The innermost thing at a point of the window.
pub fn at(layout: &Layout, camera: Camera, point: Point) -> Option<Id> {
    let p = Point { x: point.x + camera.x, y: point.y + camera.y };
    let (side, cells) = &layout.cells;
    if cells.iter().any(|c| p.x >= c.x && p.x <= c.x + side && p.y >= c.y && p.y <= c.y + side) {
        return None;
    }
    let inside = layout.spots.iter().filter(|(_, spot)| spot.rect.contains(p));
    inside.min_by(|a, b| area(a.1.rect).total_cmp(&area(b.1.rect))).map(|(id, _)| id.clone())
}

/// The node of a fleet whose cell is at a point.
pub fn cell_at(scene: &Scene, layout: &Layout, camera: Camera, point: Point) -> Option<Id> {
    let p = Point { x: point.x + camera.x, y: point.y + camera.y };
    let (side, cells) = &layout.cells;
    let index = cells.iter().position(|c| p.x >= c.x && p.x <= c.x + side && p.y >= c.y && p.y <= c.y + side)?;
    scene.fleet.get(index).map(|(id, _)| id.clone())
}

fn area(rect: Rect) -> f32 {
    rect.w * rect.h
}

/// Where a thing stands in the window.
pub fn rect_of(layout: &Layout, camera: Camera, id: &Id) -> Option<Rect> {
    let rect = layout.spot(id)?.rect;
    Some(Rect { x: rect.x - camera.x, y: rect.y - camera.y, ..rect })
}

/// The nearest thing in a direction: within the same place first, then anywhere.
pub fn next(scene: &Scene, layout: &Layout, from: &Id, way: Way) -> Option<Id> {
    let start = layout.spot(from)?.rect;
    let parent = scene.item(from).and_then(|item| item.parent.clone());
    let same = |id: &Id| scene.item(id).is_some_and(|item| item.parent == parent && parent.is_some());
    let within = nearest(layout, from, start, way, &same);
    within.or_else(|| nearest(layout, from, start, way, &|id| Some(id) != parent.as_ref()))
}

fn nearest(layout: &Layout, from: &Id, start: Rect, way: Way, wanted: &dyn Fn(&Id) -> bool) -> Option<Id> {
    let a = start.center();
    let mut best: Option<(f32, &Id)> = None;
    for (id, spot) in &layout.spots {
        if id == from || !wanted(id) {
            continue;
        }
        let b = spot.rect.center();
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let (along, across) = match way {
            Way::Left => (-dx, dy),
            Way::Right => (dx, dy),
            Way::Up => (-dy, dx),
            Way::Down => (dy, dx),
        };
        if along < 4.0 {
            continue;
        }
        let far = along + across.abs() * 2.5;
        if best.is_none_or(|(least, _)| far < least) {
            best = Some((far, id));
        }
    }
    best.map(|(_, id)| id.clone())
}

/// Out: the place that holds a thing.
pub fn parent(scene: &Scene, id: &Id) -> Option<Id> {
    scene.item(id)?.parent.clone()
}

/// In: the first thing that a place holds.
pub fn child(scene: &Scene, id: &Id) -> Option<Id> {
    scene.items.iter().find(|item| item.parent.as_ref() == Some(id)).map(|item| item.id.clone())
}

/// The next thing in trouble after `from`, going round; backwards when `back`.
pub fn next_trouble(scene: &Scene, from: Option<&Id>, back: bool) -> Option<Id> {
    let troubled: Vec<&Id> = scene
        .items
        .iter()
        .filter(|item| item.trouble && !matches!(item.thing, Thing::Namespace { .. }))
        .map(|item| &item.id)
        .collect();
    let count = troubled.len();
    let here = from.and_then(|id| troubled.iter().position(|t| *t == id));
    let index = match (here, back) {
        _ if count == 0 => return None,
        (None, false) => 0,
        (None, true) => count - 1,
        (Some(i), false) => (i + 1) % count,
        (Some(i), true) => (i + count - 1) % count,
    };
    Some(troubled[index].clone())
}

/// The stop of the thread after `from`, going round.
pub fn next_stop(scene: &Scene, from: Option<&Id>) -> Option<Id> {
    let here = from.and_then(|id| scene.thread.iter().position(|stop| stop == id));
    let index = here.map_or(0, |i| (i + 1) % scene.thread.len().max(1));
    scene.thread.get(index).cloned()
}

/// The cell of a reference such as `C3`.
pub fn reference(layout: &Layout, text: &str) -> Option<Rect> {
    let mut chars = text.trim().chars();
    let column = chars.next()?.to_ascii_uppercase() as usize;
    let column = column.checked_sub('A' as usize).filter(|c| *c < neatline::COLUMNS)?;
    let row = chars.as_str().parse::<usize>().ok()?.checked_sub(1).filter(|r| *r < neatline::ROWS)?;
    Some(neatline::cell(layout.window.w, layout.window.h, column, row))
}
