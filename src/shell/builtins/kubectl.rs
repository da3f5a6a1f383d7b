//! kubectl as a command of the shell: lends it files, variables and standard input, and shows what it prints.

use std::rc::Rc;

use crate::api::Reader;
use crate::script::files::Fault;
use crate::script::sys::{Read, Style, Sys};
use crate::shell::command::{Command, Completion, Cx, Job, Poll, Run, Spec, Typing, Wake};
use crate::shell::kubectl::{self, Desk, Hue, Input, Turn};
use crate::shell::terminal::Link;

pub struct Kubectl;

/// What one start is worth in steps of the shell: `while true; do kubectl get pods; done` has to end soon.
const COST: u32 = 500;

static SPEC: Spec = Spec {
    name: "kubectl",
    aliases: &[],
    summary: ["talk to the cluster", "클러스터와 이야기해요"],
    usage: "kubectl VERB [TYPE] [NAME] [flags]",
    examples: &["kubectl get pods", "kubectl create deployment web --image=nginx --replicas=3", "kubectl --help"],
};

/// The files as kubectl sees them.
pub(super) struct Table<'a, 's>(pub(super) &'a mut Sys<'s>);

fn words(fault: Fault) -> String {
    let text = fault.to_string();
    let mut chars = text.chars();
    // Go prints the texts of the system without the capital
    chars.next().map(|c| c.to_lowercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

impl Desk for Table<'_, '_> {
    fn read(&mut self, path: &str) -> Result<Rc<Vec<u8>>, String> {
        self.0.read_file(path).map_err(words)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), String> {
        self.0.write_whole(path, bytes).map_err(words)
    }

    fn mkdir(&mut self, path: &str) -> Result<(), String> {
        let full = self.0.resolve(path);
        let now = self.0.now;
        self.0.files.mkdirs(&full, now).map_err(words)
    }

    fn absolute(&self, path: &str) -> String {
        self.0.resolve(path)
    }

    fn list(&mut self, path: &str) -> Option<Vec<String>> {
        let full = self.0.resolve(path);
        self.0.files.list(&full).ok()
    }

    fn env(&self, name: &str) -> Option<String> {
        self.0.env(name).map(|t| t.to_string())
    }

    fn input(&mut self) -> Input {
        match self.0.read(0, 1 << 16) {
            Read::Data(data) => Input::Data(data),
            Read::Empty => Input::Empty,
            Read::End => Input::End,
        }
    }

    fn is_terminal(&self) -> bool {
        self.0.is_tty(0)
    }

    fn listen(&mut self, port: u16, to: &str) -> bool {
        self.0.listen(port, to)
    }

    fn visitors(&mut self, port: u16) -> (u32, Option<Rc<str>>) {
        self.0.visitors(port)
    }

    fn spawn(&mut self, argv: Vec<String>) -> Option<u32> {
        self.0.spawn(argv)
    }

    fn ended(&mut self, command: u32) -> Option<i32> {
        self.0.reap(command)
    }
}

impl Command for Kubectl {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, argv: &[String], cx: &mut Cx<'_, '_>) -> Run {
        let mut argv = argv.to_vec();
        argv[0] = "kubectl".into();
        if kubectl::reads_input(&argv[1..]) {
            return Run::Job(Box::new(Reading { argv, input: vec![], next: None }));
        }
        begin(&argv, vec![], cx)
    }

    fn complete(&self, typing: &Typing<'_>) -> Vec<Completion> {
        kubectl::complete(typing)
    }
}

fn begin(argv: &[String], input: Vec<u8>, cx: &mut Cx<'_, '_>) -> Run {
    cx.sys.charge(COST);
    let cause = cx.world.command(&argv.join(" "));
    let mut desk = Table(cx.sys);
    let mut kcx = kubectl::Cx {
        world: cx.world,
        desk: &mut desk,
        stdin: Rc::new(input),
        cause,
        config: Default::default(),
        output: vec![],
        log: Default::default(),
    };
    let begun = kubectl::start(&argv[1..], &mut kcx);
    let (config, output) = (kcx.config, kubectl::wire::merged(kcx.output, kcx.log));
    show(output, cx.world.reader(), &config.namespace(), cx.sys);
    match begun {
        Ok(kubectl::Flow::Done) => Run::Done(0),
        Ok(kubectl::Flow::Exit(code)) => Run::Done(code),
        Ok(kubectl::Flow::Job(job)) => Run::Job(Box::new(Running { job, cause, config })),
        Err(failure) => Run::Done(report(&failure, cx.sys)),
    }
}

fn report(failure: &kubectl::Failure, sys: &mut Sys<'_>) -> i32 {
    if !failure.message.is_empty() {
        let end = if failure.message.ends_with('\n') { "" } else { "\n" };
        sys.err(&format!("{}{end}", failure.message));
    }
    failure.code
}

fn show(output: Vec<kubectl::Span>, read: Reader<'_>, namespace: &str, sys: &mut Sys<'_>) {
    // only a terminal can show where a name leads
    let terminal = sys.is_tty(1);
    let spans = output.into_iter().flat_map(|span| match terminal && !span.stderr {
        true => kubectl::link::linked(span, read, namespace),
        false => vec![span],
    });
    for span in spans.collect::<Vec<_>>() {
        if span.stderr {
            sys.err(&span.text);
            continue;
        }
        let style = match span.hue {
            Hue::Plain => Style::Plain,
            Hue::Good => Style::Good,
            Hue::Busy => Style::Busy,
            Hue::Bad => Style::Bad,
            Hue::Idle => Style::Idle,
            Hue::Dim => Style::Dim,
        };
        let link = span.link.map(|key| {
            Link { kind: key.resource.to_string(), namespace: key.namespace.to_string(), name: key.name.to_string() }
                .code()
        });
        sys.paint(&span.text, style, link);
    }
}

/// Waits for the end of standard input.
#[derive(Clone)]
struct Reading {
    argv: Vec<String>,
    input: Vec<u8>,
    /// The verb goes on after its input was read.
    next: Option<Box<dyn Job>>,
}

impl Job for Reading {
    fn poll(&mut self, cx: &mut Cx<'_, '_>) -> Poll {
        if let Some(job) = &mut self.next {
            return job.poll(cx);
        }
        loop {
            match cx.sys.read(0, 1 << 16) {
                Read::Data(data) => self.input.extend(data),
                Read::Empty => return Poll::Wait(Wake::input()),
                Read::End => break,
            }
        }
        match begin(&self.argv, std::mem::take(&mut self.input), cx) {
            Run::Done(code) => Poll::Done(code),
            Run::Job(job) => {
                self.next = Some(job);
                Poll::Again
            }
        }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// A verb that goes on: `get -w`, `rollout status`, `wait`, `logs -f`.
#[derive(Clone)]
struct Running {
    job: Box<dyn kubectl::Job>,
    cause: crate::control::FactId,
    config: kubectl::kubeconfig::Kubeconfig,
}

impl Running {
    fn with<R>(
        &mut self,
        cx: &mut Cx<'_, '_>,
        act: impl FnOnce(&mut dyn kubectl::Job, &mut kubectl::Cx<'_>) -> R,
    ) -> R {
        let mut desk = Table(cx.sys);
        let mut kcx = kubectl::Cx {
            world: cx.world,
            desk: &mut desk,
            stdin: Rc::default(),
            cause: self.cause,
            config: self.config.clone(),
            output: vec![],
            log: Default::default(),
        };
        let result = act(&mut *self.job, &mut kcx);
        let output = kubectl::wire::merged(kcx.output, kcx.log);
        show(output, cx.world.reader(), &self.config.namespace(), cx.sys);
        result
    }
}

impl Job for Running {
    fn poll(&mut self, cx: &mut Cx<'_, '_>) -> Poll {
        let turn = self.with(cx, |job, kcx| match kcx.world.faults.outside {
            crate::api::Health::Well => job.poll(kcx),
            _ => job.lost().unwrap_or_else(|| job.poll(kcx)),
        });
        if !matches!(turn, Ok(Turn::Wait(_))) {
            cx.sys.close_doors();
        }
        match turn {
            Ok(Turn::Done) => Poll::Done(0),
            Ok(Turn::Exit(code)) => Poll::Done(code),
            Ok(Turn::Wait(wait)) => Poll::Wait(Wake {
                at: wait.at,
                change: wait.change,
                input: wait.input,
                child: wait.child,
                ..Wake::default()
            }),
            Err(failure) => Poll::Done(report(&failure, cx.sys)),
        }
    }

    fn signal(&mut self, signal: crate::script::host::Signal, cx: &mut Cx<'_, '_>) -> Option<i32> {
        cx.sys.close_doors();
        match signal {
            crate::script::host::Signal::Int => Some(self.with(cx, |job, kcx| job.interrupt(kcx))),
            other => Some(128 + other.number()),
        }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
