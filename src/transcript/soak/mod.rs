//! The soak: random but meaningful commands and faults against the laws of `world::invariants`, over many seeds. What breaks
//! a law is shrunk to the shortest transcript that still does.
//!
//! Models: nothing upstream; TigerBeetle's VOPR is the idea.

mod dice;
mod play;
mod recipes;
mod script;
mod shrink;
mod workloads;

pub use play::{Outcome, Plant, play};
pub use script::script;
pub use shrink::shrink;

use super::format::{Entry, print};
use crate::world::World;
use crate::world::invariants::Finding;

/// What a seed came to.
pub struct Report {
    pub seed: u64,
    pub outcome: Outcome,
    /// The shortest entries found that break the same law, if one is broken.
    pub shortest: Option<Vec<Entry>>,
}

impl Report {
    /// The finding with the transcript that reproduces it.
    pub fn transcript(&self) -> Option<String> {
        let finding = self.outcome.findings.first()?;
        let mut entries = heading(self.seed, finding);
        entries.extend(self.shortest.iter().flatten().cloned());
        Some(print(&entries))
    }
}

fn heading(seed: u64, finding: &Finding) -> Vec<Entry> {
    let what: String = finding.what.replace('\n', " ").chars().take(600).collect();
    let lines = [
        format!("# soak, seed {seed}"),
        format!("# law: {}", finding.law),
        format!("# object: {}", finding.object),
        format!("# {what}"),
    ];
    lines.map(Entry::Note).to_vec()
}

/// How much is done to find a shorter transcript.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pub replays: usize,
}

/// Plays the script of one seed on a copy of a cluster. The cluster is the one that `pilothouse run` begins with, so the
/// transcript of a finding shows the same there.
pub fn soak(world: &World, seed: u64, commands: usize, effort: Effort, plant: Option<&Plant>) -> Report {
    let entries = script(seed, commands);
    let outcome = play(world, &entries, plant);
    let shortest = outcome.findings.first().map(|finding| {
        let law = finding.law;
        let until = &entries[..entries.len().min(outcome.played)];
        shrink(until, effort.replays, |fewer| play(world, fewer, plant).findings.first().is_some_and(|f| f.law == law))
    });
    Report { seed, outcome, shortest }
}
