//! Faults of a machine: its power, its wire, its disk and its memory.

use crate::control::FactId;
use crate::node::Machine;
use crate::node::trouble::Trouble;
use crate::world::World;
use std::rc::Rc;

impl World {
    /// Switches a machine on or off. Its processes are gone at once, its disks stay.
    pub(super) fn switch(&mut self, node: &Rc<str>, on: bool, fact: FactId) -> bool {
        let Some(machine) = self.machines.nodes.get_mut(node).filter(|machine| machine.on != on) else { return false };
        machine.on = on;
        if on {
            machine.runtime().boots += 1;
            // What was stopped by hand starts with the machine; its wire is as it was.
            machine.trouble.kubelet_stopped = false;
            machine.trouble.proxy_stopped = false;
            machine.trouble.runtime_down = None;
            machine.trouble.memory_full = 0;
            let machine = machine.clone();
            if self.rejoin(&machine, fact).is_none() {
                self.start_node(node, fact);
            }
        } else {
            machine.switch_off(self.now);
            // The rules of the kernel are not kept on any disk.
            self.tables.nodes.remove(node);
        }
        true
    }

    /// A kubelet that begins makes its Node object, if somebody took it away; `None` when it cannot.
    pub(super) fn rejoin(&mut self, machine: &Machine, fact: FactId) -> Option<()> {
        if machine.trouble.cut { None } else { self.register(machine, fact).ok() }
    }

    /// Changes what is wrong with a machine; false when that changes nothing.
    pub(super) fn wire(&mut self, node: &str, change: impl FnOnce(&mut Trouble)) -> bool {
        let Some(machine) = self.machines.nodes.get_mut(node) else { return false };
        let before = machine.trouble.clone();
        change(&mut machine.trouble);
        machine.trouble != before
    }

    /// Makes a disk slow; 1 is as it should be.
    pub(super) fn disk(&mut self, node: &str, times: u32) -> bool {
        let Some(machine) = self.machines.nodes.get_mut(node) else { return false };
        let before = machine.disk_slowness();
        machine.slow_disk(times);
        machine.disk_slowness() != before
    }

    /// Fills a disk from outside; 0 empties it again.
    pub(super) fn fill_disk(&mut self, node: &str, percent: u8) -> bool {
        let Some(machine) = self.machines.nodes.get_mut(node) else { return false };
        machine.fill_disk(u64::from(percent));
        let before = std::mem::replace(&mut machine.trouble.disk_full, percent);
        self.strained(node);
        before != percent
    }

    /// Takes memory from outside until so much of it is used; 0 gives it back.
    pub(super) fn fill_memory(&mut self, node: &str, percent: u8) -> bool {
        let Some(machine) = self.machines.nodes.get_mut(node) else { return false };
        machine.fill_memory(0);
        let wanted = (machine.memory << 20) / 100 * u64::from(percent);
        machine.fill_memory(wanted.saturating_sub(machine.memory_used()));
        let before = std::mem::replace(&mut machine.trouble.memory_full, percent);
        self.strained(node);
        before != percent
    }
}
