//! A pod that its namespace's security level forbids is refused.
//!
//! Models: `k8s.io/pod-security-admission/admission`.

use super::{Admission, Admit};
use crate::api::errors::ApiError;
use crate::api::object::Object;
use crate::api::pod_security;
use k8s_openapi::api::core::v1::PodSpec;

pub struct PodSecurity;

impl Admission for PodSecurity {
    fn admit(&self, object: &mut Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        let Some(spec) = object.try_spec::<PodSpec>().filter(|_| old.is_none()) else { return Ok(()) };
        match pod_security::complaint(cx.read, object.namespace(), "enforce", spec) {
            None => Ok(()),
            Some(words) => Err(ApiError::forbidden(object.kind.names(), object.name(), &format!("violates {words}"))),
        }
    }
}
