//! Fields that the server always sends, though they hold nothing: those without `omitempty` in the API's Go types.
//!
//! Models: `k8s.io/api` types.go.

use serde_json::{Map, Value, json};

/// Adds to the tree of an object what its JSON form always has.
pub fn complete(resource: &str, tree: &mut Value) {
    match resource {
        "pods" => {
            pod_spec(&mut tree["spec"]);
            pod_status(&mut tree["status"]);
        }
        "deployments.apps"
        | "replicasets.apps"
        | "daemonsets.apps"
        | "statefulsets.apps"
        | "jobs.batch"
        | "replicationcontrollers" => {
            if resource == "deployments.apps" {
                put(tree.pointer_mut("/spec"), "strategy", json!({}));
            }
            template(tree.pointer_mut("/spec/template"));
        }
        "cronjobs.batch" => template(tree.pointer_mut("/spec/jobTemplate/spec/template")),
        "events" => {
            for (field, value) in [
                ("eventTime", Value::Null),
                ("firstTimestamp", Value::Null),
                ("lastTimestamp", Value::Null),
                ("reportingComponent", json!("")),
                ("reportingInstance", json!("")),
                ("source", json!({})),
            ] {
                put(Some(tree), field, value);
            }
        }
        _ => {}
    }
}

fn put(part: Option<&mut Value>, field: &str, value: Value) {
    if let Some(map) = part.and_then(Value::as_object_mut) {
        map.entry(field).or_insert(value);
    }
}

fn template(part: Option<&mut Value>) {
    let Some(part) = part else { return };
    put(Some(part), "metadata", Value::Object(Map::new()));
    pod_spec(&mut part["spec"]);
}

fn each(part: &mut Value, field: &str, act: impl Fn(&mut Value)) {
    if let Some(items) = part.get_mut(field).and_then(Value::as_array_mut) {
        items.iter_mut().for_each(act);
    }
}

fn pod_spec(spec: &mut Value) {
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, list, |container| put(Some(container), "resources", json!({})));
    }
}

fn pod_status(status: &mut Value) {
    each(status, "conditions", |condition| {
        put(Some(condition), "lastProbeTime", Value::Null);
        put(Some(condition), "lastTransitionTime", Value::Null);
    });
    for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
        each(status, list, |container| {
            for field in ["lastState", "state"] {
                put(Some(container), field, json!({}));
            }
        });
    }
}
