//! Ground floor: knows no Kubernetes.

pub mod age;
pub mod base64;
pub mod cron;
pub mod decimal;
pub mod der;
pub mod diff;
pub mod go_diff;
pub mod hash;
pub mod jsonpath;
pub mod line_index;
pub mod quantity;
pub mod rng;
pub mod table;
pub mod text;
pub mod yaml;
