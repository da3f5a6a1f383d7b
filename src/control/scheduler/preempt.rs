//! Preemption: when no node can take a pod, which pods of lower priority would have to go, and from where.
//!
//! Models: `pkg/scheduler/framework/preemption/{preemption,executor}.go`,
//! `pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go`, `pkg/scheduler/util/utils.go`.
//! Left out: pod groups, extenders. The victims are told at once (upstream: beside the next attempts).

use super::cache::{Cache, NodeInfo};
use super::decision::Preempted;
use super::filters::Filters;
use super::news::nominated;
use super::plugins::Verdict;
use super::select::tally_text;
use super::{State, priority};
use crate::api::selector::Selector;
use crate::api::{ApiError, DeleteOptions, Object, Reader, kinds};
use crate::base::rng::Stream;
use crate::control::{Cx, EventType, pods, unless_gone};
use crate::store::Key;
use crate::time::Time;
use k8s_openapi::api::core::v1::{PodSpec, PodStatus};
use k8s_openapi::api::policy::v1::{PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A node that a pod could have if these went.
#[derive(Clone)]
pub struct Candidate {
    pub node: Rc<str>,
    /// The most important first; never empty.
    pub victims: Vec<Object>,
    /// How many of them a budget protects.
    pub violations: usize,
}

/// What the last resort came to.
pub enum Answer {
    /// Nothing, in these words; `keeps` what the pod was nominated to.
    No {
        text: String,
        keeps: bool,
    },
    Yes(Candidate),
}

/// How many candidates are enough: a tenth of the nodes, but a hundred at least.
const ENOUGH: usize = 100;

/// One look for victims.
pub struct Search<'a, 'f> {
    pub pod: &'a Object,
    pub filters: &'f mut Filters<'a>,
    pub cache: &'f Cache,
    pub read: Reader<'a>,
    /// The nodes that refused the pod in a way that could change.
    pub resolvable: &'f [Rc<str>],
    pub now: Time,
}

impl Search<'_, '_> {
    pub fn run(mut self, chance: &mut Stream) -> Answer {
        if let Some(why) = not_eligible(self.pod, self.cache, self.resolvable) {
            return Answer::No { text: why.into(), keeps: true };
        }
        let budgets = if self.resolvable.is_empty() { vec![] } else { budgets(self.read) };
        let (many, total) = (self.resolvable.len(), self.cache.nodes.len());
        let enough = (many / 10).max(ENOUGH).min(many);
        let offset = if many > ENOUGH { chance.below(many as u64) as usize } else { 0 };
        let mut reasons: BTreeMap<Cow<'static, str>, usize> = BTreeMap::new();
        let (mut kind, mut unkind) = (vec![], vec![]);
        for at in 0..many {
            let node = &self.resolvable[(offset + at) % many];
            let Some(info) = self.cache.nodes.get(node) else { continue };
            match self.victims(info, &budgets) {
                Ok(candidate) if candidate.violations == 0 => kind.push(candidate),
                Ok(candidate) => unkind.push(candidate),
                Err(why) => why.into_iter().for_each(|reason| *reasons.entry(reason).or_default() += 1),
            }
            if !kind.is_empty() && kind.len() + unkind.len() >= enough {
                break;
            }
        }
        kind.append(&mut unkind);
        match pick(kind, self.now, chance) {
            Some(candidate) => Answer::Yes(candidate),
            None => {
                if total > many {
                    *reasons.entry("Preemption is not helpful for scheduling".into()).or_default() += total - many;
                }
                Answer::No { text: tally_text(total, &reasons), keeps: false }
            }
        }
    }

    /// The fewest and least important pods of a node that would have to go.
    ///
    /// # Errors
    /// Why it would not help.
    fn victims(&mut self, there: &NodeInfo, budgets: &[Budget]) -> Result<Candidate, Vec<Cow<'static, str>>> {
        let mine = priority(self.pod);
        if there.least_priority().is_none_or(|least| least >= mine) {
            return Err(vec!["No preemption victims found for incoming pod".into()]);
        }
        let mut info = there.clone();
        let mut lower: Vec<Object> = info.pods.values().filter(|pod| priority(pod) < mine).cloned().collect();
        for pod in &lower {
            self.take(pod, &mut info);
        }
        if let Some((_, refused)) = self.filters.refuse(&info) {
            lower.iter().for_each(|pod| self.filters.change(pod, &info, 1));
            return Err(match refused {
                Verdict::No { reasons, .. } => reasons,
                Verdict::Fits => vec![],
            });
        }
        lower.sort_by_key(|pod| importance(pod, self.now));
        let (protected, free) = protected(lower, budgets);
        let mixed = !protected.is_empty() && !free.is_empty();
        let first = protected.len();
        let (mut victims, mut violations) = (vec![], 0);
        for (n, pod) in protected.into_iter().chain(free).enumerate() {
            info.add(pod.key(), pod.clone());
            self.filters.change(&pod, &info, 1);
            if self.filters.refuse(&info).is_some() {
                self.take(&pod, &mut info);
                violations += usize::from(n < first);
                victims.push(pod);
            }
        }
        victims.iter().for_each(|pod| self.filters.change(pod, &info, 1));
        if mixed {
            victims.sort_by_key(|pod| importance(pod, self.now));
        }
        if victims.is_empty() {
            return Err(vec![format!("expected at least one victim pod on node \"{}\"", there.name()).into()]);
        }
        Ok(Candidate { node: there.name().into(), victims, violations })
    }

    fn take(&mut self, pod: &Object, info: &mut NodeInfo) {
        info.remove(&pod.key());
        self.filters.change(pod, info, -1);
    }
}

/// Why a pod may not drive others away.
fn not_eligible(pod: &Object, cache: &Cache, resolvable: &[Rc<str>]) -> Option<&'static str> {
    if pod.spec::<PodSpec>().preemption_policy.as_deref() == Some("Never") {
        return Some("not eligible due to preemptionPolicy=Never.");
    }
    let node = resolvable.iter().find(|node| ***node == *nominated(pod))?;
    let mut there = cache.nodes.get(node)?.pods.values();
    let ends = |other: &Object| {
        let preempted = pods::condition(other, "DisruptionTarget")
            .is_some_and(|c| c.status == "True" && c.reason.as_deref() == Some("PreemptionByScheduler"));
        other.deleting() && preempted && priority(other) < priority(pod)
    };
    there.any(ends).then_some("not eligible due to a terminating pod on the nominated node.")
}

/// When a pod began; one that has not begins now.
fn began(pod: &Object, now: Time) -> Time {
    pod.status::<PodStatus>().start_time.as_ref().map_or(now, |time| Time::of(time.0))
}

/// Sorts the most important first: by priority, then by age.
fn importance(pod: &Object, now: Time) -> (std::cmp::Reverse<i32>, Time) {
    (std::cmp::Reverse(priority(pod)), began(pod, now))
}

struct Budget {
    namespace: String,
    selector: Selector,
    allowed: i32,
    /// Pods whose end the API server has counted already.
    counted: Vec<String>,
}

fn budgets(read: Reader<'_>) -> Vec<Budget> {
    let all = read.list(kinds::POD_DISRUPTION_BUDGET, None);
    let budget = |object: &Object| {
        let status = object.status::<PodDisruptionBudgetStatus>();
        Budget {
            namespace: object.namespace().into(),
            selector: Selector::of(object.spec::<PodDisruptionBudgetSpec>().selector.as_ref()),
            allowed: status.disruptions_allowed.unwrap_or(0),
            counted: status.disrupted_pods.iter().flat_map(|pods| pods.keys().cloned()).collect(),
        }
    };
    all.map(budget).collect()
}

/// The pods whose end would break a budget, and the others; each in the order given.
fn protected(pods: Vec<Object>, budgets: &[Budget]) -> (Vec<Object>, Vec<Object>) {
    let mut allowed: Vec<i32> = budgets.iter().map(|budget| budget.allowed).collect();
    pods.into_iter().partition(|pod| {
        let mut breaks = false;
        for (budget, left) in budgets.iter().zip(&mut allowed) {
            let selects = budget.namespace == pod.namespace()
                && !pod.labels().is_empty()
                && !budget.selector.is_empty()
                && budget.selector.matches(pod.labels());
            if selects && !budget.counted.iter().any(|name| name == pod.name()) {
                *left -= 1;
                breaks |= *left < 0;
            }
        }
        breaks
    })
}

/// The candidate that hurts least: the fewest broken budgets, the lowest highest priority, the lowest sum of priorities,
/// the fewest victims, the youngest of the most important ones.
fn pick(candidates: Vec<Candidate>, now: Time, chance: &mut Stream) -> Option<Candidate> {
    let hurt = |candidate: &Candidate| {
        let highest = candidate.victims.iter().map(priority).max().unwrap_or(i32::MIN);
        let sum: i64 = candidate.victims.iter().map(|pod| i64::from(priority(pod)) + i64::from(i32::MAX) + 1).sum();
        let oldest = candidate.victims.iter().filter(|pod| priority(pod) == highest).map(|pod| began(pod, now)).min();
        (candidate.violations, highest, sum, candidate.victims.len(), std::cmp::Reverse(oldest))
    };
    let least = candidates.iter().map(hurt).min()?;
    let mut best: Vec<Candidate> = candidates.into_iter().filter(|candidate| hurt(candidate) == least).collect();
    let at = if best.len() > 1 { chance.below(best.len() as u64) as usize } else { 0 };
    Some(best.swap_remove(at))
}

/// Makes room: lesser pods lose their hope for the node, the victims are told and deleted.
///
/// # Errors
/// The API server's, but not NotFound.
pub fn make_room(pod: &Object, candidate: &Candidate, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let mine = priority(pod);
    let lesser: Vec<Key> =
        cx.scheduler.nominated.on(&candidate.node).filter(|other| priority(other) < mine).map(Object::key).collect();
    for key in lesser {
        if let Some(mut other) = cx.read().by_key(&key).filter(|other| !nominated(other).is_empty()).cloned() {
            other.status_mut::<PodStatus>().nominated_node_name = None;
            unless_gone(cx.update_status(other).map(drop))?;
        }
        Rc::make_mut(&mut State::of(cx).nominated).forget(&key);
    }
    let scheduler = pod.spec::<PodSpec>().scheduler_name.as_deref().unwrap_or(super::NAME).to_string();
    for victim in candidate.victims.iter().filter(|victim| !victim.deleting()) {
        let Some(victim) = cx.read().by_key(&victim.key()).cloned() else { continue };
        let mut marked = victim.clone();
        let why = format!("{scheduler}: preempting to accommodate a higher priority pod");
        pods::disrupt(&mut marked, "PreemptionByScheduler", &why, cx.now);
        unless_gone(cx.update_status(marked).map(drop))?;
        unless_gone(cx.delete(kinds::POD, victim.namespace(), victim.name(), &DeleteOptions::default()).map(drop))?;
        let note = format!("Preempted by pod {} on node {}", pod.uid(), candidate.node);
        cx.event_between(&victim, pod, EventType::Normal, "Preempted", "Preempting", note);
    }
    Ok(())
}

impl Candidate {
    pub fn told(&self) -> Preempted {
        let name = |pod: &Object| format!("{}/{}", pod.namespace(), pod.name());
        Preempted { node: self.node.clone(), victims: self.victims.iter().map(name).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;
    use serde_json::json;

    fn pod(name: &str, priority: i32, started: &str) -> Object {
        let value = json!({
            "metadata": {"name": name, "namespace": "x", "uid": name, "labels": {"app": "web"}},
            "spec": {"priority": priority, "containers": []},
            "status": {"startTime": format!("2026-09-01T{started}:00Z")},
        });
        Object::from_value(kinds::POD, value).expect("it is a pod")
    }

    /// A node, the priorities of its victims with their starts, and how many budgets are broken.
    type Row<'a> = (&'a str, &'a [(i32, &'a str)], usize);

    fn picked(nodes: &[Row<'_>]) -> String {
        let victims = |pods: &[(i32, &str)]| pods.iter().map(|(priority, at)| pod("p", *priority, at)).collect();
        let all = nodes
            .iter()
            .map(|(node, pods, violations)| Candidate {
                node: (*node).into(),
                victims: victims(pods),
                violations: *violations,
            })
            .collect();
        let mut rng = Rng::new(1);
        pick(all, Time::ZERO, rng.of("scheduler")).expect("there are candidates").node.to_string()
    }

    #[test]
    fn the_node_that_hurts_least_is_picked() {
        let (low, mid, high) = (0, 100, 1000);
        // Budgets come first.
        assert_eq!(picked(&[("a", &[(low, "10:00")], 1), ("b", &[(high, "10:00"), (high, "10:00")], 0)]), "b");
        // Then the highest priority, the sum, the number of victims.
        assert_eq!(picked(&[("a", &[(high, "10:00")], 0), ("b", &[(mid, "10:00"), (mid, "10:00")], 0)]), "b");
        assert_eq!(
            picked(&[("a", &[(mid, "10:00"), (mid, "10:00")], 0), ("b", &[(mid, "10:00"), (low, "10:00")], 0)]),
            "b"
        );
        assert_eq!(picked(&[("a", &[(-1, "10:00"), (-1, "10:00")], 0), ("b", &[(-1, "10:00")], 0)]), "b");
        // Then those whose most important victims began last.
        assert_eq!(
            picked(&[("a", &[(mid, "10:00"), (low, "12:00")], 0), ("b", &[(mid, "11:00"), (low, "09:30")], 0)]),
            "b"
        );
    }

    #[test]
    fn a_budget_protects_the_pods_beyond_what_it_allows() {
        let budget = Budget {
            namespace: "x".into(),
            selector: Selector::everything(),
            allowed: 1,
            counted: vec!["gone".into()],
        };
        let all = || ["gone", "one", "two"].map(|name| pod(name, 0, "10:00")).to_vec();
        let names = |pods: &[Object]| pods.iter().map(|pod| pod.name().to_string()).collect::<Vec<_>>();
        // An empty selector is none.
        assert_eq!(names(&protected(all(), std::slice::from_ref(&budget)).0), [""; 0]);
        let selector = Selector::of_map(&[("app".to_string(), "web".to_string())].into());
        let (kept, free) = protected(all(), &[Budget { selector, ..budget }]);
        assert_eq!((names(&kept), names(&free)), (vec!["two".into()], vec!["gone".into(), "one".into()]));
    }
}
