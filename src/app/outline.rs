//! Everything on the chart as a tree: for those who do not see the canvas, and for the keyboard.
//! Shown only while it has the focus.
//!
//! Models: the tree pattern of WAI-ARIA authoring practices.
//! Left out: folding; the list is bounded instead.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::settings::Upper;
use super::text::{Word, say};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
}

#[component]
pub fn Outline(props: &Props) -> Html {
    use_topic(&props.app, Topic::World);
    use_topic(&props.app, Topic::Settings);
    use_topic(&props.app, Topic::Chosen);
    let app = &props.app;
    let lang = app.lang();
    let here = use_state(|| 0usize);
    let leaves = app.read(|bridge| bridge.outline());
    let at = (*here).min(leaves.len().saturating_sub(1));
    let chosen = app.chosen.borrow().clone();
    let keys = {
        let (app, here) = (app.clone(), here.clone());
        let leaves: Vec<(String, usize)> = leaves.iter().map(|leaf| (leaf.id.to_string(), leaf.level)).collect();
        Callback::from(move |event: KeyboardEvent| {
            let next = match event.key().as_str() {
                "ArrowDown" => (at + 1).min(leaves.len().saturating_sub(1)),
                "ArrowUp" => at.saturating_sub(1),
                "Home" => 0,
                "End" => leaves.len().saturating_sub(1),
                // to the place that holds it
                "ArrowLeft" | "Backspace" => (0..at).rev().find(|i| leaves[*i].1 < leaves[at].1).unwrap_or(at),
                "ArrowRight" if leaves.get(at + 1).is_some_and(|next| next.1 > leaves[at].1) => at + 1,
                "Enter" | " " => {
                    event.prevent_default();
                    app.choose(leaves.get(at).map(|leaf| leaf.0.clone()));
                    app.set(|settings| settings.upper = Upper::Object);
                    return;
                }
                "Escape" => {
                    app.choose(None);
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            here.set(next);
            app.bridge.borrow_mut().focus(leaves.get(next).map(|leaf| leaf.0.clone()));
            if let Some(item) = gloo::utils::document().get_element_by_id(&format!("leaf-{next}")) {
                let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlElement>(item).focus();
            }
        })
    };
    let entered = {
        let app = app.clone();
        let id = leaves.get(at).map(|leaf| leaf.id.to_string());
        Callback::from(move |_: FocusEvent| app.bridge.borrow_mut().focus(id.clone()))
    };
    let blur = {
        let app = app.clone();
        Callback::from(move |_: FocusEvent| app.bridge.borrow_mut().focus(None))
    };
    if leaves.is_empty() {
        return html! {};
    }
    html! {
        <div class="outline">
            <p aria-hidden="true">{ say(lang, Word::OutlineHow) }</p>
            <ul role="tree" id="outline" aria-label={say(lang, Word::Outline)} onkeydown={keys} onfocusin={entered} onfocusout={blur}>
                { for leaves.iter().enumerate().map(|(i, leaf)| {
                    let (size, place) = siblings(&leaves, i);
                    html! {
                    <li key={leaf.id.to_string()} id={format!("leaf-{i}")} role="treeitem" tabindex={if i == at { "0" } else { "-1" }}
                        aria-level={leaf.level.to_string()} aria-setsize={size.to_string()} aria-posinset={place.to_string()}
                        aria-selected={(chosen.as_deref() == Some(leaf.id.as_str())).to_string()}
                        style={format!("padding-left:{}px", leaf.level * 14)}>
                        { &leaf.label }
                    </li>
                } }) }
            </ul>
        </div>
    }
}

/// How many stand beside it under the same parent, and its place among them, from one.
fn siblings(leaves: &[pilothouse::scene::outline::Leaf], i: usize) -> (usize, usize) {
    let level = leaves[i].level;
    let before =
        leaves[..i].iter().rev().take_while(|leaf| leaf.level >= level).filter(|leaf| leaf.level == level).count();
    let behind =
        leaves[i + 1..].iter().take_while(|leaf| leaf.level >= level).filter(|leaf| leaf.level == level).count();
    (before + 1 + behind, before + 1)
}
