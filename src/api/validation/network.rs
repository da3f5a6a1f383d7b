//! Ingresses, their classes, and network policies.
//!
//! Models: `pkg/apis/networking/validation/validation.go`, `apimachinery/pkg/util/validation/ip.go`.

use super::workload::label_selector;
use super::{check, one_of, port, port_number, quoted, text};
use crate::api::errors::FieldErrors;
use crate::api::object::Object;
use k8s_openapi::api::core::v1::TypedLocalObjectReference;
use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, IPBlock, IngressBackend, IngressClassParametersReference, IngressClassSpec, IngressSpec,
    NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::net::IpAddr;

/// The annotation that named a class before there was a field.
pub const CLASS: &str = "kubernetes.io/ingress.class";

pub fn ingress(new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
    let spec = new.spec::<IngressSpec>();
    let rules = spec.rules.as_deref().unwrap_or(&[]);
    if rules.is_empty() && spec.default_backend.is_none() {
        errors.invalid("spec", "null", "either `defaultBackend` or `rules` must be specified");
    }
    if let Some(fallback) = &spec.default_backend {
        backend(fallback, "spec.defaultBackend", errors);
    }
    for (n, rule) in rules.iter().enumerate() {
        let path = format!("spec.rules[{n}]");
        let host = rule.host.as_deref().unwrap_or("");
        if !host.is_empty() {
            if host.parse::<IpAddr>().is_ok() {
                errors.invalid(format!("{path}.host"), quoted(host), "must be a DNS name, not an IP address");
            }
            check(errors, format!("{path}.host"), host, host_problems(host));
        }
        let Some(http) = &rule.http else { continue };
        if http.paths.is_empty() {
            errors.required(format!("{path}.http.paths"), "");
        }
        for (at, one) in http.paths.iter().enumerate() {
            http_path(one, &format!("{path}.http.paths[{at}]"), errors);
        }
    }
    for (n, tls) in spec.tls.iter().flatten().enumerate() {
        for (at, host) in tls.hosts.iter().flatten().enumerate() {
            check(errors, format!("spec.tls[{n}].hosts[{at}]"), host, host_problems(host));
        }
        if let Some(name) = tls.secret_name.as_deref().filter(|name| !name.is_empty()) {
            check(errors, format!("spec.tls[{n}].secretName"), name, text::subdomain(name));
        }
    }
    if let Some(class) = &spec.ingress_class_name {
        check(errors, "spec.ingressClassName", class, text::subdomain(class));
        if old.is_none()
            && let Some(note) = new.annotations().get(CLASS).filter(|note| *note != class)
        {
            let why = "must match `ingressClassName` when both are specified";
            errors.invalid(format!("annotations.{CLASS}"), quoted(note), why);
        }
    }
}

fn host_problems(host: &str) -> Vec<String> {
    if host.contains('*') { text::wildcard(host) } else { text::subdomain(host) }
}

fn http_path(one: &HTTPIngressPath, path: &str, errors: &mut FieldErrors) {
    let given = one.path.as_deref().unwrap_or("");
    let mut bad = |why: &str| errors.invalid(format!("{path}.path"), quoted(given), why);
    match one.path_type.as_str() {
        "" => {
            errors.required(format!("{path}.pathType"), "pathType must be specified");
            return;
        }
        "Exact" | "Prefix" => {
            if !given.starts_with('/') {
                bad("must be an absolute path");
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"].into_iter().filter(|part| given.contains(part)) {
                bad(&format!("must not contain '{part}'"));
            }
            for end in ["/..", "/."].into_iter().filter(|end| given.ends_with(end)) {
                bad(&format!("cannot end with '{end}'"));
            }
        }
        "ImplementationSpecific" => {
            if !given.is_empty() && !given.starts_with('/') {
                bad("must be an absolute path");
            }
        }
        other => one_of(errors, format!("{path}.pathType"), other, &["Exact", "ImplementationSpecific", "Prefix"]),
    }
    backend(&one.backend, &format!("{path}.backend"), errors);
}

fn backend(backend: &IngressBackend, path: &str, errors: &mut FieldErrors) {
    let service = match (&backend.service, &backend.resource) {
        (Some(_), Some(_)) => {
            errors.invalid(path, "\"\"", "cannot set both resource and service backends");
            return;
        }
        (None, None) => {
            errors.invalid(path, "\"\"", "resource or service backend is required");
            return;
        }
        (None, Some(TypedLocalObjectReference { api_group, kind, name })) => {
            reference(api_group.as_deref(), kind, name, &format!("{path}.resource"), errors);
            return;
        }
        (Some(service), None) => service,
    };
    if service.name.is_empty() {
        errors.required(format!("{path}.service.name"), "");
    } else {
        check(errors, format!("{path}.service.name"), &service.name, text::dns1035(&service.name));
    }
    let name = service.port.as_ref().and_then(|port| port.name.as_deref()).filter(|name| !name.is_empty());
    let number = service.port.as_ref().and_then(|port| port.number).filter(|number| *number != 0);
    match (name, number) {
        (Some(_), Some(_)) => errors.invalid(path, "\"\"", "cannot set both port name & port number"),
        (Some(name), None) => check(errors, format!("{path}.service.port.name"), name, text::port_name(name)),
        (None, Some(number)) => port_number(errors, format!("{path}.service.port.number"), number),
        (None, None) => errors.required(path, "port name or number is required"),
    }
}

fn reference(group: Option<&str>, kind: &str, name: &str, path: &str, errors: &mut FieldErrors) {
    if let Some(group) = group {
        check(errors, format!("{path}.apiGroup"), group, text::subdomain(group));
    }
    for (field, value) in [("kind", kind), ("name", name)] {
        let path = format!("{path}.{field}");
        if value.is_empty() {
            errors.required(path, "");
        } else {
            check(errors, path, value, text::path_segment(value));
        }
    }
}

pub fn ingress_class(spec: &IngressClassSpec, old: Option<&IngressClassSpec>, errors: &mut FieldErrors) {
    let controller = spec.controller.as_deref().unwrap_or("");
    if old.is_some_and(|old| old.controller != spec.controller) {
        errors.invalid("spec.controller", quoted(controller), "field is immutable");
    }
    if controller.is_empty() {
        errors.required("spec.controller", "");
    } else {
        if controller.len() > 250 {
            errors.too_long("spec.controller", 250);
        }
        prefixed_path(controller, "spec.controller", errors);
    }
    let Some(IngressClassParametersReference { api_group, kind, name, namespace, scope }) = &spec.parameters else {
        return;
    };
    let path = "spec.parameters";
    reference(api_group.as_deref(), kind, name, path, errors);
    match (scope.as_deref(), namespace.as_deref()) {
        (None, _) => errors.required(format!("{path}.scope"), ""),
        (Some("Namespace"), None) => {
            errors.required(format!("{path}.namespace"), "`parameters.scope` is set to 'Namespace'");
        }
        (Some("Namespace"), Some(namespace)) => {
            check(errors, format!("{path}.namespace"), namespace, text::label(namespace));
        }
        (Some("Cluster"), Some(_)) => {
            errors.forbidden(format!("{path}.namespace"), "`parameters.scope` is set to 'Cluster'");
        }
        (Some(scope), _) => one_of(errors, format!("{path}.scope"), scope, &["Cluster", "Namespace"]),
    }
}

/// `acme.io/foo`.
fn prefixed_path(value: &str, path: &str, errors: &mut FieldErrors) {
    let Some((host, rest)) = value.split_once('/').filter(|(host, rest)| !host.is_empty() && !rest.is_empty()) else {
        errors.invalid(path, quoted(value), "must be a domain-prefixed path (such as \"acme.io/foo\")");
        return;
    };
    check(errors, path, host, text::subdomain(host));
    if !rest.bytes().all(|c| c.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&c)) {
        let why = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
        errors.invalid(path, quoted(rest), why);
    }
}

pub fn network_policy(spec: &NetworkPolicySpec, old: Option<&NetworkPolicySpec>, errors: &mut FieldErrors) {
    if let Some(selector) = &spec.pod_selector {
        label_selector(selector, "spec.podSelector", errors);
    }
    let was: Vec<&str> = old.map(blocks).unwrap_or_default();
    for (n, rule) in spec.ingress.iter().flatten().enumerate() {
        let path = format!("spec.ingress[{n}]");
        ports(rule.ports.as_deref(), &path, errors);
        peers(rule.from.as_deref(), &format!("{path}.from"), &was, errors);
    }
    for (n, rule) in spec.egress.iter().flatten().enumerate() {
        let path = format!("spec.egress[{n}]");
        ports(rule.ports.as_deref(), &path, errors);
        peers(rule.to.as_deref(), &format!("{path}.to"), &was, errors);
    }
    let types = spec.policy_types.as_deref().unwrap_or(&[]);
    if types.len() > 2 {
        let value = serde_json::to_string(types).expect("a list of texts is JSON");
        errors.invalid("spec.policyTypes", value, "may not specify more than two policyTypes");
        return;
    }
    for (n, one) in types.iter().enumerate() {
        one_of(errors, format!("spec.policyTypes[{n}]"), one, &["Ingress", "Egress"]);
    }
}

/// Every address block of a policy: what an update may keep, right or wrong.
fn blocks(spec: &NetworkPolicySpec) -> Vec<&str> {
    let from = spec.ingress.iter().flatten().flat_map(|rule| rule.from.iter().flatten());
    let to = spec.egress.iter().flatten().flat_map(|rule| rule.to.iter().flatten());
    let blocks = from.chain(to).filter_map(|peer| peer.ip_block.as_ref());
    blocks
        .flat_map(|block| std::iter::once(&block.cidr).chain(block.except.iter().flatten()))
        .map(String::as_str)
        .collect()
}

fn ports(ports: Option<&[NetworkPolicyPort]>, path: &str, errors: &mut FieldErrors) {
    for (n, one) in ports.unwrap_or(&[]).iter().enumerate() {
        let path = format!("{path}.ports[{n}]");
        if let Some(protocol) = &one.protocol {
            one_of(errors, format!("{path}.protocol"), protocol, &["TCP", "UDP", "SCTP"]);
        }
        let end = format!("{path}.endPort");
        match (&one.port, one.end_port) {
            (Some(IntOrString::Int(first)), Some(last)) => {
                port_number(errors, format!("{path}.port"), *first);
                if last < *first {
                    errors.invalid(end.clone(), last, "must be greater than or equal to `port`");
                }
                port_number(errors, end, last);
            }
            (Some(name), Some(last)) => {
                errors.invalid(end, last, "may not be specified when `port` is non-numeric");
                port(errors, format!("{path}.port"), name);
            }
            (Some(one), None) => port(errors, format!("{path}.port"), one),
            (None, Some(last)) => errors.invalid(end, last, "may not be specified when `port` is not specified"),
            (None, None) => {}
        }
    }
}

fn peers(peers: Option<&[NetworkPolicyPeer]>, path: &str, was: &[&str], errors: &mut FieldErrors) {
    for (n, peer) in peers.unwrap_or(&[]).iter().enumerate() {
        let path = format!("{path}[{n}]");
        if let Some(selector) = &peer.pod_selector {
            label_selector(selector, &format!("{path}.podSelector"), errors);
        }
        if let Some(selector) = &peer.namespace_selector {
            label_selector(selector, &format!("{path}.namespaceSelector"), errors);
        }
        let selects = peer.pod_selector.is_some() || peer.namespace_selector.is_some();
        match &peer.ip_block {
            None if !selects => errors.required(path, "must specify a peer"),
            None => {}
            Some(block) => {
                ip_block(block, &format!("{path}.ipBlock"), was, errors);
                if selects {
                    errors.forbidden(path, "may not specify both ipBlock and another peer");
                }
            }
        }
    }
}

fn ip_block(block: &IPBlock, path: &str, was: &[&str], errors: &mut FieldErrors) {
    if block.cidr.is_empty() {
        errors.required(format!("{path}.cidr"), "");
        return;
    }
    let Some(whole) = cidr(&block.cidr, format!("{path}.cidr"), was, errors) else { return };
    for (n, except) in block.except.iter().flatten().enumerate() {
        let path = format!("{path}.except[{n}]");
        let Some(part) = cidr(except, path.clone(), was, errors) else { continue };
        if !whole.contains(part.address) || whole.length >= part.length {
            errors.invalid(path, quoted(except), "must be a strict subset of `cidr`");
        }
    }
}

/// A range of addresses; those in `was` may have bits set beyond their prefix.
pub fn cidr(value: &str, path: String, was: &[&str], errors: &mut FieldErrors) -> Option<Cidr> {
    let Some(found) = Cidr::parse(value) else {
        errors.invalid(path, quoted(value), "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
        return None;
    };
    if !was.contains(&value) && found.masked() != found.address {
        errors.invalid(path, quoted(value), "must not have bits set beyond the prefix length");
    }
    Some(found)
}

/// `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    pub address: IpAddr,
    pub length: u8,
}

impl Cidr {
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, length) = text.split_once('/')?;
        let (address, length) = (address.parse::<IpAddr>().ok()?, length.parse::<u8>().ok()?);
        let most = if address.is_ipv4() { 32 } else { 128 };
        (length <= most).then_some(Cidr { address, length })
    }

    /// The address without the bits behind the prefix.
    pub fn masked(self) -> IpAddr {
        match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
                IpAddr::V4((u32::from(address) & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
                IpAddr::V6((u128::from(address) & mask).into())
            }
        }
    }

    pub fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4() && Cidr { address, ..self }.masked() == self.masked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_contains_what_its_prefix_covers() {
        let block = Cidr::parse("10.0.0.0/8").expect("a block");
        assert!(block.contains("10.1.2.3".parse().expect("an address")));
        assert!(!block.contains("11.0.0.1".parse().expect("an address")));
        assert!(!block.contains("::1".parse().expect("an address")));
        let all = Cidr::parse("0.0.0.0/0").expect("a block");
        assert!(all.contains("192.168.0.1".parse().expect("an address")));
        assert_eq!(Cidr::parse("10.0.0.0"), None);
        assert_eq!(Cidr::parse("10.0.0.0/33"), None);
    }
}
