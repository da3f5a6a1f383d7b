//! The descriptions of kinds and fields, which are large: they come when the editor or `kubectl explain` first wants them,
//! from the page itself when they were packed into it, else from the file beside it.

use super::hub::App;
use wasm_bindgen::prelude::*;

/// Loads them for the editor and the shell, once.
pub fn load(app: &App) {
    if !app.bridge.borrow_mut().begins_docs() {
        return;
    }
    let app = app.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let text = fetch().await;
        app.bridge.borrow_mut().take_docs(text);
    });
}

/// The text; nothing when it cannot be had.
pub async fn fetch() -> Option<String> {
    let packed = js_sys::Reflect::get(&js_sys::global(), &"phDocs".into()).ok();
    let promise = match packed.and_then(|function| function.dyn_into::<js_sys::Function>().ok()) {
        Some(function) => function.call0(&JsValue::NULL).ok().map(|value| js_sys::Promise::resolve(&value)),
        None => file("docs.txt").await,
    };
    wasm_bindgen_futures::JsFuture::from(promise?).await.ok()?.as_string()
}

async fn file(address: &str) -> Option<js_sys::Promise> {
    let answer = gloo::utils::window().fetch_with_str(address);
    let answer = wasm_bindgen_futures::JsFuture::from(answer).await.ok()?;
    let answer = answer.dyn_into::<web_sys::Response>().ok()?;
    if answer.ok() { answer.text().ok() } else { None }
}
