//! Machines, their container runtime, and the programs that images bring.

pub mod machine;

pub use machine::{Machine, Machines};
