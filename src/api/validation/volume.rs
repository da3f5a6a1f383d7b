//! Volumes of a pod, and how containers mount them.

use super::{check, one_of, quoted, storage, text};
use crate::api::errors::{FieldError, FieldErrors};
use k8s_openapi::api::core::v1::{Container, Volume};
use std::collections::BTreeSet;

const HOST_PATH_TYPES: [&str; 8] =
    ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/// The names of the volumes that are well-formed: the others cannot be mounted.
pub fn validate(volumes: &[Volume], path: &str, errors: &mut FieldErrors) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (n, volume) in volumes.iter().enumerate() {
        let path = format!("{path}[{n}]");
        let before = errors.0.len();
        source(volume, &path, errors);
        if volume.name.is_empty() {
            errors.required(format!("{path}.name"), "");
        } else {
            check(errors, format!("{path}.name"), &volume.name, text::label(&volume.name));
            if names.contains(&volume.name) {
                errors.duplicate(format!("{path}.name"), quoted(&volume.name));
            }
        }
        if errors.0.len() == before {
            names.insert(volume.name.clone());
        }
    }
    names
}

fn source(volume: &Volume, path: &str, errors: &mut FieldErrors) {
    let kinds = sources(volume);
    if kinds.is_empty() {
        errors.required(path, "must specify a volume type");
    }
    for name in kinds.iter().skip(1) {
        errors.forbidden(format!("{path}.{name}"), "may not specify more than 1 volume type");
    }
    if let Some(name) = kinds.first() {
        one_source(name, volume, path, errors);
    }
}

/// One kind of source, which a PersistentVolume may have, too.
pub fn one_source(name: &str, volume: &Volume, path: &str, errors: &mut FieldErrors) {
    match name {
        "hostPath" => {
            let Some(host) = &volume.host_path else { return };
            let path = format!("{path}.hostPath");
            if host.path.is_empty() {
                errors.required(format!("{path}.path"), "");
            } else if host.path.split('/').any(|part| part == "..") {
                errors.invalid(format!("{path}.path"), quoted(&host.path), "must not contain '..'");
            }
            one_of(errors, format!("{path}.type"), host.type_.as_deref().unwrap_or(""), &HOST_PATH_TYPES);
        }
        "secret" if volume.secret.as_ref().is_some_and(|s| s.secret_name.as_deref().unwrap_or("").is_empty()) => {
            errors.required(format!("{path}.secret.secretName"), "");
        }
        "configMap" if volume.config_map.as_ref().is_some_and(|c| c.name.is_empty()) => {
            errors.required(format!("{path}.configMap.name"), "");
        }
        "persistentVolumeClaim" if volume.persistent_volume_claim.as_ref().is_some_and(|c| c.claim_name.is_empty()) => {
            errors.required(format!("{path}.persistentVolumeClaim.claimName"), "");
        }
        "ephemeral" => {
            let template = volume.ephemeral.as_ref().and_then(|source| source.volume_claim_template.as_ref());
            match template {
                None => errors.required(format!("{path}.ephemeral.volumeClaimTemplate"), ""),
                Some(template) => {
                    storage::claim_spec(&template.spec, &format!("{path}.ephemeral.volumeClaimTemplate.spec"), errors);
                }
            }
        }
        "nfs" => {
            let Some(nfs) = &volume.nfs else { return };
            if nfs.server.is_empty() {
                errors.required(format!("{path}.nfs.server"), "");
            }
            if nfs.path.is_empty() {
                errors.required(format!("{path}.nfs.path"), "");
            } else if !nfs.path.starts_with('/') {
                errors.invalid(format!("{path}.nfs.path"), quoted(&nfs.path), "must be an absolute path");
            }
        }
        _ => {}
    }
}

/// The kinds of source that a volume names, in the order in which the server looks for them.
fn sources(volume: &Volume) -> Vec<&'static str> {
    let found = [
        ("emptyDir", volume.empty_dir.is_some()),
        ("hostPath", volume.host_path.is_some()),
        ("gitRepo", volume.git_repo.is_some()),
        ("gcePersistentDisk", volume.gce_persistent_disk.is_some()),
        ("awsElasticBlockStore", volume.aws_elastic_block_store.is_some()),
        ("secret", volume.secret.is_some()),
        ("nfs", volume.nfs.is_some()),
        ("iscsi", volume.iscsi.is_some()),
        ("glusterfs", volume.glusterfs.is_some()),
        ("persistentVolumeClaim", volume.persistent_volume_claim.is_some()),
        ("rbd", volume.rbd.is_some()),
        ("cephfs", volume.cephfs.is_some()),
        ("downwardAPI", volume.downward_api.is_some()),
        ("fc", volume.fc.is_some()),
        ("configMap", volume.config_map.is_some()),
        ("projected", volume.projected.is_some()),
        ("csi", volume.csi.is_some()),
        ("ephemeral", volume.ephemeral.is_some()),
        ("image", volume.image.is_some()),
    ];
    found.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

pub fn mounts(container: &Container, known: &BTreeSet<String>, path: &str, errors: &mut FieldErrors) {
    let mut paths = BTreeSet::new();
    for (n, mount) in container.volume_mounts.iter().flatten().enumerate() {
        let path = format!("{path}.volumeMounts[{n}]");
        if mount.name.is_empty() {
            errors.required(format!("{path}.name"), "");
        }
        if !known.contains(&mount.name) {
            let text = format!("Not found: {}", quoted(&mount.name));
            errors.0.push(FieldError { path: format!("{path}.name"), text });
        }
        if mount.mount_path.is_empty() {
            errors.required(format!("{path}.mountPath"), "");
        }
        if !paths.insert(&mount.mount_path) {
            errors.invalid(format!("{path}.mountPath"), quoted(&mount.mount_path), "must be unique");
        }
        if let Some(sub) = &mount.sub_path {
            if sub.starts_with('/') {
                errors.invalid(format!("{path}.subPath"), quoted(sub), "must be a relative path");
            } else if sub.split('/').any(|part| part == "..") {
                errors.invalid(format!("{path}.subPath"), quoted(sub), "must not contain '..'");
            }
        }
    }
}
