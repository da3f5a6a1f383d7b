//! Lessons: a YAML file each, played step by step and checked against the cluster's state.

pub mod checks;
pub mod loader;
pub mod model;
pub mod player;

pub use checks::{Check, Sight, Verdict};
pub use loader::{LessonError, load};
pub use model::{Act, Lang, Lesson, Step, Text};
pub use player::{Mark, Player};
