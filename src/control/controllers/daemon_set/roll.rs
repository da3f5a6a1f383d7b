//! A rolling update of a DaemonSet: the old pods go, a few at a time.
//!
//! Models: `pkg/controller/daemon/update.go` (`rollingUpdate`).
//! Left out: `maxSurge`.

use super::{Daemons, place};
use crate::api::{ApiError, Object, kinds};
use crate::control::revisions::HASH;
use crate::control::{Cx, fraction, pods};
use k8s_openapi::api::apps::v1::DaemonSetSpec;

pub fn roll(set: &Object, daemons: &Daemons, hash: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let spec = set.spec::<DaemonSetSpec>();
    let min_ready = spec.min_ready_seconds.unwrap_or(0);
    let meant = place::Meant::of(set);
    let nodes: Vec<&Object> = cx.read().list(kinds::NODE, None).collect();
    let wanted: Vec<&str> = nodes.iter().filter(|node| meant.for_node(node).0).map(|node| node.name()).collect();
    let rolling = spec.update_strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
    let limit = rolling.and_then(|rolling| rolling.max_unavailable.as_ref());
    let limit = limit.map_or(1, |limit| fraction::of(limit, wanted.len() as i32, true)).max(1) as usize;
    let (mut unavailable, mut broken, mut candidates) = (0, vec![], vec![]);
    for node in wanted {
        let here = daemons.get(node).map_or(&[][..], Vec::as_slice);
        let current = |pod: &&Object| pod.labels().get(HASH).is_some_and(|mine| mine == hash);
        let new = here.iter().filter(|pod| pods::is_active(pod)).find(current);
        let old = here.iter().find(|pod| !current(pod));
        let is_available = |pod: &Object| !pod.deleting() && pods::available(pod, min_ready, cx.now).is_ok();
        match (new, old) {
            (Some(new), _) => unavailable += usize::from(!is_available(new)),
            (None, None) => unavailable += 1,
            (None, Some(old)) if old.deleting() => unavailable += 1,
            (None, Some(old)) if !is_available(old) => {
                unavailable += 1;
                broken.push(old.clone());
            }
            (None, Some(old)) => candidates.push(old.clone()),
        }
    }
    let left = limit.saturating_sub(unavailable);
    for pod in broken.into_iter().chain(candidates.into_iter().take(left)) {
        pods::delete(&pod, set, cx)?;
    }
    Ok(())
}
