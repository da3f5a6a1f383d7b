//! Disruption budgets: how many of their pods are healthy, must be, and may go.
//!
//! Models: `pkg/controller/disruption/disruption.go`.
//! Left out: stale `DisruptionTarget` conditions.

use crate::api::kinds::pod_disruption_budget::{selector, set_condition, update_condition};
use crate::api::{ApiError, Object, Reader, Reason, kinds};
use crate::control::{Again, Controller, Cx, EventType, fraction, pods};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use k8s_openapi::api::policy::v1::{PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, OwnerReference, Time as MetaTime};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;

pub struct Disruption;

/// How long a pod that was evicted may take to be deleted, before it counts again.
const DELETION: Span = Span::minutes(2);

impl Controller for Disruption {
    fn name(&self) -> &'static str {
        "disruption-controller"
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "poddisruptionbudgets.policy" => vec![change.key.clone()],
            "pods" => {
                let budgets = read.list(kinds::POD_DISRUPTION_BUDGET, Some(&change.key.namespace));
                let states = [&change.old, &change.new];
                let fits = |budget: &&Object| {
                    let selector = selector(budget);
                    states.iter().any(|pod| pod.as_ref().is_some_and(|pod| selector.matches(pod.labels())))
                };
                let mut keys: Vec<Key> = budgets.filter(fits).map(Object::key).collect();
                if keys.len() > 1 && change.new.is_some() {
                    keys.push(change.key.clone());
                }
                keys
            }
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(budget) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        if key.resource == "pods" {
            several(&budget, cx);
            return Ok(Again::OnChange);
        }
        let pods = pods_of(&budget, cx.read());
        // The more pods, the longer one look takes; changes meanwhile are taken together.
        cx.takes(Span::millis(pods.len() as u64 / 20));
        if pods.is_empty() {
            cx.event(&budget, EventType::Normal, "NoPods", "No matching pods found");
        }
        let want = match expected(&budget, &pods, cx.read()) {
            Ok(want) => want,
            Err(why) => return fail(&budget, &why, cx),
        };
        if want.unmanaged {
            let text = format!(
                "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value.",
                go(budget.spec::<PodDisruptionBudgetSpec>().selector.as_ref())
            );
            cx.event(&budget, EventType::Warning, "UnmanagedPods", text);
        }
        let was = budget.status::<PodDisruptionBudgetStatus>();
        let (disrupted, again) = still_disrupted(was, &pods, cx.now);
        let healthy = |pod: &&Object| !pod.deleting() && !disrupted.contains_key(pod.name()) && pods::is_ready(pod);
        let current = pods.iter().filter(healthy).count() as i32;
        let allowed = if want.expected <= 0 { 0 } else { (current - want.healthy).max(0) };
        let mut status = PodDisruptionBudgetStatus {
            current_healthy: Some(current),
            desired_healthy: Some(want.healthy),
            expected_pods: Some(want.expected),
            disruptions_allowed: Some(allowed),
            disrupted_pods: (!disrupted.is_empty()).then_some(disrupted),
            observed_generation: budget.meta.generation,
            conditions: was.conditions.clone(),
        };
        update_condition(&mut status, cx.now);
        write(&budget, status, cx)?;
        Ok(again.map_or(Again::OnChange, Again::After))
    }
}

/// Says on a pod that several budgets select it.
fn several(pod: &Object, cx: &mut Cx<'_>) {
    let budgets = cx.read().list(kinds::POD_DISRUPTION_BUDGET, Some(pod.namespace()));
    let names: Vec<&str> = budgets.filter(|budget| selector(budget).matches(pod.labels())).map(Object::name).collect();
    if let [first, _, ..] = names.as_slice() {
        let text = format!(
            "Pod {:?}/{:?} matches multiple PodDisruptionBudgets.  Chose {first:?} arbitrarily.",
            pod.namespace(),
            pod.name()
        );
        cx.event(pod, EventType::Warning, "MultiplePodDisruptionBudgets", text);
    }
}

/// The pods that a budget selects.
fn pods_of(budget: &Object, read: Reader<'_>) -> Vec<Object> {
    let selector = selector(budget);
    let spec = budget.spec::<PodDisruptionBudgetSpec>();
    let labels = spec.selector.as_ref().and_then(|selector| selector.match_labels.as_ref());
    match labels.filter(|labels| !labels.is_empty()) {
        Some(labels) => {
            let pods = read.pods_labelled(budget.namespace(), labels);
            pods.filter(|pod| selector.matches(pod.labels())).cloned().collect()
        }
        None => {
            let pods = read.list(kinds::POD, Some(budget.namespace()));
            pods.filter(|pod| selector.matches(pod.labels())).cloned().collect()
        }
    }
}

/// What a budget asks for.
struct Want {
    expected: i32,
    healthy: i32,
    /// Some pods have no controller to count on.
    unmanaged: bool,
}

/// # Errors
/// Why the number of expected pods cannot be known.
fn expected(budget: &Object, pods: &[Object], read: Reader<'_>) -> Result<Want, String> {
    let spec = budget.spec::<PodDisruptionBudgetSpec>();
    match (&spec.max_unavailable, &spec.min_available) {
        (Some(max), _) => {
            let (expected, unmanaged) = scale(pods, read)?;
            let healthy = (expected - fraction::of(max, expected, true)).max(0);
            Ok(Want { expected, healthy, unmanaged })
        }
        (None, Some(IntOrString::Int(min))) => {
            Ok(Want { expected: pods.len() as i32, healthy: *min, unmanaged: false })
        }
        (None, Some(percent)) => {
            let (expected, unmanaged) = scale(pods, read)?;
            Ok(Want { expected, healthy: fraction::of(percent, expected, true), unmanaged })
        }
        (None, None) => Ok(Want { expected: 0, healthy: 0, unmanaged: false }),
    }
}

/// How many pods the controllers of these pods want together, and whether some pods have none.
fn scale(pods: &[Object], read: Reader<'_>) -> Result<(i32, bool), String> {
    let mut scales: BTreeMap<String, i32> = BTreeMap::new();
    let mut unmanaged = false;
    for pod in pods {
        let Some(owner) = pod.controller() else {
            unmanaged = true;
            continue;
        };
        if scales.contains_key(&owner.uid) {
            continue;
        }
        let lost = || format!("found no controllers for pod \"{}\"", pod.name());
        let controller = find(owner, pod.namespace(), read).ok_or_else(lost)?;
        let deployment = controller.controller().filter(|owner| owner.kind == "Deployment");
        let top = deployment.and_then(|owner| find(owner, pod.namespace(), read)).unwrap_or(controller);
        let Some(replicas) = top.kind.replicas(top) else {
            return Err(format!("{} does not implement the scale subresource", top.kind.names().resource));
        };
        // Pods of several ReplicaSets of one Deployment count once.
        scales.insert(top.uid().to_string(), replicas);
    }
    Ok((scales.into_values().sum(), unmanaged))
}

fn find<'a>(owner: &OwnerReference, namespace: &str, read: Reader<'a>) -> Option<&'a Object> {
    let kind = read.kind_of(&owner.api_version, &owner.kind)?;
    read.get(kind, namespace, &owner.name).filter(|object| object.uid() == owner.uid)
}

/// Evicted pods that are not being deleted yet, and when to look again at the latest.
fn still_disrupted(
    was: &PodDisruptionBudgetStatus,
    pods: &[Object],
    now: Time,
) -> (BTreeMap<String, MetaTime>, Option<Span>) {
    let mut still = BTreeMap::new();
    let mut again: Option<Span> = None;
    let Some(disrupted) = &was.disrupted_pods else { return (still, None) };
    for pod in pods.iter().filter(|pod| !pod.deleting()) {
        let Some(at) = disrupted.get(pod.name()) else { continue };
        let left = (Time::of(at.0) + DELETION).since(now);
        if left > Span::ZERO {
            still.insert(pod.name().to_string(), at.clone());
            again = Some(again.map_or(left, |other| other.min(left)));
        }
    }
    (still, again)
}

/// Lets nobody go while it is not known how many there should be.
fn fail(budget: &Object, why: &str, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let text = format!("Failed to calculate the number of expected pods: {why}");
    cx.event(budget, EventType::Warning, "CalculateExpectedPodCountFailed", text);
    let mut status = budget.status::<PodDisruptionBudgetStatus>().clone();
    status.disruptions_allowed = Some(0);
    set_condition(&mut status, "False", "SyncFailed", why, cx.now);
    write(budget, status, cx)?;
    Ok(Again::OnChange)
}

fn write(budget: &Object, status: PodDisruptionBudgetStatus, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    if budget.status::<PodDisruptionBudgetStatus>() == &status {
        return Ok(());
    }
    let mut budget = budget.clone();
    *budget.status_mut::<PodDisruptionBudgetStatus>() = status;
    match cx.update_status(budget) {
        Err(error) if error.reason != Reason::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A selector as Go prints it.
fn go(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else { return "nil".into() };
    let labels: String =
        selector.match_labels.iter().flatten().map(|(key, value)| format!("{key}: {value},")).collect();
    let expressions: String = selector
        .match_expressions
        .iter()
        .flatten()
        .map(|e| {
            let values = e.values.as_deref().unwrap_or(&[]).join(" ");
            format!("LabelSelectorRequirement{{Key:{},Operator:{},Values:[{values}],}},", e.key, e.operator)
        })
        .collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}
