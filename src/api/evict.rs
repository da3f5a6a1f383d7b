//! The eviction of a pod: a delete that asks the disruption budget first.
//!
//! Models: `pkg/registry/core/pod/storage/eviction.go`.

use super::authorize::{self, Ask};
use super::kinds::pod_disruption_budget::{selector, update_condition};
use super::managed::Target;
use super::server::{ApiServer, Call, DeleteOptions};
use super::{ApiError, Object, Reason, kinds};
use crate::time::Time;
use k8s_openapi::api::core::v1::{PodCondition, PodStatus};
use k8s_openapi::api::policy::v1::{PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

const TOO_MANY: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

impl ApiServer {
    /// Deletes a pod, if its budget allows it.
    ///
    /// # Errors
    /// NotFound; TooManyRequests when the budget allows no disruption now; everything of [`ApiServer::delete`].
    pub fn evict(
        &mut self,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
        call: &mut Call<'_>,
    ) -> Result<(), ApiError> {
        let ask = Ask::of(kinds::POD.names(), "create", namespace, name).sub("eviction");
        authorize::check(call.user, &ask, self.reader())?;
        let pod = self.get(kinds::POD, namespace, name)?.clone();
        if !is_free(&pod) {
            let budgets = self.reader().list(kinds::POD_DISRUPTION_BUDGET, Some(namespace));
            let budgets: Vec<Object> =
                budgets.filter(|budget| selector(budget).matches(pod.labels())).cloned().collect();
            match budgets.as_slice() {
                [] => {}
                [budget] => self.spend(budget, &pod, call)?,
                _ => {
                    let text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
                    return Err(ApiError::new(Reason::Unknown, text));
                }
            }
        }
        if !call.dry_run && !pod.deleting() {
            let mut marked = pod;
            mark(&mut marked, call.now);
            self.replace(marked, Target::Status, None, call)?;
        }
        self.delete_anyway(kinds::POD, namespace, name, options, call).map(drop)
    }

    /// Takes one disruption from a budget.
    fn spend(&mut self, budget: &Object, pod: &Object, call: &mut Call<'_>) -> Result<(), ApiError> {
        let spec = budget.spec::<PodDisruptionBudgetSpec>();
        let mut status = budget.status::<PodDisruptionBudgetStatus>().clone();
        if !is_ready(pod) {
            let (have, want) = (status.current_healthy.unwrap_or(0), status.desired_healthy.unwrap_or(0));
            let always = spec.unhealthy_pod_eviction_policy.as_deref() == Some("AlwaysAllow");
            if always || (have >= want && want > 0) {
                return Ok(());
            }
        }
        let seen = status.observed_generation.unwrap_or(0) >= budget.meta.generation.unwrap_or(0);
        let left = status.disruptions_allowed.unwrap_or(0);
        if !seen || left <= 0 {
            return Err(ApiError::new(Reason::TooManyRequests, TOO_MANY));
        }
        if call.dry_run {
            return Ok(());
        }
        status.disruptions_allowed = Some(left - 1);
        if left == 1 {
            update_condition(&mut status, call.now);
        }
        let disrupted = status.disrupted_pods.get_or_insert_default();
        disrupted.insert(pod.name().into(), MetaTime(call.now.timestamp()));
        let mut budget = budget.clone();
        *budget.status_mut::<PodDisruptionBudgetStatus>() = status;
        self.replace(budget, Target::Status, None, call).map(drop)
    }
}

/// Its end disturbs nobody any more.
fn is_free(pod: &Object) -> bool {
    pod.deleting() || matches!(pod.status::<PodStatus>().phase.as_deref(), Some("Succeeded" | "Failed" | "Pending"))
}

fn is_ready(pod: &Object) -> bool {
    let mut conditions = pod.status::<PodStatus>().conditions.iter().flatten();
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn mark(pod: &mut Object, now: Time) {
    let generation = pod.meta.generation;
    let conditions = pod.status_mut::<PodStatus>().conditions.get_or_insert_default();
    conditions.retain(|condition| condition.type_ != "DisruptionTarget");
    conditions.push(PodCondition {
        type_: "DisruptionTarget".into(),
        status: "True".into(),
        reason: Some("EvictionByEvictionAPI".into()),
        message: Some("Eviction API: evicting".into()),
        observed_generation: generation,
        last_transition_time: Some(MetaTime(now.timestamp())),
        ..Default::default()
    });
}
