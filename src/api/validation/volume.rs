//! Volumes of a pod, and how containers mount them.

use super::{check, env, one_of, quoted, storage, text};
use crate::api::errors::{FieldError, FieldErrors};
use k8s_openapi::api::core::v1::{
    Container, DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, Volume, VolumeMount,
};
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
        }
        if names.contains(&volume.name) {
            errors.duplicate(format!("{path}.name"), quoted(&volume.name));
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
    if let Some(name) = kinds.first() {
        one_source(name, volume, path, errors);
    }
    for name in kinds.iter().skip(1) {
        // Spelled so by the server.
        let name = if *name == "downwardAPI" { "downwarAPI" } else { name };
        errors.forbidden(format!("{path}.{name}"), "may not specify more than 1 volume type");
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
                return;
            }
            no_backsteps(&host.path, &format!("{path}.path"), errors);
            one_of(errors, format!("{path}.type"), host.type_.as_deref().unwrap_or(""), &HOST_PATH_TYPES);
        }
        "secret" => {
            let Some(secret) = &volume.secret else { return };
            let path = format!("{path}.secret");
            if secret.secret_name.as_deref().unwrap_or("").is_empty() {
                errors.required(format!("{path}.secretName"), "");
            }
            files(secret.default_mode, secret.items.as_deref(), &path, errors);
        }
        "configMap" => {
            let Some(map) = &volume.config_map else { return };
            let path = format!("{path}.configMap");
            if map.name.is_empty() {
                errors.required(format!("{path}.name"), "");
            }
            files(map.default_mode, map.items.as_deref(), &path, errors);
        }
        "emptyDir" => {
            let limit = volume.empty_dir.as_ref().and_then(|dir| dir.size_limit.as_ref());
            if limit.is_some_and(|limit| limit.0.starts_with('-')) {
                let why = "SizeLimit field must be a valid resource quantity";
                errors.forbidden(format!("{path}.emptyDir.sizeLimit"), why);
            }
        }
        "downwardAPI" => {
            let Some(source) = &volume.downward_api else { return };
            let path = format!("{path}.downwardAPI");
            mode(source.default_mode, format!("{path}.defaultMode"), errors);
            for file in source.items.iter().flatten() {
                downward(file, &path, errors);
            }
        }
        "projected" => {
            if let Some(source) = &volume.projected {
                projected(source, &format!("{path}.projected"), errors);
            }
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
            }
            if !nfs.path.starts_with('/') {
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
    let list = format!("{path}.volumeMounts");
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
        for (device, wrong) in container.volume_devices.iter().flatten().flat_map(|device| {
            [
                ("name", device.name == mount.name, "must not already exist in volumeDevices"),
                (
                    "mountPath",
                    device.device_path == mount.mount_path,
                    "must not already exist as a path in volumeDevices",
                ),
            ]
            .into_iter()
            .filter(|(_, same, _)| *same)
            .map(|(field, _, why)| (field, why))
        }) {
            let value = if device == "name" { &mount.name } else { &mount.mount_path };
            errors.invalid(format!("{path}.{device}"), quoted(value), wrong);
        }
        sub_paths(mount, &path, &list, errors);
        if let Some(way) = mount.mount_propagation.as_deref() {
            let at = format!("{list}.mountPropagation");
            one_of(errors, at.clone(), way, &["Bidirectional", "HostToContainer", "None"]);
            let privileged = container.security_context.as_ref().and_then(|context| context.privileged) == Some(true);
            if way == "Bidirectional" && !privileged {
                errors.forbidden(at, "Bidirectional mount propagation is available only to privileged containers");
            }
        }
    }
    devices(container, known, path, errors);
}

/// The server names the list and not the mount here.
fn sub_paths(mount: &VolumeMount, path: &str, list: &str, errors: &mut FieldErrors) {
    let sub = mount.sub_path.as_deref().unwrap_or("");
    let expression = mount.sub_path_expr.as_deref().unwrap_or("");
    if !sub.is_empty() {
        descending(sub, &format!("{list}.subPath"), errors);
    }
    if !expression.is_empty() {
        if !sub.is_empty() {
            let why = "subPathExpr and subPath are mutually exclusive";
            errors.invalid(format!("{path}.subPathExpr"), quoted(expression), why);
        }
        descending(expression, &format!("{list}.subPathExpr"), errors);
    }
}

fn devices(container: &Container, known: &BTreeSet<String>, path: &str, errors: &mut FieldErrors) {
    for (n, device) in container.volume_devices.iter().flatten().enumerate() {
        let path = format!("{path}.volumeDevices[{n}]");
        if device.name.is_empty() {
            errors.required(format!("{path}.name"), "");
        }
        if !known.contains(&device.name) {
            errors.not_found(format!("{path}.name"), quoted(&device.name));
        }
        if device.device_path.is_empty() {
            errors.required(format!("{path}.devicePath"), "");
        }
    }
}

/// A path that leads down from where it begins.
pub fn descending(path: &str, at: &str, errors: &mut FieldErrors) {
    if path.starts_with('/') {
        errors.invalid(at, quoted(path), "must be a relative path");
    }
    no_backsteps(path, at, errors);
}

fn no_backsteps(path: &str, at: &str, errors: &mut FieldErrors) {
    if path.split('/').any(|part| part == "..") {
        errors.invalid(at, quoted(path), "must not contain '..'");
    }
}

/// As [`descending`], and no name that the kubelet keeps for itself.
fn not_reserved(path: &str, at: &str, errors: &mut FieldErrors) {
    descending(path, at, errors);
    if path.starts_with("..") && !path.starts_with("../") {
        errors.invalid(at, quoted(path), "must not start with '..'");
    }
}

fn mode(mode: Option<i32>, at: String, errors: &mut FieldErrors) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        errors.invalid(at, mode, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

/// Which keys become which files.
fn files(default: Option<i32>, items: Option<&[KeyToPath]>, path: &str, errors: &mut FieldErrors) {
    mode(default, format!("{path}.defaultMode"), errors);
    for (n, item) in items.unwrap_or(&[]).iter().enumerate() {
        let path = format!("{path}.items[{n}]");
        if item.key.is_empty() {
            errors.required(format!("{path}.key"), "");
        }
        if item.path.is_empty() {
            errors.required(format!("{path}.path"), "");
        }
        not_reserved(&item.path, &format!("{path}.path"), errors);
        mode(item.mode, format!("{path}.mode"), errors);
    }
}

const IN_FILES: [&str; 5] =
    ["metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"];

fn downward(file: &DownwardAPIVolumeFile, path: &str, errors: &mut FieldErrors) {
    if file.path.is_empty() {
        errors.required(format!("{path}.path"), "");
    }
    not_reserved(&file.path, &format!("{path}.path"), errors);
    match (&file.field_ref, &file.resource_field_ref) {
        (Some(field), resource) => {
            env::field(field, &IN_FILES, &format!("{path}.fieldRef"), errors);
            if resource.is_some() {
                let why = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.invalid(path, "\"resource\"", why);
            }
        }
        (None, Some(resource)) => env::resource(resource, true, &format!("{path}.resourceFieldRef"), errors),
        (None, None) => errors.required(path, "one of fieldRef and resourceFieldRef is required"),
    }
    mode(file.mode, format!("{path}.mode"), errors);
}

fn projected(source: &ProjectedVolumeSource, path: &str, errors: &mut FieldErrors) {
    mode(source.default_mode, format!("{path}.defaultMode"), errors);
    let mut paths = BTreeSet::new();
    let mut unique = |file: &str, shown: &str, errors: &mut FieldErrors| {
        if !file.is_empty() && !paths.insert(file.to_string()) {
            errors.invalid(path, quoted(shown), "conflicting duplicate paths");
        }
    };
    for (n, source) in source.sources.iter().flatten().enumerate() {
        let at = format!("{path}.sources[{n}]");
        let lists = [
            ("secret", source.secret.as_ref().map(|source| (&source.name, &source.items))),
            ("configMap", source.config_map.as_ref().map(|source| (&source.name, &source.items))),
        ];
        for (kind, (name, items)) in lists.iter().filter_map(|(kind, source)| source.map(|source| (kind, source))) {
            let at = format!("{at}.{kind}");
            if name.is_empty() {
                errors.required(format!("{at}.name"), "");
            }
            files(None, items.as_deref(), &at, errors);
            for item in items.iter().flatten() {
                unique(&item.path, name, errors);
            }
        }
        for file in source.downward_api.iter().flat_map(|source| source.items.iter().flatten()) {
            downward(file, &format!("{at}.downwardAPI"), errors);
            unique(&file.path, &file.path, errors);
        }
        if let Some(token) = &source.service_account_token {
            let seconds = token.expiration_seconds.unwrap_or(3600);
            let field = format!("{at}.serviceAccountToken.expirationSeconds");
            if seconds < 600 {
                errors.invalid(field, seconds, "may not specify a duration less than 10 minutes");
            } else if seconds > 1 << 32 {
                errors.invalid(field, seconds, "may not specify a duration larger than 2^32 seconds");
            }
            if token.path.is_empty() {
                errors.required(format!("{path}.path"), "");
            } else {
                not_reserved(&token.path, &format!("{path}.path"), errors);
            }
        }
        let count = lists.iter().filter(|(_, there)| there.is_some()).count()
            + usize::from(source.downward_api.is_some())
            + usize::from(source.service_account_token.is_some())
            + usize::from(source.cluster_trust_bundle.is_some());
        if count > 1 {
            errors.forbidden(at, "may not specify more than 1 volume type per source");
        }
    }
}
