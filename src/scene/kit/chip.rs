//! Chips: short labels in a box, and badges on the corner of a tile.

use crate::scene::shape::{Pen, fill, mono, sans};
use crate::scene::theme::{Hue, Ink};

/// Where the given x stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Start,
    Middle,
    End,
}

/// A label chip with its top at `y`; mono or sans, in a hue or in ink. Gives its left edge and width.
pub fn draw(pen: &mut Pen, x: f32, y: f32, text: &str, hue: Option<Hue>, is_mono: bool, at: At) -> (f32, f32) {
    let font = if is_mono { mono(10.5) } else { sans(11.5).weight(600) };
    let (w, h) = (font.width(text) + 14.0, font.size + 8.0);
    let left = match at {
        At::Start => x,
        At::Middle => x - w / 2.0,
        At::End => x - w,
    };
    let style = match hue {
        Some(hue) => fill(hue.tint()).stroked(hue.line(), 1.0),
        None => fill(Ink::Raised).stroked(Ink::Line2, 1.0),
    };
    pen.rect(left, y, w, h, 3.0, style);
    let ink = hue.map_or(Ink::Ink1, Hue::text);
    let weight = if is_mono { 500 } else { 600 };
    pen.text(left + 7.0, y + h / 2.0 + font.size * 0.36, text.to_owned(), font.weight(weight).ink(ink));
    (left, w)
}

/// A badge whose right edge is `x` and whose top is `y`.
pub fn badge(pen: &mut Pen, x: f32, y: f32, text: &str, hue: Hue, k: f32) {
    let size = 10.0 * k;
    let font = mono(size).weight(700);
    let (w, h) = (font.width(text) + 9.0, size + 6.0);
    let (style, ink) = match hue {
        Hue::Fail | Hue::Cause => (fill(hue.solid()).stroked(Ink::Paper, 1.5), Ink::OnSolid),
        _ => (fill(hue.tint()).stroked(hue.line(), 1.2), hue.text()),
    };
    pen.rect(x - w, y, w, h, h / 2.0, style);
    pen.text(x - w / 2.0, y + h - size * 0.42 - 0.3, text.to_owned(), font.ink(ink).middle());
}
