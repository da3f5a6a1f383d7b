//! Containers, pod templates and volumes in `kubectl describe`.
//!
//! Models: `describeContainers`, `DescribePodTemplate`, `describeVolumes` of `kubectl/pkg/describe/describe.go`.
//! Left out: volumes of cloud providers.

use super::report::{Report, long_time, truth};
use crate::api::object::Object;
use crate::api::selector::Selector;
use crate::base::quantity::Quantity;
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, ContainerState, ContainerStatus, EnvVar, HTTPGetAction, PodTemplateSpec, Probe,
    ResourceRequirements, TopologySpreadConstraint, Volume,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// `Pod Template:` of a workload.
pub fn template(template: &PodTemplateSpec, out: &mut Report) {
    out.line(0, "Pod Template:");
    let meta = template.metadata.clone().unwrap_or_default();
    out.labels_in("  ", "Labels", meta.labels.as_ref());
    if meta.annotations.as_ref().is_some_and(|a| !a.is_empty()) {
        out.annotations_in("  ", meta.annotations.as_ref());
    }
    let Some(spec) = &template.spec else { return };
    if let Some(account) = spec.service_account_name.as_deref().filter(|a| !a.is_empty()) {
        out.line(1, format_args!("Service Account:\t{account}"));
    }
    if let Some(init) = spec.init_containers.as_deref().filter(|c| !c.is_empty()) {
        containers("Init Containers", init, &[], None, " ", out);
    }
    containers("Containers", &spec.containers, &[], None, " ", out);
    volumes(spec.volumes.as_deref().unwrap_or_default(), " ", out);
    spread(spec.topology_spread_constraints.as_deref().unwrap_or_default(), "  ", out);
    if let Some(class) = spec.priority_class_name.as_deref().filter(|c| !c.is_empty()) {
        out.line(1, format_args!("Priority Class Name:\t{class}"));
    }
    out.labels_in("  ", "Node-Selectors", spec.node_selector.as_ref());
    out.tolerations("  ", spec.tolerations.as_ref());
}

/// A list of containers. `pod` resolves field references; `nested` is a space inside of a template, else empty.
pub fn containers(
    title: &str,
    all: &[Container],
    statuses: &[ContainerStatus],
    pod: Option<&Object>,
    nested: &str,
    out: &mut Report,
) {
    out.line(0, format_args!("{}{title}:{}", nested.repeat(2), if all.is_empty() { " <none>" } else { "" }));
    for container in all {
        let status = statuses.iter().find(|status| status.name == container.name);
        out.line(1, format_args!("{nested}{}:", container.name));
        basics(container, status, out);
        for (title, words) in [("Command", &container.command), ("Args", &container.args)] {
            if let Some(words) = words.as_ref().filter(|w| !w.is_empty()) {
                out.line(2, format_args!("{title}:"));
                for line in words.iter().flat_map(|word| word.split('\n')) {
                    out.line(3, line);
                }
            }
        }
        if let Some(status) = status {
            state("State", status.state.as_ref(), out);
            if status.last_state.as_ref().is_some_and(|s| s.terminated.is_some()) {
                state("Last State", status.last_state.as_ref(), out);
            }
            out.line(2, format_args!("Ready:\t{}", truth(status.ready)));
            out.line(2, format_args!("Restart Count:\t{}", status.restart_count));
        }
        resources(container.resources.as_ref(), 2, out);
        for (title, asked) in [
            ("Liveness", &container.liveness_probe),
            ("Readiness", &container.readiness_probe),
            ("Startup", &container.startup_probe),
        ] {
            if let Some(asked) = asked {
                out.line(2, format_args!("{title}:\t{}", probe(asked)));
            }
        }
        environment(container, pod, out);
        mounts(container, out);
    }
}

fn basics(container: &Container, status: Option<&ContainerStatus>, out: &mut Report) {
    if let Some(status) = status {
        out.line(2, format_args!("Container ID:\t{}", status.container_id.as_deref().unwrap_or("")));
    }
    out.line(2, format_args!("Image:\t{}", container.image.as_deref().unwrap_or("")));
    if let Some(status) = status {
        out.line(2, format_args!("Image ID:\t{}", status.image_id));
    }
    let ports = container.ports.as_deref().unwrap_or_default();
    let list = |number: fn(&ContainerPort) -> i32| {
        let texts = ports.iter().map(|p| format!("{}/{}", number(p), p.protocol.as_deref().unwrap_or("TCP")));
        texts.collect::<Vec<_>>().join(", ")
    };
    let several = if ports.len() > 1 { "s" } else { "" };
    let or_none = |text: String| if text.is_empty() { "<none>".into() } else { text };
    out.line(2, format_args!("Port{several}:\t{}", or_none(list(|p| p.container_port))));
    out.line(2, format_args!("Host Port{several}:\t{}", or_none(list(|p| p.host_port.unwrap_or(0)))));
    let seccomp = container.security_context.as_ref().and_then(|s| s.seccomp_profile.as_ref());
    if let Some(profile) = seccomp {
        out.line(2, format_args!("SeccompProfile:\t{}", profile.type_));
        if let Some(local) = &profile.localhost_profile {
            out.line(3, format_args!("LocalhostProfile:\t{local}"));
        }
    }
}

fn state(title: &str, state: Option<&ContainerState>, out: &mut Report) {
    let state = state.cloned().unwrap_or_default();
    if let Some(running) = state.running {
        out.line(2, format_args!("{title}:\tRunning"));
        if let Some(at) = &running.started_at {
            out.line(3, format_args!("Started:\t{}", long_time(at)));
        }
    } else if let Some(end) = state.terminated {
        out.line(2, format_args!("{title}:\tTerminated"));
        if let Some(reason) = end.reason.filter(|r| !r.is_empty()) {
            out.line(3, format_args!("Reason:\t{reason}"));
        }
        if let Some(message) = end.message.filter(|m| !m.is_empty()) {
            out.line(3, format_args!("Message:\t{message}"));
        }
        out.line(3, format_args!("Exit Code:\t{}", end.exit_code));
        if let Some(signal) = end.signal.filter(|s| *s > 0) {
            out.line(3, format_args!("Signal:\t{signal}"));
        }
        let never = "Mon, 01 Jan 0001 00:00:00 +0000".to_string();
        out.line(3, format_args!("Started:\t{}", end.started_at.as_ref().map_or_else(|| never.clone(), long_time)));
        out.line(3, format_args!("Finished:\t{}", end.finished_at.as_ref().map_or(never, long_time)));
    } else {
        out.line(2, format_args!("{title}:\tWaiting"));
        if let Some(reason) = state.waiting.and_then(|w| w.reason).filter(|r| !r.is_empty()) {
            out.line(3, format_args!("Reason:\t{reason}"));
        }
    }
}

/// Limits and requests.
pub fn resources(resources: Option<&ResourceRequirements>, level: usize, out: &mut Report) {
    let Some(resources) = resources else { return };
    for (title, amounts) in [("Limits", &resources.limits), ("Requests", &resources.requests)] {
        if let Some(amounts) = amounts.as_ref().filter(|a| !a.is_empty()) {
            out.line(level, format_args!("{title}:"));
            for (name, amount) in amounts {
                out.line(level + 1, format_args!("{name}:\t{}", amount.0));
            }
        }
    }
}

/// `http-get http://:80/ready delay=0s timeout=1s period=10s #success=1 #failure=3`.
fn probe(probe: &Probe) -> String {
    let timing = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        probe.initial_delay_seconds.unwrap_or(0),
        probe.timeout_seconds.unwrap_or(1),
        probe.period_seconds.unwrap_or(10),
        probe.success_threshold.unwrap_or(1),
        probe.failure_threshold.unwrap_or(3)
    );
    let port = |port: &IntOrString| match port {
        IntOrString::Int(n) => n.to_string(),
        IntOrString::String(name) => name.clone(),
    };
    if let Some(exec) = &probe.exec {
        return format!("exec [{}] {timing}", exec.command.as_deref().unwrap_or_default().join(" "));
    }
    if let Some(HTTPGetAction { host, path, port: at, scheme, .. }) = &probe.http_get {
        let scheme = scheme.as_deref().unwrap_or("HTTP").to_lowercase();
        let (host, path) = (host.as_deref().unwrap_or(""), path.as_deref().unwrap_or("/"));
        let slash = if path.starts_with('/') { "" } else { "/" };
        return format!("http-get {scheme}://{host}:{}{slash}{path} {timing}", port(at));
    }
    if let Some(tcp) = &probe.tcp_socket {
        return format!("tcp-socket {}:{} {timing}", tcp.host.as_deref().unwrap_or(""), port(&tcp.port));
    }
    if let Some(grpc) = &probe.grpc {
        return format!("grpc <pod>:{} {} {timing}", grpc.port, grpc.service.as_deref().unwrap_or(""));
    }
    format!("unknown {timing}")
}

fn environment(container: &Container, pod: Option<&Object>, out: &mut Report) {
    let from = container.env_from.as_deref().unwrap_or_default();
    if !from.is_empty() {
        out.line(2, "Environment Variables from:");
        for source in from {
            let (kind, name, optional) = match (&source.config_map_ref, &source.secret_ref) {
                (Some(map), _) => ("ConfigMap", &map.name, map.optional),
                (None, Some(secret)) => ("Secret", &secret.name, secret.optional),
                _ => continue,
            };
            let prefix = source.prefix.as_deref().filter(|p| !p.is_empty());
            let prefix = prefix.map(|p| format!(" with prefix '{p}'")).unwrap_or_default();
            out.line(3, format_args!("{name}\t{kind}{prefix}\tOptional: {}", optional.unwrap_or(false)));
        }
    }
    let variables = container.env.as_deref().unwrap_or_default();
    out.line(2, format_args!("Environment:{}", if variables.is_empty() { "\t<none>" } else { "" }));
    for variable in variables {
        self::variable(variable, container, pod, out);
    }
}

fn variable(variable: &EnvVar, container: &Container, pod: Option<&Object>, out: &mut Report) {
    let name = &variable.name;
    let Some(from) = &variable.value_from else {
        for (n, line) in variable.value.as_deref().unwrap_or("").split('\n').enumerate() {
            out.line(3, if n == 0 { format!("{name}:\t{line}") } else { format!("\t{line}") });
        }
        return;
    };
    if let Some(field) = &from.field_ref {
        let value = pod.map(|pod| field_of(pod, &field.field_path)).unwrap_or_default();
        let version = field.api_version.as_deref().unwrap_or("v1");
        out.line(3, format_args!("{name}:\t{value} ({version}:{})", field.field_path));
    } else if let Some(field) = &from.resource_field_ref {
        let mut value = amount(container, &field.resource, field.divisor.as_ref().map(|d| d.0.as_str()));
        if value == "0" && matches!(field.resource.as_str(), "limits.cpu" | "limits.memory") {
            value = "node allocatable".into();
        }
        out.line(3, format_args!("{name}:\t{value} ({})", field.resource));
    } else if let Some(key) = &from.secret_key_ref {
        let optional = key.optional.unwrap_or(false);
        let text = format!("<set to the key '{}' in secret '{}'>", key.key, key.name);
        out.line(3, format_args!("{name}:\t{text}\tOptional: {optional}"));
    } else if let Some(key) = &from.config_map_key_ref {
        let optional = key.optional.unwrap_or(false);
        let text = format!("<set to the key '{}' of config map '{}'>", key.key, key.name);
        out.line(3, format_args!("{name}:\t{text}\tOptional: {optional}"));
    }
}

/// The metadata that describe can resolve by itself.
fn field_of(pod: &Object, path: &str) -> String {
    let key = |prefix: &str| path.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("']"));
    match path {
        "metadata.name" => pod.name().into(),
        "metadata.namespace" => pod.namespace().into(),
        "metadata.uid" => pod.uid().into(),
        _ => key("metadata.labels['")
            .and_then(|k| pod.labels().get(k))
            .or_else(|| key("metadata.annotations['").and_then(|k| pod.annotations().get(k)))
            .cloned()
            .unwrap_or_default(),
    }
}

fn amount(container: &Container, resource: &str, divisor: Option<&str>) -> String {
    let Some((part, name)) = resource.split_once('.') else { return String::new() };
    let resources = container.resources.clone().unwrap_or_default();
    let amounts = if part == "limits" { resources.limits } else { resources.requests }.unwrap_or_default();
    let parse = |text: &str| Quantity::parse(text).unwrap_or(Quantity::ZERO);
    let value = amounts.get(name).map_or(Quantity::ZERO, |q| parse(&q.0));
    let divisor = divisor.map(parse).filter(|d| d.milli() > 0);
    match divisor {
        Some(divisor) if divisor.milli() < 1000 => (value.milli() / divisor.milli()).to_string(),
        Some(divisor) => (value.value() + divisor.value() - 1).div_euclid(divisor.value()).to_string(),
        None => value.value().to_string(),
    }
}

fn mounts(container: &Container, out: &mut Report) {
    let mut all: Vec<_> = container.volume_mounts.iter().flatten().collect();
    all.sort_by(|a, b| a.mount_path.cmp(&b.mount_path));
    out.line(2, format_args!("Mounts:{}", if all.is_empty() { "\t<none>" } else { "" }));
    for mount in all {
        let mut flags = if mount.read_only == Some(true) { "ro".to_string() } else { "rw".to_string() };
        if let Some(path) = mount.sub_path.as_deref().filter(|p| !p.is_empty()) {
            flags += &format!(",path=\"{path}\"");
        }
        out.line(3, format_args!("{} from {} ({flags})", mount.mount_path, mount.name));
    }
}

/// `Volumes:`.
pub fn volumes(all: &[Volume], nested: &str, out: &mut Report) {
    let indent = nested.repeat(2);
    if all.is_empty() {
        out.line(0, format_args!("{indent}Volumes:\t<none>"));
        return;
    }
    out.line(0, format_args!("{indent}Volumes:"));
    for volume in all {
        out.line(1, format_args!("{nested}{}:", volume.name));
        volume_source(volume, out);
    }
}

pub fn volume_source(volume: &Volume, out: &mut Report) {
    let mut lines = |kind: &str, lines: &[(&str, String)]| {
        out.line(2, format_args!("Type:\t{kind}"));
        for (title, value) in lines {
            out.line(2, format_args!("{title}:\t{value}"));
        }
    };
    let optional = |optional: Option<bool>| ("Optional", optional.unwrap_or(false).to_string());
    if let Some(source) = &volume.host_path {
        let kind = source.type_.clone().unwrap_or_else(|| "<none>".into());
        lines("HostPath (bare host directory volume)", &[("Path", source.path.clone()), ("HostPathType", kind)]);
    } else if let Some(source) = &volume.empty_dir {
        let limit = source.size_limit.as_ref().map_or_else(|| "<unset>".into(), |q| q.0.clone());
        let medium = source.medium.clone().unwrap_or_default();
        let kind = "EmptyDir (a temporary directory that shares a pod's lifetime)";
        lines(kind, &[("Medium", medium), ("SizeLimit", limit)]);
    } else if let Some(source) = &volume.secret {
        let name = source.secret_name.clone().unwrap_or_default();
        lines("Secret (a volume populated by a Secret)", &[("SecretName", name), optional(source.optional)]);
    } else if let Some(source) = &volume.config_map {
        let kind = "ConfigMap (a volume populated by a ConfigMap)";
        lines(kind, &[("Name", source.name.clone()), optional(source.optional)]);
    } else if let Some(source) = &volume.persistent_volume_claim {
        let kind = "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)";
        let read_only = source.read_only.unwrap_or(false).to_string();
        lines(kind, &[("ClaimName", source.claim_name.clone()), ("ReadOnly", read_only)]);
    } else if let Some(source) = &volume.nfs {
        let read_only = source.read_only.unwrap_or(false).to_string();
        let kind = "NFS (an NFS mount that lasts the lifetime of a pod)";
        lines(kind, &[("Server", source.server.clone()), ("Path", source.path.clone()), ("ReadOnly", read_only)]);
    } else if let Some(source) = &volume.downward_api {
        lines("DownwardAPI (a volume populated by information about the pod)", &[("Items", String::new())]);
        for item in source.items.iter().flatten() {
            if let Some(field) = &item.field_ref {
                out.line(3, format_args!("{} -> {}", field.field_path, item.path));
            }
            if let Some(field) = &item.resource_field_ref {
                out.line(3, format_args!("{} -> {}", field.resource, item.path));
            }
        }
    } else if let Some(source) = &volume.projected {
        let mut rows = vec![];
        for source in source.sources.iter().flatten() {
            if let Some(secret) = &source.secret {
                rows.extend([("SecretName", secret.name.clone()), optional(secret.optional)]);
            } else if source.downward_api.is_some() {
                rows.push(("DownwardAPI", "true".into()));
            } else if let Some(map) = &source.config_map {
                rows.extend([("ConfigMapName", map.name.clone()), optional(map.optional)]);
            } else if let Some(token) = &source.service_account_token {
                rows.push(("TokenExpirationSeconds", token.expiration_seconds.unwrap_or(3600).to_string()));
            }
        }
        lines("Projected (a volume that contains injected data from multiple sources)", &rows);
    } else if let Some(source) = &volume.csi {
        let read_only = source.read_only.unwrap_or(false).to_string();
        let kind = "CSI (a Container Storage Interface (CSI) volume source)";
        let fs_type = source.fs_type.clone().unwrap_or_default();
        lines(kind, &[("Driver", source.driver.clone()), ("FSType", fs_type), ("ReadOnly", read_only)]);
        super::storage_describe::attributes(source.volume_attributes.as_ref(), out);
    } else if let Some(source) = &volume.ephemeral {
        let kind = "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)";
        lines(kind, &[]);
        if let Some(template) = &source.volume_claim_template {
            super::storage_describe::template(template, 2, out);
        }
    } else if let Some(source) = &volume.image {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        let rows = [("Reference", part(&source.reference)), ("PullPolicy", part(&source.pull_policy))];
        lines("Image (a container image or OCI artifact)", &rows);
    } else {
        out.line(2, "<unknown>");
    }
}

/// `Topology Spread Constraints:`, if there are any.
pub fn spread(all: &[TopologySpreadConstraint], indent: &str, out: &mut Report) {
    let mut all: Vec<_> = all.iter().collect();
    all.sort_by(|a, b| a.topology_key.cmp(&b.topology_key));
    for (n, rule) in all.into_iter().enumerate() {
        out.raw(indent);
        out.raw(if n == 0 { "Topology Spread Constraints:\t" } else { "\t" });
        out.raw(format_args!("{}:{}", rule.topology_key, rule.when_unsatisfiable));
        out.raw(format_args!(" when max skew {} is exceeded", rule.max_skew));
        if let Some(selector) = &rule.label_selector {
            let text = super::cell::selector_text(&Selector::of(Some(selector)));
            out.raw(format_args!(" for selector {text}"));
        }
        out.raw("\n");
    }
}
