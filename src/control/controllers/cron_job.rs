//! A CronJob makes a Job at each moment of its schedule, and keeps as many finished ones as it says.
//!
//! Models: `pkg/controller/cronjob/cronjob_controllerv2.go`, `utils.go`.

use crate::api::kinds::job::{has, is_finished};
use crate::api::{ApiError, DeleteOptions, Object, Reader, Reason, kinds};
use crate::base::cron::{self, Schedule, zone};
use crate::control::{Again, Controller, Cx, EventType, pods};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use k8s_openapi::api::batch::v1::{CronJobSpec, CronJobStatus, JobStatus};
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time as MetaTime};

pub struct CronJobs;

/// When a Job was meant to start.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/// It looks a little after the moment, so that clocks may differ a little.
const LATE: Span = Span::millis(100);
/// More starts than this that were missed are told.
const MANY: i64 = 100;

impl Controller for CronJobs {
    fn name(&self) -> &'static str {
        "cronjob-controller"
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "cronjobs.batch" => vec![change.key.clone()],
            "jobs.batch" => pods::owners(change, kinds::CRON_JOB),
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(mut cron) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        let mut jobs: Vec<Object> = cx
            .read()
            .owned(cron.uid())
            .filter(|job| job.kind == kinds::JOB && job.controller().is_some_and(|owner| owner.uid == cron.uid()))
            .cloned()
            .collect();
        clean_up(&mut cron, &mut jobs, cx);
        let result = sync(&mut cron, &jobs, cx);
        let stored = cx.read().by_key(key).filter(|stored| stored.uid() == cron.uid());
        if stored.is_some_and(|stored| !stored.same_status(&cron)) {
            cron.meta_mut().resource_version = None;
            match cx.update_status(cron) {
                Err(error) if error.reason != Reason::NotFound => return Err(error),
                _ => {}
            }
        }
        result
    }
}

fn active(cron: &mut Object) -> &mut Vec<ObjectReference> {
    cron.status_mut::<CronJobStatus>().active.get_or_insert_default()
}

fn is_active(cron: &Object, uid: &str) -> bool {
    cron.status::<CronJobStatus>().active.iter().flatten().any(|job| job.uid.as_deref() == Some(uid))
}

fn drop_active(cron: &mut Object, uid: &str) {
    active(cron).retain(|job| job.uid.as_deref() != Some(uid));
    if active(cron).is_empty() {
        cron.status_mut::<CronJobStatus>().active = None;
    }
}

/// Deletes the oldest finished Jobs beyond the limits of the history.
fn clean_up(cron: &mut Object, jobs: &mut Vec<Object>, cx: &mut Cx<'_>) {
    let spec = cron.spec::<CronJobSpec>();
    let limits = [("Complete", spec.successful_jobs_history_limit), ("Failed", spec.failed_jobs_history_limit)];
    for (end, limit) in limits {
        let Some(limit) = limit else { continue };
        let mut ended: Vec<Object> = jobs.iter().filter(|job| has(job, end)).cloned().collect();
        ended.sort_by_key(|job| {
            let start = job.status::<JobStatus>().start_time.as_ref().map(|at| at.0);
            (start.is_none(), start, job.name().to_string())
        });
        let surplus = ended.len().saturating_sub(limit.max(0) as usize);
        for job in &ended[..surplus] {
            if delete(cron, job, cx) {
                jobs.retain(|other| other.uid() != job.uid());
            }
        }
    }
}

/// Deletes a Job, its pods after it; false when the server refuses.
fn delete(cron: &mut Object, job: &Object, cx: &mut Cx<'_>) -> bool {
    if let Err(error) = cx.delete(kinds::JOB, job.namespace(), job.name(), &DeleteOptions::default()) {
        cx.event(cron, EventType::Warning, "FailedDelete", format!("Deleted job: {}", error.message));
        return false;
    }
    drop_active(cron, job.uid());
    cx.event(cron, EventType::Normal, "SuccessfulDelete", format!("Deleted job {}", job.name()));
    true
}

/// Takes notice of what became of its Jobs.
fn observe(cron: &mut Object, jobs: &[Object], cx: &mut Cx<'_>) {
    for job in jobs {
        let known = is_active(cron, job.uid());
        if !is_finished(job) {
            if !known {
                let text = format!("Saw a job that the controller did not create or forgot: {}", job.name());
                cx.event(cron, EventType::Warning, "UnexpectedJob", text);
            }
            continue;
        }
        if known {
            drop_active(cron, job.uid());
            let end = if has(job, "Complete") { "Complete" } else { "Failed" };
            let text = format!("Saw completed job: {}, condition: {end}", job.name());
            cx.event(cron, EventType::Normal, "SawCompletedJob", text);
        }
        let end = job.status::<JobStatus>().completion_time.clone();
        let last = &mut cron.status_mut::<CronJobStatus>().last_successful_time;
        if has(job, "Complete") && end.as_ref().map(|t| t.0) > last.as_ref().map(|t| t.0) {
            *last = end;
        }
    }
    for job in cron.status::<CronJobStatus>().active.clone().unwrap_or_default() {
        let (name, uid) = (job.name.as_deref().unwrap_or(""), job.uid.as_deref().unwrap_or(""));
        let there = jobs.iter().any(|job| job.uid() == uid);
        if !there && cx.read().get(kinds::JOB, cron.namespace(), name).is_none() {
            cx.event(cron, EventType::Normal, "MissingJob", format!("Active job went missing: {name}"));
            drop_active(cron, uid);
        }
    }
}

fn sync(cron: &mut Object, jobs: &[Object], cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    observe(cron, jobs, cx);
    if cron.deleting() {
        return Ok(Again::OnChange);
    }
    let spec = cron.spec::<CronJobSpec>().clone();
    let name = spec.time_zone.as_deref().unwrap_or("");
    let Some(zone) = zone::find(name) else {
        let text = format!("invalid timeZone: {name:?}: unknown time zone {name}");
        cx.event(cron, EventType::Warning, "UnknownTimeZone", text);
        return Ok(Again::OnChange);
    };
    if spec.suspend == Some(true) {
        return Ok(Again::OnChange);
    }
    if spec.schedule.contains("TZ") {
        let text = format!(
            "CRON_TZ or TZ used in schedule {:?} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
            spec.schedule
        );
        cx.event(cron, EventType::Warning, "UnsupportedSchedule", text);
    }
    let schedule = match cron::parse(&spec.schedule, zone.clone()) {
        Ok(schedule) => schedule,
        Err(why) => {
            let text = format!("unparseable schedule: {:?} : {why}", spec.schedule);
            cx.event(cron, EventType::Warning, "UnparseableSchedule", text);
            return Ok(Again::OnChange);
        }
    };
    let due = match recent(cron, &schedule, cx.now, true) {
        Ok(found) => found,
        Err(why) => {
            cx.event(
                cron,
                EventType::Warning,
                "InvalidSchedule",
                format!("invalid schedule: {} : {why}", spec.schedule),
            );
            return Ok(Again::OnChange);
        }
    };
    if due.time.is_some() && due.missed > MANY {
        let text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
        cx.event(cron, EventType::Warning, "TooManyMissedTimes", text);
    }
    if let Some(at) = due.time {
        start(cron, &spec, at, &zone, cx)?;
    }
    Ok(next(cron, &schedule, cx.now))
}

/// Makes the Job of a moment, if nothing speaks against it.
fn start(
    cron: &mut Object,
    spec: &CronJobSpec,
    at: Timestamp,
    zone: &TimeZone,
    cx: &mut Cx<'_>,
) -> Result<(), ApiError> {
    let now = cx.now.timestamp_exact();
    if let Some(seconds) = spec.starting_deadline_seconds
        && at.as_second().saturating_add(seconds) < now.as_second()
    {
        let text = format!("Missed scheduled time to start a job: {}", at.strftime("%a, %d %b %Y %H:%M:%S +0000"));
        cx.event(cron, EventType::Warning, "MissSchedule", text);
        return Ok(());
    }
    let name = format!("{}-{}", cron.name(), at.as_second() / 60);
    let status = cron.status::<CronJobStatus>();
    let running = status.active.clone().unwrap_or_default();
    if running.iter().any(|job| job.name.as_deref() == Some(&name))
        || status.last_schedule_time.as_ref().is_some_and(|last| last.0 == at)
    {
        return Ok(());
    }
    match spec.concurrency_policy.as_deref() {
        Some("Forbid") if !running.is_empty() => {
            let text = "Not starting job because prior execution is running and concurrency policy is Forbid";
            cx.event(cron, EventType::Normal, "JobAlreadyActive", text);
            return Ok(());
        }
        Some("Replace") => {
            for job in running {
                let name = job.name.unwrap_or_default();
                let Some(job) = cx.read().get(kinds::JOB, cron.namespace(), &name).cloned() else { continue };
                if !delete(cron, &job, cx) {
                    let (space, name) = (job.namespace(), job.name());
                    return Err(ApiError::new(Reason::InternalError, format!("could not replace job {space}/{name}")));
                }
            }
        }
        _ => {}
    }
    let made = match cx.create(job(cron, spec, name, at, zone)) {
        Ok(job) => {
            cx.event(cron, EventType::Normal, "SuccessfulCreate", format!("Created job {}", job.name()));
            job
        }
        Err(error) if error.reason == Reason::AlreadyExists => {
            let there = cx.read().get(kinds::JOB, cron.namespace(), &error.name).cloned();
            let own = there.filter(|job| job.controller().is_some_and(|owner| owner.uid == cron.uid()));
            let Some(job) = own.filter(|job| !is_active(cron, job.uid())) else { return Ok(()) };
            job
        }
        Err(error) if pods::namespace_goes(&error) => return Err(error),
        Err(error) => {
            cx.event(cron, EventType::Warning, "FailedCreate", format!("Error creating job: {}", error.message));
            return Err(error);
        }
    };
    active(cron).push(ObjectReference {
        kind: Some("Job".into()),
        api_version: Some("batch/v1".into()),
        namespace: made.meta.namespace.clone(),
        name: made.meta.name.clone(),
        uid: made.meta.uid.clone(),
        resource_version: made.meta.resource_version.clone(),
        field_path: None,
    });
    cron.status_mut::<CronJobStatus>().last_schedule_time = Some(MetaTime(at));
    Ok(())
}

fn job(cron: &Object, spec: &CronJobSpec, name: String, at: Timestamp, zone: &TimeZone) -> Object {
    let given = spec.job_template.metadata.clone().unwrap_or_default();
    let mut annotations = given.annotations.unwrap_or_default();
    let local = at.to_zoned(zone.clone());
    let offset = if local.offset().seconds() == 0 { "Z".into() } else { local.strftime("%:z").to_string() };
    annotations.insert(SCHEDULED.into(), format!("{}{offset}", local.strftime("%Y-%m-%dT%H:%M:%S")));
    let meta = ObjectMeta {
        name: Some(name),
        namespace: cron.meta.namespace.clone(),
        labels: given.labels.filter(|labels| !labels.is_empty()),
        annotations: Some(annotations),
        owner_references: Some(vec![cron.controller_reference()]),
        ..Default::default()
    };
    let body = spec.job_template.spec.clone().unwrap_or_default();
    Object::new(kinds::JOB, meta, body, JobStatus::default())
}

/// The last moment of the schedule that is over, and how many were missed.
struct Recent {
    earliest: Timestamp,
    time: Option<Timestamp>,
    missed: i64,
}

/// # Errors
/// A schedule that never comes (the 31st of February).
fn recent(cron: &Object, schedule: &Schedule, now: Time, with_deadline: bool) -> Result<Recent, String> {
    let spec = cron.spec::<CronJobSpec>();
    let now = now.timestamp_exact();
    let last = cron.status::<CronJobStatus>().last_schedule_time.as_ref().map(|at| at.0);
    let mut earliest = last.unwrap_or_else(|| cron.created().timestamp());
    if let Some(seconds) = spec.starting_deadline_seconds.filter(|_| with_deadline) {
        let since = Timestamp::from_millisecond(now.as_millisecond().saturating_sub(seconds.saturating_mul(1000)));
        earliest = earliest.max(since.unwrap_or(earliest));
    }
    let never = || "time difference between two schedules is less than 1 second".to_string();
    let first = schedule.next(earliest).ok_or_else(never)?;
    if now < first {
        return Ok(Recent { earliest, time: None, missed: 0 });
    }
    let second = schedule.next(first).ok_or_else(never)?;
    if now < second {
        return Ok(Recent { earliest, time: Some(first), missed: 0 });
    }
    let between = second.as_second() - first.as_second();
    if between < 1 {
        return Err(never());
    }
    let missed = (now.as_second() - first.as_second()) / between + 1;
    let from = Timestamp::from_second(first.as_second() + (missed - 2) * between).unwrap_or(first);
    let mut time = None;
    let mut at = schedule.next(from);
    while let Some(moment) = at.filter(|moment| *moment <= now) {
        time = Some(moment);
        at = schedule.next(moment);
    }
    Ok(Recent { earliest, time, missed })
}

/// When to look again.
fn next(cron: &Object, schedule: &Schedule, now: Time) -> Again {
    let exact = now.timestamp_exact();
    let from = match recent(cron, schedule, now, false) {
        Ok(Recent { time: Some(time), .. }) => time,
        Ok(Recent { earliest, missed: 0, .. }) => earliest,
        _ => exact,
    };
    let Some(next) = schedule.next(from) else { return Again::OnChange };
    let wait = (next.as_millisecond() - exact.as_millisecond()).max(0) as u64;
    Again::After(Span(wait) + LATE)
}
