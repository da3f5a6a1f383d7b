//! Faults of a machine: its power and its wire.

use crate::control::FactId;
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
            self.start_node(node, fact);
        } else {
            machine.switch_off(self.now);
        }
        true
    }

    /// Changes what is wrong with a machine; false when that changes nothing.
    pub(super) fn wire(&mut self, node: &str, change: impl FnOnce(&mut Trouble)) -> bool {
        let Some(machine) = self.machines.nodes.get_mut(node) else { return false };
        let before = machine.trouble.clone();
        change(&mut machine.trouble);
        machine.trouble != before
    }
}
