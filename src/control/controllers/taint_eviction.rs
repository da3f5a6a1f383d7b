//! NoExecute taints drive pods away: at once, or when the time they tolerate is over.
//!
//! Models: `pkg/controller/tainteviction/taint_eviction.go`.

use crate::api::{ApiError, DeleteOptions, Object, Reader, kinds};
use crate::control::memory::Record;
use crate::control::scheduler::tolerates;
use crate::control::{Again, Controller, Cx, EventType, pods, taints, unless_gone};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::core::v1::{PodSpec, Taint};

pub struct TaintEviction;

impl Controller for TaintEviction {
    fn name(&self) -> &'static str {
        "taint-eviction-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:node-controller".into()
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        let Some(new) = &change.new else { return vec![] };
        match change.key.resource {
            "nodes" => {
                let before: &[Taint] = change.old.as_ref().map_or(&[], taints::of);
                if executing(before).eq(executing(taints::of(new))) {
                    return vec![];
                }
                read.pods_on(new.name()).map(Object::key).collect()
            }
            "pods" => {
                let arrived = change.old.as_ref().is_none_or(|old| pods::node(old).is_none());
                let node = pods::node(new).filter(|_| arrived).and_then(|node| read.get(kinds::NODE, "", node));
                let tainted = node.is_some_and(|node| executing(taints::of(node)).next().is_some());
                if tainted { vec![change.key.clone()] } else { vec![] }
            }
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let about = format!("taint-eviction {}/{}", key.namespace, key.name);
        let seen = cx.memory.get(&about);
        let Some(pod) = cx.read().by_key(key).filter(|pod| !pod.deleting()).cloned() else {
            cx.memory.set(&about, Record::default());
            return Ok(Again::OnChange);
        };
        let since = if seen.count > 0 { seen.last } else { cx.now };
        let node = pods::node(&pod).and_then(|node| cx.read().get(kinds::NODE, "", node));
        let Some(stays) = node.and_then(|node| stays(&pod, node)) else {
            if seen.count > 0 {
                cx.memory.set(&about, Record::default());
                let text = format!("Cancelling deletion of Pod {}/{}", pod.namespace(), pod.name());
                cx.event(&pod, EventType::Normal, "TaintManagerEviction", text);
            }
            return Ok(Again::OnChange);
        };
        let until = since + stays;
        if cx.now < until {
            cx.memory.set(&about, Record { count: 1, last: since });
            return Ok(Again::After(until.since(cx.now)));
        }
        cx.memory.set(&about, Record::default());
        evict(&pod, cx)?;
        Ok(Again::OnChange)
    }
}

fn executing(taints: &[Taint]) -> impl Iterator<Item = &Taint> {
    taints.iter().filter(|taint| taint.effect == "NoExecute")
}

/// How long a pod may stay on a node, from when its taints were seen; `None` when for ever.
fn stays(pod: &Object, node: &Object) -> Option<Span> {
    let tolerations = pod.spec::<PodSpec>().tolerations.as_deref().unwrap_or(&[]);
    let mut shortest: Option<Span> = None;
    for taint in executing(taints::of(node)) {
        let fitting: Vec<_> = tolerations.iter().filter(|toleration| tolerates(toleration, taint)).collect();
        if fitting.is_empty() {
            return Some(Span::ZERO);
        }
        let seconds = fitting.iter().filter_map(|toleration| toleration.toleration_seconds);
        shortest = shortest.into_iter().chain(seconds.map(|s| Span::seconds(s.max(0) as u64))).min();
    }
    shortest
}

fn evict(pod: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let text = format!("Marking for deletion Pod {}/{}", pod.namespace(), pod.name());
    cx.event(pod, EventType::Normal, "TaintManagerEviction", text);
    let mut marked = pod.clone();
    pods::disrupt(&mut marked, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", cx.now);
    unless_gone(cx.update_status(marked).map(drop))?;
    unless_gone(cx.delete(kinds::POD, pod.namespace(), pod.name(), &DeleteOptions::default()).map(drop))
}
