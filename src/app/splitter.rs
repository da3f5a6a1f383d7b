//! A bar that divides two regions: dragged, moved by arrow keys, reset by a double click.

use web_sys::{Element, PointerEvent};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub label: AttrValue,
    /// True for a bar that moves left and right.
    pub vertical: bool,
    /// The size that the bar sets, in px, and its limits.
    pub value: f64,
    pub min: f64,
    pub max: f64,
    pub default: f64,
    /// True when the size grows as the pointer moves up or left.
    #[prop_or_default]
    pub reversed: bool,
    pub onchange: Callback<f64>,
}

#[component]
pub fn Splitter(props: &Props) -> Html {
    let start = use_mut_ref(|| None::<(f64, f64)>);
    let at = {
        let vertical = props.vertical;
        move |event: &PointerEvent| f64::from(if vertical { event.client_x() } else { event.client_y() })
    };
    let clamp = {
        let (min, max) = (props.min, props.max.max(props.min));
        move |value: f64| value.clamp(min, max).round()
    };
    let sign = if props.reversed { -1.0 } else { 1.0 };
    let down = {
        let (start, value) = (start.clone(), props.value);
        Callback::from(move |event: PointerEvent| {
            if let Some(bar) = event.target_dyn_into::<Element>() {
                let _ = bar.set_pointer_capture(event.pointer_id());
            }
            *start.borrow_mut() = Some((at(&event), value));
        })
    };
    let moved = {
        let (start, onchange) = (start.clone(), props.onchange.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some((from, value)) = *start.borrow() {
                onchange.emit(clamp(value + sign * (at(&event) - from)));
            }
        })
    };
    let up = Callback::from(move |_: PointerEvent| *start.borrow_mut() = None);
    let keys = {
        let (onchange, value, vertical) = (props.onchange.clone(), props.value, props.vertical);
        let (min, max) = (props.min, props.max);
        Callback::from(move |event: KeyboardEvent| {
            let next = match (event.key().as_str(), vertical) {
                ("ArrowLeft", true) | ("ArrowUp", false) => value - sign * 16.0,
                ("ArrowRight", true) | ("ArrowDown", false) => value + sign * 16.0,
                ("Home", _) => min,
                ("End", _) => max,
                _ => return,
            };
            event.prevent_default();
            onchange.emit(clamp(next));
        })
    };
    let reset = {
        let (onchange, value) = (props.onchange.clone(), props.default);
        Callback::from(move |_: MouseEvent| onchange.emit(clamp(value)))
    };
    html! {
        <div class={if props.vertical { "vsplit" } else { "split" }} role="separator" tabindex="0"
            aria-label={props.label.clone()} aria-orientation={if props.vertical { "vertical" } else { "horizontal" }}
            aria-valuenow={props.value.to_string()} aria-valuemin={props.min.to_string()} aria-valuemax={props.max.round().to_string()}
            onpointerdown={down} onpointermove={moved} onpointerup={up.clone()} onpointercancel={up} onkeydown={keys} ondblclick={reset} />
    }
}
