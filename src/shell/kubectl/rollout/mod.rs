//! `kubectl rollout`: what happens to the pods when a template changes.
//!
//! Models: `kubectl/pkg/cmd/rollout`.

mod pause;
mod restart;
mod undo;

use super::trouble::Trouble;
use super::{Args, Cx, Failure, Flag, Group, Spec, Verb, resources, targets};
use crate::api::Object;

pub struct Rollout;

static SPEC: Spec = Spec {
    name: "rollout",
    group: Group::Deploy,
    short: "Manage the rollout of a resource",
    long: "Manage the rollout of one or many resources.\n\n Valid resource types include:\n\n  *  deployments\n  *  daemonsets\n  *  statefulsets",
    examples: "# Rollback to the previous deployment\nkubectl rollout undo deployment/abc\n\n# Check the rollout status of a daemonset\nkubectl rollout status daemonset/foo\n\n# Restart a deployment\nkubectl rollout restart deployment/abc\n\n# Restart deployments with the 'app=nginx' label\nkubectl rollout restart deployment --selector=app=nginx",
    usage: "SUBCOMMAND",
    subs: &[
        &super::rollout_status::History,
        &pause::Pause,
        &restart::Restart,
        &pause::Resume,
        &super::rollout_status::Status,
        &undo::Undo,
    ],
    ..Spec::EMPTY
};

impl Verb for Rollout {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
}

static FLAGS: &[Flag] =
    &[Flag::text("field-manager", "kubectl-rollout", "Name of the manager used to track field ownership.").hidden()];

/// The objects of a rollout verb: a type alone stands for all of it.
fn objects(args: &Args, cx: &mut Cx<'_>) -> Result<targets::Targets, Failure> {
    if args.words.is_empty() && !args.has("filename") {
        return Err(Failure::error("required resource not specified"));
    }
    if args.has("filename") {
        return targets::find(&args.words, args, cx);
    }
    let selection = resources::select(&args.words, cx.reader())?;
    let found = resources::fetch(&selection, &resources::Filter::of(args, cx), cx)?;
    found.objects.iter().try_for_each(|object| resources::registered(object.kind))?;
    Ok(targets::Targets {
        sources: vec![String::new(); found.objects.len()],
        objects: found.objects,
        troubles: found.errors.into_iter().map(Trouble::Failure).collect(),
    })
}

/// `deployments.apps "web"`: how the errors name an object.
fn titled(object: &Object) -> String {
    format!("{} \"{}\"", object.kind.names().resource, object.name())
}
