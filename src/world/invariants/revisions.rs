//! Law: resourceVersion strictly rises.
//!
//! Models: etcd's revisions as `apiserver/pkg/storage/etcd3` hands them out.

use super::{Check, Findings, Law, Seen};

pub static LAW: Law = Law {
    name: "revisions-rise",
    says: "Every write gives its object a resourceVersion above all earlier ones.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    let Some(new) = &seen.change.new else { return };
    let old = seen.change.old.as_ref().map_or(0, |old| old.revision());
    if new.revision() <= old {
        findings.add(new.key(), format!("resourceVersion went from {old} to {}", new.revision()));
    } else if new.revision() != seen.change.revision.0 {
        let revision = seen.change.revision.0;
        findings.add(new.key(), format!("resourceVersion {} of the write with revision {revision}", new.revision()));
    }
}
