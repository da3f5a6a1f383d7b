//! The lesson: what to read, what to reach, a ladder of hints.

use yew::prelude::*;

use crate::app::bridge::{Goal, LessonView, Prediction, Shelved};
use crate::app::dialog::open_file;
use crate::app::hooks::use_topic;
use crate::app::hub::{App, Topic};
use crate::app::icon::{Moon, icon, moon};
use crate::app::markdown::markdown;
use crate::app::text::{Lang, Word, fill, say};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
}

#[component]
pub fn Lesson(props: &Props) -> Html {
    use_topic(&props.app, Topic::Lesson);
    use_topic(&props.app, Topic::Settings);
    match props.app.read(|bridge| bridge.lesson()) {
        Some(lesson) => step(&props.app, &lesson),
        None => shelf(&props.app),
    }
}

/// The list of lessons.
fn shelf(app: &App) -> Html {
    let lang = app.lang();
    let lessons = app.read(|bridge| bridge.lessons());
    let command = "kubectl create deployment web --image=nginx --replicas=3";
    let typing = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.type_in(command))
    };
    html! {
        <div class="lesson">
            <h1>{ say(lang, Word::Lessons) }</h1>
            <ul class="shelf">{ for lessons.into_iter().map(|lesson| shelved(app, lesson)) }</ul>
            <p class="how">{ say(lang, Word::EmptyHow) }</p>
            <div class="cmdline"><pre>{ command }</pre><button class="btn small" onclick={typing}>{ say(lang, Word::TypeIt) }</button></div>
        </div>
    }
}

fn shelved(app: &App, lesson: Shelved) -> Html {
    let lang = app.lang();
    let Shelved { id, title, about, done, playing } = lesson;
    let moon_of = if done {
        Moon::Done
    } else if playing {
        Moon::Now
    } else {
        Moon::Open
    };
    let start = {
        let (app, id) = (app.clone(), id.clone());
        Callback::from(move |_: MouseEvent| app.act(|bridge| bridge.lesson_start(&id)))
    };
    let open = {
        let (app, id) = (app.clone(), id.clone());
        Callback::from(move |_: MouseEvent| {
            let path = app.act(|bridge| bridge.lesson_file(&id));
            if let Some(path) = path {
                open_file(&app, &path);
            }
        })
    };
    html! {
        <li key={id.clone()}>
            { moon(moon_of) }
            <span>{ title }<small>{ about }{ if done { format!(", {}", say(lang, Word::LessonFinished)) } else { String::new() } }</small></span>
            <button class="ib" onclick={open} title={say(lang, Word::LessonOpen)} aria-label={say(lang, Word::LessonOpen)}>{ icon("yaml", 14) }</button>
            <button class="btn" id={format!("start-{id}")} onclick={start}>{ say(lang, if playing { Word::LessonContinue } else { Word::LessonStart }) }</button>
        </li>
    }
}

/// A question before the deed; the answer is told, never scored.
fn predict(app: &App, predict: &Prediction) -> Html {
    let lang = app.lang();
    html! {
        <fieldset class="predict"><legend>{ markdown(&predict.question, None) }</legend>
            { for predict.answers.iter().enumerate().map(|(i, (text, _))| {
                let app = app.clone();
                let chosen = predict.chosen == Some(i);
                html! {
                    <button key={i} class={classes!("btn", chosen.then_some("chosen"))} aria-pressed={chosen.to_string()}
                        onclick={Callback::from(move |_: MouseEvent| app.act(|bridge| bridge.lesson_predict(i)))}>{ text }</button>
                }
            }) }
            if let Some(right) = predict.chosen.and_then(|i| predict.answers.get(i)).map(|(_, right)| *right) {
                <div class="says" role="status"><b>{ say(lang, if right { Word::LessonRight } else { Word::LessonNot }) }</b>{ markdown(&predict.why, None) }</div>
            }
        </fieldset>
    }
}

fn step(app: &App, lesson: &LessonView) -> Html {
    let lang = app.lang();
    let typing = {
        let app = app.clone();
        Callback::from(move |text: String| app.type_in(&text))
    };
    let go = |forward: bool| {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.act(|bridge| bridge.lesson_go(forward)))
    };
    let hint = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.act(|bridge| bridge.lesson_hint()))
    };
    let leave = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.act(|bridge| bridge.lesson_leave()))
    };
    let (number, count) = ((lesson.step + 1).to_string(), lesson.steps.to_string());
    html! {
        <div class="lesson">
            <div class="eyebrow">
                { progress(lesson.step, lesson.steps) }
                <span>{ fill(lang, Word::StepOf, &[&lesson.title, &number, &count]) }</span>
                <span class="sp" />
                <button class="link" onclick={leave}>{ say(lang, Word::LessonChoose) }</button>
            </div>
            <h1>{ &lesson.heading }</h1>
            { markdown(&lesson.body, Some((say(lang, Word::TypeIt), typing.clone()))) }
            if let Some(question) = &lesson.predict { { predict(app, question) } }
            if !lesson.goals.is_empty() { <ul class="goals">{ for lesson.goals.iter().map(|goal| goal_line(lang, goal)) }</ul> }
            if let Some(after) = &lesson.after { <div class="says">{ icon("eye", 14) }<div>{ markdown(after, None) }</div></div> }
            if !lesson.hints.is_empty() || lesson.solution.is_some() {
                <div class="hints">
                    { for lesson.hints.iter().enumerate().map(|(i, text)| html! {
                        <div key={i} class="hint"><b>{ fill(lang, Word::HintNumber, &[&(i + 1).to_string()]) }</b>{ markdown(text, None) }</div>
                    }) }
                    { for lesson.solution.iter().flatten().enumerate().map(|(i, line)| solution(lang, i, line, &typing)) }
                </div>
            }
            if lesson.done { <p class="won" role="status">{ moon(Moon::Done) }{ say(lang, Word::LessonDone) }</p> }
            if let Some(outro) = &lesson.outro { { markdown(outro, None) } }
            <div class="foot">
                if lesson.hints_left > 0 {
                    <button class="btn" id="hint" onclick={hint}>{ icon("bulb", 14) }
                        { say(lang, if lesson.solution_next { Word::ShowMe } else { Word::Hint }) }
                    </button>
                }
                <span class="sp" />
                <button class="btn" id="back" disabled={!lesson.can_back} onclick={go(false)}>{ say(lang, Word::Back) }</button>
                <button class="btn pri" id="next" disabled={!lesson.can_next} onclick={go(true)}>{ say(lang, Word::Next) }</button>
            </div>
        </div>
    }
}

fn solution(lang: Lang, key: usize, line: &str, typing: &Callback<String>) -> Html {
    let (text, typing) = (line.to_string(), typing.clone());
    html! {
        <div key={format!("s{key}")} class="cmdline"><pre>{ line }</pre>
            <button class="btn small" onclick={Callback::from(move |_: MouseEvent| typing.emit(text.clone()))}>{ say(lang, Word::TypeIt) }</button>
        </div>
    }
}

fn goal_line(lang: Lang, goal: &Goal) -> Html {
    let class = match goal.state {
        Moon::Open => "",
        Moon::Now => "now",
        Moon::Done => "done",
    };
    html! {
        <li class={class} key={goal.text.clone()}>
            { moon(goal.state) }
            <span>
                { markdown(&goal.text, None) }
                if goal.state == Moon::Done { <span class="hidden">{ " " }{ say(lang, Word::GoalDone) }</span> }
                if !goal.missing.is_empty() { <small>{ markdown(&goal.missing, None) }</small> }
            </span>
        </li>
    }
}

/// One tick per step.
pub fn progress(step: usize, steps: usize) -> Html {
    let steps = steps.min(20);
    html! {
        <svg width={(steps * 14).to_string()} height="12" aria-hidden="true">
            { for (0..steps).map(|i| {
                let x = i * 14;
                if i < step {
                    html! { <rect key={i} x={x.to_string()} y="4" width="10" height="4" rx="2" fill="var(--ph-ink-2)" /> }
                } else if i == step {
                    html! { <rect key={i} x={x.to_string()} y="2.5" width="10" height="7" rx="2" fill="var(--ph-ink-1)" /> }
                } else {
                    html! { <rect key={i} x={format!("{x}.5")} y="4.5" width="9" height="3" rx="1.5" fill="none" stroke="var(--ph-line-3)" /> }
                }
            }) }
        </svg>
    }
}
