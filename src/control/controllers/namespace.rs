//! A namespace that is being deleted takes its content with it: pods first, then the rest, then itself.
//!
//! Models: `pkg/controller/namespace/namespace_controller.go`, `deletion/namespaced_resources_deleter.go`.
//! Left out: discovery that fails.

use crate::api::{ApiError, DeleteOptions, Names, Object, Reader, Reason, kinds};
use crate::control::{Again, Controller, Cx, pods};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{NamespaceCondition, NamespaceSpec, NamespaceStatus, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;
use std::collections::BTreeMap;

pub struct Namespaces;

/// How long it waits after a change of a namespace before it begins, so that every server knows that it is going.
const GRACE: Span = Span::seconds(5);
/// In how many seconds finalizers are expected to have done their work.
const FINALIZERS: u64 = 15;

impl Controller for Namespaces {
    fn name(&self) -> &'static str {
        "namespace-controller"
    }

    fn retries(&self) -> (Span, Span) {
        (Span::millis(5), Span::minutes(1))
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        let going = change.new.as_ref().is_some_and(Object::deleting);
        let was = change.old.as_ref().is_some_and(Object::deleting);
        if change.key.resource == "namespaces" && going && !was { vec![change.key.clone()] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(namespace) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        let Some(since) = namespace.meta.deletion_timestamp.as_ref().map(|t| Time::of(t.0)) else {
            return Ok(Again::OnChange);
        };
        if cx.now < since + GRACE {
            return Ok(Again::After((since + GRACE).since(cx.now)));
        }
        let patience = patience(&key.name, since, cx);
        let mut rest = sweep(&key.name, |names| names.resource == "pods", cx)?;
        if rest.is_empty() {
            rest = sweep(&key.name, |names| names.resource != "pods", cx)?;
        }
        if rest.is_empty() {
            return finalize(namespace, cx);
        }
        let (failures, estimate) = overdue(&key.name, &rest, patience);
        let told = report(namespace, &rest, &failures, cx)?;
        if !failures.is_empty() {
            // Tried again after a pause that grows.
            return Err(ApiError::new(Reason::InternalError, failures.join(", ")));
        }
        Ok(Again::After(if told { GRACE } else { Span::seconds(estimate / 2 + 1) }))
    }
}

/// How many seconds its pods may take to end, and whether these are over.
fn patience(namespace: &str, since: Time, cx: &Cx<'_>) -> Option<u64> {
    let running = cx.read().list(kinds::POD, Some(namespace)).filter(|pod| !pods::is_terminal(pod));
    let grace = |pod: &Object| pod.spec::<PodSpec>().termination_grace_period_seconds.unwrap_or(0).max(0) as u64;
    let longest = running.map(grace).max().unwrap_or(0);
    Some(longest).filter(|longest| cx.now < since + Span::seconds(*longest))
}

/// What should be gone by now, kind by kind; and in how many seconds the rest may be.
fn overdue(namespace: &str, rest: &[Object], patience: Option<u64>) -> (Vec<String>, u64) {
    let mut kinds: BTreeMap<&str, (bool, &Object)> = BTreeMap::new();
    for object in rest {
        let kept = object.meta.finalizers.iter().flatten().next().is_some();
        let entry = kinds.entry(object.kind.names().resource).or_insert((false, object));
        entry.0 |= kept;
    }
    let (mut failures, mut estimate) = (vec![], 0);
    for (resource, (kept, object)) in kinds {
        if resource == "pods"
            && let Some(seconds) = patience
        {
            estimate = estimate.max(seconds);
        } else if kept {
            estimate = estimate.max(FINALIZERS);
        } else {
            let names = object.kind.names();
            let version = names.api_version();
            let (group, version) = version.split_once('/').unwrap_or(("", &version));
            let what = format!("{group}/{version}, Resource={}", names.plural);
            failures.push(format!("unexpected items still remain in namespace: {namespace} for gvr: {what}"));
        }
    }
    (failures, estimate)
}

/// Deletes what is there of the kinds that are asked for; answers with what is still there.
fn sweep(namespace: &str, wanted: fn(&Names) -> bool, cx: &mut Cx<'_>) -> Result<Vec<Object>, ApiError> {
    let mut remaining = vec![];
    let every: Vec<_> = cx.read().kinds().filter(|kind| kind.names().namespaced && wanted(kind.names())).collect();
    for kind in every {
        let content: Vec<Object> = cx.read().list(kind, Some(namespace)).cloned().collect();
        for object in content {
            if !object.deleting() {
                match cx.delete(kind, namespace, object.name(), &DeleteOptions::default()) {
                    Err(error) if error.reason != Reason::NotFound => return Err(error),
                    _ => {}
                }
            }
            remaining.extend(cx.read().by_key(&object.key()).cloned());
        }
    }
    Ok(remaining)
}

fn finalize(mut namespace: Object, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    namespace.spec_mut::<NamespaceSpec>().finalizers = None;
    match cx.update(namespace) {
        Err(error) if error.reason != Reason::NotFound => Err(error),
        _ => Ok(Again::OnChange),
    }
}

/// Says in the status what keeps the namespace; whether that was news.
fn report(mut namespace: Object, remaining: &[Object], failures: &[String], cx: &mut Cx<'_>) -> Result<bool, ApiError> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut finalizers: BTreeMap<String, usize> = BTreeMap::new();
    for object in remaining {
        let names = object.kind.names();
        let name = if names.group.is_empty() { format!("{}.", names.plural) } else { names.resource.to_string() };
        *kinds.entry(name).or_default() += 1;
        for finalizer in object.meta.finalizers.iter().flatten() {
            *finalizers.entry(finalizer.clone()).or_default() += 1;
        }
    }
    let list = |counts: &BTreeMap<String, usize>, of: &str| {
        let texts: Vec<String> =
            counts.iter().map(|(name, count)| format!("{name} {of}{count} resource instances")).collect();
        texts.join(", ")
    };
    let mut conditions = vec![
        (
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered".to_string(),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed".to_string(),
        ),
        match failures {
            [] => (
                "NamespaceDeletionContentFailure",
                "False",
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization".to_string(),
            ),
            all => (
                "NamespaceDeletionContentFailure",
                "True",
                "ContentDeletionFailed",
                format!("Failed to delete all resource types, {} remaining: {}", all.len(), all.join(", ")),
            ),
        },
        (
            "NamespaceContentRemaining",
            "True",
            "SomeResourcesRemain",
            format!("Some resources are remaining: {}", list(&kinds, "has ")),
        ),
    ];
    conditions.push(if finalizers.is_empty() {
        let text = "All content-preserving finalizers finished".to_string();
        ("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", text)
    } else {
        let text = format!("Some content in the namespace has finalizers remaining: {}", list(&finalizers, "in "));
        ("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", text)
    });
    let status = namespace.status_mut::<NamespaceStatus>();
    let old = status.conditions.take().unwrap_or_default();
    let new = conditions.into_iter().map(|(type_, value, reason, message)| {
        let before = old.iter().find(|c| c.type_ == type_ && c.status == value);
        NamespaceCondition {
            type_: type_.into(),
            status: value.into(),
            reason: Some(reason.into()),
            message: Some(message),
            last_transition_time: before
                .and_then(|c| c.last_transition_time.clone())
                .or_else(|| Some(MetaTime(cx.now.timestamp()))),
        }
    });
    let new: Vec<NamespaceCondition> = new.collect();
    let news = new != old;
    status.conditions = Some(new);
    if !news {
        return Ok(false);
    }
    match cx.update_status(namespace) {
        Err(error) if error.reason != Reason::NotFound => Err(error),
        _ => Ok(true),
    }
}
