//! `kubectl apply view-last-applied|set-last-applied|edit-last-applied`.
//!
//! Models: `kubectl/pkg/cmd/apply/apply_{view,set,edit}_last_applied.go`.
//! Left out: editing (use `kubectl apply set-last-applied -f`).

use super::super::resources::{Filter, fetch, select};
use super::super::trouble::{Trouble, gather};
use super::super::write::{self, DryRun, LAST_APPLIED, Printer};
use super::super::{Args, Cx, Failure, Flag, Flow, Outcome, Spec, Verb, flags, manifest};
use crate::api::decode::Check;
use crate::api::patch::{Patch, PatchKind, Subresource};
use crate::base::yaml;
use serde_json::{Value, json};

pub struct ViewLastApplied;

static VIEW_FLAGS: &[Flag] = &[
    Flag::bool("all", "Select all resources in the namespace of the specified resource types"),
    Flag::text("output", "yaml", "Output format. Must be one of (yaml, json)").short('o'),
];

static VIEW: Spec = Spec {
    name: "view-last-applied",
    short: "View the latest last-applied-configuration annotations of a resource/object",
    long: "View the latest last-applied-configuration annotations by type/name or file.",
    examples: "# View the last-applied-configuration annotations by type/name in YAML\nkubectl apply view-last-applied deployment/nginx",
    usage: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
    flags: &[flags::FILES, flags::SELECTOR, VIEW_FLAGS],
    ..Spec::EMPTY
};

impl Verb for ViewLastApplied {
    fn spec(&self) -> &'static Spec {
        &VIEW
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !["yaml", "json"].contains(&args.text("output")) {
            let words = format!(
                "Unexpected -o output mode: {}, the flag 'output' must be one of yaml|json",
                args.text("output")
            );
            return Err(Failure::usage("kubectl apply view-last-applied", words));
        }
        let mut objects = vec![];
        if args.has("filename") {
            for item in manifest::load(args, Check::Ignore, cx)?.items {
                objects.push(cx.get(item.kind, &item.namespace, &item.name)?.clone());
            }
        } else {
            let selection = select(&args.words, cx.reader())?;
            if selection.is_none() {
                return Err(super::super::resources::nothing_given());
            }
            let found = fetch(&selection, &Filter::of(args, cx), cx)?;
            gather(found.errors.into_iter().map(Trouble::Failure).collect())?;
            objects = found.objects;
        }
        for object in objects {
            let Some(text) = object.annotations().get(LAST_APPLIED) else {
                return Err(Failure::error(format!(
                    "no last-applied-configuration annotation found on resource: {}",
                    object.name()
                )));
            };
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            let json = args.text("output") == "json";
            cx.out(if json { yaml::to_json_pretty(&value) } else { yaml::to_yaml(&value) });
        }
        Ok(Flow::Done)
    }
}

pub struct SetLastApplied;

static SET_FLAGS: &[Flag] = &[Flag::bool(
    "create-annotation",
    "Will create 'last-applied-configuration' annotations if current objects doesn't have one",
)];

static SET: Spec = Spec {
    name: "set-last-applied",
    short: "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    long: "Set the latest last-applied-configuration annotations by setting it to match the contents of a file. This results in the last-applied-configuration being updated as though 'kubectl apply -f<file> ' was run, without updating any other parts of the object.",
    examples: "# Set the last-applied-configuration of a resource to match the contents of a file\nkubectl apply set-last-applied -f deploy.yaml",
    usage: "-f FILENAME",
    flags: &[flags::FILES, flags::OUTPUT, flags::DRY_RUN, SET_FLAGS],
    ..Spec::EMPTY
};

impl Verb for SetLastApplied {
    fn spec(&self) -> &'static Spec {
        &SET
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let dry = DryRun::of(args)?;
        let mut printer = Printer::of(args, dry)?;
        let loaded = manifest::load(args, Check::Ignore, cx)?;
        gather(loaded.troubles)?;
        for item in loaded.items {
            let live = cx.get(item.kind, &item.namespace, &item.name)?.clone();
            let has = live.annotations().contains_key(LAST_APPLIED);
            if !has && !args.bool("create-annotation") {
                return Err(Failure::error(format!(
                    "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                    item.name
                )));
            }
            let text = write::last_applied(&item.value);
            let mut value = live.to_value();
            write::annotate(&mut value, LAST_APPLIED, text.clone());
            if dry != DryRun::Client {
                let body = json!({ "metadata": { "annotations": { LAST_APPLIED: text } } });
                let patch = Patch { how: PatchKind::Merge, body: &body, part: Subresource::Main, check: Check::Ignore };
                write::act(cx, dry, |hands| hands.patch(item.kind, &item.namespace, &item.name, patch))?;
            }
            printer.print(cx, item.kind, &value, "configured")?;
        }
        Ok(Flow::Done)
    }
}

pub struct EditLastApplied;

static EDIT: Spec = Spec {
    name: "edit-last-applied",
    short: "Edit latest last-applied-configuration annotations of a resource/object",
    long: "Edit the latest last-applied-configuration annotations of resources from the default editor.",
    usage: "(RESOURCE/NAME | -f FILENAME)",
    flags: &[flags::FILES],
    ..Spec::EMPTY
};

impl Verb for EditLastApplied {
    fn spec(&self) -> &'static Spec {
        &EDIT
    }

    fn run(&self, _args: &Args, _cx: &mut Cx<'_>) -> Outcome {
        let hint = "edit-last-applied is left out; kubectl apply set-last-applied -f FILE does the same from a file";
        Err(Failure::error(hint))
    }
}
