//! ReplicaSet.
//!
//! Models: `pkg/apis/apps`, `pkg/registry/apps/replicaset`.

use super::pod_spec;
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetSpec, ReplicaSetStatus};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

pub struct ReplicaSetKind;

static NAMES: Names = Names {
    kind: "ReplicaSet",
    group: "apps",
    version: "v1",
    plural: "replicasets",
    singular: "replicaset",
    short: &["rs"],
    namespaced: true,
    categories: &["all"],
    resource: "replicasets.apps",
};

static COLUMNS: [Column; 8] = [
    cell::NAME,
    column("DESIRED", |rs, _| rs.spec::<ReplicaSetSpec>().replicas.unwrap_or(1).to_string()),
    column("CURRENT", |rs, _| rs.status::<ReplicaSetStatus>().replicas.to_string()),
    column("READY", |rs, _| rs.status::<ReplicaSetStatus>().ready_replicas.unwrap_or(0).to_string()),
    cell::AGE,
    cell::CONTAINERS,
    cell::IMAGES,
    cell::SELECTOR,
];

impl Kind for ReplicaSetKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status.replicas"]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::workload_describe::replica_set(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(ReplicaSet, ReplicaSetSpec, ReplicaSetStatus)
    }

    fn defaults(&self, object: &mut Object) {
        let spec = object.spec_mut::<ReplicaSetSpec>();
        spec.replicas.get_or_insert(1);
        if let Some(template) = &mut spec.template {
            pod_spec::template_defaults(template);
        }
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            *new.status_mut::<ReplicaSetStatus>() = ReplicaSetStatus::default();
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        let spec = new.spec::<ReplicaSetSpec>();
        let was = old.map(|old| &old.spec::<ReplicaSetSpec>().selector);
        let template = spec.template.clone().unwrap_or_default();
        validation::not_negative(errors, "spec.minReadySeconds", spec.min_ready_seconds.map(i64::from));
        pod_spec::validate_owner("ReplicaSet", spec.replicas, &spec.selector, was, &template, errors);
    }

    fn has_generation(&self) -> bool {
        true
    }

    fn template<'a>(&self, object: &'a Object) -> Option<&'a PodTemplateSpec> {
        object.spec::<ReplicaSetSpec>().template.as_ref()
    }

    fn set_template(&self, object: &mut Object, template: PodTemplateSpec) -> bool {
        object.spec_mut::<ReplicaSetSpec>().template = Some(template);
        true
    }

    fn selector(&self, object: &Object) -> Option<LabelSelector> {
        Some(object.spec::<ReplicaSetSpec>().selector.clone())
    }

    fn replicas(&self, object: &Object) -> Option<i32> {
        object.spec::<ReplicaSetSpec>().replicas
    }

    fn set_replicas(&self, object: &mut Object, replicas: i32) -> bool {
        object.spec_mut::<ReplicaSetSpec>().replicas = Some(replicas);
        true
    }
}
