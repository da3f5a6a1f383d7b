//! A CustomResourceDefinition that is being deleted takes its objects with it, then itself. Runs inside the API server.
//!
//! Models: `apiextensions-apiserver/pkg/controller/finalizer/crd_finalizer.go`.
//! Left out: definitions that overlap with built-in resources.

use crate::api::custom::definition;
use crate::api::{ApiError, DeleteOptions, KindRef, Object, Reader, Reason};
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use crate::time::Span;

pub struct CrdFinalizer;

/// How often it looks whether the last object is gone.
const POLL: Span = Span::seconds(5);

impl Controller for CrdFinalizer {
    fn name(&self) -> &'static str {
        "crd-finalizer"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:apiserver".into()
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        let going = change.key.resource == definition::RESOURCE && change.new.as_ref().is_some_and(waits);
        if going { vec![change.key.clone()] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(mut object) = cx.read().by_key(key).filter(|object| waits(object)).cloned() else {
            return Ok(Again::OnChange);
        };
        let before = object.clone();
        let progress = ["Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress"];
        definition::set_condition(&mut object, progress, cx.now);
        if !object.same_status(&before) {
            object = cx.update_status(object)?;
        }
        let end = match cx.read().custom().served(object.name()).map(|served| served.storage) {
            None => ["NeverEstablished", "resource was never established"],
            Some(kind) if !sweep(kind, cx)? => return Ok(Again::After(POLL)),
            Some(_) => ["InstanceDeletionCompleted", "removed all instances"],
        };
        definition::set_condition(&mut object, ["Terminating", "False", end[0], end[1]], cx.now);
        object = cx.update_status(object)?;
        let finalizers = object.meta_mut().finalizers.get_or_insert_default();
        finalizers.retain(|finalizer| finalizer != definition::FINALIZER);
        match cx.update(object) {
            Err(error) if !matches!(error.reason, Reason::NotFound | Reason::Conflict) => Err(error),
            _ => Ok(Again::OnChange),
        }
    }
}

fn waits(object: &Object) -> bool {
    object.deleting() && object.meta.finalizers.iter().flatten().any(|f| f == definition::FINALIZER)
}

/// Deletes all objects of a kind; whether none is left.
fn sweep(kind: KindRef, cx: &mut Cx<'_>) -> Result<bool, ApiError> {
    let all: Vec<Object> = cx.read().list(kind, None).cloned().collect();
    for object in all.iter().filter(|object| !object.deleting()) {
        match cx.delete(kind, object.namespace(), object.name(), &DeleteOptions::default()) {
            Err(error) if error.reason != Reason::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(cx.read().list(kind, None).next().is_none())
}
