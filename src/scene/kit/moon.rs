//! The moon: the mark of a pod's life. It waxes until the pod can take traffic; trouble is an octagon, never a circle.

use std::f32::consts::{PI, TAU};

use crate::scene::shape::{Pen, fill, mono, sans, stroke};
use crate::scene::state::PodState;
use crate::scene::theme::{Hue, Ink};

/// An octagon of radius 8 about the origin.
pub const OCTAGON: &str = "M7.83 3.25L3.25 7.83L-3.25 7.83L-7.83 3.25L-7.83 -3.25L-3.25 -7.83L3.25 -7.83L7.83 -3.25z";
/// A tick in the 16 px box.
pub const TICK: &str = "M-3.4 .3L-1 2.7L3.4 -2.4";
/// A cross in the 16 px box.
pub const CROSS: &str = "M-2.8 -2.8L2.8 2.8M2.8 -2.8L-2.8 2.8";

/// The mark of a state about `cx`, `cy` with radius `r`. `left` is the share of the grace period that is left.
pub fn draw(pen: &mut Pen, cx: f32, cy: f32, r: f32, state: PodState, left: f32) {
    let hue = state.hue();
    let solid = hue.solid();
    let (width, k) = ((r * 0.21).max(1.3), r / 8.0);
    let inner = r - width / 2.0;
    let ring = |pen: &mut Pen| pen.circle(cx, cy, inner, stroke(solid, width).filled(Ink::Raised));
    let signs = |pen: &mut Pen, d: &'static str, ink: Ink, w: f32| pen.mark(d, cx, cy, k, stroke(ink, w * k).round());
    if hue == Hue::Fail {
        pen.mark(OCTAGON, cx, cy, k, fill(solid));
    }
    match state {
        PodState::Pending => {
            let dash = inner * TAU / 16.0;
            pen.circle(cx, cy, inner, stroke(solid, width).dash(dash, dash));
        }
        PodState::Scheduled => ring(pen),
        PodState::Creating => {
            ring(pen);
            let ki = inner / 8.0;
            pen.mark("M0 0V-8A8 8 0 0 1 8 0z", cx, cy, ki, fill(solid));
        }
        PodState::Pulling => {
            ring(pen);
            signs(pen, "M0 -4L0 3M-2.8 .4L0 3.2L2.8 .4", solid, 1.8);
        }
        PodState::Init => {
            ring(pen);
            signs(pen, "M-3.8 3L-1.2 3L-1.2 0L1.4 0L1.4 -3L4 -3", solid, 1.7);
        }
        PodState::NotReady => {
            ring(pen);
            half(pen, cx, cy, inner, solid);
        }
        PodState::Ready => pen.circle(cx, cy, r * 0.82, fill(solid)),
        PodState::Completed => {
            pen.circle(cx, cy, r, fill(solid));
            signs(pen, TICK, Ink::OnSolid, 1.7);
        }
        PodState::Terminating => {
            pen.circle(cx, cy, inner, stroke(Ink::Line2, width).filled(Ink::Raised));
            arc(pen, cx, cy, inner, 0.0, TAU * left.clamp(0.0, 1.0), stroke(solid, width * 1.15));
            pen.rect(cx - 2.1 * k, cy - 2.1 * k, 4.2 * k, 4.2 * k, 0.5, fill(solid));
        }
        PodState::CrashLoop => {
            arc(pen, cx, cy, 3.7 * k, 0.9, TAU - 0.35, stroke(Ink::OnSolid, 1.7 * k).round());
            signs(pen, "M-3.3 -4.6L-1 -3.6L-2 -1.3", Ink::OnSolid, 1.5);
            if k >= 0.8 {
                pen.circle(cx, cy, 1.1 * k, fill(Ink::OnSolid));
            }
        }
        PodState::PullFail => signs(pen, "M0 -4.2L0 1M-2.4 -1.2L0 1.2L2.4 -1.2M-3.2 4L3.2 4", Ink::OnSolid, 1.7),
        PodState::Oom => {
            signs(pen, "M-4.6 -1.2L-2.6 -1.2M2.6 -1.2L4.6 -1.2", Ink::OnSolid, 1.5);
            pen.mark("M-1.7 4.4V-2.6L0 -5L1.7 -2.6V4.4z", cx, cy, k, fill(Ink::OnSolid));
        }
        PodState::Failed => signs(pen, CROSS, Ink::OnSolid, 1.7),
        PodState::Evicted => {
            pen.mark("M0 -4L3.6 .6L-3.6 .6z", cx, cy, k, fill(Ink::OnSolid));
            signs(pen, "M-3.2 3.4L3.2 3.4", Ink::OnSolid, 1.7);
        }
        PodState::Unknown => {
            pen.circle(cx, cy, inner, stroke(solid, width).dash(0.1, inner * TAU / 12.0).round().filled(Ink::Raised));
            pen.text(cx, cy + 3.6 * k, "?", sans(10.0 * k).weight(600).ink(Ink::OffText).middle());
        }
    }
}

/// The left half of a disc.
pub fn half(pen: &mut Pen, cx: f32, cy: f32, r: f32, ink: Ink) {
    pen.mark("M0 -8A8 8 0 0 0 0 8z", cx, cy, r / 8.0, fill(ink));
}

/// An arc from angle `from` to `to`, in radians clockwise from the top.
pub fn arc(pen: &mut Pen, cx: f32, cy: f32, r: f32, from: f32, to: f32, style: crate::scene::shape::Style) {
    let to = to.min(from + TAU - 0.01);
    if to - from < 0.01 {
        return;
    }
    let at = |a: f32| (cx + r * a.sin(), cy - r * a.cos());
    let ((x0, y0), (x1, y1)) = (at(from), at(to));
    let large = u8::from(to - from > PI);
    pen.path(format!("M{x0:.2} {y0:.2}A{r:.2} {r:.2} 0 {large} 1 {x1:.2} {y1:.2}"), style);
}

/// A small octagon with a cross, haloed: a packet ended here, a start failed here.
pub fn octagon_cross(pen: &mut Pen, cx: f32, cy: f32, r: f32) {
    let k = r / 8.0;
    pen.mark(OCTAGON, cx, cy, k, fill(Ink::FailSolid).stroked(Ink::Paper, 1.8));
    pen.mark(CROSS, cx, cy, k, stroke(Ink::OnSolid, r * 0.22).round());
}

/// A numbered stop of a thread or a path.
pub fn stop(pen: &mut Pen, cx: f32, cy: f32, r: f32, number: usize, ink: Ink, text: Ink) {
    pen.circle(cx, cy, r, fill(ink).stroked(Ink::Paper, 2.0));
    let font = if number > 9 { mono(r) } else { sans(r * 1.18) };
    pen.text(cx, cy + r * 0.41, number.to_string(), font.weight(600).ink(text).middle());
}
