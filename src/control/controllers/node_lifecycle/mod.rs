//! Which nodes live: conditions turn Unknown when the kubelet is silent, taints follow the conditions, pods of a lost
//! node are not ready.
//!
//! Models: `pkg/controller/nodelifecycle/node_lifecycle_controller.go`.
//! Left out: several workers.

use crate::api::{ApiError, Object, Reader, Reason, kinds};
use crate::control::nodes::condition;
use crate::control::taints::{DISK_PRESSURE, MEMORY_PRESSURE, NOT_READY, PID_PRESSURE, UNREACHABLE, UNSCHEDULABLE};
use crate::control::{Again, Controller, Cx, EventType, pods, taints};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use k8s_openapi::api::coordination::v1::LeaseSpec;
use k8s_openapi::api::core::v1::{NodeCondition, NodeSpec, NodeStatus, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

mod zones;

pub struct NodeLifecycle;

/// How often it looks, how long a node may be silent, and how long a new one may.
const PERIOD: Span = Span::seconds(5);
const GRACE: Span = Span::seconds(50);
const STARTUP: Span = Span::seconds(60);
/// How soon the next look at all nodes is, on average.
const NEXT: Span = Span::millis(2_500);
const KINDS: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

impl Controller for NodeLifecycle {
    fn name(&self) -> &'static str {
        "node-lifecycle-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:node-controller".into()
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        if change.key.resource != "nodes" {
            return vec![];
        }
        let (Some(old), Some(new)) = (&change.old, &change.new) else {
            return vec![change.key.clone()];
        };
        let (a, b) = (old.spec::<NodeSpec>(), new.spec::<NodeSpec>());
        let differs =
            |type_: &str| condition(old, type_).map(|c| &c.status) != condition(new, type_).map(|c| &c.status);
        let changed =
            KINDS.iter().any(|type_| differs(type_)) || a.unschedulable != b.unschedulable || a.taints != b.taints;
        if changed { vec![change.key.clone()] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(node) = cx.read().by_key(key).cloned() else { return Ok(removed(key, cx)) };
        let new = cx.now.since(node.created()) < Span::seconds(1) && ready(&node).is_none();
        // One that was started again finds all of them new.
        let again = cx.started > Time::ZERO && cx.now.since(cx.started) < Span::millis(100);
        if new || again {
            let text = format!("Node {0} event: Registered Node {0} in Controller", node.name());
            cx.event(&node, EventType::Normal, "RegisteredNode", text);
        }
        watch(&node, cx)?;
        let Some(node) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        taint(&node, cx)?;
        let wait = zones::drive_away(&node, cx)?;
        Ok(Again::After(wait.map_or(PERIOD, |wait| wait.min(PERIOD))))
    }
}

fn ready(node: &Object) -> Option<&NodeCondition> {
    condition(node, "Ready")
}

/// A node is gone from the cluster: that is said once, with the next look at all of them.
fn removed(key: &Key, cx: &mut Cx<'_>) -> Again {
    let change = cx.api.store().recent().take(2000).find(|change| change.key == *key && change.new.is_none()).cloned();
    let Some((change, node)) = change.and_then(|change| Some((change.clone(), change.old.clone()?))) else {
        return Again::OnChange;
    };
    let passed = cx.now.since(change.at);
    if passed < NEXT {
        return Again::After(Span(NEXT.0 - passed.0));
    }
    if passed < PERIOD {
        let text = format!("Node {0} event: Removing Node {0} from Controller", node.name());
        cx.event(&node, EventType::Normal, "RemovingNode", text);
    }
    Again::OnChange
}

/// When the kubelet last gave a sign of life.
fn last_sign(node: &Object, read: Reader<'_>) -> Option<Time> {
    let lease = read.get(kinds::LEASE, "kube-node-lease", node.name());
    let renewed = lease.and_then(|lease| lease.spec::<LeaseSpec>().renew_time.as_ref().map(|t| Time::of(t.0)));
    let beat = ready(node).and_then(|c| c.last_heartbeat_time.as_ref()).map(|t| Time::of(t.0));
    renewed.max(beat)
}

/// Notes a node's silence; pods of a node that is not ready are not ready either.
fn watch(node: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let sign = last_sign(node, cx.read());
    let silent = match sign {
        // What it has not seen itself it does not count.
        Some(sign) => cx.now > sign.max(cx.seen) + GRACE,
        None => cx.now > node.created().max(cx.seen) + STARTUP,
    };
    let was_ready = ready(node).is_some_and(|c| c.status == "True");
    if silent && ready(node).is_none_or(|c| c.status != "Unknown") {
        let mut lost = node.clone();
        forget(&mut lost, cx.now);
        match cx.update_status(lost) {
            Err(error) if error.reason == Reason::NotFound => return Ok(()),
            other => drop(other?),
        }
        if was_ready {
            told(node, cx);
        }
    }
    // A kubelet that is not ready speaks for its pods itself.
    let lost = cx.read().by_key(&node.key()).and_then(ready).is_some_and(|c| c.status == "Unknown");
    if lost { unready_pods(node.name(), cx) } else { Ok(()) }
}

fn told(node: &Object, cx: &mut Cx<'_>) {
    let text = format!("Node {} status is now: NodeNotReady", node.name());
    cx.event(node, EventType::Normal, "NodeNotReady", text);
}

/// Every condition becomes Unknown.
fn forget(node: &mut Object, now: Time) {
    let created = node.created();
    let conditions = node.status_mut::<NodeStatus>().conditions.get_or_insert_default();
    for type_ in KINDS {
        match conditions.iter_mut().find(|c| c.type_ == type_) {
            Some(condition) if condition.status != "Unknown" => {
                condition.status = "Unknown".into();
                condition.reason = Some("NodeStatusUnknown".into());
                condition.message = Some("Kubelet stopped posting node status.".into());
                condition.last_transition_time = Some(MetaTime(now.timestamp()));
            }
            Some(_) => {}
            None => conditions.push(NodeCondition {
                type_: type_.into(),
                status: "Unknown".into(),
                reason: Some("NodeStatusNeverUpdated".into()),
                message: Some("Kubelet never posted node status.".into()),
                last_heartbeat_time: Some(MetaTime(created.timestamp())),
                last_transition_time: Some(MetaTime(now.timestamp())),
            }),
        }
    }
}

fn unready_pods(node: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let pods: Vec<Object> = cx.read().pods_on(node).filter(|pod| pods::is_ready(pod)).cloned().collect();
    for mut pod in pods {
        let now = cx.now;
        for condition in pod.status_mut::<PodStatus>().conditions.iter_mut().flatten() {
            if condition.type_ == "Ready" {
                condition.status = "False".into();
                condition.last_transition_time = Some(MetaTime(now.timestamp()));
            }
        }
        match cx.update_status(pod.clone()) {
            Ok(_) => cx.event(&pod, EventType::Warning, "NodeNotReady", "Node is not ready"),
            Err(error) if matches!(error.reason, Reason::NotFound | Reason::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Brings the taints in line with the conditions and the cordon; those that drive pods away come later (`zones`).
fn taint(node: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    const NO_SCHEDULE: &str = "NoSchedule";
    let mut add = vec![];
    let mut remove = vec![];
    let state = ready(node).map(|c| c.status.as_str());
    for (key, status) in [(NOT_READY, "False"), (UNREACHABLE, "Unknown")] {
        // A node that has not reported yet is judged after its first report or its time to start.
        let list = if state == Some(status) { &mut add } else { &mut remove };
        list.push((key, NO_SCHEDULE));
    }
    if state.is_none() {
        remove.clear();
    }
    for (key, type_) in [(MEMORY_PRESSURE, KINDS[1]), (DISK_PRESSURE, KINDS[2]), (PID_PRESSURE, KINDS[3])] {
        let pressed = condition(node, type_).is_some_and(|c| c.status == "True");
        let list = if pressed { &mut add } else { &mut remove };
        list.push((key, NO_SCHEDULE));
    }
    let cordoned = node.spec::<NodeSpec>().unschedulable == Some(true);
    let list = if cordoned { &mut add } else { &mut remove };
    list.push((UNSCHEDULABLE, NO_SCHEDULE));
    taints::swap(node.name(), &add, &remove, cx)
}
