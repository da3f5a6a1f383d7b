//! The columns of the rare kinds.
//!
//! Models: `pkg/printers/internalversion/printers.go`, `kube-aggregator/pkg/registry/apiservice/etcd`.

use super::{at, count, shown, text};
use crate::api::kind::Column;
use crate::api::object::Object;
use crate::api::show::cell::{self, column};
use crate::base::age;
use crate::time::Time;
use serde_json::Value;

pub static BARE: [Column; 2] = [cell::NAME, cell::AGE];

/// What one condition of a list says.
fn condition<'a>(object: &'a Object, kind: &str) -> Option<&'a Value> {
    let path = if object.kind.names().resource == "componentstatuses" { "conditions" } else { "status.conditions" };
    at(object, path).as_array()?.iter().find(|one| one["type"] == kind)
}

pub static COMPONENT: [Column; 4] = [
    cell::NAME,
    column("STATUS", |o, _| match condition(o, "Healthy") {
        Some(one) if one["status"] == "True" => "Healthy".into(),
        _ => "Unhealthy".into(),
    }),
    column("MESSAGE", |o, _| condition(o, "Healthy").map_or("", |one| one["message"].as_str().unwrap_or("")).into()),
    column("ERROR", |o, _| condition(o, "Healthy").map_or("", |one| one["error"].as_str().unwrap_or("")).into()),
];

pub static MUTATIONS: [Column; 4] = [
    cell::NAME,
    column("MUTATIONS", |o, _| count(o, "spec.mutations").to_string()),
    column("PARAMKIND", |o, _| param_kind(o)),
    cell::AGE,
];
pub static VALIDATIONS: [Column; 4] = [
    cell::NAME,
    column("VALIDATIONS", |o, _| count(o, "spec.validations").to_string()),
    column("PARAMKIND", |o, _| param_kind(o)),
    cell::AGE,
];

fn param_kind(object: &Object) -> String {
    if at(object, "spec.paramKind").is_null() {
        return "<unset>".into();
    }
    format!("{}/{}", text(object, "spec.paramKind.apiVersion"), text(object, "spec.paramKind.kind"))
}

pub static POLICY_BINDING: [Column; 4] = [
    cell::NAME,
    column("POLICYNAME", |o, _| text(o, "spec.policyName").into()),
    column("PARAMREF", |o, _| {
        if at(o, "spec.paramRef").is_null() {
            return "<unset>".into();
        }
        match text(o, "spec.paramRef.namespace") {
            "" => format!("*/{}", text(o, "spec.paramRef.name")),
            namespace => format!("{namespace}/{}", text(o, "spec.paramRef.name")),
        }
    }),
    cell::AGE,
];

pub static WEBHOOKS: [Column; 3] = [cell::NAME, column("WEBHOOKS", |o, _| count(o, "webhooks").to_string()), cell::AGE];

pub static AGGREGATED: [Column; 4] = [
    cell::NAME,
    column("SERVICE", |o, _| match text(o, "spec.service.name") {
        "" => "Local".into(),
        name => format!("{}/{name}", text(o, "spec.service.namespace")),
    }),
    column("AVAILABLE", |o, _| match condition(o, "Available") {
        None => "Unknown".into(),
        Some(one) if one["status"] == "True" => "True".into(),
        Some(one) => {
            format!("{} ({})", one["status"].as_str().unwrap_or(""), one["reason"].as_str().unwrap_or(""))
        }
    }),
    cell::AGE,
];

pub static REQUEST: [Column; 6] = [
    cell::NAME,
    cell::AGE,
    column("SIGNERNAME", |o, _| shown(o, "spec.signerName")),
    column("REQUESTOR", |o, _| text(o, "spec.username").into()),
    column("REQUESTEDDURATION", |o, _| {
        at(o, "spec.expirationSeconds").as_u64().map_or_else(|| "<none>".into(), age::human)
    }),
    column("CONDITION", |o, _| crate::api::signing::state(o)),
];

pub static FLOW: [Column; 6] = [
    cell::NAME,
    column("PRIORITYLEVEL", |o, _| text(o, "spec.priorityLevelConfiguration.name").into()),
    column("MATCHINGPRECEDENCE", |o, _| at(o, "spec.matchingPrecedence").as_i64().unwrap_or(0).to_string()),
    column("DISTINGUISHERMETHOD", |o, _| shown(o, "spec.distinguisherMethod.type")),
    cell::AGE,
    column("MISSINGPL", |o, _| {
        condition(o, "Dangling").map_or("?", |one| one["status"].as_str().unwrap_or("?")).into()
    }),
];

pub static LEVEL: [Column; 7] = [
    cell::NAME,
    column("TYPE", |o, _| text(o, "spec.type").into()),
    column("NOMINALCONCURRENCYSHARES", |o, _| shown(o, "spec.limited.nominalConcurrencyShares")),
    column("QUEUES", |o, _| shown(o, "spec.limited.limitResponse.queuing.queues")),
    column("HANDSIZE", |o, _| shown(o, "spec.limited.limitResponse.queuing.handSize")),
    column("QUEUELENGTHLIMIT", |o, _| shown(o, "spec.limited.limitResponse.queuing.queueLengthLimit")),
    cell::AGE,
];

pub static ADDRESS: [Column; 2] = [
    cell::NAME,
    column("PARENTREF", |o, _| {
        if at(o, "spec.parentRef").is_null() {
            return "<none>".into();
        }
        let part = |name: &str| text(o, &format!("spec.parentRef.{name}")).to_string();
        let parts = [part("resource"), part("group")];
        let kind = parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(".");
        let parts = [kind, part("namespace"), part("name")];
        parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("/")
    }),
];

pub static CIDRS: [Column; 3] = [cell::NAME, column("CIDRS", |o, _| list(o, "spec.cidrs")), cell::AGE];

/// The texts of a list, with commas.
fn list(object: &Object, path: &str) -> String {
    let items = at(object, path).as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}

pub static RUNTIME: [Column; 3] = [cell::NAME, column("HANDLER", |o, _| text(o, "handler").into()), cell::AGE];

pub static CLAIM: [Column; 3] = [
    cell::NAME,
    column("STATE", |o: &Object, _: Time| {
        let mut words = vec![];
        if o.deleting() {
            words.push("deleted");
        }
        if at(o, "status.allocation").is_null() {
            if !o.deleting() {
                words.push("pending");
            }
        } else {
            words.push("allocated");
            if count(o, "status.reservedFor") > 0 {
                words.push("reserved");
            }
        }
        words.join(",")
    }),
    cell::AGE,
];

pub static SLICE: [Column; 5] = [
    cell::NAME,
    column(
        "NODE",
        |o, _| if at(o, "spec.nodeName").is_null() { "<unset>".into() } else { text(o, "spec.nodeName").into() },
    ),
    column("DRIVER", |o, _| text(o, "spec.driver").into()),
    column("POOL", |o, _| text(o, "spec.pool.name").into()),
    cell::AGE,
];

pub static DRIVER: [Column; 8] = [
    cell::NAME,
    column("ATTACHREQUIRED", |o, _| (at(o, "spec.attachRequired") != &Value::Bool(false)).to_string()),
    column("PODINFOONMOUNT", |o, _| (at(o, "spec.podInfoOnMount") == &Value::Bool(true)).to_string()),
    column("STORAGECAPACITY", |o, _| (at(o, "spec.storageCapacity") == &Value::Bool(true)).to_string()),
    column("TOKENREQUESTS", |o, _| {
        let items = at(o, "spec.tokenRequests").as_array().map(Vec::as_slice).unwrap_or_default();
        let names: Vec<&str> = items.iter().filter_map(|one| one["audience"].as_str()).collect();
        if names.is_empty() { "<unset>".into() } else { names.join(",") }
    }),
    column("REQUIRESREPUBLISH", |o, _| (at(o, "spec.requiresRepublish") == &Value::Bool(true)).to_string()),
    column("MODES", |o, _| match list(o, "spec.volumeLifecycleModes") {
        none if none.is_empty() => "Persistent".into(),
        modes => modes,
    }),
    cell::AGE,
];

pub static DRIVERS: [Column; 3] =
    [cell::NAME, column("DRIVERS", |o, _| count(o, "spec.drivers").to_string()), cell::AGE];

pub static CAPACITY: [Column; 3] = [
    cell::NAME,
    column("STORAGECLASSNAME", |o, _| text(o, "storageClassName").into()),
    column("CAPACITY", |o, _| match text(o, "capacity") {
        "" => "<unset>".into(),
        size => size.into(),
    }),
];

pub static ATTACHMENT: [Column; 6] = [
    cell::NAME,
    column("ATTACHER", |o, _| text(o, "spec.attacher").into()),
    column("PV", |o, _| text(o, "spec.source.persistentVolumeName").into()),
    column("NODE", |o, _| text(o, "spec.nodeName").into()),
    column("ATTACHED", |o, _| (at(o, "status.attached") == &Value::Bool(true)).to_string()),
    cell::AGE,
];

pub static ATTRIBUTES: [Column; 3] = [cell::NAME, column("DRIVERNAME", |o, _| text(o, "driverName").into()), cell::AGE];
