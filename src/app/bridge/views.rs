//! What the panels show, as plain values.

use crate::app::icon::Moon;
use crate::app::text::Word;

/// A goal of the current step.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    pub state: Moon,
    pub text: String,
    pub missing: String,
}

/// The lesson panel.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LessonView {
    pub track: String,
    pub title: String,
    pub heading: String,
    pub step: usize,
    pub steps: usize,
    pub body: String,
    pub goals: Vec<Goal>,
    pub predict: Option<Prediction>,
    /// What to notice now that it is done.
    pub after: Option<String>,
    /// The last words of the lesson.
    pub outro: Option<String>,
    pub hints: Vec<String>,
    pub hints_left: usize,
    /// Commands of the solution, once asked for.
    pub solution: Option<Vec<String>>,
    /// The next hint is the solution.
    pub solution_next: bool,
    pub can_back: bool,
    pub can_next: bool,
    pub done: bool,
}

/// A question before the deed.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    pub question: String,
    /// Each answer, and whether it is right.
    pub answers: Vec<(String, bool)>,
    pub chosen: Option<usize>,
    pub why: String,
}

/// A lesson on the shelf.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelved {
    pub id: String,
    pub title: String,
    pub about: String,
    pub done: bool,
    pub playing: bool,
}

/// A command on the time bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// Milliseconds since the cluster's first moment.
    pub at: f64,
    pub text: String,
    pub cause: Option<u8>,
}

/// One stop of an explanation.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Stop {
    pub sentence: String,
    pub detail: String,
    pub quote: String,
    pub evidence: Vec<String>,
}

/// What the object panel shows.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ObjectView {
    pub name: String,
    pub kind: String,
    pub facts: Vec<(String, String)>,
    /// Commands that can be run with a press.
    pub commands: Vec<(Word, String)>,
    /// For a node: whether it has power.
    pub powered: Option<bool>,
    pub yaml: String,
}

/// What a field means.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldNote {
    pub name: String,
    pub kind: String,
    pub text: String,
}
