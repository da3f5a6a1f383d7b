//! `kubectl delete`: asks for the deletion, then waits until the objects are gone.
//!
//! Models: `kubectl/pkg/cmd/delete/delete.go`, `kubectl/pkg/cmd/wait`.
//! Left out: `--raw`.

use super::resources::{self, Filter, Selection};
use super::trouble::{Trouble, gather};
use super::write::{self, DryRun};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Span, Spec, Turn, Verb, Wait, flags, manifest};
use crate::api::authorize::Ask;
use crate::api::decode::Check;
use crate::api::server::Deleted;
use crate::api::{DeleteOptions, KindRef, Propagation, Reason};
use crate::store::Key;
use crate::time::Time;

pub struct Delete;

static FLAGS: &[Flag] = &[
    Flag::bool("all", "Delete all resources, in the namespace of the specified resource types."),
    Flag::optional(
        "cascade",
        "background",
        "background",
        "Must be \"background\", \"orphan\", or \"foreground\". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.",
    ),
    Flag::bool(
        "force",
        "If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation.",
    ),
    Flag::int(
        "grace-period",
        "-1",
        "Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).",
    ),
    Flag::bool(
        "ignore-not-found",
        "Treat \"resource not found\" as a successful delete. Defaults to \"true\" when --all is specified.",
    ),
    Flag::bool("interactive", "If true, delete resource only when user confirms.").short('i'),
    Flag::bool("now", "If true, resources are signaled for immediate shutdown (same as --grace-period=1)."),
    Flag::text("output", "", "Output mode. Use \"-o name\" for shorter output (resource/name).").short('o'),
    Flag::text("raw", "", "Raw URI to DELETE to the server.  Uses the transport specified by the kubeconfig file."),
    Flag::duration(
        "timeout",
        "0s",
        "The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object",
    ),
    Flag::bool("wait", "If true, wait for resources to be gone before returning. This waits for finalizers.").on(),
];

static SPEC: Spec = Spec {
    name: "delete",
    group: Group::Beginner,
    short: "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    long: "Delete resources by file names, stdin, resources and names, or by resources and label selector.\n\n JSON and YAML formats are accepted. Only one type of argument may be specified: file names, resources and names, or resources and label selector.\n\n Some resources, such as pods, support graceful deletion. These resources define a default period before they are forcibly terminated (the grace period) but you may override that value with the --grace-period flag, or pass --now to set a grace-period of 1.",
    examples: "# Delete a pod using the type and name specified in pod.json\nkubectl delete -f ./pod.json\n\n# Delete pods and services with same names \"baz\" and \"foo\"\nkubectl delete pod,service baz foo\n\n# Delete pods and services with label name=myLabel\nkubectl delete pods,services -l name=myLabel\n\n# Delete a pod with minimal delay\nkubectl delete pod foo --now\n\n# Force delete a pod on a dead node\nkubectl delete pod foo --force\n\n# Delete all pods\nkubectl delete pods --all",
    usage: "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
    reads_input: |args| args.bool("interactive"),
    flags: &[flags::FILES, flags::SELECTOR, flags::FIELD_SELECTOR, flags::ALL_NAMESPACES, flags::DRY_RUN, FLAGS],
    ..Spec::EMPTY
};

/// One thing to delete.
#[derive(Clone, Debug)]
pub struct Victim {
    pub kind: KindRef,
    pub namespace: String,
    pub name: String,
    pub source: String,
}

/// How to delete.
#[derive(Clone, Debug)]
pub struct Manner {
    pub options: DeleteOptions,
    pub dry: DryRun,
    /// Without grace at all.
    pub force: bool,
    pub short_names: bool,
}

/// An object that must go before the command ends.
#[derive(Clone, Debug)]
pub struct Going {
    key: Key,
    kind: KindRef,
    uid: String,
}

impl Verb for Delete {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let manner = manner(args, cx)?;
        let many = args.bool("all") || !args.text("selector").is_empty() || !args.text("field-selector").is_empty();
        let ignore = args.bool("ignore-not-found") || many && !args.has("ignore-not-found");
        let (victims, mut troubles) = victims(args, cx)?;
        if args.bool("interactive") && !confirmed(&victims, cx) {
            return Ok(Flow::Done);
        }
        if manner.force {
            cx.err("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.");
        }
        let mut warned = cx.config.asked_namespace.is_none();
        let mut going = vec![];
        for victim in &victims {
            if !warned && !victim.kind.names().namespaced {
                warned = true;
                cx.err("Warning: deleting cluster-scoped resources, not scoped to the provided namespace");
            }
            match one(victim, &manner, cx) {
                Ok(left) => going.extend(left),
                Err(trouble) if ignore && trouble.is(Reason::NotFound) => {}
                Err(trouble) => troubles.push(trouble.from("deleting", &victim.source)),
            }
        }
        gather(troubles)?;
        if victims.is_empty() {
            cx.line("No resources found");
            return Ok(Flow::Done);
        }
        if !args.bool("wait") || manner.dry != DryRun::None {
            return Ok(Flow::Done);
        }
        Ok(wait(going, args, cx))
    }
}

/// Asks whether all of it may go; standard input has the answer.
fn confirmed(victims: &[Victim], cx: &mut Cx<'_>) -> bool {
    if victims.is_empty() {
        cx.line("No resources found");
        return false;
    }
    cx.line(format_args!("You are about to delete the following {} resource(s):", victims.len()));
    for victim in victims {
        cx.line(format_args!("{}/{}", victim.kind.names().qualified(), victim.name));
    }
    cx.out("Do you want to continue? (y/N): ");
    let answer = String::from_utf8_lossy(&cx.stdin).lines().next().unwrap_or("").trim().to_string();
    let yes = answer.eq_ignore_ascii_case("y");
    if !yes {
        cx.line("deletion is cancelled");
    }
    yes
}

/// The options of the flags, checked.
fn manner(args: &Args, cx: &mut Cx<'_>) -> Result<Manner, Failure> {
    let dry = DryRun::of(args)?;
    if !["", "name"].contains(&args.text("output")) {
        let words = format!("unexpected -o output mode: {}. We only support '-o name'", args.text("output"));
        return Err(Failure::error(words));
    }
    let force = args.bool("force");
    let mut grace = args.int("grace-period");
    if args.bool("now") {
        if grace != -1 {
            return Err(Failure::error("--now and --grace-period cannot be specified together"));
        }
        grace = 1;
    }
    if grace == 0 && !force {
        grace = 1;
    }
    if force && grace < 0 {
        grace = 0;
    }
    if force && grace > 0 {
        return Err(Failure::error("--force and --grace-period greater than 0 cannot be specified together"));
    }
    let propagation = propagation(args, cx)?;
    let options = DeleteOptions { grace: u64::try_from(grace).ok(), propagation, uid: None };
    Ok(Manner { options, dry, force: grace == 0, short_names: args.text("output") == "name" })
}

/// Reads `--cascade`.
///
/// # Errors
/// Another word.
pub fn propagation(args: &Args, cx: &mut Cx<'_>) -> Result<Propagation, Failure> {
    Ok(match args.text("cascade") {
        "background" => Propagation::Background,
        "orphan" => Propagation::Orphan,
        "foreground" => Propagation::Foreground,
        word @ ("true" | "false") => {
            let instead = if word == "true" { "background" } else { "orphan" };
            cx.err(format_args!(
                "warning: --cascade={word} is deprecated (boolean value) and can be replaced with --cascade={instead}."
            ));
            if word == "true" { Propagation::Background } else { Propagation::Orphan }
        }
        other => {
            return Err(Failure::error(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    })
}

fn victims(args: &Args, cx: &mut Cx<'_>) -> Result<(Vec<Victim>, Vec<Trouble>), Failure> {
    if args.has("filename") || args.has("kustomize") {
        let loaded = manifest::load(args, Check::Ignore, cx)?;
        let victims = loaded.items.into_iter().map(|item| Victim {
            kind: item.kind,
            namespace: item.namespace,
            name: item.name,
            source: item.source,
        });
        return Ok((victims.collect(), loaded.troubles));
    }
    let filter = Filter::of(args, cx);
    if args.bool("all") && filter.selects() {
        return Err(Failure::error("setting 'all' parameter but found a non empty selector. "));
    }
    let selection = resources::select(&args.words, cx.reader())?;
    match &selection {
        Selection::Types(_) if !filter.selects() && !args.bool("all") => return Err(resources::no_name()),
        Selection::Names(names) => {
            if filter.selects() || args.bool("all") {
                return Err(filter.no_names());
            }
            if args.bool("all-namespaces") && names.iter().any(|(kind, _)| kind.names().namespaced) {
                return Err(resources::everywhere());
            }
            let namespace = cx.namespace();
            let victim = |(kind, name): &(KindRef, String)| Victim {
                kind: *kind,
                namespace: if kind.names().namespaced { namespace.clone() } else { String::new() },
                name: name.clone(),
                source: String::new(),
            };
            return Ok((names.iter().map(victim).collect(), vec![]));
        }
        _ => {}
    }
    let found = resources::fetch(&selection, &filter, cx)?;
    let victims = found.objects.iter().map(|object| Victim {
        kind: object.kind,
        namespace: object.namespace().into(),
        name: object.name().into(),
        source: String::new(),
    });
    Ok((victims.collect(), found.errors.into_iter().map(Trouble::Failure).collect()))
}

/// Deletes one object and says so; what is left of it, if anything.
///
/// # Errors
/// The server's.
pub fn one(victim: &Victim, manner: &Manner, cx: &mut Cx<'_>) -> Result<Option<Going>, Trouble> {
    let Victim { kind, namespace, name, .. } = victim;
    let key = Key::new(kind.names().resource, namespace, name);
    let mut left = None;
    if manner.dry != DryRun::Client {
        let answer = write::act(cx, manner.dry, |hands| hands.delete(*kind, namespace, name, &manner.options))?;
        if let Deleted::Waiting(object) = answer {
            left = Some(Going { key: key.clone(), kind: *kind, uid: object.uid().into() });
        }
    }
    let title = kind.names().qualified();
    if manner.short_names {
        cx.span(Span::plain(format!("{title}/{name}")).link(key));
        cx.out("\n");
        return Ok(left);
    }
    cx.out(format!("{title} "));
    cx.span(Span::plain(format!("\"{name}\"")).link(key));
    let word = if manner.force { "force deleted" } else { "deleted" };
    let from = if kind.names().namespaced { format!(" from {namespace} namespace") } else { String::new() };
    cx.line(format_args!(" {word}{from}{}", manner.dry.suffix()));
    Ok(left)
}

/// Waits until all are gone, at most `--timeout`.
pub fn wait(mut going: Vec<Going>, args: &Args, cx: &Cx<'_>) -> Flow {
    // Who may not look does not wait.
    going.retain(|going| {
        let ask = |verb| cx.may(&Ask::of(going.kind.names(), verb, &going.key.namespace, &going.key.name));
        ["get", "list", "watch"].into_iter().all(|verb| ask(verb).is_ok())
    });
    if going.is_empty() {
        return Flow::Done;
    }
    let limit = args.duration("timeout").filter(|span| span.0 > 0);
    Flow::Job(Box::new(Gone { going, until: limit.map(|limit| cx.now() + limit) }))
}

/// Whether any of them is still there; those that are gone are dropped.
pub fn left(going: &mut Vec<Going>, cx: &Cx<'_>) -> bool {
    let read = cx.world.reader();
    going.retain(|going| read.by_key(&going.key).is_some_and(|object| object.uid() == going.uid));
    !going.is_empty()
}

/// Waits for objects to be gone.
#[derive(Clone, Debug)]
pub struct Gone {
    going: Vec<Going>,
    until: Option<Time>,
}

impl Job for Gone {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        if !left(&mut self.going, cx) {
            return Ok(Turn::Done);
        }
        let first = &self.going[0];
        if self.until.is_some_and(|until| cx.now() >= until) {
            return Err(Failure::error(format!(
                "timed out waiting for the condition on {}/{}",
                first.kind.names().plural,
                first.key.name
            )));
        }
        Ok(Turn::Wait(Wait { at: self.until, change: true, ..Wait::default() }))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
