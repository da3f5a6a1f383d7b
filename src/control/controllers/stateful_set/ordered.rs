//! Pods come in the order of their numbers and go in the opposite order, or all at once in a parallel set.
//!
//! Models: `pkg/controller/statefulset/stateful_set_control.go` (`processReplica`, `processCondemned`), `stateful_pod_control.go`.

use super::{Look, identity, range, running_and_ready};
use crate::api::{ApiError, Object, Reason};
use crate::control::{Cx, pods};
use crate::time::Span;

/// At most this many pods are made in one look.
const BURST: usize = 500;
/// When to look again at a claim that is about to go.
const STALE: Span = Span::seconds(1);

impl Look {
    /// Makes what is missing, replaces what is done. True when the rest must wait.
    pub fn create(&self, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
        let monotonic = self.monotonic();
        // A parallel set goes on in batches that double while nothing fails.
        let (mut left, mut batch, mut failed, mut made) = (1, 1, None, 0);
        for ordinal in range(&self.set) {
            let there = self.replicas.get(&ordinal);
            match self.one(ordinal, there, cx) {
                Ok(true) if monotonic => return Ok(true),
                Ok(_) => {}
                Err(error) if monotonic => return Err(error),
                Err(error) => drop(failed.get_or_insert(error)),
            }
            left -= 1;
            if left == 0 {
                if let Some(error) = failed {
                    return Err(error);
                }
                batch = (batch * 2).min(BURST);
                left = batch;
            }
            made += usize::from(there.is_none());
            if made == BURST {
                cx.wake(self.set.key(), Span::ZERO);
                return Ok(true);
            }
        }
        failed.map_or(Ok(false), Err)
    }

    /// True when the pods after this one must wait for it.
    fn one(&self, ordinal: i32, there: Option<&Object>, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
        let Some(pod) = there else {
            self.make(ordinal, cx)?;
            return Ok(true);
        };
        if pods::is_terminal(pod) {
            if !pod.deleting() {
                self.delete(pod, cx)?;
            }
            return Ok(true);
        }
        if pods::phase(pod) == "Pending" {
            self.make_claims(pod.name(), cx)?;
            self.settle(pod, cx)?;
        }
        if self.monotonic() && !self.well(pod, cx.now) {
            return Ok(true);
        }
        let mut fixed = pod.clone();
        let moved = self.settle(pod, cx)?;
        if identity::put(&mut fixed, self.set.name(), ordinal) || moved {
            let result = cx.update(fixed).map(drop);
            self.tell("update", pod, &result, cx);
            result?;
        }
        Ok(false)
    }

    /// As [`Look::settle_claims`]; a failure is told.
    fn settle(&self, pod: &Object, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
        let result = self.settle_claims(pod, cx);
        if let Err(error) = &result {
            self.tell("update", pod, &Err(error.clone()), cx);
        }
        result
    }

    fn make(&self, ordinal: i32, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        let pod = self.draft(ordinal);
        if self.has_stale_claim(pod.name(), cx) {
            // The claim goes with the pod that had this name before; only then comes a new one.
            cx.wake(self.set.key(), STALE);
            return Ok(());
        }
        if let Err(error) = self.make_claims(pod.name(), cx) {
            self.tell("create", &pod, &Err(error.clone()), cx);
            return Err(error);
        }
        let result = cx.create(pod.clone()).map(drop);
        // Somebody else's pod of that name, or one that is still going: tried again, in silence.
        if result.as_ref().is_err_and(|error| error.reason == Reason::AlreadyExists) {
            return result;
        }
        if result.is_ok() {
            self.settle(&pod, cx)?;
        }
        self.tell("create", &pod, &result, cx);
        result
    }

    /// Deletes what is too much. True when the rest must wait.
    pub fn condemn(&self, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
        let now = cx.now;
        for pod in &self.condemned {
            self.settle_claims(pod, cx)?;
        }
        // The first pod that is not well may go though it is not: nothing waits for it any more.
        let all_there = self.replicas.len() == range(&self.set).len();
        let ill = if all_there && self.replicas.values().all(|pod| self.well(pod, now)) {
            self.condemned.iter().rev().find(|pod| !self.well(pod, now)).map(Object::name)
        } else {
            None
        };
        for pod in &self.condemned {
            if !self.monotonic() {
                if !pod.deleting() {
                    self.delete(pod, cx)?;
                }
                continue;
            }
            let ready = running_and_ready(pod) && self.available(pod, now);
            if !pod.deleting() && (ready || ill == Some(pod.name())) {
                self.delete(pod, cx)?;
            }
            return Ok(true);
        }
        Ok(false)
    }
}
