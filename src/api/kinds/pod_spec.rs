//! What every pod specification shares, in pods and in templates: defaults, quality of service.
//!
//! Models: `pkg/apis/core/v1/defaults.go`, `pkg/apis/core/validation`, `pkg/apis/core/v1/helper/qos`.

use crate::api::errors::FieldErrors;
use crate::api::validation::{not_negative, workload};
use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec, Probe, Volume};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::BTreeMap;

pub fn template_defaults(template: &mut PodTemplateSpec) {
    template.metadata.get_or_insert_with(Default::default);
    defaults(template.spec.get_or_insert_with(Default::default));
}

pub fn defaults(spec: &mut PodSpec) {
    for container in spec.ephemeral_containers.iter_mut().flatten() {
        let image = container.image.clone().unwrap_or_default();
        let latest = tag(&image) == "latest";
        let policy = if latest { "Always" } else { "IfNotPresent" };
        container.image_pull_policy.get_or_insert_with(|| policy.into());
        container.termination_message_path.get_or_insert_with(|| "/dev/termination-log".into());
        container.termination_message_policy.get_or_insert_with(|| "File".into());
    }
    spec.dns_policy.get_or_insert_with(|| "ClusterFirst".into());
    spec.restart_policy.get_or_insert_with(|| "Always".into());
    spec.termination_grace_period_seconds.get_or_insert(30);
    spec.security_context.get_or_insert_with(Default::default);
    spec.scheduler_name.get_or_insert_with(|| "default-scheduler".into());
    if let Some(account) = &spec.service_account_name {
        spec.service_account = Some(account.clone());
    } else if let Some(account) = &spec.service_account {
        spec.service_account_name = Some(account.clone());
    }
    let init = spec.init_containers.iter_mut().flatten();
    for container in init.chain(spec.containers.iter_mut()) {
        container_defaults(container);
    }
    spec.volumes.iter_mut().flatten().for_each(volume_defaults);
}

/// Of a pod, not of a template: what is limited and not requested is requested up to the limit.
pub fn request_defaults(spec: &mut PodSpec) {
    container_requests(spec);
    let Some(resources) = &mut spec.resources else { return };
    let Some(limits) = resources.limits.clone().filter(|limits| !limits.is_empty()) else { return };
    let requests = resources.requests.get_or_insert_with(Default::default);
    for (name, limit) in limits {
        let asks = |c: &Container| {
            c.resources.as_ref().and_then(|r| r.requests.as_ref()).is_some_and(|list| list.contains_key(&name))
        };
        // What its containers ask for counts; the limit stands in only where none of them asks.
        if !spec.containers.iter().chain(spec.init_containers.iter().flatten()).any(asks) {
            requests.entry(name).or_insert(limit);
        }
    }
    if requests.is_empty() {
        resources.requests = None;
    }
}

fn container_requests(spec: &mut PodSpec) {
    let init = spec.init_containers.iter_mut().flatten();
    for container in init.chain(spec.containers.iter_mut()) {
        let Some(resources) = container.resources.as_mut() else { continue };
        let Some(limits) = &resources.limits else { continue };
        let requests = resources.requests.get_or_insert_with(Default::default);
        for (name, quantity) in limits {
            requests.entry(name.clone()).or_insert_with(|| quantity.clone());
        }
    }
}

fn container_defaults(container: &mut Container) {
    container.termination_message_path.get_or_insert_with(|| "/dev/termination-log".into());
    container.termination_message_policy.get_or_insert_with(|| "File".into());
    let always = tag(container.image.as_deref().unwrap_or("")) == "latest";
    container.image_pull_policy.get_or_insert_with(|| if always { "Always" } else { "IfNotPresent" }.into());
    container.resources.get_or_insert_with(Default::default);
    for port in container.ports.iter_mut().flatten() {
        port.protocol.get_or_insert_with(|| "TCP".into());
    }
    for variable in container.env.iter_mut().flatten() {
        if let Some(field) = variable.value_from.as_mut().and_then(|from| from.field_ref.as_mut()) {
            field.api_version.get_or_insert_with(|| "v1".into());
        }
    }
    let probes = [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe];
    probes.into_iter().flatten().for_each(probe_defaults);
    let hooks = container.lifecycle.iter_mut().flat_map(|l| [&mut l.post_start, &mut l.pre_stop]).flatten();
    for get in hooks.filter_map(|hook| hook.http_get.as_mut()) {
        get.path.get_or_insert_with(|| "/".into());
        get.scheme.get_or_insert_with(|| "HTTP".into());
    }
}

fn probe_defaults(probe: &mut Probe) {
    probe.timeout_seconds.get_or_insert(1);
    probe.period_seconds.get_or_insert(10);
    probe.success_threshold.get_or_insert(1);
    probe.failure_threshold.get_or_insert(3);
    if let Some(get) = &mut probe.http_get {
        get.path.get_or_insert_with(|| "/".into());
        get.scheme.get_or_insert_with(|| "HTTP".into());
    }
    if let Some(grpc) = &mut probe.grpc {
        grpc.service.get_or_insert_with(String::new);
    }
}

fn volume_defaults(volume: &mut Volume) {
    if let Some(source) = &mut volume.image {
        let latest = tag(source.reference.as_deref().unwrap_or("")) == "latest";
        source.pull_policy.get_or_insert_with(|| if latest { "Always" } else { "IfNotPresent" }.into());
    }
    if let Some(source) = &mut volume.config_map {
        source.default_mode.get_or_insert(420);
    }
    if let Some(source) = &mut volume.secret {
        source.default_mode.get_or_insert(420);
    }
    if let Some(source) = &mut volume.projected {
        source.default_mode.get_or_insert(420);
    }
    if let Some(source) = &mut volume.downward_api {
        source.default_mode.get_or_insert(420);
    }
    if let Some(source) = &mut volume.host_path {
        source.type_.get_or_insert_with(String::new);
    }
    if let Some(template) = volume.ephemeral.as_mut().and_then(|source| source.volume_claim_template.as_mut()) {
        template.spec.volume_mode.get_or_insert_with(|| "Filesystem".into());
    }
}

/// The tag of an image reference; `latest` when there is none, empty for a digest.
pub fn tag(image: &str) -> &str {
    if image.contains('@') {
        return "";
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').map_or("latest", |(_, tag)| tag)
}

/// Guaranteed, Burstable or BestEffort.
pub fn qos_class(spec: &PodSpec) -> &'static str {
    let mut any = false;
    let mut guaranteed = true;
    if let Some(whole) = &spec.resources
        && (whole.requests.iter().flatten().next().is_some() || whole.limits.iter().flatten().next().is_some())
    {
        let of = |list: &Option<BTreeMap<String, Quantity>>, name: &str| list.as_ref()?.get(name).cloned();
        let same = |name: &str| {
            let limit = of(&whole.limits, name);
            limit.is_some() && of(&whole.requests, name).is_none_or(|request| Some(request) == limit)
        };
        return if same("cpu") && same("memory") { "Guaranteed" } else { "Burstable" };
    }
    for container in spec.containers.iter().chain(spec.init_containers.iter().flatten()) {
        let resources = container.resources.clone().unwrap_or_default();
        let (requests, limits) = (resources.requests.unwrap_or_default(), resources.limits.unwrap_or_default());
        for name in ["cpu", "memory"] {
            any |= requests.contains_key(name) || limits.contains_key(name);
            guaranteed &=
                limits.get(name).is_some_and(|limit| requests.get(name).is_none_or(|request| request == limit));
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

/// Replicas, selector and template of what owns pods; `owner` is the kind that the messages name.
pub fn validate_owner(
    owner: &str,
    replicas: Option<i32>,
    selector: &LabelSelector,
    was: Option<&LabelSelector>,
    template: &PodTemplateSpec,
    errors: &mut FieldErrors,
) {
    not_negative(errors, "spec.replicas", replicas.map(i64::from));
    workload::selector_and_template(owner, selector, was, template, errors);
}

/// A container that was put into a running pod, as one of the usual form.
pub fn ephemeral(wanted: &k8s_openapi::api::core::v1::EphemeralContainer) -> Container {
    let own = wanted.clone();
    Container {
        name: own.name,
        image: own.image,
        image_pull_policy: own.image_pull_policy,
        command: own.command,
        args: own.args,
        working_dir: own.working_dir,
        env: own.env,
        env_from: own.env_from,
        volume_mounts: own.volume_mounts,
        security_context: own.security_context,
        stdin: own.stdin,
        stdin_once: own.stdin_once,
        tty: own.tty,
        termination_message_path: own.termination_message_path,
        termination_message_policy: own.termination_message_policy,
        ..Container::default()
    }
}
