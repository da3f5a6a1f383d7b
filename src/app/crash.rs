//! When the program itself stops: a page that offers what was typed as a transcript, and a way on.
//! Built without Yew and without the session: neither can be trusted any more.
//!
//! Left out: going on without a reload.

use std::cell::{Cell, RefCell};

use gloo::utils::{body, document, window};
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement};

use super::storage;
use super::text::{Lang, Word, say};

/// Lines of the report kept at most.
const KEPT: usize = 20_000;

thread_local! {
    static REPORT: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static STOPPED: Cell<bool> = const { Cell::new(false) };
}

/// Writes a line of the transcript that a stop would offer.
pub fn record(line: &str) {
    REPORT.with_borrow_mut(|report| {
        if report.len() < KEPT {
            report.push(line.to_string());
        }
    });
}

/// Begins the report anew, from what an earlier visit recorded.
pub fn begin(text: String) {
    REPORT.with_borrow_mut(|report| *report = vec![text]);
}

/// True after a stop: nothing may touch the session any more.
pub fn stopped() -> bool {
    STOPPED.get()
}

/// Shows the page of a stop when the program panics.
pub fn install() {
    // Yew would put its own hook in its place
    yew::set_custom_panic_hook(Box::new(|info| {
        let cause = info.to_string();
        web_sys::console::error_1(&cause.as_str().into());
        if !STOPPED.replace(true) {
            show(&cause);
        }
    }));
}

fn lang() -> Lang {
    let code = document().document_element().and_then(|root| root.get_attribute("lang")).unwrap_or_default();
    Lang::from_code(&code).unwrap_or_default()
}

fn show(cause: &str) {
    let lang = lang();
    let typed = document().get_element_by_id("prompt").and_then(|e| e.dyn_into::<HtmlTextAreaElement>().ok());
    let mut report = format!("# {}\n", cause.replace('\n', "\n# "));
    REPORT.with(|lines| match lines.try_borrow() {
        Ok(lines) => report.push_str(&lines.join("\n")),
        Err(_) => report.push_str("# the record was being written"),
    });
    if let Some(typed) = typed.map(|area| area.value()).filter(|typed| !typed.is_empty()) {
        report.push_str(&format!("\n# not sent yet:\n# {typed}"));
    }
    report.push('\n');
    let page = build(lang, say(lang, Word::CrashTitle), say(lang, Word::CrashSafe), &report);
    let go = button(say(lang, Word::CrashGoOn), "goon", || drop(window().location().reload()));
    let text = report.clone();
    let copied = say(lang, Word::Copied);
    let copy = button(say(lang, Word::CrashCopy), "copy", move || {
        let _ = window().navigator().clipboard().write_text(&text);
        if let Some(status) = document().get_element_by_id("crash-said") {
            status.set_text_content(Some(copied));
        }
    });
    let save = button(say(lang, Word::CrashDownload), "download", move || download("pilothouse.txt", &report));
    let again = again(lang);
    finish(&page, &[go, copy, save, again]);
}

/// The page for a saved session that cannot be read: keep it, or start again.
pub fn corrupt(lang: Lang, saved: &str, cause: &str) {
    let page = build(lang, say(lang, Word::CorruptTitle), say(lang, Word::CorruptWhat), &format!("{cause}\n"));
    let text = saved.to_string();
    let save = button(say(lang, Word::CorruptDownload), "download", move || download("pilothouse-session.json", &text));
    finish(&page, &[again(lang), save]);
}

fn again(lang: Lang) -> Element {
    button(say(lang, Word::AgainYes), "crash-again", || {
        storage::forget(storage::SESSION);
        let _ = window().location().reload();
    })
}

fn element(name: &str, class: &str, text: &str) -> Element {
    let element = document().create_element(name).expect("the names of elements are constants");
    element.set_class_name(class);
    element.set_text_content(Some(text));
    element
}

fn build(lang: Lang, title: &str, safe: &str, report: &str) -> Element {
    let page = element("div", "crash", "");
    let _ = page.set_attribute("role", "alertdialog");
    let _ = page.set_attribute("aria-label", title);
    let _ = page.set_attribute("lang", lang.code());
    let _ = page.append_child(&element("h1", "", title));
    let _ = page.append_child(&element("p", "", safe));
    let area = element("textarea", "", report);
    let _ = area.set_attribute("readonly", "");
    let _ = area.set_attribute("id", "report");
    let _ = area.set_attribute("aria-label", title);
    let _ = page.append_child(&area);
    page
}

fn finish(page: &Element, buttons: &[Element]) {
    let foot = element("div", "foot", "");
    for (i, button) in buttons.iter().enumerate() {
        button.set_class_name(if i == 0 { "btn pri" } else { "btn" });
        let _ = foot.append_child(button);
    }
    let said = element("span", "quiet", "");
    said.set_id("crash-said");
    let _ = said.set_attribute("role", "status");
    let _ = foot.append_child(&said);
    let _ = page.append_child(&foot);
    if let Some(app) = document().get_element_by_id("app") {
        let _ = app.set_attribute("inert", "");
    }
    let _ = body().append_child(page);
    if let Some(first) = foot.first_element_child().and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        let _ = first.focus();
    }
}

fn button(label: &str, id: &str, click: impl FnMut() + 'static) -> Element {
    let button = element("button", "btn", label);
    button.set_id(id);
    let click = Closure::<dyn FnMut()>::new(click).into_js_value();
    let _ = button.add_event_listener_with_callback("click", click.unchecked_ref());
    button
}

/// Hands the text to the learner as a file.
pub fn download(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) else { return };
    let Ok(url) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    if let Ok(link) = document().create_element("a") {
        let _ = link.set_attribute("href", &url);
        let _ = link.set_attribute("download", name);
        link.unchecked_ref::<HtmlElement>().click();
    }
    let _ = web_sys::Url::revoke_object_url(&url);
}
