//! The pod tile: the outline is its spec, the body is its status, the peas are its containers.

use super::{chip, door, flag, moon, pea};
use crate::scene::measure;
use crate::scene::shape::{Pen, Rect, Style, Texture, fill, mono, pattern, sans, stroke};
use crate::scene::state::{Body, Door, Outline, Pea, PodState};
use crate::scene::theme::{Hue, Ink};

/// Everything a tile shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile<'a> {
    pub state: PodState,
    pub name: &'a str,
    /// The state word; the state's own word when empty.
    pub label: &'a str,
    pub flag: Option<usize>,
    pub peas: &'a [Pea],
    /// Third line, left: image tag.
    pub sub: &'a str,
    /// Third line, right: address or countdown.
    pub right: &'a str,
    pub door: Door,
    pub badge: Option<(&'a str, Hue)>,
    /// Share of image layers that have arrived, or of the body that is filled.
    pub share: f32,
    /// Share of the grace period that is left.
    pub left: f32,
}

impl<'a> Tile<'a> {
    /// A tile with a name and a state and nothing else.
    pub fn new(name: &'a str, state: PodState) -> Tile<'a> {
        let share = match state {
            PodState::Creating => 0.28,
            PodState::Init => 0.45,
            _ => 0.5,
        };
        Tile {
            state,
            name,
            label: "",
            flag: None,
            peas: &[],
            sub: "",
            right: "",
            door: Door::None,
            badge: None,
            share,
            left: 0.6,
        }
    }
}

/// The style of an outline by state.
pub fn outline(state: PodState, thin: f32, thick: f32, k: f32) -> Style {
    let line = state.hue().line();
    match state.outline() {
        Outline::Solid => stroke(line, thin),
        Outline::Thick => stroke(line, thick),
        Outline::Dashed => stroke(line, thin).dash(5.0 * k, 3.5 * k),
        Outline::Dotted => stroke(line, thin).dash(0.1, 4.0 * k).round(),
    }
}

/// A tile in its slot, with all type sizes times `k`.
pub fn draw(pen: &mut Pen, slot: Rect, tile: &Tile<'_>, k: f32) {
    let Rect { x, y, w, h } = slot;
    let (hue, body) = (tile.state.hue(), tile.state.body());
    let r = (13.0 * k).min(h * 0.28);
    door::draw(pen, x, y + h / 2.0, k, tile.door);
    pen.area(slot, r, outline(tile.state, 1.3 * k, 2.0 * k, k).filled(Ink::Raised));
    draw_body(pen, slot.grow(-3.0 * k), (r - 3.0 * k).max(2.0), tile, k);

    let layered = body == Body::Layers;
    let tall = h >= 56.0 * k;
    let line1 = y + if layered { if h >= 52.0 * k { 15.5 } else { 14.0 } } else { 16.5 } * k;
    moon::draw(pen, x + 15.5 * k, line1, 7.0 * k, tile.state, tile.left);
    draw_name(pen, slot, line1, tile, k);

    let label = if tile.label.is_empty() { tile.state.word() } else { tile.label };
    let word = sans(11.0 * k).weight(500).ink(hue.text());
    let line2 = y + if tall || (layered && h >= 52.0 * k) {
        34.0
    } else if layered {
        32.0
    } else {
        35.5
    } * k;
    let label = if word.width(label) <= w - 16.0 * k {
        label
    } else {
        measure::fits(tile.state.word(), w - 16.0 * k, 11.0 * k, 500)
    };
    pen.text(x + 9.5 * k, line2, label.to_owned(), word);
    let third = mono(10.5 * k).ink(Ink::Ink3);
    let room = w - 18.5 * k;
    if tall {
        let line3 = y + h - if layered { 13.0 } else { 10.0 } * k;
        let right = third.width(tile.right);
        let right_fits = right <= room;
        if right_fits {
            pen.text(x + w - 9.0 * k, line3, tile.right.to_owned(), third.end());
        }
        let taken = if right_fits && right > 0.0 { right + 8.0 * k } else { 0.0 };
        if third.width(tile.sub) + taken <= room {
            pen.text(x + 9.5 * k, line3, tile.sub.to_owned(), third);
        }
    } else if word.width(label) + third.width(tile.right) + 28.0 * k < w {
        pen.text(x + w - 9.0 * k, line2, tile.right.to_owned(), third.end());
    }
    if let Some((text, hue)) = tile.badge {
        chip::badge(pen, x + w + 5.0 * k, y - 7.0 * k, text, hue, k);
    }
}

fn draw_body(pen: &mut Pen, inner: Rect, r: f32, tile: &Tile<'_>, k: f32) {
    let tint = tile.state.hue().tint();
    match tile.state.body() {
        Body::None => {}
        Body::Tint => {
            let opacity = if tile.state == PodState::Terminating { 0.3 + 0.7 * tile.left } else { 1.0 };
            pen.area(inner, r, fill(tint).opacity(opacity));
        }
        Body::Level => {
            let cut = Rect { w: inner.w * tile.share.clamp(0.0, 1.0), ..inner };
            pen.clip(cut, |pen| pen.area(inner, r, fill(tint)));
        }
        Body::Dots => pen.area(inner, r, pattern(Texture::Dots, Ink::OffSolid).opacity(0.2)),
        Body::Layers => {
            const COUNT: usize = 5;
            let total = inner.w - 8.0 * k;
            let bar = (total - (COUNT as f32 - 1.0) * 2.0 * k) / COUNT as f32;
            for i in 0..COUNT {
                let bx = inner.x + 4.0 * k + i as f32 * (bar + 2.0 * k);
                let by = inner.bottom() - 6.5 * k;
                pen.rect(bx, by, bar, 3.5 * k, k, fill(Ink::Line1));
                let done = (tile.share * COUNT as f32 - i as f32).clamp(0.0, 1.0);
                pen.rect(bx, by, bar * done, 3.5 * k, k, fill(Ink::GoSolid));
            }
        }
    }
}

/// Flag, name and peas of the first line. The prefix of the name goes first, then the flag, then the name.
fn draw_name(pen: &mut Pen, slot: Rect, line: f32, tile: &Tile<'_>, k: f32) {
    let size = 8.5 * k;
    let most = 5.min(tile.peas.len());
    let peas = most as f32 * (size + 3.5 * k);
    let start = slot.x + 28.0 * k;
    let room = slot.right() - 9.0 * k - peas - start;
    let muted = matches!(tile.state, PodState::Terminating | PodState::Pending);
    let mut x = start;
    let flagged = tile.flag.filter(|_| !measure::tail(tile.name, room - 17.0 * k, 11.5 * k).is_empty());
    if let Some(index) = flagged {
        let ink = if tile.state == PodState::Terminating { Ink::Ink3 } else { Ink::Ink2 };
        flag::draw(pen, x, line - 4.5 * k, index, k, ink);
        x += 17.0 * k;
    }
    let name = measure::tail(tile.name, room - (x - start), 11.5 * k);
    let ink = if muted { Ink::Ink2 } else { Ink::Ink1 };
    pen.text(x, line + 4.0 * k, name.to_owned(), mono(11.5 * k).weight(700).ink(ink));
    let mut px = slot.right() - 9.0 * k - size;
    for pea in tile.peas.iter().rev().take(most) {
        pea::draw(pen, px, line - size / 2.0, size, *pea);
        px -= size + 3.5 * k;
    }
}
