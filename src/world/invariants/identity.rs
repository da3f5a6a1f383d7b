//! Law: who an object is does not change, and a deletion is never taken back.
//!
//! Models: `apimachinery/pkg/api/validation/objectmeta.go` (`ValidateObjectMetaAccessorUpdate`).

use super::{Check, Findings, Law, Seen};
use crate::time::Time;

pub static LAW: Law = Law {
    name: "identity-stays",
    says: "uid, creationTimestamp and a pod's node stay as they are; a deletion is not taken back and not put off.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    let Some((old, new)) = seen.pair() else { return };
    if old.uid() != new.uid() {
        findings.add(new.key(), format!("uid went from {} to {}", old.uid(), new.uid()));
    }
    if old.meta.creation_timestamp != new.meta.creation_timestamp {
        findings.add(new.key(), "creationTimestamp changed");
    }
    let until = |object: &crate::api::Object| object.meta.deletion_timestamp.as_ref().map(|t| Time::of(t.0));
    match (until(old), until(new)) {
        (Some(_), None) => findings.add(new.key(), "its deletion was taken back"),
        (Some(old_end), Some(end)) if end > old_end => findings.add(new.key(), "its deletion was put off"),
        _ => {}
    }
    if new.kind == crate::api::kinds::POD {
        let node = crate::control::pods::node;
        if node(old).is_some() && node(old) != node(new) {
            findings.add(new.key(), format!("moved from {:?} to {:?}", node(old), node(new)));
        }
    }
}
