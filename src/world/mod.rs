//! The whole cluster in one value: cloning it is a snapshot, running it is history.

pub mod boot;
mod exec;
pub mod faults;
pub mod invariants;
mod load;
mod machines;
mod net;
mod rush;
mod spec;
pub mod system;
mod tunnel;
pub mod why;
mod work;

use crate::api::{ApiServer, Object, Reader, User};
use crate::base::rng::Rng;
use crate::control::cx::manager_of;
use crate::control::{Again, Controller, Cx, FactId, Journal, Memory, Nodes, Note, Recorder, Runs, Scalers, What};
use crate::control::{controllers, scheduler};
use crate::net::{Place, Tables};
use crate::node::Machines;
use crate::store::{Change, Key, Revision};
use crate::time::{Queue, Span, Time};
use std::rc::Rc;
use work::{Instance, Work};

pub use exec::{Exec, Refused};
pub use spec::Spec;

/// What the world does next. Closed: a new controller adds none.
#[derive(Clone, Debug)]
pub enum Event {
    /// A watch event reaches a controller.
    Deliver { to: Instance, key: Key, cause: FactId },
    /// A controller looks at a key.
    Reconcile { by: Instance, key: Key },
    /// Leaders that could not renew their leases give up.
    Lapse,
}

/// The run was still busy when its limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsettled;

#[derive(Clone)]
pub struct World {
    pub now: Time,
    /// When the learner came in: boot is over.
    pub opened: Time,
    pub spec: Rc<Spec>,
    pub api: ApiServer,
    pub machines: Machines,
    pub tables: Tables,
    pub journal: Journal,
    recorder: Recorder,
    pub scheduler: scheduler::State,
    pub memory: Memory,
    pub scalers: Scalers,
    pub rng: Rng,
    queue: Queue<Event>,
    work: Work,
    /// Changes up to here have been offered to the controllers.
    dispatched: Revision,
    /// What is wrong, beside what is on the machines.
    pub faults: faults::Faults,
    /// Events handled since boot; a change means that something happened.
    handled: u64,
    /// How full the present moment is.
    pub rush: rush::Rush,
    /// How often each controller has looked at a key, in the order of [`controllers::ALL`].
    looks: Vec<u64>,
}

impl World {
    pub fn reader(&self) -> Reader<'_> {
        self.api.reader()
    }

    /// Acts from outside as the learner: effect now, picture later. `command` is what was typed.
    pub fn learner<R>(&mut self, cause: FactId, act: impl FnOnce(&mut Cx<'_>) -> R) -> R {
        let mut cx = self.cx(Place::Outside, User::admin().into(), None, cause);
        let result = act(&mut cx);
        self.dispatch();
        result
    }

    /// Records a command line; what it causes is traced back to it.
    pub fn command(&mut self, line: &str) -> FactId {
        self.journal.record(self.now, Place::Outside, What::Command(line.into()), FactId::BOOT)
    }

    /// Switches a machine on or off. False when there is none of that name.
    pub fn power(&mut self, node: &str, on: bool) -> bool {
        let Some(machine) = self.machines.nodes.get(node) else { return false };
        if machine.on != on {
            let fault = faults::Fault::Power { node: machine.name.clone() };
            if on {
                self.mend(&fault, FactId::BOOT)
            } else {
                self.fault(&fault, FactId::BOOT)
            };
        }
        true
    }

    /// How many keys wait for a controller, by its real name.
    pub fn waiting(&self, controller: &str) -> usize {
        let index = controllers::ALL.iter().position(|c| c.name() == controller);
        index.map_or(0, |index| self.work.waiting(index as u16))
    }

    /// When the next event is due.
    pub fn next(&self) -> Option<Time> {
        self.queue.next()
    }

    pub fn handled(&self) -> u64 {
        self.handled
    }

    /// How often each controller has looked at one of its keys since boot, by its real name.
    pub fn looks(&self) -> impl Iterator<Item = (&'static str, u64)> {
        controllers::ALL.iter().map(|controller| controller.name()).zip(self.looks.iter().copied())
    }

    /// Handles the next event if it is due by `until`; the clock moves to it.
    pub fn step(&mut self, until: Time) -> bool {
        let Some((at, event)) = self.queue.pop(until) else { return false };
        self.now = self.now.max(at);
        self.handled += 1;
        let late = self.rush.count(self.now, &event, || self.api.store().len());
        self.now += late;
        match event {
            Event::Deliver { to, key, cause } if self.faults.hears(&to) => {
                self.enqueue(to, key, self.now + Span::millis(1), cause);
            }
            // The wire was cut, or the process ended, while it was on its way.
            Event::Deliver { .. } => {}
            Event::Reconcile { by, key } => self.reconcile(by, key, at),
            Event::Lapse => self.lapse(),
        }
        self.dispatch();
        true
    }

    /// Handles everything due by `until` and sets the clock to it.
    pub fn run_until(&mut self, until: Time) {
        while self.step(until) {}
        self.now = self.now.max(until);
    }

    /// Runs until no object but leases and node heartbeats has changed for three seconds; events count, as long as they
    /// are not about kube-system.
    ///
    /// # Errors
    /// [`Unsettled`] when that has not come to pass after `limit`.
    pub fn settle(&mut self, limit: Span) -> Result<(), Unsettled> {
        let end = self.now + limit;
        let mut quiet = self.now;
        let mut seen = self.api.revision();
        while self.now < end {
            let until = (quiet + Span::seconds(3)).min(end);
            let stepped = self.step(until);
            if self.api.revision() != seen {
                if self.api.since(seen).iter().any(|change| is_news(change) || is_told(change)) {
                    quiet = self.now;
                }
                seen = self.api.revision();
            }
            if !stepped {
                self.now = self.now.max(until);
                if until < end || self.now >= quiet + Span::seconds(3) {
                    return Ok(());
                }
            }
        }
        Err(Unsettled)
    }

    fn cx(&mut self, place: Place, user: Rc<User>, node: Option<Rc<str>>, cause: FactId) -> Cx<'_> {
        self.machines.now = self.now;
        Cx {
            now: self.now,
            api: &mut self.api,
            machines: &mut self.machines,
            tables: &mut self.tables,
            rng: &mut self.rng,
            journal: &mut self.journal,
            events: &mut self.recorder,
            scheduler: &mut self.scheduler,
            memory: &mut self.memory,
            scalers: &mut self.scalers,
            manager: manager_of(&place).into(),
            place,
            user,
            node,
            cause,
            started: self.faults.started,
            seen: self.faults.seen,
            dry_run: false,
            heard: None,
            wakes: vec![],
            busy: Span::ZERO,
        }
    }

    /// Offers new changes to every controller that wants them.
    fn dispatch(&mut self) {
        if self.api.revision() == self.dispatched {
            return;
        }
        let changes = self.api.since(self.dispatched);
        self.dispatched = self.api.revision();
        for change in &changes {
            for (index, controller) in controllers::ALL.iter().enumerate() {
                let keys = controller.keys(change, self.api.reader());
                if keys.is_empty() {
                    continue;
                }
                for node in self.instances(*controller, change) {
                    let to = Instance { controller: index as u16, node };
                    if !self.faults.hears(&to) {
                        continue;
                    }
                    for key in &keys {
                        self.deliver(to.clone(), key.clone(), change);
                    }
                }
            }
        }
    }

    fn instances(&self, controller: &dyn Controller, change: &Change<Object>) -> Vec<Option<Rc<str>>> {
        match controller.runs() {
            Runs::ControlPlane => vec![None],
            Runs::EveryNode => match controller.nodes(change) {
                Nodes::One(node) => vec![Some(node)],
                Nodes::All => self.machines.nodes.keys().cloned().map(Some).collect(),
            },
        }
    }

    fn deliver(&mut self, to: Instance, key: Key, change: &Change<Object>) {
        let leaves = self.now + crate::control::cx::REQUEST;
        // A watch keeps the order of the changes.
        let lands = leaves + Span::millis(self.rng.of("watch").between(3, 8));
        let lands = self.work.in_order(&to, lands);
        let letter = match (&change.old, &change.new) {
            (None, _) => 'A',
            (_, None) => 'D',
            _ => 'M',
        };
        let cause = FactId(change.cause);
        let note = if is_news(change) { Note::Watch { key: change.key.clone(), letter } } else { Note::Heartbeat };
        self.journal.send(Place::ApiServer, to.place(), note, leaves, lands, cause);
        self.queue.push(lands, Event::Deliver { to, key, cause });
    }

    fn enqueue(&mut self, by: Instance, key: Key, at: Time, cause: FactId) {
        let at = self.work.free_at(&by, &key, at);
        if self.work.add(&by, &key, at, cause) {
            self.queue.push(at, Event::Reconcile { by, key });
        }
    }

    fn reconcile(&mut self, by: Instance, key: Key, at: Time) {
        if let Some(node) = &by.node
            && !self.machines.nodes.get(node).is_some_and(|machine| machine.on)
        {
            self.work.forget(&by, &key);
            return;
        }
        let view = match self.faults.stand(&by) {
            faults::Stand::Awake => None,
            faults::Stand::Alone(revision) => Some(revision),
            faults::Stand::Asleep => {
                self.work.forget(&by, &key);
                return;
            }
        };
        let Some(cause) = self.work.take(&by, &key, at) else { return };
        self.looks[by.controller as usize] += 1;
        // Who is cut off works with the picture that it had.
        let swapped =
            view.and_then(|revision| self.faults.view(revision)).map(|view| std::mem::swap(view, &mut self.api));
        let controller = controllers::ALL[by.controller as usize];
        let user = User::component(&controller.user(by.node.as_deref()));
        let mut cx = self.cx(by.place(), user, by.node.clone(), cause);
        let result = controller.reconcile(&key, &mut cx);
        let wakes = std::mem::take(&mut cx.wakes);
        let busy = cx.busy;
        if let Some(own) = view.filter(|_| swapped.is_some()).and_then(|revision| self.faults.view(revision)) {
            std::mem::swap(own, &mut self.api);
        }
        if &*key.namespace == "kube-system" && by.node.is_some() {
            self.look_at_plane(cause);
        }
        self.follow_cloud(cause);
        self.work.busy(&by, &key, self.now, busy);
        for (key, after) in wakes {
            self.enqueue(by.clone(), key, self.now + after, cause);
        }
        match result {
            Ok(Again::OnChange) => self.work.succeeded(&by, &key),
            Ok(Again::After(span)) => {
                self.work.succeeded(&by, &key);
                self.enqueue(by, key, self.now + span, cause);
            }
            Err(_) => {
                let wait = self.work.failed(&by, &key, controllers::ALL[by.controller as usize].retries());
                self.enqueue(by, key, self.now + wait, cause);
            }
        }
    }

    /// Starts the controllers of the control plane.
    fn start_control_plane(&mut self) {
        for (index, controller) in controllers::ALL.iter().enumerate() {
            if controller.runs() == Runs::ControlPlane {
                let to = Instance { controller: index as u16, node: None };
                for key in controller.start(None, self.api.reader()) {
                    self.enqueue(to.clone(), key, self.now, FactId::BOOT);
                }
            }
        }
    }

    /// Starts what runs on a node.
    fn start_node(&mut self, node: &Rc<str>, cause: FactId) {
        for (index, controller) in controllers::ALL.iter().enumerate() {
            if controller.runs() == Runs::EveryNode {
                let to = Instance { controller: index as u16, node: Some(node.clone()) };
                let mut keys = controller.start(Some(node), self.api.reader());
                // What the machine holds of pods that are gone meanwhile is looked at, too.
                if let Some(machine) = self.machines.nodes.get(node).filter(|_| controller.name() == "kubelet") {
                    keys.extend(machine.runtime.pods.keys().filter(|key| self.api.store().get(key).is_none()).cloned());
                }
                for key in keys {
                    self.enqueue(to.clone(), key, self.now, cause);
                }
            }
        }
    }
}

/// An event was written in a namespace of the learner's.
fn is_told(change: &Change<Object>) -> bool {
    change.key.resource == "events" && !change.key.namespace.starts_with("kube-")
}

/// Leases and the nodes' own heartbeats are background.
pub fn is_news(change: &Change<Object>) -> bool {
    !matches!(change.key.resource, "leases.coordination.k8s.io" | "events")
        && !(change.key.resource == "nodes"
            && match (&change.old, &change.new) {
                (Some(old), Some(new)) => {
                    old.same_spec(new) && old.meta.labels == new.meta.labels && same_conditions(old, new)
                }
                _ => false,
            })
}

fn same_conditions(old: &Object, new: &Object) -> bool {
    use k8s_openapi::api::core::v1::NodeStatus;
    let states = |object: &Object| -> Vec<(String, String)> {
        let conditions = object.status::<NodeStatus>().conditions.iter().flatten();
        conditions.map(|c| (c.type_.clone(), c.status.clone())).collect()
    };
    states(old) == states(new)
}

impl World {
    /// The lines of a container's log, for lesson checks.
    pub fn log_lines(&self, namespace: &str, pod: &str, container: Option<&str>) -> Vec<String> {
        let Some(pod) = self.machines.pod(namespace, pod) else { return vec![] };
        let all = pod.slots.iter().filter(|(name, _)| container.is_none_or(|wanted| &***name == wanted));
        let logs = all.filter_map(|(_, slot)| slot.current.as_ref());
        logs.flat_map(|container| container.logs.lines()).map(crate::node::logs::text_of).collect()
    }
}
