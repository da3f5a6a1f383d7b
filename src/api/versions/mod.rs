//! Group-versions of a kind beside its current one: what of them a release serves, and how an object written in one
//! becomes a current object.
//!
//! Models: `pkg/apis/*/v1beta1` (defaults, conversions), `k8s.io/api/*/zz_generated.prerelease-lifecycle.go`.
//! Left out: showing an object in an old version (it is shown in the current one), PodSecurityPolicy, alpha versions.

mod convert;

use super::kind::KindRef;
use super::kinds;
use super::release::Release;
use serde_json::{Map, Value};

/// A kind in a version that is not its current one.
pub struct Old {
    pub api_version: &'static str,
    pub kind: &'static str,
    /// The same kind today, by `apiVersion`.
    pub now: &'static str,
    /// The minor releases that serve it: from the first up to, but not with, the second.
    from: u8,
    until: u8,
    /// Since which minor release the server warns of it; 0: it does not.
    deprecated: u8,
    convert: fn(&mut Map<String, Value>),
}

const EVER: u8 = u8::MAX;

macro_rules! old {
    ($($version:literal -> $now:literal, $from:literal..$until:expr, $deprecated:literal: $($kind:literal $convert:expr),+;)*) => {
        &[$($(Old {
            api_version: $version,
            kind: $kind,
            now: $now,
            from: $from,
            until: $until,
            deprecated: $deprecated,
            convert: $convert,
        },)+)*]
    };
}

/// All of them. `Warning:` lines begin with release 1.19, whatever is deprecated before.
static ALL: &[Old] = old! {
    "autoscaling/v1" -> "autoscaling/v2", 2..EVER, 0: "HorizontalPodAutoscaler" convert::autoscaler;
    "events.k8s.io/v1" -> "v1", 19..EVER, 0: "Event" convert::event;
    "events.k8s.io/v1beta1" -> "v1", 8..25, 19: "Event" convert::event;
    "extensions/v1beta1" -> "apps/v1", 1..16, 8:
        "Deployment" convert::extensions_deployment, "DaemonSet" convert::extensions_daemon_set,
        "ReplicaSet" convert::selector_of_labels;
    "extensions/v1beta1" -> "networking.k8s.io/v1", 1..22, 14: "Ingress" convert::ingress;
    "extensions/v1beta1" -> "networking.k8s.io/v1", 3..16, 9: "NetworkPolicy" convert::same;
    "apps/v1beta1" -> "apps/v1", 5..16, 9:
        "Deployment" convert::beta1_deployment, "StatefulSet" convert::beta1_stateful_set,
        "ControllerRevision" convert::same;
    "apps/v1beta2" -> "apps/v1", 8..16, 9:
        "Deployment" convert::same, "DaemonSet" convert::same, "ReplicaSet" convert::same, "StatefulSet" convert::same,
        "ControllerRevision" convert::same;
    "batch/v1beta1" -> "batch/v1", 8..25, 21: "CronJob" convert::same;
    "networking.k8s.io/v1beta1" -> "networking.k8s.io/v1", 14..22, 19:
        "Ingress" convert::ingress, "IngressClass" convert::same;
    "policy/v1beta1" -> "policy/v1", 5..25, 21: "PodDisruptionBudget" convert::same;
    "autoscaling/v2beta1" -> "autoscaling/v2", 8..25, 22: "HorizontalPodAutoscaler" convert::autoscaler_beta1;
    "autoscaling/v2beta2" -> "autoscaling/v2", 12..26, 23: "HorizontalPodAutoscaler" convert::same;
    "rbac.authorization.k8s.io/v1beta1" -> "rbac.authorization.k8s.io/v1", 6..22, 17:
        "Role" convert::same, "RoleBinding" convert::same, "ClusterRole" convert::same,
        "ClusterRoleBinding" convert::same;
    "storage.k8s.io/v1beta1" -> "storage.k8s.io/v1", 4..22, 19:
        "StorageClass" convert::same, "CSIDriver" convert::same, "CSINode" convert::same,
        "VolumeAttachment" convert::same;
    "storage.k8s.io/v1beta1" -> "storage.k8s.io/v1", 21..27, 24: "CSIStorageCapacity" convert::same;
    "scheduling.k8s.io/v1beta1" -> "scheduling.k8s.io/v1", 11..22, 14: "PriorityClass" convert::same;
    "coordination.k8s.io/v1beta1" -> "coordination.k8s.io/v1", 12..22, 19: "Lease" convert::same;
    "certificates.k8s.io/v1beta1" -> "certificates.k8s.io/v1", 4..22, 19:
        "CertificateSigningRequest" convert::signing_request;
    "admissionregistration.k8s.io/v1beta1" -> "admissionregistration.k8s.io/v1", 9..22, 16:
        "MutatingWebhookConfiguration" convert::webhooks, "ValidatingWebhookConfiguration" convert::webhooks;
    "apiextensions.k8s.io/v1beta1" -> "apiextensions.k8s.io/v1", 7..22, 16:
        "CustomResourceDefinition" convert::definition;
    "apiregistration.k8s.io/v1beta1" -> "apiregistration.k8s.io/v1", 7..22, 19: "APIService" convert::same;
    "discovery.k8s.io/v1beta1" -> "discovery.k8s.io/v1", 17..25, 21: "EndpointSlice" convert::same;
    "node.k8s.io/v1beta1" -> "node.k8s.io/v1", 14..25, 22: "RuntimeClass" convert::same;
    "flowcontrol.apiserver.k8s.io/v1beta1" -> "flowcontrol.apiserver.k8s.io/v1", 20..26, 23:
        "FlowSchema" convert::same, "PriorityLevelConfiguration" convert::priority_level;
    "flowcontrol.apiserver.k8s.io/v1beta2" -> "flowcontrol.apiserver.k8s.io/v1", 23..29, 26:
        "FlowSchema" convert::same, "PriorityLevelConfiguration" convert::priority_level;
    "flowcontrol.apiserver.k8s.io/v1beta3" -> "flowcontrol.apiserver.k8s.io/v1", 26..32, 29:
        "FlowSchema" convert::same, "PriorityLevelConfiguration" convert::same;
};

/// What a release serves beside the current versions.
pub fn of(release: Release) -> impl Iterator<Item = &'static Old> {
    ALL.iter().filter(move |old| (old.from..old.until).contains(&release.minor))
}

/// A kind as a manifest names it; the case of `kind` does not matter to kubectl.
pub fn find(release: Release, api_version: &str, kind: &str) -> Option<&'static Old> {
    of(release)
        .find(|old| old.api_version == api_version && (old.kind == kind || old.kind.to_ascii_lowercase() == kind))
}

/// The current kind of what a user types with an old group or version: `deployments.extensions`,
/// `deployments.v1beta1.apps`.
pub fn named(release: Release, word: &str) -> Option<KindRef> {
    let word = word.to_ascii_lowercase();
    let (stem, group) = word.split_once('.')?;
    let old = of(release).filter(|old| {
        old.group() == group || group.split_once('.').is_some_and(|(version, group)| old.is(group, version))
    });
    old.filter_map(|old| kinds::of(old.now, old.kind)).find(|kind| kinds::fits(*kind, stem))
}

impl Old {
    fn is(&self, group: &str, version: &str) -> bool {
        self.api_version.split_once('/') == Some((group, version))
    }

    pub fn group(&self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Makes the manifest of an object one of the current version: its fields move, its old defaults are filled in.
    pub fn convert(&self, value: &mut Value) {
        if let Some(map) = value.as_object_mut() {
            (self.convert)(map);
            map.insert("apiVersion".into(), self.now.into());
            map.insert("kind".into(), self.kind.into());
        }
    }

    /// What the server says about a request in this version.
    pub fn warning(&self, release: Release) -> Option<String> {
        if self.deprecated == 0 || release.minor < self.deprecated.max(19) {
            return None;
        }
        Some(format!(
            "{} {} is deprecated in v1.{}+, unavailable in v1.{}+; use {} {}",
            self.api_version, self.kind, self.deprecated, self.until, self.now, self.kind
        ))
    }
}
