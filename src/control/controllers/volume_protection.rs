//! Claims are kept while a pod has them, volumes while a claim has them.
//!
//! Models: `pkg/controller/volume/{pvcprotection,pvprotection}`.

use crate::api::admission::storage::{CLAIM_PROTECTION, VOLUME_PROTECTION};
use crate::api::{ApiError, Object, Reader, Reason};
use crate::control::{Again, Controller, Cx, pods, storage};
use crate::store::{Change, Key};
use k8s_openapi::api::core::v1::{PersistentVolumeStatus, PodSpec};

pub struct ClaimProtection;
pub struct VolumeProtection;

impl Controller for ClaimProtection {
    fn name(&self) -> &'static str {
        "persistentvolumeclaim-protection-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:pvc-protection-controller".into()
    }

    /// Claims that are to go; those of pods that are gone or over.
    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "persistentvolumeclaims" => {
                change.new.as_ref().filter(|c| due(c, CLAIM_PROTECTION)).map(Object::key).into_iter().collect()
            }
            "pods" => {
                let over = change.new.as_ref().is_none_or(pods::is_terminal);
                let Some(pod) = change.old.as_ref().filter(|_| over) else { return vec![] };
                let key = |(name, _): (String, bool)| Key::new("persistentvolumeclaims", pod.namespace(), &name);
                let keys = storage::claims_of(pod).map(key);
                keys.filter(|key| read.by_key(key).is_some_and(|c| due(c, CLAIM_PROTECTION))).collect()
            }
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(claim) = cx.read().by_key(key).filter(|c| due(c, CLAIM_PROTECTION)).cloned() else {
            return Ok(Again::OnChange);
        };
        let holds = |pod: &Object| {
            let volumes = pod.spec::<PodSpec>().volumes.iter().flatten();
            let named = volumes.filter_map(|volume| storage::claim_name(pod.name(), volume));
            pods::node(pod).is_some()
                && named.into_iter().any(|(name, own)| {
                    name == claim.name() && (!own || !pods::is_terminal(pod) && storage::owned_by(&claim, pod))
                })
        };
        let used = storage::users(claim.namespace(), claim.name(), cx.read()).any(holds);
        if used { Ok(Again::OnChange) } else { release(claim, CLAIM_PROTECTION, cx) }
    }
}

impl Controller for VolumeProtection {
    fn name(&self) -> &'static str {
        "persistentvolume-protection-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:pv-protection-controller".into()
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        let volume = change.new.as_ref().filter(|_| change.key.resource == "persistentvolumes");
        volume.filter(|volume| due(volume, VOLUME_PROTECTION)).map(Object::key).into_iter().collect()
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(volume) = cx.read().by_key(key).filter(|v| due(v, VOLUME_PROTECTION)).cloned() else {
            return Ok(Again::OnChange);
        };
        if volume.status::<PersistentVolumeStatus>().phase.as_deref() == Some("Bound") {
            return Ok(Again::OnChange);
        }
        release(volume, VOLUME_PROTECTION, cx)
    }
}

/// It is to go, and protection still holds it.
fn due(object: &Object, finalizer: &str) -> bool {
    object.deleting() && object.meta.finalizers.iter().flatten().any(|f| f == finalizer)
}

fn release(mut object: Object, finalizer: &str, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let finalizers = &mut object.meta_mut().finalizers;
    if let Some(all) = finalizers {
        all.retain(|f| f != finalizer);
    }
    *finalizers = finalizers.take().filter(|all| !all.is_empty());
    match cx.update(object) {
        Err(error) if !matches!(error.reason, Reason::NotFound | Reason::Conflict) => Err(error),
        Err(error) if error.reason == Reason::Conflict => Err(error),
        _ => Ok(Again::OnChange),
    }
}
