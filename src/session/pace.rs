//! How wall time becomes virtual time. Messages take milliseconds; so that they can be followed, the clock runs in slow
//! motion while something that the learner caused is on its way. Nothing here changes what happens, only when it is seen.

use crate::control::FactId;
use crate::time::{Span, Time};
use crate::world::World;

/// The speeds that the page offers, virtual seconds in a second.
pub const SPEEDS: [f64; 5] = [0.25, 1.0, 4.0, 16.0, 64.0];

#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    pub speed: f64,
    pub paused: bool,
    /// Off in tests and benches: the clock runs at `speed` whatever happens.
    pub follow: bool,
    /// How much slower than `speed` the last frame ran (1: not).
    pub slowdown: f64,
    /// Wall milliseconds of slow motion left for the present chain of causes.
    patience: f64,
    chain: FactId,
    /// Virtual milliseconds not yet spent.
    rest: f64,
}

/// Slow motion for one command, in wall milliseconds.
const PATIENCE: f64 = 9_000.0;
/// Virtual milliseconds per wall millisecond in slow motion at 1x: a message of 6 ms is seen for 300.
const SLOW: f64 = 0.02;
/// What comes later than this after its command is watched at the clock's own pace (a client that asks once a second).
const FRESH: Span = Span::seconds(30);
/// At this speed and above nothing is slowed down.
const TOO_FAST: f64 = 16.0;
/// The longest frame that counts; a tab that slept does not catch up.
const LONGEST_FRAME: f64 = 250.0;

impl Default for Pace {
    fn default() -> Self {
        Pace {
            speed: 1.0,
            paused: false,
            follow: true,
            slowdown: 1.0,
            patience: PATIENCE,
            chain: FactId::BOOT,
            rest: 0.0,
        }
    }
}

impl Pace {
    /// The same settings for another session.
    pub fn fresh(&self) -> Pace {
        Pace { speed: self.speed, follow: self.follow, ..Pace::default() }
    }

    /// Up to when the world may run in this frame.
    pub fn until(&mut self, world: &World, elapsed_ms: f64) -> Time {
        if self.paused {
            return world.now;
        }
        let elapsed = elapsed_ms.clamp(0.0, LONGEST_FRAME);
        let rate = if self.slows(world, elapsed) { SLOW } else { 1.0 };
        self.slowdown = 1.0 / rate;
        self.rest += elapsed * self.speed * rate;
        let whole = self.rest.floor().max(0.0);
        self.rest -= whole;
        world.now + Span::millis(whole as u64)
    }

    /// Fractions of a millisecond since the clock last moved, for smooth flights.
    pub fn fraction(&self) -> f64 {
        self.rest
    }

    fn slows(&mut self, world: &World, elapsed: f64) -> bool {
        if !self.follow || self.speed >= TOO_FAST {
            return false;
        }
        let newest = world.journal.messages().rev().take(400);
        let fresh = |root| world.journal.get(root).is_some_and(|fact| world.now.since(fact.at) < FRESH);
        let flying = newest.filter(|m| m.lands > world.now && m.root != FactId::BOOT && fresh(m.root));
        let Some(chain) = flying.map(|m| m.root).max() else {
            self.patience = (self.patience + elapsed * 0.5).min(PATIENCE);
            return false;
        };
        if chain > self.chain {
            self.chain = chain;
            self.patience = PATIENCE;
        }
        self.patience -= elapsed;
        self.patience > 0.0
    }
}
