//! The chart: a canvas for the eye, a tree for everyone, and the card of what is chosen.

use web_sys::{HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

use super::card::Card;
use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::icon::icon;
use super::outline::Outline;
use super::text::{Word, say};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
    /// The canvas, which the frame loop paints.
    pub canvas: NodeRef,
}

#[component]
pub fn Stage(props: &Props) -> Html {
    use_topic(&props.app, Topic::Settings);
    let app = &props.app;
    let lang = app.lang();
    let drag = use_mut_ref(|| None::<(f64, f64, bool)>);
    let hit = {
        let (app, canvas) = (app.clone(), props.canvas.clone());
        move |x: i32, y: i32| -> Option<String> {
            let rect = canvas.cast::<HtmlCanvasElement>()?.get_bounding_client_rect();
            app.read(|bridge| bridge.hit(f64::from(x) - rect.left(), f64::from(y) - rect.top()))
        }
    };
    let down = {
        let drag = drag.clone();
        Callback::from(move |event: PointerEvent| {
            *drag.borrow_mut() = Some((event.client_x().into(), event.client_y().into(), false));
        })
    };
    let moved = {
        let (app, hit, drag) = (app.clone(), hit.clone(), drag.clone());
        Callback::from(move |event: PointerEvent| {
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            if let Some((from_x, from_y, dragging)) = drag.borrow_mut().as_mut() {
                if *dragging || (x - *from_x).abs() + (y - *from_y).abs() > 4.0 {
                    app.bridge.borrow_mut().pan(x - *from_x, y - *from_y);
                    (*from_x, *from_y, *dragging) = (x, y, true);
                }
                return;
            }
            app.hover(hit(event.client_x(), event.client_y()));
        })
    };
    let up = {
        let (app, hit) = (app.clone(), hit.clone());
        Callback::from(move |event: PointerEvent| {
            let dragged = drag.borrow_mut().take().is_some_and(|(_, _, dragged)| dragged);
            if !dragged {
                app.choose(hit(event.client_x(), event.client_y()));
            }
        })
    };
    let out = {
        let app = app.clone();
        Callback::from(move |_: PointerEvent| app.hover(None))
    };
    let wheel = {
        let (app, canvas) = (app.clone(), props.canvas.clone());
        Callback::from(move |event: WheelEvent| {
            event.prevent_default();
            let Some(canvas) = canvas.cast::<HtmlElement>() else { return };
            let rect = canvas.get_bounding_client_rect();
            let (x, y) = (f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top());
            app.bridge.borrow_mut().zoom((-event.delta_y() / 500.0).exp(), x, y);
            app.tell(Topic::World);
        })
    };
    html! {
        <main class="stage" aria-label={say(lang, Word::Chart)}>
            <Lenses app={app.clone()} />
            <div class="chart">
                <canvas ref={props.canvas.clone()} aria-hidden="true" onpointerdown={down} onpointermove={moved}
                    onpointerup={up} onpointerleave={out} onwheel={wheel} />
                <Outline app={app.clone()} />
                <Card app={app.clone()} />
            </div>
        </main>
    }
}

#[derive(Properties, PartialEq)]
struct LensProps {
    app: App,
}

/// The lens bar with the zoom buttons.
#[component]
fn Lenses(props: &LensProps) -> Html {
    use_topic(&props.app, Topic::World);
    use_topic(&props.app, Topic::Settings);
    let app = &props.app;
    let lang = app.lang();
    let zoom = app.read(|bridge| bridge.magnified());
    let by = |factor: f64| {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| {
            app.bridge.borrow_mut().zoom_center(factor);
            app.tell(Topic::World);
        })
    };
    let fit = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| {
            app.bridge.borrow_mut().fit();
            app.tell(Topic::World);
        })
    };
    let button = |id: &'static str, glyph, word, click: Callback<MouseEvent>| {
        html! { <button class="ib" {id} onclick={click} title={say(lang, word)} aria-label={say(lang, word)}>{ icon(glyph, 14) }</button> }
    };
    html! {
        <div class="lenses">
            <div class="lenslist" role="tablist" aria-label={say(lang, Word::Chart)}>
            { for app.read(|bridge| bridge.lenses()).into_iter().map(|(at, name, on)| {
                let app = app.clone();
                html! {
                    <button key={at} class={classes!("lens", on.then_some("on"))} role="tab" aria-selected={on.to_string()}
                        onclick={Callback::from(move |_: MouseEvent| app.act(|bridge| bridge.set_lens(at)))}>
                        <i aria-hidden="true">{ at + 1 }</i>{ name }
                    </button>
                }
            }) }
            </div>
            <span class="sp" />
            <span class="zoom">
                { button("zoomout", "minus", Word::ZoomOut, by(0.8)) }
                <span class="percent">{ format!("{:.0}%", zoom * 100.0) }</span>
                { button("zoomin", "plus", Word::ZoomIn, by(1.25)) }
                { button("fit", "fit", Word::Fit, fit) }
            </span>
        </div>
    }
}
