//! Why a pod is where it is: which nodes refused it, and how the others scored. For `why` and the canvas.
//!
//! Models: nothing upstream; the scheduler's logs at high verbosity say the same.

use crate::store::Key;
use crate::time::Time;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// How many decisions are remembered, and how many nodes of each.
const DECISIONS: usize = 1024;
pub const NODES: usize = 24;

/// A node that cannot take the pod.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub node: Rc<str>,
    /// The plug-in that refused: `NodeResourcesFit`.
    pub plugin: &'static str,
    /// `Insufficient cpu`
    pub reasons: Vec<String>,
}

/// A node that can.
#[derive(Clone, Debug)]
pub struct Score {
    pub node: Rc<str>,
    /// By plug-in, normalised to 0..=100 and multiplied by the plug-in's weight.
    pub parts: Vec<(&'static str, i64)>,
    pub total: i64,
}

/// One attempt to place a pod.
#[derive(Clone, Debug)]
pub struct Decision {
    pub at: Time,
    /// The node chosen; `None` when there was none.
    pub node: Option<Rc<str>>,
    pub refusals: Vec<Refusal>,
    /// Best first.
    pub scores: Vec<Score>,
    /// The text of the FailedScheduling event; empty when it was placed.
    pub message: String,
}

#[derive(Clone, Default)]
pub struct Decisions {
    by_pod: BTreeMap<Key, Rc<Decision>>,
    order: VecDeque<Key>,
}

impl Decisions {
    pub fn of(&self, pod: &Key) -> Option<&Decision> {
        self.by_pod.get(pod).map(Rc::as_ref)
    }

    pub fn note(&mut self, pod: Key, decision: Decision) {
        if self.by_pod.insert(pod.clone(), Rc::new(decision)).is_none() {
            self.order.push_back(pod);
            if self.order.len() > DECISIONS
                && let Some(oldest) = self.order.pop_front()
            {
                self.by_pod.remove(&oldest);
            }
        }
    }
}
