//! How long a Job waits after a failure before it tries again: 10 s, doubled with each failure in a row, 10 min at the most.
//!
//! Models: `pkg/controller/job/backoff_utils.go`.

use super::indexes::{FAILURES, IGNORED, mark};
use super::{Look, is_failed};
use crate::api::Object;
use crate::control::memory::Record;
use crate::control::{Cx, pods};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::PodStatus;

const FIRST: Span = Span::seconds(10);
const LONGEST: Span = Span::minutes(10);

fn about(job: &Object) -> String {
    format!("job/{}", job.uid())
}

/// The failures in a row with those of this look: a success ends the row.
pub fn record(look: &Look, cx: &Cx<'_>) -> Record {
    let ended = |uncounted, test: &dyn Fn(&Object) -> bool| -> Vec<Time> {
        look.newly(uncounted, test).into_iter().map(finished).collect()
    };
    let success = ended(&look.uncounted_succeeded, &|pod| pods::phase(pod) == "Succeeded").into_iter().max();
    let mut failures = ended(&look.uncounted_failed, &|pod| is_failed(pod, &look.spec));
    let mut record = cx.memory.get(&about(&look.job));
    if let Some(success) = success {
        record = Record::default();
        failures.retain(|at| *at > success);
    }
    if let Some(last) = failures.iter().max() {
        record = Record { count: record.count.saturating_add(failures.len() as i32), last: *last };
    }
    record
}

/// Once the ends are counted, the row is remembered.
pub fn remember(job: &Object, record: Record, cx: &mut Cx<'_>) {
    cx.memory.set(&about(job), record);
}

/// How long until the next pod may be made.
pub fn remaining(record: Record, now: Time) -> Span {
    if record.count <= 0 { Span::ZERO } else { (record.last + record.wait(FIRST, LONGEST)).since(now) }
}

/// The same for one index, after its last failed pod.
pub fn of_index(pod: &Object, now: Time) -> Span {
    remaining(Record { count: mark(pod, FAILURES) + mark(pod, IGNORED) + 1, last: finished(pod) }, now)
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
