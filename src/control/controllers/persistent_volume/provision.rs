//! Volumes made on demand: directories of the machines, for the class that makes those; for every other class the claim
//! waits for the driver that its class names.
//!
//! Models: `provisionClaim`, `provisionClaimOperation`, `provisionClaimOperationExternal` of
//! `pkg/controller/volume/persistentvolume/pv_controller.go`, `pkg/volume/hostpath`, `csi-translation-lib`.

use super::reclaim::CONTROLLER_PROTECTION;
use crate::api::kinds::{self, persistent_volume_claim, storage_class};
use crate::api::{ApiError, Object};
use crate::control::storage::{
    BETA_PROVISIONER, BOUND_BY_CONTROLLER, PROVISIONED_BY, PROVISIONER, SELECTED_NODE, annotate, class_of, reference,
};
use crate::control::{Cx, EventType};
use k8s_openapi::api::core::v1::{
    HostPathVolumeSource, PersistentVolumeClaimSpec, PersistentVolumeSpec, PersistentVolumeStatus,
};
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// The provisioner that the controller manager has built in.
pub const HOST_PATH: &str = "kubernetes.io/host-path";

/// Built-in names whose work drivers have taken over, and those drivers.
const MIGRATED: [(&str, &str); 7] = [
    ("kubernetes.io/aws-ebs", "ebs.csi.aws.com"),
    ("kubernetes.io/azure-disk", "disk.csi.azure.com"),
    ("kubernetes.io/azure-file", "file.csi.azure.com"),
    ("kubernetes.io/cinder", "cinder.csi.openstack.org"),
    ("kubernetes.io/gce-pd", "pd.csi.storage.gke.io"),
    ("kubernetes.io/portworx-volume", "pxd.portworx.com"),
    ("kubernetes.io/vsphere-volume", "csi.vsphere.vmware.com"),
];

/// Has a volume made for a claim, or says who should make it.
pub fn provision(claim: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let Some(class) = class_of(claim, cx.read()).cloned() else {
        let name = persistent_volume_claim::class(claim).unwrap_or("");
        // Whoever looks into a cache names what is missing in the singular.
        let text = format!("storageclass.storage.k8s.io \"{name}\" not found");
        cx.event(claim, EventType::Warning, "ProvisioningFailed", text);
        return Ok(());
    };
    let provisioner = class.spec::<StorageClass>().provisioner.clone();
    let driver = MIGRATED.iter().find(|(name, _)| *name == provisioner).map(|(_, driver)| *driver);
    match (driver, provisioner.as_str()) {
        (Some(driver), _) => external(claim, driver, Some(&provisioner), cx),
        (None, HOST_PATH) => host_path(claim, &class, cx),
        (None, other) if other.starts_with("kubernetes.io/") => {
            let text = format!("no volume plugin matched name: {other}");
            cx.event(claim, EventType::Warning, "ProvisioningFailed", text);
            Ok(())
        }
        (None, other) => external(claim, other, None, cx),
    }
}

/// Notes the provisioner on the claim.
fn name_provisioner(claim: &Object, name: &str, migrated: bool, cx: &mut Cx<'_>) -> Result<Object, ApiError> {
    let mut claim = claim.clone();
    let mut changed = annotate(&mut claim, PROVISIONER, name);
    changed |= annotate(&mut claim, BETA_PROVISIONER, name);
    if migrated {
        changed |= annotate(&mut claim, "pv.kubernetes.io/migrated-to", name);
    }
    if changed { cx.update(claim) } else { Ok(claim) }
}

fn external(claim: &Object, driver: &str, migrated: Option<&str>, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let claim = name_provisioner(claim, driver, migrated.is_some(), cx)?;
    let text = format!(
        "Waiting for a volume to be created either by the external provisioner '{driver}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
    );
    cx.event(&claim, EventType::Normal, "ExternalProvisioning", text);
    Ok(())
}

fn host_path(claim: &Object, class: &Object, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let claim = name_provisioner(claim, HOST_PATH, false, cx)?;
    let name = format!("pvc-{}", claim.uid());
    if cx.read().get(kinds::PERSISTENT_VOLUME, "", &name).is_some() {
        return Ok(());
    }
    let body = class.spec::<StorageClass>();
    let options = body.mount_options.as_deref().unwrap_or_default();
    if !options.is_empty() {
        let text = format!(
            "Mount options are not supported by the provisioner but StorageClass \"{}\" has mount options [{}]",
            class.name(),
            options.join(" ")
        );
        cx.event(&claim, EventType::Warning, "ProvisioningFailed", text);
        return Ok(());
    }
    let spec = claim.spec::<PersistentVolumeClaimSpec>();
    if spec.volume_mode.as_deref() == Some("Block") {
        let mut without = claim.clone();
        if let Some(all) = &mut without.meta_mut().annotations
            && all.remove(SELECTED_NODE).is_some()
        {
            cx.update(without)?;
        }
        let text = format!(
            "Failed to provision volume with StorageClass \"{}\": {HOST_PATH} does not support block volume provisioning",
            class.name()
        );
        cx.event(&claim, EventType::Warning, "ProvisioningFailed", text);
        return Ok(());
    }
    let volume = volume(&claim, &name, class.name(), storage_class::reclaim(body), cx);
    match cx.create(volume) {
        Ok(_) => {
            let text = format!("Successfully provisioned volume {name} using {HOST_PATH}");
            cx.event(&claim, EventType::Normal, "ProvisioningSucceeded", text);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn volume(claim: &Object, name: &str, class: &str, policy: &str, cx: &mut Cx<'_>) -> Object {
    let wanted = claim.spec::<PersistentVolumeClaimSpec>();
    let requests = wanted.resources.as_ref().and_then(|r| r.requests.clone()).unwrap_or_default();
    let capacity = requests.into_iter().filter(|(name, _)| name == "storage").collect();
    let directory = format!("/tmp/hostpath_pv/{}", cx.rng.of("uid").uuid());
    let spec = PersistentVolumeSpec {
        access_modes: wanted.access_modes.clone(),
        capacity: Some(capacity),
        claim_ref: Some(reference(claim)),
        host_path: Some(HostPathVolumeSource { path: directory, type_: None }),
        persistent_volume_reclaim_policy: Some(policy.into()),
        storage_class_name: Some(class.into()),
        ..Default::default()
    };
    let annotations = [
        ("kubernetes.io/createdby", "hostpath-dynamic-provisioner"),
        (BOUND_BY_CONTROLLER, "yes"),
        (PROVISIONED_BY, HOST_PATH),
    ];
    let meta = ObjectMeta {
        name: Some(name.into()),
        annotations: Some(annotations.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()),
        finalizers: (policy == "Delete").then(|| vec![CONTROLLER_PROTECTION.into()]),
        ..Default::default()
    };
    Object::new(kinds::PERSISTENT_VOLUME, meta, spec, PersistentVolumeStatus::default())
}
