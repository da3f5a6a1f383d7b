//! Faults: what can go wrong in the cluster, as data. Each is printed as the `sim` command that makes it, and each that
//! lasts has its undo. What follows from one is computed by the controllers, kubelets and the network, never written here.
//!
//! Models: power cuts, pulled cables, `systemctl stop`, manifests taken out of /etc/kubernetes/manifests, `kill`, SIGSTOP.
//! Left out: several etcd members, faults of a cloud.

mod clock;
mod machine;
mod parts;
mod pods;
mod reach;
mod registry;
mod targets;
pub mod words;

pub use parts::{Part, loops};
pub(in crate::world) use reach::Stand;
pub use reach::{Faults, PLANE};
pub use targets::Whom;

use super::World;
use crate::control::{FactId, What};
use crate::net::Place;
use crate::node::trouble::{Ill, Registry};
use crate::script::host::Signal;
use crate::time::Span;
use std::fmt;
use std::rc::Rc;

/// A container of a pod; without a name the first one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Victim {
    pub namespace: Rc<str>,
    pub pod: Rc<str>,
    pub container: Option<Rc<str>>,
}

/// One thing that goes wrong. Closed: the canvas, the shell and lessons make these and no others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The machine loses its power.
    Power { node: Rc<str> },
    /// Its network cable is pulled.
    Cut { node: Rc<str> },
    /// Every packet over its wire takes longer.
    SlowNetwork { node: Rc<str>, delay: Span },
    /// Of a hundred packets over its wire so many are lost.
    Lossy { node: Rc<str>, percent: u8 },
    /// Its disk takes so many times as long for everything.
    SlowDisk { node: Rc<str>, times: u32 },
    /// So many of a hundred parts of its disk are full.
    FullDisk { node: Rc<str>, percent: u8 },
    /// So many of a hundred parts of its memory are taken by something outside Kubernetes.
    FullMemory { node: Rc<str>, percent: u8 },
    /// The registries are down, slow, or refuse.
    Registry(Registry),
    /// A part of the cluster stops working.
    Stop(Part),
    /// Process 1 of a container is killed. It does not last.
    Crash { whom: Victim, signal: Signal },
    /// The sandbox of a pod dies, and all in it. It does not last.
    Sandbox { namespace: Rc<str>, pod: Rc<str> },
    /// Process 1 stands still.
    Hang { whom: Victim },
    /// Its program says that it is not ready.
    Unready { whom: Victim },
    /// Its answers take longer.
    SlowAnswers { whom: Victim, delay: Span },
    /// It takes more memory each second and gives none back, after a restart too.
    Leak { whom: Victim, rate: u64 },
    /// Of a hundred requests it fails so many.
    Flaky { whom: Victim, percent: u8 },
    /// Containers of pods whose names begin so take longer to begin.
    SlowStart { namespace: Rc<str>, name: Rc<str>, delay: Span },
    /// The clocks of all machines jump. It does not last.
    Clock { by: Span },
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pod/{}", self.pod)?;
        if let Some(container) = &self.container {
            write!(f, " -c {container}")?;
        }
        if &*self.namespace == "default" { Ok(()) } else { write!(f, " -n {}", self.namespace) }
    }
}

impl fmt::Display for Fault {
    /// The words behind `sim` that make it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Power { node } => write!(f, "fail node {node}"),
            Fault::Cut { node } => write!(f, "partition node {node}"),
            Fault::SlowNetwork { node, delay } => write!(f, "slow network {node} {}", short(*delay)),
            Fault::Lossy { node, percent } => write!(f, "flaky network {node} {percent}%"),
            Fault::SlowDisk { node, times } => write!(f, "slow disk {node} {times}x"),
            Fault::FullDisk { node, percent } => write!(f, "fill disk {node} {percent}%"),
            Fault::FullMemory { node, percent } => write!(f, "fill memory {node} {percent}%"),
            Fault::Leak { whom, rate } => {
                let rate =
                    if rate % (1 << 20) == 0 { format!("{}Mi", rate >> 20) } else { format!("{}Ki", rate >> 10) };
                write!(f, "leak {whom} {rate}/s")
            }
            Fault::Registry(registry) => write!(f, "registry {}", registry::word(*registry)),
            Fault::Stop(part) => write!(f, "stop {part}"),
            Fault::Crash { whom, signal: Signal::Kill } => write!(f, "crash {whom}"),
            Fault::Crash { whom, signal } => write!(f, "crash {whom} --signal {}", signal.name()),
            Fault::Sandbox { namespace, pod } => {
                let whom = Victim { namespace: namespace.clone(), pod: pod.clone(), container: None };
                write!(f, "crash sandbox {whom}")
            }
            Fault::Hang { whom } => write!(f, "hang {whom}"),
            Fault::Unready { whom } => write!(f, "unready {whom}"),
            Fault::SlowAnswers { whom, delay } => write!(f, "slow {whom} {}", short(*delay)),
            Fault::Flaky { whom, percent } => write!(f, "flaky {whom} {percent}%"),
            Fault::SlowStart { namespace, name, delay } => {
                write!(f, "slow start {name} {}", short(*delay))?;
                if &**namespace == "default" { Ok(()) } else { write!(f, " -n {namespace}") }
            }
            Fault::Clock { by } => write!(f, "clock +{}", short(*by)),
        }
    }
}

/// `500ms`, `30s`, `1h30m`.
pub(crate) fn short(span: Span) -> String {
    if span.0 == 0 || !span.0.is_multiple_of(1000) {
        return format!("{}ms", span.0);
    }
    let seconds = span.0 / 1000;
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect()
}

impl Fault {
    /// Whether it stays until somebody undoes it.
    pub fn lasts(&self) -> bool {
        !matches!(self, Fault::Crash { .. } | Fault::Sandbox { .. } | Fault::Clock { .. })
    }

    /// The words behind `sim` that undo it.
    pub fn undo(&self) -> String {
        match self {
            Fault::Registry(_) => "registry up".into(),
            Fault::Stop(part) => format!("start {part}"),
            Fault::Power { node } => format!("recover node {node}"),
            Fault::Cut { node } => format!("heal node {node}"),
            Fault::SlowNetwork { node, .. } | Fault::Lossy { node, .. } => format!("heal node {node}"),
            Fault::SlowDisk { node, .. } | Fault::FullDisk { node, .. } => format!("recover disk {node}"),
            Fault::FullMemory { node, .. } => format!("recover memory {node}"),
            Fault::Hang { whom }
            | Fault::Unready { whom }
            | Fault::SlowAnswers { whom, .. }
            | Fault::Leak { whom, .. }
            | Fault::Flaky { whom, .. } => format!("recover {whom}"),
            Fault::SlowStart { namespace, name, .. } => {
                let space = if &**namespace == "default" { String::new() } else { format!(" -n {namespace}") };
                format!("recover start {name}{space}")
            }
            Fault::Crash { .. } | Fault::Sandbox { .. } | Fault::Clock { .. } => String::new(),
        }
    }

    /// Where it happens.
    pub fn place(&self) -> Place {
        match self {
            Fault::Power { node }
            | Fault::Cut { node }
            | Fault::SlowNetwork { node, .. }
            | Fault::SlowDisk { node, .. }
            | Fault::FullDisk { node, .. }
            | Fault::FullMemory { node, .. }
            | Fault::Lossy { node, .. } => Place::Node(node.clone()),
            Fault::Registry(_) => Place::Registry,
            Fault::Stop(part) => part.place(),
            Fault::Crash { whom, .. }
            | Fault::Hang { whom }
            | Fault::Unready { whom }
            | Fault::SlowAnswers { whom, .. }
            | Fault::Leak { whom, .. }
            | Fault::Flaky { whom, .. } => Place::Pod { namespace: whom.namespace.clone(), name: whom.pod.clone() },
            Fault::Sandbox { namespace, pod } => Place::Pod { namespace: namespace.clone(), name: pod.clone() },
            Fault::SlowStart { .. } | Fault::Clock { .. } => Place::Outside,
        }
    }
}

impl World {
    /// Makes a fault. What it breaks was found by whoever asks (`words::parse`), so nothing can be missing but by chance
    /// of time; false then.
    pub fn fault(&mut self, fault: &Fault, cause: FactId) -> bool {
        self.change(fault, true, cause)
    }

    /// Undoes a fault that lasts; false when there is nothing to undo.
    pub fn mend(&mut self, fault: &Fault, cause: FactId) -> bool {
        self.change(fault, false, cause)
    }

    fn change(&mut self, fault: &Fault, on: bool, cause: FactId) -> bool {
        let text = if on { fault.to_string() } else { fault.undo() };
        let fact = self.journal.record(self.now, fault.place(), What::Fault(text.as_str().into()), cause);
        let done = match fault {
            Fault::Power { node } => self.switch(node, !on, fact),
            Fault::Cut { node } => self.wire(node, |trouble| trouble.cut = on),
            Fault::SlowNetwork { node, delay } => {
                self.wire(node, |trouble| trouble.delay = if on { *delay } else { Span::ZERO })
            }
            Fault::Lossy { node, percent } => self.wire(node, |trouble| trouble.loss = if on { *percent } else { 0 }),
            Fault::SlowDisk { node, times } => self.disk(node, if on { *times } else { 1 }),
            Fault::FullDisk { node, percent } => self.fill_disk(node, if on { *percent } else { 0 }),
            Fault::FullMemory { node, percent } => self.fill_memory(node, if on { *percent } else { 0 }),
            Fault::Leak { whom, rate } => self.spring_leak(whom, if on { *rate } else { 0 }, fact),
            Fault::Registry(registry) => {
                self.machines.registry = if on { *registry } else { Registry::Up };
                true
            }
            Fault::Stop(part) => self.part(part, on, fact),
            Fault::Crash { whom, signal } => self.crash(whom, *signal, fact),
            Fault::Sandbox { namespace, pod } => self.crash_sandbox(namespace, pod, fact),
            Fault::Hang { whom } => self.sicken(whom, fact, |ill| ill.hung = on),
            Fault::Unready { whom } => self.sicken(whom, fact, |ill| ill.unready = on),
            Fault::SlowAnswers { whom, delay } => {
                self.sicken(whom, fact, |ill| ill.delay = if on { *delay } else { Span::ZERO })
            }
            Fault::Flaky { whom, percent } => self.sicken(whom, fact, |ill| ill.fails = if on { *percent } else { 0 }),
            Fault::SlowStart { namespace, name, delay } => {
                let key = (namespace.clone(), name.clone());
                match on {
                    true => self.machines.slow_starts.insert(key, *delay).is_none_or(|old| old != *delay),
                    false => self.machines.slow_starts.remove(&key).is_some(),
                }
            }
            Fault::Clock { by } => self.jump(*by),
        };
        self.refresh(fact);
        self.dispatch();
        done
    }

    /// What is wrong now, as it is found on the machines.
    pub fn faults(&self) -> Vec<Fault> {
        let mut all = vec![];
        for machine in self.machines.nodes.values() {
            let node = &machine.name;
            let trouble = &machine.trouble;
            if !machine.on {
                all.push(Fault::Power { node: node.clone() });
            }
            if trouble.cut {
                all.push(Fault::Cut { node: node.clone() });
            }
            if trouble.delay > Span::ZERO {
                all.push(Fault::SlowNetwork { node: node.clone(), delay: trouble.delay });
            }
            if trouble.loss > 0 {
                all.push(Fault::Lossy { node: node.clone(), percent: trouble.loss });
            }
            if machine.disk_slowness() > 1 {
                all.push(Fault::SlowDisk { node: node.clone(), times: machine.disk_slowness() as u32 });
            }
            if trouble.disk_full > 0 {
                all.push(Fault::FullDisk { node: node.clone(), percent: trouble.disk_full });
            }
            if trouble.memory_full > 0 {
                all.push(Fault::FullMemory { node: node.clone(), percent: trouble.memory_full });
            }
        }
        if self.machines.registry != Registry::Up {
            all.push(Fault::Registry(self.machines.registry));
        }
        all.extend(self.stopped().into_iter().map(Fault::Stop));
        for (key, run) in self.machines.nodes.values().flat_map(|machine| machine.runtime.pods.iter()) {
            for (n, (name, container)) in run.running().enumerate() {
                if container.ill != Ill::default() {
                    let named = n > 0 || run.slots.len() > 1;
                    let container_name = named.then(|| name.clone());
                    let whom =
                        Victim { namespace: key.namespace.clone(), pod: key.name.clone(), container: container_name };
                    all.extend(pods::faults_of(&whom, container.ill));
                }
            }
        }
        for ((key, container), rate) in &self.machines.leaks {
            let Some(run) = self.machines.pod(&key.namespace, &key.name) else { continue };
            let named = (run.slots.len() > 1).then(|| container.clone());
            let whom = Victim { namespace: key.namespace.clone(), pod: key.name.clone(), container: named };
            all.push(Fault::Leak { whom, rate: *rate });
        }
        for ((namespace, name), delay) in &self.machines.slow_starts {
            all.push(Fault::SlowStart { namespace: namespace.clone(), name: name.clone(), delay: *delay });
        }
        all
    }
}
