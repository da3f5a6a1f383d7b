//! A cordoned node takes no new pods.
//!
//! Models: `pkg/scheduler/framework/plugins/nodeunschedulable`.

use super::{Cycle, Plugin, Refused, Stage, Verdict, tolerates};
use crate::api::{Object, Reader};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;
use k8s_openapi::api::core::v1::{NodeSpec, Taint, Toleration};

pub struct NodeUnschedulable;

struct Work<'a>(&'a [Toleration]);

impl Plugin for NodeUnschedulable {
    fn name(&self) -> &'static str {
        "NodeUnschedulable"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        Ok(Some(Box::new(Work(cycle.spec.tolerations.as_deref().unwrap_or(&[])))))
    }

    fn hears(&self, news: &News) -> bool {
        news.node().is_some()
    }

    fn hint(&self, news: &News, _pod: &Object, _read: Reader<'_>) -> bool {
        let open = |node: &Object| node.spec::<NodeSpec>().unschedulable != Some(true);
        news.node().is_some_and(|(old, new)| open(new) && !old.is_some_and(open))
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
