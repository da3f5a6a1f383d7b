//! The time bar: play and pause, step, speeds, the track of what happened, the clock.
//!
//! Left out: scrubbing and branches.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::hooks::use_topic;
use super::hub::{App, Topic};
use super::icon::icon;
use super::text::{Lang, Word, fill, say};

/// The speeds, with the names on their buttons.
const SPEEDS: &[(f64, &str)] = &[(0.25, "¼"), (1.0, "1"), (4.0, "4"), (16.0, "16"), (64.0, "64")];
const PAD: f64 = 16.0;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub app: App,
}

#[component]
pub fn TimeBar(props: &Props) -> Html {
    use_topic(&props.app, Topic::Clock);
    use_topic(&props.app, Topic::Settings);
    let app = &props.app;
    let lang = app.lang();
    let (now, paused, speed, revision) =
        app.read(|bridge| (bridge.now_ms(), bridge.paused(), bridge.speed(), bridge.revision()));
    let slow = app.read(|bridge| bridge.slowdown());
    let state = match (paused, speed < 1.0 || slow > 1.0) {
        (true, _) => Word::Paused,
        (false, true) => Word::Slow,
        (false, false) => Word::Live,
    };
    html! {
        <section class="time" aria-label={say(lang, Word::TimeBar)}>
            { controls(app, lang, paused, speed) }
            <Track app={app.clone()} />
            <div class="clk">
                <b id="clock">{ clock(now) }</b>
                <span id="revision">{ fill(lang, Word::Revision, &[&thousands(revision)]) }</span>
                <em id="state"><i class={if paused { "lamp off" } else { "lamp" }} />{ say(lang, state) }
                    if !paused && slow > 1.0 { { format!(" 1/{:.0}", slow / speed) } } else if !paused && speed != 1.0 { { format!(" {}×", name(speed)) } }
                </em>
            </div>
        </section>
    }
}

fn name(speed: f64) -> &'static str {
    SPEEDS.iter().find(|(value, _)| *value == speed).map_or("", |(_, name)| name)
}

fn controls(app: &App, lang: Lang, paused: bool, speed: f64) -> Html {
    let play = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.act(|bridge| bridge.set_paused(!paused)))
    };
    let step = {
        let app = app.clone();
        Callback::from(move |_: MouseEvent| app.act(|bridge| bridge.step()))
    };
    let word = say(lang, if paused { Word::Play } else { Word::Pause });
    html! {
        <div class="tc">
            <button class="tb big" id="play" onclick={play} title={word} aria-label={word}>{ icon(if paused { "play" } else { "pause" }, 17) }</button>
            <button class="tb" id="step" onclick={step} title={say(lang, Word::Step)} aria-label={say(lang, Word::Step)}>{ icon("stepf", 15) }</button>
            <div class="spd" role="group" aria-label={say(lang, Word::Speed)}>
                { for SPEEDS.iter().map(|(value, label)| {
                    let (app, value) = (app.clone(), *value);
                    let on = value == speed;
                    html! {
                        <button key={*label} class={classes!(on.then_some("on"))} aria-pressed={on.to_string()}
                            onclick={Callback::from(move |_: MouseEvent| app.act(|bridge| bridge.set_speed(value)))}>
                            { *label }{ "×" }
                        </button>
                    }
                }) }
            </div>
        </div>
    }
}

/// Minutes, seconds and milliseconds since the cluster's first moment.
pub fn clock(ms: f64) -> String {
    let ms = ms.max(0.0) as u64;
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{:03}", ms % 1000)
    } else {
        format!("{minutes}:{seconds:02}.{:03}", ms % 1000)
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The ruler with its marks.
#[component]
fn Track(props: &Props) -> Html {
    use_topic(&props.app, Topic::Clock);
    let place = use_node_ref();
    let zoom = use_state(|| 120_000.0_f64);
    let width = place.cast::<HtmlElement>().map_or(800.0, |element| f64::from(element.client_width())).max(120.0);
    let high = place.cast::<HtmlElement>().map_or(86.0, |element| f64::from(element.client_height())).max(52.0);
    let wheel = {
        let zoom = zoom.clone();
        Callback::from(move |event: WheelEvent| {
            event.prevent_default();
            zoom.set((*zoom * (event.delta_y() / 400.0).exp()).clamp(10_000.0, 24.0 * 3_600_000.0));
        })
    };
    let svg = props.app.read(|bridge| {
        let now = bridge.now_ms();
        let from = (now - *zoom * 0.82).max(0.0);
        let scale = Scale { from, to: from + *zoom, width, base: high - 8.0 };
        html! {<>
            { ruler(&scale, now) }
            { bars(&scale, bridge.bars()) }
            { chips(&scale, &bridge.chips()) }
            { head(&scale, now) }
        </>}
    });
    html! {
        <div class="track" ref={place} onwheel={wheel} aria-hidden="true">
            <svg width={width.to_string()} height={high.to_string()}>{ svg }</svg>
        </div>
    }
}

struct Scale {
    from: f64,
    to: f64,
    width: f64,
    /// Where the bars stand.
    base: f64,
}

impl Scale {
    fn x(&self, at: f64) -> f64 {
        PAD + (at - self.from) / (self.to - self.from) * (self.width - 2.0 * PAD)
    }

    /// A step between ticks, in ms, of which about a hundred fit.
    fn tick(&self) -> f64 {
        let least = (self.to - self.from) / (self.width / 9.0);
        let steps = [100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 10e3, 30e3, 60e3, 120e3, 300e3, 600e3, 1800e3, 3600e3];
        steps.into_iter().find(|step| *step >= least).unwrap_or(7200e3)
    }
}

fn ruler(scale: &Scale, now: f64) -> Html {
    let tick = scale.tick();
    let first = (scale.from / tick).ceil() as i64;
    let last = (scale.to / tick).floor() as i64;
    let here = scale.x(now);
    html! {<>
        { for (first..=last.min(first + 400)).map(|i| {
            let at = i as f64 * tick;
            let x = format!("{:.1}", scale.x(at));
            let (high, ink) = if i % 10 == 0 { ("9", "3") } else if i % 5 == 0 { ("6", "2") } else { ("4", "2") };
            let label = i % 10 == 0 && scale.x(at) < scale.width - 34.0 && !(-6.0..40.0).contains(&(here - scale.x(at)));
            html! {<>
                <line x1={x.clone()} x2={x} y1="0" y2={high} stroke={format!("var(--ph-line-{ink})")} />
                if label { <text x={format!("{:.1}", scale.x(at) + 4.0)} y="13">{ short(at, tick) }</text> }
            </>}
        }) }
        <line x1="0" x2={scale.width.to_string()} y1={format!("{}.5", scale.base)} y2={format!("{}.5", scale.base)} stroke="var(--ph-line-2)" />
    </>}
}

/// The label of a tick: no digits that are always nought.
fn short(ms: f64, tick: f64) -> String {
    let long = clock(ms);
    let cut = if tick >= 1000.0 { 4 } else { 2 };
    long[..long.len() - cut].to_string()
}

fn bars(scale: &Scale, bars: &[(f64, u32)]) -> Html {
    let mut path = String::new();
    for (at, count) in bars.iter().filter(|(at, _)| *at >= scale.from && *at <= scale.to) {
        let high = 3.0 + 3.2 * f64::from(*count).sqrt().min(6.0);
        path.push_str(&format!("M{:.1} {:.0}v-{high:.1}", scale.x(*at), scale.base));
    }
    html! { <path d={path} stroke="var(--ph-off-solid)" stroke-width="2" fill="none" /> }
}

/// Commands on their moments; those that would overlap fold into the first.
fn chips(scale: &Scale, chips: &[super::bridge::Chip]) -> Html {
    let mut groups: Vec<(f64, f64, String, bool, usize)> = Vec::new();
    for chip in chips.iter().filter(|chip| chip.at >= scale.from && chip.at <= scale.to) {
        let x = scale.x(chip.at);
        let text: String = chip.text.chars().take(26).collect();
        let wide = 6.3 * (text.chars().count() + 2) as f64 + 14.0;
        match groups.last_mut() {
            Some((start, width, _, hot, more)) if x < *start + *width + 4.0 => {
                *more += 1;
                *hot |= chip.cause.is_some();
                *width = width.max(6.3 * 4.0);
            }
            _ => groups.push((x, wide + 18.0, text, chip.cause.is_some(), 0)),
        }
    }
    html! {<>{ for groups.into_iter().map(|(x, _, text, hot, more)| {
        let label = if more > 0 { format!("$ {text} +{more}") } else { format!("$ {text}") };
        let wide = 6.3 * label.chars().count() as f64 + 14.0;
        let left = (x - 1.0).min(scale.width - wide - 2.0);
        html! {
            <g class={if hot { "chip hot" } else { "chip" }}>
                <line x1={format!("{x:.1}")} x2={format!("{x:.1}")} y1="24" y2={scale.base.to_string()} />
                <rect x={format!("{left:.1}")} y="20" width={format!("{wide:.1}")} height="19" rx="3" />
                <text class="m" x={format!("{:.1}", left + 7.0)} y="33">{ label }</text>
            </g>
        }
    }) }</>}
}

fn head(scale: &Scale, now: f64) -> Html {
    let x = scale.x(now);
    html! {<>
        <rect class="ahead" x={format!("{x:.1}")} y="0" width={format!("{:.1}", (scale.width - x).max(0.0))} height={(scale.base + 8.0).to_string()} fill="url(#ph-hatch)" />
        <line x1={format!("{x:.1}")} x2={format!("{x:.1}")} y1="0" y2={(scale.base + 8.0).to_string()} stroke="var(--ph-ink-1)" stroke-width="1.75" />
        <path d={format!("M{:.1} 0h12v7l-6 6-6-6z", x - 6.0)} fill="var(--ph-ink-1)" />
    </>}
}
