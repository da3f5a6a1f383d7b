//! The pod from inside: its containers as walls with image, state and facts, and the pause plate that holds the network.

use super::{card, door, moon, pea, pod};
use crate::scene::glyphs;
use crate::scene::shape::{Pen, Rect, fill, mono, sans, stroke};
use crate::scene::state::{Body, Pea, PeaState};
use crate::scene::theme::Ink;

/// One container.
#[derive(Clone, Debug, PartialEq)]
pub struct Wall {
    pub name: String,
    pub image: String,
    pub pea: Pea,
    /// `running`, `exit 1`, `CrashLoopBackOff`.
    pub state: String,
    /// What it is given: env, ports, memory, probes.
    pub rows: Vec<(String, String)>,
}

/// The smallest height at which walls are drawn; below it the tile stands for the pod.
pub const LEAST: f32 = 104.0;

/// The pod with its containers; `tile` gives name, state and door.
pub fn draw(pen: &mut Pen, rect: Rect, tile: &pod::Tile<'_>, walls: &[Wall], address: &str) {
    let Rect { x, y, w, h } = rect;
    let state = tile.state;
    door::draw(pen, x, y + 40.0, 1.4, tile.door);
    pen.area(rect, 13.0, pod::outline(state, 1.4, 2.2, 1.0).filled(Ink::Raised));
    if matches!(state.body(), Body::Tint | Body::Level) {
        pen.area(rect.grow(-3.5), 10.0, fill(state.hue().tint()));
    }
    moon::draw(pen, x + 19.0, y + 19.0, 9.0, state, tile.left);
    pen.text(x + 35.0, y + 23.5, card::shorten(tile.name, w - 50.0, 13.0), mono(13.0).weight(700));
    let label = if tile.label.is_empty() { state.word() } else { tile.label };
    let word = sans(11.5).weight(500).ink(state.hue().text());
    pen.text(x + 12.0, y + 43.0, label.to_owned(), word);
    let right = sans(11.5).ink(Ink::Ink3);
    if word.width(label) + right.width(tile.right) + 40.0 < w {
        pen.text(x + w - 12.0, y + 43.0, tile.right.to_owned(), right.end());
    }
    let plate = if h >= 150.0 { 26.0 } else { 0.0 };
    let room = Rect::new(x + 12.0, y + 52.0, w - 24.0, h - 52.0 - 10.0 - if plate > 0.0 { plate + 8.0 } else { 0.0 });
    draw_walls(pen, room, walls);
    if plate > 0.0 {
        let at = Rect::new(x + 12.0, y + h - 10.0 - plate, w - 24.0, plate);
        pen.area(at, 4.0, fill(Ink::Proc));
        pen.glyph(&glyphs::CNI, at.x + 9.0, at.y + 6.0, 14.0, Ink::ProcInk);
        pen.text(at.x + 30.0, at.y + 17.0, "pause", mono(11.5).weight(700).ink(Ink::ProcInk));
        let font = mono(11.0).ink(Ink::ProcInk2).end();
        pen.text(at.right() - 10.0, at.y + 17.0, address.to_owned(), font);
    }
}

/// The walls one under another; those without room are counted.
fn draw_walls(pen: &mut Pen, room: Rect, walls: &[Wall]) {
    const LINE: f32 = 17.0;
    const HEAD: f32 = 30.0;
    if walls.is_empty() || room.h < HEAD {
        return;
    }
    let most = ((room.h + 6.0) / (HEAD + 6.0)) as usize;
    let shown = if walls.len() > most { most.saturating_sub(1).max(1) } else { walls.len() };
    let each = ((room.h - (shown as f32 - 1.0) * 6.0) / shown as f32).min(HEAD + LINE * 5.0);
    for (i, wall) in walls.iter().take(shown).enumerate() {
        let at = Rect::new(room.x, room.y + i as f32 * (each + 6.0), room.w, each);
        pen.area(at, 5.0, fill(Ink::Raised).stroked(Ink::Ink2, 1.5));
        pea::draw(pen, at.x + 10.0, at.y + 9.0, 12.0, wall.pea);
        let name = mono(12.0).weight(700);
        pen.text(at.x + 30.0, at.y + 19.5, wall.name.clone(), name);
        let after = at.x + 40.0 + name.width(&wall.name);
        let bad = wall.pea.state == PeaState::Failed;
        let state = mono(11.0).weight(if bad { 700 } else { 400 }).ink(if bad { Ink::FailText } else { Ink::Ink2 });
        let state_w = state.width(&wall.state);
        pen.text(at.right() - 10.0, at.y + 19.5, wall.state.clone(), state.end());
        let image = card::shorten(&wall.image, at.right() - 20.0 - state_w - after, 11.0);
        if image.chars().count() > 5 {
            pen.text(after, at.y + 19.5, image, mono(11.0).ink(Ink::Ink3));
        }
        if each >= HEAD + LINE {
            pen.line(at.x + 1.0, at.y + HEAD, at.right() - 1.0, at.y + HEAD, stroke(Ink::Line1, 1.0));
        }
        let lines = ((each - HEAD) / LINE) as usize;
        for (j, (what, value)) in wall.rows.iter().take(lines).enumerate() {
            let y = at.y + HEAD + 13.0 + j as f32 * LINE;
            pen.text(at.x + 12.0, y, what.clone(), sans(11.0).ink(Ink::Ink3));
            pen.text(at.x + 84.0, y, card::shorten(value, at.w - 96.0, 11.0), mono(11.0));
        }
    }
    if shown < walls.len() {
        let y = room.y + shown as f32 * (each + 6.0) + 12.0;
        pen.text(room.x + 4.0, y, format!("and {} more", walls.len() - shown), sans(11.0).ink(Ink::Ink3));
    }
}
