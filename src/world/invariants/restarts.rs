//! Law: a container's restart count never falls.
//!
//! Models: `pkg/kubelet/kubelet_pods.go` (`convertToAPIContainerStatuses`).

use super::{Check, Findings, Law, Seen};
use crate::api::{Object, kinds};
use k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};

pub static LAW: Law =
    Law { name: "restarts-only-rise", says: "A container's restartCount never falls.", check: Check::Change(check) };

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    let Some((old, new)) = seen.pair() else { return };
    if new.kind != kinds::POD || old.uid() != new.uid() || old.same_status(new) {
        return;
    }
    for before in statuses(old) {
        let Some(after) = statuses(new).find(|status| status.name == before.name) else { continue };
        if after.restart_count < before.restart_count {
            let (from, to) = (before.restart_count, after.restart_count);
            findings.add(new.key(), format!("restarts of {} fell from {from} to {to}", before.name));
        }
    }
}

fn statuses(pod: &Object) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status::<PodStatus>();
    status.container_statuses.iter().flatten().chain(status.init_container_statuses.iter().flatten())
}
