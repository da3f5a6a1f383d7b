//! `kubectl logs`: what containers wrote, once or as it comes.
//!
//! Models: `kubectl/pkg/cmd/logs`, `pkg/kubelet/kubelet_pods.go` (`validateContainerLogStatus`).
//! Left out: `--pod-running-timeout`.

use super::flags::{FIELD_SELECTOR, SELECTOR};
use super::resources::{self, Filter};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait, pod_of};
use crate::api::authorize::Ask;
use crate::api::{ApiError, Object, kinds};
use crate::node::container::Container;
use crate::node::logs::{Wanted, stamp, text_of};
use crate::store::Key;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{ContainerStatus, PodSpec, PodStatus};
use std::rc::Rc;

pub struct Logs;

static FLAGS: &[Flag] = &[
    Flag::bool("all-containers", "Get all containers' logs in the pod(s)."),
    Flag::bool("all-pods", "Get logs from all pod(s). Sets prefix to true."),
    Flag::text("container", "", "Print the logs of this container").short('c'),
    Flag::bool("follow", "Specify if the logs should be streamed.").short('f'),
    Flag::bool("ignore-errors", "If watching / following pod logs, allow for any errors that occur to be non-fatal"),
    Flag::bool(
        "insecure-skip-tls-verify-backend",
        "Skip verifying the identity of the kubelet that logs are requested from.  In theory, an attacker could provide invalid log content back. You might want to use this if your kubelet serving certificates have expired.",
    ),
    Flag::int("limit-bytes", "0", "Maximum bytes of logs to return. Defaults to no limit."),
    Flag::int(
        "max-log-requests",
        "5",
        "Specify maximum number of concurrent logs to follow when using by a selector. Defaults to 5.",
    ),
    Flag::duration(
        "pod-running-timeout",
        "20s",
        "The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running",
    ),
    Flag::bool("prefix", "Prefix each log line with the log source (pod name and container name)"),
    Flag::bool("previous", "If true, print the logs for the previous instance of the container in a pod if it exists.")
        .short('p'),
    Flag::duration(
        "since",
        "0s",
        "Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs. Only one of since-time / since may be used.",
    ),
    Flag::text(
        "since-time",
        "",
        "Only return logs after a specific date (RFC3339). Defaults to all logs. Only one of since-time / since may be used.",
    ),
    Flag::int(
        "tail",
        "-1",
        "Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.",
    ),
    Flag::bool("timestamps", "Include timestamps on each line in the log output"),
];

static SPEC: Spec = Spec {
    name: "logs",
    aliases: &["log"],
    group: Group::Troubleshooting,
    short: "Print the logs for a container in a pod",
    long: "Print the logs for a container in a pod or specified resource. If the pod has only one container, the container name is optional.",
    examples: "# Return snapshot logs from pod nginx with only one container
kubectl logs nginx

# Return snapshot logs from pods defined by label app=nginx, in all containers
kubectl logs -l app=nginx --all-containers=true

# Return snapshot of previous terminated ruby container logs from pod web-1
kubectl logs -p -c ruby web-1

# Begin streaming the logs of the ruby container in pod web-1
kubectl logs -f -c ruby web-1

# Display only the most recent 20 lines of output in pod nginx
kubectl logs --tail=20 nginx

# Show all logs from pod nginx written in the last hour
kubectl logs --since=1h nginx",
    usage: "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
    flags: &[FLAGS, SELECTOR, FIELD_SELECTOR],
    ..Spec::EMPTY
};

/// One log to print.
#[derive(Clone, Debug)]
struct Source {
    pod: Key,
    container: String,
}

impl Verb for Logs {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let how = How::of(args, cx)?;
        let sources = sources(args, cx)?;
        if sources.is_empty() {
            return Ok(Flow::Done);
        }
        let follow = args.bool("follow") && !args.bool("previous");
        let most = args.int("max-log-requests").max(1) as usize;
        if follow && sources.len() > most {
            return Err(Failure::error(format!(
                "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests to increase the limit",
                sources.len()
            )));
        }
        let mut streams = vec![];
        for source in sources {
            match print(&source, &how, cx) {
                Ok(Some((id, end))) => streams.push(Stream { source, id, end }),
                Ok(None) => {}
                Err(failure) if args.bool("ignore-errors") => cx.err(failure.message),
                Err(failure) => return Err(failure),
            }
        }
        if !follow {
            return Ok(Flow::Done);
        }
        let mut job = Follow { streams, how };
        match job.poll(cx)? {
            Turn::Wait(_) => Ok(Flow::Job(Box::new(job))),
            _ => Ok(Flow::Done),
        }
    }
}

/// How lines are printed.
#[derive(Clone, Debug)]
struct How {
    wanted: Wanted,
    prefix: bool,
    previous: bool,
}

impl How {
    fn of(args: &Args, cx: &Cx<'_>) -> Result<How, Failure> {
        let (since, time) = (args.duration("since"), args.text("since-time"));
        if args.has("since") && !time.is_empty() {
            return Err(Failure::error("at most one of `sinceTime` or `sinceSeconds` may be specified"));
        }
        if args.int("limit-bytes") < 0 {
            return Err(Failure::error("--limit-bytes must be greater than 0"));
        }
        if args.int("tail") < -1 {
            return Err(Failure::error("--tail must be greater than or equal to -1"));
        }
        let mut from = since.filter(|span| span.0 > 0).map(|span| cx.now() - span);
        if !time.is_empty() {
            let moment: Result<jiff::Timestamp, _> = time.parse();
            let moment = moment.map_err(|_| {
                Failure::error(format!(
                    "parsing time {time:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {time:?} as \"2006\""
                ))
            })?;
            from = Some(Time::of(moment));
        }
        let tail = match (args.int("tail"), args.text("selector")) {
            (-1, "") => None,
            (-1, _) if !args.has("tail") => Some(10),
            (-1, _) => None,
            (n, _) => Some(n as usize),
        };
        let bytes = Some(args.int("limit-bytes")).filter(|n| *n > 0).map(|n| n as usize);
        Ok(How {
            wanted: Wanted { since: from, tail, bytes, timestamps: args.bool("timestamps") },
            prefix: args.bool("prefix") || args.bool("all-pods"),
            previous: args.bool("previous"),
        })
    }

    fn prefix(&self, source: &Source) -> String {
        if self.prefix { format!("[pod/{}/{}] ", source.pod.name, source.container) } else { String::new() }
    }
}

fn sources(args: &Args, cx: &mut Cx<'_>) -> Result<Vec<Source>, Failure> {
    let by_selector = !args.text("selector").is_empty();
    let words = args.positional();
    if words.is_empty() && !by_selector || words.len() > 2 {
        return Err(Failure::usage(
            &args.path,
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
        ));
    }
    if by_selector && !words.is_empty() {
        return Err(Failure::usage(&args.path, "only a selector (-l) or a POD name is allowed"));
    }
    let inline = words.get(1).map(String::as_str);
    if let Some(name) =
        args.given("container").filter(|c| !c.is_empty()).or(inline).filter(|_| args.bool("all-containers"))
    {
        return Err(Failure::error(format!(
            "--all-containers=true should not be specified with container name {name}"
        )));
    }
    if args.has("container") && inline.is_some() {
        return Err(Failure::error("only one of -c or an inline [CONTAINER] arg is allowed"));
    }
    let pods = if by_selector {
        let filter = Filter::of(args, cx);
        let pods = resources::list(kinds::POD, &filter, cx)?;
        if pods.is_empty() {
            super::get::nothing(&resources::Selection::Types(vec![kinds::POD]), &filter, cx);
        }
        pods
    } else {
        pods_of_name(args, &words, cx)?
    };
    let mut sources = vec![];
    for pod in &pods {
        let spec = pod.spec::<PodSpec>();
        let mut add = |container: &str| sources.push(Source { pod: pod.key(), container: container.into() });
        if args.bool("all-containers") {
            spec.init_containers.iter().flatten().for_each(|c| add(&c.name));
            spec.containers.iter().for_each(|c| add(&c.name));
            spec.ephemeral_containers.iter().flatten().for_each(|c| add(&c.name));
            continue;
        }
        let named = args.given("container").map(String::from).or_else(|| words.get(1).cloned());
        match named.filter(|name| !name.is_empty()) {
            Some(name) if !pod_of::has_container(pod, &name) => {
                return Err(Failure::error(format!(
                    "container {name} is not valid for pod {} out of: {}",
                    pod.name(),
                    pod_of::container_names(pod)
                )));
            }
            Some(name) => add(&name),
            None => {
                let name = pod_of::default_container(pod, false, cx);
                sources.push(Source { pod: pod.key(), container: name });
            }
        }
    }
    Ok(sources)
}

fn pods_of_name(args: &Args, words: &[String], cx: &mut Cx<'_>) -> Result<Vec<Object>, Failure> {
    let namespace = cx.namespace();
    let (kind, name) = match words[0].contains('/') {
        true => resources::type_and_name(&words[0], cx.reader())?,
        false => (kinds::POD, words[0].clone()),
    };
    let object = cx.get(kind, &namespace, &name).cloned().map_err(|error| {
        Failure::error(format!("error from server ({}): {} in namespace {namespace:?}", error.reason, error.message))
    })?;
    resources::registered(kind)?;
    let mut pods = pod_of::pods(&object, cx)?;
    if object.kind == kinds::POD || args.bool("all-pods") {
        return Ok(pods);
    }
    if pods.is_empty() {
        return Err(Failure::error("timed out waiting for the condition"));
    }
    if pods.len() > 1 {
        cx.err(format_args!("Found {} pods, using pod/{}", pods.len(), pods[0].name()));
    }
    pods.truncate(1);
    Ok(pods)
}

/// Prints what is there; which container it was and where its log ends, for following.
fn print(source: &Source, how: &How, cx: &mut Cx<'_>) -> Result<Option<(Rc<str>, u64)>, Failure> {
    let Key { namespace, name, .. } = &source.pod;
    cx.may(&Ask::of(kinds::POD.names(), "get", namespace, name).sub("log"))?;
    let Some(pod) = cx.world.reader().get(kinds::POD, namespace, name).cloned() else {
        return Err(ApiError::not_found(kinds::POD.names(), name).into());
    };
    if pod.spec::<PodSpec>().node_name.is_none() {
        return Ok(None);
    }
    let id = instance(&pod, &source.container, how.previous)?;
    let machine = cx.world.machines.of(namespace, name);
    if let Some((machine, why)) = machine.and_then(|machine| Some((machine, machine.unreachable()?))) {
        let address = &machine.address;
        return Err(Failure::plain(format!(
            "Error from server: Get \"https://{address}:10250/containerLogs/{namespace}/{name}/{}\": dial tcp {address}:10250: {why}",
            source.container
        )));
    }
    let Some(container) = stored(cx, source, &id) else {
        return Err(ApiError::bad_request(format!("unable to retrieve container logs for containerd://{id}")).into());
    };
    let text = container.logs.read(&how.wanted);
    let end = container.logs.end();
    let prefix = how.prefix(source);
    if prefix.is_empty() {
        cx.out(text);
    } else {
        for line in text.split_inclusive('\n') {
            cx.out(format!("{prefix}{line}"));
        }
    }
    Ok(Some((id, end)))
}

/// The container that has an ID, of those its machine still knows.
fn stored<'a>(cx: &'a Cx<'_>, source: &Source, id: &str) -> Option<&'a Container> {
    let run = cx.world.machines.pod(&source.pod.namespace, &source.pod.name)?;
    let slot = run.slots.get(source.container.as_str())?;
    let current = slot.current.as_ref().filter(|c| *c.id == *id);
    current.or_else(|| slot.previous.as_deref().filter(|c| *c.id == *id))
}

/// The ID of the container whose log is meant.
fn instance(pod: &Object, container: &str, previous: bool) -> Result<Rc<str>, Failure> {
    let status = pod.status::<PodStatus>();
    let all = [&status.init_container_statuses, &status.container_statuses, &status.ephemeral_container_statuses];
    let found: Option<&ContainerStatus> = all.iter().flat_map(|s| s.iter().flatten()).find(|c| c.name == container);
    let title = format!("container {container:?} in pod {:?}", pod.name());
    let refuse = |text: String| Failure::from(ApiError::bad_request(text));
    let Some(found) = found else { return Err(refuse(format!("{title} is not available"))) };
    let bare = |id: &Option<String>| -> Option<Rc<str>> {
        let id = id.as_deref()?;
        Some(id.rsplit("://").next().unwrap_or(id).into()).filter(|id: &Rc<str>| !id.is_empty())
    };
    let state = found.state.clone().unwrap_or_default();
    let last = found.last_state.clone().unwrap_or_default().terminated;
    let last = last.and_then(|end| bare(&end.container_id));
    if previous {
        return last.ok_or_else(|| refuse(format!("previous terminated {title} not found")));
    }
    if state.running.is_some() {
        return bare(&found.container_id).ok_or_else(|| refuse(format!("{title} is not available")));
    }
    if let Some(end) = &state.terminated {
        let id = bare(&end.container_id).or(last);
        return id.ok_or_else(|| refuse(format!("{title} is terminated")));
    }
    if let Some(last) = last {
        return Ok(last);
    }
    Err(refuse(match state.waiting.and_then(|w| w.reason).filter(|r| !r.is_empty()) {
        Some(reason) if reason == "ErrImagePull" => format!("{title} is waiting to start: image can't be pulled"),
        Some(reason) if reason == "ImagePullBackOff" => {
            format!("{title} is waiting to start: trying and failing to pull image")
        }
        Some(reason) => format!("{title} is waiting to start: {reason}"),
        None => format!("{title} is waiting to start - no logs yet"),
    }))
}

#[derive(Clone)]
struct Stream {
    source: Source,
    id: Rc<str>,
    end: u64,
}

/// Prints lines as they come, until their containers end.
#[derive(Clone)]
struct Follow {
    streams: Vec<Stream>,
    how: How,
}

impl Job for Follow {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let mut lines = vec![];
        for stream in &mut self.streams {
            let prefix = self.how.prefix(&stream.source);
            let Some(container) = stored(cx, &stream.source, &stream.id) else { continue };
            for line in container.logs.after(stream.end) {
                let time = if self.how.wanted.timestamps { format!("{} ", stamp(line.at)) } else { String::new() };
                lines.push((line.at, format!("{prefix}{time}{}", text_of(line))));
            }
            stream.end = container.logs.end();
        }
        lines.sort_by_key(|(at, _)| *at);
        for (_, line) in lines {
            cx.out(line);
        }
        self.streams.retain(|stream| stored(cx, &stream.source, &stream.id).is_some_and(Container::running));
        if self.streams.is_empty() {
            return Ok(Turn::Done);
        }
        let at = Some(cx.now() + Span::millis(250));
        Ok(Turn::Wait(Wait { at, change: true, ..Wait::default() }))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
