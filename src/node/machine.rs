//! The machines of the cluster: what is true of a node whatever the API server believes.

use super::container::Container;
use super::http::{HttpRequest, HttpResponse};
use super::pod::{Directories, PodRun};
use crate::net::Ground;
use crate::store::Key;
use crate::time::Time;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

#[derive(Clone, Debug, Default)]
pub struct Machines {
    /// The cluster's certificate authority, as PEM text (made up from the seed; nothing verifies it).
    pub authority: String,
    pub nodes: BTreeMap<Rc<str>, Machine>,
    /// What volumes of the network hold: the same for every machine.
    pub network: Directories,
    /// The clock, as far as the machines know it: when one of them last did something.
    pub now: Time,
}

#[derive(Clone, Debug)]
pub struct Machine {
    pub name: Rc<str>,
    /// `172.18.0.3`
    pub address: String,
    /// `10.244.1.0/24`
    pub pod_cidr: String,
    /// Whole CPUs.
    pub cpu: u32,
    /// MiB.
    pub memory: u64,
    pub control_plane: bool,
    /// Powered.
    pub on: bool,
    pub runtime: Rc<Runtime>,
}

/// An image on a machine.
#[derive(Clone, Debug)]
pub struct Present {
    pub digest: Rc<str>,
    pub bytes: u64,
}

/// What the container runtime and the kubelet of one machine hold. Shared between snapshots of the world until it changes.
#[derive(Clone, Default)]
pub struct Runtime {
    /// By full name with tag.
    pub images: BTreeMap<Rc<str>, Present>,
    pub pods: BTreeMap<Key, Rc<PodRun>>,
    /// Which pod has which address; addresses are not given out again soon.
    pub addresses: BTreeMap<Ipv4Addr, Key>,
    last_address: u32,
    /// Images are pulled one after the other: when the line is free, and what is on its way until when.
    pub pulls_until: Time,
    pub pulling: BTreeMap<Rc<str>, Time>,
    /// What `hostPath` volumes hold, by path.
    pub host: Directories,
    /// How often the machine was switched on.
    pub boots: u32,
    /// The images changed since the node's status was last written.
    pub news: bool,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Runtime({} pods)", self.pods.len())
    }
}

impl Machine {
    /// The moment within each second at which its kubelet looks at the runtime.
    pub fn phase(&self) -> u64 {
        self.name.bytes().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))) % 1000
    }

    pub fn runtime(&mut self) -> &mut Runtime {
        Rc::make_mut(&mut self.runtime)
    }

    fn with_pod<R>(&mut self, key: &Key, network: &mut Directories, act: impl FnOnce(&mut PodRun) -> R) -> Option<R> {
        let Runtime { pods, host, .. } = self.runtime();
        let pod = pods.get_mut(key).map(Rc::make_mut)?;
        pod.take_shared(host, network);
        let result = act(pod);
        pod.give_shared(host, network);
        Some(result)
    }

    pub fn pod(&self, key: &Key) -> Option<&PodRun> {
        self.runtime.pods.get(key).map(|pod| &**pod)
    }

    /// Takes a free address of the machine's range.
    pub fn assign(&mut self, key: &Key) -> Option<Ipv4Addr> {
        let (network, bits) = self.pod_cidr.split_once('/')?;
        let base = u32::from(network.parse::<Ipv4Addr>().ok()?);
        let size = 1u32.checked_shl(32 - bits.parse::<u32>().ok()?)?;
        let runtime = self.runtime();
        for _ in 0..size {
            runtime.last_address = if runtime.last_address + 2 >= size { 2 } else { (runtime.last_address + 1).max(2) };
            let address = Ipv4Addr::from(base + runtime.last_address);
            if let std::collections::btree_map::Entry::Vacant(e) = runtime.addresses.entry(address) {
                e.insert(key.clone());
                return Some(address);
            }
        }
        None
    }

    /// Gives an address back.
    pub fn release(&mut self, address: &str) {
        if let Ok(address) = address.parse::<Ipv4Addr>() {
            self.runtime().addresses.remove(&address);
        }
    }

    /// The address of the bridge, from which probes come: `10.244.1.1`.
    pub fn gateway(&self) -> String {
        let network = self.pod_cidr.split('/').next().unwrap_or("");
        network.parse::<Ipv4Addr>().map_or(String::new(), |ip| Ipv4Addr::from(u32::from(ip) + 1).to_string())
    }

    /// Power is gone: nothing runs any more, and what the kubelet had in mind is lost. Disks stay.
    pub fn switch_off(&mut self, now: Time) {
        let runtime = self.runtime();
        runtime.pulling.clear();
        runtime.pulls_until = Time::ZERO;
        let pods: Vec<Key> = runtime.pods.keys().cloned().collect();
        for key in pods {
            let Some(pod) = runtime.pods.get_mut(&key).map(Rc::make_mut) else { continue };
            let PodRun { slots, volumes, sandbox, worker, .. } = pod;
            for container in slots.values_mut().filter_map(|slot| slot.current.as_mut()) {
                if container.running() {
                    container.end(255, "Unknown", volumes, now);
                }
            }
            if let Some(sandbox) = sandbox {
                sandbox.ready = false;
            }
            *worker = Default::default();
        }
    }
}

impl Machines {
    /// The machine that a pod runs on, as far as machines know.
    pub fn of(&self, namespace: &str, pod: &str) -> Option<&Machine> {
        let key = Key::new("pods", namespace, pod);
        self.nodes.values().find(|machine| machine.runtime.pods.contains_key(&key))
    }

    pub fn pod(&self, namespace: &str, pod: &str) -> Option<&PodRun> {
        self.of(namespace, pod)?.pod(&Key::new("pods", namespace, pod))
    }

    pub fn container(&self, namespace: &str, pod: &str, container: &str) -> Option<&Container> {
        self.pod(namespace, pod)?.container(container)
    }

    /// The pod to change it (logs, programs); the caller wakes the kubelet afterwards.
    pub fn pod_mut(&mut self, namespace: &str, pod: &str) -> Option<&mut PodRun> {
        let key = Key::new("pods", namespace, pod);
        let machine = self.nodes.values_mut().find(|machine| machine.runtime.pods.contains_key(&key))?;
        machine.runtime().pods.get_mut(&key).map(Rc::make_mut)
    }

    /// Changes a pod's files: what it shares with others of its machine is as it is now, and stays in step.
    pub fn with_pod<R>(&mut self, namespace: &str, pod: &str, act: impl FnOnce(&mut PodRun) -> R) -> Option<R> {
        let key = Key::new("pods", namespace, pod);
        let machine = self.nodes.values_mut().find(|machine| machine.runtime.pods.contains_key(&key))?;
        machine.with_pod(&key, &mut self.network, act)
    }

    /// Whose pod network an address is in, or who owns it.
    fn at(&self, address: Ipv4Addr) -> Option<(&Machine, Vec<Key>)> {
        self.nodes.values().find_map(|machine| {
            if let Some(key) = machine.runtime.addresses.get(&address) {
                return Some((machine, vec![key.clone()]));
            }
            if machine.address.parse() != Ok(address) {
                return None;
            }
            let host =
                machine.runtime.pods.iter().filter(|(_, pod)| pod.sandbox.as_ref().is_some_and(|s| s.host_network));
            Some((machine, host.map(|(key, _)| key.clone()).collect()))
        })
    }

    fn listener(&self, address: Ipv4Addr, port: u16) -> Option<(Rc<str>, Key, Rc<str>)> {
        let (machine, keys) = self.at(address)?;
        if !machine.on {
            return None;
        }
        keys.into_iter().find_map(|key| {
            let pod = machine.pod(&key)?;
            let name = pod.running().find(|(_, c)| c.program.listens(port, self.now)).map(|(name, _)| name.clone())?;
            Some((machine.name.clone(), key, name))
        })
    }

    /// Asks the program that listens at an address. `None`: nobody does, or it does not speak HTTP (see `listens`).
    pub fn answer(&mut self, address: Ipv4Addr, port: u16, request: &HttpRequest, now: Time) -> Option<HttpResponse> {
        self.now = self.now.max(now);
        self.visit(address, port, |program, inside| program.answer(port, request, inside))?
    }

    /// Sends bytes to what listens at an address.
    pub fn receive(&mut self, address: Ipv4Addr, port: u16, bytes: &[u8], now: Time) -> Option<Vec<u8>> {
        self.now = self.now.max(now);
        self.visit(address, port, |program, inside| program.receive(port, bytes, inside))?
    }

    fn visit<R>(
        &mut self,
        address: Ipv4Addr,
        port: u16,
        act: impl FnOnce(&mut Box<dyn super::program::Program>, &mut super::program::Inside<'_>) -> R,
    ) -> Option<R> {
        let (node, key, name) = self.listener(address, port)?;
        let now = self.now;
        self.nodes.get_mut(&node)?.with_pod(&key, &mut self.network, |pod| {
            let PodRun { slots, volumes, .. } = pod;
            let container = slots.get_mut(&name)?.current.as_mut()?;
            Some(container.inside(volumes, now, act))
        })?
    }
}

impl Ground for Machines {
    fn listens(&self, address: Ipv4Addr, port: u16) -> bool {
        self.listener(address, port).is_some()
    }

    fn powered(&self, node: &str) -> bool {
        self.nodes.get(node).is_some_and(|machine| machine.on)
    }
}
