//! Drums: a claim is the outline, the volume is the body that fills it, the liquid is what is used.

use crate::scene::shape::{Pen, Rect, fill, stroke};
use crate::scene::theme::{Hue, Ink};

/// A drum: `bound` when a volume fills the claim, `used` the share of it in use.
pub fn draw(pen: &mut Pen, rect: Rect, bound: bool, used: f32) {
    let hue = if bound { Hue::Ok } else { Hue::Off };
    let lid = rect.w * 0.13;
    let mut outline = stroke(hue.line(), 1.6).filled(Ink::Raised);
    if !bound {
        outline = outline.dash(6.0, 4.0);
    }
    pen.path(body(rect, lid), outline);
    if !bound {
        pen.path(edge(rect, rect.y + lid, lid), stroke(hue.line(), 1.2).dash(6.0, 4.0));
        return;
    }
    let pad = (rect.w * 0.12).min(6.0);
    let inner = rect.grow(-pad);
    let lid = lid * 0.92;
    pen.path(body(inner, lid), fill(hue.tint()).stroked(hue.line(), 1.2));
    if used > 0.0 {
        let level = inner.y + lid + (inner.h - 2.0 * lid) * (1.0 - used.min(1.0));
        let d = format!(
            "M{} {level}a{} {lid} 0 0 0 {} 0V{}a{} {lid} 0 0 1 {} 0z",
            inner.x,
            inner.w / 2.0,
            inner.w,
            inner.bottom() - lid,
            inner.w / 2.0,
            -inner.w
        );
        pen.path(d, fill(hue.solid()).opacity(0.26));
    }
    pen.path(edge(inner, inner.y + lid, lid), stroke(hue.line(), 1.2));
}

fn body(rect: Rect, lid: f32) -> String {
    let Rect { x, y, w, h } = rect;
    format!("M{x} {}a{} {lid} 0 0 1 {w} 0v{}a{} {lid} 0 0 1 {} 0z", y + lid, w / 2.0, h - 2.0 * lid, w / 2.0, -w)
}

fn edge(rect: Rect, y: f32, lid: f32) -> String {
    format!("M{} {y}a{} {lid} 0 0 0 {} 0", rect.x, rect.w / 2.0, rect.w)
}
