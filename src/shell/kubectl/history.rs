//! The revisions of a workload: ReplicaSets of a Deployment, ControllerRevisions of the others.
//!
//! Models: `kubectl/pkg/polymorphichelpers/history.go`.

use crate::api::kinds::controller_revision::number;
use crate::api::show::{Report, containers};
use crate::api::{Object, Reader, kinds};
use crate::control::revisions::template_of;
use k8s_openapi::api::core::v1::PodTemplateSpec;

const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// One revision.
#[derive(Clone, Debug)]
pub struct Entry {
    pub revision: i64,
    /// `kubernetes.io/change-cause`.
    pub cause: Option<String>,
    pub template: PodTemplateSpec,
    /// What stands for it: the ReplicaSet, or the workload as it was then.
    pub object: Object,
}

impl Entry {
    /// Its pod template, as `rollout history --revision` prints it.
    pub fn described(&self) -> String {
        let mut report = Report::new(false);
        containers::template(&self.template, &mut report);
        report.bare()
    }
}

/// Oldest first.
pub fn of(object: &Object, read: Reader<'_>) -> Vec<Entry> {
    let mut all: Vec<Entry> = if object.kind == kinds::DEPLOYMENT {
        read.owned(object.uid())
            .filter(|owned| owned.kind == kinds::REPLICA_SET)
            .filter_map(|set| {
                let revision = set.annotations().get("deployment.kubernetes.io/revision")?.parse().ok()?;
                let mut entry = entry(set, revision, set.kind.template(set)?.clone(), set.clone())?;
                // A ReplicaSet shows its cause among the annotations of the template.
                if let Some(cause) = &entry.cause {
                    let meta = entry.template.metadata.get_or_insert_default();
                    meta.annotations.get_or_insert_default().insert(CHANGE_CAUSE.into(), cause.clone());
                }
                Some(entry)
            })
            .collect()
    } else {
        let all = revisions(object, read);
        let then = |template: &PodTemplateSpec| {
            let mut object = object.clone();
            object.kind.set_template(&mut object, template.clone());
            object
        };
        all.iter()
            .filter_map(|one| {
                let template = template_of(one)?;
                let object = then(&template);
                entry(one, number(one), template, object)
            })
            .collect()
    };
    all.sort_by_key(|entry| entry.revision);
    all
}

/// The controller revisions of a DaemonSet or StatefulSet, oldest first.
pub fn revisions(object: &Object, read: Reader<'_>) -> Vec<Object> {
    let owned = read.owned(object.uid()).filter(|owned| owned.kind == kinds::CONTROLLER_REVISION);
    let mut all: Vec<Object> = owned.cloned().collect();
    all.sort_by_key(number);
    all
}

fn entry(object: &Object, revision: i64, template: PodTemplateSpec, then: Object) -> Option<Entry> {
    let cause = object.annotations().get(CHANGE_CAUSE).filter(|c| !c.is_empty()).cloned();
    Some(Entry { revision, cause, template, object: then })
}
