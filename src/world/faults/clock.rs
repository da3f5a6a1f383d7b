//! The clock of all machines jumps forwards: what counts by timestamps sees it, and everything that was due meanwhile is
//! late. Nodes are not lost by it: the node controller measures their silence by its own watch.
//!
//! Models: a step of NTP on every machine at once; Go's monotonic clock where the controllers rely on it.

use crate::time::Span;
use crate::world::World;

impl World {
    pub(super) fn jump(&mut self, by: Span) -> bool {
        self.now += by;
        self.machines.now = self.now;
        self.faults.seen = self.now;
        true
    }
}
