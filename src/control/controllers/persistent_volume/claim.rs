//! One claim: find it a volume, have one made, or see that it keeps the one it has.
//!
//! Models: `syncUnboundClaim`, `syncBoundClaim`, `bind` of `pkg/controller/volume/persistentvolume/pv_controller.go`.

use super::{RESYNC, provision, volume as volumes};
use crate::api::kinds::{self, persistent_volume, persistent_volume_claim, storage_class};
use crate::api::{ApiError, Object};
use crate::control::storage::{
    BIND_COMPLETED, BOUND_BY_CONTROLLER, SELECTED_NODE, accessible, amount, annotate, annotated, best, delayed,
    meant_for, reference, request, same_attributes, same_mode, users,
};
use crate::control::{Again, Cx, EventType, pods};
use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, PersistentVolumeClaimStatus, PersistentVolumeSpec};

pub fn sync(claim: Object, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    match annotated(&claim, BIND_COMPLETED) {
        Some(_) => bound(claim, cx).map(|()| Again::OnChange),
        None => unbound(claim, cx),
    }
}

fn unbound(claim: Object, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let name = persistent_volume_claim::volume(claim.spec()).to_owned();
    if !name.is_empty() {
        return wanted(claim, &name, cx);
    }
    let waits = delayed(&claim, cx.read());
    if let Some(volume) = best(&claim, None, &[], waits, cx.read()).cloned() {
        return bind(volume, claim, cx).map(|()| Again::OnChange);
    }
    let class = persistent_volume_claim::class(&claim).map(str::to_owned);
    let defaults =
        cx.read().list(kinds::STORAGE_CLASS, None).filter(|one| class.is_none() && storage_class::is_default(one));
    // Of several the newest.
    let newest = |class: &&Object| (std::cmp::Reverse(class.created()), class.name().to_owned());
    let default = defaults.min_by_key(newest).map(|class| class.name().to_owned());
    if let Some(default) = default {
        let mut claim = claim;
        claim.spec_mut::<PersistentVolumeClaimSpec>().storage_class_name = Some(default);
        return cx.update(claim).map(|_| Again::OnChange);
    }
    if waits && annotated(&claim, SELECTED_NODE).is_none() {
        wait(&claim, cx);
    } else if class.is_some_and(|class| !class.is_empty()) {
        provision::provision(&claim, cx)?;
        return Ok(Again::After(RESYNC));
    } else {
        let text = "no persistent volumes available for this claim and no storage class is set";
        cx.event(&claim, EventType::Normal, "FailedBinding", text);
    }
    phase(claim, "Pending", None, cx)?;
    Ok(Again::After(RESYNC))
}

/// Says on whom the claim waits.
fn wait(claim: &Object, cx: &mut Cx<'_>) {
    let waiting = users(claim.namespace(), claim.name(), cx.read());
    let names: Vec<&str> =
        waiting.filter(|pod| pods::node(pod).is_none() && !pods::is_terminal(pod)).map(Object::name).collect();
    let (reason, text) = match names.as_slice() {
        [] => ("WaitForFirstConsumer", "waiting for first consumer to be created before binding".to_owned()),
        [one] => ("WaitForPodScheduled", format!("waiting for pod {one} to be scheduled")),
        many => ("WaitForPodScheduled", format!("waiting for pods {} to be scheduled", many.join(","))),
    };
    cx.event(claim, EventType::Normal, reason, text);
}

/// The claim names its volume.
fn wanted(claim: Object, name: &str, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let Some(volume) = cx.read().get(kinds::PERSISTENT_VOLUME, "", name).cloned() else {
        phase(claim, "Pending", None, cx)?;
        return Ok(Again::After(RESYNC));
    };
    let free = volume.spec::<PersistentVolumeSpec>().claim_ref.is_none();
    if free {
        if let Some(why) = misfit(&volume, &claim) {
            let text = format!("Cannot bind to requested volume \"{name}\": {why}");
            cx.event(&claim, EventType::Warning, "VolumeMismatch", text);
            phase(claim, "Pending", None, cx)?;
            return Ok(Again::After(RESYNC));
        }
    } else if !meant_for(&volume, &claim) {
        if annotated(&claim, BOUND_BY_CONTROLLER).is_none() {
            let text = format!("volume \"{name}\" already bound to a different claim.");
            cx.event(&claim, EventType::Warning, "FailedBinding", text);
            phase(claim, "Pending", None, cx)?;
        }
        return Ok(Again::After(RESYNC));
    }
    bind(volume, claim, cx).map(|()| Again::OnChange)
}

/// Why a volume that a claim names does not satisfy it.
fn misfit(volume: &Object, claim: &Object) -> Option<&'static str> {
    let (spec, wanted) = (volume.spec::<PersistentVolumeSpec>(), claim.spec::<PersistentVolumeClaimSpec>());
    if volume.deleting() {
        Some("the volume is marked for deletion")
    } else if amount(spec.capacity.as_ref()) < request(wanted) {
        Some("requested PV is too small")
    } else if persistent_volume::class(volume) != persistent_volume_claim::class(claim).unwrap_or("") {
        Some("storageClassName does not match")
    } else if !same_mode(wanted, spec) {
        Some("incompatible volumeMode")
    } else if !accessible(wanted, spec) {
        Some("incompatible accessMode")
    } else if !same_attributes(wanted, spec) {
        Some("volumeAttributesClassName does not match")
    } else {
        None
    }
}

/// A claim that was bound once.
fn bound(claim: Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let name = persistent_volume_claim::volume(claim.spec());
    if name.is_empty() {
        let text = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!";
        return lost(claim, "ClaimLost", text, cx);
    }
    let Some(volume) = cx.read().get(kinds::PERSISTENT_VOLUME, "", name).cloned() else {
        let text = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
        return lost(claim, "ClaimLost", text, cx);
    };
    let reference = volume.spec::<PersistentVolumeSpec>().claim_ref.as_ref();
    if reference.is_none_or(|reference| reference.uid.as_deref() == Some(claim.uid())) {
        return bind(volume, claim, cx);
    }
    let text = "Two claims are bound to the same volume, this one is bound incorrectly";
    lost(claim, "ClaimMisbound", text, cx)
}

fn lost(claim: Object, reason: &str, text: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let news = claim.status::<PersistentVolumeClaimStatus>().phase.as_deref() != Some("Lost");
    let claim = phase(claim, "Lost", None, cx)?;
    if news {
        cx.event(&claim, EventType::Warning, reason, text);
    }
    Ok(())
}

/// Ties a volume and a claim together, each step written only where it is still missing.
fn bind(mut volume: Object, mut claim: Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let tied = volume.spec::<PersistentVolumeSpec>().claim_ref.as_ref().and_then(|r| r.uid.as_deref());
    if tied != Some(claim.uid()) {
        if !meant_for(&volume, &claim) {
            annotate(&mut volume, BOUND_BY_CONTROLLER, "yes");
        }
        volume.spec_mut::<PersistentVolumeSpec>().claim_ref = Some(reference(&claim));
        volume = cx.update(volume)?;
    }
    volume = volumes::phase(volume, "Bound", "", cx)?;
    let mut changed = false;
    if persistent_volume_claim::volume(claim.spec()) != volume.name() {
        claim.spec_mut::<PersistentVolumeClaimSpec>().volume_name = Some(volume.name().into());
        annotate(&mut claim, BOUND_BY_CONTROLLER, "yes");
        changed = true;
    }
    if annotate(&mut claim, BIND_COMPLETED, "yes") || changed {
        claim = cx.update(claim)?;
    }
    phase(claim, "Bound", Some(&volume), cx).map(drop)
}

/// Writes the status of a claim, if it is news.
fn phase(mut claim: Object, phase: &str, volume: Option<&Object>, cx: &mut Cx<'_>) -> Result<Object, ApiError> {
    let was = claim.status::<PersistentVolumeClaimStatus>().clone();
    let mut now = was.clone();
    now.phase = Some(phase.into());
    let spec = volume.map(|volume| volume.spec::<PersistentVolumeSpec>());
    now.access_modes = spec.and_then(|spec| spec.access_modes.clone());
    now.current_volume_attributes_class_name = spec.and_then(|spec| spec.volume_attributes_class_name.clone());
    if spec.is_none() {
        now.capacity = None;
    } else if was.phase.as_deref() != Some(phase) {
        now.capacity = spec.and_then(|spec| spec.capacity.clone());
    }
    if now == was {
        return Ok(claim);
    }
    *claim.status_mut::<PersistentVolumeClaimStatus>() = now;
    cx.update_status(claim)
}
