//! `kubectl run`: one pod from an image.
//!
//! Models: `kubectl/pkg/cmd/run/run.go`, `kubectl/pkg/generate/versioned/run.go`.

mod session;

use super::trouble::Trouble;
use super::write::{self, DryRun, LAST_APPLIED, Printer, SAVE_CONFIG};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, flags};
use crate::api::decode::Check;
use crate::api::{KindRef, kinds};
use serde_json::{Map, Value, json};
use session::Session;

pub struct Run;

static FLAGS: &[Flag] = &[
    Flag::array("annotations", "Annotations to apply to the pod."),
    Flag::bool(
        "attach",
        "If true, wait for the Pod to start running, and then attach to the Pod as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true. With '--restart=Never' the exit code of the container process is returned.",
    ),
    Flag::optional(
        "cascade",
        "background",
        "background",
        "Must be \"background\", \"orphan\", or \"foreground\". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.",
    ),
    Flag::bool(
        "command",
        "If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field which is the default.",
    ),
    Flag::array("env", "Environment variables to set in the container."),
    Flag::bool("expose", "If true, create a ClusterIP service associated with the pod.  Requires `--port`."),
    Flag::bool("force", "If true, immediately remove resources from API and bypass graceful deletion."),
    Flag::int("grace-period", "-1", "Period of time in seconds given to the resource to terminate gracefully."),
    Flag::text("image", "", "The image for the container to run."),
    Flag::text(
        "image-pull-policy",
        "",
        "The image pull policy for the container.  If left empty, this value will not be specified by the client and defaulted by the server.",
    ),
    Flag::text("labels", "", "Comma separated labels to apply to the pod. Will override previous values.").short('l'),
    Flag::bool(
        "leave-stdin-open",
        "If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes.",
    ),
    Flag::text(
        "override-type",
        "merge",
        "The method used to override the generated object: json, merge, or strategic.",
    ),
    Flag::text(
        "overrides",
        "",
        "An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field.",
    ),
    Flag::duration(
        "pod-running-timeout",
        "1m0s",
        "The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running",
    ),
    Flag::text("port", "", "The port that this container exposes."),
    Flag::bool("privileged", "If true, run the container in privileged mode."),
    Flag::bool("quiet", "If true, suppress prompt messages.").short('q'),
    Flag::text("restart", "Always", "The restart policy for this Pod.  Legal values [Always, OnFailure, Never]."),
    Flag::bool(
        "rm",
        "If true, delete the pod after it exits.  Only valid when attaching to the container, e.g. with '--attach' or with '-i/--stdin'.",
    ),
    Flag::bool("stdin", "Keep stdin open on the container in the pod, even if nothing is attached.").short('i'),
    Flag::duration(
        "timeout",
        "0s",
        "The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object",
    ),
    Flag::bool("tty", "Allocate a TTY for the container in the pod.").short('t'),
    Flag::bool("wait", "If true, wait for resources to be gone before returning. This waits for finalizers."),
];

static MANAGER: &[Flag] = &[write::manager("kubectl-run")];

static SPEC: Spec = Spec {
    name: "run",
    group: Group::Beginner,
    short: "Run a particular image on the cluster",
    long: "Create and run a particular image in a pod.",
    examples: "# Start a nginx pod\nkubectl run nginx --image=nginx\n\n# Start a hazelcast pod and let the container expose port 5701\nkubectl run hazelcast --image=hazelcast/hazelcast --port=5701\n\n# Start a hazelcast pod and set environment variables \"DNS_DOMAIN=cluster\" and \"POD_NAMESPACE=default\" in the container\nkubectl run hazelcast --image=hazelcast/hazelcast --env=\"DNS_DOMAIN=cluster\" --env=\"POD_NAMESPACE=default\"\n\n# Dry run; print the corresponding API objects without creating them\nkubectl run nginx --image=nginx --dry-run=client\n\n# Start a busybox pod and keep it in the foreground, don't restart it if it exits\nkubectl run -i -t busybox --image=busybox --restart=Never\n\n# Start the nginx pod using a different command and custom arguments\nkubectl run nginx --image=nginx --command -- <cmd> <arg1> ... <argN>",
    usage: "NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, SAVE_CONFIG, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Run {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let words = args.positional();
        let Some(name) = args.words.first().cloned() else {
            return Err(if args.has("image") {
                Failure::usage("kubectl run", "NAME is required for run")
            } else {
                Failure::error("required flag(s) \"image\" not set")
            });
        };
        if !args.has("image") {
            return Err(Failure::error("required flag(s) \"image\" not set"));
        }
        let dry = DryRun::of(args)?;
        validate(args, dry)?;
        let pod = pod(&name, &words[1..], args)?;
        let mut printer = Printer::of(args, dry)?;
        let attach = attaches(args);
        let expose = args.bool("expose").then(|| service(&name, &pod, args));
        let pod = one(kinds::POD, pod, dry, args, cx)?;
        let mut made = vec![(kinds::POD, name.clone())];
        let mut trouble = None;
        if let Some(service) = expose {
            match one(kinds::SERVICE, service, dry, args, cx) {
                Ok(service) => {
                    made.push((kinds::SERVICE, name.clone()));
                    printer.print(cx, kinds::SERVICE, &service, "created")?;
                }
                Err(failure) => trouble = Some(failure),
            }
        }
        if attach {
            let mut session = Session::new(&name, args, cx, made);
            return Ok(match session.poll(cx)? {
                Turn::Done => Flow::Done,
                Turn::Exit(code) => Flow::Exit(code),
                Turn::Wait(_) => Flow::Job(Box::new(session)),
            });
        }
        printer.print(cx, kinds::POD, &pod, "created")?;
        trouble.map_or(Ok(Flow::Done), |trouble| Err(trouble.into()))
    }
}

/// `--attach`, or `-i` unless `--attach=false`.
fn attaches(args: &Args) -> bool {
    if args.has("attach") { args.bool("attach") } else { args.bool("stdin") }
}

/// Whether a text can name an image at all.
pub fn valid_image(image: &str) -> bool {
    let capitals = |last: &str| last.split(':').next().is_some_and(|n| n.chars().any(|c| c.is_ascii_uppercase()));
    !(image.contains(char::is_whitespace)
        || image.starts_with(['/', ':'])
        || image.ends_with(['/', ':'])
        || image.rsplit('/').next().is_some_and(capitals))
}

fn validate(args: &Args, dry: DryRun) -> Result<(), Failure> {
    let image = args.text("image");
    if image.is_empty() {
        return Err(Failure::error("--image is required"));
    }
    if !valid_image(image) {
        return Err(Failure::error(format!("Invalid image name \"{image}\": invalid reference format")));
    }
    if args.bool("tty") && !args.bool("stdin") {
        return Err(Failure::usage(&args.path, "-i/--stdin is required for containers with -t/--tty=true"));
    }
    if args.bool("expose") && args.text("port").is_empty() {
        return Err(Failure::usage(&args.path, "--port must be set when exposing a service"));
    }
    let restart = args.text("restart");
    if !["Always", "OnFailure", "Never", ""].contains(&restart) {
        return Err(Failure::usage(&args.path, format!("invalid restart policy: {restart}")));
    }
    let attach = attaches(args);
    if args.bool("rm") && !attach {
        return Err(Failure::usage(&args.path, "--rm should only be used for attached containers"));
    }
    if attach && dry != DryRun::None {
        return Err(Failure::usage(
            &args.path,
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    let policy = args.text("image-pull-policy");
    if !["", "Always", "IfNotPresent", "Never"].contains(&policy) {
        return Err(Failure::usage(&args.path, format!("invalid image pull policy: {policy}")));
    }
    Ok(())
}

fn pairs(text: &str) -> Result<Map<String, Value>, Failure> {
    text.split(',')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair
                .split_once('=')
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| Failure::error(format!("unexpected label spec: {pair}")))?;
            Ok((key.to_string(), value.into()))
        })
        .collect()
}

fn pod(name: &str, arguments: &[String], args: &Args) -> Result<Value, Failure> {
    let labels = pairs(args.text("labels"))?;
    let labels = if labels.is_empty() { json!({ "run": name }) } else { Value::Object(labels) };
    let mut container = json!({ "image": args.text("image"), "name": name, "resources": {} });
    if !arguments.is_empty() {
        container[if args.bool("command") { "command" } else { "args" }] = arguments.to_vec().into();
    }
    let mut variables = vec![];
    for pair in args.all("env") {
        let (key, value) = pair
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Failure::error(format!("invalid env: {pair}")))?;
        let mut variable = json!({ "name": key });
        if !value.is_empty() {
            variable["value"] = value.into();
        }
        variables.push(variable);
    }
    if !variables.is_empty() {
        container["env"] = Value::Array(variables);
    }
    if !args.text("port").is_empty() {
        let port: i64 = args
            .text("port")
            .parse()
            .map_err(|_| Failure::error(format!("strconv.Atoi: parsing \"{}\": invalid syntax", args.text("port"))))?;
        container["ports"] = json!([{ "containerPort": port }]);
    }
    if !args.text("image-pull-policy").is_empty() {
        container["imagePullPolicy"] = args.text("image-pull-policy").into();
    }
    if args.bool("privileged") {
        container["securityContext"] = json!({ "privileged": true });
    }
    if args.bool("stdin") {
        container["stdin"] = true.into();
        if !args.bool("leave-stdin-open") {
            container["stdinOnce"] = true.into();
        }
    }
    if args.bool("tty") {
        container["tty"] = true.into();
    }
    let restart = if args.text("restart").is_empty() { "Always" } else { args.text("restart") };
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "labels": labels, "name": name },
        "spec": { "containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart },
        "status": {},
    });
    let notes = args.all("annotations").join(",");
    if !notes.is_empty() {
        pod["metadata"]["annotations"] = Value::Object(pairs(&notes)?);
    }
    overridden(pod, args)
}

/// `--overrides`, merged as `--override-type` says.
fn overridden(mut value: Value, args: &Args) -> Result<Value, Failure> {
    let text = args.text("overrides");
    if text.is_empty() {
        return Ok(value);
    }
    let body: Value =
        serde_json::from_str(text).map_err(|error| Failure::error(format!("Invalid JSON Patch: {error}")))?;
    let how = match args.text("override-type") {
        "merge" => crate::api::patch::PatchKind::Merge,
        "json" => crate::api::patch::PatchKind::Json,
        "strategic" => crate::api::patch::PatchKind::Strategic,
        other => return Err(Failure::error(format!("invalid override type: {other}"))),
    };
    value = crate::api::patch::apply("Pod", value, how, &body)?;
    Ok(value)
}

fn service(name: &str, pod: &Value, args: &Args) -> Value {
    let port = args.text("port").parse::<i64>().unwrap_or_default();
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": name },
        "spec": {
            "ports": [{ "port": port, "protocol": "TCP", "targetPort": port }],
            "selector": pod["metadata"]["labels"],
        },
        "status": { "loadBalancer": {} },
    })
}

/// Makes one object, or only shows it.
fn one(kind: KindRef, mut value: Value, dry: DryRun, args: &Args, cx: &mut Cx<'_>) -> Result<Value, Trouble> {
    if args.bool("save-config") {
        let text = write::last_applied(&value);
        write::annotate(&mut value, LAST_APPLIED, text);
    }
    if dry == DryRun::Client {
        if let Some(namespace) = &cx.config.asked_namespace {
            value["metadata"]["namespace"] = namespace.clone().into();
        }
        return Ok(value);
    }
    value["metadata"]["namespace"] = cx.namespace().into();
    Ok(write::create(cx, kind, value, Check::Strict, dry)?.to_wire_managed())
}
