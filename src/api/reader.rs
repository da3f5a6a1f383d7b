//! Looking without touching: lists, lookups by index, and the kinds that are served.

use super::custom::{Customs, Discovery};
use super::kind::KindRef;
use super::kinds;
use super::object::Object;
use super::release::Release;
use super::server::ApiServer;
use super::versions;
use crate::store::{Change, Key, Revision};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A view of everything stored, for whoever may look and not touch.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    api: &'a ApiServer,
    memory: Option<&'a Discovery>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(api: &'a ApiServer) -> Self {
        Reader { api, memory: None }
    }

    pub(super) fn server(self) -> &'a ApiServer {
        self.api
    }

    /// Every kind that is served, one for each resource: the built-in ones, then the custom ones by group and name.
    pub fn kinds(self) -> impl Iterator<Item = KindRef> + 'a {
        let measured = if self.metrics().is_ok() { kinds::MEASURED } else { &[] };
        kinds::ALL.iter().chain(measured).copied().chain(self.api.custom.preferred())
    }

    /// A kind by what a user may type: plural, singular, short name, kind, each with or without `.group` or
    /// `.version.group`.
    pub fn find(self, word: &str) -> Option<KindRef> {
        let known = self.lookup(|kind| kinds::fits(kind, word));
        known.or_else(|| versions::named(self.api.release, word))
    }

    /// The first kind that fits; one that is only remembered fits too.
    pub fn lookup(self, fits: impl Fn(KindRef) -> bool) -> Option<KindRef> {
        let found = self.kinds().chain(self.api.custom.all()).find(|kind| fits(*kind));
        match (found, self.memory) {
            (Some(kind), Some(memory)) => memory.found(kind),
            (None, Some(memory)) => return memory.remembered(fits),
            _ => {}
        }
        found
    }

    /// For a client that remembers what it saw.
    pub fn remembering(self, memory: &'a Discovery) -> Reader<'a> {
        Reader { memory: Some(memory), ..self }
    }

    /// A kind by `apiVersion` and `kind` of a manifest.
    pub fn kind_of(self, api_version: &str, kind: &str) -> Option<KindRef> {
        kinds::of(api_version, kind).or_else(|| {
            self.api.custom.all().find(|k| k.names().kind == kind && k.names().api_version() == api_version)
        })
    }

    /// The custom kinds, every served version of each.
    pub fn custom(self) -> &'a Customs {
        &self.api.custom
    }

    pub fn get(self, kind: KindRef, namespace: &str, name: &str) -> Option<&'a Object> {
        self.api.get(kind, namespace, name).ok()
    }

    pub fn by_key(self, key: &Key) -> Option<&'a Object> {
        self.api.store.get(key)
    }

    /// All of a kind in a namespace, or (with `None`) everywhere; by namespace and name.
    pub fn list(self, kind: KindRef, namespace: Option<&'a str>) -> impl Iterator<Item = &'a Object> + 'a {
        let resource = kind.names().resource;
        let measured = self.measured(resource).filter(move |o| namespace.is_none_or(|n| o.namespace() == n));
        self.api.store.list(resource, namespace).map(|(_, object)| object).chain(measured)
    }

    /// What names this UID as an owner.
    pub fn owned(self, uid: &str) -> impl Iterator<Item = &'a Object> + 'a {
        self.all(self.api.index.owned(uid))
    }

    /// Of a kind that controllers adopt, those in a namespace that have no controller.
    pub fn loose(self, kind: KindRef, namespace: &str) -> impl Iterator<Item = &'a Object> + 'a {
        self.all(self.api.index.loose(kind.names().resource, namespace))
    }

    /// The pods of a namespace that have all of these labels; without any label, none.
    pub fn pods_labelled(
        self,
        namespace: &str,
        labels: &'a BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'a Object> + 'a {
        let few = self.all(self.api.index.labelled(namespace, labels));
        few.filter(move |pod| labels.iter().all(|(label, value)| pod.labels().get(label) == Some(value)))
    }

    /// The pods bound to a node.
    pub fn pods_on(self, node: &str) -> impl Iterator<Item = &'a Object> + 'a {
        self.all(self.api.index.on_node(node))
    }

    fn all(self, keys: impl Iterator<Item = &'a Key> + 'a) -> impl Iterator<Item = &'a Object> + 'a {
        keys.filter_map(move |key| self.api.store.get(key))
    }

    /// Every object of the store.
    pub fn everything(self) -> impl Iterator<Item = &'a Object> + 'a {
        self.api.store.iter().map(|(_, object)| object)
    }

    pub fn release(self) -> Release {
        self.api.release
    }

    /// What has changed after a revision; nothing when that is no longer known.
    pub fn since(self, revision: Revision) -> Option<impl Iterator<Item = &'a Rc<Change<Object>>> + 'a> {
        self.api.store.since(revision).ok()
    }

    pub fn revision(self) -> Revision {
        self.api.revision()
    }
}
