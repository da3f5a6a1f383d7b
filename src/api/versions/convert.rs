//! From objects of old versions to current ones, with the defaults that were theirs.
//!
//! Models: `pkg/apis/{extensions,apps,networking,autoscaling,apiextensions,events}/v1beta*/{defaults,conversion}.go`.
//! Left out: `spec.rollbackTo`, metrics of other sources than resources in `autoscaling/v2beta1`.

use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

pub fn same(_: &mut Object) {}

/// The map at a path; made where it is not there.
fn map<'a>(object: &'a mut Object, path: &[&str]) -> &'a mut Object {
    let Some((first, rest)) = path.split_first() else { return object };
    let entry = object.entry(*first).or_insert_with(|| json!({}));
    if !entry.is_object() {
        *entry = json!({});
    }
    map(entry.as_object_mut().expect("just made one"), rest)
}

fn default(object: &mut Object, path: &[&str], value: Value) {
    let Some((last, parents)) = path.split_last() else { return };
    let parent = map(object, parents);
    if parent.get(*last).is_none_or(Value::is_null) {
        parent.insert((*last).into(), value);
    }
}

/// Selector and labels were those of the template, if nothing else was said.
pub fn selector_of_labels(object: &mut Object) {
    let labels = object.get("spec").and_then(|spec| spec.pointer("/template/metadata/labels")).cloned();
    let Some(labels) = labels.filter(|labels| labels.as_object().is_some_and(|map| !map.is_empty())) else { return };
    default(object, &["spec", "selector"], json!({ "matchLabels": labels }));
    let own = object.get("metadata").and_then(|meta| meta.get("labels"));
    if own.is_none_or(|own| own.as_object().is_none_or(Map::is_empty)) {
        map(object, &["metadata"]).insert("labels".into(), labels);
    }
}

/// A rolling update with these bounds, unless the manifest says another thing.
fn rolling(object: &mut Object, bound: Value) {
    default(object, &["spec", "strategy", "type"], "RollingUpdate".into());
    if object["spec"]["strategy"]["type"] == "RollingUpdate" {
        default(object, &["spec", "strategy", "rollingUpdate", "maxSurge"], bound.clone());
        default(object, &["spec", "strategy", "rollingUpdate", "maxUnavailable"], bound);
    }
}

/// No deadline, every old ReplicaSet kept, one pod at a time.
pub fn extensions_deployment(object: &mut Object) {
    selector_of_labels(object);
    rolling(object, 1.into());
    default(object, &["spec", "progressDeadlineSeconds"], i32::MAX.into());
    default(object, &["spec", "revisionHistoryLimit"], i32::MAX.into());
    map(object, &["spec"]).remove("rollbackTo");
}

pub fn beta1_deployment(object: &mut Object) {
    selector_of_labels(object);
    rolling(object, "25%".into());
    default(object, &["spec", "progressDeadlineSeconds"], 600.into());
    default(object, &["spec", "revisionHistoryLimit"], 2.into());
    map(object, &["spec"]).remove("rollbackTo");
}

pub fn extensions_daemon_set(object: &mut Object) {
    selector_of_labels(object);
    default(object, &["spec", "updateStrategy", "type"], "OnDelete".into());
    map(object, &["spec"]).remove("templateGeneration");
}

pub fn beta1_stateful_set(object: &mut Object) {
    selector_of_labels(object);
    default(object, &["spec", "updateStrategy", "type"], "OnDelete".into());
}

pub fn ingress(object: &mut Object) {
    let spec = map(object, &["spec"]);
    if let Some(mut fallback) = spec.remove("backend") {
        backend(&mut fallback);
        spec.insert("defaultBackend".into(), fallback);
    }
    let rules = spec.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten();
    let paths = rules.filter_map(|rule| rule.pointer_mut("/http/paths")?.as_array_mut()).flatten();
    for path in paths.filter_map(Value::as_object_mut) {
        default(path, &["pathType"], "ImplementationSpecific".into());
        if let Some(to) = path.get_mut("backend") {
            backend(to);
        }
    }
}

/// `serviceName` and `servicePort` became a structure.
fn backend(value: &mut Value) {
    let Some(to) = value.as_object_mut() else { return };
    let (name, port) = (to.remove("serviceName"), to.remove("servicePort"));
    if name.is_none() && port.is_none() {
        return;
    }
    let port = match port {
        Some(Value::String(text)) => match text.parse::<i32>() {
            Ok(number) => json!({ "number": number }),
            Err(_) => json!({ "name": text }),
        },
        Some(number) => json!({ "number": number }),
        None => json!({}),
    };
    to.insert("service".into(), json!({ "name": name.unwrap_or_else(|| "".into()), "port": port }));
}

pub fn autoscaler(object: &mut Object) {
    let spec = map(object, &["spec"]);
    if let Some(percent) = spec.remove("targetCPUUtilizationPercentage").filter(|percent| !percent.is_null()) {
        let target = json!({ "type": "Utilization", "averageUtilization": percent });
        spec.insert("metrics".into(), json!([{ "type": "Resource", "resource": { "name": "cpu", "target": target } }]));
    }
}

pub fn autoscaler_beta1(object: &mut Object) {
    let metrics = map(object, &["spec"]).get_mut("metrics").and_then(Value::as_array_mut).into_iter().flatten();
    for metric in metrics {
        let Some(resource) = metric.get_mut("resource").and_then(Value::as_object_mut) else { continue };
        let target = match (resource.remove("targetAverageUtilization"), resource.remove("targetAverageValue")) {
            (Some(percent), _) => json!({ "type": "Utilization", "averageUtilization": percent }),
            (None, Some(value)) => json!({ "type": "AverageValue", "averageValue": value }),
            (None, None) => continue,
        };
        resource.insert("target".into(), target);
    }
}

pub fn signing_request(object: &mut Object) {
    default(object, &["spec", "signerName"], "kubernetes.io/legacy-unknown".into());
}

pub fn webhooks(object: &mut Object) {
    for hook in object.get_mut("webhooks").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(hook) = hook.as_object_mut() {
            default(hook, &["failurePolicy"], "Ignore".into());
            default(hook, &["matchPolicy"], "Exact".into());
            default(hook, &["timeoutSeconds"], 30.into());
            default(hook, &["sideEffects"], "None".into());
            default(hook, &["admissionReviewVersions"], json!(["v1beta1"]));
        }
    }
}

/// One schema, one subresources block and one list of columns for all versions became those of each version.
pub fn definition(object: &mut Object) {
    let spec = map(object, &["spec"]);
    let version = spec.remove("version").unwrap_or_else(|| "v1".into());
    let kept = spec.remove("preserveUnknownFields") != Some(Value::Bool(false));
    default(spec, &["versions"], json!([{ "name": version, "served": true, "storage": true }]));
    default(spec, &["scope"], "Namespaced".into());
    let whole = [("validation", "schema"), ("subresources", "subresources")];
    let whole: Vec<_> = whole.into_iter().filter_map(|(old, new)| Some((new, spec.remove(old)?))).collect();
    let columns = spec.remove("additionalPrinterColumns");
    for version in spec.get_mut("versions").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(version) = version.as_object_mut() else { continue };
        for (name, value) in &whole {
            default(version, &[name], value.clone());
        }
        if let Some(columns) = &columns {
            default(version, &["additionalPrinterColumns"], columns.clone());
        }
        for column in version.get_mut("additionalPrinterColumns").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(column) = column.as_object_mut()
                && let Some(path) = column.remove("JSONPath")
            {
                column.insert("jsonPath".into(), path);
            }
        }
        default(version, &["schema", "openAPIV3Schema", "type"], "object".into());
        if kept {
            let root = ["schema", "openAPIV3Schema", "x-kubernetes-preserve-unknown-fields"];
            default(version, &root, true.into());
        }
    }
}

pub fn event(object: &mut Object) {
    let names = [
        ("regarding", "involvedObject"),
        ("note", "message"),
        ("deprecatedSource", "source"),
        ("deprecatedFirstTimestamp", "firstTimestamp"),
        ("deprecatedLastTimestamp", "lastTimestamp"),
        ("deprecatedCount", "count"),
        ("reportingController", "reportingComponent"),
    ];
    for (new, old) in names {
        if let Some(value) = object.remove(new) {
            object.insert(old.into(), value);
        }
    }
}

pub fn priority_level(object: &mut Object) {
    if let Some(limited) =
        object.get_mut("spec").and_then(|spec| spec.get_mut("limited")).and_then(Value::as_object_mut)
        && let Some(shares) = limited.remove("assuredConcurrencyShares")
    {
        limited.insert("nominalConcurrencyShares".into(), shares);
    }
}
