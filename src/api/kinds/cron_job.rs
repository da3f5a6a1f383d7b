//! CronJob.
//!
//! Models: `pkg/apis/batch/v1/defaults.go`, `pkg/registry/batch/cronjob/strategy.go`, `printCronJob`.

use super::job;
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column, wide};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, CronJobStatus};
use k8s_openapi::api::core::v1::PodTemplateSpec;

pub struct CronJobKind;

static NAMES: Names = Names {
    kind: "CronJob",
    group: "batch",
    version: "v1",
    plural: "cronjobs",
    singular: "cronjob",
    short: &["cj"],
    namespaced: true,
    categories: &["all"],
    resource: "cronjobs.batch",
};

static COLUMNS: [Column; 10] = [
    cell::NAME,
    column("SCHEDULE", |cron, _| cron.spec::<CronJobSpec>().schedule.clone()),
    column("TIMEZONE", |cron, _| cell::or_none(cron.spec::<CronJobSpec>().time_zone.as_deref())),
    column("SUSPEND", |cron, _| show::report::truth(cron.spec::<CronJobSpec>().suspend == Some(true)).into()),
    column("ACTIVE", |cron, _| cron.status::<CronJobStatus>().active.as_ref().map_or(0, Vec::len).to_string()),
    column("LAST SCHEDULE", |cron, now| match &cron.status::<CronJobStatus>().last_schedule_time {
        Some(last) => cell::since(Some(last), now),
        None => "<none>".into(),
    }),
    cell::AGE,
    cell::CONTAINERS,
    cell::IMAGES,
    wide("SELECTOR", |_, _| "<none>".into()),
];

impl Kind for CronJobKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::job_describe::cron_job(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(CronJob, CronJobSpec, CronJobStatus)
    }

    fn defaults(&self, object: &mut Object) {
        let spec = object.spec_mut::<CronJobSpec>();
        spec.concurrency_policy.get_or_insert_with(|| "Allow".into());
        spec.suspend.get_or_insert(false);
        spec.successful_jobs_history_limit.get_or_insert(3);
        spec.failed_jobs_history_limit.get_or_insert(1);
        job::spec_defaults(spec.job_template.spec.get_or_insert_default());
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            *new.status_mut::<CronJobStatus>() = CronJobStatus::default();
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::cron_job::validate(new, old, errors);
    }

    fn has_generation(&self) -> bool {
        true
    }

    fn template<'a>(&self, object: &'a Object) -> Option<&'a PodTemplateSpec> {
        object.spec::<CronJobSpec>().job_template.spec.as_ref().map(|spec| &spec.template)
    }

    fn set_template(&self, object: &mut Object, template: PodTemplateSpec) -> bool {
        object.spec_mut::<CronJobSpec>().job_template.spec.get_or_insert_default().template = template;
        true
    }
}
