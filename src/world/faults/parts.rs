//! Parts of the cluster that stop: programs of the control plane, single loops of the controller manager, what runs on
//! each node.
//!
//! Models: manifests moved out of /etc/kubernetes/manifests, `--controllers=*,-name`, `systemctl stop`, SIGSTOP, a
//! Deployment scaled to nothing.

use super::reach::{PLANE, on_node};
use crate::api::kinds;
use crate::api::{Object, User};
use crate::control::controllers;
use crate::control::{FactId, Runs};
use crate::net::Place;
use crate::node::trouble::Trouble;
use crate::store::Key;
use crate::world::{World, system};
use k8s_openapi::api::apps::v1::DeploymentSpec;
use std::fmt;
use std::rc::Rc;

/// What can be stopped and started.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A static pod: `etcd`, `kube-apiserver`, `kube-controller-manager`, `kube-scheduler`.
    Plane(&'static str),
    /// A loop of the controller manager, by its real name.
    Controller(&'static str),
    Kubelet(Rc<str>),
    Proxy(Rc<str>),
    /// containerd.
    Runtime(Rc<str>),
    /// All pods of CoreDNS.
    Dns,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Plane(name) => f.write_str(name),
            Part::Controller(name) => write!(f, "controller {name}"),
            Part::Kubelet(node) => write!(f, "kubelet {node}"),
            Part::Proxy(node) => write!(f, "kube-proxy {node}"),
            Part::Runtime(node) => write!(f, "containerd {node}"),
            Part::Dns => f.write_str("coredns"),
        }
    }
}

impl Part {
    pub(super) fn place(&self) -> Place {
        match self {
            Part::Plane("etcd") => Place::Etcd,
            Part::Plane("kube-apiserver") => Place::ApiServer,
            Part::Plane("kube-scheduler") => Place::Scheduler,
            Part::Plane(name) | Part::Controller(name) => Place::Controller(name),
            Part::Kubelet(node) => Place::Kubelet(node.clone()),
            Part::Proxy(node) => Place::Proxy(node.clone()),
            Part::Runtime(node) => Place::Runtime(node.clone()),
            Part::Dns => Place::Dns,
        }
    }
}

/// The loops that the controller manager runs, by their real names.
pub fn loops() -> impl Iterator<Item = &'static str> {
    let all = controllers::ALL.iter().filter(|controller| controller.runs() == Runs::ControlPlane);
    all.map(|controller| controller.name())
        .filter(|name| super::reach::owner(name) == "kube-controller-manager" && *name != "kube-controller-manager")
}

impl World {
    pub(super) fn part(&mut self, part: &Part, stop: bool, fact: FactId) -> bool {
        let now = self.now;
        match part {
            Part::Plane(name) => self.manifest(name, stop, fact),
            Part::Controller(name) if stop => self.faults.stopped.insert(name),
            Part::Controller(name) => self.faults.stopped.remove(name),
            Part::Kubelet(node) => {
                let done = self.wire(node, |trouble| trouble.kubelet_stopped = stop);
                if done
                    && !stop
                    && let Some(machine) = self.machines.nodes.get(node).cloned()
                {
                    let _ = self.rejoin(&machine, fact);
                }
                done
            }
            Part::Proxy(node) => self.wire(node, |trouble| trouble.proxy_stopped = stop),
            Part::Runtime(node) => {
                let done = self.wire(node, |trouble| {
                    trouble.runtime_down = stop.then(|| trouble.runtime_down.unwrap_or(now));
                });
                let to = on_node("kubelet", node);
                self.enqueue(to.clone(), Key::new("nodes", "", node), now, fact);
                if done && !stop {
                    self.resync(&to, self.api.revision(), fact);
                }
                done
            }
            Part::Dns => self.dns(stop, fact),
        }
    }

    /// Takes the manifest of a static pod away or puts it back. Its kubelet does the rest.
    fn manifest(&mut self, name: &'static str, away: bool, fact: FactId) -> bool {
        let Some(machine) = self.machines.nodes.values_mut().find(|machine| machine.control_plane) else {
            return false;
        };
        let node = machine.name.clone();
        let done = match away {
            true => machine.trouble.away.insert(name),
            false => machine.trouble.away.remove(name),
        };
        if !done {
            return false;
        }
        let pod = format!("{name}-{node}");
        let key = Key::new("pods", "kube-system", &pod);
        if !away {
            if let Some(run) = self.machines.pod_mut("kube-system", &pod) {
                run.worker = Default::default();
            }
            if self.reader().by_key(&key).is_none() {
                self.mirror_again(name, &node, fact);
            }
        }
        let to = on_node("kubelet", &node);
        self.enqueue(to, key, self.now, fact);
        true
    }

    /// The kubelet makes the picture of a static pod anew.
    fn mirror_again(&mut self, name: &str, node: &Rc<str>, fact: FactId) {
        let Some(address) = self.machines.nodes.get(node).map(|machine| machine.address.clone()) else { return };
        let Some(object) = self.reader().get(kinds::NODE, "", node).cloned() else { return };
        let values = system::mirror_pods(&object, &address);
        let wanted = format!("{name}-{node}");
        let value = values.into_iter().find(|value| value["metadata"]["name"] == wanted.as_str());
        // The pod itself needs no API server; its picture here is the only place that says what it is.
        let health = std::mem::take(&mut self.api.health);
        let user = User::component(&format!("system:node:{node}"));
        let mut cx = self.cx(Place::Kubelet(node.clone()), user, Some(node.clone()), fact);
        if let Some(value) = value {
            let _ = system::seed(value, &mut cx);
        }
        self.api.health = health;
    }

    /// Scales CoreDNS to nothing or back to two, as one does with kubectl.
    fn dns(&mut self, stop: bool, fact: FactId) -> bool {
        let found = self.reader().get(kinds::DEPLOYMENT, "kube-system", "coredns").cloned();
        let Some(mut deployment) = found.filter(|found| (replicas(found) == 0) != stop) else { return false };
        deployment.spec_mut::<DeploymentSpec>().replicas = Some(if stop { 0 } else { 2 });
        let mut cx = self.cx(Place::Outside, User::admin().into(), None, fact);
        cx.update(deployment).is_ok()
    }

    /// What is stopped now.
    pub(super) fn stopped(&self) -> Vec<Part> {
        let mut all = vec![];
        for machine in self.machines.nodes.values() {
            let Trouble { kubelet_stopped, proxy_stopped, runtime_down, away, .. } = &machine.trouble;
            all.extend(PLANE.iter().filter(|name| away.contains(**name)).map(|name| Part::Plane(name)));
            if *kubelet_stopped {
                all.push(Part::Kubelet(machine.name.clone()));
            }
            if *proxy_stopped {
                all.push(Part::Proxy(machine.name.clone()));
            }
            if runtime_down.is_some() {
                all.push(Part::Runtime(machine.name.clone()));
            }
        }
        all.extend(self.faults.stopped.iter().map(|name| Part::Controller(name)));
        if self.reader().get(kinds::DEPLOYMENT, "kube-system", "coredns").is_some_and(|found| replicas(found) == 0) {
            all.push(Part::Dns);
        }
        all
    }
}

fn replicas(deployment: &Object) -> i32 {
    deployment.spec::<DeploymentSpec>().replicas.unwrap_or(1)
}
