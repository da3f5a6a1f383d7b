//! Cards of records that control: slots, the gap, the numbers, the image, and the strip chart of a Deployment.

use super::card::{self, Head};
use super::slots::{self, LARGE, MEDIUM};
use super::strip::{self, Strip};
use crate::scene::shape::{Pen, Rect, mono, sans, stroke};
use crate::scene::state::Slot;
use crate::scene::theme::{Hue, Ink};

/// What the card of a workload shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload<'a> {
    pub head: Head<'a>,
    pub slots: &'a [Slot],
    /// How many of the wanted are missing, and the words for it.
    pub gap: Option<(usize, &'a str, Hue)>,
    /// The large figure: `3 of 4`, and the word under it.
    pub figure: &'a str,
    pub unit: &'a str,
    /// Image before and now; the same when nothing changes.
    pub image: [&'a str; 2],
    pub note: &'a str,
    pub note_hue: Option<Hue>,
    pub strip: Option<Strip<'a>>,
    /// How far the gap line is drawn, 0 to 1.
    pub open: f32,
}

/// Draws the card at the size of its rectangle: 44 high is plain, up to about 100 is short, more shows the strip chart.
pub fn draw(pen: &mut Pen, rect: Rect, work: &Workload<'_>) {
    if rect.h < 50.0 {
        draw_plain(pen, rect, work);
    } else if rect.h < 103.0 {
        draw_short(pen, rect, work);
    } else {
        draw_full(pen, rect, work);
    }
}

fn draw_plain(pen: &mut Pen, rect: Rect, work: &Workload<'_>) {
    let count = work.slots.len();
    let room = rect.w * 0.36;
    let (size, most) = slots::fit(count, room, slots::SMALL);
    let w = most as f32 * (size.w + size.gap) - size.gap;
    let mut kind = format!("{}  {}", work.head.kind, work.figure);
    let taken = if most == count { w + 20.0 } else { 8.0 };
    if sans(11.0).width(&kind) > rect.w - 33.0 - 19.0 - taken {
        kind = work.figure.to_owned();
    }
    card::draw(pen, rect, &Head { plain: true, kind: &kind, ..work.head });
    if most == count && count > 0 {
        slots::draw(pen, rect.right() - 12.0 - w, rect.y + 25.0, work.slots, size);
    }
}

/// As the card of a ReplicaSet: slots and figure on one line, image and note below.
fn draw_short(pen: &mut Pen, rect: Rect, work: &Workload<'_>) {
    card::draw(pen, rect, &work.head);
    let Rect { x, y, .. } = rect;
    let right = rect.right() - 14.0;
    let figure = sans(12.0).weight(600);
    let room = rect.w - 28.0 - figure.width(work.figure) - 10.0;
    let (size, most) = slots::fit(work.slots.len(), room, MEDIUM);
    let line = if rect.h < 84.0 { y + 32.0 } else { y + 40.0 };
    let top = line + (14.0 - size.h) / 2.0;
    slots::draw(pen, x + 14.0, top, &work.slots[..most.min(work.slots.len())], size);
    pen.text(right, line + 11.5, work.figure.to_owned(), figure.end());
    if rect.h < 84.0 {
        return;
    }
    let note = sans(11.0).ink(work.note_hue.map_or(Ink::Ink2, Hue::text));
    let base = y + 77.0;
    pen.text(right, base, work.note.to_owned(), note.end());
    let image = mono(11.0).ink(Ink::Ink3);
    let room = rect.w - 36.0 - note.width(work.note);
    if image.width(work.image[1]) <= room {
        pen.text(x + 14.0, base, work.image[1].to_owned(), image);
    }
}

fn draw_full(pen: &mut Pen, rect: Rect, work: &Workload<'_>) {
    card::draw(pen, rect, &work.head);
    let Rect { x, y, w, h } = rect;
    let figure = sans(14.0).weight(620);
    let unit = sans(11.0).ink(Ink::Ink3);
    let column = figure.width(work.figure).max(unit.width(work.unit));
    let room = w - 28.0 - column - 18.0;
    let (size, most) = slots::fit(work.slots.len(), room, LARGE);
    let shown = &work.slots[..most.min(work.slots.len())];
    slots::draw(pen, x + 14.0, y + 41.0, shown, size);
    let after = x + 14.0 + (shown.len().max(4) as f32 * (size.w + size.gap) + 12.0).min(room + 18.0);
    pen.text(after, y + 48.0, work.figure.to_owned(), figure);
    pen.text(after, y + 63.0, work.unit.to_owned(), unit);
    if let Some((missing, words, hue)) = work.gap {
        let first = shown.iter().position(|slot| !matches!(slot, Slot::Pod(crate::scene::state::PodState::Ready)));
        if let Some(first) = first {
            let x1 = x + 14.0 + first as f32 * (size.w + size.gap);
            let count = missing.clamp(1, shown.len() - first);
            let x2 = x1 + count as f32 * (size.w + size.gap) - size.gap;
            if x1 - x > 60.0 || x2 - x1 > 60.0 {
                slots::draw_gap(pen, x1, x2, y + 68.0, words, hue, work.open);
            } else {
                slots::draw_gap(pen, x1, x2, y + 68.0, "", hue, work.open);
                pen.text(x2 + 6.0, y + 71.8, words.to_owned(), sans(10.5).weight(600).ink(hue.text()));
            }
        }
    }
    draw_image(pen, rect, y + 92.0, work);
    if let Some(chart) = work.strip.as_ref().filter(|_| h >= 160.0) {
        strip::draw(pen, Rect::new(x + 14.0, y + 106.0, w - 28.0, (h - 106.0 - 15.0).min(79.0)), chart);
    } else if !work.note.is_empty() && h >= 118.0 {
        let note = sans(11.0).ink(work.note_hue.map_or(Ink::Ink2, Hue::text));
        pen.text(x + 14.0, y + 110.0, work.note.to_owned(), note);
    }
}

/// The image: the old one struck through while the new one is rolled out.
fn draw_image(pen: &mut Pen, rect: Rect, y: f32, work: &Workload<'_>) {
    let x = rect.x + 14.0;
    let room = rect.w - 28.0 - 40.0;
    pen.text(x, y, "image", sans(11.0).ink(Ink::Ink3));
    let font = mono(11.0);
    let [old, new] = work.image;
    if old.is_empty() || old == new {
        pen.text(x + 40.0, y, card::shorten(new, room, 11.0), font.ink(Ink::Ink1));
        return;
    }
    let tag = match (old.rsplit_once(':'), new.rsplit_once(':')) {
        (Some((a, _)), Some((b, tag))) if a == b => tag,
        _ => new,
    };
    let after = mono(11.5).weight(700).ink(Ink::CauseText);
    let old_w = font.width(old);
    if old_w + 8.0 + after.width(tag) <= room {
        pen.text(x + 40.0, y, old.to_owned(), font.ink(Ink::Ink3));
        pen.line(x + 40.0, y - 3.5, x + 40.0 + old_w, y - 3.5, stroke(Ink::Ink3, 1.0));
        pen.text(x + 48.0 + old_w, y, tag.to_owned(), after);
    } else {
        pen.text(x + 40.0, y, card::shorten(new, room, 11.5), after);
    }
}
