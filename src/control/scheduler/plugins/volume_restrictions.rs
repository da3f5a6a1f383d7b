//! A claim for one pod alone is not given to a second pod.
//!
//! Models: `pkg/scheduler/framework/plugins/volumerestrictions`.
//! Left out: disks of cloud providers that only one pod may mount.

use super::{Cycle, Plugin, Refused, Stage, Verdict};
use crate::api::kinds;
use crate::control::scheduler::cache::NodeInfo;
use crate::control::{pods, storage};
use k8s_openapi::api::core::v1::PersistentVolumeClaimSpec;

pub struct VolumeRestrictions;

struct Taken;

impl Plugin for VolumeRestrictions {
    fn name(&self) -> &'static str {
        "VolumeRestrictions"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let namespace = cycle.pod.namespace();
        for (name, own) in storage::claims_of(cycle.pod) {
            let Some(claim) = cycle.read.get(kinds::PERSISTENT_VOLUME_CLAIM, namespace, &name).filter(|_| !own) else {
                continue;
            };
            let modes = claim.spec::<PersistentVolumeClaimSpec>().access_modes.iter().flatten();
            if !modes.into_iter().any(|mode| mode == "ReadWriteOncePod") {
                continue;
            }
            let mut users = storage::users(namespace, claim.name(), cycle.read);
            if users.any(|pod| pods::node(pod).is_some() && !pods::is_terminal(pod)) {
                return Ok(Some(Box::new(Taken)));
            }
        }
        Ok(None)
    }
}

impl Stage for Taken {
    fn filter(&self, _node: &NodeInfo) -> Verdict {
        Verdict::not_now("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode")
    }
}
