//! ClusterRoles that gather the rules of others by label: admin, edit and view.
//!
//! Models: `pkg/controller/clusterroleaggregation`.

use crate::api::rbac::{aggregation, rules_of};
use crate::api::selector::Selector;
use crate::api::{ApiError, Object, Reader, kinds};
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use k8s_openapi::api::rbac::v1::{AggregationRule, ClusterRole, PolicyRule};

pub struct ClusterRoleAggregation;

fn gathered(gathers: &AggregationRule, role: &Object) -> bool {
    let selectors = gathers.cluster_role_selectors.iter().flatten();
    selectors.into_iter().any(|selector| Selector::of(Some(selector)).matches(role.labels()))
}

impl Controller for ClusterRoleAggregation {
    fn name(&self) -> &'static str {
        "clusterrole-aggregation-controller"
    }

    /// Those that gather what was changed, and the changed role itself.
    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        if change.key.resource != kinds::CLUSTER_ROLE.names().resource {
            return vec![];
        }
        let sides: Vec<&Object> = [&change.old, &change.new].into_iter().flatten().collect();
        let concerned = |role: &&Object| {
            let mine = (*role).name() == &*change.key.name;
            aggregation(role).is_some_and(|gathers| mine || sides.iter().any(|side| gathered(gathers, side)))
        };
        read.list(kinds::CLUSTER_ROLE, None).filter(concerned).map(Object::key).collect()
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(role) = cx.read().by_key(key) else { return Ok(Again::OnChange) };
        let Some(gathers) = aggregation(role) else { return Ok(Again::OnChange) };
        let mut rules: Vec<PolicyRule> = vec![];
        for selector in gathers.cluster_role_selectors.iter().flatten() {
            let selector = Selector::of(Some(selector));
            let others = cx.read().list(kinds::CLUSTER_ROLE, None);
            for other in others.filter(|other| other.name() != role.name() && selector.matches(other.labels())) {
                for rule in rules_of(other) {
                    if !rules.contains(rule) {
                        rules.push(rule.clone());
                    }
                }
            }
        }
        if rules == rules_of(role) {
            return Ok(Again::OnChange);
        }
        let mut role = role.clone();
        role.spec_mut::<ClusterRole>().rules = Some(rules);
        cx.update(role)?;
        Ok(Again::OnChange)
    }
}
