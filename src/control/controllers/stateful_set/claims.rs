//! The claims of a StatefulSet's pods: made from its claim templates, kept when the pod goes, or deleted with it when the
//! set's retention policy says so (an owner reference, and the garbage collector does the rest).
//!
//! Models: `pkg/controller/statefulset/stateful_pod_control.go`, `stateful_set_utils.go`.

use super::{Look, identity, range};
use crate::api::{ApiError, Object, Reason, kinds};
use crate::control::{Cx, EventType};
use k8s_openapi::api::apps::v1::StatefulSetSpec;
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimStatus, PersistentVolumeClaimVolumeSource, PodSpec, Volume,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

/// `data-web-0`.
fn claim_name(template: &PersistentVolumeClaim, pod: &str) -> String {
    format!("{}-{pod}", template.metadata.name.as_deref().unwrap_or(""))
}

/// Gives a pod a volume for each claim; a volume of the template with that name gives way.
pub fn mount(spec: &StatefulSetSpec, pod: &str, pod_spec: &mut PodSpec) {
    let templates = spec.volume_claim_templates.as_deref().unwrap_or(&[]);
    if templates.is_empty() {
        return;
    }
    let claimed = templates.iter().map(|template| Volume {
        name: template.metadata.name.clone().unwrap_or_default(),
        persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
            claim_name: claim_name(template, pod),
            ..Default::default()
        }),
        ..Default::default()
    });
    let mut volumes: Vec<Volume> = claimed.collect();
    for volume in pod_spec.volumes.take().into_iter().flatten() {
        if volumes.iter().all(|claimed| claimed.name != volume.name) {
            volumes.push(volume);
        }
    }
    pod_spec.volumes = Some(volumes);
}

fn owned_by(claim: &Object, owner: &Object) -> bool {
    !owner.uid().is_empty() && owners(claim).iter().any(|reference| reference.uid == owner.uid())
}

fn owners(claim: &Object) -> &[OwnerReference] {
    claim.meta.owner_references.as_deref().unwrap_or(&[])
}

impl Look {
    fn templates(&self) -> &[PersistentVolumeClaim] {
        self.spec().volume_claim_templates.as_deref().unwrap_or(&[])
    }

    fn draft_claim(&self, template: &PersistentVolumeClaim, pod: &str) -> Object {
        let given = &template.metadata;
        let mut labels = given.labels.clone().unwrap_or_default();
        labels.extend(self.spec().selector.match_labels.clone().unwrap_or_default());
        let meta = ObjectMeta {
            name: Some(claim_name(template, pod)),
            namespace: self.set.meta.namespace.clone(),
            labels: (!labels.is_empty()).then_some(labels),
            annotations: given.annotations.clone(),
            ..Default::default()
        };
        let spec = template.spec.clone().unwrap_or_default();
        Object::new(kinds::PERSISTENT_VOLUME_CLAIM, meta, spec, PersistentVolumeClaimStatus::default())
    }

    /// The claims of a pod that exist.
    fn claims(&self, pod: &str, cx: &Cx<'_>) -> Vec<Object> {
        let names = self.templates().iter().map(|template| claim_name(template, pod));
        let find = |name: String| cx.read().get(kinds::PERSISTENT_VOLUME_CLAIM, self.set.namespace(), &name).cloned();
        names.filter_map(find).collect()
    }

    /// Makes the claims of a pod that are missing.
    ///
    /// # Errors
    /// The API server's, or that a claim is on its way out: all in one.
    pub fn make_claims(&self, pod: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        let mut failed: Vec<ApiError> = vec![];
        for template in self.templates() {
            let claim = self.draft_claim(template, pod);
            match cx.read().by_key(&claim.key()).map(Object::deleting) {
                Some(false) => {}
                Some(true) => {
                    let text = format!("pvc {} is being deleted", claim.name());
                    failed.push(ApiError::new(Reason::Conflict, text));
                }
                None => {
                    let name = claim.name().to_string();
                    let result = cx.create(claim).map(drop);
                    self.tell_of_claim(&name, pod, &result, cx);
                    if let Err(mut error) = result {
                        error.message = format!("failed to create PVC {name}: {}", error.message);
                        failed.push(error);
                    }
                }
            }
        }
        let Some(mut first) = failed.first().cloned() else { return Ok(()) };
        if failed.len() > 1 {
            let all: Vec<&str> = failed.iter().map(|error| error.message.as_str()).collect();
            first.message = format!("[{}]", all.join(", "));
        }
        Err(first)
    }

    fn tell_of_claim(&self, claim: &str, pod: &str, result: &Result<(), ApiError>, cx: &mut Cx<'_>) {
        let set = self.set.name();
        match result {
            Ok(()) => {
                let text = format!("create Claim {claim} Pod {pod} in StatefulSet {set} success");
                cx.event(&self.set, EventType::Normal, "SuccessfulCreate", text);
            }
            Err(error) if error.reason == Reason::AlreadyExists => {}
            Err(error) => {
                let why = &error.message;
                let text = format!("create Claim {claim} for Pod {pod} in StatefulSet {set} failed error: {why}");
                cx.event(&self.set, EventType::Warning, "FailedCreate", text);
            }
        }
    }

    /// What happens to claims when the set is deleted, and when it is scaled down: true for deletion.
    fn retention(&self) -> (bool, bool) {
        let policy = self.spec().persistent_volume_claim_retention_policy.as_ref();
        let deletes = |text: Option<&String>| text.is_some_and(|text| text == "Delete");
        policy.map_or((false, false), |p| (deletes(p.when_deleted.as_ref()), deletes(p.when_scaled.as_ref())))
    }

    /// Whether a claim of that pod still goes with an earlier pod of the same name.
    pub fn has_stale_claim(&self, pod: &str, cx: &Cx<'_>) -> bool {
        let earlier = |reference: &OwnerReference| reference.kind == "Pod" && reference.name == pod;
        self.retention().1 && self.claims(pod, cx).iter().any(|claim| owners(claim).iter().any(earlier))
    }

    /// Brings the owners of a pod's claims in line with the retention policy. True when something had to change.
    ///
    /// # Errors
    /// The API server's.
    pub fn settle_claims(&self, pod: &Object, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
        let (when_deleted, when_scaled) = self.retention();
        let within = identity::ordinal(self.set.name(), pod.name()).is_some_and(|n| range(&self.set).contains(&n));
        let mut changed = false;
        for mut claim in self.claims(pod.name(), cx) {
            let ours = |uid: &str| uid == self.set.uid() || (!pod.uid().is_empty() && uid == pod.uid());
            let stranger = owners(&claim).iter().any(|owner| owner.controller == Some(true) && !ours(&owner.uid));
            if stranger {
                let text = format!(
                    "PersistentVolumeClaim {} has a conflicting OwnerReference that acts as a managing controller, the retention policy is ignored for this claim",
                    claim.name()
                );
                cx.event(&self.set, EventType::Warning, "ConflictingController", text);
            }
            let wants_set = !stranger && when_deleted && (within || !when_scaled);
            let wants_pod = !stranger && when_scaled && !within;
            if owned_by(&claim, &self.set) == wants_set && owned_by(&claim, pod) == wants_pod {
                continue;
            }
            let mut references: Vec<OwnerReference> =
                owners(&claim).iter().filter(|owner| !ours(&owner.uid)).cloned().collect();
            references.extend(wants_set.then(|| self.set.controller_reference()));
            references.extend(wants_pod.then(|| pod.controller_reference()));
            claim.meta_mut().owner_references = (!references.is_empty()).then_some(references);
            let name = claim.name().to_string();
            cx.update(claim).map_err(|mut error| {
                error.message = format!("could not update claim {name} for delete policy ownerRefs: {}", error.message);
                error
            })?;
            changed = true;
        }
        Ok(changed)
    }
}
