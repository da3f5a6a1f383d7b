//! The capsule: a pod one level smaller, a moon and (when it fits) the tail of its name.

use super::moon;
use crate::scene::measure;
use crate::scene::shape::{Pen, Rect, Texture, fill, mono, pattern, stroke};
use crate::scene::state::{Body, Outline, PodState};
use crate::scene::theme::{Hue, Ink};

/// The width a capsule needs to show `name`.
pub fn width(name: &str) -> f32 {
    32.0 + measure::mono(name, 10.0)
}

/// A capsule. `share` is the filled part of a body that is on its way, `left` the rest of a grace period.
pub fn draw(pen: &mut Pen, slot: Rect, state: PodState, name: &str, share: f32, left: f32) {
    let Rect { x, y, w, h } = slot;
    let hue = state.hue();
    let r = (h * 0.42).min(9.0);
    let outline = match state.outline() {
        Outline::Solid => stroke(hue.line(), 1.2),
        Outline::Thick => stroke(hue.line(), 1.8),
        Outline::Dashed => stroke(hue.line(), 1.2).dash(3.5, 2.6),
        Outline::Dotted => stroke(hue.line(), 1.2).dash(0.1, 3.0).round(),
    };
    pen.area(slot, r, outline.filled(Ink::Raised));
    let mark = (h * 0.32).min(6.0);
    let name = if w >= 44.0 { measure::tail(name, w - mark * 2.0 - 14.0, 10.0) } else { "" };
    let named = !name.is_empty();
    let inner = slot.grow(-2.0);
    match state.body() {
        Body::None => {}
        Body::Dots if named => {}
        Body::Dots => pen.area(inner, r - 2.0, pattern(Texture::Dots, Ink::OffSolid)),
        Body::Level | Body::Layers => {
            pen.area(Rect { w: inner.w * share.clamp(0.0, 1.0), ..inner }, r - 2.0, fill(hue.tint()));
        }
        Body::Tint => pen.area(inner, r - 2.0, fill(hue.tint())),
    }
    if !named && state == PodState::NotReady {
        pen.area(inner, r - 2.0, pattern(Texture::Diagonal, Ink::WaitSolid).opacity(0.35));
    }
    if !named && hue == Hue::Fail {
        pen.area(inner, r - 2.0, pattern(Texture::Cross, Ink::FailSolid).opacity(0.28));
    }
    let cx = if named { x + mark + 5.0 } else { x + w / 2.0 };
    moon::draw(pen, cx, y + h / 2.0, mark, state, left);
    if named {
        pen.text(x + mark * 2.0 + 9.0, y + h / 2.0 + 3.6, name.to_owned(), mono(10.0).weight(700));
    }
}
