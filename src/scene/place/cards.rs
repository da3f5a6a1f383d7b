//! Where the cards of a namespace stand: workloads, what they own, Services and the rest, left to right.
//! Rows first, then columns side by side, then a count.

use super::{Layout, Level, Note};
use crate::scene::item::{Column, Item, Scene, Thing};
use crate::scene::kit::card::PLAIN;
use crate::scene::shape::{Point, Rect};
use crate::scene::view::Id;
use crate::scene::words;

const GAP: f32 = 10.0;
/// A card narrower than this says nothing.
const NARROW: f32 = 124.0;

/// Places the cards inside the brackets.
pub(super) fn place(scene: &Scene, area: Rect, layout: &mut Layout) {
    let of = |column: Column| -> Vec<&Item> {
        scene.items.iter().filter(|item| column_of(&item.thing) == Some(column)).collect()
    };
    let (works, sets, services, others) =
        (of(Column::Workloads), of(Column::Sets), of(Column::Services), of(Column::Others));
    layout.memory.others |= !others.is_empty();
    let third = area.w / 3.0;
    let gutter = (area.w * 0.028).clamp(16.0, 60.0);
    let left = Rect { w: third - gutter * 1.1, ..area };
    let middle = Rect { x: area.x + third + gutter * 0.8, w: third - gutter * 1.4, ..area };
    let right = Rect { x: area.x + 2.0 * third + gutter * 0.9, w: third - gutter * 0.9, ..area };
    column(scene, &works, left, 1, 210.0, layout);
    column(scene, &sets, middle, 2, 96.0, layout);
    if layout.memory.others {
        let narrow = (right.w * 0.33).max(96.0).min(right.w * 0.45);
        if services.is_empty() {
            column(scene, &others, right, 2, PLAIN, layout);
        } else if right.w < 250.0 {
            let both: Vec<&Item> = services.iter().chain(&others).copied().collect();
            column(scene, &both, right, 2, PLAIN, layout);
        } else {
            let first = Rect { w: right.w - narrow - 12.0, ..right };
            let last = Rect { x: first.right() + 12.0, w: narrow, ..right };
            column(scene, &services, first, 1, 210.0, layout);
            column(scene, &others, last, 2, PLAIN, layout);
        }
    } else {
        column(scene, &services, right, 1, 210.0, layout);
    }
}

fn column_of(thing: &Thing) -> Option<Column> {
    match thing {
        Thing::Workload(work) => Some(work.column),
        Thing::Service(_) => Some(Column::Services),
        Thing::Record(_) => Some(Column::Others),
        _ => None,
    }
}

/// Stacks cards in an area; `least` rows are always kept free, `tallest` is the most that a card is given.
fn column(scene: &Scene, items: &[&Item], area: Rect, least: usize, tallest: f32, layout: &mut Layout) {
    if items.is_empty() {
        return;
    }
    let slots = remember(items, &mut layout.memory.cards);
    let total = slots.iter().max().map_or(0, |most| most + 1).max(least);
    let most_rows = (((area.h + 6.0) / (PLAIN + 6.0)) as usize).max(1);
    let rows = total.min(most_rows);
    let gap = if rows > 2 { 6.0 } else { GAP };
    let most_columns = (((area.w + GAP) / (NARROW + GAP)) as usize).max(1);
    let columns = total.div_ceil(rows).min(most_columns);
    let capacity = rows * columns;
    let h = ((area.h - (rows as f32 - 1.0) * gap) / rows as f32).min(tallest);
    let w = (area.w - (columns as f32 - 1.0) * GAP) / columns as f32;
    let crowded = total > capacity;
    let mut hidden = 0;
    for (item, slot) in items.iter().zip(&slots) {
        if *slot >= capacity || (crowded && *slot + 1 == capacity) {
            hidden += 1;
            continue;
        }
        let rect = cell(area, *slot, rows, w, h, gap);
        layout.put(&item.id, rect, if rect.h < 50.0 { Level::Node } else { Level::Pod });
    }
    if hidden > 0 {
        let rect = cell(area, capacity - 1, rows, w, h, gap);
        let at = Point { x: rect.x + 12.0, y: rect.y + rect.h / 2.0 + 4.0 };
        layout.notes.push(Note { at, text: words::more(scene.view.lang, hidden), mono: false });
    }
}

fn cell(area: Rect, slot: usize, rows: usize, w: f32, h: f32, gap: f32) -> Rect {
    let (column, row) = (slot / rows, slot % rows);
    Rect::new(area.x + column as f32 * (w + GAP), area.y + row as f32 * (h + gap), w, h)
}

/// Who has a place keeps it, who is new takes the first free.
fn remember(items: &[&Item], memory: &mut std::collections::BTreeMap<Id, usize>) -> Vec<usize> {
    let mut taken: Vec<usize> = items.iter().filter_map(|item| memory.get(&item.id).copied()).collect();
    let mut slots = vec![];
    for item in items {
        let slot = match memory.get(&item.id) {
            Some(slot) => *slot,
            None => {
                let free = (0..).find(|n| !taken.contains(n)).expect("numbers do not end");
                taken.push(free);
                memory.insert(item.id.clone(), free);
                free
            }
        };
        slots.push(slot);
    }
    slots
}
