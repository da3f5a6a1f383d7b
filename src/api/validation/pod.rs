//! Pod specifications, in pods and in templates; what may change in a pod that runs.

use super::{check, container, one_of, quoted, scheduling, text, volume};
use crate::api::errors::FieldErrors;
use crate::api::kinds::meta;
use k8s_openapi::api::core::v1::PodSpec;

pub fn spec(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let volumes = volume::validate(spec.volumes.as_deref().unwrap_or(&[]), &format!("{path}.volumes"), errors);
    let init = spec.init_containers.as_deref().unwrap_or(&[]);
    container::validate(&spec.containers, init, &volumes, path, errors);
    let policy = spec.restart_policy.as_deref().unwrap_or("");
    one_of(errors, format!("{path}.restartPolicy"), policy, &["Always", "OnFailure", "Never"]);
    let dns = spec.dns_policy.as_deref().unwrap_or("");
    let policies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    one_of(errors, format!("{path}.dnsPolicy"), dns, &policies);
    if let Some(labels) = &spec.node_selector {
        meta::labels(labels, &format!("{path}.nodeSelector"), errors);
    }
    if let Some(context) = &spec.security_context {
        let path = format!("{path}.securityContext");
        for (name, id) in
            [("runAsUser", context.run_as_user), ("runAsGroup", context.run_as_group), ("fsGroup", context.fs_group)]
        {
            if let Some(id) = id.filter(|id| !(0..=2_147_483_647).contains(id)) {
                errors.invalid(format!("{path}.{name}"), id, "must be between 0 and 2147483647, inclusive");
            }
        }
    }
    for (n, secret) in spec.image_pull_secrets.iter().flatten().enumerate() {
        if secret.name.is_empty() {
            errors.required(format!("{path}.imagePullSecrets[{n}].name"), "");
        }
    }
    scheduling::validate(spec, path, errors);
    if let Some(account) = spec.service_account_name.as_deref().filter(|name| !name.is_empty()) {
        check(errors, format!("{path}.serviceAccountName"), account, text::subdomain(account));
    }
    if let Some(node) = spec.node_name.as_deref().filter(|name| !name.is_empty()) {
        check(errors, format!("{path}.nodeName"), node, text::subdomain(node));
    }
    if let Some(seconds) = spec.active_deadline_seconds.filter(|n| !(1..=2_147_483_647).contains(n)) {
        let why = "must be between 1 and 2147483647, inclusive";
        errors.invalid(format!("{path}.activeDeadlineSeconds"), seconds, why);
    }
    for (name, value) in [("hostname", &spec.hostname), ("subdomain", &spec.subdomain)] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            check(errors, format!("{path}.{name}"), value, text::label(value));
        }
    }
    let tolerations = spec.tolerations.as_deref().unwrap_or(&[]);
    scheduling::tolerations(tolerations, &format!("{path}.tolerations"), errors);
    if let Some(grace) = spec.termination_grace_period_seconds.filter(|grace| *grace < 0) {
        let why = "must be greater than or equal to 0";
        errors.invalid(format!("{path}.terminationGracePeriodSeconds"), grace, why);
    }
    if let Some(name) = spec.priority_class_name.as_deref().filter(|name| !name.is_empty()) {
        check(errors, format!("{path}.priorityClassName"), name, text::subdomain(name));
    }
}

const IMMUTABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Almost nothing of a pod may change once it is there.
pub fn update(new: &PodSpec, old: &PodSpec, errors: &mut FieldErrors) {
    let lists = [
        ("containers", new.containers.len(), old.containers.len()),
        (
            "initContainers",
            new.init_containers.as_ref().map_or(0, Vec::len),
            old.init_containers.as_ref().map_or(0, Vec::len),
        ),
    ];
    for (name, now, was) in lists {
        if now != was {
            let why = "pod updates may not add or remove containers";
            errors.forbidden(format!("spec.{name}"), why);
            return;
        }
    }
    for (n, container) in new.containers.iter().enumerate() {
        if container.image.as_deref().unwrap_or("").is_empty() {
            errors.required(format!("spec.containers[{n}].image"), "");
        }
    }
    let (was, now) = (old.tolerations.as_deref().unwrap_or(&[]), new.tolerations.as_deref().unwrap_or(&[]));
    if let Some(lost) = was.iter().find(|toleration| !now.contains(toleration)) {
        let text = "existing toleration can not be modified except its tolerationSeconds";
        errors.forbidden("spec.tolerations", &format!("{text}: {}", quoted(lost.key.as_deref().unwrap_or(""))));
        return;
    }
    if old.scheduling_gates == new.scheduling_gates && neutral(new, old) != *old {
        errors.forbidden("spec", IMMUTABLE);
    }
}

/// The new specification with everything that may change put back.
fn neutral(new: &PodSpec, old: &PodSpec) -> PodSpec {
    let mut spec = new.clone();
    for (container, was) in spec.containers.iter_mut().zip(&old.containers) {
        container.image = was.image.clone();
    }
    let init = spec.init_containers.iter_mut().flatten();
    for (container, was) in init.zip(old.init_containers.iter().flatten()) {
        container.image = was.image.clone();
    }
    spec.active_deadline_seconds = old.active_deadline_seconds;
    spec.tolerations = old.tolerations.clone();
    spec
}

/// The containers that were put into a running pod: others stay as they are, new ones are well formed.
pub fn ephemeral(new: &PodSpec, old: &PodSpec, errors: &mut FieldErrors) {
    let (now, was) =
        (new.ephemeral_containers.as_deref().unwrap_or(&[]), old.ephemeral_containers.as_deref().unwrap_or(&[]));
    let path = "spec.ephemeralContainers";
    let others = new.containers.iter().chain(new.init_containers.iter().flatten());
    let mut names: Vec<&str> = others.map(|c| c.name.as_str()).collect();
    for (n, container) in now.iter().enumerate() {
        let at = format!("{path}[{n}]");
        if container.name.is_empty() {
            errors.required(format!("{at}.name"), "");
        } else {
            check(errors, format!("{at}.name"), &container.name, text::label(&container.name));
            if names.contains(&container.name.as_str()) {
                errors.duplicate(format!("{at}.name"), quoted(&container.name));
            }
        }
        if container.image.as_deref().unwrap_or("").is_empty() {
            errors.required(format!("{at}.image"), "");
        }
        if let Some(target) = container.target_container_name.as_deref().filter(|t| !t.is_empty())
            && !new.containers.iter().chain(new.init_containers.iter().flatten()).any(|c| c.name == target)
        {
            errors.not_found(format!("{at}.targetContainerName"), quoted(target));
        }
        names.push(&container.name);
    }
    for old in was {
        match now.iter().find(|new| new.name == old.name) {
            None => errors.forbidden(path, &format!("existing ephemeral containers {:?} may not be removed", old.name)),
            Some(new) if new != old => {
                errors.forbidden(path, &format!("existing ephemeral containers {:?} may not be changed", old.name));
            }
            Some(_) => {}
        }
    }
}
