//! One learner's session: the world, the shell, the lesson, the clock. The page (or a test) gives it keys and frames;
//! everything it does is a function of the seed and of the inputs and the virtual times they came at.

pub mod course;
pub mod input;
pub mod pace;
pub mod rehearsal;
pub mod run;
pub mod save;
pub mod terminal;

pub use input::{Act, Input};
pub use pace::{Pace, SPEEDS};
pub use save::RestoreError;
pub use terminal::{Block, Line, Terminal};

use crate::api::schema::Docs;
use crate::lesson::{Lang, Lesson, LessonError, Player};
use crate::script::files::{join, parent};
use crate::shell::HOME;
use crate::shell::{Ask, Completion, Shell};
use crate::time::Time;
use crate::world::{Spec, World};
use std::rc::Rc;

/// How many inputs a session remembers; after that it can still be played, but no longer be restored in full.
pub const LONGEST: usize = 20_000;

#[derive(Clone)]
pub struct Session {
    pub world: World,
    pub shell: Shell,
    pub terminal: Terminal,
    pub player: Option<Player>,
    pub pace: Pace,
    lang: Lang,
    seed: u64,
    spec: Spec,
    /// The shape of the cluster outside of lessons.
    own: Spec,
    /// The text of the lesson being played, as it was loaded.
    lesson: Option<Rc<str>>,
    inputs: Vec<Input>,
    /// Bumped whenever something that a panel shows may have changed.
    version: u64,
    /// What the lesson has been judged against last.
    judged: (u64, u64),
    /// A file that `vi` or `nano` asked to open.
    asked: Option<String>,
    /// Moves when a file may have changed.
    written: u64,
    /// When the shell wants to be polled next.
    poll_at: Option<Time>,
}

impl Session {
    /// A fresh default cluster.
    pub fn new(seed: u64) -> Self {
        Session::with(Spec::default(), seed)
    }

    pub fn with(spec: Spec, seed: u64) -> Self {
        let world = World::boot(spec.clone(), seed);
        Session {
            shell: Shell::new(),
            terminal: Terminal::default(),
            player: None,
            pace: Pace::default(),
            lang: Lang::En,
            world,
            seed,
            own: spec.clone(),
            spec,
            lesson: None,
            inputs: vec![],
            version: 1,
            judged: (0, 0),
            asked: None,
            written: 0,
            poll_at: None,
        }
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Virtual time since the learner came in.
    pub fn clock(&self) -> Time {
        Time(self.world.now.since(self.world.opened).0)
    }

    pub fn revision(&self) -> u64 {
        self.world.api.revision().0
    }

    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// A line typed at the prompt (or at a program that reads).
    pub fn submit(&mut self, line: &str) {
        self.act(Act::Line(line.into()));
    }

    /// Ctrl-C.
    pub fn interrupt(&mut self) {
        self.act(Act::Interrupt);
    }

    /// Does something now and remembers it.
    pub fn act(&mut self, act: Act) {
        let input = Input { at: self.world.now, act };
        self.apply(&input.act);
        if self.inputs.len() < LONGEST {
            self.inputs.push(input);
        }
        self.version += 1;
    }

    fn apply(&mut self, act: &Act) {
        match act {
            Act::Line(line) => {
                self.terminal.typed(&self.shell.prompt(), line);
                self.shell.submit(line, &mut self.world);
                self.poll_shell();
            }
            Act::Interrupt => {
                self.shell.interrupt(&mut self.world);
                self.poll_shell();
            }
            Act::End => {
                self.shell.end_of_input(&mut self.world);
                self.poll_shell();
            }
            Act::Aside { line } => {
                self.quietly(line);
                self.poll_shell();
            }
            Act::Power { node, on } => {
                self.world.power(node, *on);
            }
            Act::Write { path, text } => self.write(path, text),
            Act::Lesson { text } => {
                if let Ok(lesson) = crate::lesson::load(text) {
                    self.open(lesson, text);
                }
            }
            Act::Step { to } => self.go(*to),
            Act::Hint => {
                if let Some(player) = &mut self.player {
                    player.hints = (player.hints + 1).min(player.current().hints.len() + 1);
                }
            }
            Act::Predict { answer } => {
                if let Some(player) = &mut self.player {
                    player.predicted = Some(*answer);
                }
            }
        }
    }

    /// A fresh cluster; the lesson is left.
    pub fn start_again(&mut self) {
        self.begin(self.own.clone());
    }

    /// Whether a command waits for the descriptions of kinds and fields: the session stands until [`Session::take_docs`].
    pub fn lacks_docs(&self) -> bool {
        self.world.api.library.is_lacking()
    }

    /// The descriptions, which the page loads when they are first wanted. Empty ones say that they cannot be had.
    pub fn take_docs(&mut self, docs: Rc<Docs>) {
        self.world.api.library.fill(docs);
        self.version += 1;
    }

    /// The learner's language, for the lesson and for the commands that are our own.
    pub fn speak(&mut self, lang: Lang) {
        self.lang = lang;
        self.shell.speak(if lang == Lang::Ko { "ko_KR.UTF-8" } else { "C.UTF-8" });
    }

    /// A fresh cluster of a certain shape.
    fn begin(&mut self, spec: Spec) {
        let (lang, pace, own) = (self.lang, self.pace.clone(), self.own.clone());
        let docs = self.world.api.library.docs();
        *self = Session::with(spec, self.seed);
        self.own = own;
        if let Some(docs) = docs {
            self.world.api.library.fill(docs);
        }
        self.speak(lang);
        self.pace = pace.fresh();
    }

    /// Starts a lesson from its text, on a fresh cluster.
    ///
    /// # Errors
    /// The author's mistakes.
    pub fn start_lesson(&mut self, text: &str) -> Result<(), LessonError> {
        let lesson = crate::lesson::load(text)?;
        let shape = lesson.setup.cluster.as_deref().unwrap_or_default();
        self.begin(self.own.with(shape).unwrap_or_else(|_| self.own.clone()));
        self.act(Act::Lesson { text: text.into() });
        Ok(())
    }

    fn open(&mut self, lesson: Lesson, text: &str) {
        self.lesson = Some(text.into());
        for (path, text) in &lesson.setup.files {
            self.write(path, text);
        }
        for line in &lesson.setup.run {
            self.quietly(line);
        }
        let _ = self.world.settle(crate::time::Span::seconds(20));
        self.player = Some(Player::start(Rc::new(lesson), &self.world));
        self.before_step();
    }

    /// Opens a step; the commands that somebody else runs before it are run.
    fn go(&mut self, step: usize) {
        let Some(player) = &mut self.player else { return };
        let further = step > player.step;
        player.begin(step, &self.world);
        if further {
            self.before_step();
        }
    }

    fn before_step(&mut self) {
        let Some(player) = &self.player else { return };
        let lines = player.current().before.clone();
        if lines.is_empty() {
            return;
        }
        for line in &lines {
            self.quietly(line);
        }
        let step = self.player.as_ref().map_or(0, |player| player.step);
        if let Some(player) = &mut self.player {
            player.begin(step, &self.world);
        }
    }

    /// The lesson being played, as its author wrote it.
    pub fn lesson_text(&self) -> Option<&str> {
        self.lesson.as_deref()
    }

    /// A file that the shell asked to open in the editor; asked once.
    pub fn take_asked(&mut self) -> Option<String> {
        self.asked.take()
    }

    /// What may stand at the cursor; see [`Shell::complete`].
    pub fn complete(&self, line: &str, cursor: usize) -> (usize, Vec<Completion>) {
        self.shell.complete(line, cursor, &self.world)
    }

    /// Writes a file; folders are made. A relative path starts at home.
    fn write(&mut self, path: &str, text: &str) {
        let full = join(HOME, path);
        let now = self.world.now;
        let _ = self.shell.files.mkdirs(parent(&full), now);
        let _ = self.shell.files.write(&full, text.as_bytes(), now);
        self.written += 1;
    }

    fn take_asks(&mut self) {
        for ask in self.shell.take_asks() {
            if let Ask::Edit(path) = ask {
                self.asked = Some(path);
                self.version += 1;
            }
        }
    }
}
