//! How long a Job waits after a failure before it tries again: 10 s, doubled with each failure in a row, 10 min at the most.
//!
//! Models: `pkg/controller/job/backoff_utils.go`.
//! Left out: the record of failures in memory; they are counted from the pods that are there, so deleted ones are forgotten.

use super::indexes::{FAILURES, IGNORED, mark};
use super::{Look, is_failed};
use crate::api::Object;
use crate::control::pods;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::PodStatus;

const FIRST: Span = Span::seconds(10);
const LONGEST: Span = Span::minutes(10);

/// How long until the next pod may be made.
pub fn remaining(look: &Look, now: Time) -> Span {
    let ends = |test: &dyn Fn(&Object) -> bool| look.pods.iter().filter(|pod| test(pod)).map(finished).max();
    let success = ends(&|pod| pods::phase(pod) == "Succeeded");
    let since = |pod: &&Object| is_failed(pod, &look.spec) && success.is_none_or(|success| finished(pod) > success);
    let failures: Vec<Time> = look.pods.iter().filter(since).map(finished).collect();
    let last = failures.iter().max().copied().unwrap_or_default();
    left(failures.len() as i32, last, now)
}

/// The same for one index, after its last failed pod.
pub fn of_index(pod: &Object, now: Time) -> Span {
    left(mark(pod, FAILURES) + mark(pod, IGNORED) + 1, finished(pod), now)
}

fn left(failures: i32, last: Time, now: Time) -> Span {
    if failures <= 0 {
        return Span::ZERO;
    }
    let wait = Span((FIRST.0 << (failures - 1).min(16)).min(LONGEST.0));
    (last + wait).since(now)
}

/// When a pod came to its end: its last container, else since when it is not ready, else when it was deleted.
pub fn finished(pod: &Object) -> Time {
    let status = pod.status::<PodStatus>();
    let ends = status.container_statuses.iter().flatten().map(|status| {
        let end = status.state.as_ref()?.terminated.as_ref()?;
        end.finished_at.as_ref().map(|at| Time::of(at.0))
    });
    let ends: Option<Vec<Time>> = ends.collect();
    if let Some(end) = ends.and_then(|ends| ends.into_iter().max()) {
        return end;
    }
    let not_ready = pods::condition(pod, "Ready").filter(|condition| condition.status == "False");
    if let Some(at) = not_ready.and_then(|condition| condition.last_transition_time.as_ref()) {
        return Time::of(at.0);
    }
    if let Some(at) = &pod.meta.deletion_timestamp {
        let grace = pod.meta.deletion_grace_period_seconds.unwrap_or(0).max(0) as u64;
        return Time(Time::of(at.0).0.saturating_sub(Span::seconds(grace).0));
    }
    pod.created()
}
