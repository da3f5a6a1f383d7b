//! A claim for one pod alone is not given to a second pod.
//!
//! Models: `pkg/scheduler/framework/plugins/volumerestrictions`.
//! Left out: disks of cloud providers that only one pod may mount.

use super::{Cycle, Plugin, Refused, Stage, Verdict};
use crate::api::{Object, Reader, kinds};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;
use crate::control::{pods, storage};
use k8s_openapi::api::core::v1::PersistentVolumeClaimSpec;

pub struct VolumeRestrictions;

/// The claims for one pod alone, and how many uses of them there are.
struct Taken {
    namespace: String,
    claims: Vec<String>,
    uses: i64,
}

/// The claims of a pod that it must have for itself.
fn alone(pod: &Object, read: Reader<'_>) -> Vec<String> {
    let mut all = vec![];
    for (name, own) in storage::claims_of(pod) {
        let Some(claim) = read.get(kinds::PERSISTENT_VOLUME_CLAIM, pod.namespace(), &name).filter(|_| !own) else {
            continue;
        };
        let mut modes = claim.spec::<PersistentVolumeClaimSpec>().access_modes.iter().flatten();
        if modes.any(|mode| mode == "ReadWriteOncePod") {
            all.push(name);
        }
    }
    all
}

fn uses(pod: &Object, claims: &[String]) -> i64 {
    claims.iter().filter(|claim| storage::claims_of(pod).any(|(name, _)| name == **claim)).count() as i64
}

impl Plugin for VolumeRestrictions {
    fn name(&self) -> &'static str {
        "VolumeRestrictions"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let claims = alone(cycle.pod, cycle.read);
        if claims.is_empty() {
            return Ok(None);
        }
        let namespace = cycle.pod.namespace().to_string();
        let placed = |pod: &&Object| pods::node(pod).is_some() && !pods::is_terminal(pod);
        let others = cycle.read.list(kinds::POD, Some(cycle.pod.namespace())).filter(placed);
        // A claim counts once, however many pods have it.
        let mut taken: Vec<&str> = others
            .flat_map(|pod| claims.iter().filter(|claim| uses(pod, std::slice::from_ref(*claim)) > 0))
            .map(String::as_str)
            .collect();
        taken.sort_unstable();
        taken.dedup();
        let uses = taken.len() as i64;
        Ok((uses > 0).then(|| Box::new(Taken { namespace, claims, uses }) as Box<dyn Stage>))
    }

    fn hint(&self, news: &News, pod: &Object, read: Reader<'_>) -> bool {
        let same = |gone: &Object| gone.namespace() == pod.namespace() && uses(gone, &alone(pod, read)) > 0;
        news.new_node().is_some() || news.claim_of(pod) && news.old.is_none() || news.gone().is_some_and(same)
    }
}

impl Stage for Taken {
    fn filter(&self, _node: &NodeInfo) -> Verdict {
        if self.uses <= 0 {
            return Verdict::Fits;
        }
        Verdict::not_now("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode")
    }

    fn change(&mut self, other: &Object, _node: &NodeInfo, by: i64) {
        if other.namespace() == self.namespace {
            self.uses += by * uses(other, &self.claims);
        }
    }
}
