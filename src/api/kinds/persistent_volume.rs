//! PersistentVolume.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/persistentvolume`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::cell::{self, column, wide};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeSpec, PersistentVolumeStatus};

pub struct PersistentVolumeKind;

static NAMES: Names = Names {
    kind: "PersistentVolume",
    group: "",
    version: "v1",
    plural: "persistentvolumes",
    singular: "persistentvolume",
    short: &["pv"],
    namespaced: false,
    categories: &[],
    resource: "persistentvolumes",
};

static COLUMNS: [Column; 11] = [
    cell::NAME,
    column("CAPACITY", |volume, _| cell::storage(spec(volume).capacity.as_ref())),
    column("ACCESS MODES", |volume, _| cell::access_modes(spec(volume).access_modes.as_ref())),
    column("RECLAIM POLICY", |volume, _| spec(volume).persistent_volume_reclaim_policy.clone().unwrap_or_default()),
    column("STATUS", |volume, _| match volume.deleting() {
        true => "Terminating".into(),
        false => status(volume).phase.clone().unwrap_or_default(),
    }),
    column("CLAIM", |volume, _| claim(spec(volume))),
    column("STORAGECLASS", |volume, _| class(volume).into()),
    column("VOLUMEATTRIBUTESCLASS", |volume, _| cell::or_unset(spec(volume).volume_attributes_class_name.as_deref())),
    column("REASON", |volume, _| status(volume).reason.clone().unwrap_or_default()),
    cell::AGE,
    wide("VOLUMEMODE", |volume, _| cell::or_unset(spec(volume).volume_mode.as_deref())),
];

impl Kind for PersistentVolumeKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        codec!(PersistentVolume, PersistentVolumeSpec, PersistentVolumeStatus)
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::storage_describe::volume(object, read, now, out);
    }

    fn defaults(&self, object: &mut Object) {
        let spec = object.spec_mut::<PersistentVolumeSpec>();
        spec.persistent_volume_reclaim_policy.get_or_insert_with(|| "Retain".into());
        spec.volume_mode.get_or_insert_with(|| "Filesystem".into());
        if let Some(host) = &mut spec.host_path {
            host.type_.get_or_insert_default();
        }
        if let Some(claim) = &mut spec.claim_ref
            && claim.kind.is_none()
            && claim.name.is_some()
        {
            claim.kind = Some("PersistentVolumeClaim".into());
            claim.api_version.get_or_insert_with(|| "v1".into());
        }
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            let since = new.meta.creation_timestamp.clone();
            *new.status_mut::<PersistentVolumeStatus>() = PersistentVolumeStatus {
                phase: Some("Pending".into()),
                last_phase_transition_time: since,
                ..Default::default()
            };
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::storage::volume(spec(new), old.map(spec), errors);
    }
}

fn spec(volume: &Object) -> &PersistentVolumeSpec {
    volume.spec()
}

fn status(volume: &Object) -> &PersistentVolumeStatus {
    volume.status()
}

/// The class of a volume: its old annotation, or its field.
pub fn class(volume: &Object) -> &str {
    let old = volume.annotations().get("volume.beta.kubernetes.io/storage-class");
    old.or(spec(volume).storage_class_name.as_ref()).map_or("", String::as_str)
}

/// `default/data`, or nothing.
pub fn claim(spec: &PersistentVolumeSpec) -> String {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    spec.claim_ref.as_ref().map_or_else(String::new, |c| format!("{}/{}", part(&c.namespace), part(&c.name)))
}
