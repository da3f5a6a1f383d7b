//! `kubectl auth can-i`.
//!
//! Models: `kubectl/pkg/cmd/auth/cani.go`, `pkg/registry/authorization/selfsubject{access,rules}review`.

use super::{Args, Cx, Failure, Flag, Flow, Outcome, Spec, Verb, may_ask};
use crate::api::authorize::{self, Ask};
use crate::api::discovery;
use crate::api::rbac::{self, rules};
use crate::base::table::{GET, tabulate};

pub struct CanI;

static FLAGS: &[Flag] = &[
    Flag::bool("all-namespaces", "If true, check the specified action in all namespaces.").short('A'),
    Flag::bool("list", "If true, prints all allowed actions."),
    Flag::bool("no-headers", "If true, prints allowed actions without headers"),
    Flag::bool("quiet", "If true, suppress output and just return the exit code.").short('q'),
    Flag::text("subresource", "", "SubResource such as pod/log or deployment/scale"),
];

static SPEC: Spec = Spec {
    name: "can-i",
    short: "Check whether an action is allowed",
    long: "Check whether an action is allowed.\n\n VERB is a verb of the Kubernetes API such as 'get', 'list', 'watch' or 'delete'. TYPE is a resource; short names and groups work. NONRESOURCEURL is a path that begins with \"/\". NAME is the name of one resource.",
    examples: "# Check to see if I can create pods in any namespace\nkubectl auth can-i create pods --all-namespaces\n\n# Check to see if I can list deployments in my current namespace\nkubectl auth can-i list deployments.apps\n\n# Check to see if service account \"foo\" of namespace \"dev\" can list pods in the namespace \"prod\"\nkubectl auth can-i list pods --as=system:serviceaccount:dev:foo -n prod\n\n# Check to see if I can do everything in my current namespace (\"*\" means all)\nkubectl auth can-i '*' '*'\n\n# Check to see if I can read pod logs\nkubectl auth can-i get pods --subresource=log\n\n# Check to see if I can access the URL /logs/\nkubectl auth can-i get /logs/\n\n# List all allowed actions in namespace \"foo\"\nkubectl auth can-i --list --namespace=foo",
    usage: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

const VERBS: [&str; 16] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];
const URL_VERBS: [&str; 8] = ["get", "put", "post", "head", "options", "delete", "patch", "*"];

impl Verb for CanI {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if args.bool("list") {
            return list(args, cx);
        }
        let [verb, what] = args.words.as_slice() else {
            return Err(Failure::error(
                "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
            ));
        };
        let sub = args.text("subresource");
        let all = args.bool("all-namespaces");
        let namespace = if all { String::new() } else { cx.namespace() };
        let (mut group, mut resource, mut name) = (String::new(), String::new(), "");
        let path = if what.starts_with('/') { what.as_str() } else { "" };
        if path.is_empty() {
            let (word, rest) = what.split_once('/').unwrap_or((what, ""));
            name = rest;
            let known = resource_for(word, cx);
            match known {
                Some(known) => {
                    (group, resource) = (known.group, known.plural);
                    if !known.namespaced && !all {
                        let of = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
                        cx.err(format_args!("Warning: resource '{resource}' is not namespace scoped{of}\n"));
                    }
                }
                None => resource = word.to_string(),
            }
            if !all && !VERBS.contains(&verb.as_str()) {
                cx.err(format_args!("Warning: verb '{verb}' is not a known verb\n"));
            }
        } else {
            if !sub.is_empty() {
                return Err(Failure::error("--subresource can not be used with NonResourceURL"));
            }
            if !URL_VERBS.contains(&verb.as_str()) {
                cx.err(format_args!("Warning: verb '{verb}' is not a known verb\n"));
            }
        }
        if args.bool("no-headers") {
            return Err(Failure::error("--no-headers cannot be set without --list specified"));
        }
        may_ask("authorization.k8s.io", "selfsubjectaccessreviews", cx)?;
        let ask = Ask { verb, group: &group, resource: &resource, sub, namespace: &namespace, name, path };
        let verdict = authorize::decide(&cx.config.caller, &ask, cx.world.reader());
        if !args.bool("quiet") {
            match (verdict.allowed, verdict.reason.as_str()) {
                (true, _) => cx.line("yes"),
                (false, "") => cx.line("no"),
                (false, reason) => cx.line(format_args!("no - {reason}")),
            }
        }
        Ok(if verdict.allowed { Flow::Done } else { Flow::Exit(1) })
    }
}

struct Known {
    group: String,
    plural: String,
    namespaced: bool,
}

/// The resource that is meant; a warning when the server has none.
fn resource_for(word: &str, cx: &mut Cx<'_>) -> Option<Known> {
    if word == "*" {
        return Some(Known { group: String::new(), plural: word.into(), namespaced: true });
    }
    let lower = word.to_ascii_lowercase();
    let (stem, group) = lower.split_once('.').unwrap_or((&lower, ""));
    if let Some(row) = discovery::find(stem, group, cx.world.reader()) {
        return Some(Known { group: row.group, plural: row.plural, namespaced: row.namespaced });
    }
    if !["users", "groups"].contains(&lower.as_str()) {
        let of = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
        cx.err(format_args!("Warning: the server doesn't have a resource type '{stem}'{of}\n"));
    }
    None
}

/// `--list`: all rules as one table.
fn list(args: &Args, cx: &mut Cx<'_>) -> Outcome {
    if !args.words.is_empty() {
        return Err(Failure::error("list option must be specified with no arguments"));
    }
    if args.bool("quiet") || args.bool("all-namespaces") || args.has("subresource") {
        return Err(Failure::error(
            "list option can't be specified with neither quiet, all-namespaces nor subresource options",
        ));
    }
    may_ask("authorization.k8s.io", "selfsubjectrulesreviews", cx)?;
    let (all, _) = rbac::rules_for(&cx.config.caller, &cx.namespace(), cx.world.reader());
    let mut text = String::new();
    if !args.bool("no-headers") {
        text += "Resources\tNon-Resource URLs\tResource Names\tVerbs\n";
    }
    for rule in rules::table(all) {
        text += &rules::row(&rule);
        text.push('\n');
    }
    cx.out(tabulate(&text, GET));
    Ok(Flow::Done)
}
