//! Quotas: what would exceed one is refused; what is let through is charged at once. The last step of admission, which
//! the server takes by itself, because it stores the charge.
//!
//! Models: `apiserver/pkg/admission/plugin/resourcequota/{admission,controller}.go`.
//! Left out: resources that are limited by default.

use crate::api::amounts::{self, Amounts};
use crate::api::errors::ApiError;
use crate::api::kinds;
use crate::api::object::Object;
use crate::api::quota::{charged, concerns, in_scope, unsaid, usage};
use crate::api::server::Reader;
use crate::base::quantity::Quantity;
use crate::time::Time;
use k8s_openapi::api::core::v1::{PodSpec, ResourceQuotaStatus};

/// The quotas that an object counts against, with what they would have used.
///
/// # Errors
/// Forbidden, when one of them does not allow it.
pub fn charges(
    object: &Object,
    old: Option<&Object>,
    read: Reader<'_>,
    now: Time,
) -> Result<Vec<(Object, Amounts)>, ApiError> {
    let names = object.kind.names();
    let updates = matches!(names.resource, "services" | "persistentvolumeclaims");
    if !names.namespaced || old.is_some() && !updates {
        return Ok(vec![]);
    }
    let forbidden = |why: String| Err(ApiError::forbidden(names, object.name(), &why));
    let mut pertinent = vec![];
    for quota in read.list(kinds::RESOURCE_QUOTA, Some(object.namespace())) {
        let status = quota.status::<ResourceQuotaStatus>();
        let hard = amounts::of(status.hard.as_ref());
        let about: Vec<&String> = hard.keys().filter(|name| concerns(names.resource, name)).collect();
        if about.is_empty() || !in_scope(quota.spec(), object) {
            continue;
        }
        if let Some(spec) = object.try_spec::<PodSpec>()
            && let Some(why) = unsaid(spec, &hard)
        {
            return forbidden(format!("failed quota: {}: {why}", quota.name()));
        }
        let used = amounts::of(status.used.as_ref());
        if about.iter().any(|name| !used.contains_key(*name)) {
            let texts: Vec<&str> = about.iter().map(|name| name.as_str()).collect();
            return forbidden(format!("status unknown for quota: {}, resources: {}", quota.name(), texts.join(",")));
        }
        pertinent.push((quota, hard, used));
    }
    if pertinent.is_empty() {
        return Ok(vec![]);
    }
    let more = increase(object, old, now);
    let mut charges = vec![];
    for (quota, hard, used) in pertinent {
        let requested: Amounts = more.iter().filter(|(n, _)| hard.contains_key(*n)).map(pair).collect();
        if requested.is_empty() {
            continue;
        }
        let sum = charged(&used, &requested, &hard);
        let over: Vec<&String> = requested.keys().filter(|name| sum[*name] > hard[*name]).collect();
        if !over.is_empty() {
            let part =
                |of: &Amounts| amounts::shown(&of.iter().filter(|(name, _)| over.contains(name)).map(pair).collect());
            return forbidden(format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                quota.name(),
                part(&requested),
                part(&used),
                part(&hard)
            ));
        }
        charges.push((quota.clone(), sum));
    }
    Ok(charges)
}

fn pair((name, amount): (&String, &Quantity)) -> (String, Quantity) {
    (name.clone(), amount.clone())
}

/// What an object uses more than before; nothing that stays or shrinks.
fn increase(object: &Object, old: Option<&Object>, now: Time) -> Amounts {
    let before = old.map(|old| usage(old, now)).unwrap_or_default();
    let mut more = usage(object, now);
    for (name, amount) in &mut more {
        if let Some(was) = before.get(name) {
            amount.sub(was);
        }
    }
    more.retain(|_, amount| *amount > Quantity::ZERO);
    more
}
