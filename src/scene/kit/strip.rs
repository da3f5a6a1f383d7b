//! The strip chart of a Deployment: pods that exist and pods that are available over the last 60 s.

use std::fmt::Write;

use crate::scene::shape::{Pen, Rect, sans, stroke};
use crate::scene::theme::Ink;

/// One change of a number: seconds ago (60 is the left edge) and the value from then on.
pub type Step = (f32, u32);

/// The series of a strip chart, oldest first.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Strip<'a> {
    pub exist: &'a [Step],
    pub available: &'a [Step],
    /// The most pods allowed and the least available during a rollout.
    pub max: u32,
    pub min: u32,
    /// Seconds since the last change of the spec, if in the window.
    pub changed: Option<f32>,
    pub words: [&'a str; 2],
}

/// The chart inside `area`; the limits are labelled at its right.
pub fn draw(pen: &mut Pen, area: Rect, strip: &Strip<'_>) {
    let most = strip.exist.iter().chain(strip.available).map(|step| step.1).max().unwrap_or(0).max(strip.max);
    let least = strip.exist.iter().chain(strip.available).map(|step| step.1).min().unwrap_or(0).min(strip.min);
    let floor = least.saturating_sub(1) as f32;
    let span = (most as f32 - floor).max(1.0) + 0.4;
    let (gx, gw) = (area.x, area.w - 44.0);
    let bottom = area.bottom() - 5.0;
    let height = bottom - area.y;
    let y_of = |n: u32| bottom - (n as f32 - floor) / span * height;
    let x_of = |ago: f32| gx + (1.0 - ago / 60.0).clamp(0.0, 1.0) * gw;
    let limit = stroke(Ink::Line3, 1.0).dash(3.0, 3.0);
    let small = sans(10.5).ink(Ink::Ink3);
    for (n, word) in [(strip.max, "max"), (strip.min, "min")] {
        if word == "min" && (strip.min == strip.max || (y_of(strip.min) - y_of(strip.max)) < 11.0) {
            continue;
        }
        pen.line(gx, y_of(n), gx + gw, y_of(n), limit);
        pen.text(gx + gw + 6.0, y_of(n) + 4.0, format!("{word} {n}"), small);
    }
    let rule = stroke(Ink::Line3, 1.0);
    pen.line(gx, bottom, gx + gw, bottom, rule);
    for second in (0..=60).step_by(10) {
        let x = gx + second as f32 / 60.0 * gw;
        pen.line(x, bottom, x, bottom + if second % 30 == 0 { 5.0 } else { 3.0 }, rule);
    }
    if let Some(ago) = strip.changed.filter(|ago| *ago <= 60.0) {
        pen.line(x_of(ago), area.y - 2.0, x_of(ago), bottom, stroke(Ink::CauseSolid, 1.0).dash(2.0, 3.0));
    }
    series(pen, strip.exist, x_of, |n| y_of(n) - 1.0, stroke(Ink::Ink1, 1.5));
    series(pen, strip.available, x_of, |n| y_of(n) + 1.0, stroke(Ink::OkSolid, 2.0));
    if let (Some(exist), Some(available)) = (strip.exist.last(), strip.available.last())
        && y_of(available.1) - y_of(exist.1) > 26.0
        && exist.0.min(available.0) > 36.0
    {
        let changed = if strip.exist.len() > 1 || strip.available.len() > 1 { exist.0.min(available.0) } else { 60.0 };
        let x = x_of(changed) + 8.0;
        pen.text(x, y_of(exist.1) + 13.0, strip.words[0].to_owned(), sans(10.5).ink(Ink::Ink2));
        pen.text(x, y_of(available.1) - 6.0, strip.words[1].to_owned(), sans(10.5).weight(500).ink(Ink::OkText));
    }
}

fn series(
    pen: &mut Pen,
    steps: &[Step],
    x_of: impl Fn(f32) -> f32,
    y_of: impl Fn(u32) -> f32,
    style: crate::scene::shape::Style,
) {
    let Some(first) = steps.first() else { return };
    let mut d = format!("M{:.1} {:.1}", x_of(first.0), y_of(first.1));
    for (ago, n) in &steps[1..] {
        let _ = write!(d, "H{:.1}V{:.1}", x_of(*ago), y_of(*n));
    }
    let _ = write!(d, "H{:.1}", x_of(0.0));
    pen.path(d, style);
}
