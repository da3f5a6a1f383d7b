//! PodDisruptionBudget.
//!
//! Models: `pkg/apis/policy`, `pkg/registry/policy/poddisruptionbudget`, `printPodDisruptionBudget`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::selector::Selector;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{Report, policy_describe};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time as MetaTime};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub struct PodDisruptionBudgetKind;

static NAMES: Names = Names {
    kind: "PodDisruptionBudget",
    group: "policy",
    version: "v1",
    plural: "poddisruptionbudgets",
    singular: "poddisruptionbudget",
    short: &["pdb"],
    namespaced: true,
    categories: &[],
    resource: "poddisruptionbudgets.policy",
};

static COLUMNS: [Column; 5] = [
    cell::NAME,
    column("MIN AVAILABLE", |budget, _| bound(budget.spec::<PodDisruptionBudgetSpec>().min_available.as_ref())),
    column("MAX UNAVAILABLE", |budget, _| bound(budget.spec::<PodDisruptionBudgetSpec>().max_unavailable.as_ref())),
    column("ALLOWED DISRUPTIONS", |budget, _| allowed(budget).to_string()),
    cell::AGE,
];

fn bound(value: Option<&IntOrString>) -> String {
    match value {
        None => "N/A".into(),
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(text)) => text.clone(),
    }
}

/// How many of its pods may go now.
pub fn allowed(budget: &Object) -> i32 {
    budget.status::<PodDisruptionBudgetStatus>().disruptions_allowed.unwrap_or(0)
}

/// The pods that a budget protects; none without a selector.
pub fn selector(budget: &Object) -> Selector {
    Selector::of(budget.spec::<PodDisruptionBudgetSpec>().selector.as_ref())
}

/// A status with all its numbers, the ones that are 0 too.
pub fn blank() -> PodDisruptionBudgetStatus {
    PodDisruptionBudgetStatus {
        current_healthy: Some(0),
        desired_healthy: Some(0),
        disruptions_allowed: Some(0),
        expected_pods: Some(0),
        ..Default::default()
    }
}

/// Says in the conditions whether any pod may go.
pub fn update_condition(status: &mut PodDisruptionBudgetStatus, now: Time) {
    let (word, reason) = match status.disruptions_allowed.unwrap_or(0) {
        1.. => ("True", "SufficientPods"),
        _ => ("False", "InsufficientPods"),
    };
    set_condition(status, word, reason, "", now);
}

/// Writes the condition `DisruptionAllowed`.
pub fn set_condition(status: &mut PodDisruptionBudgetStatus, word: &str, reason: &str, message: &str, now: Time) {
    let observed_generation = status.observed_generation;
    let list = status.conditions.get_or_insert_default();
    let old = list.iter().position(|condition| condition.type_ == "DisruptionAllowed").map(|at| list.remove(at));
    let same = old.filter(|old| old.status == word).map(|old| old.last_transition_time);
    list.push(Condition {
        type_: "DisruptionAllowed".into(),
        status: word.into(),
        reason: reason.into(),
        message: message.into(),
        observed_generation,
        last_transition_time: same.unwrap_or_else(|| MetaTime(now.timestamp())),
    });
}

impl Kind for PodDisruptionBudgetKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        policy_describe::budget(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus)
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            *new.status_mut::<PodDisruptionBudgetStatus>() = blank();
        }
    }

    fn validate(&self, new: &Object, _old: Option<&Object>, errors: &mut FieldErrors) {
        validation::policy::budget(new.spec::<PodDisruptionBudgetSpec>(), errors);
    }

    fn has_generation(&self) -> bool {
        true
    }
}
