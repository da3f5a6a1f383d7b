//! The plug-ins of the default profile: one file each, one line here, in the order in which they filter.
//!
//! Models: `pkg/scheduler/framework/plugins`, `pkg/scheduler/apis/config/v1/default_plugins.go`.
//! Left out: DynamicResources, NodeDeclaredFeatures.

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
mod volume_limits;
mod volume_restrictions;
mod volume_zone;

use super::cache::{Cache, NodeInfo};
use super::news::News;
use crate::api::{Object, Reader};
use k8s_openapi::api::core::v1::PodSpec;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

pub use node_affinity::{matches_required, matches_terms};
pub use taint_toleration::tolerates;
pub use volume_binding::{Step, steps as volume_steps};

pub static ALL: &[&dyn Plugin] = &[
    &node_unschedulable::NodeUnschedulable,
    &node_name::NodeName,
    &taint_toleration::TaintToleration,
    &node_affinity::NodeAffinity,
    &node_ports::NodePorts,
    &resources_fit::ResourcesFit,
    &volume_restrictions::VolumeRestrictions,
    &volume_limits::VolumeLimits,
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
    /// The only nodes to look at, and the plug-in that said so.
    pub only: Option<(&'static str, BTreeSet<String>)>,
}

impl<'a> Cycle<'a> {
    pub fn new(pod: &'a Object, read: Reader<'a>, cache: &'a mut Rc<Cache>) -> Self {
        Cycle { pod, spec: pod.spec(), read, cache: Rc::make_mut(cache), only: None }
    }
}

/// What a filter says of a node.
pub enum Verdict {
    Fits,
    /// `resolvable`: evicting pods of the node could help.
    No {
        reasons: Vec<Cow<'static, str>>,
        resolvable: bool,
    },
}

impl Verdict {
    fn never(reason: &'static str) -> Verdict {
        Verdict::No { reasons: vec![reason.into()], resolvable: false }
    }

    fn not_now(reason: &'static str) -> Verdict {
        Verdict::No { reasons: vec![reason.into()], resolvable: true }
    }
}

/// A pod that no node can take, whatever the nodes.
pub struct Refused {
    pub reason: String,
    /// What the last resort answered, when it is not about nodes.
    pub afterwards: Option<&'static str>,
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

    /// Whether this plug-in listens to news of this sort at all; asked once, before the pods are gone through.
    fn hears(&self, _news: &News) -> bool {
        true
    }

    /// Whether something that happened may let a pod pass that this plug-in refused: its queueing hint.
    fn hint(&self, _news: &News, _pod: &Object, _read: Reader<'_>) -> bool {
        false
    }
}

/// A plug-in at work for one pod.
pub trait Stage {
    fn filter(&self, _node: &NodeInfo) -> Verdict {
        Verdict::Fits
    }

    /// A pod comes to a node (1) or goes (-1), for the sake of the argument.
    fn change(&mut self, _other: &Object, _node: &NodeInfo, _by: i64) {}

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
