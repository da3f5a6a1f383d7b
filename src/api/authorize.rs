//! Who may do what: the members of system:masters and the cluster's own components everything, everybody else what roles
//! bound to them allow.
//!
//! Models: `apiserver/pkg/endpoints/handlers/responsewriters/errors.go`, `plugin/pkg/auth/authorizer/rbac`.
//! Left out: the Node authorizer's graph (a user of system:nodes that is not the node's kubelet has no rights).

use super::errors::{ApiError, Reason};
use super::kind::Names;
use super::rbac;
use super::server::Reader;
use super::user::{self, User};

/// A request, as authorization sees it. Empty is absent; a `path` makes it one that is about no resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask<'a> {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `bind`, `impersonate`, ...
    pub verb: &'a str,
    pub group: &'a str,
    /// Plural: `pods`.
    pub resource: &'a str,
    /// `log`, `exec`, `scale`, `status`.
    pub sub: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    /// `/healthz`
    pub path: &'a str,
}

impl<'a> Ask<'a> {
    /// About an object of a kind, or, without a name, about all of them.
    pub fn of(names: &'a Names, verb: &'a str, namespace: &'a str, name: &'a str) -> Ask<'a> {
        let namespace = match (names.namespaced, names.resource) {
            (true, _) => namespace,
            (false, "namespaces") => name,
            _ => "",
        };
        Ask { verb, group: names.group, resource: names.plural, namespace, name, ..Ask::default() }
    }

    pub fn sub(self, sub: &'a str) -> Ask<'a> {
        Ask { sub, ..self }
    }
}

/// The answer, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub allowed: bool,
    /// `RBAC: role.rbac.authorization.k8s.io "x" not found`; mostly empty.
    pub reason: String,
}

/// Whether a user may.
pub fn decide(user: &User, ask: &Ask<'_>, read: Reader<'_>) -> Verdict {
    if user.component || user.is_in(user::MASTERS) {
        return Verdict { allowed: true, reason: String::new() };
    }
    let (mut allowed, mut missing) = (false, vec![]);
    rbac::visit(user, ask.namespace, read, &mut |found| {
        match found {
            Ok(rule) => allowed = rbac::rules::allows(rule, ask),
            Err(error) => missing.push(error),
        }
        !allowed
    });
    let reason =
        if allowed || missing.is_empty() { String::new() } else { format!("RBAC: {}", rbac::aggregate(&missing)) };
    Verdict { allowed, reason }
}

/// Checks a request.
///
/// # Errors
/// Forbidden, in the server's words.
pub fn check(user: &User, ask: &Ask<'_>, read: Reader<'_>) -> Result<(), ApiError> {
    let verdict = decide(user, ask, read);
    if verdict.allowed {
        return Ok(());
    }
    Err(ApiError::new(Reason::Forbidden, message(user, ask, &verdict.reason)))
}

fn message(user: &User, ask: &Ask<'_>, reason: &str) -> String {
    let Ask { verb, group, resource, sub, namespace, name, path } = *ask;
    let user = &user.name;
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    if !path.is_empty() {
        return format!("forbidden: User \"{user}\" cannot {verb} path \"{path}\"{reason}");
    }
    let mut subject = if group.is_empty() { resource.to_string() } else { format!("{resource}.{group}") };
    if !name.is_empty() {
        subject += &format!(" \"{name}\"");
    }
    let full = if sub.is_empty() { resource.to_string() } else { format!("{resource}/{sub}") };
    let scope = match namespace {
        "" => "at the cluster scope".to_string(),
        namespace => format!("in the namespace \"{namespace}\""),
    };
    format!(
        "{subject} is forbidden: User \"{user}\" cannot {verb} resource \"{full}\" in API group \"{group}\" {scope}{reason}"
    )
}
