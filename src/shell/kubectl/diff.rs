//! `kubectl diff`: what `apply` would change.
//!
//! Models: `kubectl/pkg/cmd/diff/diff.go`.
//! Left out: `KUBECTL_EXTERNAL_DIFF`, `--prune`, server-side apply.

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, LAST_APPLIED};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, manifest, printer};
use crate::api::decode::Check;
use crate::api::patch::{Patch, Subresource, three_way};
use crate::base::{diff, yaml};
use manifest::Item;
use serde_json::{Value, json};

pub struct Diff;

static FLAGS: &[Flag] = &[
    Flag::int("concurrency", "1", "Number of objects to process in parallel when diffing against the live version."),
    Flag::text("field-manager", "kubectl-client-side-apply", "Name of the manager used to track field ownership."),
    Flag::bool("force-conflicts", "If true, server-side apply will force the changes against conflicts."),
    Flag::bool("prune", "Include resources that would be deleted by pruning."),
    Flag::bool("server-side", "If true, apply runs in the server instead of the client."),
];

static SPEC: Spec = Spec {
    name: "diff",
    group: Group::Advanced,
    short: "Diff the live version against a would-be applied version",
    long: "Diff configurations specified by file name or stdin between the current online configuration, and the configuration as it would be if applied.\n\n The output is always YAML.\n\n Exit status: 0 No differences were found. 1 Differences were found. >1 Kubectl or diff failed with an error.",
    examples: "# Diff resources included in pod.json\nkubectl diff -f pod.json\n\n# Diff file read from stdin\ncat service.yaml | kubectl diff -f -",
    usage: "-f FILENAME",
    flags: &[flags::FILES, flags::SELECTOR, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Diff {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        all(args, cx).map_err(|failure| Failure { code: 2, ..failure })
    }
}

fn all(args: &Args, cx: &mut Cx<'_>) -> Outcome {
    if !args.has("filename") && !args.has("kustomize") {
        return Err(Failure::error("must specify one of -f and -k"));
    }
    if !args.words.is_empty() {
        return Err(Failure::usage("kubectl diff", format!("Unexpected args: [{}]", args.words.join(" "))));
    }
    let loaded = manifest::load(args, Check::Ignore, cx)?;
    let mut troubles = loaded.troubles;
    let mut differs = false;
    for item in loaded.items {
        match one(&item, cx) {
            Ok(Some(text)) => {
                differs = true;
                cx.out(text);
            }
            Ok(None) => {}
            Err(trouble) => troubles.push(trouble),
        }
    }
    gather(troubles)?;
    Ok(if differs { Flow::Exit(1) } else { Flow::Done })
}

fn one(item: &Item, cx: &mut Cx<'_>) -> Result<Option<String>, Trouble> {
    let kind = item.kind;
    let names = kind.names();
    let live = cx.get(kind, &item.namespace, &item.name).ok().cloned();
    let (before, after) = match &live {
        None => {
            let made = write::create(cx, kind, item.value.clone(), Check::Warn, DryRun::Server)?;
            (String::new(), shown(printer::wire(&made)))
        }
        Some(live) => {
            let mut modified = item.value.clone();
            if modified.pointer("/metadata/annotations").is_none_or(Value::is_null) {
                modified["metadata"]["annotations"] = json!({});
            }
            let original = live.annotations().get(LAST_APPLIED).and_then(|text| serde_json::from_str(text).ok());
            let original = original.unwrap_or_else(|| json!({}));
            let (how, patch) =
                three_way::of_kind(kind, &original, &modified, &live.to_value()).map_err(Trouble::Text)?;
            let request =
                Patch { how, body: &patch, part: Subresource::Main, check: Check::Warn };
            let patched =
                write::act(cx, DryRun::Server, |hands| hands.patch(kind, &item.namespace, &item.name, request))?;
            (shown(printer::wire(live)), shown(printer::wire(&patched.object)))
        }
    };
    if before == after {
        return Ok(None);
    }
    let group = if names.group.is_empty() { String::new() } else { format!("{}.", names.group) };
    let file = format!("{group}{}.{}.{}.{}", names.version, names.kind, item.namespace, item.name);
    let mark = cx.world.rng.of("temporary names").between(100_000_000, 999_999_999);
    let (left, right) = (format!("/tmp/LIVE-{mark}/{file}"), format!("/tmp/MERGED-{}/{file}", mark ^ 0x5555));
    let time = cx.now().timestamp_exact().strftime("%Y-%m-%d %H:%M:%S.%9f +0000").to_string();
    let body = diff::unified(&before, &after, 3);
    Ok(Some(format!("diff -u -N {left} {right}\n--- {left}\t{time}\n+++ {right}\t{time}\n{body}")))
}

/// As it is compared: what the server keeps for itself is left out.
fn shown(mut value: Value) -> String {
    if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
    }
    yaml::to_yaml(&value)
}
