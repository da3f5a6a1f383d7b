//! Which ReplicaSet is the new one, its revision, and making it.
//!
//! Models: `pkg/controller/deployment/sync.go` (`getNewReplicaSet`), `pkg/controller/deployment/util/deployment_util.go`.

use super::{Rollout, size};
use crate::api::{ApiError, DeleteOptions, Object, Reason, kinds};
use crate::control::fraction::template_hash;
use crate::control::{Cx, EventType, pods};
use k8s_openapi::api::apps::v1::{DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;

pub const REVISION: &str = "deployment.kubernetes.io/revision";
pub const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
pub const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const HASH: &str = "pod-template-hash";
/// Annotations of the Deployment that are not its ReplicaSets'.
const OWN: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAXIMUM,
    "deprecated.deployment.rollback.to",
];

/// The revision an object carries; 0 without one.
pub fn revision(object: &Object) -> i64 {
    object.annotations().get(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Whether two templates are the same but for the hash label.
pub fn equal_ignoring_hash(a: &PodTemplateSpec, b: &PodTemplateSpec) -> bool {
    let without = |template: &PodTemplateSpec| {
        let mut meta = template.metadata.clone().unwrap_or_default();
        let mut labels = meta.labels.take().unwrap_or_default();
        labels.remove(HASH);
        meta.labels = Some(labels);
        meta.annotations = meta.annotations.filter(|annotations| !annotations.is_empty());
        meta
    };
    a.spec == b.spec && without(a) == without(b)
}

impl Rollout {
    /// Sorts the ReplicaSets into new and old and brings revision and annotations up to date; with `create` the new one
    /// is made when it is missing.
    pub fn find(&mut self, create: bool, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        self.sets.sort_by(|a, b| a.created().cmp(&b.created()).then_with(|| a.name().cmp(b.name())));
        let template = &self.spec().template;
        let found = self.sets.iter().position(|set| {
            let other = set.spec::<ReplicaSetSpec>().template.as_ref();
            other.is_some_and(|other| equal_ignoring_hash(other, template))
        });
        self.new = found.map(|index| self.sets[index].clone());
        self.old = self.sets.iter().enumerate().filter(|(i, _)| Some(*i) != found).map(|(_, s)| s.clone()).collect();
        let next = self.old.iter().map(revision).max().unwrap_or(0) + 1;
        if self.new.is_some() {
            self.renew(next, cx)?;
        } else if create {
            self.make(next, cx)?;
        }
        Ok(())
    }

    /// Brings the annotations of the found ReplicaSet up to date, then the Deployment's revision.
    fn renew(&mut self, next: i64, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        let Some(mut set) = self.new.clone() else { return Ok(()) };
        let min_ready = self.spec().min_ready_seconds;
        let mut changed = annotate(&self.deployment, &mut set, next);
        if set.spec::<ReplicaSetSpec>().min_ready_seconds != min_ready {
            set.spec_mut::<ReplicaSetSpec>().min_ready_seconds = min_ready;
            changed = true;
        }
        if changed {
            self.replace(cx.update(set)?);
            return Ok(());
        }
        let revision = set.annotations().get(REVISION).cloned().unwrap_or_default();
        let mut updated = self.set_revision(&revision);
        if self.has_deadline() && self.progressing().is_none() {
            let message = format!("Found new replica set \"{}\"", set.name());
            self.set_progressing("True", "FoundNewReplicaSet", message, cx.now);
            updated = true;
        }
        if updated { self.write_status(cx) } else { Ok(()) }
    }

    fn make(&mut self, next: i64, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        let mut set = self.draft();
        let count = self.replicas_of_new(&set);
        set.spec_mut::<ReplicaSetSpec>().replicas = Some(count);
        annotate(&self.deployment, &mut set, next);
        let (desired, maximum) = (self.replicas(), self.replicas().saturating_add(self.max_surge()));
        annotate_sizes(&mut set, desired, maximum);
        let made = match cx.create(set.clone()) {
            Ok(made) => made,
            Err(error) if error.reason == Reason::AlreadyExists => match self.collide(set.name(), cx)? {
                Some(ours) => ours,
                None => return Err(error),
            },
            Err(error) if pods::namespace_goes(&error) => return Err(error),
            Err(error) => {
                let text = format!("Failed to create new replica set \"{}\": {}", set.name(), error.message);
                if self.has_deadline() {
                    self.set_progressing("False", "ReplicaSetCreateError", text.clone(), cx.now);
                    self.write_status(cx)?;
                }
                cx.event(&self.deployment, EventType::Warning, "ReplicaSetCreateError", text);
                return Err(error);
            }
        };
        if count > 0 {
            let text = format!("Scaled up replica set {} from 0 to {count}", made.name());
            cx.event(&self.deployment, EventType::Normal, "ScalingReplicaSet", text);
        }
        let name = made.name().to_string();
        self.sets.push(made.clone());
        self.new = Some(made);
        let mut updated = self.set_revision(&next.to_string());
        if self.has_deadline() {
            let message = format!("Created new replica set \"{name}\"");
            self.set_progressing("True", "NewReplicaSetCreated", message, cx.now);
            updated = true;
        }
        if updated { self.write_status(cx) } else { Ok(()) }
    }

    /// The name is taken: by our own template (fine), or by another (one more collision changes the hash).
    fn collide(&mut self, name: &str, cx: &mut Cx<'_>) -> Result<Option<Object>, ApiError> {
        let there = cx.read().get(kinds::REPLICA_SET, self.deployment.namespace(), name).cloned();
        if let Some(set) = &there
            && set.controller().is_some_and(|owner| owner.uid == self.deployment.uid())
            && let Some(template) = &set.spec::<ReplicaSetSpec>().template
            && equal_ignoring_hash(template, &self.spec().template)
        {
            return Ok(there);
        }
        let status = self.deployment.status_mut::<DeploymentStatus>();
        status.collision_count = Some(status.collision_count.unwrap_or(0) + 1);
        self.write_status(cx)?;
        Ok(None)
    }

    /// The new ReplicaSet before it has a size.
    fn draft(&self) -> Object {
        let spec = self.spec();
        let hash = template_hash(&spec.template, self.status().collision_count);
        let mut template = spec.template.clone();
        let meta = template.metadata.get_or_insert_with(Default::default);
        meta.labels.get_or_insert_with(BTreeMap::new).insert(HASH.into(), hash.clone());
        let labels = meta.labels.clone();
        let mut selector = spec.selector.clone();
        selector.match_labels.get_or_insert_with(BTreeMap::new).insert(HASH.into(), hash.clone());
        let meta = ObjectMeta {
            name: Some(format!("{}-{hash}", self.deployment.name())),
            namespace: self.deployment.meta.namespace.clone(),
            labels,
            owner_references: Some(vec![self.deployment.controller_reference()]),
            ..Default::default()
        };
        let spec = ReplicaSetSpec {
            replicas: Some(0),
            min_ready_seconds: spec.min_ready_seconds,
            selector,
            template: Some(template),
        };
        Object::new(kinds::REPLICA_SET, meta, spec, ReplicaSetStatus::default())
    }

    /// How large the new ReplicaSet may be now.
    pub fn replicas_of_new(&self, new: &Object) -> i32 {
        if !self.is_rolling() {
            return self.replicas();
        }
        let present: i32 = self.old.iter().map(size).fold(size(new), i32::saturating_add);
        let most = self.replicas().saturating_add(self.max_surge());
        if present >= most {
            return size(new);
        }
        size(new) + (most - present).min(self.replicas() - size(new))
    }

    /// Deletes the oldest ReplicaSets beyond the history limit that are empty and settled.
    pub fn clean_up(&mut self, cx: &mut Cx<'_>) -> Result<(), ApiError> {
        let Some(limit) = self.spec().revision_history_limit else { return Ok(()) };
        let mut old: Vec<&Object> = self.old.iter().filter(|set| !set.deleting()).collect();
        let surplus = old.len().saturating_sub(limit.max(0) as usize);
        old.sort_by_key(|set| revision(set));
        for set in old.into_iter().take(surplus) {
            let status = set.status::<ReplicaSetStatus>();
            let behind = set.meta.generation > status.observed_generation;
            if status.replicas != 0 || size(set) != 0 || behind {
                continue;
            }
            match cx.delete(kinds::REPLICA_SET, set.namespace(), set.name(), &DeleteOptions::default()) {
                Err(error) if error.reason != Reason::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn set_revision(&mut self, revision: &str) -> bool {
        if self.deployment.annotations().get(REVISION).is_some_and(|text| text == revision) {
            return false;
        }
        let annotations = self.deployment.meta_mut().annotations.get_or_insert_with(BTreeMap::new);
        annotations.insert(REVISION.into(), revision.into());
        true
    }

    /// Takes the answer of an update in place of what was known.
    pub fn replace(&mut self, set: Object) {
        for known in self.sets.iter_mut().chain(self.old.iter_mut()).chain(self.new.iter_mut()) {
            if known.uid() == set.uid() {
                *known = set.clone();
            }
        }
    }
}

/// Copies the Deployment's annotations and raises the revision; a raised old one is remembered as history.
fn annotate(deployment: &Object, set: &mut Object, next: i64) -> bool {
    let mut annotations = set.annotations().clone();
    for (key, value) in deployment.annotations() {
        if !OWN.contains(&key.as_str()) {
            annotations.insert(key.clone(), value.clone());
        }
    }
    let was = annotations.get(REVISION).cloned();
    if was.as_deref().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0) < next {
        annotations.insert(REVISION.into(), next.to_string());
        if let Some(was) = was {
            let history = annotations.entry(HISTORY.into()).or_default();
            let text = if history.is_empty() { was } else { format!("{history},{was}") };
            *history = text;
        }
    }
    let changed = &annotations != set.annotations();
    if changed {
        set.meta_mut().annotations = Some(annotations);
    }
    changed
}

/// Notes for which size of the Deployment a ReplicaSet was sized.
pub fn annotate_sizes(set: &mut Object, desired: i32, maximum: i32) -> bool {
    let wanted = [(DESIRED, desired.to_string()), (MAXIMUM, maximum.to_string())];
    if wanted.iter().all(|(key, value)| set.annotations().get(*key) == Some(value)) {
        return false;
    }
    let annotations = set.meta_mut().annotations.get_or_insert_with(BTreeMap::new);
    annotations.extend(wanted.map(|(key, value)| (key.to_string(), value)));
    true
}
