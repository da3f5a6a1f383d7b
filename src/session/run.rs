//! The frame: a bounded slice of the world, the shell at exactly the times it asks for, the lesson's checks.
//!
//! The shell is polled at virtual times that depend on the world alone, never on where a frame ends: so a replay of the
//! same inputs is the same session.

use super::Session;
use crate::lesson::player::Progress;
use crate::shell::{BUDGET, HOME, Shell};
use crate::time::{Span, Time};
use crate::world::{World, is_news};

/// Events of the world between two looks at the wall clock.
const SLICE: usize = 64;
/// What one command of a lesson's setup may take.
const QUIET_LIMIT: Span = Span::minutes(5);

impl Session {
    /// One frame. `elapsed_ms` is wall time since the last one; `more` says whether wall time is left for another slice.
    /// True when something happened.
    pub fn frame(&mut self, elapsed_ms: f64, more: &mut dyn FnMut() -> bool) -> bool {
        // the clock stands while a command waits for the page to bring descriptions
        if self.lacks_docs() {
            return false;
        }
        let until = self.pace.until(&self.world, elapsed_ms);
        let before = (self.world.handled(), self.world.now);
        loop {
            if self.run(until, SLICE) || !more() {
                break;
            }
        }
        self.judge();
        let changed = before != (self.world.handled(), self.world.now);
        self.version += u64::from(changed);
        changed
    }

    /// Runs up to a moment in at most `slice` events; true when the moment is reached.
    fn run(&mut self, until: Time, slice: usize) -> bool {
        for _ in 0..slice {
            if slice != usize::MAX && self.lacks_docs() {
                return true;
            }
            let next = [self.world.next(), self.poll_at].into_iter().flatten().min();
            match next {
                Some(at) if at <= until => {
                    // a poll may be thousands of steps of the shell: the wall clock is asked after each
                    if self.advance(at) && slice != usize::MAX {
                        return false;
                    }
                }
                _ => {
                    self.world.now = self.world.now.max(until);
                    return true;
                }
            }
        }
        false
    }

    /// Handles what is due at a moment, the world before the shell; whether the shell was polled.
    fn advance(&mut self, at: Time) -> bool {
        let stepped = self.world.step(at);
        self.world.now = self.world.now.max(at);
        let due = self.poll_at.is_some_and(|at| at <= self.world.now);
        if due || (stepped && self.shell.waits_for_change()) {
            self.poll_shell();
            return true;
        }
        false
    }

    /// Up to a virtual time, whatever the wall clock says (replay, tests).
    pub fn run_until(&mut self, until: Time) {
        while !self.run(until, usize::MAX) {}
        self.judge();
    }

    /// The next thing that a learner can see happen: a change that is not background. False when nothing came in ten minutes.
    pub fn step(&mut self) -> bool {
        self.pace.paused = true;
        let end = self.world.now + Span::minutes(10);
        while let Some(at) = self.world.next().filter(|at| *at <= end) {
            let seen = self.world.api.revision();
            let last = self.world.journal.last();
            self.advance(at);
            let news = self.world.api.since(seen).iter().any(|change| is_news(change));
            let local = self.world.journal.since(last).any(|fact| fact.root != crate::control::FactId::BOOT);
            if news || local {
                self.version += 1;
                self.judge();
                return true;
            }
        }
        false
    }

    /// Lets the shell work and takes what it printed.
    pub(super) fn poll_shell(&mut self) {
        self.shell.poll(&mut self.world, BUDGET);
        self.poll_at = wants_poll(&self.shell, &self.world);
        self.written += 1;
        let output = self.shell.take_output();
        if !output.is_empty() {
            self.terminal.print(output);
            self.version += 1;
        }
        self.take_asks();
    }

    /// Runs a command line to its end without showing it: a lesson's setup, a colleague's deed.
    pub(super) fn quietly(&mut self, line: &str) {
        let mut shell = Shell::with_files(self.shell.files.clone()).script();
        shell.run(&format!("{line}\n"), &mut self.world);
        let end = self.world.now + QUIET_LIMIT;
        loop {
            shell.poll(&mut self.world, BUDGET);
            let _ = shell.take_output();
            if !shell.busy() || self.world.now >= end {
                break;
            }
            let wake = wants_poll(&shell, &self.world);
            let next = [self.world.next(), wake].into_iter().flatten().min().unwrap_or(end).min(end);
            self.world.step(next);
            self.world.now = self.world.now.max(next);
        }
        self.shell.files = shell.files;
        self.written += 1;
    }

    /// Looks whether the step is done; only when something that it could see has changed.
    fn judge(&mut self) {
        let Some(player) = &mut self.player else { return };
        let seen = (self.world.journal.last().0 as u64, self.written);
        if seen == self.judged || player.progress == Progress::Done {
            return;
        }
        self.judged = seen;
        if player.look(&self.world, &self.shell.files, HOME) {
            self.version += 1;
        }
    }
}

/// When a shell wants to be polled: a busy loop lets a millisecond pass for each slice, so that nothing hangs.
pub fn wants_poll(shell: &Shell, world: &World) -> Option<Time> {
    if shell.runnable() && shell.busy() {
        return Some(world.now + Span::millis(1));
    }
    shell.wake(world).map(|at| at.max(world.now))
}
