//! What a client remembers of the custom kinds that the server served: it asks again only when it does not find a word.
//!
//! Models: `client-go/discovery/cached/disk`, `client-go/restmapper/{discovery,shortcut}.go`.
//! Left out: the six hours after which it is forgotten; built-in kinds, which never change.

use super::Customs;
use crate::api::kind::KindRef;
use serde_json::{Value, json};
use std::cell::Cell;

/// The remembered kinds, and whether something else was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discovery {
    known: Vec<KindRef>,
    stale: Cell<bool>,
}

impl Eq for Discovery {}

impl Discovery {
    /// Reads what was written by [`Discovery::text`]; kinds that never were are forgotten.
    pub fn of(text: &str, customs: &Customs) -> Discovery {
        let tree: Value = serde_json::from_str(text).unwrap_or_default();
        let items = tree["items"].as_array().cloned().unwrap_or_default();
        let word = |item: &Value, name: &str| item[name].as_str().unwrap_or("").to_string();
        let known = items.iter().filter_map(|item| customs.ever(&word(item, "resource"), &word(item, "version")));
        Discovery { known: known.collect(), stale: Cell::new(false) }
    }

    /// What is remembered after a call, if it is to be written again.
    pub fn text(&self, customs: &Customs) -> Option<String> {
        if !self.stale.get() {
            return None;
        }
        let item = |kind: KindRef| {
            let names = kind.names();
            json!({"group": names.group, "kind": names.kind, "resource": names.resource, "version": names.version})
        };
        let items: Vec<Value> = customs.all().map(item).collect();
        if items.is_empty() && self.known.is_empty() {
            return None;
        }
        let tree = json!({"apiVersion": "apidiscovery.k8s.io/v2", "kind": "APIGroupDiscoveryList", "items": items});
        Some(tree.to_string())
    }

    /// What is remembered is to be asked for again.
    pub fn invalidate(&self) {
        self.stale.set(true);
    }

    /// A kind was found at the server; one that is not remembered makes the memory stale.
    pub fn found(&self, kind: KindRef) {
        let names = kind.names();
        let same =
            |known: &&KindRef| known.names().resource == names.resource && known.names().version == names.version;
        if kind.custom().is_some() && !self.known.iter().any(|known| same(&known)) {
            self.invalidate();
        }
    }

    /// A kind that the server has no more but that is remembered.
    pub fn remembered(&self, fits: impl Fn(KindRef) -> bool) -> Option<KindRef> {
        if self.stale.get() {
            return None;
        }
        let found = self.known.iter().copied().find(|kind| fits(*kind));
        if found.is_none() {
            self.invalidate();
        }
        found
    }
}
