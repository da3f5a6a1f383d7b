//! Where the cells of a fleet stand: racks of 4 x 10, as large as they fit.

use super::Layout;
use crate::scene::kit::fleet::{CELL, PITCH};
use crate::scene::shape::{Point, Rect};

/// Places `count` cells in the area, rack after rack.
pub(super) fn place(count: usize, area: Rect, layout: &mut Layout) {
    let mut pitch = PITCH * 2.2;
    while pitch > 2.0 && capacity(area, pitch) < count {
        pitch *= 0.96;
    }
    let side = pitch * CELL / PITCH;
    let (rack_w, rack_h) = rack(pitch);
    let across = ((area.w / rack_w) as usize).max(1);
    let cells = (0..count).map(|n| {
        let (rack, cell) = (n / 40, n % 40);
        let x = area.x + (rack % across) as f32 * rack_w + (cell % 4) as f32 * pitch;
        let y = area.y + (rack / across) as f32 * rack_h + (cell / 4) as f32 * pitch;
        Point { x, y }
    });
    layout.cells = (side, cells.collect());
}

fn rack(pitch: f32) -> (f32, f32) {
    (pitch * 4.8, pitch * 10.8)
}

fn capacity(area: Rect, pitch: f32) -> usize {
    let (w, h) = rack(pitch);
    ((area.w / w) as usize) * ((area.h / h) as usize) * 40
}
