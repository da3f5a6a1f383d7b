//! Disruption budgets.
//!
//! Models: `pkg/apis/policy/validation/validation.go`.

use super::workload::{bound, not_over_all};
use super::{one_of, value};
use crate::api::errors::FieldErrors;
use crate::api::kinds::meta;
use k8s_openapi::api::policy::v1::PodDisruptionBudgetSpec;

pub fn budget(spec: &PodDisruptionBudgetSpec, errors: &mut FieldErrors) {
    let (min, max) = (spec.min_available.as_ref(), spec.max_unavailable.as_ref());
    if min.is_some() && max.is_some() {
        // The server shows its internal form here, whose fields are named as in Go.
        let whole = format!(
            "{{\"MinAvailable\":{},\"Selector\":{},\"MaxUnavailable\":{},\"UnhealthyPodEvictionPolicy\":{}}}",
            value(&min),
            value(&spec.selector),
            value(&max),
            value(&spec.unhealthy_pod_eviction_policy)
        );
        errors.invalid("spec", whole, "minAvailable and maxUnavailable cannot be both set");
    }
    for (name, number) in [("minAvailable", min), ("maxUnavailable", max)] {
        let path = format!("spec.{name}");
        bound(number, &path, errors);
        not_over_all(number, &path, errors);
    }
    if let Some(labels) = spec.selector.as_ref().and_then(|selector| selector.match_labels.as_ref()) {
        meta::labels(labels, "spec.selector.matchLabels", errors);
    }
    if let Some(policy) = &spec.unhealthy_pod_eviction_policy {
        one_of(errors, "spec.unhealthyPodEvictionPolicy", policy, &["AlwaysAllow", "IfHealthyBudget"]);
    }
}
