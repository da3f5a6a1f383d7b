//! A listener on the window for as long as a component stands.

use gloo::events::{EventListener, EventListenerOptions};
use web_sys::Event;
use yew::prelude::*;

/// Calls back on every such event of the window.
#[hook]
pub fn use_window_event(name: &'static str, listener: Callback<Event>) {
    use_effect_with(listener, move |listener| {
        let listener = listener.clone();
        let options = EventListenerOptions::enable_prevent_default();
        let window = gloo::utils::window();
        let handle = EventListener::new_with_options(&window, name, options, move |event| listener.emit(event.clone()));
        move || drop(handle)
    });
}
