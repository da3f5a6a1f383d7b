//! Why an object is as it is, in words: the facts that led to it, and for a pod how the scheduler weighed the nodes.

mod chain;
mod placement;

pub use chain::{Sentence, place};
pub use placement::{Mark, Node, Placement, explain};
