//! Processes: things that run. Solid ink, round, a lamp on the right.

use crate::scene::glyphs::Glyph;
use crate::scene::shape::{Pen, Rect, fill, sans, stroke};
use crate::scene::state::Lamp;
use crate::scene::theme::Ink;

/// Size of the parts of a pill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub height: f32,
    pub font: f32,
    pub glyph: f32,
    pub radius: f32,
}

/// The pill in the footer of a node.
pub const PILL: Size = Size { height: 22.0, font: 10.5, glyph: 13.0, radius: 7.0 };
/// The pill of a watcher in the control plane lens.
pub const WATCHER: Size = Size { height: 30.0, font: 12.0, glyph: 15.0, radius: 8.0 };

/// The width of a pill with that label.
pub fn width(label: &str, size: Size) -> f32 {
    sans(size.font).weight(500).width(label) + size.glyph + 12.0 + 10.0 + 9.0
}

/// A pill at `x`, `y`; `w` 0 means as wide as its label. Gives the rectangle it takes.
#[expect(clippy::too_many_arguments, reason = "where, how wide and the five things that a pill shows")]
pub fn draw(pen: &mut Pen, x: f32, y: f32, w: f32, label: &str, glyph: &'static Glyph, lamp: Lamp, size: Size) -> Rect {
    let w = if w > 0.0 { w } else { width(label, size) };
    let rect = Rect::new(x, y, w, size.height);
    let middle = y + size.height / 2.0;
    pen.area(rect, size.radius, fill(Ink::Proc).stroked(Ink::ProcLine, 1.0));
    pen.glyph(glyph, x + 7.0, middle - size.glyph / 2.0, size.glyph, Ink::ProcInk2);
    let text = x + 12.0 + size.glyph;
    let font = sans(size.font).weight(500).ink(Ink::ProcInk);
    if font.width(label) <= w - (text - x) - 16.0 {
        pen.text(text, middle + size.font * 0.36, label.to_owned(), font);
    }
    draw_lamp(pen, x + w - 9.0, middle, lamp);
    rect
}

/// Lit while the lease or heartbeat is fresh; hollow amber when late; a cross when stopped. It does not blink.
pub fn draw_lamp(pen: &mut Pen, cx: f32, cy: f32, lamp: Lamp) {
    match lamp {
        Lamp::None => {}
        Lamp::Lit => pen.circle(cx, cy, 2.4, fill(Ink::ProcLamp)),
        Lamp::Late => pen.circle(cx, cy, 2.4, stroke(Ink::WaitSolid, 1.4)),
        Lamp::Stopped => {
            pen.mark("M-2.4 -2.4L2.4 2.4M2.4 -2.4L-2.4 2.4", cx, cy, 1.0, stroke(Ink::FailSolid, 1.8).round());
        }
    }
}
