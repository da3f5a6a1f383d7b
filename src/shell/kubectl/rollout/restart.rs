//! `kubectl rollout restart`: a new annotation in the template makes new pods.
//!
//! Models: `kubectl/pkg/cmd/rollout/rollout_restart.go`, `kubectl/pkg/polymorphichelpers/objectrestarter.go`.

use super::super::trouble::{Trouble, gather};
use super::super::write::{self, DryRun, Printer};
use super::super::{Args, Cx, Flow, Outcome, Spec, Verb, flags};
use super::{FLAGS, objects, titled};
use crate::api::Object;
use crate::api::patch::Patch;
use k8s_openapi::api::apps::v1::DeploymentSpec;
use serde_json::json;

pub struct Restart;

static SPEC: Spec = Spec {
    name: "restart",
    short: "Restart a resource",
    long: "Restart a resource.\n\n        Resource rollout will be restarted.",
    examples: "# Restart all deployments in the test-namespace namespace\nkubectl rollout restart deployment -n test-namespace\n\n# Restart a deployment\nkubectl rollout restart deployment/nginx\n\n# Restart deployments with the app=nginx label\nkubectl rollout restart deployment --selector=app=nginx",
    usage: "RESOURCE",
    flags: &[flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, FLAGS],
    ..Spec::EMPTY
};

const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

impl Verb for Restart {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let dry = DryRun::of(args)?;
        let mut printer = Printer::of(args, dry)?;
        let found = objects(args, cx)?;
        let mut troubles = found.troubles;
        for object in found.objects {
            if let Err(trouble) = one(object, dry, cx, &mut printer) {
                troubles.push(trouble);
            }
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

fn one(object: Object, dry: DryRun, cx: &mut Cx<'_>, printer: &mut Printer) -> Result<(), Trouble> {
    let kind = object.kind;
    let restartable = ["deployments.apps", "daemonsets.apps", "statefulsets.apps"].contains(&kind.names().resource);
    let Some(template) = kind.template(&object).filter(|_| restartable) else {
        return Err(Trouble::text(format!("{} restarting is not supported", titled(&object))));
    };
    if object.try_spec::<DeploymentSpec>().is_some_and(|spec| spec.paused == Some(true)) {
        let words = format!("{} can't restart paused deployment (run rollout resume first)", titled(&object));
        return Err(Trouble::text(words));
    }
    let now = cx.now().timestamp().to_string();
    let annotations = template.metadata.as_ref().and_then(|meta| meta.annotations.as_ref());
    if annotations.and_then(|map| map.get(RESTARTED)).is_some_and(|was| *was == now) {
        let words = "if restart has already been triggered within the past second, please wait before attempting to trigger another";
        return Err(Trouble::text(words));
    }
    let body = json!({ "spec": { "template": { "metadata": { "annotations": { RESTARTED: now } } } } });
    if dry == DryRun::Client {
        return Ok(printer.object(cx, &object, "restarted")?);
    }
    let (namespace, name) = (object.namespace().to_string(), object.name().to_string());
    let patched = write::act(cx, dry, |hands| hands.patch(kind, &namespace, &name, Patch::strategic(&body)))?;
    Ok(printer.object(cx, &patched.object, "restarted")?)
}
