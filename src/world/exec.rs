//! A command that runs beside the program of a container: `kubectl exec`, and the programs' own questions to the network.
//!
//! Models: CRI `ExecSync`/`Exec`/`Attach`, `kubectl exec`.

use super::World;
use crate::control::FactId;
use crate::net::{Place, Source};
use crate::node::Machines;
use crate::node::container::Container;
use crate::node::pod::PodRun;
use crate::node::room::Room;
use crate::node::usage::Guest;
use crate::script::files::Files;
use crate::script::host::{Got, Ticket, Want};
use crate::script::machine::{Process, Status};
use crate::store::Key;
use crate::time::{Span, Time};
use std::rc::Rc;

/// A command in a container. It ends with the container.
#[derive(Clone)]
pub struct Exec {
    namespace: Rc<str>,
    pod: Rc<str>,
    container: Rc<str>,
    id: Rc<str>,
    /// Feed input here, take output from here.
    pub process: Process,
    room: Room,
    answers: Vec<(Time, Ticket, Got)>,
    /// When it last worked, and how many millicores it wanted then.
    worked: Time,
    busy: u32,
    /// Tells it from others in the same container.
    number: u32,
    /// When it last had the kubelet look, and the memory that was counted then.
    told: Option<(Time, u64)>,
}

/// Why a command cannot be run in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The machine does not answer.
    Unreachable { address: String, why: &'static str },
    /// There is no running container of that name.
    NoContainer,
    /// The image has no such program; runc's words.
    NoProgram(String),
}

impl Exec {
    /// Begins a command. Standard input is open until `process.end_input()`.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn start(
        world: &World,
        namespace: &str,
        pod: &str,
        container: &str,
        argv: &[String],
        tty: bool,
    ) -> Result<Exec, Refused> {
        let machine = world.machines.of(namespace, pod).ok_or(Refused::NoContainer)?;
        if let Some(why) = machine.unreachable() {
            return Err(Refused::Unreachable { address: machine.address.clone(), why });
        }
        let run = world.machines.container(namespace, pod, container).filter(|c| c.running());
        let run = run.ok_or(Refused::NoContainer)?;
        let (process, room) = run.command(argv, tty, world.now).map_err(Refused::NoProgram)?;
        Ok(Exec {
            namespace: namespace.into(),
            pod: pod.into(),
            container: container.into(),
            id: run.id.clone(),
            process,
            room,
            answers: vec![],
            worked: world.now,
            busy: 0,
            number: crate::base::hash::fnv32a(format!("{}{}", world.handled, argv.join(" ")).as_bytes()),
            told: None,
        })
    }

    /// Lets it work. `Exited(137)` when its container is gone.
    pub fn poll(&mut self, world: &mut World, cause: FactId) -> Status {
        let now = world.now;
        let due: Vec<(Time, Ticket, Got)> = self.answers.extract_if(.., |(at, ..)| *at <= now).collect();
        for (_, ticket, got) in due {
            self.process.answer(ticket, got);
        }
        let (process, room) = (&mut self.process, &mut self.room);
        let id = self.id.clone();
        let done = inside(&mut world.machines, &self.namespace, &self.pod, &self.container, |container, files| {
            (*container == *id).then(|| room.poll(process, now, files))
        });
        let Some(Some(status)) = done else { return Status::Exited(137) };
        if self.weigh(world, status) {
            return Status::Exited(137);
        }
        let busy_before = std::mem::replace(
            &mut self.busy,
            if matches!(status, Status::Exited(_)) { 0 } else { self.process.demand() },
        );
        let steps = u64::from(self.process.take_steps());
        let spent = self.room.spent() + if busy_before > 0 { 0 } else { steps };
        if spent > 0 || busy_before > 0 {
            let busy = (busy_before, now.since(self.worked));
            world.machines.burn(&self.namespace, &self.pod, &self.container, busy, spent);
        }
        self.worked = now;
        let mut changed = false;
        for (pid, signal) in self.process.take_signals() {
            changed |= pid == 1 && world.signal(&self.namespace, &self.pod, &self.container, signal);
        }
        for (ticket, want) in self.process.take_wants() {
            let from = Source::Pod { namespace: self.namespace.clone(), name: self.pod.clone() };
            if let Some((got, takes)) = world.exchange(&from, &want, cause) {
                self.answers.push((now + takes, ticket, got));
            }
        }
        let of = world.machines.of(&self.namespace, &self.pod);
        let dirty = of.is_some_and(|machine| machine.runtime.strain.dirty);
        if changed || dirty && self.told.is_none_or(|(at, _)| at < now) {
            self.told = Some((now, self.told.map_or(0, |(_, bytes)| bytes)));
            world.poke(&self.namespace, &self.pod);
        }
        match (status, self.answers.iter().map(|(at, ..)| *at).min()) {
            (Status::Waiting(wake), Some(at)) => {
                Status::Waiting(crate::script::host::Wake { at: Some(wake.at.map_or(at, |old| old.min(at))), ..wake })
            }
            (status, _) => status,
        }
    }
}

/// Commands that take less are not counted, in bytes.
const SMALL: u64 = 1 << 20;

impl Exec {
    /// Counts its memory to its container's. True when that was too much and the kernel has ended both.
    fn weigh(&mut self, world: &mut World, status: Status) -> bool {
        let bytes =
            if matches!(status, Status::Exited(_)) && !self.process.starved() { 0 } else { self.process.memory() };
        let known = world.machines.container(&self.namespace, &self.pod, &self.container);
        if bytes < SMALL && known.is_none_or(|container| !container.guests.contains_key(&self.number)) {
            return false;
        }
        let (now, number) = (world.now, self.number);
        if self.told == Some((now, bytes)) {
            return false;
        }
        self.told = Some((now, bytes));
        let name = self.process.processes().last().map_or("sh".into(), |(_, title)| title.as_str().into());
        let ended = world.machines.with_pod(&self.namespace, &self.pod, |pod| {
            let PodRun { slots, volumes, .. } = pod;
            let Some(run) = slots.get_mut(&*self.container).and_then(|slot| slot.current.as_mut()) else {
                return false;
            };
            run.guests.insert(number, Guest { name, memory: bytes, at: now });
            if bytes < SMALL {
                run.guests.remove(&number);
            }
            let over = run.over_limit(now);
            if over {
                run.end(137, "OOMKilled", volumes, now);
            }
            over
        });
        let ended = ended.unwrap_or(true);
        if ended {
            world.noticed(&self.namespace, &self.pod);
        }
        world.poke(&self.namespace, &self.pod);
        ended
    }
}

/// Runs something with the files of a container; the id of the container that runs now is given, too.
fn inside<R>(
    machines: &mut Machines,
    namespace: &str,
    pod: &str,
    container: &str,
    act: impl FnOnce(&str, &mut Files) -> R,
) -> Option<R> {
    let now = machines.now;
    machines.with_pod(namespace, pod, |pod| {
        let PodRun { slots, volumes, .. } = pod;
        let run: &mut Container = slots.get_mut(container)?.current.as_mut().filter(|c| c.running())?;
        let id = run.id.clone();
        Some(run.inside(volumes, now, |_, inside| act(&id, inside.files)))
    })?
}

impl World {
    /// Answers a want of a program at `from`, and how long that takes.
    pub fn exchange(&mut self, from: &Source, want: &Want, cause: FactId) -> Option<(Got, Span)> {
        let mut cx = self.cx(Place::Outside, Default::default(), None, cause);
        let got = cx.exchange(from, want);
        if let Source::Pod { .. } | Source::Outside = from {
            self.dispatch();
        }
        got
    }

    /// Runs something with the files of a running container (`kubectl cp`); `None` when there is none.
    pub fn with_files<R>(
        &mut self,
        namespace: &str,
        pod: &str,
        container: &str,
        act: impl FnOnce(&mut Files) -> R,
    ) -> Option<R> {
        self.machines.now = self.now;
        inside(&mut self.machines, namespace, pod, container, |_, files| act(files))
    }

    /// Bytes typed into the program of a container (`attach`, `run -it`); `None` ends its input. The kubelet looks at once.
    pub fn type_into(&mut self, namespace: &str, pod: &str, container: &str, bytes: Option<&[u8]>) -> bool {
        let Some(run) = self.machines.pod_mut(namespace, pod) else { return false };
        let Some(current) = run.slots.get_mut(container).and_then(|slot| slot.current.as_mut()) else { return false };
        if !current.running() {
            return false;
        }
        current.program.input(bytes);
        current.wake = Some(self.now);
        self.poke(namespace, pod);
        true
    }

    /// Sends a signal to the first process of a container.
    pub fn signal(&mut self, namespace: &str, pod: &str, container: &str, signal: crate::script::host::Signal) -> bool {
        let now = self.now;
        let Some(run) = self.machines.pod_mut(namespace, pod) else { return false };
        let PodRun { slots, volumes, .. } = run;
        let Some(current) = slots.get_mut(container).and_then(|slot| slot.current.as_mut()) else { return false };
        if signal != crate::script::host::Signal::Kill {
            current.signal(signal, volumes, now);
        }
        self.noticed(namespace, pod);
        true
    }

    /// Kills a container as a fault: the kernel ended it.
    pub fn kill_container(&mut self, namespace: &str, pod: &str, container: &str) -> bool {
        let now = self.now;
        let Some(run) = self.machines.pod_mut(namespace, pod) else { return false };
        let PodRun { slots, volumes, .. } = run;
        let Some(current) = slots.get_mut(container).and_then(|slot| slot.current.as_mut()) else { return false };
        current.signal(crate::script::host::Signal::Kill, volumes, now);
        let text = format!("container {container} of {namespace}/{pod} killed");
        self.journal.record(now, Place::Outside, crate::control::What::Fault(text.into()), FactId::BOOT);
        self.noticed(namespace, pod);
        self.poke(namespace, pod);
        true
    }

    fn noticed(&mut self, namespace: &str, pod: &str) {
        let now = self.now;
        let Some(phase) = self.machines.of(namespace, pod).map(crate::node::Machine::phase) else { return };
        if let Some(run) = self.machines.pod_mut(namespace, pod) {
            run.notice(now, phase);
        }
    }

    /// A container's program begins to leak (see [`crate::node::Machine::leak`]); its kubelet looks at once. False when there
    /// is no such running container.
    pub fn leak(&mut self, namespace: &str, pod: &str, container: &str, bytes_per_second: u64) -> bool {
        let Some(node) = self.machines.of(namespace, pod).map(|machine| machine.name.clone()) else { return false };
        let (key, now) = (Key::new("pods", namespace, pod), self.now);
        let Some(machine) = self.machines.nodes.get_mut(&node) else { return false };
        let done = machine.leak(&key, container, bytes_per_second, now);
        self.poke(namespace, pod);
        done
    }

    /// Something outside Kubernetes uses more or less of a machine (`Machine::fill_disk` and its like): its kubelet sees that
    /// when it next looks.
    pub fn strained(&mut self, node: &str) {
        let Some(machine) = self.machines.nodes.get(node) else { return };
        let at = if machine.out_of_memory() { self.now } else { machine.eviction_turn(self.now) };
        let node = machine.name.clone();
        let index = crate::control::controllers::ALL.iter().position(|c| c.name() == "kubelet").unwrap_or(0);
        for key in ["evictions", "imagegc"] {
            let to = super::work::Instance { controller: index as u16, node: Some(node.clone()) };
            self.enqueue(to, Key::new(key, "", &node), at, FactId::BOOT);
        }
    }

    /// Asks the kubelet to look at a pod now: something was done to it behind its back.
    pub fn poke(&mut self, namespace: &str, pod: &str) {
        let Some(node) = self.machines.of(namespace, pod).map(|machine| machine.name.clone()) else { return };
        let index = crate::control::controllers::ALL.iter().position(|c| c.name() == "kubelet").unwrap_or(0);
        let to = super::work::Instance { controller: index as u16, node: Some(node) };
        self.enqueue(to, Key::new("pods", namespace, pod), self.now, FactId::BOOT);
    }
}
