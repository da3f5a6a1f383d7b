//! ClusterRoleBinding.
//!
//! Models: `pkg/apis/rbac`, `pkg/registry/rbac/clusterrolebinding`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::{Report, rbac};
use crate::api::{rbac as policy, validation};
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;

pub struct ClusterRoleBindingKind;

static NAMES: Names = Names {
    kind: "ClusterRoleBinding",
    group: policy::GROUP,
    version: "v1",
    plural: "clusterrolebindings",
    singular: "clusterrolebinding",
    short: &[],
    namespaced: false,
    categories: &[],
    resource: "clusterrolebindings.rbac.authorization.k8s.io",
};

impl Kind for ClusterRoleBindingKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn codec(&self) -> &'static Codec {
        codec!(ClusterRoleBinding)
    }

    fn columns(&self) -> &'static [Column] {
        &rbac::BINDING_COLUMNS
    }

    fn defaults(&self, object: &mut Object) {
        let binding = object.spec_mut::<ClusterRoleBinding>();
        policy::fill(&mut binding.role_ref, binding.subjects.as_mut());
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::rbac::binding(new, old, errors);
    }

    fn describe(&self, object: &Object, _read: Reader<'_>, _now: Time, out: &mut Report) {
        rbac::binding(object, out);
    }
}
