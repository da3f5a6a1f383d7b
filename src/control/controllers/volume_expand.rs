//! A claim that asks for more than it has: the drivers of this cluster cannot grow volumes, so it says on whom it waits.
//!
//! Models: `pkg/controller/volume/expand/expand_controller.go`.
//! Left out: drivers that grow volumes.

use crate::api::{ApiError, Object, Reader, kinds};
use crate::control::storage::{amount, request};
use crate::control::{Again, Controller, Cx, EventType};
use crate::store::{Change, Key};
use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, PersistentVolumeClaimStatus};

pub struct VolumeExpand;

impl Controller for VolumeExpand {
    fn name(&self) -> &'static str {
        "persistentvolume-expander-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:expand-controller".into()
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        let (Some(old), Some(new)) = (&change.old, &change.new) else { return vec![] };
        if change.key.resource != kinds::PERSISTENT_VOLUME_CLAIM.names().resource || old.same_spec(new) {
            return vec![];
        }
        let grown = request(new.spec::<PersistentVolumeClaimSpec>()) > request(old.spec());
        if grown { vec![change.key.clone()] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(claim) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        let status = claim.status::<PersistentVolumeClaimStatus>();
        let wants = request(claim.spec::<PersistentVolumeClaimSpec>()) > amount(status.capacity.as_ref());
        if wants && status.phase.as_deref() == Some("Bound") {
            let text = "waiting for an external controller to expand this PVC";
            cx.event(&claim, EventType::Warning, "ExternalExpanding", text);
        }
        Ok(Again::OnChange)
    }
}
