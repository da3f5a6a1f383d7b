//! Ground floor: knows no Kubernetes.

pub mod age;
pub mod jsonpath;
pub mod rng;
pub mod table;
pub mod yaml;
