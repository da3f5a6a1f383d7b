//! The kinds: one file each, one line here.

pub mod meta;
pub mod plain;
pub mod pod_spec;

pub mod cluster_role;
pub mod cluster_role_binding;
pub mod config_map;
pub mod controller_revision;
pub mod cron_job;
pub mod custom_resource_definition;
pub mod daemon_set;
pub mod deployment;
pub mod endpoint_slice;
pub mod endpoints;
pub mod event;
pub mod horizontal_pod_autoscaler;
pub mod ingress;
pub mod ingress_class;
pub mod job;
pub mod lease;
pub mod limit_range;
pub mod metrics;
pub mod namespace;
pub mod network_policy;
pub mod node;
pub mod persistent_volume;
pub mod persistent_volume_claim;
pub mod pod;
pub mod pod_disruption_budget;
pub mod pod_template;
pub mod priority_class;
pub mod rare;
pub mod replica_set;
pub mod replication_controller;
pub mod resource_quota;
pub mod role;
pub mod role_binding;
pub mod scale;
pub mod secret;
pub mod service;
pub mod service_account;
pub mod stateful_set;
pub mod storage_class;

use super::kind::KindRef;

pub static POD: KindRef = &pod::PodKind;
pub static NODE: KindRef = &node::NodeKind;
pub static NAMESPACE: KindRef = &namespace::NamespaceKind;
pub static DEPLOYMENT: KindRef = &deployment::DeploymentKind;
pub static REPLICA_SET: KindRef = &replica_set::ReplicaSetKind;
pub static STATEFUL_SET: KindRef = &stateful_set::StatefulSetKind;
pub static REPLICATION_CONTROLLER: KindRef = &replication_controller::ReplicationControllerKind;
pub static DAEMON_SET: KindRef = &daemon_set::DaemonSetKind;
pub static CONTROLLER_REVISION: KindRef = &controller_revision::ControllerRevisionKind;
pub static JOB: KindRef = &job::JobKind;
pub static CRON_JOB: KindRef = &cron_job::CronJobKind;
pub static POD_DISRUPTION_BUDGET: KindRef = &pod_disruption_budget::PodDisruptionBudgetKind;
pub static SERVICE: KindRef = &service::ServiceKind;
pub static ENDPOINTS: KindRef = &endpoints::EndpointsKind;
pub static ENDPOINT_SLICE: KindRef = &endpoint_slice::EndpointSliceKind;
pub static CONFIG_MAP: KindRef = &config_map::ConfigMapKind;
pub static SECRET: KindRef = &secret::SecretKind;
pub static SERVICE_ACCOUNT: KindRef = &service_account::ServiceAccountKind;
pub static ROLE: KindRef = &role::RoleKind;
pub static ROLE_BINDING: KindRef = &role_binding::RoleBindingKind;
pub static CLUSTER_ROLE: KindRef = &cluster_role::ClusterRoleKind;
pub static CLUSTER_ROLE_BINDING: KindRef = &cluster_role_binding::ClusterRoleBindingKind;
pub static PRIORITY_CLASS: KindRef = &priority_class::PriorityClassKind;
pub static EVENT: KindRef = &event::EventKind;
pub static LEASE: KindRef = &lease::LeaseKind;
pub static PERSISTENT_VOLUME: KindRef = &persistent_volume::PersistentVolumeKind;
pub static PERSISTENT_VOLUME_CLAIM: KindRef = &persistent_volume_claim::PersistentVolumeClaimKind;
pub static RESOURCE_QUOTA: KindRef = &resource_quota::ResourceQuotaKind;
pub static LIMIT_RANGE: KindRef = &limit_range::LimitRangeKind;
pub static STORAGE_CLASS: KindRef = &storage_class::StorageClassKind;
pub static INGRESS: KindRef = &ingress::IngressKind;
pub static INGRESS_CLASS: KindRef = &ingress_class::IngressClassKind;
pub static NETWORK_POLICY: KindRef = &network_policy::NetworkPolicyKind;
pub static IP_ADDRESS: KindRef = &rare::IP_ADDRESS;
pub static API_SERVICE: KindRef = &rare::API_SERVICE;
pub static NODE_METRICS: KindRef = &metrics::NODES;
pub static POD_METRICS: KindRef = &metrics::PODS;

/// What a metrics server serves while it runs.
pub static MEASURED: &[KindRef] = &[&metrics::NODES, &metrics::PODS];

/// Every kind. Where two have a name in common, the first is meant by it.
pub static ALL: &[KindRef] = &[
    &pod::PodKind,
    &node::NodeKind,
    &namespace::NamespaceKind,
    &deployment::DeploymentKind,
    &replica_set::ReplicaSetKind,
    &stateful_set::StatefulSetKind,
    &replication_controller::ReplicationControllerKind,
    &daemon_set::DaemonSetKind,
    &controller_revision::ControllerRevisionKind,
    &job::JobKind,
    &cron_job::CronJobKind,
    &pod_disruption_budget::PodDisruptionBudgetKind,
    &horizontal_pod_autoscaler::HorizontalPodAutoscalerKind,
    &service::ServiceKind,
    &endpoints::EndpointsKind,
    &endpoint_slice::EndpointSliceKind,
    &config_map::ConfigMapKind,
    &secret::SecretKind,
    &service_account::ServiceAccountKind,
    &event::EventKind,
    &lease::LeaseKind,
    &cluster_role_binding::ClusterRoleBindingKind,
    &cluster_role::ClusterRoleKind,
    &role_binding::RoleBindingKind,
    &role::RoleKind,
    &priority_class::PriorityClassKind,
    &persistent_volume::PersistentVolumeKind,
    &persistent_volume_claim::PersistentVolumeClaimKind,
    &storage_class::StorageClassKind,
    &resource_quota::ResourceQuotaKind,
    &limit_range::LimitRangeKind,
    &ingress::IngressKind,
    &ingress_class::IngressClassKind,
    &network_policy::NetworkPolicyKind,
    &pod_template::PodTemplateKind,
    &rare::BINDING,
    &rare::COMPONENT_STATUS,
    &rare::MUTATING_POLICY,
    &rare::MUTATING_BINDING,
    &rare::MUTATING_WEBHOOK,
    &rare::VALIDATING_POLICY,
    &rare::VALIDATING_BINDING,
    &rare::VALIDATING_WEBHOOK,
    &rare::API_SERVICE,
    &rare::SELF_REVIEW,
    &rare::TOKEN_REVIEW,
    &rare::LOCAL_ACCESS_REVIEW,
    &rare::SELF_ACCESS_REVIEW,
    &rare::SELF_RULES_REVIEW,
    &rare::ACCESS_REVIEW,
    &rare::SIGNING_REQUEST,
    &rare::FLOW_SCHEMA,
    &rare::PRIORITY_LEVEL,
    &rare::IP_ADDRESS,
    &rare::SERVICE_CIDR,
    &rare::RUNTIME_CLASS,
    &rare::DEVICE_CLASS,
    &rare::RESOURCE_CLAIM,
    &rare::CLAIM_TEMPLATE,
    &rare::RESOURCE_SLICE,
    &rare::CSI_DRIVER,
    &rare::CSI_NODE,
    &rare::CSI_CAPACITY,
    &rare::VOLUME_ATTACHMENT,
    &rare::ATTRIBUTES_CLASS,
    &custom_resource_definition::CustomResourceDefinitionKind,
];

/// A built-in kind by what a user may type; see [`fits`]. `Reader::find` knows the custom ones too.
pub fn find(word: &str) -> Option<KindRef> {
    ALL.iter().copied().find(|kind| fits(*kind, word))
}

/// Whether a kind is meant: plural, singular, short name, kind (any case), each with or without `.group` or `.version.group`.
pub fn fits(kind: KindRef, word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let names = kind.names();
    let (stem, group) = word.split_once('.').unwrap_or((&word, ""));
    let stem_fits = stem == names.plural
        || stem == names.singular
        || names.short.contains(&stem)
        || stem == names.kind.to_ascii_lowercase();
    let versioned = format!("{}.{}", names.version, names.group);
    stem_fits && (group.is_empty() || group == names.group || group == versioned.trim_end_matches('.'))
}

/// A built-in kind by `apiVersion` and `kind` of a manifest. `Reader::kind_of` knows the custom ones too.
pub fn of(api_version: &str, kind: &str) -> Option<KindRef> {
    ALL.iter().copied().find(|k| k.names().kind == kind && k.names().api_version() == api_version)
}
