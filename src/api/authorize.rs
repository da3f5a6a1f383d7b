//! Who may do what. Until the cluster has roles, the administrator and the cluster's own components may do everything and
//! nobody else anything: what a fresh cluster with RBAC answers.
//!
//! Models: `apiserver/pkg/endpoints/handlers/responsewriters/errors.go`, `plugin/pkg/auth/authorizer/rbac`.
//! Left out: roles and bindings, discovery rules for everybody.

use super::errors::{ApiError, Reason};
use super::kind::Names;
use super::user::{self, User};

/// Checks a request. `name` is empty for a list or a create.
///
/// # Errors
/// Forbidden, in the server's words.
pub fn check(user: &User, verb: &str, names: &Names, namespace: &str, name: &str) -> Result<(), ApiError> {
    if user.component || user.is_in(user::MASTERS) {
        return Ok(());
    }
    let resource = names.resource;
    let subject = if name.is_empty() { resource.to_string() } else { format!("{resource} \"{name}\"") };
    let scope = match (names.namespaced, names.resource) {
        (true, _) if namespace.is_empty() => "at the cluster scope".into(),
        (true, _) => format!("in the namespace \"{namespace}\""),
        (false, "namespaces") if !name.is_empty() => format!("in the namespace \"{name}\""),
        _ => "at the cluster scope".into(),
    };
    let (plural, group) = (names.plural, names.group);
    let user = &user.name;
    Err(ApiError::new(
        Reason::Forbidden,
        format!(
            "{subject} is forbidden: User \"{user}\" cannot {verb} resource \"{plural}\" in API group \"{group}\" {scope}"
        ),
    ))
}
