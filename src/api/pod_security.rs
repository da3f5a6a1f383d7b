//! The Pod Security Standards: what a pod must not do at `baseline` and `restricted`, by labels of its namespace.
//!
//! Models: `k8s.io/pod-security-admission/policy`.
//! Left out: AppArmor, SELinux, sysctls, proc mounts, Windows; versions other than `latest`; exemptions.

use super::kinds;
use super::server::Reader;
use k8s_openapi::api::core::v1::{Container, PodSpec, SecurityContext};

/// What a pod does that `level` (`baseline`, `restricted`) forbids; empty for nothing.
pub fn violations(spec: &PodSpec, level: &str) -> Vec<String> {
    let restricted = level == "restricted";
    if !restricted && level != "baseline" {
        return vec![];
    }
    let all: Vec<&Container> = spec.init_containers.iter().flatten().chain(&spec.containers).collect();
    let of = |fits: &dyn Fn(&SecurityContext) -> bool| -> Vec<&str> {
        let default = SecurityContext::default();
        let bad = all.iter().filter(|c| !fits(c.security_context.as_ref().unwrap_or(&default)));
        bad.map(|c| c.name.as_str()).collect()
    };
    let pod = spec.security_context.clone().unwrap_or_default();
    let mut found = vec![];
    let mut add = |names: Vec<&str>, title: &str, must: &str| {
        if !names.is_empty() {
            found.push(format!("{title} ({} {must})", listed(&names)));
        }
    };
    if restricted {
        let bad = of(&|c| c.allow_privilege_escalation == Some(false));
        add(bad, "allowPrivilegeEscalation != false", "must set securityContext.allowPrivilegeEscalation=false");
        let drops =
            |c: &SecurityContext| c.capabilities.iter().flat_map(|c| c.drop.iter().flatten()).any(|n| n == "ALL");
        let bad = of(&drops);
        add(bad, "unrestricted capabilities", "must set securityContext.capabilities.drop=[\"ALL\"]");
    } else {
        let added = |c: &SecurityContext| c.capabilities.iter().flat_map(|c| c.add.iter().flatten()).next().is_none();
        add(of(&added), "non-default capabilities", "must not include additions in securityContext.capabilities.add");
    }
    let host: Vec<&str> =
        [("hostNetwork=true", spec.host_network), ("hostPID=true", spec.host_pid), ("hostIPC=true", spec.host_ipc)]
            .into_iter()
            .filter(|(_, on)| *on == Some(true))
            .map(|(word, _)| word)
            .collect();
    if !host.is_empty() {
        found.push(format!("host namespaces ({})", host.join(", ")));
    }
    let volumes = spec.volumes.iter().flatten().filter(|volume| volume.host_path.is_some());
    let volumes: Vec<String> = volumes.map(|volume| format!("\"{}\"", volume.name)).collect();
    if !volumes.is_empty() {
        let word = if volumes.len() == 1 { "volume" } else { "volumes" };
        found.push(format!("hostPath volumes ({word} {})", volumes.join(", ")));
    }
    for container in &all {
        let ports = container.ports.iter().flatten().filter_map(|port| port.host_port).filter(|port| *port != 0);
        let ports: Vec<String> = ports.map(|port| port.to_string()).collect();
        if !ports.is_empty() {
            let word = if ports.len() == 1 { "hostPort" } else { "hostPorts" };
            found.push(format!("hostPort (container \"{}\" uses {word} {})", container.name, ports.join(", ")));
        }
    }
    let mut add = |names: Vec<&str>, title: &str, before: &str, must: &str| {
        if !names.is_empty() {
            found.push(format!("{title} ({before}{} {must})", listed(&names)));
        }
    };
    let bad = of(&|c| c.privileged != Some(true));
    add(bad, "privileged", "", "must not set securityContext.privileged=true");
    if restricted {
        let bad = of(&|c| c.run_as_non_root.or(pod.run_as_non_root) == Some(true));
        add(bad, "runAsNonRoot != true", "pod or ", "must set securityContext.runAsNonRoot=true");
        let bad = of(&|c| c.run_as_user.or(pod.run_as_user) != Some(0));
        add(bad, "runAsUser=0", "pod or ", "must not set runAsUser=0");
        let seccomp = |c: &SecurityContext| {
            let profile = c.seccomp_profile.as_ref().or(pod.seccomp_profile.as_ref());
            profile.is_some_and(|profile| ["RuntimeDefault", "Localhost"].contains(&profile.type_.as_str()))
        };
        let must = "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"";
        add(of(&seccomp), "seccompProfile", "pod or ", must);
    }
    found
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("container{} {}", if names.len() == 1 { "" } else { "s" }, quoted.join(", "))
}

/// The level that a namespace sets for `enforce` or `warn`; what is enforced is warned of, too.
pub fn level(read: Reader<'_>, namespace: &str, mode: &str) -> Option<String> {
    let labels = read.get(kinds::NAMESPACE, "", namespace)?.labels();
    let get = |mode: &str| labels.get(&format!("pod-security.kubernetes.io/{mode}")).cloned();
    get(mode).or_else(|| if mode == "warn" { get("enforce") } else { None })
}

/// `violates PodSecurity "restricted:latest": ...`, without the verb; `None` when all is well.
pub fn complaint(read: Reader<'_>, namespace: &str, mode: &str, spec: &PodSpec) -> Option<String> {
    let level = level(read, namespace, mode)?;
    let found = violations(spec, &level);
    (!found.is_empty()).then(|| format!("PodSecurity \"{level}:latest\": {}", found.join(", ")))
}
