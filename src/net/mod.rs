//! Addresses, what kube-proxy, CNI and DNS have programmed so far, and the packet walk.

pub mod path;
pub mod place;
pub mod stages;
pub mod tables;

pub use path::{Act, End, Flow, Hop, Path, Source, Target, Why};
pub use place::Place;
pub use stages::{Ground, Wire, trace};
pub use tables::{Backend, NodeTable, Rule, Tables};
