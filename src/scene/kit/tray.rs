//! The tray under the waterline: pods that are asked for and have no node. Hidden when empty.

use super::place;
use crate::scene::shape::{Pen, Rect, fill, sans, stroke};
use crate::scene::theme::Ink;

pub const HEIGHT: f32 = 44.0;

/// The tray's ground; its pods are drawn over it. `more` pods have no room.
pub fn draw(pen: &mut Pen, rect: Rect, caption: &str, more: &str) {
    pen.area(rect, 5.0, fill(Ink::Sunk).stroked(Ink::Line2, 1.0));
    place::draw_caption(pen, rect.x + 10.0, rect.y + rect.h / 2.0 + 3.6, caption);
    pen.text(rect.right() - 10.0, rect.y + rect.h / 2.0 + 4.0, more.to_owned(), sans(11.0).ink(Ink::Ink2).end());
}

/// Room for a pod that may come: a dashed outline in an empty node.
pub fn draw_room(pen: &mut Pen, rect: Rect) {
    pen.area(rect, 13.0_f32.min(rect.h * 0.28), stroke(Ink::Line2, 1.1).dash(3.0, 3.0));
}
