//! A DaemonSet keeps one pod on every node that it is meant for.
//!
//! Models: `pkg/controller/daemon/daemon_controller.go`.

mod place;
mod roll;

use crate::api::selector::Selector;
use crate::api::{ApiError, Object, Reader, Reason, kinds};
use crate::control::controllers::replica_set::{earliest, shown};
use crate::control::revisions::{self, HASH};
use crate::control::{Again, Controller, Cx, EventType, pods};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::apps::v1::{DaemonSetSpec, DaemonSetStatus};
use k8s_openapi::api::core::v1::NodeSpec;
use std::collections::BTreeMap;

pub struct DaemonSets;

impl Controller for DaemonSets {
    fn name(&self) -> &'static str {
        "daemonset-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:daemon-set-controller".into()
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "daemonsets.apps" => vec![change.key.clone()],
            "pods" => pods::takers(change, kinds::DAEMON_SET, read),
            "nodes" if node_matters(change) => read.list(kinds::DAEMON_SET, None).map(Object::key).collect(),
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(set) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        if selector(&set).is_empty() {
            let text = "This daemon set is selecting all pods. A non-empty selector is required.";
            cx.event(&set, EventType::Warning, "SelectingAll", text);
            return Ok(Again::OnChange);
        }
        if set.deleting() {
            return Ok(Again::OnChange);
        }
        let spec = set.spec::<DaemonSetSpec>();
        let collisions = set.status::<DaemonSetStatus>().collision_count;
        let revisions = revisions::sync(&set, &selector(&set), &spec.template, HASH, collisions, cx)?;
        let hash = revisions.last().map_or("", |revision| revisions::hash_of(revision)).to_string();
        let daemons = daemons(&set, cx)?;
        // The larger the cluster, the longer one look takes; changes meanwhile are taken together.
        cx.takes(Span::millis(daemons.len() as u64 / 10));
        let managed = place::manage(&set, &daemons, &hash, cx);
        // What was just made or taken is waited for before the update goes on.
        let rolled = match managed {
            Ok((false, _)) if rolls(&set) => roll::roll(&set, &daemons, &hash, cx),
            _ => Ok(()),
        };
        let live: Vec<String> = daemons.values().flatten().filter_map(|pod| pod.labels().get(HASH).cloned()).collect();
        let live: Vec<&str> = live.iter().map(String::as_str).collect();
        let limit = spec.revision_history_limit.unwrap_or(10);
        revisions::trim(&revisions, |revision| live.contains(&revisions::hash_of(revision)), limit, cx)?;
        update_status(&set, &hash, cx)?;
        let (_, later) = managed?;
        rolled?;
        let every: Vec<Object> = daemons.into_values().flatten().collect();
        let soon = earliest(&every, spec.min_ready_seconds.unwrap_or(0), cx.now);
        Ok(soon.into_iter().chain(later).min().map_or(Again::OnChange, Again::After))
    }
}

fn selector(set: &Object) -> Selector {
    Selector::of(Some(&set.spec::<DaemonSetSpec>().selector))
}

fn rolls(set: &Object) -> bool {
    let strategy = set.spec::<DaemonSetSpec>().update_strategy.as_ref();
    strategy.and_then(|strategy| strategy.type_.as_deref()) != Some("OnDelete")
}

fn node_matters(change: &Change<Object>) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return true };
    let (a, b) = (old.spec::<NodeSpec>(), new.spec::<NodeSpec>());
    old.labels() != new.labels() || a.taints != b.taints || a.unschedulable != b.unschedulable
}

/// The pods of a DaemonSet by the node they are on or meant for, without those that have ended and are about to go.
type Daemons = BTreeMap<String, Vec<Object>>;

fn daemons(set: &Object, cx: &mut Cx<'_>) -> Result<Daemons, ApiError> {
    let mut daemons = Daemons::new();
    for pod in pods::claim(set, kinds::POD, &selector(set), &pods::is_active, cx)? {
        if pods::is_terminal(&pod) && pod.deleting() {
            continue;
        }
        if let Some(node) = place::target(&pod) {
            daemons.entry(node).or_default().push(pod);
        }
    }
    Ok(daemons)
}

fn update_status(set: &Object, hash: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let daemons = daemons(set, cx)?;
    let Some(mut set) = cx.read().by_key(&set.key()).cloned() else { return Ok(()) };
    let min_ready = set.spec::<DaemonSetSpec>().min_ready_seconds.unwrap_or(0);
    let (mut desired, mut current, mut wrong, mut ready, mut updated, mut available) = (0, 0, 0, 0, 0, 0);
    let meant = place::Meant::of(&set);
    for node in cx.read().list(kinds::NODE, None) {
        let here = daemons.get(node.name()).map_or(&[][..], Vec::as_slice);
        if !meant.for_node(node).0 {
            wrong += i32::from(!here.is_empty());
            continue;
        }
        desired += 1;
        current += i32::from(!here.is_empty());
        let oldest = here.iter().min_by_key(|pod| (pods::node(pod).is_none(), pod.created(), pod.name().to_string()));
        if let Some(pod) = oldest {
            ready += i32::from(pods::is_ready(pod));
            available += i32::from(pods::available(pod, min_ready, cx.now).is_ok());
            updated += i32::from(pod.labels().get(HASH).is_some_and(|mine| mine == hash));
        }
    }
    let was = set.status::<DaemonSetStatus>();
    let status = DaemonSetStatus {
        desired_number_scheduled: desired,
        current_number_scheduled: current,
        number_misscheduled: wrong,
        number_ready: ready,
        updated_number_scheduled: shown(updated),
        number_available: shown(available),
        number_unavailable: shown(desired - available),
        observed_generation: set.meta.generation,
        collision_count: was.collision_count,
        conditions: was.conditions.clone(),
    };
    if &status == was {
        return Ok(());
    }
    *set.status_mut::<DaemonSetStatus>() = status;
    match cx.update_status(set) {
        Err(error) if error.reason != Reason::NotFound => Err(error),
        _ => Ok(()),
    }
}
