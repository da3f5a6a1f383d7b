//! A sheet of the marks: every pod state as tile, capsules, pips and moon, then flags, containers, slots and messages.
//! It is what to look at after a change of the kit, and the key that the page shows.
//!
//! Left out: records and places; a picture of a cluster shows those.

use super::kit::{capsule, flag, message, moon, pea, pip, pod, slots};
use super::shape::{Pen, Rect, Shape, mono, sans, stroke};
use super::state::{Door, Pea, PeaRole, PeaState, PodState, Slot};
use super::theme::{Hue, Ink};

/// Size of the sheet in px.
pub const SIZE: (f32, f32) = (1600.0, 1040.0);

/// The sheet.
pub fn draw() -> Vec<Shape> {
    let mut pen = Pen::new();
    pen.text(48.0, 61.0, "Plate 1", sans(12.0).weight(500).ink(Ink::Ink3));
    pen.text(48.0, 92.0, "The pod, from record to process", sans(26.0).weight(620));
    for (i, state) in PodState::ALL.iter().enumerate() {
        let (x, y) = (48.0 + (i % 4) as f32 * 376.0, 150.0 + (i / 4) as f32 * 168.0);
        draw_state(&mut pen, x, y, *state);
    }
    draw_rest(&mut pen);
    pen.shapes
}

fn draw_state(pen: &mut Pen, x: f32, y: f32, state: PodState) {
    pen.line(x, y, x + 354.0, y, stroke(Ink::Line1, 1.0));
    pen.text(x, y + 20.0, format!("{state:?}"), mono(11.0).ink(Ink::Ink3));
    let main = |state| Pea { state, role: PeaRole::Main };
    let (pea, right, door, badge): (PeaState, &str, Door, Option<(&str, Hue)>) = match state {
        PodState::Pending => (PeaState::Waiting, "0/3 fit", Door::None, None),
        PodState::Pulling => (PeaState::Starting, "61%", Door::None, None),
        PodState::Scheduled | PodState::Creating | PodState::Init => (PeaState::Starting, "", Door::None, None),
        PodState::NotReady => (PeaState::Unready, "", Door::Closed, None),
        PodState::Ready => (PeaState::Running, "10.244.1.9", Door::Open, None),
        PodState::CrashLoop => (PeaState::Failed, "retry in 25s", Door::Closed, Some(("\u{d7}3", Hue::Fail))),
        PodState::PullFail => (PeaState::Waiting, "", Door::None, None),
        PodState::Oom => (PeaState::Failed, "exit 137", Door::None, Some(("\u{d7}1", Hue::Fail))),
        PodState::Failed => (PeaState::Failed, "exit 1", Door::None, None),
        PodState::Evicted => (PeaState::Past, "disk", Door::None, None),
        PodState::Terminating => (PeaState::Running, "9s", Door::Closed, None),
        PodState::Completed => (PeaState::Done, "exit 0", Door::None, None),
        PodState::Unknown => (PeaState::Past, "48s", Door::None, None),
    };
    let peas = [Pea { state: PeaState::Done, role: PeaRole::Init }, main(pea)];
    let tile = pod::Tile { flag: Some(1), peas: &peas[1..], right, door, badge, ..pod::Tile::new("k4w9t", state) };
    pod::draw(pen, Rect::new(x + 6.0, y + 34.0, 150.0, 46.0), &tile, 1.0);
    capsule::draw(pen, Rect::new(x + 190.0, y + 34.0, 76.0, 24.0), state, "k4w9t", 0.5, 0.6);
    capsule::draw(pen, Rect::new(x + 276.0, y + 34.0, 30.0, 24.0), state, "", 0.5, 0.6);
    for (dx, w) in [(0.0, 18.0), (26.0, 12.0), (46.0, 8.0)] {
        pip::draw(pen, Rect::new(x + 190.0 + dx, y + 70.0, w, w * 0.42), state);
    }
    moon::draw(pen, x + 330.0, y + 46.0, 11.0, state, 0.6);
    let tall = pod::Tile { sub: "2.1", peas: &peas, ..tile };
    pod::draw(pen, Rect::new(x + 6.0, y + 92.0, 150.0, 60.0), &tall, 1.0);
}

fn draw_rest(pen: &mut Pen) {
    for i in 0..flag::COUNT {
        let (x, y) = (48.0 + (i % 6) as f32 * 46.0, 880.0 + (i / 6) as f32 * 40.0);
        flag::draw(pen, x, y, i, 2.0, Ink::Ink2);
    }
    let states =
        [PeaState::Waiting, PeaState::Starting, PeaState::Unready, PeaState::Running, PeaState::Done, PeaState::Failed];
    for (j, role) in [PeaRole::Main, PeaRole::Init, PeaRole::Sidecar, PeaRole::Ephemeral].into_iter().enumerate() {
        for (i, state) in states.into_iter().enumerate() {
            pea::draw(pen, 424.0 + i as f32 * 42.0, 880.0 + j as f32 * 30.0, 16.0, Pea { state, role });
        }
    }
    let ready = Slot::Pod(PodState::Ready);
    slots::draw(pen, 800.0, 884.0, &[ready, ready, Slot::Pod(PodState::NotReady), Slot::Empty], slots::LARGE);
    slots::draw_gap(pen, 920.0, 954.0, 912.0, "gap 1", Hue::Wait, 1.0);
    let mixed = [
        Slot::Pod(PodState::Failed),
        Slot::Pod(PodState::Creating),
        Slot::Pod(PodState::Terminating),
        Slot::Pod(PodState::Pending),
        Slot::Pod(PodState::Completed),
        Slot::Pod(PodState::Unknown),
        Slot::Surge,
    ];
    slots::draw(pen, 800.0, 940.0, &mixed, slots::LARGE);
    message::dart(pen, 1220.0, 890.0, 0.0, Hue::Go, false, 30.0);
    message::dart(pen, 1220.0, 920.0, 180.0, Hue::Go, true, 0.0);
    message::watch(pen, 1210.0, 950.0, 9.0, 'M');
    let kinds = [
        message::Packet::Request,
        message::Packet::Rewritten,
        message::Packet::Reply,
        message::Packet::Denied,
        message::Packet::Refused,
        message::Packet::Lost,
    ];
    for (i, kind) in kinds.into_iter().enumerate() {
        message::packet(pen, 1300.0 + (i % 3) as f32 * 60.0, 890.0 + (i / 3) as f32 * 34.0, 1.0, kind, i == 2);
    }
    message::denied(pen, 1312.0, 925.0);
    message::layers(pen, 1290.0, 950.0, 3, 2);
}
