//! Law: no pod stays on a node that does not exist.
//!
//! Models: `pkg/controller/podgc/gc_controller.go` (`gcOrphaned`): every 20 s, nodes that are gone for 40 s.

use super::{Check, Findings, Law, Past};
use crate::api::kinds;
use crate::control::pods;
use crate::time::Span;
use crate::world::World;

pub static LAW: Law = Law {
    name: "nodes-exist",
    says: "A pod bound to a node that does not exist is gone two minutes later.",
    check: Check::Settled(check),
};

const PATIENCE: Span = Span::seconds(120);

fn check(world: &World, past: &Past, findings: &mut Findings) {
    let read = world.reader();
    for pod in read.list(kinds::POD, None) {
        let Some(node) = pods::node(pod).filter(|node| read.get(kinds::NODE, "", node).is_none()) else { continue };
        let lost = past.lost_nodes.get(node).copied().unwrap_or(pod.created()).max(pod.created());
        let held = pod.meta.finalizers.as_ref().is_some_and(|finalizers| !finalizers.is_empty());
        if lost + PATIENCE < world.now && !held {
            findings.add(pod.key(), format!("is on {node}, which does not exist since {}", lost.timestamp()));
        }
    }
}
