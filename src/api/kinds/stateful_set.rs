//! StatefulSet.
//!
//! Models: `pkg/apis/apps`, `pkg/registry/apps/statefulset`.
//! Left out: `maxUnavailable`, which a 1.36 server drops as well (its feature gate MaxUnavailableStatefulSet is off by default).

use super::{persistent_volume_claim, pod_spec};
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report, Rollout};
use crate::api::validation::stateful_set;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec, StatefulSetStatus};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

pub struct StatefulSetKind;

static NAMES: Names = Names {
    kind: "StatefulSet",
    group: "apps",
    version: "v1",
    plural: "statefulsets",
    singular: "statefulset",
    short: &["sts"],
    namespaced: true,
    categories: &["all"],
    resource: "statefulsets.apps",
};

static COLUMNS: [Column; 5] = [
    cell::NAME,
    column("READY", |set, _| {
        let ready = set.status::<StatefulSetStatus>().ready_replicas.unwrap_or(0);
        format!("{ready}/{}", set.spec::<StatefulSetSpec>().replicas.unwrap_or(1))
    }),
    cell::AGE,
    cell::CONTAINERS,
    cell::IMAGES,
];

/// The parts of a claim template that the server fills in.
fn claim_defaults(claim: &mut PersistentVolumeClaim) {
    persistent_volume_claim::spec_defaults(claim.spec.get_or_insert_default());
    claim.status.get_or_insert_default().phase.get_or_insert_with(|| "Pending".into());
}

impl Kind for StatefulSetKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::workload_describe::stateful_set(object, read, now, out);
    }

    fn rollout(&self, object: &Object) -> Option<Rollout> {
        Some(show::rollout::stateful_set(object))
    }

    fn codec(&self) -> &'static Codec {
        codec!(StatefulSet, StatefulSetSpec, StatefulSetStatus)
    }

    fn defaults(&self, object: &mut Object) {
        let spec = object.spec_mut::<StatefulSetSpec>();
        spec.replicas.get_or_insert(1);
        spec.revision_history_limit.get_or_insert(10);
        spec.service_name.get_or_insert_with(String::new);
        spec.pod_management_policy.get_or_insert_with(|| "OrderedReady".into());
        let strategy = spec.update_strategy.get_or_insert_with(Default::default);
        if strategy.type_.as_deref().unwrap_or("").is_empty() {
            strategy.type_ = Some("RollingUpdate".into());
            strategy.rolling_update.get_or_insert_with(Default::default);
        }
        if strategy.type_.as_deref() == Some("RollingUpdate")
            && let Some(rolling) = &mut strategy.rolling_update
        {
            rolling.partition.get_or_insert(0);
        }
        let retention = spec.persistent_volume_claim_retention_policy.get_or_insert_with(Default::default);
        for policy in [&mut retention.when_deleted, &mut retention.when_scaled] {
            policy.get_or_insert_with(|| "Retain".into());
        }
        spec.volume_claim_templates.iter_mut().flatten().for_each(claim_defaults);
        pod_spec::template_defaults(&mut spec.template);
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            let fresh = StatefulSetStatus { available_replicas: Some(0), ..Default::default() };
            *new.status_mut::<StatefulSetStatus>() = fresh;
        }
        let strategy = new.spec_mut::<StatefulSetSpec>().update_strategy.as_mut();
        if let Some(rolling) = strategy.and_then(|strategy| strategy.rolling_update.as_mut()) {
            rolling.max_unavailable = None;
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        stateful_set::validate(new.spec(), old.map(Object::spec), errors);
    }

    fn has_generation(&self) -> bool {
        true
    }

    fn template<'a>(&self, object: &'a Object) -> Option<&'a PodTemplateSpec> {
        Some(&object.spec::<StatefulSetSpec>().template)
    }

    fn set_template(&self, object: &mut Object, template: PodTemplateSpec) -> bool {
        object.spec_mut::<StatefulSetSpec>().template = template;
        true
    }

    fn selector(&self, object: &Object) -> Option<LabelSelector> {
        Some(object.spec::<StatefulSetSpec>().selector.clone())
    }

    fn replicas(&self, object: &Object) -> Option<i32> {
        object.spec::<StatefulSetSpec>().replicas
    }

    fn set_replicas(&self, object: &mut Object, replicas: i32) -> bool {
        object.spec_mut::<StatefulSetSpec>().replicas = Some(replicas);
        true
    }
}
