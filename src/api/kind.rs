//! What the program knows of a kind, gathered in one trait: a kind is one file in `kinds/`.

use super::custom::Custom;
use super::errors::FieldErrors;
use super::object::{Codec, Object};
use super::server::Reader;
use super::show::{self, Report, Rollout};
use crate::time::Time;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// A kind, as everything above the API floor holds it. Two are the same when their `names().resource` is.
pub type KindRef = &'static dyn Kind;

/// The words by which a kind is known.
#[derive(Debug)]
pub struct Names {
    pub kind: &'static str,
    /// Empty for the core group.
    pub group: &'static str,
    pub version: &'static str,
    pub plural: &'static str,
    pub singular: &'static str,
    pub short: &'static [&'static str],
    pub namespaced: bool,
    pub categories: &'static [&'static str],
    /// Plural with group, `deployments.apps`; the store's key and kubectl's name for the resource.
    pub resource: &'static str,
}

impl Names {
    /// `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.into() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `pod`, `deployment.apps`: how kubectl names one in its messages (`deployment.apps/web created`).
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.singular.into() } else { format!("{}.{}", self.singular, self.group) }
    }
}

/// A column of `kubectl get`.
pub struct Column {
    pub title: &'static str,
    /// Only with `-o wide`.
    pub wide: bool,
    pub cell: fn(&Object, Time) -> String,
}

/// What can be done with most kinds.
pub const VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

pub trait Kind: Sync {
    fn names(&self) -> &'static Names;
    fn codec(&self) -> &'static Codec;

    /// What the server does with it, sorted.
    fn verbs(&self) -> &'static [&'static str] {
        VERBS
    }

    /// Field selectors beside `metadata.name` and `metadata.namespace`.
    fn fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// The table of `kubectl get`. The default is NAME and AGE.
    fn columns(&self) -> &'static [Column] {
        &DEFAULT_COLUMNS
    }

    /// The text of a column (by its place among [`Kind::columns`]).
    fn cell(&self, column: usize, object: &Object, now: Time) -> String {
        (self.columns()[column].cell)(object, now)
    }

    /// Fills what the author left open, as the server's defaulting does (create and update).
    fn defaults(&self, _object: &mut Object) {}

    /// Before an object is stored: status reset, fields that the server owns. Generation is the server's.
    fn prepare(&self, _new: &mut Object, _old: Option<&Object>) {}

    fn validate(&self, _new: &Object, _old: Option<&Object>, _errors: &mut FieldErrors) {}

    /// As [`Kind::validate`], when only the status is written.
    fn validate_status(&self, _new: &Object, _old: &Object, _errors: &mut FieldErrors) {}

    /// When its deletion begins: finalizers and conditions that the server adds.
    fn begin_delete(&self, _object: &mut Object, _now: Time) {}

    /// The definition behind a custom kind.
    fn custom(&self) -> Option<&Custom> {
        None
    }

    /// Whether changes of the spec count in `metadata.generation`.
    fn has_generation(&self) -> bool {
        false
    }

    // Powers: generic verbs ask for these, never for a kind.

    /// `spec.replicas`, for what can be scaled.
    fn replicas(&self, _object: &Object) -> Option<i32> {
        None
    }

    fn set_replicas(&self, _object: &mut Object, _replicas: i32) -> bool {
        false
    }

    /// The pod template, for what makes pods. (A Pod's own spec is not a template.)
    fn template<'a>(&self, _object: &'a Object) -> Option<&'a PodTemplateSpec> {
        None
    }

    fn set_template(&self, _object: &mut Object, _template: PodTemplateSpec) -> bool {
        false
    }

    /// The selector of the pods it stands for.
    fn selector(&self, _object: &Object) -> Option<LabelSelector> {
        None
    }

    /// How far its rollout is, for what rolls out.
    fn rollout(&self, _object: &Object) -> Option<Rollout> {
        None
    }

    /// `kubectl describe`, events included.
    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::unstructured::any(object, read, now, out);
    }
}

impl PartialEq for dyn Kind {
    fn eq(&self, other: &dyn Kind) -> bool {
        self.names().resource == other.names().resource
    }
}

impl std::fmt::Debug for dyn Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.names().resource)
    }
}

static DEFAULT_COLUMNS: [Column; 2] =
    [Column { title: "NAME", wide: false, cell: |object, _| object.name().into() }, AGE];

/// The AGE column, the same for every kind.
pub const AGE: Column = Column { title: "AGE", wide: false, cell: age };

pub fn age(object: &Object, now: Time) -> String {
    match &object.meta.creation_timestamp {
        Some(t) => crate::base::age::human(now.0.saturating_sub(Time::of(t.0).0) / 1000),
        None => "<unknown>".into(),
    }
}
