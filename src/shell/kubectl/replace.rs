//! `kubectl replace`.
//!
//! Models: `kubectl/pkg/cmd/replace/replace.go`.
//! Left out: `--raw`, `--subresource`.

use super::delete::{self, Going, Manner, Victim};
use super::manifest::Item;
use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, LAST_APPLIED, Printer, SAVE_CONFIG, VALIDATE};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, flags, manifest};
use crate::api::decode::{self, Check};
use crate::api::{DeleteOptions, Propagation, Reason};

pub struct Replace;

static FLAGS: &[Flag] = &[
    Flag::optional("cascade", "background", "background", "Must be \"background\", \"orphan\", or \"foreground\"."),
    Flag::bool("force", "If true, immediately remove resources from API and bypass graceful deletion."),
    Flag::int("grace-period", "-1", "Period of time in seconds given to the resource to terminate gracefully."),
    Flag::duration(
        "timeout",
        "0s",
        "The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object",
    ),
    Flag::bool("wait", "If true, wait for resources to be gone before returning. This waits for finalizers."),
];

static MANAGER: &[Flag] = &[write::manager("kubectl-replace")];

static SPEC: Spec = Spec {
    name: "replace",
    group: Group::Advanced,
    short: "Replace a resource by file name or stdin",
    long: "Replace a resource by file name or stdin.\n\n JSON and YAML formats are accepted. If replacing an existing resource, the complete resource spec must be provided. This can be obtained by\n\n  $ kubectl get TYPE NAME -o yaml",
    examples: "# Replace a pod using the data in pod.json\nkubectl replace -f ./pod.json\n\n# Force replace, delete and then re-create the resource\nkubectl replace --force -f ./pod.json",
    usage: "-f FILENAME",
    flags: &[flags::FILES, flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Replace {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !args.has("filename") && !args.has("kustomize") {
            return Err(Failure::error("must specify one of -f and -k"));
        }
        let dry = DryRun::of(args)?;
        let check = manifest::check_of(args)?;
        let printer = Printer::of(args, dry)?;
        let force = args.bool("force");
        let fault = match (force, dry) {
            (false, _) if args.int("grace-period") >= 0 => "--grace-period must have --force specified",
            (false, _) if args.duration("timeout").is_some_and(|span| span.0 > 0) => {
                "--timeout must have --force specified"
            }
            (true, DryRun::Client | DryRun::Server) => "--dry-run can not be used when --force is set",
            _ => "",
        };
        if !fault.is_empty() {
            return Err(Failure::error(fault));
        }
        let loaded = manifest::load(args, check, cx)?;
        let mut troubles = loaded.troubles;
        if loaded.items.is_empty() && troubles.is_empty() {
            return Err(Failure::error("no objects passed to replace"));
        }
        let mut items = loaded.items;
        if args.bool("save-config") {
            for item in &mut items {
                let text = write::last_applied(&item.value);
                write::annotate(&mut item.value, LAST_APPLIED, text);
            }
        }
        if force {
            return forced(items, check, args, cx, printer);
        }
        let mut printer = printer;
        for item in items {
            let source = item.source.clone();
            if let Err(trouble) = one(item, check, dry, cx, &mut printer) {
                troubles.push(trouble.from("replacing", &source));
            }
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

fn one(item: Item, check: Check, dry: DryRun, cx: &mut Cx<'_>, printer: &mut Printer) -> Result<(), Trouble> {
    let kind = item.kind;
    if dry == DryRun::Client {
        return Ok(printer.print(cx, kind, &item.value, "replaced")?);
    }
    let (object, warnings) = decode::object(kind, item.value, check).map_err(|misfit| misfit.into_api(kind.names()))?;
    write::warn(cx, &warnings);
    let object = write::act(cx, dry, |hands| hands.update(object))?;
    Ok(printer.object(cx, &object, "replaced")?)
}

/// Deletes what is there, waits until it is gone, creates it anew.
fn forced(items: Vec<Item>, check: Check, args: &Args, cx: &mut Cx<'_>, printer: Printer) -> Outcome {
    let grace = u64::try_from(args.int("grace-period")).ok();
    let options = DeleteOptions { grace, propagation: Propagation::Background, uid: None };
    let manner = Manner { options, dry: DryRun::None, force: false, short_names: false };
    let mut going = vec![];
    for item in &items {
        let victim = Victim {
            kind: item.kind,
            namespace: item.namespace.clone(),
            name: item.name.clone(),
            source: item.source.clone(),
        };
        match delete::one(&victim, &manner, cx) {
            Ok(left) => going.extend(left),
            Err(trouble) if trouble.is(Reason::NotFound) => {}
            Err(trouble) => return Err(trouble.into()),
        }
    }
    let mut job = Anew { going, items, check, printer };
    Ok(match job.poll(cx)? {
        Turn::Done => Flow::Done,
        Turn::Exit(code) => Flow::Exit(code),
        Turn::Wait(_) => Flow::Job(Box::new(job)),
    })
}

#[derive(Clone)]
struct Anew {
    going: Vec<Going>,
    items: Vec<Item>,
    check: Check,
    printer: Printer,
}

impl Job for Anew {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        if delete::left(&mut self.going, cx) {
            return Ok(Turn::Wait(super::Wait { at: None, change: true, ..super::Wait::default() }));
        }
        for item in std::mem::take(&mut self.items) {
            let object = write::create(cx, item.kind, item.value, self.check, DryRun::None)?;
            self.printer.object(cx, &object, "replaced")?;
        }
        Ok(Turn::Done)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
