//! As many pods as a Job wants at once: the missing ones are made, after a pause when the last ones failed.
//!
//! Models: `manageJob`, `activePodsForRemoval` of `pkg/controller/job/job_controller.go`.

use super::indexes::{self, FAILURES, IGNORED, INDEX};
use super::{BATCH, Look, TRACKING, backoff, policy, untrack};
use crate::api::{ApiError, Object};
use crate::control::controllers::replica_set::deletion_order;
use crate::control::{Cx, pods};
use crate::time::Span;
use k8s_openapi::api::core::v1::{Container, EnvVar, EnvVarSource, ObjectFieldSelector, PodSpec, PodTemplateSpec};
use std::collections::BTreeMap;

/// At most this many creations or deletions in one look.
const BURST: usize = 500;
const INDEX_VARIABLE: &str = "JOB_COMPLETION_INDEX";
/// The longest base of a generated name.
const NAME_BASE: usize = 58;

pub fn manage(look: &mut Look, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    if look.is_suspended() {
        let all = surplus(look, look.active.len(), cx);
        return remove(look, all, cx);
    }
    let parallelism = look.spec.parallelism.unwrap_or(1);
    let wanted = match look.spec.completions {
        None if look.succeeded > 0 => look.active_count,
        None => parallelism,
        Some(completions) => (completions - look.succeeded).min(parallelism).max(0),
    };
    let mut surplus = surplus(look, (look.active_count - wanted).max(0) as usize, cx);
    if !surplus.is_empty() {
        surplus.truncate(BURST);
        return remove(look, surplus, cx);
    }
    let terminating = if look.waits_for_end() { look.terminating } else { 0 };
    let missing = wanted - terminating - look.active_count;
    if missing <= 0 {
        return Ok(());
    }
    if look.spec.backoff_limit_per_index.is_none() {
        let left = backoff::remaining(look.record, cx.now);
        if left > Span::ZERO {
            look.wake(left.max(BATCH));
            return Ok(());
        }
    }
    let mut missing = (missing as usize).min(BURST);
    let mut indexes = vec![];
    if look.is_indexed() {
        indexes = ready_indexes(look, missing, cx);
        missing = indexes.len();
    }
    create(look, missing, &indexes, cx)
}

/// The indexes that want a pod and need not wait for it.
fn ready_indexes(look: &mut Look, count: usize, cx: &Cx<'_>) -> Vec<i32> {
    let pending = indexes::pending(look, count);
    if look.spec.backoff_limit_per_index.is_none() {
        return pending;
    }
    let left = |index: &i32| look.delayed.get(index).map_or(Span::ZERO, |pod| backoff::of_index(pod, cx.now));
    let now: Vec<i32> = pending.iter().copied().filter(|index| left(index) == Span::ZERO).collect();
    if now.is_empty()
        && let Some(wait) = pending.iter().map(left).min()
    {
        look.wake(wait.max(BATCH));
    }
    now
}

/// Pods that are too many: duplicates of an index first, then at least so many.
fn surplus(look: &Look, at_least: usize, cx: &Cx<'_>) -> Vec<Object> {
    let none = BTreeMap::new();
    let mut left: Vec<Object> = look.active.clone();
    left.sort_by(|a, b| deletion_order(a, b, &none, cx.now));
    let mut surplus = vec![];
    if look.is_indexed() {
        // Of several with the same index, the one that comes last stays.
        let mut keep: BTreeMap<i32, Object> = BTreeMap::new();
        for pod in std::mem::take(&mut left) {
            match look.index(&pod) {
                Some(index) => surplus.extend(keep.insert(index, pod)),
                None => surplus.push(pod),
            }
        }
        left = keep.into_values().collect();
        left.sort_by(|a, b| deletion_order(a, b, &none, cx.now));
    }
    let more = at_least.saturating_sub(surplus.len());
    surplus.extend(left.into_iter().take(more));
    surplus
}

/// Deletes pods that do not count as failures.
fn remove(look: &mut Look, pods: Vec<Object>, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let mut failed = Ok(());
    for pod in pods {
        match untrack(&pod, cx).and_then(|()| pods::delete(&pod, &look.job, cx)) {
            Ok(()) => {
                look.active_count -= 1;
                look.terminating += 1;
                look.ready -= i32::from(pods::is_ready(&pod));
            }
            Err(error) => failed = Err(error),
        }
        // It is counted as terminating; its end is not this look's to count.
        look.pods.retain(|other| other.uid() != pod.uid());
    }
    failed
}

/// Creates pods in batches that double while nothing fails.
fn create(look: &mut Look, count: usize, indexes: &[i32], cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let mut template = look.spec.template.clone();
    if look.is_indexed()
        && let Some(spec) = &mut template.spec
    {
        spec.init_containers.iter_mut().flatten().for_each(index_variable);
        spec.containers.iter_mut().for_each(index_variable);
    }
    let finalizers = template.metadata.get_or_insert_default().finalizers.get_or_insert_default();
    if !finalizers.iter().any(|finalizer| finalizer == TRACKING) {
        finalizers.push(TRACKING.into());
    }
    let (mut made, mut batch) = (0, 1);
    while made < count {
        let size = batch.min(count - made);
        let mut failed = None;
        for n in made..made + size {
            let pod = pod(look, &template, indexes.get(n).copied());
            match pods::create(pod, &look.job, cx) {
                Ok(_) => look.active_count += 1,
                Err(error) if pods::namespace_goes(&error) => {}
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        made += size;
        batch *= 2;
    }
    Ok(())
}

/// A pod of the Job, for an index if it has indexes.
fn pod(look: &Look, template: &PodTemplateSpec, index: Option<i32>) -> Object {
    let mut pod = pods::from_template(template, &look.job);
    let Some(index) = index else { return pod };
    let name = look.job.name();
    pod.spec_mut::<PodSpec>().hostname = Some(format!("{name}-{index}"));
    let tail = format!("-{index}-");
    let base: String = name.chars().take(NAME_BASE - tail.len()).collect();
    let base = if name.len() + tail.len() > NAME_BASE { base } else { name.to_string() };
    let mut marks = vec![(INDEX, index)];
    if look.spec.backoff_limit_per_index.is_some() {
        let (failures, ignored) = counts(look, look.delayed.get(&index));
        marks.push((FAILURES, failures));
        if ignored > 0 {
            marks.push((IGNORED, ignored));
        }
    }
    let meta = pod.meta_mut();
    meta.generate_name = Some(format!("{base}{tail}"));
    meta.labels.get_or_insert_default().insert(INDEX.into(), index.to_string());
    let annotations = meta.annotations.get_or_insert_default();
    annotations.extend(marks.into_iter().map(|(key, count)| (key.to_string(), count.to_string())));
    pod
}

/// How often pods of an index have failed, the one that is replaced included; and how often that was ignored.
fn counts(look: &Look, replaced: Option<&Object>) -> (i32, i32) {
    let Some(pod) = replaced else { return (0, 0) };
    let (failures, ignored) = (indexes::mark(pod, FAILURES), indexes::mark(pod, IGNORED));
    if policy::judge(&look.spec, pod).counts { (failures + 1, ignored) } else { (failures, ignored + 1) }
}

fn index_variable(container: &mut Container) {
    let variables = container.env.get_or_insert_default();
    if variables.iter().any(|variable| variable.name == INDEX_VARIABLE) {
        return;
    }
    let field = ObjectFieldSelector { field_path: format!("metadata.labels['{INDEX}']"), ..Default::default() };
    let source = EnvVarSource { field_ref: Some(field), ..Default::default() };
    variables.push(EnvVar { name: INDEX_VARIABLE.into(), value: None, value_from: Some(source) });
}
