//! Recreate: everything old goes before anything new comes.
//!
//! Models: `pkg/controller/deployment/recreate.go`.

use super::{Rollout, actual, selects, size};
use crate::api::{ApiError, kinds};
use crate::control::{Again, Cx, pods};

impl Rollout {
    pub fn recreate(&mut self, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        self.find(false, cx)?;
        let mut scaled = false;
        for set in self.old.clone().iter().filter(|set| size(set) > 0) {
            scaled |= self.resize(set, 0, cx)?;
        }
        if scaled || self.old_pods_run(cx) {
            return self.sync_rollout_status(cx);
        }
        if self.new.is_none() {
            self.find(true, cx)?;
        }
        if let Some(new) = self.new.clone() {
            let replicas = self.replicas();
            self.resize(&new, replicas, cx)?;
        }
        if self.is_complete(&self.status().clone()) {
            self.clean_up(cx)?;
        }
        self.sync_rollout_status(cx)
    }

    fn old_pods_run(&self, cx: &Cx<'_>) -> bool {
        if self.old.iter().map(actual).sum::<i32>() > 0 {
            return true;
        }
        let read = cx.read();
        self.old.iter().any(|set| {
            let owned = read.owned(set.uid());
            owned.filter(|pod| pod.kind == kinds::POD).any(|pod| !pods::is_terminal(pod) && selects(set, pod))
        })
    }
}
