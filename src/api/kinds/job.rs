//! Job.
//!
//! Models: `pkg/apis/batch/v1/defaults.go`, `pkg/registry/batch/job/strategy.go`, `printJob`.

use super::pod_spec;
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::base::age;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::batch::v1::{Job, JobSpec, JobStatus};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

pub struct JobKind;

/// The labels of a Job's pods: its UID and its name, each under the older and the newer key.
pub const UID_LABELS: [&str; 2] = ["controller-uid", "batch.kubernetes.io/controller-uid"];
pub const NAME_LABELS: [&str; 2] = ["job-name", "batch.kubernetes.io/job-name"];

static NAMES: Names = Names {
    kind: "Job",
    group: "batch",
    version: "v1",
    plural: "jobs",
    singular: "job",
    short: &[],
    namespaced: true,
    categories: &["all"],
    resource: "jobs.batch",
};

static COLUMNS: [Column; 8] = [
    cell::NAME,
    column("STATUS", |job, _| state(job).into()),
    column("COMPLETIONS", |job, _| completions(job)),
    column("DURATION", duration),
    cell::AGE,
    cell::CONTAINERS,
    cell::IMAGES,
    cell::SELECTOR,
];

/// Whether a condition holds.
pub fn has(job: &Object, condition: &str) -> bool {
    let conditions = job.status::<JobStatus>().conditions.iter().flatten();
    conditions.into_iter().any(|c| c.type_ == condition && c.status == "True")
}

/// Complete or failed: nothing more comes of it.
pub fn is_finished(job: &Object) -> bool {
    has(job, "Complete") || has(job, "Failed")
}

pub fn is_indexed(spec: &JobSpec) -> bool {
    spec.completion_mode.as_deref() == Some("Indexed")
}

fn state(job: &Object) -> &'static str {
    for condition in ["Complete", "Failed"] {
        if has(job, condition) {
            return condition;
        }
    }
    if job.deleting() {
        return "Terminating";
    }
    ["Suspended", "FailureTarget"].into_iter().find(|condition| has(job, condition)).unwrap_or("Running")
}

fn completions(job: &Object) -> String {
    let spec = job.spec::<JobSpec>();
    let done = job.status::<JobStatus>().succeeded.unwrap_or(0);
    match (spec.completions, spec.parallelism.unwrap_or(0)) {
        (Some(whole), _) => format!("{done}/{whole}"),
        (None, several) if several > 1 => format!("{done}/1 of {several}"),
        (None, _) => format!("{done}/1"),
    }
}

fn duration(job: &Object, now: Time) -> String {
    let status = job.status::<JobStatus>();
    let Some(start) = &status.start_time else { return String::new() };
    match &status.completion_time {
        Some(end) => age::human((end.0.as_second() - start.0.as_second()).max(0) as u64),
        None => cell::since(Some(start), now),
    }
}

/// What the specification of a Job and that of a CronJob's template have in common.
pub fn spec_defaults(spec: &mut JobSpec) {
    pod_spec::template_defaults(&mut spec.template);
    let rules = spec.pod_failure_policy.iter_mut().flat_map(|policy| policy.rules.iter_mut());
    for pattern in rules.flat_map(|rule| rule.on_pod_conditions.iter_mut().flatten()) {
        if pattern.status.as_deref().unwrap_or("").is_empty() {
            pattern.status = Some("True".into());
        }
    }
}

/// Selector and labels by which the Job finds its pods and nobody else's.
fn generate_selector(job: &mut Object) {
    let (name, uid) = (job.name().to_string(), job.uid().to_string());
    let own_labels = job.meta.labels.is_some();
    let spec = job.spec_mut::<JobSpec>();
    let labels = spec.template.metadata.get_or_insert_default().labels.get_or_insert_default();
    if spec.manual_selector != Some(true) {
        for (keys, value) in [(NAME_LABELS, &name), (UID_LABELS, &uid)] {
            for key in keys {
                labels.entry(key.into()).or_insert_with(|| value.clone());
            }
        }
        let wanted = spec.selector.get_or_insert_default().match_labels.get_or_insert_default();
        wanted.entry(UID_LABELS[1].into()).or_insert(uid);
    }
    let labels = labels.clone();
    if !own_labels && !labels.is_empty() {
        job.meta_mut().labels = Some(labels);
    }
}

impl Kind for JobKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status.successful"]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::job_describe::job(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(Job, JobSpec, JobStatus)
    }

    fn defaults(&self, object: &mut Object) {
        let made = object.spec::<JobSpec>().selector.is_some();
        let spec = object.spec_mut::<JobSpec>();
        spec_defaults(spec);
        if spec.completions.is_none() && spec.parallelism.is_none() {
            spec.completions = Some(1);
        }
        spec.parallelism.get_or_insert(1);
        let limit = if spec.backoff_limit_per_index.is_some() { i32::MAX } else { 6 };
        spec.backoff_limit.get_or_insert(limit);
        spec.completion_mode.get_or_insert_with(|| "NonIndexed".into());
        spec.suspend.get_or_insert(false);
        spec.manual_selector.get_or_insert(false);
        let replaced = if spec.pod_failure_policy.is_some() { "Failed" } else { "TerminatingOrFailed" };
        spec.pod_replacement_policy.get_or_insert_with(|| replaced.into());
        let labels = spec.template.metadata.as_ref().and_then(|meta| meta.labels.clone());
        if made && object.meta.labels.is_none() {
            object.meta_mut().labels = labels;
        }
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            generate_selector(new);
            *new.status_mut::<JobStatus>() = JobStatus::default();
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::job::validate(new, old, errors);
    }

    fn has_generation(&self) -> bool {
        true
    }

    fn template<'a>(&self, object: &'a Object) -> Option<&'a PodTemplateSpec> {
        Some(&object.spec::<JobSpec>().template)
    }

    fn set_template(&self, object: &mut Object, template: PodTemplateSpec) -> bool {
        object.spec_mut::<JobSpec>().template = template;
        true
    }

    fn selector(&self, object: &Object) -> Option<LabelSelector> {
        object.spec::<JobSpec>().selector.clone()
    }
}
