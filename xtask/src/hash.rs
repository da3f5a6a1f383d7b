//! What a step of the tests depends on, as one number: paths and contents of files.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// Files below the paths, sorted; built things are passed over.
pub fn files(paths: &[&str]) -> Vec<PathBuf> {
    let mut out = vec![];
    let mut open: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    while let Some(path) = open.pop() {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if matches!(name, "target" | "node_modules" | "dist" | ".git") {
            continue;
        }
        if path.is_dir() {
            open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else if path.is_file() {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// The number of the paths' contents, of this build of the checker, and of `extra`.
pub fn contents(paths: &[&str], extra: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    extra.hash(&mut hasher);
    for file in files(paths) {
        file.hash(&mut hasher);
        fs::read(&file).unwrap_or_default().hash(&mut hasher);
    }
    hasher.finish()
}

/// The number of one file.
pub fn file(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    fs::read(path).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}
