//! The pip: a pod at rack level, a few px wide. Solid ready, half, dashed, red square with a cross.

use crate::scene::shape::{Pen, Rect, fill, stroke};
use crate::scene::state::PodState;
use crate::scene::theme::{Hue, Ink};

pub fn draw(pen: &mut Pen, slot: Rect, state: PodState) {
    let Rect { x, y, w, h } = slot;
    let hue = state.hue();
    let solid = hue.solid();
    let r = h * 0.4;
    let inner = slot.grow(-0.5);
    match state {
        PodState::Ready => pen.area(slot, r, fill(solid).opacity(0.85)),
        PodState::Completed => pen.area(slot, r, fill(solid).opacity(0.6)),
        _ if hue == Hue::Fail => {
            pen.area(slot.grow(0.6), 1.0, fill(solid));
            let d = "M-2.8 -2.8l5.6 5.6m0 -5.6l-5.6 5.6";
            let style = stroke(Ink::OnSolid, (h * 0.2).max(1.0)).round();
            pen.mark(d, x + w / 2.0, y + h / 2.0, h / 10.0, style);
        }
        PodState::NotReady => {
            pen.area(inner, r, stroke(solid, 1.0).filled(Ink::Raised));
            pen.rect(inner.x, inner.y, inner.w / 2.0, inner.h, r * 0.6, fill(solid));
        }
        PodState::Terminating | PodState::Pending => pen.area(inner, r, stroke(solid, 1.0).dash(2.0, 1.5)),
        PodState::Unknown => pen.area(inner, r, stroke(solid, 1.0).dash(0.1, 2.0).round()),
        _ => {
            pen.area(inner, r, stroke(solid, 1.0).filled(Ink::Raised));
            pen.rect(inner.x, inner.y, inner.w * 0.35, inner.h, r * 0.5, fill(solid));
        }
    }
}
