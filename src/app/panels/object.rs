//! The chosen object: its facts, what can be done with it, its YAML.

use yew::prelude::*;

use crate::app::card::power;
use crate::app::faults::Faults;
use crate::app::hooks::use_topic;
use crate::app::hub::{App, Topic};
use crate::app::text::{Word, say};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
}

#[component]
pub fn Object(props: &Props) -> Html {
    use_topic(&props.app, Topic::Chosen);
    use_topic(&props.app, Topic::World);
    use_topic(&props.app, Topic::Settings);
    let app = &props.app;
    let lang = app.lang();
    let Some(id) = app.chosen.borrow().clone() else {
        return html! { <div class="empty"><h2>{ say(lang, Word::ObjectNone) }</h2><p>{ say(lang, Word::ObjectHow) }</p></div> };
    };
    let Some(object) = app.read(|bridge| bridge.object(&id)) else {
        return html! { <div class="empty"><h2>{ &id }</h2><p>{ say(lang, Word::ObjectGone) }</p></div> };
    };
    html! {
        <div class="obj">
            <h1><span class="m">{ &object.name }</span><small>{ &object.kind }</small></h1>
            <dl class="kv">{ for object.facts.iter().map(|(name, value)| html! {<><dt>{ name }</dt><dd>{ value }</dd></>}) }</dl>
            <div class="foot">
                { for object.commands.iter().map(|(word, command)| {
                    let (app, command) = (app.clone(), command.clone());
                    html! { <button class="btn" onclick={Callback::from(move |_: MouseEvent| app.run(&command))}>{ say(lang, *word) }</button> }
                }) }
                if let Some(on) = object.powered {
                    <button class="btn" id="power" onclick={power(app, &object.name, on)}>
                        { say(lang, if on { Word::PowerOff } else { Word::PowerOn }) }
                    </button>
                }
            </div>
            <Faults app={app.clone()} of={id.clone()} key={id.clone()} />
            if !object.yaml.is_empty() { <pre class="yaml" tabindex="0" aria-label={say(lang, Word::Yaml)}>{ &object.yaml }</pre> }
        </div>
    }
}
