//! The bar at the top: where the learner is, find, language, theme, start again.

use yew::prelude::*;

use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::icon::{icon, mark};
use super::settings::ThemeChoice;
use super::text::{LANGS, Word, fill, say};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
    pub find: Callback<()>,
    pub again: Callback<()>,
}

#[component]
pub fn TopBar(props: &Props) -> Html {
    use_topic(&props.app, Topic::Settings);
    use_topic(&props.app, Topic::Lesson);
    let app = &props.app;
    let lang = app.lang();
    let crumbs: Vec<String> = app.read(|bridge| bridge.lesson()).map_or_else(
        || vec![say(lang, Word::Cluster).to_string()],
        |lesson| [lesson.track, lesson.title, lesson.heading].into_iter().filter(|part| !part.is_empty()).collect(),
    );
    let last = crumbs.len().saturating_sub(1);
    let find = props.find.reform(|_: MouseEvent| ());
    let again = props.again.reform(|_: MouseEvent| ());
    html! {
        <header class="top">
            <div class="brand">{ mark() }{ "Pilothouse" }</div>
            <nav class="crumb" aria-label={say(lang, Word::Lesson)}>
                { for crumbs.iter().enumerate().map(|(i, part)| if i == last {
                    html! { <b key={i}>{ part }</b> }
                } else {
                    html! { <span key={i}>{ part }<span class="slash" aria-hidden="true">{ "/" }</span></span> }
                }) }
            </nav>
            <div class="sp" />
            <button class="find" onclick={find} aria-keyshortcuts="Control+K">
                { icon("search", 14) }<span>{ say(lang, Word::Find) }</span><kbd aria-hidden="true">{ "Ctrl K" }</kbd>
            </button>
            { language(app) }
            { theme(app) }
            <button class="ib" onclick={again} id="again" title={say(lang, Word::Again)}>
                { icon("tostart", 15) }<span class="wide">{ say(lang, Word::Again) }</span>
            </button>
        </header>
    }
}

fn language(app: &App) -> Html {
    let lang = app.lang();
    let change = {
        let app = app.clone();
        Callback::from(move |event: Event| {
            let select: web_sys::HtmlSelectElement = event.target_unchecked_into();
            app.set(|settings| settings.lang = select.value());
        })
    };
    html! {
        <label class="ib" title={say(lang, Word::Language)}>
            { icon("globe", 15) }
            <select id="lang" aria-label={say(lang, Word::Language)} onchange={change}>
                { for LANGS.iter().map(|(other, code, name)| html! {
                    <option key={*code} value={*code} selected={*other == lang} lang={*code}>{ *name }</option>
                }) }
            </select>
        </label>
    }
}

fn theme(app: &App) -> Html {
    let lang = app.lang();
    let choice = app.settings.borrow().theme;
    let (next, name, glyph) = match choice {
        ThemeChoice::System => (ThemeChoice::Light, Word::ThemeSystem, "screen"),
        ThemeChoice::Light => (ThemeChoice::Dark, Word::ThemeLight, "sun"),
        ThemeChoice::Dark => (ThemeChoice::System, Word::ThemeDark, "moon"),
    };
    let label = fill(lang, Word::Theme, &[say(lang, name)]);
    let change = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.set(|settings| settings.theme = next))
    };
    html! { <button class="ib" id="theme" onclick={change} title={label.clone()} aria-label={label}>{ icon(glyph, 15) }</button> }
}
