//! ConfigMap.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/configmap`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
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

static COLUMNS: [Column; 3] = [
    cell::NAME,
    column("DATA", |map, _| {
        let map = map.spec::<ConfigMap>();
        (map.data.as_ref().map_or(0, |d| d.len()) + map.binary_data.as_ref().map_or(0, |d| d.len())).to_string()
    }),
    cell::AGE,
];

impl Kind for ConfigMapKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::config_describe::config_map(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(ConfigMap)
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::service::config_map(new.spec::<ConfigMap>(), old.map(Object::spec::<ConfigMap>), errors);
    }
}
