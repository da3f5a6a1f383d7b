//! What the page asks of the session, in the page's own words. The only folder that knows how the session is made.

mod chart;
mod course;
mod explain;
mod files;
mod news;
mod schema;
mod trail;
mod views;

use std::collections::BTreeMap;
use std::rc::Rc;

use pilothouse::api::schema::Docs;
use pilothouse::scene::shape::Shape;
use pilothouse::scene::{self, Id, Lens, Stage, View};
use pilothouse::session::{Act, Line, Session};
use pilothouse::shell::{Shell, Span, Style};
use pilothouse::world::{Spec, World};

use super::hub::Topic;
use super::text::Lang;
use super::{crash, storage};
use course::Shelf;
use news::News;
use trail::Trail;
pub use views::*;

/// Wall milliseconds that a frame may spend on the cluster.
const BUDGET_MS: f64 = 9.0;
/// Wall milliseconds between two savings.
const SAVE_MS: f64 = 2_000.0;
/// Wall milliseconds of quiet after which what the editor holds is written.
const DRAFT_MS: f64 = 1_500.0;
/// Lines written between two looks that make a flood, and the wall milliseconds between two drawings of one.
const FLOOD: u64 = 200;
const FLOOD_MS: f64 = 150.0;
/// The seed of a cluster that nobody asked to be otherwise.
const SEED: u64 = 1;

/// See the module.
pub struct Bridge {
    session: Session,
    lang: Lang,
    stage: Stage,
    view: View,
    size: (f32, f32),
    shrink: f64,
    shapes: Vec<Shape>,
    shelf: Shelf,
    trail: Trail,
    news: News,
    /// A cluster of another shape, asked for in the address: it is not kept.
    passing: bool,
    moved: Vec<Topic>,
    /// What the panels were told last.
    seen: Seen,
    said: Option<String>,
    /// Texts that the editor holds and the files do not have yet, with the wall time since the last key.
    drafts: BTreeMap<String, (String, f64)>,
    /// The text of each file as the editor knows it.
    edited: BTreeMap<String, String>,
    problems: BTreeMap<String, (usize, usize)>,
    docs: Rc<Docs>,
    /// The descriptions are on their way.
    awaits_docs: bool,
    /// Wall milliseconds since the terminal was told to be drawn.
    since_told: f64,
    /// Wall milliseconds since the session was saved, and whether it has changed since.
    unsaved: f64,
    changed: bool,
}

/// Versions of what panels show, to tell them only when it moved.
#[derive(Default, PartialEq)]
struct Seen {
    terminal: u64,
    revision: u64,
    clock: u64,
    lesson: u64,
    busy: bool,
    paused: bool,
}

impl Bridge {
    /// A session: the saved one, or a new one. An error says why the saved one cannot be read.
    /// `docs` are the descriptions, for a saved session that asked for them.
    pub fn open(lang: Lang, saved: Option<&str>, docs: Option<String>) -> Result<Bridge, String> {
        let docs = docs.map(|text| Rc::new(Docs::new(text)));
        let asked = asked_cluster();
        let passing = asked.is_some();
        let session = match (saved, asked) {
            (_, Some(spec)) => Session::with(spec, SEED),
            (Some(text), None) => Session::restore_with(text, docs.clone()).map_err(|error| error.to_string())?,
            (None, None) => Session::new(SEED),
        };
        crash::begin(session.transcript());
        let mut bridge = Bridge {
            session,
            lang,
            stage: Stage::new(),
            view: View::default(),
            size: (800.0, 600.0),
            shrink: 1.0,
            shapes: vec![],
            shelf: Shelf::load(),
            trail: Trail::default(),
            news: News::default(),
            passing,
            moved: vec![],
            seen: Seen::default(),
            said: None,
            drafts: BTreeMap::new(),
            edited: BTreeMap::new(),
            problems: BTreeMap::new(),
            docs: docs.unwrap_or_default(),
            awaits_docs: false,
            since_told: 0.0,
            unsaved: 0.0,
            changed: false,
        };
        bridge.trail.replay(&bridge.session);
        bridge.news.begin(&bridge.session);
        bridge.set_lang(lang);
        Ok(bridge)
    }

    /// Runs one frame. True when the picture changed.
    pub fn frame(&mut self, elapsed_ms: f64) -> bool {
        let clock = gloo::utils::window().performance();
        let now = || clock.as_ref().map_or(0.0, |clock| clock.now());
        let end = now() + BUDGET_MS;
        let happened = self.session.frame(elapsed_ms, &mut || now() < end);
        self.changed |= happened;
        self.write_drafts(elapsed_ms, false);
        self.notice();
        if let Some(text) = self.news.listen(&self.session, self.lang, elapsed_ms) {
            self.said = Some(text);
        }
        self.unsaved += elapsed_ms;
        self.since_told += elapsed_ms;
        if self.changed && self.unsaved > SAVE_MS {
            self.keep();
        }
        let size = scene::Size { w: self.size.0, h: self.size.1 };
        self.view.speed = self.session.pace.speed as f32;
        self.view.fraction = self.session.pace.fraction() as f32;
        self.view.reduced_motion = reduced_motion();
        let now = self.session.world.now;
        match self.stage.frame(&self.session.world, &self.view, now, size, elapsed_ms as f32) {
            Some(shapes) => {
                self.shapes = shapes;
                true
            }
            None => false,
        }
    }

    /// Finds out what moved since the last look.
    fn notice(&mut self) {
        let session = &self.session;
        // ten times a second, whatever the clock does; paused, every millisecond counts
        let rate = session.pace.speed / session.pace.slowdown.max(1.0);
        let step = if session.pace.paused { 1.0 } else { (100.0 * rate).max(1.0) };
        let seen = Seen {
            terminal: self.terminal_version(),
            revision: session.revision(),
            clock: (session.clock().0 as f64 / step) as u64,
            lesson: course::version(session),
            busy: session.shell.busy(),
            paused: session.pace.paused,
        };
        if seen == self.seen {
            return;
        }
        let mut tell = |changed: bool, topic| {
            if changed {
                self.moved.push(topic);
            }
        };
        let before = &self.seen;
        if seen.terminal != before.terminal {
            self.since_told = 0.0;
        }
        tell(seen.terminal != before.terminal || seen.busy != before.busy, Topic::Terminal);
        tell(seen.revision != before.revision, Topic::World);
        tell(seen.clock != before.clock || seen.paused != before.paused, Topic::Clock);
        tell(seen.lesson != before.lesson, Topic::Lesson);
        tell(before.busy && !seen.busy, Topic::Files);
        if seen.lesson != before.lesson {
            self.shelf.note(&self.session);
        }
        if seen.revision != before.revision {
            self.trail.note(&self.session);
        }
        self.seen = seen;
    }

    /// The terminal's version; while much is written it is looked at only now and then.
    fn terminal_version(&self) -> u64 {
        let version = self.session.terminal.version();
        let flood = version > self.seen.terminal + FLOOD && self.since_told < FLOOD_MS && self.session.shell.busy();
        if flood { self.seen.terminal } else { version }
    }

    /// The topics that moved since the last call.
    pub fn moved(&mut self) -> Vec<Topic> {
        self.notice();
        let mut moved = std::mem::take(&mut self.moved);
        moved.sort();
        moved.dedup();
        moved
    }

    pub fn set_lang(&mut self, lang: Lang) {
        self.lang = lang;
        self.view.lang = match lang {
            Lang::En => scene::Lang::En,
            Lang::Ko => scene::Lang::Ko,
        };
        self.session.speak(self.lesson_lang());
        self.moved.extend([Topic::Lesson, Topic::World]);
    }

    fn lesson_lang(&self) -> pilothouse::lesson::Lang {
        match self.lang {
            Lang::En => pilothouse::lesson::Lang::En,
            Lang::Ko => pilothouse::lesson::Lang::Ko,
        }
    }

    // the terminal

    /// The lines with their numbers, oldest first.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &(u64, Rc<Line>)> {
        self.session.terminal.lines()
    }

    /// The number of the command that was typed on that line, when it changed something.
    pub fn cause_of(&self, line: u64) -> Option<u8> {
        self.trail.cause_of(line)
    }

    /// What stands before the command line.
    pub fn prompt(&self) -> String {
        short(&self.session.shell.prompt())
    }

    /// A command runs in the foreground.
    pub fn busy(&self) -> bool {
        self.session.shell.busy()
    }

    /// A line was typed.
    pub fn submit(&mut self, line: &str) {
        crash::record(&format!("$ {line}"));
        self.write_drafts(0.0, true);
        let before = self.session.world.journal.last();
        let row = self.session.terminal.lines().last().map_or(1, |(n, _)| n + 1);
        self.session.submit(line);
        self.trail.typed(&self.session, row, before, line);
        self.changed = true;
        self.moved.push(Topic::Files);
    }

    /// Ctrl-C; what was typed and not sent is shown with its `^C`.
    pub fn interrupt(&mut self, line: &str) {
        if !self.busy() {
            self.session.terminal.typed(&self.session.shell.prompt(), &format!("{line}^C"));
        }
        self.session.interrupt();
        self.changed = true;
    }

    /// Ctrl-D.
    pub fn eof(&mut self) {
        self.session.act(Act::End);
        self.changed = true;
    }

    /// Ctrl-L.
    pub fn clear(&mut self) {
        self.session.terminal.clear();
    }

    /// Candidates for the word under the cursor: where it starts in bytes, and what it may become.
    /// What may go on in the same word has no space behind it.
    pub fn complete(&self, line: &str, cursor: usize) -> (usize, Vec<(String, bool)>) {
        let (from, found) = self.session.complete(line, cursor);
        (from, found.into_iter().map(|completion| (completion.text, completion.open)).collect())
    }

    /// Lines typed so far, oldest first.
    pub fn history(&self) -> Rc<Vec<String>> {
        self.session.shell.history()
    }

    /// A word of the page itself in the terminal.
    pub fn remark(&mut self, text: &str) {
        self.session.terminal.print(vec![Span { text: format!("{text}\n"), style: Style::Bad, link: None }]);
    }

    // time

    /// Milliseconds since the learner came in.
    pub fn now_ms(&self) -> f64 {
        self.session.clock().0 as f64
    }

    pub fn revision(&self) -> u64 {
        self.session.revision()
    }

    pub fn paused(&self) -> bool {
        self.session.pace.paused
    }

    pub fn speed(&self) -> f64 {
        self.session.pace.speed
    }

    /// How many times slower than the chosen speed the clock runs now, so that messages can be followed.
    pub fn slowdown(&self) -> f64 {
        self.session.pace.slowdown
    }

    pub fn set_paused(&mut self, paused: bool) {
        self.session.pace.paused = paused;
        self.changed = true;
    }

    /// To the next thing that can be seen to happen, then pause.
    pub fn step(&mut self) {
        self.session.step();
        self.changed = true;
    }

    pub fn set_speed(&mut self, speed: f64) {
        self.session.pace.speed = speed;
        self.moved.push(Topic::Clock);
        self.changed = true;
    }

    pub fn chips(&self) -> Vec<Chip> {
        self.trail.chips()
    }

    /// When revisions were written, and how many: bars of the track.
    pub fn bars(&self) -> &[(f64, u32)] {
        self.trail.bars()
    }

    // the session as a whole

    /// A command of the chart: it is typed at the prompt, or, when another command runs there, done beside it.
    pub fn fault(&mut self, line: &str) {
        if !self.busy() {
            return self.submit(line);
        }
        crash::record(&format!("$ {line}"));
        self.session.act(Act::Aside { line: line.to_string() });
        self.changed = true;
        self.moved.push(Topic::World);
    }

    /// News for the polite live region.
    pub fn news(&mut self) -> Option<String> {
        self.said.take()
    }

    /// A file that a command asks to open.
    pub fn wants_file(&mut self) -> Option<String> {
        self.session.take_asked()
    }

    /// Keeps the session for the next visit.
    pub fn keep(&mut self) {
        if crash::stopped() || self.passing {
            return;
        }
        self.write_drafts(0.0, true);
        storage::write(storage::SESSION, &self.session.save());
        self.changed = false;
        self.unsaved = 0.0;
    }

    /// A clean cluster.
    pub fn start_again(&mut self) {
        self.session.start_again();
        self.begun();
    }

    /// A cluster has begun anew: what was remembered of the old one goes.
    fn begun(&mut self) {
        crash::begin(self.session.transcript());
        self.stage.jump();
        self.trail = Trail::default();
        self.news.begin(&self.session);
        self.drafts.clear();
        self.edited.clear();
        self.problems.clear();
        self.view.selected = None;
        self.view.thread = None;
        self.changed = true;
        self.moved.extend([Topic::Terminal, Topic::World, Topic::Lesson, Topic::Clock, Topic::Files, Topic::Chosen]);
    }

    fn world(&self) -> &World {
        &self.session.world
    }

    fn shell(&self) -> &Shell {
        &self.session.shell
    }

    fn view(&self) -> &View {
        &self.view
    }

    fn id(text: &str) -> Id {
        Id::new(text)
    }

    /// The lenses that draw something: place among the eight, name, whether it is in front.
    pub fn lenses(&self) -> Vec<(usize, &'static str, bool)> {
        let drawn = Lens::ALL.into_iter().enumerate().filter(|(_, lens)| lens.is_drawn());
        drawn.map(|(i, lens)| (i, scene::words::lens(self.view.lang, lens), lens == self.view.lens)).collect()
    }

    pub fn set_lens(&mut self, at: usize) {
        if let Some(lens) = Lens::ALL.get(at) {
            self.view.lens = *lens;
            self.moved.push(Topic::World);
        }
    }
}

/// `?nodes=20`, `?version=1.15`, `?autoscale=1-5`, `?metrics`: a cluster of that shape, for this visit only.
fn asked_cluster() -> Option<Spec> {
    let search = gloo::utils::window().location().search().ok()?;
    let words: Vec<&str> = search
        .trim_start_matches('?')
        .split('&')
        .filter_map(|part| match part.split_once('=') {
            None if part == "metrics" => Some(part),
            Some(("version", value)) => Some(value),
            Some(("nodes" | "cpu" | "memory" | "autoscale", _)) => Some(part),
            _ => None,
        })
        .collect();
    // What means nothing is left out, the rest holds.
    let known = words.into_iter().filter(|word| Spec::default().with(word).is_ok()).collect::<Vec<_>>().join(" ");
    if known.is_empty() { None } else { Spec::default().with(&known).ok() }
}

/// The learner's system asks for little motion.
fn reduced_motion() -> bool {
    let query = gloo::utils::window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// The prompt without the name of the machine: the desk is narrow.
pub fn short(prompt: &str) -> String {
    match prompt.split_once(':') {
        Some((_, "~$ ")) => "$ ".to_string(),
        Some((_, rest)) => rest.to_string(),
        None => prompt.to_string(),
    }
}
