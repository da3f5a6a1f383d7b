//! On which nodes a DaemonSet's pods belong, and putting them there.
//!
//! Models: `pkg/controller/daemon/daemon_controller.go` (`NodeShouldRunDaemonPod`, `podsShouldBeOnNode`, `syncNodes`),
//! `pkg/controller/daemon/util/daemonset_util.go`.

use super::{Daemons, roll};
use crate::api::{ApiError, Object, kinds};
use crate::control::memory::Record;
use crate::control::revisions::HASH;
use crate::control::scheduler::{matches_required, tolerates};
use crate::control::{Cx, EventType, pods};
use crate::time::{Span, Time};
use k8s_openapi::api::apps::v1::DaemonSetSpec;
use k8s_openapi::api::core::v1::{
    NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, NodeSpec, PodSpec, PodTemplateSpec, Toleration,
};

/// At most this many creations or deletions in one look.
const BURST: usize = 250;
/// How long a failed pod stays before another one is tried, at first and at most.
const FIRST: Span = Span::seconds(1);
const LONGEST: Span = Span::minutes(15);
/// What every daemon tolerates.
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// The pod as it is made for a node.
fn template(set: &Object, node: &str, hash: &str) -> PodTemplateSpec {
    let mut template = set.spec::<DaemonSetSpec>().template.clone();
    let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
    labels.insert(HASH.into(), hash.into());
    if let Some(generation) = set.annotations().get("deprecated.daemonset.template.generation") {
        labels.insert("pod-template-generation".into(), generation.clone());
    }
    let spec = template.spec.get_or_insert_default();
    let requirement =
        NodeSelectorRequirement { key: "metadata.name".into(), operator: "In".into(), values: Some(vec![node.into()]) };
    let term = NodeSelectorTerm { match_fields: Some(vec![requirement]), match_expressions: None };
    let affinity = spec.affinity.get_or_insert_default().node_affinity.get_or_insert_default();
    affinity.required_during_scheduling_ignored_during_execution =
        Some(NodeSelector { node_selector_terms: vec![term] });
    add_tolerations(spec);
    template
}

fn add_tolerations(spec: &mut PodSpec) {
    let network = (spec.host_network == Some(true)).then_some(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    let tolerations = spec.tolerations.get_or_insert_default();
    for (key, effect) in TOLERATED.into_iter().chain(network) {
        let toleration = Toleration {
            key: Some(key.into()),
            operator: Some("Exists".into()),
            effect: Some(effect.into()),
            ..Default::default()
        };
        let same = |t: &&mut Toleration| t.key == toleration.key && t.effect == toleration.effect;
        match tolerations.iter_mut().find(same) {
            Some(there) => *there = toleration,
            None => tolerations.push(toleration),
        }
    }
}

/// What a DaemonSet asks of a node.
pub struct Meant(PodSpec);

impl Meant {
    pub fn of(set: &Object) -> Self {
        let mut spec = set.spec::<DaemonSetSpec>().template.spec.clone().unwrap_or_default();
        add_tolerations(&mut spec);
        Meant(spec)
    }

    /// Whether a pod should be started on a node, and whether one that is there may stay.
    pub fn for_node(&self, node: &Object) -> (bool, bool) {
        let named = self.0.node_name.as_deref().is_none_or(|name| name.is_empty() || name == node.name());
        if !named || !matches_required(&self.0, node) {
            return (false, false);
        }
        let tolerations = self.0.tolerations.as_deref().unwrap_or(&[]);
        let taints = node.spec::<NodeSpec>().taints.as_deref().unwrap_or(&[]);
        let refused = |effect: &str| {
            let of_effect = taints.iter().filter(|taint| taint.effect == effect);
            of_effect.into_iter().any(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)))
        };
        let evicted = refused("NoExecute");
        (!evicted && !refused("NoSchedule"), !evicted)
    }
}

/// The node that a daemon pod is on, or meant for.
pub fn target(pod: &Object) -> Option<String> {
    if let Some(node) = pods::node(pod) {
        return Some(node.into());
    }
    let affinity = pod.spec::<PodSpec>().affinity.as_ref()?.node_affinity.as_ref()?;
    let required = affinity.required_during_scheduling_ignored_during_execution.as_ref()?;
    let field = required.node_selector_terms.first()?.match_fields.as_ref()?.first()?;
    field.values.as_ref()?.first().cloned()
}

/// Creates what is missing, deletes what does not belong. True when there was anything to do; and when to look again at
/// failed pods that must wait.
///
/// # Errors
/// The API server's.
pub fn manage(set: &Object, daemons: &Daemons, hash: &str, cx: &mut Cx<'_>) -> Result<(bool, Option<Span>), ApiError> {
    let nodes: Vec<Object> = cx.read().list(kinds::NODE, None).cloned().collect();
    let meant = Meant::of(set);
    let mut missing = vec![];
    let mut surplus = vec![];
    let mut later: Option<Span> = None;
    for node in &nodes {
        let (start, stay) = meant.for_node(node);
        let there = daemons.get(node.name());
        let here = there.map_or(&[][..], Vec::as_slice);
        if start && there.is_none() {
            missing.push(node.name().to_string());
        } else if stay {
            let running = ended(set, node.name(), here, &mut surplus, &mut later, cx);
            if roll::surges(set) {
                if running.is_empty() && start {
                    missing.push(node.name().to_string());
                }
                surplus.extend(surplus_of_two(set, &running, hash, cx.now));
            } else {
                surplus.extend(running.into_iter().skip(1));
            }
        } else {
            surplus.extend(here.iter().filter(|pod| !pod.deleting()).cloned());
        }
    }
    // Pods on their way to a node that is gone; those that were on it are left to others.
    for (node, here) in daemons {
        if !nodes.iter().any(|known| known.name() == node) {
            surplus.extend(here.iter().filter(|pod| pods::node(pod).is_none() && !pod.deleting()).cloned());
        }
    }
    let busy = !missing.is_empty() || !surplus.is_empty();
    sync(set, surplus, missing, hash, cx)?;
    Ok((busy, later))
}

/// Those that run, the oldest first. Pods that have come to an end go, failed ones after a pause that grows.
fn ended(
    set: &Object,
    node: &str,
    here: &[Object],
    surplus: &mut Vec<Object>,
    later: &mut Option<Span>,
    cx: &mut Cx<'_>,
) -> Vec<Object> {
    let mut running: Vec<Object> = vec![];
    for pod in here.iter().filter(|pod| !pod.deleting()) {
        let (type_, reason, what, verb) = match pods::phase(pod) {
            "Failed" => (EventType::Warning, "FailedDaemonPod", "failed", "kill"),
            "Succeeded" => (EventType::Normal, "SucceededDaemonPod", "succeeded", "delete"),
            _ => {
                running.push(pod.clone());
                continue;
            }
        };
        if what == "failed"
            && let Some(wait) = backs_off(set, node, cx)
        {
            *later = Some(later.map_or(wait, |other| other.min(wait)));
            continue;
        }
        let (namespace, name) = (pod.namespace(), pod.name());
        let text = format!("Found {what} daemon pod {namespace}/{name} on node {node}, will try to {verb} it");
        cx.event(set, type_, reason, text);
        surplus.push(pod.clone());
    }
    running.sort_by(|a, b| {
        let placed = |pod: &Object| pods::node(pod).is_none();
        (placed(a), a.created(), a.name()).cmp(&(placed(b), b.created(), b.name()))
    });
    running
}

/// How long a failed pod still has to stay; otherwise the next one will stay twice as long as this one.
fn backs_off(set: &Object, node: &str, cx: &mut Cx<'_>) -> Option<Span> {
    let about = format!("daemonset/{}/{node}", set.uid());
    let mut record = cx.memory.get(&about);
    let wait = record.wait(FIRST, LONGEST);
    let since = cx.now.since(record.last);
    if since < wait {
        return Some(wait);
    }
    if since > Span(LONGEST.0 * 2) {
        record.count = 0;
    }
    cx.memory.set(&about, Record { count: record.count.saturating_add(1), last: cx.now });
    None
}

/// Of several pods on a node that may have two, those that go: an old and a new one may stay until the new one is available.
fn surplus_of_two(set: &Object, running: &[Object], hash: &str, now: Time) -> Vec<Object> {
    if running.len() <= 1 {
        return vec![];
    }
    let (mut new, mut old, mut surplus) = (None, None, vec![]);
    for pod in running {
        let current = pod.labels().get(HASH).is_some_and(|mine| mine == hash);
        let place = if current { &mut new } else { &mut old };
        match place {
            None => *place = Some(pod),
            Some(_) => surplus.push(pod.clone()),
        }
    }
    if let (Some(new), Some(old)) = (new, old) {
        let min_ready = set.spec::<DaemonSetSpec>().min_ready_seconds.unwrap_or(0);
        if !pods::is_ready(old) || pods::available(new, min_ready, now).is_ok() {
            surplus.push(old.clone());
        }
    }
    surplus
}

/// Creates pods on nodes in batches that double while nothing fails, and deletes others.
///
/// # Errors
/// The API server's.
pub fn sync(
    set: &Object,
    mut surplus: Vec<Object>,
    mut missing: Vec<String>,
    hash: &str,
    cx: &mut Cx<'_>,
) -> Result<(), ApiError> {
    missing.truncate(BURST);
    surplus.truncate(BURST);
    let (mut failed, mut made, mut batch) = (None, 0, 1);
    while made < missing.len() && failed.is_none() {
        let size = batch.min(missing.len() - made);
        for node in &missing[made..made + size] {
            let pod = pods::from_template(&template(set, node, hash), set);
            match pods::create(pod, set, cx) {
                Err(error) if !pods::namespace_goes(&error) => drop(failed.get_or_insert(error)),
                _ => {}
            }
        }
        made += size;
        batch *= 2;
    }
    for pod in surplus {
        if let Err(error) = pods::delete(&pod, set, cx) {
            failed.get_or_insert(error);
        }
    }
    failed.map_or(Ok(()), Err)
}
