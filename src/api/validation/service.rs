//! Services, ConfigMaps and Secrets.

use super::{check, ip, network, one_of, port, port_number, quoted, text};
use crate::api::errors::FieldErrors;
use crate::api::kinds::meta;
use crate::api::object::Object;
use crate::base::yaml;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Secret, ServicePort, ServiceSpec};
use std::collections::{BTreeMap, BTreeSet};

pub fn validate(spec: &ServiceSpec, old: Option<&ServiceSpec>, errors: &mut FieldErrors) {
    let kind = spec.type_.as_deref().unwrap_or("");
    let ports = spec.ports.as_deref().unwrap_or(&[]);
    let headless = spec.cluster_ip.as_deref() == Some("None");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        errors.required("spec.ports", "");
    }
    match kind {
        "NodePort" | "LoadBalancer" if headless => {
            let why = format!("may not be set to 'None' for {kind} services");
            errors.invalid("spec.clusterIPs[0]", "\"None\"", &why);
        }
        "ExternalName" => {
            if spec.cluster_ip.as_deref().is_some_and(|ip| !ip.is_empty()) {
                errors.forbidden("spec.clusterIPs", "may not be set for ExternalName services");
            }
            match spec.external_name.as_deref().unwrap_or("").trim_end_matches('.') {
                "" => errors.required("spec.externalName", ""),
                name => check(errors, "spec.externalName", name, text::subdomain(name)),
            }
        }
        _ => {}
    }
    let mut names = BTreeSet::new();
    for (n, item) in ports.iter().enumerate() {
        one_port(item, &format!("spec.ports[{n}]"), ports.len() > 1, &mut names, errors);
    }
    if let Some(selector) = &spec.selector {
        meta::labels(selector, "spec.selector", errors);
    }
    let affinity = spec.session_affinity.as_deref().unwrap_or("None");
    one_of(errors, "spec.sessionAffinity", affinity, &["ClientIP", "None"]);
    session(spec, affinity, errors);
    let address = spec.cluster_ip.as_deref().filter(|ip| !ip.is_empty() && *ip != "None" && kind != "ExternalName");
    if let Some(address) = address {
        ip(address, "spec.clusterIPs[0]", errors);
    }
    for (n, address) in spec.external_ips.iter().flatten().enumerate() {
        let path = format!("spec.externalIPs[{n}]");
        if ip(address, path.clone(), errors) {
            ordinary(address, path, errors);
        }
    }
    one_of(errors, "spec.type", kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    if kind == "ClusterIP" {
        for (n, _) in ports.iter().enumerate().filter(|(_, port)| port.node_port.is_some_and(|p| p != 0)) {
            errors.forbidden(format!("spec.ports[{n}].nodePort"), "may not be used when `type` is 'ClusterIP'");
        }
    }
    let mut seen = BTreeSet::new();
    for (n, port) in ports.iter().enumerate() {
        let Some(number) = port.node_port.filter(|port| *port != 0) else { continue };
        if !seen.insert((port.protocol.as_deref().unwrap_or("TCP"), number)) {
            errors.duplicate(format!("spec.ports[{n}].nodePort"), number);
        }
    }
    let mut seen = BTreeSet::new();
    for (n, port) in ports.iter().enumerate() {
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        if !seen.insert((protocol, port.port)) {
            // The server shows its internal form, whose fields are named as in Go.
            let value = format!(
                "{{\"Name\":\"\",\"Protocol\":{},\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                quoted(protocol),
                port.port
            );
            errors.duplicate(format!("spec.ports[{n}]"), value);
        }
    }
    outside(spec, kind, errors);
    if let Some(old) = old {
        let was = old.cluster_ip.as_deref().unwrap_or("");
        let now = spec.cluster_ip.as_deref().unwrap_or("");
        let stays = kind != "ExternalName" && old.type_.as_deref() != Some("ExternalName");
        if stays && !was.is_empty() && was != now {
            let value = serde_json::to_string(&[now]).expect("a list is JSON");
            errors.invalid("spec.clusterIPs[0]", value, "may not change once set");
        }
    }
}

fn session(spec: &ServiceSpec, affinity: &str, errors: &mut FieldErrors) {
    let path = "spec.sessionAffinityConfig";
    let Some(config) = spec.session_affinity_config.as_ref() else { return };
    if affinity == "None" {
        errors.forbidden(path, "must not be set when session affinity is None");
    } else if affinity == "ClientIP" {
        match config.client_ip.as_ref().map(|client| client.timeout_seconds) {
            None => errors.required(format!("{path}.clientIP"), "when session affinity type is ClientIP"),
            Some(Some(seconds)) if !(1..=86400).contains(&seconds) => {
                let why = "must be greater than 0 and less than 86400";
                errors.invalid(format!("{path}.clientIP.timeoutSeconds"), seconds, why);
            }
            Some(_) => {}
        }
    }
}

/// An address that is not kept for something special.
fn ordinary(address: &str, path: String, errors: &mut FieldErrors) {
    let Ok(ip) = address.parse::<std::net::IpAddr>() else { return };
    let (local, multicast) = match ip {
        std::net::IpAddr::V4(v4) => (v4.is_link_local(), v4.octets()[..3] == [224, 0, 0]),
        std::net::IpAddr::V6(v6) => (v6.segments()[0] & 0xffc0 == 0xfe80, v6.segments()[0] == 0xff02),
    };
    if ip.is_unspecified() {
        errors.invalid(path.clone(), quoted(address), &format!("may not be unspecified ({address})"));
    }
    if ip.is_loopback() {
        errors.invalid(path.clone(), quoted(address), "may not be in the loopback range (127.0.0.0/8, ::1/128)");
    }
    if local {
        let why = "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
        errors.invalid(path.clone(), quoted(address), why);
    }
    if multicast {
        let why = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
        errors.invalid(path, quoted(address), why);
    }
}

/// What concerns callers from outside, and which endpoints may answer.
fn outside(spec: &ServiceSpec, kind: &str, errors: &mut FieldErrors) {
    for (n, range) in spec.load_balancer_source_ranges.iter().flatten().enumerate() {
        // Spelled so by the server.
        let path = "spec.LoadBalancerSourceRanges";
        if n == 0 && kind != "LoadBalancer" {
            errors.forbidden(path, "may only be used when `type` is 'LoadBalancer'");
        }
        network::cidr(range.trim(), format!("{path}[{n}]"), &[], errors);
    }
    if spec.allocate_load_balancer_node_ports.is_some() && kind != "LoadBalancer" {
        let why = "may only be used when `type` is 'LoadBalancer'";
        errors.forbidden("spec.allocateLoadBalancerNodePorts", why);
    }
    if spec.load_balancer_class.is_some() && kind != "LoadBalancer" {
        errors.forbidden("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'");
    }
    let open = ["NodePort", "LoadBalancer"].contains(&kind)
        || kind == "ClusterIP" && spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    match spec.external_traffic_policy.as_deref().filter(|policy| !policy.is_empty()) {
        Some(policy) if !open => {
            let why = "may only be set for externally-accessible services";
            errors.invalid("spec.externalTrafficPolicy", quoted(policy), why);
        }
        Some(policy) => one_of(errors, "spec.externalTrafficPolicy", policy, &["Cluster", "Local"]),
        None => {}
    }
    let local = spec.external_traffic_policy.as_deref() == Some("Local");
    if let Some(port) = spec.health_check_node_port.filter(|port| *port != 0 && !(local && kind == "LoadBalancer")) {
        let why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        errors.invalid("spec.healthCheckNodePort", port, why);
    }
    if let Some(policy) = spec.internal_traffic_policy.as_deref() {
        one_of(errors, "spec.internalTrafficPolicy", policy, &["Cluster", "Local"]);
    }
    if let Some(wanted) = spec.traffic_distribution.as_deref() {
        one_of(errors, "spec.trafficDistribution", wanted, &["PreferClose", "PreferSameNode", "PreferSameZone"]);
    }
}

fn one_port(item: &ServicePort, path: &str, needs_name: bool, names: &mut BTreeSet<String>, errors: &mut FieldErrors) {
    match item.name.as_deref().unwrap_or("") {
        "" if needs_name => errors.required(format!("{path}.name"), ""),
        "" => {}
        name => {
            check(errors, format!("{path}.name"), name, text::label(name));
            if !names.insert(name.into()) {
                errors.duplicate(format!("{path}.name"), quoted(name));
            }
        }
    }
    port_number(errors, format!("{path}.port"), item.port);
    one_of(errors, format!("{path}.protocol"), item.protocol.as_deref().unwrap_or(""), &["SCTP", "TCP", "UDP"]);
    if let Some(target) = &item.target_port {
        port(errors, format!("{path}.targetPort"), target);
    }
}

const FIXED: &str = "field is immutable when `immutable` is set";
const MOST_BYTES: usize = 1024 * 1024;

pub fn config_map(new: &ConfigMap, old: Option<&ConfigMap>, errors: &mut FieldErrors) {
    let mut size = 0;
    for (key, value) in new.data.iter().flatten() {
        check(errors, format!("data[{key}]"), key, text::config_key(key));
        if new.binary_data.as_ref().is_some_and(|binary| binary.contains_key(key)) {
            let why = "duplicate of key present in binaryData";
            errors.invalid(format!("data[{key}]"), quoted(key), why);
        }
        size += value.len();
    }
    for (key, value) in new.binary_data.iter().flatten() {
        check(errors, format!("binaryData[{key}]"), key, text::config_key(key));
        size += value.0.len();
    }
    if size > MOST_BYTES {
        errors.too_long("[]", MOST_BYTES);
    }
    if let Some(old) = old.filter(|old| old.immutable == Some(true)) {
        if new.immutable != Some(true) {
            errors.forbidden("immutable", FIXED);
        }
        if old.data.iter().flatten().ne(new.data.iter().flatten()) {
            errors.forbidden("data", FIXED);
        }
        if old.binary_data.iter().flatten().ne(new.binary_data.iter().flatten()) {
            errors.forbidden("binaryData", FIXED);
        }
    }
}

/// Credentials of registries, which are an object in JSON.
fn registry(data: &BTreeMap<String, ByteString>, key: &str, errors: &mut FieldErrors) {
    let path = format!("data[{key}]");
    let Some(value) = data.get(key) else {
        errors.required(path, "");
        return;
    };
    let text = String::from_utf8_lossy(&value.0);
    let why = match yaml::json_mistake(&text) {
        Some(why) => why,
        None => match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(serde_json::Value::Object(_) | serde_json::Value::Null) => return,
            Ok(other) => {
                let found = match other {
                    serde_json::Value::Array(_) => "array",
                    serde_json::Value::String(_) => "string",
                    serde_json::Value::Bool(_) => "bool",
                    _ => "number",
                };
                format!("json: cannot unmarshal {found} into Go value of type map[string]interface {{}}")
            }
            Err(_) => "unexpected end of JSON input".into(),
        },
    };
    errors.invalid(path, quoted("<secret contents redacted>"), &why);
}

pub fn secret(object: &Object, old: Option<&Secret>, errors: &mut FieldErrors) {
    let new = object.spec::<Secret>();
    let none = BTreeMap::new();
    let data: &BTreeMap<String, ByteString> = new.data.as_ref().unwrap_or(&none);
    for key in data.keys() {
        check(errors, format!("data[{key}]"), key, text::config_key(key));
    }
    if data.values().map(|value| value.0.len()).sum::<usize>() > MOST_BYTES {
        errors.too_long("data", MOST_BYTES);
    }
    let mut need = |keys: &[&str]| {
        for key in keys.iter().filter(|key| !data.contains_key(**key)) {
            errors.required(format!("data[{key}]"), "");
        }
    };
    match new.type_.as_deref().unwrap_or("Opaque") {
        "kubernetes.io/tls" => need(&["tls.crt", "tls.key"]),
        "kubernetes.io/dockercfg" => registry(data, ".dockercfg", errors),
        "kubernetes.io/dockerconfigjson" => registry(data, ".dockerconfigjson", errors),
        "kubernetes.io/ssh-auth" if data.get("ssh-privatekey").is_none_or(|key| key.0.is_empty()) => {
            errors.required("data[ssh-privatekey]", "");
        }
        "kubernetes.io/basic-auth" if !data.contains_key("username") && !data.contains_key("password") => {
            errors.required("data[username]", "");
            errors.required("data[password]", "");
        }
        "kubernetes.io/service-account-token" => {
            let name = "kubernetes.io/service-account.name";
            if object.annotations().get(name).is_none_or(String::is_empty) {
                errors.required(format!("metadata.annotations[{name}]"), "");
            }
        }
        _ => {}
    }
    let Some(old) = old else { return };
    if old.type_ != new.type_ {
        errors.invalid("type", quoted(new.type_.as_deref().unwrap_or("")), "field is immutable");
    }
    if old.immutable == Some(true) {
        if new.immutable != Some(true) {
            errors.forbidden("immutable", FIXED);
        }
        if old.data.iter().flatten().ne(new.data.iter().flatten()) {
            errors.forbidden("data", FIXED);
        }
    }
}
