//! What the controllers of pods share: is it ready, is it available, making one from a template, taking and releasing.
//!
//! Models: `pkg/controller/controller_utils.go`, `pkg/controller/controller_ref_manager.go`, `pkg/api/v1/pod`.
//! Left out: expectations (controllers here read what is stored, not a cache that lags behind).

use super::{Cx, EventType};
use crate::api::selector::Selector;
use crate::api::{ApiError, DeleteOptions, KindRef, Object, Reader, Reason, kinds};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{PodCondition, PodSpec, PodStatus, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time as MetaTime};

/// `Running`, or "" before the server gave it one.
pub fn phase(pod: &Object) -> &str {
    pod.status::<PodStatus>().phase.as_deref().unwrap_or("")
}

/// Succeeded or Failed: its containers will not run again.
pub fn is_terminal(pod: &Object) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// Neither done nor being deleted: it counts as a replica.
pub fn is_active(pod: &Object) -> bool {
    !is_terminal(pod) && !pod.deleting()
}

pub fn condition<'a>(pod: &'a Object, type_: &str) -> Option<&'a PodCondition> {
    pod.status::<PodStatus>().conditions.iter().flatten().find(|c| c.type_ == type_)
}

pub fn is_ready(pod: &Object) -> bool {
    condition(pod, "Ready").is_some_and(|c| c.status == "True")
}

/// Since when it is ready; `None` when it is not.
pub fn ready_since(pod: &Object) -> Option<Time> {
    let ready = condition(pod, "Ready").filter(|c| c.status == "True")?;
    ready.last_transition_time.as_ref().map(|t| Time::of(t.0))
}

/// Ready for long enough. Otherwise `Err` with how long it still takes, if it is ready at all.
pub fn available(pod: &Object, min_ready: i32, now: Time) -> Result<(), Option<Span>> {
    if !is_ready(pod) {
        return Err(None);
    }
    let Some(since) = ready_since(pod) else { return Err(None) };
    let until = since + Span::seconds(min_ready.max(0) as u64);
    if min_ready <= 0 || until <= now { Ok(()) } else { Err(Some(until.since(now))) }
}

/// A pod as a template describes it, owned by `owner`, its name generated from the owner's.
pub fn from_template(template: &PodTemplateSpec, owner: &Object) -> Object {
    let given = template.metadata.clone().unwrap_or_default();
    let meta = ObjectMeta {
        generate_name: Some(format!("{}-", owner.name())),
        namespace: owner.meta.namespace.clone(),
        labels: given.labels,
        annotations: given.annotations,
        finalizers: given.finalizers,
        owner_references: Some(vec![owner.controller_reference()]),
        ..Default::default()
    };
    Object::new(kinds::POD, meta, template.spec.clone().unwrap_or_default(), PodStatus::default())
}

/// Creates a pod for its owner and tells so.
///
/// # Errors
/// The API server's. Nothing is told when the namespace is going.
pub fn create(pod: Object, owner: &Object, cx: &mut Cx<'_>) -> Result<Object, ApiError> {
    match cx.create(pod) {
        Ok(pod) => {
            cx.event(owner, EventType::Normal, "SuccessfulCreate", format!("Created pod: {}", pod.name()));
            Ok(pod)
        }
        Err(error) => {
            if !namespace_goes(&error) {
                let text = format!("Error creating: {}", error.message);
                cx.event(owner, EventType::Warning, "FailedCreate", text);
            }
            Err(error)
        }
    }
}

/// Deletes a pod of its owner and tells so; one that is gone already is fine.
///
/// # Errors
/// The API server's, but not NotFound.
pub fn delete(pod: &Object, owner: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    match cx.delete(kinds::POD, pod.namespace(), pod.name(), &DeleteOptions::default()) {
        Ok(_) => {
            cx.event(owner, EventType::Normal, "SuccessfulDelete", format!("Deleted pod: {}", pod.name()));
            Ok(())
        }
        Err(error) if error.reason == Reason::NotFound => Ok(()),
        Err(error) => {
            let text = format!("Error deleting: {}", error.message);
            cx.event(owner, EventType::Warning, "FailedDelete", text);
            Err(error)
        }
    }
}

/// The refusal of a namespace that is being deleted: no reason to try again.
pub fn namespace_goes(error: &ApiError) -> bool {
    error.reason == Reason::Forbidden && error.message.ends_with("because it is being terminated")
}

/// All objects of a kind that belong to `owner`: what it owns and what matches its selector without an owner. Orphans
/// are adopted, what no longer matches is released.
///
/// # Errors
/// The API server's.
pub fn claim(
    owner: &Object,
    kind: KindRef,
    selector: &Selector,
    may_claim: &dyn Fn(&Object) -> bool,
    cx: &mut Cx<'_>,
) -> Result<Vec<Object>, ApiError> {
    claim_tracked(owner, kind, selector, may_claim, None, cx)
}

/// Like [`claim`]; what is adopted also gets a finalizer.
///
/// # Errors
/// The API server's.
pub fn claim_tracked(
    owner: &Object,
    kind: KindRef,
    selector: &Selector,
    may_claim: &dyn Fn(&Object) -> bool,
    finalizer: Option<&str>,
    cx: &mut Cx<'_>,
) -> Result<Vec<Object>, ApiError> {
    let resource = kind.names().resource;
    let mut claimed = vec![];
    let mut released = vec![];
    for object in cx.read().owned(owner.uid()).filter(|object| object.kind.names().resource == resource) {
        if object.controller().is_none_or(|reference| reference.uid != owner.uid()) {
            continue;
        }
        if selector.matches(object.labels()) {
            claimed.push(object.clone());
        } else if !owner.deleting() {
            released.push(object.clone());
        }
    }
    let mut adopted = vec![];
    if !owner.deleting() {
        let loose = cx.read().loose(kind, owner.namespace());
        adopted.extend(loose.filter(|o| !o.deleting() && selector.matches(o.labels()) && may_claim(o)).cloned());
    }
    for mut object in released {
        let uid = owner.uid().to_string();
        set_owners(&mut object, |owners| owners.retain(|reference| reference.uid != uid));
        gone_is_fine(cx.update(object))?;
    }
    for mut object in adopted {
        let reference = owner.controller_reference();
        set_owners(&mut object, |owners| owners.push(reference));
        if let Some(finalizer) = finalizer {
            let finalizers = object.meta_mut().finalizers.get_or_insert_default();
            if !finalizers.iter().any(|f| f == finalizer) {
                finalizers.push(finalizer.into());
            }
        }
        if let Some(object) = gone_is_fine(cx.update(object))? {
            claimed.push(object);
        }
    }
    Ok(claimed)
}

fn set_owners(object: &mut Object, change: impl FnOnce(&mut Vec<OwnerReference>)) {
    let meta = object.meta_mut();
    let mut owners = meta.owner_references.take().unwrap_or_default();
    change(&mut owners);
    meta.owner_references = (!owners.is_empty()).then_some(owners);
}

fn gone_is_fine(result: Result<Object, ApiError>) -> Result<Option<Object>, ApiError> {
    match result {
        Ok(object) => Ok(Some(object)),
        Err(error) if error.reason == Reason::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The keys of the owners of `kind` that a change of something they own concerns: the old and the new controller.
pub fn owners(change: &Change<Object>, kind: KindRef) -> Vec<Key> {
    let names = kind.names();
    let mut keys: Vec<Key> = vec![];
    for object in [&change.old, &change.new].into_iter().flatten() {
        if let Some(owner) = object.controller()
            && owner.kind == names.kind
        {
            let key = Key {
                resource: names.resource,
                namespace: change.key.namespace.clone(),
                name: owner.name.as_str().into(),
            };
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

/// The objects of `kind` that a change of a pod concerns: its owners, and without one those that might adopt it.
pub fn takers(change: &Change<Object>, kind: KindRef, read: Reader<'_>) -> Vec<Key> {
    let mut keys = owners(change, kind);
    if is_orphan_news(change)
        && let Some(pod) = &change.new
    {
        let sets = read.list(kind, Some(pod.namespace()));
        let fits = |set: &&Object| Selector::of(kind.selector(set).as_ref()).matches(pod.labels());
        keys.extend(sets.filter(fits).map(Object::key));
    }
    keys
}

/// Whether a change made something that somebody might adopt: new or other labels, and no controller.
pub fn is_orphan_news(change: &Change<Object>) -> bool {
    let Some(new) = &change.new else { return false };
    new.controller().is_none()
        && !new.deleting()
        && change.old.as_ref().is_none_or(|old| old.meta.labels != new.meta.labels || old.controller().is_some())
}

/// The node a pod is bound to.
pub fn node(pod: &Object) -> Option<&str> {
    pod.spec::<PodSpec>().node_name.as_deref().filter(|name| !name.is_empty())
}

/// Says on a pod that somebody else ends it.
pub fn disrupt(pod: &mut Object, reason: &str, message: &str, now: Time) {
    let generation = pod.meta.generation;
    let conditions = pod.status_mut::<PodStatus>().conditions.get_or_insert_default();
    conditions.retain(|c| c.type_ != "DisruptionTarget");
    conditions.push(PodCondition {
        type_: "DisruptionTarget".into(),
        status: "True".into(),
        reason: Some(reason.into()),
        message: Some(message.into()),
        observed_generation: generation,
        last_transition_time: Some(MetaTime(now.timestamp())),
        ..Default::default()
    });
}
