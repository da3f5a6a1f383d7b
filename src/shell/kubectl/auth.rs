//! `kubectl auth whoami` and `kubectl auth can-i`: who calls, and what they may.
//!
//! Models: `kubectl/pkg/cmd/auth`.
//! Left out: `--list`, `auth reconcile`; the rules of Roles (they come with authorization): the administrator may everything.

use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb};

pub struct Auth;
pub struct WhoAmI;
pub struct CanI;

static SPEC: Spec = Spec {
    name: "auth",
    group: Group::Cluster,
    short: "Inspect authorization",
    long: "Inspect authorization.",
    usage: "[flags]",
    subs: &[&CanI, &WhoAmI],
    ..Spec::EMPTY
};

static WHO: Spec = Spec {
    name: "whoami",
    short: "Experimental: Check self subject attributes",
    long: "Experimental: Check who you are and your attributes (groups, extra).",
    usage: "",
    ..Spec::EMPTY
};

static CAN_FLAGS: &[Flag] =
    &[Flag::bool("quiet", "If true, suppress output and just return the exit code.").short('q')];

static CAN: Spec = Spec {
    name: "can-i",
    short: "Check whether an action is allowed",
    long: "Check whether an action is allowed.",
    usage: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
    flags: &[CAN_FLAGS],
    ..Spec::EMPTY
};

impl Verb for Auth {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, _args: &Args, _cx: &mut Cx<'_>) -> Outcome {
        Ok(Flow::Done)
    }
}

impl Verb for WhoAmI {
    fn spec(&self) -> &'static Spec {
        &WHO
    }

    fn run(&self, _args: &Args, cx: &mut Cx<'_>) -> Outcome {
        cx.out(crate::base::table::tabulate(
            "ATTRIBUTE\tVALUE\nUsername\tkubernetes-admin\nGroups\t[kubeadm:cluster-admins system:authenticated]\n",
            crate::base::table::GET,
        ));
        Ok(Flow::Done)
    }
}

impl Verb for CanI {
    fn spec(&self) -> &'static Spec {
        &CAN
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if args.words.len() < 2 || args.words.len() > 3 {
            return Err(Failure::error(
                "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
            ));
        }
        if args.given("as").is_some() {
            return Err(Failure::error("--as is left out here: roles are not judged yet"));
        }
        if !args.bool("quiet") {
            cx.line("yes");
        }
        Ok(Flow::Done)
    }
}
