//! `kubectl describe` of Deployments, ReplicaSets, ReplicationControllers, StatefulSets and DaemonSets.
//!
//! Models: `describeDeployment`, `describeReplicaSet`, `describeStatefulSet`, `describeDaemonSet` of `kubectl/pkg/describe/describe.go`.

use super::cell::{map, selector_text};
use super::containers;
use super::report::{Report, long_time};
use crate::api::kinds;
use crate::api::object::Object;
use crate::api::selector::Selector;
use crate::api::server::Reader;
use crate::time::Time;
use k8s_openapi::api::apps::v1::{
    DaemonSetSpec, DaemonSetStatus, DeploymentSpec, DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus,
    StatefulSetSpec, StatefulSetStatus,
};
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PodStatus, PodTemplateSpec, ReplicationControllerSpec, ReplicationControllerStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

fn selector(selector: &LabelSelector) -> String {
    selector_text(&Selector::of(Some(selector)))
}

pub fn deployment(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (object.spec::<DeploymentSpec>(), object.status::<DeploymentStatus>());
    out.named(object);
    if let Some(created) = &object.meta.creation_timestamp {
        out.line(0, format_args!("CreationTimestamp:\t{}", long_time(created)));
    }
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
    out.line(0, format_args!("Selector:\t{}", selector(&spec.selector)));
    out.line(
        0,
        format_args!(
            "Replicas:\t{} desired | {} updated | {} total | {} available | {} unavailable",
            spec.replicas.unwrap_or(1),
            status.updated_replicas.unwrap_or(0),
            status.replicas.unwrap_or(0),
            status.available_replicas.unwrap_or(0),
            status.unavailable_replicas.unwrap_or(0)
        ),
    );
    let strategy = spec.strategy.clone().unwrap_or_default();
    out.line(0, format_args!("StrategyType:\t{}", strategy.type_.unwrap_or_default()));
    out.line(0, format_args!("MinReadySeconds:\t{}", spec.min_ready_seconds.unwrap_or(0)));
    if let Some(rolling) = strategy.rolling_update {
        let text = |value: Option<IntOrString>| match value {
            Some(IntOrString::Int(n)) => n.to_string(),
            Some(IntOrString::String(text)) => text,
            None => "<nil>".into(),
        };
        let (down, up) = (text(rolling.max_unavailable), text(rolling.max_surge));
        out.line(0, format_args!("RollingUpdateStrategy:\t{down} max unavailable, {up} max surge"));
    }
    containers::template(&spec.template, out);
    let rows = status.conditions.iter().flatten();
    conditions(rows.map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_deref().unwrap_or(""))), out);
    let (old, new) = replica_sets(object, read);
    let text = |sets: &[&Object]| {
        let texts = sets.iter().map(|set| {
            let (spec, status) = (set.spec::<ReplicaSetSpec>(), set.status::<ReplicaSetStatus>());
            format!("{} ({}/{} replicas created)", set.name(), status.replicas, spec.replicas.unwrap_or(1))
        });
        let text = texts.collect::<Vec<_>>().join(", ");
        if text.is_empty() { "<none>".to_string() } else { text }
    };
    out.line(0, format_args!("OldReplicaSets:\t{}", text(&old)));
    out.line(0, format_args!("NewReplicaSet:\t{}", text(&new.into_iter().collect::<Vec<_>>())));
    out.events_of(object, read, now);
}

/// The ReplicaSets of a Deployment: the old ones by age, and the one of the present template.
pub fn replica_sets<'a>(deployment: &Object, read: Reader<'a>) -> (Vec<&'a Object>, Option<&'a Object>) {
    let mut all: Vec<&Object> =
        read.owned(deployment.uid()).filter(|object| object.kind == kinds::REPLICA_SET).collect();
    all.sort_by_key(|set| (set.created(), set.name().to_string()));
    let wanted = bare(&deployment.spec::<DeploymentSpec>().template);
    let new = all.iter().position(|set| {
        set.spec::<ReplicaSetSpec>().template.as_ref().is_some_and(|template| bare(template) == wanted)
    });
    let new = new.map(|at| all.remove(at));
    (all, new)
}

/// A template without the hash that its ReplicaSet added.
fn bare(template: &PodTemplateSpec) -> PodTemplateSpec {
    let mut template = template.clone();
    let meta = template.metadata.get_or_insert_with(Default::default);
    meta.creation_timestamp = None;
    if let Some(labels) = &mut meta.labels {
        labels.remove("pod-template-hash");
    }
    template
}

fn conditions<'a>(rows: impl Iterator<Item = (&'a str, &'a str, &'a str)>, out: &mut Report) {
    for (n, (kind, status, reason)) in rows.enumerate() {
        if n == 0 {
            out.raw("Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------\n");
        }
        out.line(1, format_args!("{kind} \t{status}\t{reason}"));
    }
}

/// `3 Running / 0 Waiting / 0 Succeeded / 0 Failed`.
fn pod_states(object: &Object, read: Reader<'_>) -> String {
    let mut counts = [0; 4];
    for pod in read.owned(object.uid()).filter(|pod| pod.kind == kinds::POD) {
        let place = match pod.status::<PodStatus>().phase.as_deref() {
            Some("Running") => 0,
            Some("Pending") => 1,
            Some("Succeeded") => 2,
            Some("Failed") => 3,
            _ => continue,
        };
        counts[place] += 1;
    }
    let [running, waiting, succeeded, failed] = counts;
    format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed")
}

pub fn replica_set(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (object.spec::<ReplicaSetSpec>(), object.status::<ReplicaSetStatus>());
    out.named(object);
    out.line(0, format_args!("Selector:\t{}", selector(&spec.selector)));
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
    out.controlled_by(object);
    let desired = spec.replicas.unwrap_or(1);
    out.line(0, format_args!("Replicas:\t{} current / {desired} desired", status.replicas));
    out.line(0, format_args!("Pods Status:\t{}", pod_states(object, read)));
    if let Some(template) = &spec.template {
        containers::template(template, out);
    }
    let rows = status.conditions.iter().flatten();
    conditions(rows.map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_deref().unwrap_or(""))), out);
    out.events_of(object, read, now);
}

pub fn replication_controller(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (object.spec::<ReplicationControllerSpec>(), object.status::<ReplicationControllerStatus>());
    out.named(object);
    out.line(0, format_args!("Selector:\t{}", map(spec.selector.as_ref())));
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
    let desired = spec.replicas.unwrap_or(1);
    out.line(0, format_args!("Replicas:\t{} current / {desired} desired", status.replicas));
    out.line(0, format_args!("Pods Status:\t{}", pod_states(object, read)));
    if let Some(template) = &spec.template {
        containers::template(template, out);
    }
    let rows = status.conditions.iter().flatten();
    conditions(rows.map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_deref().unwrap_or(""))), out);
    out.events_of(object, read, now);
}

pub fn stateful_set(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (object.spec::<StatefulSetSpec>(), object.status::<StatefulSetStatus>());
    out.named(object);
    if let Some(created) = &object.meta.creation_timestamp {
        out.line(0, format_args!("CreationTimestamp:\t{}", long_time(created)));
    }
    out.line(0, format_args!("Selector:\t{}", Selector::of(Some(&spec.selector))));
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
    for (title, value) in [("Service Name", &spec.service_name), ("Pod Management Policy", &spec.pod_management_policy)]
    {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            out.line(0, format_args!("{title}:\t{value}"));
        }
    }
    let desired = spec.replicas.unwrap_or(1);
    out.line(0, format_args!("Replicas:\t{desired} desired | {} total", status.replicas));
    let strategy = spec.update_strategy.clone().unwrap_or_default();
    out.line(0, format_args!("Update Strategy:\t{}", strategy.type_.unwrap_or_default()));
    if let Some(partition) = strategy.rolling_update.and_then(|rolling| rolling.partition) {
        out.line(1, format_args!("Partition:\t{partition}"));
    }
    if let Some(policy) = &spec.persistent_volume_claim_retention_policy {
        out.line(0, "Persistent Volume Claim Retention Policy:");
        out.line(1, format_args!("WhenDeleted:\t{}", policy.when_deleted.as_deref().unwrap_or("")));
        out.line(1, format_args!("WhenScaled:\t{}", policy.when_scaled.as_deref().unwrap_or("")));
    }
    out.line(0, format_args!("Pods Status:\t{}", pod_states(object, read)));
    containers::template(&spec.template, out);
    claims(spec.volume_claim_templates.as_deref().unwrap_or(&[]), out);
    out.events_of(object, read, now);
}

fn claims(templates: &[PersistentVolumeClaim], out: &mut Report) {
    if templates.is_empty() {
        out.line(0, "Volume Claims:\t<none>");
        return;
    }
    out.line(0, "Volume Claims:");
    for claim in templates {
        let (meta, spec) = (&claim.metadata, claim.spec.clone().unwrap_or_default());
        out.line(1, format_args!("Name:\t{}", meta.name.as_deref().unwrap_or("")));
        out.line(1, format_args!("StorageClass:\t{}", spec.storage_class_name.unwrap_or_default()));
        out.labels_in("  ", "Labels", meta.labels.as_ref());
        out.labels_in("  ", "Annotations", meta.annotations.as_ref());
        let size = spec.resources.and_then(|resources| resources.requests?.get("storage").cloned());
        match size {
            Some(size) => out.line(1, format_args!("Capacity:\t{}", size.0)),
            None => out.line(1, "Capacity:\t<default>"),
        }
        out.line(1, format_args!("Access Modes:\t[{}]", spec.access_modes.unwrap_or_default().join(" ")));
    }
}

pub fn daemon_set(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (object.spec::<DaemonSetSpec>(), object.status::<DaemonSetStatus>());
    out.named(object);
    out.line(0, format_args!("Selector:\t{}", selector(&spec.selector)));
    let nodes = spec.template.spec.as_ref().and_then(|s| s.node_selector.as_ref());
    out.line(0, format_args!("Node-Selector:\t{}", map(nodes)));
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
    for (title, count) in [
        ("Desired Number of Nodes Scheduled", status.desired_number_scheduled),
        ("Current Number of Nodes Scheduled", status.current_number_scheduled),
        ("Number of Nodes Scheduled with Up-to-date Pods", status.updated_number_scheduled.unwrap_or(0)),
        ("Number of Nodes Scheduled with Available Pods", status.number_available.unwrap_or(0)),
        ("Number of Nodes Misscheduled", status.number_misscheduled),
    ] {
        out.line(0, format_args!("{title}: {count}"));
    }
    out.line(0, format_args!("Pods Status:\t{}", pod_states(object, read)));
    containers::template(&spec.template, out);
    out.events_of(object, read, now);
}
