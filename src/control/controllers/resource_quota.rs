//! The quota controller: counts what a namespace uses, anew whenever something goes or shrinks.
//!
//! Models: `pkg/controller/resourcequota/resource_quota_controller.go`, `resource_quota_monitor.go`.
//! Left out: the full count every five minutes (nothing is ever missed here).

use crate::api::amounts::{self, Amounts};
use crate::api::quota::{concerns, in_scope, usage};
use crate::api::{ApiError, KindRef, Object, Reader, Reason, kinds};
use crate::base::quantity::Quantity;
use crate::control::{Again, Controller, Cx, pods};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{ResourceQuotaSpec, ResourceQuotaStatus};

pub struct ResourceQuotas;

impl Controller for ResourceQuotas {
    fn name(&self) -> &'static str {
        "resourcequota-controller"
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        let quotas = kinds::RESOURCE_QUOTA.names().resource;
        let news = match (&change.old, &change.new) {
            (Some(old), Some(new)) if change.key.resource == quotas => {
                return if old.same_spec(new) { vec![] } else { vec![change.key.clone()] };
            }
            (_, Some(_)) if change.key.resource == quotas => true,
            (Some(_), None) => true,
            (Some(old), Some(new)) => match change.key.resource {
                "pods" => pods::is_terminal(new) && !pods::is_terminal(old) || new.deleting() && !old.deleting(),
                "services" | "persistentvolumeclaims" => !old.same_spec(new),
                _ => false,
            },
            _ => false,
        };
        if !news || change.key.namespace.is_empty() {
            return vec![];
        }
        read.list(kinds::RESOURCE_QUOTA, Some(&change.key.namespace.clone())).map(Object::key).collect()
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(mut quota) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        let hard = amounts::of(quota.spec::<ResourceQuotaSpec>().hard.as_ref());
        let (used, soon) = count(&quota, &hard, cx.read(), cx.now);
        let status = ResourceQuotaStatus { hard: Some(amounts::written(&hard)), used: Some(amounts::written(&used)) };
        if *quota.status::<ResourceQuotaStatus>() != status {
            *quota.status_mut::<ResourceQuotaStatus>() = status;
            match cx.update_status(quota) {
                Err(error) if error.reason == Reason::NotFound => {}
                other => drop(other?),
            }
        }
        Ok(soon.map_or(Again::OnChange, Again::After))
    }
}

/// What is used of each bound, and when that changes by itself (the grace period of a pod that is going ends).
fn count(quota: &Object, hard: &Amounts, read: Reader<'_>, now: Time) -> (Amounts, Option<Span>) {
    let mut used: Amounts = hard.keys().map(|name| (name.clone(), Quantity::ZERO)).collect();
    let mut soon: Option<Span> = None;
    for kind in kinds::ALL.iter().copied().filter(|kind: &KindRef| kind.names().namespaced) {
        let resource = kind.names().resource;
        if !hard.keys().any(|name| concerns(resource, name)) {
            continue;
        }
        for object in read.list(kind, Some(quota.namespace())).filter(|object| in_scope(quota.spec(), object)) {
            for (name, amount) in usage(object, now) {
                if let Some(sum) = used.get_mut(&name) {
                    sum.add(&amount);
                }
            }
            let end = object.meta.deletion_timestamp.as_ref().filter(|_| resource == "pods").map(|t| Time::of(t.0));
            if let Some(end) = end.map(|end| end + Span::seconds(2)).filter(|end| *end > now) {
                let wait = end.since(now);
                soon = Some(soon.map_or(wait, |soon| soon.min(wait)));
            }
        }
    }
    (used, soon)
}
