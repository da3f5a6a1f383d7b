//! Plays a lesson: where the learner is, what the check says, which hints are open. A step once done stays done.

use super::checks::{self, Sight, Verdict};
use super::model::{Lesson, Step, Text};
use crate::api::kinds;
use crate::script::files::Files;
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What stood when a step began.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    pub pods: Vec<MarkedPod>,
    /// Of all objects.
    pub uids: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub struct MarkedPod {
    pub uid: String,
    pub namespace: String,
    pub labels: BTreeMap<String, String>,
}

impl Mark {
    pub fn of(world: &World) -> Self {
        let read = world.reader();
        let pods = read.list(kinds::POD, None).map(|pod| MarkedPod {
            uid: pod.uid().into(),
            namespace: pod.namespace().into(),
            labels: pod.labels().clone(),
        });
        Mark { pods: pods.collect(), uids: read.everything().map(|object| object.uid().to_string()).collect() }
    }
}

/// What the panel shows beneath the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing has been tried.
    Open,
    /// What is still missing, or what went wrong.
    Missing(Text),
    Done,
    /// The lesson file is at fault.
    Broken(String),
}

#[derive(Clone, Debug)]
pub struct Player {
    pub lesson: Rc<Lesson>,
    pub step: usize,
    pub progress: Progress,
    /// How many hints are open in this step.
    pub hints: usize,
    /// The answer chosen for this step's prediction.
    pub predicted: Option<usize>,
    /// Furthest step that was done, counted from 1.
    pub done: usize,
    mark: Rc<Mark>,
    /// The store's revision when the step began: nothing changed, nothing to judge.
    began: u64,
}

impl Player {
    /// At the first step; the lesson's setup has run.
    pub fn start(lesson: Rc<Lesson>, world: &World) -> Self {
        let mut player = Player {
            lesson,
            step: 0,
            progress: Progress::Open,
            hints: 0,
            predicted: None,
            done: 0,
            mark: Rc::default(),
            began: 0,
        };
        player.begin(0, world);
        player
    }

    pub fn current(&self) -> &Step {
        &self.lesson.steps[self.step]
    }

    /// Opens a step (its `before` commands have run).
    pub fn begin(&mut self, step: usize, world: &World) {
        self.step = step.min(self.lesson.steps.len() - 1);
        self.progress = if self.step < self.done { Progress::Done } else { Progress::Open };
        self.hints = 0;
        self.predicted = None;
        self.mark = Rc::new(Mark::of(world));
        self.began = world.api.revision().0;
    }

    pub fn has_next(&self) -> bool {
        self.step + 1 < self.lesson.steps.len()
    }

    pub fn finished(&self) -> bool {
        self.done == self.lesson.steps.len()
    }

    /// Looks at the world. True when something changed for the learner.
    pub fn look(&mut self, world: &World, files: &Files, home: &str) -> bool {
        if self.progress == Progress::Done {
            return false;
        }
        let sight = Sight { world, files, home, mark: &self.mark };
        let step = self.current();
        let next = match checks::all(&step.check, &sight) {
            Verdict::Yes => Progress::Done,
            Verdict::Broken(mistake) => Progress::Broken(mistake),
            Verdict::No(missing) => {
                let known = step
                    .wrong
                    .iter()
                    .find(|wrong| !wrong.when.is_empty() && checks::all(&wrong.when, &sight) == Verdict::Yes);
                Progress::Missing(known.map_or(missing, |wrong| wrong.says.clone()))
            }
        };
        if next == self.progress {
            return false;
        }
        if next == Progress::Done {
            self.done = self.done.max(self.step + 1);
        }
        self.progress = next;
        true
    }
}
