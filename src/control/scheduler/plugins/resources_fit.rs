//! A node must have left what a pod asks for; the emptier node is better.
//!
//! Models: `pkg/scheduler/framework/plugins/noderesources/fit.go`, `least_allocated.go`.

use super::{BEST, Cycle, Plugin, Refused, Stage, Verdict};
use crate::control::resources::{Amounts, pod_requests, pod_requests_non_zero};
use crate::control::scheduler::cache::NodeInfo;

pub struct ResourcesFit;

struct Work {
    asks: Amounts,
    non_zero: Amounts,
}

impl Plugin for ResourcesFit {
    fn name(&self) -> &'static str {
        "NodeResourcesFit"
    }

    fn weight(&self) -> i64 {
        1
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let (asks, non_zero) = (pod_requests(cycle.spec), pod_requests_non_zero(cycle.spec));
        Ok(Some(Box::new(Work { asks, non_zero })))
    }
}

impl Stage for Work {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let (has, used) = (&node.allocatable, &node.requested);
        let mut reasons = vec![];
        let mut hopeless = false;
        if used.pods + 1 > has.pods {
            reasons.push("Too many pods".to_string());
        }
        let mut check = |name: &str, asks: i64, has: i64, used: i64| {
            if asks > 0 && asks > has - used {
                reasons.push(format!("Insufficient {name}"));
                hopeless |= asks > has;
            }
        };
        check("cpu", self.asks.cpu, has.cpu, used.cpu);
        check("memory", self.asks.memory, has.memory, used.memory);
        check("ephemeral-storage", self.asks.storage, has.storage, used.storage);
        for (name, asks) in &self.asks.others {
            let of = |amounts: &Amounts| amounts.others.get(name).copied().unwrap_or(0);
            check(name, *asks, of(has), of(used));
        }
        if reasons.is_empty() { Verdict::Fits } else { Verdict::No { reasons, resolvable: !hopeless } }
    }

    fn prepare(&mut self, _feasible: &[&NodeInfo]) -> bool {
        true
    }

    /// The mean of the free shares of CPU and memory.
    fn score(&self, node: &NodeInfo) -> i64 {
        let free = |asks: i64, used: i64, has: i64| {
            let after = asks + used;
            if has == 0 || after > has { 0 } else { (has - after) * BEST / has }
        };
        let (has, used) = (&node.allocatable, &node.non_zero);
        let kinds = i64::from(has.cpu > 0) + i64::from(has.memory > 0);
        if kinds == 0 {
            return 0;
        }
        let cpu = free(self.non_zero.cpu, used.cpu, has.cpu);
        let memory = free(self.non_zero.memory, used.memory, has.memory);
        (cpu + memory) / kinds
    }
}
