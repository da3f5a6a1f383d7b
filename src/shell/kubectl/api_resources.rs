//! `kubectl api-resources`, and the order in which the server lists its resources.
//!
//! Models: `kubectl/pkg/cmd/apiresources`.

use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb};
use crate::api::KindRef;
use crate::base::table::{GET, tabulate};

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

/// Group, version and kind of a resource as typed, for what only needs a name (`explain`).
pub fn kind_of(word: &str) -> Option<(&'static str, &'static str)> {
    let row = SERVED.iter().find(|row| {
        row.0 == word
            || row.4.eq_ignore_ascii_case(word)
            || row.1.split(',').any(|short| !short.is_empty() && short == word)
    })?;
    Some((row.2, row.4))
}

/// Every group and version, sorted, without those that only hold other versions of served kinds.
fn versions() -> Vec<&'static str> {
    let mut all: Vec<&str> = SERVED.iter().map(|row| row.2).chain(["autoscaling/v1"]).collect();
    all.sort_unstable();
    all.dedup();
    all
}

pub struct ApiVersions;

static VERSIONS: Spec = Spec {
    name: "api-versions",
    group: Group::Other,
    short: "Print the supported API versions on the server, in the form of \"group/version\"",
    long: "Print the supported API versions on the server, in the form of \"group/version\".",
    examples: "# Print the supported API versions\nkubectl api-versions",
    usage: "",
    ..Spec::EMPTY
};

impl Verb for ApiVersions {
    fn spec(&self) -> &'static Spec {
        &VERSIONS
    }

    fn run(&self, _args: &Args, cx: &mut Cx<'_>) -> Outcome {
        versions().into_iter().for_each(|version| cx.line(version));
        Ok(Flow::Done)
    }
}

pub struct ApiResources;

static RESOURCE_FLAGS: &[Flag] = &[
    Flag::text("api-group", "", "Limit to resources in the specified API group."),
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
    Flag::text("sort-by", "", "If non-empty, sort list of resources using specified field. One of (name, kind)."),
];

static RESOURCES: Spec = Spec {
    name: "api-resources",
    group: Group::Other,
    short: "Print the supported API resources on the server",
    long: "Print the supported API resources on the server.",
    examples: "# Print the supported API resources\nkubectl api-resources\n\n# Print the supported namespaced resources\nkubectl api-resources --namespaced=true",
    usage: "[flags]",
    flags: &[RESOURCE_FLAGS],
    ..Spec::EMPTY
};

impl Verb for ApiResources {
    fn spec(&self) -> &'static Spec {
        &RESOURCES
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let output = args.text("output");
        if !matches!(output, "" | "name" | "wide") {
            return Err(Failure::error(format!("--output {output} is left out here; use name")));
        }
        let group_of = |version: &'static str| version.split_once('/').map_or("", |(group, _)| group);
        let mut rows: Vec<_> = SERVED
            .iter()
            .filter(|row| args.given("api-group").is_none_or(|group| group_of(row.2) == group))
            .filter(|row| args.given("namespaced").is_none() || row.3 == args.bool("namespaced"))
            .collect();
        match args.text("sort-by") {
            "" => {}
            "name" => rows.sort_by_key(|row| row.0),
            "kind" => rows.sort_by_key(|row| row.4),
            _ => return Err(Failure::error("--sort-by accepts only name or kind")),
        }
        if output == "name" {
            for row in rows {
                let group = group_of(row.2);
                cx.line(if group.is_empty() { row.0.to_string() } else { format!("{}.{group}", row.0) });
            }
            return Ok(Flow::Done);
        }
        let mut text = String::new();
        if !args.bool("no-headers") {
            text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND\n");
        }
        for row in rows {
            text.push_str(&format!("{}\t{}\t{}\t{}\t{}\n", row.0, row.1, row.2, row.3, row.4));
        }
        cx.out(tabulate(&text, GET));
        Ok(Flow::Done)
    }
}
