//! Loads on Services, switched on and off.

use super::World;
use super::work::Instance;
use crate::control::FactId;
use crate::control::controllers::{self, load::LOADS};
use crate::node::load::Load;
use crate::store::Key;

impl World {
    /// Sends so many requests a second to a Service from now on; none for 0. False when that changes nothing.
    pub fn load(&mut self, namespace: &str, name: &str, (port, path): (u16, &str), rate: u64, cause: FactId) -> bool {
        let key = Key::new(LOADS, namespace, name);
        if rate == 0 {
            return self.machines.loads.remove(&key).is_some();
        }
        self.machines.loads.insert(key.clone(), Load::new(port, path, rate, self.now));
        let index = controllers::ALL.iter().position(|controller| controller.name() == "load").unwrap_or(0);
        self.enqueue(Instance { controller: index as u16, node: None }, key, self.now, cause);
        true
    }
}
