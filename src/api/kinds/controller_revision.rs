//! ControllerRevision: a template that a DaemonSet or StatefulSet once had.
//!
//! Models: `pkg/apis/apps`, `pkg/registry/apps/controllerrevision`.

use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::show::cell::{self, column};
use crate::codec;
use k8s_openapi::api::apps::v1::ControllerRevision;

pub struct ControllerRevisionKind;

static NAMES: Names = Names {
    kind: "ControllerRevision",
    group: "apps",
    version: "v1",
    plural: "controllerrevisions",
    singular: "controllerrevision",
    short: &[],
    namespaced: true,
    categories: &[],
    resource: "controllerrevisions.apps",
};

static COLUMNS: [Column; 4] = [
    cell::NAME,
    column("CONTROLLER", |revision, _| {
        let owner = revision.controller();
        owner.map_or_else(
            || "<none>".into(),
            |owner| {
                let group = owner.api_version.split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
                format!("{}{group}/{}", owner.kind.to_ascii_lowercase(), owner.name)
            },
        )
    }),
    column("REVISION", |revision, _| number(revision).to_string()),
    cell::AGE,
];

/// Which revision it is.
pub fn number(revision: &Object) -> i64 {
    revision.spec::<ControllerRevision>().revision
}

impl Kind for ControllerRevisionKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        codec!(ControllerRevision)
    }
}
