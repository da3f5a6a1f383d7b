//! The control plane: etcd with its tape of revisions, the scheduler's queue, the controllers' dials.

use std::f32::consts::TAU;

use super::moon::arc;
use super::place;
use super::process::{self, PILL};
use crate::scene::glyphs::{self, Glyph};
use crate::scene::measure;
use crate::scene::shape::{Pen, Rect, fill, mono, sans, stroke};
use crate::scene::state::Lamp;
use crate::scene::theme::Ink;

/// One revision on the tape.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub glyph: &'static Glyph,
    /// A added, M modified, D deleted.
    pub letter: char,
    pub revision: u64,
    /// Written in the last 1.2 s.
    pub fresh: bool,
    /// On the thread.
    pub cause: bool,
}

/// One controller: what it has seen and what is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Dial<'a> {
    pub name: &'a str,
    pub glyph: &'static Glyph,
    pub seen: u32,
    pub wanted: u32,
}

/// What the control plane shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Control<'a> {
    pub caption: &'a str,
    pub node: &'a str,
    pub cells: &'a [Cell],
    pub queue: usize,
    /// `zt5ck \u{2192} worker-3`.
    pub last: &'a str,
    pub dials: &'a [Dial<'a>],
    /// etcd, scheduler, controller-manager.
    pub lamps: [Lamp; 3],
    /// The words for the queue's length and the last placement.
    pub words: [&'a str; 2],
}

/// Width of a cell of the tape.
pub const CELL: f32 = 37.0;
/// Height of the whole place, and of its one row where there is little room.
pub const HEIGHT: f32 = 104.0;
pub const COMPACT: f32 = 36.0;

/// How many cells the tape has in a place that wide.
pub fn tape_cells(width: f32) -> usize {
    (((width * 0.338) / CELL) as usize).clamp(3, 16)
}

pub fn draw(pen: &mut Pen, rect: Rect, control: &Control<'_>) {
    let Rect { x, y, w, .. } = rect;
    place::draw(pen, rect, "");
    if rect.h < 90.0 {
        draw_compact(pen, rect, control);
        return;
    }
    let after = place::draw_caption(pen, x + 12.0, y + 17.0, control.caption);
    pen.text(x + 24.0 + after, y + 17.0, control.node.to_owned(), mono(10.5).ink(Ink::Ink3));
    let cells = tape_cells(w);
    process::draw(pen, x + 12.0, y + 27.0, 0.0, "etcd", &glyphs::ETCD, control.lamps[0], PILL);
    draw_tape(pen, x + 12.0, y + 57.0, cells, control.cells);

    let sx = x + 12.0 + cells as f32 * CELL + 27.0;
    process::draw(pen, sx, y + 27.0, 0.0, "scheduler", &glyphs::SCHEDULER, control.lamps[1], PILL);
    let small = sans(10.5).ink(Ink::Ink3);
    let indent = small.width(control.words[0]).max(small.width(control.words[1])) + 8.0;
    pen.text(sx, y + 71.0, control.words[0].to_owned(), small);
    pen.text(sx + indent, y + 71.0, control.queue.to_string(), sans(11.0).weight(600));
    let dials_x = sx + 172.0;
    if !control.last.is_empty() {
        pen.text(sx, y + 88.0, control.words[1].to_owned(), small);
        let room = dials_x - sx - indent - 8.0;
        let last = if measure::mono(control.last, 10.5) <= room { control.last } else { "" };
        pen.text(sx + indent, y + 88.0, last.to_owned(), mono(10.5).ink(Ink::Ink2));
    }
    process::draw(pen, dials_x, y + 27.0, 0.0, "controller-manager", &glyphs::CONTROLLER, control.lamps[2], PILL);
    let count = control.dials.len().max(1) as f32;
    let pitch = ((x + w - 20.0 - dials_x - 24.0) / count).min(73.0);
    for (i, dial) in control.dials.iter().enumerate() {
        draw_dial(pen, dials_x + 24.0 + i as f32 * pitch, y + 66.0, pitch, dial);
    }
}

/// One row: the processes, the newest revision and the queue.
fn draw_compact(pen: &mut Pen, rect: Rect, control: &Control<'_>) {
    let y = rect.y + (rect.h - PILL.height) / 2.0;
    let base = y + 15.0;
    let small = sans(10.5).ink(Ink::Ink3);
    let mut x = rect.x + 12.0;
    x = process::draw(pen, x, y, 0.0, "etcd", &glyphs::ETCD, control.lamps[0], PILL).right() + 8.0;
    if let Some(cell) = control.cells.last() {
        let text = format!("rev {}", cell.revision);
        let font = mono(10.5).ink(if cell.fresh { Ink::GoText } else { Ink::Ink2 });
        let w = font.width(&text);
        pen.text(x, base, text, font);
        x += w;
    }
    x = x.max(rect.x + rect.w * 0.22) + 20.0;
    x = process::draw(pen, x, y, 0.0, "scheduler", &glyphs::SCHEDULER, control.lamps[1], PILL).right() + 8.0;
    let queue = format!("{} {}", control.words[0], control.queue);
    pen.text(x, base, queue.clone(), small);
    x = (x + small.width(&queue)).max(rect.x + rect.w * 0.5) + 20.0;
    x = process::draw(pen, x, y, 0.0, "controller-manager", &glyphs::CONTROLLER, control.lamps[2], PILL).right() + 10.0;
    for dial in control.dials.iter().filter(|dial| dial.seen < dial.wanted) {
        let text = format!("{} {}/{}", dial.name, dial.seen, dial.wanted);
        let font = sans(10.5).weight(600).ink(Ink::WaitText);
        if x + font.width(&text) > rect.right() - 10.0 {
            return;
        }
        let w = font.width(&text);
        pen.text(x, base, text, font);
        x += w + 12.0;
    }
}

fn draw_tape(pen: &mut Pen, x: f32, y: f32, count: usize, cells: &[Cell]) {
    pen.rect(x, y, CELL * count as f32, 36.0, 2.0, fill(Ink::Raised).stroked(Ink::Line2, 1.0));
    let shown = &cells[cells.len().saturating_sub(count)..];
    let empty = count - shown.len();
    for i in 1..count {
        let cx = x + i as f32 * CELL;
        pen.line(cx, y, cx, y + 36.0, stroke(Ink::Line1, 1.0));
    }
    for (i, cell) in shown.iter().enumerate() {
        let cx = x + (i + empty) as f32 * CELL;
        if cell.fresh {
            pen.rect(cx, y, CELL, 36.0, 0.0, fill(Ink::GoTint).stroked(Ink::GoSolid, 1.2));
        }
        pen.glyph(cell.glyph, cx + 6.0, y + 5.0, 12.0, Ink::Ink2);
        let ink = match cell.letter {
            'A' => Ink::OkText,
            'D' => Ink::FailText,
            _ => Ink::Ink2,
        };
        pen.text(cx + 26.0, y + 15.0, cell.letter.to_string(), mono(10.0).weight(700).ink(ink).middle());
        let revision = cell.revision.to_string();
        let size = if revision.len() > 5 { 8.5 } else { 9.5 };
        let ink = if cell.fresh { Ink::GoText } else { Ink::Ink3 };
        pen.text(cx + CELL / 2.0, y + 29.5, revision, mono(size).ink(ink).middle());
        if cell.cause {
            pen.rect(cx + 4.0, y + 33.5, CELL - 8.0, 2.5, 1.0, fill(Ink::CauseSolid));
        }
    }
}

fn draw_dial(pen: &mut Pen, cx: f32, cy: f32, room: f32, dial: &Dial<'_>) {
    let share = if dial.wanted == 0 { 1.0 } else { (dial.seen as f32 / dial.wanted as f32).min(1.0) };
    let gap = share < 1.0;
    pen.circle(cx, cy, 11.5, stroke(Ink::Line2, 2.5));
    if gap {
        arc(pen, cx, cy, 11.5, 0.0, TAU * share, stroke(Ink::Ink1, 2.5));
        arc(pen, cx, cy, 11.5, TAU * share + 0.12, TAU - 0.12, stroke(Ink::WaitSolid, 2.5));
    } else {
        pen.circle(cx, cy, 11.5, stroke(Ink::Line3, 2.5));
    }
    let (ink, weight) = if gap { (Ink::Ink1, 600) } else { (Ink::Ink3, 400) };
    pen.glyph(dial.glyph, cx - 6.0, cy - 6.0, 12.0, ink);
    let font = sans(10.5).weight(weight).ink(ink).middle();
    if font.width(dial.name) <= room + 6.0 {
        pen.text(cx, cy + 27.0, dial.name.to_owned(), font);
    }
}
