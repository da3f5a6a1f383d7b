//! How a cluster comes up.

use super::{Spec, Work, World, system};
use crate::api::kinds::rare;
use crate::api::{ApiError, ApiServer, DeleteOptions, Object, User, kinds};
use crate::base::rng::Rng;
use crate::base::yaml;
use crate::control::{FactId, Journal, Recorder, nodes};
use crate::net::{Place, Tables};
use crate::node::Machine;
use crate::store::Revision;
use crate::time::{Queue, Span, Time};
use k8s_openapi::api::apps::v1::DaemonSetStatus;
use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus, Taint};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;
use std::rc::Rc;

impl World {
    /// A running cluster: booted and quiet, its system pods ready.
    pub fn boot(spec: Spec, seed: u64) -> World {
        let mut world = World {
            now: Time::ZERO,
            opened: Time::ZERO,
            api: ApiServer::new(spec.release),
            machines: spec.machines(),
            spec: Rc::new(spec),
            tables: Tables::default(),
            journal: Journal::default(),
            recorder: Recorder::default(),
            scheduler: Default::default(),
            memory: Default::default(),
            scalers: Default::default(),
            rng: Rng::new(seed),
            queue: Queue::default(),
            work: Work::default(),
            dispatched: Revision(0),
            faults: Default::default(),
            handled: 0,
            rush: Default::default(),
            looks: vec![0; crate::control::controllers::ALL.len()],
        };
        let machines: Vec<Machine> = world.machines.nodes.values().cloned().collect();
        let (control_plane, workers): (Vec<_>, Vec<_>) = machines.into_iter().partition(|m| m.control_plane);
        for machine in &control_plane {
            world.furnish(machine);
        }
        world.start_control_plane();
        world.join(&control_plane);
        // Workers join when the control plane runs; so CoreDNS is where it is.
        let limit = world.now + Span::seconds(30);
        while world.now < limit && !world.dns_is_placed() {
            let until = world.now + Span::seconds(1);
            world.run_until(until);
        }
        world.join(&workers);
        let limit = world.now + Span::minutes(2);
        while world.now < limit && !world.is_up() {
            let until = world.now + Span::seconds(1);
            world.run_until(until);
        }
        let _ = world.settle(Span::minutes(1));
        let limit = world.now + Span::minutes(2);
        while world.spec.metrics && world.now < limit && world.reader().metrics().is_err() {
            let until = world.now + Span::seconds(1);
            world.run_until(until);
        }
        world.forget_events();
        world.opened = world.now;
        world
    }

    /// The objects that a fresh cluster starts from.
    fn furnish(&mut self, control_plane: &Machine) {
        let (release, metrics) = (self.spec.release, self.spec.metrics);
        let mut cx = self.cx(Place::ApiServer, User::component("system:apiserver"), None, FactId::BOOT);
        for value in system::objects(control_plane, release) {
            system::seed(value, &mut cx).expect("an empty cluster takes its own objects");
        }
        if metrics {
            for document in yaml::documents(&system::metrics_server("v0.8.1", true)) {
                let value = document.result.expect("the manifest is YAML").value;
                system::seed(value, &mut cx).expect("an empty cluster takes a metrics server");
            }
        }
        for object in system::policy::objects() {
            cx.create(object).expect("an empty cluster takes its own roles");
        }
        let node = cx.create(node(control_plane)).expect("an empty cluster takes its first node");
        for value in system::mirror_pods(&node, &control_plane.address) {
            system::seed(value, &mut cx).expect("an empty cluster takes its control plane");
        }
    }

    /// Machines become nodes.
    fn join(&mut self, machines: &[Machine]) {
        for machine in machines {
            self.register(machine, FactId::BOOT).expect("a cluster takes its nodes");
        }
        self.dispatch();
    }

    /// A machine's kubelet says who it is, and what runs on every node starts.
    pub(super) fn register(&mut self, machine: &Machine, cause: FactId) -> Result<(), ApiError> {
        let place = Place::Kubelet(machine.name.clone());
        let mut cx = self.cx(place, User::component("system:bootstrap"), None, cause);
        if cx.read().get(kinds::NODE, "", &machine.name).is_none() {
            cx.create(node(machine))?;
        }
        if let Some(node) = cx.read().get(kinds::NODE, "", &machine.name)
            && cx.read().get(&rare::CSI_NODE, "", &machine.name).is_none()
        {
            let value = system::csi_node(node);
            system::seed(value, &mut cx)?;
        }
        self.start_node(&machine.name, cause);
        Ok(())
    }

    fn dns_is_placed(&self) -> bool {
        let pods = self.reader().list(kinds::POD, Some("kube-system"));
        let dns = pods.filter(|pod| pod.labels().get("k8s-app").is_some_and(|app| app == "kube-dns"));
        dns.filter(|pod| crate::control::pods::node(pod).is_some()).count() == 2
    }

    /// Every node and every pod is ready.
    fn is_up(&self) -> bool {
        let pods = self.reader().list(kinds::POD, None);
        self.reader().list(kinds::NODE, None).all(nodes::is_ready)
            && pods.into_iter().all(crate::control::pods::is_ready)
            && self.reader().list(kinds::DAEMON_SET, None).all(|set| {
                let status = set.status::<DaemonSetStatus>();
                status.number_ready as usize == self.machines.nodes.len()
            })
    }

    /// The learner comes to a cluster that is older than the events of its birth.
    fn forget_events(&mut self) {
        let events: Vec<Object> = self.reader().list(kinds::EVENT, None).cloned().collect();
        let mut cx = self.cx(Place::ApiServer, User::component("system:apiserver"), None, FactId::BOOT);
        for event in events {
            let _ = cx.delete(kinds::EVENT, event.namespace(), event.name(), &DeleteOptions::default());
        }
        self.dispatch();
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
    let annotations = [
        ("kubeadm.alpha.kubernetes.io/cri-socket", "unix:///run/containerd/containerd.sock"),
        ("node.alpha.kubernetes.io/ttl", "0"),
        ("volumes.kubernetes.io/controller-managed-attach-detach", "true"),
    ];
    let annotations = annotations.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    let meta =
        ObjectMeta { name: Some(name), labels: Some(labels), annotations: Some(annotations), ..Default::default() };
    Object::new(kinds::NODE, meta, spec, NodeStatus { allocatable: Some(room(machine)), ..Default::default() })
}

/// What a kubelet registers its node with; it reports the rest later.
fn room(machine: &Machine) -> BTreeMap<String, Quantity> {
    let all = [("cpu", machine.cpu.to_string()), ("memory", format!("{}Mi", machine.memory)), ("pods", "110".into())];
    all.into_iter().map(|(name, text)| (name.into(), Quantity(text))).collect()
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
