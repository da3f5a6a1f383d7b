//! Sizes of ReplicaSets: one of them, or all in proportion when a Deployment is scaled in the middle of a rollout.
//!
//! Models: `pkg/controller/deployment/sync.go` (`scale`), `deployment_util.go` (`GetReplicaSetProportion`).

use super::sets::{MAXIMUM, annotate_sizes};
use super::{Rollout, available, size};
use crate::api::{ApiError, Object};
use crate::control::{Cx, EventType};
use k8s_openapi::api::apps::v1::ReplicaSetSpec;

impl Rollout {
    /// Sets the size of a ReplicaSet and tells so. False when it had that size.
    pub fn resize(&mut self, set: &Object, to: i32, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
        if size(set) == to {
            return Ok(false);
        }
        self.resize_and_annotate(set, to, cx)
    }

    fn resize_and_annotate(&mut self, set: &Object, to: i32, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
        let from = size(set);
        let mut set = set.clone();
        let annotated = annotate_sizes(&mut set, self.replicas(), self.replicas() + self.max_surge());
        if from == to && !annotated {
            return Ok(false);
        }
        set.spec_mut::<ReplicaSetSpec>().replicas = Some(to);
        let set = cx.update(set)?;
        if from != to {
            let direction = if from < to { "up" } else { "down" };
            let text = format!("Scaled {direction} replica set {} from {from} to {to}", set.name());
            cx.event(&self.deployment, EventType::Normal, "ScalingReplicaSet", text);
        }
        self.replace(set);
        Ok(from != to)
    }

    /// On a scaling event.
    pub fn scale(&mut self, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        if let Some(set) = self.active_or_latest() {
            let replicas = self.replicas();
            self.resize(&set, replicas, cx)?;
            return Ok(());
        }
        if self.is_saturated() {
            for set in self.old.clone().iter().filter(|set| size(set) > 0) {
                self.resize(set, 0, cx)?;
            }
            return Ok(());
        }
        if self.is_rolling() { self.scale_in_proportion(cx) } else { Ok(()) }
    }

    /// The only active ReplicaSet, or without any the newest.
    fn active_or_latest(&self) -> Option<Object> {
        let active: Vec<&Object> = self.all().filter(|set| size(set) > 0).collect();
        match active.as_slice() {
            [] => self.new.clone().or_else(|| {
                let newest =
                    self.old.iter().max_by(|a, b| a.created().cmp(&b.created()).then_with(|| b.name().cmp(a.name())));
                newest.cloned()
            }),
            [one] => Some((*one).clone()),
            _ => None,
        }
    }

    /// Whether the new ReplicaSet has everything it should have.
    fn is_saturated(&self) -> bool {
        let Some(new) = &self.new else { return false };
        let desired = new.annotations().get(super::sets::DESIRED).and_then(|text| text.parse::<i32>().ok());
        desired == Some(self.replicas()) && size(new) == self.replicas() && available(new) == self.replicas()
    }

    fn scale_in_proportion(&mut self, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        let mut active: Vec<Object> = self.all().filter(|set| size(set) > 0).cloned().collect();
        let present = active.iter().map(size).fold(0, i32::saturating_add);
        let allowed = if self.replicas() > 0 { self.replicas().saturating_add(self.max_surge()) } else { 0 };
        let to_add = allowed - present;
        // The largest first; of equals the newer when growing, the older when shrinking.
        active.sort_by(|a, b| {
            let age = a.created().cmp(&b.created()).then_with(|| a.name().cmp(b.name()));
            size(b).cmp(&size(a)).then(if to_add > 0 { age.reverse() } else { age })
        });
        let mut added = 0;
        let mut sizes = vec![];
        for set in &active {
            let share = self.proportion(set, to_add, added);
            added += share;
            sizes.push(size(set) + share);
        }
        if to_add != 0
            && let Some(first) = sizes.first_mut()
        {
            *first = first.saturating_add(to_add - added).max(0);
        }
        for (set, to) in active.iter().zip(sizes) {
            self.resize_and_annotate(set, to, cx)?;
        }
        Ok(())
    }

    fn proportion(&self, set: &Object, to_add: i32, added: i32) -> i32 {
        if size(set) == 0 || to_add == 0 || to_add == added {
            return 0;
        }
        let share = self.share(set);
        let left = to_add - added;
        if to_add > 0 { share.min(left) } else { share.max(left) }
    }

    /// By how much a ReplicaSet changes when everything changes in proportion.
    fn share(&self, set: &Object) -> i32 {
        if self.replicas() == 0 {
            return -size(set);
        }
        let most = i64::from(self.replicas() + self.max_surge());
        let before = set.annotations().get(MAXIMUM).and_then(|text| text.parse::<i64>().ok());
        let before = before.unwrap_or_else(|| i64::from(self.status().replicas.unwrap_or(0))).max(1);
        let product = i64::from(size(set)) * most;
        let rounded = (2 * product + before) / (2 * before);
        rounded as i32 - size(set)
    }
}
