//! Law: admission never lets a quota be exceeded.
//!
//! Models: `apiserver/pkg/admission/plugin/resourcequota/controller.go` (`CheckRequest`).

use super::{Check, Findings, Law, Seen};
use crate::api::{amounts, kinds};
use k8s_openapi::api::core::v1::{ResourceQuotaSpec, ResourceQuotaStatus};

pub static LAW: Law = Law {
    name: "quotas-hold",
    says: "A request that is charged to a quota never raises what is used above what is allowed.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    let Some((old, new)) = seen.pair() else { return };
    if new.kind != kinds::RESOURCE_QUOTA || old.same_status(new) {
        return;
    }
    // The controller counts what is there; only a charge goes with the write of something else.
    let charged = seen.request().is_some_and(|(_, key)| *key != seen.change.key);
    if !charged {
        return;
    }
    let used = |object: &crate::api::Object| amounts::of(object.status::<ResourceQuotaStatus>().used.as_ref());
    let hard = amounts::of(new.spec::<ResourceQuotaSpec>().hard.as_ref());
    let (before, after) = (used(old), used(new));
    for (name, amount) in &after {
        let rose = before.get(name).is_none_or(|was| was.milli() < amount.milli());
        if let Some(most) = hard.get(name)
            && rose
            && amount.milli() > most.milli()
        {
            findings.add(new.key(), format!("{name} was charged up to {amount} of {most}"));
        }
    }
}
