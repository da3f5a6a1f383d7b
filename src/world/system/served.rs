//! The objects by which a fresh API server describes itself: the groups it serves, how it shares its attention, the range of
//! service addresses, the health of its components.
//!
//! Models: `pkg/controlplane/apiserver/aggregator.go`, `apiserver/pkg/apis/flowcontrol/bootstrap`,
//! `pkg/registry/core/componentstatus`, `pkg/controlplane/controller/defaultservicecidr`.
//! Left out: the rules of the flow schemas; components that are not healthy.

use crate::api::{Release, kinds, versions};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Name, level, precedence, how requests are told apart.
const FLOWS: [(&str, &str, u32, &str); 13] = [
    ("exempt", "exempt", 1, ""),
    ("probes", "exempt", 2, ""),
    ("system-leader-election", "leader-election", 100, "ByUser"),
    ("endpoint-controller", "workload-high", 150, "ByUser"),
    ("workload-leader-election", "leader-election", 200, "ByUser"),
    ("system-node-high", "node-high", 400, "ByUser"),
    ("system-nodes", "system", 500, "ByUser"),
    ("kube-controller-manager", "workload-high", 800, "ByNamespace"),
    ("kube-scheduler", "workload-high", 800, "ByNamespace"),
    ("kube-system-service-accounts", "workload-high", 900, "ByNamespace"),
    ("service-accounts", "workload-low", 9000, "ByUser"),
    ("global-default", "global-default", 9900, "ByUser"),
    ("catch-all", "catch-all", 10000, "ByUser"),
];

/// Name, shares, queues, hand size, length of a queue; without queues requests are refused.
const LEVELS: [(&str, u32, Option<[u32; 3]>); 8] = [
    ("exempt", 0, None),
    ("catch-all", 5, None),
    ("global-default", 20, Some([128, 6, 50])),
    ("leader-election", 10, Some([16, 4, 50])),
    ("node-high", 40, Some([64, 6, 50])),
    ("system", 30, Some([64, 6, 50])),
    ("workload-high", 40, Some([128, 6, 50])),
    ("workload-low", 100, Some([128, 6, 50])),
];

pub fn objects(release: Release) -> Vec<Value> {
    let mut all: Vec<Value> = LEVELS.iter().map(|(name, shares, queues)| level(name, *shares, *queues)).collect();
    all.extend(FLOWS.iter().map(|(name, level, precedence, by)| flow(name, level, *precedence, by)));
    all.push(json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": "kubernetes"},
        "spec": {"cidrs": ["10.96.0.0/12"]},
        "status": {"conditions": [{
            "type": "Ready", "status": "True", "reason": "", "message": "Kubernetes Service CIDR is ready",
            "lastTransitionTime": crate::time::Time::ZERO.timestamp().to_string(),
        }]},
    }));
    for (name, message) in [("controller-manager", "ok"), ("etcd-0", "ok"), ("scheduler", "ok")] {
        all.push(json!({
            "apiVersion": "v1", "kind": "ComponentStatus", "metadata": {"name": name},
            "conditions": [{"type": "Healthy", "status": "True", "message": message}],
        }));
    }
    let mut served: BTreeSet<String> = kinds::ALL.iter().map(|kind| kind.names().api_version()).collect();
    served.extend(versions::of(release).map(|old| old.api_version.to_string()));
    all.extend(served.iter().map(|version| api_service(version)));
    all
}

fn level(name: &str, shares: u32, queues: Option<[u32; 3]>) -> Value {
    let spec = if name == "exempt" {
        json!({"type": "Exempt", "exempt": {"lendablePercent": 0, "nominalConcurrencyShares": 0}})
    } else {
        let response = match queues {
            None => json!({"type": "Reject"}),
            Some([queues, hand, length]) => json!({
                "type": "Queue", "queuing": {"queues": queues, "handSize": hand, "queueLengthLimit": length},
            }),
        };
        json!({"type": "Limited", "limited": {"nominalConcurrencyShares": shares, "limitResponse": response}})
    };
    json!({
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1", "kind": "PriorityLevelConfiguration",
        "metadata": {"name": name, "annotations": {"apf.kubernetes.io/autoupdate-spec": "true"}}, "spec": spec,
    })
}

fn flow(name: &str, level: &str, precedence: u32, by: &str) -> Value {
    let mut spec = json!({"matchingPrecedence": precedence, "priorityLevelConfiguration": {"name": level}});
    if !by.is_empty() {
        spec["distinguisherMethod"] = json!({"type": by});
    }
    json!({
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1", "kind": "FlowSchema",
        "metadata": {"name": name, "annotations": {"apf.kubernetes.io/autoupdate-spec": "true"}}, "spec": spec,
        "status": {"conditions": [{
            "type": "Dangling", "status": "False", "reason": "Found",
            "message": format!("This FlowSchema references the PriorityLevelConfiguration object named \"{level}\" and it exists"),
            "lastTransitionTime": crate::time::Time::ZERO.timestamp().to_string(),
        }]},
    })
}

fn api_service(api_version: &str) -> Value {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let name = format!("{version}.{group}");
    let (first, second) = if group.is_empty() { (18_000, 1) } else { (17_500, 15) };
    let mut spec = json!({"version": version, "groupPriorityMinimum": first, "versionPriority": second});
    if !group.is_empty() {
        spec["group"] = group.into();
    }
    json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": name, "labels": {"kube-aggregator.kubernetes.io/automanaged": "onstart"}},
        "spec": spec,
        "status": {"conditions": [{
            "type": "Available", "status": "True", "reason": "Local", "message": "Local APIServices are always available",
            "lastTransitionTime": crate::time::Time::ZERO.timestamp().to_string(),
        }]},
    })
}
