//! The door of a pod: half outside its left edge, filled when the pod is an endpoint and ready.

use crate::scene::shape::{Pen, fill};
use crate::scene::state::Door;
use crate::scene::theme::Ink;

/// A door on the left edge `x` of a tile, centred on `cy`.
pub fn draw(pen: &mut Pen, x: f32, cy: f32, k: f32, door: Door) {
    let style = match door {
        Door::None => return,
        Door::Open => fill(Ink::OkSolid).stroked(Ink::OkSolid, 1.3 * k),
        Door::Closed => fill(Ink::Raised).stroked(Ink::Line3, 1.3 * k),
    };
    pen.rect(x - 6.0 * k, cy - 7.5 * k, 9.0 * k, 15.0 * k, 2.0 * k, style);
}

/// The small door of a row in an EndpointSlice: filled ready, hollow not, struck when its pod is leaving.
pub fn row(pen: &mut Pen, x: f32, y: f32, ready: bool, leaving: bool) {
    let style =
        if ready { fill(Ink::OkSolid).stroked(Ink::OkSolid, 1.2) } else { fill(Ink::Raised).stroked(Ink::Line3, 1.2) };
    pen.rect(x, y, 13.0, 9.0, 2.0, style);
    if leaving {
        pen.line(x - 1.0, y + 4.5, x + 14.0, y + 4.5, crate::scene::shape::stroke(Ink::Ink3, 1.2));
    }
}
