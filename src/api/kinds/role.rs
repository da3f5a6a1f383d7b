//! Role.
//!
//! Models: `pkg/apis/rbac`, `pkg/registry/rbac/role`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::{Report, rbac};
use crate::api::{rbac as policy, validation};
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::rbac::v1::Role;
use serde_json::Value;

pub struct RoleKind;

static NAMES: Names = Names {
    kind: "Role",
    group: policy::GROUP,
    version: "v1",
    plural: "roles",
    singular: "role",
    short: &[],
    namespaced: true,
    categories: &[],
    resource: "roles.rbac.authorization.k8s.io",
};

/// A role without rules says so.
static CODEC: Codec = Codec {
    decode: |value| (codec!(Role).decode)(value),
    encode: |spec, status| {
        let mut map = (codec!(Role).encode)(spec, status);
        map.entry("rules").or_insert(Value::Null);
        map
    },
    spec_eq: |a, b| (codec!(Role).spec_eq)(a, b),
    status_eq: |_, _| true,
};

impl Kind for RoleKind {
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
