//! A pod that names its node goes there or nowhere.
//!
//! Models: `pkg/scheduler/framework/plugins/nodename`.

use super::{Cycle, Plugin, Refused, Stage, Verdict};
use crate::api::{Object, Reader};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;

pub struct NodeName;

struct Work<'a>(&'a str);

impl Plugin for NodeName {
    fn name(&self) -> &'static str {
        "NodeName"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let name = cycle.spec.node_name.as_deref().filter(|name| !name.is_empty());
        Ok(name.map(|name| Box::new(Work(name)) as Box<dyn Stage>))
    }

    fn hint(&self, news: &News, _pod: &Object, _read: Reader<'_>) -> bool {
        news.new_node().is_some()
    }
}

impl Stage for Work<'_> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        if node.name() == self.0 {
            Verdict::Fits
        } else {
            Verdict::never("node(s) didn't match the requested node name")
        }
    }
}
