//! The fleet: a node is a cell of a rack. The ramp shows one reading; a condition overrides it.

use crate::scene::shape::{Pen, fill, stroke};
use crate::scene::theme::Ink;

/// Side of a cell, and the pitch of the grid.
pub const CELL: f32 = 8.6;
pub const PITCH: f32 = 10.0;

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// A share of 0 to 1 on the ramp.
    Reading(f32),
    NotReady,
    Cordoned,
    /// A reading, with an amber corner.
    Pressure(f32),
}

/// The ink of a reading: seven bins, never in between.
pub fn ramp(share: f32) -> Ink {
    const RAMP: [Ink; 7] = [Ink::Ramp0, Ink::Ramp1, Ink::Ramp2, Ink::Ramp3, Ink::Ramp4, Ink::Ramp5, Ink::Ramp6];
    RAMP[((share.clamp(0.0, 1.0) * 7.0) as usize).min(6)]
}

/// A cell of side `s` at `x`, `y`.
pub fn draw(pen: &mut Pen, x: f32, y: f32, s: f32, cell: Cell) {
    match cell {
        Cell::Reading(share) => pen.rect(x, y, s, s, 0.0, fill(ramp(share))),
        Cell::Pressure(share) => {
            pen.rect(x, y, s, s, 0.0, fill(ramp(share)));
            pen.mark("M8 0H3L8 5z", x, y, s / 8.0, fill(Ink::WaitSolid));
        }
        Cell::NotReady => {
            pen.rect(x, y, s, s, 0.0, fill(Ink::FailSolid));
            if s >= 5.0 {
                pen.mark("M2 2L6 6M6 2L2 6", x, y, s / 8.0, stroke(Ink::OnSolid, s * 0.16));
            }
        }
        Cell::Cordoned => {
            pen.rect(x, y, s, s, 0.0, fill(Ink::Raised).stroked(Ink::Line3, 0.8));
            pen.mark("M0 8L8 0", x, y, s / 8.0, stroke(Ink::Line3, 1.0));
        }
    }
}
