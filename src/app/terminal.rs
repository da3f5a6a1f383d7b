//! The terminal: a log of lines and a real text field. Names in the output are linked to the chart.
//!
//! Models: a bash prompt with readline's everyday keys.
//! Left out: colours set by escape codes, full-screen programs, reverse search.

use std::rc::Rc;

use web_sys::{HtmlElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::bridge::Row;
use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::prompt::Prompt;
use super::text::{Word, say};

/// Lines in one chunk; a chunk that is full never renders again.
const CHUNK: usize = 64;

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
            <div role="log" id="log" aria-label={say(lang, Word::TerminalOutput)} aria-live="off">
                { chunks(app) }
            </div>
            <Prompt app={app.clone()} {submitted} />
        </div>
    }
}

fn chunks(app: &App) -> Html {
    let bridge = app.bridge.borrow();
    let (first, rows) = bridge.rows();
    let mut out = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        // chunks keep their borders when old lines are dropped at the front
        let number = (first + at) / CHUNK;
        let end = ((number + 1) * CHUNK - first).min(rows.len());
        let lines: Vec<Rc<Row>> = (at..end).map(|i| rows[i].clone()).collect();
        out.push(html! { <Chunk key={number} {lines} /> });
        at = end;
    }
    html! { <>{ for out }</> }
}

#[derive(Properties)]
struct ChunkProps {
    lines: Vec<Rc<Row>>,
}

impl PartialEq for ChunkProps {
    fn eq(&self, other: &ChunkProps) -> bool {
        self.lines.len() == other.lines.len() && self.lines.iter().zip(&other.lines).all(|(a, b)| Rc::ptr_eq(a, b))
    }
}

#[component]
fn Chunk(props: &ChunkProps) -> Html {
    html! { <div class="chunk">{ for props.lines.iter().map(|row| line(row)) }</div> }
}

fn line(row: &Row) -> Html {
    let hot = row.cause.is_some();
    html! {
        <div class={classes!("blk", hot.then_some("hot"))}>
            if let Some(number) = row.cause { <span class="n">{ number }</span> }
            { for row.spans.iter().map(|span| match (&span.object, span.class) {
                (Some(object), class) => html! { <span class={classes!("ob", class)} tabindex="-1" data-object={object.clone()}>{ &span.text }</span> },
                (None, "") => html! { { &span.text } },
                (None, class) => html! { <span class={class}>{ &span.text }</span> },
            }) }
            // an empty line keeps its height, and copies as a line
            { "\n" }
        </div>
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

fn hovered(app: &App) -> Callback<MouseEvent> {
    let app = app.clone();
    Callback::from(move |event: MouseEvent| app.hover(named(&event)))
}

fn left(app: &App) -> Callback<MouseEvent> {
    let app = app.clone();
    Callback::from(move |_: MouseEvent| app.hover(None))
}
