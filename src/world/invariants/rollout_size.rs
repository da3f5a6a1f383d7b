//! Law: a rolling update stays within maxSurge and maxUnavailable when it sizes its ReplicaSets.
//!
//! Models: `pkg/controller/deployment/rolling.go`, `sync.go` (`scale`), `util/deployment_util.go`.

use super::{Check, Findings, Law, Seen};
use crate::api::{Object, kinds};
use crate::control::fraction;
use k8s_openapi::api::apps::v1::{DeploymentSpec, ReplicaSetStatus};

pub static LAW: Law = Law {
    name: "rollouts-keep-their-size",
    says: "A Deployment's ReplicaSets together are never raised above replicas + maxSurge, never lowered below replicas - maxUnavailable.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    if seen.change.key.resource != "replicasets.apps" || !seen.is_by("deployment-controller") {
        return;
    }
    let Some(new) = &seen.change.new else { return };
    let size = |set: &Object| set.kind.replicas(set).unwrap_or(0);
    let (was, is) = (seen.change.old.as_ref().map_or(0, size), size(new));
    let Some(deployment) = seen.past.owner(new, kinds::DEPLOYMENT) else { return };
    let Some(bounds) = Bounds::of(deployment) else { return };
    let others: i32 = seen.past.owned(deployment, kinds::REPLICA_SET).filter(|s| s.uid() != new.uid()).map(size).sum();
    let sum = others + is;
    if is > was && sum > bounds.most {
        findings.add(deployment.key(), format!("its ReplicaSets were raised to {sum}, above {}", bounds.most));
    }
    // Just after a scaling the statuses still count pods that are going; the real one is misled by that, too.
    let available = |set: &Object| set.status::<ReplicaSetStatus>().available_replicas.unwrap_or(0);
    let lags = seen.past.owned(deployment, kinds::REPLICA_SET).any(|set| available(set) > size(set));
    if is < was && sum < bounds.least && !lags {
        findings.add(deployment.key(), format!("its ReplicaSets were lowered to {sum}, below {}", bounds.least));
    }
}

/// How many pods a rolling update may have, and must have available.
pub struct Bounds {
    pub most: i32,
    pub least: i32,
}

impl Bounds {
    /// `None` for another strategy.
    pub fn of(deployment: &Object) -> Option<Bounds> {
        let spec = deployment.spec::<DeploymentSpec>();
        let strategy = spec.strategy.as_ref()?;
        if strategy.type_.as_deref() != Some("RollingUpdate") {
            return None;
        }
        let replicas = spec.replicas.unwrap_or(1);
        let rolling = strategy.rolling_update.as_ref();
        let part = |value: Option<&_>, up| value.map_or(0, |value| fraction::of(value, replicas, up));
        let surge = part(rolling.and_then(|rolling| rolling.max_surge.as_ref()), true);
        let mut unavailable = part(rolling.and_then(|rolling| rolling.max_unavailable.as_ref()), false);
        if surge == 0 && unavailable == 0 {
            unavailable = 1;
        }
        Some(Bounds { most: replicas + surge, least: replicas - unavailable.min(replicas) })
    }
}
