//! A driver attaches only so many volumes to a node, as its CSINode says.
//!
//! Models: `pkg/scheduler/framework/plugins/nodevolumelimits/csi.go`.
//! Left out: volumes of cloud providers that were moved to drivers, limits that grow with the node.

use super::{Cycle, Plugin, Refused, Stage, Verdict};
use crate::api::kinds::{self, persistent_volume_claim, plain, rare};
use crate::api::{Object, Reader};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;
use crate::control::storage;
use k8s_openapi::api::core::v1::PersistentVolumeSpec;
use k8s_openapi::api::storage::v1::StorageClass;
use std::collections::{BTreeMap, BTreeSet};

pub struct VolumeLimits;

/// The volumes that the pod brings: driver and handle.
struct Work<'a> {
    read: Reader<'a>,
    brings: BTreeSet<(String, String)>,
}

/// The volumes of a pod that a driver attaches.
fn volumes(pod: &Object, read: Reader<'_>) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for (name, _) in storage::claims_of(pod) {
        let Some(claim) = read.get(kinds::PERSISTENT_VOLUME_CLAIM, pod.namespace(), &name) else { continue };
        let volume = read.get(kinds::PERSISTENT_VOLUME, "", persistent_volume_claim::volume(claim.spec()));
        if let Some(volume) = volume {
            let source = volume.spec::<PersistentVolumeSpec>().csi.as_ref();
            all.extend(source.map(|csi| (csi.driver.clone(), csi.volume_handle.clone())));
        } else if let Some(class) = storage::class_of(claim, read) {
            // Not made yet: it will come from the driver of its class.
            let driver = class.spec::<StorageClass>().provisioner.clone();
            all.insert((driver, format!("{}/{name}", pod.namespace())));
        }
    }
    all
}

/// How many volumes each driver attaches to a node, where it says so.
fn limits(node: &Object) -> BTreeMap<&str, i64> {
    let drivers = plain::at(node, &["spec", "drivers"]).and_then(|drivers| drivers.as_array());
    let limit = |driver: &'_ serde_json::Value| driver["allocatable"]["count"].as_i64();
    drivers.into_iter().flatten().filter_map(|driver| Some((driver["name"].as_str()?, limit(driver)?))).collect()
}

impl Plugin for VolumeLimits {
    fn name(&self) -> &'static str {
        "NodeVolumeLimits"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        if storage::claims_of(cycle.pod).next().is_none() {
            return Ok(None);
        }
        let (read, brings) = (cycle.read, volumes(cycle.pod, cycle.read));
        Ok((!brings.is_empty()).then(|| Box::new(Work { read, brings }) as Box<dyn Stage + 'a>))
    }

    fn hint(&self, news: &News, pod: &Object, _read: Reader<'_>) -> bool {
        let grew = || match (&news.old, &news.new) {
            (Some(old), Some(new)) => limits(new).iter().any(|(driver, count)| limits(old).get(driver) < Some(count)),
            _ => true,
        };
        news.key.resource == "csinodes.storage.k8s.io" && grew()
            || news.gone().is_some_and(|gone| storage::claims_of(gone).next().is_some())
            || news.claim_of(pod) && news.old.is_none()
    }
}

impl Stage for Work<'_> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let Some(csi) = self.read.get(&rare::CSI_NODE, "", node.name()) else { return Verdict::Fits };
        let limits = limits(csi);
        if !self.brings.iter().any(|(driver, _)| limits.contains_key(driver.as_str())) {
            return Verdict::Fits;
        }
        let there: BTreeSet<_> = node.pods.values().flat_map(|pod| volumes(pod, self.read)).collect();
        let full = limits.iter().any(|(driver, limit)| {
            let of = |volumes: &mut dyn Iterator<Item = &(String, String)>| volumes.filter(|v| v.0 == *driver).count();
            let new = of(&mut self.brings.difference(&there));
            new > 0 && (of(&mut there.iter()) + new) as i64 > *limit
        });
        if full { Verdict::not_now("node(s) exceed max volume count") } else { Verdict::Fits }
    }
}
