//! A ReplicaSet keeps as many pods of its template as it says. A ReplicationController is looked at as if it were one.
//!
//! Models: `pkg/controller/replicaset/replica_set.go`, `replica_set_utils.go`, `controller_utils.go` (ranking for deletion),
//! `pkg/controller/replication/conversion.go`.
//! Left out: expectations; the limits of the client (20 requests a second).

use crate::api::selector::Selector;
use crate::api::{ApiError, KindRef, Object, Reader, kinds};
use crate::control::{Again, Controller, Cx, pods};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use k8s_openapi::api::apps::v1::{ReplicaSetCondition, ReplicaSetSpec, ReplicaSetStatus};
use k8s_openapi::api::core::v1::{
    PodStatus, ReplicationControllerCondition, ReplicationControllerSpec, ReplicationControllerStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, Time as MetaTime};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The controller of ReplicaSets or of ReplicationControllers.
pub struct Replicas {
    name: &'static str,
    kind: fn() -> KindRef,
}

pub static REPLICA_SETS: Replicas = Replicas { name: "replicaset-controller", kind: || kinds::REPLICA_SET };
pub static REPLICATION_CONTROLLERS: Replicas =
    Replicas { name: "replication-controller", kind: || kinds::REPLICATION_CONTROLLER };

/// At most this many creations or deletions in one look.
const BURST: usize = 500;
/// Of a large set this many are made in one look (its first five batches), and the next ones after a moment, so that no
/// single event takes long.
const PIECE: usize = 31;
const SOON: Span = Span::millis(10);

impl Controller for Replicas {
    fn name(&self) -> &'static str {
        self.name
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        let kind = (self.kind)();
        match change.key.resource {
            resource if resource == kind.names().resource => vec![change.key.clone()],
            "pods" => pods::takers(change, kind, read),
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(set) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        let claimed = pods::claim(&set, kinds::POD, &selector(&set), &pods::is_active, cx)?;
        // The larger the set, the longer one look takes; changes meanwhile are taken together.
        cx.takes(Span::millis(claimed.len() as u64 / 20));
        let (active, rest): (Vec<_>, Vec<_>) = claimed.into_iter().partition(pods::is_active);
        let terminating = rest.iter().filter(|pod| pod.deleting() && !pods::is_terminal(pod)).count();
        let result = if set.deleting() { Ok(()) } else { manage(&set, &active, cx) };
        update_status(&set, &active, terminating as i32, result.as_ref().err(), cx)?;
        if let Err(error) = result
            && !pods::namespace_goes(&error)
        {
            return Err(error);
        }
        let min_ready = spec(&set).min_ready_seconds.unwrap_or(0);
        Ok(earliest(&active, min_ready, cx.now).map_or(Again::OnChange, Again::After))
    }
}

pub fn selector(set: &Object) -> Selector {
    Selector::of(set.kind.selector(set).as_ref())
}

/// What a ReplicaSet, or a ReplicationController in its terms, asks for.
fn spec(set: &Object) -> Cow<'_, ReplicaSetSpec> {
    if let Some(spec) = set.try_spec::<ReplicaSetSpec>() {
        return Cow::Borrowed(spec);
    }
    let spec = set.spec::<ReplicationControllerSpec>();
    Cow::Owned(ReplicaSetSpec {
        replicas: spec.replicas,
        min_ready_seconds: spec.min_ready_seconds,
        selector: LabelSelector { match_labels: spec.selector.clone(), ..Default::default() },
        template: spec.template.clone(),
    })
}

/// The status of a ReplicaSet, or that of a ReplicationController in its terms.
fn status(set: &Object) -> Cow<'_, ReplicaSetStatus> {
    if set.kind == kinds::REPLICA_SET {
        return Cow::Borrowed(set.status());
    }
    let status = set.status::<ReplicationControllerStatus>().clone();
    let conditions = status.conditions.into_iter().flatten().map(|condition| ReplicaSetCondition {
        type_: condition.type_,
        status: condition.status,
        reason: condition.reason,
        message: condition.message,
        last_transition_time: condition.last_transition_time,
    });
    let conditions: Vec<_> = conditions.collect();
    Cow::Owned(ReplicaSetStatus {
        replicas: status.replicas,
        fully_labeled_replicas: status.fully_labeled_replicas,
        ready_replicas: status.ready_replicas,
        available_replicas: status.available_replicas,
        terminating_replicas: None,
        observed_generation: status.observed_generation,
        conditions: (!conditions.is_empty()).then_some(conditions),
    })
}

/// Puts a status into a ReplicaSet or, in its own terms, into a ReplicationController.
fn set_status(set: &mut Object, status: ReplicaSetStatus) {
    if set.kind == kinds::REPLICA_SET {
        *set.status_mut() = status;
        return;
    }
    let conditions = status.conditions.into_iter().flatten().map(|condition| ReplicationControllerCondition {
        type_: condition.type_,
        status: condition.status,
        reason: condition.reason,
        message: condition.message,
        last_transition_time: condition.last_transition_time,
    });
    let conditions: Vec<_> = conditions.collect();
    *set.status_mut() = ReplicationControllerStatus {
        replicas: status.replicas,
        fully_labeled_replicas: status.fully_labeled_replicas,
        ready_replicas: status.ready_replicas,
        available_replicas: status.available_replicas,
        observed_generation: status.observed_generation,
        conditions: (!conditions.is_empty()).then_some(conditions),
    };
}

/// Creates what is missing, in batches that double while nothing fails; deletes what is too much.
fn manage(set: &Object, active: &[Object], cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let spec = spec(set);
    let wanted = spec.replicas.unwrap_or(1).max(0) as usize;
    if active.len() < wanted {
        let template = spec.template.clone().unwrap_or_default();
        let missing = wanted - active.len();
        let mut left = missing.min(PIECE.max(active.len() / 8)).min(BURST);
        if left < missing {
            cx.wake(set.key(), SOON);
        }
        let mut batch = 1;
        while left > 0 {
            let size = batch.min(left);
            let mut failed = None;
            for _ in 0..size {
                if let Err(error) = pods::create(pods::from_template(&template, set), set, cx) {
                    failed.get_or_insert(error);
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
            left -= size;
            batch *= 2;
        }
    } else if active.len() > wanted {
        let count = (active.len() - wanted).min(BURST);
        for pod in victims(set, active, count, cx) {
            pods::delete(&pod, set, cx)?;
        }
    }
    Ok(())
}

/// The pods to delete first.
fn victims(set: &Object, active: &[Object], count: usize, cx: &Cx<'_>) -> Vec<Object> {
    let mut ranked: Vec<&Object> = active.iter().collect();
    if count < active.len() {
        let crowd = crowd(set, cx.read());
        let now = cx.now;
        ranked.sort_by(|a, b| deletion_order(a, b, &crowd, now));
    }
    ranked.into_iter().take(count).cloned().collect()
}

/// How many active pods of the same owner (all ReplicaSets of one Deployment) each node has.
fn crowd(set: &Object, read: Reader<'_>) -> BTreeMap<String, usize> {
    let mut sets: Vec<&Object> = vec![];
    if let Some(owner) = set.controller() {
        sets.extend(read.owned(&owner.uid).filter(|o| o.kind == kinds::REPLICA_SET));
    }
    if !sets.iter().any(|other| other.uid() == set.uid()) {
        sets.push(set);
    }
    let mut crowd = BTreeMap::new();
    for pod in sets.iter().flat_map(|set| read.owned(set.uid())) {
        if pod.kind == kinds::POD
            && pods::is_active(pod)
            && let Some(node) = pods::node(pod)
        {
            *crowd.entry(node.to_string()).or_default() += 1;
        }
    }
    crowd
}

/// `Less` for what goes first: unassigned, pending, not ready, cheap to delete, crowded, ready or made more recently
/// (on a logarithmic scale), restarted more often.
pub fn deletion_order(a: &Object, b: &Object, crowd: &BTreeMap<String, usize>, now: Time) -> Ordering {
    let phase = |pod: &Object| match pods::phase(pod) {
        "Pending" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let cost = |pod: &Object| -> i64 {
        let text = pod.annotations().get("controller.kubernetes.io/pod-deletion-cost");
        text.and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    let ready = |pod: &Object| pods::is_ready(pod);
    let company = |pod: &Object| pods::node(pod).and_then(|node| crowd.get(node)).copied().unwrap_or(0);
    let by_age = |a: Time, b: Time| log2(now, a).cmp(&log2(now, b));
    pods::node(a)
        .is_some()
        .cmp(&pods::node(b).is_some())
        .then_with(|| phase(a).cmp(&phase(b)))
        .then_with(|| ready(a).cmp(&ready(b)))
        .then_with(|| cost(a).cmp(&cost(b)))
        .then_with(|| company(b).cmp(&company(a)))
        .then_with(|| match (pods::ready_since(a), pods::ready_since(b)) {
            (Some(x), Some(y)) if x != y => by_age(x, y).then_with(|| a.uid().cmp(b.uid())),
            _ => Ordering::Equal,
        })
        .then_with(|| restarts(b).cmp(&restarts(a)))
        .then_with(|| if a.created() == b.created() { Ordering::Equal } else { by_age(a.created(), b.created()) })
        .then_with(|| a.uid().cmp(b.uid()))
}

/// The logarithm of an age: ages of the same magnitude count as the same.
fn log2(now: Time, since: Time) -> u32 {
    (now.since(since).0.max(1)).ilog2()
}

fn restarts(pod: &Object) -> i32 {
    let statuses = pod.status::<PodStatus>().container_statuses.iter().flatten();
    statuses.map(|status| status.restart_count).max().unwrap_or(0)
}

fn update_status(
    set: &Object,
    active: &[Object],
    terminating: i32,
    error: Option<&ApiError>,
    cx: &mut Cx<'_>,
) -> Result<(), ApiError> {
    let spec = spec(set);
    let min_ready = spec.min_ready_seconds.unwrap_or(0);
    let empty = BTreeMap::new();
    let labels = spec.template.as_ref().and_then(|t| t.metadata.as_ref()?.labels.as_ref()).unwrap_or(&empty);
    let count = |test: &dyn Fn(&Object) -> bool| active.iter().filter(|pod| test(pod)).count() as i32;
    let labelled = count(&|pod| labels.iter().all(|(key, value)| pod.labels().get(key) == Some(value)));
    let ready = count(&|pod| pods::is_ready(pod));
    let available = count(&|pod| pods::available(pod, min_ready, cx.now).is_ok());
    let was = status(set);
    let mut status = ReplicaSetStatus {
        replicas: active.len() as i32,
        fully_labeled_replicas: shown(labelled),
        ready_replicas: shown(ready),
        available_replicas: shown(available),
        terminating_replicas: (set.kind == kinds::REPLICA_SET).then_some(terminating),
        observed_generation: set.meta.generation,
        conditions: was.conditions.clone(),
    };
    fail_condition(&mut status, error, active.len() as i32, spec.replicas.unwrap_or(1), cx.now);
    if status != *was {
        let mut set = set.clone();
        set_status(&mut set, status);
        let set_meta = set.meta_mut();
        set_meta.resource_version = None;
        match cx.update_status(set) {
            Err(error) if error.reason != crate::api::Reason::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// `ReplicaFailure` appears with the first failure and goes when creating works again.
fn fail_condition(status: &mut ReplicaSetStatus, error: Option<&ApiError>, have: i32, want: i32, now: Time) {
    let present = status.conditions.iter().flatten().any(|c| c.type_ == "ReplicaFailure");
    match error {
        Some(error) if !present => {
            let reason = if have < want { "FailedCreate" } else { "FailedDelete" };
            status.conditions.get_or_insert_with(Vec::new).push(ReplicaSetCondition {
                type_: "ReplicaFailure".into(),
                status: "True".into(),
                reason: Some(reason.into()),
                message: Some(error.message.clone()),
                last_transition_time: Some(MetaTime(now.timestamp())),
            });
        }
        None if present => {
            let conditions = status.conditions.take().unwrap_or_default();
            let rest: Vec<_> = conditions.into_iter().filter(|c| c.type_ != "ReplicaFailure").collect();
            status.conditions = (!rest.is_empty()).then_some(rest);
        }
        _ => {}
    }
}

/// Counts of zero are left out of a status.
pub fn shown(count: i32) -> Option<i32> {
    (count != 0).then_some(count)
}

/// How long until the earliest of several pods is available.
pub fn earliest(active: &[Object], min_ready: i32, now: Time) -> Option<Span> {
    active.iter().filter_map(|pod| pods::available(pod, min_ready, now).err().flatten()).min()
}
