//! What is owned goes when its owners are gone: in the background, before them (foreground), or not at all (orphan).
//!
//! Models: `pkg/controller/garbagecollector/garbagecollector.go`.
//! Left out: the graph as its own copy of the cluster (owners are looked up where they are stored).

use crate::api::{ApiError, DeleteOptions, Object, Propagation, Reader, Reason};
use crate::control::{Again, Controller, Cx, EventType};
use crate::store::{Change, Key};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

pub struct GarbageCollector;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

impl Controller for GarbageCollector {
    fn name(&self) -> &'static str {
        "garbage-collector-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:generic-garbage-collector".into()
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        let Some(new) = &change.new else { return after_removal(change, read) };
        if new.deleting() && (has(new, FOREGROUND) || has(new, ORPHAN)) {
            return vec![change.key.clone()];
        }
        let owners = new.meta.owner_references.as_deref().unwrap_or(&[]);
        let same = change.old.as_ref().is_some_and(|old| old.meta.owner_references == new.meta.owner_references);
        if !same && owners.iter().any(|owner| !matches!(state(owner, new, read), Owner::Solid)) {
            return vec![change.key.clone()];
        }
        vec![]
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(object) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        if object.deleting() && has(&object, ORPHAN) {
            orphan(&object, cx)?;
        } else if object.deleting() && has(&object, FOREGROUND) {
            foreground(&object, cx)?;
        } else if !object.deleting() {
            collect(&object, cx)?;
        }
        Ok(Again::OnChange)
    }
}

fn has(object: &Object, finalizer: &str) -> bool {
    object.meta.finalizers.iter().flatten().any(|f| f == finalizer)
}

/// The dependents of what went, and the owners that waited for it.
fn after_removal(change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
    let Some(old) = &change.old else { return vec![] };
    let mut keys: Vec<Key> = read.owned(old.uid()).map(Object::key).collect();
    for owner in old.meta.owner_references.iter().flatten() {
        if let Some(owner) = find(owner, old, read)
            && owner.deleting()
        {
            keys.push(owner.key());
        }
    }
    keys
}

enum Owner {
    Solid,
    /// It waits for its dependents to go first.
    Waiting,
    Absent,
}

fn find<'a>(reference: &OwnerReference, dependent: &Object, read: Reader<'a>) -> Option<&'a Object> {
    let kind = read.kind_of(&reference.api_version, &reference.kind)?;
    let namespace = if kind.names().namespaced { dependent.namespace() } else { "" };
    read.get(kind, namespace, &reference.name).filter(|owner| owner.uid() == reference.uid)
}

fn state(reference: &OwnerReference, dependent: &Object, read: Reader<'_>) -> Owner {
    // Owners of a kind that is not known here cannot be judged.
    if read.kind_of(&reference.api_version, &reference.kind).is_none() {
        return Owner::Solid;
    }
    match find(reference, dependent, read) {
        None => Owner::Absent,
        Some(owner) if owner.deleting() && has(owner, FOREGROUND) => Owner::Waiting,
        Some(_) => Owner::Solid,
    }
}

/// Deletes an object without a living owner; one that has another owner only loses the reference.
fn collect(object: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let owners = object.meta.owner_references.clone().unwrap_or_default();
    if owners.is_empty() {
        return Ok(());
    }
    if strange(object, cx) {
        return Ok(());
    }
    let read = cx.read();
    let solid: Vec<_> = owners.iter().filter(|o| matches!(state(o, object, read), Owner::Solid)).cloned().collect();
    let waiting = owners.iter().any(|o| matches!(state(o, object, read), Owner::Waiting));
    if solid.len() == owners.len() {
        return Ok(());
    }
    if !solid.is_empty() {
        let mut object = object.clone();
        object.meta_mut().owner_references = Some(solid);
        return quiet(cx.update(object).map(drop));
    }
    let propagation = if waiting && read.owned(object.uid()).next().is_some() {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    delete(object, propagation, cx)
}

/// Tells of owners that live in another namespace. True for something without namespace that names a namespaced owner: it
/// stays.
fn strange(object: &Object, cx: &mut Cx<'_>) -> bool {
    let namespace = object.namespace().to_string();
    let mut stays = false;
    for owner in object.meta.owner_references.clone().unwrap_or_default() {
        let kind = cx.read().kind_of(&owner.api_version, &owner.kind).filter(|kind| kind.names().namespaced);
        let Some(kind) = kind else { continue };
        stays |= namespace.is_empty();
        let of = |object: &Object| object.uid() == owner.uid;
        if cx.read().get(kind, &namespace, &owner.name).is_some_and(of) || !cx.read().list(kind, None).any(of) {
            continue;
        }
        let text = format!(
            "ownerRef [{}/{}, namespace: {namespace}, name: {}, uid: {}] does not exist in namespace {namespace:?}",
            owner.api_version, owner.kind, owner.name, owner.uid
        );
        cx.event(object, EventType::Warning, "OwnerRefInvalidNamespace", text);
    }
    stays
}

fn delete(object: &Object, propagation: Propagation, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let options = DeleteOptions { propagation, uid: object.meta.uid.clone(), ..Default::default() };
    quiet(cx.delete(object.kind, object.namespace(), object.name(), &options).map(drop))
}

/// Gone or changed by another: that will be looked at again.
fn quiet(result: Result<(), ApiError>) -> Result<(), ApiError> {
    match result {
        Err(error) if !matches!(error.reason, Reason::NotFound | Reason::Conflict) => Err(error),
        _ => Ok(()),
    }
}

fn foreground(owner: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let dependents: Vec<Object> = cx.read().owned(owner.uid()).cloned().collect();
    let blocking = dependents.iter().any(|dependent| {
        let references = dependent.meta.owner_references.iter().flatten();
        references.into_iter().any(|r| r.uid == owner.uid() && r.block_owner_deletion == Some(true))
    });
    if !blocking {
        return quiet(without(owner, FOREGROUND, cx));
    }
    for dependent in dependents.iter().filter(|dependent| !dependent.deleting()) {
        collect(dependent, cx)?;
    }
    Ok(())
}

fn orphan(owner: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let dependents: Vec<Object> = cx.read().owned(owner.uid()).cloned().collect();
    for mut dependent in dependents {
        let meta = dependent.meta_mut();
        let mut references = meta.owner_references.take().unwrap_or_default();
        references.retain(|reference| reference.uid != owner.uid());
        meta.owner_references = (!references.is_empty()).then_some(references);
        quiet(cx.update(dependent).map(drop))?;
    }
    quiet(without(owner, ORPHAN, cx))
}

fn without(object: &Object, finalizer: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let mut object = object.clone();
    let meta = object.meta_mut();
    let mut finalizers = meta.finalizers.take().unwrap_or_default();
    finalizers.retain(|f| f != finalizer);
    meta.finalizers = (!finalizers.is_empty()).then_some(finalizers);
    cx.update(object).map(drop)
}
