//! Law: every object can be traced to its cause.
//!
//! Models: nothing upstream; it is what `why` and the canvas live on.

use super::{Check, Findings, Law, Seen};

pub static LAW: Law = Law {
    name: "causes-are-known",
    says: "Every change leads back to a fact of the journal, or to boot.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    let cause = seen.change.cause;
    if cause != 0 && seen.fact.is_none() && !seen.forgotten || cause > seen.last_fact {
        findings.add(&seen.change.key, format!("was changed because of fact {cause}, which there is not"));
    }
}
