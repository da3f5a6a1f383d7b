//! An API object: typed, its parts shared. A status update copies the status and nothing else.
//!
//! Models: `metav1.Object`, `runtime.Object`.
//! Left out: nothing; managedFields are worked out when they are read (`managed`).

use super::kind::KindRef;
use super::managed::Ledger;
use crate::store::Key;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use serde_json::{Map, Value};
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// The two halves of an object behind the metadata. A kind without `spec` (ConfigMap) keeps its whole body in `spec`.
#[derive(Clone)]
pub struct Parts {
    pub meta: ObjectMeta,
    pub spec: Rc<dyn Any>,
    pub status: Rc<dyn Any>,
}

#[derive(Clone)]
pub struct Object {
    pub kind: KindRef,
    pub meta: Rc<ObjectMeta>,
    pub(super) spec: Rc<dyn Any>,
    pub(super) status: Rc<dyn Any>,
    /// Who wrote what; absent where nothing is tracked.
    pub(super) ledger: Option<Rc<Ledger>>,
}

impl Object {
    pub fn new(kind: KindRef, meta: ObjectMeta, spec: impl Any, status: impl Any) -> Self {
        Object { kind, meta: Rc::new(meta), spec: Rc::new(spec), status: Rc::new(status), ledger: None }
    }

    /// Reads an object from its JSON form. `apiVersion` and `kind` are set from `kind`.
    ///
    /// # Errors
    /// serde's, when a field has the wrong type; strict decoding with the server's words is `schema::strict`'s.
    pub fn from_value(kind: KindRef, mut value: Value) -> Result<Self, serde_json::Error> {
        if let Some(map) = value.as_object_mut() {
            map.insert("apiVersion".into(), kind.names().api_version().into());
            map.insert("kind".into(), kind.names().kind.into());
            if !map.contains_key("metadata") {
                map.insert("metadata".into(), Value::Object(Map::new()));
            }
        }
        let parts = (kind.codec().decode)(value)?;
        Ok(Object { kind, meta: Rc::new(parts.meta), spec: parts.spec, status: parts.status, ledger: None })
    }

    /// The JSON form, as the server answers with it.
    pub fn to_value(&self) -> Value {
        let names = self.kind.names();
        let mut map = (self.kind.codec().encode)(&*self.spec, &*self.status);
        map.insert("apiVersion".into(), names.api_version().into());
        map.insert("kind".into(), names.kind.into());
        map.insert("metadata".into(), serde_json::to_value(&*self.meta).expect("metadata is always JSON"));
        Value::Object(map)
    }

    /// The JSON form with the fields that the server always sends, though they hold nothing.
    pub fn to_wire(&self) -> Value {
        let mut value = self.to_value();
        super::wire::complete(self.kind.names().resource, &mut value);
        value
    }

    /// The typed spec.
    ///
    /// # Panics
    /// When `T` is not the spec type of this kind: a mistake in our code.
    pub fn spec<T: Any>(&self) -> &T {
        self.spec.downcast_ref().expect("the caller knows the kind's spec type")
    }

    /// The typed status; see [`Object::spec`].
    pub fn status<T: Any>(&self) -> &T {
        self.status.downcast_ref().expect("the caller knows the kind's status type")
    }

    /// Like [`Object::spec`], but `None` for another type.
    pub fn try_spec<T: Any>(&self) -> Option<&T> {
        self.spec.downcast_ref()
    }

    /// Like [`Object::status`], but `None` for another type.
    pub fn try_status<T: Any>(&self) -> Option<&T> {
        self.status.downcast_ref()
    }

    pub fn meta_mut(&mut self) -> &mut ObjectMeta {
        Rc::make_mut(&mut self.meta)
    }

    pub fn spec_mut<T: Any + Clone>(&mut self) -> &mut T {
        own::<T>(&mut self.spec)
    }

    pub fn status_mut<T: Any + Clone>(&mut self) -> &mut T {
        own::<T>(&mut self.status)
    }

    /// Takes the status of another object of the same kind.
    pub fn take_status(&mut self, from: &Object) {
        self.status = from.status.clone();
    }

    /// Takes the spec of another object of the same kind.
    pub fn take_spec(&mut self, from: &Object) {
        self.spec = from.spec.clone();
    }

    pub fn same_spec(&self, other: &Object) -> bool {
        Rc::ptr_eq(&self.spec, &other.spec) || (self.kind.codec().spec_eq)(&*self.spec, &*other.spec)
    }

    pub fn same_status(&self, other: &Object) -> bool {
        Rc::ptr_eq(&self.status, &other.status) || (self.kind.codec().status_eq)(&*self.status, &*other.status)
    }

    /// The object as another version of its kind shows it.
    pub fn seen_as(&self, kind: KindRef) -> Object {
        match kind.custom() {
            Some(custom) if !std::ptr::eq(self.kind.names(), kind.names()) => {
                Object { ledger: self.ledger.clone(), ..custom.adopt(kind, self) }
            }
            _ => self.clone(),
        }
    }

    pub fn name(&self) -> &str {
        self.meta.name.as_deref().unwrap_or("")
    }

    pub fn namespace(&self) -> &str {
        self.meta.namespace.as_deref().unwrap_or("")
    }

    pub fn uid(&self) -> &str {
        self.meta.uid.as_deref().unwrap_or("")
    }

    pub fn revision(&self) -> u64 {
        self.meta.resource_version.as_deref().and_then(|v| v.parse().ok()).unwrap_or(0)
    }

    pub fn labels(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.meta.labels.as_ref().unwrap_or(&NONE)
    }

    pub fn annotations(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.meta.annotations.as_ref().unwrap_or(&NONE)
    }

    pub fn deleting(&self) -> bool {
        self.meta.deletion_timestamp.is_some()
    }

    pub fn created(&self) -> crate::time::Time {
        self.meta.creation_timestamp.as_ref().map_or(crate::time::Time::ZERO, |t| crate::time::Time::of(t.0))
    }

    /// The owner with `controller: true`.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.meta.owner_references.as_ref()?.iter().find(|owner| owner.controller == Some(true))
    }

    /// A controller reference to this object, as controllers put it on what they make.
    pub fn controller_reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: self.kind.names().api_version(),
            kind: self.kind.names().kind.into(),
            name: self.name().into(),
            uid: self.uid().into(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }

    pub fn key(&self) -> Key {
        Key::new(self.kind.names().resource, self.namespace(), self.name())
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.key(), self.revision())
    }
}

fn own<T: Any + Clone>(part: &mut Rc<dyn Any>) -> &mut T {
    if Rc::get_mut(part).is_none() {
        let copy: T = part.downcast_ref::<T>().expect("the caller knows the kind's part type").clone();
        *part = Rc::new(copy);
    }
    Rc::get_mut(part).expect("just made unique").downcast_mut().expect("the caller knows the kind's part type")
}

/// How a kind's parts are read, written and compared; made by the [`codec!`](crate::codec) macro.
pub struct Codec {
    pub decode: fn(Value) -> Result<Parts, serde_json::Error>,
    pub encode: fn(&dyn Any, &dyn Any) -> Map<String, Value>,
    pub spec_eq: fn(&dyn Any, &dyn Any) -> bool,
    pub status_eq: fn(&dyn Any, &dyn Any) -> bool,
}

/// `part` as a JSON object under `name`; part types of k8s-openapi always serialise.
pub fn encode_part<T: Any + serde::Serialize>(map: &mut Map<String, Value>, name: &str, part: &dyn Any) {
    let part: &T = part.downcast_ref().expect("a codec meets only its own parts");
    map.insert(name.into(), serde_json::to_value(part).expect("API types are always JSON"));
}

pub fn part_eq<T: Any + PartialEq>(a: &dyn Any, b: &dyn Any) -> bool {
    a.downcast_ref::<T>() == b.downcast_ref::<T>()
}

/// `codec!(Deployment, DeploymentSpec, DeploymentStatus)`, `codec!(Lease, LeaseSpec)` or `codec!(ConfigMap)`.
#[macro_export]
macro_rules! codec {
    ($kind:ty, $spec:ty, $status:ty) => {{
        static CODEC: $crate::api::object::Codec = $crate::api::object::Codec {
            decode: |value| {
                let whole: $kind = serde_json::from_value(value)?;
                Ok($crate::api::object::Parts {
                    meta: whole.metadata,
                    spec: std::rc::Rc::new(Option::<$spec>::from(whole.spec).unwrap_or_default()),
                    status: std::rc::Rc::new(Option::<$status>::from(whole.status).unwrap_or_default()),
                })
            },
            encode: |spec, status| {
                let mut map = serde_json::Map::new();
                $crate::api::object::encode_part::<$spec>(&mut map, "spec", spec);
                $crate::api::object::encode_part::<$status>(&mut map, "status", status);
                map
            },
            spec_eq: $crate::api::object::part_eq::<$spec>,
            status_eq: $crate::api::object::part_eq::<$status>,
        };
        &CODEC
    }};
    ($kind:ty, $spec:ty) => {{
        static CODEC: $crate::api::object::Codec = $crate::api::object::Codec {
            decode: |value| {
                let whole: $kind = serde_json::from_value(value)?;
                Ok($crate::api::object::Parts {
                    meta: whole.metadata,
                    spec: std::rc::Rc::new(<$spec>::from(whole.spec.unwrap_or_default())),
                    status: std::rc::Rc::new(()),
                })
            },
            encode: |spec, _| {
                let mut map = serde_json::Map::new();
                $crate::api::object::encode_part::<$spec>(&mut map, "spec", spec);
                map
            },
            spec_eq: $crate::api::object::part_eq::<$spec>,
            status_eq: |_, _| true,
        };
        &CODEC
    }};
    ($kind:ty) => {{
        static CODEC: $crate::api::object::Codec = $crate::api::object::Codec {
            decode: |value| {
                let mut whole: $kind = serde_json::from_value(value)?;
                let meta = std::mem::take(&mut whole.metadata);
                Ok($crate::api::object::Parts { meta, spec: std::rc::Rc::new(whole), status: std::rc::Rc::new(()) })
            },
            encode: |spec, _| {
                let whole: &$kind = spec.downcast_ref().expect("a codec meets only its own parts");
                match serde_json::to_value(whole) {
                    Ok(serde_json::Value::Object(map)) => map,
                    _ => serde_json::Map::new(),
                }
            },
            spec_eq: $crate::api::object::part_eq::<$kind>,
            status_eq: |_, _| true,
        };
        &CODEC
    }};
}
