//! A row of tabs that arrow keys walk, as WAI-ARIA asks.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::icon;

/// One tab.
#[derive(Clone, PartialEq)]
pub struct Tab {
    pub id: AttrValue,
    pub glyph: &'static str,
    pub name: AttrValue,
    /// A dot: something in it wants attention.
    pub dot: bool,
    /// The label of its close button, when it has one.
    pub close: Option<AttrValue>,
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub label: AttrValue,
    /// The id of the panel that the tabs switch.
    pub panel: AttrValue,
    pub tabs: Vec<Tab>,
    pub on: AttrValue,
    pub onchoose: Callback<AttrValue>,
    #[prop_or_default]
    pub onclose: Callback<AttrValue>,
    #[prop_or_default]
    pub children: Html,
}

#[component]
pub fn Tabs(props: &Props) -> Html {
    let ids: Vec<AttrValue> = props.tabs.iter().map(|tab| tab.id.clone()).collect();
    let keys = {
        let (ids, on, onchoose, panel) = (ids.clone(), props.on.clone(), props.onchoose.clone(), props.panel.clone());
        Callback::from(move |event: KeyboardEvent| {
            let here = ids.iter().position(|id| *id == on).unwrap_or(0);
            let count = ids.len();
            let next = match event.key().as_str() {
                "ArrowRight" => (here + 1) % count,
                "ArrowLeft" => (here + count - 1) % count,
                "Home" => 0,
                "End" => count - 1,
                _ => return,
            };
            event.prevent_default();
            let id = format!("{panel}-{}", ids[next]);
            if let Some(tab) = gloo::utils::document().get_element_by_id(&id) {
                let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlElement>(tab).focus();
            }
            onchoose.emit(ids[next].clone());
        })
    };
    html! {
        <div class="tabs">
            <div class="tablist" role="tablist" aria-label={props.label.clone()} onkeydown={keys}>
                { for props.tabs.iter().map(|tab| one(props, tab)) }
            </div>
            { for props.tabs.iter().filter(|tab| tab.id == props.on).filter_map(|tab| {
                let (id, onclose) = (tab.id.clone(), props.onclose.clone());
                let label = tab.close.clone()?;
                Some(html! {
                    <button class="ib x" title={label.clone()} aria-label={label}
                        onclick={Callback::from(move |_: MouseEvent| onclose.emit(id.clone()))}>{ icon("close", 12) }</button>
                })
            }) }
            { props.children.clone() }
        </div>
    }
}

fn one(props: &Props, tab: &Tab) -> Html {
    let on = tab.id == props.on;
    let (id, onchoose) = (tab.id.clone(), props.onchoose.clone());
    html! {
        <button key={tab.id.to_string()} class={classes!("tab", on.then_some("on"))} role="tab" id={format!("{}-{}", props.panel, tab.id)}
            aria-selected={on.to_string()} aria-controls={on.then(|| props.panel.clone())} tabindex={if on { "0" } else { "-1" }}
            onclick={Callback::from(move |_: MouseEvent| onchoose.emit(id.clone()))}>
            { icon(tab.glyph, 14) }{ tab.name.clone() }
            if tab.dot { <span class="dot" /> }
        </button>
    }
}
