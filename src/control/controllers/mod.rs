//! The controllers: one file each, one line here. The order is the order in which they see a change.

mod coredns;
pub mod deployment;
pub mod kube_proxy;
pub mod replica_set;
mod service_account;

use super::Controller;

pub static ALL: &[&dyn Controller] = &[
    &service_account::ServiceAccounts,
    &deployment::Deployments,
    &replica_set::ReplicaSets,
    &super::scheduler::Scheduler,
    &kube_proxy::KubeProxy,
    &coredns::CoreDns,
];
