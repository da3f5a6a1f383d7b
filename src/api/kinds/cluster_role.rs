//! ClusterRole.
//!
//! Models: `pkg/apis/rbac`, `pkg/registry/rbac/clusterrole`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::{Report, rbac};
use crate::api::{rbac as policy, validation};
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::rbac::v1::ClusterRole;
use serde_json::Value;

pub struct ClusterRoleKind;

static NAMES: Names = Names {
    kind: "ClusterRole",
    group: policy::GROUP,
    version: "v1",
    plural: "clusterroles",
    singular: "clusterrole",
    short: &[],
    namespaced: false,
    categories: &[],
    resource: "clusterroles.rbac.authorization.k8s.io",
};

/// A role without rules says so.
static CODEC: Codec = Codec {
    decode: |value| (codec!(ClusterRole).decode)(value),
    encode: |spec, status| {
        let mut map = (codec!(ClusterRole).encode)(spec, status);
        map.entry("rules").or_insert(Value::Null);
        map
    },
    spec_eq: |a, b| (codec!(ClusterRole).spec_eq)(a, b),
    status_eq: |_, _| true,
};

impl Kind for ClusterRoleKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn codec(&self) -> &'static Codec {
        &CODEC
    }

    fn columns(&self) -> &'static [Column] {
        &rbac::ROLE_COLUMNS
    }

    fn validate(&self, new: &Object, _old: Option<&Object>, errors: &mut FieldErrors) {
        validation::rbac::role(new, errors);
    }

    fn describe(&self, object: &Object, _read: Reader<'_>, _now: Time, out: &mut Report) {
        rbac::role(object, out);
    }
}
