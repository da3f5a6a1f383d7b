//! The control plane lens: the last request through its gates, etcd's tape, the watchers, and who spoke to whom.

use super::Easel;
use crate::scene::glyphs::{self, Glyph};
use crate::scene::item::{Api, Control, MoverKind, Scene, Talk, Thing};
use crate::scene::kit::{line, message, moon, process, waterline};
use crate::scene::shape::{Pen, Rect, fill, mono, sans, stroke};
use crate::scene::state::Lamp;
use crate::scene::theme::{Hue, Ink};
use crate::scene::words::{Word, word};
use crate::time::Time;

pub(super) fn draw(pen: &mut Pen, easel: &Easel<'_>) {
    let scene = easel.scene;
    let window = easel.layout.window;
    let (x0, x1) = (37.0, window.w - 37.0);
    let mut found: (Option<&Control>, Option<&Api>) = (None, None);
    for item in &scene.items {
        match &item.thing {
            Thing::Control(control) => found.0 = Some(control),
            Thing::Api(api) => found.1 = Some(api),
            _ => {}
        }
    }
    let (Some(control), Some(api)) = found else { return };
    let lang = scene.view.lang;
    let title = word(lang, Word::OneRequest);
    pen.text(x0 + 2.0, 54.0, title, sans(13.0).weight(600));
    let after = x0 + 12.0 + sans(13.0).weight(600).width(title);
    pen.text(after, 54.0, word(lang, Word::OneRequestHint), sans(12.0).ink(Ink::Ink3));
    let top = 70.0;
    let etcd = Rect::new(x1 - 172.0, top, 172.0, 150.0);
    let server = Rect::new(x0, top, etcd.x - 34.0 - x0, 150.0);
    draw_server(pen, server, api);
    draw_tape(pen, etcd, control);
    let y = top + 80.0;
    pen.line(server.right(), y, etcd.x - 2.0, y, stroke(Ink::GoSolid, 2.0));
    message::dart(pen, etcd.x - 4.0, y, 0.0, Hue::Go, false, 0.0);
    let watchers = draw_watchers(pen, easel, Rect::new(x0, server.bottom() + 18.0, x1 - x0, 100.0), server);
    draw_talk(pen, scene, Rect::new(x0, watchers + 30.0, x1 - x0, window.h - 58.0 - watchers - 30.0));
}

fn draw_server(pen: &mut Pen, rect: Rect, api: &Api) {
    let Rect { x, y, w, .. } = rect;
    pen.area(rect, 12.0, fill(Ink::Proc).stroked(Ink::ProcLine, 1.0));
    pen.glyph(&glyphs::API, x + 16.0, y + 14.0, 18.0, Ink::ProcInk);
    pen.text(x + 44.0, y + 28.0, "kube-apiserver", mono(14.0).weight(700).ink(Ink::ProcInk));
    pen.text(x + w - 16.0, y + 28.0, api.line.clone(), mono(12.0).ink(Ink::ProcInk).end());
    let gates = waterline::GATES.len() + 1;
    let gw = (w - 32.0 - (gates as f32 - 1.0) * 8.0) / gates as f32;
    for i in 0..gates {
        let gx = x + 16.0 + i as f32 * (gw + 8.0);
        let last = i + 1 == gates;
        let name = if last { "store" } else { waterline::GATES[i] };
        let passed = if last { !api.refused && api.passed == 4 } else { i < api.passed };
        let stopped = api.refused && i == api.passed;
        let d = format!("M{gx} {}a6 6 0 0 1 6 -6h{}l8 44l-8 44h-{}a6 6 0 0 1 -6 -6z", y + 50.0, gw - 14.0, gw - 14.0);
        let (body, edge, width) = match (last && passed, stopped) {
            (true, _) => (Ink::GoTint, Ink::GoSolid, 1.8),
            (_, true) => (Ink::FailTint, Ink::FailSolid, 1.8),
            _ => (Ink::Proc2, Ink::ProcLine, 1.0),
        };
        pen.path(d, fill(body).stroked(edge, width));
        let plain = !(last && passed) && !stopped;
        let (ink, ink2) = if plain { (Ink::ProcInk, Ink::ProcInk2) } else { (Ink::Ink1, Ink::Ink2) };
        pen.text(gx + 12.0, y + 68.0, name, sans(12.5).weight(600).ink(ink));
        let what = gate_words(name, api);
        pen.text(gx + 12.0, y + 92.0, what, sans(11.5).ink(ink2));
        if passed {
            pen.circle(gx + 19.0, y + 116.0, 7.0, fill(Ink::OkSolid));
            pen.mark(moon::TICK, gx + 19.0, y + 116.0, 0.8, stroke(Ink::OnSolid, 1.6).round());
        } else if stopped {
            moon::octagon_cross(pen, gx + 19.0, y + 116.0, 7.0);
        }
    }
}

fn gate_words(gate: &str, api: &Api) -> String {
    match gate {
        "authn" => "who is it?".into(),
        "authz" => "may they?".into(),
        "admission" => "change or refuse".into(),
        "validation" => "is it well formed?".into(),
        _ if api.refused => "not reached".into(),
        _ => api.tail.split("   ").last().unwrap_or("").into(),
    }
}

fn draw_tape(pen: &mut Pen, rect: Rect, control: &Control) {
    const ROW: f32 = 19.0;
    process::draw(pen, rect.x, rect.y - 4.0, rect.w, "etcd", &glyphs::ETCD, control.lamps[0], process::WATCHER);
    let top = rect.y + 30.0;
    let rows = ((rect.h - 30.0) / ROW) as usize;
    let cells = &control.cells[control.cells.len().saturating_sub(rows)..];
    pen.rect(rect.x, top, rect.w, rows as f32 * ROW, 2.0, fill(Ink::Raised).stroked(Ink::Line2, 1.0));
    for (i, cell) in cells.iter().enumerate() {
        let y = top + i as f32 * ROW;
        if cell.fresh {
            pen.rect(rect.x, y, rect.w, ROW, 0.0, fill(Ink::GoTint).stroked(Ink::GoSolid, 1.4));
        } else if i > 0 {
            pen.line(rect.x, y, rect.right(), y, stroke(Ink::Line1, 1.0));
        }
        let (weight, ink) = if cell.fresh { (700, Ink::GoText) } else { (400, Ink::Ink1) };
        pen.text(rect.x + 10.0, y + 13.5, cell.revision.to_string(), mono(12.0).weight(weight).ink(ink));
        let letter = match cell.letter {
            'A' => Ink::OkText,
            'D' => Ink::FailText,
            _ => Ink::GoText,
        };
        pen.text(rect.x + 62.0, y + 13.5, cell.letter.to_string(), mono(12.0).weight(700).ink(letter));
        pen.glyph(cell.glyph, rect.x + 82.0, y + 3.0, 13.0, Ink::Ink2);
        if cell.cause {
            pen.rect(rect.right() - 5.0, y + 2.0, 3.0, ROW - 4.0, 1.0, fill(Ink::CauseSolid));
        }
    }
}

/// Who watches: the busiest controllers and the kubelets.
fn lanes(scene: &Scene) -> Vec<(String, &'static str, &'static Glyph)> {
    let mut lanes: Vec<(String, &'static str, &'static Glyph)> = vec![
        ("deployment".into(), "deployment-controller", &glyphs::DEPLOY),
        ("replicaset".into(), "replicaset-controller", &glyphs::RS),
        ("scheduler".into(), "scheduler", &glyphs::SCHEDULER),
        ("endpointslice".into(), "endpointslice-controller", &glyphs::EPS),
    ]
    .into_iter()
    .map(|(name, id, glyph): (&str, &'static str, &'static Glyph)| (name.to_owned(), id, glyph))
    .collect();
    let nodes = scene.items.iter().filter(|item| matches!(item.thing, Thing::Node(_)));
    for node in nodes.filter(|node| !node.name.contains("control-plane")).take(2) {
        lanes.push((format!("kubelet {}", node.name), "", &glyphs::KUBELET));
    }
    lanes
}

fn lane_id(lane: &(String, &'static str, &'static Glyph)) -> String {
    match lane.0.strip_prefix("kubelet ") {
        Some(node) => format!("process/kubelet@{node}"),
        None => format!("process/{}", lane.1),
    }
}

/// The watch cache and the programs it feeds. Gives the bottom of the band.
fn draw_watchers(pen: &mut Pen, easel: &Easel<'_>, rect: Rect, server: Rect) -> f32 {
    let scene = easel.scene;
    let lang = scene.view.lang;
    let cache = Rect::new(rect.x + 80.0, rect.y, rect.w - 160.0, 26.0);
    pen.line(server.center().x, server.bottom(), server.center().x, cache.y - 1.0, stroke(Ink::Line3, 1.2));
    pen.mark("M-4 -7l4 6 4-6", server.center().x, cache.y, 1.0, stroke(Ink::Line3, 1.2).round());
    pen.area(cache, 6.0, fill(Ink::Raised).stroked(Ink::Line2, 1.0));
    let name = word(lang, Word::WatchCache);
    pen.text(cache.x + 14.0, cache.y + 17.5, name, sans(12.0).weight(600));
    let after = cache.x + 24.0 + sans(12.0).weight(600).width(name);
    pen.text(after, cache.y + 17.5, word(lang, Word::WatchCacheHint), sans(11.5).ink(Ink::Ink3));
    let lanes = lanes(scene);
    let gap = 10.0;
    let w = (rect.w - (lanes.len() as f32 - 1.0) * gap) / lanes.len() as f32;
    let y = cache.bottom() + 34.0;
    for (i, lane) in lanes.iter().enumerate() {
        let x = rect.x + i as f32 * (w + gap);
        let start = cache.x + 40.0 + i as f32 * (cache.w - 80.0) / (lanes.len() as f32 - 1.0).max(1.0);
        let id = lane_id(lane);
        let news = scene.talk.iter().rev().find(|talk| {
            talk.to.as_str() == id && matches!(talk.kind, MoverKind::Watch(_)) && talk.lands.0 + 400 > scene.now.0
        });
        let d = format!("M{start:.1} {:.1}V{:.1}H{:.1}V{y:.1}", cache.bottom(), cache.bottom() + 16.0, x + w / 2.0);
        line::watches(pen, d, news.is_some());
        process::draw(pen, x, y, w, &lane.0, lane.2, Lamp::Lit, process::WATCHER);
        if let Some(Talk { kind: MoverKind::Watch(letter), .. }) = news {
            message::watch(pen, x + w / 2.0, y - 9.0, 8.0, *letter);
        }
    }
    y + 30.0
}

/// The sequence chart: virtual time to the right, one lane for each who speaks.
fn draw_talk(pen: &mut Pen, scene: &Scene, rect: Rect) {
    const WINDOW: f32 = 150.0;
    let lang = scene.view.lang;
    let title = word(lang, Word::WhoSpoke);
    pen.text(rect.x + 2.0, rect.y, title, sans(13.0).weight(600));
    let after = rect.x + 12.0 + sans(13.0).weight(600).width(title);
    pen.text(after, rect.y, word(lang, Word::WhoSpokeHint), sans(12.0).ink(Ink::Ink3));
    let top = rect.y + 10.0;
    let bottom = rect.bottom() - 8.0;
    let mut rows: Vec<(String, String)> = vec![
        ("kubectl".into(), "outside".into()),
        ("etcd".into(), "process/etcd".into()),
        ("kube-apiserver".into(), "process/kube-apiserver".into()),
    ];
    rows.extend(
        lanes(scene).iter().filter(|lane| lane.0 != "endpointslice").map(|lane| (lane.0.clone(), lane_id(lane))),
    );
    let pitch = (bottom - top) / rows.len() as f32;
    let left = rect.x + 128.0;
    let first = scene.talk.first().map_or(0, |talk| talk.departs.0);
    let newest = scene.talk.iter().map(|talk| talk.lands.0).max().unwrap_or(scene.now.0);
    // a thread is read from its command on, anything else back from the newest word
    let forward = scene.view.thread.is_some() && scene.talk.iter().any(|talk| talk.cause);
    let start = if forward { first as f32 } else { newest as f32 - WINDOW };
    let x_of = |at: Time| left + ((at.0 as f32 - start) / WINDOW).clamp(0.0, 1.0) * (rect.right() - 16.0 - left);
    let row_y = |i: usize| top + pitch * (i as f32 + 0.5);
    for (i, (name, _)) in rows.iter().enumerate() {
        let strong = i == 2;
        let (ink, width) = if strong { (Ink::Line3, 1.4) } else { (Ink::Line2, 1.0) };
        pen.line(left, row_y(i), rect.right(), row_y(i), stroke(ink, width));
        let font = sans(12.0).weight(if strong { 600 } else { 400 }).ink(if strong { Ink::Ink1 } else { Ink::Ink2 });
        pen.text(rect.x + 2.0, row_y(i) + 4.5, name.clone(), font);
    }
    for tick in 0..=15_i32 {
        let x = left + tick as f32 / 15.0 * (rect.right() - 16.0 - left);
        pen.line(x, bottom + 2.0, x, bottom + if tick % 5 == 0 { 9.0 } else { 5.0 }, stroke(Ink::Line3, 1.0));
        if tick % 5 == 0 {
            let font = sans(11.0).ink(Ink::Ink3).middle();
            let label = if forward { tick * 10 } else { (tick - 15) * 10 };
            let unit = if tick == 15 { " ms" } else { "" };
            pen.text(x, bottom + 21.0, format!("{label}{unit}"), font);
        }
    }
    let row_of = |id: &str| rows.iter().position(|(_, row)| row == id);
    for talk in scene.talk.iter().filter(|talk| talk.departs.0 as f32 >= start) {
        let (Some(from), Some(to)) = (row_of(talk.from.as_str()), row_of(talk.to.as_str())) else { continue };
        draw_line(pen, talk, (x_of(talk.departs), row_y(from)), (x_of(talk.lands), row_y(to)));
    }
}

fn draw_line(pen: &mut Pen, talk: &Talk, from: (f32, f32), to: (f32, f32)) {
    let ink = if talk.cause { Ink::CauseSolid } else { Ink::GoSolid };
    match talk.kind {
        MoverKind::Watch(letter) if talk.revision.is_none() => {
            pen.line(from.0, from.1 + 7.0, to.0, to.1 - 8.0, stroke(Ink::Line3, 1.1));
            message::watch(pen, to.0, to.1, 7.5, letter);
        }
        _ => {
            let up = if to.1 < from.1 { -1.0 } else { 1.0 };
            let tip = to.1 - up * 6.0;
            pen.line(from.0, from.1 + up * 7.0, to.0, tip, stroke(ink, 1.5));
            let d = if up < 0.0 { "M-4 7L0 0l4 7z" } else { "M-4 -7L0 0l4 -7z" };
            pen.mark(d, to.0, tip, 1.0, fill(ink));
            if let Some(revision) = talk.revision {
                pen.rect(to.0 - 4.0, to.1 - 5.0, 8.0, 10.0, 1.0, fill(ink));
                pen.text(to.0, to.1 - 10.0, revision.to_string(), mono(11.0).ink(Ink::Ink2).middle());
            }
        }
    }
}
