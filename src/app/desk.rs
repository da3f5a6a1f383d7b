//! The desk at the left: lesson, why and object above; terminal and files below.

use yew::prelude::*;

use super::editor::Editor;
use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::icon::{Moon, icon, moon};
use super::panels::{lesson::Lesson, object::Object, why::Why};
use super::settings::{LOWER, Upper};
use super::splitter::Splitter;
use super::tabs::{Tab, Tabs};
use super::terminal::Terminal;
use super::text::{Lang, Word, fill, say};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
    /// Asks for the name of a new file.
    pub newfile: Callback<()>,
    /// The bar at its edge.
    #[prop_or_default]
    pub children: Html,
}

#[component]
pub fn Desk(props: &Props) -> Html {
    use_topic(&props.app, Topic::Settings);
    let app = &props.app;
    let lang = app.lang();
    let (upper, lower) = {
        let settings = app.settings.borrow();
        (settings.upper, settings.lower)
    };
    let room = gloo::utils::window().inner_height().ok().and_then(|h| h.as_f64()).unwrap_or(900.0) - 44.0 - 86.0;
    let most = (room * 0.8).max(170.0);
    // a low window gives the lesson its half until somebody drags the bar
    let lower = if lower == LOWER { LOWER.min(room * 0.46) } else { lower };
    let resize = {
        let app = app.clone();
        Callback::from(move |lower: f64| app.set(|settings| settings.lower = lower))
    };
    html! {
        <section class="left" aria-label={say(lang, Word::Desk)}>
            { upper_tabs(app, lang, upper) }
            if upper != Upper::Lesson { <GoalStrip app={app.clone()} /> }
            <div class="upper" role="tabpanel" id="upper" tabindex="0" aria-labelledby={format!("upper-{}", name(upper))}>
                { match upper {
                    Upper::Lesson => html! { <Lesson app={app.clone()} /> },
                    Upper::Why => html! { <Why app={app.clone()} /> },
                    Upper::Object => html! { <Object app={app.clone()} /> },
                } }
            </div>
            <Splitter label={say(lang, Word::SplitRows)} vertical={false} value={lower.min(most)} min={160.0} max={most}
                default={LOWER} reversed={true} onchange={resize} />
            <div class="term" style={format!("flex:0 0 {}px", lower.min(most))}>
                <Lower app={app.clone()} newfile={props.newfile.clone()} />
            </div>
            { props.children.clone() }
        </section>
    }
}

fn name(upper: Upper) -> &'static str {
    match upper {
        Upper::Lesson => "lesson",
        Upper::Why => "why",
        Upper::Object => "object",
    }
}

fn upper_tabs(app: &App, lang: Lang, upper: Upper) -> Html {
    let tabs =
        [(Upper::Lesson, "book", Word::Lesson), (Upper::Why, "why", Word::Why), (Upper::Object, "crd", Word::Object)];
    let list = tabs
        .iter()
        .map(|(which, glyph, word)| Tab {
            id: name(*which).into(),
            glyph,
            name: say(lang, *word).into(),
            dot: false,
            close: None,
        })
        .collect::<Vec<_>>();
    let choose = {
        let app = app.clone();
        Callback::from(move |id: AttrValue| {
            let which = tabs.iter().map(|(which, ..)| *which).find(|which| name(*which) == id.as_str());
            app.set(|settings| settings.upper = which.unwrap_or_default());
        })
    };
    html! { <Tabs label={say(lang, Word::Desk)} panel="upper" tabs={list} on={name(upper)} onchoose={choose} /> }
}

/// The current goal, kept in sight while the lesson is not.
#[component]
fn GoalStrip(props: &AppProps) -> Html {
    use_topic(&props.app, Topic::Lesson);
    let lang = props.app.lang();
    let Some(lesson) = props.app.read(|bridge| bridge.lesson()) else { return html! {} };
    let Some(at) = lesson.goals.iter().position(|goal| goal.state != Moon::Done) else { return html! {} };
    html! {
        <div class="goalstrip">{ moon(Moon::Now) }
            <span><b>{ fill(lang, Word::GoalOf, &[&(at + 1).to_string(), &lesson.goals.len().to_string()]) }</b>{ " " }
            { lesson.goals[at].text.replace('`', "") }</span>
        </div>
    }
}

/// Only the app.
#[derive(Properties, PartialEq)]
pub struct AppProps {
    pub app: App,
}

/// Terminal and files.
#[component]
fn Lower(props: &Props) -> Html {
    use_topic(&props.app, Topic::Settings);
    use_topic(&props.app, Topic::Files);
    let app = &props.app;
    let lang = app.lang();
    let (files, front) = {
        let settings = app.settings.borrow();
        (settings.tabs.clone(), settings.front.clone())
    };
    let mut list =
        vec![Tab { id: "".into(), glyph: "terminal", name: say(lang, Word::Terminal).into(), dot: false, close: None }];
    for path in &files {
        list.push(Tab {
            id: path.clone().into(),
            glyph: "yaml",
            name: path.rsplit('/').next().unwrap_or(path).to_string().into(),
            dot: app.read(|bridge| bridge.faulty(path)),
            close: Some(say(lang, Word::Close).into()),
        });
    }
    let choose = {
        let app = app.clone();
        Callback::from(move |id: AttrValue| {
            app.set(|settings| settings.front = (!id.is_empty()).then(|| id.to_string()));
        })
    };
    let close = {
        let app = app.clone();
        Callback::from(move |id: AttrValue| {
            app.set(|settings| {
                settings.tabs.retain(|path| *path != id.as_str());
                settings.front = None;
            });
        })
    };
    let fresh = props.newfile.reform(|_: MouseEvent| ());
    let on: AttrValue = front.clone().unwrap_or_default().into();
    html! {<>
        <Tabs label={say(lang, Word::Terminal)} panel="lower" tabs={list} on={on.clone()} onchoose={choose} onclose={close}>
            <span class="sp" />
            <button class="ib" id="newfile" onclick={fresh} title={say(lang, Word::NewFile)} aria-label={say(lang, Word::NewFile)}>{ icon("plus", 14) }</button>
        </Tabs>
        <div class="lower" role="tabpanel" id="lower" aria-labelledby={format!("lower-{on}")}>
            <Terminal app={app.clone()} shown={front.is_none()} />
            if let Some(path) = front { <Editor app={app.clone()} path={path} /> }
        </div>
    </>}
}
