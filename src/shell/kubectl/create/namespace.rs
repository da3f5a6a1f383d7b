//! `kubectl create namespace` and `kubectl create serviceaccount`.
//!
//! Models: `kubectl/pkg/cmd/create/create_namespace.go`, `create_serviceaccount.go`.

use super::super::{Args, Cx, Outcome, Spec, Verb};
use super::{GENERATOR, Made, deliver, name, object};
use serde_json::{Value, json};

pub struct Namespace;

static NAMESPACE: Spec = Spec {
    name: "namespace",
    aliases: &["ns"],
    short: "Create a namespace with the specified name",
    long: "Create a namespace with the specified name.",
    examples: "# Create a new namespace named my-namespace\nkubectl create namespace my-namespace",
    usage: "NAME [--dry-run=server|client|none]",
    flags: GENERATOR,
    ..Spec::EMPTY
};

impl Verb for Namespace {
    fn spec(&self) -> &'static Spec {
        &NAMESPACE
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let mut value = object("v1", "Namespace", &name(args, "kubectl create namespace")?);
        value.insert("spec".into(), json!({}));
        value.insert("status".into(), json!({}));
        deliver(Made { value: Value::Object(value), fail: "" }, args, cx)
    }
}

pub struct ServiceAccount;

static ACCOUNT: Spec = Spec {
    name: "serviceaccount",
    aliases: &["sa"],
    short: "Create a service account with the specified name",
    long: "Create a service account with the specified name.",
    examples: "# Create a new service account named my-service-account\nkubectl create serviceaccount my-service-account",
    usage: "NAME [--dry-run=server|client|none]",
    flags: GENERATOR,
    ..Spec::EMPTY
};

impl Verb for ServiceAccount {
    fn spec(&self) -> &'static Spec {
        &ACCOUNT
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let value = object("v1", "ServiceAccount", &name(args, "kubectl create serviceaccount")?);
        deliver(Made { value: Value::Object(value), fail: "failed to create serviceaccount: " }, args, cx)
    }
}
