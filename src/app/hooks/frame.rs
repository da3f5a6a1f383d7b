//! One animation frame after another, for as long as a component stands.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};
use yew::prelude::*;

/// The longest step a frame may make: a tab that slept does not run for an hour at once.
const LONGEST_MS: f64 = 100.0;

/// Calls back with the milliseconds since the frame before.
#[hook]
pub fn use_frames(tick: Callback<f64>) {
    use_effect_with((), move |()| {
        let next: Rc<RefCell<Option<AnimationFrame>>> = Rc::default();
        schedule(tick, next.clone(), None);
        move || drop(next.borrow_mut().take())
    });
}

fn schedule(tick: Callback<f64>, slot: Rc<RefCell<Option<AnimationFrame>>>, before: Option<f64>) {
    let inner = slot.clone();
    let frame = request_animation_frame(move |now| {
        let elapsed = before.map_or(0.0, |before| (now - before).clamp(0.0, LONGEST_MS));
        // booked before the work, so that the page goes on
        schedule(tick.clone(), inner, Some(now));
        tick.emit(elapsed);
    });
    *slot.borrow_mut() = Some(frame);
}
