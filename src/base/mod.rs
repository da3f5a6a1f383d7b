//! Ground floor: knows no Kubernetes.

pub mod age;
pub mod rng;
pub mod table;
pub mod yaml;
