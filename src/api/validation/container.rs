//! Containers: names, images, ports, mounts, resources, security.
//!
//! Models: `pkg/apis/core/validation/validation.go`.
//! Left out: AppArmor and Windows options, resource claims, resize policies.

use super::{check, env, one_of, port_number, probe, quoted, resources, text, volume};
use crate::api::errors::FieldErrors;
use k8s_openapi::api::core::v1::{Container, ContainerPort, SeccompProfile, SecurityContext};
use std::collections::BTreeSet;

/// The containers of a pod, the ordinary ones first as the server does.
pub fn validate(
    containers: &[Container],
    init: &[Container],
    volumes: &BTreeSet<String>,
    grace: Option<i64>,
    path: &str,
    errors: &mut FieldErrors,
) {
    if containers.is_empty() {
        errors.required(format!("{path}.containers"), "");
    }
    let mut names = BTreeSet::new();
    for (n, container) in containers.iter().enumerate() {
        let path = format!("{path}.containers[{n}]");
        one(container, volumes, &path, errors);
        if !names.insert(container.name.as_str()) {
            errors.duplicate(format!("{path}.name"), quoted(&container.name));
        }
        probe::validate(container, grace, &path, errors);
        restart_policy(container, &path, errors);
    }
    let mut taken = BTreeSet::new();
    for (n, container) in containers.iter().enumerate() {
        host_ports(container, &mut taken, &format!("{path}.containers[{n}]"), errors);
    }
    for (n, container) in init.iter().enumerate() {
        let at = format!("{path}.initContainers[{n}]");
        one(container, volumes, &at, errors);
        restart_policy(container, &at, errors);
        if names.contains(container.name.as_str()) {
            errors.duplicate(format!("{at}.name"), quoted(&container.name));
        } else if !container.name.is_empty() {
            names.insert(container.name.as_str());
        }
        // The server looks at each of them alone, and so names the first.
        host_ports(container, &mut BTreeSet::new(), &format!("{path}.initContainers[0]"), errors);
        if container.restart_policy.as_deref() == Some("Always") {
            probe::validate(container, grace, &at, errors);
        } else {
            init_only(container, &at, errors);
        }
    }
}

fn restart_policy(container: &Container, path: &str, errors: &mut FieldErrors) {
    match container.restart_policy.as_deref() {
        None if container.restart_policy_rules.as_ref().is_some_and(|rules| !rules.is_empty()) => {
            errors.required(format!("{path}.restartPolicy"), "must specify restartPolicy when restart rules are used");
        }
        None => {}
        Some(policy) => one_of(errors, format!("{path}.restartPolicy"), policy, &["Always", "Never", "OnFailure"]),
    }
}

fn host_ports(container: &Container, taken: &mut BTreeSet<String>, path: &str, errors: &mut FieldErrors) {
    for (n, port) in container.ports.iter().flatten().enumerate() {
        let Some(number) = port.host_port.filter(|number| *number != 0) else { continue };
        let (protocol, ip) = (port.protocol.as_deref().unwrap_or("TCP"), port.host_ip.as_deref().unwrap_or(""));
        let key = format!("{protocol}/{ip}/{number}");
        if !taken.insert(key.clone()) {
            errors.duplicate(format!("{path}.ports[{n}].hostPort"), quoted(&key));
        }
    }
}

/// What is asked of images in pods, but not in templates.
pub fn images(containers: &[Container], path: &str, errors: &mut FieldErrors) {
    for (n, container) in containers.iter().enumerate() {
        let image = container.image.as_deref().unwrap_or("");
        if image.trim() != image {
            let why = "must not have leading or trailing whitespace";
            errors.invalid(format!("{path}[{n}].image"), quoted(image), why);
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
    }
    if let Some(policy) = &container.termination_message_policy {
        one_of(errors, format!("{path}.terminationMessagePolicy"), policy, &["File", "FallbackToLogsOnError"]);
    }
    ports(container.ports.as_deref().unwrap_or(&[]), &format!("{path}.ports"), errors);
    env::validate(container, path, errors);
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

fn security(context: &SecurityContext, path: &str, errors: &mut FieldErrors) {
    for (name, id) in [("runAsUser", context.run_as_user), ("runAsGroup", context.run_as_group)] {
        super::id(id, format!("{path}.{name}"), errors);
    }
    if let Some(mount) = context.proc_mount.as_deref() {
        one_of(errors, format!("{path}.procMount"), mount, &["Default", "Unmasked"]);
    }
    if let Some(profile) = &context.seccomp_profile {
        seccomp(profile, &format!("{path}.seccompProfile"), errors);
    }
    if context.allow_privilege_escalation == Some(false) {
        // The server shows its internal form, whose fields are named as in Go.
        let shown = || {
            let capabilities = context.capabilities.as_ref().map_or("null".into(), |all| {
                format!("{{\"Add\":{},\"Drop\":{}}}", super::value(&all.add), super::value(&all.drop))
            });
            let fields: [(&str, String); 7] = [
                ("Capabilities", capabilities),
                ("Privileged", super::value(&context.privileged).to_string()),
                ("SELinuxOptions", "null,\"WindowsOptions\":null".into()),
                ("RunAsUser", super::value(&context.run_as_user).to_string()),
                ("RunAsGroup", super::value(&context.run_as_group).to_string()),
                ("RunAsNonRoot", super::value(&context.run_as_non_root).to_string()),
                ("ReadOnlyRootFilesystem", super::value(&context.read_only_root_filesystem).to_string()),
            ];
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let mount = super::value(&context.proc_mount);
            let rest = format!("\"AllowPrivilegeEscalation\":false,\"ProcMount\":{mount}");
            format!("{{{},{rest},\"SeccompProfile\":null,\"AppArmorProfile\":null}}", fields.join(","))
        };
        if context.privileged == Some(true) {
            let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.invalid(path, shown(), why);
        }
        for name in context.capabilities.iter().flat_map(|c| c.add.iter().flatten()) {
            if name == "CAP_SYS_ADMIN" {
                let why = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
                errors.invalid(path, shown(), why);
            }
        }
    }
}

/// How the system calls of a pod or container are filtered.
pub fn seccomp(profile: &SeccompProfile, path: &str, errors: &mut FieldErrors) {
    let kinds = ["Localhost", "RuntimeDefault", "Unconfined"];
    match profile.type_.as_str() {
        "" => errors.required(format!("{path}.type"), "type is required when seccompProfile is set"),
        kind => one_of(errors, format!("{path}.type"), kind, &kinds),
    }
    let path = format!("{path}.localhostProfile");
    match (profile.type_ == "Localhost", &profile.localhost_profile) {
        (true, None) => errors.required(path, "must be set when seccomp type is Localhost"),
        (true, Some(file)) => volume::descending(file, &path, errors),
        (false, Some(file)) => {
            let shown = format!("{{\"Type\":{},\"LocalhostProfile\":{}}}", quoted(&profile.type_), quoted(file));
            errors.invalid(path, shown, "can only be set when seccomp type is Localhost");
        }
        (false, None) => {}
    }
}
