//! What becomes of a released volume: kept, wiped, or deleted.
//!
//! Models: `reclaimVolume`, `deleteVolumeOperation`, `recycleVolumeOperation`, `modifyDeletionFinalizers` of
//! `pkg/controller/volume/persistentvolume`, `pkg/volume/hostpath` (deleter, recycler).
//! Left out: the pod that wipes a recycled volume (it is wiped at once, its events are told).

use super::volume::phase;
use crate::api::{ApiError, DeleteOptions, Object, kinds};
use crate::control::storage::{BOUND_BY_CONTROLLER, PROVISIONED_BY, annotated};
use crate::control::{Cx, EventType};
use k8s_openapi::api::core::v1::{PersistentVolumeSpec, PersistentVolumeStatus};

/// Keeps a volume that this controller made until its directory is gone.
pub const CONTROLLER_PROTECTION: &str = "kubernetes.io/pv-controller";

/// The volume with the finalizer that it should have, if it has not.
pub fn finalizers(volume: &Object) -> Option<Object> {
    annotated(volume, PROVISIONED_BY).filter(|by| *by == super::provision::HOST_PATH)?;
    let spec = volume.spec::<PersistentVolumeSpec>();
    let deletes = spec.persistent_volume_reclaim_policy.as_deref() == Some("Delete");
    let have = volume.meta.finalizers.as_deref().unwrap_or_default();
    let has = have.iter().any(|f| f == CONTROLLER_PROTECTION);
    if has == deletes || (deletes && volume.deleting()) {
        return None;
    }
    let mut volume = volume.clone();
    match deletes {
        true => volume.meta_mut().finalizers.get_or_insert_default().push(CONTROLLER_PROTECTION.into()),
        false => drop_finalizer(&mut volume),
    }
    Some(volume)
}

fn drop_finalizer(volume: &mut Object) {
    let finalizers = &mut volume.meta_mut().finalizers;
    if let Some(all) = finalizers {
        all.retain(|f| f != CONTROLLER_PROTECTION);
    }
    *finalizers = finalizers.take().filter(|all| !all.is_empty());
}

/// Deals with a released volume; false when it should be tried again.
pub fn reclaim(volume: Object, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
    let spec = volume.spec::<PersistentVolumeSpec>();
    match spec.persistent_volume_reclaim_policy.as_deref() {
        Some("Delete") => delete(volume, cx),
        Some("Recycle") => recycle(volume, cx),
        _ => Ok(true),
    }
}

fn delete(volume: Object, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
    let by = annotated(&volume, PROVISIONED_BY).unwrap_or("");
    if !by.is_empty() && !by.starts_with("kubernetes.io/") {
        // Its driver deletes it.
        return Ok(true);
    }
    let spec = volume.spec::<PersistentVolumeSpec>();
    let failure = match (&spec.host_path, by) {
        (Some(host), "" | super::provision::HOST_PATH)
            if !host.path.contains("/tmp/") || host.path.ends_with("/tmp/") =>
        {
            Some(format!("host_path deleter only supports /tmp/.+ but received provided {}", host.path))
        }
        (Some(host), "" | super::provision::HOST_PATH) => {
            let path = host.path.clone();
            cx.machines.nodes.values_mut().filter(|m| m.runtime.host.contains_key(&*path)).for_each(|machine| {
                machine.runtime().host.remove(&*path);
            });
            None
        }
        (None, "") if spec.csi.is_some() => return Ok(true),
        (_, "") => {
            let name = volume.name();
            Some(format!("error getting deleter volume plugin for volume \"{name}\": no volume plugin matched"))
        }
        (_, by) => Some(format!("no volume plugin matched name: {by}")),
    };
    if let Some(text) = failure {
        return fail(volume, "VolumeFailedDelete", &text, cx).map(|()| false);
    }
    let mut volume = volume;
    if volume.meta.finalizers.iter().flatten().any(|f| f == CONTROLLER_PROTECTION) {
        drop_finalizer(&mut volume);
        volume = cx.update(volume)?;
    }
    if !volume.deleting() {
        let name = volume.name().to_owned();
        cx.delete(kinds::PERSISTENT_VOLUME, "", &name, &DeleteOptions::default())?;
    }
    Ok(true)
}

/// Marks a volume as failed, and says so, once.
fn fail(volume: Object, reason: &str, text: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    if volume.status::<PersistentVolumeStatus>().phase.as_deref() == Some("Failed") {
        return Ok(());
    }
    let volume = phase(volume, "Failed", text, cx)?;
    cx.event(&volume, EventType::Warning, reason, text);
    Ok(())
}

fn recycle(mut volume: Object, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
    let spec = volume.spec::<PersistentVolumeSpec>();
    let Some(host) = &spec.host_path else {
        if spec.nfs.is_none() {
            return fail(volume, "VolumeFailedRecycle", "No recycler plugin found for the volume!", cx).map(|()| false);
        }
        return emptied(volume, cx);
    };
    let path = host.path.clone();
    cx.machines.nodes.values_mut().filter(|m| m.runtime.host.contains_key(&*path)).for_each(|machine| {
        machine.runtime().host.remove(&*path);
    });
    volume = cx.read().by_key(&volume.key()).cloned().unwrap_or(volume);
    emptied(volume, cx)
}

/// The volume is empty and free again.
fn emptied(mut volume: Object, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
    cx.event(&volume, EventType::Normal, "VolumeRecycled", "Volume recycled");
    let by_controller = annotated(&volume, BOUND_BY_CONTROLLER).is_some();
    let spec = volume.spec_mut::<PersistentVolumeSpec>();
    match (&mut spec.claim_ref, by_controller) {
        (Some(reference), false) => reference.uid = None,
        (reference, _) => *reference = None,
    }
    if let Some(all) = &mut volume.meta_mut().annotations {
        all.remove(BOUND_BY_CONTROLLER);
    }
    let volume = cx.update(volume)?;
    phase(volume, "Available", "", cx)?;
    Ok(true)
}
