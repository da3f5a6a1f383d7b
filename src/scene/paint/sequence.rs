//! The sequence chart: virtual time to the right, a lane for each who speaks. Every line touches the API server.

use std::collections::BTreeMap;

use super::control_plane::{lane_id, lanes};
use crate::scene::item::{MoverKind, Scene, Talk};
use crate::scene::kit::message;
use crate::scene::shape::{Pen, Rect, fill, mono, sans, stroke};
use crate::scene::theme::Ink;
use crate::scene::words::{Word, word};
use crate::time::Time;

/// The longest time between a watch event and the request it leads to, in ms.
const THINKING: u64 = 40;

/// The scales of the chart.
struct Axes {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    pitch: f32,
    start: f32,
    window: f32,
    /// A thread is read from its command on, anything else back from the newest word.
    forward: bool,
}

impl Axes {
    fn x(&self, at: Time) -> f32 {
        self.left + ((at.0 as f32 - self.start) / self.window).clamp(0.0, 1.0) * (self.right - 16.0 - self.left)
    }

    fn y(&self, row: usize) -> f32 {
        self.top + self.pitch * (row as f32 + 0.5)
    }
}

pub(super) fn draw(pen: &mut Pen, scene: &Scene, rect: Rect) {
    let lang = scene.view.lang;
    let title = word(lang, Word::WhoSpoke);
    pen.text(rect.x + 2.0, rect.y, title, sans(13.0).weight(600));
    let after = rect.x + 12.0 + sans(13.0).weight(600).width(title);
    pen.text(after, rect.y, word(lang, Word::WhoSpokeHint), sans(12.0).ink(Ink::Ink3));
    let mut rows: Vec<(String, String)> = vec![
        ("kubectl".into(), "outside".into()),
        ("etcd".into(), "process/etcd".into()),
        ("kube-apiserver".into(), "process/kube-apiserver".into()),
    ];
    rows.extend(lanes(scene).iter().map(|lane| (lane.0.clone(), lane_id(lane))));
    let axes = axes(scene, rect, rows.len());
    draw_axes(pen, &axes, &rows);
    let row_of = |id: &str| rows.iter().position(|(_, row)| row == id);
    draw_thinking(pen, scene, &axes, row_of);
    let mut drawn = Drawn::default();
    for talk in scene.talk.iter().filter(|talk| talk.departs.0 as f32 >= axes.start) {
        let (Some(from), Some(to)) = (row_of(talk.from.as_str()), row_of(talk.to.as_str())) else { continue };
        let ends = ((axes.x(talk.departs), axes.y(from)), (axes.x(talk.lands), axes.y(to)));
        draw_line(pen, talk, ends, to, &mut drawn);
    }
}

fn axes(scene: &Scene, rect: Rect, rows: usize) -> Axes {
    let (top, bottom) = (rect.y + 10.0, rect.bottom() - 8.0);
    let first = scene.talk.first().map_or(0, |talk| talk.departs.0);
    let newest = scene.talk.iter().map(|talk| talk.lands.0).max().unwrap_or(scene.now.0);
    let forward = scene.view.thread.is_some() && scene.talk.iter().any(|talk| talk.cause);
    let window =
        [30.0, 60.0, 90.0, 150.0].into_iter().find(|w| newest.saturating_sub(first) as f32 <= *w).unwrap_or(150.0);
    Axes {
        left: rect.x + 128.0,
        right: rect.right(),
        top,
        bottom,
        pitch: (bottom - top) / rows as f32,
        start: if forward { first as f32 } else { newest as f32 - window },
        window,
        forward,
    }
}

fn draw_axes(pen: &mut Pen, axes: &Axes, rows: &[(String, String)]) {
    for (i, (name, _)) in rows.iter().enumerate() {
        let strong = i == 2;
        let (ink, width) = if strong { (Ink::Line3, 1.4) } else { (Ink::Line2, 1.0) };
        pen.line(axes.left, axes.y(i), axes.right, axes.y(i), stroke(ink, width));
        let font = sans(12.0).weight(if strong { 600 } else { 400 }).ink(if strong { Ink::Ink1 } else { Ink::Ink2 });
        pen.text(axes.left - 126.0, axes.y(i) + 4.5, name.clone(), font);
    }
    for tick in 0..=15_i32 {
        let x = axes.left + tick as f32 / 15.0 * (axes.right - 16.0 - axes.left);
        let long = if tick % 5 == 0 { 9.0 } else { 5.0 };
        pen.line(x, axes.bottom + 2.0, x, axes.bottom + long, stroke(Ink::Line3, 1.0));
        if tick % 5 == 0 {
            let step = (axes.window / 15.0) as i32;
            let label = if axes.forward { tick * step } else { (tick - 15) * step };
            let unit = if tick == 15 { " ms" } else { "" };
            pen.text(x, axes.bottom + 21.0, format!("{label}{unit}"), sans(11.0).ink(Ink::Ink3).middle());
        }
    }
}

/// A bar from a watch event to the request that it led to: somebody compared what is with what should be.
fn draw_thinking(pen: &mut Pen, scene: &Scene, axes: &Axes, row_of: impl Fn(&str) -> Option<usize>) {
    for ask in scene.talk.iter().filter(|talk| talk.kind == MoverKind::Request) {
        let Some(row) = row_of(ask.from.as_str()).filter(|row| *row > 2) else { continue };
        let news = scene.talk.iter().rev().find(|talk| {
            talk.to == ask.from
                && matches!(talk.kind, MoverKind::Watch(_))
                && talk.lands <= ask.departs
                && talk.lands.0 + THINKING >= ask.departs.0
        });
        let Some(news) = news.filter(|news| news.departs.0 as f32 >= axes.start) else { continue };
        let (a, b) = (axes.x(news.lands), axes.x(ask.departs));
        let style = fill(Ink::Proc2).stroked(Ink::ProcLine, 0.8);
        pen.rect(a, axes.y(row) - 6.0, (b - a).max(4.0), 12.0, 3.0, style);
    }
}

/// Where the last label and the last ring of each lane stand, so that none covers another.
#[derive(Default)]
struct Drawn {
    label: f32,
    rings: BTreeMap<usize, f32>,
}

fn draw_line(pen: &mut Pen, talk: &Talk, ends: ((f32, f32), (f32, f32)), row: usize, drawn: &mut Drawn) {
    let (from, to) = ends;
    let own = talk.from.as_str() == "outside" && talk.cause;
    let ink = if own { Ink::CauseSolid } else { Ink::GoSolid };
    match talk.kind {
        MoverKind::Watch(letter) if talk.revision.is_none() => {
            pen.line(from.0, from.1 + 7.0, to.0, to.1 - 8.0, stroke(Ink::Line3, 1.1));
            let last = drawn.rings.get(&row).copied().unwrap_or(f32::MIN);
            if to.0 - last >= 13.0 {
                drawn.rings.insert(row, to.0);
                message::watch(pen, to.0, to.1, 7.5, letter);
            }
        }
        _ => {
            let up = if to.1 < from.1 { -1.0 } else { 1.0 };
            let tip = to.1 - up * 6.0;
            pen.line(from.0, from.1 + up * 7.0, to.0, tip, stroke(ink, 1.5));
            let d = if up < 0.0 { "M-4 7L0 0l4 7z" } else { "M-4 -7L0 0l4 -7z" };
            pen.mark(d, to.0, tip, 1.0, fill(ink));
            if let Some(revision) = talk.revision {
                pen.rect(to.0 - 4.0, to.1 - 5.0, 8.0, 10.0, 1.0, fill(ink));
                let font = mono(11.0).ink(Ink::Ink2).middle();
                let label = revision.to_string();
                let half = font.width(&label) / 2.0 + 2.0;
                if to.0 - half >= drawn.label {
                    drawn.label = to.0 + half;
                    pen.text(to.0, to.1 - 10.0, label, font);
                }
            }
        }
    }
}
