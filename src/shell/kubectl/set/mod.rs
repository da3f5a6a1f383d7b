//! `kubectl set`: one property of the pods that something makes.
//!
//! Models: `kubectl/pkg/cmd/set`.

mod env;
mod image;
mod resources;
mod selector;
mod serviceaccount;
mod subject;

use super::label::resources_and_pairs;
use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, Printer};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, targets};
use crate::api::Object;
use crate::api::decode::Check;
use crate::api::patch::{Patch, PatchKind, Subresource, three_way};
use serde_json::Value;

pub struct Set;

static SPEC: Spec = Spec {
    name: "set",
    group: Group::Intermediate,
    short: "Set specific features on objects",
    long: "Configure application resources.\n\n These commands help you make changes to existing application resources.",
    usage: "SUBCOMMAND",
    subs: &[
        &env::Env,
        &image::Image,
        &resources::Resources,
        &selector::Selector,
        &serviceaccount::ServiceAccount,
        &subject::Subject,
    ],
    ..Spec::EMPTY
};

impl Verb for Set {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
}

static FLAGS: &[Flag] = &[
    Flag::bool("all", "Select all resources in the namespace of the specified resource types"),
    Flag::text("field-manager", "kubectl-set", "Name of the manager used to track field ownership."),
    Flag::bool("local", "If true, set will NOT contact api-server but run locally."),
];

/// The objects that `set` is about; without any it complains as kubectl does.
fn objects(words: &[String], args: &Args, cx: &mut Cx<'_>) -> Result<targets::Targets, Failure> {
    if words.is_empty() && !args.has("filename") {
        return Err(Failure::error(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    targets::find(words, args, cx)
}

/// Where the pod specification stands in an object's JSON.
fn pod_spec<'a>(object: &Object, value: &'a mut Value) -> Option<&'a mut Value> {
    if object.kind.names().resource == "pods" {
        return value.get_mut("spec");
    }
    object.kind.template(object)?;
    value.pointer_mut("/spec/template/spec")
}

/// The containers that `pattern` (`*`, `web*`, `web`) names, with their places.
fn containers<'a>(spec: &'a mut Value, list: &str, pattern: &str) -> Vec<&'a mut Value> {
    let fits = |container: &Value| {
        let name = container.get("name").and_then(Value::as_str).unwrap_or("");
        pattern == "*" || pattern == name || pattern.strip_suffix('*').is_some_and(|start| name.starts_with(start))
    };
    let all = spec.get_mut(list).and_then(Value::as_array_mut).map(|all| all.iter_mut());
    all.into_iter().flatten().filter(|container| fits(container)).collect()
}

/// What a change is called: `image updated`, and in front of the server's errors.
struct Words {
    done: &'static str,
    fail: &'static str,
}

/// Changes every object's JSON, sends what differs as a patch, says so.
fn update(
    found: targets::Targets,
    args: &Args,
    cx: &mut Cx<'_>,
    words: &Words,
    mut change: impl FnMut(&Object, &mut Value, &mut Cx<'_>) -> Result<(), Trouble>,
) -> Outcome {
    let dry = DryRun::of(args)?;
    let mut printer = Printer::of(args, dry)?;
    let mut troubles = found.troubles;
    found.objects.iter().try_for_each(|object| super::resources::registered(object.kind))?;
    for object in found.objects {
        let kind = object.kind;
        let before = object.to_value();
        let mut after = before.clone();
        if let Err(trouble) = change(&object, &mut after, cx) {
            troubles.push(trouble);
            continue;
        }
        write::record(cx, &mut after);
        if dry == DryRun::Client {
            printer.print(cx, kind, &after, words.done)?;
            continue;
        }
        let body = three_way::two_way(kind.names().kind, &before, &after).map_err(Trouble::Text)?;
        if body.as_object().is_some_and(serde_json::Map::is_empty) {
            continue;
        }
        let patch = Patch { how: PatchKind::Strategic, body: &body, part: Subresource::Main, check: Check::Ignore };
        let (namespace, name) = (object.namespace().to_string(), object.name().to_string());
        match write::act(cx, dry, |hands| hands.patch(kind, &namespace, &name, patch)) {
            Ok(patched) => printer.object(cx, &patched.object, words.done)?,
            Err(error) => troubles.push(Trouble::Text(format!("{}{}", words.fail, error.message))),
        }
    }
    gather(troubles)?;
    Ok(Flow::Done)
}

/// What has no pods to change.
fn no_template(object: &Object) -> Trouble {
    let names = object.kind.names();
    Trouble::text(format!(
        "{}/{}: the object is not a pod or does not have a pod template",
        names.plural,
        object.name()
    ))
}
