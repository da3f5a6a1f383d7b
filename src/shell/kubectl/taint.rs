//! `kubectl taint`.
//!
//! Models: `kubectl/pkg/cmd/taint`.

use super::label::resources_and_pairs;
use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, Printer, VALIDATE};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, targets};
use crate::api::validation::text;
use crate::api::{Object, kinds};
use k8s_openapi::api::core::v1::{NodeSpec, Taint as NodeTaint};

pub struct Taint;

static FLAGS: &[Flag] = &[
    Flag::bool("all", "Select all nodes in the cluster"),
    Flag::text("field-manager", "kubectl-taint", "Name of the manager used to track field ownership."),
    Flag::bool(
        "overwrite",
        "If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.",
    ),
];

static SPEC: Spec = Spec {
    name: "taint",
    group: Group::Cluster,
    short: "Update the taints on one or more nodes",
    long: "Update the taints on one or more nodes.\n\n  *  A taint consists of a key, value, and effect. As an argument here, it is expressed as key=value:effect.\n  *  The effect must be NoSchedule, PreferNoSchedule or NoExecute.\n  *  Currently taint can only apply to node.",
    examples: "# Update node 'foo' with a taint with key 'dedicated' and value 'special-user' and effect 'NoSchedule'\n# If a taint with that key and effect already exists, its value is replaced as specified\nkubectl taint nodes foo dedicated=special-user:NoSchedule\n\n# Remove from node 'foo' the taint with key 'dedicated' and effect 'NoSchedule' if one exists\nkubectl taint nodes foo dedicated:NoSchedule-\n\n# Remove from node 'foo' all the taints with key 'dedicated'\nkubectl taint nodes foo dedicated-",
    usage: "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
    flags: &[flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, VALIDATE, FLAGS],
    ..Spec::EMPTY
};

/// What is asked: taints to add, and keys (with or without an effect) to remove.
#[derive(Default)]
struct Changes {
    add: Vec<NodeTaint>,
    remove: Vec<(String, String)>,
}

impl Verb for Taint {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let dry = DryRun::of(args)?;
        let mut printer = Printer::of(args, dry)?;
        let (words, pairs) = split(&args.words)?;
        let changes = changes(&pairs)?;
        match words.first().map(String::as_str) {
            None => {
                return Err(Failure::error(
                    "one or more resources must be specified as <resource> <name> or <resource>/<name>",
                ));
            }
            Some("node" | "nodes" | "no") => {}
            Some(word) if word.starts_with("node/") || word.starts_with("nodes/") => {}
            Some(other) => {
                return Err(Failure::error(format!("invalid resource type {other}, only node(s) is supported")));
            }
        }
        if words.len() < 2 && !words[0].contains('/') && !args.bool("all") && args.text("selector").is_empty() {
            return Err(Failure::error(
                "at least one resource name must be specified since 'all' parameter is not set",
            ));
        }
        if changes.add.is_empty() && changes.remove.is_empty() {
            return Err(Failure::error("at least one taint update is required"));
        }
        let found = targets::find(&words, args, cx)?;
        let mut troubles = found.troubles;
        for node in found.objects {
            if let Err(trouble) = one(node, &changes, args.bool("overwrite"), dry, cx, &mut printer) {
                troubles.push(trouble);
            }
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

/// Here a taint is also what has only a colon (`key:NoSchedule`).
fn split(words: &[String]) -> Result<(Vec<String>, Vec<String>), Failure> {
    let is_taint = |word: &&String| word.contains('=') || word.contains(':') || word.ends_with('-');
    let first = words.iter().position(|word| is_taint(&word)).unwrap_or(words.len());
    let (resources, taints) = words.split_at(first);
    let (more, _) = resources_and_pairs(resources, "taint")?;
    Ok((more, taints.to_vec()))
}

fn changes(pairs: &[String]) -> Result<Changes, Failure> {
    let wrong = |words: String| Failure::usage("kubectl taint", words);
    let mut changes = Changes::default();
    for pair in pairs {
        if let Some(body) = pair.strip_suffix('-') {
            let (key, effect) = body.split_once(':').unwrap_or((body, ""));
            let key = key.split('=').next().unwrap_or(key);
            if !effect.is_empty() {
                check_effect(effect).map_err(wrong)?;
            }
            changes.remove.push((key.into(), effect.into()));
            continue;
        }
        let Some((body, effect)) = pair.split_once(':') else {
            return Err(wrong(format!("invalid taint spec: {pair}")));
        };
        let (key, value) = body.split_once('=').map_or((body, None), |(key, value)| (key, Some(value)));
        if let Some(problem) = text::qualified_name(key).first() {
            return Err(wrong(format!("invalid taint spec: {pair}, {problem}")));
        }
        if let Some(problem) = value.and_then(|value| text::label_value(value).first().cloned()) {
            return Err(wrong(format!("invalid taint spec: {pair}, {problem}")));
        }
        check_effect(effect).map_err(wrong)?;
        let taint = NodeTaint {
            key: key.into(),
            value: value.filter(|value| !value.is_empty()).map(String::from),
            effect: effect.into(),
            time_added: None,
        };
        if changes.add.iter().any(|other| other.key == taint.key && other.effect == taint.effect) {
            return Err(wrong(format!(
                "duplicated taints with the same key and effect: {{{key} {} {effect} <nil>}}",
                value.unwrap_or("")
            )));
        }
        changes.add.push(taint);
    }
    Ok(changes)
}

fn check_effect(effect: &str) -> Result<(), String> {
    if ["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect) {
        return Ok(());
    }
    Err(format!("invalid taint effect: {effect}, unsupported taint effect"))
}

fn one(
    mut node: Object,
    changes: &Changes,
    overwrite: bool,
    dry: DryRun,
    cx: &mut Cx<'_>,
    printer: &mut Printer,
) -> Result<(), Trouble> {
    let old = node.spec::<NodeSpec>().taints.clone().unwrap_or_default();
    let same = |a: &NodeTaint, b: &NodeTaint| a.key == b.key && a.effect == b.effect;
    if !overwrite {
        let clash: Vec<&str> = changes
            .add
            .iter()
            .filter(|taint| old.iter().any(|other| same(taint, other)))
            .map(|taint| taint.key.as_str())
            .collect();
        if !clash.is_empty() {
            return Err(Trouble::text(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                node.name(),
                clash.join(", ")
            )));
        }
    }
    let mut taints = changes.add.clone();
    taints.extend(old.iter().filter(|other| !changes.add.iter().any(|taint| same(taint, other))).cloned());
    let mut lacking = vec![];
    for (key, effect) in &changes.remove {
        let before = taints.len();
        taints.retain(|taint| taint.key != *key || !effect.is_empty() && taint.effect != *effect);
        if taints.len() == before {
            let full = if effect.is_empty() { key.clone() } else { format!("{key}:{effect}") };
            lacking.push(Trouble::Text(format!("taint \"{full}\" not found")));
        }
    }
    gather(lacking)?;
    let replaces = changes.add.iter().any(|taint| old.iter().any(|other| same(taint, other)));
    let done = match (changes.add.is_empty(), changes.remove.is_empty()) {
        (true, false) => "untainted",
        (false, true) if !replaces => "tainted",
        _ => "modified",
    };
    node.spec_mut::<NodeSpec>().taints = (!taints.is_empty()).then_some(taints);
    if dry != DryRun::Client {
        debug_assert!(node.kind == kinds::NODE);
        node.meta_mut().resource_version = None;
        node = write::act(cx, dry, |hands| hands.update(node))?;
    }
    Ok(printer.object(cx, &node, done)?)
}
