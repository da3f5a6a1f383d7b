//! Law: a Job counts its pods, and a finished one has none that run.
//!
//! Models: `pkg/controller/job/job_controller.go` (`syncJob`, `trackJobStatusAndRemoveFinalizers`).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::control::pods;
use crate::world::World;
use k8s_openapi::api::batch::v1::{JobSpec, JobStatus};

pub static LAW: Law = Law {
    name: "jobs-are-counted",
    says: "A settled Job counts its active pods right and has none uncounted; a finished one has no active pod; a complete one has all its completions.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for job in read.list(kinds::JOB, None).filter(|job| !job.deleting()) {
        if job.spec::<JobSpec>().managed_by.is_none() {
            findings.at(job, wrong(job, read));
        }
    }
}

fn wrong(job: &Object, read: Reader<'_>) -> Option<String> {
    let (spec, status) = (job.spec::<JobSpec>(), job.status::<JobStatus>());
    let own = |pod: &&Object| pod.kind == kinds::POD && pod.controller().is_some_and(|owner| owner.uid == job.uid());
    let active = read.owned(job.uid()).filter(own).filter(|pod| pods::is_active(pod)).count() as i32;
    let is = |type_: &str| status.conditions.iter().flatten().any(|c| c.type_ == type_ && c.status == "True");
    let said = status.active.unwrap_or(0);
    if said != active {
        return Some(format!("says {said} active pods, has {active}"));
    }
    if let Some(uncounted) = &status.uncounted_terminated_pods
        && (uncounted.succeeded.iter().flatten().next().is_some() || uncounted.failed.iter().flatten().next().is_some())
    {
        return Some("has pods that were not counted".into());
    }
    let finished = is("Complete") || is("Failed");
    if (finished || spec.suspend == Some(true)) && active > 0 {
        return Some(format!("is finished or suspended, but has {active} active pods"));
    }
    let succeeded = status.succeeded.unwrap_or(0);
    let done = spec.completions.is_some_and(|wanted| succeeded < wanted);
    if is("Complete") && spec.success_policy.is_none() && done {
        return Some(format!("is complete with {succeeded} of {:?} completions", spec.completions));
    }
    (!finished && spec.completions.is_some_and(|wanted| succeeded >= wanted))
        .then(|| format!("is not complete with {succeeded} of {:?} completions", spec.completions))
}
