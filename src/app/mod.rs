//! The page: Yew for the shell around the cluster, a canvas for the cluster, one session outside both.
//! Decides nothing about the cluster: it paints shapes and sends keys.

mod bridge;
mod canvas;
mod card;
mod crash;
mod desk;
mod dialog;
mod editor;
mod hooks;
mod hub;
mod icon;
mod light;
mod markdown;
mod outline;
mod panels;
mod prompt;
mod root;
mod settings;
mod splitter;
mod stage;
mod storage;
mod tabs;
mod terminal;
mod text;
mod timebar;
mod topbar;

/// Builds the session and puts the page on the screen.
pub fn start() {
    crash::install();
    let settings = settings::Settings::load();
    settings.show();
    let lang = settings.lang();
    let saved = storage::read(storage::SESSION);
    let bridge = match bridge::Bridge::open(lang, saved.as_deref()) {
        Ok(bridge) => bridge,
        Err(cause) => {
            crash::corrupt(lang, saved.as_deref().unwrap_or_default(), &cause);
            return;
        }
    };
    let Some(place) = gloo::utils::document().get_element_by_id("page") else { return };
    let app = hub::App::new(bridge, settings);
    yew::Renderer::<root::Root>::with_root_and_props(place, root::Props { app }).render();
}
