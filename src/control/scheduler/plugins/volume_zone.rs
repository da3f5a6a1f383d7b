//! A volume with the label of a zone can be used in that zone only.
//!
//! Models: `pkg/scheduler/framework/plugins/volumezone`.
//! Left out: classes that wait for the first consumer and have no volume yet (they come with affinity).

use super::{Cycle, Plugin, Refused, Stage, Verdict};
use crate::api::kinds::{self, persistent_volume_claim};
use crate::api::{Object, Reader};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;
use crate::control::storage;

pub struct VolumeZone;

const LABELS: [(&str, &str); 4] = [
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"),
    ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"),
];

/// Label, its other name, and the values that are allowed.
struct Work(Vec<(&'static str, &'static str, Vec<String>)>);

impl Plugin for VolumeZone {
    fn name(&self) -> &'static str {
        "VolumeZone"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let mut rules = vec![];
        for (name, _) in storage::claims_of(cycle.pod) {
            let claim = cycle.read.get(kinds::PERSISTENT_VOLUME_CLAIM, cycle.pod.namespace(), &name);
            let Some(volume) = claim.map(|claim| persistent_volume_claim::volume(claim.spec())) else { continue };
            let Some(volume) = cycle.read.get(kinds::PERSISTENT_VOLUME, "", volume) else { continue };
            for (label, other) in LABELS {
                if let Some(value) = volume.labels().get(label) {
                    rules.push((label, other, value.split("__").map(str::to_owned).collect()));
                }
            }
        }
        Ok((!rules.is_empty()).then(|| Box::new(Work(rules)) as Box<dyn Stage>))
    }

    fn hint(&self, news: &News, pod: &Object, _read: Reader<'_>) -> bool {
        let labels = |(old, new): (Option<&Object>, &Object)| old.is_none_or(|old| old.labels() != new.labels());
        matches!(news.key.resource, "persistentvolumes" | "storageclasses.storage.k8s.io")
            || news.claim_of(pod)
            || news.node().is_some_and(labels)
    }
}

impl Stage for Work {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let labels = node.labels();
        let known = |label: &str| LABELS.iter().any(|(key, _)| *key == label);
        if !labels.keys().any(|label| known(label)) {
            return Verdict::Fits;
        }
        let fits = self.0.iter().all(|(label, other, values)| {
            let value = labels.get(*label).or_else(|| labels.get(*other));
            value.is_some_and(|value| values.contains(value))
        });
        if fits { Verdict::Fits } else { Verdict::never("node(s) had no available volume zone") }
    }
}
