//! A StatefulSet keeps pods that each have a number, a name and claims of their own.
//!
//! Models: `pkg/controller/statefulset/stateful_set.go`, `stateful_set_control.go`.
//! Left out: collisions of revision names; `maxUnavailable` (its feature gate is off in 1.36).

mod claims;
mod identity;
mod ordered;
mod roll;

use crate::api::kinds;
use crate::api::selector::Selector;
use crate::api::{ApiError, DeleteOptions, Object, Reader, Reason};
use crate::control::controllers::replica_set::{earliest, shown};
use crate::control::revisions::{self, HASH};
use crate::control::{Again, Controller, Cx, EventType, pods};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use k8s_openapi::api::apps::v1::{RollingUpdateStatefulSetStrategy, StatefulSetSpec, StatefulSetStatus};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use std::collections::BTreeMap;

pub struct StatefulSets;

/// The label of a revision with its hash.
const REVISION_HASH: &str = "controller.kubernetes.io/hash";

/// One look at one StatefulSet.
struct Look {
    set: Object,
    /// The revision that pods below the partition have, and the one that all are to have.
    current: Revision,
    update: Revision,
    /// Its pods within the range of its ordinals.
    replicas: BTreeMap<i32, Object>,
    /// Those outside of it, the highest first.
    condemned: Vec<Object>,
}

struct Revision {
    name: String,
    template: PodTemplateSpec,
}

impl Controller for StatefulSets {
    fn name(&self) -> &'static str {
        "statefulset-controller"
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "statefulsets.apps" => vec![change.key.clone()],
            "pods" => pods::takers(change, kinds::STATEFUL_SET, read),
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(set) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        let spec = set.spec::<StatefulSetSpec>();
        let selector = Selector::of(Some(&spec.selector));
        let revisions = revisions::sync(&set, &selector, &spec.template, REVISION_HASH, Some(0), cx)?;
        let (limit, min_ready) = (spec.revision_history_limit.unwrap_or(10), spec.min_ready_seconds.unwrap_or(0));
        let member = |pod: &Object| identity::ordinal(set.name(), pod.name()).is_some();
        let mut all = pods::claim(&set, kinds::POD, &selector, &member, cx)?;
        all.retain(member);
        // The larger the set, the longer one look takes; changes meanwhile are taken together.
        cx.takes(Span::millis(all.len() as u64 / 20));
        let mut status = status(&set, &revisions, &all, cx.now);
        let live: Vec<String> = all.iter().filter_map(|pod| pod.labels().get(HASH).cloned()).collect();
        let wait = earliest(&all, min_ready, cx.now);
        let look = Look::of(set, &revisions, &status, all);
        let result = if look.set.deleting() { Ok(()) } else { look.manage(&mut status, cx) };
        look.complete(&mut status);
        let current = status.current_revision.clone();
        write(&look.set, status, cx)?;
        let live = |revision: &Object| {
            live.iter().any(|name| name == revision.name()) || current.as_deref() == Some(revision.name())
        };
        revisions::trim(&revisions, live, limit, cx)?;
        result?;
        Ok(wait.map_or(Again::OnChange, Again::After))
    }
}

impl Look {
    fn of(set: Object, revisions: &[Object], status: &StatefulSetStatus, all: Vec<Object>) -> Look {
        let revision = |name: &Option<String>| {
            let found = revisions.iter().find(|revision| Some(revision.name()) == name.as_deref());
            // The newest one is always that of the set's own template.
            let newest = revisions.last().map(Object::name) == name.as_deref();
            let template = found.filter(|_| !newest).and_then(revisions::template_of);
            let template = template.unwrap_or_else(|| set.spec::<StatefulSetSpec>().template.clone());
            Revision { name: name.clone().unwrap_or_default(), template }
        };
        let (current, update) = (revision(&status.current_revision), revision(&status.update_revision));
        let (mut replicas, mut condemned) = (BTreeMap::new(), vec![]);
        let range = range(&set);
        for pod in all {
            match identity::ordinal(set.name(), pod.name()) {
                Some(ordinal) if range.contains(&ordinal) => drop(replicas.insert(ordinal, pod)),
                Some(_) => condemned.push(pod),
                None => {}
            }
        }
        condemned.sort_by_key(|pod| std::cmp::Reverse(identity::ordinal(set.name(), pod.name())));
        Look { set, current, update, replicas, condemned }
    }

    fn spec(&self) -> &StatefulSetSpec {
        self.set.spec()
    }

    fn min_ready(&self) -> i32 {
        self.spec().min_ready_seconds.unwrap_or(0)
    }

    /// One after the other, each only when those before it are well.
    fn monotonic(&self) -> bool {
        self.spec().pod_management_policy.as_deref() != Some("Parallel")
    }

    fn rolls(&self) -> bool {
        let strategy = self.spec().update_strategy.as_ref();
        strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("RollingUpdate")
    }

    fn rolling(&self) -> Option<&RollingUpdateStatefulSetStrategy> {
        self.spec().update_strategy.as_ref()?.rolling_update.as_ref()
    }

    fn manage(&self, status: &mut StatefulSetStatus, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        if self.create(cx)? || self.condemn(cx)? || !self.rolls() {
            return Ok(());
        }
        self.roll(status, cx)
    }

    /// An update is complete when every replica is there, ready and new.
    fn complete(&self, status: &mut StatefulSetStatus) {
        let wanted = self.spec().replicas.unwrap_or(1);
        let (updated, ready) = (status.updated_replicas.unwrap_or(0), status.ready_replicas.unwrap_or(0));
        if self.rolls() && [updated, ready, status.replicas] == [wanted; 3] {
            status.current_replicas = status.updated_replicas;
            status.current_revision = status.update_revision.clone();
        }
    }

    /// Running, ready, and ready for long enough.
    fn available(&self, pod: &Object, now: Time) -> bool {
        running_and_ready(pod) && pods::available(pod, self.min_ready(), now).is_ok()
    }

    fn well(&self, pod: &Object, now: Time) -> bool {
        self.available(pod, now) && !pod.deleting()
    }

    fn delete(&self, pod: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        let result = cx.delete(kinds::POD, pod.namespace(), pod.name(), &DeleteOptions::default()).map(drop);
        if result.as_ref().is_err_and(|error| error.reason == Reason::NotFound) {
            return Ok(());
        }
        self.tell("delete", pod, &result, cx);
        result
    }

    /// `create Pod web-0 in StatefulSet web successful`.
    fn tell(&self, verb: &str, pod: &Object, result: &Result<(), ApiError>, cx: &mut Cx<'_>) {
        let title = match verb {
            "create" => "Create",
            "delete" => "Delete",
            _ => "Update",
        };
        let what = format!("{verb} Pod {} in StatefulSet {}", pod.name(), self.set.name());
        match result {
            Ok(()) => {
                cx.event(&self.set, EventType::Normal, &format!("Successful{title}"), format!("{what} successful"));
            }
            Err(error) => {
                let text = format!("{what} failed error: {}", error.message);
                cx.event(&self.set, EventType::Warning, &format!("Failed{title}"), text);
            }
        }
    }
}

/// The ordinals that a set's pods have.
fn range(set: &Object) -> std::ops::Range<i32> {
    let start = identity::start(set);
    start..start.saturating_add(set.spec::<StatefulSetSpec>().replicas.unwrap_or(1).max(0))
}

fn running_and_ready(pod: &Object) -> bool {
    pods::phase(pod) == "Running" && pods::is_ready(pod)
}

/// The status as the pods are before this look does anything.
fn status(set: &Object, revisions: &[Object], all: &[Object], now: Time) -> StatefulSetStatus {
    let was = set.status::<StatefulSetStatus>();
    let update = revisions.last().map(|revision| revision.name().to_string());
    let known = revisions.iter().find(|revision| was.current_revision.as_deref() == Some(revision.name()));
    let current = known.map(|revision| revision.name().to_string()).or_else(|| update.clone());
    let min_ready = set.spec::<StatefulSetSpec>().min_ready_seconds.unwrap_or(0);
    let count = |test: &dyn Fn(&Object) -> bool| all.iter().filter(|pod| test(pod)).count() as i32;
    let of = |name: &Option<String>| {
        shown(count(&|pod| !pod.deleting() && pod.labels().get(HASH).is_some_and(|mine| Some(mine) == name.as_ref())))
    };
    StatefulSetStatus {
        replicas: all.len() as i32,
        ready_replicas: shown(count(&running_and_ready)),
        available_replicas: Some(count(&|pod| running_and_ready(pod) && pods::available(pod, min_ready, now).is_ok())),
        current_replicas: of(&current),
        updated_replicas: of(&update),
        current_revision: current,
        update_revision: update,
        observed_generation: set.meta.generation,
        collision_count: Some(0),
        conditions: was.conditions.clone(),
    }
}

fn write(set: &Object, status: StatefulSetStatus, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    if &status == set.status::<StatefulSetStatus>() {
        return Ok(());
    }
    let mut set = set.clone();
    *set.status_mut() = status;
    set.meta_mut().resource_version = None;
    match cx.update_status(set) {
        Err(error) if error.reason != Reason::NotFound => Err(error),
        _ => Ok(()),
    }
}
