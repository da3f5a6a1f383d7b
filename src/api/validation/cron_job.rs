//! CronJobs: schedule, time zone, policies.
//!
//! Models: `pkg/apis/batch/validation/validation.go`.

use super::{job, not_negative, one_of, quoted};
use crate::api::errors::FieldErrors;
use crate::api::object::Object;
use crate::base::cron::{self, zone};
use jiff::tz::TimeZone;
use k8s_openapi::api::batch::v1::CronJobSpec;

/// What a Job's name has more than its CronJob's: `-29801341`.
const SUFFIX: usize = 11;

pub fn validate(new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
    let spec = new.spec::<CronJobSpec>();
    let was = old.map(|old| old.spec::<CronJobSpec>());
    if spec.schedule.is_empty() {
        errors.required("spec.schedule", "");
    } else {
        schedule(spec, was.is_some_and(|was| was.schedule.contains("TZ")), errors);
    }
    not_negative(errors, "spec.startingDeadlineSeconds", spec.starting_deadline_seconds);
    if was.is_none_or(|was| was.time_zone != spec.time_zone)
        && let Some(name) = &spec.time_zone
    {
        time_zone(name, errors);
    }
    match spec.concurrency_policy.as_deref().unwrap_or("") {
        "" => errors.required("spec.concurrencyPolicy", ""),
        policy => one_of(errors, "spec.concurrencyPolicy", policy, &["Allow", "Forbid", "Replace"]),
    }
    if let Some(body) = &spec.job_template.spec {
        let path = "spec.jobTemplate.spec";
        job::spec(body, path, errors);
        if let Some(selector) = &body.selector {
            let why = "`selector` will be auto-generated";
            errors.invalid(format!("{path}.selector"), super::value(selector), why);
        }
        if body.manual_selector == Some(true) {
            errors.not_supported(format!("{path}.manualSelector"), true, &["nil", "false"]);
        }
    }
    for (name, limit) in [
        ("successfulJobsHistoryLimit", spec.successful_jobs_history_limit),
        ("failedJobsHistoryLimit", spec.failed_jobs_history_limit),
    ] {
        not_negative(errors, format!("spec.{name}"), limit.map(i64::from));
    }
    if old.is_none() && new.name().len() > 63 - SUFFIX {
        errors.invalid("metadata.name", quoted(new.name()), "must be no more than 52 characters");
    }
}

fn schedule(spec: &CronJobSpec, zone_allowed: bool, errors: &mut FieldErrors) {
    let text = &spec.schedule;
    if let Err(why) = cron::parse(text, TimeZone::UTC) {
        errors.invalid("spec.schedule", quoted(text), &why);
    }
    if text.contains("TZ") {
        if !zone_allowed {
            let why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            errors.invalid("spec.schedule", quoted(text), why);
        } else if spec.time_zone.is_some() {
            let why = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
            errors.invalid("spec.schedule", quoted(text), why);
        }
    }
}

fn time_zone(name: &str, errors: &mut FieldErrors) {
    let path = "spec.timeZone";
    if name.is_empty() {
        errors.invalid(path, quoted(name), "timeZone must be nil or non-empty string");
        return;
    }
    let fits = |part: &str| {
        !matches!(part, "." | "..")
            && !part.starts_with('-')
            && (1..=14).contains(&part.len())
            && part.bytes().all(|c| c.is_ascii_alphanumeric() || b".-_+".contains(&c))
    };
    if name.eq_ignore_ascii_case("local") {
        let why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        errors.invalid(path, quoted(name), why);
    }
    if !name.split('/').all(fits) || (zone::find(name).is_none() && name != "Local") {
        errors.invalid(path, quoted(name), &format!("unknown time zone {name}"));
    }
}
