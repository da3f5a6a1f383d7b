//! A finished Job goes when its `ttlSecondsAfterFinished` are over.
//!
//! Models: `pkg/controller/ttlafterfinished/ttlafterfinished_controller.go`.

use crate::api::kinds::job::is_finished;
use crate::api::{ApiError, DeleteOptions, Object, Propagation, Reader, Reason};
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use k8s_openapi::api::batch::v1::{JobSpec, JobStatus};

pub struct TtlAfterFinished;

impl Controller for TtlAfterFinished {
    fn name(&self) -> &'static str {
        "ttl-after-finished-controller"
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        match &change.new {
            Some(job) if change.key.resource == "jobs.batch" && end(job).is_some() => vec![change.key.clone()],
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(job) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        let Some(end) = end(&job) else { return Ok(Again::OnChange) };
        if cx.now < end {
            return Ok(Again::After(end.since(cx.now)));
        }
        let options =
            DeleteOptions { propagation: Propagation::Foreground, uid: job.meta.uid.clone(), ..Default::default() };
        match cx.delete(job.kind, job.namespace(), job.name(), &options) {
            Err(error) if error.reason != Reason::NotFound => Err(error),
            _ => Ok(Again::OnChange),
        }
    }
}

/// When a Job is to go.
fn end(job: &Object) -> Option<Time> {
    let ttl = job.spec::<JobSpec>().ttl_seconds_after_finished?;
    if job.deleting() || !is_finished(job) {
        return None;
    }
    let conditions = job.status::<JobStatus>().conditions.as_ref()?;
    let last = conditions.iter().find(|c| ["Complete", "Failed"].contains(&c.type_.as_str()) && c.status == "True")?;
    let finished = Time::of(last.last_transition_time.as_ref()?.0);
    Some(finished + Span::seconds(ttl.max(0) as u64))
}
