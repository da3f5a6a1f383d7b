//! Windows over the page: a question, the palette, the name of a new file. Escape closes; the focus stays inside and goes
//! back to where it was: the browser's own `dialog` element does both.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::hub::App;
use super::icon::icon;
use super::settings::Upper;
use super::text::{Word, say};

#[derive(Properties, PartialEq)]
pub struct FrameProps {
    pub label: AttrValue,
    pub close: Callback<()>,
    #[prop_or_default]
    pub class: Classes,
    pub children: Html,
}

/// The frame of every dialog.
#[component]
pub fn Dialog(props: &FrameProps) -> Html {
    let place = use_node_ref();
    {
        let place = place.clone();
        use_effect_with((), move |()| {
            if let Some(element) = place.cast::<HtmlElement>()
                && let Ok(open) = js_sys::Reflect::get(&element, &"showModal".into())
                && let Some(open) = open.dyn_ref::<js_sys::Function>()
            {
                let _ = open.call0(&JsValue::from(&element));
            }
        });
    }
    let cancel = {
        let close = props.close.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            close.emit(());
        })
    };
    let outside = {
        let (close, place) = (props.close.clone(), place.clone());
        Callback::from(move |event: MouseEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
            if target.is_some() && target == place.cast::<HtmlElement>() {
                close.emit(());
            }
        })
    };
    html! {
        <dialog ref={place} class={props.class.clone()} aria-label={props.label.clone()} oncancel={cancel} onmousedown={outside}>
            <div class="inside">{ props.children.clone() }</div>
        </dialog>
    }
}

#[derive(Properties, PartialEq)]
pub struct AskProps {
    pub app: App,
    pub close: Callback<()>,
    pub yes: Callback<()>,
}

/// "Start again?"
#[component]
pub fn Again(props: &AskProps) -> Html {
    let lang = props.app.lang();
    html! {
        <Dialog label={say(lang, Word::AgainAsk)} close={props.close.clone()}>
            <h2>{ say(lang, Word::AgainAsk) }</h2>
            <p>{ say(lang, Word::AgainWhat) }</p>
            <div class="foot">
                <button class="btn pri" id="yes" onclick={props.yes.reform(|_: MouseEvent| ())}>{ say(lang, Word::AgainYes) }</button>
                <button class="btn" onclick={props.close.reform(|_: MouseEvent| ())}>{ say(lang, Word::Cancel) }</button>
            </div>
        </Dialog>
    }
}

#[derive(Properties, PartialEq)]
pub struct FileProps {
    pub app: App,
    pub close: Callback<()>,
}

/// The name of a file to open or to make.
#[component]
pub fn NewFile(props: &FileProps) -> Html {
    let lang = props.app.lang();
    let field = use_node_ref();
    let open = {
        let (app, close, field) = (props.app.clone(), props.close.clone(), field.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let name = field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
            if !name.trim().is_empty() {
                let path = app.read(|bridge| bridge.full_path(name.trim()));
                open_file(&app, &path);
                close.emit(());
            }
        })
    };
    let names = props.app.read(|bridge| bridge.file_names());
    html! {
        <Dialog label={say(lang, Word::NewFile)} close={props.close.clone()}>
            <form onsubmit={open}>
                <label>{ say(lang, Word::FileName) }<input id="filename" ref={field} list="files" autocomplete="off" spellcheck="false" placeholder="web.yaml" /></label>
                <datalist id="files">{ for names.iter().map(|name| html! { <option value={name.clone()} /> }) }</datalist>
                <div class="foot">
                    <button class="btn pri" type="submit">{ say(lang, Word::Open) }</button>
                    <button class="btn" type="button" onclick={props.close.reform(|_: MouseEvent| ())}>{ say(lang, Word::Cancel) }</button>
                </div>
            </form>
        </Dialog>
    }
}

/// Brings a file to the front, made if it is not there.
pub fn open_file(app: &App, path: &str) {
    app.set(|settings| {
        if !settings.tabs.iter().any(|tab| tab == path) {
            settings.tabs.push(path.to_string());
        }
        settings.front = Some(path.to_string());
    });
}

/// What a line of the palette does.
#[derive(Clone, PartialEq)]
enum Found {
    Object(String),
    Command(String),
    File(String),
}

/// Find or run: objects, files and earlier commands in one list.
#[component]
pub fn Palette(props: &FileProps) -> Html {
    let app = &props.app;
    let lang = app.lang();
    let query = use_state(String::new);
    let at = use_state(|| 0usize);
    let found = search(app, &query);
    let here = (*at).min(found.len().saturating_sub(1));
    let input = {
        let (query, at) = (query.clone(), at.clone());
        Callback::from(move |event: InputEvent| {
            let field: HtmlInputElement = event.target_unchecked_into();
            query.set(field.value());
            at.set(0);
        })
    };
    let choose = {
        let (app, close, query) = (app.clone(), props.close.clone(), query.clone());
        Callback::from(move |found: Option<Found>| {
            close.emit(());
            match found {
                Some(Found::Object(id)) => {
                    app.choose(Some(id));
                    app.set(|settings| settings.upper = Upper::Object);
                }
                Some(Found::Command(line)) => app.type_in(&line),
                Some(Found::File(path)) => open_file(&app, &path),
                None => app.type_in(&query),
            }
        })
    };
    let keys = {
        let (at, choose, found) = (at.clone(), choose.clone(), found.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.is_composing() {
                return;
            }
            match event.key().as_str() {
                "ArrowDown" => at.set((here + 1).min(found.len().saturating_sub(1))),
                "ArrowUp" => at.set(here.saturating_sub(1)),
                "Enter" => choose.emit(found.get(here).map(|(_, _, found)| found.clone())),
                _ => return,
            }
            event.prevent_default();
        })
    };
    html! {
        <Dialog label={say(lang, Word::Find)} close={props.close.clone()} class="palette">
            <input id="find" role="combobox" aria-expanded="true" aria-controls="found" aria-label={say(lang, Word::FindHint)} autocomplete="off" spellcheck="false"
                placeholder={say(lang, Word::FindHint)} oninput={input} onkeydown={keys} autofocus=true
                aria-activedescendant={(!found.is_empty()).then(|| format!("found-{here}"))} />
            <ul id="found" role="listbox" aria-label={say(lang, Word::Find)}>
                { for found.iter().enumerate().map(|(i, (glyph, text, what))| {
                    let (choose, what) = (choose.clone(), what.clone());
                    html! {
                        <li key={i} id={format!("found-{i}")} role="option" aria-selected={(i == here).to_string()} class={classes!((i == here).then_some("on"))}
                            onclick={Callback::from(move |_: MouseEvent| choose.emit(Some(what.clone())))}>
                            { icon(glyph, 14) }<span class="m">{ text }</span>
                        </li>
                    }
                }) }
            </ul>
            if found.is_empty() { <p class="quiet">{ say(lang, Word::FindNothing) }</p> }
        </Dialog>
    }
}

const SHOWN: usize = 12;

fn search(app: &App, query: &str) -> Vec<(&'static str, String, Found)> {
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_string).collect();
    let fits = |text: &str| {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    app.read(|bridge| {
        let objects = bridge
            .outline()
            .into_iter()
            .filter(|leaf| fits(&leaf.label))
            .map(|leaf| ("pod", leaf.label, Found::Object(leaf.id.to_string())));
        let files = bridge
            .file_names()
            .into_iter()
            .filter(|name| fits(name))
            .map(|name| ("yaml", name.clone(), Found::File(name)));
        let mut history = bridge.history().to_vec();
        history.reverse();
        let mut seen = Vec::new();
        let commands = history.into_iter().filter(|line| fits(line)).filter(|line| {
            let new = !seen.contains(line);
            seen.push(line.clone());
            new
        });
        let commands = commands.map(|line| ("terminal", line.clone(), Found::Command(line)));
        objects.take(SHOWN).chain(files.take(4)).chain(commands.take(6)).collect()
    })
}
