//! LimitRange.
//!
//! Models: `pkg/apis/core` (`SetDefaults_LimitRangeItem`), `pkg/registry/core/limitrange`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::{LimitRange, LimitRangeSpec};

pub struct LimitRangeKind;

static NAMES: Names = Names {
    kind: "LimitRange",
    group: "",
    version: "v1",
    plural: "limitranges",
    singular: "limitrange",
    short: &["limits"],
    namespaced: true,
    categories: &[],
    resource: "limitranges",
};

static COLUMNS: [Column; 2] = [
    cell::NAME,
    column("CREATED AT", |range, _| {
        range.meta.creation_timestamp.as_ref().map_or_else(String::new, |at| at.0.to_string())
    }),
];

impl Kind for LimitRangeKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        codec!(LimitRange, LimitRangeSpec)
    }

    fn describe(&self, object: &Object, _read: Reader<'_>, _now: Time, out: &mut Report) {
        show::quota_describe::range(object, out);
    }

    /// What a container item leaves open follows from what it says: the limit from the maximum, the request from the limit
    /// or the minimum.
    fn defaults(&self, object: &mut Object) {
        for item in &mut object.spec_mut::<LimitRangeSpec>().limits {
            if item.type_ != "Container" {
                continue;
            }
            let limits = item.default.get_or_insert_default();
            for (name, amount) in item.max.iter().flatten() {
                limits.entry(name.clone()).or_insert_with(|| amount.clone());
            }
            let requests = item.default_request.get_or_insert_default();
            for (name, amount) in limits.iter().chain(item.min.iter().flatten()) {
                requests.entry(name.clone()).or_insert_with(|| amount.clone());
            }
            item.default = item.default.take().filter(|all| !all.is_empty());
            item.default_request = item.default_request.take().filter(|all| !all.is_empty());
        }
    }

    fn validate(&self, new: &Object, _old: Option<&Object>, errors: &mut FieldErrors) {
        validation::quota::range(new.spec(), errors);
    }
}
