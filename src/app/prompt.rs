//! The command line: an uncontrolled text field, so that Hangul and other composed input is never disturbed.
//!
//! Models: readline's everyday keys (history, Tab, Ctrl-A C D E K L U).
//! Left out: Ctrl-R, Ctrl-W (the browser closes its tab with it), word motions (the field has its own).

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::{ClipboardEvent, HtmlTextAreaElement, InputEvent};
use yew::prelude::*;

use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::text::{Word, fill, say};

/// The largest paste that the command line takes, in KB.
const PASTE_KB: usize = 64;
/// Candidates shown at most.
const LISTED: usize = 200;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
    pub submitted: Callback<()>,
}

/// What the field remembers between keys.
#[derive(Default)]
struct Memory {
    /// Where in the history the arrow keys stand; none is the line being typed.
    at: Option<usize>,
    /// The line being typed while the history is shown.
    draft: String,
    /// The line for which Tab was pressed last: the second press lists.
    tabbed: Option<(String, usize)>,
    /// Escape was pressed: Tab leaves the field.
    leaving: bool,
}

#[component]
pub fn Prompt(props: &Props) -> Html {
    use_topic(&props.app, Topic::Terminal);
    use_topic(&props.app, Topic::Settings);
    let app = &props.app;
    let lang = app.lang();
    let field = use_node_ref();
    let memory = use_mut_ref(Memory::default);
    let aid = use_state(Vec::<String>::new);
    let (prompt, busy) = app.read(|bridge| (bridge.prompt(), bridge.busy()));
    // typing works at once
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(area) = field.cast::<HtmlTextAreaElement>() {
                let _ = area.focus();
            }
        });
    }
    // a command that something else put here
    {
        let (field, app) = (field.clone(), app.clone());
        use_effect(move || {
            if let Some(text) = app.typed.borrow_mut().take()
                && let Some(area) = field.cast::<HtmlTextAreaElement>()
            {
                put(&area, &text);
                let _ = area.focus();
            }
        });
    }
    let keys = Line {
        app: app.clone(),
        field: field.clone(),
        memory: memory.clone(),
        aid: aid.setter(),
        done: props.submitted.clone(),
    };
    let paste = keys.clone();
    let typed = {
        let (memory, aid, field) = (memory, aid.setter(), field.clone());
        Callback::from(move |_: InputEvent| {
            let mut memory = memory.borrow_mut();
            memory.tabbed = None;
            memory.leaving = false;
            aid.set(Vec::new());
            if let Some(area) = field.cast::<HtmlTextAreaElement>() {
                fit(&area);
            }
        })
    };
    html! {
        <>
        <div class="blk in">
            <span class="ps" aria-hidden="true">{ if busy { String::new() } else { prompt } }</span>
            <textarea id="prompt" ref={field} rows="1" spellcheck="false" autocomplete="off" autocapitalize="off"
                autocorrect="off" enterkeyhint="send" aria-label={say(lang, Word::CommandLine)}
                aria-describedby="aid" oninput={typed} onkeydown={Callback::from(move |event| keys.key(event))}
                onpaste={Callback::from(move |event: Event| paste.paste(event))} />
        </div>
        <div id="aid" class="aid" role="status">
            if busy { <span class="jobs">{ say(lang, Word::JobRuns) }</span> }
            if !aid.is_empty() {
                <span class="hidden">{ fill(lang, Word::Candidates, &[&aid.len().to_string()]) }</span>
                <ul>{ for aid.iter().take(LISTED).map(|text| html! { <li>{ text }</li> }) }</ul>
            }
        </div>
        </>
    }
}

/// The field with all that its keys need.
#[derive(Clone)]
struct Line {
    app: App,
    field: NodeRef,
    memory: Rc<RefCell<Memory>>,
    aid: UseStateSetter<Vec<String>>,
    done: Callback<()>,
}

impl Line {
    fn key(&self, event: KeyboardEvent) {
        // a composition owns its keys
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        let Some(area) = self.field.cast::<HtmlTextAreaElement>() else { return };
        let control = event.ctrl_key() && !event.alt_key() && !event.meta_key();
        let handled = match event.key().as_str() {
            "Enter" if !event.shift_key() => self.enter(&area),
            "ArrowUp" if !event.shift_key() => self.walk(&area, true),
            "ArrowDown" if !event.shift_key() => self.walk(&area, false),
            "Tab" if !event.shift_key() && !control => self.complete(&area),
            "Escape" => {
                self.memory.borrow_mut().leaving = true;
                self.aid.set(Vec::new());
                false
            }
            key if control => self.control(&area, key),
            _ => false,
        };
        if handled {
            event.prevent_default();
        }
    }

    fn enter(&self, area: &HtmlTextAreaElement) -> bool {
        let line = area.value();
        put(area, "");
        *self.memory.borrow_mut() = Memory::default();
        self.aid.set(Vec::new());
        self.done.emit(());
        for part in line.split('\n') {
            self.app.act(|bridge| bridge.submit(part));
        }
        true
    }

    fn control(&self, area: &HtmlTextAreaElement, key: &str) -> bool {
        let value = area.value();
        let caret = area.selection_start().ok().flatten().unwrap_or(0);
        let end = area.selection_end().ok().flatten().unwrap_or(caret);
        match key.to_ascii_lowercase().as_str() {
            "c" if caret == end && !selecting() => {
                let line = value.clone();
                put(area, "");
                *self.memory.borrow_mut() = Memory::default();
                self.aid.set(Vec::new());
                self.done.emit(());
                self.app.act(|bridge| bridge.interrupt(&line));
            }
            "d" if value.is_empty() => self.app.act(|bridge| bridge.eof()),
            "l" => {
                self.aid.set(Vec::new());
                self.app.act(|bridge| bridge.clear());
            }
            "a" => select(area, 0),
            "e" => select(area, units(&value) as u32),
            "u" => {
                put(area, &after(&value, caret));
                select(area, 0);
            }
            "k" => put(area, &before(&value, caret)),
            _ => return false,
        }
        true
    }

    /// One step through the history, when the caret stands on the first or the last line.
    fn walk(&self, area: &HtmlTextAreaElement, up: bool) -> bool {
        let value = area.value();
        let caret = area.selection_start().ok().flatten().unwrap_or(0);
        let inner = if up { before(&value, caret).contains('\n') } else { after(&value, caret).contains('\n') };
        if inner {
            return false;
        }
        let history = self.app.read(|bridge| bridge.history());
        let mut memory = self.memory.borrow_mut();
        let next = match (memory.at, up) {
            (None, true) if !history.is_empty() => {
                memory.draft = value;
                Some(history.len() - 1)
            }
            (Some(at), true) => Some(at.saturating_sub(1)),
            (Some(at), false) if at + 1 < history.len() => Some(at + 1),
            (Some(_), false) => None,
            (None, _) => return true,
        };
        memory.at = next;
        put(area, next.map_or(memory.draft.as_str(), |at| history.get(at).map_or("", String::as_str)));
        true
    }

    fn complete(&self, area: &HtmlTextAreaElement) -> bool {
        let value = area.value();
        let mut memory = self.memory.borrow_mut();
        if value.is_empty() || std::mem::take(&mut memory.leaving) {
            return false;
        }
        let caret = area.selection_start().ok().flatten().unwrap_or(0);
        let head = before(&value, caret);
        let (from, found) = self.app.bridge.borrow().complete(&value, head.len());
        let open = found.iter().all(|(_, open)| *open);
        let mut words: Vec<String> = found.into_iter().map(|(text, _)| text).collect();
        words.sort();
        words.dedup();
        let tail = after(&value, caret);
        let start = head.get(..from).unwrap_or(&head).to_string();
        let word = head.get(from..).unwrap_or_default().to_string();
        match words.as_slice() {
            [] => {}
            [only] => {
                let space =
                    if open || only.ends_with(['/', '=', ' ', ':']) || tail.starts_with(' ') { "" } else { " " };
                put(area, &format!("{start}{only}{space}{tail}"));
                select(area, (units(&start) + units(only) + space.len()) as u32);
                self.aid.set(Vec::new());
            }
            many => {
                let shared = common(many);
                if shared.len() > word.len() {
                    put(area, &format!("{start}{shared}{tail}"));
                    select(area, (units(&start) + units(&shared)) as u32);
                } else if memory.tabbed.as_ref() == Some(&(value.clone(), from)) {
                    self.aid.set(many.to_vec());
                    self.done.emit(());
                }
                memory.tabbed = Some((area.value(), from));
            }
        }
        true
    }

    /// A paste of many lines runs them one after another; the last one waits for Enter.
    fn paste(&self, event: Event) {
        let Some(event) = wasm_bindgen::JsCast::dyn_ref::<ClipboardEvent>(&event) else { return };
        let Some(text) = event.clipboard_data().and_then(|data| data.get_data("text").ok()) else { return };
        let lang = self.app.lang();
        if text.len() > PASTE_KB * 1024 {
            event.prevent_default();
            let (size, most) = ((text.len() / 1024).to_string(), PASTE_KB.to_string());
            self.app.act(|bridge| bridge.remark(&fill(lang, Word::PasteTooLarge, &[&size, &most])));
            return;
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if !text.contains('\n') {
            return;
        }
        event.prevent_default();
        let Some(area) = self.field.cast::<HtmlTextAreaElement>() else { return };
        let value = area.value();
        let caret = area.selection_start().ok().flatten().unwrap_or(0);
        let end = area.selection_end().ok().flatten().unwrap_or(caret);
        let whole = format!("{}{text}{}", before(&value, caret), after(&value, end));
        let (lines, last) = whole.rsplit_once('\n').unwrap_or(("", &whole));
        put(&area, last);
        self.done.emit(());
        self.app.act(|bridge| {
            for line in lines.split('\n') {
                bridge.submit(line);
            }
        });
    }
}

/// The longest beginning that all share.
fn common(words: &[String]) -> String {
    let mut shared = words.first().cloned().unwrap_or_default();
    for word in words {
        while !word.starts_with(&shared) {
            shared.pop();
        }
    }
    shared
}

fn put(area: &HtmlTextAreaElement, text: &str) {
    area.set_value(text);
    fit(area);
}

/// As high as its text.
fn fit(area: &HtmlTextAreaElement) {
    let _ = area.style().set_property("height", "auto");
    let height = area.scroll_height().clamp(18, 18 * 12);
    let _ = area.style().set_property("height", &format!("{height}px"));
}

fn select(area: &HtmlTextAreaElement, at: u32) {
    let _ = area.set_selection_range(at, at);
}

fn selecting() -> bool {
    gloo::utils::window()
        .get_selection()
        .ok()
        .flatten()
        .is_some_and(|selection| !selection.is_collapsed() && !String::from(selection.to_string()).is_empty())
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The text before a place given in UTF-16 units.
fn before(text: &str, at: u32) -> String {
    let units: Vec<u16> = text.encode_utf16().take(at as usize).collect();
    String::from_utf16_lossy(&units)
}

fn after(text: &str, at: u32) -> String {
    let units: Vec<u16> = text.encode_utf16().skip(at as usize).collect();
    String::from_utf16_lossy(&units)
}
