//! What a Deployment says of itself: counts, Available, Progressing, ReplicaFailure, and when progress is overdue.
//!
//! Models: `pkg/controller/deployment/progress.go`, `sync.go` (`calculateStatus`), `deployment_util.go` (conditions).

use super::{Rollout, actual, available, size};
use crate::api::{ApiError, Object};
use crate::control::controllers::replica_set::shown;
use crate::control::{Again, Cx};
use crate::time::{Span, Time};
use k8s_openapi::api::apps::v1::{DeploymentCondition, DeploymentStatus, ReplicaSetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

/// Only says that the newest generation was seen.
pub fn observe_only(mut deployment: Object, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let generation = deployment.meta.generation;
    if deployment.status::<DeploymentStatus>().observed_generation < generation {
        deployment.status_mut::<DeploymentStatus>().observed_generation = generation;
        cx.update_status(deployment)?;
    }
    Ok(Again::OnChange)
}

fn condition(type_: &str, status: &str, reason: &str, message: String, now: Time) -> DeploymentCondition {
    DeploymentCondition {
        type_: type_.into(),
        status: status.into(),
        reason: Some(reason.into()),
        message: Some(message),
        last_update_time: Some(MetaTime(now.timestamp())),
        last_transition_time: Some(MetaTime(now.timestamp())),
    }
}

fn find<'a>(status: &'a DeploymentStatus, type_: &str) -> Option<&'a DeploymentCondition> {
    status.conditions.iter().flatten().find(|c| c.type_ == type_)
}

fn remove(status: &mut DeploymentStatus, type_: &str) {
    if let Some(conditions) = &mut status.conditions {
        conditions.retain(|c| c.type_ != type_);
    }
}

/// Puts a condition at the end; one that says the same already stays as it is.
fn set(status: &mut DeploymentStatus, mut new: DeploymentCondition) {
    if let Some(old) = find(status, &new.type_) {
        if old.status == new.status && old.reason == new.reason {
            return;
        }
        if old.status == new.status {
            new.last_transition_time = old.last_transition_time.clone();
        }
    }
    remove(status, &new.type_);
    status.conditions.get_or_insert_with(Vec::new).push(new);
}

impl Rollout {
    pub fn has_deadline(&self) -> bool {
        self.spec().progress_deadline_seconds.is_some_and(|seconds| seconds != i32::MAX)
    }

    pub fn progressing(&self) -> Option<&DeploymentCondition> {
        find(self.status(), "Progressing")
    }

    pub fn set_progressing(&mut self, value: &str, reason: &str, message: String, now: Time) {
        let new = condition("Progressing", value, reason, message, now);
        set(self.deployment.status_mut::<DeploymentStatus>(), new);
    }

    pub fn write_status(&mut self, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        self.deployment = cx.update_status(self.deployment.clone())?;
        Ok(())
    }

    /// A paused Deployment makes no progress and must not be blamed for it.
    pub fn check_paused(&mut self, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        if !self.has_deadline() {
            return Ok(());
        }
        let reason = self.progressing().and_then(|c| c.reason.clone()).unwrap_or_default();
        let paused = self.spec().paused == Some(true);
        match reason.as_str() {
            "ProgressDeadlineExceeded" => Ok(()),
            "DeploymentPaused" if !paused => {
                self.set_progressing("Unknown", "DeploymentResumed", "Deployment is resumed".into(), cx.now);
                self.write_status(cx)
            }
            "DeploymentPaused" => Ok(()),
            _ if paused => {
                self.set_progressing("Unknown", "DeploymentPaused", "Deployment is paused".into(), cx.now);
                self.write_status(cx)
            }
            _ => Ok(()),
        }
    }

    /// Everything is updated, there and available.
    pub fn is_complete(&self, status: &DeploymentStatus) -> bool {
        let wanted = self.replicas();
        status.updated_replicas.unwrap_or(0) == wanted
            && status.replicas.unwrap_or(0) == wanted
            && status.available_replicas.unwrap_or(0) == wanted
            && status.observed_generation >= self.deployment.meta.generation
    }

    fn calculate(&self, now: Time) -> DeploymentStatus {
        let total = self.all().map(size).fold(0, i32::saturating_add);
        let ready: i32 = self.all().map(|s| s.status::<ReplicaSetStatus>().ready_replicas.unwrap_or(0)).sum();
        let available: i32 = self.all().map(available).sum();
        let going: Option<i32> = self.all().map(|s| s.status::<ReplicaSetStatus>().terminating_replicas).sum();
        let was = self.status();
        let mut status = DeploymentStatus {
            observed_generation: self.deployment.meta.generation,
            replicas: shown(self.all().map(actual).sum()),
            updated_replicas: shown(self.new.iter().map(actual).sum()),
            ready_replicas: shown(ready),
            available_replicas: shown(available),
            unavailable_replicas: shown((total - available).max(0)),
            terminating_replicas: going,
            collision_count: was.collision_count,
            conditions: was.conditions.clone(),
        };
        let (value, reason, message) = if available >= self.replicas() - self.max_unavailable() {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        set(&mut status, condition("Available", value, reason, message.into(), now));
        status
    }

    /// Counts and availability, without judging progress.
    pub fn sync_status(&mut self, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let status = self.calculate(cx.now);
        self.store_status(status, cx)?;
        Ok(Again::OnChange)
    }

    fn store_status(&mut self, status: DeploymentStatus, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
        if &status == self.status() {
            return Ok(false);
        }
        *self.deployment.status_mut::<DeploymentStatus>() = status;
        self.write_status(cx)?;
        Ok(true)
    }

    /// Counts, availability and progress.
    pub fn sync_rollout_status(&mut self, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let mut status = self.calculate(cx.now);
        if !self.has_deadline() {
            remove(&mut status, "Progressing");
        }
        let done = status.replicas == status.updated_replicas
            && self.progressing().is_some_and(|c| c.reason.as_deref() == Some("NewReplicaSetAvailable"));
        if self.has_deadline() && !done {
            self.judge(&mut status, cx.now);
        }
        match self.failure() {
            Some(failure) => set(&mut status, failure),
            None => remove(&mut status, "ReplicaFailure"),
        }
        if self.store_status(status, cx)? {
            return Ok(self.due(cx.now));
        }
        Ok(self.due(cx.now))
    }

    fn judge(&self, status: &mut DeploymentStatus, now: Time) {
        let subject = match &self.new {
            Some(new) => format!("ReplicaSet \"{}\"", new.name()),
            None => format!("Deployment \"{}\"", self.deployment.name()),
        };
        if self.is_complete(status) {
            let message = format!("{subject} has successfully progressed.");
            set(status, condition("Progressing", "True", "NewReplicaSetAvailable", message, now));
        } else if self.moved(status) {
            let message = format!("{subject} is progressing.");
            let mut new = condition("Progressing", "True", "ReplicaSetUpdated", message, now);
            if let Some(old) = self.progressing() {
                if old.status == "True" {
                    new.last_transition_time = old.last_transition_time.clone();
                }
                remove(status, "Progressing");
            }
            set(status, new);
        } else if self.timed_out(now) {
            let message = format!("{subject} has timed out progressing.");
            set(status, condition("Progressing", "False", "ProgressDeadlineExceeded", message, now));
        }
    }

    /// Whether any count moved in the right direction.
    fn moved(&self, new: &DeploymentStatus) -> bool {
        let old = self.status();
        let n = |count: Option<i32>| count.unwrap_or(0);
        let outdated = |s: &DeploymentStatus| n(s.replicas) - n(s.updated_replicas);
        n(new.updated_replicas) > n(old.updated_replicas)
            || outdated(new) < outdated(old)
            || n(new.ready_replicas) > n(old.ready_replicas)
            || n(new.available_replicas) > n(old.available_replicas)
    }

    fn deadline(&self) -> Option<Time> {
        let updated = self.progressing()?.last_update_time.as_ref()?;
        let seconds = self.spec().progress_deadline_seconds?;
        Some(Time::of(updated.0) + Span::seconds(seconds.max(0) as u64))
    }

    fn timed_out(&self, now: Time) -> bool {
        match self.progressing().and_then(|c| c.reason.as_deref()) {
            None | Some("NewReplicaSetAvailable") => false,
            Some("ProgressDeadlineExceeded") => true,
            Some(_) => self.deadline().is_some_and(|deadline| deadline < now),
        }
    }

    /// When to look whether progress has timed out.
    fn due(&self, now: Time) -> Again {
        let reason = self.progressing().and_then(|c| c.reason.as_deref());
        if !self.has_deadline() || self.is_complete(self.status()) || reason == Some("ProgressDeadlineExceeded") {
            return Again::OnChange;
        }
        // One second more, so that whole seconds in conditions do not make it early.
        self.deadline().map_or(Again::OnChange, |at| Again::After(at.since(now) + Span::seconds(1)))
    }

    /// A ReplicaSet that cannot make its pods; the new one's failure counts first.
    fn failure(&self) -> Option<DeploymentCondition> {
        self.new.iter().chain(self.old.iter()).find_map(|set| {
            let conditions = set.status::<ReplicaSetStatus>().conditions.as_ref()?;
            let failure = conditions.iter().find(|c| c.type_ == "ReplicaFailure")?;
            Some(DeploymentCondition {
                type_: failure.type_.clone(),
                status: failure.status.clone(),
                reason: failure.reason.clone(),
                message: failure.message.clone(),
                last_transition_time: failure.last_transition_time.clone(),
                last_update_time: failure.last_transition_time.clone(),
            })
        })
    }
}
