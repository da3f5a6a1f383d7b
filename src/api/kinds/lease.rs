//! Lease.
//!
//! Models: `pkg/apis/coordination`, `pkg/registry/coordination/lease`.

use crate::api::kind::{Kind, Names};
use crate::api::object::Codec;
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

impl Kind for LeaseKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn codec(&self) -> &'static Codec {
        codec!(Lease, LeaseSpec)
    }
}
