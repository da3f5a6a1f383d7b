//! The files below a kustomization's directory, with kustomize's words for what is not there.
//!
//! Models: `kustomize/api/internal/loader`, `kyaml/filesys`.
//! Left out: remote bases (there is no Internet), symbolic links.

use super::super::Cx;

/// A directory that a kustomization may read.
pub struct Files<'c, 'w> {
    pub cx: &'c mut Cx<'w>,
    /// Absolute and clean.
    pub root: String,
    /// The directories that led here, for cycles.
    pub above: Vec<String>,
}

/// An absolute path without `.` and `..`.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = vec![];
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn below(path: &str, root: &str) -> bool {
    path == root || root == "/" || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

impl Files<'_, '_> {
    pub fn path(&self, path: &str) -> String {
        if path.starts_with('/') { clean(path) } else { clean(&format!("{}/{path}", self.root)) }
    }

    /// The text of a file.
    ///
    /// # Errors
    /// It is missing, a directory, or outside of the root.
    pub fn read(&mut self, path: &str) -> Result<String, String> {
        if let Some(host) = path.strip_prefix("https://").or(path.strip_prefix("http://")) {
            let host = host.split('/').next().unwrap_or("");
            return Err(format!("Get \"{path}\": dial tcp: lookup {host}: no such host"));
        }
        let full = self.path(path);
        if self.cx.desk.list(&full).is_some() {
            return Err(format!("'{full}' must resolve to a file"));
        }
        if self.cx.desk.read(&full).is_err() {
            return Err(missing(&full));
        }
        if !below(&full, &self.root) {
            return Err(format!("security; file '{full}' is not in or below '{}'", self.root));
        }
        let bytes = self.cx.desk.read(&full).map_err(|why| format!("open {full}: {why}"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A directory below (or beside) this one.
    ///
    /// # Errors
    /// It is none, or leads back.
    pub fn directory(&mut self, path: &str) -> Result<String, String> {
        if path.is_empty() {
            return Err("new root cannot be empty".into());
        }
        if path.starts_with("https://") || path.starts_with("http://") || path.starts_with("github.com/") {
            return Err(format!("failed to run '/usr/bin/git fetch --depth=1 {path} HEAD': there is no Internet here"));
        }
        if path.starts_with('/') {
            return Err(format!("new root '{path}' cannot be absolute"));
        }
        let full = self.path(path);
        self.confirm(&full)?;
        for root in self.above.iter().rev().chain([&self.root]) {
            if below(root, &full) {
                return Err(format!("cycle detected: candidate root '{full}' contains visited root '{root}'"));
            }
        }
        Ok(full)
    }

    /// Whether a path is a directory.
    ///
    /// # Errors
    /// What it is instead.
    pub fn confirm(&mut self, full: &str) -> Result<(), String> {
        if self.cx.desk.list(full).is_some() {
            return Ok(());
        }
        let why = if self.cx.desk.read(full).is_ok() {
            format!("'{full}': file is not directory")
        } else {
            format!("not a valid directory: {}", missing(full))
        };
        Err(format!("must build at directory: {why}"))
    }
}

fn missing(full: &str) -> String {
    format!("evalsymlink failure on '{full}' : lstat {full}: no such file or directory")
}
