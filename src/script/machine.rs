//! A process tree of shells as data: tasks with a stack of frames each, run in bounded slices.
//!
//! A frame says what is still to do; nothing waits on the Rust stack, so a process can be cloned in the middle of a
//! `sleep`, put aside, and go on later (or twice).

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::time::Time;

use super::files::Files;
use super::host::{Got, Host, Job, Signal, Ticket, Wake, Want};
use super::lang::Syntax;
use super::lang::ast::{Body, Chain, Pipeline, Stage};
use super::run::{Step, run};
use super::shell::{Dialect, Shell, Var};
use super::sys::{Fd, Fds, Kernel, Pid, Piece, Style, Sys};

/// Steps that one task takes before the next may go on.
const SLICE: u32 = 64;

/// A stack entry: what a task still has to do.
#[derive(Clone)]
pub enum Frame {
    /// A text, run line by line.
    Source {
        text: Rc<[char]>,
        at: usize,
        line: u32,
    },
    /// Commands read from standard input, as far as they are complete.
    Typed {
        text: String,
        prompted: bool,
    },
    List {
        body: Body,
        at: usize,
    },
    Chain {
        chain: Rc<Chain>,
        at: usize,
    },
    Pipeline {
        pipeline: Rc<Pipeline>,
        pids: Vec<Pid>,
        codes: Vec<Option<i32>>,
        since: Time,
    },
    /// A command whose words are being expanded; `memo` holds the substitutions that are done.
    Stage {
        stage: Rc<Stage>,
        memo: Vec<String>,
    },
    If {
        stage: Rc<Stage>,
        at: usize,
    },
    While {
        stage: Rc<Stage>,
        testing: bool,
        status: i32,
    },
    For {
        stage: Rc<Stage>,
        words: Rc<Vec<String>>,
        at: usize,
    },
    Count {
        stage: Rc<Stage>,
        memo: Vec<String>,
        phase: u8,
        status: i32,
    },
    /// The arm of a `case` that falls into the next one.
    Fall {
        stage: Rc<Stage>,
        at: usize,
    },
    /// Puts the descriptors back.
    Undo(Fds),
    /// Puts variables back.
    Env(Vec<(Rc<str>, Option<Var>)>),
    /// The end of a function; its caller's parameters.
    Call(Rc<Vec<String>>),
    /// The end of a sourced file.
    Sourced(Option<Rc<Vec<String>>>),
    /// Waits for `$( )`; the text goes to the frame below.
    Sub {
        pid: Pid,
        pipe: u32,
        file: bool,
    },
    /// Waits for children; the status is the last one's.
    Await {
        pids: Vec<Pid>,
        since: Time,
    },
    Run(Rc<Vec<String>>),
    Job(Box<dyn Job>),
    /// A trap ran; `$?` from before.
    Trapped(i32),
    /// The task ends here.
    Leave,
}

impl Frame {
    pub(super) fn run(argv: Vec<String>) -> Frame {
        Frame::Run(Rc::new(argv))
    }

    pub(super) fn source(text: &str) -> Frame {
        Frame::Source { text: text.chars().collect(), at: 0, line: 1 }
    }
}

/// One shell or command with a stack of its own.
#[derive(Clone)]
pub struct Task {
    pub(super) pid: Pid,
    pub(super) parent: Pid,
    pub(super) shell: Shell,
    pub(super) frames: Vec<Frame>,
    pub(super) fds: Fds,
    pub(super) wake: Option<Wake>,
    pub(super) pending: VecDeque<Signal>,
    pub(super) title: Rc<str>,
    pub(super) left: bool,
}

impl Task {
    pub(super) fn new(pid: Pid, parent: Pid, shell: Shell, frames: Vec<Frame>, fds: Fds) -> Task {
        let title = match frames.first() {
            Some(Frame::Run(argv)) => argv.join(" ").into(),
            _ => shell.name.clone(),
        };
        Task { pid, parent, shell, frames, fds, wake: None, pending: VecDeque::new(), title, left: false }
    }

    pub(super) fn each_fd(&self, each: &mut dyn FnMut(&Fd)) {
        self.fds.values().for_each(&mut *each);
        for frame in &self.frames {
            if let Frame::Undo(fds) = frame {
                fds.values().for_each(&mut *each);
            }
        }
    }
}

/// How a process begins.
#[derive(Clone, Debug)]
pub struct Start {
    pub dialect: Dialect,
    /// `$0`
    pub name: String,
    pub cwd: String,
    pub env: Vec<(String, String)>,
    pub user: String,
    pub hostname: String,
    pub tty: bool,
    /// Seeds `$RANDOM`.
    pub seed: u32,
}

impl Default for Start {
    fn default() -> Self {
        Start {
            dialect: Dialect::Ash,
            name: "sh".into(),
            cwd: "/".into(),
            env: vec![],
            user: "root".into(),
            hostname: "localhost".into(),
            tty: false,
            seed: 1,
        }
    }
}

/// What a process is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It ended with this code.
    Exited(i32),
    /// A shell that waits for the next line.
    Idle,
    /// More to do: poll again soon.
    Running,
    /// Nothing to do until one of these.
    Waiting(Wake),
}

/// A program with all its children, pipes and open files.
#[derive(Clone)]
pub struct Process {
    pub(super) kernel: Kernel,
    pub(super) tasks: BTreeMap<Pid, Task>,
    resident: bool,
    code: Option<i32>,
    queue: Vec<(Pid, Signal)>,
    status: Option<Status>,
    /// Steps taken since `take_steps`.
    steps: u32,
}

impl Process {
    /// A shell that waits for lines (`submit`).
    pub fn shell(start: &Start) -> Process {
        let mut process = Process::make(start, vec![]);
        process.resident = true;
        if let Some(task) = process.tasks.get_mut(&1) {
            task.shell.interactive = true;
        }
        process.status = Some(Status::Idle);
        process
    }

    /// A program with its arguments, as a container runtime starts it; standard input is empty until `feed`.
    pub fn exec(start: &Start, argv: &[String]) -> Process {
        Process::make(start, vec![Frame::run(argv.to_vec())])
    }

    fn make(start: &Start, frames: Vec<Frame>) -> Process {
        let mut shell = Shell::new(start.dialect, &start.name, &start.cwd, &start.env);
        shell.user = start.user.as_str().into();
        shell.hostname = start.hostname.as_str().into();
        shell.random = start.seed;
        shell.pid = 1;
        let fds: Fds = Rc::new(BTreeMap::from([(0, Fd::In), (1, Fd::Out), (2, Fd::Err)]));
        let kernel = Kernel::new(start.tty);
        let tasks = BTreeMap::from([(1, Task::new(1, 0, shell, frames, fds))]);
        Process { kernel, tasks, resident: false, code: None, queue: vec![], status: None, steps: 0 }
    }

    /// Gives a waiting shell more text to run.
    pub fn submit(&mut self, text: &str) {
        if let Some(task) = self.tasks.get_mut(&1) {
            task.frames.push(Frame::source(text));
            task.wake = None;
            self.kernel.refused = 0;
            self.status = None;
        }
    }

    /// The exit code, once it ended.
    pub fn exited(&self) -> Option<i32> {
        self.code
    }

    /// Whether it works or waits for something (background commands do not count).
    pub fn busy(&self) -> bool {
        self.code.is_none() && self.tasks.get(&1).is_some_and(|t| !t.frames.is_empty())
    }

    /// Whether commands run in the background.
    pub fn has_background(&self) -> bool {
        self.tasks.len() > 1
    }

    /// Sets and exports a variable of the first shell.
    pub fn export(&mut self, name: &str, value: &str) {
        if let Some(task) = self.tasks.get_mut(&1) {
            task.shell.export(name, value);
        }
    }

    /// The state of the first shell: directory, variables, history.
    pub fn top(&self) -> Option<&Shell> {
        self.tasks.get(&1).map(|t| &t.shell)
    }

    pub fn top_mut(&mut self) -> Option<&mut Shell> {
        self.tasks.get_mut(&1).map(|t| &mut t.shell)
    }

    /// Bytes for standard input.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.kernel.input.extend(bytes);
    }

    /// No more input will come (Ctrl-D).
    pub fn end_input(&mut self) {
        self.kernel.input_ended = true;
    }

    /// Input can come again (the next command at a terminal).
    pub fn reopen_input(&mut self) {
        self.kernel.input.clear();
        self.kernel.input_ended = false;
    }

    pub fn resize(&mut self, columns: u32, lines: u32) {
        self.kernel.size = (columns, lines);
    }

    /// Text for the terminal that no command wrote.
    pub fn print(&mut self, text: &str, style: Style) {
        self.kernel.print(text.as_bytes(), style, None);
    }

    /// Puts back what `take_output` gave.
    pub fn print_pieces(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            self.kernel.print(&piece.bytes, piece.style, piece.link);
        }
    }

    /// Whether something waits for a change of the world around it, or for the network.
    pub fn waits_for_change(&self) -> bool {
        matches!(self.status, Some(Status::Waiting(wake)) if wake.change || wake.net)
    }

    /// Whether it can go on without time passing.
    pub fn runnable(&self) -> bool {
        matches!(self.status, None | Some(Status::Running))
    }

    /// What was written since the last call.
    pub fn take_output(&mut self) -> Vec<Piece> {
        self.kernel.out_bytes = 0;
        std::mem::take(&mut self.kernel.out)
    }

    /// Questions to the network, asked since the last call.
    pub fn take_wants(&mut self) -> Vec<(Ticket, Want)> {
        std::mem::take(&mut self.kernel.wants)
    }

    pub fn answer(&mut self, ticket: Ticket, got: Got) {
        self.kernel.got.insert(ticket, got);
    }

    /// Signals sent to processes that are not of this tree (`kill 1` in `kubectl exec`).
    pub fn take_signals(&mut self) -> Vec<(Pid, Signal)> {
        std::mem::take(&mut self.queue)
    }

    /// Process ids and command lines.
    pub fn processes(&self) -> Vec<(Pid, String)> {
        self.tasks.values().map(|t| (t.pid, t.title.to_string())).collect()
    }

    /// When it wants to be polled next, if a time is all it waits for or it can go on now.
    pub fn wake(&self, now: Time) -> Option<Time> {
        match self.status.unwrap_or(Status::Running) {
            Status::Running => Some(now),
            Status::Waiting(wake) => wake.at,
            Status::Exited(_) | Status::Idle => None,
        }
    }

    /// Runs what can run, at most about `budget` steps.
    pub fn poll(&mut self, host: &mut dyn Host, files: &mut Files, budget: u32) -> Status {
        if let Some(code) = self.code {
            return Status::Exited(code);
        }
        let mut left = budget;
        let mut fresh = true;
        let status = loop {
            let mut went = false;
            let pids: Vec<Pid> = self.tasks.keys().copied().collect();
            for pid in pids {
                if left == 0 || !self.can_run(pid, host.now(), fresh) {
                    continue;
                }
                went = true;
                let took = self.slice(pid, host, files, left.min(SLICE));
                self.steps = self.steps.saturating_add(took);
                left = left.saturating_sub(took);
                self.deliver(host, files);
                if let Some(code) = self.code {
                    return Status::Exited(code);
                }
            }
            fresh = false;
            if !went {
                break self.rest();
            }
            if left == 0 {
                break Status::Running;
            }
        };
        self.kernel.sweep(&self.tasks);
        self.status = Some(status);
        status
    }

    /// Bytes of memory that its commands and variables hold beyond what every shell takes.
    pub fn memory(&self) -> u64 {
        if self.kernel.starved {
            return 1 << 40;
        }
        let jobs = self.tasks.values().flat_map(|task| &task.frames).map(|frame| match frame {
            Frame::Job(job) => job.memory(),
            _ => 0,
        });
        let texts = |task: &Task| task.shell.vars.values().map(|var| var.text.len() as u64).sum::<u64>();
        jobs.sum::<u64>() + self.tasks.values().map(texts).max().unwrap_or(0)
    }

    /// How many shells and commands run.
    pub fn count(&self) -> usize {
        self.tasks.len()
    }

    /// Whether it ended only because a text of it grew beyond all bounds.
    pub fn starved(&self) -> bool {
        self.kernel.starved
    }

    /// Steps taken since the last call.
    pub fn take_steps(&mut self) -> u32 {
        std::mem::take(&mut self.steps)
    }

    /// Millicores that its tasks want: a whole CPU for each that could go on at once, and what commands work with that only
    /// seem to wait.
    pub fn demand(&self) -> u32 {
        let one = |task: &Task| match (task.wake, task.frames.last()) {
            (None, Some(_)) => 1000,
            (Some(_), Some(Frame::Job(job))) => job.demand(),
            _ => 0,
        };
        self.tasks.values().map(one).sum()
    }

    /// What it waits for, all tasks together.
    fn rest(&self) -> Status {
        let mut wake = Wake::default();
        for task in self.tasks.values() {
            if let Some(w) = task.wake {
                wake = wake.or(w);
            }
        }
        let idle = self.resident && self.tasks.get(&1).is_some_and(|t| t.frames.is_empty());
        if idle && self.tasks.len() == 1 { Status::Idle } else { Status::Waiting(wake) }
    }

    fn can_run(&self, pid: Pid, now: Time, fresh: bool) -> bool {
        let Some(task) = self.tasks.get(&pid) else { return false };
        if task.frames.is_empty() && self.resident && pid == 1 && task.pending.is_empty() {
            return false;
        }
        let Some(wake) = task.wake else { return true };
        if !task.pending.is_empty() && !matches!(task.frames.last(), Some(Frame::Job(_))) {
            return true;
        }
        let fd = |n: u32| task.fds.get(&n);
        wake.at.is_some_and(|t| t <= now)
            || (wake.change && fresh)
            || (wake.input && fd(0).is_none_or(|f| self.kernel.readable(f, &self.tasks)))
            || (wake.room && fd(1).is_none_or(|f| self.kernel.writable(f, &self.tasks)))
            || (wake.child && self.child_ended(task))
            || (wake.net && fresh && !self.kernel.got.is_empty())
    }

    fn child_ended(&self, task: &Task) -> bool {
        match task.frames.last() {
            Some(Frame::Sub { pid, .. }) => self.kernel.dead.contains_key(pid),
            Some(Frame::Await { pids, .. }) => pids.iter().any(|p| self.kernel.dead.contains_key(p)),
            Some(Frame::Pipeline { pids, .. }) => pids.iter().any(|p| self.kernel.dead.contains_key(p)),
            _ => !self.kernel.dead.is_empty(),
        }
    }

    /// Runs one task for a while; how many steps it took.
    fn slice(&mut self, pid: Pid, host: &mut dyn Host, files: &mut Files, budget: u32) -> u32 {
        let Some(mut task) = self.tasks.remove(&pid) else { return 0 };
        task.wake = None;
        let mut frames = std::mem::take(&mut task.frames);
        let mut sys = Sys {
            files,
            now: host.now(),
            shell: &mut task.shell,
            kernel: &mut self.kernel,
            tasks: &mut self.tasks,
            fds: task.fds.clone(),
            pid,
            broken: false,
            failed: false,
        };
        let mut used = 0;
        let mut end = None;
        while used < budget {
            used += 1;
            if let Some(signal) = next_trap(&mut task.pending, &frames) {
                run_trap(signal.name(), &mut sys, &mut frames);
            }
            if frames.is_empty() {
                if self.resident && pid == 1 && !task.left {
                    break;
                }
                if run_trap("EXIT", &mut sys, &mut frames) {
                    continue;
                }
                end = Some(sys.shell.status);
                break;
            }
            match run(host, &mut sys, &mut frames) {
                Step::Go => {}
                Step::Leave => {
                    frames.clear();
                    task.left = true;
                }
                Step::Wait(wake) => task.wake = Some(wake),
            }
            used = used.saturating_add(std::mem::take(&mut sys.kernel.charge));
            if std::mem::take(&mut sys.failed) {
                if matches!(frames.last(), Some(Frame::Job(_))) {
                    frames.pop();
                    task.wake = None;
                }
                sys.shell.status = 1;
            }
            if sys.broken {
                end = Some(141);
            }
            if end.is_some() || task.wake.is_some() {
                break;
            }
        }
        task.fds = std::mem::take(&mut sys.fds);
        task.frames = frames;
        match end {
            Some(code) if pid == 1 && self.resident && !task.left => {
                // the learner's shell does not die of a broken pipe
                task.shell.status = code;
                task.frames.clear();
                self.tasks.insert(pid, task);
            }
            Some(code) => self.finish(task, code),
            None => {
                self.tasks.insert(pid, task);
            }
        }
        used
    }

    fn finish(&mut self, task: Task, code: i32) {
        self.kernel.dead.insert(task.pid, code & 255);
        if task.pid == 1 {
            self.code = Some(code & 255);
            self.status = Some(Status::Exited(code & 255));
            self.tasks.clear();
        }
    }

    /// Signals that `kill` sent within the tree.
    fn deliver(&mut self, host: &mut dyn Host, files: &mut Files) {
        for (pid, signal) in std::mem::take(&mut self.kernel.signals) {
            if self.tasks.contains_key(&pid) {
                self.signal_task(pid, signal, host, files);
            } else {
                self.queue.push((pid, signal));
            }
        }
    }

    /// A signal for the program itself (PID 1 of its tree). `init`: it is the first process of a container, which a
    /// signal without a handler does not reach.
    pub fn signal(&mut self, signal: Signal, init: bool, host: &mut dyn Host, files: &mut Files) {
        if self.code.is_some() {
            return;
        }
        let trapped = self.tasks.get(&1).is_some_and(|t| t.shell.trap(signal).is_some());
        let handled = self
            .tasks
            .get(&1)
            .is_some_and(|t| matches!(t.frames.as_slice(), [.., Frame::Job(job)] if job.hears()) && !t.has_more());
        if signal == Signal::Kill || trapped || handled || !init {
            self.signal_task(1, signal, host, files);
        }
    }

    fn signal_task(&mut self, pid: Pid, signal: Signal, host: &mut dyn Host, files: &mut Files) {
        let Some(task) = self.tasks.get_mut(&pid) else { return };
        if signal != Signal::Kill {
            match task.shell.trap(signal) {
                Some("") => return,
                Some(_) => {
                    task.pending.push_back(signal);
                    return;
                }
                None => {}
            }
            if let Some(code) = self.signal_job(pid, signal, host, files) {
                if let Some(code) = code {
                    self.end(pid, code)
                }
                return;
            }
        }
        self.end(pid, 128 + signal.number());
    }

    /// Asks the job of a task what a signal does to it: None if there is no job, Some(None) if it goes on.
    fn signal_job(&mut self, pid: Pid, signal: Signal, host: &mut dyn Host, files: &mut Files) -> Option<Option<i32>> {
        let mut task = self.tasks.remove(&pid)?;
        let Some(Frame::Job(mut job)) = task.frames.pop_if(|f| matches!(f, Frame::Job(_))) else {
            self.tasks.insert(pid, task);
            return None;
        };
        let mut sys = Sys {
            files,
            now: host.now(),
            shell: &mut task.shell,
            kernel: &mut self.kernel,
            tasks: &mut self.tasks,
            fds: task.fds.clone(),
            pid,
            broken: false,
            failed: false,
        };
        let answer = job.signal(signal, host, &mut sys);
        task.frames.push(Frame::Job(job));
        task.wake = None;
        self.tasks.insert(pid, task);
        Some(answer)
    }

    fn end(&mut self, pid: Pid, code: i32) {
        let children: Vec<Pid> = self.tasks.values().filter(|t| t.parent == pid).map(|t| t.pid).collect();
        if let Some(task) = self.tasks.remove(&pid) {
            for child in children {
                self.end(child, code);
            }
            self.finish(task, code);
        }
    }

    /// Ctrl-C at the terminal: ends what runs in the foreground; a waiting shell stays.
    pub fn interrupt(&mut self, host: &mut dyn Host, files: &mut Files) {
        if !self.resident {
            self.signal(Signal::Int, false, host, files);
            return;
        }
        let Some(top) = self.tasks.get(&1) else { return };
        let kept: Vec<Pid> = top.shell.background.iter().map(|b| b.pid).collect();
        let mut code = 130;
        if let Some(Some(c)) = self.signal_job(1, Signal::Int, host, files) {
            code = c;
        }
        let foreground: Vec<Pid> =
            self.tasks.values().filter(|t| t.parent == 1 && !kept.contains(&t.pid)).map(|t| t.pid).collect();
        for pid in foreground {
            let _ = self.signal_job(pid, Signal::Int, host, files);
            self.end(pid, 130);
        }
        if let Some(task) = self.tasks.get_mut(&1) {
            while let Some(frame) = task.frames.pop() {
                super::run::unwind(frame, &mut task.shell, &mut task.fds);
            }
            task.shell.status = code;
            task.wake = None;
        }
        self.status = Some(Status::Idle);
    }

    /// Whether text is complete enough to be run by `submit`, or why it never will be.
    pub fn check(text: &str) -> Result<(), Syntax> {
        let chars: Vec<char> = text.chars().collect();
        let (mut at, mut line) = (0, 1);
        while let Some(read) = super::lang::parse_line(&chars, at, line)? {
            (at, line) = (read.next, read.line);
        }
        Ok(())
    }
}

impl Task {
    /// Whether commands are left after the one that runs.
    fn has_more(&self) -> bool {
        self.frames.iter().any(|f| match f {
            Frame::Source { text, at, .. } => text[*at..].iter().any(|c| !c.is_whitespace()),
            Frame::List { body, at } => *at < body.items.len(),
            Frame::Chain { chain, at } => *at < chain.rest.len(),
            Frame::While { .. } | Frame::For { .. } | Frame::Count { .. } | Frame::Typed { .. } => true,
            _ => false,
        })
    }
}

fn next_trap(pending: &mut VecDeque<Signal>, frames: &[Frame]) -> Option<Signal> {
    if matches!(frames.last(), Some(Frame::Job(_))) {
        return None;
    }
    pending.pop_front()
}

fn run_trap(name: &str, sys: &mut Sys<'_>, frames: &mut Vec<Frame>) -> bool {
    let Some(text) = sys.shell.traps.get(name).cloned() else { return false };
    if name == "EXIT" {
        Rc::make_mut(&mut sys.shell.traps).remove("EXIT");
    }
    if text.is_empty() {
        return false;
    }
    frames.push(Frame::Trapped(sys.shell.status));
    frames.push(Frame::source(&text));
    true
}
