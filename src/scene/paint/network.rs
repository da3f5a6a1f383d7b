//! The network lens: the stations of one packet from left to right, and the table of what each did.

use super::{Easel, draw_message};
use crate::scene::glyphs;
use crate::scene::kit::line;
use crate::scene::kit::{message, moon, node, place, pod, process};
use crate::scene::measure;
use crate::scene::packet::{Fate, Ground, RowKind, Station, Walk};
use crate::scene::shape::{Pen, Point, Rect, fill, mono, sans, stroke};
use crate::scene::state::{Door, Lamp};
use crate::scene::theme::Ink;
use crate::scene::words::{Word, word};

const TABLE: f32 = 196.0;

pub(super) fn draw(pen: &mut Pen, easel: &Easel<'_>) {
    let Some(walk) = easel.scene.walk.as_deref().filter(|walk| !walk.stations.is_empty()) else {
        draw_message(pen, easel, Word::NoPacket, Word::NoPacketHint);
        return;
    };
    let window = easel.layout.window;
    let area = Rect::new(37.0, 36.0, window.w - 74.0, window.h - 74.0);
    let table = Rect::new(area.x, area.bottom() - TABLE - 24.0, area.w, TABLE);
    let ground = Rect::new(area.x, area.y, area.w, table.y - 18.0 - area.y);
    let points = draw_way(pen, easel, walk, ground);
    draw_table(pen, easel, walk, table);
    let ink = if walk.delivered { Ink::OkText } else { Ink::FailText };
    let title = mono(12.5).weight(700);
    pen.text(area.x + 2.0, area.bottom() - 4.0, walk.title.clone(), title);
    let after = area.x + 14.0 + title.width(&walk.title);
    pen.text(after, area.bottom() - 4.0, walk.end.clone(), sans(13.0).weight(600).ink(ink));
    for (i, at) in points.iter().enumerate() {
        line::station(pen, *at, i + 1);
    }
}

/// Stations grouped by the ground they stand on, the line through them, and what became of the packet.
fn draw_way(pen: &mut Pen, easel: &Easel<'_>, walk: &Walk, area: Rect) -> Vec<Point> {
    let lang = easel.scene.view.lang;
    let weights: Vec<f32> =
        walk.stations.iter().map(|station| if station.rules.is_empty() { 1.0 } else { 2.0 }).collect();
    let unit = area.w / weights.iter().sum::<f32>();
    let groups = groups(&walk.stations);
    let top = area.y + 34.0;
    let left: Vec<f32> = weights
        .iter()
        .scan(area.x, |x, weight| {
            let here = *x;
            *x += weight * unit;
            Some(here)
        })
        .collect();
    for (first, last, ground, name) in &groups {
        let x = left[*first];
        let w = left[*last] + weights[*last] * unit - x;
        let caption = match ground {
            Ground::Outside => word(lang, Word::Outside),
            Ground::Cloud => word(lang, Word::Cloud),
            Ground::Node => word(lang, Word::ClusterNetwork),
        };
        let repeated = groups.iter().take_while(|g| g.0 < *first).any(|g| g.2 == *ground);
        if !repeated {
            place::draw_caption(pen, x + 4.0, area.y + 16.0, caption);
        }
        if *ground == Ground::Node {
            let rect = Rect::new(x + 6.0, top, w - 12.0, area.bottom() - top);
            let inputs = node::Node {
                name,
                sub: "",
                cpu: None,
                memory: None,
                ready: true,
                cordoned: false,
                pressure: "",
                taint: "",
                processes: &[],
            };
            node::draw(pen, rect, &inputs);
        } else {
            pen.line(x + w, area.y + 8.0, x + w, area.bottom(), stroke(Ink::Line2, 1.0).dash(2.0, 4.0));
        }
    }
    let level = top + (area.bottom() - top) * 0.42;
    let middles: Vec<f32> = left.iter().zip(&weights).map(|(x, weight)| x + weight * unit / 2.0).collect();
    draw_line(pen, walk, &middles, unit, level);
    doors(pen, &groups, &left, &weights, unit, level);
    if let (Some((name, address)), Some(x)) = (&walk.dns, left.first()) {
        let y = area.bottom() - 44.0;
        pen.glyph(&glyphs::DNS, x + 16.0, y - 11.0, 14.0, Ink::Ink3);
        pen.text(x + 36.0, y, word(lang, Word::DnsSaid), sans(11.0).ink(Ink::Ink3));
        let room = weights[0] * unit - 26.0;
        pen.text(x + 16.0, y + 16.0, crate::scene::kit::card::shorten(name, room, 11.0), mono(11.0).ink(Ink::Ink2));
        pen.text(x + 16.0, y + 32.0, address.clone(), mono(11.0).ink(Ink::Ink2));
    }
    let mut numbers = vec![];
    for ((station, x), weight) in walk.stations.iter().zip(&middles).zip(&weights) {
        numbers.push(if station.rules.is_empty() {
            draw_station(pen, station, *x, level, weight * unit)
        } else {
            draw_rules(pen, station, *x, level, weight * unit)
        });
    }
    numbers
}

/// Where the line enters and leaves a station.
fn gates(station: &Station, x: f32, unit: f32, level: f32) -> (Point, Point) {
    if station.rules.is_empty() {
        return (Point { x, y: level }, Point { x, y: level });
    }
    let panel = panel(station, x, unit * 2.0, level);
    let out = station.rules.iter().position(|row| row.kind == RowKind::Picked).unwrap_or(0);
    let enter = Point { x: panel.x + 14.0, y: row_y(panel, 0) };
    (enter, Point { x: panel.right() - 8.0, y: row_y(panel, out) })
}

fn draw_line(pen: &mut Pen, walk: &Walk, middles: &[f32], unit: f32, level: f32) {
    for (i, pair) in walk.stations.windows(2).enumerate() {
        let (_, from) = gates(&pair[0], middles[i], unit, level);
        let (to, _) = gates(&pair[1], middles[i + 1], unit, level);
        let stopped = matches!(pair[1].fate, Fate::Dropped | Fate::Lost);
        let to = if stopped { Point { x: to.x - 14.0, ..to } } else { to };
        let edge = if pair[1].rules.is_empty() { from.x + 22.0 } else { to.x - 34.0 };
        let d = line::elbow_at(from, to, if (from.y - to.y).abs() < 1.0 { (from.x + to.x) / 2.0 } else { edge });
        line::carries(pen, d, None);
    }
}

/// A door where the line crosses the edge of a node.
fn doors(pen: &mut Pen, groups: &[(usize, usize, Ground, &str)], left: &[f32], weights: &[f32], unit: f32, level: f32) {
    for (i, (first, last, ground, _)) in groups.iter().enumerate() {
        if *ground != Ground::Node {
            continue;
        }
        let door = |pen: &mut Pen, x: f32| {
            pen.rect(x - 6.0, level - 12.0, 12.0, 24.0, 3.0, fill(Ink::Ink1).stroked(Ink::Ink1, 1.4));
        };
        if i > 0 && weights[*first] < 1.5 {
            door(pen, left[*first] + 6.0);
        }
        if i + 1 < groups.len() && weights[*last] < 1.5 {
            door(pen, left[*last] + weights[*last] * unit - 6.0);
        }
    }
}

const ROW: f32 = 27.0;

fn panel(station: &Station, x: f32, room: f32, level: f32) -> Rect {
    let w = (room - 40.0).min(290.0);
    let h = station.rules.len() as f32 * ROW + 36.0;
    Rect::new(x - w / 2.0, (level - h * 0.45).max(level - 110.0), w, h)
}

fn row_y(panel: Rect, row: usize) -> f32 {
    panel.y + 38.0 + row as f32 * ROW
}

/// kube-proxy's rules: the chains, the backends, the one that was picked.
fn draw_rules(pen: &mut Pen, station: &Station, x: f32, level: f32, room: f32) -> Point {
    let rect = panel(station, x, room, level);
    pen.area(rect, 4.0, fill(Ink::Raised).stroked(Ink::Line2, 1.0));
    process::draw(pen, rect.x - 1.0, rect.y - 1.0, 0.0, &station.name, &glyphs::PROXY, Lamp::Lit, process::PILL);
    pen.text(rect.right() - 12.0, rect.y + 15.0, "nat rules", sans(11.0).ink(Ink::Ink3).end());
    let rail = rect.x + 14.0;
    let picked = station.rules.iter().position(|row| row.kind == RowKind::Picked).unwrap_or(0);
    pen.line(rail, row_y(rect, 0), rail, row_y(rect, picked), stroke(Ink::GoSolid, 2.4).round());
    let wide = |name: &str, note: &str| mono(11.5).width(name) + mono(11.0).width(note) + 70.0 <= rect.w;
    for (i, row) in station.rules.iter().enumerate() {
        let y = row_y(rect, i);
        let note = sans(11.0).ink(Ink::Ink3).end();
        match row.kind {
            RowKind::Chain => {
                pen.circle(rail, y, 3.6, fill(Ink::GoSolid));
                pen.text(rail + 14.0, y + 4.0, row.name.clone(), mono(11.5));
                if mono(11.5).width(&row.name) + note.width(&row.note) + 46.0 <= rect.w {
                    pen.text(rect.right() - 14.0, y + 4.0, row.note.clone(), note);
                }
            }
            RowKind::Backend => {
                if !row.note.is_empty() {
                    pen.line(rail, y, rail + 24.0, y, stroke(Ink::Line2, 1.2));
                }
                pen.text(rail + 32.0, y + 4.0, row.name.clone(), mono(11.5).ink(Ink::Ink3));
                if wide(&row.name, &row.note) {
                    pen.text(rect.right() - 14.0, y + 4.0, row.note.clone(), mono(11.0).ink(Ink::Ink3).end());
                }
            }
            RowKind::Picked => {
                let w = rect.right() - 8.0 - rail - 24.0;
                pen.rect(rail + 24.0, y - 12.0, w, 24.0, 3.0, fill(Ink::GoTint).stroked(Ink::GoSolid, 1.2));
                pen.line(rail, y, rail + 24.0, y, stroke(Ink::GoSolid, 2.4).round());
                pen.text(rail + 32.0, y + 4.0, row.name.clone(), mono(11.5).weight(700));
                let font = sans(11.0).weight(600).ink(Ink::GoText).end();
                if wide(&row.name, &row.note) {
                    pen.text(rect.right() - 14.0, y + 4.0, row.note.clone(), font);
                }
            }
        }
    }
    for (i, line) in wrap(&station.why, rect.w).into_iter().take(4).enumerate() {
        pen.text(rect.x + 1.0, rect.bottom() + 18.0 + i as f32 * 15.0, line, sans(11.5).ink(Ink::Ink2));
    }
    Point { x: rect.x - 6.0, y: rect.y - 14.0 }
}

/// Runs of stations on the same ground and node: first, last, ground, node.
fn groups(stations: &[Station]) -> Vec<(usize, usize, Ground, &str)> {
    let mut groups: Vec<(usize, usize, Ground, &str)> = vec![];
    for (i, station) in stations.iter().enumerate() {
        match groups.last_mut() {
            Some((_, last, ground, node)) if *ground == station.ground && *node == station.node => *last = i,
            _ => groups.push((i, i, station.ground, &station.node)),
        }
    }
    groups
}

/// One station; gives where its number stands.
fn draw_station(pen: &mut Pen, station: &Station, x: f32, y: f32, pitch: f32) -> Point {
    let dropped = station.fate == Fate::Dropped;
    let at = Point { x, y: y - if dropped { 96.0 } else { 44.0 } };
    let w = (pitch - 24.0).clamp(60.0, 150.0);
    match station.fate {
        Fate::Dropped => {
            for i in 0..7 {
                let by = y - 84.0 + i as f32 * 24.0;
                if (by + 11.0 - y).abs() >= 26.0 {
                    pen.rect(x - 5.0, by, 10.0, 22.0, 1.0, fill(Ink::Ink2));
                }
            }
            pen.rect(x - 5.0, y - 24.0, 10.0, 48.0, 1.0, fill(Ink::FailTint).stroked(Ink::FailSolid, 1.6));
            message::packet(pen, x - 30.0, y, 1.1, message::Packet::Denied, false);
            message::denied(pen, x, y);
        }
        Fate::Lost => message::packet(pen, x, y, 1.2, message::Packet::Lost, false),
        Fate::Refused => {
            pen.rect(x - w / 2.0, y - 22.0, w, 44.0, 10.0, fill(Ink::Raised).stroked(Ink::FailLine, 2.0));
            moon::octagon_cross(pen, x, y, 10.0);
        }
        _ if station.ground == Ground::Outside => {
            pen.circle(x, y, 30.0, fill(Ink::Raised).stroked(Ink::Line2, 1.0));
            pen.glyph(&glyphs::USER, x - 14.0, y - 15.0, 28.0, Ink::Ink1);
        }
        _ if station.pod.is_some() && station.fate != Fate::Refused => {
            if let Some(pod) = &station.pod {
                draw_pod(pen, station, pod, Rect::new(x - w / 2.0, y - 30.0, w, 60.0));
            }
        }
        Fate::Delivered => {
            pen.rect(x - w / 2.0, y - 23.0, w, 46.0, 13.0, fill(Ink::Raised).stroked(Ink::OkLine, 1.3));
            pen.rect(x - w / 2.0 + 3.0, y - 20.0, w - 6.0, 40.0, 10.0, fill(Ink::OkTint));
            let name = measure::tail(&station.name, w - 30.0, 11.5).to_owned();
            moon::draw(pen, x - w / 2.0 + 15.0, y, 7.0, crate::scene::state::PodState::Ready, 1.0);
            pen.text(x - w / 2.0 + 27.0, y + 4.0, name, mono(11.5).weight(700));
        }
        _ => {
            let glyph = glyph(station);
            let label = measure::fits(&station.name, w - 38.0, 10.5, 500).to_owned();
            process::draw(pen, x - w / 2.0, y - 11.0, w, &label, glyph, Lamp::Lit, process::PILL);
        }
    }
    let under = if dropped { y + 104.0 } else { y + 52.0 };
    if station.fate != Fate::Delivered && station.pod.is_none() {
        let name = measure::fits(&station.name, pitch - 8.0, 12.5, 600);
        pen.text(x, under, name.to_owned(), sans(12.5).weight(600).middle());
    }
    for (i, line) in wrap(&station.why, (pitch - 16.0).min(240.0)).into_iter().take(5).enumerate() {
        pen.text(x, under + 17.0 + i as f32 * 15.0, line, sans(11.0).ink(Ink::Ink2).middle());
    }
    at
}

/// The pod at the end, with its state.
fn draw_pod(pen: &mut Pen, station: &Station, facts: &crate::scene::item::Pod, rect: Rect) {
    let open = station.fate == Fate::Delivered;
    let tile = pod::Tile {
        label: &facts.label,
        peas: &facts.peas,
        sub: &facts.sub,
        right: &facts.right,
        door: if open { Door::Open } else { Door::None },
        ..pod::Tile::new(&facts.short, facts.state)
    };
    pod::draw(pen, rect, &tile, 1.0);
}

fn glyph(station: &Station) -> &'static glyphs::Glyph {
    match station.name.as_str() {
        name if name.contains("proxy") => &glyphs::PROXY,
        name if name.contains("dns") || name.contains("DNS") => &glyphs::DNS,
        name if name.contains("balancer") => &glyphs::LB,
        name if name.contains("policy") => &glyphs::NETPOL,
        _ if station.ground == Ground::Cloud => &glyphs::LB,
        _ => &glyphs::CNI,
    }
}

/// Words in lines no wider than `room` at 11 px.
fn wrap(text: &str, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    let mut current = String::new();
    for piece in text.split_whitespace() {
        let piece = crate::scene::kit::card::shorten(piece, room * 1.06, 11.0);
        let longer = if current.is_empty() { piece.clone() } else { format!("{current} {piece}") };
        if measure::sans(&longer, 11.0, 400) > room && !current.is_empty() {
            lines.push(std::mem::replace(&mut current, piece));
        } else {
            current = longer;
        }
    }
    if !current.is_empty() {
        lines.push(current);
    }
    lines
}

fn draw_table(pen: &mut Pen, easel: &Easel<'_>, walk: &Walk, rect: Rect) {
    const LABELS: f32 = 62.0;
    let lang = easel.scene.view.lang;
    let Rect { x, y, w, h } = rect;
    pen.area(rect, 4.0, fill(Ink::Raised).stroked(Ink::Line2, 1.0));
    let columns = walk.stations.len() as f32;
    let cw = (w - LABELS) / columns;
    let small = sans(11.0).ink(Ink::Ink3);
    let labels = [(Word::From, 72.0), (Word::To, 110.0), (Word::What, 148.0), (Word::When, 182.0)];
    for (label, dy) in labels {
        pen.text(x + 12.0, y + dy, word(lang, label), small);
    }
    for (i, station) in walk.stations.iter().enumerate() {
        let cx = x + LABELS + i as f32 * cw;
        let bad = matches!(station.fate, Fate::Dropped | Fate::Refused | Fate::Lost);
        if bad {
            pen.rect(cx, y + 1.0, cw - 1.0, h - 2.0, 3.0, fill(Ink::FailTint));
        }
        pen.line(cx, y, cx, y + h, stroke(Ink::Line1, 1.0));
        line::station(pen, Point { x: cx + 22.0, y: y + 24.0 }, i + 1);
        let room = cw - 46.0;
        pen.text(cx + 40.0, y + 22.0, measure::fits(&station.name, room, 12.5, 600).to_owned(), sans(12.5).weight(600));
        pen.text(cx + 40.0, y + 37.0, measure::fits(&station.what, room, 11.0, 400).to_owned(), small);
        let rows = [(&station.from, station.from_changed, 72.0), (&station.to, station.to_changed, 110.0)];
        for (address, changed, dy) in rows {
            draw_address(pen, cx, y + dy, cw, address, changed);
        }
        let strong = bad || station.fate == Fate::Rewritten;
        let ink = if bad { Ink::FailText } else { Ink::Ink1 };
        let weight = if strong { 600 } else { 400 };
        pen.text(
            cx + 13.0,
            y + 148.0,
            measure::fits(&station.act, cw - 18.0, 12.0, weight).to_owned(),
            sans(12.0).weight(weight).ink(ink),
        );
        let when = if i == 0 { format!("{} ms", station.at_ms) } else { format!("+{} ms", station.at_ms) };
        pen.text(cx + 13.0, y + 182.0, when, mono(11.0).ink(Ink::Ink3));
    }
    for dy in [50.0, 88.0, 126.0, 160.0] {
        pen.line(x + 1.0, y + dy, x + w - 1.0, y + dy, stroke(Ink::Line1, 1.0));
    }
}

/// An address on the packet; boxed with two bars where a station changed it.
fn draw_address(pen: &mut Pen, x: f32, y: f32, w: f32, address: &str, changed: bool) {
    let size = if measure::mono(address, 11.0) > w - 24.0 { 9.5 } else { 11.0 };
    if changed {
        pen.rect(x + 6.0, y - 15.0, w - 12.0, 23.0, 3.0, fill(Ink::GoTint).stroked(Ink::GoSolid, 1.2));
        for dx in [12.0, 15.0] {
            pen.line(x + dx, y - 11.0, x + dx, y + 4.0, stroke(Ink::GoSolid, 1.4).round());
        }
    }
    let weight = if changed { 700 } else { 400 };
    let left = if changed { 21.0 } else { 13.0 };
    if measure::mono(address, size) <= w - left - 4.0 {
        pen.text(x + left, y, address.to_owned(), mono(size).weight(weight));
    } else if let Some((host, port)) = address.rsplit_once(':') {
        let _ = port;
        pen.text(x + left, y, host.to_owned(), mono(9.5).weight(weight));
    }
}
