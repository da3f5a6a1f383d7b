//! nodeSelector and node affinity: labels a node must have, labels it should have.
//!
//! Models: `pkg/scheduler/framework/plugins/nodeaffinity`, `component-helpers/scheduling/corev1/nodeaffinity`.

use super::{Cycle, Plugin, Refused, Stage, Verdict, normalize_by_highest};
use crate::api::selector::{Operator, Requirement};
use crate::api::{Object, Reader};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;
use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm, PodSpec};
use std::collections::{BTreeMap, BTreeSet};

pub struct NodeAffinity;

struct Work<'a>(&'a PodSpec);

fn requirement(from: &NodeSelectorRequirement) -> Option<Requirement> {
    let operator = match from.operator.as_str() {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        "Gt" => Operator::GreaterThan,
        "Lt" => Operator::LessThan,
        _ => return None,
    };
    Some(Requirement { key: from.key.clone(), operator, values: from.values.clone().unwrap_or_default() })
}

/// Whether a node has what a term asks for; an empty term asks for something no node has.
fn term_matches(term: &NodeSelectorTerm, node: &Object) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or(&[]);
    let fields = term.match_fields.as_deref().unwrap_or(&[]);
    if expressions.is_empty() && fields.is_empty() {
        return false;
    }
    let own: BTreeMap<String, String> = [("metadata.name".to_string(), node.name().to_string())].into();
    let holds = |from: &NodeSelectorRequirement, labels: &BTreeMap<String, String>| {
        requirement(from).is_some_and(|requirement| requirement.matches(labels))
    };
    expressions.iter().all(|from| holds(from, node.labels())) && fields.iter().all(|from| holds(from, &own))
}

/// The terms of the required affinity, any of which is enough.
fn required(spec: &PodSpec) -> Option<&[NodeSelectorTerm]> {
    let affinity = spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let required = affinity.required_during_scheduling_ignored_during_execution.as_ref()?;
    Some(&required.node_selector_terms)
}

/// Whether any of the terms holds for a node.
pub fn matches_terms(terms: &[NodeSelectorTerm], node: &Object) -> bool {
    terms.iter().any(|term| term_matches(term, node))
}

/// nodeSelector and required affinity together.
pub fn matches_required(spec: &PodSpec, node: &Object) -> bool {
    let labels = node.labels();
    let selected = spec.node_selector.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    selected && required(spec).is_none_or(|terms| matches_terms(terms, node))
}

/// The nodes that the terms name, when every one of them names some.
fn named(spec: &PodSpec) -> Option<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for term in required(spec)? {
        let by_name = term.match_fields.iter().flatten().filter(|f| f.key == "metadata.name" && f.operator == "In");
        let sets = by_name.map(|field| field.values.iter().flatten().cloned().collect::<BTreeSet<String>>());
        all.extend(sets.reduce(|one, other| one.intersection(&other).cloned().collect())?);
    }
    Some(all)
}

impl Plugin for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }

    fn weight(&self) -> i64 {
        2
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let asks = cycle.spec.node_selector.is_some()
            || cycle.spec.affinity.as_ref().is_some_and(|affinity| affinity.node_affinity.is_some());
        if let Some(names) = named(cycle.spec) {
            if names.is_empty() {
                return Err(Refused { reason: "pod affinity terms conflict".into(), afterwards: None });
            }
            cycle.only = Some((self.name(), names));
        }
        Ok(asks.then(|| Box::new(Work(cycle.spec)) as Box<dyn Stage>))
    }

    fn hears(&self, news: &News) -> bool {
        news.node().is_some()
    }

    fn hint(&self, news: &News, pod: &Object, _read: Reader<'_>) -> bool {
        let matches = |node: &Object| matches_required(pod.spec(), node);
        news.node().is_some_and(|(old, new)| matches(new) && !old.is_some_and(matches))
    }
}

impl Stage for Work<'_> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        if matches_required(self.0, &node.node) {
            return Verdict::Fits;
        }
        Verdict::never("node(s) didn't match Pod's node affinity/selector")
    }

    fn prepare(&mut self, _feasible: &[&NodeInfo]) -> bool {
        let affinity = self.0.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
        affinity.is_some_and(|a| a.preferred_during_scheduling_ignored_during_execution.is_some())
    }

    fn score(&self, node: &NodeInfo) -> i64 {
        let affinity = self.0.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
        let terms = affinity.and_then(|a| a.preferred_during_scheduling_ignored_during_execution.as_ref());
        let wanted = terms.into_iter().flatten().filter(|term| term_matches(&term.preference, &node.node));
        wanted.map(|term| i64::from(term.weight)).sum()
    }

    fn normalize(&self, scores: &mut [i64], _nodes: &[&NodeInfo]) {
        normalize_by_highest(scores, false);
    }
}
