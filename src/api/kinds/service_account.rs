//! ServiceAccount.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/serviceaccount`.

use crate::api::kind::{Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::{self, Report};
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::ServiceAccount;

pub struct ServiceAccountKind;

static NAMES: Names = Names {
    kind: "ServiceAccount",
    group: "",
    version: "v1",
    plural: "serviceaccounts",
    singular: "serviceaccount",
    short: &["sa"],
    namespaced: true,
    categories: &[],
    resource: "serviceaccounts",
};

impl Kind for ServiceAccountKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::config_describe::service_account(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(ServiceAccount)
    }
}
