//! StatefulSets: policies, strategy, numbers, the claims that its pods may mount; which of its fields may change.
//!
//! Models: `pkg/apis/apps/validation/validation.go` (`ValidateStatefulSetSpec`, `ValidateStatefulSetUpdate`).

use super::{check, not_negative, quoted, storage, text, workload};
use crate::api::errors::FieldErrors;
use k8s_openapi::api::apps::v1::{StatefulSetSpec, StatefulSetUpdateStrategy};
use k8s_openapi::api::core::v1::{PersistentVolumeClaimVolumeSource, PodTemplateSpec, Volume};
use serde_json::{Value, json};
use std::borrow::Cow;

const FIXED: &str = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

pub fn validate(spec: &StatefulSetSpec, was: Option<&StatefulSetSpec>, errors: &mut FieldErrors) {
    match spec.pod_management_policy.as_deref().unwrap_or("") {
        "" => errors.required("spec.podManagementPolicy", ""),
        "OrderedReady" | "Parallel" => {}
        other => {
            errors.invalid("spec.podManagementPolicy", quoted(other), "must be 'OrderedReady' or 'Parallel'");
        }
    }
    strategy(&spec.update_strategy.clone().unwrap_or_default(), errors);
    retention(spec, errors);
    if was.is_none() {
        for (n, claim) in spec.volume_claim_templates.iter().flatten().enumerate() {
            let path = format!("spec.volumeClaimTemplates[{n}].spec");
            storage::claim_spec(&claim.spec.clone().unwrap_or_default(), &path, errors);
        }
    }
    not_negative(errors, "spec.replicas", spec.replicas.map(i64::from));
    not_negative(errors, "spec.minReadySeconds", spec.min_ready_seconds.map(i64::from));
    not_negative(errors, "spec.ordinals.start", spec.ordinals.as_ref().and_then(|o| o.start).map(i64::from));
    if was.is_none()
        && let Some(service) = spec.service_name.as_deref().filter(|name| !name.is_empty())
    {
        check(errors, "spec.serviceName", service, text::label(service));
    }
    workload::selector_and_template("StatefulSet", &spec.selector, None, &with_claims(spec), errors);
    if was.is_some_and(|was| kept(was, spec) != *spec) {
        errors.forbidden("spec", FIXED);
    }
}

fn strategy(strategy: &StatefulSetUpdateStrategy, errors: &mut FieldErrors) {
    let path = "spec.updateStrategy";
    let partition = strategy.rolling_update.as_ref().map(|rolling| rolling.partition.unwrap_or(0));
    // As the server's own structure prints, which has no JSON names.
    let rolling = partition.map_or(Value::Null, |partition| json!({"Partition": partition}));
    let rolling = rolling.to_string().replace('}', ",\"MaxUnavailable\":null}");
    match strategy.type_.as_deref().unwrap_or("") {
        "" => errors.required(path, ""),
        "OnDelete" if partition.is_some() => {
            errors.invalid(format!("{path}.rollingUpdate"), rolling, "only allowed for updateStrategy 'RollingUpdate'");
        }
        "OnDelete" => {}
        "RollingUpdate" => {
            not_negative(errors, format!("{path}.rollingUpdate.partition"), partition.map(i64::from));
        }
        other => {
            let value = format!("{{\"Type\":{},\"RollingUpdate\":{rolling}}}", quoted(other));
            errors.invalid(path, value, "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
}

fn retention(spec: &StatefulSetSpec, errors: &mut FieldErrors) {
    let Some(policy) = &spec.persistent_volume_claim_retention_policy else { return };
    for (field, value) in [("whenDeleted", &policy.when_deleted), ("whenScaled", &policy.when_scaled)] {
        let path = format!("spec.persistentVolumeClaimRetentionPolicy.{field}");
        super::one_of(errors, path, value.as_deref().unwrap_or(""), &["Retain", "Delete"]);
    }
}

/// The template with a volume for every claim template, so that containers may mount them.
fn with_claims(spec: &StatefulSetSpec) -> Cow<'_, PodTemplateSpec> {
    let claims = spec.volume_claim_templates.as_deref().unwrap_or(&[]);
    if claims.is_empty() {
        return Cow::Borrowed(&spec.template);
    }
    let mut template = spec.template.clone();
    let volumes = template.spec.get_or_insert_default().volumes.get_or_insert_default();
    for name in claims.iter().filter_map(|claim| claim.metadata.name.as_deref()) {
        // A claim takes the place of a volume of the same name.
        volumes.retain(|volume| volume.name != name);
        let source = PersistentVolumeClaimVolumeSource { claim_name: name.into(), ..Default::default() };
        volumes.push(Volume { name: name.into(), persistent_volume_claim: Some(source), ..Default::default() });
    }
    Cow::Owned(template)
}

/// The old specification with everything that may change taken from the new one.
fn kept(was: &StatefulSetSpec, new: &StatefulSetSpec) -> StatefulSetSpec {
    StatefulSetSpec {
        selector: was.selector.clone(),
        service_name: was.service_name.clone(),
        pod_management_policy: was.pod_management_policy.clone(),
        volume_claim_templates: was.volume_claim_templates.clone(),
        ..new.clone()
    }
}
