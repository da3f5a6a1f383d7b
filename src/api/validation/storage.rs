//! Volumes, claims and classes.
//!
//! Models: `ValidatePersistentVolume`, `ValidatePersistentVolumeClaim` of `pkg/apis/core/validation/validation.go`,
//! `pkg/apis/storage/validation/validation.go`.
//! Left out: the sources of cloud providers beyond that they are there, data sources, volume attributes classes.

use super::{check, one_of, quoted, scheduling, text, volume as pod_volume, workload};
use crate::api::errors::FieldErrors;
use crate::api::kinds::persistent_volume_claim;
use crate::api::object::Object;
use crate::base::diff::unified;
use crate::base::quantity::Quantity;
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaimSpec, PersistentVolumeClaimStatus, PersistentVolumeSpec, Volume, VolumeResourceRequirements,
};
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Amount;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

fn access_modes(modes: &[String], errors: &mut FieldErrors) {
    for mode in modes {
        one_of(errors, "spec.accessModes", mode, &MODES);
    }
    let alone = |mode: &String| mode == "ReadWriteOncePod";
    if modes.iter().any(alone) && modes.iter().any(|mode| !alone(mode) && MODES.contains(&mode.as_str())) {
        errors.forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes");
    }
}

fn positive(amount: &Amount, path: &str, errors: &mut FieldErrors) {
    if Quantity::parse(&amount.0).is_ok_and(|amount| amount <= Quantity::ZERO) {
        errors.invalid(path, quoted(&amount.0), "must be greater than zero");
    }
}

fn class_name(name: Option<&String>, errors: &mut FieldErrors) {
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        check(errors, "spec.storageClassName", name, text::subdomain(name));
    }
}

fn volume_mode(mode: Option<&String>, errors: &mut FieldErrors) {
    if let Some(mode) = mode {
        one_of(errors, "spec.volumeMode", mode, &["Block", "Filesystem"]);
    }
}

pub fn volume(spec: &PersistentVolumeSpec, old: Option<&PersistentVolumeSpec>, errors: &mut FieldErrors) {
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    if modes.is_empty() {
        errors.required("spec.accessModes", "");
    }
    access_modes(modes, errors);
    capacity(spec.capacity.as_ref(), errors);
    if let Some(policy) = &spec.persistent_volume_reclaim_policy {
        one_of(errors, "spec.persistentVolumeReclaimPolicy", policy, &["Delete", "Recycle", "Retain"]);
    }
    let mut placed = false;
    if let Some(affinity) = &spec.node_affinity {
        match &affinity.required {
            Some(required) => {
                placed = true;
                scheduling::node_selector(required, "spec.nodeAffinity.required", errors);
            }
            None => errors.required("spec.nodeAffinity.required", "must specify required node constraints"),
        }
    }
    sources(spec, placed, errors);
    let root = |path: &str| path.split('/').all(|part| part.is_empty() || part == ".");
    if spec.host_path.as_ref().is_some_and(|host| host.path.starts_with('/') && root(&host.path))
        && spec.persistent_volume_reclaim_policy.as_deref() == Some("Recycle")
    {
        let why = "may not be 'recycle' for a hostPath mount of '/'";
        errors.forbidden("spec.persistentVolumeReclaimPolicy", why);
    }
    class_name(spec.storage_class_name.as_ref(), errors);
    volume_mode(spec.volume_mode.as_ref(), errors);
    let Some(old) = old else { return };
    let (was, is) = (go_source(old), go_source(spec));
    if was != is {
        let why = format!("spec.persistentvolumesource is immutable after creation\n{}", unified(&was, &is, 3));
        errors.forbidden("spec.persistentvolumesource", &why);
    }
    if old.volume_mode != spec.volume_mode {
        errors.invalid("volumeMode", shown(spec.volume_mode.as_ref()), "field is immutable");
    }
    if old.node_affinity.is_some() && old.node_affinity != spec.node_affinity {
        let value = serde_json::to_string(&spec.node_affinity).expect("API types are JSON");
        errors.invalid("nodeAffinity", value, "field is immutable");
    }
}

fn shown(text: Option<&String>) -> String {
    text.map_or_else(|| "null".into(), |text| quoted(text))
}

fn capacity(amounts: Option<&BTreeMap<String, Amount>>, errors: &mut FieldErrors) {
    let none = BTreeMap::new();
    let all = amounts.unwrap_or(&none);
    if all.is_empty() {
        errors.required("spec.capacity", "");
    }
    if !all.contains_key("storage") || all.len() > 1 {
        let value = amounts.map_or_else(|| "null".into(), |all| json!(all).to_string());
        errors.not_supported("spec.capacity", value, &["storage"]);
    }
    for (name, amount) in all {
        let path = format!("spec.capacity[{name}]");
        if let Some(value) = Quantity::parse(&amount.0).ok().map(|amount| amount.value()).filter(|value| *value < 0) {
            errors.invalid(path.as_str(), value, "must be a valid resource quantity");
        }
        positive(amount, &path, errors);
    }
}

fn sources(spec: &PersistentVolumeSpec, placed: bool, errors: &mut FieldErrors) {
    let all = [
        ("hostPath", spec.host_path.is_some()),
        ("gcePersistentDisk", spec.gce_persistent_disk.is_some()),
        ("awsElasticBlockStore", spec.aws_elastic_block_store.is_some()),
        ("glusterfs", spec.glusterfs.is_some()),
        ("flocker", spec.flocker.is_some()),
        ("nfs", spec.nfs.is_some()),
        ("rbd", spec.rbd.is_some()),
        ("quobyte", spec.quobyte.is_some()),
        ("cephFS", spec.cephfs.is_some()),
        ("iscsi", spec.iscsi.is_some()),
        ("cinder", spec.cinder.is_some()),
        ("fc", spec.fc.is_some()),
        ("flexVolume", spec.flex_volume.is_some()),
        ("azureFile", spec.azure_file.is_some()),
        ("vsphereVolume", spec.vsphere_volume.is_some()),
        ("photonPersistentDisk", spec.photon_persistent_disk.is_some()),
        ("azureDisk", spec.azure_disk.is_some()),
        ("portworxVolume", spec.portworx_volume.is_some()),
        ("scaleIO", spec.scale_io.is_some()),
        ("local", spec.local.is_some()),
        ("storageos", spec.storageos.is_some()),
        ("csi", spec.csi.is_some()),
    ];
    let found: Vec<&str> = all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect();
    for (n, name) in found.iter().enumerate() {
        match *name {
            _ if n > 0 => errors.forbidden(format!("spec.{name}"), "may not specify more than 1 volume type"),
            "local" => local(spec, placed, errors),
            "csi" => csi(spec, errors),
            "hostPath" | "nfs" => {
                let same = Volume { host_path: spec.host_path.clone(), nfs: spec.nfs.clone(), ..Default::default() };
                pod_volume::one_source(name, &same, "spec", errors);
            }
            _ => {}
        }
    }
    if found.is_empty() {
        errors.required("spec", "must specify a volume type");
    }
}

fn local(spec: &PersistentVolumeSpec, placed: bool, errors: &mut FieldErrors) {
    let Some(local) = &spec.local else { return };
    if local.path.is_empty() {
        errors.required("spec.local.path", "");
    } else if local.path.split('/').any(|part| part == "..") {
        errors.invalid("spec.local.path", quoted(&local.path), "must not contain '..'");
    }
    if !placed {
        errors.required("spec.nodeAffinity", "Local volume requires node affinity");
    }
}

fn csi(spec: &PersistentVolumeSpec, errors: &mut FieldErrors) {
    let Some(csi) = &spec.csi else { return };
    if csi.driver.is_empty() {
        errors.required("spec.csi.driver", "");
    } else {
        check(errors, "spec.csi.driver", &csi.driver, text::subdomain(&csi.driver.to_ascii_lowercase()));
    }
    if csi.volume_handle.is_empty() {
        errors.required("spec.csi.volumeHandle", "");
    }
}

pub fn claim(new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
    let spec = new.spec::<PersistentVolumeClaimSpec>();
    claim_spec(spec, "spec", errors);
    if let Some(old) = old {
        claim_update(new, old, errors);
    }
}

/// A claim's spec, as it also stands in templates; `path` is that of the spec.
pub fn claim_spec(spec: &PersistentVolumeClaimSpec, path: &str, errors: &mut FieldErrors) {
    let from = errors.0.len();
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    if modes.is_empty() {
        errors.required("spec.accessModes", "at least 1 access mode is required");
    }
    if let Some(selector) = &spec.selector {
        workload::label_selector(selector, "spec.selector", errors);
    }
    access_modes(modes, errors);
    match request(spec) {
        None => errors.required("spec.resources[storage]", ""),
        Some(amount) => positive(amount, "spec.resources[storage]", errors),
    }
    class_name(spec.storage_class_name.as_ref(), errors);
    volume_mode(spec.volume_mode.as_ref(), errors);
    if path != "spec" {
        for error in &mut errors.0[from..] {
            error.path = format!("{path}{}", error.path.trim_start_matches("spec"));
        }
    }
}

fn request(spec: &PersistentVolumeClaimSpec) -> Option<&Amount> {
    spec.resources.as_ref()?.requests.as_ref()?.get("storage")
}

fn claim_update(new: &Object, old: &Object, errors: &mut FieldErrors) {
    let (spec, was) = (new.spec::<PersistentVolumeClaimSpec>(), old.spec::<PersistentVolumeClaimSpec>());
    let bound = old.status::<PersistentVolumeClaimStatus>().phase.as_deref() == Some("Bound");
    let (mut a, mut b) = (was.clone(), spec.clone());
    if persistent_volume_claim::volume(was).is_empty() {
        a.volume_name.clone_from(&b.volume_name);
    }
    // A claim made before there was a default class may be given one.
    if was.storage_class_name.is_none() && persistent_volume_claim::class(old).is_none() {
        b.storage_class_name = None;
    }
    if bound && let Some(requests) = b.resources.as_mut().and_then(|r| r.requests.as_mut()) {
        match request(was) {
            Some(amount) => requests.insert("storage".into(), amount.clone()),
            None => requests.remove("storage"),
        };
        if b.volume_attributes_class_name.is_some() {
            b.volume_attributes_class_name.clone_from(&a.volume_attributes_class_name);
        }
    }
    let (a, b) = (go_claim(&a), go_claim(&b));
    if a != b {
        let why = format!(
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n{}",
            unified(&a, &b, 3)
        );
        errors.forbidden("spec", &why);
    }
    let amount = |of: Option<&Amount>| of.and_then(|q| Quantity::parse(&q.0).ok()).unwrap_or(Quantity::ZERO);
    let capacity = old.status::<PersistentVolumeClaimStatus>().capacity.as_ref().and_then(|all| all.get("storage"));
    if amount(request(spec)) < amount(request(was)) && amount(request(spec)) <= amount(capacity) {
        let why = "field can not be less than status.capacity";
        errors.forbidden("spec.resources.requests.storage", why);
    }
    if was.volume_mode != spec.volume_mode {
        errors.invalid("volumeMode", shown(spec.volume_mode.as_ref()), "field is immutable");
    }
}

pub fn class(new: &StorageClass, old: Option<&StorageClass>, errors: &mut FieldErrors) {
    if new.provisioner.is_empty() {
        errors.required("provisioner", "");
    } else {
        let problems = text::qualified_name(&new.provisioner.to_ascii_lowercase());
        check(errors, "provisioner", &new.provisioner, problems);
    }
    if new.parameters.iter().flatten().any(|(key, _)| key.is_empty()) {
        errors.invalid("parameters", "\"\"", "field must not be empty.");
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    one_of(errors, "reclaimPolicy", &text(&new.reclaim_policy), &["Delete", "Retain"]);
    let modes = ["Immediate", "WaitForFirstConsumer"];
    one_of(errors, "volumeBindingMode", &text(&new.volume_binding_mode), &modes);
    let Some(old) = old else { return };
    let empty = BTreeMap::new();
    if new.parameters.as_ref().unwrap_or(&empty) != old.parameters.as_ref().unwrap_or(&empty) {
        errors.forbidden("parameters", "updates to parameters are forbidden.");
    }
    if new.provisioner != old.provisioner {
        errors.forbidden("provisioner", "updates to provisioner are forbidden.");
    }
    if new.reclaim_policy != old.reclaim_policy {
        errors.forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden.");
    }
    if new.volume_binding_mode != old.volume_binding_mode {
        errors.invalid("volumeBindingMode", shown(new.volume_binding_mode.as_ref()), "field is immutable");
    }
}

/// A structure as the server's own Go types print themselves as JSON: fields in their order, one space a level.
fn go(fields: &[(&str, Value)], level: usize) -> String {
    let pad = " ".repeat(level + 1);
    let lines: Vec<String> =
        fields.iter().map(|(name, value)| format!("{pad}\"{name}\": {}", go_value(value, level + 1))).collect();
    format!("{{\n{}\n{}}}", lines.join(",\n"), " ".repeat(level))
}

fn go_value(value: &Value, level: usize) -> String {
    let pad = " ".repeat(level + 1);
    let end = " ".repeat(level);
    match value {
        Value::Object(map) if !map.is_empty() => {
            let items: Vec<String> =
                map.iter().map(|(k, v)| format!("{pad}{}: {}", quoted(k), go_value(v, level + 1))).collect();
            format!("{{\n{}\n{end}}}", items.join(",\n"))
        }
        // Structures inside are lists of pairs, to keep their order.
        Value::Array(items) if items.iter().all(|item| item.get("field").is_some()) && !items.is_empty() => {
            let fields: Vec<(&str, Value)> =
                items.iter().map(|item| (item["field"].as_str().unwrap_or(""), item["value"].clone())).collect();
            go(&fields, level)
        }
        Value::Array(items) if !items.is_empty() => {
            let items: Vec<String> = items.iter().map(|v| format!("{pad}{}", go_value(v, level + 1))).collect();
            format!("[\n{}\n{end}]", items.join(",\n"))
        }
        plain => plain.to_string(),
    }
}

fn structure(fields: &[(&str, Value)]) -> Value {
    fields.iter().map(|(name, value)| json!({"field": name, "value": value})).collect()
}

fn go_claim(spec: &PersistentVolumeClaimSpec) -> String {
    let amounts = |take: fn(&VolumeResourceRequirements) -> &Option<BTreeMap<String, Amount>>| {
        spec.resources.as_ref().map_or(Value::Null, |resources| json!(take(resources)))
    };
    let resources = structure(&[("Limits", amounts(|r| &r.limits)), ("Requests", amounts(|r| &r.requests))]);
    go(
        &[
            ("AccessModes", json!(spec.access_modes)),
            ("Selector", json!(spec.selector)),
            ("Resources", resources),
            ("VolumeName", json!(persistent_volume_claim::volume(spec))),
            ("StorageClassName", json!(spec.storage_class_name)),
            ("VolumeMode", json!(spec.volume_mode)),
            ("DataSource", json!(spec.data_source)),
            ("DataSourceRef", json!(spec.data_source_ref)),
            ("VolumeAttributesClassName", json!(spec.volume_attributes_class_name)),
        ],
        0,
    )
}

fn go_source(spec: &PersistentVolumeSpec) -> String {
    let host = spec.host_path.as_ref().map(|h| structure(&[("Path", json!(h.path)), ("Type", json!(h.type_))]));
    let local = spec.local.as_ref().map(|l| structure(&[("Path", json!(l.path)), ("FSType", json!(l.fs_type))]));
    let nfs = spec.nfs.as_ref().map(|n| {
        let read_only = n.read_only.unwrap_or(false);
        structure(&[("Server", json!(n.server)), ("Path", json!(n.path)), ("ReadOnly", json!(read_only))])
    });
    let csi = spec.csi.as_ref().map(|c| {
        structure(&[
            ("Driver", json!(c.driver)),
            ("VolumeHandle", json!(c.volume_handle)),
            ("ReadOnly", json!(c.read_only.unwrap_or(false))),
            ("FSType", json!(c.fs_type.as_deref().unwrap_or(""))),
            ("VolumeAttributes", json!(c.volume_attributes)),
            ("ControllerPublishSecretRef", json!(c.controller_publish_secret_ref)),
            ("NodeStageSecretRef", json!(c.node_stage_secret_ref)),
            ("NodePublishSecretRef", json!(c.node_publish_secret_ref)),
            ("ControllerExpandSecretRef", json!(c.controller_expand_secret_ref)),
            ("NodeExpandSecretRef", json!(c.node_expand_secret_ref)),
        ])
    });
    go(
        &[
            ("GCEPersistentDisk", json!(spec.gce_persistent_disk)),
            ("AWSElasticBlockStore", json!(spec.aws_elastic_block_store)),
            ("HostPath", json!(host)),
            ("Glusterfs", json!(spec.glusterfs)),
            ("NFS", json!(nfs)),
            ("RBD", json!(spec.rbd)),
            ("Quobyte", json!(spec.quobyte)),
            ("ISCSI", json!(spec.iscsi)),
            ("FlexVolume", json!(spec.flex_volume)),
            ("Cinder", json!(spec.cinder)),
            ("CephFS", json!(spec.cephfs)),
            ("FC", json!(spec.fc)),
            ("Flocker", json!(spec.flocker)),
            ("AzureFile", json!(spec.azure_file)),
            ("VsphereVolume", json!(spec.vsphere_volume)),
            ("AzureDisk", json!(spec.azure_disk)),
            ("PhotonPersistentDisk", json!(spec.photon_persistent_disk)),
            ("PortworxVolume", json!(spec.portworx_volume)),
            ("ScaleIO", json!(spec.scale_io)),
            ("Local", json!(local)),
            ("StorageOS", json!(spec.storageos)),
            ("CSI", json!(csi)),
        ],
        0,
    )
}
