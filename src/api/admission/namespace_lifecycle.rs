//! Nothing is created in a namespace that does not exist or is going; the three system namespaces cannot be deleted.
//!
//! Models: `apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go`.

use super::{Admission, Admit};
use crate::api::errors::ApiError;
use crate::api::kinds;
use crate::api::object::Object;

pub struct NamespaceLifecycle;

impl Admission for NamespaceLifecycle {
    fn admit(&self, object: &mut Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        let names = object.kind.names();
        if old.is_some() || !names.namespaced {
            return Ok(());
        }
        let Some(namespace) = cx.read.get(kinds::NAMESPACE, "", object.namespace()) else {
            return Err(ApiError::not_found(kinds::NAMESPACE.names(), object.namespace()));
        };
        if namespace.deleting() {
            let why = format!(
                "unable to create new content in namespace {} because it is being terminated",
                object.namespace()
            );
            return Err(ApiError::forbidden(names, object.name(), &why));
        }
        Ok(())
    }
}
