//! `kubectl cp`: files into and out of containers.
//!
//! Models: `kubectl/pkg/cmd/cp`.
//! Left out: `--retries`; symbolic links are followed.

use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, pod_of};
use crate::api::{Object, kinds};
use crate::script::files::{Files, base};

pub struct Cp;

static FLAGS: &[Flag] = &[
    Flag::text("container", "", "Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen").short('c'),
    Flag::bool("no-preserve", "The copied file/directory's ownership and permissions will not be preserved in the container"),
    Flag::int("retries", "0", "Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying. The default is 0 (no retry)."),
];

static SPEC: Spec = Spec {
    name: "cp",
    group: Group::Troubleshooting,
    short: "Copy files and directories to and from containers",
    examples: "# Copy /tmp/foo local file to /tmp/bar in a remote pod in namespace <some-namespace>
kubectl cp /tmp/foo <some-namespace>/<some-pod>:/tmp/bar

# Copy /tmp/foo from a remote pod to /tmp/bar locally
kubectl cp <some-namespace>/<some-pod>:/tmp/foo /tmp/bar",
    usage: "<file-spec-src> <file-spec-dest>",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

/// `[[namespace/]pod:]path`.
struct File {
    namespace: String,
    pod: String,
    path: String,
}

fn file(text: &str) -> Result<File, Failure> {
    let wrong = || Failure::error("filespec must match the canonical format: [[namespace/]pod:]file/path");
    let Some((place, path)) = text.split_once(':') else {
        return Ok(File { namespace: String::new(), pod: String::new(), path: text.into() });
    };
    if place.is_empty() {
        return Err(wrong());
    }
    let mut parts = place.rsplit('/');
    let pod = parts.next().unwrap_or("").to_string();
    let namespace = parts.next().unwrap_or("").to_string();
    if parts.next().is_some() || pod.is_empty() {
        return Err(wrong());
    }
    Ok(File { namespace, pod, path: path.into() })
}

impl Verb for Cp {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let [from, to] = args.words.as_slice() else {
            return Err(Failure::error("source and destination are required"));
        };
        let (from, to) = (file(from)?, file(to)?);
        match (from.pod.is_empty(), to.pod.is_empty()) {
            (false, false) => {
                return Err(Failure::error("one of src or dest must be a local file specification"));
            }
            (true, true) => return Err(Failure::error("one of src or dest must be a remote file specification")),
            _ => {}
        }
        if from.path.is_empty() || to.path.is_empty() {
            return Err(Failure::error("filepath can not be empty"));
        }
        if from.pod.is_empty() { into_pod(args, &from, &to, cx) } else { out_of_pod(args, &from, &to, cx) }?;
        Ok(Flow::Done)
    }
}

fn pod(args: &Args, file: &File, cx: &mut Cx<'_>) -> Result<(Object, String), Failure> {
    let namespace = if file.namespace.is_empty() { cx.namespace() } else { file.namespace.clone() };
    let pod = cx.get(kinds::POD, &namespace, &file.pod)?.clone();
    pod_of::may(&pod, "exec", cx)?;
    let container = match args.given("container").filter(|c| !c.is_empty()) {
        Some(name) if pod_of::has_container(&pod, name) => name.to_string(),
        Some(name) => return Err(Failure::error(format!("container {name} not found in pod {}", pod.name()))),
        None => pod_of::default_container(&pod, false, cx),
    };
    Ok((pod, container))
}

fn lost(container: &str) -> Failure {
    Failure::error(format!("unable to upgrade connection: container not found ({container:?})"))
}

/// Files below a local path, with their paths relative to it; `None` as content for a directory.
fn local(path: &str, name: &str, cx: &mut Cx<'_>, found: &mut Vec<(String, Option<Vec<u8>>)>) {
    if found.len() > 10_000 {
        return;
    }
    match cx.desk.list(path) {
        Some(names) => {
            found.push((name.to_string(), None));
            for entry in names {
                local(&format!("{path}/{entry}"), &format!("{name}/{entry}"), cx, found);
            }
        }
        None => {
            if let Ok(bytes) = cx.desk.read(path) {
                found.push((name.to_string(), Some(bytes.to_vec())));
            }
        }
    }
}

fn into_pod(args: &Args, from: &File, to: &File, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let source = from.path.trim_end_matches('/');
    let mut found = vec![];
    local(if source.is_empty() { "/" } else { source }, "", cx, &mut found);
    if found.is_empty() {
        return Err(Failure::error(format!("{} doesn't exist in local filesystem", from.path)));
    }
    let (pod, container) = pod(args, to, cx)?;
    let now = cx.now();
    let name = base(source).to_string();
    let path = to.path.clone();
    let done = cx.world.with_files(pod.namespace(), pod.name(), &container, |files| {
        let target = path.trim_end_matches('/');
        let root = if path.ends_with('/') || files.is_dir(&path) { format!("{target}/{name}") } else { target.into() };
        let root = if root.starts_with('/') { root } else { format!("/{root}") };
        found.iter().try_for_each(|(name, bytes)| {
            let full = format!("{root}{name}");
            match bytes {
                None => files.mkdirs(&full, now),
                Some(bytes) => files.write(&full, bytes, now),
            }
            .map_err(|fault| format!("tar: {}: {fault}", full.trim_start_matches('/')))
        })
    });
    match done {
        None => Err(lost(&container)),
        Some(Ok(())) => Ok(()),
        Some(Err(why)) => {
            cx.err(format_args!("{why}\ntar: error exit delayed from previous errors"));
            Err(Failure { message: "command terminated with exit code 1".into(), code: 1 })
        }
    }
}

/// Files below a path in a container, with their paths relative to it.
fn remote(files: &Files, path: &str, name: &str, found: &mut Vec<(String, Option<Vec<u8>>)>) {
    if found.len() > 10_000 {
        return;
    }
    if files.is_dir(path) {
        found.push((name.to_string(), None));
        for entry in files.list(path).unwrap_or_default() {
            remote(files, &format!("{path}/{entry}"), &format!("{name}/{entry}"), found);
        }
    } else if let Ok(bytes) = files.read(path) {
        found.push((name.to_string(), Some(bytes.to_vec())));
    }
}

fn out_of_pod(args: &Args, from: &File, to: &File, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let (pod, container) = pod(args, from, cx)?;
    let path = from.path.trim_end_matches('/').to_string();
    let full = if path.starts_with('/') { path.clone() } else { format!("/{path}") };
    let found = cx.world.with_files(pod.namespace(), pod.name(), &container, |files| {
        let mut found = vec![];
        remote(files, &full, "", &mut found);
        found
    });
    let Some(found) = found else { return Err(lost(&container)) };
    if found.is_empty() {
        cx.err(format_args!(
            "tar: can't stat '{path}': No such file or directory\ntar: error exit delayed from previous errors"
        ));
        return Err(Failure { message: "command terminated with exit code 1".into(), code: 1 });
    }
    if path.starts_with('/') {
        cx.err("tar: removing leading '/' from member names");
    }
    let target = to.path.trim_end_matches('/');
    let into = to.path.ends_with('/') || cx.desk.list(&to.path).is_some() && found.len() == 1;
    let root = if into { format!("{target}/{}", base(&full)) } else { target.to_string() };
    for (name, bytes) in found {
        let place = format!("{root}{name}");
        let done = match bytes {
            Some(bytes) => cx.desk.write(&place, &bytes),
            None => cx.desk.mkdir(&place),
        };
        done.map_err(|why| Failure::error(format!("open {place}: {why}")))?;
    }
    Ok(())
}
