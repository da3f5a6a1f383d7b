//! Law: a quota counts what there is.
//!
//! Models: `pkg/controller/resourcequota/resource_quota_controller.go` (`syncResourceQuota`).

use super::{Check, Findings, Law, Past};
use crate::api::quota::{in_scope, usage};
use crate::api::{Object, amounts, kinds};
use crate::base::quantity::Quantity;
use crate::world::World;
use k8s_openapi::api::core::v1::{ResourceQuotaSpec, ResourceQuotaStatus};

pub static LAW: Law = Law {
    name: "quotas-count",
    says: "What a settled quota has used is the sum of what the objects in its namespace and scope use.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    for quota in world.reader().list(kinds::RESOURCE_QUOTA, None).filter(|quota| !quota.deleting()) {
        findings.at(quota, wrong(quota, world));
    }
}

fn wrong(quota: &Object, world: &World) -> Option<String> {
    let spec = quota.spec::<ResourceQuotaSpec>();
    let mut sum: amounts::Amounts =
        amounts::of(spec.hard.as_ref()).into_keys().map(|name| (name, Quantity::ZERO)).collect();
    let inside = world.reader().everything().filter(|object| object.namespace() == quota.namespace());
    for object in inside.filter(|object| in_scope(spec, object)) {
        for (name, amount) in usage(object, world.now) {
            if let Some(sum) = sum.get_mut(&name) {
                sum.add(&amount);
            }
        }
    }
    let said = amounts::of(quota.status::<ResourceQuotaStatus>().used.as_ref());
    sum.iter().find_map(|(name, sum)| {
        let said = said.get(name);
        let right = said.is_some_and(|said| said.milli() == sum.milli());
        let said = said.map_or("nothing".into(), ToString::to_string);
        (!right).then(|| format!("says {said} used of {name}, the sum is {sum}"))
    })
}
