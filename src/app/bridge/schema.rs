//! What the schema says about a manifest while it is typed: mistakes, what may come next, what a field means.

use pilothouse::api::decode::{self, Check};
use pilothouse::api::errors::FieldErrors;
use pilothouse::api::schema::Docs;
use pilothouse::api::schema::editor::{self, Remark, Severity};
use pilothouse::api::{Reader, kinds};
use serde::Serialize;
use serde_json::Value;
use std::rc::Rc;

use super::{Bridge, FieldNote};
use crate::app::hub::Topic;
use crate::app::text::{Word, fill};

/// Something wrong with a text, as the editor takes it; offsets are UTF-16.
#[derive(Serialize)]
struct Problem {
    from: usize,
    to: usize,
    severity: &'static str,
    message: String,
    fix: Option<Fix>,
}

#[derive(Serialize)]
struct Fix {
    label: String,
    from: usize,
    to: usize,
    insert: String,
}

#[derive(Serialize)]
struct Offer {
    from: usize,
    options: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    label: String,
    detail: String,
    info: String,
    apply: String,
}

impl Bridge {
    /// Whether the file is a lesson: it has steps and no kind.
    pub fn is_lesson(&self, path: &str) -> bool {
        self.file(path).is_some_and(|text| is_lesson(&text))
    }

    /// What is wrong with a text, as the editor's list: JSON.
    pub fn diagnose(&mut self, path: &str, text: &str) -> String {
        let found = if is_lesson(text) { lesson_problems(text) } else { self.manifest_problems(text) };
        let errors = found.iter().filter(|problem| problem.severity == "error").count();
        let counts = (errors, found.len() - errors);
        if self.problems.insert(path.to_string(), counts) != Some(counts) {
            self.moved.push(Topic::Files);
        }
        serde_json::to_string(&found).unwrap_or_else(|_| "[]".to_string())
    }

    fn manifest_problems(&self, text: &str) -> Vec<Problem> {
        let found = editor::diagnose(text, &|value| server_says(value, self.world().reader()));
        let problem = |one: editor::Diagnostic| Problem {
            from: one.from,
            to: one.to,
            severity: one.severity.word(),
            message: one.message,
            fix: one.fix.map(|fix| Fix {
                label: fill(self.lang, Word::FixTo, &[fix.insert.trim().trim_end_matches(':')]),
                from: fix.from,
                to: fix.to,
                insert: fix.insert,
            }),
        };
        found.into_iter().map(problem).collect()
    }

    /// What may stand at a place of the text: JSON.
    pub fn suggest(&self, _path: &str, text: &str, at: usize) -> String {
        if is_lesson(text) {
            return "null".to_string();
        }
        let offer = editor::complete(text, at, &self.docs)
            .map(|found| Offer { from: found.from, options: found.items.into_iter().map(choice).collect() });
        serde_json::to_string(&offer).unwrap_or_else(|_| "null".to_string())
    }

    /// What the field at a place of the text means.
    pub fn field_note(&self, _path: &str, text: &str, at: usize) -> Option<FieldNote> {
        let found = editor::field_docs(text, at, &self.docs)?;
        Some(FieldNote { name: found.name, kind: found.ty, text: found.text })
    }

    /// Whether the descriptions are still to be loaded, by whoever asks first.
    pub fn begins_docs(&mut self) -> bool {
        !std::mem::replace(&mut self.awaits_docs, true) && self.docs.is_empty()
    }

    /// Whether a command of the learner waits for the descriptions.
    pub fn lacks_docs(&self) -> bool {
        self.session.lacks_docs()
    }

    /// The descriptions have come, or cannot be had.
    pub fn take_docs(&mut self, text: Option<String>) {
        self.docs = Rc::new(text.map(Docs::new).unwrap_or_default());
        self.session.take_docs(self.docs.clone());
        self.awaits_docs = !self.docs.is_empty();
    }
}

fn choice(item: editor::Item) -> Choice {
    Choice { label: item.label, detail: item.detail, info: item.docs, apply: item.insert }
}

/// What the server would say of a document that reads well: the same defaulting and validation, without a write.
fn server_says(value: &Value, read: Reader<'_>) -> Vec<Remark> {
    let word = |name: &str| value[name].as_str().unwrap_or_default();
    let Some(kind) = read.kind_of(word("apiVersion"), word("kind")) else { return vec![] };
    let Ok((mut object, _)) = decode::object(kind, value.clone(), Check::Ignore) else { return vec![] };
    if kind.names().namespaced && object.namespace().is_empty() {
        object.meta_mut().namespace = Some("default".to_string());
    }
    kind.defaults(&mut object);
    let mut errors = FieldErrors::default();
    kinds::meta::validate(&object, None, &mut errors);
    kind.validate(&object, None, &mut errors);
    errors.0.into_iter().map(|error| (error.path, error.text, Severity::Error)).collect()
}

fn is_lesson(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("steps:")) && !text.lines().any(|line| line.starts_with("kind:"))
}

/// The loader's one complaint.
fn lesson_problems(text: &str) -> Vec<Problem> {
    let Err(error) = pilothouse::lesson::load(text) else { return vec![] };
    let line = error.line.max(1);
    let before: usize = text.split_inclusive('\n').take(line - 1).map(|line| line.encode_utf16().count()).sum();
    let long = text.lines().nth(line - 1).map_or(0, |line| line.encode_utf16().count());
    let from = before + error.column.saturating_sub(1).min(long);
    vec![Problem { from, to: before + long, severity: "error", message: error.message, fix: None }]
}
