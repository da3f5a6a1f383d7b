//! Why a pod is where it is: which nodes refused it, and how the others scored. For `why` and the canvas.
//!
//! Models: nothing upstream; the scheduler's logs at high verbosity say the same.

use crate::store::Key;
use crate::time::Time;
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// How many decisions are remembered, and how many nodes of each kind (refused, scored).
const DECISIONS: usize = 512;
pub const NODES: usize = 64;

/// A node that cannot take the pod.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub node: Rc<str>,
    /// The plug-in that refused: `NodeResourcesFit`.
    pub plugin: &'static str,
    /// `Insufficient cpu`
    pub reasons: Vec<Cow<'static, str>>,
}

/// A node that can.
#[derive(Clone, Debug)]
pub struct Score {
    pub node: Rc<str>,
    /// One for each of [`Decision::columns`], normalised to 0..=100 and multiplied by the plug-in's weight.
    pub parts: Box<[i16]>,
    pub total: i64,
}

/// Pods that have to go so that this one can come.
#[derive(Clone, Debug)]
pub struct Preempted {
    pub node: Rc<str>,
    /// `namespace/name`, the most important first.
    pub victims: Vec<String>,
}

/// One attempt to place a pod.
#[derive(Clone, Debug)]
pub struct Decision {
    pub at: Time,
    /// The node chosen; `None` when there was none.
    pub node: Option<Rc<str>>,
    pub refusals: Vec<Refusal>,
    /// The plug-ins that scored; none when only one node was left.
    pub columns: Vec<&'static str>,
    /// Best first.
    pub scores: Vec<Score>,
    /// How many nodes the cluster had.
    pub nodes: usize,
    /// Of a pod that no node could take whatever the nodes: the plug-in that said so, and why.
    pub never: Option<(&'static str, String)>,
    pub preempted: Option<Preempted>,
    /// The room on the node was kept for the pod, so no other node was looked at.
    pub promised: bool,
    /// The text of the FailedScheduling event; empty when it was placed.
    pub message: String,
}

impl Decision {
    /// The nodes that nothing is known of: not looked at, because enough others fit, or not kept. 0 when
    /// it did not come to looking at all of them.
    pub fn left_out(&self) -> usize {
        if self.promised || self.never.is_some() {
            return 0;
        }
        self.nodes.saturating_sub(self.refusals.len() + self.scores.len())
    }
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
