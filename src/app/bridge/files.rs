//! The learner's files: what the editor holds, what a command wrote.

use std::hash::{DefaultHasher, Hash, Hasher};

use pilothouse::script::files::join;
use pilothouse::session::Act;

use super::Bridge;

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
}
