//! `kubectl debug`: a container put into a running pod, a changed copy of a pod, or a pod on a node.
//!
//! Models: `kubectl/pkg/cmd/debug/{debug,profiles}.go`.
//! Left out: `--custom`, `-f`; `--target` shares no processes here.

use super::exec::{Attached, RECORDED};
use super::run::valid_image;
use super::write::{self, DryRun};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait, pod_of, printer};
use crate::api::decode::Check;
use crate::api::patch::{Patch, Subresource};
use crate::api::{DeleteOptions, Object, kinds};
use crate::node::logs::text_of;
use crate::store::Key;
use k8s_openapi::api::core::v1::PodStatus;
use serde_json::{Map, Value, json};

pub struct Debug;

static FLAGS: &[Flag] = &[
    Flag::bool(
        "arguments-only",
        "If specified, everything after -- will be passed to the new container as Args instead of Command.",
    ),
    Flag::bool(
        "attach",
        "If true, wait for the container to start running, and then attach as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true.",
    ),
    Flag::text("container", "", "Container name to use for debug container.").short('c'),
    Flag::text("copy-to", "", "Create a copy of the target Pod with this name."),
    Flag::text(
        "custom",
        "",
        "Path to a JSON or YAML file containing a partial container spec to customize built-in debug profiles.",
    ),
    Flag::list("env", "Environment variables to set in the container."),
    Flag::list("filename", "identifying the resource to debug").short('f'),
    Flag::text("image", "", "Container image to use for debug container."),
    Flag::text(
        "image-pull-policy",
        "",
        "The image pull policy for the container. If left empty, this value will not be specified by the client and defaulted by the server.",
    ),
    Flag::bool(
        "keep-annotations",
        "If true, keep the original pod annotations.(This flag only works when used with '--copy-to')",
    ),
    Flag::bool(
        "keep-init-containers",
        "Run the init containers for the pod. Defaults to true.(This flag only works when used with '--copy-to')",
    )
    .on(),
    Flag::bool(
        "keep-labels",
        "If true, keep the original pod labels.(This flag only works when used with '--copy-to')",
    ),
    Flag::bool(
        "keep-liveness",
        "If true, keep the original pod liveness probes.(This flag only works when used with '--copy-to')",
    ),
    Flag::bool(
        "keep-readiness",
        "If true, keep the original pod readiness probes.(This flag only works when used with '--copy-to')",
    ),
    Flag::bool(
        "keep-startup",
        "If true, keep the original startup probes.(This flag only works when used with '--copy-to')",
    ),
    Flag::text(
        "profile",
        "general",
        "Options are \"general\", \"baseline\", \"restricted\", \"netadmin\" or \"sysadmin\". Defaults to \"general\"",
    ),
    Flag::bool("quiet", "If true, suppress informational messages.").short('q'),
    Flag::bool("replace", "When used with '--copy-to', delete the original Pod."),
    Flag::bool("same-node", "When used with '--copy-to', schedule the copy of target Pod on the same node."),
    Flag::list(
        "set-image",
        "When used with '--copy-to', a list of name=image pairs for changing container images, similar to how 'kubectl set image' works.",
    ),
    Flag::bool("share-processes", "When used with '--copy-to', enable process namespace sharing in the copy.").on(),
    Flag::bool("stdin", "Keep stdin open on the container(s) in the pod, even if nothing is attached.").short('i'),
    Flag::text("target", "", "When using an ephemeral container, target processes in this container name."),
    Flag::bool("tty", "Allocate a TTY for the debugging container.").short('t'),
];

static SPEC: Spec = Spec {
    name: "debug",
    group: Group::Troubleshooting,
    short: "Create debugging sessions for troubleshooting workloads and nodes",
    long: "Debug cluster resources using interactive debugging containers.

 What is done depends on what is named: a running pod gets one more container (an ephemeral one), with --copy-to a changed copy of the pod is made, and for a node a pod is started that sees the node's files under /host.",
    examples: "# Create an interactive debugging session in pod mypod and immediately attach to it.
kubectl debug mypod -it --image=busybox

# Create a debug container named debugger using a custom automated debugging image.
kubectl debug --image=myproj/debug-tools -c debugger mypod

# Create a copy of mypod adding a debug container and attach to it
kubectl debug mypod -it --image=busybox --copy-to=my-debugger

# Create a copy of mypod changing the command of mycontainer
kubectl debug mypod -it --copy-to=my-debugger --container=mycontainer -- sh

# Create a copy of mypod changing all container images to busybox
kubectl debug mypod --copy-to=my-debugger --set-image=*=busybox

# Create an interactive debugging session on a node and immediately attach to it.
# The container will run in the host namespaces and the host's filesystem will be mounted at /host
kubectl debug node/mynode -it --image=busybox",
    usage: "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

/// What was asked, read once.
struct Asked<'a> {
    args: &'a Args,
    command: Vec<String>,
    images: Vec<(String, String)>,
    env: Vec<Value>,
}

impl Verb for Debug {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let asked = Asked::read(args)?;
        asked.check(cx)?;
        for word in &args.words {
            let object = pod_of::object(std::slice::from_ref(word), cx)?;
            let (pod, container) = match object.kind {
                kind if kind == kinds::NODE => asked.on_node(&object, cx)?,
                kind if kind == kinds::POD && args.text("copy-to").is_empty() => asked.inside(&object, cx)?,
                kind if kind == kinds::POD => asked.copy(&object, cx)?,
                kind => {
                    let names = kind.names();
                    let version = if names.group.is_empty() { "/v1".to_string() } else { names.api_version() };
                    let title = format!("{version}, Kind={}", names.kind);
                    return Err(Failure::error(format!("{title:?} not supported by debug")));
                }
            };
            let attach = args.bool("attach") || (!args.has("attach") && args.bool("stdin"));
            if attach && !container.is_empty() {
                let mut job = Session {
                    pod,
                    container,
                    attached: None,
                    reads: args.bool("stdin"),
                    tty: args.bool("tty") && cx.desk.is_terminal(),
                    quiet: args.bool("quiet"),
                    warned: String::new(),
                };
                return Ok(match job.poll(cx)? {
                    Turn::Done => Flow::Done,
                    Turn::Exit(code) => Flow::Exit(code),
                    Turn::Wait(_) => Flow::Job(Box::new(job)),
                });
            }
        }
        Ok(Flow::Done)
    }
}

fn pairs(args: &Args, flag: &str) -> Result<Vec<(String, String)>, Failure> {
    args.all(flag)
        .iter()
        .map(|pair| {
            let both = pair.split_once('=').map(|(key, value)| (key.to_string(), value.to_string()));
            both.ok_or_else(|| {
                let why =
                    format!("invalid argument {:?} for \"--{flag}\" flag: {pair} must be formatted as key=value", pair);
                Failure::plain(format!("error: {why}\nSee '{} --help' for usage.", args.path))
            })
        })
        .collect()
}

impl Asked<'_> {
    fn read(args: &Args) -> Result<Asked<'_>, Failure> {
        let env = pairs(args, "env")?.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let command = args.rest.clone().unwrap_or_default();
        Ok(Asked { args, command, images: pairs(args, "set-image")?, env })
    }

    fn check(&self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let args = self.args;
        let wrong = |words: &str| Err(Failure::error(words));
        let profile = args.text("profile");
        if !["legacy", "general", "baseline", "restricted", "netadmin", "sysadmin"].contains(&profile) {
            return wrong(&format!("unknown profile: {profile}"));
        }
        let (image, container) = (args.text("image"), args.text("container"));
        if args.bool("attach") && args.has("attach") && image.is_empty() && container.is_empty() {
            return wrong("you must specify --container or create a new container using --image in order to attach.");
        }
        if !args.text("copy-to").is_empty() {
            if image.is_empty() && self.images.is_empty() && self.command.is_empty() {
                return wrong("you must specify --image, --set-image or command arguments.");
            }
            if !self.command.is_empty() && container.is_empty() && image.is_empty() {
                return wrong("you must specify an existing container or a new image when specifying args.");
            }
        } else if args.bool("replace") {
            return wrong("--replace may only be used with --copy-to.");
        } else if args.bool("same-node") {
            return wrong("--same-node may only be used with --copy-to.");
        } else if !self.images.is_empty() {
            return wrong("--set-image may only be used with --copy-to.");
        } else if image.is_empty() {
            return wrong("you must specify --image when not using --copy-to.");
        }
        if !image.is_empty() && !valid_image(image) {
            return wrong(&format!("invalid image name {image:?}: invalid reference format"));
        }
        if args.words.is_empty() && !args.has("filename") {
            return wrong("NAME or filename is required for debug");
        }
        let policy = args.text("image-pull-policy");
        if !["", "Always", "IfNotPresent", "Never"].contains(&policy) {
            return wrong(&format!("invalid image pull policy: {policy}"));
        }
        if let Some((name, image)) = self.images.iter().find(|(_, image)| !valid_image(image)) {
            return wrong(&format!("invalid image name {image:?} for container {name:?}: invalid reference format"));
        }
        let target = args.text("target");
        if !target.is_empty() {
            if !args.text("copy-to").is_empty() {
                return wrong("--target is incompatible with --copy-to. Use --share-processes instead.");
            }
            if !args.bool("quiet") {
                cx.line(format_args!("Targeting container {target:?}. If you don't see processes from this container it may be because the container runtime doesn't support this feature."));
            }
        }
        if args.bool("tty") && !args.bool("stdin") {
            return wrong("-i/--stdin is required for containers with -t/--tty=true");
        }
        if profile == "legacy" {
            cx.err("--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example \"--profile=general\".");
        }
        Ok(())
    }

    /// The debugging container as it is asked for.
    fn container(&self, name: &str) -> Value {
        let args = self.args;
        let mut container = json!({"name": name, "image": args.text("image"), "terminationMessagePolicy": "File"});
        self.fill(&mut container);
        container
    }

    fn fill(&self, container: &mut Value) {
        let args = self.args;
        if !self.command.is_empty() {
            let field = if args.bool("arguments-only") { "args" } else { "command" };
            container[field] = self.command.clone().into();
        }
        if !self.env.is_empty() {
            container["env"] = Value::Array(self.env.clone());
        }
        if !args.text("image-pull-policy").is_empty() {
            container["imagePullPolicy"] = args.text("image-pull-policy").into();
        }
        for flag in ["stdin", "tty"] {
            if args.bool(flag) {
                container[flag] = true.into();
            }
        }
    }

    /// What the profile gives the container.
    fn privileges(&self, container: &mut Value, node: bool) {
        let context = &mut container["securityContext"];
        match self.args.text("profile") {
            "general" if node => *context = Value::Null,
            "general" => add_capabilities(context, &["SYS_PTRACE"]),
            "baseline" => *context = Value::Null,
            "restricted" => {
                *context = json!({
                    "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
                    "runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"},
                });
            }
            "netadmin" => add_capabilities(context, &["NET_ADMIN", "NET_RAW"]),
            "sysadmin" => {
                if context.is_null() {
                    *context = json!({});
                }
                context["privileged"] = true.into();
            }
            _ => {}
        }
        if container["securityContext"].is_null()
            && let Some(map) = container.as_object_mut()
        {
            map.remove("securityContext");
        }
    }

    fn new_name(&self, pod: &Value, cx: &mut Cx<'_>) -> String {
        let args = self.args;
        if !args.text("container").is_empty() {
            return args.text("container").into();
        }
        let name = loop {
            let name = format!("debugger-{}", cx.world.rng.of("generated names").suffix(5));
            if !containers(pod).any(|c| c["name"] == *name) {
                break name;
            }
        };
        if !args.bool("quiet") {
            cx.line(format_args!("Defaulting debug container name to {name}."));
        }
        name
    }

    fn inside(&self, pod: &Object, cx: &mut Cx<'_>) -> Result<(Key, String), Failure> {
        let tree = pod.to_value();
        let name = self.new_name(&tree, cx);
        let mut container = self.container(&name);
        let target = self.args.text("target");
        if !target.is_empty() {
            container["targetContainerName"] = target.into();
        }
        self.privileges(&mut container, false);
        if containers(&tree).any(|c| c["name"] == *name) {
            // the patch would be merged into the container of that name
            let mut causes = crate::api::FieldErrors::default();
            let at = tree.pointer("/spec/ephemeralContainers").and_then(Value::as_array).map_or(0, Vec::len);
            causes.duplicate(format!("spec.ephemeralContainers[{at}].name"), format!("{name:?}"));
            return Err(crate::api::ApiError::invalid(pod.kind.names(), pod.name(), causes).into());
        }
        let held = tree.pointer("/spec/ephemeralContainers").and_then(Value::as_array);
        let names = held.into_iter().flatten().map(|c| c["name"].clone()).chain([Value::from(name.as_str())]);
        let order: Vec<Value> = names.map(|name| json!({"name": name})).collect();
        let body = json!({"spec": {"ephemeralContainers": [container], "$setElementOrder/ephemeralContainers": order}});
        let patch = Patch { part: Subresource::Ephemeral, check: Check::Ignore, ..Patch::strategic(&body) };
        write::act(cx, DryRun::None, |hands| hands.patch(kinds::POD, pod.namespace(), pod.name(), patch))?;
        Ok((pod.key(), name))
    }

    fn on_node(&self, node: &Object, cx: &mut Cx<'_>) -> Result<(Key, String), Failure> {
        let args = self.args;
        let container = if args.text("container").is_empty() { "debugger" } else { args.text("container") };
        let name = format!("node-debugger-{}-{}", node.name(), cx.world.rng.of("generated names").suffix(5));
        if !args.bool("quiet") {
            cx.line(format_args!("Creating debugging pod {name} with container {container} on node {}.", node.name()));
        }
        let mut own = self.container(container);
        self.privileges(&mut own, true);
        let profile = args.text("profile");
        let mut spec = json!({
            "nodeName": node.name(), "restartPolicy": "Never", "tolerations": [{"operator": "Exists"}],
        });
        if matches!(profile, "legacy" | "general" | "sysadmin") {
            own["volumeMounts"] = json!([{"name": "host-root", "mountPath": "/host"}]);
            spec["volumes"] = json!([{"name": "host-root", "hostPath": {"path": "/"}}]);
        }
        if matches!(profile, "legacy" | "general" | "sysadmin" | "netadmin") {
            for field in ["hostNetwork", "hostPID", "hostIPC"] {
                spec[field] = true.into();
            }
        }
        spec["containers"] = json!([own]);
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "spec": spec,
            "metadata": {"name": name, "namespace": cx.namespace(), "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"}},
        });
        let made = write::create(cx, kinds::POD, pod, Check::Ignore, DryRun::None)?;
        Ok((made.key(), container.into()))
    }

    fn copy(&self, pod: &Object, cx: &mut Cx<'_>) -> Result<(Key, String), Failure> {
        let args = self.args;
        let old = printer::wire(pod);
        let mut meta = json!({"name": args.text("copy-to"), "namespace": pod.namespace()});
        let profile = args.text("profile");
        let legacy = profile == "legacy";
        for (field, flag) in [("labels", "keep-labels"), ("annotations", "keep-annotations")] {
            if (args.bool(flag) || (legacy && field == "annotations"))
                && let Some(map) = old.pointer(&format!("/metadata/{field}"))
            {
                meta[field] = map.clone();
            }
        }
        let mut spec = old["spec"].clone();
        for field in ["ephemeralContainers"].into_iter().chain((!args.bool("same-node")).then_some("nodeName")) {
            spec.as_object_mut().map(|map| map.remove(field));
        }
        if args.has("share-processes") {
            spec["shareProcessNamespace"] = args.bool("share-processes").into();
        }
        if let Some(all) = spec.get_mut("containers").and_then(Value::as_array_mut) {
            for container in all {
                let wanted = |key: &str| self.images.iter().find(|(name, _)| name == key);
                let name = container["name"].as_str().unwrap_or("").to_string();
                if let Some((_, image)) = wanted(&name).or(wanted("*")) {
                    container["image"] = image.clone().into();
                }
            }
        }
        let asked = args.text("container").to_string();
        let held = |spec: &Value| containers(&json!({"spec": spec})).any(|c| c["name"] == *asked);
        let name = if !asked.is_empty() && held(&spec) {
            asked
        } else if args.text("image").is_empty() {
            if self.images.is_empty() {
                return Err(Failure::error("you must specify image when creating new container"));
            }
            String::new()
        } else {
            let name = self.new_name(&json!({"spec": spec}), cx);
            if let Some(all) = spec.get_mut("containers").and_then(Value::as_array_mut) {
                all.push(json!({"name": name, "terminationMessagePolicy": "File"}));
            }
            name
        };
        if !name.is_empty() {
            self.change(&mut spec, &name);
        }
        let tree = json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec});
        let made = write::create(cx, kinds::POD, tree, Check::Ignore, DryRun::None)?;
        if args.bool("replace") {
            let options = DeleteOptions { grace: Some(0), ..DeleteOptions::default() };
            write::act(cx, DryRun::None, |hands| hands.delete(kinds::POD, pod.namespace(), pod.name(), &options))?;
        }
        Ok((made.key(), name))
    }

    /// The debugging container of a copy, and what the profile does to the rest.
    fn change(&self, spec: &mut Value, name: &str) {
        let args = self.args;
        let profile = args.text("profile");
        for container in spec.get_mut("containers").and_then(Value::as_array_mut).into_iter().flatten() {
            if container["name"] == *name {
                if !args.text("image").is_empty() {
                    container["image"] = args.text("image").into();
                }
                if !self.command.is_empty()
                    && let Some(map) = container.as_object_mut()
                {
                    map.remove("args");
                }
                self.fill(container);
                self.privileges(container, false);
            }
            for (probe, flag) in [
                ("livenessProbe", "keep-liveness"),
                ("readinessProbe", "keep-readiness"),
                ("startupProbe", "keep-startup"),
            ] {
                if profile != "legacy"
                    && !args.bool(flag)
                    && let Some(map) = container.as_object_mut()
                {
                    map.remove(probe);
                }
            }
        }
        if profile == "legacy" {
            return;
        }
        if let Some(map) = spec.as_object_mut() {
            if !args.bool("keep-init-containers") {
                map.remove("initContainers");
            }
            map.entry("shareProcessNamespace").or_insert(true.into());
        }
    }
}

fn add_capabilities(context: &mut Value, names: &[&str]) {
    if context.is_null() {
        *context = Value::Object(Map::new());
    }
    let mut all = context.pointer("/capabilities/add").and_then(Value::as_array).cloned().unwrap_or_default();
    all.extend(names.iter().map(|name| Value::from(*name)));
    context["capabilities"]["add"] = Value::Array(all);
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["containers", "initContainers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|list| pod.pointer(&format!("/spec/{list}")).and_then(Value::as_array).into_iter().flatten())
}

/// Waits until the debugging container runs, then gives a hand on it.
#[derive(Clone)]
struct Session {
    pod: Key,
    container: String,
    attached: Option<Attached>,
    reads: bool,
    tty: bool,
    quiet: bool,
    warned: String,
}

impl Session {
    fn begin(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let Some(pod) = cx.world.reader().by_key(&self.pod).cloned() else {
            return Err(Failure::plain("Error from server (NotFound): pods \"\" not found"));
        };
        let status = pod.status::<PodStatus>();
        let lists = [&status.init_container_statuses, &status.container_statuses, &status.ephemeral_container_statuses];
        let mut all = lists.into_iter().flat_map(|list| list.iter().flatten());
        let state = all.find(|status| status.name == self.container).and_then(|status| status.state.clone());
        let state = state.unwrap_or_default();
        let (namespace, name) = (self.pod.namespace.clone(), self.pod.name.clone());
        if state.terminated.is_some() {
            if let Some(run) = cx.world.machines.container(&namespace, &name, &self.container) {
                let text: String = run.logs.after(0).map(text_of).collect();
                cx.out(text);
            }
            return Ok(Turn::Done);
        }
        if state.running.is_none() {
            let message = state.waiting.and_then(|waiting| waiting.message).unwrap_or_default();
            if !self.quiet && !message.is_empty() && message != self.warned {
                cx.err(format_args!("Warning: container {}: {message}", self.container));
                self.warned = message;
            }
            return Ok(Turn::Wait(Wait { change: true, ..Wait::default() }));
        }
        if !self.quiet {
            cx.err(RECORDED);
            cx.err("If you don't see a command prompt, try pressing enter.");
        }
        let running = cx.world.machines.container(&namespace, &name, &self.container).map(|run| run.id.clone());
        let Some(id) = running else { return Ok(Turn::Done) };
        self.attached = Some(Attached::new(&pod, &self.container, id, 0, self.reads));
        self.poll(cx)
    }
}

impl Job for Session {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let Some(attached) = &mut self.attached else { return self.begin(cx) };
        let turn = attached.poll(cx)?;
        if matches!(turn, Turn::Done) && self.tty && !self.quiet {
            let (name, namespace) = (&self.pod.name, &self.pod.namespace);
            let again = format!("kubectl attach {name} -c {} -n {namespace} -i -t", self.container);
            let own = cx.world.reader().by_key(&self.pod).is_some_and(|pod| {
                pod.to_value().pointer("/spec/ephemeralContainers").and_then(Value::as_array).is_some()
            });
            cx.line(if own {
                format!("Session ended, the ephemeral container will not be restarted but may be reattached using '{again}' if it is still running")
            } else {
                format!("Session ended, resume using '{again}' command")
            });
        }
        Ok(turn)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
