//! EndpointSlice.
//!
//! Models: `pkg/apis/discovery`, `pkg/registry/discovery/endpointslice`.

use crate::api::kind::{Kind, Names};
use crate::api::object::Codec;
use crate::codec;
use k8s_openapi::api::discovery::v1::EndpointSlice;

pub struct EndpointSliceKind;

static NAMES: Names = Names {
    kind: "EndpointSlice",
    group: "discovery.k8s.io",
    version: "v1",
    plural: "endpointslices",
    singular: "endpointslice",
    short: &[],
    namespaced: true,
    categories: &[],
    resource: "endpointslices.discovery.k8s.io",
};

impl Kind for EndpointSliceKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn codec(&self) -> &'static Codec {
        codec!(EndpointSlice)
    }
}
