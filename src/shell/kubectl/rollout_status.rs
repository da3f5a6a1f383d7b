//! `kubectl rollout status`: says how far a rollout is, until it is done.
//!
//! Models: `kubectl/pkg/cmd/rollout/rollout_status.go`.

use super::flags::{FILES, SELECTOR};
use super::{Args, Cx, Failure, Flag, Flow, Job, Outcome, Spec, Turn, Verb, Wait, resources};
use crate::api::kinds;
use crate::api::show::Rollout;
use crate::store::{Key, Revision};
use crate::time::Time;

pub struct Status;

static FLAGS: &[Flag] = &[
    Flag::int("revision", "0", "Pin to a specific revision for showing its status. Defaults to 0 (last revision)."),
    Flag::duration(
        "timeout",
        "0s",
        "The length of time to wait before ending watch, zero means never. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).",
    ),
    Flag::bool("watch", "Watch the status of the rollout until it's done.").short('w').on(),
];

static SPEC: Spec = Spec {
    name: "status",
    short: "Show the status of the rollout",
    long: "Show the status of the rollout.

 By default 'rollout status' will watch the status of the latest rollout until it's done. If you don't want to wait for the rollout to finish then you can use --watch=false. Note that if a new rollout starts in-between, then 'rollout status' will continue watching the latest revision. If you want to pin to a specific revision and abort if it is rolled over by another revision, use --revision=N where N is the revision you need to watch for.",
    examples: "# Watch the rollout status of a deployment
kubectl rollout status deployment/nginx",
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    flags: &[FLAGS, FILES, SELECTOR],
    ..Spec::EMPTY
};

impl Verb for Status {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if args.words.is_empty() && !args.has("filename") {
            return Err(Failure::error("required resource not specified"));
        }
        let (_, found) = resources::chosen(args, cx)?;
        if let Some(failure) = super::get::together(&found.errors) {
            return Err(failure);
        }
        if found.objects.is_empty() {
            return Err(Failure::error("no resources found"));
        }
        for object in &found.objects {
            if object.kind.rollout(object).is_none() {
                let names = object.kind.names();
                let kind = [names.kind, names.group].join(".");
                let kind = kind.trim_end_matches('.');
                return Err(Failure::error(format!("no status viewer has been implemented for {kind}")));
            }
        }
        let limit = args.duration("timeout").filter(|span| span.0 > 0);
        let mut job = Following {
            keys: found.objects.iter().rev().map(|object| object.key()).collect(),
            revision: args.int("revision"),
            watch: args.bool("watch"),
            until: limit.map(|span| cx.now() + span),
            seen: None,
        };
        match job.poll(cx)? {
            Turn::Done => Ok(Flow::Done),
            Turn::Exit(code) => Ok(Flow::Exit(code)),
            Turn::Wait(_) => Ok(Flow::Job(Box::new(job))),
        }
    }
}

#[derive(Clone)]
struct Following {
    /// Still to be followed; the last one now.
    keys: Vec<Key>,
    revision: i64,
    watch: bool,
    until: Option<Time>,
    /// The change that was last spoken of.
    seen: Option<Revision>,
}

impl Following {
    /// One state of the object; whether it is finished.
    fn say(&self, object: &crate::api::Object, cx: &mut Cx<'_>) -> Result<bool, Failure> {
        if self.revision > 0 {
            let have: i64 =
                object.annotations().get("deployment.kubernetes.io/revision").and_then(|r| r.parse().ok()).unwrap_or(0);
            if have != self.revision {
                return Err(Failure::error(format!(
                    "desired revision ({}) is different from the running revision ({have})",
                    self.revision
                )));
            }
        }
        match object.kind.rollout(object) {
            Some(Rollout::Going(text)) => {
                cx.line(text);
                Ok(!self.watch)
            }
            Some(Rollout::Done(text)) => {
                cx.line(text);
                Ok(true)
            }
            Some(Rollout::Failed(text)) => Err(Failure::error(text)),
            None => Ok(true),
        }
    }
}

impl Job for Following {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        while let Some(key) = self.keys.last().cloned() {
            let states: Vec<Option<crate::api::Object>> = match self.seen {
                None => vec![cx.world.reader().by_key(&key).cloned()],
                Some(seen) => {
                    let changes = cx.world.api.since(seen);
                    changes.iter().filter(|change| change.key == key).map(|change| change.new.clone()).collect()
                }
            };
            self.seen = Some(cx.world.reader().revision());
            let mut finished = false;
            for state in states {
                let Some(object) = state else {
                    return Err(Failure::error("object has been deleted"));
                };
                finished = self.say(&object, cx)?;
                if finished {
                    break;
                }
            }
            if !finished {
                if self.until.is_some_and(|until| until <= cx.now()) {
                    return Err(Failure::error("timed out waiting for the condition"));
                }
                return Ok(Turn::Wait(Wait { at: self.until, change: true, ..Wait::default() }));
            }
            self.keys.pop();
            self.seen = None;
        }
        Ok(Turn::Done)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// `kubectl rollout history`.
pub struct History;

static HISTORY_FLAGS: &[Flag] =
    &[Flag::int("revision", "0", "See the details, including podTemplate of the revision specified")];

static HISTORY: Spec = Spec {
    name: "history",
    short: "View rollout history",
    long: "View previous rollout revisions and configurations.",
    examples: "# View the rollout history of a deployment
kubectl rollout history deployment/abc

# View the details of daemonset revision 3
kubectl rollout history daemonset/abc --revision=3",
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    flags: &[HISTORY_FLAGS, super::flags::OUTPUT, FILES, SELECTOR],
    ..Spec::EMPTY
};

impl Verb for History {
    fn spec(&self) -> &'static Spec {
        &HISTORY
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if args.words.is_empty() && !args.has("filename") {
            return Err(Failure::error("required resource not specified"));
        }
        let revision = args.int("revision");
        if revision < 0 {
            return Err(Failure::error(format!("revision must be a positive integer: {revision}")));
        }
        let (selection, found) = resources::chosen(args, cx)?;
        if let resources::Selection::Types(types) = &selection
            && found.objects.is_empty()
        {
            types.iter().try_for_each(|kind| viewable(*kind))?;
        }
        let mut printer = super::write::Printer::of(args, super::write::DryRun::None)?;
        for object in &found.objects {
            viewable(object.kind)?;
            if !args.text("output").is_empty() {
                let mut history = super::history::of(object, cx.world.reader());
                history.retain(|entry| revision == 0 || entry.revision == revision);
                if revision > 0 && history.is_empty() {
                    return Err(Failure::error("unable to find the specified revision"));
                }
                for entry in &history {
                    printer.object(cx, &entry.object, "")?;
                }
                continue;
            }
            let names = object.kind.names();
            let title = format!("{}/{}", names.qualified(), object.name());
            let history = super::history::of(object, cx.world.reader());
            if revision > 0 {
                let Some(entry) = history.iter().find(|entry| entry.revision == revision) else {
                    return Err(Failure::error("unable to find the specified revision"));
                };
                let text = entry.described();
                cx.out(format!("{title} with revision #{revision}\n{text}\n"));
                continue;
            }
            let mut rows = String::from("REVISION\tCHANGE-CAUSE\n");
            for entry in &history {
                rows += &format!("{}\t{}\n", entry.revision, entry.cause.as_deref().unwrap_or("<none>"));
            }
            let table = crate::base::table::tabulate(&rows, crate::base::table::DESCRIBE);
            cx.out(format!("{title} \n{table}\n"));
        }
        super::get::together(&found.errors).map_or(Ok(Flow::Done), Err)
    }
}

fn viewable(kind: crate::api::KindRef) -> Result<(), Failure> {
    super::resources::registered(kind)?;
    let able = kind == kinds::DEPLOYMENT || matches!(kind.names().resource, "daemonsets.apps" | "statefulsets.apps");
    if able {
        return Ok(());
    }
    let names = kind.names();
    let text = [names.kind, names.group].join(".");
    Err(Failure::error(format!("no history viewer has been implemented for \"{}\"", text.trim_end_matches('.'))))
}
