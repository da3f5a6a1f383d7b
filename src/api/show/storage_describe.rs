//! `kubectl describe` of PersistentVolumes, PersistentVolumeClaims and StorageClasses.
//!
//! Models: `describePersistentVolume`, `describePersistentVolumeClaim`, `describeStorageClass` of `kubectl/pkg/describe/describe.go`.
//! Left out: the sources of cloud providers.

use super::cell;
use super::containers::volume_source;
use super::report::{Report, long_time, truth};
use crate::api::kinds::{self, persistent_volume, persistent_volume_claim, plain, storage_class};
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::time::Time;
use k8s_openapi::api::core::v1::{
    NodeSelectorRequirement, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus, PersistentVolumeClaimTemplate,
    PersistentVolumeSpec, PersistentVolumeStatus, PodSpec, TopologySelectorTerm, Volume, VolumeNodeAffinity,
};
use k8s_openapi::api::storage::v1::StorageClass;
use std::collections::BTreeMap;

/// The longest attribute printed whole.
const ATTRIBUTE: usize = 140;

fn finalizers(object: &Object, out: &mut Report) {
    let all = object.meta.finalizers.as_deref().unwrap_or_default();
    out.line(0, format_args!("Finalizers:\t[{}]", all.join(" ")));
}

fn phase(object: &Object, phase: Option<&str>, now: Time, out: &mut Report) {
    match &object.meta.deletion_timestamp {
        Some(since) => {
            out.line(0, format_args!("Status:\tTerminating (lasts {})", cell::since(Some(since), now)));
        }
        None => out.line(0, format_args!("Status:\t{}", phase.unwrap_or(""))),
    }
}

pub fn volume(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (object.spec::<PersistentVolumeSpec>(), object.status::<PersistentVolumeStatus>());
    out.head(object);
    finalizers(object, out);
    out.line(0, format_args!("StorageClass:\t{}", persistent_volume::class(object)));
    phase(object, status.phase.as_deref(), now, out);
    out.line(0, format_args!("Claim:\t{}", persistent_volume::claim(spec)));
    let policy = spec.persistent_volume_reclaim_policy.as_deref().unwrap_or("");
    out.line(0, format_args!("Reclaim Policy:\t{policy}"));
    out.line(0, format_args!("Access Modes:\t{}", cell::access_modes(spec.access_modes.as_ref())));
    if let Some(mode) = &spec.volume_mode {
        out.line(0, format_args!("VolumeMode:\t{mode}"));
    }
    out.line(0, format_args!("Capacity:\t{}", cell::storage(spec.capacity.as_ref())));
    affinity(spec.node_affinity.as_ref(), out);
    out.line(0, format_args!("Message:\t{}", status.message.as_deref().unwrap_or("")));
    out.line(0, "Source:");
    source(spec, out);
    out.events_of(object, read, now);
}

fn affinity(affinity: Option<&VolumeNodeAffinity>, out: &mut Report) {
    let Some(required) = affinity.and_then(|affinity| affinity.required.as_ref()) else {
        return out.line(0, "Node Affinity:\t<none>");
    };
    out.line(0, "Node Affinity:\t");
    if required.node_selector_terms.is_empty() {
        return out.line(1, "Required Terms:\t<none>");
    }
    out.line(1, "Required Terms:\t");
    for (n, term) in required.node_selector_terms.iter().enumerate() {
        let rules = term.match_expressions.iter().flatten().map(requirement).collect();
        terms(2, n, rules, out);
    }
}

fn requirement(rule: &NodeSelectorRequirement) -> String {
    let values = rule.values.as_deref().unwrap_or_default();
    let values = if values.is_empty() { String::new() } else { format!(" [{}]", values.join(", ")) };
    format!("{} {}{values}", rule.key, rule.operator.to_ascii_lowercase())
}

fn terms(level: usize, n: usize, rules: Vec<String>, out: &mut Report) {
    if rules.is_empty() {
        return out.line(level, format_args!("Term {n}:\t<none>"));
    }
    for (at, rule) in rules.iter().enumerate() {
        let title = if at == 0 { format!("Term {n}:") } else { String::new() };
        out.line(level, format_args!("{title}\t{rule}"));
    }
}

fn source(spec: &PersistentVolumeSpec, out: &mut Report) {
    if let Some(local) = &spec.local {
        out.line(2, "Type:\tLocalVolume (a persistent volume backed by local storage on a node)");
        out.line(2, format_args!("Path:\t{}", local.path));
    } else if let Some(csi) = &spec.csi {
        out.line(2, "Type:\tCSI (a Container Storage Interface (CSI) volume source)");
        out.line(2, format_args!("Driver:\t{}", csi.driver));
        out.line(2, format_args!("FSType:\t{}", csi.fs_type.as_deref().unwrap_or("")));
        out.line(2, format_args!("VolumeHandle:\t{}", csi.volume_handle));
        out.line(2, format_args!("ReadOnly:\t{}", csi.read_only.unwrap_or(false)));
        attributes(csi.volume_attributes.as_ref(), out);
    } else if spec.host_path.is_some() || spec.nfs.is_some() {
        let same = Volume { host_path: spec.host_path.clone(), nfs: spec.nfs.clone(), ..Default::default() };
        volume_source(&same, out);
    } else {
        out.line(1, "<unknown>");
    }
}

pub fn attributes(all: Option<&BTreeMap<String, String>>, out: &mut Report) {
    let all: Vec<_> = all.into_iter().flatten().collect();
    if all.is_empty() {
        return out.line(2, "VolumeAttributes:\t<none>");
    }
    for (n, (key, value)) in all.into_iter().enumerate() {
        let title = if n == 0 { "VolumeAttributes:" } else { "    " };
        let pair = format!("{key}={value}");
        let short: String = pair.chars().take(ATTRIBUTE).collect();
        let dots = if short.len() < pair.len() { "..." } else { "" };
        out.line(2, format_args!("{title}\t{short}{dots}"));
    }
}

pub fn claim(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let status = object.status::<PersistentVolumeClaimStatus>();
    out.named(object);
    claim_head(object, now, out);
    used_by(object, read, out);
    let conditions = status.conditions.as_deref().unwrap_or_default();
    if !conditions.is_empty() {
        out.raw("Conditions:\n  Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n");
        out.raw("  ----\t------\t-----------------\t------------------\t------\t-------\n");
        let never = || "Mon, 01 Jan 0001 00:00:00 +0000".to_string();
        for c in conditions {
            let probed = c.last_probe_time.as_ref().map_or_else(never, long_time);
            let moved = c.last_transition_time.as_ref().map_or_else(never, long_time);
            let (reason, message) = (c.reason.as_deref().unwrap_or(""), c.message.as_deref().unwrap_or(""));
            out.line(1, format_args!("{} \t{} \t{probed} \t{moved} \t{reason} \t{message}", c.type_, c.status));
        }
    }
    out.events_of(object, read, now);
}

fn claim_head(object: &Object, now: Time, out: &mut Report) {
    let spec = object.spec::<PersistentVolumeClaimSpec>();
    let status = object.status::<PersistentVolumeClaimStatus>();
    out.line(0, format_args!("StorageClass:\t{}", persistent_volume_claim::class(object).unwrap_or("")));
    phase(object, status.phase.as_deref(), now, out);
    out.line(0, format_args!("Volume:\t{}", persistent_volume_claim::volume(spec)));
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
    finalizers(object, out);
    out.line(0, format_args!("Capacity:\t{}", persistent_volume_claim::capacity(object)));
    out.line(0, format_args!("Access Modes:\t{}", persistent_volume_claim::access_modes(object)));
    if let Some(mode) = &spec.volume_mode {
        out.line(0, format_args!("VolumeMode:\t{mode}"));
    }
    if let Some(source) = &spec.data_source {
        out.line(0, "DataSource:");
        if let Some(group) = &source.api_group {
            out.line(1, format_args!("APIGroup:\t{group}"));
        }
        out.line(1, format_args!("Kind:\t{}", source.kind));
        out.line(1, format_args!("Name:\t{}", source.name));
    }
}

/// The pods that mount a claim, or own it.
fn used_by(claim: &Object, read: Reader<'_>, out: &mut Report) {
    let owners = claim.meta.owner_references.as_deref().unwrap_or_default();
    let uses = |pod: &&Object| {
        let volumes = pod.spec::<PodSpec>().volumes.iter().flatten();
        let mut claims = volumes.filter_map(|volume| volume.persistent_volume_claim.as_ref());
        claims.any(|source| source.claim_name == claim.name())
            || owners.iter().any(|owner| owner.kind == "Pod" && owner.uid == pod.uid())
    };
    let mut names: Vec<&str> =
        read.list(kinds::POD, Some(claim.namespace())).filter(uses).map(|pod| pod.name()).collect();
    if names.is_empty() {
        names.push("<none>");
    }
    for (n, name) in names.into_iter().enumerate() {
        out.line(0, format_args!("{}\t{name}", if n == 0 { "Used By:" } else { "" }));
    }
}

pub fn class(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let class = object.spec::<StorageClass>();
    out.line(0, format_args!("Name:\t{}", object.name()));
    let default = if storage_class::is_default(object) { "Yes" } else { "No" };
    out.line(0, format_args!("IsDefaultClass:\t{default}"));
    out.line(0, format_args!("Annotations:\t{}", cell::map(object.meta.annotations.as_ref())));
    out.line(0, format_args!("Provisioner:\t{}", class.provisioner));
    out.line(0, format_args!("Parameters:\t{}", cell::map(class.parameters.as_ref())));
    let expands = class.allow_volume_expansion.map_or("<unset>", truth);
    out.line(0, format_args!("AllowVolumeExpansion:\t{expands}"));
    let options = class.mount_options.as_deref().unwrap_or_default();
    out.line(0, if options.is_empty() { "MountOptions:\t<none>" } else { "MountOptions:" });
    for option in options {
        out.line(1, option);
    }
    for (title, value) in [("ReclaimPolicy", &class.reclaim_policy), ("VolumeBindingMode", &class.volume_binding_mode)]
    {
        if let Some(value) = value {
            out.line(0, format_args!("{title}:\t{value}"));
        }
    }
    if let Some(all) = &class.allowed_topologies {
        topologies(all, out);
    }
    out.events_of(object, read, now);
}

fn topologies(all: &[TopologySelectorTerm], out: &mut Report) {
    if all.is_empty() {
        return out.line(0, "AllowedTopologies:\t<none>");
    }
    out.line(0, "AllowedTopologies:\t");
    for (n, term) in all.iter().enumerate() {
        let rules = term.match_label_expressions.iter().flatten();
        let rules = rules.map(|rule| match rule.values.as_slice() {
            [] => format!("{} in", rule.key),
            values => format!("{} in [{}]", rule.key, values.join(", ")),
        });
        terms(1, n, rules.collect(), out);
    }
}

pub fn csi_node(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    out.line(0, format_args!("Name:\t{}", object.name()));
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
    let created = object.meta.creation_timestamp.as_ref().map_or_else(String::new, long_time);
    out.line(0, format_args!("CreationTimestamp:\t{created}"));
    out.line(0, "Spec:");
    let drivers = plain::at(object, &["spec", "drivers"]).and_then(|drivers| drivers.as_array());
    if let Some(drivers) = drivers.filter(|drivers| !drivers.is_empty()) {
        out.line(1, "Drivers:");
        for driver in drivers {
            out.line(2, format_args!("{}:", driver["name"].as_str().unwrap_or("")));
            out.line(3, format_args!("Node ID:\t{}", driver["nodeID"].as_str().unwrap_or("")));
            if let Some(count) = driver["allocatable"]["count"].as_i64() {
                out.line(3, "Allocatables:");
                out.line(4, format_args!("Count:\t{count}"));
            }
            if let Some(keys) = driver["topologyKeys"].as_array() {
                let keys: Vec<&str> = keys.iter().filter_map(|key| key.as_str()).collect();
                out.line(3, format_args!("Topology Keys:\t[{}]", keys.join(" ")));
            }
        }
    }
    out.events_of(object, read, now);
}

/// A claim template as it stands in a pod; every line one or more levels in.
pub fn template(template: &PersistentVolumeClaimTemplate, level: usize, out: &mut Report) {
    let meta = template.metadata.clone().unwrap_or_default();
    let class = template.spec.storage_class_name.as_deref().unwrap_or("");
    let indent = "  ".repeat(level);
    out.line(level, format_args!("StorageClass:\t{class}"));
    out.line(level, format_args!("Volume:\t{}", persistent_volume_claim::volume(&template.spec)));
    out.labels_in(&indent, "Labels", meta.labels.as_ref());
    out.annotations_in(&indent, meta.annotations.as_ref());
    out.line(level, "Capacity:\t");
    out.line(level, "Access Modes:\t");
    if let Some(mode) = &template.spec.volume_mode {
        out.line(level, format_args!("VolumeMode:\t{mode}"));
    }
}
