//! A Kubernetes cluster inside one value. See ARCHITECTURE.md.
//!
//! The order of the `mod` lines is the order of dependency: a floor uses only the floors above it in this list.
//! `tests/floors.rs` reads it and fails on any path that goes the other way.

pub mod base;
// time and chance
pub mod time;
// etcd
pub mod store;
// the API server
pub mod api;
// addresses, programmed tables, the packet walk
pub mod net;
// the shell language, files and everyday tools
pub mod script;
// machines, container runtime, images
pub mod node;
// controllers, scheduler, kubelet, proxy
pub mod control;
// everything above in one clonable value
pub mod world;
// the learner's shell and its commands
pub mod shell;
// lessons
pub mod lesson;
// World -> Scene -> Layout -> Stage -> Shapes
pub mod scene;
// World + Shell + Lesson + Stage
pub mod session;
// transcripts
pub mod transcript;
