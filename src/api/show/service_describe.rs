//! `kubectl describe` of Services, Endpoints and EndpointSlices.
//!
//! Models: `describeService`, `describeEndpoints`, `describeEndpointSliceV1` of `kubectl/pkg/describe/describe.go`.

use super::cell;
use super::report::Report;
use crate::api::kinds;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::time::Time;
use k8s_openapi::api::core::v1::{Endpoints, ServiceSpec, ServiceStatus};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub fn service(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let spec = object.spec::<ServiceSpec>();
    out.head(object);
    out.line(0, format_args!("Selector:\t{}", cell::map(spec.selector.as_ref())));
    out.line(0, format_args!("Type:\t{}", spec.type_.as_deref().unwrap_or("")));
    let list = |all: &Option<Vec<String>>| all.as_ref().filter(|all| !all.is_empty()).map(|all| all.join(","));
    let mut optional = |title: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            out.line(0, format_args!("{title}:\t{value}"));
        }
    };
    optional("IP Family Policy", spec.ip_family_policy.clone());
    optional("IP Families", list(&spec.ip_families));
    out.line(0, format_args!("IP:\t{}", spec.cluster_ip.as_deref().unwrap_or("")));
    let mut optional = |title: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            out.line(0, format_args!("{title}:\t{value}"));
        }
    };
    optional("IPs", list(&spec.cluster_ips));
    optional("External IPs", list(&spec.external_ips));
    optional("Desired LoadBalancer IP", spec.load_balancer_ip.clone());
    optional("External Name", spec.external_name.clone());
    let balancer = object.status::<ServiceStatus>().load_balancer.as_ref();
    let ingress = balancer.and_then(|b| b.ingress.as_ref()).into_iter().flatten();
    let ingress: Vec<String> = ingress.filter_map(|i| i.ip.clone().or_else(|| i.hostname.clone())).collect();
    optional("LoadBalancer Ingress", list(&Some(ingress)));
    ports(object, spec, read, out);
    out.line(0, format_args!("Session Affinity:\t{}", spec.session_affinity.as_deref().unwrap_or("")));
    let mut optional = |title: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            out.line(0, format_args!("{title}:\t{value}"));
        }
    };
    optional("External Traffic Policy", spec.external_traffic_policy.clone());
    optional("Internal Traffic Policy", spec.internal_traffic_policy.clone());
    optional("HealthCheck NodePort", spec.health_check_node_port.filter(|p| *p > 0).map(|p| p.to_string()));
    optional("LoadBalancer Source Ranges", list(&spec.load_balancer_source_ranges));
    optional("Traffic Distribution", spec.traffic_distribution.clone());
    out.events_of(object, read, now);
}

fn ports(object: &Object, spec: &ServiceSpec, read: Reader<'_>, out: &mut Report) {
    let slices = slices(object.namespace(), object.name(), read);
    for port in spec.ports.iter().flatten() {
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        let name = port.name.as_deref().unwrap_or("");
        let shown = if name.is_empty() { "<unset>" } else { name };
        out.line(0, format_args!("Port:\t{shown}\t{}/{protocol}", port.port));
        match &port.target_port {
            Some(IntOrString::String(target)) => out.line(0, format_args!("TargetPort:\t{target}/{protocol}")),
            Some(IntOrString::Int(target)) => out.line(0, format_args!("TargetPort:\t{target}/{protocol}")),
            None => out.line(0, format_args!("TargetPort:\t{}/{protocol}", port.port)),
        }
        if let Some(node) = port.node_port.filter(|p| *p > 0) {
            out.line(0, format_args!("NodePort:\t{shown}\t{node}/{protocol}"));
        }
        out.line(0, format_args!("Endpoints:\t{}", endpoints(&slices, name)));
    }
}

/// The slices of a Service.
pub fn slices<'a>(namespace: &'a str, service: &str, read: Reader<'a>) -> Vec<&'a EndpointSlice> {
    read.list(kinds::ENDPOINT_SLICE, Some(namespace))
        .filter(|slice| slice.labels().get("kubernetes.io/service-name").is_some_and(|name| name == service))
        .map(|slice| slice.spec::<EndpointSlice>())
        .collect()
}

/// The ready addresses of one port.
pub fn endpoints(slices: &[&EndpointSlice], name: &str) -> String {
    if slices.is_empty() {
        return "<none>".into();
    }
    let mut all = vec![];
    for slice in slices {
        let ready = |e: &&k8s_openapi::api::discovery::v1::Endpoint| {
            e.conditions.as_ref().and_then(|c| c.ready).unwrap_or(true)
        };
        for port in slice.ports.iter().flatten().filter(|p| p.name.as_deref().unwrap_or("") == name) {
            for endpoint in slice.endpoints.iter().flatten().filter(ready) {
                let number = port.port.map(|n| n.to_string()).unwrap_or_default();
                all.extend(endpoint.addresses.iter().map(|address| format!("{address}:{number}")));
            }
        }
    }
    cell::first_three(&all, "")
}

pub fn endpoints_object(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    out.head(object);
    out.line(0, "Subsets:");
    for subset in object.spec::<Endpoints>().subsets.iter().flatten() {
        let list = |all: &Option<Vec<k8s_openapi::api::core::v1::EndpointAddress>>| {
            let ips: Vec<&str> = all.iter().flatten().map(|a| a.ip.as_str()).collect();
            if ips.is_empty() { "<none>".to_string() } else { ips.join(",") }
        };
        out.line(1, format_args!("Addresses:\t{}", list(&subset.addresses)));
        out.line(1, format_args!("NotReadyAddresses:\t{}", list(&subset.not_ready_addresses)));
        let ports = subset.ports.as_deref().unwrap_or_default();
        if !ports.is_empty() {
            out.raw("  Ports:\n    Name\tPort\tProtocol\n    ----\t----\t--------\n");
            for port in ports {
                let name = port.name.as_deref().filter(|n| !n.is_empty()).unwrap_or("<unset>");
                out.line(2, format_args!("{name}\t{}\t{}", port.port, port.protocol.as_deref().unwrap_or("TCP")));
            }
        }
        out.raw("\n");
    }
    out.events_of(object, read, now);
}

pub fn endpoint_slice(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let slice = object.spec::<EndpointSlice>();
    out.head(object);
    out.line(0, format_args!("AddressType:\t{}", slice.address_type));
    let ports = slice.ports.as_deref().unwrap_or_default();
    if ports.is_empty() {
        out.line(0, "Ports: <unset>");
    } else {
        out.raw("Ports:\n  Name\tPort\tProtocol\n  ----\t----\t--------\n");
        for port in ports {
            let name = port.name.as_deref().filter(|n| !n.is_empty()).unwrap_or("<unset>");
            let number = port.port.map_or_else(|| "<unset>".into(), |n| n.to_string());
            out.line(1, format_args!("{name}\t{number}\t{}", port.protocol.as_deref().unwrap_or("<unset>")));
        }
    }
    let endpoints = slice.endpoints.as_deref().unwrap_or_default();
    out.line(0, if endpoints.is_empty() { "Endpoints: <none>" } else { "Endpoints:" });
    for endpoint in endpoints {
        out.line(1, format_args!("- Addresses:\t{}", endpoint.addresses.join(", ")));
        out.line(2, "Conditions:");
        let ready = endpoint.conditions.as_ref().and_then(|c| c.ready);
        out.line(3, format_args!("Ready:\t{}", ready.map_or_else(|| "<unset>".into(), |r| r.to_string())));
        let unset = |text: &Option<String>| text.clone().unwrap_or_else(|| "<unset>".into());
        out.line(2, format_args!("Hostname:\t{}", unset(&endpoint.hostname)));
        if let Some(target) = &endpoint.target_ref {
            let (kind, name) = (target.kind.as_deref().unwrap_or(""), target.name.as_deref().unwrap_or(""));
            out.line(2, format_args!("TargetRef:\t{kind}/{name}"));
        }
        out.line(2, format_args!("NodeName:\t{}", unset(&endpoint.node_name)));
        out.line(2, format_args!("Zone:\t{}", unset(&endpoint.zone)));
    }
    out.events_of(object, read, now);
}
