//! Roles and bindings: which rules apply to a user.
//!
//! Models: `pkg/registry/rbac/validation/rule.go`, `plugin/pkg/auth/authorizer/rbac`.

pub mod escalation;
pub mod rules;

use super::kinds;
use super::object::Object;
use super::server::Reader;
use super::user::User;
use k8s_openapi::api::rbac::v1::{
    AggregationRule, ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};

pub const GROUP: &str = "rbac.authorization.k8s.io";

/// The rules of a Role or a ClusterRole.
pub fn rules_of(role: &Object) -> &[PolicyRule] {
    let rules = match role.try_spec::<Role>() {
        Some(role) => role.rules.as_ref(),
        None => role.try_spec::<ClusterRole>().and_then(|role| role.rules.as_ref()),
    };
    rules.map_or(&[], Vec::as_slice)
}

/// The API groups that an author of a binding may leave out.
pub fn fill(role: &mut RoleRef, subjects: Option<&mut Vec<Subject>>) {
    if role.api_group.as_deref().unwrap_or("").is_empty() {
        role.api_group = Some(GROUP.into());
    }
    for subject in subjects.into_iter().flatten() {
        let person = matches!(subject.kind.as_str(), "User" | "Group");
        if person && subject.api_group.as_deref().unwrap_or("").is_empty() {
            subject.api_group = Some(GROUP.into());
        }
    }
}

/// What a ClusterRole gathers its rules from.
pub fn aggregation(role: &Object) -> Option<&AggregationRule> {
    role.try_spec::<ClusterRole>()?.aggregation_rule.as_ref()
}

/// The subjects of a RoleBinding or a ClusterRoleBinding.
pub fn subjects(binding: &Object) -> &[Subject] {
    let subjects = match binding.try_spec::<RoleBinding>() {
        Some(binding) => binding.subjects.as_ref(),
        None => binding.try_spec::<ClusterRoleBinding>().and_then(|binding| binding.subjects.as_ref()),
    };
    subjects.map_or(&[], Vec::as_slice)
}

/// The role that a RoleBinding or a ClusterRoleBinding gives.
pub fn role_ref(binding: &Object) -> Option<&RoleRef> {
    match binding.try_spec::<RoleBinding>() {
        Some(binding) => Some(&binding.role_ref),
        None => binding.try_spec::<ClusterRoleBinding>().map(|binding| &binding.role_ref),
    }
}

/// Whether a subject of a binding in a namespace (empty for a ClusterRoleBinding) is this user.
fn applies(subject: &Subject, user: &User, namespace: &str) -> bool {
    match subject.kind.as_str() {
        "User" => user.name == subject.name,
        "Group" => user.is_in(&subject.name),
        "ServiceAccount" => {
            let own = subject.namespace.as_deref().filter(|n| !n.is_empty()).unwrap_or(namespace);
            let account = user.name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
            !own.is_empty() && account == Some((own, &subject.name))
        }
        _ => false,
    }
}

/// The rules of the role that a reference names, as a binding in `namespace` sees it.
///
/// # Errors
/// The name of what is missing: `role.rbac.authorization.k8s.io "x" not found`.
pub fn referenced<'a>(role: &RoleRef, namespace: &str, read: Reader<'a>) -> Result<&'a [PolicyRule], String> {
    let (kind, namespace) = if role.kind == "Role" { (kinds::ROLE, namespace) } else { (kinds::CLUSTER_ROLE, "") };
    match read.get(kind, namespace, &role.name) {
        Some(found) => Ok(rules_of(found)),
        None => Err(format!("{} \"{}\" not found", kind.names().qualified(), role.name)),
    }
}

/// Every rule that applies to a user in a namespace (empty: only what holds everywhere), until `see` answers false.
pub fn visit<'a>(
    user: &User,
    namespace: &str,
    read: Reader<'a>,
    see: &mut dyn FnMut(Result<&'a PolicyRule, String>) -> bool,
) {
    let everywhere = read.list(kinds::CLUSTER_ROLE_BINDING, None).map(|binding| (binding, ""));
    let here = (!namespace.is_empty()).then(|| read.list(kinds::ROLE_BINDING, Some(namespace)));
    let here = here.into_iter().flatten().map(|binding| (binding, namespace));
    for (binding, namespace) in everywhere.chain(here) {
        if !subjects(binding).iter().any(|subject| applies(subject, user, namespace)) {
            continue;
        }
        let Some(role) = role_ref(binding) else { continue };
        let go_on = match referenced(role, namespace, read) {
            Ok(rules) => rules.iter().all(|rule| see(Ok(rule))),
            Err(missing) => see(Err(missing)),
        };
        if !go_on {
            return;
        }
    }
}

/// All rules of a user in a namespace, and what could not be found on the way.
pub fn rules_for<'a>(user: &User, namespace: &str, read: Reader<'a>) -> (Vec<&'a PolicyRule>, Vec<String>) {
    let (mut rules, mut missing) = (vec![], vec![]);
    visit(user, namespace, read, &mut |found| {
        match found {
            Ok(rule) => rules.push(rule),
            Err(error) => missing.push(error),
        }
        true
    });
    (rules, missing)
}

/// Several errors in one line, as Go's aggregate writes them.
pub fn aggregate(errors: &[String]) -> String {
    let mut seen: Vec<&str> = vec![];
    for error in errors {
        if !seen.contains(&error.as_str()) {
            seen.push(error);
        }
    }
    match seen.as_slice() {
        [one] => (*one).into(),
        all => format!("[{}]", all.join(", ")),
    }
}
