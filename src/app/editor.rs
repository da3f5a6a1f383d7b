//! The YAML editor: CodeMirror, loaded when the first file is opened. What is wrong with a text, what may come next and
//! what a field means are answered by the library; this file carries questions and answers.
//!
//! Left out: the gutter that marks lines which differ from the cluster.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, HtmlScriptElement, HtmlTextAreaElement, InputEvent};
use yew::prelude::*;

use super::bridge::FieldNote;
use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::icon::icon;
use super::text::{Word, fill, say};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = PilothouseEditor, catch)]
    fn mount(host: &HtmlElement, hooks: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = PilothouseEditor, catch, js_name = open)]
    fn show(path: &str, text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = PilothouseEditor, catch)]
    fn unmount() -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = PilothouseEditor, catch)]
    fn flush() -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = PilothouseEditor, catch)]
    fn next() -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = PilothouseEditor, catch)]
    fn focus() -> Result<(), JsValue>;
}

/// How far the editor's code is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    Coming,
    Ready,
    Failed,
}

thread_local! {
    /// The functions that the editor calls; they live as long as the page.
    static HOOKS: RefCell<Option<JsValue>> = const { RefCell::new(None) };
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
    pub path: String,
}

#[component]
pub fn Editor(props: &Props) -> Html {
    use_topic(&props.app, Topic::Settings);
    use_topic(&props.app, Topic::Files);
    let app = &props.app;
    let lang = app.lang();
    let load = use_state(|| if present() { Load::Ready } else { Load::Coming });
    let note = use_state(|| None::<FieldNote>);
    let host = use_node_ref();
    {
        let (load, app) = (load.clone(), app.clone());
        use_effect_with((), move |()| {
            super::docs::load(&app);
            if !present() {
                fetch(Callback::from(move |ok: bool| load.set(if ok { Load::Ready } else { Load::Failed })));
            }
        });
    }
    {
        let (host, app, note) = (host.clone(), app.clone(), note.setter());
        use_effect_with(*load, move |load| {
            let standing = *load == Load::Ready;
            if standing && let Some(host) = host.cast::<HtmlElement>() {
                let hooks = hooks(&app, note);
                let _ = mount(&host, &hooks);
                HOOKS.with_borrow_mut(|kept| *kept = Some(hooks));
            }
            move || {
                if standing {
                    let _ = unmount();
                }
            }
        });
    }
    {
        let app = app.clone();
        use_effect_with((props.path.clone(), *load), move |(path, load)| {
            if *load == Load::Ready {
                put(&app, path);
                let _ = focus();
            }
        });
    }
    {
        let app = app.clone();
        // another program may have changed the file
        let version = app.read(|bridge| bridge.outside_version(&props.path));
        use_effect_with((props.path.clone(), version), move |(path, version)| {
            if *version != 0 && present() {
                put(&app, path);
            }
        });
    }
    let (errors, warnings) = app.read(|bridge| bridge.problems(&props.path));
    let apply = {
        let (app, path) = (app.clone(), props.path.clone());
        Callback::from(move |_: MouseEvent| {
            let _ = flush();
            send(&app, &path);
        })
    };
    let problem = Callback::from(|_: MouseEvent| {
        let _ = next();
    });
    let lesson = app.read(|bridge| bridge.is_lesson(&props.path));
    html! {
        <div class="ed">
            if *load == Load::Coming { <p class="quiet" role="status">{ say(lang, Word::FileLoading) }</p> }
            if *load == Load::Failed { { plain(app, &props.path) } }
            <div class="yed" ref={host} hidden={*load != Load::Ready} />
            <div class="doc" aria-live="off">{ docs(&note) }</div>
            <div class="ybar">
                if errors + warnings > 0 {
                    <button class="link" id="problem" onclick={problem} title={say(lang, Word::NextProblem)}>
                        if errors > 0 { <span class="f">{ icon("err", 13) }{ fill(lang, Word::Errors, &[&errors.to_string()]) }</span> }
                        if warnings > 0 { <span class="w">{ icon("warn", 13) }{ fill(lang, Word::Warnings, &[&warnings.to_string()]) }</span> }
                    </button>
                } else {
                    <span class="k">{ icon("check", 13) }{ say(lang, Word::NoProblems) }</span>
                }
                <span class="sp" />
                <button class="btn pri" id="apply" onclick={apply} aria-keyshortcuts="Control+Enter">
                    { say(lang, if lesson { Word::LessonPlay } else { Word::Apply }) }<kbd aria-hidden="true">{ "Ctrl ⏎" }</kbd>
                </button>
            </div>
        </div>
    }
}

fn docs(note: &Option<FieldNote>) -> Html {
    match note {
        Some(note) => html! {<>
            <div class="m"><b>{ &note.name }</b><span>{ &note.kind }</span></div>
            <p>{ &note.text }</p>
        </>},
        None => html! { <div class="m">{ "\u{a0}" }</div> },
    }
}

/// Shows a file's text.
fn put(app: &App, path: &str) {
    let text = app.read(|bridge| bridge.file(path)).unwrap_or_default();
    app.bridge.borrow_mut().shown(path, &text);
    let _ = show(path, &text);
}

/// What Apply does: visibly, in the terminal; a lesson is played.
fn send(app: &App, path: &str) {
    if app.read(|bridge| bridge.is_lesson(path)) {
        app.act(|bridge| bridge.play_file(path));
        app.set(|settings| settings.upper = super::settings::Upper::Lesson);
        return;
    }
    let name = app.read(|bridge| bridge.spoken(path));
    app.run(&format!("kubectl apply -f {name}"));
}

/// A plain field for when the editor's code could not be loaded.
fn plain(app: &App, path: &str) -> Html {
    let lang = app.lang();
    let text = app.read(|bridge| bridge.file(path)).unwrap_or_default();
    let input = {
        let (app, path) = (app.clone(), path.to_string());
        Callback::from(move |event: InputEvent| {
            let area: HtmlTextAreaElement = event.target_unchecked_into();
            app.act(|bridge| bridge.write_file(&path, &area.value()));
        })
    };
    html! {<>
        <p class="quiet">{ say(lang, Word::FileFailed) }</p>
        <textarea class="plain" aria-label={path.to_string()} oninput={input} value={text} />
    </>}
}

fn present() -> bool {
    js_sys::Reflect::has(&js_sys::global(), &"PilothouseEditor".into()).unwrap_or(false)
}

/// Loads the editor's code: from the page itself when it was packed into it, else from the file beside it.
fn fetch(done: Callback<bool>) {
    let document = gloo::utils::document();
    let Some(script) = document.create_element("script").ok().and_then(|e| e.dyn_into::<HtmlScriptElement>().ok())
    else {
        return done.emit(false);
    };
    if let Some(packed) = document.get_element_by_id("ph-editor") {
        let _ = script.set_text(&packed.text_content().unwrap_or_default());
        let _ = gloo::utils::head().append_child(&script);
        return done.emit(present());
    }
    let ok = done.clone();
    let loaded = Closure::once_into_js(move || ok.emit(present()));
    let failed = Closure::once_into_js(move || done.emit(false));
    script.set_onload(loaded.dyn_ref());
    script.set_onerror(failed.dyn_ref());
    script.set_src("editor.js");
    let _ = gloo::utils::head().append_child(&script);
}

/// The questions that the editor may ask.
fn hooks(app: &App, note: UseStateSetter<Option<FieldNote>>) -> JsValue {
    let hooks = js_sys::Object::new();
    let set = |name: &str, function: JsValue| {
        let _ = js_sys::Reflect::set(&hooks, &name.into(), &function);
    };
    let one = app.clone();
    set(
        "change",
        Closure::<dyn FnMut(String, String)>::new(move |path: String, text: String| {
            one.act(|bridge| bridge.write_file(&path, &text));
        })
        .into_js_value(),
    );
    let one = app.clone();
    set(
        "diagnose",
        Closure::<dyn FnMut(String, String) -> String>::new(move |path: String, text: String| {
            one.act(|bridge| bridge.diagnose(&path, &text))
        })
        .into_js_value(),
    );
    let one = app.clone();
    set(
        "complete",
        Closure::<dyn FnMut(String, String, u32) -> String>::new(move |path: String, text: String, at: u32| {
            one.read(|bridge| bridge.suggest(&path, &text, at as usize))
        })
        .into_js_value(),
    );
    let one = app.clone();
    set(
        "cursor",
        Closure::<dyn FnMut(String, String, u32)>::new(move |path: String, text: String, at: u32| {
            note.set(one.read(|bridge| bridge.field_note(&path, &text, at as usize)));
        })
        .into_js_value(),
    );
    let one = app.clone();
    set("apply", Closure::<dyn FnMut(String)>::new(move |path: String| send(&one, &path)).into_js_value());
    let one = app.clone();
    set(
        "label",
        Closure::<dyn FnMut() -> String>::new(move || say(one.lang(), Word::Yaml).to_string()).into_js_value(),
    );
    hooks.into()
}
