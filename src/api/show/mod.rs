//! How objects are shown: the words in the cells of `kubectl get` and in the sections of `kubectl describe`.
//!
//! Models: `pkg/printers/internalversion/printers.go`, `kubectl/pkg/describe`.

pub mod cell;
pub mod pod;

pub mod autoscaler_describe;
pub mod config_describe;
pub mod containers;
pub mod job_describe;
pub mod network_describe;
pub mod node_describe;
pub mod pod_describe;
pub mod policy_describe;
pub mod quota_describe;
pub mod rbac;
pub mod report;
pub mod rollout;
pub mod service_describe;
pub mod signing_describe;
pub mod storage_describe;
pub mod unstructured;
pub mod workload_describe;

pub use report::Report;
pub use rollout::Rollout;
