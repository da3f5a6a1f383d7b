//! `kubectl set subject`: the subjects of role bindings.
//!
//! Models: `kubectl/pkg/cmd/set/set_subject.go`.
//! Left out: `--local`.

use super::super::flags;
use super::*;
use crate::api::{kinds, rbac};
use serde_json::json;
use std::collections::BTreeSet;

pub struct Subject;

static SUBJECT_FLAGS: &[Flag] = &[
    Flag::array("group", "Groups to bind to the role"),
    Flag::array("serviceaccount", "Service accounts to bind to the role"),
    Flag::array("user", "Usernames to bind to the role"),
];

static SPEC: Spec = Spec {
    name: "subject",
    short: "Update the user, group, or service account in a role binding or cluster role binding",
    long: "Update the user, group, or service account in a role binding or cluster role binding.",
    usage: "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    flags: &[flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, FLAGS, SUBJECT_FLAGS],
    ..Spec::EMPTY
};

impl Verb for Subject {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let mut found = objects(&args.words, args, cx)?;
        gather(std::mem::take(&mut found.troubles))?;
        if !["user", "group", "serviceaccount"].iter().any(|flag| args.has(flag)) {
            return Err(Failure::error("you must specify at least one value of user, group or serviceaccount"));
        }
        let subjects = subjects(args, &found.objects, &cx.namespace())?;
        let said = Words { done: "subjects updated", fail: "failed to patch subjects to rolebinding: " };
        update(found, args, cx, &said, |object, value, _| {
            if rbac::role_ref(object).is_none() {
                let (plural, name) = (object.kind.names().plural, object.name());
                return Err(Trouble::text(format!(
                    "{plural}/{name} setting subjects is only supported for RoleBinding/ClusterRoleBinding"
                )));
            }
            let all = value["subjects"].take();
            let mut all = all.as_array().cloned().unwrap_or_default();
            all.extend(subjects.iter().filter(|subject| !all.contains(subject)).cloned().collect::<Vec<_>>());
            value["subjects"] = all.into();
            Ok(())
        })
    }
}

/// The subjects of the flags, each list sorted.
fn subjects(args: &Args, bindings: &[Object], namespace: &str) -> Result<Vec<Value>, Failure> {
    let sorted = |flag: &str| args.all(flag).into_iter().collect::<BTreeSet<String>>();
    let mut subjects = vec![];
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        subjects.extend(sorted(flag).iter().map(|name| json!({ "apiGroup": rbac::GROUP, "kind": kind, "name": name })));
    }
    for text in sorted("serviceaccount") {
        let (own, name) = match text.split(':').collect::<Vec<_>>().as_slice() {
            [own, name] if !name.is_empty() => ((*own).to_string(), (*name).to_string()),
            _ => return Err(Failure::error("serviceaccount must be <namespace>:<name>")),
        };
        if own.is_empty() && bindings.iter().any(|binding| binding.kind == kinds::CLUSTER_ROLE_BINDING) {
            return Err(Failure::error("serviceaccount must be <namespace>:<name>, namespace must be specified"));
        }
        let own = if own.is_empty() { namespace.to_string() } else { own };
        subjects.push(json!({ "kind": "ServiceAccount", "name": name, "namespace": own }));
    }
    Ok(subjects)
}
