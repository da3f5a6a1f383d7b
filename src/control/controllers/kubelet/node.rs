//! The node's own report: its status every five minutes or when it changed, its lease every ten seconds.
//!
//! Models: `pkg/kubelet/kubelet_node_status.go`, `pkg/kubelet/nodestatus/setters.go`, `component-helpers/apimachinery/lease`.
//! Left out: swap, runtime handlers.

use super::LEASES;
use super::eviction::CONDITIONS;
use crate::api::kinds::rare;
use crate::api::{ApiError, Object, Release, kinds};
use crate::control::events::EventType;
use crate::control::{Again, Cx};
use crate::node::Machine;
use crate::node::images;
use crate::store::Key;
use crate::time::{Span, Time};
use k8s_openapi::api::coordination::v1::LeaseSpec;
use k8s_openapi::api::core::v1::{
    ContainerImage, DaemonEndpoint, NodeAddress, NodeCondition, NodeDaemonEndpoints, NodeStatus, NodeSystemInfo,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, OwnerReference, Time as MetaTime};
use std::collections::BTreeMap;

/// How often the status is computed, and how often it is written though nothing changed.
const LOOK: Span = Span::seconds(10);
const REPORT: Span = Span::minutes(5);
const RENEW: Span = Span::seconds(10);

/// Reason and message of each condition of the eviction manager, when all is well and when it is not.
const PRESSURE: [[(&str, &str); 2]; 3] = [
    [
        ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
    ],
    [
        ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("KubeletHasDiskPressure", "kubelet has disk pressure"),
    ],
    [
        ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("KubeletHasInsufficientPID", "kubelet has insufficient PID available"),
    ],
];

/// Something of the node's status changed: it is written when it is next computed.
pub(super) fn news(cx: &mut Cx<'_>) {
    let Some(name) = cx.node.clone() else { return };
    let now = cx.now;
    let Some(machine) = cx.machines.nodes.get_mut(&name) else { return };
    machine.runtime().news = true;
    let past = (now.0 + LOOK.0 - (machine.phase() * 7) % LOOK.0) % LOOK.0;
    cx.wake(Key::new("nodes", "", &name), Span(LOOK.0 - past));
}

/// The status of a condition of a node object.
pub(super) fn status_of<'a>(node: &'a Object, type_: &str) -> Option<&'a str> {
    condition(node.status::<NodeStatus>(), type_).map(|condition| condition.status.as_str())
}

pub(super) fn status(cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let Some(name) = cx.node.clone() else { return Ok(Again::OnChange) };
    let Some(object) = cx.read().get(kinds::NODE, "", &name).cloned() else { return Ok(Again::OnChange) };
    let now = cx.now;
    let Some(machine) = cx.machines.nodes.get_mut(&name) else { return Ok(Again::OnChange) };
    let news = std::mem::take(&mut machine.runtime().news);
    let machine = machine.clone();
    let release = cx.read().release();
    let old = object.status::<NodeStatus>().clone();
    let boot = boot_id(&machine);
    let booted = old.node_info.as_ref().is_none_or(|info| info.boot_id != boot);
    let ready = condition(&old, "Ready");
    let was_ready = ready.is_some_and(|ready| ready.status == "True");
    let beat = ready.and_then(|ready| ready.last_heartbeat_time.clone()).map_or(Time::ZERO, |t| Time::of(t.0));
    let stale = now.since(beat) >= REPORT;
    let down = super::runtime::error(&machine, now);
    let said = ready.and_then(|ready| ready.message.as_deref());
    let same = was_ready && down.is_none() || down.is_some() && said == down.as_deref();
    if same && !booted && !news && !stale {
        let rest = LOOK.max(Span(REPORT.0 - now.since(beat).0));
        return Ok(Again::After(if machine.trouble.runtime_down.is_some() { LOOK } else { rest }));
    }
    let mut object = object;
    *object.status_mut::<NodeStatus>() = report(&machine, &old, boot.clone(), release, now);
    if booted && machine.runtime.boots > 0 {
        announce(cx, &object, &boot);
    } else if was_ready && down.is_some() {
        cx.event(&object, EventType::Normal, "NodeNotReady", format!("Node {name} status is now: NodeNotReady"));
    } else if !was_ready && ready.is_some() && down.is_none() {
        cx.event(&object, EventType::Normal, "NodeReady", format!("Node {name} status is now: NodeReady"));
    }
    for (type_, [calm, bad]) in CONDITIONS.iter().zip(PRESSURE) {
        let held = status_of(&object, type_);
        if let Some(before) = condition(&old, type_).filter(|before| !booted && held != Some(before.status.as_str())) {
            let (reason, _) = if held == Some("True") { bad } else { calm };
            if before.status != "Unknown" || held == Some("True") {
                let reason = reason.replacen("Kubelet", "Node", 1);
                let text = format!("Node {name} status is now: {reason}");
                cx.event(&object, EventType::Normal, &reason, text);
            }
        }
    }
    let object = cx.update_status(object)?;
    drivers(&object, cx)?;
    Ok(Again::After(if machine.trouble.runtime_down.is_some() { LOOK } else { REPORT }))
}

/// The plug-ins whose work drivers have taken over.
const MIGRATED: &str = "kubernetes.io/aws-ebs,kubernetes.io/azure-disk,kubernetes.io/azure-file,kubernetes.io/cinder,kubernetes.io/gce-pd,kubernetes.io/portworx-volume,kubernetes.io/vsphere-volume";

/// The object that would name the storage drivers of this node; it has none.
fn drivers(node: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    if cx.read().get(&rare::CSI_NODE, "", node.name()).is_some() {
        return Ok(());
    }
    let value = serde_json::json!({
        "metadata": {
            "name": node.name(),
            "annotations": {"storage.alpha.kubernetes.io/migrated-plugins": MIGRATED},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid()}],
        },
        "spec": {"drivers": []},
    });
    let object =
        Object::from_value(&rare::CSI_NODE, value).map_err(|error| ApiError::bad_request(error.to_string()))?;
    cx.create(object).map(drop)
}

/// What a kubelet says as it starts on a machine that was off.
fn announce(cx: &mut Cx<'_>, node: &Object, boot: &str) {
    let name = node.name().to_owned();
    let lines = [
        (EventType::Normal, "Starting", "Starting kubelet.".to_owned()),
        (EventType::Normal, "NodeAllocatableEnforced", "Updated Node Allocatable limit across pods".into()),
        (EventType::Normal, "NodeHasSufficientMemory", format!("Node {name} status is now: NodeHasSufficientMemory")),
        (EventType::Normal, "NodeHasNoDiskPressure", format!("Node {name} status is now: NodeHasNoDiskPressure")),
        (EventType::Normal, "NodeHasSufficientPID", format!("Node {name} status is now: NodeHasSufficientPID")),
        (EventType::Warning, "Rebooted", format!("Node {name} has been rebooted, boot id: {boot}")),
        (EventType::Normal, "NodeReady", format!("Node {name} status is now: NodeReady")),
    ];
    for (kind, reason, text) in lines {
        cx.event(node, kind, reason, text);
    }
}

fn condition<'a>(status: &'a NodeStatus, type_: &str) -> Option<&'a NodeCondition> {
    status.conditions.iter().flatten().find(|condition| condition.type_ == type_)
}

fn report(machine: &Machine, old: &NodeStatus, boot_id: String, release: Release, now: Time) -> NodeStatus {
    let at = MetaTime(now.timestamp());
    let fresh = |type_: &str, status: &str, reason: &str, message: &str| {
        let held = condition(old, type_).filter(|condition| condition.status == status);
        NodeCondition {
            type_: type_.into(),
            status: status.into(),
            reason: Some(reason.into()),
            message: Some(message.into()),
            last_heartbeat_time: Some(at.clone()),
            last_transition_time: held.and_then(|c| c.last_transition_time.clone()).or(Some(at.clone())),
        }
    };
    let held = super::eviction::conditions(machine, now);
    let mut conditions: Vec<NodeCondition> = CONDITIONS
        .iter()
        .zip(PRESSURE)
        .zip(held)
        .map(|((type_, words), held)| {
            let (reason, message) = words[usize::from(held)];
            fresh(type_, if held { "True" } else { "False" }, reason, message)
        })
        .collect();
    conditions.push(match super::runtime::error(machine, now) {
        None => fresh("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        Some(why) => fresh("Ready", "False", "KubeletNotReady", &why),
    });
    let address = |type_: &str, address: &str| NodeAddress { type_: type_.into(), address: address.into() };
    let capacity = capacity(machine);
    let mut images: Vec<ContainerImage> =
        machine.runtime.images.iter().map(|(name, image)| image_of(name, image)).collect();
    images.sort_by_key(|image| std::cmp::Reverse(image.size_bytes));
    images.truncate(50);
    NodeStatus {
        addresses: Some(vec![address("InternalIP", &machine.address), address("Hostname", &machine.name)]),
        allocatable: Some(capacity.clone()),
        capacity: Some(capacity),
        conditions: Some(conditions),
        daemon_endpoints: Some(NodeDaemonEndpoints { kubelet_endpoint: Some(DaemonEndpoint { port: 10250 }) }),
        images: Some(images),
        node_info: Some(NodeSystemInfo {
            architecture: "amd64".into(),
            boot_id,
            container_runtime_version: "containerd://1.7.24".into(),
            kernel_version: "6.1.0-28-amd64".into(),
            kube_proxy_version: String::new(),
            kubelet_version: release.to_string(),
            machine_id: uuid(&machine.name, 2).replace('-', ""),
            operating_system: "linux".into(),
            os_image: "Debian GNU/Linux 12 (bookworm)".into(),
            system_uuid: uuid(&machine.name, 3),
            ..Default::default()
        }),
        ..NodeStatus::default()
    }
}

fn image_of(name: &str, image: &crate::node::machine::Present) -> ContainerImage {
    let repository = images::of(name).map_or(name.to_owned(), |found| found.reference.repository());
    ContainerImage {
        names: Some(vec![format!("{repository}@{}", image.digest), name.into()]),
        size_bytes: Some(image.bytes as i64),
    }
}

fn capacity(machine: &Machine) -> BTreeMap<String, Quantity> {
    let gi = machine.memory / 1024;
    let memory = if machine.memory.is_multiple_of(1024) { format!("{gi}Gi") } else { format!("{}Mi", machine.memory) };
    let all = [
        ("cpu", machine.cpu.to_string()),
        ("ephemeral-storage", "100Gi".into()),
        ("hugepages-1Gi", "0".into()),
        ("hugepages-2Mi", "0".into()),
        ("memory", memory),
        ("pods", "110".into()),
    ];
    all.into_iter().map(|(name, value)| (name.into(), Quantity(value))).collect()
}

fn boot_id(machine: &Machine) -> String {
    uuid(&machine.name, 100 + machine.runtime.boots)
}

/// An id that is always the same for a machine.
fn uuid(name: &str, salt: u32) -> String {
    let hex = images::digest(&format!("{name}/{salt}"));
    let hex = hex.trim_start_matches("sha256:");
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

pub(super) fn lease(cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let Some(name) = cx.node.clone() else { return Ok(Again::OnChange) };
    let Some(node) = cx.read().get(kinds::NODE, "", &name).cloned() else { return Ok(Again::After(RENEW)) };
    let renewed = Some(MicroTime(cx.now.timestamp_exact()));
    let key = Key::new(LEASES, "kube-node-lease", &name);
    match cx.read().by_key(&key).cloned() {
        Some(mut lease) => {
            lease.spec_mut::<LeaseSpec>().renew_time = renewed;
            cx.update(lease)?;
        }
        None => {
            let spec = LeaseSpec {
                holder_identity: Some(name.to_string()),
                lease_duration_seconds: Some(40),
                renew_time: renewed,
                ..LeaseSpec::default()
            };
            let owner = OwnerReference {
                api_version: "v1".into(),
                kind: "Node".into(),
                name: name.to_string(),
                uid: node.uid().into(),
                ..OwnerReference::default()
            };
            let meta = ObjectMeta {
                name: Some(name.to_string()),
                namespace: Some("kube-node-lease".into()),
                owner_references: Some(vec![owner]),
                ..ObjectMeta::default()
            };
            cx.create(Object::new(kinds::LEASE, meta, spec, ()))?;
        }
    }
    Ok(Again::After(RENEW))
}
