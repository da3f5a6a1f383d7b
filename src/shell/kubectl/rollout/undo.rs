//! `kubectl rollout undo`: an earlier template becomes the present one.
//!
//! Models: `kubectl/pkg/cmd/rollout/rollout_undo.go`, `kubectl/pkg/polymorphichelpers/rollback.go`.

use super::super::trouble::{Trouble, gather};
use super::super::write::{self, DryRun, LAST_APPLIED, Printer};
use super::super::{Args, Cx, Failure, Flag, Flow, Outcome, Spec, Verb, flags};
use super::objects;
use crate::api::decode::Check;
use crate::api::patch::{Patch, PatchKind, Subresource};
use crate::api::show::{Report, containers};
use crate::api::{Names, Object, kinds};
use crate::control::controllers::deployment::sets::{DESIRED, MAXIMUM, REVISION, equal_ignoring_hash, revision};
use crate::control::revisions;
use k8s_openapi::api::apps::v1::{ControllerRevision, DeploymentSpec, ReplicaSetSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::json;
use std::collections::BTreeMap;

pub struct Undo;

static UNDO_FLAGS: &[Flag] =
    &[Flag::int("to-revision", "0", "The revision to rollback to. Default to 0 (last revision).")];

static SPEC: Spec = Spec {
    name: "undo",
    short: "Undo a previous rollout",
    long: "Roll back to a previous rollout.",
    examples: "# Roll back to the previous deployment\nkubectl rollout undo deployment/abc\n\n# Roll back to daemonset revision 3\nkubectl rollout undo daemonset/abc --to-revision=3\n\n# Roll back to the previous deployment with dry-run\nkubectl rollout undo --dry-run=server deployment/abc",
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    flags: &[flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, UNDO_FLAGS],
    ..Spec::EMPTY
};

impl Verb for Undo {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let dry = DryRun::of(args)?;
        let mut printer = Printer::of(args, dry)?;
        let to = args.int("to-revision");
        if to < 0 {
            return Err(Failure::error("revision number cannot be negative"));
        }
        let found = objects(args, cx)?;
        let mut troubles = found.troubles;
        for object in found.objects {
            if let Err(trouble) = one(object, to, dry, cx, &mut printer) {
                troubles.push(trouble);
            }
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

fn one(object: Object, to: i64, dry: DryRun, cx: &mut Cx<'_>, printer: &mut Printer) -> Result<(), Trouble> {
    let kind = object.kind;
    let names = kind.names();
    if object.annotations().contains_key(LAST_APPLIED) {
        cx.err(format_args!(
            "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not update the {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.",
            names.plural,
            object.name()
        ));
    }
    if kind == kinds::DAEMON_SET || kind == kinds::STATEFUL_SET {
        return from_revision(&object, to, dry, cx, printer);
    }
    if kind != kinds::DEPLOYMENT {
        return Err(Trouble::text(format!("no rollbacker has been implemented for \"{}\"", kind_and_group(names))));
    }
    let set = earlier(&object, to, cx)?;
    let template = template_of(&set);
    if dry == DryRun::Client {
        let template = set.spec::<ReplicaSetSpec>().template.clone().unwrap_or_default();
        return Ok(printer.object(cx, &object, &described(&template))?);
    }
    let spec = object.spec::<DeploymentSpec>();
    let name = object.name().to_string();
    if spec.paused == Some(true) {
        return Err(Trouble::text(format!(
            "cannot rollback a paused deployment; resume it first with 'kubectl rollout resume deployment/{name}' and try again"
        )));
    }
    if equal_ignoring_hash(&template, &spec.template) {
        let done = format!("skipped rollback (current template already matches revision {})", revision(&set));
        return Ok(printer.object(cx, &object, &done)?);
    }
    let body = json!([
        { "op": "replace", "path": "/spec/template", "value": template },
        { "op": "replace", "path": "/metadata/annotations", "value": annotations(&object, &set) },
    ]);
    let patch = Patch { how: PatchKind::Json, body: &body, part: Subresource::Main, check: Check::Ignore };
    let namespace = object.namespace().to_string();
    let patched = write::act(cx, dry, |hands| hands.patch(kind, &namespace, &name, patch))
        .map_err(|error| Trouble::Text(format!("failed restoring revision {to}: {}", error.message)))?;
    Ok(printer.object(cx, &patched.object, "rolled back")?)
}

/// `will roll back to Pod Template: ...`, for what keeps its history in controller revisions.
fn described(template: &PodTemplateSpec) -> String {
    let mut report = Report::new(false);
    containers::template(template, &mut report);
    report.bare()
}

/// DaemonSets and StatefulSets: a controller revision is the patch that brings its template back.
fn from_revision(object: &Object, to: i64, dry: DryRun, cx: &mut Cx<'_>, printer: &mut Printer) -> Result<(), Trouble> {
    let kind = object.kind;
    let history = super::super::history::revisions(object, cx.world.reader());
    let number = |revision: &Object| revision.spec::<ControllerRevision>().revision;
    let found = match to {
        0 if history.len() <= 1 => return Err(Trouble::text("no last revision to roll back to")),
        0 => history.get(history.len() - 2),
        to => history.iter().find(|revision| number(revision) == to),
    };
    let lacking = || Trouble::text(format!("unable to find specified revision {to} in history"));
    let template = found.and_then(revisions::template_of).ok_or_else(lacking)?;
    if dry == DryRun::Client {
        return Ok(printer.object(cx, object, &format!("will roll back to {}", described(&template)))?);
    }
    if kind.template(object) == Some(&template) {
        let done = format!("skipped rollback (current template already matches revision {to})");
        return Ok(printer.object(cx, object, &done)?);
    }
    let body = revisions::data(&template);
    let (namespace, name) = (object.namespace().to_string(), object.name().to_string());
    let patched = write::act(cx, dry, |hands| hands.patch(kind, &namespace, &name, Patch::strategic(&body)))
        .map_err(|error| Trouble::Text(format!("failed restoring revision {to}: {}", error.message)))?;
    Ok(printer.object(cx, &patched.object, "rolled back")?)
}

/// The set of the revision asked for; without one, of the revision before the newest.
fn earlier(deployment: &Object, to: i64, cx: &Cx<'_>) -> Result<Object, Trouble> {
    let read = cx.world.reader();
    let owned = read.owned(deployment.uid()).filter(|object| object.kind == kinds::REPLICA_SET);
    let mut sets: Vec<&Object> = owned.filter(|set| revision(set) > 0).collect();
    sets.sort_by_key(|set| std::cmp::Reverse(revision(set)));
    if to > 0 {
        let set = sets.into_iter().find(|set| revision(set) == to).cloned();
        return set.ok_or_else(|| Trouble::text(format!("unable to find specified revision {to} in history")));
    }
    sets.get(1)
        .map(|set| (*set).clone())
        .ok_or_else(|| Trouble::text(format!("no rollout history found for deployment \"{}\"", deployment.name())))
}

fn template_of(set: &Object) -> PodTemplateSpec {
    let mut template = set.spec::<ReplicaSetSpec>().template.clone().unwrap_or_default();
    if let Some(labels) = template.metadata.as_mut().and_then(|meta| meta.labels.as_mut()) {
        labels.remove("pod-template-hash");
    }
    template
}

/// The annotations after the rollback: what is the Deployment's own stays, the rest comes from the revision.
fn annotations(deployment: &Object, set: &Object) -> BTreeMap<String, String> {
    let own = |key: &str| {
        key == LAST_APPLIED
            || [REVISION, DESIRED, MAXIMUM].contains(&key)
            || key == "deployment.kubernetes.io/revision-history"
            || key == "deprecated.deployment.rollback.to"
    };
    let kept = deployment.annotations().iter().filter(|(key, _)| own(key));
    let taken = set.annotations().iter().filter(|(key, _)| !own(key));
    kept.chain(taken).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// `ReplicaSet.apps`, `Pod`.
fn kind_and_group(names: &Names) -> String {
    if names.group.is_empty() { names.kind.into() } else { format!("{}.{}", names.kind, names.group) }
}
