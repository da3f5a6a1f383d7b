//! A pod runs as a service account and finds its token in a projected volume.
//!
//! Models: `plugin/pkg/admission/serviceaccount/admission.go`.

use super::{Admission, Admit};
use crate::api::errors::ApiError;
use crate::api::kinds;
use crate::api::object::Object;
use k8s_openapi::api::core::v1::{
    ConfigMapProjection, Container, DownwardAPIProjection, DownwardAPIVolumeFile, KeyToPath, ObjectFieldSelector,
    PodSpec, ProjectedVolumeSource, ServiceAccount, ServiceAccountTokenProjection, Volume, VolumeMount,
    VolumeProjection,
};

pub struct ServiceAccounts;

/// Where a container finds its token.
const MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

impl Admission for ServiceAccounts {
    fn admit(&self, object: &mut Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        let mirror = object.annotations().contains_key("kubernetes.io/config.mirror");
        if old.is_some() || mirror || object.try_spec::<PodSpec>().is_none() {
            return Ok(());
        }
        let spec = object.spec::<PodSpec>();
        let name = spec.service_account_name.clone().unwrap_or_else(|| "default".into());
        let Some(account) = cx.read.get(kinds::SERVICE_ACCOUNT, object.namespace(), &name) else {
            let why = format!(
                "error looking up service account {}/{name}: serviceaccount \"{name}\" not found",
                object.namespace()
            );
            return Err(ApiError::forbidden(object.kind.names(), object.name(), &why));
        };
        let automount = spec
            .automount_service_account_token
            .or(account.spec::<ServiceAccount>().automount_service_account_token)
            .unwrap_or(true);
        let pulls = account.spec::<ServiceAccount>().image_pull_secrets.clone();
        let spec = object.spec_mut::<PodSpec>();
        if spec.image_pull_secrets.as_ref().is_none_or(Vec::is_empty) && pulls.is_some() {
            spec.image_pull_secrets = pulls;
        }
        spec.service_account_name = Some(name.clone());
        spec.service_account = Some(name);
        if automount {
            mount(spec, cx);
        }
        Ok(())
    }
}

fn mount(spec: &mut PodSpec, cx: &mut Admit<'_>) {
    let lacks = |c: &Container| !c.volume_mounts.iter().flatten().any(|m| m.mount_path == MOUNT);
    if !spec.containers.iter().chain(spec.init_containers.iter().flatten()).any(lacks) {
        return;
    }
    let volume = format!("kube-api-access-{}", cx.rng.of("token volume").suffix(5));
    for container in spec.init_containers.iter_mut().flatten().chain(spec.containers.iter_mut()) {
        if lacks(container) {
            container.volume_mounts.get_or_insert_with(Vec::new).push(VolumeMount {
                name: volume.clone(),
                mount_path: MOUNT.into(),
                read_only: Some(true),
                ..Default::default()
            });
        }
    }
    spec.volumes.get_or_insert_with(Vec::new).push(token_volume(volume));
}

fn token_volume(name: String) -> Volume {
    let token = VolumeProjection {
        service_account_token: Some(ServiceAccountTokenProjection {
            path: "token".into(),
            expiration_seconds: Some(3607),
            ..Default::default()
        }),
        ..Default::default()
    };
    let authority = VolumeProjection {
        config_map: Some(ConfigMapProjection {
            name: "kube-root-ca.crt".into(),
            items: Some(vec![KeyToPath { key: "ca.crt".into(), path: "ca.crt".into(), mode: None }]),
            optional: None,
        }),
        ..Default::default()
    };
    let field = ObjectFieldSelector { api_version: Some("v1".into()), field_path: "metadata.namespace".into() };
    let namespace = VolumeProjection {
        downward_api: Some(DownwardAPIProjection {
            items: Some(vec![DownwardAPIVolumeFile {
                path: "namespace".into(),
                field_ref: Some(field),
                ..Default::default()
            }]),
        }),
        ..Default::default()
    };
    Volume {
        name,
        projected: Some(ProjectedVolumeSource {
            default_mode: Some(420),
            sources: Some(vec![token, authority, namespace]),
        }),
        ..Default::default()
    }
}
