//! Ground floor: knows no Kubernetes.

pub mod rng;
