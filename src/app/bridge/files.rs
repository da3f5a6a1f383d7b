//! The learner's files, and what the schema says about their text.

use std::hash::{DefaultHasher, Hash, Hasher};

use pilothouse::script::files::join;
use pilothouse::session::Act;
use serde::Serialize;

use super::{Bridge, FieldNote};
use crate::app::hub::Topic;

/// Files offered by name at most.
const OFFERED: usize = 200;
/// A file that the editor takes, in bytes.
const LARGEST: usize = 1 << 20;

impl Bridge {
    /// The text of a file as the learner sees it; none when it is not there or is no text.
    pub fn file(&self, path: &str) -> Option<String> {
        if let Some((text, _)) = self.drafts.get(path) {
            return Some(text.clone());
        }
        self.shell().files.text(path).ok().filter(|text| text.len() <= LARGEST)
    }

    /// The editor shows this text now.
    pub fn shown(&mut self, path: &str, text: &str) {
        self.edited.insert(path.to_string(), text.to_string());
    }

    /// The learner changed the text. It reaches the file when the keys rest, or before the next command.
    pub fn write_file(&mut self, path: &str, text: &str) {
        self.shown(path, text);
        self.drafts.insert(path.to_string(), (text.to_string(), 0.0));
    }

    /// Writes what has rested long enough, or everything.
    pub(super) fn write_drafts(&mut self, elapsed_ms: f64, all: bool) {
        if self.drafts.is_empty() {
            return;
        }
        let mut ripe = vec![];
        for (path, (_, age)) in &mut self.drafts {
            *age += elapsed_ms;
            if all || *age > super::DRAFT_MS {
                ripe.push(path.clone());
            }
        }
        for path in ripe {
            if let Some((text, _)) = self.drafts.remove(&path)
                && self.shell().files.text(&path).ok().as_deref() != Some(text.as_str())
            {
                self.session.act(Act::Write { path, text });
                self.changed = true;
            }
        }
    }

    /// Moves when something else than the editor changed the file; 0 while it is as the editor has it.
    pub fn outside_version(&self, path: &str) -> u64 {
        let (Some(text), Some(edited)) = (self.file(path), self.edited.get(path)) else { return 0 };
        if text == *edited {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    }

    /// Names of the files below the working directory that are worth opening.
    pub fn file_names(&self) -> Vec<String> {
        let cwd = self.shell().cwd();
        let mut out = vec![];
        let mut open = vec![(cwd, 0)];
        while let Some((folder, depth)) = open.pop() {
            for name in self.shell().files.list(&folder).unwrap_or_default() {
                let path = join(&folder, &name);
                if name.starts_with('.') || out.len() >= OFFERED {
                    continue;
                }
                if self.shell().files.is_dir(&path) {
                    if depth < 3 {
                        open.push((path, depth + 1));
                    }
                } else {
                    out.push(path);
                }
            }
        }
        out.sort();
        out
    }

    /// The absolute path of a name typed by the learner.
    pub fn full_path(&self, name: &str) -> String {
        match name.strip_prefix("~/") {
            Some(rest) => join("/home/learner", rest),
            None => join(&self.shell().cwd(), name),
        }
    }

    /// The path as the learner would type it.
    pub fn spoken(&self, path: &str) -> String {
        let cwd = self.shell().cwd();
        let name = match path.strip_prefix(&format!("{cwd}/")) {
            Some(rest) => rest.to_string(),
            None => match path.strip_prefix("/home/learner/") {
                Some(rest) => format!("~/{rest}"),
                None => path.to_string(),
            },
        };
        if name.contains([' ', '\'', '"', '$', '&', ';']) { format!("'{}'", name.replace('\'', "'\\''")) } else { name }
    }

    /// How many errors and warnings the text has.
    pub fn problems(&self, path: &str) -> (usize, usize) {
        self.problems.get(path).copied().unwrap_or_default()
    }

    pub fn faulty(&self, path: &str) -> bool {
        self.problems(path).0 > 0
    }

    /// Whether the file is a lesson: it has steps and no kind.
    pub fn is_lesson(&self, path: &str) -> bool {
        self.file(path).is_some_and(|text| is_lesson(&text))
    }

    /// What is wrong with a text, as the editor's list: JSON.
    pub fn diagnose(&mut self, path: &str, text: &str) -> String {
        let found: Vec<Problem> = if is_lesson(text) { lesson_problems(text) } else { vec![] };
        let errors = found.iter().filter(|problem| problem.severity == "error").count();
        let counts = (errors, found.len() - errors);
        if self.problems.insert(path.to_string(), counts) != Some(counts) {
            self.moved.push(Topic::Files);
        }
        serde_json::to_string(&found).unwrap_or_else(|_| "[]".to_string())
    }

    /// What may stand at a place of the text: JSON.
    pub fn suggest(&self, _path: &str, _text: &str, _at: usize) -> String {
        "null".to_string()
    }

    /// What the field at a place of the text means.
    pub fn field_note(&self, _path: &str, _text: &str, _at: usize) -> Option<FieldNote> {
        None
    }
}

/// Something wrong with a text, as the editor takes it; offsets are UTF-16.
#[derive(Serialize)]
struct Problem {
    from: usize,
    to: usize,
    severity: &'static str,
    message: String,
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
    vec![Problem { from, to: before + long, severity: "error", message: error.message }]
}
