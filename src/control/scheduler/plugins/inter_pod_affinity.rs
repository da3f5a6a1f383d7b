//! Pods that want to be near others, and pods that want to be away from them.
//!
//! Models: `pkg/scheduler/framework/plugins/interpodaffinity`.

use super::{BEST, Cycle, Plugin, Refused, Stage, Verdict};
use crate::api::selector::{Operator, Requirement, Selector};
use crate::api::{Object, Reader, kinds};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;
use k8s_openapi::api::core::v1::{PodAffinity, PodAffinityTerm, PodAntiAffinity, PodSpec, WeightedPodAffinityTerm};
use std::collections::BTreeMap;

pub struct InterPodAffinity;

/// How many pods, by label and its value.
type Domains = BTreeMap<(String, String), i64>;

struct Work<'a> {
    pod: &'a Object,
    read: Reader<'a>,
    /// The required affinity, and where pods are that match all of it.
    affinity: Vec<Term>,
    near: Domains,
    /// The pod matches its own affinity: when nobody else does it may be the first.
    alike: bool,
    anti: Vec<Term>,
    away: Domains,
    /// Where pods are that do not want this one.
    unwelcome: Domains,
    /// Preferences, of this pod and of those that are there.
    likes: Domains,
}

/// A term as it applies: in which namespaces, which pods, over which label.
struct Term {
    namespaces: Vec<String>,
    selector: Selector,
    key: String,
}

impl Term {
    /// `owner` is the pod that has the term.
    fn of(term: &PodAffinityTerm, owner: &Object, read: Reader<'_>) -> Term {
        let mut namespaces = term.namespaces.clone().unwrap_or_default();
        if let Some(selector) = &term.namespace_selector {
            let selector = Selector::of(Some(selector));
            let all = read.list(kinds::NAMESPACE, None).filter(|namespace| selector.matches(namespace.labels()));
            namespaces.extend(all.map(|namespace| namespace.name().to_string()));
        } else if namespaces.is_empty() {
            namespaces.push(owner.namespace().into());
        }
        let mut selector = Selector::of(term.label_selector.as_ref());
        if let Selector::All(all) = &mut selector {
            let same = term.match_label_keys.iter().flatten().map(|key| (key, Operator::In));
            let other = term.mismatch_label_keys.iter().flatten().map(|key| (key, Operator::NotIn));
            for (key, operator) in same.chain(other) {
                if let Some(value) = owner.labels().get(key) {
                    all.push(Requirement { key: key.clone(), operator, values: vec![value.clone()] });
                }
            }
        }
        Term { namespaces, selector, key: term.topology_key.clone() }
    }

    fn matches(&self, pod: &Object) -> bool {
        self.namespaces.iter().any(|namespace| namespace == pod.namespace()) && self.selector.matches(pod.labels())
    }

    /// Notes a number of pods on a node.
    fn note(&self, node: &NodeInfo, count: i64, into: &mut Domains) {
        if let Some(value) = node.labels().get(&self.key) {
            let place = (self.key.clone(), value.clone());
            let sum = into.get(&place).copied().unwrap_or(0) + count;
            if sum == 0 {
                into.remove(&place)
            } else {
                into.insert(place, sum)
            };
        }
    }

    /// Where pods are that match, each node's count times `weight`.
    fn gather(&self, weight: i64, cycle: &mut Cycle<'_>, into: &mut Domains) {
        for namespace in &self.namespaces {
            let counts = cycle.cache.counts(namespace, &self.selector, true);
            for (node, count) in counts.iter().filter(|(_, count)| **count > 0) {
                if let Some(value) = cycle.cache.nodes.get(node).and_then(|info| info.labels().get(&self.key)) {
                    *into.entry((self.key.clone(), value.clone())).or_default() += count * weight;
                }
            }
        }
    }
}

fn affinity(spec: &PodSpec) -> Option<&PodAffinity> {
    spec.affinity.as_ref()?.pod_affinity.as_ref()
}

fn anti_affinity(spec: &PodSpec) -> Option<&PodAntiAffinity> {
    spec.affinity.as_ref()?.pod_anti_affinity.as_ref()
}

fn required(spec: &PodSpec) -> impl Iterator<Item = &PodAffinityTerm> {
    affinity(spec).into_iter().flat_map(|a| a.required_during_scheduling_ignored_during_execution.iter().flatten())
}

fn required_anti(spec: &PodSpec) -> impl Iterator<Item = &PodAffinityTerm> {
    anti_affinity(spec).into_iter().flat_map(|a| a.required_during_scheduling_ignored_during_execution.iter().flatten())
}

/// Preferences with their signed weights.
fn preferred(spec: &PodSpec) -> impl Iterator<Item = (i64, &PodAffinityTerm)> {
    let signed = |sign: i64, w: &WeightedPodAffinityTerm| sign * i64::from(w.weight);
    let near = affinity(spec)
        .into_iter()
        .flat_map(|a| a.preferred_during_scheduling_ignored_during_execution.iter().flatten());
    let away = anti_affinity(spec)
        .into_iter()
        .flat_map(|a| a.preferred_during_scheduling_ignored_during_execution.iter().flatten());
    near.map(move |w| (signed(1, w), &w.pod_affinity_term))
        .chain(away.map(move |w| (signed(-1, w), &w.pod_affinity_term)))
}

impl Plugin for InterPodAffinity {
    fn name(&self) -> &'static str {
        "InterPodAffinity"
    }

    fn weight(&self) -> i64 {
        2
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let own = affinity(cycle.spec).is_some() || anti_affinity(cycle.spec).is_some();
        if !own && cycle.cache.with_affinity.is_empty() {
            return Ok(None);
        }
        let (pod, spec, read) = (cycle.pod, cycle.spec, cycle.read);
        let terms = |terms: &mut dyn Iterator<Item = &PodAffinityTerm>| -> Vec<Term> {
            terms.map(|term| Term::of(term, pod, read)).collect()
        };
        let (affinity, anti) = (terms(&mut required(spec)), terms(&mut required_anti(spec)));
        let alike = affinity.iter().all(|term| term.matches(pod));
        let none = Domains::new;
        let (near, away, unwelcome, likes) = (none(), none(), none(), none());
        let mut work = Work { pod, read, affinity, near, alike, anti, away, unwelcome, likes };
        work.near = near_to(&work.affinity, cycle);
        for term in &work.anti {
            term.gather(1, cycle, &mut work.away);
        }
        for (weight, term) in preferred(spec) {
            Term::of(term, pod, read).gather(weight, cycle, &mut work.likes);
        }
        neighbours(cycle, &mut work);
        Ok(Some(Box::new(work)))
    }

    /// A pod that came may be wanted near, one that went may have been wanted away.
    fn hint(&self, news: &News, pod: &Object, read: Reader<'_>) -> bool {
        let spec = pod.spec::<PodSpec>();
        let all = |other: &Object| {
            let mut terms = required(spec).peekable();
            terms.peek().is_some() && terms.all(|term| Term::of(term, pod, read).matches(other))
        };
        let any = |other: &Object| required_anti(spec).any(|term| Term::of(term, pod, read).matches(other));
        let unwelcome = |other: &Object| required_anti(other.spec()).any(|t| Term::of(t, other, read).matches(pod));
        match news.pod() {
            Some((None, Some(new))) => return all(new),
            Some((Some(old), Some(new))) => return all(new) && !all(old) || any(old) && !any(new),
            Some((old, None)) => return old.is_some_and(|old| any(old) || unwelcome(old)),
            _ => {}
        }
        let Some((old, new)) = news.node() else { return false };
        let mut keys = required(spec).chain(required_anti(spec)).map(|term| &term.topology_key).peekable();
        let differs = |key: &String| old.is_none_or(|old| old.labels().get(key) != new.labels().get(key));
        match keys.peek() {
            Some(_) => keys.any(|key| new.labels().contains_key(key) && differs(key)),
            None => old.is_none(),
        }
    }
}

/// Where pods are that match all required terms.
fn near_to(terms: &[Term], cycle: &mut Cycle<'_>) -> Domains {
    let mut near = Domains::new();
    if let [term] = terms {
        term.gather(1, cycle, &mut near);
    } else if !terms.is_empty() {
        for info in cycle.cache.nodes.values() {
            let count = info.pods.values().filter(|pod| terms.iter().all(|term| term.matches(pod))).count() as i64;
            for term in terms.iter().filter(|_| count > 0) {
                term.note(info, count, &mut near);
            }
        }
    }
    near
}

/// What the pods that are there want of this one.
fn neighbours(cycle: &Cycle<'_>, work: &mut Work<'_>) {
    for (place, key) in &cycle.cache.with_affinity {
        let Some(info) = cycle.cache.nodes.get(place) else { continue };
        let Some(other) = info.pods.get(key) else { continue };
        let spec = other.spec::<PodSpec>();
        let note = |term: &PodAffinityTerm, weight: i64, into: &mut Domains| {
            let term = Term::of(term, other, cycle.read);
            if term.matches(cycle.pod) {
                term.note(info, weight, into);
            }
        };
        required_anti(spec).for_each(|term| note(term, 1, &mut work.unwelcome));
        // Required affinity of others counts as a preference of weight 1.
        required(spec).for_each(|term| note(term, 1, &mut work.likes));
        preferred(spec).for_each(|(weight, term)| note(term, weight, &mut work.likes));
    }
}

/// Whether a node lies in one of the domains.
fn within(domains: &Domains, node: &NodeInfo) -> bool {
    domains.iter().any(|((key, value), count)| *count > 0 && node.labels().get(key) == Some(value))
}

impl Stage for Work<'_> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let has_keys = self.affinity.iter().all(|term| node.labels().contains_key(&term.key));
        let near = self.affinity.iter().all(|term| {
            let value = node.labels().get(&term.key).cloned().unwrap_or_default();
            self.near.get(&(term.key.clone(), value)).is_some_and(|count| *count > 0)
        });
        let first = self.near.is_empty() && self.alike;
        if !self.affinity.is_empty() && !(has_keys && (near || first)) {
            return Verdict::never("node(s) didn't match pod affinity rules");
        }
        if within(&self.away, node) {
            return Verdict::not_now("node(s) didn't match pod anti-affinity rules");
        }
        if within(&self.unwelcome, node) {
            return Verdict::not_now("node(s) didn't satisfy existing pods anti-affinity rules");
        }
        Verdict::Fits
    }

    fn change(&mut self, other: &Object, node: &NodeInfo, by: i64) {
        if self.affinity.iter().all(|term| term.matches(other)) {
            self.affinity.iter().for_each(|term| term.note(node, by, &mut self.near));
        }
        for term in self.anti.iter().filter(|term| term.matches(other)) {
            term.note(node, by, &mut self.away);
        }
        for term in required_anti(other.spec()).map(|term| Term::of(term, other, self.read)) {
            if term.matches(self.pod) {
                term.note(node, by, &mut self.unwelcome);
            }
        }
    }

    fn prepare(&mut self, _feasible: &[&NodeInfo]) -> bool {
        !self.likes.is_empty()
    }

    fn score(&self, node: &NodeInfo) -> i64 {
        let here = self.likes.iter().filter(|((key, value), _)| node.labels().get(key) == Some(value));
        here.map(|(_, weight)| weight).sum()
    }

    fn normalize(&self, scores: &mut [i64], _nodes: &[&NodeInfo]) {
        let (least, most) = (scores.iter().copied().min().unwrap_or(0), scores.iter().copied().max().unwrap_or(0));
        for score in scores {
            *score = if most > least { BEST * (*score - least) / (most - least) } else { 0 };
        }
    }
}
