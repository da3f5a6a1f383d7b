//! The history of templates that DaemonSets and StatefulSets keep as ControllerRevisions.
//!
//! Models: `pkg/controller/history/controller_history.go`, `pkg/controller/daemon/update.go` (`constructHistory`).

use super::{Cx, pods};
use crate::api::kinds::{self, controller_revision::number};
use crate::api::selector::Selector;
use crate::api::{ApiError, DeleteOptions, Object, Reason};
use crate::base::hash;
use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use serde_json::{Value, json};

/// The label of the pods made from a revision: its hash (DaemonSet, whose revisions carry it too) or its name (StatefulSet).
pub const HASH: &str = "controller-revision-hash";

/// The patch that brings a template back.
pub fn data(template: &PodTemplateSpec) -> Value {
    let mut template = serde_json::to_value(template).expect("a template is always JSON");
    if let Value::Object(map) = &mut template {
        map.insert("$patch".into(), "replace".into());
    }
    json!({"spec": {"template": template}})
}

/// The revisions of an owner, oldest first; the last is the one that fits its template and was made if need be. New ones carry
/// their hash in `label`.
///
/// # Errors
/// The API server's.
pub fn sync(
    owner: &Object,
    selector: &Selector,
    template: &PodTemplateSpec,
    label: &str,
    collisions: Option<i32>,
    cx: &mut Cx<'_>,
) -> Result<Vec<Object>, ApiError> {
    let mut all = pods::claim(owner, kinds::CONTROLLER_REVISION, selector, &|_| true, cx)?;
    all.sort_by(|a, b| number(a).cmp(&number(b)).then_with(|| a.name().cmp(b.name())));
    let data = data(template);
    let newest = all.iter().map(number).max().unwrap_or(0);
    let found = all
        .iter()
        .position(|revision| revision.spec::<ControllerRevision>().data.as_ref().is_some_and(|known| known.0 == data));
    match found {
        Some(at) => {
            let mut current = all.remove(at);
            // One that comes back becomes the newest.
            if number(&current) < newest {
                current.spec_mut::<ControllerRevision>().revision = newest + 1;
                current = cx.update(current)?;
            }
            all.push(current);
        }
        None => {
            let mut revision = draft(owner, template, data, label, collisions);
            revision.spec_mut::<ControllerRevision>().revision = newest + 1;
            all.push(cx.create(revision)?);
        }
    }
    Ok(all)
}

/// A revision before it has a number.
fn draft(owner: &Object, template: &PodTemplateSpec, data: Value, label: &str, collisions: Option<i32>) -> Object {
    let hash = hash::short_name(data.to_string().as_bytes(), collisions);
    let mut labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone()).unwrap_or_default();
    labels.insert(label.into(), hash.clone());
    let meta = ObjectMeta {
        name: Some(format!("{}-{hash}", owner.name())),
        namespace: owner.meta.namespace.clone(),
        labels: Some(labels),
        annotations: owner.meta.annotations.clone(),
        owner_references: Some(vec![owner.controller_reference()]),
        ..Default::default()
    };
    let body = ControllerRevision { data: Some(RawExtension(data)), ..Default::default() };
    Object::new(kinds::CONTROLLER_REVISION, meta, body, ())
}

/// The template that a revision brings back.
pub fn template_of(revision: &Object) -> Option<PodTemplateSpec> {
    let mut template = revision.spec::<ControllerRevision>().data.as_ref()?.0.pointer("/spec/template")?.clone();
    if let Value::Object(map) = &mut template {
        map.remove("$patch");
    }
    serde_json::from_value(template).ok()
}

/// The hash of a revision, as the pods of a DaemonSet carry it.
pub fn hash_of(revision: &Object) -> &str {
    revision.labels().get(HASH).map_or("", String::as_str)
}

/// Deletes the oldest revisions beyond the limit that are not `live` (pods come from them); `all` as [`sync`] answers it. A
/// negative limit keeps everything.
///
/// # Errors
/// The API server's, but not NotFound.
pub fn trim(all: &[Object], live: impl Fn(&Object) -> bool, limit: i32, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let Some((_, old)) = all.split_last().filter(|_| limit >= 0) else { return Ok(()) };
    let idle: Vec<&Object> = old.iter().filter(|revision| !live(revision)).collect();
    let surplus = idle.len().saturating_sub(limit as usize);
    for revision in idle.into_iter().take(surplus) {
        let options = DeleteOptions::default();
        match cx.delete(kinds::CONTROLLER_REVISION, revision.namespace(), revision.name(), &options) {
            Err(error) if error.reason != Reason::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
