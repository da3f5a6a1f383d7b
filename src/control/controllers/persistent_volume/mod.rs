//! The volume binder: brings claims and volumes together, makes volumes for classes that know how, reclaims them.
//!
//! Models: `pkg/controller/volume/persistentvolume/pv_controller.go`, `pv_controller_base.go`.
//! Left out: volumes of cloud providers (their drivers are external), data sources, metrics.

mod claim;
mod provision;
mod reclaim;
mod volume;

use crate::api::{ApiError, Object, Reader, Reason, kinds};
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, PersistentVolumeSpec};

pub struct PersistentVolumes;

/// How often claims without a volume and volumes that could not be deleted are looked at again.
const RESYNC: Span = Span::seconds(15);

impl Controller for PersistentVolumes {
    fn name(&self) -> &'static str {
        "persistentvolume-binder-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:persistent-volume-binder".into()
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "persistentvolumes" => {
                let mut keys = vec![change.key.clone()];
                if change.new.is_none() {
                    keys.extend(change.old.as_ref().and_then(claim_of));
                }
                keys
            }
            "persistentvolumeclaims" => match (&change.old, &change.new) {
                (Some(old), None) => volume_of(old).into_iter().collect(),
                _ => vec![change.key.clone()],
            },
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(object) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        let result = match key.resource {
            "persistentvolumes" => volume::sync(object, cx),
            _ => claim::sync(object, cx),
        };
        match result {
            Err(error) if matches!(error.reason, Reason::Conflict | Reason::NotFound) => Ok(Again::OnChange),
            other => other,
        }
    }
}

/// The claim that a volume is bound to or kept for.
fn claim_of(volume: &Object) -> Option<Key> {
    let reference = volume.spec::<PersistentVolumeSpec>().claim_ref.as_ref()?;
    let (namespace, name) = (reference.namespace.as_deref()?, reference.name.as_deref()?);
    Some(Key::new(kinds::PERSISTENT_VOLUME_CLAIM.names().resource, namespace, name))
}

/// The volume of a claim.
fn volume_of(claim: &Object) -> Option<Key> {
    let name = claim.spec::<PersistentVolumeClaimSpec>().volume_name.as_deref().filter(|name| !name.is_empty())?;
    Some(Key::new(kinds::PERSISTENT_VOLUME.names().resource, "", name))
}
