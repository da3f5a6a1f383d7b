//! Slots of a node: a grid that grows in steps and never shrinks, in which a pod keeps its place for life.

use std::collections::BTreeMap;

use crate::scene::shape::Rect;
use crate::scene::view::Id;

/// The grid of one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeSlots {
    /// Which step of the grid; a node moves up when it is full and never back.
    pub step: usize,
    /// Slot of each pod, and which life of that name it is.
    pub pods: BTreeMap<Id, (usize, u64)>,
}

/// The shape of a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    pub columns: usize,
    pub rows: usize,
    pub w: f32,
    pub h: f32,
    pub gap: f32,
}

/// How many steps there are.
pub const STEPS: usize = 4;

impl Grid {
    /// The grid of a step on a floor.
    pub fn of(floor: Rect, step: usize) -> Grid {
        let first = (((floor.w + 10.0) / 172.0) as usize).max(if floor.w < 110.0 { 1 } else { 2 });
        let columns = first << step.min(STEPS - 1);
        let gap: f32 = [10.0, 6.0, 5.0, 3.0][step.min(STEPS - 1)];
        let w = (floor.w - (columns as f32 - 1.0) * gap) / columns as f32;
        let (wanted, least) = [(60.0, 44.0), (24.0, 18.0), (22.0, 14.0), (10.0, 4.0)][step.min(STEPS - 1)];
        let wanted = match w {
            w if w < 18.0 => (w * 0.5).clamp(3.0, 8.0),
            w if w < 100.0 => f32::min(wanted, 24.0),
            _ => wanted,
        };
        let gap = if w < 18.0 { 3.0 } else { gap };
        let least = f32::min(least, wanted);
        let rows = ((floor.h + gap) / (wanted + gap)) as usize;
        let more = rows + 1;
        let squeezed = (floor.h - (more as f32 - 1.0) * gap) / more as f32;
        let (rows, h) = if squeezed >= least && (rows < 2 || squeezed >= wanted * 0.85) {
            (more, squeezed.min(wanted))
        } else {
            (rows, wanted)
        };
        Grid { columns, rows, w: w.max(1.0), h, gap }
    }

    pub fn capacity(&self) -> usize {
        self.columns * self.rows
    }

    /// The rectangle of a slot.
    pub fn slot(&self, floor: Rect, index: usize) -> Rect {
        let (column, row) = (index % self.columns, index / self.columns);
        let (x, y) = (column as f32 * (self.w + self.gap), row as f32 * (self.h + self.gap));
        Rect::new(floor.x + x, floor.y + y, self.w, self.h)
    }
}

impl NodeSlots {
    /// Gives every pod a slot: who has one keeps it, who is new takes the first free. Then the grid grows if it must.
    pub fn settle(&mut self, pods: &[(&Id, u64)], floor: Rect) -> Grid {
        let mut kept = BTreeMap::new();
        for (id, life) in pods {
            if let Some((slot, old)) = self.pods.get(*id)
                && old == life
            {
                kept.insert((*id).clone(), (*slot, *life));
            }
        }
        let mut taken: Vec<usize> = kept.values().map(|(slot, _)| *slot).collect();
        taken.sort_unstable();
        let mut free = 0;
        let mut passed = 0;
        for (id, life) in pods {
            if kept.contains_key(*id) {
                continue;
            }
            while taken.get(passed) == Some(&free) {
                passed += 1;
                free += 1;
            }
            kept.insert((*id).clone(), (free, *life));
            free += 1;
        }
        let most = kept.values().map(|(slot, _)| slot + 1).max().unwrap_or(0);
        self.pods = kept;
        while self.step + 1 < STEPS && Grid::of(floor, self.step).capacity() < most {
            self.step += 1;
        }
        let grid = Grid::of(floor, self.step);
        if grid.capacity() < self.pods.len() {
            return grid;
        }
        if grid.capacity() < most {
            self.pack(pods);
        }
        grid
    }

    /// Closes the holes when the last step is full though some slots are free.
    fn pack(&mut self, pods: &[(&Id, u64)]) {
        for (slot, (id, life)) in pods.iter().enumerate() {
            self.pods.insert((*id).clone(), (slot, *life));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_keeps_its_slot_and_a_new_one_takes_the_first_free() {
        let floor = Rect::new(0.0, 0.0, 300.0, 130.0);
        let ids: Vec<Id> = (0..6).map(|n| Id::new(format!("pods/default/{n}"))).collect();
        let mut slots = NodeSlots::default();
        slots.settle(&[(&ids[0], 0), (&ids[1], 0), (&ids[2], 0)], floor);
        slots.settle(&[(&ids[0], 0), (&ids[2], 0)], floor);
        slots.settle(&[(&ids[0], 0), (&ids[2], 0), (&ids[3], 0)], floor);
        assert_eq!(slots.pods[&ids[2]].0, 2);
        assert_eq!(slots.pods[&ids[3]].0, 1);
        assert_eq!(slots.step, 0);
    }

    #[test]
    fn a_full_node_takes_the_next_grid_and_does_not_go_back() {
        let floor = Rect::new(0.0, 0.0, 300.0, 130.0);
        let ids: Vec<Id> = (0..5).map(|n| Id::new(format!("pods/default/{n}"))).collect();
        let mut slots = NodeSlots::default();
        let all: Vec<(&Id, u64)> = ids.iter().map(|id| (id, 0)).collect();
        slots.settle(&all, floor);
        assert_eq!(slots.step, 1);
        slots.settle(&all[..1], floor);
        assert_eq!(slots.step, 1);
    }
}
