//! DaemonSet.
//!
//! Models: `pkg/apis/apps`, `pkg/registry/apps/daemonset`.

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
use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec, DaemonSetStatus};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub struct DaemonSetKind;

const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

static NAMES: Names = Names {
    kind: "DaemonSet",
    group: "apps",
    version: "v1",
    plural: "daemonsets",
    singular: "daemonset",
    short: &["ds"],
    namespaced: true,
    categories: &["all"],
    resource: "daemonsets.apps",
};

static COLUMNS: [Column; 11] = [
    cell::NAME,
    column("DESIRED", |ds, _| ds.status::<DaemonSetStatus>().desired_number_scheduled.to_string()),
    column("CURRENT", |ds, _| ds.status::<DaemonSetStatus>().current_number_scheduled.to_string()),
    column("READY", |ds, _| ds.status::<DaemonSetStatus>().number_ready.to_string()),
    column("UP-TO-DATE", |ds, _| ds.status::<DaemonSetStatus>().updated_number_scheduled.unwrap_or(0).to_string()),
    column("AVAILABLE", |ds, _| ds.status::<DaemonSetStatus>().number_available.unwrap_or(0).to_string()),
    column("NODE SELECTOR", |ds, _| {
        let spec = ds.spec::<DaemonSetSpec>().template.spec.as_ref();
        cell::map(spec.and_then(|spec| spec.node_selector.as_ref()))
    }),
    cell::AGE,
    cell::CONTAINERS,
    cell::IMAGES,
    cell::SELECTOR,
];

impl Kind for DaemonSetKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::workload_describe::daemon_set(object, read, now, out);
    }

    fn rollout(&self, object: &Object) -> Option<Rollout> {
        Some(show::rollout::daemon_set(object))
    }

    fn codec(&self) -> &'static Codec {
        codec!(DaemonSet, DaemonSetSpec, DaemonSetStatus)
    }

    fn defaults(&self, object: &mut Object) {
        let spec = object.spec_mut::<DaemonSetSpec>();
        spec.revision_history_limit.get_or_insert(10);
        let strategy = spec.update_strategy.get_or_insert_with(Default::default);
        if strategy.type_.get_or_insert_with(|| "RollingUpdate".into()) == "RollingUpdate" {
            let rolling = strategy.rolling_update.get_or_insert_with(Default::default);
            rolling.max_surge.get_or_insert(IntOrString::Int(0));
            rolling.max_unavailable.get_or_insert(IntOrString::Int(1));
        }
        pod_spec::template_defaults(&mut spec.template);
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            *new.status_mut::<DaemonSetStatus>() = DaemonSetStatus::default();
        }
        // The generation of the template alone, which the extensions API had as a field.
        let before = old.and_then(|old| old.annotations().get(TEMPLATE_GENERATION)?.parse::<i64>().ok());
        let same = old.is_some_and(|old| old.spec::<DaemonSetSpec>().template == new.spec::<DaemonSetSpec>().template);
        let generation = before.unwrap_or(0) + i64::from(!same || before.is_none());
        let annotations = new.meta_mut().annotations.get_or_insert_default();
        annotations.insert(TEMPLATE_GENERATION.into(), generation.to_string());
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        let spec = new.spec::<DaemonSetSpec>();
        let was = old.map(|old| &old.spec::<DaemonSetSpec>().selector);
        pod_spec::validate_owner("DaemonSet", None, &spec.selector, was, &spec.template, errors);
        validation::workload::daemon_set(spec, errors);
    }

    fn has_generation(&self) -> bool {
        true
    }

    fn template<'a>(&self, object: &'a Object) -> Option<&'a PodTemplateSpec> {
        Some(&object.spec::<DaemonSetSpec>().template)
    }

    fn set_template(&self, object: &mut Object, template: PodTemplateSpec) -> bool {
        object.spec_mut::<DaemonSetSpec>().template = template;
        true
    }

    fn selector(&self, object: &Object) -> Option<LabelSelector> {
        Some(object.spec::<DaemonSetSpec>().selector.clone())
    }
}
