//! Cluster shapes, and how a cluster comes up.

use super::{Work, World};
use crate::api::{ApiServer, Object, kinds};
use crate::base::rng::Rng;
use crate::control::{FactId, Journal, Recorder};
use crate::net::{Place, Tables};
use crate::node::{Machine, Machines};
use crate::store::Revision;
use crate::time::{Queue, Span, Time};
use k8s_openapi::api::core::v1::{NamespaceSpec, NamespaceStatus, NodeSpec, NodeStatus, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::rc::Rc;

/// What a cluster is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Workers beside the control plane.
    pub workers: u32,
    pub cpu: u32,
    /// MiB of memory of each node.
    pub memory: u64,
}

impl Default for Spec {
    /// The shape of DESIGN: a control plane and two workers of 4 CPUs and 8Gi.
    fn default() -> Self {
        Spec { workers: 2, cpu: 4, memory: 8192 }
    }
}

impl Spec {
    pub fn machines(&self) -> Machines {
        let mut machines = Machines { authority: authority(), ..Default::default() };
        for n in 0..=self.workers {
            let name: Rc<str> = if n == 0 { "control-plane".into() } else { format!("node{n:02}").into() };
            let host = n + 2;
            let machine = Machine {
                name: name.clone(),
                address: format!("172.{}.{}.{}", 18 + (host >> 16), (host >> 8) & 255, host & 255),
                pod_cidr: format!("10.{}.{}.0/24", 244 + (n >> 8), n & 255),
                cpu: self.cpu,
                memory: self.memory,
                control_plane: n == 0,
                on: true,
                runtime: Default::default(),
            };
            machines.nodes.insert(name, machine);
        }
        machines
    }
}

fn authority() -> String {
    "-----BEGIN CERTIFICATE-----\nUGlsb3Rob3VzZSBjbHVzdGVyIGNlcnRpZmljYXRlIGF1dGhvcml0eQ==\n-----END CERTIFICATE-----\n"
        .into()
}

impl World {
    /// A running cluster: booted and quiet, its system pods ready.
    pub fn boot(spec: Spec, seed: u64) -> World {
        let mut world = World {
            now: Time::ZERO,
            opened: Time::ZERO,
            api: ApiServer::default(),
            machines: spec.machines(),
            spec: Rc::new(spec),
            tables: Tables::default(),
            journal: Journal::default(),
            recorder: Recorder::default(),
            scheduler: Default::default(),
            rng: Rng::new(seed),
            queue: Queue::default(),
            work: Work::default(),
            dispatched: Revision(0),
            handled: 0,
        };
        world.furnish();
        world.start_control_plane();
        let nodes: Vec<Rc<str>> = world.machines.nodes.keys().cloned().collect();
        for node in &nodes {
            world.start_node(node, FactId::BOOT);
        }
        world.dispatch();
        let _ = world.settle(Span::minutes(2));
        world.opened = world.now;
        world
    }

    /// The objects that a fresh cluster starts from.
    fn furnish(&mut self) {
        let machines: Vec<Machine> = self.machines.nodes.values().cloned().collect();
        let mut cx = self.cx(Place::ApiServer, "system:apiserver".into(), None, FactId::BOOT);
        for name in ["kube-system", "kube-public", "kube-node-lease", "default"] {
            let meta = ObjectMeta { name: Some(name.into()), ..Default::default() };
            let namespace = Object::new(kinds::NAMESPACE, meta, NamespaceSpec::default(), NamespaceStatus::default());
            cx.create(namespace).expect("an empty cluster takes its first namespaces");
        }
        for machine in machines {
            cx.create(node(&machine)).expect("an empty cluster takes its nodes");
        }
    }
}

/// The Node object as a kubelet and kubeadm register it.
fn node(machine: &Machine) -> Object {
    let name = machine.name.to_string();
    let mut labels: std::collections::BTreeMap<String, String> = [
        ("beta.kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/hostname", name.as_str()),
    ]
    .iter()
    .map(|(k, v)| (k.to_string(), v.to_string()))
    .collect();
    if machine.control_plane {
        labels.insert("node-role.kubernetes.io/control-plane".into(), String::new());
        labels.insert("node.kubernetes.io/exclude-from-external-load-balancers".into(), String::new());
    }
    let taint = Taint {
        key: "node-role.kubernetes.io/control-plane".into(),
        effect: "NoSchedule".into(),
        ..Default::default()
    };
    let spec = NodeSpec {
        pod_cidr: Some(machine.pod_cidr.clone()),
        pod_cidrs: Some(vec![machine.pod_cidr.clone()]),
        taints: machine.control_plane.then(|| vec![taint]),
        ..Default::default()
    };
    let meta = ObjectMeta { name: Some(name), labels: Some(labels), ..Default::default() };
    Object::new(kinds::NODE, meta, spec, NodeStatus::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_namespace_gets_its_default_account() {
        let world = World::boot(Spec::default(), 1);
        assert!(world.reader().get(kinds::SERVICE_ACCOUNT, "default", "default").is_some());
        assert_eq!(world.reader().list(kinds::NODE, None).count(), 3);
    }
}
