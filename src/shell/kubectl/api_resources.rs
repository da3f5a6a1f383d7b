//! `kubectl api-resources`, and the order in which the server lists its resources.
//!
//! Models: `kubectl/pkg/cmd/apiresources`.

use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb};
use crate::api::KindRef;
use crate::base::table::TabWriter;

/// Plural, short names, group and version, namespaced, kind: all that the server serves.
static SERVED: &[(&str, &str, &str, bool, &str)] = &[
    ("bindings", "", "v1", true, "Binding"),
    ("componentstatuses", "cs", "v1", false, "ComponentStatus"),
    ("configmaps", "cm", "v1", true, "ConfigMap"),
    ("endpoints", "ep", "v1", true, "Endpoints"),
    ("events", "ev", "v1", true, "Event"),
    ("limitranges", "limits", "v1", true, "LimitRange"),
    ("namespaces", "ns", "v1", false, "Namespace"),
    ("nodes", "no", "v1", false, "Node"),
    ("persistentvolumeclaims", "pvc", "v1", true, "PersistentVolumeClaim"),
    ("persistentvolumes", "pv", "v1", false, "PersistentVolume"),
    ("pods", "po", "v1", true, "Pod"),
    ("podtemplates", "", "v1", true, "PodTemplate"),
    ("replicationcontrollers", "rc", "v1", true, "ReplicationController"),
    ("resourcequotas", "quota", "v1", true, "ResourceQuota"),
    ("secrets", "", "v1", true, "Secret"),
    ("serviceaccounts", "sa", "v1", true, "ServiceAccount"),
    ("services", "svc", "v1", true, "Service"),
    ("mutatingadmissionpolicies", "", "admissionregistration.k8s.io/v1", false, "MutatingAdmissionPolicy"),
    ("mutatingadmissionpolicybindings", "", "admissionregistration.k8s.io/v1", false, "MutatingAdmissionPolicyBinding"),
    ("mutatingwebhookconfigurations", "", "admissionregistration.k8s.io/v1", false, "MutatingWebhookConfiguration"),
    ("validatingadmissionpolicies", "", "admissionregistration.k8s.io/v1", false, "ValidatingAdmissionPolicy"),
    (
        "validatingadmissionpolicybindings",
        "",
        "admissionregistration.k8s.io/v1",
        false,
        "ValidatingAdmissionPolicyBinding",
    ),
    ("validatingwebhookconfigurations", "", "admissionregistration.k8s.io/v1", false, "ValidatingWebhookConfiguration"),
    ("customresourcedefinitions", "crd,crds", "apiextensions.k8s.io/v1", false, "CustomResourceDefinition"),
    ("apiservices", "", "apiregistration.k8s.io/v1", false, "APIService"),
    ("controllerrevisions", "", "apps/v1", true, "ControllerRevision"),
    ("daemonsets", "ds", "apps/v1", true, "DaemonSet"),
    ("deployments", "deploy", "apps/v1", true, "Deployment"),
    ("replicasets", "rs", "apps/v1", true, "ReplicaSet"),
    ("statefulsets", "sts", "apps/v1", true, "StatefulSet"),
    ("selfsubjectreviews", "", "authentication.k8s.io/v1", false, "SelfSubjectReview"),
    ("tokenreviews", "", "authentication.k8s.io/v1", false, "TokenReview"),
    ("localsubjectaccessreviews", "", "authorization.k8s.io/v1", true, "LocalSubjectAccessReview"),
    ("selfsubjectaccessreviews", "", "authorization.k8s.io/v1", false, "SelfSubjectAccessReview"),
    ("selfsubjectrulesreviews", "", "authorization.k8s.io/v1", false, "SelfSubjectRulesReview"),
    ("subjectaccessreviews", "", "authorization.k8s.io/v1", false, "SubjectAccessReview"),
    ("horizontalpodautoscalers", "hpa", "autoscaling/v2", true, "HorizontalPodAutoscaler"),
    ("cronjobs", "cj", "batch/v1", true, "CronJob"),
    ("jobs", "", "batch/v1", true, "Job"),
    ("certificatesigningrequests", "csr", "certificates.k8s.io/v1", false, "CertificateSigningRequest"),
    ("leases", "", "coordination.k8s.io/v1", true, "Lease"),
    ("endpointslices", "", "discovery.k8s.io/v1", true, "EndpointSlice"),
    ("events", "ev", "events.k8s.io/v1", true, "Event"),
    ("flowschemas", "", "flowcontrol.apiserver.k8s.io/v1", false, "FlowSchema"),
    ("prioritylevelconfigurations", "", "flowcontrol.apiserver.k8s.io/v1", false, "PriorityLevelConfiguration"),
    ("ingressclasses", "", "networking.k8s.io/v1", false, "IngressClass"),
    ("ingresses", "ing", "networking.k8s.io/v1", true, "Ingress"),
    ("ipaddresses", "ip", "networking.k8s.io/v1", false, "IPAddress"),
    ("networkpolicies", "netpol", "networking.k8s.io/v1", true, "NetworkPolicy"),
    ("servicecidrs", "", "networking.k8s.io/v1", false, "ServiceCIDR"),
    ("runtimeclasses", "", "node.k8s.io/v1", false, "RuntimeClass"),
    ("poddisruptionbudgets", "pdb", "policy/v1", true, "PodDisruptionBudget"),
    ("clusterrolebindings", "", "rbac.authorization.k8s.io/v1", false, "ClusterRoleBinding"),
    ("clusterroles", "", "rbac.authorization.k8s.io/v1", false, "ClusterRole"),
    ("rolebindings", "", "rbac.authorization.k8s.io/v1", true, "RoleBinding"),
    ("roles", "", "rbac.authorization.k8s.io/v1", true, "Role"),
    ("deviceclasses", "", "resource.k8s.io/v1", false, "DeviceClass"),
    ("resourceclaims", "", "resource.k8s.io/v1", true, "ResourceClaim"),
    ("resourceclaimtemplates", "", "resource.k8s.io/v1", true, "ResourceClaimTemplate"),
    ("resourceslices", "", "resource.k8s.io/v1", false, "ResourceSlice"),
    ("priorityclasses", "pc", "scheduling.k8s.io/v1", false, "PriorityClass"),
    ("csidrivers", "", "storage.k8s.io/v1", false, "CSIDriver"),
    ("csinodes", "", "storage.k8s.io/v1", false, "CSINode"),
    ("csistoragecapacities", "", "storage.k8s.io/v1", true, "CSIStorageCapacity"),
    ("storageclasses", "sc", "storage.k8s.io/v1", false, "StorageClass"),
    ("volumeattachments", "", "storage.k8s.io/v1", false, "VolumeAttachment"),
    ("volumeattributesclasses", "vac", "storage.k8s.io/v1", false, "VolumeAttributesClass"),
];

/// Where a kind stands in the server's list.
pub fn place(kind: KindRef) -> usize {
    let names = kind.names();
    let version = names.api_version();
    SERVED.iter().position(|row| row.0 == names.plural && row.2 == version).unwrap_or(SERVED.len())
}

/// Whether the real server knows a kind of this name, by `apiVersion` and `kind` of a manifest.
pub fn served(api_version: &str, kind: &str) -> bool {
    SERVED.iter().any(|row| row.2 == api_version && row.4 == kind)
}

/// Kind and `apiVersion` of a resource that the real server knows: plural, singular or short name.
pub fn served_as(word: &str) -> Option<(&'static str, &'static str)> {
    let word = word.to_ascii_lowercase();
    SERVED
        .iter()
        .find(|row| {
            row.0 == word || row.4.to_ascii_lowercase() == word || row.1.split(',').any(|s| s == word && !s.is_empty())
        })
        .map(|row| (row.4, row.2))
}

/// Plural and group of a resource as typed: plural, singular or short name, with a group or without.
pub fn find(word: &str, group: &str) -> Option<(&'static str, &'static str)> {
    let group_of = |version: &'static str| version.split_once('/').map_or("", |(group, _)| group);
    SERVED
        .iter()
        .find(|row| {
            let named =
                row.0 == word || row.4.eq_ignore_ascii_case(word) || row.1.split(',').any(|short| short == word);
            named && !word.is_empty() && (group.is_empty() || group_of(row.2) == group)
        })
        .map(|row| (row.0, group_of(row.2)))
}

/// Whether a resource that the server knows lives in namespaces.
pub fn namespaced(plural: &str, group: &str) -> bool {
    let row = SERVED.iter().find(|row| row.0 == plural && row.2.split_once('/').map_or("", |(g, _)| g) == group);
    row.is_none_or(|row| row.3)
}

/// `apiVersion` and kind of a resource as typed.
pub fn kind_of(word: &str) -> Option<(&'static str, &'static str)> {
    let (plural, group) = find(word, "")?;
    let row = SERVED.iter().find(|row| row.0 == plural && row.2.split_once('/').map_or("", |(g, _)| g) == group)?;
    Some((row.2, row.4))
}

/// What can be done with a resource.
fn verbs(plural: &str, version: &str) -> &'static str {
    match plural {
        "bindings" | "tokenreviews" => "create",
        "componentstatuses" => "get,list",
        _ if version.starts_with("authentication.") || version.starts_with("authorization.") => "create",
        "namespaces" => "create,delete,get,list,patch,update,watch",
        "podtemplates" | "controllerrevisions" => "create,delete,deletecollection,get,list,patch,update,watch",
        _ => "create,delete,deletecollection,get,list,patch,update,watch",
    }
}

fn categories(plural: &str, version: &str) -> &'static str {
    match (plural, version.split('/').next().unwrap_or("")) {
        ("pods" | "replicationcontrollers" | "services", "v1") => "all",
        ("daemonsets" | "deployments" | "replicasets" | "statefulsets", "apps") => "all",
        ("horizontalpodautoscalers", _) | ("cronjobs" | "jobs", "batch") => "all",
        (_, "admissionregistration.k8s.io") | ("customresourcedefinitions" | "apiservices", _) => "api-extensions",
        _ => "",
    }
}

pub struct ApiResources;
pub struct ApiVersions;

static FLAGS: &[Flag] = &[
    Flag::text("api-group", "", "Limit to resources in the specified API group."),
    Flag::bool("cached", "Use the cached list of resources if available."),
    Flag::list("categories", "Limit to resources that belong to the specified categories."),
    Flag::bool(
        "namespaced",
        "If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.",
    )
    .on(),
    Flag::bool(
        "no-headers",
        "When using the default or custom-column output format, don't print headers (default print headers).",
    ),
    Flag::text("output", "", "Output format. One of: (json, yaml, name, wide).").short('o'),
    Flag::text(
        "sort-by",
        "",
        "If non-empty, sort list of resources using specified field. The field can be either 'name' or 'kind'.",
    ),
    Flag::list("verbs", "Limit to resources that support the specified verbs."),
];

static SPEC: Spec = Spec {
    name: "api-resources",
    group: Group::Other,
    short: "Print the supported API resources on the server",
    examples: "# Print the supported API resources
kubectl api-resources

# Print the supported API resources with more information
kubectl api-resources -o wide

# Print the supported namespaced resources
kubectl api-resources --namespaced=true",
    usage: "[flags]",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

impl Verb for ApiResources {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !args.words.is_empty() {
            return Err(Failure::usage(&args.path, format!("unexpected arguments: [{}]", args.words.join(" "))));
        }
        let output = args.text("output");
        if !["", "wide", "name"].contains(&output) {
            return Err(Failure::error(format!("--output {output} is not available")));
        }
        let wanted = args.all("verbs");
        let kinds_of = args.all("categories");
        let mut rows: Vec<_> = SERVED
            .iter()
            .filter(|row| !args.has("namespaced") || row.3 == args.bool("namespaced"))
            .filter(|row| {
                let group = row.2.split_once('/').map_or("", |(group, _)| group);
                !args.has("api-group") || group == args.text("api-group")
            })
            .filter(|row| wanted.iter().all(|verb| verbs(row.0, row.2).split(',').any(|v| v == verb)))
            .filter(|row| kinds_of.iter().all(|category| categories(row.0, row.2) == category))
            .collect();
        match args.text("sort-by") {
            "" => {}
            "name" => rows.sort_by_key(|row| row.0),
            "kind" => rows.sort_by_key(|row| row.4),
            _ => return Err(Failure::error("--sort-by accepts only name or kind")),
        }
        if output == "name" {
            for row in rows {
                let group = row.2.split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
                cx.line(format_args!("{}{group}", row.0));
            }
            return Ok(Flow::Done);
        }
        let wide = output == "wide";
        let mut lines: Vec<Vec<String>> = vec![];
        if !args.bool("no-headers") {
            let mut titles = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
            if wide {
                titles.extend(["VERBS", "CATEGORIES"]);
            }
            lines.push(titles.into_iter().map(String::from).collect());
        }
        for row in rows {
            let namespaced = row.3.to_string();
            let mut cells = vec![row.0, row.1, row.2, &namespaced, row.4];
            if wide {
                cells.extend([verbs(row.0, row.2), categories(row.0, row.2)]);
            }
            lines.push(cells.into_iter().map(String::from).collect());
        }
        let text = TabWriter::table().rows(&lines);
        cx.out(text);
        Ok(Flow::Done)
    }
}

static VERSIONS: Spec = Spec {
    name: "api-versions",
    group: Group::Other,
    short: "Print the supported API versions on the server, in the form of \"group/version\"",
    examples: "# Print the supported API versions
kubectl api-versions",
    ..Spec::EMPTY
};

impl Verb for ApiVersions {
    fn spec(&self) -> &'static Spec {
        &VERSIONS
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !args.words.is_empty() {
            return Err(Failure::usage(&args.path, format!("unexpected arguments: [{}]", args.words.join(" "))));
        }
        let mut versions: Vec<&str> = SERVED.iter().map(|row| row.2).collect();
        versions.push("autoscaling/v1");
        versions.sort_unstable();
        versions.dedup();
        for version in versions {
            cx.line(version);
        }
        Ok(Flow::Done)
    }
}

/// The versions of a group, the preferred one first.
pub fn versions(group: &str) -> Vec<String> {
    let mut all: Vec<String> = SERVED
        .iter()
        .filter_map(|row| row.2.split_once('/').filter(|(g, _)| *g == group).map(|(_, version)| version.to_string()))
        .collect();
    if group == "autoscaling" {
        all.push("v1".into());
    }
    all.dedup();
    all
}
