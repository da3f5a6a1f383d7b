//! ResourceQuota.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/resourcequota`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::{ResourceQuota, ResourceQuotaSpec, ResourceQuotaStatus};

pub struct ResourceQuotaKind;

static NAMES: Names = Names {
    kind: "ResourceQuota",
    group: "",
    version: "v1",
    plural: "resourcequotas",
    singular: "resourcequota",
    short: &["quota"],
    namespaced: true,
    categories: &[],
    resource: "resourcequotas",
};

static COLUMNS: [Column; 4] = [
    cell::NAME,
    column("REQUEST", |quota, _| pairs(quota, false)),
    column("LIMIT", |quota, _| pairs(quota, true)),
    cell::AGE,
];

impl Kind for ResourceQuotaKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        codec!(ResourceQuota, ResourceQuotaSpec, ResourceQuotaStatus)
    }

    fn describe(&self, object: &Object, _read: Reader<'_>, _now: Time, out: &mut Report) {
        show::quota_describe::quota(object, out);
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            *new.status_mut::<ResourceQuotaStatus>() = ResourceQuotaStatus::default();
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::quota::quota(new.spec(), old.map(Object::spec), errors);
    }
}

/// `requests.cpu: 100m/1, pods: 1/3`, or those of the limits.
fn pairs(quota: &Object, limits: bool) -> String {
    let status = quota.status::<ResourceQuotaStatus>();
    let texts: Vec<String> = status
        .hard
        .iter()
        .flatten()
        .filter(|(name, _)| name.starts_with("limits.") == limits)
        .map(|(name, hard)| {
            let used = status.used.as_ref().and_then(|used| used.get(name)).map_or("0", |used| used.0.as_str());
            format!("{name}: {used}/{}", hard.0)
        })
        .collect();
    texts.join(", ")
}
