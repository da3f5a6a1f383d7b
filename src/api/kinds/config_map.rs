//! ConfigMap.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/configmap`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::validation;
use crate::codec;
use k8s_openapi::api::core::v1::ConfigMap;

pub struct ConfigMapKind;

static NAMES: Names = Names {
    kind: "ConfigMap",
    group: "",
    version: "v1",
    plural: "configmaps",
    singular: "configmap",
    short: &["cm"],
    namespaced: true,
    categories: &[],
    resource: "configmaps",
};

impl Kind for ConfigMapKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn codec(&self) -> &'static Codec {
        codec!(ConfigMap)
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::service::config_map(new.spec::<ConfigMap>(), old.map(Object::spec::<ConfigMap>), errors);
    }
}
