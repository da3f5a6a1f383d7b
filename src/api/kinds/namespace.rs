//! Namespace.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/namespace`.

use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::{Namespace, NamespaceSpec, NamespaceStatus};

pub struct NamespaceKind;

static NAMES: Names = Names {
    kind: "Namespace",
    group: "",
    version: "v1",
    plural: "namespaces",
    singular: "namespace",
    short: &["ns"],
    namespaced: false,
    categories: &[],
    resource: "namespaces",
};

static COLUMNS: [Column; 3] = [
    cell::NAME,
    column("STATUS", |namespace, _| namespace.status::<NamespaceStatus>().phase.clone().unwrap_or_default()),
    cell::AGE,
];

impl Kind for NamespaceKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status.phase"]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, _now: Time, out: &mut Report) {
        show::config_describe::namespace(object, read, out);
    }

    fn verbs(&self) -> &'static [&'static str] {
        &["create", "delete", "get", "list", "patch", "update", "watch"]
    }

    fn codec(&self) -> &'static Codec {
        codec!(Namespace, NamespaceSpec, NamespaceStatus)
    }

    fn defaults(&self, object: &mut Object) {
        let name = object.name().to_string();
        object
            .meta_mut()
            .labels
            .get_or_insert_with(Default::default)
            .insert("kubernetes.io/metadata.name".into(), name);
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            new.spec_mut::<NamespaceSpec>().finalizers = Some(vec!["kubernetes".into()]);
            *new.status_mut::<NamespaceStatus>() = NamespaceStatus { phase: Some("Active".into()), conditions: None };
        }
    }
}
