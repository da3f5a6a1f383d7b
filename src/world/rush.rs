//! A moment holds only so much: work that wakes itself again and again without a wait takes time in the end, as it would on a
//! machine, and who repeats is remembered. So no call of the world can run forever.
//!
//! Models: nothing upstream; there a controller that spins costs a core, and the clock goes on.

use super::Event;
use crate::control::controllers;
use crate::time::{Span, Time};
use std::collections::BTreeMap;

/// So many events at one moment are no loop, beside so many for each object.
const MOST: u64 = 10_000;
const EACH: u64 = 40;
/// How many events of a loop are written down.
const NOTED: usize = 64;

/// The events of the present moment.
#[derive(Clone, Debug, Default)]
pub struct Rush {
    moment: Time,
    events: u64,
    noted: Vec<String>,
}

impl Rush {
    /// Counts an event. What it comes to when the moment is over-full: how much later it really is.
    pub fn count(&mut self, now: Time, event: &Event, objects: impl FnOnce() -> usize) -> Span {
        if self.moment != now {
            (self.moment, self.events) = (now, 0);
        }
        self.events += 1;
        if self.events <= MOST || self.events <= MOST + EACH * objects() as u64 {
            return Span::ZERO;
        }
        if self.noted.len() < NOTED {
            self.noted.push(name(event));
        }
        Span::millis(1)
    }

    /// What repeated most, the last time that a moment was over-full; it is forgotten then.
    pub fn told(&mut self) -> Option<String> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for name in std::mem::take(&mut self.noted) {
            *counts.entry(name).or_insert(0) += 1;
        }
        let (name, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        Some(format!("{name} ({count} times of what was noted)"))
    }
}

fn name(event: &Event) -> String {
    match event {
        Event::Deliver { to, key, .. } => {
            format!("word of {key} to {}", controllers::ALL[to.controller as usize].name())
        }
        Event::Reconcile { by, key } => {
            format!("a look of {} at {key}", controllers::ALL[by.controller as usize].name())
        }
        Event::Lapse => "leases that lapse".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_never_waits_moves_the_clock_and_is_named() {
        let mut rush = Rush::default();
        let mut now = Time::default();
        for _ in 0..MOST + EACH + 1 {
            now = now + rush.count(now, &Event::Lapse, || 1);
        }
        assert_eq!(now, Time::default() + Span::millis(1));
        assert!(rush.told().is_some_and(|text| text.starts_with("leases that lapse")));
        assert_eq!(rush.told(), None);
    }
}
