//! Containers: names, images, ports, variables, mounts, resources, security.

use super::{check, one_of, port_number, probe, quoted, resources, text, volume};
use crate::api::errors::FieldErrors;
use k8s_openapi::api::core::v1::{Container, ContainerPort, EnvVar, EnvVarSource, SecurityContext};
use std::collections::BTreeSet;

/// The containers of a pod, the ordinary ones first as the server does.
pub fn validate(
    containers: &[Container],
    init: &[Container],
    volumes: &BTreeSet<String>,
    path: &str,
    errors: &mut FieldErrors,
) {
    if containers.is_empty() {
        errors.required(format!("{path}.containers"), "");
    }
    let mut names = BTreeSet::new();
    for (list, containers) in [("containers", containers), ("initContainers", init)] {
        let mut host_ports = BTreeSet::new();
        for (n, container) in containers.iter().enumerate() {
            let path = format!("{path}.{list}[{n}]");
            one(container, volumes, &path, errors);
            if !container.name.is_empty() && !names.insert(container.name.as_str()) {
                errors.duplicate(format!("{path}.name"), quoted(&container.name));
            }
            let sidecar = list == "initContainers" && container.restart_policy.as_deref() == Some("Always");
            if list == "containers" || sidecar {
                probe::validate(container, &path, errors);
            } else {
                init_only(container, &path, errors);
            }
            for (n, port) in container.ports.iter().flatten().enumerate() {
                let Some(number) = port.host_port.filter(|number| *number != 0) else { continue };
                let key = format!(
                    "{}/{}/{number}",
                    port.protocol.as_deref().unwrap_or("TCP"),
                    port.host_ip.as_deref().unwrap_or("")
                );
                if !host_ports.insert(key.clone()) {
                    errors.duplicate(format!("{path}.ports[{n}].hostPort"), quoted(&key));
                }
            }
        }
    }
}

fn init_only(container: &Container, path: &str, errors: &mut FieldErrors) {
    let why = "may not be set for init containers without restartPolicy=Always";
    for (name, there) in [
        ("lifecycle", container.lifecycle.is_some()),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
    ] {
        if there {
            errors.forbidden(format!("{path}.{name}"), why);
        }
    }
}

fn one(container: &Container, volumes: &BTreeSet<String>, path: &str, errors: &mut FieldErrors) {
    if container.name.is_empty() {
        errors.required(format!("{path}.name"), "");
    } else {
        check(errors, format!("{path}.name"), &container.name, text::label(&container.name));
    }
    let image = container.image.as_deref().unwrap_or("");
    if image.is_empty() {
        errors.required(format!("{path}.image"), "");
    } else if image.trim() != image {
        errors.invalid(format!("{path}.image"), quoted(image), "must not have leading or trailing whitespace");
    }
    if let Some(policy) = &container.termination_message_policy {
        one_of(errors, format!("{path}.terminationMessagePolicy"), policy, &["FallbackToLogsOnError", "File"]);
    }
    ports(container.ports.as_deref().unwrap_or(&[]), &format!("{path}.ports"), errors);
    for (n, variable) in container.env.iter().flatten().enumerate() {
        env(variable, &format!("{path}.env[{n}]"), errors);
    }
    for (n, from) in container.env_from.iter().flatten().enumerate() {
        let path = format!("{path}.envFrom[{n}]");
        match (&from.config_map_ref, &from.secret_ref) {
            (Some(_), Some(_)) => {
                errors.invalid(path, "\"\"", "may not have more than one field specified at a time");
            }
            (None, None) => errors.invalid(path, "\"\"", "must specify one of: `configMapRef` or `secretRef`"),
            (Some(reference), _) if reference.name.is_empty() => {
                errors.required(format!("{path}.configMapRef.name"), "");
            }
            (_, Some(reference)) if reference.name.is_empty() => {
                errors.required(format!("{path}.secretRef.name"), "");
            }
            _ => {}
        }
    }
    volume::mounts(container, volumes, path, errors);
    let policy = container.image_pull_policy.as_deref().unwrap_or("");
    one_of(errors, format!("{path}.imagePullPolicy"), policy, &["Always", "IfNotPresent", "Never"]);
    if let Some(requirements) = &container.resources {
        resources::validate(requirements, &format!("{path}.resources"), errors);
    }
    if let Some(context) = &container.security_context {
        security(context, &format!("{path}.securityContext"), errors);
    }
}

fn ports(ports: &[ContainerPort], path: &str, errors: &mut FieldErrors) {
    let mut names = BTreeSet::new();
    for (n, port) in ports.iter().enumerate() {
        let path = format!("{path}[{n}]");
        if let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) {
            let problems = text::port_name(name);
            if problems.is_empty() && !names.insert(name) {
                errors.duplicate(format!("{path}.name"), quoted(name));
            }
            check(errors, format!("{path}.name"), name, problems);
        }
        if port.container_port == 0 {
            errors.required(format!("{path}.containerPort"), "");
        } else {
            port_number(errors, format!("{path}.containerPort"), port.container_port);
        }
        if let Some(host) = port.host_port.filter(|host| *host != 0) {
            port_number(errors, format!("{path}.hostPort"), host);
        }
        one_of(errors, format!("{path}.protocol"), port.protocol.as_deref().unwrap_or(""), &["SCTP", "TCP", "UDP"]);
    }
}

fn env(variable: &EnvVar, path: &str, errors: &mut FieldErrors) {
    if variable.name.is_empty() {
        errors.required(format!("{path}.name"), "");
    } else {
        check(errors, format!("{path}.name"), &variable.name, text::relaxed_env_name(&variable.name));
    }
    let Some(from) = &variable.value_from else { return };
    let path = format!("{path}.valueFrom");
    let before = errors.0.len();
    let count = env_source(from, &path, errors);
    if count == 0 {
        let why =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        errors.invalid(path, "\"\"", why);
    } else if variable.value.as_deref().is_some_and(|value| !value.is_empty()) {
        errors.invalid(path, "\"\"", "may not be specified when `value` is not empty");
    } else if count > 1 {
        errors.0.truncate(before);
        errors.invalid(path, "\"\"", "may not have more than one field specified at a time");
    }
}

fn env_source(from: &EnvVarSource, path: &str, errors: &mut FieldErrors) -> usize {
    let mut count = usize::from(from.resource_field_ref.is_some()) + usize::from(from.file_key_ref.is_some());
    if let Some(field) = &from.field_ref {
        count += 1;
        let plain = [
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "spec.nodeName",
            "spec.serviceAccountName",
            "status.hostIP",
            "status.hostIPs",
            "status.podIP",
            "status.podIPs",
        ];
        let subscript =
            field.field_path.starts_with("metadata.labels['") || field.field_path.starts_with("metadata.annotations['");
        let path = format!("{path}.fieldRef.fieldPath");
        if field.field_path.is_empty() {
            errors.required(path, "");
        } else if !field.field_path.contains('.')
            || !subscript
                && !field.field_path.starts_with("metadata.")
                && !field.field_path.starts_with("spec.")
                && !field.field_path.starts_with("status.")
        {
            let why = format!("error converting fieldPath: field label not supported: {}", field.field_path);
            errors.invalid(path, quoted(&field.field_path), &why);
        } else if !subscript && !plain.contains(&field.field_path.as_str()) {
            errors.not_supported(path, quoted(&field.field_path), &plain);
        }
    }
    for (name, reference) in [
        ("configMapKeyRef", from.config_map_key_ref.as_ref().map(|r| (&r.name, &r.key))),
        ("secretKeyRef", from.secret_key_ref.as_ref().map(|r| (&r.name, &r.key))),
    ] {
        let Some((object, key)) = reference else { continue };
        count += 1;
        if object.is_empty() {
            errors.required(format!("{path}.{name}.name"), "");
        }
        if key.is_empty() {
            errors.required(format!("{path}.{name}.key"), "");
        } else {
            check(errors, format!("{path}.{name}.key"), key, text::config_key(key));
        }
    }
    count
}

fn security(context: &SecurityContext, path: &str, errors: &mut FieldErrors) {
    for (name, id) in [("runAsUser", context.run_as_user), ("runAsGroup", context.run_as_group)] {
        if let Some(id) = id.filter(|id| !(0..=2_147_483_647).contains(id)) {
            errors.invalid(format!("{path}.{name}"), id, "must be between 0 and 2147483647, inclusive");
        }
    }
    if context.allow_privilege_escalation == Some(false) {
        let path = format!("{path}.allowPrivilegeEscalation");
        if context.privileged == Some(true) {
            let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.invalid(path.clone(), false, why);
        }
        let adds = context.capabilities.iter().flat_map(|c| c.add.iter().flatten());
        if adds.into_iter().any(|name| name == "CAP_SYS_ADMIN") {
            let why = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            errors.invalid(path, false, why);
        }
    }
}
