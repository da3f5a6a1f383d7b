//! Checks on the state of the cluster and of the learner's files: one file each, one line here.

mod answer;
mod file;
mod log;
mod none;
mod object;
mod pods;
mod value;

use super::model::Text;
use super::player::Mark;
use crate::script::files::Files;
use crate::world::World;
use serde::Deserialize;

/// What a check may look at.
pub struct Sight<'a> {
    pub world: &'a World,
    /// The learner's files and home directory.
    pub files: &'a Files,
    pub home: &'a str,
    /// What stood when the step began.
    pub mark: &'a Mark,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Yes,
    /// What is still missing.
    No(Text),
    /// The author's mistake.
    Broken(String),
}

impl Verdict {
    /// `Yes` when it holds, else a sentence in both languages.
    fn from(holds: bool, en: impl Into<String>, ko: impl Into<String>) -> Self {
        if holds { Verdict::Yes } else { Verdict::No(Text::new(en, ko)) }
    }
}

/// One condition.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Check {
    /// An object exists, with these values in its fields.
    Object(object::ObjectCheck),
    /// No such object exists.
    None(none::NoneCheck),
    /// How many pods, ready or kept or lost since the step began.
    Pods(pods::PodsCheck),
    /// A file of the learner.
    File(file::FileCheck),
    /// A container's log.
    Log(log::LogCheck),
    /// What a request from a pod is answered.
    Answer(answer::AnswerCheck),
}

impl Check {
    pub fn verdict(&self, sight: &Sight<'_>) -> Verdict {
        match self {
            Check::Object(check) => check.verdict(sight),
            Check::None(check) => check.verdict(sight),
            Check::Pods(check) => check.verdict(sight),
            Check::File(check) => check.verdict(sight),
            Check::Log(check) => check.verdict(sight),
            Check::Answer(check) => check.verdict(sight),
        }
    }

    /// Whether its words mean something.
    ///
    /// # Errors
    /// A sentence for the author.
    pub fn sound(&self) -> Result<(), String> {
        match self {
            Check::Object(check) => kind(&check.kind).map(|_| ()),
            Check::None(check) => kind(&check.kind).map(|_| ()),
            Check::Pods(check) => check.sound(),
            Check::File(_) | Check::Log(_) => Ok(()),
            Check::Answer(check) => check.sound(),
        }
    }
}

/// All of them; the first that fails says what is missing.
pub fn all(checks: &[Check], sight: &Sight<'_>) -> Verdict {
    checks.iter().map(|check| check.verdict(sight)).find(|verdict| *verdict != Verdict::Yes).unwrap_or(Verdict::Yes)
}

fn kind(word: &str) -> Result<crate::api::KindRef, String> {
    crate::api::kinds::find(word).ok_or_else(|| format!("kind: there is no kind {word:?}"))
}

fn default_namespace() -> String {
    "default".into()
}
