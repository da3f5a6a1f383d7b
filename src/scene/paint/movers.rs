//! Messages where they are now: a pure function of when they depart, when they land and what time it is.

use super::Easel;
use crate::scene::item::{Mover, MoverKind};
use crate::scene::kit::chip::{self, At};
use crate::scene::kit::{line, message};
use crate::scene::shape::{Pen, Point, stroke};
use crate::scene::theme::Hue;
use crate::scene::view::Id;
use crate::time::Time;

/// How far a message has come, 0 to 1, eased as flights are; `fraction` is the part of a millisecond after `now`.
pub fn flight(departs: Time, lands: Time, now: Time, fraction: f32) -> f32 {
    let whole = lands.since(departs).0.max(1) as f32;
    let t = ((now.since(departs).0 as f32 + fraction) / whole).clamp(0.0, 1.0);
    crate::scene::ease::CARRY.at(t)
}

/// Where a message leaves or lands. Toward the API server it is the point of the waterline straight across.
fn ends(easel: &Easel<'_>, mover: &Mover) -> Option<(Point, Point)> {
    let api = Id::process("kube-apiserver");
    let point = |id: &Id, other: Option<Point>| -> Option<Point> {
        if *id == api {
            let rect = easel.pose(&api)?.rect;
            let other = other?;
            let x = other.x.clamp(rect.x + 10.0, rect.right() - 10.0);
            let x = if other.x < rect.x { rect.x } else { x };
            let y = if other.x < rect.x {
                rect.center().y
            } else if other.y < rect.y {
                rect.y
            } else {
                rect.bottom()
            };
            let x = if other.x < rect.x && other.y > rect.bottom() { other.x } else { x };
            let y = if other.x < rect.x && other.y > rect.bottom() { rect.bottom() } else { y };
            return Some(Point { x, y });
        }
        if let Some(at) = easel.layout.ends.get(id) {
            return Some(*at);
        }
        if id.as_str() == "registry" {
            return Some(Point { x: easel.layout.size.w - 6.0, y: other?.y });
        }
        Some(easel.pose(id)?.rect.center())
    };
    let (from, to) = (&mover.from, &mover.to);
    if *from == api {
        let end = point(to, None)?;
        Some((point(from, Some(end))?, end))
    } else {
        let start = point(from, None).or_else(|| point(from, point(to, None)))?;
        Some((start, point(to, Some(start))?))
    }
}

pub(super) fn draw(pen: &mut Pen, easel: &Easel<'_>) {
    let view = &easel.scene.view;
    let fast = view.speed >= 10.0;
    let mut chips = vec![];
    for mover in &easel.scene.movers {
        let Some((mut from, mut to)) = ends(easel, mover) else { continue };
        if matches!(mover.kind, MoverKind::Watch(_)) && (from.x - to.x).abs() < 2.0 {
            // a watch runs beside the requests of the same process
            from.x += 10.0;
            to.x += 10.0;
        }
        if mover.lands <= easel.scene.now {
            continue;
        }
        let busy = matches!(mover.kind, MoverKind::Watch(_)) && from.y < to.y;
        if busy {
            line::watches(pen, format!("M{:.1} {:.1}L{:.1} {:.1}", from.x, from.y, to.x, to.y), true);
        }
        let hue = if mover.cause { Hue::Cause } else { Hue::Go };
        if view.reduced_motion {
            let style = stroke(hue.solid(), 1.6);
            pen.line(from.x, from.y, to.x, to.y, style);
            continue;
        }
        let t = flight(mover.departs, mover.lands, easel.scene.now, view.fraction);
        let at = Point { x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t };
        let turn = (to.y - from.y).atan2(to.x - from.x).to_degrees();
        let length = (to.x - from.x).hypot(to.y - from.y);
        if fast {
            let (dx, dy) = ((to.x - from.x) / length.max(1.0), (to.y - from.y) / length.max(1.0));
            pen.line(
                at.x - dx * 15.0,
                at.y - dy * 15.0,
                at.x + dx * 15.0,
                at.y + dy * 15.0,
                stroke(hue.solid(), 1.6).round(),
            );
            continue;
        }
        draw_one(pen, mover, at, turn, (length * t - 12.0).clamp(0.0, 24.0), hue);
        if !mover.label.is_empty() && mover.from.as_str() != "outside" {
            chips.push((at, mover.label.as_str(), mover.cause));
        }
    }
    for (at, label, cause) in chips {
        let hue = if cause { Hue::Cause } else { Hue::Go };
        if at.x > easel.layout.size.w * 0.24 {
            chip::draw(pen, at.x - 12.0, at.y - 9.0, label, Some(hue), true, At::End);
        } else {
            chip::draw(pen, at.x + 12.0, at.y - 9.0, label, Some(hue), true, At::Start);
        }
    }
}

fn draw_one(pen: &mut Pen, mover: &Mover, at: Point, turn: f32, trail: f32, hue: Hue) {
    match mover.kind {
        MoverKind::Request => message::dart(pen, at.x, at.y, turn, hue, false, trail),
        MoverKind::Response(code) if code >= 400 => message::dart(pen, at.x, at.y, turn, Hue::Fail, true, 0.0),
        MoverKind::Response(_) => message::dart(pen, at.x, at.y, turn, hue, true, 0.0),
        MoverKind::Watch(letter) => message::watch(pen, at.x, at.y, 8.0, letter),
        MoverKind::Beat => message::beat(pen, at.x, at.y),
        MoverKind::Image => message::layers(pen, at.x - 10.0, at.y - 7.0, 3, 3),
        MoverKind::Packet => message::packet(pen, at.x, at.y, 1.0, message::Packet::Request, turn.abs() > 90.0),
        MoverKind::Probe(ok) => {
            let kind = if ok { message::Packet::Request } else { message::Packet::Refused };
            message::packet(pen, at.x, at.y, 0.7, kind, turn.abs() > 90.0);
        }
    }
}
