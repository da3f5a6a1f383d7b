//! `kubectl cordon` and `kubectl uncordon`.
//!
//! Models: `kubectl/pkg/cmd/drain/drain.go` (`RunCordonOrUncordon`).

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, Printer};
use super::{Args, Cx, Failure, Flow, Group, Outcome, Spec, Verb, flags, targets};
use crate::api::patch::Patch;
use crate::api::{Object, kinds};
use k8s_openapi::api::core::v1::NodeSpec;
use serde_json::{Value, json};

pub struct Cordon;
pub struct Uncordon;

static CORDON: Spec = Spec {
    name: "cordon",
    group: Group::Cluster,
    short: "Mark node as unschedulable",
    long: "Mark node as unschedulable.",
    examples: "# Mark node \"foo\" as unschedulable\nkubectl cordon foo",
    usage: "NODE",
    flags: &[flags::SELECTOR, flags::DRY_RUN],
    ..Spec::EMPTY
};

static UNCORDON: Spec = Spec {
    name: "uncordon",
    group: Group::Cluster,
    short: "Mark node as schedulable",
    long: "Mark node as schedulable.",
    examples: "# Mark node \"foo\" as schedulable\nkubectl uncordon foo",
    usage: "NODE",
    flags: &[flags::SELECTOR, flags::DRY_RUN],
    ..Spec::EMPTY
};

impl Verb for Cordon {
    fn spec(&self) -> &'static Spec {
        &CORDON
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        all(args, cx, true, "cordon")
    }
}

impl Verb for Uncordon {
    fn spec(&self) -> &'static Spec {
        &UNCORDON
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        all(args, cx, false, "uncordon")
    }
}

/// The nodes that `NODE...` or `-l` name; `word` is the verb.
///
/// # Errors
/// None or both were given.
pub fn nodes(args: &Args, cx: &mut Cx<'_>, word: &str) -> Result<(Vec<Object>, Vec<Trouble>), Failure> {
    let selects = !args.text("selector").is_empty();
    if args.words.is_empty() && !selects {
        return Err(Failure::usage(&format!("kubectl {word}"), format!("USAGE: {word} NODE [flags]")));
    }
    if !args.words.is_empty() && selects {
        return Err(Failure::error("error: cannot specify both a node name and a --selector option"));
    }
    let mut words: Vec<String> = vec!["nodes".into()];
    words.extend(args.words.iter().map(|name| {
        let bare = name.strip_prefix("node/").or_else(|| name.strip_prefix("nodes/")).unwrap_or(name);
        bare.to_string()
    }));
    let found = targets::find(&words, args, cx)?;
    Ok((found.objects, found.troubles))
}

/// Marks a node, and says so.
///
/// # Errors
/// The server's.
pub fn mark(node: &Object, off: bool, dry: DryRun, cx: &mut Cx<'_>, printer: &mut Printer) -> Result<(), Trouble> {
    let was = node.spec::<NodeSpec>().unschedulable == Some(true);
    let word = if off { "cordoned" } else { "uncordoned" };
    if was == off {
        return Ok(printer.object(cx, node, &format!("already {word}"))?);
    }
    if dry != DryRun::Client {
        let body = json!({ "spec": { "unschedulable": if off { Value::Bool(true) } else { Value::Null } } });
        let name = node.name().to_string();
        write::act(cx, dry, |hands| hands.patch(kinds::NODE, "", &name, Patch::strategic(&body)))?;
    }
    Ok(printer.object(cx, node, word)?)
}

fn all(args: &Args, cx: &mut Cx<'_>, off: bool, word: &str) -> Outcome {
    let dry = DryRun::of(args)?;
    let mut printer = Printer::of(args, dry)?;
    let (nodes, mut troubles) = nodes(args, cx, word)?;
    for node in nodes {
        if let Err(trouble) = mark(&node, off, dry, cx, &mut printer) {
            troubles.push(trouble);
        }
    }
    gather(troubles)?;
    Ok(Flow::Done)
}
