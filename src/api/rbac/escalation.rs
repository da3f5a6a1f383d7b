//! Nobody gives away what they do not have: the check on every write of a role or a binding.
//!
//! Models: `pkg/registry/rbac/*/policybased/storage.go`, `pkg/registry/rbac/escalation_check.go`.

use super::rules;
use crate::api::authorize::{self, Ask};
use crate::api::errors::ApiError;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::user::{MASTERS, User};
use k8s_openapi::api::rbac::v1::PolicyRule;

/// # Errors
/// Forbidden, with what is lacking; NotFound for a binding to a role that is not there.
pub fn check(new: &Object, old: Option<&Object>, user: &User, read: Reader<'_>) -> Result<(), ApiError> {
    let names = new.kind.names();
    if names.group != super::GROUP || user.component || user.is_in(MASTERS) {
        return Ok(());
    }
    // What helps the garbage collector alone is no change of rights.
    if old.is_some_and(|old| old.same_spec(new) && old.meta.labels == new.meta.labels && same_notes(old, new)) {
        return Ok(());
    }
    let namespace = new.namespace();
    let may = |verb: &str, resource: &str, name: &str| {
        let ask = Ask { verb, group: super::GROUP, resource, namespace, name, ..Ask::default() };
        authorize::decide(user, &ask, read).allowed
    };
    if let Some(role) = super::role_ref(new) {
        let plural = if role.kind == "Role" { "roles" } else { "clusterroles" };
        if may("bind", plural, &role.name) {
            return Ok(());
        }
        let granted = super::referenced(role, namespace, read).map_err(|_| {
            let kind = if role.kind == "Role" { crate::api::kinds::ROLE } else { crate::api::kinds::CLUSTER_ROLE };
            ApiError::not_found(kind.names(), &role.name)
        })?;
        return held(new, granted, user, read);
    }
    if may("escalate", names.plural, new.name()) {
        return Ok(());
    }
    held(new, super::rules_of(new), user, read)?;
    if super::aggregation(new).or(old.and_then(super::aggregation)).is_some() {
        let star = || Some(vec!["*".to_string()]);
        let everything = [
            PolicyRule { verbs: vec!["*".into()], api_groups: star(), resources: star(), ..PolicyRule::default() },
            PolicyRule { verbs: vec!["*".into()], non_resource_urls: star(), ..PolicyRule::default() },
        ];
        held(new, &everything, user, read).map_err(|_| {
            ApiError::forbidden(names, new.name(), "must have cluster-admin privileges to use the aggregationRule")
        })?;
    }
    Ok(())
}

fn same_notes(old: &Object, new: &Object) -> bool {
    old.meta.annotations == new.meta.annotations
}

/// Whether the user has all of these rights.
fn held(about: &Object, granted: &[PolicyRule], user: &User, read: Reader<'_>) -> Result<(), ApiError> {
    let (own, missing) = super::rules_for(user, about.namespace(), read);
    let lacking = rules::uncovered(&own, granted);
    if lacking.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<String> = rules::compact(lacking, false).iter().map(rules::compact_text).collect();
    lines.sort();
    lines.dedup();
    let mut why = format!(
        "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        rules::quoted(&user.groups),
        lines.join("\n")
    );
    if !missing.is_empty() {
        why += &format!("; resolution errors: [{}]", super::aggregate(&missing));
    }
    Err(ApiError::forbidden(about.kind.names(), about.name(), &why))
}
