//! A node must have left what a pod asks for; the emptier node is better.
//!
//! Models: `pkg/scheduler/framework/plugins/noderesources/fit.go`, `least_allocated.go`.

use super::{BEST, Cycle, Plugin, Refused, Stage, Verdict};
use crate::api::{Object, Reader};
use crate::control::resources::{Amounts, pod_requests, pod_requests_non_zero};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;
use k8s_openapi::api::core::v1::NodeStatus;
use std::borrow::Cow;

pub struct ResourcesFit;

struct Work {
    asks: Amounts,
    non_zero: Amounts,
}

/// Whether something that is asked for became less.
fn shrank(asks: &Amounts, old: &Amounts, new: &Amounts) -> bool {
    asks.cpu > 0 && new.cpu < old.cpu || asks.memory > 0 && new.memory < old.memory
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

    fn hears(&self, news: &News) -> bool {
        news.node().is_some() || news.pod().is_some_and(|(old, _)| old.is_some())
    }

    fn hint(&self, news: &News, pod: &Object, _read: Reader<'_>) -> bool {
        if news.gone().is_some() {
            return true;
        }
        let asks = pod_requests(pod.spec());
        if let Some((Some(old), Some(new))) = news.pod() {
            // It was told to make do with less.
            return shrank(&asks, &pod_requests(old.spec()), &pod_requests(new.spec()));
        }
        let Some((old, new)) = news.node() else { return false };
        let amounts = |node: &Object| Amounts::of(node.status::<NodeStatus>().allocatable.as_ref());
        let work = Work { asks, non_zero: Amounts::default() };
        let has = amounts(new);
        work.lacks(&has, &Amounts::default()).0.is_empty() && old.is_none_or(|old| work.grew(&amounts(old), &has))
    }
}

impl Work {
    /// What a node lacks, and whether it would even if it were empty.
    fn lacks(&self, has: &Amounts, used: &Amounts) -> (Vec<Cow<'static, str>>, bool) {
        let mut reasons = vec![];
        let mut hopeless = false;
        if used.pods + 1 > has.pods {
            reasons.push("Too many pods".into());
        }
        let mut check = |reason: &'static str, asks: i64, has: i64, used: i64| {
            if asks > 0 && asks > has - used {
                reasons.push(reason.into());
                hopeless |= asks > has;
            }
        };
        check("Insufficient cpu", self.asks.cpu, has.cpu, used.cpu);
        check("Insufficient memory", self.asks.memory, has.memory, used.memory);
        check("Insufficient ephemeral-storage", self.asks.storage, has.storage, used.storage);
        for (name, asks) in self.asks.others.iter().filter(|(_, asks)| **asks > 0) {
            let of = |amounts: &Amounts| amounts.others.get(name).copied().unwrap_or(0);
            if *asks > of(has) - of(used) {
                reasons.push(format!("Insufficient {name}").into());
                hopeless |= *asks > of(has);
            }
        }
        (reasons, hopeless)
    }

    /// Whether a node has more of something that the pod asks for.
    fn grew(&self, old: &Amounts, new: &Amounts) -> bool {
        let asks = &self.asks;
        let more = |name: &String| new.others.get(name) > old.others.get(name);
        new.pods > old.pods
            || asks.cpu > 0 && new.cpu > old.cpu
            || asks.memory > 0 && new.memory > old.memory
            || asks.storage > 0 && new.storage > old.storage
            || asks.others.iter().any(|(name, asks)| *asks > 0 && more(name))
    }
}

impl Stage for Work {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let (reasons, hopeless) = self.lacks(&node.allocatable, &node.requested);
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
