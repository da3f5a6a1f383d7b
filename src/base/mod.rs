//! Ground floor: knows no Kubernetes.

pub mod rng;
pub mod yaml;
