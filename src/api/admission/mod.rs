//! Admission: the steps between a well-formed request and the store, in order.
//!
//! Models: `apiserver/pkg/admission`, `plugin/pkg/admission`.
//! Left out: webhooks.

mod default_ingress_class;
mod default_tolerations;
mod limit_ranger;
mod namespace_lifecycle;
mod pod_security;
mod priority;
pub mod resource_quota;
mod service_account;
mod service_address;
mod signing;
pub mod storage;

use super::errors::ApiError;
use super::object::Object;
use super::server::Reader;
use super::user::User;
use crate::base::rng::Rng;
use crate::time::Time;

/// What a step may look at.
pub struct Admit<'a> {
    pub read: Reader<'a>,
    pub rng: &'a mut Rng,
    pub user: &'a User,
    pub now: Time,
}

pub trait Admission: Sync {
    /// Changes or refuses an object about to be stored; `old` is what it replaces.
    ///
    /// # Errors
    /// What the client gets.
    fn admit(&self, _object: &mut Object, _old: Option<&Object>, _cx: &mut Admit<'_>) -> Result<(), ApiError> {
        Ok(())
    }

    /// Refuses an object that is valid; it can no longer be changed.
    ///
    /// # Errors
    /// What the client gets.
    fn check(&self, _object: &Object, _old: Option<&Object>, _cx: &mut Admit<'_>) -> Result<(), ApiError> {
        Ok(())
    }
}

pub static ALL: &[&dyn Admission] = &[
    &namespace_lifecycle::NamespaceLifecycle,
    &limit_ranger::LimitRanger,
    &service_account::ServiceAccounts,
    &priority::Priority,
    &default_tolerations::DefaultTolerations,
    &default_ingress_class::DefaultIngressClass,
    &service_address::ServiceAddress,
    &signing::SigningRequests,
    &storage::InUseProtection,
    &storage::DefaultStorageClass,
    &storage::ClaimResize,
    &pod_security::PodSecurity,
];
