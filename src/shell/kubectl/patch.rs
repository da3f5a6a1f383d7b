//! `kubectl patch`.
//!
//! Models: `kubectl/pkg/cmd/patch/patch.go`.

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, Printer};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, targets};
use crate::api::decode::Check;
use crate::api::kinds::scale;
use crate::api::patch::{self, PatchKind, Subresource};
use crate::api::{ApiError, Object, Reason};
use crate::base::yaml;
use serde_json::Value;

pub struct Patch;

static FLAGS: &[Flag] = &[
    Flag::bool("all", "Select all resources in the namespace of the specified resource types."),
    Flag::text("field-manager", "kubectl-patch", "Name of the manager used to track field ownership."),
    Flag::bool("local", "If true, patch will operate on the content of the file, not the server-side resource."),
    Flag::text("patch", "", "The patch to be applied to the resource JSON file.").short('p'),
    Flag::text("patch-file", "", "A file containing a patch to be applied to the resource."),
    Flag::text("subresource", "", "If specified, patch will operate on the subresource of the requested object."),
    Flag::text("type", "strategic", "The type of patch being provided; one of [json merge strategic]"),
];

static SPEC: Spec = Spec {
    name: "patch",
    group: Group::Advanced,
    short: "Update fields of a resource",
    long: "Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.\n\n JSON and YAML formats are accepted.",
    examples: "# Partially update a node using a strategic merge patch, specifying the patch as JSON\nkubectl patch node k8s-node-1 -p '{\"spec\":{\"unschedulable\":true}}'\n\n# Update a container's image; spec.containers[*].name is required because it's a merge key\nkubectl patch pod valid-pod -p '{\"spec\":{\"containers\":[{\"name\":\"kubernetes-serve-hostname\",\"image\":\"new image\"}]}}'\n\n# Update a deployment's replicas through the 'scale' subresource using a merge patch\nkubectl patch deployment nginx-deployment --subresource='scale' --type='merge' -p '{\"spec\":{\"replicas\":2}}'",
    usage: "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
    flags: &[flags::FILES, flags::OUTPUT, flags::DRY_RUN, flags::RECORD, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Patch {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let dry = DryRun::of(args)?;
        // kubectl forgets to say `(dry run)` here.
        let mut printer = Printer::of(args, if dry == DryRun::Client { DryRun::None } else { dry })?;
        match (args.text("patch").is_empty(), args.text("patch-file").is_empty()) {
            (true, true) => {
                let words = "must specify --patch or --patch-file containing the contents of the patch";
                return Err(Failure::error(words));
            }
            (false, false) => return Err(Failure::error("cannot specify --patch and --patch-file together")),
            _ => {}
        }
        let how = match args.text("type").to_ascii_lowercase().as_str() {
            "json" => PatchKind::Json,
            "merge" => PatchKind::Merge,
            "strategic" => PatchKind::Strategic,
            _ => {
                let words = format!("--type must be one of [json merge strategic], not \"{}\"", args.text("type"));
                return Err(Failure::error(words));
            }
        };
        let part = match args.text("subresource") {
            "" => Subresource::Main,
            "status" => Subresource::Status,
            "scale" => Subresource::Scale,
            "resize" => Subresource::Resize,
            other => {
                return Err(Failure::error(format!(
                    "invalid subresource value: \"{other}\". Must be one of [status scale resize]"
                )));
            }
        };
        let text = text(args, cx)?;
        let found = targets::find(&args.words, args, cx)?;
        let mut troubles = found.troubles;
        if found.objects.is_empty() && troubles.is_empty() {
            return Err(Failure::error("no objects passed to patch"));
        }
        for object in found.objects {
            if let Err(trouble) = one(object, &text, how, part, dry, cx, &mut printer) {
                troubles.push(trouble);
            }
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

fn text(args: &Args, cx: &mut Cx<'_>) -> Result<String, Failure> {
    let path = args.text("patch-file");
    if path.is_empty() {
        return Ok(args.text("patch").to_string());
    }
    let bytes =
        cx.desk.read(path).map_err(|why| Failure::error(format!("unable to read patch file: open {path}: {why}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A patch may be YAML; what looks like JSON goes to the server as it is.
fn body(text: &str) -> Result<Value, Trouble> {
    if text.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(text).map_err(|error| {
            let words = match yaml::json_mistake(text) {
                Some(words) if !error.is_eof() => words,
                _ => "unexpected end of JSON input".to_string(),
            };
            ApiError::bad_request(words).into()
        });
    }
    match yaml::documents(text).into_iter().next().map(|document| document.result) {
        Some(Ok(parsed)) => Ok(parsed.value),
        Some(Err(error)) => Err(Trouble::text(format!("unable to parse \"{text}\": {}", error.short()))),
        None => Ok(Value::Null),
    }
}

fn one(
    object: Object,
    text: &str,
    how: PatchKind,
    part: Subresource,
    dry: DryRun,
    cx: &mut Cx<'_>,
    printer: &mut Printer,
) -> Result<(), Trouble> {
    let kind = object.kind;
    let body = body(text)?;
    if dry == DryRun::Client {
        if how == PatchKind::Strategic && kind.custom().is_some() {
            let (version, kind) = (kind.names().api_version(), kind.names().kind);
            return Err(Trouble::Text(format!(
                "strategic merge patch is not supported for {version}, Kind={kind} locally, try --type merge"
            )));
        }
        let value = patch::apply(kind.names().kind, object.to_value(), how, &body)?;
        return Ok(printer.print(cx, kind, &value, "patched")?);
    }
    let request = patch::Patch { how, body: &body, part, check: Check::Warn };
    let (namespace, name) = (object.namespace().to_string(), object.name().to_string());
    let patched = write::act(cx, dry, |hands| hands.patch(kind, &namespace, &name, request)).map_err(|error| {
        if error.reason != Reason::UnsupportedMediaType {
            return Trouble::Api(error);
        }
        let (version, kind) = (kind.names().api_version(), kind.names().kind);
        let how = "application/strategic-merge-patch+json";
        Trouble::Text(format!("{how} is not supported by {version}, Kind={kind}: {}", error.message))
    })?;
    write::warn(cx, &patched.warnings);
    let same =
        patched.object.meta == object.meta && patched.object.same_spec(&object) && patched.object.same_status(&object);
    let done = if same { "patched (no change)" } else { "patched" };
    let object = write::recorded(cx, dry, patched.object)?;
    let scale = if part == Subresource::Scale { scale::of(&object) } else { None };
    Ok(printer.object(cx, scale.as_ref().unwrap_or(&object), done)?)
}
