//! Taints keep pods away that do not tolerate them.
//!
//! Models: `pkg/scheduler/framework/plugins/tainttoleration`, `component-helpers/scheduling/corev1`.

use super::{Cycle, Plugin, Refused, Stage, Verdict, normalize_by_highest};
use crate::api::{Object, Reader};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;
use k8s_openapi::api::core::v1::{NodeSpec, PodSpec, Taint, Toleration};

pub struct TaintToleration;

struct Work<'a>(&'a [Toleration]);

/// Whether a toleration covers a taint.
pub fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let text = |value: &'_ Option<String>| value.clone().unwrap_or_default();
    let (effect, key) = (text(&toleration.effect), text(&toleration.key));
    if !effect.is_empty() && effect != taint.effect || !key.is_empty() && key != taint.key {
        return false;
    }
    let (mine, theirs) = (text(&toleration.value), text(&taint.value));
    match toleration.operator.as_deref().unwrap_or("") {
        "Exists" => true,
        "" | "Equal" => mine == theirs && (!key.is_empty() || toleration.operator.is_none() && key == taint.key),
        "Lt" => number(&theirs).zip(number(&mine)).is_some_and(|(theirs, mine)| theirs < mine),
        "Gt" => number(&theirs).zip(number(&mine)).is_some_and(|(theirs, mine)| theirs > mine),
        _ => false,
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

impl Plugin for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
    }

    fn weight(&self) -> i64 {
        3
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        Ok(Some(Box::new(Work(cycle.spec.tolerations.as_deref().unwrap_or(&[])))))
    }

    fn hears(&self, news: &News) -> bool {
        news.node().is_some()
    }

    fn hint(&self, news: &News, pod: &Object, _read: Reader<'_>) -> bool {
        let work = Work(pod.spec::<PodSpec>().tolerations.as_deref().unwrap_or(&[]));
        let open = |node: &Object| work.tolerates_all(node.spec::<NodeSpec>().taints.iter().flatten());
        news.node().is_some_and(|(old, new)| open(new) && !old.is_some_and(open))
    }
}

impl Work<'_> {
    /// Whether no taint keeps the pod away.
    fn tolerates_all<'t>(&self, mut taints: impl Iterator<Item = &'t Taint>) -> bool {
        taints.all(|taint| !matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute") || self.tolerated(taint))
    }

    fn tolerated(&self, taint: &Taint) -> bool {
        self.0.iter().any(|toleration| tolerates(toleration, taint))
    }
}

impl Stage for Work<'_> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        if self.tolerates_all(node.taints()) {
            return Verdict::Fits;
        }
        Verdict::never("node(s) had untolerated taint(s)")
    }

    fn prepare(&mut self, _feasible: &[&NodeInfo]) -> bool {
        true
    }

    fn score(&self, node: &NodeInfo) -> i64 {
        node.taints().filter(|taint| taint.effect == "PreferNoSchedule" && !self.tolerated(taint)).count() as i64
    }

    fn normalize(&self, scores: &mut [i64], _nodes: &[&NodeInfo]) {
        normalize_by_highest(scores, true);
    }
}
