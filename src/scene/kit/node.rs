//! The node: a place with a header and meters, a floor for slots, and its processes at the foot.

use super::process::{self, PILL};
use crate::scene::glyphs::{self, Glyph};
use crate::scene::measure;
use crate::scene::shape::{Pen, Rect, Texture, fill, mono, pattern, sans, stroke};
use crate::scene::state::Lamp;
use crate::scene::theme::Ink;

/// Requested and used shares of one resource, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Meter {
    pub requested: f32,
    pub used: f32,
}

/// What a node shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'a> {
    pub name: &'a str,
    /// Zone, role, or what is wrong: `not ready 48 s`.
    pub sub: &'a str,
    pub cpu: Option<Meter>,
    pub memory: Option<Meter>,
    pub ready: bool,
    pub cordoned: bool,
    /// The pressure conditions that hold, in words.
    pub pressure: &'a str,
    /// The key of the first taint that is not the cordon.
    pub taint: &'a str,
    pub processes: &'a [(&'a str, &'static Glyph, Lamp)],
}

/// Height of the header and of the footer.
pub const HEADER: f32 = 44.0;
pub const FOOTER: f32 = 46.0;

/// The node; its pods are drawn over it.
pub fn draw(pen: &mut Pen, rect: Rect, node: &Node<'_>) {
    let Rect { x, y, w, h } = rect;
    let mut edge = stroke(if node.ready { Ink::Line2 } else { Ink::FailLine }, if node.ready { 1.0 } else { 1.3 });
    if node.cordoned {
        edge = stroke(edge.stroke.unwrap_or(Ink::Line3), 1.2).dash(5.0, 3.5);
    }
    pen.area(rect, 6.0, edge.filled(Ink::Sunk));
    let header = HEADER.min(h);
    if node.cordoned && h > header + 4.0 {
        let floor = Rect::new(x + 2.0, y + header + 1.0, w - 4.0, h - header - 3.0);
        pen.area(floor, 4.0, pattern(Texture::Thin, Ink::Line2));
    }
    if h > header + 4.0 {
        pen.line(x + 1.0, y + header, x + w - 1.0, y + header, stroke(Ink::Line1, 1.0));
    }
    pen.glyph(&glyphs::NODE, x + 12.0, y + header / 2.0 - 8.0, 16.0, Ink::Ink2);
    let metered = node.cpu.is_some() && w >= 220.0;
    let room = w
        - 36.0
        - if !node.ready {
            40.0
        } else if metered {
            100.0
        } else {
            12.0
        };
    let line = if node.sub.is_empty() { y + header / 2.0 + 4.5 } else { y + 19.0 };
    pen.text(x + 36.0, line, super::card::shorten(node.name, room, 12.5), mono(12.5).weight(700));
    let sub = sans(10.5).ink(if node.ready { Ink::Ink3 } else { Ink::FailText });
    pen.text(x + 36.0, y + 34.0, measure::fits(node.sub, room, 10.5, 400).to_owned(), sub);
    if !node.ready {
        let style = stroke(Ink::FailSolid, 1.8).round();
        pen.mark("M-6 -6L6 6M6 -6L-6 6", x + w - 24.0, y + header / 2.0, 1.0, style);
    } else if metered {
        for (meter, label, dy) in [(node.cpu, "CPU", -9.0), (node.memory, "Mem", 4.0)] {
            draw_meter(pen, x + w - 90.0, y + header / 2.0 + dy, 50.0, meter.unwrap_or_default(), label);
        }
    }
    if !node.pressure.is_empty() {
        pen.mark("M0 0h-12l12 12z", x + w - 1.0, y + 1.0, 1.0, fill(Ink::WaitSolid));
        let font = sans(10.5).weight(500).ink(Ink::WaitText);
        pen.text(
            x + w - 16.0,
            y + header + 14.0,
            measure::fits(node.pressure, w - 30.0, 10.5, 500).to_owned(),
            font.end(),
        );
    }
    if !node.taint.is_empty() {
        draw_taint(pen, rect, node.taint);
    }
    draw_footer(pen, rect, node);
}

/// Outline requested, fill used; amber past the request, red past nine tenths.
pub fn draw_meter(pen: &mut Pen, x: f32, y: f32, w: f32, meter: Meter, label: &str) {
    let (used, requested) = (meter.used.clamp(0.0, 1.0), meter.requested.clamp(0.0, 1.0));
    let ink = if used > 0.9 {
        Ink::FailSolid
    } else if used > requested && requested > 0.0 {
        Ink::WaitSolid
    } else {
        Ink::Ink2
    };
    pen.text(x, y + 5.2, label.to_owned(), sans(10.0).weight(500).ink(Ink::Ink3));
    let bar = x + 27.0;
    pen.rect(bar, y, w, 5.0, 1.2, fill(Ink::Line1));
    pen.rect(bar, y, w * used, 5.0, 1.2, fill(ink));
    pen.rect(bar - 0.5, y - 1.5, w * requested + 1.0, 8.0, 1.8, stroke(Ink::Line3, 1.0));
}

/// A small tab with the taint's key on the top edge.
fn draw_taint(pen: &mut Pen, rect: Rect, taint: &str) {
    let font = mono(9.5).ink(Ink::Ink2);
    let text = super::card::shorten(taint, rect.w - 60.0, 9.5);
    let w = font.width(&text) + 12.0;
    let x = rect.x + 32.0;
    pen.rect(x, rect.y - 7.0, w, 14.0, 3.0, fill(Ink::Raised).stroked(Ink::Line3, 1.0));
    pen.text(x + 6.0, rect.y + 3.2, text, font);
}

fn draw_footer(pen: &mut Pen, rect: Rect, node: &Node<'_>) {
    let Rect { x, y, w, h } = rect;
    if node.processes.is_empty() || h < HEADER + FOOTER {
        return;
    }
    pen.line(x + 1.0, y + h - FOOTER, x + w - 1.0, y + h - FOOTER, stroke(Ink::Line1, 1.0));
    let whole: f32 = node.processes.iter().map(|(label, _, _)| process::width(label, PILL) + 6.0).sum();
    let named = whole + 14.0 <= w;
    let mut px = x + 10.0;
    for (label, glyph, lamp) in node.processes {
        if named {
            px = process::draw(pen, px, y + h - 34.0, 0.0, label, glyph, *lamp, PILL).right() + 6.0;
        } else {
            if px + 34.0 > rect.right() {
                return;
            }
            px = process::draw(pen, px, y + h - 34.0, 36.0, "", glyph, *lamp, PILL).right() + 5.0;
        }
    }
}
