//! The learner's files, and what the schema says about their text.

use pilothouse::script::files::join;

use super::{Bridge, FieldNote};
use crate::app::hub::Topic;

/// Files offered by name at most.
const OFFERED: usize = 200;
/// A file that the editor takes, in bytes.
const LARGEST: usize = 1 << 20;

impl Bridge {
    /// The text of a file; none when it is not there or is no text.
    pub fn file(&self, path: &str) -> Option<String> {
        self.shell().files.text(path).ok().filter(|text| text.len() <= LARGEST)
    }

    /// Writes what the editor holds.
    pub fn write_file(&mut self, path: &str, text: &str) {
        let _ = (path, text);
        self.moved.push(Topic::Files);
    }

    /// Grows when something else than the editor changed the file.
    pub fn outside_version(&self, path: &str) -> u64 {
        self.versions.get(path).copied().unwrap_or(0)
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

    /// Whether the file is a lesson.
    pub fn is_lesson(&self, _path: &str) -> bool {
        false
    }

    pub fn play_file(&mut self, _path: &str) {}

    /// What is wrong with a text, as the editor's list: JSON.
    pub fn diagnose(&mut self, _path: &str, _text: &str) -> String {
        "[]".to_string()
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
