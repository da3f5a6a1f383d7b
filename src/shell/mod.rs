//! The learner's shell: a terminal on a laptop beside the cluster.
//!
//! The language and the everyday tools are `script/`; here are the commands that know the cluster, the prompt, history
//! and completion.

pub mod builtins;
pub mod command;
mod complete;
mod history;
pub mod kubectl;
mod terminal;
mod tunnel;

pub use command::{Command, Completion, Cx, Job, Poll, Run, Spec, Wake};
pub use terminal::{Ask, BUDGET, HOME, Link, Shell, Span, Style};
