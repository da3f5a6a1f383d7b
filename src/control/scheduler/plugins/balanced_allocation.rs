//! CPU and memory of a node should fill up evenly.
//!
//! Models: `pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go`.

use super::{BEST, Cycle, Plugin, Refused, Stage};
use crate::control::resources::{Amounts, pod_requests};
use crate::control::scheduler::cache::NodeInfo;

pub struct BalancedAllocation;

struct Work(Amounts);

/// Shares are counted in millionths.
const WHOLE: i128 = 1_000_000;

impl Plugin for BalancedAllocation {
    fn name(&self) -> &'static str {
        "NodeResourcesBalancedAllocation"
    }

    fn weight(&self) -> i64 {
        1
    }

    /// Pods that ask for nothing are not weighed: they would all go to one node.
    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let asks = pod_requests(cycle.spec);
        Ok((asks.cpu > 0 || asks.memory > 0).then(|| Box::new(Work(asks)) as Box<dyn Stage>))
    }
}

impl Stage for Work {
    fn prepare(&mut self, _feasible: &[&NodeInfo]) -> bool {
        true
    }

    fn score(&self, node: &NodeInfo) -> i64 {
        let share = |asks: i64, used: i64, has: i64| {
            (has > 0).then(|| (i128::from(asks + used) * WHOLE / i128::from(has)).min(WHOLE))
        };
        let (has, used) = (&node.allocatable, &node.requested);
        let cpu = share(self.0.cpu, used.cpu, has.cpu);
        let memory = share(self.0.memory, used.memory, has.memory);
        let deviation = cpu.zip(memory).map_or(0, |(cpu, memory)| (cpu - memory).abs() / 2);
        ((WHOLE - deviation) * i128::from(BEST) / WHOLE) as i64
    }
}
