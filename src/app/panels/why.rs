//! Why: from the act to the symptom, stop by stop.

use yew::prelude::*;

use crate::app::bridge::Stop;
use crate::app::hooks::use_topic;
use crate::app::hub::{App, Topic};
use crate::app::markdown::markdown;
use crate::app::text::{Word, fill, say};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
}

#[component]
pub fn Why(props: &Props) -> Html {
    use_topic(&props.app, Topic::Chosen);
    use_topic(&props.app, Topic::World);
    use_topic(&props.app, Topic::Settings);
    let app = &props.app;
    let lang = app.lang();
    let Some(id) = app.chosen.borrow().clone() else {
        return html! { <div class="empty"><h2>{ say(lang, Word::WhyNone) }</h2><p>{ say(lang, Word::WhyHow) }</p></div> };
    };
    let stops = app.read(|bridge| bridge.why(&id));
    let name = id.rsplit('/').next().unwrap_or(&id).to_string();
    html! {
        <div class="why">
            <h1>{ fill(lang, Word::WhyTitle, &[&name]) }</h1>
            if stops.is_empty() { <p class="quiet">{ say(lang, Word::WhyNothing) }</p> }
            <ol class="stops">{ for stops.iter().enumerate().map(|(i, stop)| one(i, stop)) }</ol>
        </div>
    }
}

fn one(i: usize, stop: &Stop) -> Html {
    html! {
        <li class="st" key={i}>
            <span class="n" aria-hidden="true">{ i + 1 }</span>
            <b>{ markdown(&stop.sentence, None) }</b>
            if !stop.detail.is_empty() { <p>{ &stop.detail }</p> }
            if !stop.quote.is_empty() { <div class="q">{ &stop.quote }</div> }
            <div class="ev">{ for stop.evidence.iter().map(|fact| html! { <span>{ fact }</span> }) }</div>
        </li>
    }
}
