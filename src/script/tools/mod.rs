//! Everyday programs, one file each: what GNU coreutils and their neighbours do, with their words.

pub mod args;
pub mod cat;
pub mod echo;
pub mod printf;
pub mod sleep;
pub mod stream;
pub mod which;

use super::host::Launch;
use super::sys::Sys;

/// Starts a tool: `argv[0]` is its name.
pub type Tool = fn(&[String], &mut Sys<'_>) -> Launch;

/// Every tool, sorted by name.
pub const ALL: &[(&str, Tool)] = &[("cat", cat::run), ("sleep", sleep::run), ("which", which::run)];

/// The tool of this name.
pub fn find(name: &str) -> Option<Tool> {
    ALL.binary_search_by(|(n, _)| (*n).cmp(name)).ok().map(|i| ALL[i].1)
}

/// Whether it is the name of a tool or of a shell.
pub fn knows(name: &str) -> bool {
    matches!(name, "sh" | "bash") || is_builtin(name) || find(name).is_some()
}

fn is_builtin(name: &str) -> bool {
    matches!(name, "echo" | "printf" | "test" | "[" | "true" | "false" | "pwd" | "kill")
}

/// Starts a tool, if there is one of this name.
pub fn launch(argv: &[String], sys: &mut Sys<'_>) -> Option<Launch> {
    let name = argv.first()?;
    find(name).map(|tool| tool(argv, sys))
}
