//! ReplicationController: what a ReplicaSet was before it had a set-based selector.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/replicationcontroller`.

use super::pod_spec;
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation::workload;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::{
    PodTemplateSpec, ReplicationController, ReplicationControllerSpec, ReplicationControllerStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

pub struct ReplicationControllerKind;

static NAMES: Names = Names {
    kind: "ReplicationController",
    group: "",
    version: "v1",
    plural: "replicationcontrollers",
    singular: "replicationcontroller",
    short: &["rc"],
    namespaced: true,
    categories: &["all"],
    resource: "replicationcontrollers",
};

static COLUMNS: [Column; 8] = [
    cell::NAME,
    column("DESIRED", |rc, _| rc.spec::<ReplicationControllerSpec>().replicas.unwrap_or(1).to_string()),
    column("CURRENT", |rc, _| rc.status::<ReplicationControllerStatus>().replicas.to_string()),
    column("READY", |rc, _| rc.status::<ReplicationControllerStatus>().ready_replicas.unwrap_or(0).to_string()),
    cell::AGE,
    cell::CONTAINERS,
    cell::IMAGES,
    cell::SELECTOR,
];

impl Kind for ReplicationControllerKind {
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
        show::workload_describe::replication_controller(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(ReplicationController, ReplicationControllerSpec, ReplicationControllerStatus)
    }

    fn defaults(&self, object: &mut Object) {
        let spec = object.spec_mut::<ReplicationControllerSpec>();
        spec.replicas.get_or_insert(1);
        let Some(template) = &mut spec.template else { return };
        pod_spec::template_defaults(template);
        let labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone()).unwrap_or_default();
        if labels.is_empty() {
            return;
        }
        // Without a selector of its own it takes its pods by the template's labels, and carries them itself.
        if spec.selector.as_ref().is_none_or(|selector| selector.is_empty()) {
            spec.selector = Some(labels.clone());
        }
        if object.labels().is_empty() {
            object.meta_mut().labels = Some(labels);
        }
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            *new.status_mut::<ReplicationControllerStatus>() = ReplicationControllerStatus::default();
        }
    }

    fn validate(&self, new: &Object, _old: Option<&Object>, errors: &mut FieldErrors) {
        workload::replication_controller(new.spec(), errors);
    }

    fn has_generation(&self) -> bool {
        true
    }

    fn template<'a>(&self, object: &'a Object) -> Option<&'a PodTemplateSpec> {
        object.spec::<ReplicationControllerSpec>().template.as_ref()
    }

    fn set_template(&self, object: &mut Object, template: PodTemplateSpec) -> bool {
        object.spec_mut::<ReplicationControllerSpec>().template = Some(template);
        true
    }

    fn selector(&self, object: &Object) -> Option<LabelSelector> {
        let match_labels = object.spec::<ReplicationControllerSpec>().selector.clone();
        Some(LabelSelector { match_labels, ..Default::default() })
    }

    fn replicas(&self, object: &Object) -> Option<i32> {
        object.spec::<ReplicationControllerSpec>().replicas
    }

    fn set_replicas(&self, object: &mut Object, replicas: i32) -> bool {
        object.spec_mut::<ReplicationControllerSpec>().replicas = Some(replicas);
        true
    }
}
