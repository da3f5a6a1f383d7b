//! A Deployment keeps one ReplicaSet per version of its template and moves the pods from the old ones to the new.
//!
//! Models: `pkg/controller/deployment/deployment_controller.go`, `sync.go`.
//! Left out: the rollback annotation of the extensions API (kubectl rolls back by itself).

mod recreate;
mod rolling;
mod scale;
pub mod sets;
mod status;

use super::replica_set::selector as set_selector;
use crate::api::selector::Selector;
use crate::api::{ApiError, Object, Reader, kinds};
use crate::control::fraction;
use crate::control::{Again, Controller, Cx, EventType, pods};
use crate::store::{Change, Key};
use k8s_openapi::api::apps::v1::{DeploymentSpec, DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub use sets::{REVISION, equal_ignoring_hash, revision};

pub struct Deployments;

impl Controller for Deployments {
    fn name(&self) -> &'static str {
        "deployment-controller"
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "deployments.apps" => vec![change.key.clone()],
            "replicasets.apps" => {
                let mut keys = pods::owners(change, kinds::DEPLOYMENT);
                if pods::is_orphan_news(change)
                    && let Some(set) = &change.new
                {
                    let all = read.list(kinds::DEPLOYMENT, Some(set.namespace()));
                    keys.extend(all.filter(|d| selector(d).matches(set.labels())).map(Object::key));
                }
                keys
            }
            // Recreate waits for the last old pod to go.
            "pods" if change.new.is_none() => recreating(change, read).into_iter().collect(),
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(deployment) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        if selector(&deployment).is_empty() {
            let text = "This deployment is selecting all pods. A non-empty selector is required.";
            cx.event(&deployment, EventType::Warning, "SelectingAll", text);
            return status::observe_only(deployment, cx);
        }
        let sets = pods::claim(&deployment, kinds::REPLICA_SET, &selector(&deployment), &|_| true, cx)?;
        let mut rollout = Rollout { deployment, sets, new: None, old: vec![] };
        if rollout.deployment.deleting() {
            rollout.find(false, cx)?;
            return rollout.sync_status(cx);
        }
        rollout.check_paused(cx)?;
        if rollout.spec().paused == Some(true) {
            return rollout.sync(cx);
        }
        rollout.find(false, cx)?;
        if rollout.is_scaling() {
            return rollout.sync(cx);
        }
        if rollout.is_rolling() { rollout.roll(cx) } else { rollout.recreate(cx) }
    }
}

fn selector(deployment: &Object) -> Selector {
    Selector::of(Some(&deployment.spec::<DeploymentSpec>().selector))
}

fn recreating(change: &Change<Object>, read: Reader<'_>) -> Option<Key> {
    let owner = change.old.as_ref()?.controller().filter(|owner| owner.kind == "ReplicaSet")?;
    let set = read.get(kinds::REPLICA_SET, &change.key.namespace, &owner.name)?;
    let owner = set.controller().filter(|owner| owner.kind == "Deployment")?;
    let deployment = read.get(kinds::DEPLOYMENT, &change.key.namespace, &owner.name)?;
    let strategy = deployment.spec::<DeploymentSpec>().strategy.as_ref()?;
    (strategy.type_.as_deref() == Some("Recreate")).then(|| deployment.key())
}

/// One look at one Deployment: itself, and its ReplicaSets sorted into the new one and the old ones.
pub(super) struct Rollout {
    pub deployment: Object,
    /// Everything claimed.
    pub sets: Vec<Object>,
    pub new: Option<Object>,
    pub old: Vec<Object>,
}

impl Rollout {
    pub fn spec(&self) -> &DeploymentSpec {
        self.deployment.spec()
    }

    pub fn status(&self) -> &DeploymentStatus {
        self.deployment.status()
    }

    pub fn replicas(&self) -> i32 {
        self.spec().replicas.unwrap_or(1)
    }

    pub fn is_rolling(&self) -> bool {
        let strategy = self.spec().strategy.as_ref();
        strategy.and_then(|s| s.type_.as_deref()) != Some("Recreate")
    }

    /// Surge rounded up and unavailable rounded down; both zero would never move, so one may be missing then.
    fn fence_posts(&self) -> (i32, i32) {
        let rolling = self.spec().strategy.as_ref().and_then(|s| s.rolling_update.as_ref());
        let share = |value: Option<&IntOrString>, up| value.map_or(0, |v| fraction::of(v, self.replicas(), up));
        let surge = share(rolling.and_then(|r| r.max_surge.as_ref()), true);
        let unavailable = share(rolling.and_then(|r| r.max_unavailable.as_ref()), false);
        if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
    }

    pub fn max_surge(&self) -> i32 {
        if self.is_rolling() { self.fence_posts().0 } else { 0 }
    }

    pub fn max_unavailable(&self) -> i32 {
        if !self.is_rolling() || self.replicas() == 0 { 0 } else { self.fence_posts().1.min(self.replicas()) }
    }

    /// Old ones first, then the new one.
    pub fn all(&self) -> impl Iterator<Item = &Object> {
        self.old.iter().chain(&self.new)
    }

    /// Whether an active ReplicaSet was sized for another number of replicas.
    fn is_scaling(&self) -> bool {
        self.all().filter(|set| size(set) > 0).any(|set| {
            let desired = set.annotations().get(sets::DESIRED).and_then(|text| text.parse::<i32>().ok());
            desired.is_some_and(|desired| desired != self.replicas())
        })
    }

    /// On scaling and while paused: sizes and status, no progress.
    fn sync(&mut self, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        self.find(false, cx)?;
        self.scale(cx)?;
        if self.spec().paused == Some(true) {
            self.clean_up(cx)?;
        }
        self.sync_status(cx)
    }
}

/// `spec.replicas` of a ReplicaSet.
fn size(set: &Object) -> i32 {
    set.spec::<ReplicaSetSpec>().replicas.unwrap_or(1)
}

fn available(set: &Object) -> i32 {
    set.status::<ReplicaSetStatus>().available_replicas.unwrap_or(0)
}

fn actual(set: &Object) -> i32 {
    set.status::<ReplicaSetStatus>().replicas
}

/// Whether a ReplicaSet selects a pod.
fn selects(set: &Object, pod: &Object) -> bool {
    set_selector(set).matches(pod.labels())
}
