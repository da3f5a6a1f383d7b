//! Lines: owns, selects, uses, claims, watches, carries, causes. Each has its own stroke and its own end.

use super::moon;
use crate::scene::shape::{Pen, Point, Style, fill, stroke};
use crate::scene::theme::Ink;

/// Owner to owned: square elbows, a small square at the child.
pub fn owns(pen: &mut Pen, d: String, child: Point) {
    pen.path(d, stroke(Ink::Line3, 1.25));
    pen.rect(child.x - 3.0, child.y - 3.0, 6.0, 6.0, 1.0, fill(Ink::Line3));
}

/// Selector to selected: dots, an open ring at the end.
pub fn selects(pen: &mut Pen, d: String, end: Point) {
    pen.path(d, stroke(Ink::Ink3, 1.8).dash(0.1, 5.0).round());
    pen.circle(end.x, end.y, 4.0, stroke(Ink::Ink3, 1.6).filled(Ink::Paper));
}

/// A reference: mounts, env, serviceAccount. Ends in a bar.
pub fn uses(pen: &mut Pen, d: String, end: Point) {
    pen.path(d, stroke(Ink::Line3, 1.1).dash(5.0, 3.5));
    pen.line(end.x, end.y - 5.0, end.x, end.y + 5.0, stroke(Ink::Line3, 1.4));
}

/// Claim to volume: a double line, square when bound and open when pending.
pub fn claims(pen: &mut Pen, from: Point, to: Point, bound: bool) {
    let ink = if bound { Ink::OkLine } else { Ink::Line3 };
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy).max(0.01);
    let (nx, ny) = (dy / length * 2.0, -dx / length * 2.0);
    for s in [1.0, -1.0] {
        pen.line(from.x + nx * s, from.y + ny * s, to.x + nx * s, to.y + ny * s, stroke(ink, 1.2));
    }
    let style = if bound { fill(ink) } else { stroke(ink, 1.2).filled(Ink::Paper) };
    pen.rect(to.x - 3.5, to.y - 3.5, 7.0, 7.0, 1.0, style);
}

/// A held connection.
pub fn watches(pen: &mut Pen, d: String, busy: bool) {
    let ink = if busy { Ink::GoLine } else { Ink::Line2 };
    pen.path(d, stroke(ink, 1.0).dash(9.0, 4.0));
}

/// The way of a packet.
pub fn carries(pen: &mut Pen, d: String, style: Option<Style>) {
    pen.path(d, style.unwrap_or(stroke(Ink::GoSolid, 2.4).round()));
}

/// The thread from a command to what moved, on a halo of paper.
pub fn causes(pen: &mut Pen, d: &str) {
    pen.path(d.to_owned(), stroke(Ink::Paper, 5.0).round());
    pen.path(d.to_owned(), stroke(Ink::CauseSolid, 2.2).round());
}

/// A numbered stop on the thread.
pub fn stop(pen: &mut Pen, at: Point, number: usize) {
    moon::stop(pen, at.x, at.y, 9.0, number, Ink::CauseSolid, Ink::OnSolid);
}

/// A numbered station on the way of a packet.
pub fn station(pen: &mut Pen, at: Point, number: usize) {
    moon::stop(pen, at.x, at.y, 10.0, number, Ink::Ink1, Ink::Paper);
}

/// A line from left to right with one square elbow of radius 8 halfway.
pub fn elbow(from: Point, to: Point) -> String {
    elbow_at(from, to, (from.x + to.x) / 2.0)
}

/// The same with the elbow at `middle`.
pub fn elbow_at(from: Point, to: Point, middle: f32) -> String {
    let dy = to.y - from.y;
    if dy.abs() < 1.0 {
        return format!("M{:.1} {:.1}H{:.1}", from.x, from.y, to.x);
    }
    let way = if to.x >= from.x { 1.0 } else { -1.0 };
    let r = 8.0_f32.min(dy.abs() / 2.0).min(((middle - from.x) * way).abs()).min(((to.x - middle) * way).abs());
    let (s, rx) = (dy.signum() * r, r * way);
    format!(
        "M{:.1} {:.1}H{:.1}q{rx:.1} 0 {rx:.1} {s:.1}V{:.1}q0 {s:.1} {rx:.1} {s:.1}H{:.1}",
        from.x,
        from.y,
        middle - rx,
        to.y - s,
        to.x
    )
}
