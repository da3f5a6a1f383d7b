//! What a kubeadm cluster starts from: the objects of kube-system and the `kubernetes` Service.
//!
//! Models: `cmd/kubeadm/app/phases` (addons, bootstrap tokens), `pkg/controlplane/controller/kubernetesservice`.
//! Left out: kubeadm's own config maps.

mod addons;
pub mod policy;
mod served;
mod static_pods;

use crate::api::{ApiError, Object, Release, kinds};
use crate::control::Cx;
use crate::node::Machine;
use serde_json::{Value, json};

pub use static_pods::mirror_pods;

/// The images that every node of a fresh cluster has.
pub const IMAGES: [&str; 7] = [
    "registry.k8s.io/coredns/coredns:v1.14.2",
    "registry.k8s.io/etcd:3.6.8-0",
    "registry.k8s.io/kube-apiserver:v1.36.3",
    "registry.k8s.io/kube-controller-manager:v1.36.3",
    "registry.k8s.io/kube-proxy:v1.36.3",
    "registry.k8s.io/kube-scheduler:v1.36.3",
    "registry.k8s.io/pause:3.10.2",
];

/// Everything but nodes and pods.
pub fn objects(control_plane: &Machine, release: Release) -> Vec<Value> {
    let mut all = vec![];
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        all.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
    }
    all.extend(priority_classes());
    all.extend(service_accounts());
    all.extend(api_service(control_plane));
    all.extend(config_maps());
    all.push(storage_class());
    all.extend(served::objects(release));
    all.extend(addons::dns());
    all.extend(addons::proxy());
    all
}

/// The manifest of a release of metrics-server (`v0.8.1`); with the flag that clusters of kubeadm need, or as it comes.
pub fn metrics_server(release: &str, insecure: bool) -> String {
    let text = include_str!("metrics-server.yaml").replace("RELEASE", release);
    match insecure {
        true => text.replace("        ports:\n", "        - --kubelet-insecure-tls\n        ports:\n"),
        false => text,
    }
}

/// Stores an object; one of a kind that this cluster does not have is left out.
///
/// # Errors
/// The API server's: a mistake in this folder.
pub fn seed(value: Value, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let text = |field: &str| value[field].as_str().unwrap_or("").to_string();
    let Some(kind) = kinds::of(&text("apiVersion"), &text("kind")) else { return Ok(()) };
    let object = Object::from_value(kind, value).map_err(|error| ApiError::bad_request(error.to_string()))?;
    cx.create(object).map(drop)
}

/// What a kubelet says of the storage drivers on its node: there are none.
pub fn csi_node(node: &Object) -> Value {
    let owner = json!({"apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid()});
    json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "CSINode",
        "metadata": {"name": node.name(), "ownerReferences": [owner]},
        "spec": {"drivers": []},
    })
}

fn priority_classes() -> Vec<Value> {
    let class = |name: &str, value: i64, text: &str| {
        json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
            "metadata": {"name": name}, "value": value, "description": text,
            "preemptionPolicy": "PreemptLowerPriority",
        })
    };
    vec![
        class(
            "system-node-critical",
            2_000_001_000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
        class(
            "system-cluster-critical",
            2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
    ]
}

/// The accounts that the controllers of the controller manager run as, and those of the add-ons.
const ACCOUNTS: [&str; 38] = [
    "attachdetach-controller",
    "bootstrap-signer",
    "certificate-controller",
    "clusterrole-aggregation-controller",
    "coredns",
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "disruption-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "endpointslicemirroring-controller",
    "ephemeral-volume-controller",
    "expand-controller",
    "generic-garbage-collector",
    "horizontal-pod-autoscaler",
    "job-controller",
    "kube-proxy",
    "legacy-service-account-token-cleaner",
    "namespace-controller",
    "node-controller",
    "persistent-volume-binder",
    "pod-garbage-collector",
    "pv-protection-controller",
    "pvc-protection-controller",
    "replicaset-controller",
    "replication-controller",
    "resource-claim-controller",
    "resourcequota-controller",
    "root-ca-cert-publisher",
    "selinux-warning-controller",
    "service-account-controller",
    "service-cidrs-controller",
    "statefulset-controller",
    "token-cleaner",
    "ttl-after-finished-controller",
    "ttl-controller",
    "validatingadmissionpolicy-status-controller",
];

fn service_accounts() -> Vec<Value> {
    let account = |name: &&str| json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "kube-system"}});
    ACCOUNTS.iter().map(account).collect()
}

/// The Service in front of the API server and the endpoints that the server writes itself.
fn api_service(control_plane: &Machine) -> Vec<Value> {
    let ports = json!([{"name": "https", "port": 6443, "protocol": "TCP"}]);
    vec![
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"component": "apiserver", "provider": "kubernetes"},
            },
            "spec": {
                "clusterIP": "10.96.0.1",
                "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
            },
        }),
        json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
            },
            "subsets": [{"addresses": [{"ip": control_plane.address}], "ports": ports}],
        }),
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"kubernetes.io/service-name": "kubernetes"},
            },
            "addressType": "IPv4",
            "endpoints": [{"addresses": [control_plane.address], "conditions": {"ready": true}}],
            "ports": ports,
        }),
    ]
}

fn config_maps() -> Vec<Value> {
    let map = |name: &str, data: Value| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "kube-system"}, "data": data,
        })
    };
    let authentication = json!({
        "client-ca-file": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "requestheader-allowed-names": "[\"front-proxy-client\"]",
        "requestheader-client-ca-file": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "requestheader-extra-headers-prefix": "[\"X-Remote-Extra-\"]",
        "requestheader-group-headers": "[\"X-Remote-Group\"]",
        "requestheader-username-headers": "[\"X-Remote-User\"]",
    });
    vec![
        map("extension-apiserver-authentication", authentication),
        map("kube-apiserver-legacy-service-account-token-tracking", json!({"since": "2026-09-01"})),
    ]
}

fn storage_class() -> Value {
    json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {
            "name": "standard",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "kubernetes.io/host-path", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate",
    })
}
