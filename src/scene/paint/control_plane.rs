//! The control plane lens: the last request through its gates, etcd's tape, the watchers, and who spoke to whom.

use super::{Easel, sequence};
use crate::scene::glyphs::{self, Glyph};
use crate::scene::item::{Api, Control, MoverKind, Scene, Talk, Thing};
use crate::scene::kit::{line, message, moon, process, waterline};
use crate::scene::shape::{Pen, Rect, fill, mono, sans, stroke};
use crate::scene::state::Lamp;
use crate::scene::theme::{Hue, Ink};
use crate::scene::words::{Word, word};

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
    sequence::draw(pen, scene, Rect::new(x0, watchers + 30.0, x1 - x0, window.h - 58.0 - watchers - 30.0));
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
        let plain = !(stopped || last && passed);
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

/// A lane: its label, the process it stands for (none for a kubelet), its glyph.
pub(super) type Lane = (String, &'static str, &'static Glyph);

/// Who watches: the busiest controllers and the kubelets.
pub(super) fn lanes(scene: &Scene) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = vec![
        ("deployment", "deployment-controller", &glyphs::DEPLOY),
        ("replicaset", "replicaset-controller", &glyphs::RS),
        ("scheduler", "scheduler", &glyphs::SCHEDULER),
        ("endpointslice", "endpointslice-controller", &glyphs::EPS),
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

pub(super) fn lane_id(lane: &Lane) -> String {
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
