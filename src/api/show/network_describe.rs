//! `kubectl describe` of Ingresses, IngressClasses, NetworkPolicies, ServiceCIDRs and IPAddresses.
//!
//! Models: `kubectl/pkg/describe/describe.go`.

use super::cell;
use super::report::{Report, long_time};
use super::service_describe;
use crate::api::kinds;
use crate::api::object::Object;
use crate::api::selector::Selector;
use crate::api::server::Reader;
use crate::time::Time;
use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::api::networking::v1::{
    IngressBackend, IngressClassSpec, IngressSpec, IngressStatus, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;

/// The addresses of the load balancer of an Ingress, sorted.
pub fn addresses(object: &Object) -> String {
    let balancer = object.status::<IngressStatus>().load_balancer.as_ref();
    let entries = balancer.and_then(|b| b.ingress.as_ref()).into_iter().flatten();
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let mut all: Vec<String> = entries.filter_map(|one| filled(&one.ip).or_else(|| filled(&one.hostname))).collect();
    all.sort();
    all.dedup();
    all.join(",")
}

pub fn ingress(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let spec = object.spec::<IngressSpec>();
    out.line(0, format_args!("Name:\t{}", object.name()));
    out.labels("Labels", object.meta.labels.as_ref());
    out.line(0, format_args!("Namespace:\t{}", object.namespace()));
    out.line(0, format_args!("Address:\t{}", addresses(object)));
    out.line(0, format_args!("Ingress Class:\t{}", spec.ingress_class_name.as_deref().unwrap_or("<none>")));
    let target = |to: &IngressBackend| backend(to, object.namespace(), read);
    let fallback = spec.default_backend.as_ref().map_or_else(|| "<default>".into(), target);
    out.line(0, format_args!("Default backend:\t{fallback}"));
    let tls = spec.tls.as_deref().unwrap_or(&[]);
    if !tls.is_empty() {
        out.line(0, "TLS:");
    }
    for one in tls {
        let hosts = one.hosts.as_deref().unwrap_or(&[]).join(",");
        match one.secret_name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => out.line(1, format_args!("{name} terminates {hosts}")),
            None => out.line(1, format_args!("SNI routes {hosts}")),
        }
    }
    out.raw("Rules:\n  Host\tPath\tBackends\n  ----\t----\t--------\n");
    let rules = spec.rules.iter().flatten().filter_map(|rule| Some((rule.host.as_deref(), rule.http.as_ref()?)));
    let mut none = true;
    for (host, http) in rules {
        none = false;
        out.line(1, format_args!("{}\t", host.filter(|host| !host.is_empty()).unwrap_or("*")));
        for one in &http.paths {
            out.line(2, format_args!("\t{} \t{}", one.path.as_deref().unwrap_or(""), target(&one.backend)));
        }
    }
    if none {
        out.line(1, format_args!("*\t*\t{fallback}"));
    }
    out.annotations(object.meta.annotations.as_ref());
    out.events_of(object, read, now);
}

/// `web:80 (10.244.1.2:80)`.
fn backend(to: &IngressBackend, namespace: &str, read: Reader<'_>) -> String {
    if let Some(service) = &to.service {
        let wanted = service.port.as_ref();
        let number = wanted.and_then(|port| port.number).filter(|number| *number != 0);
        let name = wanted.and_then(|port| port.name.as_deref()).unwrap_or("");
        let shown = format!("{}:{}", service.name, number.map_or_else(|| name.to_string(), |n| n.to_string()));
        let Some(found) = read.get(kinds::SERVICE, namespace, &service.name) else {
            return format!("{shown} (<error: services \"{}\" not found>)", service.name);
        };
        let fits = |port: &&k8s_openapi::api::core::v1::ServicePort| match number {
            Some(number) => port.port == number,
            None => !name.is_empty() && port.name.as_deref() == Some(name),
        };
        let ports = found.spec::<ServiceSpec>().ports.as_deref().unwrap_or(&[]);
        let port = ports.iter().rfind(fits).and_then(|port| port.name.as_deref()).unwrap_or("");
        let slices = service_describe::slices(namespace, &service.name, read);
        return format!("{shown} ({})", service_describe::endpoints(&slices, port));
    }
    to.resource.as_ref().map_or_else(String::new, |to| {
        let group = to.api_group.as_deref().unwrap_or("<none>");
        format!("APIGroup: {group}, Kind: {}, Name: {}", to.kind, to.name)
    })
}

pub fn ingress_class(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let spec = object.spec::<IngressClassSpec>();
    out.head(object);
    out.line(0, format_args!("Controller:\t{}", spec.controller.as_deref().unwrap_or("")));
    if let Some(to) = &spec.parameters {
        out.line(0, "Parameters:");
        if let Some(group) = &to.api_group {
            out.line(1, format_args!("APIGroup:\t{group}"));
        }
        out.line(1, format_args!("Kind:\t{}", to.kind));
        out.line(1, format_args!("Name:\t{}", to.name));
    }
    out.events_of(object, read, now);
}

fn selector(selector: &LabelSelector) -> String {
    cell::selector_text(&Selector::of(Some(selector)))
}

pub fn network_policy(object: &Object, out: &mut Report) {
    let spec = object.spec::<NetworkPolicySpec>();
    out.named(object);
    let created = object.meta.creation_timestamp.as_ref();
    let created = created.map_or_else(|| "<nil>".into(), |t| t.0.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string());
    out.line(0, format_args!("Created on:\t{created}"));
    out.labels("Labels", object.meta.labels.as_ref());
    out.annotations(object.meta.annotations.as_ref());
    out.line(0, "Spec:");
    let pods = selector(&spec.pod_selector.clone().unwrap_or_default());
    let all = if pods == "<none>" { " (Allowing the specific traffic to all pods in this namespace)" } else { "" };
    out.line(1, format_args!("PodSelector:     {pods}{all}"));
    let types = spec.policy_types.as_deref().unwrap_or(&[]);
    if types.iter().any(|one| one == "Ingress") {
        out.line(1, "Allowing ingress traffic:");
        let rules = spec.ingress.as_deref().unwrap_or(&[]);
        let rules: Vec<_> = rules.iter().map(|rule| (rule.ports.as_deref(), rule.from.as_deref())).collect();
        traffic(&rules, ["ingress", "From", "source"], out);
    } else {
        out.line(1, "Not affecting ingress traffic");
    }
    if types.iter().any(|one| one == "Egress") {
        out.line(1, "Allowing egress traffic:");
        let rules = spec.egress.as_deref().unwrap_or(&[]);
        let rules: Vec<_> = rules.iter().map(|rule| (rule.ports.as_deref(), rule.to.as_deref())).collect();
        traffic(&rules, ["egress", "To", "destination"], out);
    } else {
        out.line(1, "Not affecting egress traffic");
    }
    out.line(1, format_args!("Policy Types: {}", types.join(", ")));
}

type Rule<'a> = (Option<&'a [NetworkPolicyPort]>, Option<&'a [NetworkPolicyPeer]>);

fn traffic(rules: &[Rule<'_>], [way, word, end]: [&str; 3], out: &mut Report) {
    if rules.is_empty() {
        out.line(2, format_args!("<none> (Selected pods are isolated for {way} connectivity)"));
    }
    for (n, (ports, peers)) in rules.iter().enumerate() {
        let (ports, peers) = (ports.unwrap_or(&[]), peers.unwrap_or(&[]));
        if ports.is_empty() {
            out.line(2, "To Port: <any> (traffic allowed to all ports)");
        }
        for port in ports {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            let number = match &port.port {
                None => "<nil>".into(),
                Some(IntOrString::Int(number)) => number.to_string(),
                Some(IntOrString::String(name)) => name.clone(),
            };
            match port.end_port {
                None => out.line(2, format_args!("To Port: {number}/{protocol}")),
                Some(last) => out.line(2, format_args!("To Port Range: {number}-{last}/{protocol}")),
            }
        }
        if peers.is_empty() {
            out.line(2, format_args!("{word}: <any> (traffic not restricted by {end})"));
        }
        for peer in peers {
            out.line(2, format_args!("{word}:"));
            if let Some(found) = &peer.namespace_selector {
                out.line(3, format_args!("NamespaceSelector: {}", selector(found)));
            }
            if let Some(found) = &peer.pod_selector {
                out.line(3, format_args!("PodSelector: {}", selector(found)));
            }
            if let (Some(block), None, None) = (&peer.ip_block, &peer.namespace_selector, &peer.pod_selector) {
                out.line(3, "IPBlock:");
                out.line(4, format_args!("CIDR: {}", block.cidr));
                out.line(4, format_args!("Except: {}", block.except.as_deref().unwrap_or(&[]).join(", ")));
            }
        }
        if n + 1 < rules.len() {
            out.line(2, "----------");
        }
    }
}

pub fn service_cidr(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let tree = object.to_value();
    let texts =
        |value: &Value| value.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    out.head(object);
    out.line(0, format_args!("CIDRs:\t{}", texts(&tree["spec"]["cidrs"])));
    let conditions = tree["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !conditions.is_empty() {
        out.raw("Status:\nConditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage\n  ----\t------\t------------------\t------\t-------\n");
    }
    for one in conditions {
        let text = |field: &str| one[field].as_str().unwrap_or("");
        let at = serde_json::from_value(one["lastTransitionTime"].clone()).ok();
        let at = at.map_or_else(String::new, |at| long_time(&at));
        out.line(
            1,
            format_args!("{}\t{}\t{at}\t{}\t{}", text("type"), text("status"), text("reason"), text("message")),
        );
    }
    out.events_of(object, read, now);
}

pub fn ip_address(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let tree = object.to_value();
    let parent = &tree["spec"]["parentRef"];
    out.head(object);
    if parent.is_object() {
        out.line(0, "Parent Reference:");
        for (title, field) in
            [("Group", "group"), ("Resource", "resource"), ("Namespace", "namespace"), ("Name", "name")]
        {
            out.line(1, format_args!("{title}:\t{}", parent[field].as_str().unwrap_or("")));
        }
    }
    out.events_of(object, read, now);
}
