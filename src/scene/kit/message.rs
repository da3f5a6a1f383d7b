//! Messages: small marks on a line. Dart, response, watch event, packet, probe, image layers.

use super::moon;
use crate::scene::shape::{Pen, fill, mono, stroke};
use crate::scene::theme::{Hue, Ink};

/// An API request: a dart with its tip at `x`, `y`, turned `turn` degrees; a hollow one is a response.
pub fn dart(pen: &mut Pen, x: f32, y: f32, turn: f32, hue: Hue, hollow: bool, trail: f32) {
    let ink = hue.solid();
    pen.group(x, y, turn, 1.0, |pen| {
        if trail > 0.0 {
            pen.line(-12.0, 0.0, -12.0 - trail, 0.0, stroke(ink, 2.0).round().opacity(0.3));
        }
        let body = if hollow { Ink::Raised } else { ink };
        pen.mark("M0 0L-15 -5.5L-11 0L-15 5.5z", 0.0, 0.0, 1.0, fill(body).stroked(ink, 1.6).round());
    });
}

/// A watch event: a ring with A, M or D.
pub fn watch(pen: &mut Pen, x: f32, y: f32, r: f32, letter: char) {
    pen.circle(x, y, r, fill(Ink::Raised).stroked(Ink::GoSolid, 1.6));
    let font = mono(r * 1.25).weight(700).ink(Ink::GoText).middle();
    pen.text(x, y + r * 0.45, letter.to_string(), font);
}

/// A heartbeat or lease renewal: a tick.
pub fn beat(pen: &mut Pen, x: f32, y: f32) {
    pen.line(x - 2.0, y, x + 2.0, y, stroke(Ink::Line3, 2.0));
}

/// How a packet fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet {
    Request,
    Rewritten,
    Reply,
    Denied,
    Refused,
    Lost,
}

/// A packet centred on `x`, `y`; its header leads, on the left when `back`.
pub fn packet(pen: &mut Pen, x: f32, y: f32, k: f32, kind: Packet, back: bool) {
    let hue = match kind {
        Packet::Request | Packet::Rewritten => Hue::Go,
        Packet::Reply => Hue::Ok,
        Packet::Denied | Packet::Refused => Hue::Fail,
        Packet::Lost => Hue::Wait,
    };
    let ink = hue.solid();
    let (w, h) = (24.0 * k, 15.0 * k);
    let (left, top) = (x - w / 2.0, y - h / 2.0);
    if kind == Packet::Lost {
        pen.rect(left, top, w, h, 2.0 * k, fill(Ink::Raised).stroked(ink, 1.6).dash(0.1, 4.0).round());
        pen.text(x, y + 4.0 * k, "?", mono(11.0 * k).weight(700).ink(Ink::WaitText).middle());
        return;
    }
    pen.rect(left, top, w, h, 2.0 * k, fill(Ink::Raised).stroked(ink, 1.7 * k));
    let header = 8.0 * k;
    if matches!(kind, Packet::Reply | Packet::Refused) {
        pen.rect(left + 2.5 * k, top + 2.5 * k, header - 1.5 * k, h - 5.0 * k, 1.0, stroke(ink, 1.3 * k));
        return;
    }
    let hx = if back { left } else { left + w - header };
    pen.rect(hx, top, header, h, 2.0 * k, fill(ink));
    let (from, to) = if back { (hx + header + 3.0 * k, left + w - 4.0 * k) } else { (left + 4.0 * k, hx - 3.0 * k) };
    pen.line(from, y - 2.2 * k, to, y - 2.2 * k, stroke(ink, 1.2 * k).round());
    pen.line(from, y + 2.2 * k, to - 2.0 * k, y + 2.2 * k, stroke(ink, 1.2 * k).round());
    if matches!(kind, Packet::Rewritten | Packet::Denied) {
        for dx in [2.6, 5.4] {
            let bar = stroke(Ink::OnSolid, 1.3 * k).round();
            pen.line(hx + dx * k, top + 3.5 * k, hx + dx * k, top + h - 3.5 * k, bar);
        }
    }
}

/// A wall that stopped a packet: an octagon with a cross.
pub fn denied(pen: &mut Pen, x: f32, y: f32) {
    moon::octagon_cross(pen, x, y, 12.0);
}

/// Image layers on their way: bars, the first `done` of them filled.
pub fn layers(pen: &mut Pen, x: f32, y: f32, count: usize, done: usize) {
    for i in 0..count {
        let body = if i < done { Ink::GoSolid } else { Ink::Raised };
        pen.rect(x, y + i as f32 * 5.0, 20.0, 3.5, 1.0, fill(body).stroked(Ink::GoSolid, 0.9));
    }
}
