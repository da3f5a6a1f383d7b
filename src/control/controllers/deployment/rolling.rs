//! RollingUpdate: up by the surge, down by what may be unavailable.
//!
//! Models: `pkg/controller/deployment/rolling.go`.

use super::{Rollout, available, size};
use crate::api::{ApiError, Object};
use crate::control::{Again, Cx};

impl Rollout {
    pub fn roll(&mut self, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        self.find(true, cx)?;
        if self.grow_new(cx)? || self.shrink_old(cx)? {
            return self.sync_rollout_status(cx);
        }
        if self.is_complete(&self.status().clone()) {
            self.clean_up(cx)?;
        }
        self.sync_rollout_status(cx)
    }

    fn grow_new(&mut self, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
        let Some(new) = self.new.clone() else { return Ok(false) };
        let wanted = if size(&new) > self.replicas() { self.replicas() } else { self.replicas_of_new(&new) };
        self.resize(&new, wanted, cx)
    }

    fn shrink_old(&mut self, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
        if self.old.iter().all(|set| size(set) == 0) {
            return Ok(false);
        }
        let Some(new) = self.new.clone() else { return Ok(false) };
        let present = self.all().map(size).fold(0, i32::saturating_add);
        let least = self.replicas() - self.max_unavailable();
        let unavailable_of_new = size(&new) - available(&new);
        let most = present - least - unavailable_of_new;
        if most <= 0 {
            return Ok(false);
        }
        let Some(cleaned) = self.drop_unhealthy(most, cx)? else { return Ok(false) };
        let shrunk = self.drop_available(least, cx)?;
        Ok(cleaned + shrunk > 0)
    }

    fn oldest_first(&self) -> Vec<Object> {
        let mut old: Vec<Object> = self.old.iter().filter(|set| size(set) > 0).cloned().collect();
        old.sort_by(|a, b| a.created().cmp(&b.created()).then_with(|| a.name().cmp(b.name())));
        old
    }

    /// Replicas that are not available can go without anyone missing them. `None` when a ReplicaSet has more available than
    /// it asks for: it was made smaller a moment ago, and its status has yet to follow.
    fn drop_unhealthy(&mut self, most: i32, cx: &mut Cx<'_>) -> Result<Option<i32>, ApiError> {
        let mut dropped = 0;
        for set in self.oldest_first() {
            if dropped >= most {
                break;
            }
            if size(&set) == available(&set) {
                continue;
            }
            if size(&set) < available(&set) {
                return Ok(None);
            }
            let count = (most - dropped).min(size(&set) - available(&set));
            self.resize(&set, size(&set) - count, cx)?;
            dropped += count;
        }
        Ok(Some(dropped))
    }

    fn drop_available(&mut self, least: i32, cx: &mut Cx<'_>) -> Result<i32, ApiError> {
        let total = self.all().map(available).fold(0, i32::saturating_add) - least;
        let mut dropped = 0;
        for set in self.oldest_first() {
            if dropped >= total {
                break;
            }
            let count = size(&set).min(total - dropped);
            self.resize(&set, size(&set) - count, cx)?;
            dropped += count;
        }
        Ok(dropped)
    }
}
