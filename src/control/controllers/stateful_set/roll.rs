//! A rolling update of a StatefulSet: from the highest number down to the partition, one pod at a time.
//!
//! Models: `pkg/controller/statefulset/stateful_set_control.go` (`updateStatefulSet`).

use super::{Look, range};
use crate::api::ApiError;
use crate::control::Cx;
use crate::control::controllers::replica_set::shown;
use crate::control::revisions::HASH;
use k8s_openapi::api::apps::v1::StatefulSetStatus;

impl Look {
    /// Deletes the next pod of the old revision, unless one after it is not well yet.
    pub fn roll(&self, status: &mut StatefulSetStatus, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        let partition = self.rolling().and_then(|rolling| rolling.partition).unwrap_or(0);
        let range = range(&self.set);
        for ordinal in (range.start.saturating_add(partition)..range.end).rev() {
            let Some(pod) = self.replicas.get(&ordinal) else { return Ok(()) };
            let new = pod.labels().get(HASH) == Some(&self.update.name);
            if !new && !pod.deleting() {
                self.delete(pod, cx)?;
                status.current_replicas = shown((status.current_replicas.unwrap_or(0) - 1).max(0));
                return Ok(());
            }
            if !self.well(pod, cx.now) {
                return Ok(());
            }
        }
        Ok(())
    }
}
