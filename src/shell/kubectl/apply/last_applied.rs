//! `kubectl apply view-last-applied` and `set-last-applied`.
//!
//! Models: `kubectl/pkg/cmd/apply/apply_{view,set}_last_applied.go`.

use super::super::resources::{Filter, fetch, nothing_given, select};
use super::super::trouble::{Trouble, gather};
use super::super::write::{self, DryRun, LAST_APPLIED, Printer};
use super::super::{Args, Cx, Failure, Flag, Flow, Outcome, Spec, Verb, flags, manifest};
use crate::api::Object;
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
    long: "View the latest last-applied-configuration annotations by type/name or file.\n\n The default output will be printed to stdout in YAML format. You can use the -o option to change the output format.",
    examples: "# View the last-applied-configuration annotations by type/name in YAML\nkubectl apply view-last-applied deployment/nginx\n\n# View the last-applied-configuration annotations by file in JSON\nkubectl apply view-last-applied -f deploy.yaml -o json",
    usage: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
    flags: &[flags::FILES, flags::SELECTOR, VIEW_FLAGS],
    ..Spec::EMPTY
};

impl Verb for ViewLastApplied {
    fn spec(&self) -> &'static Spec {
        &VIEW
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let mut texts = vec![];
        for (object, source) in objects(args, cx)? {
            match object.annotations().get(LAST_APPLIED) {
                Some(text) => texts.push(text.clone()),
                None if source.is_empty() => {}
                None => {
                    return Err(Failure::error(format!(
                        "error when no last-applied-configuration annotation found on resource: {}\n \"{source}\": <nil>",
                        object.name()
                    )));
                }
            }
        }
        for text in texts {
            let value: Value = serde_json::from_str(&text).unwrap_or_default();
            match args.text("output") {
                "yaml" => cx.out(yaml::to_yaml(&value)),
                "json" => {
                    let end = if text.ends_with('\n') { "\n" } else { "" };
                    let indented = serde_json::to_string_pretty(&value).unwrap_or_default();
                    cx.out(format!("{indented}{end}"));
                }
                other => {
                    let words =
                        format!("Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json");
                    return Err(Failure::usage("kubectl apply view-last-applied", words));
                }
            }
        }
        Ok(Flow::Done)
    }
}

/// The live objects that the words or files name, each with its file.
pub fn objects(args: &Args, cx: &mut Cx<'_>) -> Result<Vec<(Object, String)>, Failure> {
    if args.has("filename") || args.has("kustomize") {
        let loaded = manifest::load(args, Check::Ignore, cx)?;
        gather(loaded.troubles)?;
        let mut objects = vec![];
        for item in loaded.items {
            objects.push((cx.get(item.kind, &item.namespace, &item.name)?.seen_as(item.kind), item.source));
        }
        return Ok(objects);
    }
    let selection = select(&args.words, cx.reader())?;
    if selection.is_none() {
        return Err(nothing_given());
    }
    let found = fetch(&selection, &Filter::of(args, cx), cx)?;
    gather(found.errors.into_iter().map(Trouble::Failure).collect())?;
    Ok(found.objects.into_iter().map(|object| (object, String::new())).collect())
}

pub struct SetLastApplied;

static SET_FLAGS: &[Flag] = &[
    Flag::bool(
        "create-annotation",
        "Will create 'last-applied-configuration' annotations if current objects doesn't have one",
    ),
    Flag::list(
        "filename",
        "Filename, directory, or URL to files that contains the last-applied-configuration annotations",
    )
    .short('f'),
];

static SET: Spec = Spec {
    name: "set-last-applied",
    short: "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    long: "Set the latest last-applied-configuration annotations by setting it to match the contents of a file. This results in the last-applied-configuration being updated as though 'kubectl apply -f <file>' was run, without updating any other parts of the object.",
    examples: "# Set the last-applied-configuration of a resource to match the contents of a file\nkubectl apply set-last-applied -f deploy.yaml\n\n# Execute set-last-applied against each configuration file in a directory\nkubectl apply set-last-applied -f path/\n\n# Set the last-applied-configuration of a resource to match the contents of a file; will create the annotation if it does not already exist\nkubectl apply set-last-applied -f deploy.yaml --create-annotation=true",
    usage: "-f FILENAME",
    flags: &[flags::OUTPUT, flags::DRY_RUN, SET_FLAGS],
    ..Spec::EMPTY
};

impl Verb for SetLastApplied {
    fn spec(&self) -> &'static Spec {
        &SET
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let dry = DryRun::of(args)?;
        let mut printer = Printer::of(args, dry)?;
        if !args.has("filename") {
            return Err(nothing_given());
        }
        let loaded = manifest::load(args, Check::Ignore, cx)?;
        gather(loaded.troubles)?;
        let mut changes = vec![];
        for item in loaded.items {
            let live = cx.get(item.kind, &item.namespace, &item.name)?.seen_as(item.kind);
            let last = live.annotations().get(LAST_APPLIED);
            if last.is_none() && !args.bool("create-annotation") {
                return Err(Failure::error(format!(
                    "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                    item.name
                )));
            }
            if last.and_then(|text| serde_json::from_str::<Value>(text).ok()).as_ref() == Some(&item.value) {
                cx.line(format_args!("set-last-applied {}: no changes required.", item.name));
            } else {
                changes.push((item, live));
            }
        }
        for (item, live) in changes {
            let mut value = live.to_wire_managed();
            if dry != DryRun::Client {
                let patch = patch(&item.value);
                let patch =
                    Patch { how: PatchKind::Merge, body: &patch, part: Subresource::Main, check: Check::Ignore };
                let made = write::act(cx, dry, |hands| hands.patch(item.kind, &item.namespace, &item.name, patch))?;
                value = made.object.to_wire_managed();
            }
            printer.item(cx, &item, &value, "configured")?;
        }
        Ok(Flow::Done)
    }
}

/// The merge patch that makes this the configuration applied last.
pub fn patch(value: &Value) -> Value {
    json!({ "metadata": { "annotations": { LAST_APPLIED: yaml::to_json(value).trim_end() } } })
}
