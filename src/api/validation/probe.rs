//! Probes and lifecycle handlers.

use super::{not_negative, one_of, port, quoted};
use crate::api::errors::FieldErrors;
use k8s_openapi::api::core::v1::{Container, HTTPGetAction, Lifecycle, LifecycleHandler, Probe, TCPSocketAction};

pub fn validate(container: &Container, grace: Option<i64>, path: &str, errors: &mut FieldErrors) {
    if let Some(lifecycle) = &container.lifecycle {
        validate_lifecycle(lifecycle, grace, &format!("{path}.lifecycle"), errors);
    }
    let probes = [
        ("livenessProbe", &container.liveness_probe, true),
        ("readinessProbe", &container.readiness_probe, false),
        ("startupProbe", &container.startup_probe, true),
    ];
    for (name, probe, once) in probes {
        let Some(probe) = probe else { continue };
        let path = format!("{path}.{name}");
        validate_probe(probe, &path, errors);
        if !once && let Some(grace) = probe.termination_grace_period_seconds {
            let why = "must not be set for readinessProbes";
            errors.invalid(format!("{path}.terminationGracePeriodSeconds"), grace, why);
        }
        if once && probe.success_threshold.is_some_and(|n| n != 1) {
            errors.invalid(format!("{path}.successThreshold"), probe.success_threshold.unwrap_or(1), "must be 1");
        }
    }
}

fn validate_probe(probe: &Probe, path: &str, errors: &mut FieldErrors) {
    let command = probe.exec.as_ref().map(|exec| exec.command.as_deref().unwrap_or(&[]));
    let count = handlers(command, probe.http_get.as_ref(), probe.tcp_socket.as_ref(), path, errors);
    if let Some(grpc) = &probe.grpc {
        if count > 0 {
            errors.forbidden(format!("{path}.grpc"), "may not specify more than 1 handler type");
        } else {
            super::port_number(errors, format!("{path}.grpc.port"), grpc.port);
        }
    } else if count == 0 {
        errors.required(path, "must specify a handler type");
    }
    for (name, value) in [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ] {
        not_negative(errors, format!("{path}.{name}"), value.map(i64::from));
    }
    if let Some(grace) = probe.termination_grace_period_seconds.filter(|grace| *grace <= 0) {
        errors.invalid(format!("{path}.terminationGracePeriodSeconds"), grace, "must be greater than 0");
    }
}

fn validate_lifecycle(lifecycle: &Lifecycle, grace: Option<i64>, path: &str, errors: &mut FieldErrors) {
    for (name, handler) in [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)] {
        if let Some(handler) = handler {
            validate_handler(handler, grace, &format!("{path}.{name}"), errors);
        }
    }
}

fn validate_handler(handler: &LifecycleHandler, grace: Option<i64>, path: &str, errors: &mut FieldErrors) {
    let command = handler.exec.as_ref().map(|exec| exec.command.as_deref().unwrap_or(&[]));
    let count = handlers(command, handler.http_get.as_ref(), handler.tcp_socket.as_ref(), path, errors);
    match &handler.sleep {
        Some(_) if count > 0 => {
            errors.forbidden(format!("{path}.sleep"), "may not specify more than 1 handler type");
        }
        Some(sleep) if grace.is_some_and(|grace| sleep.seconds < 0 || sleep.seconds > grace) => {
            let grace = grace.unwrap_or_default();
            let why = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
            errors.invalid(format!("{path}.sleep"), sleep.seconds, &why);
        }
        None if count == 0 => errors.required(path, "must specify a handler type"),
        _ => {}
    }
}

/// The three handlers that probes and hooks share; how many there are.
fn handlers(
    command: Option<&[String]>,
    http: Option<&HTTPGetAction>,
    tcp: Option<&TCPSocketAction>,
    path: &str,
    errors: &mut FieldErrors,
) -> usize {
    let mut count = 0;
    let mut only = |name: &str, errors: &mut FieldErrors| {
        count += 1;
        if count > 1 {
            errors.forbidden(format!("{path}.{name}"), "may not specify more than 1 handler type");
        }
        count == 1
    };
    if let Some(command) = command
        && only("exec", errors)
        && command.is_empty()
    {
        errors.required(format!("{path}.exec.command"), "");
    }
    if let Some(get) = http
        && only("httpGet", errors)
    {
        if get.path.as_deref().unwrap_or("").is_empty() {
            errors.required(format!("{path}.httpGet.path"), "");
        }
        port(errors, format!("{path}.httpGet.port"), &get.port);
        one_of(errors, format!("{path}.httpGet.scheme"), get.scheme.as_deref().unwrap_or(""), &["HTTP", "HTTPS"]);
        for header in get.http_headers.iter().flatten() {
            let fits = !header.name.is_empty() && header.name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
            if !fits {
                let why = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
                errors.invalid(format!("{path}.httpGet.httpHeaders"), quoted(&header.name), why);
            }
        }
    }
    if let Some(tcp) = tcp
        && only("tcpSocket", errors)
    {
        port(errors, format!("{path}.tcpSocket.port"), &tcp.port);
    }
    count
}
