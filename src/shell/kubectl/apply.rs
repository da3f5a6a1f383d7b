//! `kubectl apply`: what the files say becomes so, by a patch made here or by server-side apply.
//!
//! Models: `kubectl/pkg/cmd/apply/apply.go`.
//! Left out: `--applyset` (alpha, off by default).

mod client;
mod edit_last_applied;
mod last_applied;
pub mod prune;
pub mod server;

use super::manifest::{self, Item};
use super::resources::Filter;
use super::trouble::{Trouble, gather};
use super::write::{DryRun, Printer, VALIDATE};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait, delete, flags};
use crate::api::decode::Check;
use crate::api::managed::Target;
use crate::api::{DeleteOptions, KindRef, Object};
use crate::store::Key;
use crate::time::{Span, Time};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub struct Apply;

static FLAGS: &[Flag] = &[
    Flag::bool("all", "Select all resources in the namespace of the specified resource types."),
    Flag::optional("cascade", "background", "background", "Must be \"background\", \"orphan\", or \"foreground\". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background."),
    Flag::text("field-manager", "kubectl-client-side-apply", "Name of the manager used to track field ownership."),
    Flag::bool("force", "If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation."),
    Flag::bool("force-conflicts", "If true, server-side apply will force the changes against conflicts."),
    Flag::int("grace-period", "-1", "Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion)."),
    Flag::bool("openapi-patch", "If true, use openapi to calculate diff when the openapi presents and the resource can be found in the openapi spec. Otherwise, fall back to use baked-in types.").on(),
    Flag::bool("overwrite", "Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration").on(),
    Flag::bool("prune", "Automatically delete resource objects, that do not appear in the configs and are created by either apply or create --save-config. Should be used with either -l or --all."),
    Flag::array("prune-allowlist", "Overwrite the default allowlist with <group/version/kind> for --prune"),
    Flag::bool("server-side", "If true, apply runs in the server instead of the client."),
    Flag::text("subresource", "", "If specified, apply will operate on the subresource of the requested object.  Only allowed when using --server-side."),
    Flag::duration("timeout", "0s", "The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object"),
    Flag::bool("wait", "If true, wait for resources to be gone before returning. This waits for finalizers."),
];

static SPEC: Spec = Spec {
    name: "apply",
    group: Group::Advanced,
    short: "Apply a configuration to a resource by file name or stdin",
    long: "Apply a configuration to a resource by file name or stdin. The resource name must be specified. This resource will be created if it doesn't exist yet. To use 'apply', always create the resource initially with either 'apply' or 'create --save-config'.\n\n JSON and YAML formats are accepted.",
    examples: "# Apply the configuration in pod.json to a pod\nkubectl apply -f ./pod.json\n\n# Apply the JSON passed into stdin to a pod\ncat pod.json | kubectl apply -f -\n\n# Apply the configuration in manifest.yaml that matches label app=nginx and delete all other resources that are not in the file and match label app=nginx\nkubectl apply --prune -f manifest.yaml -l app=nginx",
    usage: "(-f FILENAME | -k DIRECTORY)",
    flags: &[flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, flags::RECORD, VALIDATE, FLAGS],
    subs: &[&edit_last_applied::EditLastApplied, &last_applied::SetLastApplied, &last_applied::ViewLastApplied],
    ..Spec::EMPTY
};

/// What the flags ask for.
#[derive(Clone)]
struct Settings {
    dry: DryRun,
    check: Check,
    server_side: bool,
    force_conflicts: bool,
    force: bool,
    overwrite: bool,
    target: Target,
    options: DeleteOptions,
    timeout: Span,
    /// What to prune; empty for the usual kinds.
    prune: Option<Vec<KindRef>>,
    filter: Filter,
}

/// What has been done so far.
#[derive(Clone)]
pub struct Work {
    settings: Settings,
    printer: Printer,
    /// UIDs of what was applied.
    visited: BTreeSet<String>,
    namespaces: BTreeSet<String>,
    /// Whole objects to print at the end.
    shown: Vec<Value>,
}

impl Work {
    fn visit(&mut self, uid: &str) {
        self.visited.insert(uid.to_string());
    }

    /// Says what was done, or keeps the object for the end.
    fn tell(&mut self, item: &Item, value: Value, done: &str, cx: &mut Cx<'_>) -> Result<Step, Trouble> {
        if self.printer.whole() {
            self.shown.push(value);
        } else {
            self.printer.item(cx, item, &value, done)?;
        }
        Ok(Step::Done)
    }
}

/// How far an object is.
pub enum Step {
    Done,
    Waits(Box<Waiting>),
}

/// An object that is made anew when the old one is gone.
#[derive(Clone)]
pub struct Waiting {
    item: Item,
    modified: Value,
    live: Object,
    uid: String,
    until: Time,
}

impl Verb for Apply {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !args.words.is_empty() {
            let words = args.words.join(" ");
            return Err(Failure::usage("kubectl apply", format!("Unexpected args: [{words}]")));
        }
        let settings = settings(args, cx)?;
        let printer = Printer::of(args, settings.dry)?;
        if settings.server_side && !args.has("field-manager") {
            cx.config.manager = server::KUBECTL.into();
        }
        let loaded = manifest::load(args, settings.check, cx)?;
        let troubles: Vec<Trouble> = loaded.trouble().into_iter().collect();
        let mut items: Vec<Item> =
            loaded.items.into_iter().filter(|item| settings.filter.selector.matches(&labels(&item.value))).collect();
        if items.is_empty() && troubles.is_empty() {
            return Err(Failure::error("no objects passed to apply"));
        }
        items.iter_mut().for_each(|item| super::write::record(cx, &mut item.value));
        items.reverse();
        let namespaces = cx.config.asked_namespace.iter().cloned().collect();
        let work = Work { settings, printer, visited: BTreeSet::new(), namespaces, shown: vec![] };
        let mut job = Applying { items, work, troubles, waiting: None };
        Ok(match job.poll(cx)? {
            Turn::Done => Flow::Done,
            Turn::Exit(code) => Flow::Exit(code),
            Turn::Wait(_) => Flow::Job(Box::new(job)),
        })
    }
}

/// The labels of a manifest.
pub fn labels(value: &Value) -> BTreeMap<String, String> {
    let labels = value.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_string()))).collect()
}

/// Reads the flags and refuses what does not go together.
fn settings(args: &Args, cx: &mut Cx<'_>) -> Result<Settings, Failure> {
    let dry = DryRun::of(args)?;
    let propagation = delete::propagation(args, cx)?;
    if !args.has("filename") && !args.has("kustomize") {
        return Err(Failure::error("must specify one of -f and -k"));
    }
    let check = manifest::check_of(args)?;
    let prune = match args.bool("prune") {
        true => Some(prune::allowlist(&args.all("prune-allowlist"), cx.reader())?),
        false => None,
    };
    let (server_side, force) = (args.bool("server-side"), args.bool("force"));
    let (all, selector, sub) = (args.bool("all"), args.text("selector"), args.text("subresource"));
    let fault = if args.bool("force-conflicts") && !server_side {
        "--force-conflicts only works with --server-side"
    } else if dry == DryRun::Client && server_side {
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
    } else if server_side && force {
        "--force cannot be used with --server-side"
    } else if dry == DryRun::Server && force {
        "--dry-run=server cannot be used with --force"
    } else if all && !selector.is_empty() {
        "cannot set --all and --selector at the same time"
    } else if prune.is_some() && force {
        "--force cannot be used with --prune"
    } else if prune.is_some() && !all && selector.is_empty() {
        "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector"
    } else if prune.is_some() && server_side {
        "--prune is in alpha and doesn't currently work on objects created by server-side apply"
    } else if !sub.is_empty() && !server_side {
        "--subresource can only be specified for --server-side"
    } else {
        ""
    };
    if !fault.is_empty() {
        return Err(Failure::error(fault));
    }
    let target = match sub {
        "" => Target::Main,
        "status" => Target::Status,
        _ => {
            return Err(Failure::plain(
                "Error from server (NotFound): the server could not find the requested resource",
            ));
        }
    };
    Ok(Settings {
        dry,
        check,
        server_side,
        force_conflicts: args.bool("force-conflicts"),
        force,
        overwrite: args.bool("overwrite"),
        target,
        options: DeleteOptions { grace: u64::try_from(args.int("grace-period")).ok(), propagation, uid: None },
        timeout: args.duration("timeout").unwrap_or(Span::ZERO),
        prune,
        filter: Filter::of(args, cx),
    })
}

/// The files' objects one after the other.
#[derive(Clone)]
struct Applying {
    /// Still to apply, the next one last.
    items: Vec<Item>,
    work: Work,
    troubles: Vec<Trouble>,
    waiting: Option<Waiting>,
}

impl Applying {
    fn step(&mut self, item: &Item, cx: &mut Cx<'_>) -> Result<Step, Trouble> {
        if item.kind.names().namespaced {
            self.work.namespaces.insert(item.namespace.clone());
        }
        if item.name.is_empty()
            && let Some(base) = item.value.pointer("/metadata/generateName").and_then(Value::as_str)
        {
            return Err(Trouble::text(format!("from {base}: cannot use generate name with apply")));
        }
        match self.work.settings.server_side {
            true => server::one(item, &mut self.work, cx),
            false => client::one(item, &mut self.work, cx),
        }
    }

    /// Goes on when the object that was in the way is gone; `None` while it is not.
    fn resume(&mut self, waiting: Waiting, cx: &mut Cx<'_>) -> Option<Result<Step, Trouble>> {
        let item = &waiting.item;
        let key = Key::new(item.kind.names().resource, &item.namespace, &item.name);
        if cx.world.reader().by_key(&key).is_some_and(|object| object.uid() == waiting.uid) {
            if cx.now() < waiting.until {
                self.waiting = Some(waiting);
                return None;
            }
            let doing = format!("applying patch:\n{}\nto:\n{}\nfor:", waiting.modified, item.describe());
            return Some(Err(Trouble::text("context deadline exceeded").from(&doing, &item.source)));
        }
        Some(client::made(item, waiting.modified, &waiting.live, &mut self.work, cx))
    }

    fn finish(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let mut troubles = std::mem::take(&mut self.troubles);
        if let [Trouble::Many(all)] = troubles.as_slice() {
            troubles = all.clone();
        }
        gather(troubles)?;
        match self.work.shown.as_slice() {
            [] => {}
            [one] => self.work.printer.tree(cx, one)?,
            many => {
                let list = json!({"apiVersion": "v1", "items": many, "kind": "List", "metadata": {}});
                self.work.printer.tree(cx, &list)?;
            }
        }
        if self.work.settings.prune.is_some() {
            prune::all(&mut self.work, cx)?;
        }
        Ok(Turn::Done)
    }
}

impl Job for Applying {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        loop {
            let done = match self.waiting.take() {
                Some(waiting) => match self.resume(waiting, cx) {
                    Some(done) => done,
                    None => {
                        let at = Some(cx.now() + Span::seconds(1));
                        return Ok(Turn::Wait(Wait { at, ..Wait::default() }));
                    }
                },
                None => match self.items.pop() {
                    Some(item) => self.step(&item, cx),
                    None => return self.finish(cx),
                },
            };
            match done {
                Ok(Step::Done) => {}
                Ok(Step::Waits(waiting)) => self.waiting = Some(*waiting),
                Err(trouble) => self.troubles.push(trouble),
            }
        }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
