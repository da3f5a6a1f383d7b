//! Deployment.
//!
//! Models: `pkg/apis/apps`, `pkg/registry/apps/deployment`.

use super::pod_spec;
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report, Rollout};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStatus};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub struct DeploymentKind;

static NAMES: Names = Names {
    kind: "Deployment",
    group: "apps",
    version: "v1",
    plural: "deployments",
    singular: "deployment",
    short: &["deploy"],
    namespaced: true,
    categories: &["all"],
    resource: "deployments.apps",
};

static COLUMNS: [Column; 8] = [
    cell::NAME,
    column("READY", |d, _| {
        let desired = d.spec::<DeploymentSpec>().replicas.unwrap_or(1);
        format!("{}/{desired}", d.status::<DeploymentStatus>().ready_replicas.unwrap_or(0))
    }),
    column("UP-TO-DATE", |d, _| d.status::<DeploymentStatus>().updated_replicas.unwrap_or(0).to_string()),
    column("AVAILABLE", |d, _| d.status::<DeploymentStatus>().available_replicas.unwrap_or(0).to_string()),
    cell::AGE,
    cell::CONTAINERS,
    cell::IMAGES,
    cell::SELECTOR,
];

impl Kind for DeploymentKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::workload_describe::deployment(object, read, now, out);
    }

    fn rollout(&self, object: &Object) -> Option<Rollout> {
        Some(show::rollout::deployment(object))
    }

    fn codec(&self) -> &'static Codec {
        codec!(Deployment, DeploymentSpec, DeploymentStatus)
    }

    fn defaults(&self, object: &mut Object) {
        let spec = object.spec_mut::<DeploymentSpec>();
        spec.replicas.get_or_insert(1);
        spec.revision_history_limit.get_or_insert(10);
        spec.progress_deadline_seconds.get_or_insert(600);
        let strategy = spec.strategy.get_or_insert_with(Default::default);
        let kind = strategy.type_.get_or_insert_with(|| "RollingUpdate".into());
        if kind == "RollingUpdate" {
            let rolling = strategy.rolling_update.get_or_insert_with(Default::default);
            rolling.max_surge.get_or_insert(IntOrString::String("25%".into()));
            rolling.max_unavailable.get_or_insert(IntOrString::String("25%".into()));
        }
        pod_spec::template_defaults(&mut spec.template);
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            *new.status_mut::<DeploymentStatus>() = DeploymentStatus::default();
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        let spec = new.spec::<DeploymentSpec>();
        let was = old.map(|old| &old.spec::<DeploymentSpec>().selector);
        pod_spec::validate_owner("ReplicaSet", spec.replicas, &spec.selector, was, &spec.template, errors);
        validation::workload::deployment(spec, errors);
    }

    fn has_generation(&self) -> bool {
        true
    }

    fn template<'a>(&self, object: &'a Object) -> Option<&'a PodTemplateSpec> {
        Some(&object.spec::<DeploymentSpec>().template)
    }

    fn set_template(&self, object: &mut Object, template: PodTemplateSpec) -> bool {
        object.spec_mut::<DeploymentSpec>().template = template;
        true
    }

    fn selector(&self, object: &Object) -> Option<LabelSelector> {
        Some(object.spec::<DeploymentSpec>().selector.clone())
    }

    fn replicas(&self, object: &Object) -> Option<i32> {
        object.spec::<DeploymentSpec>().replicas
    }

    fn set_replicas(&self, object: &mut Object, replicas: i32) -> bool {
        object.spec_mut::<DeploymentSpec>().replicas = Some(replicas);
        true
    }
}
