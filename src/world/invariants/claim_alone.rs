//! Law: a claim that is ReadWriteOncePod is used by one pod at a time.
//!
//! Models: `pkg/scheduler/framework/plugins/volumerestrictions`; the kubelet mounts such a volume for one pod only.

use super::{Check, Findings, Law, Past};
use crate::api::{Object, kinds};
use crate::control::pods;
use crate::world::World;
use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, PodSpec};
use std::collections::BTreeMap;

pub static LAW: Law = Law {
    name: "one-pod-claims",
    says: "No two running pods use the same ReadWriteOncePod claim.",
    check: Check::Always(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    let alone = |claim: &&Object| {
        let modes = claim.spec::<PersistentVolumeClaimSpec>().access_modes.iter().flatten();
        modes.into_iter().any(|mode| mode == "ReadWriteOncePod")
    };
    let claims: Vec<&Object> = read.list(kinds::PERSISTENT_VOLUME_CLAIM, None).filter(alone).collect();
    if claims.is_empty() {
        return;
    }
    let mut used: BTreeMap<(&str, &str), &Object> = BTreeMap::new();
    for pod in read.list(kinds::POD, None).filter(|pod| pods::phase(pod) == "Running") {
        for volume in pod.spec::<PodSpec>().volumes.iter().flatten() {
            let Some(source) = &volume.persistent_volume_claim else { continue };
            let own = |claim: &&&Object| claim.namespace() == pod.namespace() && claim.name() == source.claim_name;
            let Some(claim) = claims.iter().find(own) else { continue };
            if let Some(other) = used.insert((claim.namespace(), claim.name()), pod) {
                findings.add(claim.key(), format!("{} and {} use it", other.key(), pod.key()));
            }
        }
    }
}
