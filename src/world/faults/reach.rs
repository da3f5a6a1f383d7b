//! Who runs and who reaches the API server, found from the machines and their containers; what a component that comes back
//! has to look at. A component that is cut off goes on with the picture of the cluster that it had.
//!
//! Models: `client-go/tools/cache` (informers list again when they come back), `client-go/tools/leaderelection` (who cannot
//! renew its lease for 10 s ends itself).

use crate::api::{ApiServer, Health, Object};
use crate::control::{FactId, Nodes, Runs, controllers};
use crate::net::Place;
use crate::node::Machine;
use crate::store::{Change, Key, Revision};
use crate::time::{Span, Time};
use crate::world::work::Instance;
use crate::world::{Event, World};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The programs of the control plane.
pub const PLANE: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
/// Those of them that lead, and end when they cannot renew their lease for so long.
const LEADERS: [(&str, &str); 2] =
    [("kube-controller-manager", "leaderelection lost"), ("kube-scheduler", "Leaderelection lost")];
const RENEW_DEADLINE: Span = Span::seconds(10);
/// With a disk so many times slower etcd cannot write in time any more.
const TOO_SLOW: u64 = 100;
/// How long a leader that starts tries to reach the API server before it gives up.
const START: Span = Span::seconds(5);

/// What the world remembers of faults beside what is on the machines.
#[derive(Clone, Default)]
pub struct Faults {
    /// Loops of the controller manager that are switched off.
    pub(super) stopped: BTreeSet<&'static str>,
    /// Components that do not run, and up to where they had seen the cluster.
    asleep: BTreeMap<Instance, Revision>,
    /// Components that cannot reach the API server though they run, and up to where they had seen the cluster.
    alone: BTreeMap<Instance, Revision>,
    /// The cluster as those see it.
    views: BTreeMap<Revision, ApiServer>,
    /// What of the control plane runs, as of the last look.
    plane: Option<[bool; 4]>,
    /// How the learner's laptop finds the API server.
    pub outside: Health,
    /// When the controller manager was last started again, and since when it sees the cluster without a gap.
    pub(in crate::world) started: Time,
    pub(in crate::world) seen: Time,
}

/// How a component stands.
pub(in crate::world) enum Stand {
    Awake,
    Alone(Revision),
    Asleep,
}

impl Faults {
    /// How a component stands; nearly always awake.
    pub(in crate::world) fn stand(&self, by: &Instance) -> Stand {
        if self.asleep.is_empty() && self.alone.is_empty() {
            return Stand::Awake;
        }
        match self.alone.get(by) {
            _ if self.asleep.contains_key(by) => Stand::Asleep,
            Some(revision) => Stand::Alone(*revision),
            None => Stand::Awake,
        }
    }

    /// The cluster as a component sees it that is cut off.
    pub(in crate::world) fn view(&mut self, revision: Revision) -> Option<&mut ApiServer> {
        self.views.get_mut(&revision)
    }

    /// Whether a program of the control plane runs.
    pub fn runs(&self, name: &str) -> bool {
        let at = PLANE.iter().position(|own| *own == name);
        at.zip(self.plane).is_none_or(|(at, plane)| plane[at])
    }

    /// Whether a component hears of changes.
    pub(in crate::world) fn hears(&self, by: &Instance) -> bool {
        matches!(self.stand(by), Stand::Awake)
    }
}

/// The instance of a controller on a node.
pub(super) fn on_node(name: &str, node: &Rc<str>) -> Instance {
    let index = controllers::ALL.iter().position(|controller| controller.name() == name).unwrap_or(0);
    Instance { controller: index as u16, node: Some(node.clone()) }
}

/// The program that a loop of the control plane is part of.
pub(super) fn owner(controller: &str) -> &'static str {
    match controller {
        "default-scheduler" | "kube-scheduler" => "kube-scheduler",
        "coredns" => "coredns",
        "kube-aggregator" => "kube-apiserver",
        "metrics-server" => "metrics-server",
        "load" => "outside",
        "event-expiry" => "etcd",
        "crd-finalizer" | "naming-condition-controller" => "kube-apiserver",
        _ => "kube-controller-manager",
    }
}

fn plane_machine(world: &World) -> Option<&Machine> {
    world.machines.nodes.values().find(|machine| machine.control_plane)
}

impl World {
    /// Which programs of the control plane run.
    fn plane(&self) -> [bool; 4] {
        let Some(machine) = plane_machine(self).filter(|machine| machine.on) else { return [false; 4] };
        PLANE.map(|name| {
            let key = Key::new("pods", "kube-system", &format!("{name}-{}", machine.name));
            let container = machine.pod(&key).and_then(|pod| pod.container(name));
            container.is_some_and(|container| container.running() && container.late.is_none_or(|late| late <= self.now))
        })
    }

    /// Whether the program of a static pod hangs.
    fn hangs(&self, name: &str) -> bool {
        let machine = plane_machine(self);
        let pod = machine.and_then(|m| m.pod(&Key::new("pods", "kube-system", &format!("{name}-{}", m.name))));
        pod.and_then(|pod| pod.container(name)).is_some_and(|container| container.ill.hung)
    }

    fn health(&self, [etcd, server, ..]: [bool; 4]) -> Health {
        match (server, etcd) {
            (false, _) => Health::Refused,
            _ if self.hangs("kube-apiserver") => Health::Hung,
            (_, false) => Health::NoStore,
            _ if self.hangs("etcd") => Health::MuteStore,
            _ if plane_machine(self).is_some_and(|machine| machine.disk_slowness() >= TOO_SLOW) => Health::SlowStore,
            _ => Health::Well,
        }
    }

    /// A container of the control plane may have changed: looks whether it did.
    pub(in crate::world) fn look_at_plane(&mut self, cause: FactId) {
        if self.opened != Time::ZERO && self.faults.plane != Some(self.plane()) {
            self.refresh(cause);
        }
    }

    /// Finds out who runs and who reaches whom, and lets those who come back look at what they missed.
    pub(in crate::world) fn refresh(&mut self, cause: FactId) {
        if self.opened == Time::ZERO {
            return;
        }
        let plane = self.plane();
        let before = self.faults.plane.replace(plane).unwrap_or([true; 4]);
        let (health, was) = (self.health(plane), self.api.health);
        self.api.health = health;
        let cut = plane_machine(self).is_some_and(|machine| machine.trouble.cut);
        self.faults.outside = if cut { Health::Cut } else { health };
        let asleep = self.sleepers(plane);
        let alone = self.cut_off(cut);
        let woken = swap(&mut self.faults.asleep, asleep, self.api.revision());
        let joined = swap(&mut self.faults.alone, alone, self.api.revision());
        if self.faults.alone.values().any(|revision| *revision == self.api.revision())
            && !self.faults.views.contains_key(&self.api.revision())
        {
            let mut view = self.api.clone();
            view.health = Health::Cut;
            self.faults.views.insert(self.api.revision(), view);
        }
        let used: BTreeSet<Revision> = self.faults.alone.values().copied().collect();
        self.faults.views.retain(|revision, _| used.contains(revision));
        if plane[2] && !before[2] {
            self.faults.started = self.now;
        }
        if plane[2] && !before[2] || health == Health::Well && was != Health::Well {
            self.faults.seen = self.now;
        }
        for (instance, revision) in woken.into_iter().chain(joined) {
            self.resync(&instance, revision, cause);
        }
        if health == Health::Well && was != Health::Well {
            self.found_again(cause);
        }
        if health != Health::Well {
            let began = plane[2] && !before[2] || plane[3] && !before[3];
            if was == Health::Well {
                self.queue.push(self.now + RENEW_DEADLINE, Event::Lapse);
            } else if began {
                self.queue.push(self.now + START, Event::Lapse);
            }
        }
    }

    /// Components of which the process does not run.
    fn sleepers(&self, plane: [bool; 4]) -> BTreeSet<Instance> {
        let mut all = BTreeSet::new();
        for (index, controller) in controllers::ALL.iter().enumerate() {
            let index = index as u16;
            if controller.runs() == Runs::EveryNode {
                let proxy = controller.name() == "kube-proxy";
                let stopped = self.machines.nodes.values().filter(|machine| proxy && machine.trouble.proxy_stopped);
                all.extend(stopped.map(|machine| Instance { controller: index, node: Some(machine.name.clone()) }));
                continue;
            }
            let owner = owner(controller.name());
            let at = PLANE.iter().position(|name| *name == owner);
            if at.is_some_and(|at| !plane[at]) || self.faults.stopped.contains(controller.name()) {
                all.insert(Instance { controller: index, node: None });
            }
        }
        all
    }

    /// Components that run but are cut off from the API server.
    fn cut_off(&self, plane_cut: bool) -> BTreeSet<Instance> {
        let mut all = BTreeSet::new();
        for machine in self.machines.nodes.values() {
            let cut = !machine.control_plane && (machine.trouble.cut || plane_cut);
            if cut || machine.trouble.kubelet_stopped {
                all.insert(on_node("kubelet", &machine.name));
            }
            if cut {
                all.insert(on_node("kube-proxy", &machine.name));
            }
        }
        all
    }

    /// The API server is there again: every kubelet says at once that it lives.
    fn found_again(&mut self, cause: FactId) {
        let nodes: Vec<Rc<str>> = self.machines.nodes.keys().cloned().collect();
        for node in nodes {
            let to = on_node("kubelet", &node);
            self.work.fresh(&to);
            let keys = [Key::new("nodes", "", &node), Key::new("leases.coordination.k8s.io", "kube-node-lease", &node)];
            for key in keys {
                self.enqueue(to.clone(), key, self.now + Span::millis(20), cause);
            }
        }
    }

    /// A leader that cannot reach the API server any more ends itself; its kubelet starts it again.
    pub(in crate::world) fn lapse(&mut self) {
        if self.api.health == Health::Well {
            return;
        }
        let Some(node) = plane_machine(self).map(|machine| machine.name.clone()) else { return };
        let cause = self.journal.record(
            self.now,
            Place::ApiServer,
            crate::control::What::Fault("leases lapse".into()),
            FactId::BOOT,
        );
        for (name, words) in LEADERS {
            let pod = format!("{name}-{node}");
            let stamp = self.now.timestamp_exact().strftime("E%m%d %H:%M:%S.%6f       1 server.go:332]");
            let line = format!("{stamp} \"{words}\"");
            self.quit("kube-system", &pod, name, &line, cause);
        }
        self.refresh(cause);
    }

    /// A component comes back: it looks at everything that there is, and at what went while it was away.
    pub(super) fn resync(&mut self, to: &Instance, since: Revision, cause: FactId) {
        let controller = controllers::ALL[to.controller as usize];
        let mut keys: BTreeSet<Key> = controller.start(to.node.as_deref(), self.reader()).into_iter().collect();
        let concerns = |change: &Change<Object>| match (&to.node, controller.runs()) {
            (Some(node), Runs::EveryNode) => match controller.nodes(change) {
                Nodes::One(one) => one == *node,
                Nodes::All => true,
            },
            _ => true,
        };
        for change in self.api.since(since).iter().filter(|change| concerns(change)) {
            keys.extend(controller.keys(change, self.reader()));
        }
        for (key, object) in self.api.store().iter() {
            let change = Change {
                revision: self.api.revision(),
                at: self.now,
                key: key.clone(),
                new: Some(object.clone()),
                old: None,
                cause: 0,
            };
            if concerns(&change) {
                keys.extend(controller.keys(&change, self.reader()));
            }
        }
        if controller.name() == "kubelet"
            && let Some(machine) = to.node.as_ref().and_then(|node| self.machines.nodes.get_mut(node))
        {
            keys.extend(machine.runtime.pods.keys().cloned());
            // Its status manager compares what it knows with what was said of its pods meanwhile.
            for run in machine.runtime().pods.values_mut() {
                Rc::make_mut(run).worker.unsaid = true;
            }
        }
        // The first thing that a kube-proxy does is to take away what it does not know.
        if controller.name() == "kube-proxy"
            && let Some(table) = to.node.as_ref().and_then(|node| self.tables.nodes.get(node))
        {
            keys.extend(table.rules.keys().map(|(namespace, name)| Key::new("services", namespace, name)));
        }
        self.work.fresh(to);
        for key in keys {
            self.enqueue(to.clone(), key, self.now + Span::millis(20), cause);
        }
    }
}

/// Puts new members in the place of the old ones, which keep what they have; those that left are returned.
fn swap(old: &mut BTreeMap<Instance, Revision>, new: BTreeSet<Instance>, now: Revision) -> Vec<(Instance, Revision)> {
    let left: Vec<(Instance, Revision)> =
        old.iter().filter(|(instance, _)| !new.contains(instance)).map(|(i, r)| (i.clone(), *r)).collect();
    old.retain(|instance, _| new.contains(instance));
    for instance in new {
        old.entry(instance).or_insert(now);
    }
    left
}
