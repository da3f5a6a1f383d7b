//! The card of the chosen mark, beside it on the chart: five facts and what can be done.

use yew::prelude::*;

use super::bridge::ObjectView;
use super::faults::Faults;
use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::icon::icon;
use super::settings::Upper;
use super::text::{Word, fill, say};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
}

const WIDE: f64 = 300.0;
const HIGH: f64 = 220.0;
/// With its menu open.
const TALL: f64 = 470.0;

#[component]
pub fn Card(props: &Props) -> Html {
    use_topic(&props.app, Topic::Chosen);
    use_topic(&props.app, Topic::World);
    use_topic(&props.app, Topic::Settings);
    let app = &props.app;
    let lang = app.lang();
    let Some(id) = app.chosen.borrow().clone() else { return html! {} };
    let found =
        app.read(|bridge| Some((bridge.card(&id)?, bridge.place_of(&id)?, bridge.window(), bridge.object(&id))));
    let Some((card, rect, size, object)) = found else { return html! {} };
    let x =
        if rect.0 + rect.2 + 12.0 + WIDE < size.0 { rect.0 + rect.2 + 12.0 } else { (rect.0 - WIDE - 12.0).max(8.0) };
    let y = rect.1.min(size.1 - HIGH - 8.0).max(8.0);
    // It stands from its top or from its bottom, wherever there is more room, and scrolls beyond that.
    let below = size.1 - y - 8.0;
    let (edge, room) =
        if below >= TALL { (format!("top:{y:.0}px"), below) } else { ("bottom:8px".to_owned(), size.1 - 16.0) };
    let show = |upper: Upper| {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.set(|settings| settings.upper = upper))
    };
    let close = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.choose(None))
    };
    html! {
        <div class="card" id="card" style={format!("left:{x:.0}px;{edge};max-height:{room:.0}px")} role="group" aria-label={card.name.clone()}>
            <div class="head"><b class="m">{ &card.name }</b><span>{ &card.kind }</span><span class="sp" />
                <button class="ib x" onclick={close} title={say(lang, Word::Close)} aria-label={say(lang, Word::Close)}>{ icon("close", 12) }</button>
            </div>
            <dl class="kv">{ for card.facts.iter().map(|(name, value)| html! {<><dt>{ name }</dt><dd>{ value }</dd></>}) }</dl>
            <div class="foot">
                <button class="btn small" onclick={show(Upper::Why)}>{ say(lang, Word::Why) }</button>
                <button class="btn small" onclick={show(Upper::Object)}>{ say(lang, Word::Yaml) }</button>
                if let Some(object) = object { { deeds(app, &object) } }
            </div>
            <Faults app={app.clone()} of={id.clone()} key={id.clone()} />
        </div>
    }
}

/// What can be done with it from the card.
fn deeds(app: &App, object: &ObjectView) -> Html {
    let lang = app.lang();
    html! {<>
        { for object.commands.iter().filter(|(word, _)| *word == Word::Logs).map(|(word, command)| {
            let (app, command) = (app.clone(), command.clone());
            html! { <button class="btn small" onclick={Callback::from(move |_: MouseEvent| app.run(&command))}>{ say(lang, *word) }</button> }
        }) }
        if let Some(on) = object.powered {
            <button class="btn small" id="cardpower" onclick={power(app, &object.name, on)}>
                { say(lang, if on { Word::PowerOff } else { Word::PowerOn }) }
            </button>
        }
    </>}
}

/// Switches a node's power, with the command that does it.
pub fn power(app: &App, node: &str, on: bool) -> Callback<MouseEvent> {
    let (app, node) = (app.clone(), node.to_string());
    Callback::from(move |_: MouseEvent| {
        let command = if on { format!("sim fail node {node}") } else { format!("sim recover node {node}") };
        app.act(|bridge| bridge.fault(&command));
        let word = if on { Word::NodeOff } else { Word::NodeOn };
        app.toast(if on { "fail" } else { "ok" }, fill(app.lang(), word, &[&node]));
    })
}
