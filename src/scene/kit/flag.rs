//! Identity flags: ink patterns A to L that say which owner, never which state.

use crate::scene::shape::{Pen, fill, stroke};
use crate::scene::theme::Ink;

/// How many different flags there are; the next owner starts again at A.
pub const COUNT: usize = 12;

/// Patterns in a box of 12 x 9.
const PATTERNS: [&str; COUNT] = [
    "M0 0H6V9H0z",
    "M0 0H12V4.5H0z",
    "M0 0L12 9H0z",
    "M4.56 0h2.88v3.24H12v2.52H7.44V9H4.56V5.76H0V3.24h4.56z",
    "M0 0h2.4L6 3.06 9.6 0H12v1.62L7.92 4.5 12 7.38V9h-2.4L6 5.94 2.4 9H0v-1.62L4.08 4.5 0 1.62z",
    "M3.6 2.52h4.8v3.96h-4.8z",
    "M0 0H12V3H0zM0 6H12V9H0z",
    "M0 0H4V9H0zM8 0H12V9H8z",
    "M0 0H6V9H12V4.5H0z",
    "M3.3 4.5a2.7 2.7 0 1 0 5.4 0a2.7 2.7 0 1 0 -5.4 0z",
    "M0 0L7.2 4.5 0 9z",
    "",
];

/// Flag number `index` (from 0, any size) at `x`, `y`, 12 x 9 times `k`.
pub fn draw(pen: &mut Pen, x: f32, y: f32, index: usize, k: f32, ink: Ink) {
    let pattern = PATTERNS[index % COUNT];
    if !pattern.is_empty() {
        pen.mark(pattern, x, y, k, fill(ink));
    }
    pen.rect(x + 0.5, y + 0.5, 12.0 * k - 1.0, 9.0 * k - 1.0, 0.8, stroke(ink, 1.0));
}
