//! The terminal: a log of lines and a real text field. Names in the output are linked to the chart.
//!
//! Models: a bash prompt with readline's everyday keys.
//! Left out: colours set by escape codes, full-screen programs, reverse search.

use std::rc::Rc;

use pilothouse::scene::Id;
use pilothouse::session::Line;
use pilothouse::shell::{Span, Style};
use web_sys::{HtmlElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::bridge::short;
use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::prompt::Prompt;
use super::text::{Word, say};

/// Lines in one chunk; a chunk that is full never renders again.
const CHUNK: u64 = 64;
/// Lines drawn while a command runs.
const FLOOD: usize = 600;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
    pub shown: bool,
}

#[component]
pub fn Terminal(props: &Props) -> Html {
    let version = use_topic(&props.app, Topic::Terminal);
    use_topic(&props.app, Topic::Settings);
    let app = &props.app;
    let lang = app.lang();
    let scroller = use_node_ref();
    let stuck = use_mut_ref(|| true);
    {
        let (scroller, stuck) = (scroller.clone(), stuck.clone());
        use_effect_with((version, props.shown), move |_| {
            if *stuck.borrow()
                && let Some(element) = scroller.cast::<HtmlElement>()
            {
                element.set_scroll_top(element.scroll_height());
            }
        });
    }
    let scrolled = {
        let (scroller, stuck) = (scroller.clone(), stuck.clone());
        Callback::from(move |_: Event| {
            if let Some(element) = scroller.cast::<HtmlElement>() {
                let below = element.scroll_height() - element.scroll_top() - element.client_height();
                *stuck.borrow_mut() = below < 24;
            }
        })
    };
    let submitted = Callback::from(move |()| *stuck.borrow_mut() = true);
    html! {
        <div class="scr" ref={scroller} hidden={!props.shown} onscroll={scrolled}
            onclick={clicked(app)} onmouseover={hovered(app)} onmouseout={left(app)}>
            <div role="log" id="log" tabindex="0" aria-label={say(lang, Word::TerminalOutput)} aria-live="off"
                onkeydown={keyed(app)} onfocusin={focused(app)} onfocusout={unfocused(app)}>
                { chunks(app) }
            </div>
            <Prompt app={app.clone()} {submitted} />
        </div>
    }
}

fn chunks(app: &App) -> Html {
    let bridge = app.bridge.borrow();
    let mut out = Vec::new();
    let mut lines: Vec<(Rc<Line>, Option<u8>)> = Vec::new();
    let mut number = None;
    let rows = bridge.rows();
    // while a command floods the terminal only its end is drawn; the rest comes when it is done
    let skip = if bridge.busy() { rows.len().saturating_sub(FLOOD) } else { 0 };
    for (n, line) in rows.skip(skip) {
        // chunks keep their borders when old lines are dropped at the front
        let here = n / CHUNK;
        if number.is_some_and(|number| number != here) {
            out.push(chunk(number, &mut lines));
        }
        number = Some(here);
        lines.push((line.clone(), bridge.cause_of(*n)));
    }
    out.push(chunk(number, &mut lines));
    html! { <>{ for out }</> }
}

fn chunk(number: Option<u64>, lines: &mut Vec<(Rc<Line>, Option<u8>)>) -> Html {
    let lines = std::mem::take(lines);
    html! { <Chunk key={number.unwrap_or_default()} {lines} /> }
}

#[derive(Properties)]
struct ChunkProps {
    lines: Vec<(Rc<Line>, Option<u8>)>,
}

impl PartialEq for ChunkProps {
    fn eq(&self, other: &ChunkProps) -> bool {
        let mut pairs = self.lines.iter().zip(&other.lines);
        self.lines.len() == other.lines.len() && pairs.all(|(a, b)| Rc::ptr_eq(&a.0, &b.0) && a.1 == b.1)
    }
}

#[component]
fn Chunk(props: &ChunkProps) -> Html {
    html! { <div class="chunk">{ for props.lines.iter().map(|(line, cause)| row(line, *cause)) }</div> }
}

fn row(line: &Line, cause: Option<u8>) -> Html {
    html! {
        <div class={classes!("blk", cause.is_some().then_some("hot"), line.prompt.is_some().then_some("typed"))}>
            if let Some(number) = cause { <span class="n">{ number }</span> }
            if let Some(prompt) = &line.prompt { <span class="ps">{ short(prompt) }</span> }
            { for line.spans.iter().enumerate().map(|(i, piece)| span(piece, i == 0)) }
            // an empty line copies as a line
            if line.spans.is_empty() && line.prompt.is_none() { <br /> }
        </div>
    }
}

fn span(piece: &Span, first: bool) -> Html {
    let class = class(piece.style);
    if let Some(link) = &piece.link {
        let id = Id::object(&link.kind, &link.namespace, &link.name).to_string();
        return html! { <span class={classes!("ob", class)} role="button" tabindex="-1" data-object={id}>{ &piece.text }</span> };
    }
    // the word that says it went wrong is marked, what it says is plain
    if first
        && piece.style == Style::Error
        && let Some((word, rest)) = piece.text.split_once(':')
        && word.to_ascii_lowercase().starts_with("error")
    {
        return html! { <><span class="f">{ word }</span>{ ":" }{ rest }</> };
    }
    if class.is_empty() {
        html! { { &piece.text } }
    } else {
        html! { <span {class}>{ &piece.text }</span> }
    }
}

fn class(style: Style) -> &'static str {
    match style {
        Style::Plain | Style::Error | Style::Clear | Style::Screen => "",
        Style::Dim | Style::Idle => "d",
        Style::Strong | Style::Input => "cmd",
        Style::Prompt => "ps",
        Style::Good => "k",
        Style::Busy => "go",
        Style::Bad => "f",
    }
}

/// The object named under the pointer.
fn named(event: &web_sys::Event) -> Option<String> {
    let element = event.target_dyn_into::<web_sys::Element>()?;
    element.closest("[data-object]").ok().flatten()?.get_attribute("data-object")
}

fn clicked(app: &App) -> Callback<MouseEvent> {
    let app = app.clone();
    Callback::from(move |event: MouseEvent| {
        if let Some(id) = named(&event) {
            app.choose(Some(id));
            return;
        }
        let selecting =
            gloo::utils::window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
        if !selecting && let Some(field) = gloo::utils::document().get_element_by_id("prompt") {
            let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlTextAreaElement>(field).focus();
        }
    })
}

/// From name to name with the arrow keys, Enter chooses, Escape goes back to the prompt.
fn keyed(app: &App) -> Callback<KeyboardEvent> {
    let app = app.clone();
    Callback::from(move |event: KeyboardEvent| {
        let here = named(&event);
        match (event.key().as_str(), here) {
            ("ArrowUp" | "ArrowLeft", here) => walk(here.is_none(), -1),
            ("ArrowDown" | "ArrowRight", here) => walk(here.is_none(), 1),
            ("Enter" | " ", Some(id)) => app.choose(Some(id)),
            ("Escape", _) => {
                if let Some(field) = gloo::utils::document().get_element_by_id("prompt") {
                    let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlTextAreaElement>(field).focus();
                }
            }
            _ => return,
        }
        event.prevent_default();
    })
}

/// Focuses the name before or after the focused one; coming from the log itself, the last one.
fn walk(fresh: bool, by: i32) {
    let document = gloo::utils::document();
    let Ok(names) = document.query_selector_all("#log [data-object]") else { return };
    let active = document.active_element();
    let at = (0..names.length())
        .find(|i| names.item(*i).is_some_and(|n| active.as_ref().is_some_and(|a| n.is_same_node(Some(a)))));
    let next = match at {
        Some(at) => at.checked_add_signed(by),
        None if fresh => names.length().checked_sub(1),
        None => None,
    };
    if let Some(name) = next.and_then(|next| names.item(next)) {
        let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlElement>(name).focus();
    }
}

fn focused(app: &App) -> Callback<FocusEvent> {
    let app = app.clone();
    Callback::from(move |event: FocusEvent| app.hover(named(&event)))
}

fn unfocused(app: &App) -> Callback<FocusEvent> {
    let app = app.clone();
    Callback::from(move |_: FocusEvent| app.hover(None))
}

fn hovered(app: &App) -> Callback<MouseEvent> {
    let app = app.clone();
    Callback::from(move |event: MouseEvent| app.hover(named(&event)))
}

fn left(app: &App) -> Callback<MouseEvent> {
    let app = app.clone();
    Callback::from(move |_: MouseEvent| app.hover(None))
}
