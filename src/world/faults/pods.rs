//! Faults of pods: a process that dies, hangs, answers badly; a sandbox that is lost.
//!
//! Models: `kill`, SIGSTOP, what the kubelet sees of them through the runtime and its probes.

use super::{Fault, Victim};
use crate::control::FactId;
use crate::node::container::Container;
use crate::node::pod::PodRun;
use crate::node::trouble::Ill;
use crate::script::host::Signal;
use crate::store::Key;
use crate::time::Span;
use crate::world::World;
use std::rc::Rc;

/// The faults that make a container as ill as it is.
pub(super) fn faults_of(whom: &Victim, ill: Ill) -> Vec<Fault> {
    let mut all = vec![];
    let whom = || whom.clone();
    if ill.hung {
        all.push(Fault::Hang { whom: whom() });
    }
    if ill.unready {
        all.push(Fault::Unready { whom: whom() });
    }
    if ill.delay > Span::ZERO {
        all.push(Fault::SlowAnswers { whom: whom(), delay: ill.delay });
    }
    if ill.fails > 0 {
        all.push(Fault::Flaky { whom: whom(), percent: ill.fails });
    }
    all
}

/// The running container that is meant.
fn target<'a>(
    run: &'a mut PodRun,
    order: &[Rc<str>],
    wanted: Option<&Rc<str>>,
) -> Option<(Rc<str>, &'a mut Container)> {
    let name = match wanted {
        Some(name) => name.clone(),
        None => order.iter().find(|name| run.container(name).is_some_and(Container::running))?.clone(),
    };
    let current = run.slots.get_mut(&name)?.current.as_mut().filter(|container| container.running())?;
    Some((name, current))
}

impl World {
    /// The containers of a pod, in the order of its specification.
    pub(super) fn containers_of(&self, namespace: &str, pod: &str) -> Vec<Rc<str>> {
        use k8s_openapi::api::core::v1::PodSpec;
        let object = self.reader().get(crate::api::kinds::POD, namespace, pod);
        let spec = object.and_then(|object| object.try_spec::<PodSpec>());
        let all = spec.map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten()));
        all.into_iter().flatten().map(|container| container.name.as_str().into()).collect()
    }

    /// Changes what is wrong with a running container; false when there is none or nothing changes.
    pub(super) fn sicken(&mut self, whom: &Victim, fact: FactId, change: impl FnOnce(&mut Ill)) -> bool {
        let now = self.now;
        let order = self.containers_of(&whom.namespace, &whom.pod);
        self.machines.sick = true;
        let Some(run) = self.machines.pod_mut(&whom.namespace, &whom.pod) else { return false };
        let Some((_, container)) = target(run, &order, whom.container.as_ref()) else { return false };
        let before = container.ill;
        change(&mut container.ill);
        if container.ill == before {
            return false;
        }
        // What stood still goes on where it was.
        container.wake = (!container.ill.hung).then_some(now);
        self.nudge(&whom.namespace, &whom.pod, fact);
        true
    }

    /// Sends a signal to process 1 of a container, as the kernel or somebody on the machine does.
    pub(super) fn crash(&mut self, whom: &Victim, signal: Signal, fact: FactId) -> bool {
        let now = self.now;
        let order = self.containers_of(&whom.namespace, &whom.pod);
        let Some(run) = self.machines.pod_mut(&whom.namespace, &whom.pod) else { return false };
        let Some((name, _)) = target(run, &order, whom.container.as_ref()) else { return false };
        let PodRun { slots, volumes, .. } = run;
        let Some(current) = slots.get_mut(&name).and_then(|slot| slot.current.as_mut()) else { return false };
        current.signal(signal, volumes, now);
        self.note_end(&whom.namespace, &whom.pod, fact);
        true
    }

    /// A program begins to leak so many bytes a second; 0: it stops, and keeps what it has until its process ends.
    pub(super) fn spring_leak(&mut self, whom: &Victim, rate: u64, fact: FactId) -> bool {
        let now = self.now;
        let names = self.containers_of(&whom.namespace, &whom.pod);
        let Some(name) = whom.container.clone().or_else(|| names.first().cloned()) else { return false };
        let key = Key::new("pods", &whom.namespace, &whom.pod);
        let entry = (key.clone(), name.clone());
        let before = self.machines.leaks.remove(&entry);
        if rate > 0 {
            self.machines.leaks.insert(entry, rate);
        }
        let machine = self.machines.nodes.values_mut().find(|machine| machine.runtime.pods.contains_key(&key));
        if let Some(machine) = machine {
            machine.leak(&key, &name, rate, now);
        }
        self.nudge(&whom.namespace, &whom.pod, fact);
        before != (rate > 0).then_some(rate)
    }

    /// Ends a container by itself, after its last words.
    pub(super) fn quit(&mut self, namespace: &str, pod: &str, container: &str, words: &str, fact: FactId) -> bool {
        let now = self.now;
        let Some(run) = self.machines.pod_mut(namespace, pod) else { return false };
        let PodRun { slots, volumes, .. } = run;
        let current = slots.get_mut(container).and_then(|slot| slot.current.as_mut()).filter(|c| c.running());
        let Some(current) = current else { return false };
        current.logs.error(now, words);
        current.end(1, "Error", volumes, now);
        self.note_end(namespace, pod, fact);
        true
    }

    /// The sandbox of a pod is gone, with its network and all its processes.
    pub(super) fn crash_sandbox(&mut self, namespace: &str, pod: &str, fact: FactId) -> bool {
        let now = self.now;
        let Some(run) = self.machines.pod_mut(namespace, pod) else { return false };
        let PodRun { slots, volumes, sandbox, .. } = run;
        let Some(sandbox) = sandbox.as_mut().filter(|sandbox| sandbox.ready) else { return false };
        sandbox.ready = false;
        for container in slots.values_mut().filter_map(|slot| slot.current.as_mut()) {
            container.signal(Signal::Kill, volumes, now);
        }
        self.note_end(namespace, pod, fact);
        true
    }

    /// The runtime's next listing shows that something ended.
    fn note_end(&mut self, namespace: &str, pod: &str, fact: FactId) {
        let now = self.now;
        let Some(phase) = self.machines.of(namespace, pod).map(crate::node::Machine::phase) else { return };
        if let Some(run) = self.machines.pod_mut(namespace, pod) {
            run.notice(now, phase);
        }
        self.nudge(namespace, pod, fact);
    }

    /// Asks the kubelet of a pod to look at it now.
    pub(super) fn nudge(&mut self, namespace: &str, pod: &str, fact: FactId) {
        let Some(node) = self.machines.of(namespace, pod).map(|machine| machine.name.clone()) else { return };
        let to = super::reach::on_node("kubelet", &node);
        self.enqueue(to, Key::new("pods", namespace, pod), self.now, fact);
    }
}
