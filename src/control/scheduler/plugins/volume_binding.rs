//! The claims of a pod must exist, and those of the immediate kind must be bound.
//!
//! Models: `pkg/scheduler/framework/plugins/volumebinding`.
//! Left out: choosing volumes by topology, capacity.

use super::{Cycle, Plugin, Refused, Stage};
use crate::api::kinds;

pub struct VolumeBinding;

impl Plugin for VolumeBinding {
    fn name(&self) -> &'static str {
        "VolumeBinding"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let kind = kinds::find("persistentvolumeclaims");
        for volume in cycle.spec.volumes.iter().flatten() {
            let Some(claim) = &volume.persistent_volume_claim else { continue };
            let there = kind.and_then(|kind| cycle.read.get(kind, cycle.pod.namespace(), &claim.claim_name));
            if there.is_none() {
                let reason = format!("persistentvolumeclaim \"{}\" not found", claim.claim_name);
                return Err(Refused { reason, afterwards: Some("not found".into()) });
            }
        }
        Ok(None)
    }
}
