//! Law: a pod that is over stays over.
//!
//! Models: `pkg/kubelet/status/status_manager.go` (a terminal phase is never taken back), the pod lifecycle of the manual.

use super::{Check, Findings, Law, Seen};
use crate::api::kinds;
use crate::control::pods;

pub static LAW: Law = Law {
    name: "end-is-final",
    says: "A pod that has Succeeded or Failed never has another phase again; one that ran is never Pending again.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    let Some((old, new)) = seen.pair() else { return };
    if new.kind != kinds::POD || pods::phase(old) == pods::phase(new) {
        return;
    }
    if pods::is_terminal(old) || pods::phase(old) == "Running" && pods::phase(new) == "Pending" {
        findings.add(new.key(), format!("phase went from {} to {}", pods::phase(old), pods::phase(new)));
    }
}
