//! Endpoints.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/endpoints`.

use crate::api::kind::{Kind, Names};
use crate::api::object::Codec;
use crate::codec;
use k8s_openapi::api::core::v1::Endpoints;

pub struct EndpointsKind;

static NAMES: Names = Names {
    kind: "Endpoints",
    group: "",
    version: "v1",
    plural: "endpoints",
    singular: "endpoints",
    short: &["ep"],
    namespaced: true,
    categories: &[],
    resource: "endpoints",
};

impl Kind for EndpointsKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn codec(&self) -> &'static Codec {
        codec!(Endpoints)
    }
}
