//! Law: generation counts the changes of the spec.
//!
//! Models: the strategies' `PrepareForUpdate` in `pkg/registry`; `rest.BeforeDelete` (a deletion counts as well).

use super::{Check, Findings, Law, Seen};

pub static LAW: Law = Law {
    name: "generation-counts",
    says: "generation rises by one when the spec changes or a deletion begins, and never otherwise.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    let Some((old, new)) = seen.pair() else { return };
    if !new.kind.has_generation() {
        return;
    }
    let (was, is) = (old.meta.generation.unwrap_or(0), new.meta.generation.unwrap_or(0));
    let respecified = !old.same_spec(new);
    let dismissed = new.deleting() && old.meta.deletion_timestamp != new.meta.deletion_timestamp
        || old.meta.deletion_grace_period_seconds != new.meta.deletion_grace_period_seconds;
    // A binding writes the pod's node past the strategy.
    let bound = new.kind == crate::api::kinds::POD
        && crate::control::pods::node(old).is_none()
        && crate::control::pods::node(new).is_some();
    if is < was || is > was + 1 {
        findings.add(new.key(), format!("generation went from {was} to {is}"));
    } else if is > was && !respecified && !dismissed {
        findings.add(new.key(), format!("generation rose to {is} though its spec is the same"));
    } else if is == was && respecified && !bound {
        findings.add(new.key(), format!("generation stayed {is} though its spec changed"));
    }
}
