//! kubectl: verbs, each a file; this is what they share and how one is found.
//!
//! A verb completes, validates and runs. It reads the world through [`Cx`] and writes to the world as the learner; what it
//! prints are spans, so a terminal can link a name to the object it stands for.
//!
//! Models: `k8s.io/kubectl/pkg/cmd`, `github.com/spf13/cobra`.
//! Left out: plugins, kuberc.

pub mod about;
pub mod api_resources;
pub mod apply;
mod auth;
pub mod autoscale;
mod caller;
mod certificate;
pub mod complete;
mod completion;
pub mod config;
pub mod cordon;
pub mod cp;
pub mod create;
mod debug;
pub mod delete;
pub mod describe;
pub mod diff;
pub mod dispatch;
pub mod drain;
mod dump;
pub mod edit;
mod events;
pub mod exec;
mod explain;
pub mod expose;
pub mod flags;
pub mod get;
mod go_template;
pub mod help;
pub mod history;
pub mod known;
pub mod kubeconfig;
pub mod kustomize;
mod label;
pub mod link;
pub mod logs;
pub mod manifest;
mod outage;
pub mod patch;
pub mod pod_of;
pub mod port_forward;
pub mod printer;
pub mod proxy;
mod raw;
pub mod replace;
pub mod resources;
pub mod rollout;
pub mod rollout_status;
pub mod run;
pub mod scale;
pub mod set;
pub mod sort;
pub mod table;
pub mod taint;
pub mod targets;
mod top;
pub mod trouble;
mod version;
pub mod wait;
pub mod wire;
pub mod write;

pub use complete::complete;
pub use dispatch::{reads_input, start};
pub use flags::{Args, Flag};

use crate::api::authorize::{self, Ask};
use crate::api::{ApiError, KindRef, Object, Reader};
use crate::control::FactId;
use crate::store::Key;
use crate::time::Time;
use crate::world::World;
use kubeconfig::Kubeconfig;
use std::rc::Rc;

/// Colour says it again, words say it first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hue {
    #[default]
    Plain,
    Good,
    Busy,
    Bad,
    Idle,
    Dim,
}

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub hue: Hue,
    /// The object that the text names.
    pub link: Option<Key>,
    pub stderr: bool,
}

impl Span {
    pub fn plain(text: impl Into<String>) -> Span {
        Span { text: text.into(), hue: Hue::Plain, link: None, stderr: false }
    }

    pub fn hue(mut self, hue: Hue) -> Span {
        self.hue = hue;
        self
    }

    pub fn link(mut self, key: Key) -> Span {
        self.link = Some(key);
        self
    }
}

/// The files and the terminal around a command.
pub trait Desk {
    /// # Errors
    /// What went wrong, as the system says it: `no such file or directory`.
    fn read(&mut self, path: &str) -> Result<Rc<Vec<u8>>, String>;

    /// # Errors
    /// As [`Desk::read`].
    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), String>;

    /// Makes a directory with those above it.
    ///
    /// # Errors
    /// As [`Desk::read`].
    fn mkdir(&mut self, _path: &str) -> Result<(), String> {
        Err("operation not permitted".into())
    }

    /// A path from the root, as the working directory makes it.
    fn absolute(&self, path: &str) -> String {
        path.to_string()
    }

    /// Names in a directory, sorted; `None` when it is none.
    fn list(&mut self, path: &str) -> Option<Vec<String>>;

    /// An exported variable of the shell.
    fn env(&self, name: &str) -> Option<String>;

    /// What standard input holds now.
    fn input(&mut self) -> Input {
        Input::End
    }

    /// Whether standard input is a terminal.
    fn is_terminal(&self) -> bool {
        false
    }

    /// Listens on a port of this machine; false when another command does. `to` says where it leads.
    fn listen(&mut self, _port: u16, _to: &str) -> bool {
        false
    }

    /// How many came to a port since the last call, and what went wrong with the last of them.
    fn visitors(&mut self, _port: u16) -> (u32, Option<Rc<str>>) {
        (0, None)
    }

    /// Starts another command of the shell; its number, or `None` when there is no room for one more.
    fn spawn(&mut self, _argv: Vec<String>) -> Option<u32> {
        None
    }

    /// The exit code of a command that was started, once, when it has ended.
    fn ended(&mut self, _command: u32) -> Option<i32> {
        None
    }
}

/// What reading standard input brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Data(Vec<u8>),
    End,
    /// Nothing now, perhaps later.
    Empty,
}

/// What a verb works with.
pub struct Cx<'a> {
    pub world: &'a mut World,
    pub desk: &'a mut dyn Desk,
    /// Standard input, for verbs that asked for it (`-f -`).
    pub stdin: Rc<Vec<u8>>,
    /// The command line in the journal: what it causes is traced back to it.
    pub cause: FactId,
    /// `kubectl`'s configuration after `--context`, `--namespace` and the like.
    pub config: Kubeconfig,
    pub output: Vec<Span>,
    /// What `-v` tells.
    pub log: wire::Log,
}

impl Cx<'_> {
    pub fn now(&self) -> Time {
        self.world.now
    }

    /// Text for standard output, line ends included.
    pub fn out(&mut self, text: impl Into<String>) {
        self.output.push(Span::plain(text));
    }

    pub fn line(&mut self, text: impl std::fmt::Display) {
        self.out(format!("{text}\n"));
    }

    pub fn span(&mut self, span: Span) {
        self.output.push(span);
    }

    /// A line for standard error.
    pub fn err(&mut self, text: impl std::fmt::Display) {
        self.output.push(Span { stderr: true, ..Span::plain(format!("{text}\n")) });
    }

    /// An object, if the caller may get it.
    ///
    /// # Errors
    /// Forbidden, NotFound.
    pub fn get(&self, kind: KindRef, namespace: &str, name: &str) -> Result<&Object, ApiError> {
        let ask = Ask::of(kind.names(), "get", namespace, name);
        let allowed = authorize::check(&self.config.caller, &ask, self.world.reader());
        let found = allowed.and_then(|()| self.world.api.get(kind, namespace, name));
        if self.config.voice.level >= 6 {
            let tree = found.as_ref().map(|object| object.seen_as(kind).to_wire_managed());
            wire::got(self, kind, namespace, name, tree.as_ref().map_err(|error| *error));
        }
        found
    }

    /// Whether the caller may do something with an object, or, without a name, with all of a kind.
    ///
    /// # Errors
    /// Forbidden.
    pub fn may(&self, ask: &Ask<'_>) -> Result<(), ApiError> {
        authorize::check(&self.config.caller, ask, self.world.reader())
    }

    /// The cluster as kubectl sees it: with what it remembers of custom kinds.
    pub fn reader(&self) -> Reader<'_> {
        self.world.reader().remembering(&self.config.discovery)
    }

    /// The namespace of this call: `--namespace`, the context's, or `default`.
    pub fn namespace(&self) -> String {
        self.config.namespace()
    }
}

/// Why a verb stopped: what it prints to standard error, and its exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub message: String,
    pub code: i32,
}

impl Failure {
    /// Printed as it is.
    pub fn plain(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), code: 1 }
    }

    /// `error: ...`
    pub fn error(message: impl std::fmt::Display) -> Failure {
        Failure::plain(format!("error: {message}"))
    }

    /// `error: ...` and `See 'kubectl get -h' for help and examples`; `path` is `kubectl get`.
    pub fn usage(path: &str, message: impl std::fmt::Display) -> Failure {
        Failure::plain(format!("error: {message}\nSee '{path} -h' for help and examples"))
    }

    /// Nothing more to say, only the code.
    pub fn code(code: i32) -> Failure {
        Failure { message: String::new(), code }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Failure {
        Failure::plain(error.to_string())
    }
}

/// How a verb ended, or that it goes on.
pub enum Flow {
    Done,
    Exit(i32),
    Job(Box<dyn Job>),
}

pub type Outcome = Result<Flow, Failure>;

/// When a job wants to be polled again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wait {
    /// At this moment at the latest.
    pub at: Option<Time>,
    /// When the world has changed.
    pub change: bool,
    /// When standard input has something to read.
    pub input: bool,
    /// When a command that it started has ended.
    pub child: bool,
}

/// A verb that takes time (watch, wait, logs -f): polled, never blocking; all its state is its own data.
pub trait Job {
    /// Works on, or says what it waits for.
    ///
    /// # Errors
    /// It failed: the message is printed.
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure>;

    /// The API server has gone away while it ran: how it ends, if it does.
    fn lost(&mut self) -> Option<Result<Turn, Failure>> {
        None
    }

    /// Ctrl-C: the exit code.
    fn interrupt(&mut self, _cx: &mut Cx<'_>) -> i32 {
        130
    }

    fn clone_box(&self) -> Box<dyn Job>;
}

impl Clone for Box<dyn Job> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

pub enum Turn {
    Done,
    Exit(i32),
    Wait(Wait),
}

/// Where the main help lists a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Beginner,
    Intermediate,
    Deploy,
    Cluster,
    Troubleshooting,
    Advanced,
    Settings,
    Other,
    /// Not listed: a subcommand, or something that only explains why it is missing.
    None,
}

/// What help, parsing and completion know of a verb.
pub struct Spec {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub group: Group,
    /// One line.
    pub short: &'static str,
    /// Paragraphs below it; empty for none.
    pub long: &'static str,
    /// `# comment` and command lines, unindented.
    pub examples: &'static str,
    /// Behind `kubectl <path>`: `(TYPE NAME | TYPE/NAME) [flags]`; ` [options]` is added.
    pub usage: &'static str,
    pub flags: &'static [&'static [Flag]],
    pub subs: &'static [&'static dyn Verb],
    /// Needs no cluster.
    pub offline: bool,
    /// Whether all of standard input is read before the verb runs (`-f -` always is).
    pub reads_input: fn(&Args) -> bool,
}

impl Spec {
    pub const EMPTY: Spec = Spec {
        name: "",
        aliases: &[],
        group: Group::None,
        short: "",
        long: "",
        examples: "",
        usage: "",
        flags: &[],
        subs: &[],
        offline: false,
        reads_input: |_| false,
    };
}

/// A verb of kubectl.
pub trait Verb: Sync {
    fn spec(&self) -> &'static Spec;

    /// # Errors
    /// What kubectl would print and exit with.
    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        help::parent(self.spec(), args, cx)
    }
}

/// Every verb, in the order of the main help.
pub static VERBS: &[&dyn Verb] = &[
    // to look
    &get::Get,
    &describe::Describe,
    &wait::Wait,
    &config::Config,
    &logs::Logs,
    &exec::Exec,
    &exec::Attach,
    &cp::Cp,
    &debug::Debug,
    &port_forward::PortForward,
    &proxy::Proxy,
    &events::Events,
    &explain::Explain,
    &top::Top,
    &auth::Auth,
    &version::ClusterInfo,
    &version::Version,
    &api_resources::ApiResources,
    &api_resources::ApiVersions,
    // to change
    &create::Create,
    &run::Run,
    &delete::Delete,
    &scale::Scale,
    &apply::Apply,
    &expose::Expose,
    &label::Label,
    &label::Annotate,
    &patch::Patch,
    &replace::Replace,
    &set::Set,
    &rollout::Rollout,
    &cordon::Cordon,
    &cordon::Uncordon,
    &drain::Drain,
    &taint::Taint,
    &autoscale::Autoscale,
    &diff::Diff,
    &edit::Edit,
    // about kubectl itself
    // to say why not
    &kustomize::Kustomize,
    &certificate::Certificate,
    &completion::Completion,
    &about::Alpha,
    &about::Plugin,
    &help::Options,
    &help::Help,
];
