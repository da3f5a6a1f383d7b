//! What the time bar shows: commands with their numbers, and how many revisions were written when.

use pilothouse::control::FactId;
use pilothouse::control::journal::What;
use pilothouse::session::{Act, Session};

use super::Chip;

/// Commands and bars kept.
const KEPT: usize = 2_000;
/// Virtual milliseconds in one bar.
const BAR_MS: f64 = 250.0;

struct Typed {
    /// Its line in the terminal; 0 is none.
    row: u64,
    fact: Option<FactId>,
    at: f64,
    text: String,
    cause: Option<u8>,
}

/// See the module.
#[derive(Default)]
pub struct Trail {
    typed: Vec<Typed>,
    bars: Vec<(f64, u32)>,
    revision: u64,
    looked: FactId,
    numbered: u8,
}

impl Trail {
    /// The commands of a session that was restored.
    pub fn replay(&mut self, session: &Session) {
        self.revision = session.revision();
        self.looked = session.world.journal.last();
        for input in session.inputs() {
            if let Act::Line(line) = &input.act {
                let at = input.at.since(session.world.opened).0 as f64;
                self.push(Typed { row: 0, fact: None, at, text: spoken(line), cause: None });
            }
        }
    }

    /// A line was typed on a row of the terminal; `before` was the last fact before it.
    pub fn typed(&mut self, session: &Session, row: u64, before: FactId, line: &str) {
        let command = session.world.journal.since(before).find(|fact| matches!(fact.what, What::Command(_)));
        let fact = command.map(|fact| fact.id);
        let at = session.clock().0 as f64;
        if !line.trim().is_empty() {
            self.push(Typed { row, fact, at, text: spoken(line), cause: None });
        }
        self.looked = FactId(self.looked.0.min(before.0));
        self.note(session);
    }

    fn push(&mut self, typed: Typed) {
        self.typed.push(typed);
        if self.typed.len() > KEPT {
            self.typed.drain(..KEPT / 4);
        }
    }

    /// Counts new revisions, and numbers the commands that led to a write.
    pub fn note(&mut self, session: &Session) {
        let now = session.clock().0 as f64;
        let revision = session.revision();
        let count = revision.saturating_sub(self.revision) as u32;
        if count > 0 {
            match self.bars.last_mut() {
                Some((at, bar)) if now - *at < BAR_MS => *bar += count,
                _ => self.bars.push((now, count)),
            }
            if self.bars.len() > KEPT {
                self.bars.drain(..KEPT / 4);
            }
        }
        self.revision = revision;
        for fact in session.world.journal.since(self.looked) {
            if !matches!(fact.what, What::Write { .. }) {
                continue;
            }
            let typed = self.typed.iter_mut().rev().find(|typed| typed.fact == Some(fact.root));
            if let Some(typed) = typed.filter(|typed| typed.cause.is_none()) {
                self.numbered = self.numbered % 9 + 1;
                typed.cause = Some(self.numbered);
            }
        }
        self.looked = session.world.journal.last();
    }

    pub fn cause_of(&self, row: u64) -> Option<u8> {
        self.typed.iter().rev().find(|typed| typed.row == row && row > 0)?.cause
    }

    pub fn chips(&self) -> Vec<Chip> {
        self.typed.iter().map(|typed| Chip { at: typed.at, text: typed.text.clone(), cause: typed.cause }).collect()
    }

    pub fn bars(&self) -> &[(f64, u32)] {
        &self.bars
    }
}

/// A command in few words.
fn spoken(line: &str) -> String {
    let line = line.trim().lines().next().unwrap_or_default();
    line.strip_prefix("kubectl ").unwrap_or(line).to_string()
}
