//! Claims of pods that bring their own claim template: made with the pod, owned by it.
//!
//! Models: `pkg/controller/volume/ephemeral/controller.go`.

use crate::api::{ApiError, Object, Reader, Reason, kinds};
use crate::control::{Again, Controller, Cx, EventType, pods, storage};
use crate::store::{Change, Key};
use k8s_openapi::api::core::v1::{PersistentVolumeClaimStatus, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

pub struct EphemeralVolumes;

impl Controller for EphemeralVolumes {
    fn name(&self) -> &'static str {
        "ephemeral-volume-controller"
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        let pod = change.new.as_ref().filter(|_| change.key.resource == "pods" && change.old.is_none());
        let has = pod.is_some_and(|pod| storage::claims_of(pod).any(|(_, own)| own));
        if has { vec![change.key.clone()] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(pod) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        if pod.deleting() || pods::is_terminal(&pod) {
            return Ok(Again::OnChange);
        }
        for volume in pod.spec::<PodSpec>().volumes.iter().flatten() {
            let Some(template) = volume.ephemeral.as_ref().and_then(|source| source.volume_claim_template.as_ref())
            else {
                continue;
            };
            let name = format!("{}-{}", pod.name(), volume.name);
            if let Some(claim) = cx.read().get(kinds::PERSISTENT_VOLUME_CLAIM, pod.namespace(), &name) {
                if !storage::owned_by(claim, &pod) {
                    let text = format!(
                        "PVC {}/{name} was not created for pod {}/{} (pod is not owner)",
                        pod.namespace(),
                        pod.namespace(),
                        pod.name()
                    );
                    cx.event(&pod, EventType::Warning, "FailedBinding", text);
                }
                continue;
            }
            let base = template.metadata.as_ref();
            let meta = ObjectMeta {
                name: Some(name),
                namespace: Some(pod.namespace().into()),
                labels: base.and_then(|meta| meta.labels.clone()),
                annotations: base.and_then(|meta| meta.annotations.clone()),
                owner_references: Some(vec![pod.controller_reference()]),
                ..Default::default()
            };
            let status = PersistentVolumeClaimStatus::default();
            let claim = Object::new(kinds::PERSISTENT_VOLUME_CLAIM, meta, template.spec.clone(), status);
            match cx.create(claim) {
                Err(error) if error.reason == Reason::AlreadyExists => {}
                other => drop(other?),
            }
        }
        Ok(Again::OnChange)
    }
}
