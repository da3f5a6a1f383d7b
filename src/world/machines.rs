//! Machines that come and go while the cluster runs.

use super::World;
use crate::control::FactId;
use crate::node::Machine;
use crate::node::cloud::News;
use std::rc::Rc;

impl World {
    /// A new machine joins the cluster as a worker; its name.
    pub fn add_machine(&mut self, cause: FactId) -> Rc<str> {
        let number = self.machines.cloud.number();
        self.connect(number, cause);
        Machine::name_of(number).into()
    }

    /// A worker's machine is taken away for good; its Node object stays until somebody deletes it. False when there is
    /// no worker of that name.
    pub fn remove_machine(&mut self, name: &str) -> bool {
        let known = self.machines.nodes.get(name).is_some_and(|machine| !machine.control_plane);
        if known {
            self.disconnect(name);
        }
        known
    }

    fn connect(&mut self, number: u32, cause: FactId) {
        let fresh = self.spec.machine(number);
        let machine = self.machines.nodes.entry(fresh.name.clone()).or_insert(fresh).clone();
        if self.register(&machine, cause).is_err() {
            // Nobody listens: it tries again.
            self.machines.cloud.news.push(News::Came(number));
        }
        self.dispatch();
    }

    fn disconnect(&mut self, name: &str) {
        self.machines.nodes.remove(name);
        self.tables.nodes.remove(name);
    }

    /// What the cloud did since the last look.
    pub(super) fn follow_cloud(&mut self, cause: FactId) {
        for news in std::mem::take(&mut self.machines.cloud.news) {
            match news {
                News::Came(number) => self.connect(number, cause),
                News::Left(name) => self.disconnect(&name),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kinds;
    use crate::time::Span;
    use crate::world::Spec;

    #[test]
    fn a_machine_that_is_added_becomes_a_ready_node_and_one_taken_away_does_not() {
        let mut world = World::boot(Spec::default(), 1);
        let name = world.add_machine(FactId::BOOT);
        assert_eq!(&*name, "node03");
        world.run_until(world.now + Span::seconds(30));
        let ready = |world: &World, name: &str| {
            let node = world.reader().get(kinds::NODE, "", name).expect("it is a node").clone();
            crate::control::nodes::is_ready(&node)
        };
        assert!(ready(&world, "node03"));
        assert!(world.remove_machine("node03") && !world.remove_machine("control-plane"));
        world.run_until(world.now + Span::minutes(2));
        assert!(!ready(&world, "node03"));
        assert_eq!(&*world.add_machine(FactId::BOOT), "node04");
    }
}
