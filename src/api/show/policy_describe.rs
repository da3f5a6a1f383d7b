//! `kubectl describe` of disruption budgets.
//!
//! Models: `describePodDisruptionBudgetV1` of `kubectl/pkg/describe/describe.go`.

use super::cell::selector_text;
use super::report::Report;
use crate::api::object::Object;
use crate::api::selector::Selector;
use crate::api::server::Reader;
use crate::time::Time;
use k8s_openapi::api::policy::v1::{PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

fn text(value: &IntOrString) -> String {
    match value {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(text) => text.clone(),
    }
}

pub fn budget(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let (spec, status) = (object.spec::<PodDisruptionBudgetSpec>(), object.status::<PodDisruptionBudgetStatus>());
    out.named(object);
    if let Some(min) = &spec.min_available {
        out.line(0, format_args!("Min available:\t{}", text(min)));
    } else if let Some(max) = &spec.max_unavailable {
        out.line(0, format_args!("Max unavailable:\t{}", text(max)));
    }
    match &spec.selector {
        Some(selector) => out.line(0, format_args!("Selector:\t{}", selector_text(&Selector::of(Some(selector))))),
        None => out.line(0, "Selector:\t<unset>"),
    }
    out.line(0, "Status:");
    for (title, count) in [
        ("Allowed disruptions", status.disruptions_allowed),
        ("Current", status.current_healthy),
        ("Desired", status.desired_healthy),
        ("Total", status.expected_pods),
    ] {
        out.line(2, format_args!("{title}:\t{}", count.unwrap_or(0)));
    }
    out.events_of(object, read, now);
}
