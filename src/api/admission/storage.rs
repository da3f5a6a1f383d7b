//! Claims without a class get the default one; claims and volumes are protected while they are in use; a claim grows
//! only where its class allows it.
//!
//! Models: `plugin/pkg/admission/storage/{storageclass/setdefault,storageobjectinuseprotection,persistentvolume/resize}`.

use super::{Admission, Admit};
use crate::api::errors::ApiError;
use crate::api::kinds::{self, persistent_volume_claim, storage_class};
use crate::api::object::Object;
use crate::base::quantity::Quantity;
use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, PersistentVolumeClaimStatus, PersistentVolumeSpec};

/// The finalizers of what is protected.
pub const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
pub const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";

pub struct DefaultStorageClass;

impl Admission for DefaultStorageClass {
    fn admit(&self, object: &mut Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        if old.is_some() || object.try_spec::<PersistentVolumeClaimSpec>().is_none() {
            return Ok(());
        }
        if persistent_volume_claim::class(object).is_some() {
            return Ok(());
        }
        // The youngest one, if there are several.
        let classes = cx.read.list(kinds::STORAGE_CLASS, None).filter(|class| storage_class::is_default(class));
        let default = classes.max_by(|a, b| a.created().cmp(&b.created()).then_with(|| b.name().cmp(a.name())));
        if let Some(class) = default {
            object.spec_mut::<PersistentVolumeClaimSpec>().storage_class_name = Some(class.name().into());
        }
        Ok(())
    }
}

pub struct InUseProtection;

impl Admission for InUseProtection {
    fn admit(&self, object: &mut Object, old: Option<&Object>, _cx: &mut Admit<'_>) -> Result<(), ApiError> {
        let finalizer = if object.try_spec::<PersistentVolumeClaimSpec>().is_some() {
            CLAIM_PROTECTION
        } else if object.try_spec::<PersistentVolumeSpec>().is_some() {
            VOLUME_PROTECTION
        } else {
            return Ok(());
        };
        let finalizers = object.meta.finalizers.as_deref().unwrap_or_default();
        if old.is_none() && !finalizers.iter().any(|f| f == finalizer) {
            object.meta_mut().finalizers.get_or_insert_default().push(finalizer.into());
        }
        Ok(())
    }
}

pub struct ClaimResize;

impl Admission for ClaimResize {
    fn check(&self, object: &Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        let (Some(old), Some(_)) = (old, object.try_spec::<PersistentVolumeClaimSpec>()) else { return Ok(()) };
        if wanted(object) <= wanted(old) {
            return Ok(());
        }
        let forbidden = |why| Err(ApiError::forbidden(object.kind.names(), object.name(), why));
        if old.status::<PersistentVolumeClaimStatus>().phase.as_deref() != Some("Bound") {
            return forbidden("Only bound persistent volume claims can be expanded");
        }
        let class = persistent_volume_claim::class(object).filter(|name| !name.is_empty());
        let class = class.and_then(|name| cx.read.get(kinds::STORAGE_CLASS, "", name));
        if !class.is_some_and(storage_class::expands) {
            return forbidden(
                "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
            );
        }
        Ok(())
    }
}

fn wanted(claim: &Object) -> Quantity {
    let spec = claim.spec::<PersistentVolumeClaimSpec>();
    let amount = spec.resources.as_ref().and_then(|r| r.requests.as_ref()).and_then(|all| all.get("storage"));
    amount.and_then(|amount| Quantity::parse(&amount.0).ok()).unwrap_or(Quantity::ZERO)
}
