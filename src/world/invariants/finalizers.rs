//! Law: nothing vanishes while somebody still has to act on it.
//!
//! Models: `apiserver/pkg/registry/generic/registry/store.go` (`Delete`, `deleteWithoutFinalizers`).

use super::{Check, Findings, Law, Seen};

pub static LAW: Law = Law {
    name: "finalizers-hold",
    says: "An object goes only when its last finalizer is taken off, never by a delete while it has some.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    let (Some(old), None) = (&seen.change.old, &seen.change.new) else { return };
    let held = old.meta.finalizers.as_deref().unwrap_or(&[]);
    let Some((verb, key)) = seen.request() else { return };
    if *key != seen.change.key {
        return;
    }
    // The write that takes off the last one is what removes it.
    if verb == "DELETE" && !held.is_empty() || held.len() > 1 && !old.deleting() {
        findings.add(old.key(), format!("went by {verb} though it has {held:?}"));
    } else if matches!(verb, "PUT" | "PATCH") && !old.deleting() {
        findings.add(old.key(), format!("went by {verb}"));
    }
}
