//! What a command of the learner's shell is: a description, a start, and (if it takes time) a job.

use std::any::Any;
use std::rc::Rc;

use crate::script::host::{Host, Launch, Signal};
use crate::script::sys::Sys;
use crate::world::World;

pub use crate::script::host::{Poll, Wake};

/// What help and completion know of a command.
pub struct Spec {
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// One line, English and Korean.
    pub summary: [&'static str; 2],
    /// Behind `usage:`.
    pub usage: &'static str,
    pub examples: &'static [&'static str],
}

/// What a command works with: the cluster, and the system around it (files, descriptors, variables).
pub struct Cx<'a, 's> {
    pub world: &'a mut World,
    pub sys: &'a mut Sys<'s>,
}

/// What running a command led to.
pub enum Run {
    Done(i32),
    Job(Box<dyn Job>),
}

/// A command of the learner's shell.
pub trait Command: Sync {
    fn spec(&self) -> &'static Spec;

    /// `argv[0]` is the name it was called by.
    fn run(&self, argv: &[String], cx: &mut Cx<'_, '_>) -> Run;

    /// Ways to go on at the last word.
    fn complete(&self, _typing: &Typing<'_>) -> Vec<Completion> {
        vec![]
    }
}

/// What is being typed, and what may be looked at to go on with it.
pub struct Typing<'a> {
    /// The words so far, without quotes; the first is the command, the last (which may be empty) is the one to complete.
    pub words: &'a [String],
    pub world: &'a World,
    /// A variable of the shell.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The content of a file.
    pub read: &'a dyn Fn(&str) -> Option<Rc<Vec<u8>>>,
}

/// A way to go on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Completion {
    /// What stands in place of the word.
    pub text: String,
    /// What it is, in a few words; may be empty.
    pub note: String,
    /// Whether more may follow in the same word (a directory, `--flag=`).
    pub open: bool,
}

impl Completion {
    pub fn word(text: impl Into<String>) -> Completion {
        Completion { text: text.into(), note: String::new(), open: false }
    }

    pub fn noted(text: impl Into<String>, note: impl Into<String>) -> Completion {
        Completion { text: text.into(), note: note.into(), open: false }
    }
}

/// A command that takes time: polled, never blocking, all its state its own data.
pub trait Job {
    fn poll(&mut self, cx: &mut Cx<'_, '_>) -> Poll;

    /// Ctrl-C and other signals: the exit code, or None to go on.
    fn signal(&mut self, signal: Signal, _cx: &mut Cx<'_, '_>) -> Option<i32> {
        Some(128 + signal.number())
    }

    fn clone_box(&self) -> Box<dyn Job>;
}

impl Clone for Box<dyn Job> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// A job of this floor as one of the language's.
#[derive(Clone)]
struct Hosted(Box<dyn Job>);

fn world(host: &mut dyn Host) -> &mut World {
    host.any().downcast_mut().expect("jobs of the learner's shell are only polled with the world as their host")
}

impl crate::script::host::Job for Hosted {
    fn poll(&mut self, host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        self.0.poll(&mut Cx { world: world(host), sys })
    }

    fn signal(&mut self, signal: Signal, host: &mut dyn Host, sys: &mut Sys<'_>) -> Option<i32> {
        self.0.signal(signal, &mut Cx { world: world(host), sys })
    }

    fn clone_box(&self) -> Box<dyn crate::script::host::Job> {
        Box::new(self.clone())
    }
}

/// The learner's laptop: the world's clock, the commands of this floor, then the everyday tools.
impl Host for World {
    fn now(&self) -> crate::time::Time {
        self.now
    }

    fn knows(&self, name: &str) -> bool {
        super::builtins::find(name).is_some() || crate::script::tools::knows(name)
    }

    fn names(&self) -> Vec<String> {
        super::builtins::names()
    }

    fn launch(&mut self, argv: &[String], sys: &mut Sys<'_>) -> Option<Launch> {
        if let Some(command) = super::builtins::find(argv.first()?) {
            let run = command.run(argv, &mut Cx { world: self, sys });
            return Some(match run {
                Run::Done(code) => Launch::Done(code),
                Run::Job(job) => Launch::Job(Box::new(Hosted(job))),
            });
        }
        crate::script::tools::launch(argv, sys)
    }

    fn any(&mut self) -> &mut dyn Any {
        self
    }
}
