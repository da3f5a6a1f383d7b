//! One volume: what phase it is in, and what becomes of it when its claim is gone.
//!
//! Models: `syncVolume`, `unbindVolume` of `pkg/controller/volume/persistentvolume/pv_controller.go`.

use super::{RESYNC, claim_of, reclaim};
use crate::api::kinds::persistent_volume_claim;
use crate::api::{ApiError, Object};
use crate::control::storage::{BOUND_BY_CONTROLLER, PROVISIONED_BY, annotated, same_mode};
use crate::control::{Again, Cx, EventType};
use crate::time::Span;
use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, PersistentVolumeSpec, PersistentVolumeStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

pub fn sync(mut volume: Object, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    if let Some(changed) = reclaim::finalizers(&volume) {
        volume = cx.update(changed)?;
    }
    let spec = volume.spec::<PersistentVolumeSpec>();
    let uid = spec.claim_ref.as_ref().and_then(|r| r.uid.clone()).unwrap_or_default();
    let Some(key) = claim_of(&volume).filter(|_| !uid.is_empty()) else {
        phase(volume, "Available", "", cx)?;
        return Ok(Again::OnChange);
    };
    let claim = cx.read().by_key(&key).filter(|claim| claim.uid() == uid).cloned();
    let Some(claim) = claim else { return released(volume, cx) };
    let wanted = claim.spec::<PersistentVolumeClaimSpec>();
    match persistent_volume_claim::volume(wanted) {
        "" if !same_mode(wanted, spec) => mismatch(&volume, &claim, cx),
        // The claim's own look completes the binding.
        "" => cx.wake(key, Span::millis(1)),
        name if name == volume.name() => drop(phase(volume, "Bound", "", cx)?),
        _ if annotated(&volume, PROVISIONED_BY).is_some()
            && spec.persistent_volume_reclaim_policy.as_deref() == Some("Delete") =>
        {
            return released(volume, cx);
        }
        _ => unbind(volume, cx)?,
    }
    Ok(Again::OnChange)
}

fn mismatch(volume: &Object, claim: &Object, cx: &mut Cx<'_>) {
    let text = format!(
        "Cannot bind PersistentVolume to requested PersistentVolumeClaim \"{}\" due to incompatible volumeMode.",
        claim.name()
    );
    cx.event(volume, EventType::Warning, "VolumeMismatch", text);
    let text = format!(
        "Cannot bind PersistentVolume \"{}\" to requested PersistentVolumeClaim due to incompatible volumeMode.",
        volume.name()
    );
    cx.event(claim, EventType::Warning, "VolumeMismatch", text);
}

/// The claim is gone, or has another volume.
fn released(mut volume: Object, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let now = volume.status::<PersistentVolumeStatus>().phase.clone().unwrap_or_default();
    if now != "Released" && now != "Failed" {
        volume = phase(volume, "Released", "", cx)?;
    }
    match reclaim::reclaim(volume, cx)? {
        true => Ok(Again::OnChange),
        false => Ok(Again::After(RESYNC)),
    }
}

/// Takes back a binding that the claim did not answer.
fn unbind(mut volume: Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    if annotated(&volume, BOUND_BY_CONTROLLER).is_some() {
        volume.spec_mut::<PersistentVolumeSpec>().claim_ref = None;
        let annotations = &mut volume.meta_mut().annotations;
        if let Some(all) = annotations {
            all.remove(BOUND_BY_CONTROLLER);
        }
        *annotations = annotations.take().filter(|all| !all.is_empty());
    } else if let Some(reference) = &mut volume.spec_mut::<PersistentVolumeSpec>().claim_ref {
        reference.uid = None;
    }
    let volume = cx.update(volume)?;
    phase(volume, "Available", "", cx).map(drop)
}

/// Writes the phase of a volume, if it is news.
pub fn phase(mut volume: Object, phase: &str, message: &str, cx: &mut Cx<'_>) -> Result<Object, ApiError> {
    if volume.status::<PersistentVolumeStatus>().phase.as_deref() == Some(phase) {
        return Ok(volume);
    }
    let now = MetaTime(cx.now.timestamp());
    let status = volume.status_mut::<PersistentVolumeStatus>();
    status.phase = Some(phase.into());
    status.message = (!message.is_empty()).then(|| message.into());
    status.last_phase_transition_time = Some(now);
    cx.update_status(volume)
}
