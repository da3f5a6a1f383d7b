//! `kubectl scale`.
//!
//! Models: `kubectl/pkg/cmd/scale/scale.go`.
//! Left out: `--timeout` (it returns as soon as the server has it).

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, Printer};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, targets};
use crate::api::decode::Check;
use crate::api::patch::{Patch, PatchKind, Subresource};
use crate::api::{ApiError, Object, Reason};
use serde_json::json;

pub struct Scale;

static FLAGS: &[Flag] = &[
    Flag::list("filename", "Filename, directory, or URL to files identifying the resource to set a new size")
        .short('f'),
    Flag::bool("all", "Select all resources in the namespace of the specified resource types"),
    Flag::int(
        "current-replicas",
        "-1",
        "Precondition for current size. Requires that the current size of the resource match this value in order to scale. -1 (default) for no condition.",
    ),
    Flag::int("replicas", "0", "The new desired number of replicas. Required."),
    Flag::text(
        "resource-version",
        "",
        "Precondition for resource version. Requires that the current resource version match this value in order to scale.",
    ),
    Flag::duration(
        "timeout",
        "0s",
        "The length of time to wait before giving up on a scale operation, zero means don't wait. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).",
    ),
];

static SPEC: Spec = Spec {
    name: "scale",
    group: Group::Deploy,
    short: "Set a new size for a deployment, replica set, or replication controller",
    long: "Set a new size for a deployment, replica set, replication controller, or stateful set.\n\n Scale also allows users to specify one or more preconditions for the scale action.\n\n If --current-replicas or --resource-version is specified, it is validated before the scale is attempted, and it is guaranteed that the precondition holds true when the scale is sent to the server.",
    examples: "# Scale a replica set named 'foo' to 3\nkubectl scale --replicas=3 rs/foo\n\n# Scale a resource identified by type and name specified in \"foo.yaml\" to 3\nkubectl scale --replicas=3 -f foo.yaml\n\n# If the deployment named mysql's current size is 2, scale mysql to 3\nkubectl scale --current-replicas=2 --replicas=3 deployment/mysql\n\n# Scale multiple replication controllers\nkubectl scale --replicas=5 rc/example1 rc/example2 rc/example3\n\n# Scale stateful set named 'web' to 3\nkubectl scale --replicas=3 statefulset/web",
    usage: "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
    flags: &[FLAGS, flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, flags::RECORD],
    ..Spec::EMPTY
};

impl Verb for Scale {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !args.has("replicas") {
            return Err(Failure::error("required flag(s) \"replicas\" not set"));
        }
        let dry = DryRun::of(args)?;
        if args.int("replicas") < 0 {
            let words = "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0";
            return Err(Failure::error(words));
        }
        let mut printer = Printer::of(args, dry)?;
        let found = targets::find(&args.words, args, cx)?;
        let mut troubles = found.troubles;
        if found.objects.is_empty() && troubles.is_empty() {
            return Err(Failure::error("no objects passed to scale"));
        }
        for object in found.objects {
            if let Err(trouble) = one(object, dry, args, cx, &mut printer) {
                troubles.push(trouble);
            }
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

fn one(mut object: Object, dry: DryRun, args: &Args, cx: &mut Cx<'_>, printer: &mut Printer) -> Result<(), Trouble> {
    let kind = object.kind;
    if kind.custom().is_some_and(|custom| custom.scale.is_none()) {
        return Err(ApiError::not_found(kind.names(), object.name()).into());
    }
    let Some(now) = kind.replicas(&object) else {
        return Err(ApiError::new(Reason::NotFound, "the server could not find the requested resource").into());
    };
    let expected = args.int("current-replicas");
    if expected >= 0 && expected != i64::from(now) {
        return Err(Trouble::text(format!("Expected replicas to be {expected}, was {now}")));
    }
    let version = args.text("resource-version");
    let actual = object.meta.resource_version.clone().unwrap_or_default();
    if !version.is_empty() && version != actual {
        return Err(Trouble::text(format!("Expected resource version to be {version}, was {actual}")));
    }
    kind.set_replicas(&mut object, args.int("replicas") as i32);
    if dry != DryRun::Client {
        let body = json!({ "spec": { "replicas": args.int("replicas") } });
        let patch = Patch { how: PatchKind::Merge, body: &body, part: Subresource::Scale, check: Check::Ignore };
        let (namespace, name) = (object.namespace().to_string(), object.name().to_string());
        write::act(cx, dry, |hands| hands.patch(kind, &namespace, &name, patch))?;
        if let (DryRun::None, Ok(now)) = (dry, cx.world.api.get(kind, &namespace, &name)) {
            let now = now.clone();
            object = write::recorded(cx, dry, now)?;
        }
    }
    Ok(printer.object(cx, &object, "scaled")?)
}
