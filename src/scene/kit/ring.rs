//! Rings: hover, selection, focus, and being on the thread. None has a state hue.

use crate::scene::shape::{Pen, Rect, stroke};
use crate::scene::theme::Ink;

/// The pointer is over it.
pub fn hover(pen: &mut Pen, rect: Rect, r: f32) {
    pen.area(rect.grow(3.0), r + 3.0, stroke(Ink::Ink2, 1.0));
}

/// It is selected.
pub fn selected(pen: &mut Pen, rect: Rect, r: f32) {
    pen.area(rect.grow(4.0), r + 4.0, stroke(Ink::Focus, 2.0));
}

/// The keyboard is on it: two rings, visible in any theme.
pub fn focus(pen: &mut Pen, rect: Rect, r: f32) {
    pen.area(rect.grow(4.5), r + 4.5, stroke(Ink::FocusGap, 2.5));
    pen.area(rect.grow(7.0), r + 7.0, stroke(Ink::Focus, 2.5));
}

/// It is a stop of the thread.
pub fn cause(pen: &mut Pen, rect: Rect, r: f32) {
    pen.area(rect.grow(4.0), r + 4.0, stroke(Ink::CauseSolid, 1.8));
}
