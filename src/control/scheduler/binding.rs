//! Pods that have a node and wait for their volumes before they are bound to it.
//!
//! Models: `PreBind` of `pkg/scheduler/framework/plugins/volumebinding/volume_binding.go`, `BindPodVolumes`,
//! `checkBindings` of its `binder.go`.

use super::cache;
use super::plugins::{Step, volume_steps};
use crate::api::kinds::{self, persistent_volume_claim};
use crate::api::{ApiError, Object};
use crate::control::storage::{
    BOUND_BY_CONTROLLER, SELECTED_NODE, annotate, annotated, claims_of, fully_bound, reference,
};
use crate::control::{Cx, EventType};
use crate::store::Key;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{PersistentVolumeSpec, PodSpec, PodStatus};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How long volumes may take, and how often they are looked at.
const PATIENCE: Span = Span::minutes(10);
const LOOK: Span = Span::seconds(1);

#[derive(Clone)]
pub struct Binding {
    pub uid: Rc<str>,
    pub node: Rc<str>,
    since: Time,
}

#[derive(Clone, Default)]
pub struct Bindings(BTreeMap<Key, Binding>);

impl Bindings {
    pub fn get(&self, pod: &Key) -> Option<&Binding> {
        self.0.get(pod)
    }
}

/// What a look at the volumes of a pod came to.
pub enum Volumes {
    Bound,
    Waiting,
    /// Another attempt has to be made.
    Failed(String),
}

/// Asks for the volumes of a pod that was given a node. True when there is nothing to wait for.
///
/// # Errors
/// When a claim or volume changed meanwhile.
pub fn begin(pod: &Object, node: &Rc<str>, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
    let Some(place) = cx.read().get(kinds::NODE, "", node).cloned() else { return Ok(true) };
    if claims_of(pod).next().is_none() {
        return Ok(true);
    }
    let steps = volume_steps(pod, &place, cx.read());
    if steps.is_empty() {
        return Ok(true);
    }
    // Others are told where the pod is about to go.
    if let Some(mut pod) = cx.read().by_key(&pod.key()).cloned() {
        pod.status_mut::<PodStatus>().nominated_node_name = Some(node.to_string());
        cx.update_status(pod)?;
    }
    for step in steps {
        let (Step::Bind { claim, .. } | Step::Provision { claim }) = &step;
        let Some(claim) = cx.read().get(kinds::PERSISTENT_VOLUME_CLAIM, pod.namespace(), claim).cloned() else {
            continue;
        };
        match step {
            Step::Bind { volume, .. } => {
                let Some(mut volume) = cx.read().get(kinds::PERSISTENT_VOLUME, "", &volume).cloned() else { continue };
                if volume.spec::<PersistentVolumeSpec>().claim_ref.is_none() {
                    annotate(&mut volume, BOUND_BY_CONTROLLER, "yes");
                }
                volume.spec_mut::<PersistentVolumeSpec>().claim_ref = Some(reference(&claim));
                cx.update(volume)?;
            }
            Step::Provision { .. } => {
                let mut claim = claim;
                if annotate(&mut claim, SELECTED_NODE, node) {
                    cx.update(claim)?;
                }
            }
        }
    }
    let binding = Binding { uid: pod.uid().into(), node: node.clone(), since: cx.now };
    Rc::make_mut(&mut cx.scheduler.bindings).0.insert(pod.key(), binding);
    assume(pod, node, cx);
    cx.wake(pod.key(), LOOK);
    Ok(false)
}

/// The pod counts as being on its node.
fn assume(pod: &Object, node: &Rc<str>, cx: &mut Cx<'_>) {
    let mut placed = pod.clone();
    placed.spec_mut::<PodSpec>().node_name = Some(node.to_string());
    Rc::<cache::Cache>::make_mut(&mut cx.scheduler.cache).assume(&pod.key(), Some(&placed));
}

/// Whether the volumes of a waiting pod are there by now.
pub fn look(pod: &Object, binding: &Binding, cx: &mut Cx<'_>) -> Volumes {
    for (name, _) in claims_of(pod) {
        let Some(claim) = cx.read().get(kinds::PERSISTENT_VOLUME_CLAIM, pod.namespace(), &name) else {
            return Volumes::Failed(format!("persistentvolumeclaim \"{name}\" not found"));
        };
        if fully_bound(claim) {
            continue;
        }
        let volume = persistent_volume_claim::volume(claim.spec());
        let selected = annotated(claim, SELECTED_NODE);
        let kept = volume.is_empty() && selected.is_none() && {
            let mut volumes = cx.read().list(kinds::PERSISTENT_VOLUME, None);
            volumes.any(|volume| crate::control::storage::meant_for(volume, claim))
        };
        if selected.is_none() && volume.is_empty() && !kept {
            return Volumes::Failed(format!("selectedNode annotation reset for PVC \"{name}\""));
        }
        if selected.is_some_and(|selected| selected != &*binding.node) {
            let selected = selected.unwrap_or("");
            return Volumes::Failed(format!("provisioning failed for PVC \"{name}\": selected node is \"{selected}\""));
        }
        if cx.now.since(binding.since) >= PATIENCE {
            return Volumes::Failed("context deadline exceeded".into());
        }
        let past = cx.now.since(binding.since).0 % LOOK.0;
        cx.wake(pod.key(), Span(LOOK.0 - past));
        assume(pod, &binding.node.clone(), cx);
        return Volumes::Waiting;
    }
    Volumes::Bound
}

/// The pod no longer waits: it is bound, gone, or tried anew.
pub fn end(pod: &Key, cx: &mut Cx<'_>) -> bool {
    if cx.scheduler.bindings.get(pod).is_none() {
        return false;
    }
    Rc::make_mut(&mut cx.scheduler.bindings).0.remove(pod);
    true
}

/// The volumes did not come: the pod goes back to the queue.
pub fn fail(pod: &Object, why: &str, cx: &mut Cx<'_>) -> String {
    end(&pod.key(), cx);
    Rc::<cache::Cache>::make_mut(&mut cx.scheduler.cache).assume(&pod.key(), None);
    let text = format!("running PreBind plugin \"VolumeBinding\": binding volumes: {why}");
    cx.event_of_action(pod, EventType::Warning, "FailedScheduling", "Scheduling", text.clone());
    let now = cx.now;
    Rc::make_mut(&mut cx.scheduler.queue).mistaken(pod, now);
    text
}
