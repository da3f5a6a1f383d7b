//! The worker of one pod: what is due now, one sync at a time, and when to look again.
//!
//! Models: `pkg/kubelet/pod_workers.go`, `pkg/kubelet/pleg/generic.go`, `pkg/kubelet/kubelet.go` (`SyncPod`).
//! Left out: the periodic resync of a pod that nothing happens to (it would change nothing).

use super::{actions, current, eviction, image_gc, mirror, oom, status};
use crate::api::server::DeleteOptions;
use crate::api::{ApiError, Object, kinds};
use crate::control::{Again, Cx};
use crate::net::Source;
use crate::node::Machine;
use crate::node::container::{Container, Sandbox};
use crate::node::pod::{Asker, Ending, PodRun, Step};
use crate::script::host::{Ticket, Want};
use crate::store::Key;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{PodSpec, PodStatus};
use std::rc::Rc;

/// How long after an error a pod is tried again; up to half of it more.
const RETRY: u64 = 10_000;
/// No wait is longer than the resync interval.
const RESYNC: Span = Span::minutes(1);

/// One look at one pod.
pub(super) struct Look<'a, 'b> {
    pub cx: &'a mut Cx<'b>,
    pub key: Key,
    pub node: Rc<str>,
    pub object: Object,
    pub pod: PodRun,
    /// The moment within a second at which this machine looks at its runtime.
    pub phase: u64,
    pub now: Time,
}

pub(super) fn reconcile(key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let Some(node) = cx.node.clone() else { return Ok(Again::OnChange) };
    let bound = |pod: &&Object| pod.spec::<PodSpec>().node_name.as_deref() == Some(&*node);
    let object = cx.read().by_key(key).filter(bound).cloned();
    let Some(machine) = cx.machines.nodes.get_mut(&node) else { return Ok(Again::OnChange) };
    let phase = machine.phase();
    let known = machine.runtime.pods.contains_key(key);
    if object.is_none() && !known {
        return Ok(Again::OnChange);
    }
    if object.is_none() && machine.trouble.stands_still() {
        return Ok(Again::OnChange);
    }
    let held = machine.runtime().pods.remove(key);
    let held = held.map(|held| Rc::try_unwrap(held).unwrap_or_else(|shared| (*shared).clone()));
    let Some(object) = object else {
        held.iter().for_each(|pod| machine.forget(pod, cx.now));
        return Ok(Again::OnChange);
    };
    let pod = match held {
        Some(pod) if *pod.uid == *object.uid() => pod,
        Some(old) if mirror(&object) => PodRun { uid: object.uid().into(), ..old },
        old => {
            old.iter().for_each(|old| machine.forget(old, cx.now));
            PodRun { uid: object.uid().into(), created: cx.now, ..PodRun::default() }
        }
    };
    let now = cx.now;
    let mut pod = pod;
    pod.take_shared(&machine.runtime.host, &cx.machines.network);
    machine.pace(&mut pod);
    machine.brief(&mut pod, now);
    let mut look = Look { cx, key: key.clone(), node, object, pod, phase, now };
    let gone = look.step();
    let wants = look.wants();
    let next = look.next();
    let Look { cx, node, mut pod, object, .. } = look;
    let Some(machine) = cx.machines.nodes.get_mut(&node) else { return Ok(Again::OnChange) };
    if gone {
        machine.forget(&pod, now);
        return Ok(Again::OnChange);
    }
    machine.account(&mut pod, now);
    if !pod.shared.is_empty() {
        pod.give_shared(&mut machine.runtime().host, &mut cx.machines.network);
    }
    machine.count(&mut pod, now);
    let changed = std::mem::take(&mut machine.runtime().strain.dirty);
    if changed {
        eviction::watch_storage(&pod, &object, &node, cx);
    }
    let Some(machine) = cx.machines.nodes.get_mut(&node) else { return Ok(Again::OnChange) };
    machine.runtime().pods.insert(key.clone(), Rc::new(pod));
    if changed {
        oom::look_after(&node, cx);
        image_gc::wake(&node, cx);
    }
    let next = if wants.is_empty() { next } else { [next, ask(key, cx, wants)].into_iter().flatten().min() };
    Ok(next.map_or(Again::OnChange, |at| Again::After(at.since(now).max(Span(1)))))
}

/// Puts the questions of a pod's programs to the network; when the first answer is there.
fn ask(key: &Key, cx: &mut Cx<'_>, wants: Vec<(Rc<str>, Asker, Ticket, Want)>) -> Option<Time> {
    let from = Source::Pod { namespace: key.namespace.clone(), name: key.name.clone() };
    let mut answers = vec![];
    for (name, asker, ticket, want) in wants {
        if let Some((got, takes)) = cx.exchange(&from, &want) {
            answers.push((name, cx.now + takes.max(Span(1)), asker, ticket, got));
        }
    }
    let first = answers.iter().map(|(_, at, ..)| *at).min();
    let pod = cx.machines.pod_mut(&key.namespace, &key.name)?;
    for (name, at, asker, ticket, got) in answers {
        if let Some(slot) = pod.slots.get_mut(&name) {
            slot.answers.push((at, asker, ticket, got));
        }
    }
    first
}

impl<'b> Look<'_, 'b> {
    pub fn machine(&mut self) -> &mut Machine {
        self.cx.machines.nodes.get_mut(&self.node).expect("a kubelet runs on a machine")
    }

    pub fn spec(&self) -> &PodSpec {
        self.object.spec()
    }

    pub fn between(&mut self, from: u64, to: u64) -> Span {
        Span::millis(self.cx.chance("kubelet").between(from, to))
    }

    /// Everything due by now. True when the pod is gone for good.
    fn step(&mut self) -> bool {
        if self.stands_still() {
            // Containers live without their kubelet.
            self.run_programs();
            return false;
        }
        self.begin_life();
        if let Some(gone) = self.without_manifest() {
            return gone;
        }
        if self.pod.worker.unsaid {
            self.report();
        }
        if mirror(&self.object) && self.object.deleting() {
            return self.renew_mirror();
        }
        if self.pod.worker.finished && self.pod.worker.ending.is_none() {
            return self.finish_deleted();
        }
        self.run_programs();
        self.enforce_memory();
        self.advance_stops();
        self.run_probes();
        if let Some((at, count)) = self.pod.worker.relist
            && at <= self.now
        {
            self.pod.worker.relist = None;
            // What was already waiting for this look goes first; the news come after it.
            self.work();
            for _ in 0..count.min(2) {
                self.poke();
            }
        }
        self.notice_config();
        if self.pod.worker.ending.is_some() {
            return self.go_on_ending();
        }
        if self.pod.worker.evicted.is_some() && !self.pod.worker.finished {
            self.begin_ending(false);
            self.report();
            return self.go_on_ending();
        }
        if self.deadline().is_some_and(|deadline| deadline <= self.now) {
            self.pod.worker.expired = true;
            self.tell_expired();
            self.tell_expired();
            self.begin_ending(false);
            return self.go_on_ending();
        }
        self.work();
        if self.pod.worker.ending.is_some() && self.go_on_ending() {
            return true;
        }
        self.refresh_volumes();
        false
    }

    /// One worker's trigger; while a sync that this very call could begin is due, it begins first.
    fn poke(&mut self) {
        self.pod.trigger(self.now, self.phase);
        if self.pod.worker.ending.is_none() {
            self.work();
        }
    }

    /// The first look at a pod, or the first since the kubelet came back.
    fn begin_life(&mut self) {
        if self.pod.worker.seen.is_some() {
            return;
        }
        let over = matches!(self.object.status::<PodStatus>().phase.as_deref(), Some("Succeeded" | "Failed"));
        self.pod.worker.finished = over;
        self.pod.worker.seen = Some(self.config());
        self.pod.worker.foreign = status::foreign(&self.object);
        if self.object.deleting() && !over {
            self.begin_ending(true);
        } else if over || self.pod.sandbox.is_none() && !mirror(&self.object) && self.refuses() {
            self.pod.worker.finished = true;
        } else {
            self.allocate();
            self.pod.worker.want = Some(self.now);
        }
    }

    /// When `activeDeadlineSeconds` are over.
    fn deadline(&self) -> Option<Time> {
        let seconds = self.spec().active_deadline_seconds?;
        let start = self.object.status::<PodStatus>().start_time.as_ref()?;
        Some(Time::of(start.0) + Span::seconds(seconds.max(0) as u64))
    }

    fn config(&self) -> (i64, Option<i64>) {
        let meta = &self.object.meta;
        let going = meta.deletion_timestamp.is_some();
        (meta.generation.unwrap_or(1), meta.deletion_grace_period_seconds.filter(|_| going))
    }

    fn notice_config(&mut self) {
        let config = self.config();
        let foreign = status::foreign(&self.object);
        if self.pod.worker.foreign != foreign {
            self.pod.worker.foreign = foreign;
            self.pod.trigger(self.now, self.phase);
        }
        if self.pod.resize.retry.is_some_and(|at| at <= self.now) {
            self.consider_resize();
        }
        if self.pod.worker.seen == Some(config) {
            return;
        }
        if self.pod.worker.ending.is_none() && !self.object.deleting() {
            self.consider_resize();
        }
        self.pod.worker.seen = Some(config);
        match config.1 {
            Some(_) if mirror(&self.object) => {}
            Some(grace) if self.pod.worker.ending.is_some() => self.shorten(Span::seconds(grace.max(0) as u64)),
            Some(_) => self.begin_ending(true),
            None => self.pod.trigger(self.now, self.phase),
        }
    }

    /// Goes on with the sync at hand, or begins one that is due.
    pub fn work(&mut self) {
        for _ in 0..64 {
            if self.pod.worker.ending.is_some() || self.pod.worker.finished {
                return;
            }
            match self.pod.worker.step.take() {
                Some((step, until)) if until <= self.now || self.ready_early(&step) => self.resume(step),
                Some(waiting) => {
                    self.pod.worker.step = Some(waiting);
                    return;
                }
                None => {
                    let worker = &mut self.pod.worker;
                    let due = [worker.want, worker.retry].into_iter().flatten().min();
                    if due.is_none_or(|due| due > self.now) {
                        return;
                    }
                    worker.want = None;
                    worker.retry = None;
                    worker.failed = None;
                    worker.starting.clear();
                    self.begin_sync();
                }
            }
        }
    }

    fn ready_early(&self, step: &Step) -> bool {
        match step {
            Step::Kill(names) => {
                names.iter().all(|name| self.pod.container(name).is_none_or(|container| !container.running()))
            }
            Step::Hook => {
                let name = self.pod.worker.starting.front();
                name.and_then(|name| self.pod.slots.get(name)).is_none_or(|slot| slot.hook.is_none())
            }
            _ => false,
        }
    }

    fn begin_sync(&mut self) {
        if !self.pod.worker.restarting {
            let object = self.object.clone();
            self.pod.worker.restarting = actions::asks_for_all(object.spec(), &self.pod);
        }
        self.finish_resize();
        let terminal = self.report();
        if terminal {
            self.begin_ending(false);
            return;
        }
        self.go_on_sync();
    }

    /// Volumes, then sandbox, then containers.
    fn go_on_sync(&mut self) {
        if !self.pod.mounted {
            let wait = self.between(80, 260);
            self.pod.worker.mount_since.get_or_insert(self.now);
            self.pod.worker.step = Some((Step::Volumes, self.now + wait));
            return;
        }
        self.pull_secrets();
        if !self.pod.sandbox.as_ref().is_some_and(|sandbox| sandbox.ready) {
            if self.pod.sandbox.is_some() {
                let text = "Pod sandbox changed, it will be killed and re-created.";
                let object = self.object.clone();
                self.cx.event(&object, crate::control::events::EventType::Normal, "SandboxChanged", text);
            }
            let wait = self.between(90, 240);
            self.pod.worker.step = Some((Step::Sandbox, self.now + wait));
        } else {
            self.act();
        }
    }

    fn resume(&mut self, step: Step) {
        match step {
            Step::Volumes => match self.mount_volumes() {
                Ok(()) => {
                    self.pod.mounted = true;
                    self.pod.worker.mount_since = None;
                    self.go_on_sync();
                }
                Err(Some(again)) => self.pod.worker.step = Some((Step::Volumes, again)),
                Err(None) => self.end_sync(true),
            },
            Step::Sandbox => {
                self.make_sandbox();
                self.act();
            }
            Step::Kill(_) => self.start_next(),
            Step::Pull { asked, began, full, error } => self.pulled(asked, began, &full, error),
            Step::Create => self.create(),
            Step::Start(plan) => self.launch(*plan),
            Step::Hook => self.hook_ended(),
        }
    }

    fn make_sandbox(&mut self) {
        let host_network = self.spec().host_network == Some(true);
        let key = self.key.clone();
        if let Some(old) = self.pod.sandbox.take() {
            self.machine().release(&old.address);
            self.pod.attempt += 1;
        }
        let address = match host_network {
            true => String::new(),
            false => self.machine().assign(&key).map_or(String::new(), |ip| ip.to_string()),
        };
        let id = self.cx.chance("containers").hex(64).into();
        self.pod.sandbox = Some(Sandbox { id, address: address.into(), host_network, created: self.now, ready: true });
        self.warn_of_names();
        self.cx.local("sandbox created", key);
        self.pod.notice(self.now, self.phase);
    }

    /// The sync is over; after an error the pod is looked at again by itself.
    pub fn end_sync(&mut self, failed: bool) {
        let wait = self.between(0, RETRY / 2);
        let (now, phase) = (self.now, self.phase);
        let worker = &mut self.pod.worker;
        worker.step = None;
        worker.starting.clear();
        worker.last = Some(now);
        let again = match (failed, worker.failed) {
            (_, Some(at)) => Some(at.min(now + RESYNC)),
            (true, None) => Some(now + Span::millis(RETRY) + wait),
            (false, None) => None,
        };
        worker.retry = again;
        if std::mem::take(&mut worker.pending) {
            self.pod.trigger(now, phase);
        }
    }

    /// What the programs want to know from the network.
    fn wants(&mut self) -> Vec<(Rc<str>, Asker, Ticket, Want)> {
        let mut all = vec![];
        for (name, slot) in &mut self.pod.slots {
            all.extend(slot.take_wants().into_iter().map(|(asker, ticket, want)| (name.clone(), asker, ticket, want)));
        }
        all
    }

    fn run_programs(&mut self) {
        let now = self.now;
        let PodRun { slots, volumes, .. } = &mut self.pod;
        let mut ended = vec![];
        for (name, slot) in slots.iter_mut() {
            slot.take_answers(now);
            let Some(container) = slot.current.as_mut() else { continue };
            if container.running() && container.wake.is_some_and(|wake| wake <= now) && container.tick(volumes, now) {
                ended.push(name.clone());
            }
        }
        for name in ended {
            self.ended(&name);
        }
    }

    /// A container is dead: it is noted, and the runtime's next listing shows it.
    pub fn ended(&mut self, name: &str) {
        self.cx.local(&format!("container {name} ended"), self.key.clone());
        if let Some(slot) = self.pod.slots.get_mut(name) {
            slot.hook = None;
        }
        self.pod.notice(self.now, self.phase);
    }

    /// The picture of a static pod was deleted: the pod itself runs on, and a new picture of it is made.
    fn renew_mirror(&mut self) -> bool {
        let object = self.object.clone();
        self.delete_object();
        let meta = k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
            name: object.meta.name.clone(),
            namespace: object.meta.namespace.clone(),
            labels: object.meta.labels.clone(),
            annotations: object.meta.annotations.clone(),
            owner_references: object.meta.owner_references.clone(),
            ..Default::default()
        };
        let fresh = Object::new(kinds::POD, meta, self.spec().clone(), PodStatus::default());
        if let Ok(made) = self.cx.create(fresh) {
            self.pod.uid = made.uid().into();
            self.object = made;
            self.pod.worker.seen = Some(self.config());
            self.pod.trigger(self.now, self.phase);
        }
        false
    }

    /// The pod object may go now.
    pub fn delete_object(&mut self) -> bool {
        let options = DeleteOptions { grace: Some(0), uid: Some(self.object.uid().into()), ..Default::default() };
        let (namespace, name) = (self.object.namespace().to_owned(), self.object.name().to_owned());
        let _ = self.cx.delete(kinds::POD, &namespace, &name, &options);
        current(self.cx, &self.object).is_none()
    }

    /// A pod that was over before it was deleted.
    fn finish_deleted(&mut self) -> bool {
        self.object.deleting() && !mirror(&self.object) && self.delete_object()
    }

    pub fn begin_ending(&mut self, delete: bool) {
        let own = self.spec().termination_grace_period_seconds.unwrap_or(30);
        let grace = self.object.meta.deletion_grace_period_seconds.filter(|_| delete).unwrap_or(own).max(1);
        let worker = &mut self.pod.worker;
        let grace = if worker.evicted.is_some() { 1 } else { grace };
        worker.step = None;
        worker.starting.clear();
        worker.want = None;
        worker.retry = None;
        let grace = Span::seconds(grace as u64);
        worker.ending = Some(Ending { began: self.now, grace, dead: None, reported: false, delete });
        self.stop_all();
    }

    fn stands_still(&self) -> bool {
        self.cx.machines.nodes.get(&self.node).is_some_and(|machine| machine.trouble.stands_still())
    }

    /// A static pod whose manifest is gone ends, and so does its picture; whether it is gone.
    fn without_manifest(&mut self) -> Option<bool> {
        let object = &self.object;
        let component = object.labels().get("component").filter(|_| mirror(object))?.clone();
        let away = |machine: &Machine| machine.trouble.away.contains(component.as_str());
        if !self.cx.machines.nodes.get(&self.node).is_some_and(away) {
            return None;
        }
        if self.pod.worker.finished && self.pod.worker.ending.is_none() {
            return Some(self.delete_object());
        }
        if self.pod.worker.ending.is_none() {
            self.begin_ending(true);
        }
        self.run_programs();
        self.advance_stops();
        self.go_on_ending();
        Some(self.pod.worker.finished && self.delete_object())
    }

    /// When something is due next.
    fn next(&self) -> Option<Time> {
        let worker = &self.pod.worker;
        if self.stands_still() {
            let wakes = self.pod.running().map(|(_, container)| container.wake);
            let answers = self.pod.slots.values().flat_map(|slot| slot.answers.iter().map(|(at, ..)| Some(*at)));
            return wakes.chain(answers).flatten().min().map(|at| at.max(self.now + Span(1)));
        }
        // The status manager tries again with its next batch.
        let unsaid = worker.unsaid.then_some(self.now + Span::seconds(10));
        if worker.finished && worker.ending.is_none() {
            return unsaid;
        }
        // No sync begins while the pod ends, and what is in its volumes does not matter any more.
        let sync = [worker.want, worker.retry, worker.refresh].into_iter().flatten().min();
        let mut times = vec![unsaid, sync.filter(|_| worker.ending.is_none())];
        times.push(worker.relist.map(|(at, _)| at));
        times.push(worker.step.as_ref().map(|(_, until)| *until));
        times.push(self.ending_due());
        times.push(self.deadline().filter(|_| worker.ending.is_none()));
        for slot in self.pod.slots.values() {
            let container = slot.current.as_ref().filter(|container: &&Container| container.running());
            let Some(container) = container else { continue };
            times.push(container.wake);
            times.push(container.leak_due(self.now));
            times.extend(slot.answers.iter().map(|(at, ..)| Some(*at)));
            if let Some(stopping) = &container.stopping {
                times.push(Some(stopping.due()));
            }
            if let Some((process, _, until)) = slot.hook.as_deref() {
                times.push(Some(*until));
                times.push(process.wake(self.now));
            }
        }
        times.push(self.pod.resize.retry.filter(|_| worker.ending.is_none()));
        times.push(self.probes_due());
        times.into_iter().flatten().min().map(|at| at.max(self.now + Span(1)))
    }
}
