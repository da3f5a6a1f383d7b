//! The controllers: one file each, one line here. The order is the order in which they see a change.

mod api_service;
mod attach_detach;
mod cluster_autoscaler;
mod cluster_role_aggregation;
mod coredns;
mod crd_finalizer;
mod crd_naming;
mod cron_job;
mod daemon_set;
pub mod deployment;
mod disruption;
mod endpoint_slice;
mod endpoint_slice_mirroring;
mod endpoints;
mod ephemeral_volume;
mod event_expiry;
mod garbage_collector;
mod horizontal_pod_autoscaler;
pub mod job;
pub mod kube_proxy;
mod kubelet;
mod leader_election;
pub mod load;
mod metrics_server;
mod namespace;
mod node_lifecycle;
mod persistent_volume;
mod pod_garbage_collector;
pub mod replica_set;
mod resource_quota;
mod service_account;
mod signer;
mod stateful_set;
mod taint_eviction;
mod token;
mod ttl_after_finished;
mod volume_expand;
mod volume_protection;

use super::Controller;

pub static ALL: &[&dyn Controller] = &[
    &service_account::ServiceAccounts,
    &cluster_role_aggregation::ClusterRoleAggregation,
    &token::Tokens,
    &signer::Signer,
    &deployment::Deployments,
    &replica_set::REPLICA_SETS,
    &replica_set::REPLICATION_CONTROLLERS,
    &stateful_set::StatefulSets,
    &daemon_set::DaemonSets,
    &job::Jobs,
    &cron_job::CronJobs,
    &ttl_after_finished::TtlAfterFinished,
    &disruption::Disruption,
    &cluster_autoscaler::ClusterAutoscaler,
    &horizontal_pod_autoscaler::HorizontalPodAutoscalers,
    &garbage_collector::GarbageCollector,
    &namespace::Namespaces,
    &endpoint_slice::EndpointSlices,
    &endpoints::EndpointsController,
    &endpoint_slice_mirroring::Mirroring,
    &node_lifecycle::NodeLifecycle,
    &taint_eviction::TaintEviction,
    &pod_garbage_collector::PodGarbageCollector,
    &resource_quota::ResourceQuotas,
    &persistent_volume::PersistentVolumes,
    &volume_protection::ClaimProtection,
    &volume_protection::VolumeProtection,
    &volume_expand::VolumeExpand,
    &attach_detach::AttachDetach,
    &ephemeral_volume::EphemeralVolumes,
    &api_service::ApiServices,
    &metrics_server::MetricsServers,
    &load::Loads,
    &leader_election::LeaderElection("kube-scheduler"),
    &leader_election::LeaderElection("kube-controller-manager"),
    &event_expiry::EventExpiry,
    &crd_naming::CrdNaming,
    &crd_finalizer::CrdFinalizer,
    &super::scheduler::Scheduler,
    &kubelet::Kubelet,
    &kube_proxy::KubeProxy,
    &coredns::CoreDns,
];
