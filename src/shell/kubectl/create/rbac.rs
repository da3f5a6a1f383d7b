//! `kubectl create role|clusterrole|rolebinding|clusterrolebinding`.
//!
//! Models: `kubectl/pkg/cmd/create/create_{role,clusterrole,rolebinding,clusterrolebinding}.go`.

use super::super::{Args, Cx, Failure, Flag, Outcome, Spec, Verb, flags};
use super::MANAGER;
use super::{Made, deliver, name, object, required};
use crate::api::discovery;
use crate::shell::kubectl::write::{SAVE_CONFIG, VALIDATE};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub struct Role;
pub struct ClusterRole;
pub struct RoleBinding;
pub struct ClusterRoleBinding;

const RBAC: &str = "rbac.authorization.k8s.io/v1";
const GROUP: &str = "rbac.authorization.k8s.io";
const VERBS: [&str; 14] = [
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
    "escalate",
    "impersonate",
    "proxy",
    "*",
];

static RULE_FLAGS: &[Flag] = &[
    Flag::list("resource", "Resource that the rule applies to"),
    Flag::array(
        "resource-name",
        "Resource in the white list that the rule applies to, repeat this flag for multiple items",
    ),
    Flag::list("verb", "Verb that applies to the resources contained in the rule"),
];

static ROLE: Spec = Spec {
    name: "role",
    short: "Create a role with single rule",
    long: "Create a role with single rule.",
    examples: "# Create a role named \"pod-reader\" that allows user to perform \"get\", \"watch\" and \"list\" on pods\nkubectl create role pod-reader --verb=get --verb=list --verb=watch --resource=pods",
    usage: "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, RULE_FLAGS],
    ..Spec::EMPTY
};

static CLUSTER_ROLE_FLAGS: &[Flag] = &[
    Flag::text("aggregation-rule", "", "An aggregation label selector for combining ClusterRoles."),
    Flag::list("non-resource-url", "A partial url that user should have access to."),
];

static CLUSTER_ROLE: Spec = Spec {
    name: "clusterrole",
    short: "Create a cluster role",
    long: "Create a cluster role.",
    examples: "# Create a cluster role named \"pod-reader\" that allows user to perform \"get\", \"watch\" and \"list\" on pods\nkubectl create clusterrole pod-reader --verb=get,list,watch --resource=pods",
    usage: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, RULE_FLAGS, CLUSTER_ROLE_FLAGS],
    ..Spec::EMPTY
};

const URL_VERBS: [&str; 8] = ["*", "get", "post", "put", "delete", "patch", "head", "options"];
/// What some verbs are about, and nothing else.
const SPECIAL: [(&str, &[(&str, &str)]); 4] = [
    ("use", &[("policy", "podsecuritypolicies"), ("extensions", "podsecuritypolicies")]),
    ("bind", &[(GROUP, "roles"), (GROUP, "clusterroles")]),
    ("escalate", &[(GROUP, "roles"), (GROUP, "clusterroles")]),
    ("impersonate", &[("", "users"), ("", "serviceaccounts"), ("", "groups"), ("authentication.k8s.io", "userextras")]),
];

/// `pods`, `deployments.apps/scale`: group and resource, as the server knows them.
fn resource(word: &str, verbs: &[String], cx: &Cx<'_>) -> Result<(String, String), Failure> {
    let (resource, sub) = word.split_once('/').map_or((word, None), |(resource, sub)| (resource, Some(sub)));
    let (stem, group) = resource.split_once('.').unwrap_or((resource, ""));
    if stem.is_empty() {
        return Err(Failure::error("resource must be specified if apiGroup/subresource specified"));
    }
    let full = |plural: &str| sub.map_or_else(|| plural.to_string(), |sub| format!("{plural}/{sub}"));
    if stem == "*" {
        return Ok((group.into(), full(stem)));
    }
    let known = discovery::find(stem, group, cx.world.reader());
    let (plural, group) = known.as_ref().map_or((stem, group), |row| (&row.plural, &row.group));
    let mut special = false;
    for (_, about) in SPECIAL.iter().filter(|(verb, _)| verbs.iter().any(|v| v == verb)) {
        if !about.contains(&(group, plural)) {
            let verb = SPECIAL.iter().find(|(_, other)| other == about).map_or("", |(verb, _)| verb);
            return Err(Failure::error(format!("can not perform '{verb}' on '{plural}' in group '{group}'")));
        }
        special = true;
    }
    if known.is_none() && !special {
        return Err(Failure::plain(format!("the server doesn't have a resource type \"{stem}\"")));
    }
    Ok((group.to_string(), full(plural)))
}

/// The rules of the flags: one for each API group.
fn rules(args: &Args, cx: &mut Cx<'_>) -> Result<Vec<Value>, Failure> {
    let (words, urls) = (args.all("resource"), args.all("non-resource-url"));
    let mut verbs: Vec<String> = vec![];
    for verb in args.all("verb").into_iter().map(|verb| verb.trim().to_string()) {
        if verb == "*" {
            verbs = vec![verb];
            break;
        }
        if !verb.is_empty() && !verbs.contains(&verb) {
            verbs.push(verb);
        }
    }
    if verbs.is_empty() {
        return Err(Failure::error("at least one verb must be specified"));
    }
    if !words.is_empty() || urls.is_empty() {
        for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
            cx.err(format_args!("Warning: '{verb}' is not a standard resource verb"));
        }
    }
    if words.is_empty() && urls.is_empty() {
        let cluster = args.path.ends_with("clusterrole");
        let what = if cluster { "one of resource or nonResourceURL" } else { "at least one resource" };
        return Err(Failure::error(format!("{what} must be specified")));
    }
    let names = args.all("resource-name");
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for word in words {
        let (group, plural) = resource(&word, &verbs, cx)?;
        let list = groups.entry(group).or_default();
        if !list.contains(&plural) {
            list.push(plural);
        }
    }
    let rule = |(group, resources): (String, Vec<String>)| {
        let mut rule = json!({ "apiGroups": [group], "resources": resources, "verbs": verbs });
        if !names.is_empty() {
            rule["resourceNames"] = json!(names);
        }
        rule
    };
    let mut all: Vec<Value> = groups.into_iter().map(rule).collect();
    if !urls.is_empty() {
        check_urls(&urls, &verbs)?;
        all.push(json!({ "nonResourceURLs": urls, "verbs": verbs }));
    }
    Ok(all)
}

fn check_urls(urls: &[String], verbs: &[String]) -> Result<(), Failure> {
    if let Some(verb) = verbs.iter().find(|verb| !URL_VERBS.contains(&verb.as_str())) {
        return Err(Failure::error(format!("invalid verb: '{verb}' for nonResourceURL")));
    }
    for url in urls.iter().filter(|url| *url != "*") {
        if !url.starts_with('/') {
            return Err(Failure::error("nonResourceURL should start with /"));
        }
        if url[..url.len() - 1].contains('*') {
            return Err(Failure::error("nonResourceURL only supports wildcard matches when '*' is at the end"));
        }
    }
    Ok(())
}

impl Verb for Role {
    fn spec(&self) -> &'static Spec {
        &ROLE
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create role")?;
        let rules = rules(args, cx)?;
        let mut value = object(RBAC, "Role", &name);
        value.insert("rules".into(), Value::Array(rules));
        deliver(Made { value: Value::Object(value), fail: "" }, args, cx)
    }
}

impl Verb for ClusterRole {
    fn spec(&self) -> &'static Spec {
        &CLUSTER_ROLE
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create clusterrole")?;
        let mut value = object(RBAC, "ClusterRole", &name);
        if args.has("aggregation-rule") {
            if args.has("verb") || args.has("resource") || args.has("non-resource-url") {
                return Err(Failure::error(
                    "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
                ));
            }
            let mut labels = Map::new();
            for pair in args.text("aggregation-rule").split(',') {
                let (key, text) = pair
                    .split_once('=')
                    .ok_or_else(|| Failure::error(format!("unexpected aggregation rule: {pair}")))?;
                labels.insert(key.into(), text.into());
            }
            value.insert("aggregationRule".into(), json!({ "clusterRoleSelectors": [{ "matchLabels": labels }] }));
            value.insert("rules".into(), Value::Null);
        } else {
            value.insert("rules".into(), Value::Array(rules(args, cx)?));
        }
        deliver(Made { value: Value::Object(value), fail: "" }, args, cx)
    }
}

static SUBJECT_FLAGS: &[Flag] = &[
    Flag::text("clusterrole", "", "ClusterRole this RoleBinding should reference"),
    Flag::array("group", "Groups to bind to the role. The flag can be repeated to add multiple groups."),
    Flag::text("role", "", "Role this RoleBinding should reference"),
    Flag::array(
        "serviceaccount",
        "Service accounts to bind to the role, in the format <namespace>:<name>. The flag can be repeated to add multiple service accounts.",
    ),
    Flag::array("user", "Usernames to bind to the role. The flag can be repeated to add multiple users."),
];

static ROLE_BINDING: Spec = Spec {
    name: "rolebinding",
    short: "Create a role binding for a particular role or cluster role",
    long: "Create a role binding for a particular role or cluster role.",
    examples: "# Create a role binding for user1, user2, and group1 using the admin cluster role\nkubectl create rolebinding admin --clusterrole=admin --user=user1 --user=user2 --group=group1",
    usage: "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, SUBJECT_FLAGS],
    ..Spec::EMPTY
};

static CLUSTER_ROLE_BINDING: Spec = Spec {
    name: "clusterrolebinding",
    short: "Create a cluster role binding for a particular cluster role",
    long: "Create a cluster role binding for a particular cluster role.",
    examples: "# Create a cluster role binding for user1, user2, and group1 using the cluster-admin cluster role\nkubectl create clusterrolebinding cluster-admin --clusterrole=cluster-admin --user=user1 --user=user2 --group=group1",
    usage: "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, SUBJECT_FLAGS],
    ..Spec::EMPTY
};

fn subjects(args: &Args) -> Result<Vec<Value>, Failure> {
    let mut subjects = vec![];
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        for name in args.all(flag) {
            subjects.push(json!({ "apiGroup": GROUP, "kind": kind, "name": name }));
        }
    }
    for text in args.all("serviceaccount") {
        let parts: Vec<&str> = text.split(':').collect();
        let (namespace, name) = match parts.as_slice() {
            [namespace, name] if !namespace.is_empty() && !name.is_empty() => (namespace, name),
            _ => return Err(Failure::error("serviceaccount must be <namespace>:<name>")),
        };
        subjects.push(json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace }));
    }
    Ok(subjects)
}

fn binding(kind: &'static str, role: (&str, &str), args: &Args, cx: &mut Cx<'_>) -> Outcome {
    let name = name(args, &format!("kubectl create {}", kind.to_ascii_lowercase()))?;
    let subjects = subjects(args)?;
    let mut value = object(RBAC, kind, &name);
    value.insert("roleRef".into(), json!({ "apiGroup": GROUP, "kind": role.0, "name": role.1 }));
    if !subjects.is_empty() {
        value.insert("subjects".into(), Value::Array(subjects));
    }
    let fail =
        if kind == "RoleBinding" { "failed to create rolebinding: " } else { "failed to create clusterrolebinding: " };
    deliver(Made { value: Value::Object(value), fail }, args, cx)
}

impl Verb for RoleBinding {
    fn spec(&self) -> &'static Spec {
        &ROLE_BINDING
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        match (args.text("clusterrole"), args.text("role")) {
            ("", "") => Err(Failure::error("exactly one of clusterrole or role must be specified")),
            ("", role) => binding("RoleBinding", ("Role", role), args, cx),
            (role, "") => binding("RoleBinding", ("ClusterRole", role), args, cx),
            _ => Err(Failure::error("exactly one of clusterrole or role must be specified")),
        }
    }
}

impl Verb for ClusterRoleBinding {
    fn spec(&self) -> &'static Spec {
        &CLUSTER_ROLE_BINDING
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        required(args, &["clusterrole"])?;
        binding("ClusterRoleBinding", ("ClusterRole", args.text("clusterrole")), args, cx)
    }
}
