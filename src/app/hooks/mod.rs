//! Hooks of the page.

mod frame;
mod listener;
mod topic;

pub use frame::use_frames;
pub use listener::use_window_event;
pub use topic::use_topic;
