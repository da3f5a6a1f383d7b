//! Addresses, what kube-proxy, CNI and DNS have programmed so far, and the packet walk.

pub mod place;
pub mod tables;

pub use place::Place;
pub use tables::Tables;
