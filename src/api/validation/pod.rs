//! Pod specifications, in pods and in templates; what may change in a pod that runs.
//!
//! Models: `pkg/apis/core/validation/validation.go`.
//! Left out: resources of whole pods, resource claims, Windows, AppArmor.

use super::{check, container, id, internal, ip, one_of, quoted, scheduling, text, volume};
use crate::api::Object;
use crate::api::errors::FieldErrors;
use crate::api::kinds::{meta, pod_spec};
use crate::base::go_diff;
use k8s_openapi::api::core::v1::{PodDNSConfig, PodSecurityContext, PodSpec, PodStatus, Toleration};
use std::collections::BTreeSet;

/// `whole`: a pod and not a template, of which the server asks more.
pub fn spec(spec: &PodSpec, whole: bool, path: &str, errors: &mut FieldErrors) {
    let volumes = volume::validate(spec.volumes.as_deref().unwrap_or(&[]), &format!("{path}.volumes"), errors);
    let init = spec.init_containers.as_deref().unwrap_or(&[]);
    let grace = spec.termination_grace_period_seconds;
    container::validate(&spec.containers, init, &volumes, grace, path, errors);
    if spec.host_network == Some(true) {
        host_network(spec, whole, path, errors);
    }
    let policy = spec.restart_policy.as_deref().unwrap_or("");
    one_of(errors, format!("{path}.restartPolicy"), policy, &["Always", "OnFailure", "Never"]);
    let dns = spec.dns_policy.as_deref().unwrap_or("");
    let policies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    one_of(errors, format!("{path}.dnsPolicy"), dns, &policies);
    if let Some(labels) = &spec.node_selector {
        meta::labels(labels, &format!("{path}.nodeSelector"), errors);
    }
    if let Some(context) = &spec.security_context {
        security(context, spec, &format!("{path}.securityContext"), errors);
    }
    if let Some(affinity) = &spec.affinity {
        scheduling::affinity(affinity, &format!("{path}.affinity"), errors);
    }
    dns_config(spec.dns_config.as_ref(), dns, &format!("{path}.dnsConfig"), errors);
    for (n, gate) in spec.readiness_gates.iter().flatten().enumerate() {
        let path = format!("{path}.readinessGates[{n}].conditionType");
        check(errors, path, &gate.condition_type, text::qualified_name(&gate.condition_type));
    }
    let mut gates = BTreeSet::new();
    for (n, gate) in spec.scheduling_gates.iter().flatten().enumerate() {
        let path = format!("{path}.schedulingGates[{n}]");
        check(errors, path.clone(), &gate.name, text::qualified_name(&gate.name));
        if !gates.insert(&gate.name) {
            errors.duplicate(path, quoted(&gate.name));
        }
    }
    let spread = spec.topology_spread_constraints.as_deref().unwrap_or(&[]);
    scheduling::spread(spread, &format!("{path}.topologySpreadConstraints"), errors);
    names(spec, path, errors);
    if whole {
        container::images(&spec.containers, &format!("{path}.containers"), errors);
        container::images(init, &format!("{path}.initContainers"), errors);
    }
}

/// What stands at the end of a specification.
fn names(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let name = |field: &str, value: &Option<String>, rule: fn(&str) -> Vec<String>, errors: &mut FieldErrors| {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            check(errors, format!("{path}.{field}"), value, rule(value));
        }
    };
    name("serviceAccountName", &spec.service_account_name, text::subdomain, errors);
    name("nodeName", &spec.node_name, text::subdomain, errors);
    if let Some(seconds) = spec.active_deadline_seconds.filter(|n| !(1..=2_147_483_647).contains(n)) {
        let why = "must be between 1 and 2147483647, inclusive";
        errors.invalid(format!("{path}.activeDeadlineSeconds"), seconds, why);
    }
    name("hostname", &spec.hostname, text::label, errors);
    name("subdomain", &spec.subdomain, text::label, errors);
    let tolerations = spec.tolerations.as_deref().unwrap_or(&[]);
    scheduling::tolerations(tolerations, &format!("{path}.tolerations"), errors);
    for (n, alias) in spec.host_aliases.iter().flatten().enumerate() {
        let path = format!("{path}.hostAliases[{n}]");
        ip(&alias.ip, format!("{path}.ip"), errors);
        for (n, host) in alias.hostnames.iter().flatten().enumerate() {
            check(errors, format!("{path}.hostnames[{n}]"), host, text::subdomain(host));
        }
    }
    name("priorityClassName", &spec.priority_class_name, text::subdomain, errors);
    name("runtimeClassName", &spec.runtime_class_name, text::subdomain, errors);
    if let Some(policy) = spec.preemption_policy.as_deref() {
        one_of(errors, format!("{path}.preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
    }
    if let Some(os) = &spec.os {
        if os.name.is_empty() {
            errors.required(format!("{path}.os.name"), "cannot be empty");
        } else {
            one_of(errors, format!("{path}.os"), &os.name, &["linux", "windows"]);
        }
    }
}

fn host_network(spec: &PodSpec, whole: bool, path: &str, errors: &mut FieldErrors) {
    for (n, container) in spec.containers.iter().enumerate() {
        for (at, port) in container.ports.iter().flatten().enumerate() {
            let host = port.host_port.unwrap_or(0);
            if (whole || host != 0) && host != port.container_port {
                let why = "must match `containerPort` when `hostNetwork` is true";
                errors.invalid(format!("{path}.containers[{n}].ports[{at}].hostPort"), host, why);
            }
        }
    }
}

fn security(context: &PodSecurityContext, spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    for (name, number) in
        [("fsGroup", context.fs_group), ("runAsUser", context.run_as_user), ("runAsGroup", context.run_as_group)]
    {
        id(number, format!("{path}.{name}"), errors);
    }
    for (n, group) in context.supplemental_groups.iter().flatten().enumerate() {
        id(Some(*group), format!("{path}.supplementalGroups[{n}]"), errors);
    }
    if spec.share_process_namespace == Some(true) && spec.host_pid == Some(true) {
        let why = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(format!("{path}.shareProcessNamespace"), true, why);
    }
    let mut seen = BTreeSet::new();
    for (n, sysctl) in context.sysctls.iter().flatten().enumerate() {
        let path = format!("{path}.sysctls[{n}].name");
        let part = |part: &str| {
            let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            edge(part.chars().next())
                && edge(part.chars().last())
                && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c))
        };
        if sysctl.name.is_empty() {
            errors.required(path, "");
        } else if sysctl.name.len() > 253 || !sysctl.name.split(['.', '/']).all(part) {
            let why = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
            errors.invalid(path, quoted(&sysctl.name), why);
        } else if !seen.insert(&sysctl.name) {
            errors.duplicate(path, quoted(&sysctl.name));
        }
    }
    if let Some(policy) = context.fs_group_change_policy.as_deref() {
        one_of(errors, format!("{path}.fsGroupChangePolicy"), policy, &["Always", "OnRootMismatch"]);
    }
    if let Some(profile) = &context.seccomp_profile {
        container::seccomp(profile, &format!("{path}.seccompProfile"), errors);
    }
    if let Some(policy) = context.supplemental_groups_policy.as_deref() {
        one_of(errors, format!("{path}.supplementalGroupsPolicy"), policy, &["Merge", "Strict"]);
    }
}

fn dns_config(config: Option<&PodDNSConfig>, policy: &str, path: &str, errors: &mut FieldErrors) {
    let servers = config.and_then(|config| config.nameservers.as_deref()).unwrap_or(&[]);
    if policy == "None" {
        if config.is_none() {
            errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
            return;
        }
        if servers.is_empty() {
            let why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            errors.required(format!("{path}.nameservers"), why);
            return;
        }
    }
    let Some(config) = config else { return };
    if servers.len() > 3 {
        let why = "must not have more than 3 nameservers";
        errors.invalid(format!("{path}.nameservers"), super::value(&servers), why);
    }
    for (n, server) in servers.iter().enumerate() {
        ip(server, format!("{path}.nameservers[{n}]"), errors);
    }
    let searches = config.searches.as_deref().unwrap_or(&[]);
    if searches.len() > 32 {
        let why = "must not have more than 32 search paths";
        errors.invalid(format!("{path}.searches"), super::value(&searches), why);
    }
    for (n, search) in searches.iter().enumerate().filter(|(_, search)| *search != ".") {
        let search = search.strip_suffix('.').unwrap_or(search);
        check(errors, format!("{path}.searches[{n}]"), search, text::underscored_subdomain(search));
    }
    for (n, option) in config.options.iter().flatten().enumerate() {
        if option.name.as_deref().unwrap_or("").is_empty() {
            errors.required(format!("{path}.options[{n}]"), "must not be empty");
        }
    }
}

const IMMUTABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Almost nothing of a pod may change once it is there.
pub fn update(new: &PodSpec, old: &PodSpec, errors: &mut FieldErrors) {
    spec(new, true, "spec", errors);
    let none = vec![];
    let lists = [
        ("containers", &new.containers, &old.containers),
        (
            "initContainers",
            new.init_containers.as_ref().unwrap_or(&none),
            old.init_containers.as_ref().unwrap_or(&none),
        ),
    ];
    for (name, now, was) in lists {
        let path = format!("spec.{name}");
        if now.len() != was.len() {
            errors.forbidden(path, "pod updates may not add or remove containers");
            return;
        }
        for (n, container) in now.iter().enumerate() {
            if container.image.as_deref().unwrap_or("").is_empty() {
                errors.required(format!("{path}[{n}].image"), "");
            }
        }
        container::images(now, &path, errors);
    }
    let path = "spec.activeDeadlineSeconds";
    match (new.active_deadline_seconds, old.active_deadline_seconds) {
        (Some(now), _) if !(0..=2_147_483_647).contains(&now) => {
            errors.invalid(path, now, "must be between 0 and 2147483647, inclusive");
            return;
        }
        (Some(now), Some(was)) if was < now => {
            errors.invalid(path, now, "must be less than or equal to previous value");
            return;
        }
        (None, Some(_)) => errors.invalid(path, "null", "must not update from a positive integer to nil value"),
        _ => {}
    }
    let (was, now) = (old.tolerations.as_deref().unwrap_or(&[]), new.tolerations.as_deref().unwrap_or(&[]));
    let kept = |was: &Toleration| {
        now.iter().any(|now| Toleration { toleration_seconds: now.toleration_seconds, ..was.clone() } == *now)
    };
    if !was.iter().all(kept) {
        let why = "existing toleration can not be modified except its tolerationSeconds";
        errors.forbidden("spec.tolerations", why);
    } else {
        scheduling::tolerations(now, "spec.tolerations", errors);
    }
    let gates = old.scheduling_gates.as_deref().unwrap_or(&[]);
    for (n, gate) in new.scheduling_gates.iter().flatten().enumerate().filter(|(_, gate)| !gates.contains(gate)) {
        let why = format!("only deletion is allowed, but found new scheduling gate '{}'", gate.name);
        errors.forbidden(format!("spec.schedulingGates[{n}].name"), &why);
    }
    let changed = neutral(new, old);
    if changed != *old {
        let drawn = go_diff::diff(&internal::pod_spec(old), &internal::pod_spec(&changed));
        errors.forbidden("spec", &format!("{IMMUTABLE}\n{drawn}"));
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
    spec.scheduling_gates = old.scheduling_gates.clone();
    if old.termination_grace_period_seconds.is_some_and(|grace| grace < 0)
        && spec.termination_grace_period_seconds == Some(1)
    {
        spec.termination_grace_period_seconds = old.termination_grace_period_seconds;
    }
    if old.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty()) {
        // What waits at a gate may still be told where to go.
        spec.node_selector = old.node_selector.clone();
        let was = old.affinity.as_ref().and_then(|affinity| affinity.node_affinity.clone());
        if let Some(affinity) = &mut spec.affinity {
            affinity.node_affinity = was;
        }
        if old.affinity.is_none() && spec.affinity.as_ref() == Some(&Default::default()) {
            spec.affinity = None;
        }
    }
    spec
}

/// What the containers of a running pod may use: CPU and memory may change, nothing may be taken away, the class stays.
pub fn resize(new: &Object, old: &Object, errors: &mut FieldErrors) {
    let (now, was) = (new.spec::<PodSpec>(), old.spec::<PodSpec>());
    spec(now, true, "spec", errors);
    if old.annotations().contains_key("kubernetes.io/config.mirror") {
        errors.forbidden("", "static pods cannot be resized");
        return;
    }
    let class = old.status::<PodStatus>().qos_class.clone().unwrap_or_default();
    if pod_spec::qos_class(now) != class {
        errors.invalid("spec", quoted(&class), "Pod QOS Class may not change as a result of resizing");
    }
    if now.containers.len() != was.containers.len() {
        errors.forbidden("spec.containers", "containers may not be added or removed on resize");
        return;
    }
    let lists = [
        ("containers", now.containers.as_slice(), was.containers.as_slice()),
        (
            "initContainers",
            now.init_containers.as_deref().unwrap_or(&[]),
            was.init_containers.as_deref().unwrap_or(&[]),
        ),
    ];
    let mut others = now.clone();
    for (list, now, was) in lists {
        for (n, (now, was)) in now.iter().zip(was).enumerate() {
            let path = format!("spec.{list}[{n}].resources");
            let (now, was) = (now.resources.clone().unwrap_or_default(), was.resources.clone().unwrap_or_default());
            for (what, now, was) in [("requests", &now.requests, &was.requests), ("limits", &now.limits, &was.limits)] {
                let kept = |name: &String| now.as_ref().is_some_and(|now| now.contains_key(name));
                if !was.iter().flatten().all(|(name, _)| kept(name)) {
                    errors.forbidden(format!("{path}.{what}"), &format!("resource {what} cannot be removed"));
                }
            }
        }
    }
    let init = others.init_containers.iter_mut().flatten().zip(was.init_containers.iter().flatten());
    for (container, was) in others.containers.iter_mut().zip(&was.containers).chain(init) {
        let (Some(now), Some(was)) = (&mut container.resources, &was.resources) else { continue };
        for (now, was) in [(&mut now.requests, &was.requests), (&mut now.limits, &was.limits)] {
            for name in ["cpu", "memory"] {
                match (was.as_ref().and_then(|was| was.get(name)), now.as_mut()) {
                    (Some(was), Some(now)) => drop(now.insert(name.into(), was.clone())),
                    (None, Some(now)) => drop(now.remove(name)),
                    _ => {}
                }
            }
            if was.is_none() && now.as_ref().is_some_and(|now| now.is_empty()) {
                *now = None;
            }
        }
    }
    if errors.is_empty() && others != *was {
        let drawn = go_diff::diff(&internal::pod_spec(was), &internal::pod_spec(&others));
        errors.forbidden("spec", &format!("only cpu and memory resources are mutable\n{drawn}"));
    }
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
