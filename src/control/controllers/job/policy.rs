//! What the end of a pod means under a pod failure policy, and when a success policy is met.
//!
//! Models: `pkg/controller/job/pod_failure_policy.go`, `success_policy.go`.

use super::indexes::Intervals;
use super::{Look, is_failed};
use crate::api::Object;
use k8s_openapi::api::batch::v1::{JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule};
use k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};

/// What a policy says about a failed pod.
pub struct Verdict<'a> {
    /// Why the whole Job fails.
    pub message: Option<String>,
    /// Whether it counts towards the limits.
    pub counts: bool,
    pub action: Option<&'a str>,
}

/// The first rule that fits decides; without one the failure counts.
pub fn judge<'a>(spec: &'a JobSpec, pod: &Object) -> Verdict<'a> {
    let rules = spec.pod_failure_policy.as_ref().map_or(&[][..], |policy| policy.rules.as_slice());
    for (n, rule) in rules.iter().enumerate() {
        let Some(what) = fits(rule, pod) else { continue };
        let action = rule.action.as_str();
        let message = (action == "FailJob").then(|| format!("{what} matching FailJob rule at index {n}"));
        return Verdict { message, counts: action != "Ignore", action: Some(action) };
    }
    Verdict { message: None, counts: true, action: None }
}

/// What of a pod fits a rule, in words.
fn fits(rule: &PodFailurePolicyRule, pod: &Object) -> Option<String> {
    let status = pod.status::<PodStatus>();
    let title = format!("{}/{}", pod.namespace(), pod.name());
    if let Some(wanted) = &rule.on_exit_codes {
        let lists = [&status.container_statuses, &status.init_container_statuses];
        let (name, code) =
            lists.into_iter().flat_map(|list| list.iter().flatten()).find_map(|status| exit(status, wanted))?;
        return Some(format!("Container {name} for pod {title} failed with exit code {code}"));
    }
    let patterns = rule.on_pod_conditions.as_deref()?;
    let condition = status.conditions.iter().flatten().find(|condition| {
        let mut patterns = patterns.iter();
        patterns.any(|p| p.type_ == condition.type_ && p.status.as_deref() == Some(condition.status.as_str()))
    })?;
    Some(format!("Pod {title} has condition {}", condition.type_))
}

fn exit<'a>(status: &'a ContainerStatus, wanted: &PodFailurePolicyOnExitCodesRequirement) -> Option<(&'a str, i32)> {
    let code = status.state.as_ref()?.terminated.as_ref()?.exit_code;
    let named = wanted.container_name.as_ref().is_none_or(|name| *name == status.name);
    let listed = wanted.values.contains(&code);
    let fits = match wanted.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        _ => false,
    };
    (code != 0 && named && fits).then_some((status.name.as_str(), code))
}

/// Why a failed pod ends the whole Job, if one does.
pub fn failure(look: &Look) -> Option<String> {
    look.spec.pod_failure_policy.as_ref()?;
    let failed = look.pods.iter().filter(|pod| is_failed(pod, &look.spec));
    failed.into_iter().find_map(|pod| judge(&look.spec, pod).message)
}

/// Which rule of the success policy is met.
pub fn success(spec: &JobSpec, done: &Intervals) -> Option<String> {
    if done.total() == 0 {
        return None;
    }
    let completions = spec.completions.unwrap_or(0);
    let rules = &spec.success_policy.as_ref()?.rules;
    let met = rules.iter().position(|rule| match (&rule.succeeded_indexes, rule.succeeded_count) {
        (Some(indexes), count) => {
            let wanted = Intervals::parse(indexes, completions);
            let have = wanted.shared(done);
            wanted.total() > 0 && (have == wanted.total() || count.is_some_and(|count| have >= count))
        }
        (None, Some(count)) => done.total() >= count,
        (None, None) => false,
    })?;
    Some(format!("Matched rules at index {met}"))
}
