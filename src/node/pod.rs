//! A pod as its machine and the kubelet's worker for it know it.
//!
//! Models: `pkg/kubelet/pod_workers.go`, `pkg/kubelet/container` (`PodStatus`), `client-go/util/flowcontrol` (`Backoff`).

use super::container::{Container, Plan, Sandbox};
use super::room::Room;
use super::usage::Used;
use crate::api::Object;
use crate::script::files::{Device, Tree};
use crate::script::host::{Got, Ticket, Want};
use crate::script::machine::Process;
use crate::time::{Span, Time};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// Waits that double: of a container's restarts, of an image's pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    pub wait: Span,
    pub changed: Time,
}

pub const BACKOFF: Span = Span::seconds(10);
pub const BACKOFF_MAX: Span = Span::minutes(5);

impl Backoff {
    /// Whether something that failed at `since` must still wait; until when.
    pub fn holds(entry: Option<Backoff>, since: Time, now: Time) -> Option<Time> {
        let entry = entry.filter(|entry| !entry.expired(since))?;
        let until = since + entry.wait;
        (now < until).then_some(until)
    }

    /// The entry after one more failure.
    pub fn next(entry: Option<Backoff>, since: Time, now: Time) -> Backoff {
        let wait = match entry.filter(|entry| !entry.expired(since)) {
            Some(entry) => Span((entry.wait.0 * 2).min(BACKOFF_MAX.0)),
            None => BACKOFF,
        };
        Backoff { wait, changed: now }
    }

    /// Ten minutes without trouble are enough.
    fn expired(&self, since: Time) -> bool {
        since.since(self.changed).0 > 2 * BACKOFF_MAX.0
    }
}

/// Why a container does not start: what its status shows as `waiting`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub reason: &'static str,
    pub message: String,
}

/// What a probe found lately.
#[derive(Clone, Default)]
pub struct ProbeRun {
    /// The container it belongs to.
    pub of: Rc<str>,
    pub next: Time,
    /// An exec probe that has not ended, and since when.
    pub running: Option<Box<(Process, Room, Time)>>,
    /// The result that counts; `None` before the first.
    pub result: Option<bool>,
    last: bool,
    run: i32,
}

impl ProbeRun {
    pub fn new(of: Rc<str>, next: Time) -> ProbeRun {
        ProbeRun { of, next, ..ProbeRun::default() }
    }

    /// Counts a result; true when the one that counts changed.
    pub fn count(&mut self, ok: bool, success: i32, failure: i32) -> bool {
        self.run = if self.run > 0 && self.last == ok { self.run + 1 } else { 1 };
        self.last = ok;
        if self.run < if ok { success } else { failure } || self.result == Some(ok) {
            return false;
        }
        self.result = Some(ok);
        self.run = 0;
        true
    }
}

/// What directories hold, by path.
pub type Directories = BTreeMap<Rc<str>, Tree>;

/// Paths that begin so are not on a machine: every machine sees the same.
pub const NETWORK: &str = "net:";

fn on_network(path: &str) -> bool {
    path.starts_with(NETWORK)
}

/// A container's place in its pod, over all its restarts.
#[derive(Clone, Default)]
pub struct Slot {
    pub current: Option<Container>,
    pub previous: Option<Rc<Container>>,
    pub backoff: Option<Backoff>,
    /// Startup, liveness, readiness.
    pub probes: [ProbeRun; 3],
    /// The image's own back-off.
    pub pull: Option<Backoff>,
    pub pull_failed: Time,
    pub pull_error: String,
    /// A lifecycle hook that has not ended, and when it is given up.
    pub hook: Option<Box<(Process, Room, Time)>>,
    /// Answers of the network on their way to who asked.
    pub answers: Vec<(Time, Asker, Ticket, Got)>,
}

/// Who of a container asks the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    Program,
    /// One of its probes, by its place in [`Slot::probes`].
    Probe(usize),
    Hook,
}

impl Slot {
    /// What is asked of the network since the last look.
    pub fn take_wants(&mut self) -> Vec<(Asker, Ticket, Want)> {
        let Some(container) = self.current.as_mut().filter(|container| container.running()) else { return vec![] };
        let mut all: Vec<_> =
            container.program.wants().into_iter().map(|(ticket, want)| (Asker::Program, ticket, want)).collect();
        for (which, probe) in self.probes.iter_mut().enumerate() {
            let Some((process, ..)) = probe.running.as_deref_mut() else { continue };
            all.extend(process.take_wants().into_iter().map(|(ticket, want)| (Asker::Probe(which), ticket, want)));
        }
        if let Some((process, ..)) = self.hook.as_deref_mut() {
            all.extend(process.take_wants().into_iter().map(|(ticket, want)| (Asker::Hook, ticket, want)));
        }
        all
    }

    /// Hands out the answers that are there by now.
    pub fn take_answers(&mut self, now: Time) {
        for (_, asker, ticket, got) in self.answers.extract_if(.., |(at, ..)| *at <= now) {
            match asker {
                Asker::Program => {
                    let Some(container) = &mut self.current else { continue };
                    container.program.got(ticket, got);
                    container.wake = container.wake.map_or(Some(now), |wake| Some(wake.min(now)));
                }
                Asker::Probe(which) => {
                    if let Some((process, ..)) = self.probes[which].running.as_deref_mut() {
                        process.answer(ticket, got);
                    }
                }
                Asker::Hook => {
                    if let Some((process, ..)) = self.hook.as_deref_mut() {
                        process.answer(ticket, got);
                    }
                }
            }
        }
    }
}

/// What the worker is doing; until when.
#[derive(Clone)]
pub enum Step {
    /// Volumes are being set up.
    Volumes,
    Sandbox,
    /// Containers are stopped before others start.
    Kill(Vec<Rc<str>>),
    /// The first of `starting` is being pulled; since when, how long it waited in the queue.
    Pull {
        asked: Time,
        began: Time,
        full: String,
        error: Option<String>,
    },
    /// ... is being created.
    Create,
    /// ... exists and is being started.
    Start(Box<Plan>),
    /// ... runs its postStart hook.
    Hook,
}

/// The worker of one pod: at most one sync at a time, and what has to come after it.
#[derive(Clone, Default)]
pub struct Worker {
    /// What of the API object it has acted on: generation, grace period of the deletion.
    pub seen: Option<(i64, Option<i64>)>,
    /// The conditions that others wrote: type and status.
    pub foreign: Vec<(String, String)>,
    /// When the next sync may begin.
    pub want: Option<Time>,
    /// When it is tried again by itself.
    pub retry: Option<Time>,
    /// Something came while it worked.
    pub pending: bool,
    pub step: Option<(Step, Time)>,
    /// Containers still to be started in this sync.
    pub starting: VecDeque<Rc<str>>,
    /// The sync met an error; when to come back for it.
    pub failed: Option<Time>,
    /// End of the last sync.
    pub last: Option<Time>,
    /// The next look at the runtime, and how much it will find.
    pub relist: Option<(Time, u32)>,
    pub reasons: BTreeMap<Rc<str>, Reason>,
    /// Images of volumes that could not be pulled: back-off, last failure, why.
    pub volume_pulls: BTreeMap<Rc<str>, (Option<Backoff>, Time, String)>,
    /// Volumes that could not be set up: next try, wait.
    pub mounts: BTreeMap<Rc<str>, (Time, Span)>,
    pub mount_since: Option<Time>,
    /// What the volumes were last found to be written from, as a number.
    pub sources: Option<u64>,
    /// When changed ConfigMaps and Secrets are written into the volumes.
    pub refresh: Option<Time>,
    pub ending: Option<Ending>,
    /// It ran longer than it may.
    pub expired: bool,
    /// A container's exit asks for a new beginning of all of them, which is under way.
    pub restarting: bool,
    /// Its status could not be told to the API server.
    pub unsaid: bool,
    /// Everything is over; nothing of it runs any more.
    pub finished: bool,
    /// The eviction manager wants it to go.
    pub evicted: Option<Evicted>,
}

/// Why a pod was evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evicted {
    pub message: Rc<str>,
    /// Its machine ran short of something: it says so in a condition of the pod.
    pub disruption: bool,
}

/// A pod that is being ended.
#[derive(Clone, Debug)]
pub struct Ending {
    pub began: Time,
    pub grace: Span,
    /// All containers are dead since.
    pub dead: Option<Time>,
    pub reported: bool,
    /// The API object goes, too.
    pub delete: bool,
}

#[derive(Clone, Default)]
pub struct PodRun {
    pub uid: Rc<str>,
    pub created: Time,
    pub attempt: u32,
    pub sandbox: Option<Sandbox>,
    pub volumes: BTreeMap<Rc<str>, Tree>,
    /// Volumes that are directories of the machine, and which.
    pub shared: BTreeMap<Rc<str>, Rc<str>>,
    /// All volumes are set up.
    pub mounted: bool,
    /// Boxed: a map keeps room for eleven entries, and most pods have one container.
    pub slots: BTreeMap<Rc<str>, Box<Slot>>,
    pub worker: Worker,
    /// Its emptyDir volumes, and where they lie.
    pub scratch: BTreeMap<Rc<str>, Device>,
    /// What it uses, as it was last counted, and of which version of its files that was.
    pub used: Used,
    pub counted: u64,
    /// When its volumes were last measured, and the bytes of each.
    pub measured: (Time, BTreeMap<Rc<str>, u64>),
    pub resize: Resize,
}

/// What the pod's containers may use, while that changes. Only the specifications of these objects count.
#[derive(Clone, Default)]
pub struct Resize {
    /// What was promised to them, and what they have.
    pub allocated: Option<Object>,
    pub actual: Option<Object>,
    /// Why what is asked for cannot be had: reason, message, generation, since.
    pub pending: Option<(&'static str, String, i64, Time)>,
    /// What was promised is on its way: generation, since.
    pub progress: Option<(i64, Time)>,
    /// When it is asked again whether it can be had.
    pub retry: Option<Time>,
}

impl PodRun {
    /// Takes what others wrote into the directories that it shares with them: those of its machine, those of the network.
    pub fn take_shared(&mut self, host: &Directories, network: &Directories) {
        for (volume, path) in &self.shared {
            let held = if on_network(path) { network } else { host };
            if let Some(tree) = held.get(path) {
                self.volumes.insert(volume.clone(), tree.clone());
            }
        }
    }

    /// Gives the others what it wrote.
    pub fn give_shared(&self, host: &mut Directories, network: &mut Directories) {
        for (volume, path) in &self.shared {
            let Some(tree) = self.volumes.get(volume) else { continue };
            let held = if on_network(path) { &mut *network } else { &mut *host };
            if held.get(path) != Some(tree) {
                held.insert(path.clone(), tree.clone());
            }
        }
    }

    pub fn container(&self, name: &str) -> Option<&Container> {
        self.slots.get(name)?.current.as_ref()
    }

    pub fn running(&self) -> impl Iterator<Item = (&Rc<str>, &Container)> {
        let current = self.slots.iter().filter_map(|(name, slot)| Some((name, slot.current.as_ref()?)));
        current.filter(|(_, container)| container.running())
    }

    /// Something wants the worker's attention.
    pub fn trigger(&mut self, now: Time, phase: u64) {
        let worker = &mut self.worker;
        if worker.step.is_some() {
            worker.pending = true;
            return;
        }
        let at = gate(worker.last, now, phase);
        worker.want = Some(worker.want.map_or(at, |want| want.min(at)));
    }

    /// The runtime changed: the next relist will see it.
    pub fn notice(&mut self, now: Time, phase: u64) {
        let at = relist(now, phase);
        let count = self.worker.relist.filter(|(old, _)| *old == at).map_or(0, |(_, count)| count);
        if self.worker.relist.is_none_or(|(old, _)| old >= at) {
            self.worker.relist = Some((at, count + 1));
        }
    }
}

/// The kubelet looks at the runtime once a second; each machine at its own moment.
pub fn relist(now: Time, phase: u64) -> Time {
    let past = (now.0 + 1000 - phase) % 1000;
    Time(now.0 + 1000 - past)
}

/// A sync never works with what it knew before its last one ended.
fn gate(last: Option<Time>, now: Time, phase: u64) -> Time {
    match last {
        Some(last) if relist(last, phase) > now => relist(last, phase),
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes_and_are_forgotten_after_ten() {
        let mut entry = None;
        let mut waits = vec![];
        for _ in 0..7 {
            entry = Some(Backoff::next(entry, Time(0), Time(0)));
            waits.push(entry.map_or(0, |e| e.wait.as_seconds()));
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300]);
        let later = Time::ZERO + Span::minutes(11);
        assert_eq!(Backoff::next(entry, later, later).wait, BACKOFF);
    }

    #[test]
    fn a_probe_counts_only_after_its_threshold() {
        let mut probe = ProbeRun::default();
        assert!(!probe.count(false, 1, 3) && !probe.count(false, 1, 3));
        assert!(probe.count(false, 1, 3));
        assert!(probe.count(true, 1, 3));
        assert!(!probe.count(true, 1, 3));
    }
}
