//! Lessons: the shelf, the panel, what is finished.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use pilothouse::lesson::Act as Deed;
use pilothouse::lesson::player::Progress;
use pilothouse::lesson::{Lesson, Text};
use pilothouse::session::course::COURSE;
use pilothouse::session::{Act, Session};

use super::{Bridge, Goal, LessonView, Shelved};
use crate::app::hub::Topic;
use crate::app::icon::Moon;
use crate::app::storage;
use crate::app::text::{Word, fill, say};

/// The built-in lessons, read once, and which of them the learner has finished.
#[derive(Default)]
pub struct Shelf {
    lessons: Vec<(&'static str, Lesson)>,
    finished: BTreeSet<String>,
    /// The shelf is shown though a lesson is being played.
    pub open: bool,
}

impl Shelf {
    pub fn load() -> Shelf {
        let lessons = COURSE.iter().filter_map(|entry| Some((entry.text, entry.lesson().ok()?))).collect();
        let kept = storage::read(storage::PROGRESS).unwrap_or_default();
        let finished = kept.split_whitespace().map(str::to_string).collect();
        Shelf { lessons, finished, open: false }
    }

    /// Keeps that a lesson is finished.
    pub fn note(&mut self, session: &Session) {
        let Some(player) = session.player.as_ref().filter(|player| player.finished()) else { return };
        if self.finished.insert(player.lesson.id.clone()) {
            let list: Vec<&str> = self.finished.iter().map(String::as_str).collect();
            storage::write(storage::PROGRESS, &list.join(" "));
        }
    }
}

/// A number that moves when the lesson panel would look different.
pub fn version(session: &Session) -> u64 {
    let Some(player) = &session.player else { return 0 };
    let mut hasher = DefaultHasher::new();
    (player.step, player.hints, player.predicted, player.done, &player.lesson.id).hash(&mut hasher);
    format!("{:?}", player.progress).hash(&mut hasher);
    hasher.finish()
}

impl Bridge {
    /// The lesson being played, unless the shelf is shown.
    pub fn lesson(&self) -> Option<LessonView> {
        let player = self.session.player.as_ref().filter(|_| !self.shelf.open)?;
        let lang = self.lesson_lang();
        let text = |text: &Text| text.get(lang).to_string();
        let step = player.current();
        let done = player.progress == Progress::Done;
        let state = match (&player.progress, done) {
            (_, true) => Moon::Done,
            (Progress::Open, _) => Moon::Open,
            _ => Moon::Now,
        };
        let missing = match &player.progress {
            Progress::Missing(missing) => text(missing),
            Progress::Broken(mistake) => mistake.clone(),
            Progress::Open | Progress::Done => String::new(),
        };
        let mut body = text(&step.text);
        if player.step == 0 {
            body = format!("{}\n\n{body}", text(&player.lesson.intro));
        }
        let shown = player.hints.min(step.hints.len());
        let solution = (player.hints > step.hints.len())
            .then(|| step.solution.iter().filter_map(|deed| self.told(deed)).collect());
        let predict = step.predict.as_ref().map(|predict| super::Prediction {
            question: text(&predict.question),
            answers: predict.answers.iter().map(|answer| (text(&answer.text), answer.right)).collect(),
            chosen: player.predicted,
            why: text(&predict.why),
        });
        Some(LessonView {
            track: say(self.lang, Word::Lessons).to_string(),
            title: text(&player.lesson.title),
            heading: text(&step.title),
            step: player.step,
            steps: player.lesson.steps.len(),
            body,
            predict,
            goals: vec![Goal { state, text: text(&step.task), missing }],
            after: if done { step.after.as_ref().map(text) } else { None },
            hints: step.hints.iter().take(shown).map(text).collect(),
            hints_left: if done { 0 } else { (step.hints.len() + 1).saturating_sub(player.hints) },
            solution,
            solution_next: player.hints == step.hints.len(),
            can_back: player.step > 0,
            can_next: done && player.has_next(),
            done: player.finished() && !player.has_next(),
            outro: player.lesson.outro.as_ref().filter(|_| player.finished() && !player.has_next()).map(text),
        })
    }

    /// A deed of a solution as something to type.
    fn told(&self, deed: &Deed) -> Option<String> {
        match deed {
            Deed::Run(line) => Some(line.clone()),
            Deed::Edit { file, text } => Some(format!("cat > {file} <<'EOF'\n{}\nEOF", text.trim_end())),
            Deed::Wait(_) => None,
        }
    }

    /// The shelf, in the order of the course.
    pub fn lessons(&self) -> Vec<Shelved> {
        let lang = self.lesson_lang();
        let playing = self.session.player.as_ref().map(|player| player.lesson.id.as_str());
        let shelved = |(_, lesson): &(&str, Lesson)| Shelved {
            id: lesson.id.clone(),
            title: lesson.title.get(lang).to_string(),
            about: fill(
                self.lang,
                Word::LessonMinutes,
                &[&lesson.minutes.to_string(), &lesson.steps.len().to_string()],
            ),
            done: self.shelf.finished.contains(&lesson.id),
            playing: playing == Some(lesson.id.as_str()),
        };
        self.shelf.lessons.iter().map(shelved).collect()
    }

    /// Starts a lesson on a fresh cluster, or goes back to it.
    pub fn lesson_start(&mut self, id: &str) {
        self.shelf.open = false;
        self.moved.push(Topic::Lesson);
        if self.session.player.as_ref().is_some_and(|player| player.lesson.id == id) {
            return;
        }
        let Some((text, _)) = self.shelf.lessons.iter().find(|(_, lesson)| lesson.id == id) else { return };
        if let Err(error) = self.session.start_lesson(text) {
            self.remark(&error.to_string());
        }
        self.session.speak(self.lesson_lang());
        self.begun();
    }

    /// Plays a lesson from its text; the file is put back into the fresh home.
    pub fn play_file(&mut self, path: &str) {
        let Some(text) = self.file(path) else { return };
        match self.session.start_lesson(&text) {
            Ok(()) => {
                self.session.speak(self.lesson_lang());
                self.shelf.open = false;
                self.begun();
                self.session.act(Act::Write { path: path.to_string(), text });
            }
            Err(error) => self.remark(&error.to_string()),
        }
    }

    /// Puts the text of a built-in lesson into a file and gives its path.
    pub fn lesson_file(&mut self, id: &str) -> Option<String> {
        let (text, _) = self.shelf.lessons.iter().find(|(_, lesson)| lesson.id == id)?;
        let path = format!("/home/learner/lessons/{id}.yaml");
        if self.file(&path).is_none() {
            self.session.act(Act::Write { path: path.clone(), text: (*text).to_string() });
        }
        Some(path)
    }

    /// Shows the shelf; the lesson goes on.
    pub fn lesson_leave(&mut self) {
        self.shelf.open = true;
        self.moved.push(Topic::Lesson);
    }

    /// One step forward or back.
    pub fn lesson_go(&mut self, forward: bool) {
        let Some(player) = &self.session.player else { return };
        let to = if forward { player.step + 1 } else { player.step.saturating_sub(1) };
        self.session.act(Act::Step { to });
        self.changed = true;
    }

    /// Opens the next hint.
    pub fn lesson_hint(&mut self) {
        self.session.act(Act::Hint);
        self.changed = true;
    }

    /// Answers the question of the step.
    pub fn lesson_predict(&mut self, answer: usize) {
        self.session.act(Act::Predict { answer });
        self.changed = true;
    }
}
