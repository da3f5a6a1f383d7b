//! Kinds that exist at run time: the served versions of CustomResourceDefinitions.
//!
//! A kind is held as `&'static dyn Kind` everywhere. The definition of a custom kind is therefore leaked: once for each
//! distinct version of a CustomResourceDefinition (its names, schema, columns and subresources), found again by its text,
//! and shared by every clone of the API server.
//!
//! Models: `apiextensions-apiserver/pkg/apiserver/customresource_handler.go`.
//! Left out: conversion by webhook, the two seconds that a create waits after its definition was established.

pub mod cel;
pub mod columns;
pub mod definition;
pub mod discovery;
pub mod explain;
pub mod format;
pub mod kind;
pub mod prune;
pub mod schema;
pub mod validate;
pub mod warnings;

pub use discovery::Discovery;
pub use kind::Custom;
pub use schema::Schema;

use super::kind::KindRef;
use super::object::Object;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A custom resource as it is served.
#[derive(Clone, Debug)]
pub struct Served {
    /// The preferred version first.
    pub versions: Vec<KindRef>,
    /// The version in which objects are stored.
    pub storage: KindRef,
    /// Its definition is being deleted: nothing new is taken.
    pub terminating: bool,
}

/// The custom kinds of an API server.
#[derive(Clone, Default)]
pub struct Customs {
    /// By plural and group.
    served: BTreeMap<&'static str, Served>,
    /// Every definition that was ever made, by its text.
    made: Rc<RefCell<BTreeMap<String, KindRef>>>,
}

impl Customs {
    /// One kind for each resource, by group and name.
    pub fn preferred(&self) -> impl Iterator<Item = KindRef> + '_ {
        self.served.values().filter_map(|served| served.versions.first().copied())
    }

    /// Every served version of every resource.
    pub fn all(&self) -> impl Iterator<Item = KindRef> + '_ {
        self.served.values().flat_map(|served| served.versions.iter().copied())
    }

    /// A kind that is served or once was.
    pub fn ever(&self, resource: &str, version: &str) -> Option<KindRef> {
        let fits = |kind: &KindRef| kind.names().resource == resource && kind.names().version == version;
        self.all().find(fits).or_else(|| self.made.borrow().values().copied().find(fits))
    }

    /// Whether a custom kind still answers: in a version that is served, or (for the cluster itself) as it is stored.
    pub fn serves(&self, kind: KindRef) -> bool {
        let names = kind.names();
        self.served.get(names.resource).is_some_and(|served| {
            served.versions.iter().chain([&served.storage]).any(|known| known.names().version == names.version)
        })
    }

    /// A resource by plural and group.
    pub fn served(&self, resource: &str) -> Option<&Served> {
        self.served.get(resource)
    }

    /// Takes a CustomResourceDefinition as it is stored now. The answer is the resource whose stored objects have to be
    /// brought into a new form.
    pub fn learn(&mut self, definition: &Object) -> Option<&'static str> {
        let was = self.served.get(definition.name()).map(|served| served.storage);
        if !definition::is_served(definition) {
            self.forget(definition.name());
            return None;
        }
        let served = kind::serve(definition, &mut self.made.borrow_mut())?;
        let (resource, storage) = (served.storage.names().resource, served.storage);
        self.served.insert(resource, served);
        was.is_none_or(|was| !std::ptr::eq(was.names(), storage.names())).then_some(resource)
    }

    /// A definition is gone.
    pub fn forget(&mut self, name: &str) {
        self.served.remove(name);
    }
}
