//! How far a rollout is, in the words of `kubectl rollout status`.
//!
//! Models: `kubectl/pkg/polymorphichelpers/rollout_status.go`.

use crate::api::object::Object;
use serde_json::Value;

/// What `kubectl rollout status` says, without the line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rollout {
    Going(String),
    Done(String),
    Failed(String),
}

fn number(tree: &Value, path: &str) -> i64 {
    tree.pointer(path).and_then(Value::as_i64).unwrap_or(0)
}

fn text<'a>(tree: &'a Value, path: &str) -> &'a str {
    tree.pointer(path).and_then(Value::as_str).unwrap_or("")
}

fn observed(tree: &Value) -> bool {
    number(tree, "/metadata/generation") <= number(tree, "/status/observedGeneration")
}

pub fn deployment(object: &Object) -> Rollout {
    let (tree, name) = (object.to_value(), object.name());
    if !observed(&tree) {
        return Rollout::Going("Waiting for deployment spec update to be observed...".into());
    }
    let conditions = tree.pointer("/status/conditions").and_then(Value::as_array);
    let late = conditions
        .into_iter()
        .flatten()
        .any(|c| text(c, "/type") == "Progressing" && text(c, "/reason") == "ProgressDeadlineExceeded");
    if late {
        return Rollout::Failed(format!("deployment \"{name}\" exceeded its progress deadline"));
    }
    let (wanted, all) = (number(&tree, "/spec/replicas"), number(&tree, "/status/replicas"));
    let (updated, available) = (number(&tree, "/status/updatedReplicas"), number(&tree, "/status/availableReplicas"));
    let waiting = format!("Waiting for deployment \"{name}\" rollout to finish:");
    if updated < wanted {
        Rollout::Going(format!("{waiting} {updated} out of {wanted} new replicas have been updated..."))
    } else if all > updated {
        Rollout::Going(format!("{waiting} {} old replicas are pending termination...", all - updated))
    } else if available < updated {
        Rollout::Going(format!("{waiting} {available} of {updated} updated replicas are available..."))
    } else {
        Rollout::Done(format!("deployment \"{name}\" successfully rolled out"))
    }
}

fn not_rolling(tree: &Value) -> Option<Rollout> {
    (text(tree, "/spec/updateStrategy/type") != "RollingUpdate")
        .then(|| Rollout::Failed("rollout status is only available for RollingUpdate strategy type".into()))
}

pub fn daemon_set(object: &Object) -> Rollout {
    let (tree, name) = (object.to_value(), object.name());
    if let Some(failed) = not_rolling(&tree) {
        return failed;
    }
    if !observed(&tree) {
        return Rollout::Going("Waiting for daemon set spec update to be observed...".into());
    }
    let wanted = number(&tree, "/status/desiredNumberScheduled");
    let (updated, available) =
        (number(&tree, "/status/updatedNumberScheduled"), number(&tree, "/status/numberAvailable"));
    let waiting = format!("Waiting for daemon set \"{name}\" rollout to finish:");
    if updated < wanted {
        Rollout::Going(format!("{waiting} {updated} out of {wanted} new pods have been updated..."))
    } else if available < wanted {
        Rollout::Going(format!("{waiting} {available} of {wanted} updated pods are available..."))
    } else {
        Rollout::Done(format!("daemon set \"{name}\" successfully rolled out"))
    }
}

pub fn stateful_set(object: &Object) -> Rollout {
    let tree = object.to_value();
    if let Some(failed) = not_rolling(&tree) {
        return failed;
    }
    if number(&tree, "/status/observedGeneration") == 0 || !observed(&tree) {
        return Rollout::Going("Waiting for statefulset spec update to be observed...".into());
    }
    let (wanted, ready) = (number(&tree, "/spec/replicas"), number(&tree, "/status/readyReplicas"));
    if ready < wanted {
        return Rollout::Going(format!("Waiting for {} pods to be ready...", wanted - ready));
    }
    let updated = number(&tree, "/status/updatedReplicas");
    if tree.pointer("/spec/updateStrategy/rollingUpdate").is_some_and(|r| !r.is_null()) {
        let due = wanted - number(&tree, "/spec/updateStrategy/rollingUpdate/partition");
        if updated < due {
            return Rollout::Going(format!(
                "Waiting for partitioned roll out to finish: {updated} out of {due} new pods have been updated..."
            ));
        }
        return Rollout::Done(format!("partitioned roll out complete: {updated} new pods have been updated..."));
    }
    let (update, current) = (text(&tree, "/status/updateRevision"), text(&tree, "/status/currentRevision"));
    if update != current {
        return Rollout::Going(format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {update}..."
        ));
    }
    let done = number(&tree, "/status/currentReplicas");
    Rollout::Done(format!("statefulset rolling update complete {done} pods at revision {current}..."))
}
