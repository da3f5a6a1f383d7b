//! `kubectl diff`: what `apply` would change.
//!
//! Models: `kubectl/pkg/cmd/diff/diff.go`.
//! Left out: `KUBECTL_EXTERNAL_DIFF`.

use super::apply::{self, prune, server};
use super::resources::Filter;
use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, LAST_APPLIED};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, manifest};
use crate::api::decode::Check;
use crate::api::managed::{Apply, Target};
use crate::api::patch::{Patch, Subresource, three_way};
use crate::api::{Names, Object, Reason};
use crate::base::{diff, yaml};
use manifest::Item;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub struct Diff;

static FLAGS: &[Flag] = &[
    Flag::int("concurrency", "1", "Number of objects to process in parallel when diffing against the live version."),
    Flag::text("field-manager", "kubectl-client-side-apply", "Name of the manager used to track field ownership."),
    Flag::bool("force-conflicts", "If true, server-side apply will force the changes against conflicts."),
    Flag::bool(
        "prune",
        "Include resources that would be deleted by pruning. Can be used with -l and default shows all resources would be pruned",
    ),
    Flag::array("prune-allowlist", "Overwrite the default allowlist with <group/version/kind> for --prune"),
    Flag::bool("server-side", "If true, apply runs in the server instead of the client."),
    Flag::bool("show-managed-fields", "If true, include managed fields in the diff."),
    Flag::bool("show-secrets", "If true, do not mask secret values in the diff."),
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

/// How the two forms are made and shown.
struct Manner {
    server_side: bool,
    force_conflicts: bool,
    owners: bool,
    secrets: bool,
}

fn all(args: &Args, cx: &mut Cx<'_>) -> Outcome {
    if !args.words.is_empty() {
        return Err(Failure::usage("kubectl diff", format!("Unexpected args: [{}]", args.words.join(" "))));
    }
    if !args.has("filename") && !args.has("kustomize") {
        return Err(Failure::error("must specify one of -f and -k"));
    }
    let manner = Manner {
        server_side: args.bool("server-side"),
        force_conflicts: args.bool("force-conflicts"),
        owners: cx.config.show_managed,
        secrets: args.bool("show-secrets"),
    };
    if manner.force_conflicts && !manner.server_side {
        return Err(Failure::error("--force-conflicts only works with --server-side"));
    }
    if manner.server_side && !args.has("field-manager") {
        cx.config.manager = server::KUBECTL.into();
    }
    let prune = match args.bool("prune") {
        true => Some(prune::allowlist(&args.all("prune-allowlist"), cx.reader())?),
        false => None,
    };
    let loaded = manifest::load(args, Check::Ignore, cx)?;
    gather(loaded.troubles)?;
    let filter = Filter::of(args, cx);
    // By the name of its file: the two forms.
    let mut files: BTreeMap<String, (String, String)> = BTreeMap::new();
    let (mut visited, mut namespaces) = (BTreeSet::new(), BTreeSet::new());
    for item in loaded.items.iter().filter(|item| filter.selector.matches(&apply::labels(&item.value))) {
        if let Ok(live) = cx.get(item.kind, &item.namespace, &item.name) {
            visited.insert(live.uid().to_string());
        }
        if item.kind.names().namespaced {
            namespaces.insert(item.namespace.clone());
        }
        files.insert(file(item.kind.names(), &item.namespace, &item.name), one(item, &manner, cx)?);
    }
    if let Some(kinds) = prune {
        let kinds = prune::kinds(kinds, cx);
        for object in prune::victims(&kinds, &namespaces, &visited, &filter, cx)? {
            let name = file(object.kind.names(), object.namespace(), object.name());
            files.insert(name, (yaml::to_yaml(&object.to_wire_managed()), String::new()));
        }
    }
    files.retain(|_, (before, after)| before != after);
    let mark = cx.world.rng.of("temporary names").between(100_000_000, 999_999_999);
    let time = cx.now().timestamp_exact().strftime("%Y-%m-%d %H:%M:%S.%9f +0000").to_string();
    for (file, (before, after)) in &files {
        let (left, right) = (format!("/tmp/LIVE-{mark}/{file}"), format!("/tmp/MERGED-{}/{file}", mark ^ 0x5555));
        let body = diff::unified(before, after, 3);
        cx.out(format!("diff -u -N {left} {right}\n--- {left}\t{time}\n+++ {right}\t{time}\n{body}"));
    }
    Ok(if files.is_empty() { Flow::Done } else { Flow::Exit(1) })
}

fn file(names: &Names, namespace: &str, name: &str) -> String {
    let group = if names.group.is_empty() { String::new() } else { format!("{}.", names.group) };
    format!("{group}{}.{}.{namespace}.{name}", names.version, names.kind)
}

/// The object as it is and as it would be.
fn one(item: &Item, manner: &Manner, cx: &mut Cx<'_>) -> Result<(String, String), Trouble> {
    let kind = item.kind;
    let live = match cx.get(kind, &item.namespace, &item.name) {
        Ok(live) => Some(live.seen_as(kind)),
        Err(error) if error.reason == Reason::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let merged = match &live {
        _ if manner.server_side => {
            let apply = Apply { value: &item.value, force: manner.force_conflicts, target: Target::Main };
            server::send(item, apply, DryRun::Server, cx)?
        }
        None => write::create(cx, kind, item.value.clone(), Check::Warn, DryRun::Server)?,
        Some(live) => patched(item, live, cx)?,
    };
    if live.as_ref().is_some_and(Object::deleting) {
        cx.err(format_args!("Warning: Detected changes to resource {} which is currently being deleted.", item.name));
    }
    let form = |object: &Object| if manner.owners { object.to_wire_managed() } else { object.to_wire() };
    let (mut before, mut after) = (live.as_ref().map(form), form(&merged));
    if kind.names().resource == "secrets" && !manner.secrets {
        mask(before.as_mut(), &mut after);
    }
    Ok((before.as_ref().map(yaml::to_yaml).unwrap_or_default(), yaml::to_yaml(&after)))
}

/// As client-side apply would leave it.
fn patched(item: &Item, live: &Object, cx: &mut Cx<'_>) -> Result<Object, Trouble> {
    let mut modified = item.value.clone();
    if modified.pointer("/metadata/annotations").is_none_or(Value::is_null) {
        modified["metadata"]["annotations"] = json!({});
    }
    let original = live.annotations().get(LAST_APPLIED).and_then(|text| serde_json::from_str(text).ok());
    let original = original.unwrap_or_else(|| json!({}));
    let (how, body) = three_way::of_kind(item.kind, &original, &modified, &live.to_value()).map_err(Trouble::Text)?;
    let request = Patch { how, body: &body, part: Subresource::Main, check: Check::Warn };
    let made = write::act(cx, DryRun::Server, |hands| hands.patch(item.kind, &item.namespace, &item.name, request));
    made.map(|made| made.object).map_err(|error| Trouble::Api(error).from("patching", &item.source))
}

/// The values of a secret are not for the eye; that one differs is.
fn mask(before: Option<&mut Value>, after: &mut Value) {
    let mut none = Map::new();
    let mut empty = Map::new();
    let old = before.and_then(|value| value.get_mut("data")).and_then(Value::as_object_mut).unwrap_or(&mut none);
    let new = after.get_mut("data").and_then(Value::as_object_mut).unwrap_or(&mut empty);
    for (key, value) in old.iter_mut() {
        let (was, will) = match new.get(key) {
            Some(other) if other != value => ("*** (before)", "*** (after)"),
            _ => ("***", "***"),
        };
        *value = was.into();
        if let Some(other) = new.get_mut(key) {
            *other = will.into();
        }
    }
    for (_, value) in new.iter_mut().filter(|(key, _)| !old.contains_key(*key)) {
        *value = "***".into();
    }
}
