//! The completion indexes of an Indexed Job, as sets that are written `0,2-5`.
//!
//! Models: `pkg/controller/job/indexed_job_utils.go`.

use super::{Look, backoff, is_failed, is_tracked, policy};
use crate::api::Object;
use crate::control::pods;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub const INDEX: &str = "batch.kubernetes.io/job-completion-index";
pub const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
pub const IGNORED: &str = "batch.kubernetes.io/job-index-ignored-failure-count";

/// Disjoint intervals in order, ends included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals(Vec<(i32, i32)>);

impl Intervals {
    /// Reads `0,2-5`; what is no index below `completions` is left out.
    pub fn parse(text: &str, completions: i32) -> Intervals {
        let mut all = Intervals::default();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (Ok(first), Ok(last)) = (first.parse::<i32>(), last.parse::<i32>()) else { continue };
            if first >= completions {
                break;
            }
            all.append((first, last.min(completions - 1)));
        }
        all
    }

    fn append(&mut self, next: (i32, i32)) {
        match self.0.last_mut() {
            Some(last) if next.0 <= last.1.saturating_add(1) => last.1 = last.1.max(next.1),
            _ => self.0.push(next),
        }
    }

    pub fn with(&self, indexes: impl IntoIterator<Item = i32>) -> Intervals {
        let more = Intervals(indexes.into_iter().map(|index| (index, index)).collect());
        self.merge(&more)
    }

    /// Both together.
    pub fn merge(&self, other: &Intervals) -> Intervals {
        let mut both: Vec<_> = self.0.iter().chain(&other.0).copied().collect();
        both.sort_unstable();
        let mut all = Intervals::default();
        both.into_iter().for_each(|next| all.append(next));
        all
    }

    pub fn total(&self) -> i32 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    pub fn has(&self, index: i32) -> bool {
        let at = self.0.partition_point(|(_, last)| *last < index);
        self.0.get(at).is_some_and(|(first, _)| *first <= index)
    }

    /// How many indexes are in both.
    pub fn shared(&self, other: &Intervals) -> i32 {
        let (mut a, mut b, mut count) = (0, 0, 0);
        while let (Some(x), Some(y)) = (self.0.get(a), other.0.get(b)) {
            count += (x.1.min(y.1) - x.0.max(y.0) + 1).max(0);
            if x.1 <= y.1 {
                a += 1;
            }
            if y.1 <= x.1 {
                b += 1;
            }
        }
        count
    }

    /// The first indexes below `end` that are not in here.
    fn gaps(&self, count: usize, end: i32) -> Vec<i32> {
        let mut gaps = vec![];
        let mut next = 0;
        for (first, last) in self.0.iter().copied().chain([(end, end)]) {
            let room = count - gaps.len();
            gaps.extend((next..first.min(end)).take(room));
            next = next.max(last.saturating_add(1));
        }
        gaps
    }
}

impl fmt::Display for Intervals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (first, last)) in self.0.iter().enumerate() {
            let comma = if n > 0 { "," } else { "" };
            match last - first {
                0 => write!(f, "{comma}{first}")?,
                1 => write!(f, "{comma}{first},{last}")?,
                _ => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

/// The index of a pod.
pub fn of(pod: &Object) -> Option<i32> {
    pod.annotations().get(INDEX)?.parse().ok().filter(|index| *index >= 0)
}

/// A count that a pod carries for its index.
pub fn mark(pod: &Object, key: &str) -> i32 {
    pod.annotations().get(key).and_then(|text| text.parse().ok()).filter(|count| *count >= 0).unwrap_or(0)
}

/// Indexes that have failed for good.
pub fn failed(look: &Look) -> Intervals {
    let limit = look.spec.backoff_limit_per_index.unwrap_or(0);
    let completions = look.spec.completions.unwrap_or(0);
    let status = look.job.status::<k8s_openapi::api::batch::v1::JobStatus>();
    let before = Intervals::parse(status.failed_indexes.as_deref().unwrap_or(""), completions);
    let new = look.pods.iter().filter(|pod| is_tracked(pod) && is_failed(pod, &look.spec)).filter(|pod| {
        let verdict = policy::judge(&look.spec, pod);
        verdict.action == Some("FailIndex") || (verdict.counts && mark(pod, FAILURES) >= limit)
    });
    let new: BTreeSet<i32> = new.filter_map(|pod| look.index(pod)).collect();
    before.with(new)
}

/// For each index that waits for a new pod, the failed pod that it replaces.
pub fn delayed(look: &Look) -> BTreeMap<i32, Object> {
    let active: BTreeSet<i32> = look.active.iter().filter_map(of).collect();
    let mut delayed: BTreeMap<i32, Object> = BTreeMap::new();
    let failures = |pod: &Object| mark(pod, FAILURES) + mark(pod, IGNORED);
    for pod in look.newly(&BTreeSet::new(), |pod| is_failed(pod, &look.spec)) {
        let Some(index) = look.index(pod) else { continue };
        let over = look.failed_indexes.as_ref().is_some_and(|failed| failed.has(index));
        if look.done.has(index) || over || active.contains(&index) {
            continue;
        }
        let later = delayed
            .get(&index)
            .is_none_or(|last| failures(last) <= failures(pod) && backoff::finished(pod) >= backoff::finished(last));
        if later {
            delayed.insert(index, pod.clone());
        }
    }
    delayed
}

/// The first indexes for which no pod runs and none need run any more.
pub fn pending(look: &Look, count: usize) -> Vec<i32> {
    let mut taken = look.done.with(look.active.iter().filter_map(of).collect::<BTreeSet<i32>>());
    if look.waits_for_end() {
        let ending = look.pods.iter().filter(|pod| pod.deleting() && !pods::is_terminal(pod));
        taken = taken.with(ending.filter_map(of).collect::<BTreeSet<i32>>());
    }
    if let Some(failed) = &look.failed_indexes {
        taken = taken.merge(failed);
    }
    taken.gaps(count, look.spec.completions.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_written_as_intervals() {
        let some = Intervals::parse("1,3-5,9", 8);
        assert_eq!(some.to_string(), "1,3-5");
        assert_eq!(some.with([2, 6]).to_string(), "1-6");
        assert_eq!(some.with([0]).to_string(), "0,1,3-5");
        assert_eq!((some.total(), some.has(4), some.has(2)), (4, true, false));
        assert_eq!(some.gaps(3, 8), [0, 2, 6]);
        assert_eq!(some.shared(&Intervals::parse("0-3", 8)), 2);
    }
}
