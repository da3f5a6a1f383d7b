//! The API server: the waterline. Above it is intent, below it is iron; every line between the two crosses it.

use crate::scene::glyphs;
use crate::scene::shape::{Pen, Rect, fill, mono, sans, stroke};
use crate::scene::state::Lamp;
use crate::scene::theme::Ink;

/// The gates of a request in order.
pub const GATES: [&str; 4] = ["authn", "authz", "admission", "validation"];
pub const HEIGHT: f32 = 36.0;

/// The last request: how many gates it passed, and its line (verb, path, code, revision).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Request<'a> {
    pub passed: usize,
    pub refused: bool,
    pub line: &'a str,
    pub tail: &'a str,
}

pub fn draw(pen: &mut Pen, rect: Rect, request: &Request<'_>, lamp: Lamp) {
    let Rect { x, y, .. } = rect;
    let right = rect.right() - 14.0;
    pen.area(rect, 8.0, fill(Ink::Proc).stroked(Ink::ProcLine, 1.0));
    pen.glyph(&glyphs::API, x + 13.0, y + 10.0, 16.0, Ink::ProcInk);
    let name = mono(12.5).weight(700).ink(Ink::ProcInk);
    pen.text(x + 38.0, y + 23.0, "kube-apiserver", name);
    let mut px = x + 178.0;
    if lamp == Lamp::Stopped {
        super::process::draw_lamp(pen, px - 20.0, y + 18.0, lamp);
    }
    let font = sans(11.0).ink(Ink::ProcInk2);
    for (i, gate) in GATES.iter().enumerate() {
        if i < request.passed {
            let d = "M0 0l2.5 2.5 4.5 -5";
            pen.mark(d, px, y + 18.0, 1.0, stroke(Ink::ProcLamp, 1.5).round());
        } else if i == request.passed && request.refused {
            let d = "M0 -3l6 6m0 -6l-6 6";
            pen.mark(d, px, y + 18.0, 1.0, stroke(Ink::FailSolid, 1.8).round());
        }
        pen.text(px + 12.0, y + 22.0, *gate, font);
        px += font.width(gate) + 38.0;
        if i < 3 {
            pen.mark("M0 0l4 4-4 4", px - 16.0, y + 14.0, 1.0, stroke(Ink::ProcInk2, 1.2).round());
        }
    }
    let font = mono(11.0).ink(Ink::ProcInk);
    let room = right - px;
    let tail = font.width(request.tail);
    if tail <= room {
        pen.text(right, y + 22.5, request.tail.to_owned(), font.end());
        let gap = if tail > 0.0 { tail + 14.0 } else { 0.0 };
        pen.text(right - gap, y + 22.5, super::card::shorten(request.line, room - gap, 11.0), font.end());
    }
}
