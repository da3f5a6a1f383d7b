//! What happens in the cluster that may let a waiting pod go where it could not before.
//!
//! Models: `pkg/scheduler/framework/events.go`, `pkg/scheduler/eventhandlers.go`.
//! Left out: drivers, storage capacities, volume attachments, device claims.

use super::priority;
use crate::api::Object;
use crate::control::pods;
use crate::store::{Change, Key};
use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus, PodSpec, PodStatus};

/// One change, as the queueing hints of the plug-ins look at it. A pod that is bound comes, one that frees its place goes.
#[derive(Clone)]
pub struct News {
    pub key: Key,
    pub old: Option<Object>,
    pub new: Option<Object>,
    /// Only pods of this priority or less can be helped.
    pub at_most: Option<i32>,
}

impl News {
    /// `None` when the change can help nobody.
    pub fn of(change: &Change<Object>) -> Option<News> {
        let news = |old: Option<&Object>, new: Option<&Object>, at_most| {
            Some(News { key: change.key.clone(), old: old.cloned(), new: new.cloned(), at_most })
        };
        let (old, new) = (change.old.as_ref(), change.new.as_ref());
        match change.key.resource {
            "pods" => {
                let placed = |pod: &&Object| pods::node(pod).is_some() && !pods::is_terminal(pod);
                match (old.filter(placed), new.filter(placed)) {
                    (None, None) => {
                        // A nominated pod counts as being there for its equals.
                        let nominated = old.filter(|old| !nominated(old).is_empty())?;
                        let same = new.is_some_and(|new| self::nominated(new) == self::nominated(nominated));
                        if same { None } else { news(Some(nominated), None, Some(priority(nominated))) }
                    }
                    (Some(old), Some(new)) if old.labels() == new.labels() && old.same_spec(new) => None,
                    (old, new) => news(old, new, None),
                }
            }
            "nodes" => match (old, new) {
                (Some(old), Some(new)) if !node_changed(old, new) => None,
                _ => news(old, new, None),
            },
            "persistentvolumeclaims"
            | "persistentvolumes"
            | "storageclasses.storage.k8s.io"
            | "csinodes.storage.k8s.io" => news(old, Some(new?), None),
            _ => None,
        }
    }

    /// A node that came or changed, with what it was.
    pub fn node(&self) -> Option<(Option<&Object>, &Object)> {
        (self.key.resource == "nodes").then_some((self.old.as_ref(), self.new.as_ref()?))
    }

    /// A node that came.
    pub fn new_node(&self) -> Option<&Object> {
        self.node().filter(|(old, _)| old.is_none()).map(|(_, new)| new)
    }

    /// A pod that was placed, changed in its place, or left it.
    pub fn pod(&self) -> Option<(Option<&Object>, Option<&Object>)> {
        (self.key.resource == "pods").then_some((self.old.as_ref(), self.new.as_ref()))
    }

    /// A pod that left its place.
    pub fn gone(&self) -> Option<&Object> {
        self.pod().filter(|(_, new)| new.is_none()).and_then(|(old, _)| old)
    }

    /// A claim that this pod uses came or changed.
    pub fn claim_of(&self, pod: &Object) -> bool {
        self.key.resource == "persistentvolumeclaims"
            && self.key.namespace == pod.key().namespace
            && crate::control::storage::claims_of(pod).any(|(name, _)| *name == *self.key.name)
    }
}

/// The node that a pod hopes for.
pub fn nominated(pod: &Object) -> &str {
    pod.status::<PodStatus>().nominated_node_name.as_deref().unwrap_or("")
}

/// Whether a node changed in a way that can matter to a pod.
fn node_changed(old: &Object, new: &Object) -> bool {
    let (a, b) = (old.spec::<NodeSpec>(), new.spec::<NodeSpec>());
    a.unschedulable != b.unschedulable
        || a.taints != b.taints
        || old.labels() != new.labels()
        || old.status::<NodeStatus>().allocatable != new.status::<NodeStatus>().allocatable
}

/// Whether a pod waits at a gate.
pub fn gated(pod: &Object) -> bool {
    pod.spec::<PodSpec>().scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty())
}
