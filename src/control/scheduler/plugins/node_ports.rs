//! Two pods of one node cannot have the same port of the node.
//!
//! Models: `pkg/scheduler/framework/plugins/nodeports`.

use super::{Cycle, Plugin, Refused, Stage, Verdict};
use crate::control::scheduler::cache::{NodeInfo, host_ports};

pub struct NodePorts;

struct Work(Vec<(String, String, i32)>);

impl Plugin for NodePorts {
    fn name(&self) -> &'static str {
        "NodePorts"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let ports = host_ports(cycle.spec);
        Ok((!ports.is_empty()).then(|| Box::new(Work(ports)) as Box<dyn Stage>))
    }
}

impl Stage for Work {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let all = "0.0.0.0";
        let clash = self.0.iter().any(|(ip, protocol, port)| {
            node.ports.iter().any(|(used_ip, used_protocol, used_port)| {
                port == used_port && protocol == used_protocol && (ip == all || used_ip == all || ip == used_ip)
            })
        });
        if clash {
            Verdict::not_now("node(s) didn't have free ports for the requested pod ports")
        } else {
            Verdict::Fits
        }
    }
}
