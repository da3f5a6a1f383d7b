//! `kubectl kustomize`, and `-k` of the other verbs: a directory of manifests, customized.
//!
//! Models: `kubectl/pkg/cmd/kustomize`, `kustomize/api/krusty`, `cli-runtime/pkg/resource/kustomizevisitor.go`.
//! Left out: what `target` leaves out; the flags about plugins and helm.

mod fields;
mod files;
mod generate;
mod merge;
mod patch;
mod refs;
mod replacements;
mod res;
mod target;
mod transform;

use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb};
use crate::base::yaml::to_yaml;
use files::{Files, clean};
use res::{Id, Res};
use serde_json::Value;
use target::Target;

pub struct Kustomize;

static FLAGS: &[Flag] = &[
    Flag::text(
        "as-current-user",
        "",
        "Use the uid and gid of the command executor to run the function in the container",
    )
    .hidden(),
    Flag::bool("enable-alpha-plugins", "Enable kustomize plugins"),
    Flag::bool("enable-helm", "Enable use of the Helm chart inflator generator."),
    Flag::text(
        "load-restrictor",
        "LoadRestrictionsRootOnly",
        "If set to 'LoadRestrictionsNone', local kustomizations may load files from outside their root. This does, however, break the relocatability of the kustomization.",
    ),
    Flag::text("output", "", "If specified, write output to this path.").short('o'),
    Flag::text("reorder", "", "").hidden(),
];

static SPEC: Spec = Spec {
    name: "kustomize",
    group: Group::Advanced,
    short: "Build a kustomization target from a directory or URL",
    long: "Build a set of KRM resources using a 'kustomization.yaml' file. The DIR argument must be a path to a directory that has one. If DIR is omitted, '.' is assumed.",
    examples: "# Build the current working directory
kubectl kustomize

# Build some shared configuration directory
kubectl kustomize /home/config/production",
    usage: "DIR [flags]",
    flags: &[FLAGS],
    offline: true,
    ..Spec::EMPTY
};

impl Verb for Kustomize {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let words = args.positional();
        if words.len() > 1 {
            return Err(Failure::error("specify one path to kustomization.yaml"));
        }
        let directory = words.first().map_or(".", String::as_str);
        let order = match args.text("reorder") {
            "none" => Order::None,
            _ => Order::Legacy,
        };
        let all = build(directory, order, cx).map_err(Failure::error)?;
        let shown: Vec<String> = all.iter().map(to_yaml).collect();
        let text = shown.join("---\n");
        match args.text("output") {
            "" => cx.out(text),
            path if cx.desk.list(path).is_some() => {
                for (tree, text) in all.iter().zip(&shown) {
                    let id = Id::of(tree);
                    let group = if id.group.is_empty() { String::new() } else { format!("{}_", id.group) };
                    let file = format!("{path}/{group}{}_{}_{}.yaml", id.version, id.kind, id.name).to_lowercase();
                    cx.desk.write(&file, text.as_bytes()).map_err(Failure::error)?;
                }
            }
            path => {
                let path = path.to_string();
                cx.desk.write(&path, text.as_bytes()).map_err(|why| Failure::error(format!("open {path}: {why}")))?;
            }
        }
        Ok(Flow::Done)
    }
}

/// How the resources are ordered when the kustomization does not say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they were named: `--reorder none`.
    None,
    /// Namespaces first.
    Legacy,
}

/// Builds a directory.
///
/// # Errors
/// kustomize's words, without `error: `.
pub fn build(directory: &str, order: Order, cx: &mut Cx<'_>) -> Result<Vec<Value>, String> {
    let root = clean(&cx.desk.absolute(directory));
    let mut files = Files { cx, root: root.clone(), above: vec![] };
    files.confirm(&root)?;
    let target = Target::load(&mut files)?;
    let mut all = target.build(&mut files)?;
    let chosen = target.spec.pointer("/sortOptions/order").and_then(Value::as_str);
    match chosen {
        Some("legacy") => sort(&mut all),
        Some("fifo") => {}
        Some(_) => return Err("the field 'sortOptions.order' must be one of [fifo, legacy]".into()),
        None if order == Order::Legacy => sort(&mut all),
        None => {}
    }
    Ok(all.into_iter().map(|res| res.tree).collect())
}

static FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

fn sort(all: &mut [Res]) {
    let or = |text: &str, none: &str| if text.is_empty() { none.to_string() } else { text.to_string() };
    all.sort_by_cached_key(|res| {
        let id = res.id();
        let place = match (FIRST.iter().position(|kind| *kind == id.kind), id.kind.as_str()) {
            (Some(at), _) => at,
            (None, "MutatingWebhookConfiguration") => FIRST.len() + 1,
            (None, "ValidatingWebhookConfiguration") => FIRST.len() + 2,
            _ => FIRST.len(),
        };
        let kind = [or(&id.group, "~G"), or(&id.version, "~V"), or(&id.kind, "~K")].join("_");
        (place, kind, format!("{}|{}", or(&id.namespace, "~X"), or(&id.name, "~N")))
    });
}
