//! How objects are shown: the words in the cells of `kubectl get` and in the sections of `kubectl describe`.
//!
//! Models: `pkg/printers/internalversion/printers.go`, `kubectl/pkg/describe`.

pub mod cell;
pub mod pod;
