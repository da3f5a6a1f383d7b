//! Lease.
//!
//! Models: `pkg/apis/coordination`, `pkg/registry/coordination/lease`.

use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::show::cell::{self, column};
use crate::codec;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};

pub struct LeaseKind;

static NAMES: Names = Names {
    kind: "Lease",
    group: "coordination.k8s.io",
    version: "v1",
    plural: "leases",
    singular: "lease",
    short: &[],
    namespaced: true,
    categories: &[],
    resource: "leases.coordination.k8s.io",
};

static COLUMNS: [Column; 3] = [
    cell::NAME,
    column("HOLDER", |lease, _| lease.spec::<LeaseSpec>().holder_identity.clone().unwrap_or_default()),
    cell::AGE,
];

impl Kind for LeaseKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        codec!(Lease, LeaseSpec)
    }
}
