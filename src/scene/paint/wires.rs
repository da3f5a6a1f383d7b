//! Lines between things, and the thread from a command to what it moved.

use super::Easel;
use crate::scene::item::WireKind;
use crate::scene::kit::line;
use crate::scene::shape::{Pen, Point, Rect};
use crate::scene::view::Id;

pub(super) fn draw(pen: &mut Pen, easel: &Easel<'_>) {
    let mut offsets: Vec<(&Id, f32)> = vec![];
    for wire in &easel.scene.wires {
        let (Some(from), Some(to)) = (easel.pose(&wire.from), easel.pose(&wire.to)) else { continue };
        let offset = match offsets.iter_mut().find(|(id, _)| *id == &wire.from) {
            Some((_, offset)) => {
                *offset += 5.0;
                *offset
            }
            None => {
                offsets.push((&wire.from, 0.0));
                0.0
            }
        };
        let (d, end) = route(from.rect, to.rect, offset);
        match wire.kind {
            WireKind::Owns => line::owns(pen, d, end),
            WireKind::Selects => line::selects(pen, d, end),
            WireKind::Uses => line::uses(pen, d, end),
        }
    }
}

/// An orthogonal way from one rectangle to another: across when the other stands at the right, else down.
fn route(from: Rect, to: Rect, offset: f32) -> (String, Point) {
    if to.x >= from.right() - 1.0 && to.y < from.bottom() {
        let end = Point { x: to.x, y: to.y + to.h.min(92.0) / 2.0 };
        let y = if end.y > from.y + 8.0 && end.y < from.bottom() - 8.0 { end.y } else { from.center().y };
        let gutter = (from.right() + to.x) / 2.0;
        let start = Point { x: from.right(), y };
        return (line::elbow_at(start, end, gutter + offset.min((to.x - gutter) * 0.6)), end);
    }
    let start = Point { x: from.center().x + offset, y: from.bottom() };
    let end = Point { x: to.center().x, y: to.y };
    (down(start, end, (start.y + 18.0 + offset).min(end.y - 8.0)), end)
}

/// Down, across at `level`, down.
fn down(from: Point, to: Point, level: f32) -> String {
    let dx = to.x - from.x;
    if dx.abs() < 1.0 {
        return format!("M{:.1} {:.1}V{:.1}", from.x, from.y, to.y);
    }
    let r = 8.0_f32.min(dx.abs() / 2.0).min((level - from.y).abs()).min((to.y - level).abs());
    let s = dx.signum() * r;
    format!(
        "M{:.1} {:.1}V{:.1}q0 {r:.1} {s:.1} {r:.1}H{:.1}q{s:.1} 0 {s:.1} {r:.1}V{:.1}",
        from.x,
        from.y,
        level - r,
        to.x - s,
        to.y
    )
}

/// The node of the tile `to`, when another tile stands between `top` and it at `x`.
fn covered(easel: &Easel<'_>, x: f32, top: f32, to: Rect) -> Option<Rect> {
    let between = |rect: &Rect| {
        x > rect.x - 3.0 && x < rect.right() + 3.0 && rect.y > top && rect.bottom() < to.y + 1.0 && *rect != to
    };
    let pods = easel.poses.iter().filter(|(id, _)| id.as_str().starts_with("pods/"));
    pods.map(|(_, pose)| pose.rect).find(between)?;
    let nodes = easel.poses.iter().filter(|(id, _)| id.as_str().starts_with("nodes/"));
    nodes.map(|(_, pose)| pose.rect).find(|node| node.contains(to.center()))
}

/// The thread: in at the left edge, to the API server, down to the record, to what it owns, down to the pod.
pub(super) fn draw_thread(pen: &mut Pen, easel: &Easel<'_>) {
    let stops: Vec<Rect> = easel.scene.thread.iter().filter_map(|id| easel.pose(id)).map(|pose| pose.rect).collect();
    let Some(api) = stops.first().filter(|_| stops.len() > 1) else { return };
    let mut numbers = vec![];
    let level = api.y + api.h / 2.0;
    line::causes(pen, &format!("M0 {level}H{}", api.x - 12.0));
    numbers.push(Point { x: api.x - 8.0, y: level });
    for pair in stops.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        if from == *api {
            let x = api.x + 7.0;
            let at = Point { x: to.x, y: to.y + (to.h * 0.5).min(62.0) };
            if to.x > x + 6.0 && to.x < x + 60.0 {
                line::causes(pen, &format!("M{x} {}V{}q0 8 8 8H{}", api.bottom(), at.y - 8.0, at.x - 1.0));
            } else {
                let start = Point { x: to.center().x, y: api.bottom() };
                line::causes(pen, &format!("M{:.1} {:.1}V{:.1}", start.x, start.y, to.y - 1.0));
                numbers.push(Point { x: start.x, y: to.y });
                continue;
            }
            numbers.push(at);
        } else if to.x >= from.right() - 1.0 && to.y < from.bottom() {
            let y = (to.y + to.h / 2.0).clamp(from.y + 8.0, from.bottom() - 8.0);
            let end = Point { x: to.x - 1.0, y: to.y + to.h / 2.0 };
            line::causes(pen, &line::elbow(Point { x: from.right() + 1.0, y }, end));
            numbers.push(Point { x: to.x, y: end.y });
        } else {
            let x = (from.x + from.w * 0.4).clamp(from.x + 12.0, from.right() - 12.0);
            let target = Point { x: to.center().x + (to.w * 0.22).min(34.0), y: to.y - 4.0 };
            let over = (to.y - 30.0).max(from.bottom() + 14.0).min(to.y - 12.0);
            let straight = if x > to.x + 10.0 && x < to.right() - 10.0 { x } else { target.x };
            let start = Point { x, y: from.bottom() + 1.0 };
            if let Some(node) = covered(easel, straight, start.y, to) {
                // along the gutter at the tile's left, so that no name is crossed
                let side = Point { x: to.x - 5.0, y: to.y + 12.0 };
                let level = (node.y - 12.0).max(start.y + 10.0);
                line::causes(pen, &down(start, side, level));
                numbers.push(side);
                continue;
            }
            line::causes(pen, &down(start, Point { x: straight, y: target.y }, over));
            numbers.push(Point { x: straight, y: target.y });
        }
    }
    for (i, at) in numbers.iter().enumerate() {
        line::stop(pen, *at, i + 1);
    }
}
