//! Every pod's end is counted once: its UID goes into the status, its finalizer goes, then the count goes up.
//!
//! Models: `trackJobStatusAndRemoveFinalizers`, `flushUncountedAndRemoveFinalizers`, `enactJobFinished` of
//! `pkg/controller/job/job_controller.go`.

use super::{Look, condition, ensure, indexes, is_failed, is_tracked, policy, untrack};
use crate::api::{ApiError, Object, Reason};
use crate::control::{Cx, EventType, pods};
use k8s_openapi::api::batch::v1::{JobStatus, UncountedTerminatedPods};
use std::collections::BTreeSet;

/// At most so many ends are counted in one look.
const MOST: usize = 500;

pub fn track(look: &mut Look, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    if look.is_indexed() {
        look.pods.sort_by_key(indexes::of);
    }
    let mut tracked: BTreeSet<String> =
        look.pods.iter().filter(|pod| is_tracked(pod)).map(|pod| pod.uid().to_string()).collect();
    settle(look.status(), &tracked);
    let (ended, all) = ended(look);
    if look.is_indexed() {
        let (done, failed) = (look.done.clone(), look.failed_indexes.clone());
        let status = look.status();
        status.succeeded = (done.total() > 0).then(|| done.total());
        let text = done.to_string();
        status.completed_indexes = (!text.is_empty()).then_some(text);
        status.failed_indexes = failed.map(|failed| failed.to_string());
    }
    announce(look, cx);
    if !flush(look, cx)? {
        return Ok(());
    }
    for pod in &ended {
        untrack(pod, cx)?;
        tracked.remove(pod.uid());
    }
    settle(look.status(), &tracked);
    let over = all && finish(look, cx);
    if flush(look, cx)? && over {
        tell(look, cx);
    }
    Ok(())
}

/// Counts what is listed as ended and has lost its finalizer.
fn settle(status: &mut JobStatus, tracked: &BTreeSet<String>) {
    let uncounted = status.uncounted_terminated_pods.get_or_insert_default();
    for (list, count) in
        [(&mut uncounted.succeeded, &mut status.succeeded), (&mut uncounted.failed, &mut status.failed)]
    {
        let mut uids = list.take().unwrap_or_default();
        let before = uids.len();
        uids.retain(|uid| tracked.contains(uid));
        let counted = (before - uids.len()) as i32;
        if counted > 0 {
            *count = Some(count.unwrap_or(0) + counted);
        }
        *list = (!uids.is_empty()).then_some(uids);
    }
}

/// The pods that need not be tracked any longer; their UIDs go into the status. Whether that was all of them.
fn ended(look: &mut Look) -> (Vec<Object>, bool) {
    let mut ended = vec![];
    let mut lists = look.job.status::<JobStatus>().uncounted_terminated_pods.clone().unwrap_or_default();
    let (mut succeeded, mut failed) =
        (lists.succeeded.take().unwrap_or_default(), lists.failed.take().unwrap_or_default());
    let mut new_indexes = 0;
    let mut all = true;
    let fails = look.finished.as_ref().is_some_and(|condition| condition.type_ != "SuccessCriteriaMet");
    for pod in look.pods.iter().filter(|pod| is_tracked(pod)) {
        let is_failed = is_failed(pod, &look.spec);
        if !may_go(look, pod, is_failed) {
            continue;
        }
        ended.push(pod.clone());
        let uid = pod.uid().to_string();
        let valid = !look.is_indexed() || look.index(pod).is_some();
        if pods::phase(pod) == "Succeeded" && !failed.contains(&uid) {
            if look.is_indexed() {
                new_indexes += usize::from(look.index(pod).is_some_and(|index| !look.done_before.has(index)));
            } else if !succeeded.contains(&uid) {
                succeeded.push(uid);
            }
        } else if (is_failed || fails) && valid && !failed.contains(&uid) && policy::judge(&look.spec, pod).counts {
            failed.push(uid);
        }
        if new_indexes + succeeded.len() + failed.len() >= MOST {
            all = false;
            break;
        }
    }
    let list = |uids: Vec<String>| (!uids.is_empty()).then_some(uids);
    look.status().uncounted_terminated_pods =
        Some(UncountedTerminatedPods { succeeded: list(succeeded), failed: list(failed) });
    (ended, all)
}

fn may_go(look: &Look, pod: &Object, is_failed: bool) -> bool {
    if look.job.deleting() || look.finished.is_some() || pods::phase(pod) == "Succeeded" {
        return true;
    }
    let delayed = look.index(pod).and_then(|index| look.delayed.get(&index));
    is_failed && delayed.is_none_or(|delayed| delayed.uid() != pod.uid())
}

/// The condition that comes before the last one.
fn announce(look: &mut Look, cx: &Cx<'_>) {
    let Some(interim) = look.finished.clone() else { return };
    let last = match interim.type_.as_str() {
        "FailureTarget" => "Failed",
        "SuccessCriteriaMet" => "Complete",
        _ => return,
    };
    let (reason, message) = (interim.reason.clone().unwrap_or_default(), interim.message.clone().unwrap_or_default());
    ensure(look.status(), interim);
    look.finished = Some(condition(last, "True", &reason, &message, cx.now));
}

/// Writes the status if it changed; false when the Job is gone.
fn flush(look: &mut Look, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
    let stored = cx.read().by_key(&look.job.key()).filter(|stored| stored.uid() == look.job.uid());
    let Some(stored) = stored else { return Ok(false) };
    if stored.same_status(&look.job) {
        return Ok(true);
    }
    let mut job = look.job.clone();
    job.meta_mut().resource_version = None;
    match cx.update_status(job) {
        Ok(job) => {
            look.job = job;
            Ok(true)
        }
        Err(error) if error.reason == Reason::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Complete or Failed, once every end is counted and no pod is on its way out.
fn finish(look: &mut Look, cx: &Cx<'_>) -> bool {
    let Some(last) = look.finished.clone() else { return false };
    let uncounted = look.job.status::<JobStatus>().uncounted_terminated_pods.clone().unwrap_or_default();
    if uncounted != UncountedTerminatedPods::default() || look.terminating > 0 {
        return false;
    }
    let complete = last.type_ == "Complete";
    let at = last.last_transition_time.clone();
    let (reason, message) = (last.reason.unwrap_or_default(), last.message.unwrap_or_default());
    let status = look.status();
    ensure(status, condition(&last.type_, "True", &reason, &message, cx.now));
    if complete {
        status.completion_time = at;
    }
    true
}

fn tell(look: &Look, cx: &mut Cx<'_>) {
    let Some(last) = &look.finished else { return };
    if last.type_ != "Complete" {
        let (reason, message) = (last.reason.as_deref().unwrap_or(""), last.message.clone().unwrap_or_default());
        cx.event(&look.job, EventType::Warning, reason, message);
        return;
    }
    let succeeded = look.job.status::<JobStatus>().succeeded.unwrap_or(0);
    if look.spec.completions.is_some_and(|completions| succeeded > completions) {
        let text = "Too many succeeded pods running after completion count reached";
        cx.event(&look.job, EventType::Warning, "TooManySucceededPods", text);
    }
    cx.event(&look.job, EventType::Normal, "Completed", "Job completed");
}
