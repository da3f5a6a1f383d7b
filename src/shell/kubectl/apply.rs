//! `kubectl apply`: create what is not there, change what is, by a patch made of what was applied last.
//!
//! Models: `kubectl/pkg/cmd/apply/{apply,patcher}.go`.
//! Left out: `--prune`, server-side apply, `--force`'s delete and create.

mod last_applied;

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, LAST_APPLIED, Printer, VALIDATE};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, manifest, printer as out};
use crate::api::Reason;
use crate::api::decode::Check;
use crate::api::patch::{Patch, Subresource, three_way};
use crate::base::yaml;
use manifest::Item;
use serde_json::Value;

pub struct Apply;

static FLAGS: &[Flag] = &[
    Flag::bool("all", "Select all resources in the namespace of the specified resource types."),
    Flag::optional("cascade", "background", "background", "Must be \"background\", \"orphan\", or \"foreground\". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background."),
    Flag::text("field-manager", "kubectl-client-side-apply", "Name of the manager used to track field ownership."),
    Flag::bool("force", "If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation."),
    Flag::bool("force-conflicts", "If true, server-side apply will force the changes against conflicts."),
    Flag::int("grace-period", "-1", "Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion)."),
    Flag::bool("openapi-patch", "If true, use openapi to calculate diff when the openapi presents and the resource can be found in the openapi spec. Otherwise, fall back to use baked-in types.").on(),
    Flag::bool("overwrite", "Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration").on(),
    Flag::bool("prune", "Automatically delete resource objects, that do not appear in the configs and are created by either apply or create --save-config. Should be used with either -l or --all."),
    Flag::array("prune-allowlist", "Overwrite the default allowlist with <group/version/kind> for --prune"),
    Flag::bool("server-side", "If true, apply runs in the server instead of the client."),
    Flag::duration("timeout", "0s", "The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object"),
    Flag::bool("wait", "If true, wait for resources to be gone before returning. This waits for finalizers."),
];

static SPEC: Spec = Spec {
    name: "apply",
    group: Group::Advanced,
    short: "Apply a configuration to a resource by file name or stdin",
    long: "Apply a configuration to a resource by file name or stdin. The resource name must be specified. This resource will be created if it doesn't exist yet. To use 'apply', always create the resource initially with either 'apply' or 'create --save-config'.\n\n JSON and YAML formats are accepted.",
    examples: "# Apply the configuration in pod.json to a pod\nkubectl apply -f ./pod.json\n\n# Apply the JSON passed into stdin to a pod\ncat pod.json | kubectl apply -f -",
    usage: "(-f FILENAME | -k DIRECTORY)",
    flags: &[flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, VALIDATE, FLAGS],
    subs: &[&last_applied::EditLastApplied, &last_applied::SetLastApplied, &last_applied::ViewLastApplied],
    ..Spec::EMPTY
};

impl Verb for Apply {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let dry = DryRun::of(args)?;
        let server_side = args.bool("server-side");
        if args.bool("force-conflicts") && !server_side {
            return Err(Failure::error("--force-conflicts only works with --server-side"));
        }
        if dry == DryRun::Client && server_side {
            let hint = "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)";
            return Err(Failure::error(hint));
        }
        let check = manifest::check_of(args)?;
        if !args.has("filename") && !args.has("kustomize") {
            return Err(Failure::error("must specify one of -f and -k"));
        }
        for (flag, asked) in [("--server-side", server_side), ("--prune", args.bool("prune"))] {
            if asked {
                return Err(Failure::error(format!("{flag} is left out: this cluster does not do it yet")));
            }
        }
        if !args.words.is_empty() {
            let words = args.words.join(" ");
            return Err(Failure::usage("kubectl apply", format!("Unexpected args: [{words}]")));
        }
        let mut printer = Printer::of(args, dry)?;
        let loaded = manifest::load(args, check, cx)?;
        let mut troubles: Vec<Trouble> = loaded.trouble().into_iter().collect();
        if loaded.items.is_empty() && troubles.is_empty() {
            return Err(Failure::error("no objects passed to apply"));
        }
        for item in &loaded.items {
            if let Err(trouble) = one(item, check, dry, cx, &mut printer) {
                troubles.push(trouble);
            }
        }
        if let [Trouble::Many(all)] = troubles.as_slice() {
            troubles = all.clone();
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

fn one(item: &Item, check: Check, dry: DryRun, cx: &mut Cx<'_>, printer: &mut Printer) -> Result<(), Trouble> {
    let mut modified = item.value.clone();
    let text = write::last_applied(&modified);
    write::annotate(&mut modified, LAST_APPLIED, text);
    if item.name.is_empty() {
        if let Some(base) = item.value.pointer("/metadata/generateName").and_then(Value::as_str) {
            return Err(Trouble::text(format!("from {base}: cannot use generate name with apply")));
        }
        let doing = format!("retrieving current configuration of:\n{}\nfrom server for:", item.describe());
        return Err(Trouble::Text(format!("error when {doing} \"{}\": resource name may not be empty", item.source)));
    }
    let kind = item.kind;
    let live = match cx.get(kind, &item.namespace, &item.name) {
        Ok(live) => live.clone(),
        Err(error) if error.reason == Reason::NotFound => {
            let value = if dry == DryRun::Client {
                modified
            } else {
                out::wire(&write::create(cx, kind, modified, check, dry).map_err(|t| t.from("creating", &item.source))?)
            };
            return Ok(printer.item(cx, item, &value, "created")?);
        }
        Err(error) => return Err(error.into()),
    };
    if !live.annotations().contains_key(LAST_APPLIED) {
        let words = format!(
            "Warning: resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
            kind.names().plural,
            item.name
        );
        cx.err(words);
    }
    let original: Value = live
        .annotations()
        .get(LAST_APPLIED)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let current = live.to_value();
    let (how, patch) = three_way::of_kind(kind, &original, &modified, &current).map_err(|words| {
        let doing = format!(
            "creating patch with:\noriginal:\n{}\nmodified:\n{}\ncurrent:\n{}\nfor:",
            yaml::to_json(&original),
            yaml::to_json(&modified),
            yaml::to_json(&current)
        );
        Trouble::Text(words).from(&doing, &item.source)
    })?;
    let unchanged = patch.as_object().is_some_and(serde_json::Map::is_empty);
    let mut result = current;
    if !unchanged && dry != DryRun::Client {
        let request = Patch { how, body: &patch, part: Subresource::Main, check };
        let patched = write::act(cx, dry, |hands| hands.patch(kind, &item.namespace, &item.name, request));
        let patched = patched.map_err(|error| {
            let doing = format!("applying patch:\n{}\nto:\n{}\nfor:", yaml::to_json(&patch), item.describe());
            Trouble::Api(error).from(&doing, &item.source)
        })?;
        write::warn(cx, &patched.warnings);
        result = out::wire(&patched.object);
    }
    if live.deleting() {
        cx.err(format_args!("Warning: Detected changes to resource {} which is currently being deleted.", item.name));
    }
    let done = if unchanged && !printer.whole() { "unchanged" } else { "configured" };
    Ok(printer.item(cx, item, &result, done)?)
}
