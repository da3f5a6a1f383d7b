//! Scale: how large something is, as its `scale` subresource says. It is not stored; it is a view of what has replicas.
//!
//! Models: `pkg/apis/autoscaling`, the `scale` storage of `pkg/registry/apps`.

use crate::api::kind::{Column, Kind, KindRef, Names};
use crate::api::object::{Codec, Object};
use crate::api::selector::Selector;
use crate::api::show::cell::{self, column};
use crate::codec;
use k8s_openapi::api::autoscaling::v1::{Scale, ScaleSpec, ScaleStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

pub struct ScaleKind;

static SCALE: KindRef = &ScaleKind;

static NAMES: Names = Names {
    kind: "Scale",
    group: "autoscaling",
    version: "v1",
    plural: "scales",
    singular: "scale",
    short: &[],
    namespaced: true,
    categories: &[],
    resource: "scales.autoscaling",
};

static COLUMNS: [Column; 4] = [
    cell::NAME,
    column("DESIRED", |scale, _| scale.spec::<ScaleSpec>().replicas.unwrap_or(0).to_string()),
    column("AVAILABLE", |scale, _| scale.status::<ScaleStatus>().replicas.to_string()),
    cell::AGE,
];

impl Kind for ScaleKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        codec!(Scale, ScaleSpec, ScaleStatus)
    }
}

/// The scale of an object; `None` for what has no replicas.
pub fn of(object: &Object) -> Option<Object> {
    let replicas = object.kind.replicas(object)?;
    let meta = ObjectMeta {
        name: object.meta.name.clone(),
        namespace: object.meta.namespace.clone(),
        uid: object.meta.uid.clone(),
        resource_version: object.meta.resource_version.clone(),
        creation_timestamp: object.meta.creation_timestamp.clone(),
        ..Default::default()
    };
    let count = object.to_value().pointer("/status/replicas").and_then(serde_json::Value::as_i64).unwrap_or(0);
    let selector = object.kind.selector(object).map(|selector| Selector::of(Some(&selector)).to_string());
    let status = ScaleStatus { replicas: count as i32, selector: selector.filter(|text| !text.is_empty()) };
    Some(Object::new(SCALE, meta, ScaleSpec { replicas: (replicas != 0).then_some(replicas) }, status))
}
