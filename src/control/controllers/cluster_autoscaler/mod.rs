//! Rents machines when pods find no node with room, and gives back those that nobody needs.
//!
//! Models: `cluster-autoscaler/core/static_autoscaler.go`.
//! Left out: several node groups and expanders, back-off after failed orders, GPUs; it runs outside of the cluster, as
//! clouds run it, so it has no pod and no lease.

mod down;
mod status;
mod up;

use crate::api::{ApiError, Object, kinds};
use crate::control::{Again, Controller, Cx};
use crate::node::Machine;
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::core::v1::{NodeSpec, Taint};

pub struct ClusterAutoscaler;

/// How often it looks (`--scan-interval`).
const SCAN: Span = Span::seconds(10);
/// What it calls its one group of machines.
const GROUP: &str = "workers";
/// Its own keys: the loop, and machines that are on their way.
const LOOP: &str = "cluster-autoscaler/loop";
const MACHINE: &str = "cluster-autoscaler/machine";

impl Controller for ClusterAutoscaler {
    fn name(&self) -> &'static str {
        "cluster-autoscaler"
    }

    fn keys(&self, _change: &Change<Object>, _read: crate::api::Reader<'_>) -> Vec<Key> {
        vec![]
    }

    fn start(&self, _node: Option<&str>, _read: crate::api::Reader<'_>) -> Vec<Key> {
        vec![Key::new(LOOP, "", GROUP)]
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(group) = cx.machines.cloud.group else { return Ok(Again::OnChange) };
        let now = cx.now;
        cx.machines.cloud.arrive(now);
        if key.resource == MACHINE {
            return Ok(Again::OnChange);
        }
        let told = status::ensure(cx)?;
        if !up::scale(group, &told, cx)? {
            down::scale(group, &told, cx)?;
        }
        status::write(group, cx)?;
        Ok(Again::After(SCAN))
    }
}

/// The machines of the group that are there or on their way.
fn size(cx: &Cx<'_>) -> u32 {
    let there = cx.machines.nodes.values().filter(|machine| !machine.control_plane).count();
    (there + cx.machines.cloud.ordered.len() + cx.machines.cloud.news.len()) as u32
}

/// The nodes of the group.
fn nodes(cx: &Cx<'_>) -> Vec<Object> {
    let workers = cx.machines.nodes.values().filter(|machine| !machine.control_plane);
    workers.filter_map(|machine: &Machine| cx.read().get(kinds::NODE, "", &machine.name).cloned()).collect()
}

/// Taints of its own.
const DELETED: &str = "ToBeDeletedByClusterAutoscaler";
const CANDIDATE: &str = "DeletionCandidateOfClusterAutoscaler";

fn taint<'a>(node: &'a Object, key: &str) -> Option<&'a Taint> {
    node.spec::<NodeSpec>().taints.iter().flatten().find(|taint| taint.key == key)
}

/// Whether a pod is a daemon's, which comes with every node and leaves with it, or the node's own.
fn stays_behind(pod: &Object) -> bool {
    pod.controller().is_some_and(|owner| matches!(owner.kind.as_str(), "DaemonSet" | "Node"))
}
