//! Slots: what a workload wants against what it has, and the gap between as a dimension line.

use super::moon;
use crate::scene::shape::{Pen, fill, sans, stroke};
use crate::scene::state::{PodState, Slot};
use crate::scene::theme::{Hue, Ink};

/// Size of one slot and the room between two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub w: f32,
    pub h: f32,
    pub gap: f32,
}

/// On the card of a Deployment.
pub const LARGE: Size = Size { w: 34.0, h: 15.0, gap: 6.0 };
/// On the card of a ReplicaSet.
pub const MEDIUM: Size = Size { w: 30.0, h: 14.0, gap: 5.0 };
/// When there are more than six.
pub const SMALL: Size = Size { w: 16.0, h: 10.0, gap: 3.0 };

/// The largest size with which `count` slots fit `room`, and how many of them fit.
pub fn fit(count: usize, room: f32, largest: Size) -> (Size, usize) {
    for size in [largest, MEDIUM, SMALL] {
        if size.w <= largest.w && count as f32 * (size.w + size.gap) - size.gap <= room {
            return (size, count);
        }
    }
    (SMALL, ((room + SMALL.gap) / (SMALL.w + SMALL.gap)).max(0.0) as usize)
}

/// A row of slots from `x`, `y`.
pub fn draw(pen: &mut Pen, x: f32, y: f32, slots: &[Slot], size: Size) {
    for (i, slot) in slots.iter().enumerate() {
        draw_one(pen, x + i as f32 * (size.w + size.gap), y, *slot, size);
    }
}

fn draw_one(pen: &mut Pen, x: f32, y: f32, slot: Slot, size: Size) {
    let Size { w, h, .. } = size;
    let r = h / 2.0;
    let state = match slot {
        Slot::Empty => {
            pen.rect(x, y, w, h, r, stroke(Ink::Line3, 1.2).filled(Ink::Raised));
            return;
        }
        Slot::Surge => {
            pen.rect(x, y, w, h, r, stroke(Ink::Line3, 1.1).dash(2.5, 2.5));
            return;
        }
        Slot::Pod(state) => state,
    };
    let solid = state.hue().solid();
    let (ix, iy, iw, ih) = (x + 0.6, y + 0.6, w - 1.2, h - 1.2);
    let (cx, cy) = (x + w / 2.0, y + h / 2.0);
    match state {
        PodState::Ready => pen.rect(x, y, w, h, r, fill(solid)),
        PodState::Completed => {
            pen.rect(x, y, w, h, r, fill(solid));
            pen.mark(moon::TICK, cx, cy, h / 15.0, stroke(Ink::OnSolid, 1.6).round());
        }
        PodState::Pending => {
            pen.rect(ix, iy, iw, ih, r, stroke(solid, 1.3).dash(4.0, 3.0).filled(Ink::Raised));
            pen.circle(cx, cy, h * 0.16, fill(solid));
        }
        PodState::Terminating => pen.rect(ix, iy, iw, ih, r, stroke(solid, 1.2).dash(3.0, 2.0).filled(Ink::OffTint)),
        PodState::Unknown => pen.rect(ix, iy, iw, ih, r, stroke(solid, 1.2).dash(0.1, 3.0).round().filled(Ink::Raised)),
        _ if state.hue() == Hue::Fail => {
            let cut = 3.0_f32.min(h * 0.25);
            let d = format!(
                "M{} {y}h{}l{cut} {cut}v{}l-{cut} {cut}h{}l-{cut} -{cut}v{}z",
                x + cut,
                w - 2.0 * cut,
                h - 2.0 * cut,
                -(w - 2.0 * cut),
                -(h - 2.0 * cut)
            );
            pen.path(d, fill(solid));
            pen.mark(moon::CROSS, cx, cy, h / 17.0, stroke(Ink::OnSolid, 1.5).round());
        }
        _ => {
            let share = if state == PodState::NotReady { 0.5 } else { 0.38 };
            pen.rect(ix, iy, iw, ih, r, stroke(solid, 1.2).filled(Ink::Raised));
            let d = format!("M{} {y}H{}a{r} {r} 0 0 0 0 {h}H{}z", x + w * share, x + r, x + w * share);
            pen.path(d, fill(solid));
        }
    }
}

/// An engineering dimension line from `x1` to `x2` with its figure inside, or on the left when there is no room.
/// `open` from 0 to 1 draws it from its middle outward.
pub fn draw_gap(pen: &mut Pen, x1: f32, x2: f32, y: f32, label: &str, hue: Hue, open: f32) {
    let middle = (x1 + x2) / 2.0;
    let half = (x2 - x1) / 2.0 * open.clamp(0.0, 1.0);
    let (x1, x2) = (middle - half, middle + half);
    let ink = hue.text();
    let style = stroke(ink, 1.0);
    let font = sans(10.5).weight(600).ink(ink);
    let w = font.width(label) + 8.0;
    pen.line(x1, y - 5.0, x1, y + 5.0, style);
    pen.line(x2, y - 5.0, x2, y + 5.0, style);
    if x2 - x1 > w + 16.0 {
        pen.line(x1, y, middle - w / 2.0, y, style);
        pen.line(middle + w / 2.0, y, x2, y, style);
        pen.text(middle, y + 3.8, label.to_owned(), font.middle());
    } else {
        pen.line(x1, y, x2, y, style);
        pen.text(x1 - 6.0, y + 3.8, label.to_owned(), font.end());
    }
    if x2 - x1 > 8.0 {
        pen.mark("M4 -2.5L0 0l4 2.5", x1, y, 1.0, style.round());
        pen.mark("M-4 -2.5L0 0l-4 2.5", x2, y, 1.0, style.round());
    }
}
