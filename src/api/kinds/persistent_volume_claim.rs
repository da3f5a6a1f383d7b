//! PersistentVolumeClaim.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/persistentvolumeclaim`.
//! Left out: data sources, volume attributes classes.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::cell::{self, column, wide};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus};

pub struct PersistentVolumeClaimKind;

static NAMES: Names = Names {
    kind: "PersistentVolumeClaim",
    group: "",
    version: "v1",
    plural: "persistentvolumeclaims",
    singular: "persistentvolumeclaim",
    short: &["pvc"],
    namespaced: true,
    categories: &[],
    resource: "persistentvolumeclaims",
};

static COLUMNS: [Column; 9] = [
    cell::NAME,
    column("STATUS", |claim, _| match claim.deleting() {
        true => "Terminating".into(),
        false => status(claim).phase.clone().unwrap_or_default(),
    }),
    column("VOLUME", |claim, _| volume(spec(claim)).into()),
    column("CAPACITY", |claim, _| capacity(claim)),
    column("ACCESS MODES", |claim, _| access_modes(claim)),
    column("STORAGECLASS", |claim, _| class(claim).unwrap_or("").into()),
    column("VOLUMEATTRIBUTESCLASS", |claim, _| cell::or_unset(spec(claim).volume_attributes_class_name.as_deref())),
    cell::AGE,
    wide("VOLUMEMODE", |claim, _| cell::or_unset(spec(claim).volume_mode.as_deref())),
];

impl Kind for PersistentVolumeClaimKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        codec!(PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus)
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::storage_describe::claim(object, read, now, out);
    }

    fn defaults(&self, object: &mut Object) {
        spec_defaults(object.spec_mut());
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            *new.status_mut::<PersistentVolumeClaimStatus>() =
                PersistentVolumeClaimStatus { phase: Some("Pending".into()), ..Default::default() };
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::storage::claim(new, old, errors);
    }
}

/// The defaults of a claim, or of a claim template.
pub fn spec_defaults(spec: &mut PersistentVolumeClaimSpec) {
    spec.volume_mode.get_or_insert_with(|| "Filesystem".into());
    spec.resources.get_or_insert_default();
}

fn spec(claim: &Object) -> &PersistentVolumeClaimSpec {
    claim.spec()
}

fn status(claim: &Object) -> &PersistentVolumeClaimStatus {
    claim.status()
}

/// The class that a claim asks for: its old annotation, or its field; `None` when it says nothing.
pub fn class(claim: &Object) -> Option<&str> {
    let old = claim.annotations().get("volume.beta.kubernetes.io/storage-class");
    old.or(spec(claim).storage_class_name.as_ref()).map(String::as_str)
}

/// The volume it has or wants, or nothing.
pub fn volume(spec: &PersistentVolumeClaimSpec) -> &str {
    spec.volume_name.as_deref().unwrap_or("")
}

/// How large the volume is; nothing without one.
pub fn capacity(claim: &Object) -> String {
    match volume(spec(claim)) {
        "" => String::new(),
        _ => cell::storage(status(claim).capacity.as_ref()),
    }
}

pub fn access_modes(claim: &Object) -> String {
    match volume(spec(claim)) {
        "" => String::new(),
        _ => cell::access_modes(status(claim).access_modes.as_ref()),
    }
}
