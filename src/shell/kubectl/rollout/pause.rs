//! `kubectl rollout pause` and `resume`.
//!
//! Models: `kubectl/pkg/cmd/rollout/rollout_pause.go`, `rollout_resume.go`.

use super::super::trouble::{Trouble, gather};
use super::super::write::{self, DryRun, Printer};
use super::super::{Args, Cx, Flow, Outcome, Spec, Verb, flags};
use super::{FLAGS, objects, titled};
use crate::api::patch::Patch;
use crate::api::{Object, kinds};
use k8s_openapi::api::apps::v1::DeploymentSpec;
use serde_json::{Value, json};

pub struct Pause;
pub struct Resume;

static PAUSE: Spec = Spec {
    name: "pause",
    short: "Mark the provided resource as paused",
    long: "Mark the provided resource as paused.\n\n Paused resources will not be reconciled by a controller. Use \"kubectl rollout resume\" to resume a paused resource. Currently only deployments support being paused.",
    examples: "# Mark the nginx deployment as paused\n# Any current state of the deployment will continue its function; new updates\n# to the deployment will not have an effect as long as the deployment is paused\nkubectl rollout pause deployment/nginx",
    usage: "RESOURCE",
    flags: &[flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, FLAGS],
    ..Spec::EMPTY
};

static RESUME: Spec = Spec {
    name: "resume",
    short: "Resume a paused resource",
    long: "Resume a paused resource.\n\n Paused resources will not be reconciled by a controller. By resuming a resource, we allow it to be reconciled again. Currently only deployments support being resumed.",
    examples: "# Resume an already paused deployment\nkubectl rollout resume deployment/nginx",
    usage: "RESOURCE",
    flags: &[flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Pause {
    fn spec(&self) -> &'static Spec {
        &PAUSE
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        all(args, cx, true)
    }
}

impl Verb for Resume {
    fn spec(&self) -> &'static Spec {
        &RESUME
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        all(args, cx, false)
    }
}

fn all(args: &Args, cx: &mut Cx<'_>, pause: bool) -> Outcome {
    let dry = DryRun::of(args)?;
    let mut printer = Printer::of(args, dry)?;
    let found = objects(args, cx)?;
    let mut troubles = found.troubles;
    for object in found.objects {
        if let Err(trouble) = one(object, pause, dry, cx, &mut printer) {
            troubles.push(trouble);
        }
    }
    gather(troubles)?;
    Ok(Flow::Done)
}

fn one(object: Object, pause: bool, dry: DryRun, cx: &mut Cx<'_>, printer: &mut Printer) -> Result<(), Trouble> {
    let kind = object.kind;
    if kind != kinds::DEPLOYMENT {
        let word = if pause { "pausing" } else { "resuming" };
        return Err(Trouble::text(format!("{} {word} is not supported", titled(&object))));
    }
    let paused = object.spec::<DeploymentSpec>().paused == Some(true);
    if paused == pause {
        let state = if pause { "already" } else { "not" };
        return Err(Trouble::text(format!("{} is {state} paused", titled(&object))));
    }
    let done = if pause { "paused" } else { "resumed" };
    let body = json!({ "spec": { "paused": if pause { Value::Bool(true) } else { Value::Null } } });
    if dry == DryRun::Client {
        return Ok(printer.object(cx, &object, done)?);
    }
    let (namespace, name) = (object.namespace().to_string(), object.name().to_string());
    let patched = write::act(cx, dry, |hands| hands.patch(kind, &namespace, &name, Patch::strategic(&body)))?;
    Ok(printer.object(cx, &patched.object, done)?)
}
