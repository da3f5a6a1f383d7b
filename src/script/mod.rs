//! The shell language, files and everyday tools. Used twice: by the learner's laptop and by containers.
//!
//! A `Process` is a tree of shells and commands as data; it is polled in bounded slices, cloned, paused and rewound. It
//! knows nothing of Kubernetes: a `Host` brings the commands.

pub mod doors;
pub mod escape;
pub mod facts;
pub mod files;
pub mod host;
pub mod lang;
pub mod machine;
pub mod regex;
pub mod run;
pub mod shell;
pub mod sys;
#[cfg(test)]
mod tests;
pub mod tools;

pub use files::{Fault, Files, Tree};
pub use host::{Got, Host, Job, Launch, Poll, Signal, Ticket, Wake, Want};
pub use machine::{Process, Start, Status};
pub use shell::{Dialect, Shell};
pub use sys::{Piece, Read, Style, Sys};

/// Names of the shell's own commands.
pub fn run_names() -> &'static [&'static str] {
    run::builtin_names()
}
