//! Services, ConfigMaps and Secrets.

use super::{check, one_of, port, port_number, quoted, text};
use crate::api::errors::FieldErrors;
use crate::api::kinds::meta;
use crate::api::object::Object;
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
                errors.forbidden("spec.clusterIPs", "may not be set when type is 'ExternalName'");
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
    one_of(errors, "spec.type", kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    if kind == "ClusterIP" {
        for (n, port) in ports.iter().enumerate().filter(|(_, port)| port.node_port.is_some_and(|p| p != 0)) {
            if old.is_none() {
                let _ = port;
                errors.forbidden(format!("spec.ports[{n}].nodePort"), "may not be used when `type` is 'ClusterIP'");
            }
        }
    }
    let mut seen = BTreeSet::new();
    for (n, port) in ports.iter().enumerate() {
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        if !seen.insert((protocol, port.port)) {
            let value = format!("{{\"protocol\":\"{protocol}\",\"port\":{}}}", port.port);
            errors.duplicate(format!("spec.ports[{n}]"), value);
        }
    }
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
        "kubernetes.io/dockercfg" => need(&[".dockercfg"]),
        "kubernetes.io/ssh-auth" => need(&["ssh-privatekey"]),
        "kubernetes.io/basic-auth" if !data.contains_key("username") && !data.contains_key("password") => {
            errors.required("data[username]", "");
            errors.required("data[password]", "");
        }
        "kubernetes.io/dockerconfigjson" => match data.get(".dockerconfigjson") {
            None => errors.required("data[.dockerconfigjson]", ""),
            Some(value) if serde_json::from_slice::<serde_json::Value>(&value.0).is_err() => {
                let why = "invalid character in JSON";
                errors.invalid("data[.dockerconfigjson]", quoted("<secret contents redacted>"), why);
            }
            Some(_) => {}
        },
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
