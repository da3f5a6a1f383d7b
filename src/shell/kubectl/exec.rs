//! `kubectl exec` and `kubectl attach`: a command in a container, or a hand on the one that runs.
//!
//! Models: `kubectl/pkg/cmd/{exec,attach}`.
//! Left out: resizing of terminals.

use super::flags::FILES;
use super::{Args, Cx, Failure, Flag, Flow, Group, Input, Job, Outcome, Span as Piece, Spec, Turn, Verb, Wait, pod_of};
use crate::api::Object;
use crate::node::logs::text_of;
use crate::script::machine::Status;
use crate::script::sys::Style;
use crate::store::Key;
use crate::time::Span;
use crate::world;
use k8s_openapi::api::core::v1::PodStatus;
use std::rc::Rc;

pub struct Exec;
pub struct Attach;

static FLAGS: &[Flag] = &[
    Flag::text("container", "", "Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen").short('c'),
    Flag::duration("pod-running-timeout", "1m0s", "The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running"),
    Flag::bool("quiet", "Only print output from the remote session").short('q'),
    Flag::bool("stdin", "Pass stdin to the container").short('i'),
    Flag::bool("tty", "Stdin is a TTY").short('t'),
];

static EXEC: Spec = Spec {
    name: "exec",
    group: Group::Troubleshooting,
    short: "Execute a command in a container",
    examples: "# Get output from running the 'date' command from pod mypod, using the first container by default
kubectl exec mypod -- date

# Get output from running the 'date' command in ruby-container from pod mypod
kubectl exec mypod -c ruby-container -- date

# Switch to raw terminal mode; sends stdin to 'bash' in ruby-container from pod mypod
# and sends stdout/stderr from 'bash' back to the client
kubectl exec mypod -c ruby-container -i -t -- bash -il

# Get output from running 'date' command from the first pod of the deployment mydeployment, using the first container by default
kubectl exec deploy/mydeployment -- date",
    usage: "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
    flags: &[FLAGS, FILES],
    ..Spec::EMPTY
};

static ATTACH: Spec = Spec {
    name: "attach",
    group: Group::Troubleshooting,
    short: "Attach to a running container",
    long: "Attach to a process that is already running inside an existing container.",
    examples: "# Get output from running pod mypod; use the 'kubectl.kubernetes.io/default-container' annotation
# for selecting the container to be attached or the first container in the pod will be chosen
kubectl attach mypod

# Get output from ruby-container from pod mypod
kubectl attach mypod -c ruby-container",
    usage: "(POD | TYPE/NAME) -c CONTAINER",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

/// The pod and container that the arguments name.
fn place(args: &Args, words: &[String], attach: bool, cx: &mut Cx<'_>) -> Result<(Object, String), Failure> {
    let object = pod_of::object(words, cx)?;
    let pods = pod_of::pods(&object, cx)?;
    let Some(pod) = pods.into_iter().next() else {
        return Err(Failure::error("timed out waiting for the condition"));
    };
    let phase = pod.status::<PodStatus>().phase.clone().unwrap_or_default();
    if matches!(phase.as_str(), "Succeeded" | "Failed") {
        let what = if attach { "attach" } else { "exec into" };
        return Err(Failure::error(format!("cannot {what} a container in a completed pod; current phase is {phase}")));
    }
    let container = match args.given("container").filter(|c| !c.is_empty()) {
        Some(name) if !pod_of::has_container(&pod, name) => {
            return Err(Failure::error(format!(
                "container {name} is not valid for pod {} out of: {}",
                pod.name(),
                pod_of::container_names(&pod)
            )));
        }
        Some(name) => name.to_string(),
        None => pod_of::default_container(&pod, args.bool("quiet"), cx),
    };
    if pod.spec::<k8s_openapi::api::core::v1::PodSpec>().node_name.is_none() {
        return Err(
            crate::api::ApiError::bad_request(format!("pod {} does not have a host assigned", pod.name())).into()
        );
    }
    Ok((pod, container))
}

impl Verb for Exec {
    fn spec(&self) -> &'static Spec {
        &EXEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if args.words.is_empty() && !args.has("filename") {
            return Err(Failure::error("pod, type/name or --filename must be specified"));
        }
        let Some(argv) = &args.rest else {
            if args.words.len() > 1 {
                return Err(Failure::usage(
                    &args.path,
                    "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
                ));
            }
            return Err(Failure::error("you must specify at least one command for the container"));
        };
        if argv.is_empty() {
            return Err(Failure::error("you must specify at least one command for the container"));
        }
        let (pod, container) = place(args, &args.words, false, cx)?;
        let tty = args.bool("tty") && cx.desk.is_terminal();
        if args.bool("tty") && !tty {
            cx.err("Unable to use a TTY - input is not a terminal or the right kind of file");
        }
        pod_of::may(&pod, "exec", cx)?;
        let begun = world::Exec::start(cx.world, pod.namespace(), pod.name(), &container, argv, tty);
        let mut exec = begun.map_err(|refused| not_started(refused, &pod, &container))?;
        if !args.bool("stdin") {
            exec.process.end_input();
        }
        let mut job = Executing { exec, reads: args.bool("stdin"), tty };
        match job.poll(cx)? {
            Turn::Done => Ok(Flow::Done),
            Turn::Exit(code) => Ok(Flow::Exit(code)),
            Turn::Wait(_) => Ok(Flow::Job(Box::new(job))),
        }
    }
}

fn not_started(refused: world::Refused, pod: &Object, container: &str) -> Failure {
    match refused {
        world::Refused::Unreachable { address, why } => {
            Failure::plain(format!("Error from server: error dialing backend: dial tcp {address}:10250: {why}"))
        }
        world::Refused::NoContainer => {
            Failure::error(format!("unable to upgrade connection: container not found ({container:?})"))
        }
        world::Refused::NoProgram(why) => {
            let id = crate::base::hash::fnv32a(format!("{}/{container}", pod.uid()).as_bytes());
            let id = format!("{id:08x}").repeat(8);
            Failure::error(format!(
                "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec {id:?}: OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown"
            ))
        }
    }
}

/// A command that runs in a container.
#[derive(Clone)]
struct Executing {
    exec: world::Exec,
    /// Standard input goes to it.
    reads: bool,
    tty: bool,
}

impl Job for Executing {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        while self.reads {
            match cx.desk.input() {
                Input::Data(data) => self.exec.process.feed(&data),
                Input::End => {
                    self.exec.process.end_input();
                    self.reads = false;
                }
                Input::Empty => break,
            }
        }
        let status = self.exec.poll(cx.world, cx.cause);
        for piece in self.exec.process.take_output() {
            let text = String::from_utf8_lossy(&piece.bytes).into_owned();
            let stderr = piece.style == Style::Error && !self.tty;
            cx.span(Piece { stderr, ..Piece::plain(text) });
        }
        let wait = |at| Turn::Wait(Wait { at, change: true, input: self.reads, ..Wait::default() });
        Ok(match status {
            Status::Exited(0) => Turn::Done,
            Status::Exited(code) => {
                cx.err(format_args!("command terminated with exit code {code}"));
                Turn::Exit(code)
            }
            Status::Running => wait(Some(cx.now() + Span::millis(20))),
            Status::Idle => wait(None),
            Status::Waiting(wake) => wait(wake.at),
        })
    }

    fn interrupt(&mut self, cx: &mut Cx<'_>) -> i32 {
        cx.err("command terminated with exit code 130");
        130
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

impl Verb for Attach {
    fn spec(&self) -> &'static Spec {
        &ATTACH
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if args.words.is_empty() {
            return Err(Failure::error("at least 1 argument is required for attach"));
        }
        let (pod, container) = place(args, &args.words, true, cx)?;
        pod_of::may(&pod, "attach", cx)?;
        let name: Rc<str> = pod.name().into();
        let running = cx.world.machines.container(pod.namespace(), &name, &container).filter(|c| c.running());
        let Some(running) = running else {
            return Err(Failure::error(format!(
                "unable to upgrade connection: container {container} not found in pod {name}_{}",
                pod.namespace()
            )));
        };
        let (id, end) = (running.id.clone(), running.logs.end());
        let mut job = Attached::new(&pod, &container, id, end, args.bool("stdin"));
        if !args.bool("quiet") {
            cx.err(RECORDED);
            cx.err("If you don't see a command prompt, try pressing enter.");
        }
        match job.poll(cx)? {
            Turn::Wait(_) => Ok(Flow::Job(Box::new(job))),
            _ => Ok(Flow::Done),
        }
    }
}

/// What `attach` says first.
pub const RECORDED: &str = "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.";

/// A hand on the program of a container.
#[derive(Clone)]
pub struct Attached {
    pod: Key,
    container: String,
    id: Rc<str>,
    end: u64,
    reads: bool,
}

impl Attached {
    /// On what it writes after `end`; `reads` hands standard input over.
    pub fn new(pod: &Object, container: &str, id: Rc<str>, end: u64, reads: bool) -> Attached {
        Attached { pod: pod.key(), container: container.into(), id, end, reads }
    }
}

impl Job for Attached {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let Key { namespace, name, .. } = self.pod.clone();
        while self.reads {
            match cx.desk.input() {
                Input::Data(data) => {
                    cx.world.type_into(&namespace, &name, &self.container, Some(&data));
                }
                Input::End => {
                    cx.world.type_into(&namespace, &name, &self.container, None);
                    self.reads = false;
                }
                Input::Empty => break,
            }
        }
        let run = cx.world.machines.container(&namespace, &name, &self.container).filter(|c| c.id == self.id);
        let Some(run) = run else { return Ok(Turn::Done) };
        let text: String = run.logs.after(self.end).map(text_of).collect();
        self.end = run.logs.end();
        let running = run.running();
        cx.out(text);
        if !running {
            return Ok(Turn::Done);
        }
        let at = Some(cx.now() + Span::millis(100));
        Ok(Turn::Wait(Wait { at, change: true, input: self.reads, ..Wait::default() }))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
