//! What the HorizontalPodAutoscaler controller remembers of each autoscaler: what it recommended lately, and how it scaled.
//!
//! Models: `recommendations`, `scaleUpEvents` and `scaleDownEvents` of `pkg/controller/podautoscaler/horizontal.go`.

use crate::store::Key;
use crate::time::{Span, Time};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Replicas, and when; of a scaling the change.
pub type Noted = (i32, Time);

#[derive(Clone, Debug, Default)]
pub struct Past {
    pub recommended: Vec<Noted>,
    pub ups: Vec<Noted>,
    pub downs: Vec<Noted>,
}

/// Notes something in the place of one that is too old, or as one more.
pub fn note(list: &mut Vec<Noted>, replicas: i32, now: Time, window: Span) {
    match list.iter().rposition(|(_, at)| now.since(*at) > window) {
        Some(old) => list[old] = (replicas, now),
        None => list.push((replicas, now)),
    }
}

/// By autoscaler. Shared between snapshots of the world until one changes.
#[derive(Clone, Debug, Default)]
pub struct Scalers(Rc<BTreeMap<Key, Past>>);

impl Scalers {
    pub fn get(&self, key: &Key) -> Option<&Past> {
        self.0.get(key)
    }

    pub fn of(&mut self, key: &Key) -> &mut Past {
        Rc::make_mut(&mut self.0).entry(key.clone()).or_default()
    }

    pub fn forget(&mut self, key: &Key) {
        if self.0.contains_key(key) {
            Rc::make_mut(&mut self.0).remove(key);
        }
    }
}
