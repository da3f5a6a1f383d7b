//! `kubectl describe` of Jobs and CronJobs.
//!
//! Models: `describeJob`, `describeCronJob` of `kubectl/pkg/describe/describe.go`.

use super::cell::selector_text;
use super::containers;
use super::report::{Report, long_time, truth};
use crate::api::kinds::job::is_indexed;
use crate::api::object::Object;
use crate::api::selector::Selector;
use crate::api::server::Reader;
use crate::base::age;
use crate::time::Time;
use k8s_openapi::api::batch::v1::{CronJobSpec, CronJobStatus, JobSpec, JobStatus};
use std::fmt::Display;

/// How much of a list of indexes is shown.
const INDEXES: usize = 50;

fn unset<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "<unset>".into(), |value| value.to_string())
}

pub fn job(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (object.spec::<JobSpec>(), object.status::<JobStatus>());
    out.named(object);
    out.line(0, format_args!("Selector:\t{}", selector_text(&Selector::of(spec.selector.as_ref()))));
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
    out.controlled_by(object);
    out.line(0, format_args!("Parallelism:\t{}", spec.parallelism.unwrap_or(1)));
    out.line(0, format_args!("Completions:\t{}", unset(spec.completions)));
    out.line(0, format_args!("Completion Mode:\t{}", spec.completion_mode.as_deref().unwrap_or("")));
    out.line(0, format_args!("Suspend:\t{}", spec.suspend == Some(true)));
    out.line(0, format_args!("Backoff Limit:\t{}", spec.backoff_limit.unwrap_or(6)));
    if let Some(seconds) = spec.ttl_seconds_after_finished {
        out.line(0, format_args!("TTL Seconds After Finished:\t{seconds}"));
    }
    if let Some(start) = &status.start_time {
        out.line(0, format_args!("Start Time:\t{}", long_time(start)));
    }
    if let Some(end) = &status.completion_time {
        out.line(0, format_args!("Completed At:\t{}", long_time(end)));
    }
    if let (Some(start), Some(end)) = (&status.start_time, &status.completion_time) {
        let seconds = (end.0.as_second() - start.0.as_second()).max(0) as u64;
        out.line(0, format_args!("Duration:\t{}", age::human(seconds)));
    }
    if let Some(seconds) = spec.active_deadline_seconds {
        out.line(0, format_args!("Active Deadline Seconds:\t{seconds}s"));
    }
    let count = |count: Option<i32>| count.unwrap_or(0);
    let ready = status.ready.map(|ready| format!(" ({ready} Ready)")).unwrap_or_default();
    out.line(
        0,
        format_args!(
            "Pods Statuses:\t{} Active{ready} / {} Succeeded / {} Failed",
            count(status.active),
            count(status.succeeded),
            count(status.failed)
        ),
    );
    if is_indexed(spec) {
        let indexes = status.completed_indexes.as_deref().unwrap_or("");
        out.line(0, format_args!("Completed Indexes:\t{}", capped(indexes)));
    }
    containers::template(&spec.template, out);
    out.events_of(object, read, now);
}

fn capped(indexes: &str) -> String {
    if indexes.is_empty() {
        return "<none>".into();
    }
    match indexes.bytes().skip(INDEXES).position(|c| c == b',') {
        Some(at) => format!("{}...", &indexes[..=INDEXES + at]),
        None => indexes.into(),
    }
}

pub fn cron_job(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (object.spec::<CronJobSpec>(), object.status::<CronJobStatus>());
    out.head(object);
    out.line(0, format_args!("Schedule:\t{}", spec.schedule));
    out.line(0, format_args!("Concurrency Policy:\t{}", spec.concurrency_policy.as_deref().unwrap_or("")));
    out.line(0, format_args!("Suspend:\t{}", truth(spec.suspend == Some(true))));
    out.line(0, format_args!("Time Zone:\t{}", unset(spec.time_zone.as_ref())));
    out.line(0, format_args!("Successful Job History Limit:\t{}", unset(spec.successful_jobs_history_limit)));
    out.line(0, format_args!("Failed Job History Limit:\t{}", unset(spec.failed_jobs_history_limit)));
    let deadline = spec.starting_deadline_seconds.map(|seconds| format!("{seconds}s"));
    out.line(0, format_args!("Starting Deadline Seconds:\t{}", unset(deadline)));
    if let Some(job) = &spec.job_template.spec {
        let selector = job.selector.as_ref().map(|selector| selector_text(&Selector::of(Some(selector))));
        out.line(0, format_args!("Selector:\t{}", unset(selector)));
        out.line(0, format_args!("Parallelism:\t{}", unset(job.parallelism)));
        out.line(0, format_args!("Completions:\t{}", unset(job.completions)));
        if let Some(seconds) = job.active_deadline_seconds {
            out.line(0, format_args!("Active Deadline Seconds:\t{seconds}s"));
        }
        containers::template(&job.template, out);
    }
    let last = status.last_schedule_time.as_ref().map(long_time);
    out.line(0, format_args!("Last Schedule Time:\t{}", unset(last)));
    let active: Vec<&str> = status.active.iter().flatten().filter_map(|job| job.name.as_deref()).collect();
    let active = if active.is_empty() { "<none>".into() } else { active.join(", ") };
    out.line(0, format_args!("Active Jobs:\t{active}"));
    out.events_of(object, read, now);
}
