//! Law: a CronJob keeps its concurrency policy.
//!
//! Models: `pkg/controller/cronjob/cronjob_controllerv2.go` (`syncCronJob`). Jobs that are not in its list are not counted
//! there, and a policy of today does not end the Jobs of yesterday.

use super::{Check, Findings, Law, Seen};
use crate::api::kinds;
use k8s_openapi::api::batch::v1::{CronJobSpec, CronJobStatus};

pub static LAW: Law = Law {
    name: "cron-jobs-keep-their-policy",
    says: "A CronJob that forbids or replaces concurrent Jobs makes none while one of its list is at work.",
    check: Check::Change(check),
};

fn check(seen: &Seen<'_>, findings: &mut Findings) {
    if seen.change.key.resource != "jobs.batch" || !seen.is_by("cronjob-controller") {
        return;
    }
    let Some(job) = seen.made() else { return };
    let Some(cron) = seen.past.owner(job, kinds::CRON_JOB) else { return };
    let spec = cron.spec::<CronJobSpec>();
    if !matches!(spec.concurrency_policy.as_deref(), Some("Forbid" | "Replace")) {
        return;
    }
    let listed: Vec<&str> =
        cron.status::<CronJobStatus>().active.iter().flatten().filter_map(|job| job.uid.as_deref()).collect();
    let at_work = seen
        .past
        .owned(cron, kinds::JOB)
        .find(|other| listed.contains(&other.uid()) && !kinds::job::is_finished(other) && !other.deleting());
    if let Some(other) = at_work {
        findings.add(cron.key(), format!("made {} while {} is at work", job.name(), other.name()));
    }
}
