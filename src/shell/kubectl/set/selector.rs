//! `kubectl set selector`.
//!
//! Models: `kubectl/pkg/cmd/set/set_selector.go`.

use super::super::flags;
use super::*;
use crate::api::kinds;
use serde_json::{Map, json};

pub struct Selector;

static SELECTOR_FLAGS: &[Flag] = &[Flag::text(
    "resource-version",
    "",
    "If non-empty, the selectors update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.",
)];

static SPEC: Spec = Spec {
    name: "selector",
    short: "Set the selector on a resource",
    long: "Set the selector on a resource. Note that the new selector will overwrite the old selector if the resource had one prior to the invocation of 'set selector'.\n\n Note: currently selectors can only be set on Service objects.",
    examples: "# Set the labels and selector before creating a deployment/service pair\nkubectl create service clusterip my-svc --clusterip=\"None\" -o yaml --dry-run=client | kubectl set selector --local -f - 'environment=qa' -o yaml | kubectl create -f -",
    usage: "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
    flags: &[flags::FILES, flags::OUTPUT, flags::DRY_RUN, flags::RECORD, FLAGS, SELECTOR_FLAGS],
    ..Spec::EMPTY
};

impl Verb for Selector {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let (words, pairs) = resources_and_pairs(&args.words, "selector")?;
        if pairs.len() != 1 {
            return Err(Failure::error("one or more selector expressions must be specified, as one word: a=b,c=d"));
        }
        let mut selector = Map::new();
        for pair in pairs[0].split(',') {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| Failure::error(format!("invalid selector expression: {pair}")))?;
            selector.insert(key.into(), value.trim_start_matches('=').into());
        }
        let found = objects(&words, args, cx)?;
        let said = Words { done: "selector updated", fail: "" };
        update(found, args, cx, &said, |object, value, _| {
            if object.kind != kinds::SERVICE {
                return Err(Trouble::text("setting a selector is only supported for Services"));
            }
            value["spec"]["selector"] = json!(selector);
            Ok(())
        })
    }
}
