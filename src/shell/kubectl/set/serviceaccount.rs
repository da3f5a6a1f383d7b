//! `kubectl set serviceaccount`.
//!
//! Models: `kubectl/pkg/cmd/set/set_serviceaccount.go`.

use super::super::flags;
use super::*;

pub struct ServiceAccount;

static SPEC: Spec = Spec {
    name: "serviceaccount",
    aliases: &["sa"],
    short: "Update the service account of a resource",
    long: "Update the service account of pod template resources.",
    examples: "# Set deployment nginx-deployment's service account to serviceaccount1\nkubectl set serviceaccount deployment nginx-deployment serviceaccount1",
    usage: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
    flags: &[flags::FILES, flags::OUTPUT, flags::DRY_RUN, flags::RECORD, FLAGS],
    ..Spec::EMPTY
};

impl Verb for ServiceAccount {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let Some((account, words)) = args.words.split_last() else {
            return Err(Failure::error("serviceaccount is required"));
        };
        let found = objects(words, args, cx)?;
        let said = Words { done: "serviceaccount updated", fail: "failed to patch ServiceAccountName " };
        update(found, args, cx, &said, |object, value, _| {
            let Some(spec) = pod_spec(object, value) else { return Err(no_template(object)) };
            spec["serviceAccountName"] = account.clone().into();
            Ok(())
        })
    }
}
