//! Two pods of one node cannot have the same port of the node.
//!
//! Models: `pkg/scheduler/framework/plugins/nodeports`.

use super::{Cycle, Plugin, Refused, Stage, Verdict};
use crate::api::{Object, Reader};
use crate::control::scheduler::cache::{NodeInfo, host_ports};
use crate::control::scheduler::news::News;

pub struct NodePorts;

struct Work(Vec<Port>);

type Port = (String, String, i32);

/// Whether any of the ports is taken.
fn clash(wanted: &[Port], used: &[Port]) -> bool {
    let all = "0.0.0.0";
    wanted.iter().any(|(ip, protocol, port)| {
        used.iter().any(|(used_ip, used_protocol, used_port)| {
            port == used_port && protocol == used_protocol && (ip == all || used_ip == all || ip == used_ip)
        })
    })
}

impl Plugin for NodePorts {
    fn name(&self) -> &'static str {
        "NodePorts"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let ports = host_ports(cycle.spec);
        Ok((!ports.is_empty()).then(|| Box::new(Work(ports)) as Box<dyn Stage>))
    }

    fn hears(&self, news: &News) -> bool {
        news.gone().is_some() || news.new_node().is_some()
    }

    fn hint(&self, news: &News, pod: &Object, _read: Reader<'_>) -> bool {
        let freed = news.gone().map(|gone| host_ports(gone.spec()));
        news.new_node().is_some() || freed.is_some_and(|freed| clash(&host_ports(pod.spec()), &freed))
    }
}

impl Stage for Work {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        if clash(&self.0, &node.ports) {
            Verdict::not_now("node(s) didn't have free ports for the requested pod ports")
        } else {
            Verdict::Fits
        }
    }
}
