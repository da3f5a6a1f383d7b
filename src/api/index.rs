//! What the server finds without going through a whole list: by owner, by node, by label, without a controller.

use super::object::Object;
use crate::store::Key;
use k8s_openapi::api::core::v1::PodSpec;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

#[derive(Clone, Default)]
pub struct Index {
    owned: BTreeMap<Rc<str>, BTreeSet<Key>>,
    on_node: BTreeMap<Rc<str>, BTreeSet<Key>>,
    /// Pods by namespace, label and value.
    labelled: BTreeMap<(Rc<str>, String, String), BTreeSet<Key>>,
    /// What could have a controller and has none.
    loose: BTreeSet<Key>,
}

impl Index {
    /// Takes note of an object's new form.
    pub fn replace(&mut self, key: &Key, old: Option<&Object>, new: &Object) {
        if old.is_some_and(|old| same(old, new)) {
            return;
        }
        if let Some(old) = old {
            self.remove(key, old);
        }
        for owner in new.meta.owner_references.iter().flatten() {
            self.owned.entry(owner.uid.as_str().into()).or_default().insert(key.clone());
        }
        if let Some(node) = node_of(new) {
            self.on_node.entry(node.into()).or_default().insert(key.clone());
        }
        if adoptable(key) && new.controller().is_none() {
            self.loose.insert(key.clone());
        }
        for entry in labels_of(key, new) {
            self.labelled.entry(entry).or_default().insert(key.clone());
        }
    }

    pub fn remove(&mut self, key: &Key, old: &Object) {
        for owner in old.meta.owner_references.iter().flatten() {
            drop_from(&mut self.owned, &Rc::from(owner.uid.as_str()), key);
        }
        if let Some(node) = node_of(old) {
            drop_from(&mut self.on_node, &Rc::from(node), key);
        }
        self.loose.remove(key);
        for entry in labels_of(key, old) {
            drop_from(&mut self.labelled, &entry, key);
        }
    }

    /// What names this UID as an owner.
    pub fn owned<'a>(&'a self, uid: &str) -> impl Iterator<Item = &'a Key> + use<'a> {
        self.owned.get(uid).into_iter().flatten()
    }

    /// The pods bound to a node.
    pub fn on_node<'a>(&'a self, node: &str) -> impl Iterator<Item = &'a Key> + use<'a> {
        self.on_node.get(node).into_iter().flatten()
    }

    /// Of a resource that controllers adopt, those in a namespace that have no controller.
    pub fn loose<'a>(&'a self, resource: &'static str, namespace: &str) -> impl Iterator<Item = &'a Key> + use<'a> {
        let start = Key::new(resource, namespace, "");
        let namespace = start.namespace.clone();
        self.loose.range(start..).take_while(move |key| key.resource == resource && key.namespace == namespace)
    }

    /// The pods that have the rarest of these labels; without any label, none.
    pub fn labelled<'a>(
        &'a self,
        namespace: &str,
        labels: &BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'a Key> + use<'a> {
        let namespace: Rc<str> = namespace.into();
        let sets = labels.iter().map(|(label, value)| {
            let set = self.labelled.get(&(namespace.clone(), label.clone(), value.clone()));
            (set.map_or(0, BTreeSet::len), set)
        });
        sets.min_by_key(|(size, _)| *size).and_then(|(_, set)| set).into_iter().flatten()
    }
}

/// Kinds that a controller may adopt by their labels.
fn adoptable(key: &Key) -> bool {
    matches!(key.resource, "pods" | "replicasets.apps" | "controllerrevisions.apps")
}

/// Whether nothing that is indexed differs.
fn same(old: &Object, new: &Object) -> bool {
    old.meta.owner_references == new.meta.owner_references
        && node_of(old) == node_of(new)
        && old.meta.labels == new.meta.labels
}

fn node_of(object: &Object) -> Option<&str> {
    object.try_spec::<PodSpec>()?.node_name.as_deref()
}

fn labels_of(key: &Key, object: &Object) -> impl Iterator<Item = (Rc<str>, String, String)> {
    let labels = (key.resource == "pods").then(|| object.labels());
    labels.into_iter().flatten().map(|(label, value)| (key.namespace.clone(), label.clone(), value.clone()))
}

fn drop_from<K: Ord>(index: &mut BTreeMap<K, BTreeSet<Key>>, entry: &K, key: &Key) {
    if let Some(keys) = index.get_mut(entry) {
        keys.remove(key);
        if keys.is_empty() {
            index.remove(entry);
        }
    }
}
