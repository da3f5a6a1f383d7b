//! What controllers remember besides the store: how often something failed in a row, and when last. A controller that starts anew
//! has forgotten it.
//!
//! Models: `client-go/util/flowcontrol/backoff.go`, `pkg/controller/job/backoff_utils.go` (the store of records).

use crate::time::{Span, Time};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many records there are at most; the oldest go first.
const MOST: usize = 4096;

/// Failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub count: i32,
    pub last: Time,
}

impl Record {
    /// The wait after so many failures: doubled with each, up to a limit.
    pub fn wait(self, first: Span, longest: Span) -> Span {
        if self.count <= 0 { Span::ZERO } else { Span((first.0 << (self.count - 1).min(20)).min(longest.0)) }
    }
}

/// The records of all controllers by what they are about. Shared between snapshots of the world until one changes.
#[derive(Clone, Debug, Default)]
pub struct Memory(Rc<BTreeMap<String, Record>>);

impl Memory {
    pub fn get(&self, about: &str) -> Record {
        self.0.get(about).copied().unwrap_or_default()
    }

    pub fn set(&mut self, about: &str, record: Record) {
        if self.get(about) == record {
            return;
        }
        let all = Rc::make_mut(&mut self.0);
        if record.count <= 0 {
            all.remove(about);
            return;
        }
        if all.len() >= MOST && !all.contains_key(about) {
            let oldest = all.iter().min_by_key(|(_, record)| record.last).map(|(about, _)| about.clone());
            oldest.and_then(|about| all.remove(&about));
        }
        all.insert(about.into(), record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_its_limit() {
        let wait = |count| Record { count, last: Time::ZERO }.wait(Span::seconds(1), Span::minutes(15));
        assert_eq!(
            [wait(0), wait(1), wait(4), wait(30)],
            [Span::ZERO, Span::seconds(1), Span::seconds(8), Span::minutes(15)]
        );
    }
}
