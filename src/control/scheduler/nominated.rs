//! Pods that hope for a node where others are on their way out: they count there for pods of no higher priority.
//!
//! Models: `pkg/scheduler/backend/queue/nominator.go`.

use super::news;
use crate::api::Object;
use crate::store::Key;
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Clone, Default)]
pub struct Nominated {
    by_node: BTreeMap<Rc<str>, BTreeMap<Key, Object>>,
    places: BTreeMap<Key, Rc<str>>,
}

impl Nominated {
    /// Notes where a pod hopes to go, as its status says.
    pub fn note(&mut self, pod: &Object) {
        let key = pod.key();
        self.forget(&key);
        let node = news::nominated(pod);
        if !node.is_empty() {
            let node: Rc<str> = node.into();
            self.by_node.entry(node.clone()).or_default().insert(key.clone(), pod.clone());
            self.places.insert(key, node);
        }
    }

    pub fn forget(&mut self, pod: &Key) {
        if let Some(node) = self.places.remove(pod)
            && let Some(all) = self.by_node.get_mut(&node)
        {
            all.remove(pod);
            if all.is_empty() {
                self.by_node.remove(&node);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub fn knows(&self, pod: &Key) -> bool {
        self.places.contains_key(pod)
    }

    pub fn on(&self, node: &str) -> impl Iterator<Item = &Object> {
        self.by_node.get(node).into_iter().flat_map(BTreeMap::values)
    }
}
