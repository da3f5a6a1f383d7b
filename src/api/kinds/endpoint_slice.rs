//! EndpointSlice.
//!
//! Models: `pkg/apis/discovery`, `pkg/registry/discovery/endpointslice`.

use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::codec;
use crate::time::Time;
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

static COLUMNS: [Column; 5] = [
    cell::NAME,
    column("ADDRESSTYPE", |slice, _| slice.spec::<EndpointSlice>().address_type.clone()),
    column("PORTS", |slice, _| {
        let ports = slice.spec::<EndpointSlice>().ports.iter().flatten();
        let texts: Vec<String> = ports.map(|p| p.port.map_or_else(|| "*".into(), |n| n.to_string())).collect();
        cell::first_three(&texts, "<unset>")
    }),
    column("ENDPOINTS", |slice, _| {
        let endpoints = slice.spec::<EndpointSlice>().endpoints.iter().flatten();
        let all: Vec<String> = endpoints.flat_map(|e| e.addresses.iter().cloned()).collect();
        cell::first_three(&all, "<unset>")
    }),
    cell::AGE,
];

impl Kind for EndpointSliceKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::service_describe::endpoint_slice(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(EndpointSlice)
    }
}
