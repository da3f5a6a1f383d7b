//! Machines, their container runtime, and the programs that images bring.

pub mod cloud;
pub mod container;
pub mod cpu;
pub mod http;
pub mod images;
pub mod load;
pub mod logs;
pub mod machine;
pub mod pod;
pub mod program;
pub mod reference;
pub mod room;
pub mod scripted;
pub mod trouble;
pub mod usage;

pub use cloud::Cloud;
pub use machine::{Machine, Machines};
