//! Pods of one kind should stand apart: as their constraints say, or by default over nodes and zones.
//!
//! Models: `pkg/scheduler/framework/plugins/podtopologyspread`, `pkg/scheduler/framework/plugins/helper/spread.go`.

use super::{BEST, Cycle, Plugin, Refused, Stage, Verdict, matches_required, tolerates};
use crate::api::selector::{Operator, Requirement, Selector};
use crate::api::{Object, Reader, kinds};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;
use k8s_openapi::api::core::v1::{NodeSpec, PodSpec, ServiceSpec, TopologySpreadConstraint};
use std::collections::BTreeMap;
use std::rc::Rc;

pub struct TopologySpread;

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

/// A constraint that must hold, with what is there now.
struct Hard<'a> {
    constraint: &'a TopologySpreadConstraint,
    selector: Selector,
    max_skew: i64,
    /// Matching pods by value of the label.
    domains: BTreeMap<String, i64>,
    least: i64,
    matches_itself: i64,
}

impl Hard<'_> {
    /// With how many pods the emptiest domain gets by; 0 when there are too few domains.
    fn least(&self) -> i64 {
        let few = self.constraint.min_domains.is_some_and(|least| (self.domains.len() as i32) < least);
        if few { 0 } else { self.domains.values().copied().min().unwrap_or(0) }
    }
}

/// A constraint that should hold.
struct Soft {
    key: String,
    max_skew: i64,
    by_node: Rc<BTreeMap<Rc<str>, i64>>,
    /// Some node has the label.
    known: bool,
    /// Matching pods by value of the label, for keys other than the host name.
    domains: BTreeMap<String, i64>,
    /// The logarithm of the number of domains, in 65536ths: small topologies are not watered down by large ones.
    weight: i64,
}

struct Work<'a> {
    pod: &'a Object,
    hard: Vec<Hard<'a>>,
    soft: Vec<Soft>,
    /// Whether a node without one of the labels is left out of scoring.
    all_keys: bool,
}

impl Plugin for TopologySpread {
    fn name(&self) -> &'static str {
        "PodTopologySpread"
    }

    fn weight(&self) -> i64 {
        2
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let (pod, spec) = (cycle.pod, cycle.spec);
        let own = spec.topology_spread_constraints.as_deref().unwrap_or(&[]);
        let defaults = if own.is_empty() { default_constraints(cycle) } else { vec![] };
        let (hard, soft): (Vec<_>, Vec<_>) = own.iter().partition(|c| c.when_unsatisfiable == "DoNotSchedule");
        let hard: Vec<Hard<'a>> = hard.iter().map(|constraint| prepare_hard(constraint, &hard, cycle)).collect();
        let all_keys = !own.is_empty();
        let mut wishes = vec![];
        for constraint in &soft {
            wishes.push(prepare_soft(constraint, &selector(constraint, pod), &soft, cycle));
        }
        for (constraint, selector) in &defaults {
            wishes.push(prepare_soft(constraint, selector, &[], cycle));
        }
        let idle = hard.is_empty() && wishes.is_empty();
        Ok((!idle).then(|| Box::new(Work { pod, hard, soft: wishes, all_keys }) as Box<dyn Stage>))
    }

    fn hint(&self, news: &News, pod: &Object, _read: Reader<'_>) -> bool {
        let own = pod.spec::<PodSpec>().topology_spread_constraints.iter().flatten();
        let hard: Vec<_> = own.filter(|constraint| constraint.when_unsatisfiable == "DoNotSchedule").collect();
        if let Some((old, new)) = news.pod() {
            let counts = |other: &Object| -> Vec<bool> {
                hard.iter()
                    .map(|c| other.namespace() == pod.namespace() && selector(c, pod).matches(other.labels()))
                    .collect()
            };
            let none = || vec![false; hard.len()];
            return old.map_or_else(none, counts) != new.map_or_else(none, counts);
        }
        if news.key.resource != "nodes" {
            return false;
        }
        let place = |node: &Object| -> Option<Vec<String>> {
            hard.iter().map(|constraint| node.labels().get(&constraint.topology_key).cloned()).collect()
        };
        let taints = |node: &Object| node.spec::<NodeSpec>().taints.clone();
        let (old, new) = (news.old.as_ref(), news.new.as_ref());
        old.and_then(place) != new.and_then(place)
            || hard.iter().any(|constraint| constraint.node_taints_policy.as_deref() == Some("Honor"))
                && old.map(taints) != new.map(taints)
    }
}

/// The constraint's selector with the pod's values of `matchLabelKeys`.
fn selector(constraint: &TopologySpreadConstraint, pod: &Object) -> Selector {
    let mut selector = Selector::of(constraint.label_selector.as_ref());
    if let Selector::All(all) = &mut selector {
        for key in constraint.match_label_keys.iter().flatten() {
            if let Some(value) = pod.labels().get(key) {
                all.push(Requirement { key: key.clone(), operator: Operator::In, values: vec![value.clone()] });
            }
        }
    }
    selector
}

/// Whether a node counts as a place where the pod could be.
fn included(constraint: &TopologySpreadConstraint, spec: &PodSpec, node: &NodeInfo) -> bool {
    let honours = |policy: &Option<String>, default| policy.as_deref().unwrap_or(default) == "Honor";
    if honours(&constraint.node_affinity_policy, "Honor") && !matches_required(spec, &node.node) {
        return false;
    }
    let tolerated = || {
        let forbidding = node.taints().filter(|taint| taint.effect != "PreferNoSchedule");
        let tolerations = spec.tolerations.as_deref().unwrap_or(&[]);
        forbidding.into_iter().all(|taint| tolerations.iter().any(|t| tolerates(t, taint)))
    };
    !honours(&constraint.node_taints_policy, "Ignore") || tolerated()
}

fn prepare_hard<'a>(
    constraint: &'a TopologySpreadConstraint,
    all: &[&TopologySpreadConstraint],
    cycle: &mut Cycle<'a>,
) -> Hard<'a> {
    let selector = selector(constraint, cycle.pod);
    let counts = cycle.cache.counts(cycle.pod.namespace(), &selector, false);
    let mut domains: BTreeMap<String, i64> = BTreeMap::new();
    for (name, node) in &cycle.cache.nodes {
        if !has_keys(all, node) || !included(constraint, cycle.spec, node) {
            continue;
        }
        let value = node.labels().get(&constraint.topology_key).cloned().unwrap_or_default();
        *domains.entry(value).or_default() += counts.get(name).copied().unwrap_or(0);
    }
    let matches_itself = i64::from(selector.matches(cycle.pod.labels()));
    let max_skew = i64::from(constraint.max_skew);
    let mut hard = Hard { constraint, selector, max_skew, domains, least: 0, matches_itself };
    hard.least = hard.least();
    hard
}

/// Whether a node has the labels of all constraints.
fn has_keys(all: &[&TopologySpreadConstraint], node: &NodeInfo) -> bool {
    all.iter().all(|constraint| node.labels().contains_key(&constraint.topology_key))
}

/// `all`: the constraints whose labels a node must have to count.
fn prepare_soft(
    constraint: &TopologySpreadConstraint,
    selector: &Selector,
    all: &[&TopologySpreadConstraint],
    cycle: &mut Cycle<'_>,
) -> Soft {
    let by_node = cycle.cache.counts(cycle.pod.namespace(), selector, false);
    let mut domains: BTreeMap<String, i64> = BTreeMap::new();
    let known = cycle.cache.knows_label(&constraint.topology_key);
    if constraint.topology_key != HOSTNAME && known {
        for (name, node) in &cycle.cache.nodes {
            if let Some(value) = node.labels().get(&constraint.topology_key)
                && has_keys(all, node)
                && included(constraint, cycle.spec, node)
            {
                *domains.entry(value.clone()).or_default() += by_node.get(name).copied().unwrap_or(0);
            }
        }
    }
    let (key, max_skew) = (constraint.topology_key.clone(), i64::from(constraint.max_skew));
    Soft { key, max_skew, by_node, known, domains, weight: 0 }
}

/// What the default profile wants of pods that say nothing: apart by node, and by zone.
fn default_constraints(cycle: &Cycle<'_>) -> Vec<(TopologySpreadConstraint, Selector)> {
    let selector = default_selector(cycle);
    if selector.is_empty() {
        return vec![];
    }
    let constraint = |key: &str, max_skew| TopologySpreadConstraint {
        topology_key: key.into(),
        max_skew,
        when_unsatisfiable: "ScheduleAnyway".into(),
        ..Default::default()
    };
    vec![(constraint(HOSTNAME, 3), selector.clone()), (constraint(ZONE, 5), selector)]
}

/// The selectors of the Services that select the pod and of its owner, together.
fn default_selector(cycle: &Cycle<'_>) -> Selector {
    let namespace = cycle.pod.namespace();
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    for service in cycle.read.list(kinds::SERVICE, Some(namespace)) {
        if let Some(selector) = &service.spec::<ServiceSpec>().selector
            && !selector.is_empty()
            && selector.iter().all(|(key, value)| cycle.pod.labels().get(key) == Some(value))
        {
            labels.extend(selector.clone());
        }
    }
    let Selector::All(mut all) = Selector::of_map(&labels) else { return Selector::Nothing };
    if let Some(owner) = cycle.pod.controller()
        && let Some(kind) = cycle.read.kind_of(&owner.api_version, &owner.kind)
        && matches!(owner.kind.as_str(), "ReplicaSet" | "StatefulSet" | "ReplicationController")
        && let Some(owner) = cycle.read.get(kind, namespace, &owner.name)
        && let Selector::All(more) = Selector::of(kind.selector(owner).as_ref())
    {
        for requirement in more {
            if !all.contains(&requirement) {
                all.push(requirement);
            }
        }
    }
    Selector::All(all)
}

impl Work<'_> {
    fn ignores(&self, node: &NodeInfo) -> bool {
        self.all_keys && !self.soft.iter().all(|soft| node.labels().contains_key(&soft.key))
    }
}

impl Stage for Work<'_> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        for hard in &self.hard {
            let Some(value) = node.labels().get(&hard.constraint.topology_key) else {
                return Verdict::never("node(s) didn't match pod topology spread constraints (missing required label)");
            };
            let here = hard.domains.get(value).copied().unwrap_or(0);
            if here + hard.matches_itself - hard.least > hard.max_skew {
                return Verdict::not_now("node(s) didn't match pod topology spread constraints");
            }
        }
        Verdict::Fits
    }

    fn change(&mut self, other: &Object, node: &NodeInfo, by: i64) {
        if other.namespace() != self.pod.namespace() || other.deleting() {
            return;
        }
        let all: Vec<_> = self.hard.iter().map(|hard| hard.constraint).collect();
        if !has_keys(&all, node) {
            return;
        }
        for hard in &mut self.hard {
            if hard.selector.matches(other.labels()) && included(hard.constraint, self.pod.spec(), node) {
                let value = node.labels().get(&hard.constraint.topology_key).cloned().unwrap_or_default();
                *hard.domains.entry(value).or_default() += by;
                hard.least = hard.least();
            }
        }
    }

    fn prepare(&mut self, feasible: &[&NodeInfo]) -> bool {
        let counted = feasible.iter().filter(|node| !self.ignores(node)).count();
        for soft in &mut self.soft {
            let size = if soft.key == HOSTNAME {
                counted
            } else if !soft.known {
                0
            } else {
                let values: std::collections::BTreeSet<_> =
                    feasible.iter().filter_map(|node| node.labels().get(&soft.key)).collect();
                values.len()
            };
            soft.weight = logarithm(size as u64 + 2);
        }
        !self.soft.is_empty()
    }

    fn score(&self, node: &NodeInfo) -> i64 {
        if self.ignores(node) {
            return -1;
        }
        let mut score = 0;
        for soft in self.soft.iter().filter(|soft| soft.known) {
            let Some(value) = node.labels().get(&soft.key) else { continue };
            let count = if soft.key == HOSTNAME {
                soft.by_node.get(node.name()).copied().unwrap_or(0)
            } else {
                soft.domains.get(value).copied().unwrap_or(0)
            };
            score += count * soft.weight + ((soft.max_skew - 1) << 16);
        }
        (score + (1 << 15)) >> 16
    }

    fn normalize(&self, scores: &mut [i64], _nodes: &[&NodeInfo]) {
        let counted = || scores.iter().copied().filter(|score| *score >= 0);
        let (least, most) = (counted().min().unwrap_or(0), counted().max().unwrap_or(0));
        for score in scores {
            *score = match *score {
                ignored if ignored < 0 => 0,
                _ if most == 0 => BEST,
                score => BEST * (most + least - score) / most,
            };
        }
    }
}

/// The natural logarithm in 65536ths, by squaring.
fn logarithm(number: u64) -> i64 {
    let whole = number.max(1).ilog2();
    // The number as 1.x in 2^31sts.
    let mut mantissa = (u128::from(number) << 31) >> whole;
    let mut bits = i64::from(whole) << 16;
    for bit in (0..16).rev() {
        mantissa = (mantissa * mantissa) >> 31;
        if mantissa >= 1 << 32 {
            mantissa >>= 1;
            bits += 1 << bit;
        }
    }
    // ln 2 in 65536ths.
    (bits * 45426) >> 16
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_logarithm_needs_no_floats() {
        assert_eq!(super::logarithm(2), 45426);
        assert!((super::logarithm(10) - 150_902).abs() < 8);
    }
}
