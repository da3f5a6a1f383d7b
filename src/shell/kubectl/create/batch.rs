//! `kubectl create job` and `kubectl create cronjob`.
//!
//! Models: `kubectl/pkg/cmd/create/create_{job,cronjob}.go`.

use super::super::{Args, Cx, Failure, Flag, Outcome, Spec, Verb, flags};
use super::MANAGER;
use super::{Made, deliver, name, object, required};
use crate::api::kinds;
use crate::shell::kubectl::resources;
use crate::shell::kubectl::write::{SAVE_CONFIG, VALIDATE};
use serde_json::{Value, json};

pub struct Job;
pub struct CronJob;

static JOB_FLAGS: &[Flag] = &[
    Flag::text("from", "", "The name of the resource to create a Job from (only cronjob is supported)."),
    Flag::text("image", "", "Image name to run."),
];

static JOB: Spec = Spec {
    name: "job",
    short: "Create a job with the specified name",
    long: "Create a job with the specified name.",
    examples: "# Create a job\nkubectl create job my-job --image=busybox\n\n# Create a job with a command\nkubectl create job my-job --image=busybox -- date\n\n# Create a job from a cron job named \"a-cronjob\"\nkubectl create job test-job --from=cronjob/a-cronjob",
    usage: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, JOB_FLAGS],
    ..Spec::EMPTY
};

static CRON_FLAGS: &[Flag] = &[
    Flag::text("image", "", "Image name to run."),
    Flag::text("restart", "", "job's restart policy. supported values: OnFailure, Never"),
    Flag::text("schedule", "", "A schedule in the Cron format the job should be run with."),
];

static CRON: Spec = Spec {
    name: "cronjob",
    aliases: &["cj"],
    short: "Create a cron job with the specified name",
    long: "Create a cron job with the specified name.",
    examples: "# Create a cron job\nkubectl create cronjob my-job --image=busybox --schedule=\"*/1 * * * *\"\n\n# Create a cron job with a command\nkubectl create cronjob my-job --image=busybox --schedule=\"*/1 * * * *\" -- date",
    usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, CRON_FLAGS],
    ..Spec::EMPTY
};

fn template(args: &Args, name: &str, restart: &str) -> Value {
    let mut container = json!({ "image": args.text("image"), "name": name, "resources": {} });
    if let Some(command) = args.rest.as_ref().filter(|command| !command.is_empty()) {
        container["command"] = json!(command);
    }
    json!({ "metadata": {}, "spec": { "containers": [container], "restartPolicy": restart } })
}

impl Verb for Job {
    fn spec(&self) -> &'static Spec {
        &JOB
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create job")?;
        if args.text("image").is_empty() == args.text("from").is_empty() {
            return Err(Failure::error("either --image or --from must be specified"));
        }
        if args.rest.is_some() && !args.text("from").is_empty() {
            return Err(Failure::error("cannot specify --from and command"));
        }
        let mut value = object("batch/v1", "Job", &name);
        if args.text("from").is_empty() {
            value.insert("spec".into(), json!({ "template": template(args, &name, "Never") }));
        } else {
            from_cron(args, cx, &mut value)?;
        }
        value.insert("status".into(), json!({}));
        deliver(Made { value: Value::Object(value), fail: "failed to create job: " }, args, cx)
    }
}

/// `--from=cronjob/tick`: the job that the schedule would make.
fn from_cron(args: &Args, cx: &mut Cx<'_>, value: &mut serde_json::Map<String, Value>) -> Result<(), Failure> {
    let selection = resources::select(&[args.text("from").to_string()], cx.reader())?;
    let mut found = resources::fetch(&selection, &resources::Filter::of(args, cx), cx)?;
    if let Some(failure) = found.errors.pop() {
        return Err(failure);
    }
    let (Some(object), true) = (found.objects.pop(), found.single) else {
        return Err(Failure::error("from must be an existing cronjob"));
    };
    let names = object.kind.names();
    if object.kind != kinds::CRON_JOB {
        return Err(Failure::error(format!("unknown object type *{}.{}", names.version, names.kind)));
    }
    let tree = object.to_value();
    value.insert("spec".into(), tree.pointer("/spec/jobTemplate/spec").cloned().unwrap_or_default());
    let meta = &mut value["metadata"];
    let mut annotations = json!({ "cronjob.kubernetes.io/instantiate": "manual" });
    if let Some(given) = tree.pointer("/spec/jobTemplate/metadata/annotations").and_then(Value::as_object) {
        given.iter().for_each(|(key, text)| annotations[key] = text.clone());
    }
    meta["annotations"] = annotations;
    if let Some(labels) = tree.pointer("/spec/jobTemplate/metadata/labels") {
        meta["labels"] = labels.clone();
    }
    meta["ownerReferences"] = json!([{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": object.name(), "uid": object.uid(), "controller": true,
    }]);
    Ok(())
}

impl Verb for CronJob {
    fn spec(&self) -> &'static Spec {
        &CRON
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        required(args, &["image", "schedule"])?;
        let name = name(args, "kubectl create cronjob")?;
        let restart = if args.text("restart").is_empty() { "OnFailure" } else { args.text("restart") };
        let mut value = object("batch/v1", "CronJob", &name);
        value.insert(
            "spec".into(),
            json!({
                "jobTemplate": { "metadata": { "name": name }, "spec": { "template": template(args, &name, restart) } },
                "schedule": args.text("schedule"),
            }),
        );
        value.insert("status".into(), json!({}));
        deliver(Made { value: Value::Object(value), fail: "failed to create cronjob: " }, args, cx)
    }
}
