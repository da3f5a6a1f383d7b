//! Which volume fits which claim, and the annotations by which controllers, scheduler and provisioners talk about it.
//!
//! Models: `component-helpers/storage/volume/{helpers,pv_helpers}.go`.
//! Left out: changing the attributes of a volume (its driver would do it).

use super::scheduler;
use crate::api::kinds::{self, persistent_volume, persistent_volume_claim, storage_class};
use crate::api::selector::Selector;
use crate::api::{Object, Reader};
use crate::base::quantity::Quantity;
use k8s_openapi::api::core::v1::{
    ObjectReference, PersistentVolumeClaimSpec, PersistentVolumeSpec, PersistentVolumeStatus, PodSpec, Volume,
};
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Amount;
use std::collections::BTreeMap;

/// The binding is done; without its volume the claim is lost.
pub const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// The controller, not the user, bound this.
pub const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
pub const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// The scheduler's choice: the volume is to be made for this node.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
pub const PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";
pub const BETA_PROVISIONER: &str = "volume.beta.kubernetes.io/storage-provisioner";
/// A class whose volumes are made by hand.
pub const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// What a volume or claim says in an annotation.
pub fn annotated<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.annotations().get(key).map(String::as_str)
}

/// Writes an annotation; true when that changed anything.
pub fn annotate(object: &mut Object, key: &str, value: &str) -> bool {
    if annotated(object, key) == Some(value) {
        return false;
    }
    object.meta_mut().annotations.get_or_insert_default().insert(key.into(), value.into());
    true
}

pub fn amount(of: Option<&BTreeMap<String, Amount>>) -> Quantity {
    of.and_then(|all| all.get("storage")).and_then(|q| Quantity::parse(&q.0).ok()).unwrap_or(Quantity::ZERO)
}

/// How much a claim asks for.
pub fn request(claim: &PersistentVolumeClaimSpec) -> Quantity {
    amount(claim.resources.as_ref().and_then(|r| r.requests.as_ref()))
}

/// The class of a claim, if it names one that there is.
pub fn class_of<'a>(claim: &Object, read: Reader<'a>) -> Option<&'a Object> {
    let name = persistent_volume_claim::class(claim).filter(|name| !name.is_empty())?;
    read.get(kinds::STORAGE_CLASS, "", name)
}

/// Whether binding waits for a pod that uses the claim.
pub fn delayed(claim: &Object, read: Reader<'_>) -> bool {
    class_of(claim, read).is_some_and(|class| storage_class::waits(class.spec::<StorageClass>()))
}

/// Whether claim and volume have found each other for good.
pub fn fully_bound(claim: &Object) -> bool {
    !persistent_volume_claim::volume(claim.spec()).is_empty() && annotated(claim, BIND_COMPLETED).is_some()
}

/// Whether a volume is meant for a claim: by name, and by UID once it is bound.
pub fn meant_for(volume: &Object, claim: &Object) -> bool {
    volume.spec::<PersistentVolumeSpec>().claim_ref.as_ref().is_some_and(|reference| {
        reference.name.as_deref() == Some(claim.name())
            && reference.namespace.as_deref() == Some(claim.namespace())
            && reference.uid.as_deref().is_none_or(|uid| uid.is_empty() || uid == claim.uid())
    })
}

/// The claim that a volume names.
pub fn reference(claim: &Object) -> ObjectReference {
    ObjectReference {
        api_version: Some("v1".into()),
        kind: Some("PersistentVolumeClaim".into()),
        namespace: Some(claim.namespace().into()),
        name: Some(claim.name().into()),
        uid: Some(claim.uid().into()),
        resource_version: claim.meta.resource_version.clone(),
        field_path: None,
    }
}

/// Whether a pod on this node may use a volume.
pub fn reachable(volume: &PersistentVolumeSpec, node: &Object) -> bool {
    let required = volume.node_affinity.as_ref().and_then(|affinity| affinity.required.as_ref());
    required.is_none_or(|required| scheduler::matches_terms(&required.node_selector_terms, node))
}

fn mode(mode: Option<&String>) -> &str {
    mode.map_or("Filesystem", String::as_str)
}

pub fn same_mode(claim: &PersistentVolumeClaimSpec, volume: &PersistentVolumeSpec) -> bool {
    mode(claim.volume_mode.as_ref()) == mode(volume.volume_mode.as_ref())
}

/// Whether a volume has the attributes class that a claim asks for.
pub fn same_attributes(claim: &PersistentVolumeClaimSpec, volume: &PersistentVolumeSpec) -> bool {
    let name = |class: &Option<String>| class.clone().unwrap_or_default();
    name(&claim.volume_attributes_class_name) == name(&volume.volume_attributes_class_name)
}

/// Whether a volume has every access mode that a claim asks for.
pub fn accessible(claim: &PersistentVolumeClaimSpec, volume: &PersistentVolumeSpec) -> bool {
    let has = |mode: &String| volume.access_modes.iter().flatten().any(|m| m == mode);
    claim.access_modes.iter().flatten().all(has)
}

/// The best volume for a claim among all: the one that is meant for it, else the smallest of those that fit and have the
/// fewest access modes. With a node, as the scheduler looks; `wait`: the scheduler, not the controller, chooses.
pub fn best<'a>(
    claim: &Object,
    node: Option<&Object>,
    taken: &[&str],
    wait: bool,
    read: Reader<'a>,
) -> Option<&'a Object> {
    let wanted = claim.spec::<PersistentVolumeClaimSpec>();
    let size = request(wanted);
    let class = persistent_volume_claim::class(claim).unwrap_or("");
    let selector = wanted.selector.as_ref().map(|selector| Selector::of(Some(selector)));
    // The volume that was made for this claim has a name that tells.
    let own = read.get(kinds::PERSISTENT_VOLUME, "", &format!("pvc-{}", claim.uid()));
    if let Some(own) = own.filter(|own| meant_for(own, claim) && !own.deleting()) {
        let spec = own.spec::<PersistentVolumeSpec>();
        return node.is_none_or(|node| reachable(spec, node)).then_some(own);
    }
    let mut found: Option<(usize, Quantity, &Object)> = None;
    for volume in read.list(kinds::PERSISTENT_VOLUME, None) {
        let spec = volume.spec::<PersistentVolumeSpec>();
        let meant = meant_for(volume, claim);
        if (spec.claim_ref.is_some() && !meant) || taken.contains(&volume.name()) {
            continue;
        }
        let capacity = amount(spec.capacity.as_ref());
        if capacity < size || !same_mode(wanted, spec) || volume.deleting() || !accessible(wanted, spec) {
            continue;
        }
        if !same_attributes(wanted, spec) {
            continue;
        }
        let near = node.is_none_or(|node| reachable(spec, node));
        if meant {
            return near.then_some(volume);
        }
        let fits = near
            && !(node.is_none() && wait)
            && volume.status::<PersistentVolumeStatus>().phase.as_deref() == Some("Available")
            && selector.as_ref().is_none_or(|selector| selector.matches(volume.labels()))
            && persistent_volume::class(volume) == class;
        let modes = spec.access_modes.as_ref().map_or(0, Vec::len);
        if fits && found.as_ref().is_none_or(|(least, smallest, _)| (modes, &capacity) < (*least, smallest)) {
            found = Some((modes, capacity, volume));
        }
    }
    found.map(|(_, _, volume)| volume)
}

/// The claim behind a volume of a pod, and whether the pod itself owns it.
pub fn claim_name(pod: &str, volume: &Volume) -> Option<(String, bool)> {
    match (&volume.persistent_volume_claim, &volume.ephemeral) {
        (Some(source), _) => Some((source.claim_name.clone(), false)),
        (None, Some(_)) => Some((format!("{pod}-{}", volume.name), true)),
        (None, None) => None,
    }
}

/// Whether a claim was made for this very pod.
pub fn owned_by(claim: &Object, pod: &Object) -> bool {
    claim.controller().is_some_and(|owner| owner.uid == pod.uid())
}

/// The names of the claims of a pod.
pub fn claims_of(pod: &Object) -> impl Iterator<Item = (String, bool)> + '_ {
    let volumes = pod.spec::<PodSpec>().volumes.iter().flatten();
    volumes.filter_map(|volume| claim_name(pod.name(), volume))
}

/// The pods of a namespace that use a claim.
pub fn users<'a>(namespace: &'a str, claim: &'a str, read: Reader<'a>) -> impl Iterator<Item = &'a Object> + 'a {
    read.list(kinds::POD, Some(namespace)).filter(move |pod| claims_of(pod).any(|(name, _)| name == claim))
}
