//! Why an object is as it is: the chain of causes from its last change back to what the learner did.
//!
//! Left out: field by field, scheduling scores, open conditions (the issue of the clock).

use super::Session;
use crate::control::{Fact, FactId, What};
use crate::net::Place;
use crate::store::Key;
use crate::time::Time;

/// One link of the chain, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub at: Time,
    pub who: Place,
    pub what: String,
    /// etcd revision, where it was a write.
    pub revision: Option<u64>,
    pub key: Option<Key>,
}

/// At most so many links.
const LINKS: usize = 12;

impl Session {
    pub fn why(&self, key: &Key) -> Vec<Link> {
        let store = self.world.api.store();
        let last = store.recent().find(|change| change.key == *key);
        let mut id = last.map_or(FactId::BOOT, |change| FactId(change.cause));
        let mut links = vec![];
        while links.len() < LINKS {
            let Some(fact) = self.world.journal.get(id) else { break };
            links.push(link(fact, self.world.opened));
            if fact.cause == id || fact.cause == FactId::BOOT {
                break;
            }
            id = fact.cause;
        }
        links.reverse();
        links
    }
}

fn link(fact: &Fact, opened: Time) -> Link {
    let (what, revision, key) = match &fact.what {
        What::Command(line) => (line.to_string(), None, None),
        What::Fault(text) => (text.to_string(), None, None),
        What::Write { verb, key, revision, .. } => (format!("{verb} {key}"), Some(revision.0), Some(key.clone())),
        What::Refused { verb, key, code } => (format!("{verb} {key}: {code}"), None, Some(key.clone())),
        What::Local { event, key } => (event.to_string(), None, Some(key.clone())),
    };
    Link { at: Time(fact.at.since(opened).0), who: fact.who.clone(), what, revision, key }
}
