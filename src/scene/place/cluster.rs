//! The cluster lens: the control plane above, the waterline, the namespace's cards, the nodes below.

use super::slots::Grid;
use super::{Layout, Level, Note, cards, fleet, pods_by_node};
use crate::scene::item::{Scene, Thing};
use crate::scene::kit::control::{CELL, HEIGHT, tape_cells};
use crate::scene::kit::fleet::Cell;
use crate::scene::kit::{capsule, control, neatline, node, process, tray, waterline};
use crate::scene::measure;
use crate::scene::shape::{Point, Rect};
use crate::scene::view::Id;
use crate::scene::words;

/// Between the neatline and what stands inside it.
const PAD: f32 = 15.0;
const GUTTER: f32 = 14.0;

/// The bands of the chart.
struct Bands {
    control: Rect,
    api: Rect,
    brackets: Rect,
    tray: Rect,
    nodes: Rect,
}

fn bands(w: f32, h: f32, nodes: usize) -> Bands {
    let (x, right) = (neatline::MARGIN + PAD + 1.0, w - neatline::MARGIN - PAD - 1.0);
    let width = right - x;
    let (top, bottom) = (neatline::MARGIN + 12.0, h - neatline::MARGIN - 13.0);
    let tight = h < 650.0 || (nodes > 12 && h < 900.0);
    let control = Rect::new(x, top, width, if tight { control::COMPACT } else { control::HEIGHT });
    let api = Rect::new(x, control.bottom() + if tight { 8.0 } else { 11.0 }, width, waterline::HEIGHT);
    let share = match nodes {
        0..=4 => 0.385,
        5..=12 => 0.46,
        _ => 0.58,
    };
    let nodes_h = (h * share).max(170.0).min(bottom - api.bottom() - 40.0);
    let nodes = Rect::new(x, bottom - nodes_h, width, nodes_h);
    let tray = Rect::new(x + width * 0.34, nodes.y - tray::HEIGHT - 3.0, width * 0.66, tray::HEIGHT - 4.0);
    let brackets_y = api.bottom() + 20.0;
    let brackets = Rect::new(x, brackets_y, width, (tray.y - 6.0 - brackets_y).max(0.0));
    Bands { control, api, brackets, tray, nodes }
}

pub(super) fn place(scene: &Scene, layout: &mut Layout) {
    let count = scene.items.iter().filter(|item| matches!(item.thing, Thing::Node(_))).count();
    let bands = bands(layout.window.w, layout.window.h, count.max(scene.fleet.len()));
    for item in &scene.items {
        match &item.thing {
            Thing::Control(_) => layout.put(&item.id, bands.control, Level::Pod),
            Thing::Api(_) => layout.put(&item.id, bands.api, Level::Pod),
            Thing::Namespace { .. } => {
                layout.put(&item.id, bands.brackets, Level::Pod);
                layout.brackets = Some(bands.brackets);
            }
            _ => {}
        }
    }
    let inner =
        Rect::new(bands.brackets.x + 18.0, bands.brackets.y + 16.0, bands.brackets.w - 36.0, bands.brackets.h - 28.0);
    if inner.h >= 40.0 {
        cards::place(scene, inner, layout);
    }
    if !scene.fleet.is_empty() {
        fleet::place(scene.fleet.len(), bands.nodes, layout);
        let broken = scene.fleet.iter().filter(|(_, cell)| *cell == Cell::NotReady).count();
        let text = words::fleet(scene.view.lang, scene.fleet.len(), broken, scene.pods);
        layout.notes.push(Note { at: Point { x: bands.nodes.x, y: bands.nodes.y - 10.0 }, text, mono: false });
    } else {
        place_nodes(scene, bands.nodes, count, layout);
        place_tray(scene, bands.tray, layout);
    }
    let zoom = layout.size.w / layout.window.w;
    layout.scale(zoom);
    ends(scene, bands.control.times(zoom), bands.api.times(zoom), layout);
    processes(scene, layout);
}

/// What the processes of each node take, and the lane at its left that messages to and from them use.
fn processes(scene: &Scene, layout: &mut Layout) {
    for item in scene.items.iter().filter(|item| matches!(item.thing, Thing::Node(_))) {
        let Some(rect) = layout.spot(&item.id).map(|spot| spot.rect) else { continue };
        let level = node_level(rect);
        layout.put(&item.id, rect, level);
        place_processes(item.name.as_ref(), rect, rect.x - 7.0, level, layout);
    }
}

fn node_level(rect: Rect) -> Level {
    if rect.h < 70.0 || rect.w < 120.0 {
        Level::Rack
    } else if rect.h < 170.0 {
        Level::Node
    } else {
        Level::Pod
    }
}

/// The ends of messages in the control plane and outside.
fn ends(scene: &Scene, control: Rect, api: Rect, layout: &mut Layout) {
    let mid = api.y + api.h / 2.0;
    layout.ends.insert(Id::new("outside"), Point { x: 4.0, y: mid });
    let cells = tape_cells(control.w) as f32;
    let (x, y) = (control.x, control.y);
    if control.h < HEIGHT {
        for item in &scene.items {
            let Thing::Control(facts) = &item.thing else { continue };
            let bottom = control.bottom();
            let at = |share: f32| Point { x: x + control.w * share, y: bottom };
            layout.ends.insert(Id::process("etcd"), at(0.08));
            layout.ends.insert(Id::process("scheduler"), at(0.3));
            for dial in &facts.dials {
                layout.ends.insert(Id::process(dial.controller), at(0.62));
            }
        }
        return;
    }
    layout.ends.insert(Id::process("etcd"), Point { x: x + 12.0 + (cells - 0.5) * CELL, y: y + 95.0 });
    let sx = x + 12.0 + cells * CELL + 27.0;
    layout.ends.insert(Id::process("scheduler"), Point { x: sx + 40.0, y: y + 96.0 });
    for item in &scene.items {
        let Thing::Control(facts) = &item.thing else { continue };
        let first = sx + 172.0 + 24.0;
        let pitch = ((control.right() - 20.0 - first) / facts.dials.len().max(1) as f32).min(73.0);
        for (i, dial) in facts.dials.iter().enumerate() {
            let at = Point { x: first + i as f32 * pitch, y: y + 97.0 };
            layout.ends.insert(Id::process(dial.controller), at);
        }
    }
}

fn place_nodes(scene: &Scene, area: Rect, count: usize, layout: &mut Layout) {
    if count == 0 {
        return;
    }
    let per_row = match count {
        1..=4 => count,
        5..=12 => count.div_ceil(2),
        13..=24 => count.div_ceil(3),
        25..=48 => 12,
        _ => 16,
    };
    let rows = count.div_ceil(per_row);
    let gutter = if count > 12 { 8.0 } else { GUTTER };
    let w = (area.w - (per_row as f32 - 1.0) * gutter) / per_row as f32;
    let h = (area.h - (rows as f32 - 1.0) * gutter) / rows as f32;
    let pods = pods_by_node(scene);
    let idle = !scene.items.iter().any(|item| matches!(&item.thing, Thing::Pod(pod) if !pod.minor));
    let nodes = scene.items.iter().filter(|item| matches!(item.thing, Thing::Node(_)));
    for (i, item) in nodes.enumerate() {
        let x = area.x + (i % per_row) as f32 * (w + gutter);
        let y = area.y + (i / per_row) as f32 * (h + gutter);
        let rect = Rect::new(x, y, w, h);
        let level = node_level(rect);
        layout.put(&item.id, rect, level);
        let mine = pods.get(&item.id).map_or(&[][..], Vec::as_slice);
        let floor = place_system(scene, mine, rect, level, layout);
        place_tiles(scene, &item.id, mine, floor, layout);
        if idle && level == Level::Pod {
            let grid = Grid::of(floor, 0);
            layout.rooms.extend((0..grid.columns.min(grid.capacity())).map(|slot| grid.slot(floor, slot)));
        }
    }
}

/// Messages to and from a node's processes use the lane at its left.
fn place_processes(name: &str, rect: Rect, lane: f32, level: Level, layout: &mut Layout) {
    let at = Point { x: lane, y: rect.y + 4.0 };
    for process in ["kubelet", "kube-proxy", "containerd"] {
        layout.ends.insert(Id::on_node(process, name), at);
    }
    if level != Level::Pod {
        return;
    }
    let labels = ["kubelet", "kube-proxy", "containerd"];
    let mut x = rect.x + 10.0;
    for label in labels {
        let w = process::width(label, process::PILL);
        if x + w > rect.right() {
            return;
        }
        let pill = Rect::new(x, rect.bottom() - 34.0, w, process::PILL.height);
        layout.put(&Id::on_node(label, name), pill, Level::Pod);
        x += w + 6.0;
    }
}

/// Capsules of other namespaces along the foot of the node. Gives the floor that is left for tiles.
fn place_system(scene: &Scene, pods: &[usize], rect: Rect, level: Level, layout: &mut Layout) -> Rect {
    let header = match level {
        Level::Pod => node::HEADER + 11.0,
        Level::Node => node::HEADER + 5.0,
        _ => 18.0,
    };
    let pad = if level == Level::Rack { 5.0 } else { 12.0 };
    let mut floor = Rect::new(rect.x + pad, rect.y + header, rect.w - 2.0 * pad, rect.h - header - pad.min(8.0));
    if level != Level::Pod {
        return floor;
    }
    floor.h -= node::FOOTER - 2.0;
    let minor: Vec<usize> =
        pods.iter().copied().filter(|i| matches!(&scene.items[*i].thing, Thing::Pod(pod) if pod.minor)).collect();
    if minor.is_empty() {
        return floor;
    }
    let tiles = pods.len() - minor.len();
    let widths: Vec<f32> = minor
        .iter()
        .map(|i| match &scene.items[*i].thing {
            Thing::Pod(pod) => capsule::width(short(&pod.short)),
            _ => 0.0,
        })
        .collect();
    let keep = if tiles == 0 { 0.0 } else { 60.0 };
    let most = (((floor.h - keep - 22.0) / 28.0) as usize).clamp(1, 4);
    let lines = wrap(&widths, floor.w, most);
    let used = lines.iter().map(|(row, _)| row + 1).max().unwrap_or(1);
    let top = floor.bottom() - used as f32 * 28.0 + 2.0;
    for ((index, width), (row, x)) in minor.iter().zip(&widths).zip(&lines) {
        let slot = Rect::new(floor.x + x, top + *row as f32 * 28.0, width.min(floor.w), 24.0);
        layout.put(&scene.items[*index].id, slot, Level::Node);
    }
    let hidden = minor.len() - lines.len();
    let mut names: Vec<&str> =
        minor.iter().filter_map(|i| scene.items[*i].key.as_ref()).map(|key| &*key.namespace).collect();
    names.dedup();
    let first = names.first().copied().unwrap_or("");
    let caption = if names.iter().all(|name| *name == first) { first } else { "kube-system, other namespaces" };
    let text = if hidden > 0 { format!("{caption}, {}", words::more(scene.view.lang, hidden)) } else { caption.into() };
    layout.notes.push(Note { at: Point { x: floor.x + 2.0, y: top - 8.0 }, text, mono: true });
    floor.h = (top - 22.0 - floor.y).max(0.0);
    floor
}

/// The part of a system pod's name that a capsule shows.
fn short(name: &str) -> &str {
    measure::tail(name, 68.0, 10.0)
}

/// Line and x of as many widths as fit `most` lines.
fn wrap(widths: &[f32], room: f32, most: usize) -> Vec<(usize, f32)> {
    let (mut row, mut x) = (0, 0.0);
    let mut out = vec![];
    for w in widths {
        if x > 0.0 && x + w > room {
            row += 1;
            x = 0.0;
        }
        if row >= most {
            break;
        }
        out.push((row, x));
        x += w + 6.0;
    }
    out
}

fn place_tiles(scene: &Scene, node: &Id, pods: &[usize], floor: Rect, layout: &mut Layout) {
    let small = layout.spots.get(node).is_some_and(|spot| spot.level != Level::Pod);
    let tiles: Vec<(&Id, u64)> = pods
        .iter()
        .map(|i| &scene.items[*i])
        .filter(|item| small || matches!(&item.thing, Thing::Pod(pod) if !pod.minor))
        .map(|item| (&item.id, item.life))
        .collect();
    let mut memory = layout.memory.nodes.remove(node).unwrap_or_default();
    let grid = memory.settle(&tiles, floor);
    let level = Level::of(grid.w);
    let capacity = grid.capacity();
    let mut hidden = 0;
    for (id, _) in &tiles {
        let slot = memory.pods[*id].0;
        if slot >= capacity {
            hidden += 1;
        } else {
            layout.put(id, grid.slot(floor, slot), level);
        }
    }
    layout.memory.nodes.insert(node.clone(), memory);
    if hidden > 0 {
        let at = Point { x: floor.right() - 60.0, y: floor.y - 1.0 };
        layout.notes.push(Note { at, text: words::more(scene.view.lang, hidden), mono: false });
    }
}

/// Pods without a node wait in the tray, each at its place.
fn place_tray(scene: &Scene, area: Rect, layout: &mut Layout) {
    const PITCH: f32 = 148.0;
    let waiting: Vec<&Id> = scene
        .items
        .iter()
        .filter(|item| item.parent.as_ref().is_some_and(|id| id.as_str() == "tray"))
        .map(|item| &item.id)
        .collect();
    if waiting.is_empty() {
        return;
    }
    layout.tray = Some(area);
    let most = (((area.w - 90.0 - 80.0) / PITCH) as usize).max(1);
    let mut taken: Vec<usize> = waiting.iter().filter_map(|id| layout.memory.tray.get(*id).copied()).collect();
    let mut hidden = 0;
    for id in &waiting {
        let slot = match layout.memory.tray.get(*id) {
            Some(slot) => *slot,
            None => {
                let free = (0..).find(|n| !taken.contains(n)).expect("numbers do not end");
                taken.push(free);
                layout.memory.tray.insert((*id).clone(), free);
                free
            }
        };
        if slot >= most {
            hidden += 1;
            continue;
        }
        let x = area.x + 84.0 + slot as f32 * PITCH;
        let name = scene.item(id).map_or("", |item| match &item.thing {
            Thing::Pod(pod) => &pod.short,
            _ => "",
        });
        let w = capsule::width(name).min(PITCH - 10.0);
        layout.put(id, Rect::new(x, area.y + (area.h - 26.0) / 2.0, w, 26.0), Level::Node);
    }
    if hidden > 0 {
        let at = Point { x: area.right() - 72.0, y: area.y + area.h / 2.0 + 4.0 };
        layout.notes.push(Note { at, text: words::more(scene.view.lang, hidden), mono: false });
    }
}
