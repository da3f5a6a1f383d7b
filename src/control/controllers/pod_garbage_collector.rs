//! Pods that nobody will end: their node is gone, or they were deleted before they had one.
//!
//! Models: `pkg/controller/podgc/gc_controller.go`.
//! Left out: the order of evicted pods that were made at the same time.

use crate::api::{ApiError, DeleteOptions, Object, Reader, Reason, kinds};
use crate::control::{Again, Controller, Cx, nodes, pods, taints};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::core::v1::PodStatus;

pub struct PodGarbageCollector;

/// How often it looks, and how long a node must be gone.
const PERIOD: Span = Span::seconds(20);
const QUARANTINE: Span = Span::seconds(40);
/// So many finished pods are kept (`--terminated-pod-gc-threshold`), and the key under which more are looked for.
const KEPT: usize = 12_500;
const FINISHED: &str = "finishedpods";

impl Controller for PodGarbageCollector {
    fn name(&self) -> &'static str {
        "pod-garbage-collector-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:pod-garbage-collector".into()
    }

    /// A node that goes, and a pod that goes without ever having had one.
    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        match (change.key.resource, &change.new) {
            ("nodes", None) => vec![change.key.clone()],
            ("nodes", Some(node)) if is_out(node) && !change.old.as_ref().is_some_and(is_out) => {
                vec![change.key.clone()]
            }
            ("pods", Some(pod)) if pod.deleting() && pods::node(pod).is_none() => vec![change.key.clone()],
            ("pods", Some(pod)) if pods::is_terminal(pod) && !change.old.as_ref().is_some_and(pods::is_terminal) => {
                vec![Key::new(FINISHED, "", "")]
            }
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        if key.resource == FINISHED {
            // many may end at the same time: they are looked at together, at the next turn
            let late = cx.now.0 % PERIOD.0;
            return if late > 0 { Ok(Again::After(Span(PERIOD.0 - late))) } else { finished(cx) };
        }
        if key.resource == "pods" {
            let unplaced = cx.read().by_key(key).filter(|pod| pod.deleting() && pods::node(pod).is_none()).cloned();
            unplaced.map_or(Ok(()), |pod| kill(&pod, cx))?;
            return Ok(Again::OnChange);
        }
        let orphans: Vec<Object> = cx.read().pods_on(&key.name).cloned().collect();
        if cx.read().by_key(key).is_some_and(is_out) {
            return out_of_service(orphans, cx);
        }
        if cx.read().by_key(key).is_some() || orphans.is_empty() {
            return Ok(Again::OnChange);
        }
        let gone = cx.api.store().recent().find(|change| change.key == *key).map(|change| change.at);
        if let Some(gone) = gone
            && cx.now < gone + QUARANTINE
        {
            return Ok(Again::After((gone + QUARANTINE).since(cx.now) + PERIOD));
        }
        for pod in orphans {
            fail(&pod, "DeletionByPodGC", "PodGC: node no longer exists", cx)?;
            kill(&pod, cx)?;
        }
        Ok(Again::OnChange)
    }
}

/// Removes the oldest finished pods when there are too many; evicted ones go first.
fn finished(cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let read = cx.read();
    let all = || read.list(kinds::POD, None).filter(|pod| pods::is_terminal(pod));
    let count = all().count();
    if count <= KEPT {
        return Ok(Again::OnChange);
    }
    let mut pods: Vec<Object> = all().cloned().collect();
    let evicted = |pod: &Object| pod.status::<PodStatus>().reason.as_deref() == Some("Evicted");
    pods.sort_by_key(|pod| (!evicted(pod), pod.created(), pod.name().to_owned()));
    for pod in &pods[..count - KEPT] {
        kill(pod, cx)?;
    }
    Ok(Again::OnChange)
}

/// A node that is not ready and of which somebody vouches that it is off.
fn is_out(node: &Object) -> bool {
    !nodes::is_ready(node) && taints::of(node).iter().any(|taint| taint.key == "node.kubernetes.io/out-of-service")
}

/// Its pods that are on their way out are gone; others come as long as the taint drives them away.
fn out_of_service(pods: Vec<Object>, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    for pod in pods.iter().filter(|pod| pod.deleting()) {
        fail(pod, "", "", cx)?;
        kill(pod, cx)?;
    }
    let rest = pods.iter().any(|pod| !pod.deleting());
    Ok(if rest { Again::After(PERIOD) } else { Again::OnChange })
}

/// Marks a pod as failed before it goes, if nobody else will.
fn fail(pod: &Object, reason: &str, message: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    if pods::is_terminal(pod) {
        return Ok(());
    }
    let mut ended = pod.clone();
    if !reason.is_empty() {
        pods::disrupt(&mut ended, reason, message, cx.now);
    }
    ended.status_mut::<PodStatus>().phase = Some("Failed".into());
    fine(cx.update_status(ended).map(drop))
}

fn kill(pod: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let options = DeleteOptions { grace: Some(0), uid: pod.meta.uid.clone(), ..Default::default() };
    fine(cx.delete(kinds::POD, pod.namespace(), pod.name(), &options).map(drop))
}

fn fine(result: Result<(), ApiError>) -> Result<(), ApiError> {
    match result {
        Err(error) if !matches!(error.reason, Reason::NotFound | Reason::Conflict) => Err(error),
        _ => Ok(()),
    }
}
