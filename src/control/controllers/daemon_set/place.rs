//! On which nodes a DaemonSet's pods belong, and putting them there.
//!
//! Models: `pkg/controller/daemon/daemon_controller.go` (`NodeShouldRunDaemonPod`, `syncNodes`),
//! `pkg/controller/daemon/util/daemonset_util.go`.

use super::Daemons;
use crate::api::{ApiError, Object, kinds};
use crate::control::revisions::HASH;
use crate::control::scheduler::{matches_required, tolerates};
use crate::control::{Cx, EventType, pods};
use k8s_openapi::api::apps::v1::DaemonSetSpec;
use k8s_openapi::api::core::v1::{
    NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, NodeSpec, PodSpec, PodTemplateSpec, Toleration,
};

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

/// Creates what is missing, deletes what does not belong.
pub fn manage(set: &Object, daemons: &Daemons, hash: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let nodes: Vec<Object> = cx.read().list(kinds::NODE, None).cloned().collect();
    let meant = Meant::of(set);
    let mut missing = vec![];
    let mut surplus = vec![];
    for node in &nodes {
        let (start, stay) = meant.for_node(node);
        let here = daemons.get(node.name()).map_or(&[][..], Vec::as_slice);
        if !stay {
            surplus.extend(here.iter().filter(|pod| !pod.deleting()).cloned());
            continue;
        }
        let (ended, mut alive): (Vec<&Object>, Vec<&Object>) = here.iter().partition(|pod| pods::is_terminal(pod));
        for pod in ended.into_iter().filter(|pod| !pod.deleting()) {
            let failed = pods::phase(pod) == "Failed";
            let (type_, reason, what) = match failed {
                true => (EventType::Warning, "FailedDaemonPod", "failed daemon pod"),
                false => (EventType::Normal, "SucceededDaemonPod", "succeeded daemon pod"),
            };
            let (namespace, name) = (pod.namespace(), pod.name());
            let verb = if failed { "will try to kill it" } else { "will try to delete it" };
            let text = format!("Found {what} {namespace}/{name} on node {}, {verb}", node.name());
            cx.event(set, type_, reason, text);
            surplus.push(pod.clone());
        }
        alive.sort_by_key(|pod| pod.created());
        surplus.extend(alive.iter().skip(1).filter(|pod| !pod.deleting()).map(|pod| (*pod).clone()));
        if start && here.is_empty() {
            missing.push(node.name().to_string());
        }
    }
    // Pods whose node is gone are the garbage collector's of pods.
    for pod in surplus {
        pods::delete(&pod, set, cx)?;
    }
    for node in missing {
        let pod = pods::from_template(&template(set, &node, hash), set);
        pods::create(pod, set, cx)?;
    }
    Ok(())
}
