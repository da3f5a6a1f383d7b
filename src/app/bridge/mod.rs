//! What the page asks of the session, in the page's own words. The only folder that knows how the session is made.

mod chart;
mod explain;
mod files;
mod screen;
mod views;

use std::rc::Rc;

use pilothouse::scene::{self, Id, Lens, Stage, View};
use pilothouse::shell::{Ask, Shell};
use pilothouse::time::Time;
use pilothouse::world::World;
use pilothouse::world::boot::Spec;

use super::crash;
use super::hub::Topic;
use super::text::Lang;
use screen::Screen;
pub use views::*;

/// See the module.
pub struct Bridge {
    lang: Lang,
    world: World,
    shell: Shell,
    stage: Stage,
    view: View,
    size: (f32, f32),
    shapes: Vec<scene::shape::Shape>,
    screen: Screen,
    paused: bool,
    speed: f64,
    rest: f64,
    moved: Vec<Topic>,
    told: f64,
    said: Option<String>,
    wanted: Option<String>,
    bars: Vec<(f64, u32)>,
    chips: Vec<Chip>,
    revision: u64,
    causes: u8,
    problems: std::collections::BTreeMap<String, (usize, usize)>,
    versions: std::collections::BTreeMap<String, u64>,
}

impl Bridge {
    /// A session: the saved one, or a new one. An error says why the saved one cannot be read.
    pub fn open(lang: Lang, _saved: Option<&str>) -> Result<Bridge, String> {
        let world = World::boot(Spec::default(), 7);
        crash::begin(vec![]);
        let mut bridge = Bridge {
            lang,
            world,
            shell: Shell::new(),
            stage: Stage::new(),
            view: View::default(),
            size: (800.0, 600.0),
            shapes: vec![],
            screen: Screen::default(),
            paused: false,
            speed: 1.0,
            rest: 0.0,
            moved: vec![],
            told: 0.0,
            said: None,
            wanted: None,
            bars: vec![],
            chips: vec![],
            revision: 0,
            causes: 0,
            problems: Default::default(),
            versions: Default::default(),
        };
        bridge.set_lang(lang);
        Ok(bridge)
    }

    /// Runs one frame. True when the picture changed.
    pub fn frame(&mut self, elapsed_ms: f64) -> bool {
        if !self.paused {
            self.rest += elapsed_ms * self.speed;
            let whole = self.rest.floor().max(0.0);
            self.rest -= whole;
            let until = Time(self.world.now.0 + whole as u64);
            self.world.run_until(until);
            self.shell.poll(&mut self.world, 20_000);
        }
        self.listen();
        let size = scene::Size { w: self.size.0, h: self.size.1 };
        self.view.speed = self.speed as f32;
        match self.stage.frame(&self.world, &self.view, self.world.now, size, elapsed_ms as f32) {
            Some(shapes) => {
                self.shapes = shapes;
                true
            }
            None => false,
        }
    }

    /// Takes what commands wrote and what the cluster wrote.
    fn listen(&mut self) {
        let pieces = self.shell.take_output();
        if !pieces.is_empty() {
            for piece in &pieces {
                self.screen.write(piece);
            }
            self.moved.push(Topic::Terminal);
        }
        for ask in self.shell.take_asks() {
            if let Ask::Edit(path) = ask {
                self.wanted = Some(path);
            }
        }
        let now = self.now_ms();
        let revision = self.revision();
        if revision != self.revision {
            let count = (revision - self.revision.min(revision)) as u32;
            self.revision = revision;
            match self.bars.last_mut() {
                Some((at, bar)) if now - *at < 250.0 => *bar += count,
                _ => self.bars.push((now, count)),
            }
            if self.bars.len() > 4_000 {
                self.bars.drain(..1_000);
            }
            self.moved.push(Topic::World);
        }
        if (now - self.told).abs() >= 100.0 * self.speed.max(1.0) {
            self.told = now;
            self.moved.push(Topic::Clock);
        }
    }

    /// The topics that moved since the last call.
    pub fn moved(&mut self) -> Vec<Topic> {
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
        self.moved.push(Topic::Lesson);
    }

    // the terminal

    /// The lines, and the number of the first one that is still kept.
    pub fn rows(&self) -> (usize, &[Rc<Row>]) {
        self.screen.rows()
    }

    /// What stands before the command line.
    pub fn prompt(&self) -> String {
        short(&self.shell.prompt())
    }

    /// A command runs in the foreground.
    pub fn busy(&self) -> bool {
        self.shell.busy()
    }

    /// A line was typed.
    pub fn submit(&mut self, line: &str) {
        if !self.busy() {
            let span = |text: String, class| Span { text, class, object: None };
            self.screen.line(vec![span(self.prompt(), "ps"), span(line.to_string(), "cmd")], None);
            let text = line.trim().trim_start_matches("kubectl ").to_string();
            if !text.is_empty() {
                self.chips.push(Chip { at: self.now_ms(), text, cause: None });
            }
        }
        crash::record(&format!("$ {line}"));
        self.shell.submit(line, &mut self.world);
        self.listen();
        self.moved.push(Topic::Terminal);
        self.moved.push(Topic::Files);
    }

    /// Ctrl-C; what was typed and not sent is shown with its `^C`.
    pub fn interrupt(&mut self, line: &str) {
        if !self.busy() {
            let span = |text: String, class| Span { text, class, object: None };
            self.screen.line(vec![span(self.prompt(), "ps"), span(format!("{line}^C"), "")], None);
        }
        self.shell.interrupt(&mut self.world);
        self.listen();
        self.moved.push(Topic::Terminal);
    }

    /// Ctrl-D.
    pub fn eof(&mut self) {
        self.shell.end_of_input(&mut self.world);
        self.listen();
        self.moved.push(Topic::Terminal);
    }

    /// Ctrl-L.
    pub fn clear(&mut self) {
        self.screen.clear();
        self.moved.push(Topic::Terminal);
    }

    /// Candidates for the word under the cursor: where it starts in bytes, and what it may become.
    pub fn complete(&mut self, line: &str, cursor: usize) -> (usize, Vec<String>) {
        let (from, found) = self.shell.complete(line, cursor, &self.world);
        (from, found.into_iter().map(|completion| completion.text).collect())
    }

    /// Lines typed so far, oldest first.
    pub fn history(&self) -> Vec<String> {
        self.shell.history().to_vec()
    }

    /// A word of the page itself in the terminal.
    pub fn remark(&mut self, text: &str) {
        self.screen.line(vec![Span { text: text.to_string(), class: "f", object: None }], None);
        self.moved.push(Topic::Terminal);
    }

    // time

    pub fn now_ms(&self) -> f64 {
        self.world.now.0 as f64
    }

    pub fn revision(&self) -> u64 {
        self.world.api.revision().0
    }

    pub fn paused(&self) -> bool {
        self.paused
    }

    pub fn speed(&self) -> f64 {
        self.speed
    }

    pub fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
        self.moved.push(Topic::Clock);
    }

    /// To the next event, then pause.
    pub fn step(&mut self) {
        self.paused = true;
        if let Some(next) = self.world.next() {
            self.world.run_until(next);
        }
        self.moved.push(Topic::Clock);
    }

    pub fn set_speed(&mut self, speed: f64) {
        self.speed = speed;
        self.moved.push(Topic::Clock);
    }

    pub fn chips(&self) -> &[Chip] {
        &self.chips
    }

    /// When revisions were written, and how many: bars of the track.
    pub fn bars(&self) -> &[(f64, u32)] {
        &self.bars
    }

    // lessons

    pub fn lesson(&self) -> Option<LessonView> {
        None
    }
    pub fn lessons(&self) -> Vec<Shelved> {
        vec![]
    }
    pub fn lesson_start(&mut self, _id: &str) {}
    pub fn lesson_leave(&mut self) {}
    pub fn lesson_go(&mut self, _forward: bool) {}
    pub fn lesson_hint(&mut self) {}

    // the session as a whole

    /// Switches a machine on or off.
    pub fn power(&mut self, node: &str, on: bool) {
        self.world.power(node, on);
        self.moved.push(Topic::World);
    }

    /// News for the polite live region.
    pub fn news(&mut self) -> Option<String> {
        self.said.take()
    }

    /// A file that a command asks to open.
    pub fn wants_file(&mut self) -> Option<String> {
        self.wanted.take()
    }

    /// Keeps the session for the next visit.
    pub fn keep(&mut self) {}

    /// A clean cluster.
    pub fn start_again(&mut self) {
        if let Ok(fresh) = Bridge::open(self.lang, None) {
            *self = fresh;
        }
        self.moved.extend([Topic::Terminal, Topic::World, Topic::Lesson, Topic::Clock, Topic::Files, Topic::Chosen]);
    }

    fn world(&self) -> &World {
        &self.world
    }

    fn shell(&self) -> &Shell {
        &self.shell
    }

    fn view(&self) -> &View {
        &self.view
    }

    fn id(text: &str) -> Id {
        Id::new(text)
    }

    /// The lenses that draw something, with their place among the eight.
    pub fn lenses(&self) -> Vec<(usize, &'static str, bool)> {
        let drawn = |lens: &Lens| lens.is_drawn();
        let name = |lens| scene::words::lens(self.view.lang, lens);
        let all = Lens::ALL.into_iter().enumerate().filter(|(_, lens)| drawn(lens));
        all.map(|(i, lens)| (i, name(lens), lens == self.view.lens)).collect()
    }

    pub fn set_lens(&mut self, at: usize) {
        if let Some(lens) = Lens::ALL.get(at) {
            self.view.lens = *lens;
            self.moved.push(Topic::World);
        }
    }
}

/// The prompt without the name of the machine: the desk is narrow.
fn short(prompt: &str) -> String {
    match prompt.split_once(':') {
        Some((_, rest)) if rest == "~$ " => "$ ".to_string(),
        Some((_, rest)) => rest.to_string(),
        None => prompt.to_string(),
    }
}
