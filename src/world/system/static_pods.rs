//! The control plane's static pods, as their kubelet mirrors them.
//!
//! Models: `cmd/kubeadm/app/phases/controlplane/manifests.go`, `pkg/kubelet/pod/mirror_client.go`.
//! Left out: most of the programs' flags; the files of /etc/kubernetes/manifests themselves.

use crate::api::Object;
use crate::base::hash::fnv32a;
use serde_json::{Value, json};

struct Program {
    name: &'static str,
    image: &'static str,
    cpu: &'static str,
    memory: Option<&'static str>,
    flags: &'static [&'static str],
    /// Where it answers whether it lives: path and port.
    health: (&'static str, u16),
}

static PROGRAMS: [Program; 4] = [
    Program {
        name: "etcd",
        image: "registry.k8s.io/etcd:3.6.8-0",
        cpu: "100m",
        memory: Some("100Mi"),
        flags: &["--data-dir=/var/lib/etcd", "--listen-metrics-urls=http://127.0.0.1:2381", "--name=control-plane"],
        health: ("/livez", 2381),
    },
    Program {
        name: "kube-apiserver",
        image: "registry.k8s.io/kube-apiserver:v1.36.3",
        cpu: "250m",
        memory: None,
        flags: &[
            "--allow-privileged=true",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--etcd-servers=https://127.0.0.1:2379",
            "--secure-port=6443",
            "--service-cluster-ip-range=10.96.0.0/12",
        ],
        health: ("/livez", 6443),
    },
    Program {
        name: "kube-controller-manager",
        image: "registry.k8s.io/kube-controller-manager:v1.36.3",
        cpu: "200m",
        memory: None,
        flags: &[
            "--allocate-node-cidrs=true",
            "--cluster-cidr=10.244.0.0/16",
            "--controllers=*,bootstrapsigner,tokencleaner",
            "--leader-elect=true",
            "--use-service-account-credentials=true",
        ],
        health: ("/healthz", 10257),
    },
    Program {
        name: "kube-scheduler",
        image: "registry.k8s.io/kube-scheduler:v1.36.3",
        cpu: "100m",
        memory: None,
        flags: &["--kubeconfig=/etc/kubernetes/scheduler.conf", "--leader-elect=true"],
        health: ("/livez", 10259),
    },
];

/// The mirror pods of a control-plane node.
pub fn mirror_pods(node: &Object, address: &str) -> Vec<Value> {
    PROGRAMS.iter().map(|program| mirror(program, node, address)).collect()
}

fn mirror(program: &Program, node: &Object, address: &str) -> Value {
    let Program { name, image, cpu, memory, flags, health } = program;
    let hash = format!("{:08x}{:08x}{:08x}{:08x}", fnv32a(name.as_bytes()), fnv32a(image.as_bytes()), 0x5eed, 0x706f64);
    let mut command = vec![name.to_string()];
    if *name == "kube-apiserver" {
        command.push(format!("--advertise-address={address}"));
    }
    command.extend(flags.iter().map(ToString::to_string));
    let mut requests = json!({"cpu": cpu});
    if let Some(memory) = memory {
        requests["memory"] = json!(memory);
    }
    let (path, port) = health;
    let scheme = if *name == "etcd" { "HTTP" } else { "HTTPS" };
    let host = if *name == "kube-apiserver" { address } else { "127.0.0.1" };
    let probe = |failures: u32, period: u32, delay: u32| {
        json!({
            "httpGet": {"host": host, "path": path, "port": port, "scheme": scheme},
            "failureThreshold": failures, "periodSeconds": period, "initialDelaySeconds": delay, "timeoutSeconds": 15,
        })
    };
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("{name}-{}", node.name()), "namespace": "kube-system",
            "labels": {"component": name, "tier": "control-plane"},
            "annotations": {
                "kubernetes.io/config.hash": hash, "kubernetes.io/config.mirror": hash,
                "kubernetes.io/config.seen": "2026-09-01T09:00:00.000000000Z", "kubernetes.io/config.source": "file",
            },
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid(), "controller": true,
            }],
        },
        "spec": {
            "nodeName": node.name(),
            "hostNetwork": true,
            "priority": 2_000_001_000,
            "priorityClassName": "system-node-critical",
            "preemptionPolicy": "PreemptLowerPriority",
            "enableServiceLinks": true,
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "tolerations": [{"effect": "NoExecute", "operator": "Exists"}],
            "containers": [{
                "name": name, "image": image, "imagePullPolicy": "IfNotPresent", "command": command,
                "resources": {"requests": requests},
                "livenessProbe": probe(8, 10, 10),
                "startupProbe": probe(24, 10, 10),
                "volumeMounts": [{"name": "k8s-certs", "mountPath": "/etc/kubernetes/pki", "readOnly": true}],
            }],
            "volumes": [
                {"name": "k8s-certs", "hostPath": {"path": "/etc/kubernetes/pki", "type": "DirectoryOrCreate"}},
            ],
        },
    })
}
