//! The page: Yew for the shell around the cluster, a canvas for the cluster, one session outside both.
//! Decides nothing about the cluster: it paints shapes and sends keys.

mod bridge;
mod canvas;
mod card;
mod crash;
mod desk;
mod dialog;
mod docs;
mod editor;
mod faults;
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

use text::Lang;

/// Builds the session and puts the page on the screen.
pub fn start() {
    crash::install();
    let settings = settings::Settings::load();
    settings.show();
    let lang = settings.lang();
    let saved = storage::read(storage::SESSION);
    // a session that asked for descriptions is played again with them at hand
    if saved.as_ref().is_some_and(|text| text.contains("explain")) {
        wasm_bindgen_futures::spawn_local(async move {
            let docs = docs::fetch().await;
            open(settings, lang, saved.as_deref(), docs);
        });
    } else {
        open(settings, lang, saved.as_deref(), None);
    }
}

fn open(settings: settings::Settings, lang: Lang, saved: Option<&str>, docs: Option<String>) {
    let bridge = match bridge::Bridge::open(lang, saved, docs) {
        Ok(bridge) => bridge,
        Err(cause) => {
            crash::corrupt(lang, saved.unwrap_or_default(), &cause);
            return;
        }
    };
    let Some(place) = gloo::utils::document().get_element_by_id("page") else { return };
    let app = hub::App::new(bridge, settings);
    yew::Renderer::<root::Root>::with_root_and_props(place, root::Props { app }).render();
}
