//! The page as a whole: the grid, the frame loop, the keys that work everywhere.

use std::cell::RefCell;
use std::rc::Rc;

use pilothouse::scene::theme::Theme;
use web_sys::{HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

use super::canvas::Painter;
use super::crash;
use super::desk::Desk;
use super::dialog::{Again, NewFile, Palette};
use super::hooks::{use_frames, use_topic, use_window_event};
use super::hub::{App, Topic};
use super::icon::icon;
use super::settings::DESK;
use super::splitter::Splitter;
use super::stage::Stage;
use super::text::{Word, say};
use super::timebar::TimeBar;
use super::topbar::TopBar;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
}

/// The dialog that stands open.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Palette,
    Again,
    NewFile,
}

#[component]
pub fn Root(props: &Props) -> Html {
    use_topic(&props.app, Topic::Settings);
    let app = &props.app;
    let lang = app.lang();
    let open = use_state(|| None::<Open>);
    let canvas = use_node_ref();
    use_loop(app.clone(), canvas.clone());
    let on_key = use_callback((), keys(app, &open));
    use_window_event("keydown", on_key);
    let sized = app.clone();
    let on_resize = use_callback((), move |_: Event, _| sized.tell(Topic::Settings));
    use_window_event("resize", on_resize);
    let leaving = app.clone();
    let on_leave = use_callback((), move |_: Event, _| leaving.bridge.borrow_mut().keep());
    use_window_event("pagehide", on_leave);
    // the one way to see the page of a stop on purpose
    let on_hash = use_callback((), |_: Event, _| {
        let hash = gloo::utils::window().location().hash().unwrap_or_default();
        assert!(hash != "#ph-test-panic", "asked to stop by the address");
    });
    use_window_event("hashchange", on_hash);
    let show = |which: Open| {
        let open = open.setter();
        Callback::from(move |()| open.set(Some(which)))
    };
    let close = {
        let open = open.setter();
        Callback::from(move |()| open.set(None))
    };
    let again = {
        let (app, open) = (app.clone(), open.setter());
        Callback::from(move |()| {
            open.set(None);
            app.choose(None);
            app.act(|bridge| bridge.start_again());
            app.set(|settings| {
                settings.tabs.clear();
                settings.front = None;
            });
        })
    };
    let wide = gloo::utils::window().inner_width().ok().and_then(|w| w.as_f64()).unwrap_or(1600.0);
    let (least, most) = (360.0, (wide * 0.5).max(380.0));
    let desk = app.settings.borrow().desk;
    let desk = if wide < 1280.0 && desk == DESK { 420.0 } else { desk }.clamp(least, most);
    let resize = {
        let app = app.clone();
        Callback::from(move |width: f64| app.set(|settings| settings.desk = width))
    };
    html! {
        <div class="app" id="app" style={format!("--desk:{desk}px")}>
            <a class="skip" href="#prompt">{ say(lang, Word::SkipTo) }</a>
            <TopBar app={app.clone()} find={show(Open::Palette)} again={show(Open::Again)} />
            <Desk app={app.clone()} newfile={show(Open::NewFile)}>
                <Splitter label={say(lang, Word::SplitDesk)} vertical={true} value={desk} min={least} max={most} default={DESK} onchange={resize} />
            </Desk>
            <Stage app={app.clone()} canvas={canvas} />
            <TimeBar app={app.clone()} />
            <Said app={app.clone()} />
            { match *open {
                Some(Open::Palette) => html! { <Palette app={app.clone()} {close} /> },
                Some(Open::Again) => html! { <Again app={app.clone()} {close} yes={again} /> },
                Some(Open::NewFile) => html! { <NewFile app={app.clone()} {close} /> },
                None => html! {},
            } }
        </div>
    }
}

/// Toasts, and the polite live region.
#[component]
fn Said(props: &Props) -> Html {
    use_topic(&props.app, Topic::Said);
    let app = &props.app;
    let lang = app.lang();
    let toasts = app.toasts.borrow().clone();
    html! {<>
        <div class="hidden" role="status" aria-live="polite" id="said">{ app.said.borrow().clone() }</div>
        <div class="toasts">
            { for toasts.into_iter().map(|toast| {
                let (app, id) = (app.clone(), toast.id);
                html! {
                    <div class="toast" key={id}>
                        <i class={classes!("lamp", toast.hue)} /><span>{ toast.text }</span>
                        <button class="ib x" onclick={Callback::from(move |_: MouseEvent| app.untoast(id))} aria-label={say(lang, Word::Close)}>{ icon("close", 12) }</button>
                    </div>
                }
            }) }
        </div>
    </>}
}

/// Every frame: a slice of the cluster, then the picture, then whoever listens.
#[hook]
fn use_loop(app: App, canvas: NodeRef) {
    let painter: Rc<RefCell<Option<Painter>>> = use_mut_ref(|| None);
    let before = use_mut_ref(|| None::<(Theme, f64, f64, f64)>);
    use_frames(Callback::from(move |elapsed: f64| {
        if crash::stopped() {
            return;
        }
        let changed = app.bridge.borrow_mut().frame(elapsed);
        if app.read(|bridge| bridge.lacks_docs()) {
            super::docs::load(&app);
        }
        draw(&app, &canvas, &painter, &before, changed);
        app.tell_moved();
        let news = app.bridge.borrow_mut().news();
        if let Some(text) = news {
            app.say(&text);
        }
        let wanted = app.bridge.borrow_mut().wants_file();
        if let Some(path) = wanted {
            super::dialog::open_file(&app, &path);
        }
    }));
}

/// Theme, width, height and pixels per px that were painted last.
type Surface = (Theme, f64, f64, f64);

fn draw(
    app: &App,
    canvas: &NodeRef,
    painter: &Rc<RefCell<Option<Painter>>>,
    before: &Rc<RefCell<Option<Surface>>>,
    changed: bool,
) {
    let Some(element) = canvas.cast::<HtmlCanvasElement>() else { return };
    let Some(parent) = element.parent_element() else { return };
    let (w, h) = (f64::from(parent.client_width()), f64::from(parent.client_height()));
    if w < 1.0 || h < 1.0 {
        return;
    }
    let theme = if app.settings.borrow().dark() { Theme::Dark } else { Theme::Light };
    let ratio = gloo::utils::window().device_pixel_ratio();
    let look = Some((theme, w, h, ratio));
    if !changed && *before.borrow() == look {
        return;
    }
    *before.borrow_mut() = look;
    let mut painter = painter.borrow_mut();
    if painter.is_none() {
        *painter = Painter::new(element);
    }
    let Some(painter) = painter.as_mut() else { return };
    let mut bridge = app.bridge.borrow_mut();
    bridge.resize(w, h);
    painter.paint(bridge.shapes(), theme, (w, h), bridge.shrink());
}

/// Ctrl or Cmd with K finds; Ctrl with the backquote goes between the chart and the command line.
fn keys(app: &App, open: &UseStateHandle<Option<Open>>) -> impl Fn(Event, &()) + 'static + use<> {
    let (app, open) = (app.clone(), open.setter());
    move |event: Event, _: &()| {
        let Some(event) = wasm_bindgen::JsCast::dyn_ref::<KeyboardEvent>(&event) else { return };
        if event.is_composing() || !(event.ctrl_key() || event.meta_key()) {
            return;
        }
        match event.key().as_str() {
            "k" | "K" if !typing_in_prompt() || event.meta_key() => {
                event.prevent_default();
                open.set(Some(Open::Palette));
            }
            "`" => {
                event.prevent_default();
                app.set(|settings| settings.front = None);
                if let Some(field) = gloo::utils::document().get_element_by_id("prompt") {
                    let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlElement>(field).focus();
                }
            }
            _ => {}
        }
    }
}

/// In the command line Ctrl-K cuts to the end of the line, as in a shell.
fn typing_in_prompt() -> bool {
    gloo::utils::document().active_element().is_some_and(|element| {
        element.id() == "prompt"
            && !wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlTextAreaElement>(element).value().is_empty()
    })
}
