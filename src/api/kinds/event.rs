//! Event.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/event`.

use crate::api::kind::{Kind, Names};
use crate::api::object::Codec;
use crate::codec;
use k8s_openapi::api::core::v1::Event;

pub struct EventKind;

static NAMES: Names = Names {
    kind: "Event",
    group: "",
    version: "v1",
    plural: "events",
    singular: "event",
    short: &["ev"],
    namespaced: true,
    categories: &[],
    resource: "events",
};

impl Kind for EventKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ]
    }

    fn codec(&self) -> &'static Codec {
        codec!(Event)
    }
}
