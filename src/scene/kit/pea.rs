//! Containers in a tile ("peas"): shape is the role, fill is the state.

use crate::scene::shape::{Pen, Style, fill, stroke};
use crate::scene::state::{Pea, PeaRole, PeaState};
use crate::scene::theme::{Hue, Ink};

/// A pea of side `s` at `x`, `y` (top left).
pub fn draw(pen: &mut Pen, x: f32, y: f32, s: f32, pea: Pea) {
    let hue = match pea.state {
        PeaState::Running => Hue::Ok,
        PeaState::Unready => Hue::Wait,
        PeaState::Starting => Hue::Go,
        PeaState::Failed => Hue::Fail,
        PeaState::Waiting | PeaState::Done | PeaState::Past => Hue::Off,
    };
    let solid = hue.solid();
    let k = s / 8.0;
    match pea.state {
        PeaState::Waiting | PeaState::Starting => shape(pen, x, y, s, pea.role, stroke(solid, 1.3).filled(Ink::Raised)),
        PeaState::Unready => {
            shape(pen, x, y, s, pea.role, stroke(solid, 1.3).filled(Ink::Raised));
            if pea.role == PeaRole::Main {
                pen.rect(x, y + s / 2.0, s, s / 2.0, 0.0, fill(solid));
            }
        }
        _ => shape(pen, x, y, s, pea.role, fill(solid)),
    }
    match pea.state {
        PeaState::Failed => {
            pen.mark("M2.24 2.24l3.52 3.52m0 -3.52l-3.52 3.52", x, y, k, stroke(Ink::OnSolid, s * 0.14).round());
        }
        PeaState::Done => {
            pen.mark("M1.92 4.16l1.44 1.44l2.72 -3.04", x, y, k, stroke(Ink::OnSolid, s * 0.14).round());
        }
        _ => {}
    }
}

fn shape(pen: &mut Pen, x: f32, y: f32, s: f32, role: PeaRole, style: Style) {
    let k = s / 8.0;
    match role {
        PeaRole::Main => pen.rect(x, y, s, s, s * 0.22, style),
        PeaRole::Init => pen.mark("M4 -.4L8.4 4L4 8.4L-.4 4z", x, y, k, style),
        PeaRole::Sidecar => pen.mark("M0 0h4a4 4 0 0 1 0 8h-4z", x, y, k, style),
        PeaRole::Ephemeral => pen.mark("M4 .4L8 7.6L0 7.6z", x, y, k, style),
    }
}
