//! A Job runs pods until enough of them have succeeded, or too many have failed.
//!
//! Models: `pkg/controller/job/job_controller.go` (`syncJob`).
//! Left out: expectations (what is stored is read, not a cache that lags behind).

mod backoff;
mod indexes;
mod manage;
mod policy;
mod track;

use crate::api::kinds::job::{is_finished, is_indexed};
use crate::api::selector::Selector;
use crate::api::{ApiError, Object, Reader, kinds};
use crate::control::memory::Record;
use crate::control::{Again, Controller, Cx, EventType, pods, unless_gone};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use indexes::Intervals;
use k8s_openapi::api::batch::v1::{JobCondition, JobSpec, JobStatus};
use k8s_openapi::api::core::v1::PodStatus;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;
use std::collections::{BTreeMap, BTreeSet};

pub struct Jobs;

/// A pod keeps this until its end has been counted.
pub const TRACKING: &str = "batch.kubernetes.io/job-tracking";
/// News of pods and of a Job's own status are taken together for so long.
const BATCH: Span = Span::seconds(1);
/// The resource of the keys under which such news arrive.
const BATCHED: &str = "jobs.batch/status";

impl Controller for Jobs {
    fn name(&self) -> &'static str {
        "job-controller"
    }

    fn retries(&self) -> (Span, Span) {
        (Span::seconds(1), Span::minutes(1))
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "jobs.batch" => of_job(change, read),
            "pods" => of_pod(change, read),
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        match key.resource {
            BATCHED => {
                cx.wake(Key { resource: "jobs.batch", ..key.clone() }, BATCH);
                Ok(Again::OnChange)
            }
            "pods" => {
                let orphan = cx.read().by_key(key).filter(|pod| is_stray(pod, cx.read())).cloned();
                orphan.map_or(Ok(()), |pod| untrack(&pod, cx))?;
                Ok(Again::OnChange)
            }
            _ => sync(key, cx),
        }
    }
}

/// A Job of which only the status changed can wait.
fn of_job(change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
    let mut keys = vec![];
    let ended = match (&change.old, &change.new) {
        (Some(old), None) => Some(old),
        (Some(old), Some(new)) if is_finished(new) && !is_finished(old) => Some(old),
        _ => None,
    };
    if let Some(job) = ended {
        let pods = read.owned(job.uid()).filter(|pod| pod.kind == kinds::POD && is_tracked(pod));
        keys.extend(pods.map(Object::key));
    }
    if let Some(new) = &change.new {
        let same = change.old.as_ref().is_some_and(|old| old.meta.generation == new.meta.generation);
        let resource = if same { BATCHED } else { "jobs.batch" };
        keys.push(Key { resource, ..change.key.clone() });
    }
    keys
}

fn of_pod(change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
    let mut keys = pods::owners(change, kinds::JOB);
    if let Some(pod) = &change.new {
        if pods::is_orphan_news(change) {
            let jobs = read.list(kinds::JOB, Some(pod.namespace()));
            keys.extend(jobs.filter(|job| selector(job).matches(pod.labels())).map(Object::key));
        }
        keys.iter_mut().for_each(|key| key.resource = BATCHED);
        if is_stray(pod, read) {
            keys.push(change.key.clone());
        }
    }
    keys
}

fn selector(job: &Object) -> Selector {
    Selector::of(job.spec::<JobSpec>().selector.as_ref())
}

fn is_tracked(pod: &Object) -> bool {
    pod.meta.finalizers.iter().flatten().any(|finalizer| finalizer == TRACKING)
}

/// Tracked, but by no Job that will ever count it.
fn is_stray(pod: &Object, read: Reader<'_>) -> bool {
    if !is_tracked(pod) {
        return false;
    }
    let Some(owner) = pod.controller() else { return true };
    owner.kind == "Job"
        && owner.api_version == "batch/v1"
        && read
            .get(kinds::JOB, pod.namespace(), &owner.name)
            .is_none_or(|job| job.uid() != owner.uid || is_finished(job) && !is_foreign(job))
}

/// Another controller looks after it.
fn is_foreign(job: &Object) -> bool {
    job.spec::<JobSpec>().managed_by.as_deref().is_some_and(|name| name != "kubernetes.io/job-controller")
}

/// Takes the finalizer off a pod.
fn untrack(pod: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let Some(mut pod) = cx.read().by_key(&pod.key()).filter(|now| now.uid() == pod.uid()).cloned() else {
        return Ok(());
    };
    let meta = pod.meta_mut();
    let mut finalizers = meta.finalizers.take().unwrap_or_default();
    finalizers.retain(|finalizer| finalizer != TRACKING);
    meta.finalizers = (!finalizers.is_empty()).then_some(finalizers);
    unless_gone(cx.update(pod).map(drop))
}

/// A Job while it is looked at.
struct Look {
    /// With the status that is being written.
    job: Object,
    spec: JobSpec,
    pods: Vec<Object>,
    active: Vec<Object>,
    /// How many pods are active once this look is over.
    active_count: i32,
    ready: i32,
    terminating: i32,
    succeeded: i32,
    failed: i32,
    /// UIDs that the status lists as ended but not yet counted.
    uncounted_succeeded: BTreeSet<String>,
    uncounted_failed: BTreeSet<String>,
    finished: Option<JobCondition>,
    /// Indexes that had succeeded before, and those that have now.
    done_before: Intervals,
    done: Intervals,
    failed_indexes: Option<Intervals>,
    /// Failed pods that stay until their replacements have taken over their counts.
    delayed: BTreeMap<i32, Object>,
    /// Failures in a row, those of this look included.
    record: Record,
    /// When to look again, whatever happens.
    again: Option<Span>,
}

impl Look {
    fn of(job: Object, pods: Vec<Object>) -> Look {
        let spec = job.spec::<JobSpec>().clone();
        let active: Vec<Object> = pods.iter().filter(|pod| pods::is_active(pod)).cloned().collect();
        let count =
            |test: &dyn Fn(&Object) -> bool, list: &[Object]| list.iter().filter(|pod| test(pod)).count() as i32;
        let uncounted = job.status::<JobStatus>().uncounted_terminated_pods.clone().unwrap_or_default();
        let set = |list: Option<Vec<String>>| list.unwrap_or_default().into_iter().collect();
        Look {
            active_count: active.len() as i32,
            ready: count(&pods::is_ready, &active),
            terminating: count(&|pod| pod.deleting() && !pods::is_terminal(pod), &pods),
            succeeded: 0,
            failed: 0,
            uncounted_succeeded: set(uncounted.succeeded),
            uncounted_failed: set(uncounted.failed),
            finished: None,
            done_before: Intervals::default(),
            done: Intervals::default(),
            failed_indexes: None,
            delayed: BTreeMap::new(),
            record: Record::default(),
            again: None,
            job,
            spec,
            pods,
            active,
        }
    }

    fn status(&mut self) -> &mut JobStatus {
        self.job.status_mut::<JobStatus>()
    }

    fn is_suspended(&self) -> bool {
        self.spec.suspend == Some(true)
    }

    fn is_indexed(&self) -> bool {
        is_indexed(&self.spec)
    }

    /// Whether a pod is replaced only when it has come to its end.
    fn waits_for_end(&self) -> bool {
        waits_for_end(&self.spec)
    }

    fn wake(&mut self, after: Span) {
        self.again = Some(self.again.map_or(after, |other| other.min(after)));
    }

    /// The valid index of a pod of an Indexed Job.
    fn index(&self, pod: &Object) -> Option<i32> {
        indexes::of(pod).filter(|index| *index < self.spec.completions.unwrap_or(0))
    }

    /// Pods that have ended in a way and are not counted yet.
    fn newly(&self, uncounted: &BTreeSet<String>, ended: impl Fn(&Object) -> bool) -> Vec<&Object> {
        let fits = |pod: &&Object| {
            is_tracked(pod)
                && !uncounted.contains(pod.uid())
                && (!self.is_indexed() || self.index(pod).is_some())
                && ended(pod)
        };
        self.pods.iter().filter(fits).collect()
    }
}

fn waits_for_end(spec: &JobSpec) -> bool {
    spec.pod_failure_policy.is_some() || spec.pod_replacement_policy.as_deref() == Some("Failed")
}

/// A pod that goes counts as failed: it may never get as far as the phase.
fn is_failed(pod: &Object, spec: &JobSpec) -> bool {
    match pods::phase(pod) {
        "Failed" => true,
        "Succeeded" => false,
        _ => !waits_for_end(spec) && pod.deleting(),
    }
}

fn condition(type_: &str, status: &str, reason: &str, message: &str, now: Time) -> JobCondition {
    JobCondition {
        type_: type_.into(),
        status: status.into(),
        reason: Some(reason.into()),
        message: Some(message.into()),
        last_probe_time: Some(MetaTime(now.timestamp())),
        last_transition_time: Some(MetaTime(now.timestamp())),
    }
}

fn held<'a>(job: &'a Object, type_: &str) -> Option<&'a JobCondition> {
    let conditions = job.status::<JobStatus>().conditions.iter().flatten();
    conditions.into_iter().find(|c| c.type_ == type_ && c.status == "True")
}

/// Writes a condition; one that does not hold is only written over one that did. True when something changed.
fn ensure(status: &mut JobStatus, new: JobCondition) -> bool {
    let list = status.conditions.get_or_insert_default();
    let old = list.iter().position(|c| c.type_ == new.type_);
    let same = |c: &JobCondition| c.status == new.status && c.reason == new.reason && c.message == new.message;
    let changed = match old {
        Some(at) if same(&list[at]) => false,
        Some(at) => {
            list[at] = new;
            true
        }
        None if new.status == "False" => false,
        None => {
            list.push(new);
            true
        }
    };
    if list.is_empty() {
        status.conditions = None;
    }
    changed
}

fn sync(key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let Some(job) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
    if is_finished(&job) {
        backoff::remember(&job, Record::default(), cx);
        return Ok(Again::OnChange);
    }
    if is_foreign(&job) {
        return Ok(Again::OnChange);
    }
    let pods = pods::claim_tracked(&job, kinds::POD, &selector(&job), &pods::is_active, Some(TRACKING), cx)?;
    // The larger the Job, the longer one look takes; changes meanwhile are taken together.
    cx.takes(Span::millis(pods.len() as u64 / 20));
    let mut look = Look::of(job, pods);
    look.status().uncounted_terminated_pods.get_or_insert_default();
    look.record = backoff::record(&look, cx);
    count(&mut look);
    if look.job.status::<JobStatus>().start_time.is_none() && !look.is_suspended() {
        look.status().start_time = Some(MetaTime(cx.now.timestamp()));
    }
    judge(&mut look, cx.now);
    let managed = if look.finished.is_some() { stop(&mut look, cx) } else { go_on(&mut look, cx) };
    let (active, ready, terminating) = (look.active_count, look.ready, look.terminating);
    let status = look.status();
    status.active = (active > 0).then_some(active);
    (status.ready, status.terminating) = (Some(ready), Some(terminating));
    track::track(&mut look, cx)?;
    backoff::remember(&look.job, look.record, cx);
    managed?;
    Ok(look.again.map_or(Again::OnChange, Again::After))
}

fn count(look: &mut Look) {
    let spec = &look.spec;
    let succeeded = look.newly(&look.uncounted_succeeded, |pod| pods::phase(pod) == "Succeeded").len();
    let failed = look.newly(&look.uncounted_failed, |pod| is_failed(pod, spec));
    let failed = failed.into_iter().filter(|pod| policy::judge(spec, pod).counts).count();
    let status = look.job.status::<JobStatus>();
    look.succeeded = status.succeeded.unwrap_or(0) + succeeded as i32 + look.uncounted_succeeded.len() as i32;
    look.failed = status.failed.unwrap_or(0) + failed as i32 + look.uncounted_failed.len() as i32;
}

/// Whether the Job is over, and why.
fn judge(look: &mut Look, now: Time) {
    look.finished = held(&look.job, "SuccessCriteriaMet").cloned();
    if look.finished.is_none() {
        if let Some(target) = held(&look.job, "FailureTarget") {
            let (reason, message) = (target.reason.clone(), target.message.clone());
            look.finished =
                Some(condition("Failed", "True", &reason.unwrap_or_default(), &message.unwrap_or_default(), now));
        } else if let Some(message) = policy::failure(look) {
            look.finished = Some(condition("FailureTarget", "True", "PodFailurePolicy", &message, now));
        }
    }
    let fails = |reason: &str, message: &str| Some(condition("FailureTarget", "True", reason, message, now));
    if look.finished.is_none() {
        if look.failed > look.spec.backoff_limit.unwrap_or(6) || too_many_restarts(look) {
            look.finished = fails("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        } else if let Some(left) = before_deadline(look, now) {
            if left == Span::ZERO {
                look.finished = fails("DeadlineExceeded", "Job was active longer than specified deadline");
            } else {
                look.wake(left);
            }
        }
    }
    if look.is_indexed() {
        judge_indexes(look, now);
    }
}

fn judge_indexes(look: &mut Look, now: Time) {
    let completions = look.spec.completions.unwrap_or(0);
    let status = look.job.status::<JobStatus>();
    look.done_before = Intervals::parse(status.completed_indexes.as_deref().unwrap_or(""), completions);
    let new: BTreeSet<i32> = look
        .pods
        .iter()
        .filter(|pod| pods::phase(pod) == "Succeeded" && is_tracked(pod))
        .filter_map(|pod| look.index(pod))
        .collect();
    look.done = look.done_before.with(new);
    look.succeeded = look.done.total();
    let fails = |reason: &str, message: &str| Some(condition("FailureTarget", "True", reason, message, now));
    if look.spec.backoff_limit_per_index.is_some() {
        let failed = indexes::failed(look);
        let count = failed.total();
        look.failed_indexes = Some(failed);
        if look.finished.is_none() {
            if look.spec.max_failed_indexes.is_some_and(|most| count > most) {
                let message = "Job has exceeded the specified maximal number of failed indexes";
                look.finished = fails("MaxFailedIndexesExceeded", message);
            } else if count > 0 && count + look.done.total() >= completions {
                look.finished = fails("FailedIndexes", "Job has failed indexes");
            }
        }
        look.delayed = indexes::delayed(look);
    }
    if look.finished.is_none()
        && let Some(message) = policy::success(&look.spec, &look.done)
    {
        look.finished = Some(condition("SuccessCriteriaMet", "True", "SuccessPolicy", &message, now));
    }
}

/// Containers that are restarted in place count too.
fn too_many_restarts(look: &Look) -> bool {
    let policy = look.spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
    if policy != Some("OnFailure") {
        return false;
    }
    let running = look.pods.iter().filter(|pod| matches!(pods::phase(pod), "Running" | "Pending"));
    let restarts: i32 = running
        .flat_map(|pod| {
            let status = pod.status::<PodStatus>();
            status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten())
        })
        .map(|status| status.restart_count)
        .sum();
    match look.spec.backoff_limit.unwrap_or(6) {
        0 => restarts > 0,
        limit => restarts >= limit,
    }
}

/// How long until the deadline; `None` when there is none.
fn before_deadline(look: &Look, now: Time) -> Option<Span> {
    let seconds = look.spec.active_deadline_seconds.filter(|_| !look.is_suspended())?;
    let start = look.job.status::<JobStatus>().start_time.as_ref()?;
    let end = Time::of(start.0) + Span::seconds(seconds.clamp(0, i64::from(i32::MAX)) as u64);
    Some(end.since(now))
}

/// Ends the pods of a Job that is over.
fn stop(look: &mut Look, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let mut deleted = 0;
    let mut failed = Ok(());
    for pod in std::mem::take(&mut look.active) {
        match pods::delete(&pod, &look.job, cx) {
            Ok(()) => {
                deleted += 1;
                look.ready -= i32::from(pods::is_ready(&pod));
            }
            Err(error) => failed = Err(error),
        }
    }
    if deleted != look.active_count {
        look.finished = None;
    }
    look.active_count -= deleted;
    look.terminating += deleted;
    failed
}

/// Keeps a Job going; says when it is complete, suspended or resumed.
fn go_on(look: &mut Look, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let managed = if look.job.deleting() { Ok(()) } else { manage::manage(look, cx) };
    let complete = match look.spec.completions {
        None => look.succeeded > 0 && look.active_count == 0,
        Some(wanted) => look.succeeded >= wanted && look.active_count == 0,
    };
    if complete {
        let message = "Reached expected number of succeeded pods";
        look.finished = Some(condition("SuccessCriteriaMet", "True", "CompletionsReached", message, cx.now));
        return managed;
    }
    if look.job.deleting() {
        return managed;
    }
    let now = cx.now;
    if look.is_suspended() {
        if ensure(look.status(), condition("Suspended", "True", "JobSuspended", "Job suspended", now)) {
            cx.event(&look.job, EventType::Normal, "Suspended", "Job suspended");
            look.status().start_time = None;
        }
    } else if ensure(look.status(), condition("Suspended", "False", "JobResumed", "Job resumed", now)) {
        cx.event(&look.job, EventType::Normal, "Resumed", "Job resumed");
        look.status().start_time = Some(MetaTime(now.timestamp()));
    }
    managed
}
