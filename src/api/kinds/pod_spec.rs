//! What every pod specification shares, in pods and in templates: defaults, quality of service, validation.
//!
//! Models: `pkg/apis/core/v1/defaults.go`, `pkg/apis/core/validation`, `pkg/apis/core/v1/helper/qos`.
//! Left out: validation of volumes, probes, affinity and security contexts beyond what the lessons touch.

use crate::api::errors::FieldErrors;
use crate::api::selector::Selector;
use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec, Probe, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::BTreeSet;

pub fn template_defaults(template: &mut PodTemplateSpec) {
    template.metadata.get_or_insert_with(Default::default);
    defaults(template.spec.get_or_insert_with(Default::default));
}

pub fn defaults(spec: &mut PodSpec) {
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

fn container_defaults(container: &mut Container) {
    container.termination_message_path.get_or_insert_with(|| "/dev/termination-log".into());
    container.termination_message_policy.get_or_insert_with(|| "File".into());
    let always = tag(container.image.as_deref().unwrap_or("")) == "latest";
    container.image_pull_policy.get_or_insert_with(|| if always { "Always" } else { "IfNotPresent" }.into());
    let resources = container.resources.get_or_insert_with(Default::default);
    if let Some(limits) = &resources.limits {
        let requests = resources.requests.get_or_insert_with(Default::default);
        for (name, quantity) in limits {
            requests.entry(name.clone()).or_insert_with(|| quantity.clone());
        }
    }
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

pub fn validate(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    if spec.containers.is_empty() {
        errors.required(format!("{path}.containers"), "");
    }
    let mut names = BTreeSet::new();
    let lists = [
        ("initContainers", spec.init_containers.as_deref().unwrap_or(&[])),
        ("containers", spec.containers.as_slice()),
    ];
    for (list, containers) in lists {
        for (n, container) in containers.iter().enumerate() {
            let path = format!("{path}.{list}[{n}]");
            if container.name.is_empty() {
                errors.required(format!("{path}.name"), "");
            } else if !names.insert(container.name.as_str()) {
                errors.duplicate(format!("{path}.name"), format!("\"{}\"", container.name));
            }
            validate_container(container, &path, spec, errors);
        }
    }
    if let Some(policy) = &spec.restart_policy
        && !["Always", "OnFailure", "Never"].contains(&policy.as_str())
    {
        errors.not_supported(
            format!("{path}.restartPolicy"),
            format!("\"{policy}\""),
            &["Always", "OnFailure", "Never"],
        );
    }
}

fn validate_container(container: &Container, path: &str, spec: &PodSpec, errors: &mut FieldErrors) {
    if container.image.as_deref().unwrap_or("").is_empty() {
        errors.required(format!("{path}.image"), "");
    }
    if let Some(policy) = &container.image_pull_policy
        && !["Always", "IfNotPresent", "Never"].contains(&policy.as_str())
    {
        errors.not_supported(
            format!("{path}.imagePullPolicy"),
            format!("\"{policy}\""),
            &["Always", "IfNotPresent", "Never"],
        );
    }
    for (n, port) in container.ports.iter().flatten().enumerate() {
        if !(1..=65535).contains(&port.container_port) {
            let why = "must be between 1 and 65535, inclusive";
            errors.invalid(format!("{path}.ports[{n}].containerPort"), port.container_port, why);
        }
    }
    for (n, mount) in container.volume_mounts.iter().flatten().enumerate() {
        if !spec.volumes.iter().flatten().any(|volume| volume.name == mount.name) {
            errors.0.push(crate::api::errors::FieldError {
                path: format!("{path}.volumeMounts[{n}].name"),
                text: format!("Not found: \"{}\"", mount.name),
            });
        }
    }
}

/// Replicas, selector and template of what owns pods.
pub fn validate_owner(
    replicas: Option<i32>,
    selector: &LabelSelector,
    was: Option<&LabelSelector>,
    template: &PodTemplateSpec,
    errors: &mut FieldErrors,
) {
    if replicas.is_some_and(|n| n < 0) {
        errors.invalid("spec.replicas", replicas.unwrap_or(0), "must be greater than or equal to 0");
    }
    let none = selector.match_labels.as_ref().is_none_or(|l| l.is_empty())
        && selector.match_expressions.as_ref().is_none_or(Vec::is_empty);
    let labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone()).unwrap_or_default();
    if none {
        errors.required("spec.selector", "");
    } else if !Selector::of(Some(selector)).matches(&labels) {
        let go: Vec<String> = labels.iter().map(|(k, v)| format!("\"{k}\":\"{v}\"")).collect();
        errors.invalid(
            "spec.template.metadata.labels",
            format!("{{{}}}", go.join(",")),
            "`selector` does not match template `labels`",
        );
    }
    if let Some(spec) = &template.spec {
        validate(spec, "spec.template.spec", errors);
    }
    if was.is_some_and(|was| was != selector) {
        let value = serde_json::to_string(selector).expect("a selector is JSON");
        errors.invalid("spec.selector", value, "field is immutable");
    }
}
