//! Law: claims and volumes are bound to each other, or not at all.
//!
//! Models: `pkg/controller/volume/persistentvolume/pv_controller.go` (`syncClaim`, `syncVolume`).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::world::World;
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaimSpec, PersistentVolumeClaimStatus, PersistentVolumeSpec, PersistentVolumeStatus,
};

pub static LAW: Law = Law {
    name: "bindings-are-mutual",
    says: "A bound claim names a bound volume that names it, and a bound volume names a claim that names it.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for claim in read.list(kinds::PERSISTENT_VOLUME_CLAIM, None) {
        findings.at(claim, wrong_claim(claim, read));
    }
    for volume in read.list(kinds::PERSISTENT_VOLUME, None) {
        findings.at(volume, wrong_volume(volume, read));
    }
}

fn wrong_claim(claim: &Object, read: Reader<'_>) -> Option<String> {
    let name = claim.spec::<PersistentVolumeClaimSpec>().volume_name.as_deref().filter(|name| !name.is_empty());
    let phase = claim.status::<PersistentVolumeClaimStatus>().phase.as_deref().unwrap_or("");
    if phase != "Bound" {
        return None;
    }
    let Some(name) = name else { return Some("is Bound, but to nothing".into()) };
    let Some(volume) = read.get(kinds::PERSISTENT_VOLUME, "", name) else {
        return Some(format!("is Bound to {name}, which there is not"));
    };
    let back = volume.spec::<PersistentVolumeSpec>().claim_ref.as_ref().and_then(|claim| claim.uid.as_deref());
    (back != Some(claim.uid())).then(|| format!("is Bound to {name}, which is another's"))
}

fn wrong_volume(volume: &Object, read: Reader<'_>) -> Option<String> {
    let phase = volume.status::<PersistentVolumeStatus>().phase.as_deref().unwrap_or("");
    let Some(reference) = &volume.spec::<PersistentVolumeSpec>().claim_ref else {
        return (phase == "Bound").then(|| "is Bound, but to nothing".into());
    };
    let (namespace, name) = (reference.namespace.as_deref()?, reference.name.as_deref()?);
    let claim = read.get(kinds::PERSISTENT_VOLUME_CLAIM, namespace, name);
    let claim = claim.filter(|claim| Some(claim.uid()) == reference.uid.as_deref());
    match (phase, claim) {
        ("Bound", None) => Some(format!("is Bound to {namespace}/{name}, which there is not")),
        ("Bound", Some(claim)) => {
            let back = claim.spec::<PersistentVolumeClaimSpec>().volume_name.as_deref();
            (back != Some(volume.name())).then(|| format!("is Bound to {namespace}/{name}, which has {back:?}"))
        }
        _ => None,
    }
}
