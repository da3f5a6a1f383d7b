//! What the YAML editor knows of manifests: mistakes while typing, what may stand here, what this field means.
//!
//! Offsets at this border are UTF-16, as browsers count; lines and columns begin with 1. Everything is computed from the
//! text alone, so it works natively too.
//! Left out: completion inside `{ }` and `[ ]`.

mod complete;
mod context;
mod diagnose;

pub use complete::{Completion, FieldDoc, Item, complete, field_docs};
pub use diagnose::{Diagnostic, Fix, Remark, Severity, diagnose};
