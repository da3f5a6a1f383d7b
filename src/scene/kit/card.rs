//! Records: white card, folded corner, glyph, name in mono, kind in plain words.

use super::flag;
use crate::scene::glyphs::Glyph;
use crate::scene::measure;
use crate::scene::shape::{Pen, Rect, fill, mono, sans, stroke};
use crate::scene::theme::{Hue, Ink};

/// The head of a card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Head<'a> {
    pub glyph: &'static Glyph,
    pub name: &'a str,
    /// The kind, or what else stands after the name.
    pub kind: &'a str,
    pub flag: Option<usize>,
    /// The outline's hue when it means something.
    pub hue: Option<Hue>,
    /// Two lines: the kind stands under the name.
    pub plain: bool,
}

/// Height of a plain card.
pub const PLAIN: f32 = 44.0;

/// The card with its head; the caller draws the rest inside.
pub fn draw(pen: &mut Pen, rect: Rect, head: &Head<'_>) {
    const EAR: f32 = 9.0;
    let Rect { x, y, w, h } = rect;
    let (ink, width) = match head.hue {
        Some(Hue::Cause) => (Ink::CauseSolid, 1.8),
        Some(hue) => (hue.line(), 1.0),
        None => (Ink::Line2, 1.0),
    };
    let d = format!(
        "M{} {y}H{}L{} {}V{}a3 3 0 0 1 -3 3H{}a3 3 0 0 1 -3 -3V{}a3 3 0 0 1 3 -3z",
        x + 3.0,
        x + w - EAR,
        x + w,
        y + EAR,
        y + h - 3.0,
        x + 3.0,
        y + 3.0
    );
    pen.path(d, fill(Ink::Raised).stroked(ink, width));
    let d = format!("M{} {y}V{}H{}", x + w - EAR, y + EAR, x + w);
    pen.path(d, fill(Ink::Sunk).stroked(ink, 1.0));
    pen.glyph(head.glyph, x + 10.0, y + 9.0, 15.0, Ink::Ink2);
    let mut name_x = x + 33.0;
    let room = x + w - EAR - 6.0 - name_x;
    if let Some(index) = head.flag
        && !measure::tail(head.name, room - 19.0, 12.5).is_empty()
    {
        flag::draw(pen, name_x, y + 12.0, index, 13.0 / 12.0, Ink::Ink2);
        name_x += 19.0;
    }
    let room = x + w - EAR - 6.0 - name_x;
    let name = shorten(head.name, room, 12.5);
    let font = mono(12.5).weight(700);
    let baseline = if head.plain { y + 18.5 } else { y + 21.0 };
    let name_w = font.width(&name);
    pen.text(name_x, baseline, name, font);
    let kind = sans(11.0).ink(Ink::Ink3);
    if head.plain {
        pen.text(name_x, y + 34.0, measure::fits(head.kind, room, 11.0, 400).to_owned(), kind);
    } else if name_w + 7.0 + kind.width(head.kind) <= room {
        pen.text(name_x + name_w + 7.0, baseline, head.kind.to_owned(), kind);
    }
}

/// A record's name in the room: whole, or its head with an ellipsis (a record's name is read from its start).
pub fn shorten(name: &str, room: f32, size: f32) -> String {
    if measure::mono(name, size) <= room {
        return name.to_owned();
    }
    let keep = (room / (size * 0.6)).max(1.0) as usize;
    let head: String = name.chars().take(keep.saturating_sub(1)).collect();
    if head.is_empty() { head } else { format!("{head}\u{2026}") }
}

/// A row of a card: what at the left, its value in mono at the right.
pub fn row(pen: &mut Pen, rect: Rect, y: f32, what: &str, value: &str) {
    let label = sans(11.0).ink(Ink::Ink3);
    let room = rect.w - 28.0 - label.width(what) - 5.0;
    let size = if measure::mono(value, 11.0) <= room { 11.0 } else { 10.5 };
    pen.text(rect.x + 14.0, y, what.to_owned(), label);
    pen.text(rect.right() - 14.0, y, shorten(value, room, size), mono(size).end());
}

/// A hairline across the card.
pub fn rule(pen: &mut Pen, rect: Rect, y: f32) {
    pen.line(rect.x + 1.0, y, rect.right() - 1.0, y, stroke(Ink::Line1, 1.0));
}
