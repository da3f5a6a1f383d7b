//! One item at its place: facts become the inputs of the kit.

use super::{Easel, Pose};
use crate::scene::glyphs;
use crate::scene::item::{self, Item, Thing};
use crate::scene::kit::{capsule, card::Head};
use crate::scene::kit::{card, container, control, node, pip, pod, service, strip, waterline, workload};
use crate::scene::measure;
use crate::scene::place::Level;
use crate::scene::shape::{Pen, Rect, fill, mono, stroke};
use crate::scene::theme::{Hue, Ink};
use crate::scene::words::{Word, word};

pub(super) fn draw(pen: &mut Pen, easel: &Easel<'_>, item: &Item, pose: &Pose) {
    match &item.thing {
        Thing::Control(facts) => draw_control(pen, easel, facts, pose.rect),
        Thing::Api(api) => {
            let request =
                waterline::Request { passed: api.passed, refused: api.refused, line: &api.line, tail: &api.tail };
            waterline::draw(pen, pose.rect, &request, api.lamp);
        }
        Thing::Namespace { .. } => {}
        Thing::Node(facts) => draw_node(pen, item, facts, pose),
        Thing::Pod(facts) => {
            if let Some((before, left)) = easel.fading.get(&item.id) {
                draw_pod(pen, easel, item, facts, pose);
                pen.group(0.0, 0.0, 0.0, *left, |pen| draw_pod(pen, easel, item, before, pose));
            } else {
                draw_pod(pen, easel, item, facts, pose);
            }
        }
        Thing::Workload(facts) => draw_workload(pen, easel, item, facts, pose),
        Thing::Service(facts) => draw_service(pen, easel, item, facts, pose),
        Thing::Record(facts) => {
            let head = Head {
                glyph: facts.glyph,
                name: &item.name,
                kind: crate::scene::words::kind(easel.scene.view.lang, &facts.kind),
                flag: None,
                hue: hue(easel, item, facts.hue),
                plain: true,
            };
            card::draw(pen, pose.rect, &head);
        }
    }
}

/// The outline of a card: plum when it is on the thread.
fn hue(easel: &Easel<'_>, item: &Item, own: Option<Hue>) -> Option<Hue> {
    if easel.scene.thread.contains(&item.id) { Some(Hue::Cause) } else { own }
}

fn draw_control(pen: &mut Pen, easel: &Easel<'_>, facts: &item::Control, rect: Rect) {
    let lang = easel.scene.view.lang;
    let dials: Vec<control::Dial<'_>> = facts
        .dials
        .iter()
        .map(|dial| control::Dial { name: dial.name, glyph: dial.glyph, seen: dial.seen, wanted: dial.wanted })
        .collect();
    let inputs = control::Control {
        caption: word(lang, Word::ControlPlane),
        node: &facts.node,
        cells: &facts.cells,
        queue: facts.queue,
        last: &facts.last,
        dials: &dials,
        lamps: facts.lamps,
        words: [word(lang, Word::Queue), word(lang, Word::Last)],
    };
    control::draw(pen, rect, &inputs);
}

fn draw_node(pen: &mut Pen, item: &Item, facts: &item::Node, pose: &Pose) {
    let rect = pose.rect;
    if pose.level == Level::Rack {
        let line = if facts.ready { Ink::Line2 } else { Ink::FailLine };
        let mut style = fill(Ink::Sunk).stroked(line, 1.0);
        if facts.cordoned {
            style = style.dash(5.0, 3.5);
        }
        pen.area(rect, 3.0, style);
        let name = measure::tail(&item.name, rect.w - 10.0, 10.5).to_owned();
        pen.text(rect.x + 5.0, rect.y + 12.5, name, mono(10.5).weight(700));
        if !facts.ready {
            let mark = stroke(Ink::FailSolid, 1.4).round();
            pen.mark("M-3 -3L3 3M3 -3L-3 3", rect.right() - 8.0, rect.y + 9.0, 1.0, mark);
        }
        return;
    }
    let [kubelet, proxy, runtime] = facts.lamps;
    let processes = [
        ("kubelet", &glyphs::KUBELET, kubelet),
        ("kube-proxy", &glyphs::PROXY, proxy),
        ("containerd", &glyphs::RUNTIME, runtime),
    ];
    let inputs = node::Node {
        name: &item.name,
        sub: &facts.sub,
        cpu: facts.cpu,
        memory: facts.memory,
        ready: facts.ready,
        cordoned: facts.cordoned,
        pressure: &facts.pressure,
        taint: &facts.taint,
        processes: if pose.level == Level::Pod { &processes } else { &[] },
    };
    node::draw(pen, rect, &inputs);
}

fn draw_pod(pen: &mut Pen, easel: &Easel<'_>, item: &Item, facts: &item::Pod, pose: &Pose) {
    let waits = item.parent.as_ref().is_some_and(|id| id.as_str() == "tray");
    match pose.level {
        Level::Fleet | Level::Rack => pip::draw(pen, pose.rect, facts.state),
        Level::Node if waits => draw_waiting(pen, facts, pose.rect),
        Level::Node => {
            let name = if facts.minor { measure::tail(&facts.short, 68.0, 10.0) } else { &facts.short };
            capsule::draw(pen, pose.rect, facts.state, name, facts.share, facts.left);
        }
        Level::Pod | Level::Container => {
            let peas = facts.peas.len().min(5) as f32 * 12.0;
            let full = measure::mono(&item.name, 11.5) + 54.0 + peas <= pose.rect.w;
            let tile = pod::Tile {
                state: facts.state,
                name: if full { &item.name } else { &facts.short },
                label: &facts.label,
                flag: facts.owner.as_ref().and_then(|owner| easel.layout.memory.flags.get(owner).copied()),
                peas: &facts.peas,
                sub: &facts.sub,
                right: &facts.right,
                door: facts.door,
                badge: facts.badge.as_ref().map(|(text, hue)| (text.as_str(), *hue)),
                share: facts.share,
                left: facts.left,
            };
            if pose.level == Level::Container && pose.rect.h >= container::LEAST && !facts.walls.is_empty() {
                let tile = pod::Tile { name: &item.name, ..tile };
                container::draw(pen, pose.rect, &tile, &facts.walls, &facts.address);
            } else {
                pod::draw(pen, pose.rect, &tile, 1.0);
            }
        }
    }
}

/// A pod in the tray: its capsule, and why it waits.
fn draw_waiting(pen: &mut Pen, facts: &item::Pod, rect: Rect) {
    let font = mono(10.5).ink(Ink::Ink3);
    let reason = if facts.right.is_empty() { facts.label.as_str() } else { &facts.right };
    capsule::draw(pen, rect, facts.state, &facts.short, facts.share, facts.left);
    if font.width(reason) + rect.w <= 140.0 {
        pen.text(rect.right() + 6.0, rect.y + rect.h / 2.0 + 3.8, reason.to_owned(), font);
    }
}

fn draw_workload(pen: &mut Pen, easel: &Easel<'_>, item: &Item, facts: &item::Workload, pose: &Pose) {
    let lang = easel.scene.view.lang;
    let gap_words = facts.gap.map(|(missing, _)| format!("{} {missing}", word(lang, Word::Gap)));
    let inputs = workload::Workload {
        head: Head {
            glyph: facts.glyph,
            name: &item.name,
            kind: &facts.kind,
            flag: facts.flagged.as_ref().and_then(|uid| easel.layout.memory.flags.get(uid).copied()),
            hue: hue(easel, item, None),
            plain: false,
        },
        slots: &facts.slots,
        gap: facts.gap.zip(gap_words.as_deref()).map(|((missing, hue), words)| (missing, words, hue)),
        figure: &facts.figure,
        unit: &facts.unit,
        image: [&facts.image[0], &facts.image[1]],
        note: &facts.note,
        note_hue: facts.note_hue,
        strip: facts.strip.as_ref().map(|strip| strip::Strip {
            exist: &strip.exist,
            available: &strip.available,
            max: strip.max,
            min: strip.min,
            changed: strip.changed,
            words: [word(lang, Word::PodsThatExist), word(lang, Word::Available)],
        }),
        open: pose.open,
    };
    workload::draw(pen, pose.rect, &inputs);
}

fn draw_service(pen: &mut Pen, easel: &Easel<'_>, item: &Item, facts: &item::Service, pose: &Pose) {
    let rows: Vec<(&str, &str)> = facts.rows.iter().map(|(what, value)| (what.as_str(), value.as_str())).collect();
    let endpoints: Vec<service::Endpoint<'_>> = facts
        .endpoints
        .iter()
        .map(|e| service::Endpoint { address: &e.address, pod: &e.pod, ready: e.ready, leaving: e.leaving })
        .collect();
    let head = Head {
        glyph: facts.glyph,
        name: &item.name,
        kind: crate::scene::words::kind(easel.scene.view.lang, "Service"),
        flag: None,
        hue: hue(easel, item, None),
        plain: false,
    };
    let inputs = service::Service { head, rows: &rows, endpoints: &endpoints, figure: &facts.figure };
    service::draw(pen, pose.rect, &inputs);
}
