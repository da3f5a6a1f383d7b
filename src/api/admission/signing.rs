//! A request for a certificate names its author, and must be one.
//!
//! Models: `pkg/registry/certificates/certificates/strategy.go`, `plugin/pkg/admission/certificates/subjectrestriction`.

use super::{Admission, Admit};
use crate::api::errors::{ApiError, FieldErrors};
use crate::api::object::Object;
use crate::api::signing;

pub struct SigningRequests;

impl Admission for SigningRequests {
    fn admit(&self, object: &mut Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        let names = object.kind.names();
        if names.plural != "certificatesigningrequests" || old.is_some() {
            return Ok(());
        }
        let groups = signing::subject(object).unwrap_or_default();
        let client = crate::api::kinds::plain::text(object, &["spec", "signerName"]) == signing::CLIENT;
        if client && groups.iter().any(|(name, value)| *name == "O" && value == "system:masters") {
            let why = "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed";
            return Err(ApiError::forbidden(names, object.name(), why));
        }
        let mut errors = FieldErrors::default();
        signing::validate(object, &mut errors);
        if !errors.is_empty() {
            return Err(ApiError::invalid(names, object.name(), errors));
        }
        signing::stamp(object, cx.user);
        Ok(())
    }
}
