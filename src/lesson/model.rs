//! What a lesson file says. The field names here are the file's.

use super::checks::Check;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The languages of texts; more may be added here and in each text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    #[default]
    En,
    Ko,
}

/// A text in every language; English is required and stands in for what is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub en: String,
    #[serde(default)]
    pub ko: Option<String>,
}

impl Text {
    pub fn new(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Text { en: en.into(), ko: Some(ko.into()) }
    }

    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ko => self.ko.as_deref().unwrap_or(&self.en),
            Lang::En => &self.en,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    pub id: String,
    pub title: Text,
    /// How long it takes a beginner.
    #[serde(default)]
    pub minutes: u32,
    pub intro: Text,
    #[serde(default)]
    pub setup: Setup,
    pub steps: Vec<Step>,
    #[serde(default)]
    pub outro: Option<Text>,
}

/// What is there before the first step.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// How the cluster differs from the usual one: `1.15 nodes=3 autoscale=1-5` (see [`crate::world::Spec::with`]).
    #[serde(default)]
    pub cluster: Option<String>,
    /// Files in the learner's home, by path.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Commands run by the lesson.
    #[serde(default)]
    pub run: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub title: Text,
    pub text: Text,
    /// What to do.
    pub task: Text,
    /// What the chart should look at: `deployment/web`.
    #[serde(default)]
    pub focus: Option<String>,
    /// Commands run before the step, by somebody else than the learner.
    #[serde(default)]
    pub before: Vec<String>,
    #[serde(default)]
    pub predict: Option<Prediction>,
    #[serde(default)]
    pub hints: Vec<Text>,
    pub solution: Vec<Act>,
    /// All of them must hold.
    pub check: Vec<Check>,
    #[serde(default)]
    pub wrong: Vec<Wrong>,
    /// What to notice when it is done.
    #[serde(default)]
    pub after: Option<Text>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    pub question: Text,
    pub answers: Vec<Answer>,
    pub why: Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub text: Text,
    #[serde(default)]
    pub right: bool,
}

/// One act of a solution or of a wrong answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// A command line.
    Run(String),
    /// A file as the editor should hold it.
    Edit { file: String, text: String },
    /// Seconds of cluster time.
    Wait(u64),
}

/// A wrong answer: it must not pass the check, and the learner is told why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    pub acts: Vec<Act>,
    pub says: Text,
    /// By which state it is known; all must hold. Without it the text is used only by the lesson's own test.
    #[serde(default)]
    pub when: Vec<Check>,
}
