//! Secret.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/secret`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::Secret;

pub struct SecretKind;

static NAMES: Names = Names {
    kind: "Secret",
    group: "",
    version: "v1",
    plural: "secrets",
    singular: "secret",
    short: &[],
    namespaced: true,
    categories: &[],
    resource: "secrets",
};

static COLUMNS: [Column; 4] = [
    cell::NAME,
    column("TYPE", |secret, _| secret.spec::<Secret>().type_.clone().unwrap_or_default()),
    column("DATA", |secret, _| secret.spec::<Secret>().data.as_ref().map_or(0, |d| d.len()).to_string()),
    cell::AGE,
];

impl Kind for SecretKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &["type"]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, _read: Reader<'_>, _now: Time, out: &mut Report) {
        show::config_describe::secret(object, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(Secret)
    }

    fn defaults(&self, object: &mut Object) {
        let secret = object.spec_mut::<Secret>();
        secret.type_.get_or_insert_with(|| "Opaque".into());
        if let Some(plain) = secret.string_data.take() {
            let data = secret.data.get_or_insert_with(Default::default);
            data.extend(plain.into_iter().map(|(key, value)| (key, k8s_openapi::ByteString(value.into_bytes()))));
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::service::secret(new, old.map(Object::spec::<Secret>), errors);
    }
}
