//! `kubectl create role|clusterrole|rolebinding|clusterrolebinding`.
//!
//! Models: `kubectl/pkg/cmd/create/create_{role,clusterrole,rolebinding,clusterrolebinding}.go`.

use super::super::{Args, Cx, Failure, Flag, Outcome, Spec, Verb, flags};
use super::{Made, deliver, name, object, required};
use crate::shell::kubectl::api_resources;
use super::MANAGER;
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

/// `pods`, `deployments.apps/scale`: group and resource, as the server knows them.
fn resource(word: &str, cx: &mut Cx<'_>) -> Result<(String, String), Failure> {
    let (resource, sub) = word.split_once('/').map_or((word, ""), |(resource, sub)| (resource, sub));
    if resource == "*" {
        return Ok(("*".into(), "*".into()));
    }
    let (stem, group) = resource.split_once('.').unwrap_or((resource, ""));
    let Some((plural, found)) = api_resources::find(stem, group) else {
        return Err(Failure::plain(format!("the server doesn't have a resource type \"{stem}\"")));
    };
    let _ = cx;
    let plural = if sub.is_empty() { plural.to_string() } else { format!("{plural}/{sub}") };
    Ok((found.to_string(), plural))
}

/// The rules of the flags: one for each API group.
fn rules(args: &Args, cx: &mut Cx<'_>) -> Result<Vec<Value>, Failure> {
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
    for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
        cx.err(format_args!("Warning: '{verb}' is not a standard resource verb"));
    }
    let urls = args.all("non-resource-url");
    if !urls.is_empty() {
        return Ok(vec![json!({ "nonResourceURLs": urls, "verbs": verbs })]);
    }
    let words = args.all("resource");
    if words.is_empty() {
        return Err(Failure::error("at least one resource must be specified"));
    }
    let names = args.all("resource-name");
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for word in words {
        let (group, plural) = resource(&word, cx)?;
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
    Ok(groups.into_iter().map(rule).collect())
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
        deliver(Made { value: Value::Object(value), fail: "failed to create role: " }, args, cx)
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
                    "aggregation rule must be specified without verbs, resources or non-resource URLs",
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
        deliver(Made { value: Value::Object(value), fail: "failed to create clusterrole: " }, args, cx)
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
        let [namespace, name] = parts.as_slice() else {
            return Err(Failure::error("serviceaccount must be <namespace>:<name>"));
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
