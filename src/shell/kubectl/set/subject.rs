//! `kubectl set subject`: the subjects of role bindings.
//!
//! Models: `kubectl/pkg/cmd/set/set_subject.go`.
//! Left out: everything until the cluster has role bindings.

use super::super::flags;
use super::*;

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
        if !["user", "group", "serviceaccount"].iter().any(|flag| args.has(flag)) {
            return Err(Failure::error("you must specify at least one value of user, group or serviceaccount"));
        }
        let found = objects(&args.words, args, cx)?;
        gather(found.troubles)?;
        Err(Failure::error("set subject is left out: this cluster has no role bindings yet"))
    }
}
