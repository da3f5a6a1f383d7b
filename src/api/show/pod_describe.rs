//! `kubectl describe pod`.
//!
//! Models: `describePod` of `kubectl/pkg/describe/describe.go`.

use super::cell;
use super::containers;
use super::report::{Report, long_time};
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::time::Time;
use k8s_openapi::api::core::v1::{PodSpec, PodStatus};

pub fn describe(pod: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (pod.spec::<PodSpec>(), pod.status::<PodStatus>());
    out.named(pod);
    if let Some(priority) = spec.priority {
        out.line(0, format_args!("Priority:\t{priority}"));
    }
    optional("Priority Class Name", spec.priority_class_name.as_deref(), out);
    optional("Runtime Class Name", spec.runtime_class_name.as_deref(), out);
    optional("Service Account", spec.service_account_name.as_deref(), out);
    match spec.node_name.as_deref().filter(|n| !n.is_empty()) {
        Some(node) => out.line(0, format_args!("Node:\t{node}/{}", status.host_ip.as_deref().unwrap_or(""))),
        None => out.line(0, "Node:\t<none>"),
    }
    if let Some(start) = &status.start_time {
        out.line(0, format_args!("Start Time:\t{}", long_time(start)));
    }
    out.labels("Labels", pod.meta.labels.as_ref());
    out.annotations(pod.meta.annotations.as_ref());
    phase(pod, status, now, out);
    optional("Reason", status.reason.as_deref(), out);
    optional("Message", status.message.as_deref(), out);
    if let Some(profile) = spec.security_context.as_ref().and_then(|s| s.seccomp_profile.as_ref()) {
        out.line(0, format_args!("SeccompProfile:\t{}", profile.type_));
    }
    out.line(0, format_args!("IP:\t{}", status.pod_ip.as_deref().unwrap_or("")));
    let ips = status.pod_ips.as_deref().unwrap_or_default();
    out.line(0, format_args!("IPs:{}", if ips.is_empty() { "\t<none>" } else { "" }));
    for ip in ips {
        out.line(1, format_args!("IP:\t{}", ip.ip));
    }
    out.controlled_by(pod);
    optional("NominatedNodeName", status.nominated_node_name.as_deref(), out);
    if let Some(whole) = &spec.resources {
        out.line(0, format_args!("Resources:"));
        containers::resources(Some(whole), 1, out);
    }
    if let Some(init) = spec.init_containers.as_deref().filter(|c| !c.is_empty()) {
        let statuses = status.init_container_statuses.as_deref().unwrap_or_default();
        containers::containers("Init Containers", init, statuses, Some(pod), "", out);
    }
    let statuses = status.container_statuses.as_deref().unwrap_or_default();
    containers::containers("Containers", &spec.containers, statuses, Some(pod), "", out);
    if let Some(own) = spec.ephemeral_containers.as_deref().filter(|c| !c.is_empty()) {
        let usual: Vec<_> = own.iter().map(crate::api::kinds::pod_spec::ephemeral).collect();
        let statuses = status.ephemeral_container_statuses.as_deref().unwrap_or_default();
        containers::containers("Ephemeral Containers", &usual, statuses, Some(pod), "", out);
    }
    gates_and_conditions(spec, status, out);
    containers::volumes(spec.volumes.as_deref().unwrap_or_default(), "", out);
    optional("QoS Class", status.qos_class.as_deref(), out);
    out.labels("Node-Selectors", spec.node_selector.as_ref());
    out.tolerations("", spec.tolerations.as_ref());
    containers::spread(spec.topology_spread_constraints.as_deref().unwrap_or_default(), "", out);
    out.events_of(pod, read, now);
}

fn optional(title: &str, value: Option<&str>, out: &mut Report) {
    if let Some(value) = value.filter(|v| !v.is_empty()) {
        out.line(0, format_args!("{title}:\t{value}"));
    }
}

fn phase(pod: &Object, status: &PodStatus, now: Time, out: &mut Report) {
    let phase = status.phase.as_deref().unwrap_or("");
    if !pod.deleting() || matches!(phase, "Succeeded" | "Failed") {
        out.line(0, format_args!("Status:\t{phase}"));
        return;
    }
    let lasts = cell::since(pod.meta.deletion_timestamp.as_ref(), now);
    out.line(0, format_args!("Status:\tTerminating (lasts {lasts})"));
    let grace = pod.meta.deletion_grace_period_seconds.unwrap_or(0);
    out.line(0, format_args!("Termination Grace Period:\t{grace}s"));
}

fn gates_and_conditions(spec: &PodSpec, status: &PodStatus, out: &mut Report) {
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let gates = spec.readiness_gates.as_deref().unwrap_or_default();
    if !gates.is_empty() {
        out.raw("Readiness Gates:\n  Type\tStatus\n");
        for gate in gates {
            let found = conditions.iter().find(|c| c.type_ == gate.condition_type);
            let state = found.map_or("<none>", |c| c.status.as_str());
            out.line(1, format_args!("{} \t{state} ", gate.condition_type));
        }
    }
    if !conditions.is_empty() {
        out.raw("Conditions:\n  Type\tStatus\n");
        for condition in conditions {
            out.line(1, format_args!("{} \t{} ", condition.type_, condition.status));
        }
    }
}
