//! A cordoned node takes no new pods.
//!
//! Models: `pkg/scheduler/framework/plugins/nodeunschedulable`.

use super::{Cycle, Plugin, Refused, Stage, Verdict, tolerates};
use crate::control::scheduler::cache::NodeInfo;
use k8s_openapi::api::core::v1::{Taint, Toleration};

pub struct NodeUnschedulable;

struct Work<'a>(&'a [Toleration]);

impl Plugin for NodeUnschedulable {
    fn name(&self) -> &'static str {
        "NodeUnschedulable"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        Ok(Some(Box::new(Work(cycle.spec.tolerations.as_deref().unwrap_or(&[])))))
    }
}

impl Stage for Work<'_> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        if node.spec().unschedulable != Some(true) {
            return Verdict::Fits;
        }
        let taint =
            Taint { key: "node.kubernetes.io/unschedulable".into(), effect: "NoSchedule".into(), ..Default::default() };
        if self.0.iter().any(|toleration| tolerates(toleration, &taint)) {
            return Verdict::Fits;
        }
        Verdict::never("node(s) were unschedulable")
    }
}
