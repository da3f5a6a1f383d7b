//! The plug-ins of the default profile: one file each, one line here, in the order in which they filter.
//!
//! Models: `pkg/scheduler/framework/plugins`, `pkg/scheduler/apis/config/v1/default_plugins.go`.
//! Left out: NodeVolumeLimits, DynamicResources.

mod balanced_allocation;
mod image_locality;
mod inter_pod_affinity;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_unschedulable;
mod resources_fit;
mod taint_toleration;
mod topology_spread;
mod volume_binding;
mod volume_restrictions;
mod volume_zone;

use super::cache::{Cache, NodeInfo};
use super::select::preemption;
use crate::api::{Object, Reader};
use k8s_openapi::api::core::v1::PodSpec;
use std::rc::Rc;

pub use inter_pod_affinity::hint as affinity_hint;
pub use node_affinity::{matches_required, matches_terms};
pub use taint_toleration::tolerates;
pub use topology_spread::hint as spread_hint;
pub use volume_binding::{Step, steps as volume_steps};

pub static ALL: &[&dyn Plugin] = &[
    &node_unschedulable::NodeUnschedulable,
    &node_name::NodeName,
    &taint_toleration::TaintToleration,
    &node_affinity::NodeAffinity,
    &node_ports::NodePorts,
    &resources_fit::ResourcesFit,
    &volume_restrictions::VolumeRestrictions,
    &volume_binding::VolumeBinding,
    &volume_zone::VolumeZone,
    &topology_spread::TopologySpread,
    &inter_pod_affinity::InterPodAffinity,
    &balanced_allocation::BalancedAllocation,
    &image_locality::ImageLocality,
];

/// The best score of a plug-in.
pub const BEST: i64 = 100;

/// One pod on its way through the plug-ins.
pub struct Cycle<'a> {
    pub pod: &'a Object,
    pub spec: &'a PodSpec,
    pub read: Reader<'a>,
    pub cache: &'a mut Cache,
}

impl<'a> Cycle<'a> {
    pub fn new(pod: &'a Object, read: Reader<'a>, cache: &'a mut Rc<Cache>) -> Self {
        Cycle { pod, spec: pod.spec(), read, cache: Rc::make_mut(cache) }
    }
}

/// What a filter says of a node.
pub enum Verdict {
    Fits,
    /// `resolvable`: evicting pods of the node could help.
    No {
        reasons: Vec<String>,
        resolvable: bool,
    },
    /// The pod names its nodes, and this is none of them.
    NeverMeant,
}

impl Verdict {
    fn never(reason: &str) -> Verdict {
        Verdict::No { reasons: vec![reason.into()], resolvable: false }
    }

    fn not_now(reason: &str) -> Verdict {
        Verdict::No { reasons: vec![reason.into()], resolvable: true }
    }
}

/// A pod that no node can take, whatever the nodes.
pub struct Refused {
    pub reason: String,
    /// What the last resort answered, when it is not about nodes.
    pub afterwards: Option<String>,
}

impl Refused {
    pub fn afterwards(&self, nodes: usize) -> String {
        self.afterwards.clone().unwrap_or_else(|| preemption(nodes, 0))
    }
}

pub trait Plugin: Sync {
    /// Its real name.
    fn name(&self) -> &'static str;

    /// How much its score counts; 0 when it does not score.
    fn weight(&self) -> i64 {
        0
    }

    /// Prepares for one pod; `None` when it has nothing to say about this one.
    ///
    /// # Errors
    /// When no node can take the pod.
    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused>;
}

/// A plug-in at work for one pod.
pub trait Stage {
    fn filter(&self, _node: &NodeInfo) -> Verdict {
        Verdict::Fits
    }

    /// Before scoring; false when it does not score this pod.
    fn prepare(&mut self, _feasible: &[&NodeInfo]) -> bool {
        false
    }

    fn score(&self, _node: &NodeInfo) -> i64 {
        0
    }

    /// Brings raw scores to 0..=100.
    fn normalize(&self, _scores: &mut [i64], _nodes: &[&NodeInfo]) {}
}

/// In proportion to the highest; `reverse` when less is better.
fn normalize_by_highest(scores: &mut [i64], reverse: bool) {
    let highest = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        let share = if highest == 0 { 0 } else { *score * BEST / highest };
        *score = if reverse { BEST - share } else { share };
    }
}
