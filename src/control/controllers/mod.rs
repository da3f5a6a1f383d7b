//! The controllers: one file each, one line here. The order is the order in which they see a change.

mod coredns;
pub mod kube_proxy;
mod service_account;

use super::Controller;

pub static ALL: &[&dyn Controller] = &[&service_account::ServiceAccounts, &kube_proxy::KubeProxy, &coredns::CoreDns];
