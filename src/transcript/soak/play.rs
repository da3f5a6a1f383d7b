//! Plays entries on a copy of a cluster, with the laws watching.

use super::super::format::Entry;
use super::super::runner::Runner;
use crate::time::Span;
use crate::world::World;
use crate::world::invariants::{Finding, Watch};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How much virtual time passes between two looks.
const SLICE: Span = Span::seconds(5);
/// The longest a settled moment is waited for, as transcripts do.
const SETTLE: Span = Span::seconds(90);
/// More events than this in one slice, beside so many for each change, are no life, but a loop.
const BUSY: u64 = 2_000;
const BUSY_CHANGE: u64 = 100;
/// The longest a command may take.
const COMMAND: Span = Span::minutes(10);

/// Something done to the world after every entry, so that a law must break sooner or later.
pub struct Plant {
    pub act: fn(&mut World),
}

/// What a play came to. It ends with the first entry after which a law was found broken.
#[derive(Debug, Default)]
pub struct Outcome {
    pub findings: Vec<Finding>,
    /// How many entries were played.
    pub played: usize,
    /// Events of the world.
    pub events: u64,
    /// Changes of objects that were looked at, and that could not be.
    pub changes: u64,
    pub missed: u64,
    /// How often a law was asked.
    pub asked: u64,
    /// Settled moments at which no fault was at work.
    pub settled: u64,
    /// Virtual time.
    pub span: Span,
}

/// Plays until a law breaks, or to the end.
pub fn play(world: &World, entries: &[Entry], plant: Option<&Plant>) -> Outcome {
    let mut outcome = Outcome::default();
    let (begin, events) = (world.now, world.handled());
    let mut runner = Runner::new(world.clone());
    runner.limit = COMMAND;
    let mut watch = Watch::new(world);
    for (index, entry) in entries.iter().enumerate() {
        let done = catch_unwind(AssertUnwindSafe(|| step(&mut runner, entry, &mut watch)));
        outcome.played = index + 1;
        match done {
            Ok(settled) => outcome.settled += u64::from(settled),
            Err(cause) => outcome.findings.push(panicked(entry, &*cause)),
        }
        if let Some(plant) = plant {
            (plant.act)(&mut runner.world);
            watch.look(&runner.world);
        }
        if let Some(text) = runner.world.rush.told() {
            watch.findings.note("time-goes-on", "the world", format!("a loop without a wait: {text}"));
        }
        outcome.findings.extend(watch.take());
        if !outcome.findings.is_empty() {
            break;
        }
    }
    outcome.events = runner.world.handled() - events;
    outcome.changes = watch.changes;
    outcome.missed = watch.missed;
    outcome.asked = watch.findings.asked;
    outcome.span = runner.world.now.since(begin);
    outcome
}

/// One entry. True when it was a settled moment at which all laws were asked.
fn step(runner: &mut Runner, entry: &Entry, watch: &mut Watch) -> bool {
    match entry {
        Entry::Pass { span, .. } => {
            let mut left = *span;
            while left > Span::ZERO {
                let slice = left.min(SLICE);
                let before = (runner.world.handled(), runner.world.api.revision().0);
                let looks: Vec<_> = runner.world.looks().collect();
                runner.pass(slice);
                watch.look(&runner.world);
                let events = runner.world.handled() - before.0;
                let changes = runner.world.api.revision().0 - before.1;
                if events > BUSY + BUSY_CHANGE * changes {
                    let text = format!("{events} events in {} s for {changes} changes", slice.as_seconds());
                    let text = format!("{text}: {}", busiest(&looks, &runner.world));
                    watch.findings.note("time-goes-on", "the world", text);
                }
                left = Span(left.0 - slice.0);
            }
            false
        }
        Entry::Settle => {
            let settled = runner.world.settle(SETTLE).is_ok();
            if settled {
                watch.look_settled(&runner.world);
            } else {
                watch.look(&runner.world);
                watch.findings.note("it-settles", "the world", restless(&runner.world));
            }
            settled && watch.past.calm(&runner.world)
        }
        entry => {
            runner.play(&mut entry.clone());
            watch.look(&runner.world);
            false
        }
    }
}

/// Which controllers have looked most since then.
fn busiest(before: &[(&str, u64)], world: &World) -> String {
    let mut all: Vec<_> = world.looks().zip(before).map(|((name, now), (_, then))| (now - then, name)).collect();
    all.sort_unstable_by(|one, other| other.cmp(one));
    let shown: Vec<String> = all.iter().take(3).map(|(looks, name)| format!("{name} {looks} looks")).collect();
    shown.join(", ")
}

/// What changed most, lately.
fn restless(world: &World) -> String {
    let since = world.now.0.saturating_sub(SETTLE.0);
    let recent = world.api.store().recent().take_while(|change| change.at.0 >= since);
    let mut counts = std::collections::BTreeMap::new();
    for change in recent.filter(|change| crate::world::is_news(change)) {
        *counts.entry(&change.key).or_insert(0) += 1;
    }
    let mut all: Vec<_> = counts.into_iter().collect();
    all.sort_by_key(|(_, count)| -*count);
    let shown: Vec<String> = all.iter().take(6).map(|(key, count)| format!("{key} {count} times")).collect();
    format!("did not settle in {} s: {}", SETTLE.as_seconds(), shown.join(", "))
}

fn panicked(entry: &Entry, cause: &(dyn std::any::Any + Send)) -> Finding {
    let words = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
    let object = match entry {
        Entry::Command { text, .. } => text.clone(),
        entry => format!("{entry:?}"),
    };
    Finding { law: "nothing-panics", object, what: words.unwrap_or("a panic without words").to_string() }
}
