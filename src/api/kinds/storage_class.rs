//! StorageClass.
//!
//! Models: `pkg/apis/storage`, `pkg/registry/storage/storageclass`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::storage::v1::StorageClass;

pub struct StorageClassKind;

static NAMES: Names = Names {
    kind: "StorageClass",
    group: "storage.k8s.io",
    version: "v1",
    plural: "storageclasses",
    singular: "storageclass",
    short: &["sc"],
    namespaced: false,
    categories: &[],
    resource: "storageclasses.storage.k8s.io",
};

static COLUMNS: [Column; 6] = [
    column("NAME", |class, _| match is_default(class) {
        true => format!("{} (default)", class.name()),
        false => class.name().into(),
    }),
    column("PROVISIONER", |class, _| class.spec::<StorageClass>().provisioner.clone()),
    column("RECLAIMPOLICY", |class, _| reclaim(class.spec()).into()),
    column("VOLUMEBINDINGMODE", |class, _| cell::or_unset(class.spec::<StorageClass>().volume_binding_mode.as_deref())),
    column("ALLOWVOLUMEEXPANSION", |class, _| expands(class).to_string()),
    cell::AGE,
];

impl Kind for StorageClassKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        codec!(StorageClass)
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::storage_describe::class(object, read, now, out);
    }

    fn defaults(&self, object: &mut Object) {
        let class = object.spec_mut::<StorageClass>();
        class.reclaim_policy.get_or_insert_with(|| "Delete".into());
        class.volume_binding_mode.get_or_insert_with(|| "Immediate".into());
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::storage::class(new.spec(), old.map(Object::spec), errors);
    }
}

/// Whether claims that name no class get this one.
pub fn is_default(class: &Object) -> bool {
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
        .iter()
        .any(|key| class.annotations().get(*key).is_some_and(|value| value == "true"))
}

/// What becomes of its volumes when their claims go.
pub fn reclaim(class: &StorageClass) -> &str {
    class.reclaim_policy.as_deref().unwrap_or("Delete")
}

pub fn expands(class: &Object) -> bool {
    class.spec::<StorageClass>().allow_volume_expansion == Some(true)
}

/// Whether binding waits for a pod.
pub fn waits(class: &StorageClass) -> bool {
    class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer")
}
