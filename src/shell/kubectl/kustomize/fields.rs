//! Which fields of which kinds the transformers reach.
//!
//! Models: `kustomize/api/internal/konfig/builtinpluginconsts`, `api/filters/fieldspec`.
//! Left out: `configurations` of one's own.

use super::res::Id;
use serde_json::{Map, Value};

/// Calls `act` for what stands at a path; lists on the way mean each of their items. With `create` missing maps are made.
pub fn walk(tree: &mut Value, path: &[&str], create: bool, act: &mut dyn FnMut(&mut Value)) {
    if let Value::Array(items) = tree {
        items.iter_mut().for_each(|item| walk(item, path, create, act));
        return;
    }
    let Some((first, rest)) = path.split_first() else { return act(tree) };
    let Value::Object(map) = tree else { return };
    match map.get_mut(*first) {
        Some(Value::Null) | None if create => {
            let mut made = if rest.is_empty() { Value::Null } else { Value::Object(Map::new()) };
            walk(&mut made, rest, create, act);
            map.insert((*first).to_string(), made);
        }
        Some(below) if !below.is_null() => walk(below, rest, create, act),
        _ => {}
    }
}

/// The same for a path in one text: `spec/template/spec`.
pub fn at(tree: &mut Value, path: &str, create: bool, act: &mut dyn FnMut(&mut Value)) {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    walk(tree, &parts, create, act);
}

/// Where a kind keeps the template of its pods' metadata, and of its jobs'.
fn templates(id: &Id) -> &'static [&'static str] {
    match (id.group.as_str(), id.kind.as_str()) {
        (_, "Deployment" | "ReplicaSet" | "DaemonSet") | ("", "ReplicationController") => &["spec/template"],
        ("apps", "StatefulSet") | ("batch", "Job") => &["spec/template"],
        ("batch", "CronJob") => &["spec/jobTemplate", "spec/jobTemplate/spec/template"],
        _ => &[],
    }
}

/// Where labels go: path, and whether it is made when missing.
pub fn labels(id: &Id, selectors: bool, with_templates: bool, claims: bool) -> Vec<(String, bool)> {
    let mut paths = vec![("metadata/labels".to_string(), true)];
    if selectors || with_templates {
        paths.extend(templates(id).iter().map(|path| (format!("{path}/metadata/labels"), true)));
    }
    if (selectors || claims) && id.kind == "StatefulSet" {
        paths.push(("spec/volumeClaimTemplates/metadata/labels".into(), true));
    }
    if !selectors {
        return paths;
    }
    let own = match (id.group.as_str(), id.kind.as_str()) {
        ("", "Service" | "ReplicationController") => Some(("spec/selector", true)),
        (_, "Deployment" | "ReplicaSet" | "DaemonSet") | ("apps", "StatefulSet") => {
            Some(("spec/selector/matchLabels", true))
        }
        ("batch", "Job") | ("policy", "PodDisruptionBudget") => Some(("spec/selector/matchLabels", false)),
        ("batch", "CronJob") => Some(("spec/jobTemplate/spec/selector/matchLabels", false)),
        ("networking.k8s.io", "NetworkPolicy") => Some(("spec/podSelector/matchLabels", false)),
        _ => None,
    };
    paths.extend(own.map(|(path, create)| (path.to_string(), create)));
    if id.group == "apps" && matches!(id.kind.as_str(), "Deployment" | "StatefulSet") {
        for affinity in ["podAffinity", "podAntiAffinity"] {
            let base = format!("spec/template/spec/affinity/{affinity}");
            let preferred = "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels";
            paths.push((format!("{base}/{preferred}"), false));
            let required = "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels";
            paths.push((format!("{base}/{required}"), false));
        }
        paths.push(("spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels".into(), false));
    }
    if id.kind == "NetworkPolicy" {
        paths.push(("spec/ingress/from/podSelector/matchLabels".into(), false));
        paths.push(("spec/egress/to/podSelector/matchLabels".into(), false));
    }
    paths
}

/// Where annotations go.
pub fn annotations(id: &Id) -> Vec<String> {
    let mut paths = vec!["metadata/annotations".to_string()];
    paths.extend(templates(id).iter().map(|path| format!("{path}/metadata/annotations")));
    paths
}

/// Where a kind keeps the spec of its pods.
fn pod_spec(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Pod" => "spec",
        "PodTemplate" => "template/spec",
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "ReplicationController" => {
            "spec/template/spec"
        }
        "CronJob" => "spec/jobTemplate/spec/template/spec",
        _ => return None,
    })
}

/// Kinds that others name, and the fields of `referrer` that do: (kind that is named, its group, path).
pub fn references(referrer: &str) -> Vec<(&'static str, &'static str, String)> {
    const CONFIG_MAP: &[&str] = &[
        "volumes/configMap/name",
        "containers/env/valueFrom/configMapKeyRef/name",
        "initContainers/env/valueFrom/configMapKeyRef/name",
        "containers/envFrom/configMapRef/name",
        "initContainers/envFrom/configMapRef/name",
        "volumes/projected/sources/configMap/name",
    ];
    const SECRET: &[&str] = &[
        "volumes/secret/secretName",
        "containers/env/valueFrom/secretKeyRef/name",
        "initContainers/env/valueFrom/secretKeyRef/name",
        "containers/envFrom/secretRef/name",
        "initContainers/envFrom/secretRef/name",
        "imagePullSecrets/name",
        "volumes/projected/sources/secret/name",
    ];
    let mut all: Vec<(&'static str, &'static str, String)> = vec![];
    if let Some(spec) = pod_spec(referrer) {
        let mut add = |kind, group, paths: &[&str]| {
            all.extend(paths.iter().map(|path| (kind, group, format!("{spec}/{path}"))));
        };
        if referrer != "ReplicationController" {
            add("ConfigMap", "", CONFIG_MAP);
            add("Secret", "", SECRET);
        }
        if !matches!(referrer, "ReplicaSet" | "PodTemplate") {
            add("ServiceAccount", "", &["serviceAccountName"]);
            add("PersistentVolumeClaim", "", &["volumes/persistentVolumeClaim/claimName"]);
            add("PriorityClass", "scheduling.k8s.io", &["priorityClassName"]);
        }
    }
    let rules: &[(&str, &str, &str)] = match referrer {
        "HorizontalPodAutoscaler" => &[
            ("Deployment", "*", "spec/scaleTargetRef/name"),
            ("ReplicationController", "*", "spec/scaleTargetRef/name"),
            ("ReplicaSet", "*", "spec/scaleTargetRef/name"),
            ("StatefulSet", "*", "spec/scaleTargetRef/name"),
        ],
        "Ingress" => &[
            ("Secret", "", "spec/tls/secretName"),
            ("Service", "", "spec/rules/http/paths/backend/service/name"),
            ("Service", "", "spec/defaultBackend/service/name"),
            ("IngressClass", "networking.k8s.io", "spec/ingressClassName"),
        ],
        "ServiceAccount" => &[("Secret", "", "imagePullSecrets/name")],
        "Role" => &[("ConfigMap", "", "rules/resourceNames"), ("Secret", "", "rules/resourceNames")],
        "ClusterRole" => &[
            ("ConfigMap", "", "rules/resourceNames"),
            ("Secret", "", "rules/resourceNames"),
            ("PersistentVolume", "", "rules/resourceNames"),
        ],
        "RoleBinding" => &[
            ("Role", "rbac.authorization.k8s.io", "roleRef/name"),
            ("ClusterRole", "rbac.authorization.k8s.io", "roleRef/name"),
            ("ServiceAccount", "", "subjects"),
        ],
        "ClusterRoleBinding" => {
            &[("ClusterRole", "rbac.authorization.k8s.io", "roleRef/name"), ("ServiceAccount", "", "subjects")]
        }
        "StatefulSet" => &[
            ("Service", "", "spec/serviceName"),
            ("StorageClass", "storage.k8s.io", "spec/volumeClaimTemplates/spec/storageClassName"),
        ],
        "PersistentVolume" => &[("StorageClass", "storage.k8s.io", "spec/storageClassName")],
        "PersistentVolumeClaim" => {
            &[("PersistentVolume", "", "spec/volumeName"), ("StorageClass", "storage.k8s.io", "spec/storageClassName")]
        }
        _ => &[],
    };
    all.extend(rules.iter().map(|(kind, group, path)| (*kind, *group, (*path).to_string())));
    all
}
