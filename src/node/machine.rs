//! The machines of the cluster: what is true of a node whatever the API server believes.

use super::cloud::Cloud;
use super::container::Container;
use super::cpu::Board;
use super::http::{HttpRequest, HttpResponse, WORK};
use super::images::{self, Layers};
use super::load::Load;
use super::pod::{Directories, PodRun};
use super::trouble::{Ill, Registry, Trouble};
use super::usage::Strain;
use crate::net::{Ground, Wire};
use crate::store::Key;
use crate::time::{Span, Time};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// How long something that hangs takes to answer: longer than anybody waits.
pub const HUNG: Span = Span::minutes(24 * 60);

#[derive(Clone, Debug, Default)]
pub struct Machines {
    /// Where further machines come from.
    pub cloud: Cloud,
    /// The cluster's certificate authority, as PEM text (made up from the seed; nothing verifies it).
    pub authority: String,
    pub nodes: BTreeMap<Rc<str>, Machine>,
    /// The images that were ever started, unpacked.
    pub layers: Layers,
    /// Requests that come at a steady rate, by Service.
    pub loads: BTreeMap<Key, Load>,
    /// What volumes of the network hold: the same for every machine.
    pub network: Directories,
    /// Something was ever wrong with the program of a container.
    pub sick: bool,
    /// Where images come from.
    pub registry: Registry,
    /// Programs of pods whose names begin so take this much longer to start: namespace, beginning.
    pub slow_starts: BTreeMap<(Rc<str>, Rc<str>), Span>,
    /// Programs that leak, and leak again after a restart: pod, container, bytes a second.
    pub leaks: BTreeMap<(Key, Rc<str>), u64>,
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
    /// What is wrong with it.
    pub trouble: Trouble,
    pub runtime: Rc<Runtime>,
}

/// What the system, the kubelet and the container runtime use, in millionths of a CPU: by themselves, and for each pod.
const OVERHEAD: u64 = 38_000;
const PER_POD: u64 = 900;
/// Bytes of memory that they have.
pub(super) const SYSTEM: u64 = 410 << 20;

/// An image on a machine.
#[derive(Clone, Debug)]
pub struct Present {
    pub digest: Rc<str>,
    pub bytes: u64,
    /// When it came.
    pub since: Time,
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
    /// Who uses the CPUs.
    pub cpu: Board,
    /// What its memory and its disk are used for.
    pub strain: Strain,
    /// The images changed since the node's status was last written.
    pub news: bool,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Runtime({} pods)", self.pods.len())
    }
}

impl Machine {
    /// The name of the machine with a number; 0 is the control plane.
    pub fn name_of(number: u32) -> String {
        if number == 0 { "control-plane".into() } else { format!("node{number:02}") }
    }

    /// A machine that is switched on and has nothing on it. `memory` is MiB.
    pub fn new(number: u32, cpu: u32, memory: u64) -> Machine {
        let host = number + 2;
        Machine {
            name: Machine::name_of(number).into(),
            address: format!("172.{}.{}.{}", 18 + (host >> 16), (host >> 8) & 255, host & 255),
            pod_cidr: format!("10.{}.{}.0/24", 244 + (number >> 8), number & 255),
            cpu,
            memory,
            control_plane: number == 0,
            on: true,
            trouble: Default::default(),
            runtime: Default::default(),
        }
    }

    /// Puts images on it that somebody brought along.
    pub fn install(&mut self, names: &[&str]) {
        for name in names {
            if let Some(found) = images::of(name) {
                let present = Present { digest: found.digest.as_str().into(), bytes: found.bytes, since: Time::ZERO };
                self.runtime().images.insert((*name).into(), present);
            }
        }
    }

    /// The moment within each second at which its kubelet looks at the runtime.
    pub fn phase(&self) -> u64 {
        self.name.bytes().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))) % 1000
    }

    pub fn runtime(&mut self) -> &mut Runtime {
        Rc::make_mut(&mut self.runtime)
    }

    /// Counts the CPU that a pod's containers want and have used; to be called after its programs have worked.
    pub fn account(&mut self, pod: &mut PodRun, now: Time) {
        let cpus = self.cpu;
        for container in pod.slots.values_mut().filter_map(|slot| slot.current.as_mut()) {
            let (id, claim) = (container.id.clone(), container.launch.cpu);
            match container.running() {
                true => {
                    let (spent, demand) = (container.program.spent(), container.program.demand());
                    if spent > 0 || demand > 0 || self.runtime.cpu.has(&id) {
                        let board = &mut self.runtime().cpu;
                        board.charge(&id, claim, spent, cpus, now);
                        board.demand(&id, claim, demand, cpus, now);
                        container.pace = board.pace(&id);
                    }
                }
                false if !container.counted => {
                    container.counted = true;
                    let used = container.cpu_time(&self.runtime.cpu, now);
                    self.runtime().cpu.ended(&id, used, cpus, now);
                }
                false => {}
            }
        }
    }

    /// Tells a pod's containers how fast they are.
    pub fn pace(&self, pod: &mut PodRun) {
        let board = &self.runtime.cpu;
        if board.is_empty() {
            return;
        }
        for container in pod.slots.values_mut().filter_map(|slot| slot.current.as_mut()) {
            container.pace = board.pace(&container.id);
        }
    }

    /// Microseconds of CPU time that everything on the machine has used since it was switched on. Never less than before.
    pub fn cpu_time(&self, now: Time) -> u64 {
        let all = self.runtime.pods.values().flat_map(|pod| pod.running());
        let own = OVERHEAD + self.runtime.pods.len() as u64 * PER_POD;
        let used: u64 = all.map(|(_, container)| container.cpu_time(&self.runtime.cpu, now)).sum();
        used + self.runtime.cpu.gone() + now.0 * own / 1000
    }

    /// Bytes of memory in use: the system, and what the containers have.
    pub fn memory_used(&self) -> u64 {
        let strain = &self.runtime.strain;
        SYSTEM + strain.filled.memory + strain.pods.memory
    }

    /// The pod is gone from the machine.
    pub fn forget(&mut self, pod: &PodRun, now: Time) {
        self.uncount(pod);
        if let Some(sandbox) = &pod.sandbox {
            self.release(&sandbox.address);
        }
        let cpus = self.cpu;
        for container in pod.slots.values().filter_map(|slot| slot.current.as_ref()) {
            if self.runtime.cpu.has(&container.id) {
                self.runtime().cpu.forget(&container.id, cpus, now);
            }
        }
    }

    fn with_pod<R>(
        &mut self,
        key: &Key,
        network: &mut Directories,
        now: Time,
        act: impl FnOnce(&mut PodRun) -> R,
    ) -> Option<R> {
        let held = self.runtime().pods.remove(key)?;
        let mut pod = Rc::try_unwrap(held).unwrap_or_else(|shared| (*shared).clone());
        self.brief(&mut pod, now);
        pod.take_shared(&self.runtime.host, network);
        let result = act(&mut pod);
        if !pod.shared.is_empty() {
            pod.give_shared(&mut self.runtime().host, network);
        }
        self.count(&mut pod, now);
        self.runtime().pods.insert(key.clone(), Rc::new(pod));
        Some(result)
    }

    pub fn pod(&self, key: &Key) -> Option<&PodRun> {
        self.runtime.pods.get(key).map(|pod| &**pod)
    }

    /// Why the API server cannot talk to its kubelet, as Go says it; `None` when it can.
    pub fn unreachable(&self) -> Option<&'static str> {
        if !self.on {
            return Some("connect: no route to host");
        }
        if self.trouble.cut {
            return Some("i/o timeout");
        }
        self.trouble.kubelet_stopped.then_some("connect: connection refused")
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
        runtime.cpu.clear();
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
        let strain = &mut runtime.strain;
        (strain.seen, strain.cleaning, strain.filled.memory, strain.filled.processes) = ([None; 3], None, 0, 0);
        for key in runtime.pods.keys().cloned().collect::<Vec<Key>>() {
            let Some(pod) = self.runtime().pods.remove(&key) else { continue };
            let mut pod = Rc::try_unwrap(pod).unwrap_or_else(|shared| (*shared).clone());
            self.count(&mut pod, now);
            self.runtime().pods.insert(key, Rc::new(pod));
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
        machine.with_pod(&key, &mut self.network, self.now, act)
    }

    /// Charges a container for what a command beside its program did: millicores of steady work that lasted a while, and
    /// microseconds of other work.
    pub fn burn(&mut self, namespace: &str, pod: &str, container: &str, busy: (u32, Span), spent: u64) {
        let (key, now) = (Key::new("pods", namespace, pod), self.now);
        let Some(machine) = self.nodes.values_mut().find(|m| m.runtime.pods.contains_key(&key)) else { return };
        let Some(run) = machine.pod(&key).and_then(|pod| pod.container(container)) else { return };
        let (id, claim, cpus) = (run.id.clone(), run.launch.cpu, machine.cpu);
        let board = &mut machine.runtime().cpu;
        board.charge(&id, claim, spent, cpus, now);
        if busy.0 > 0 {
            board.burn(&id, claim, busy.0, busy.1, cpus, now);
        }
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
            let name = pod.running().find(|(_, c)| c.listens(port, self.now)).map(|(name, _)| name.clone())?;
            Some((machine.name.clone(), key, name))
        })
    }

    /// Asks the program that listens at an address. `None`: nobody does, or it does not speak HTTP (see `listens`).
    pub fn answer(&mut self, address: Ipv4Addr, port: u16, request: &HttpRequest, now: Time) -> Option<HttpResponse> {
        self.now = self.now.max(now);
        let ill = self.ill(address, port).unwrap_or_default();
        if ill.hung {
            return Some(HttpResponse { takes: HUNG, ..HttpResponse::text(504, "") });
        }
        if ill.fails > 0 && self.rolls(request, ill.fails) {
            return Some(HttpResponse::text(503, "Service Unavailable\n"));
        }
        let (work, answer) = self.visit(address, port, |program, inside| {
            let answer = program.answer(port, request, inside);
            (answer.as_ref().map_or(0, |answer| answer.work), answer)
        })?;
        let mut answer = answer?;
        answer.takes = answer.takes.max(work) + ill.delay;
        Some(answer)
    }

    /// What is wrong with the program that listens at an address, if anything.
    pub fn ill(&self, address: Ipv4Addr, port: u16) -> Option<Ill> {
        if !self.sick {
            return None;
        }
        let (node, key, name) = self.listener(address, port)?;
        let ill = self.nodes.get(&node)?.pod(&key)?.container(&name)?.ill;
        (ill != Ill::default()).then_some(ill)
    }

    /// Chance, from what is asked and when.
    fn rolls(&self, request: &HttpRequest, of_hundred: u8) -> bool {
        let text = format!("{}{}{}", self.now.0, request.target, request.client);
        crate::base::hash::fnv32a(text.as_bytes()) % 100 < u32::from(of_hundred)
    }

    /// Sends bytes to what listens at an address.
    pub fn receive(&mut self, address: Ipv4Addr, port: u16, bytes: &[u8], now: Time) -> Option<Vec<u8>> {
        self.now = self.now.max(now);
        if self.ill(address, port).is_some_and(|ill| ill.hung) {
            return None;
        }
        self.visit(address, port, |program, inside| (WORK, program.receive(port, bytes, inside)))?.1
    }

    /// Asks as [`Machines::answer`] does, with a request that stands for several; status and time. Whoever would have to wait
    /// longer than clients are patient is not heard (status 0).
    pub fn press(
        &mut self,
        address: Ipv4Addr,
        port: u16,
        request: &HttpRequest,
        now: Time,
        (count, patience): (u64, Span),
    ) -> Option<(u16, Span)> {
        self.now = self.now.max(now);
        let (node, key, name) = self.listener(address, port)?;
        let container = self.nodes.get(&node)?.pod(&key)?.container(&name)?;
        let (id, claim) = (container.id.clone(), container.launch.cpu);
        if self.nodes.get(&node)?.runtime.cpu.wait(&id, now) > patience {
            return Some((0, patience));
        }
        let answer = self.answer(address, port, request, now)?;
        let machine = self.nodes.get_mut(&node)?;
        let cpus = machine.cpu;
        machine.runtime().cpu.charge(&id, claim, answer.work * count.saturating_sub(1), cpus, now);
        Some(if answer.takes > patience { (0, patience) } else { (answer.status, answer.takes) })
    }

    /// Lets the program that listens at an address do something that costs microseconds of CPU; how long that takes.
    fn visit<R>(
        &mut self,
        address: Ipv4Addr,
        port: u16,
        act: impl FnOnce(&mut Box<dyn super::program::Program>, &mut super::program::Inside<'_>) -> (u64, R),
    ) -> Option<(Span, R)> {
        let (node, key, name) = self.listener(address, port)?;
        let now = self.now;
        let machine = self.nodes.get_mut(&node)?;
        let (id, claim, (work, result)) = machine.with_pod(&key, &mut self.network, now, |pod| {
            let PodRun { slots, volumes, .. } = pod;
            let container = slots.get_mut(&name)?.current.as_mut()?;
            let result = container.inside(volumes, now, act);
            Some((container.id.clone(), container.launch.cpu, result))
        })??;
        let cpus = machine.cpu;
        Some((machine.runtime().cpu.charge(&id, claim, work, cpus, now), result))
    }
}

impl Ground for Machines {
    fn listens(&self, address: Ipv4Addr, port: u16) -> bool {
        self.listener(address, port).is_some()
    }

    fn powered(&self, node: &str) -> bool {
        self.nodes.get(node).is_some_and(|machine| machine.on)
    }

    fn wire(&self, node: &str) -> Wire {
        self.nodes.get(node).map_or(Wire::default(), |machine| {
            let Trouble { cut, delay, loss, .. } = machine.trouble;
            Wire { cut, delay, loss }
        })
    }
}
