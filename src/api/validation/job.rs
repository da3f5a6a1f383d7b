//! Jobs and what a CronJob makes them from.
//!
//! Models: `pkg/apis/batch/validation/validation.go`.
//! Left out: checks of the status that other controllers write.

use super::{check, not_negative, pod, quoted, text};
use crate::api::errors::FieldErrors;
use crate::api::kinds::job::{NAME_LABELS, UID_LABELS, is_indexed};
use crate::api::kinds::meta;
use crate::api::object::Object;
use crate::api::selector::Selector;
use k8s_openapi::api::batch::v1::{
    JobSpec, JobStatus, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule, SuccessPolicyRule,
};
use serde_json::Value;
use std::collections::BTreeMap;

const MOST_PARALLEL: i32 = 100_000;
const MOST_FAILED: i32 = 100_000;
/// Beyond so many completions an Indexed Job is narrowed.
const MANY: i32 = 100_000;
const MOST_OF_MANY: i32 = 10_000;

pub fn validate(new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
    let spec = new.spec::<JobSpec>();
    generated(new, spec, errors);
    self::spec(spec, "spec", errors);
    match &spec.selector {
        None => errors.required("spec.selector", ""),
        Some(selector) => {
            let none = BTreeMap::new();
            meta::labels(selector.match_labels.as_ref().unwrap_or(&none), "spec.selector.matchLabels", errors);
            let labels = spec.template.metadata.as_ref().and_then(|meta| meta.labels.as_ref());
            if !Selector::of(Some(selector)).matches(labels.unwrap_or(&none)) {
                let value = labels.map_or("null".into(), json);
                errors.invalid("spec.template.metadata.labels", value, "`selector` does not match template `labels`");
            }
        }
    }
    if is_indexed(spec)
        && let Some(count) = spec.completions.filter(|count| *count > 0)
    {
        let host = format!("{}-{}", new.name(), count - 1);
        if !text::label(&host).is_empty() {
            let why = format!("will not able to create pod with invalid DNS label: {host}");
            errors.invalid("metadata.name", quoted(new.name()), &why);
        }
    }
    if let Some(old) = old {
        update(spec, old, errors);
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("API types are always JSON")
}

/// The labels that the server puts on the pods must be the server's.
fn generated(job: &Object, spec: &JobSpec, errors: &mut FieldErrors) {
    if spec.manual_selector == Some(true) {
        return;
    }
    let Some(selector) = &spec.selector else { return };
    let none = BTreeMap::new();
    let labels = spec.template.metadata.as_ref().and_then(|meta| meta.labels.as_ref()).unwrap_or(&none);
    let mut expected = BTreeMap::new();
    for n in [0, 1] {
        for (key, wanted) in [(UID_LABELS[n], job.uid()), (NAME_LABELS[n], job.name())] {
            let path = format!("spec.template.metadata.labels[{key}]");
            match labels.get(key) {
                None => errors.required("spec.template.metadata.labels", &format!("must be '{wanted}'")),
                Some(value) if value != wanted => {
                    errors.invalid(path, json(labels), &format!("must be '{wanted}'"));
                }
                Some(_) => {}
            }
            expected.insert(key.to_string(), wanted.to_string());
        }
    }
    if !Selector::of(Some(selector)).matches(&expected) {
        errors.invalid("spec.selector", json(selector), "`selector` not auto-generated");
    }
}

/// What the specification of a Job and that of a CronJob's template have in common.
pub fn spec(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    let number = |value: Option<i32>| value.map(i64::from);
    for (name, value) in [
        ("parallelism", number(spec.parallelism)),
        ("completions", number(spec.completions)),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        ("backoffLimit", number(spec.backoff_limit)),
        ("ttlSecondsAfterFinished", number(spec.ttl_seconds_after_finished)),
        ("backoffLimitPerIndex", number(spec.backoff_limit_per_index)),
        ("maxFailedIndexes", number(spec.max_failed_indexes)),
    ] {
        not_negative(errors, format!("{path}.{name}"), value);
    }
    if spec.max_failed_indexes.is_some() && spec.backoff_limit_per_index.is_none() {
        errors.required(format!("{path}.backoffLimitPerIndex"), "when maxFailedIndexes is specified");
    }
    indexed(spec, path, errors);
    if let Some(policy) = &spec.pod_failure_policy {
        for (n, rule) in policy.rules.iter().enumerate() {
            failure_rule(spec, rule, &format!("{path}.podFailurePolicy.rules[{n}]"), errors);
        }
    }
    if let Some(policy) = &spec.success_policy {
        if is_indexed(spec) {
            let path = format!("{path}.successPolicy.rules");
            if policy.rules.is_empty() {
                let why = "at least one rules must be specified when the successPolicy is specified";
                errors.required(path.clone(), why);
            }
            for (n, rule) in policy.rules.iter().enumerate() {
                success_rule(rule, spec.completions.unwrap_or(0), &format!("{path}[{n}]"), errors);
            }
        } else {
            errors.invalid(format!("{path}.successPolicy"), json(policy), "requires indexed completion mode");
        }
    }
    if let Some(policy) = spec.pod_replacement_policy.as_deref() {
        let valid: &[&str] =
            if spec.pod_failure_policy.is_some() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
        super::one_of(errors, format!("{path}.podReplacementPolicy"), policy, valid);
    }
    if let Some(name) = &spec.managed_by {
        let path = format!("{path}.managedBy");
        domain_path(name, &path, errors);
        if name.len() > 63 {
            errors.too_long(path, 63);
        }
    }
    template(spec, &format!("{path}.template"), errors);
}

/// `acme.io/foo`.
fn domain_path(name: &str, path: &str, errors: &mut FieldErrors) {
    match name.split_once('/') {
        _ if name.is_empty() => errors.required(path, ""),
        Some((domain, rest)) if !domain.is_empty() && !rest.is_empty() => {
            check(errors, path.to_string(), domain, text::subdomain(domain));
            let plain = |c: u8| c.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/".contains(&c);
            if !rest.bytes().all(plain) {
                errors.invalid(
                    path,
                    quoted(rest),
                    "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
                );
            }
        }
        _ => errors.invalid(path, quoted(name), "must be a domain-prefixed path (such as \"acme.io/foo\")"),
    }
}

fn indexed(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    let mode = spec.completion_mode.as_deref();
    if let Some(mode) = mode {
        super::one_of(errors, format!("{path}.completionMode"), mode, &["Indexed", "NonIndexed"]);
    }
    if is_indexed(spec) {
        if spec.completions.is_none() {
            errors.required(format!("{path}.completions"), "when completion mode is Indexed");
        }
        let (completions, failed) = (spec.completions.unwrap_or(0), spec.max_failed_indexes);
        let mut over = |field: &str, value: Option<i32>, most: i32, more: &str| {
            if let Some(value) = value.filter(|value| *value > most) {
                let why = format!("must be less than or equal to {most}{more}");
                errors.invalid(format!("{path}.{field}"), value, &why);
            }
        };
        over("parallelism", spec.parallelism, MOST_PARALLEL, " when completion mode is Indexed");
        let more_than_all = spec.completions.is_some() && failed.is_some_and(|failed| failed > completions);
        over("maxFailedIndexes", failed, MOST_FAILED, "");
        let many = completions > MANY && spec.backoff_limit_per_index.is_some();
        if many {
            let why = format!(" when completions are above {MANY} and used with backoff limit per index");
            over("parallelism", spec.parallelism, MOST_OF_MANY, &why);
            over("maxFailedIndexes", failed, MOST_OF_MANY, &why);
        }
        if many && failed.is_none() {
            let why = format!("must be specified when completions is above {MANY}");
            errors.required(format!("{path}.maxFailedIndexes"), &why);
        }
        if let Some(failed) = failed.filter(|_| more_than_all) {
            errors.invalid(format!("{path}.maxFailedIndexes"), failed, "must be less than or equal to completions");
        }
    } else if mode.is_none_or(|mode| mode == "NonIndexed") {
        for (name, value) in
            [("backoffLimitPerIndex", spec.backoff_limit_per_index), ("maxFailedIndexes", spec.max_failed_indexes)]
        {
            if let Some(value) = value {
                errors.invalid(format!("{path}.{name}"), value, "requires indexed completion mode");
            }
        }
    }
}

fn template(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    if let Some(labels) = spec.template.metadata.as_ref().and_then(|meta| meta.labels.as_ref()) {
        meta::labels(labels, &format!("{path}.labels"), errors);
    }
    let Some(body) = &spec.template.spec else { return };
    pod::spec(body, false, &format!("{path}.spec"), errors);
    let path = format!("{path}.spec.restartPolicy");
    match body.restart_policy.as_deref().unwrap_or("") {
        "" | "Always" => errors.required(path, "valid values: \"OnFailure\", \"Never\""),
        "Never" => {}
        "OnFailure" if spec.pod_failure_policy.is_some() => {
            errors.invalid(path, "\"OnFailure\"", "only \"Never\" is supported when podFailurePolicy is specified");
        }
        "OnFailure" => {}
        other => errors.not_supported(path, quoted(other), &["OnFailure", "Never"]),
    }
}

fn failure_rule(spec: &JobSpec, rule: &PodFailurePolicyRule, path: &str, errors: &mut FieldErrors) {
    let actions = ["Count", "FailIndex", "FailJob", "Ignore"];
    match rule.action.as_str() {
        "" => {
            let why = "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]";
            errors.required(format!("{path}.action"), why);
        }
        "FailIndex" if spec.backoff_limit_per_index.is_none() => {
            let why = "requires the backoffLimitPerIndex to be set";
            errors.invalid(format!("{path}.action"), "\"FailIndex\"", why);
        }
        action => super::one_of(errors, format!("{path}.action"), action, &actions),
    }
    if let Some(codes) = &rule.on_exit_codes {
        exit_codes(spec, codes, &format!("{path}.onExitCodes"), errors);
    }
    let patterns = rule.on_pod_conditions.as_deref().unwrap_or(&[]);
    for (n, pattern) in patterns.iter().enumerate() {
        let path = format!("{path}.onPodConditions[{n}]");
        check(errors, format!("{path}.type"), &pattern.type_, text::qualified_name(&pattern.type_));
        let status = pattern.status.as_deref().unwrap_or("");
        super::one_of(errors, format!("{path}.status"), status, &["False", "True", "Unknown"]);
    }
    match (rule.on_exit_codes.is_some(), !patterns.is_empty()) {
        (true, true) => errors.bad(path, "specifying both OnExitCodes and OnPodConditions is not supported"),
        (false, false) => errors.bad(path, "specifying one of OnExitCodes and OnPodConditions is required"),
        _ => {}
    }
}

fn exit_codes(spec: &JobSpec, codes: &PodFailurePolicyOnExitCodesRequirement, path: &str, errors: &mut FieldErrors) {
    match codes.operator.as_str() {
        "" => errors.required(format!("{path}.operator"), "valid values: [\"In\" \"NotIn\"]"),
        operator => super::one_of(errors, format!("{path}.operator"), operator, &["In", "NotIn"]),
    }
    if let Some(name) = &codes.container_name {
        let body = spec.template.spec.as_ref();
        let mut all = body.into_iter().flat_map(|s| s.containers.iter().chain(s.init_containers.iter().flatten()));
        if !all.any(|container| container.name == *name) {
            let why = "must be one of the container or initContainer names in the pod template";
            errors.invalid(format!("{path}.containerName"), quoted(name), why);
        }
    }
    let path = format!("{path}.values");
    if codes.values.is_empty() {
        errors.invalid(path.clone(), "[]", "at least one value is required");
    }
    for (n, value) in codes.values.iter().enumerate() {
        if codes.operator == "In" && *value == 0 {
            errors.invalid(format!("{path}[{n}]"), value, "must not be 0 for the In operator");
        }
        if codes.values[..n].contains(value) {
            errors.duplicate(format!("{path}[{n}]"), value);
        }
    }
    if !codes.values.is_sorted() {
        errors.invalid(path, json(&codes.values), "must be ordered");
    }
}

fn success_rule(rule: &SuccessPolicyRule, completions: i32, path: &str, errors: &mut FieldErrors) {
    if rule.succeeded_count.is_none() && rule.succeeded_indexes.is_none() {
        errors.required(path, "at least one of succeededCount or succeededIndexes must be specified");
    }
    let mut total = 0;
    if let Some(indexes) = &rule.succeeded_indexes {
        match self::indexes(indexes, completions) {
            Ok(count) => total = count,
            Err(why) => {
                let why = format!("error parsing succeededIndexes: {why}");
                errors.invalid(format!("{path}.succeededIndexes"), quoted(indexes), &why);
            }
        }
    }
    let Some(count) = rule.succeeded_count else { return };
    let path = format!("{path}.succeededCount");
    not_negative(errors, path.clone(), Some(i64::from(count)));
    if count > completions {
        let why = format!("must be less than or equal to {completions} (the number of specified completions)");
        errors.invalid(path.clone(), count, &why);
    }
    if rule.succeeded_indexes.is_some() && count > total {
        let why = format!(
            "must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
        );
        errors.invalid(path, count, &why);
    }
}

/// How many indexes `0,2-4` names.
fn indexes(text: &str, completions: i32) -> Result<i32, String> {
    let mut last: Option<i32> = None;
    let mut total = 0;
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let ends: Vec<&str> = part.split('-').collect();
        if ends.len() > 2 {
            return Err(format!(
                "the fragment {part:?} violates the requirement that an index interval can have at most two parts separated by '-'"
            ));
        }
        let mut numbers = vec![];
        for end in &ends {
            let number =
                end.parse::<i32>().map_err(|_| format!("cannot convert string to integer for index: {end:?}"))?;
            if number >= completions {
                return Err(format!("too large index: {end:?}"));
            }
            numbers.push(number);
        }
        let (first, end) = (numbers[0], numbers[numbers.len() - 1]);
        if numbers.len() > 1 && first >= end {
            return Err(format!("non-increasing order, previous: {first}, current: {end}"));
        }
        if let Some(last) = last.filter(|last| *last >= first) {
            return Err(format!("non-increasing order, previous: {last}, current: {first}"));
        }
        total += end - first + 1;
        last = Some(end);
    }
    Ok(total)
}

/// What of a Job may not change.
fn update(spec: &JobSpec, old: &Object, errors: &mut FieldErrors) {
    let was = old.spec::<JobSpec>();
    if spec.completions != was.completions {
        if !is_indexed(spec) {
            immutable("completions", spec.completions.map_or(Value::Null, Value::from), errors);
        } else if let Some(count) = spec.completions.filter(|_| spec.completions != spec.parallelism) {
            let why = "can only be modified in tandem with spec.parallelism";
            errors.invalid("spec.completions", count, why);
        }
    }
    if spec.selector != was.selector {
        immutable("selector", super::value(&spec.selector), errors);
    }
    // Where the pods of a suspended Job are to run, and with what, may change while it stands still.
    let open = was.suspend == Some(true) && old.status::<JobStatus>().start_time.is_none();
    let mut before = was.template.clone();
    if open {
        allow_scheduling(&mut before, &spec.template);
    }
    if before != spec.template {
        immutable("template", super::value(&spec.template), errors);
    }
    for (name, now, was) in [
        ("completionMode", super::value(&spec.completion_mode), super::value(&was.completion_mode)),
        ("podFailurePolicy", super::value(&spec.pod_failure_policy), super::value(&was.pod_failure_policy)),
        (
            "backoffLimitPerIndex",
            super::value(&spec.backoff_limit_per_index),
            super::value(&was.backoff_limit_per_index),
        ),
        ("managedBy", super::value(&spec.managed_by), super::value(&was.managed_by)),
        ("successPolicy", super::value(&spec.success_policy), super::value(&was.success_policy)),
    ] {
        if now != was {
            immutable(name, now, errors);
        }
    }
}

fn allow_scheduling(
    before: &mut k8s_openapi::api::core::v1::PodTemplateSpec,
    now: &k8s_openapi::api::core::v1::PodTemplateSpec,
) {
    let meta = now.metadata.clone().unwrap_or_default();
    let was = before.metadata.get_or_insert_default();
    (was.labels, was.annotations) = (meta.labels, meta.annotations);
    let (Some(was), Some(spec)) = (&mut before.spec, &now.spec) else { return };
    let pairs = was.containers.iter_mut().zip(&spec.containers);
    let inits = was.init_containers.iter_mut().flatten().zip(spec.init_containers.iter().flatten());
    pairs.chain(inits).for_each(|(was, now)| was.resources.clone_from(&now.resources));
    was.node_selector.clone_from(&spec.node_selector);
    was.tolerations.clone_from(&spec.tolerations);
    was.scheduling_gates.clone_from(&spec.scheduling_gates);
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.clone());
    if affinity.is_some() || was.affinity.is_some() {
        was.affinity.get_or_insert_default().node_affinity = affinity;
    }
    if spec.affinity.is_none() && was.affinity == Some(Default::default()) {
        was.affinity = None;
    }
}

fn immutable(field: &str, value: Value, errors: &mut FieldErrors) {
    errors.invalid(format!("spec.{field}"), value, "field is immutable");
}
