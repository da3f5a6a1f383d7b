//! `kubectl describe node`: conditions, capacity, and what the pods on it have asked for.
//!
//! Models: `describeNode`, `DescribeNodeResource` of `kubectl/pkg/describe/describe.go`, `kubectl/pkg/util/resource`.

use super::report;
use super::report::{Report, long_time};
use crate::api::amounts;
use crate::api::kind;
use crate::api::kinds::{self, node::roles};
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::base::quantity::Quantity;
use crate::time::Time;
use k8s_openapi::api::coordination::v1::LeaseSpec;
use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Amount;
use std::collections::BTreeMap;

pub fn describe(node: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (node.spec::<NodeSpec>(), node.status::<NodeStatus>());
    out.line(0, format_args!("Name:\t{}", node.name()));
    out.line(0, format_args!("Roles:\t{}", roles(node)));
    out.labels("Labels", node.meta.labels.as_ref());
    out.annotations(node.meta.annotations.as_ref());
    if let Some(created) = &node.meta.creation_timestamp {
        out.line(0, format_args!("CreationTimestamp:\t{}", long_time(created)));
    }
    taints(spec, out);
    out.line(0, format_args!("Unschedulable:\t{}", spec.unschedulable.unwrap_or(false)));
    lease(node, read, out);
    conditions(status, out);
    out.line(0, "Addresses:");
    for address in status.addresses.iter().flatten() {
        out.line(1, format_args!("{}:\t{}", address.type_, address.address));
    }
    amounts("Capacity", status.capacity.as_ref(), out);
    amounts("Allocatable", status.allocatable.as_ref(), out);
    system(status, out);
    for (title, value) in
        [("PodCIDR", spec.pod_cidr.clone()), ("PodCIDRs", spec.pod_cidrs.as_ref().map(|c| c.join(",")))]
    {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            out.line(0, format_args!("{title}:\t{value}"));
        }
    }
    if let Some(id) = spec.provider_id.as_deref().filter(|id| !id.is_empty()) {
        out.line(0, format_args!("ProviderID:\t{id}"));
    }
    pods(node, status, read, now, out);
    out.events_of(node, read, now);
}

fn taints(spec: &NodeSpec, out: &mut Report) {
    let mut texts: Vec<String> = spec
        .taints
        .iter()
        .flatten()
        .map(|taint| match taint.value.as_deref().filter(|v| !v.is_empty()) {
            Some(value) => format!("{}={value}:{}", taint.key, taint.effect),
            None => format!("{}:{}", taint.key, taint.effect),
        })
        .collect();
    texts.sort();
    if texts.is_empty() {
        texts.push("<none>".into());
    }
    for (n, text) in texts.iter().enumerate() {
        out.line(0, format_args!("{}\t{text}", if n == 0 { "Taints:" } else { "" }));
    }
}

fn lease(node: &Object, read: Reader<'_>, out: &mut Report) {
    let lease = read.get(kinds::LEASE, "kube-node-lease", node.name());
    let Some(lease) = lease.map(|lease| lease.spec::<LeaseSpec>()) else {
        out.line(0, "Lease:\tFailed to get lease: leases.coordination.k8s.io \"\" not found");
        return;
    };
    out.line(0, "Lease:");
    out.line(1, format_args!("HolderIdentity:\t{}", lease.holder_identity.as_deref().unwrap_or("<unset>")));
    let time = |moment: Option<jiff::Timestamp>| {
        moment.map_or_else(|| "<unset>".into(), |t| long_time(&k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(t)))
    };
    out.line(1, format_args!("AcquireTime:\t{}", time(lease.acquire_time.as_ref().map(|t| t.0))));
    out.line(1, format_args!("RenewTime:\t{}", time(lease.renew_time.as_ref().map(|t| t.0))));
}

fn conditions(status: &NodeStatus, out: &mut Report) {
    let all = status.conditions.as_deref().unwrap_or_default();
    if all.is_empty() {
        return;
    }
    out.raw("Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n");
    out.raw("  ----\t------\t-----------------\t------------------\t------\t-------\n");
    let never = || "Mon, 01 Jan 0001 00:00:00 +0000".to_string();
    for c in all {
        let beat = c.last_heartbeat_time.as_ref().map_or_else(never, report::long_time);
        let moved = c.last_transition_time.as_ref().map_or_else(never, report::long_time);
        let (reason, message) = (c.reason.as_deref().unwrap_or(""), c.message.as_deref().unwrap_or(""));
        out.line(1, format_args!("{} \t{} \t{beat} \t{moved} \t{reason} \t{message}", c.type_, c.status));
    }
}

fn amounts(title: &str, amounts: Option<&BTreeMap<String, Amount>>, out: &mut Report) {
    if let Some(amounts) = amounts.filter(|a| !a.is_empty()) {
        out.line(0, format_args!("{title}:"));
        for (name, amount) in amounts {
            out.line(1, format_args!("{name}:\t{}", amount.0));
        }
    }
}

fn system(status: &NodeStatus, out: &mut Report) {
    let info = status.node_info.clone().unwrap_or_default();
    out.line(0, "System Info:");
    for (title, value) in [
        ("Machine ID", &info.machine_id),
        ("System UUID", &info.system_uuid),
        ("Boot ID", &info.boot_id),
        ("Kernel Version", &info.kernel_version),
        ("OS Image", &info.os_image),
        ("Operating System", &info.operating_system),
        ("Architecture", &info.architecture),
        ("Container Runtime Version", &info.container_runtime_version),
        ("Kubelet Version", &info.kubelet_version),
    ] {
        out.line(1, format_args!("{title}:\t{value}"));
    }
}

/// Requests and limits by resource.
#[derive(Default)]
struct Asked {
    requests: BTreeMap<String, Quantity>,
    limits: BTreeMap<String, Quantity>,
}

fn pods(node: &Object, status: &NodeStatus, read: Reader<'_>, now: Time, out: &mut Report) {
    let done = |pod: &&Object| matches!(pod.status::<PodStatus>().phase.as_deref(), Some("Succeeded" | "Failed"));
    let all: Vec<&Object> = read.pods_on(node.name()).filter(|pod| !done(pod)).collect();
    let amounts = status.allocatable.as_ref().filter(|a| !a.is_empty()).or(status.capacity.as_ref());
    let total = |name: &str| {
        amounts.and_then(|a| a.get(name)).and_then(|q| Quantity::parse(&q.0).ok()).unwrap_or(Quantity::ZERO)
    };
    out.line(0, format_args!("Non-terminated Pods:\t({} in total)", all.len()));
    out.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    out.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let mut sum = Asked::default();
    for pod in all {
        let asked = asked(pod.spec::<PodSpec>());
        let part = |from: &BTreeMap<String, Quantity>, name: &str| share(from.get(name), &total(name), name);
        out.line(
            1,
            format_args!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
                pod.namespace(),
                pod.name(),
                part(&asked.requests, "cpu"),
                part(&asked.limits, "cpu"),
                part(&asked.requests, "memory"),
                part(&asked.limits, "memory"),
                kind::age(pod, now)
            ),
        );
        amounts::add(&mut sum.requests, &asked.requests);
        amounts::add(&mut sum.limits, &asked.limits);
    }
    out.raw("Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n");
    out.raw("  Resource\tRequests\tLimits\n  --------\t--------\t------\n");
    let mut names: Vec<&str> = vec!["cpu", "memory", "ephemeral-storage"];
    let others = amounts.into_iter().flatten().map(|(name, _)| name.as_str());
    names.extend(others.filter(|name| name.starts_with("hugepages-") || name.contains('/')));
    for name in names {
        let (requests, limits) = (sum.requests.get(name), sum.limits.get(name));
        if name.contains('/') {
            let text = |q: Option<&Quantity>| q.map_or_else(|| "0".into(), ToString::to_string);
            out.line(1, format_args!("{name}\t{}\t{}", text(requests), text(limits)));
            continue;
        }
        let whole = total(name);
        out.line(1, format_args!("{name}\t{}\t{}", share(requests, &whole, name), share(limits, &whole, name)));
    }
}

/// `100m (2%)`.
fn share(part: Option<&Quantity>, whole: &Quantity, name: &str) -> String {
    let zero = Quantity::ZERO;
    let part = part.unwrap_or(&zero);
    let measure = |q: &Quantity| if name == "cpu" { q.milli() } else { q.value() };
    let percent = match measure(whole) {
        0 => 0,
        whole => i128::from(measure(part)) * 100 / i128::from(whole),
    };
    format!("{part} ({percent}%)")
}

/// What a pod asks for: its containers together, or the greediest init container.
fn asked(spec: &PodSpec) -> Asked {
    Asked { requests: amounts::requests(spec), limits: amounts::limits(spec) }
}
