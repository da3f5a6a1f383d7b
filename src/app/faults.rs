//! What can go wrong with the chosen thing: a small menu. Each line says the command that it types into the terminal.

use yew::prelude::*;

use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::icon::icon;
use super::text::{Word, say};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
    /// The thing's place on the chart.
    pub of: AttrValue,
}

#[component]
pub fn Faults(props: &Props) -> Html {
    use_topic(&props.app, Topic::World);
    use_topic(&props.app, Topic::Settings);
    let open = use_state(|| false);
    let (app, id) = (&props.app, &props.of);
    let lang = app.lang();
    let choices = app.read(|bridge| bridge.faults(id));
    if choices.is_empty() {
        return html! {};
    }
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    html! {
        <div class="faults">
            <button class="btn small" id="faults" onclick={toggle} aria-expanded={open.to_string()} aria-controls="faultlist">
                { icon("warn", 12) }{ say(lang, Word::Faults) }{ icon("chevd", 10) }
            </button>
            if *open {
                <ul id="faultlist" aria-label={say(lang, Word::Faults)}>
                    { for choices.into_iter().map(|choice| {
                        let (app, open, command) = (app.clone(), open.clone(), choice.command.clone());
                        let run = Callback::from(move |_: MouseEvent| {
                            open.set(false);
                            app.act(|bridge| bridge.fault(&command));
                        });
                        let sign = if choice.mends { "undo" } else { "warn" };
                        html! {
                            <li><button class={classes!(choice.mends.then_some("mends"))} onclick={run}>
                                { icon(sign, 13) }<span>{ choice.word }</span><code>{ choice.command }</code>
                            </button></li>
                        }
                    }) }
                </ul>
            }
        </div>
    }
}
