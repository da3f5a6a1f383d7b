//! Transcripts: what was typed and what came back, as text. The test, the demo and the bug report.

mod format;
mod runner;
pub mod soak;

pub use format::{Entry, Mistake, Reply, parse, print};
pub use runner::Runner;
