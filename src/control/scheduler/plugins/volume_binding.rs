//! The claims of a pod must exist, those of the immediate kind must be bound, volumes must be reachable from the node; a
//! claim that waits for its first consumer gets a volume that the chosen node can reach, or has one made there.
//!
//! Models: `pkg/scheduler/framework/plugins/volumebinding` (`volume_binding.go`, `binder.go`).
//! Left out: storage capacity of drivers, scores by how well volumes are filled.

use super::{Cycle, Plugin, Refused, Stage, Verdict};
use crate::api::kinds::persistent_volume_claim;
use crate::api::{Object, Reader, kinds};
use crate::control::scheduler::cache::NodeInfo;
use crate::control::scheduler::news::News;
use crate::control::storage::{
    self, NO_PROVISIONER, SELECTED_NODE, annotated, best, claims_of, class_of, delayed, fully_bound, owned_by,
    reachable,
};
use k8s_openapi::api::core::v1::{PersistentVolumeClaimStatus, PersistentVolumeSpec, TopologySelectorTerm};
use k8s_openapi::api::storage::v1::StorageClass;

pub struct VolumeBinding;

/// What binding a pod to a node asks for first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This volume is kept for this claim.
    Bind { claim: String, volume: String },
    /// A volume is to be made for this claim on the node.
    Provision { claim: String },
}

/// The claims of a pod, sorted.
struct Claims<'a> {
    read: Reader<'a>,
    bound: Vec<&'a Object>,
    waiting: Vec<&'a Object>,
}

/// What the last resort says when it was not prepared, because something before it refused the pod.
fn refused(reason: impl Into<String>) -> Refused {
    Refused { reason: reason.into(), afterwards: Some("not found") }
}

fn sort<'a>(pod: &Object, read: Reader<'a>) -> Result<Claims<'a>, Refused> {
    let mut claims = Claims { read, bound: vec![], waiting: vec![] };
    let mut immediate = false;
    for (name, own) in claims_of(pod) {
        let Some(claim) = read.get(kinds::PERSISTENT_VOLUME_CLAIM, pod.namespace(), &name) else {
            return Err(refused(match own {
                true => {
                    format!("waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\"")
                }
                false => format!("persistentvolumeclaim \"{name}\" not found"),
            }));
        };
        if claim.status::<PersistentVolumeClaimStatus>().phase.as_deref() == Some("Lost") {
            let volume = persistent_volume_claim::volume(claim.spec());
            let text = format!("persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\"");
            return Err(refused(text));
        }
        if claim.deleting() {
            return Err(refused(format!("persistentvolumeclaim \"{name}\" is being deleted")));
        }
        if own && !owned_by(claim, pod) {
            let (namespace, pod) = (pod.namespace(), pod.name());
            let text = format!("PVC {namespace}/{name} was not created for pod {namespace}/{pod} (pod is not owner)");
            return Err(refused(text));
        }
        if fully_bound(claim) {
            claims.bound.push(claim);
        } else if delayed(claim, read) && persistent_volume_claim::volume(claim.spec()).is_empty() {
            claims.waiting.push(claim);
        } else {
            immediate = true;
        }
    }
    if immediate { Err(refused("pod has unbound immediate PersistentVolumeClaims")) } else { Ok(claims) }
}

impl Plugin for VolumeBinding {
    fn name(&self) -> &'static str {
        "VolumeBinding"
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        if claims_of(cycle.pod).next().is_none() {
            return Ok(None);
        }
        let claims = sort(cycle.pod, cycle.read)?;
        Ok(Some(Box::new(claims)))
    }

    fn hint(&self, news: &News, pod: &Object, _read: Reader<'_>) -> bool {
        let labels = |(old, new): (Option<&Object>, &Object)| old.is_none_or(|old| old.labels() != new.labels());
        matches!(news.key.resource, "persistentvolumes" | "storageclasses.storage.k8s.io" | "csinodes.storage.k8s.io")
            || news.claim_of(pod)
            || news.node().is_some_and(labels)
    }
}

impl Stage for Claims<'_> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let mut reasons = vec![];
        for claim in &self.bound {
            let name = persistent_volume_claim::volume(claim.spec());
            let why = match self.read.get(kinds::PERSISTENT_VOLUME, "", name) {
                None => "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",
                Some(volume) if !reachable(volume.spec::<PersistentVolumeSpec>(), &node.node) => {
                    "node(s) didn't match PersistentVolume's node affinity"
                }
                Some(_) => continue,
            };
            reasons.push(why.into());
            break;
        }
        if self.steps(&node.node).is_none() {
            reasons.push("node(s) didn't find available persistent volumes to bind".into());
        }
        if reasons.is_empty() { Verdict::Fits } else { Verdict::No { reasons, resolvable: false } }
    }
}

impl Claims<'_> {
    /// How the waiting claims would be served on a node; `None` when they cannot be.
    fn steps(&self, node: &Object) -> Option<Vec<Step>> {
        let mut waiting = self.waiting.clone();
        waiting.sort_by_cached_key(|claim| storage::request(claim.spec()));
        let mut taken: Vec<&str> = vec![];
        let mut steps = vec![];
        for claim in waiting {
            let name = claim.name().to_owned();
            match annotated(claim, SELECTED_NODE) {
                // A volume is being made for it already, elsewhere or here.
                Some(chosen) if chosen != node.name() => return None,
                Some(_) => {}
                None => {
                    if let Some(volume) = best(claim, Some(node), &taken, true, self.read) {
                        taken.push(volume.name());
                        steps.push(Step::Bind { claim: name, volume: volume.name().into() });
                        continue;
                    }
                }
            }
            let class = class_of(claim, self.read)?.spec::<StorageClass>();
            if class.provisioner.is_empty() || class.provisioner == NO_PROVISIONER || !allowed(class, node) {
                return None;
            }
            steps.push(Step::Provision { claim: name });
        }
        Some(steps)
    }
}

/// Whether a class makes volumes for a node.
fn allowed(class: &StorageClass, node: &Object) -> bool {
    let terms = class.allowed_topologies.as_deref().unwrap_or_default();
    let holds = |term: &TopologySelectorTerm| {
        term.match_label_expressions
            .iter()
            .flatten()
            .all(|rule| node.labels().get(&rule.key).is_some_and(|value| rule.values.contains(value)))
    };
    terms.is_empty() || terms.iter().any(holds)
}

/// What has to be done about the claims of a pod before it is bound to a node.
pub fn steps(pod: &Object, node: &Object, read: Reader<'_>) -> Vec<Step> {
    sort(pod, read).ok().and_then(|claims| claims.steps(node)).unwrap_or_default()
}
