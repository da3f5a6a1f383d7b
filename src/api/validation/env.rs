//! Variables of containers, and the fields of the pod that may be put into them or into files.
//!
//! Models: `pkg/apis/core/validation/validation.go`, `pkg/apis/core/pods/helpers.go`.

use super::{check, quoted, text};
use crate::api::errors::FieldErrors;
use crate::base::quantity::Quantity;
use k8s_openapi::api::core::v1::{Container, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector};

pub fn validate(container: &Container, path: &str, errors: &mut FieldErrors) {
    for (n, variable) in container.env.iter().flatten().enumerate() {
        env(variable, &format!("{path}.env[{n}]"), errors);
    }
    // The server names the whole list when the sources of one are wrong.
    let list = format!("{path}.envFrom");
    for (n, from) in container.env_from.iter().flatten().enumerate() {
        let path = format!("{list}[{n}]");
        if let Some(prefix) = from.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            check(errors, format!("{path}.prefix"), prefix, text::relaxed_env_name(prefix));
        }
        let sources = [
            ("configMapRef", from.config_map_ref.as_ref().map(|source| &source.name)),
            ("secretRef", from.secret_ref.as_ref().map(|source| &source.name)),
        ];
        for (field, name) in sources.iter().filter_map(|(field, name)| name.map(|name| (field, name))) {
            if name.is_empty() {
                errors.required(format!("{path}.{field}.name"), "");
            } else {
                // As the beginning of a name, which may end with a hyphen.
                check(errors, format!("{path}.{field}.name"), name, text::subdomain(name.trim_end_matches('-')));
            }
        }
        match sources.iter().filter(|(_, name)| name.is_some()).count() {
            0 => errors.invalid(list.clone(), "\"\"", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => errors.invalid(list.clone(), "\"\"", "may not have more than one field specified at a time"),
        }
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
    let count = source(from, &path, errors);
    if count == 0 {
        let why =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        errors.invalid(path, "\"\"", why);
    } else if variable.value.as_deref().is_some_and(|value| !value.is_empty()) {
        errors.invalid(path, "\"\"", "may not be specified when `value` is not empty");
    } else if count > 1 {
        errors.invalid(path, "\"\"", "may not have more than one field specified at a time");
    }
}

const IN_VARIABLES: [&str; 9] = [
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

fn source(from: &EnvVarSource, path: &str, errors: &mut FieldErrors) -> usize {
    let mut count = usize::from(from.file_key_ref.is_some());
    if let Some(reference) = &from.field_ref {
        count += 1;
        field(reference, &IN_VARIABLES, &format!("{path}.fieldRef"), errors);
    }
    if let Some(reference) = &from.resource_field_ref {
        count += 1;
        resource(reference, false, &format!("{path}.resourceFieldRef"), errors);
    }
    for (name, reference) in [
        ("configMapKeyRef", from.config_map_key_ref.as_ref().map(|r| (&r.name, &r.key))),
        ("secretKeyRef", from.secret_key_ref.as_ref().map(|r| (&r.name, &r.key))),
    ] {
        let Some((object, key)) = reference else { continue };
        count += 1;
        check(errors, format!("{path}.{name}.name"), object, text::subdomain(object));
        if key.is_empty() {
            errors.required(format!("{path}.{name}.key"), "");
        } else {
            check(errors, format!("{path}.{name}.key"), key, text::config_key(key));
        }
    }
    count
}

/// A field of the pod, one of `known` or a label or annotation.
pub fn field(reference: &ObjectFieldSelector, known: &[&str], path: &str, errors: &mut FieldErrors) {
    let wanted = reference.field_path.as_str();
    let at = format!("{path}.fieldPath");
    if wanted.is_empty() {
        errors.required(at, "");
        return;
    }
    let subscript = wanted.strip_suffix("']").and_then(|rest| rest.split_once("['"));
    let refused = |why: String| format!("error converting fieldPath: {why}: {wanted}");
    if let Some((map, key)) = subscript {
        match map {
            "metadata.annotations" => {
                check(errors, path, &key.to_lowercase(), text::qualified_name(&key.to_lowercase()));
            }
            "metadata.labels" => check(errors, path, key, text::qualified_name(key)),
            _ => errors.invalid(at, quoted(wanted), &refused("field label does not support subscript".into())),
        }
        return;
    }
    let more = ["metadata.labels", "metadata.annotations", "spec.restartPolicy", "spec.schedulerName", "status.phase"];
    let wanted = if wanted == "spec.host" { "spec.nodeName" } else { wanted };
    if !IN_VARIABLES.contains(&wanted) && !more.contains(&wanted) {
        errors.invalid(at, quoted(wanted), &refused("field label not supported".into()));
    } else if !known.contains(&wanted) {
        let mut known = known.to_vec();
        known.sort_unstable();
        errors.not_supported(at, quoted(wanted), &known);
    }
}

/// An amount of a container: what it asks for or may use at most.
pub fn resource(reference: &ResourceFieldSelector, in_file: bool, path: &str, errors: &mut FieldErrors) {
    let known = [
        "limits.cpu",
        "limits.ephemeral-storage",
        "limits.memory",
        "requests.cpu",
        "requests.ephemeral-storage",
        "requests.memory",
    ];
    let wanted = reference.resource.as_str();
    let huge = wanted.starts_with("limits.hugepages-") || wanted.starts_with("requests.hugepages-");
    if in_file && reference.container_name.as_deref().unwrap_or("").is_empty() {
        errors.required(format!("{path}.containerName"), "");
    } else if wanted.is_empty() {
        errors.required(format!("{path}.resource"), "");
    } else if !known.contains(&wanted) && !huge {
        errors.not_supported(format!("{path}.resource"), quoted(wanted), &known);
    }
    let Some(divisor) = reference.divisor.as_ref().map(|divisor| divisor.0.as_str()) else { return };
    if Quantity::parse(divisor).is_ok_and(|divisor| divisor.is_zero()) {
        return;
    }
    let at = format!("{path}.divisor");
    if wanted.ends_with(".cpu") {
        if !["1", "1m"].contains(&divisor) {
            let why = "only divisor's values 1m and 1 are supported with the cpu resource";
            errors.invalid(at, quoted(wanted), why);
        }
        return;
    }
    let valid = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
    let what = match wanted.split_once('.').map_or("", |(_, what)| what) {
        "memory" => "memory",
        "ephemeral-storage" => "local ephemeral storage",
        _ if huge => "hugepages",
        _ => return,
    };
    if !valid.contains(&divisor) {
        let valid = valid.join(", ");
        let why = format!("only divisor's values {valid} are supported with the {what} resource");
        errors.invalid(at, quoted(wanted), &why);
    }
}
