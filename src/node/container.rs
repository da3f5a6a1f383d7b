//! What the container runtime of one machine holds of a pod: its sandbox, its containers, its volumes.
//!
//! Models: containerd as the kubelet sees it (CRI: `PodSandboxStatus`, `ContainerStatus`), runc's errors.

use super::cpu::Board;
use super::images::{self, Base, Found, Image, Layers};
use super::logs::Logs;
use super::program::{Inside, Launch, Program, State};
use super::room::Room;
use super::scripted::{self, Scripted};
use super::trouble::Ill;
use super::usage::{self, Guests, Leak};
use crate::script::files::{Device, Files, Tree, Usage};
use crate::script::host::Signal;
use crate::script::machine::Process;
use crate::time::{Span, Time};
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Clone, Debug)]
pub struct Sandbox {
    pub id: Rc<str>,
    /// Empty on the host's network.
    pub address: Rc<str>,
    pub host_network: bool,
    pub created: Time,
    pub ready: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    Running,
    Exited { code: i32, reason: &'static str, message: String, at: Time },
}

/// A volume as a container sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub volume: Rc<str>,
    pub path: String,
    /// A path within the volume.
    pub sub: String,
    pub read_only: bool,
    pub device: Device,
}

/// A container that is asked to end.
#[derive(Clone, Debug)]
pub struct Stopping {
    pub began: Time,
    /// The end of its grace period: its preStop hook and its turn are waited for until then.
    pub until: Time,
    /// Its preStop hook only sleeps, until then.
    pub sleep: Option<Time>,
    /// A sidecar of a pod that ends: others end before it.
    pub ordered: bool,
    /// When SIGKILL comes; `None` before its first signal was sent.
    pub kill: Option<Time>,
}

impl Stopping {
    /// When something is due by itself.
    pub fn due(&self) -> Time {
        self.kill.unwrap_or_else(|| self.sleep.map_or(self.until, |sleep| sleep.min(self.until)))
    }
}

#[derive(Clone)]
pub struct Container {
    pub id: Rc<str>,
    /// How often it was restarted before this one.
    pub attempt: i32,
    /// `docker.io/library/nginx:1.27`
    pub image: Rc<str>,
    /// `docker.io/library/nginx@sha256:...`
    pub image_id: Rc<str>,
    pub kind: &'static dyn Image,
    pub base: Base,
    pub stop_signal: Signal,
    pub created: Time,
    /// Never for one that could not be started.
    pub started: Option<Time>,
    pub phase: Phase,
    pub launch: Rc<Launch>,
    pub files: Files,
    pub mounts: Rc<Vec<Mount>>,
    pub logs: Logs,
    pub program: Box<dyn Program>,
    /// When the program wants to be ticked.
    pub wake: Option<Time>,
    /// See [`Inside::pace`].
    pub pace: u32,
    /// Its end has been noted where CPU time is counted.
    pub counted: bool,
    pub stopping: Option<Stopping>,
    /// Where the program may leave its last words, and whether the end of its log takes their place after an error.
    pub termination_log: Rc<str>,
    pub log_on_error: bool,
    /// The least memory that its program takes.
    pub floor: u64,
    pub leak: Option<Leak>,
    /// Bytes that it wrote to file systems in memory, and what it will not give back any more.
    pub tmpfs: u64,
    /// Memory of commands that run beside its program.
    pub guests: Guests,
    /// What its image put into its file system.
    pub base_usage: Usage,
    /// What is wrong with its program.
    pub ill: Ill,
    /// Its program does nothing before this moment.
    pub late: Option<Time>,
}

/// A container that only exists to say why it did not start.
#[derive(Clone)]
struct Nothing;

impl Program for Nothing {
    fn tick(&mut self, _: &mut Inside<'_>) -> State {
        State::Exited(128)
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(Nothing)
    }
}

/// All that a container is made from.
#[derive(Clone)]
pub struct Plan {
    pub id: Rc<str>,
    pub attempt: i32,
    pub found: Found,
    pub launch: Launch,
    pub mounts: Vec<Mount>,
    pub read_only: bool,
    pub termination_log: Rc<str>,
    pub log_on_error: bool,
    /// How long its program takes before it begins.
    pub late: Span,
}

impl Container {
    /// Creates and starts a container; runc's words when the program cannot be started.
    pub fn start(
        plan: Plan,
        layers: &mut Layers,
        volumes: &mut BTreeMap<Rc<str>, Tree>,
        now: Time,
    ) -> (Container, Option<String>) {
        let config = plan.found.image.config();
        let tag = plan.found.reference.tag.clone();
        let base = if tag.contains("alpine") && config.base == Base::Debian { Base::Alpine } else { config.base };
        let mut files = images::files(plan.found.image, base, &tag, &plan.launch, layers);
        files.freeze(plan.read_only);
        if !files.exists(&plan.termination_log) {
            let _ = files.mkdirs(crate::script::files::parent(&plan.termination_log), now);
            let _ = files.write(&plan.termination_log, b"", now);
            let _ = files.chmod(&plan.termination_log, 0o666);
        }
        files.who = plan.launch.who();
        (files.disk, files.facts) = (plan.launch.disk, Some(plan.launch.facts));
        let base_usage = files.usage();
        let repository = plan.found.reference.repository();
        let mut container = Container {
            id: plan.id,
            attempt: plan.attempt,
            image: plan.found.reference.to_string().into(),
            image_id: format!("{repository}@{}", plan.found.digest).into(),
            kind: plan.found.image,
            base,
            stop_signal: config.stop,
            created: now,
            started: Some(now),
            phase: Phase::Running,
            launch: Rc::new(Launch { at: now + plan.late, ..plan.launch }),
            files,
            mounts: Rc::new(plan.mounts),
            logs: Logs::default(),
            program: Box::new(Nothing),
            pace: 1000,
            counted: false,
            wake: Some(now + plan.late),
            ill: Ill::default(),
            late: (plan.late > Span::ZERO).then_some(now + plan.late),
            stopping: None,
            termination_log: plan.termination_log,
            log_on_error: plan.log_on_error,
            floor: 0,
            leak: None,
            tmpfs: 0,
            guests: Guests::new(),
            base_usage,
        };
        let launch = container.launch.clone();
        let program = container.inside(volumes, now, |_, inside| {
            if !launch.cwd.is_empty() && inside.files.is_file(&launch.cwd) {
                return Err(scripted::no_directory(&launch.cwd));
            }
            if let Some(program) = plan.found.image.start(&launch, inside.files) {
                return Ok((program, usage::typical(&repository)));
            }
            // The usual entry point hands over to whatever else it is given.
            let entered = launch.argv.len() > 1 && launch.argv[0].ends_with("docker-entrypoint.sh");
            let launch = match entered {
                true => Rc::new(Launch { argv: launch.argv[1..].to_vec(), ..(*launch).clone() }),
                false => launch.clone(),
            };
            let name = launch.argv.first().map_or("", String::as_str);
            match scripted::has(base, name, inside.files) || images::has_tool(plan.found.image, name) {
                true => Ok((Box::new(Scripted::new(plan.found.image, base, &launch)) as Box<dyn Program>, 0)),
                false => Err(scripted::missing(name, inside.files)),
            }
        });
        match program {
            Ok((program, floor)) => {
                (container.program, container.floor) = (program, floor);
                container.tick(volumes, now);
                (container, None)
            }
            Err(why) => {
                let why = not_started(&why);
                container.started = None;
                container.wake = None;
                container.phase = Phase::Exited { code: 128, reason: "StartError", message: why.clone(), at: now };
                (container, Some(why))
            }
        }
    }

    /// Microseconds of CPU time it has used since it was started.
    pub fn cpu_time(&self, board: &Board, now: Time) -> u64 {
        let age = self.started.map_or(0, |started| now.since(started).0);
        age * u64::from(self.program.idle()) / 1000 + board.used(&self.id, now)
    }

    /// Its working set in bytes: its memory, and a little that differs from process to process.
    pub fn working_set(&self, now: Time) -> u64 {
        let own = self.id.bytes().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        self.memory(now) + own % 200 * 4096
    }

    pub fn running(&self) -> bool {
        self.phase == Phase::Running
    }

    /// Whether its program accepts connections at a port.
    pub fn listens(&self, port: u16, now: Time) -> bool {
        self.late.is_none_or(|late| late <= now) && self.program.listens(port, now)
    }

    /// A command beside its program (exec, probe, hook), and the room it runs in.
    ///
    /// # Errors
    /// runc's words when there is no such program.
    pub fn command(&self, argv: &[String], tty: bool, now: Time) -> Result<(Process, Room), String> {
        let launch = Launch { argv: argv.to_vec(), tty, stdin: true, at: now, ..(*self.launch).clone() };
        let name = argv.first().map_or("", String::as_str);
        let own = || self.kind.start(&launch, &mut self.files.clone()).is_some();
        let extra = self.kind.config().extra.contains(&name) || images::has_tool(self.kind, name);
        if !scripted::has(self.base, name, &self.files) && !extra && !own() {
            return Err(scripted::missing(name, &self.files));
        }
        let process = Process::exec(&scripted::start(self.base, &launch), argv);
        Ok((process, Room::new(Some(self.kind), self.base, Rc::new(launch))))
    }

    /// Runs something with the container's files, volumes mounted, and its logs.
    pub fn inside<R>(
        &mut self,
        volumes: &mut BTreeMap<Rc<str>, Tree>,
        now: Time,
        act: impl FnOnce(&mut Box<dyn Program>, &mut Inside<'_>) -> R,
    ) -> R {
        let mounts = self.mounts.clone();
        for mount in mounts.iter() {
            if let Some(tree) = volumes.get(&mount.volume).and_then(|tree| part(tree, &mount.sub)) {
                self.files.mount_on(&mount.path, tree, mount.read_only, mount.device);
            }
        }
        let before = self.in_memory();
        let launch = self.launch.clone();
        let pace = self.pace;
        let mut inside = Inside { now, files: &mut self.files, logs: &mut self.logs, launch: &launch, pace };
        let result = act(&mut self.program, &mut inside);
        self.tmpfs = (self.tmpfs + self.in_memory()).saturating_sub(before);
        for mount in mounts.iter().rev() {
            let Some(tree) = self.files.unmount(&mount.path) else { continue };
            if !mount.read_only {
                put_part(volumes, mount, tree);
            }
        }
        result
    }

    /// Bytes in file systems in memory that it may write to.
    fn in_memory(&self) -> u64 {
        let writable = self.mounts.iter().any(|m| !m.read_only && matches!(m.device, Device::Memory(_)));
        if !writable {
            return 0;
        }
        let all = self.files.mounts().filter(|(_, device, _)| matches!(device, Device::Memory(_)));
        all.map(|(_, _, usage)| usage.bytes).sum()
    }

    /// Lets the program work; true when it ended by that.
    pub fn tick(&mut self, volumes: &mut BTreeMap<Rc<str>, Tree>, now: Time) -> bool {
        if !self.running() || self.ill.hung {
            self.wake = None;
            return false;
        }
        if let Some(late) = self.late.filter(|late| *late > now) {
            self.wake = Some(late);
            return false;
        }
        let state = self.inside(volumes, now, |program, inside| program.tick(inside));
        self.settle(state, volumes, now)
    }

    /// Sends a signal to process 1.
    pub fn signal(&mut self, signal: Signal, volumes: &mut BTreeMap<Rc<str>, Tree>, now: Time) -> bool {
        if !self.running() {
            return false;
        }
        let state = match signal {
            Signal::Kill => State::Exited(137),
            // What stands still hears nothing.
            _ if self.ill.hung => return false,
            signal => self.inside(volumes, now, |program, inside| program.signal(signal, inside)),
        };
        self.settle(state, volumes, now)
    }

    fn settle(&mut self, state: State, volumes: &mut BTreeMap<Rc<str>, Tree>, now: Time) -> bool {
        if self.over_limit(now) {
            self.end(137, "OOMKilled", volumes, now);
            return true;
        }
        match state {
            State::Running(wake) => {
                self.wake = wake;
                false
            }
            State::Exited(code) => {
                self.end(code, if code == 0 { "Completed" } else { "Error" }, volumes, now);
                true
            }
        }
    }

    /// It is over.
    pub fn end(&mut self, code: i32, reason: &'static str, volumes: &mut BTreeMap<Rc<str>, Tree>, now: Time) {
        self.logs.close(now);
        let path = self.termination_log.clone();
        let message = self.inside(volumes, now, |_, inside| inside.files.text(&path).unwrap_or_default());
        let mut message: String = message.chars().take(4096).collect();
        if message.is_empty() && code != 0 && self.log_on_error {
            message = self.logs.last(80, 2048);
        }
        self.phase = Phase::Exited { code, reason, message, at: now };
        self.wake = None;
        self.stopping = None;
    }
}

fn part(tree: &Tree, sub: &str) -> Option<Tree> {
    if sub.is_empty() {
        return Some(tree.clone());
    }
    let mut files = Files::new();
    files.plant("/v", tree.clone());
    let path = format!("/v/{sub}");
    if !files.exists(&path) {
        let _ = files.mkdirs(&path, Time::ZERO);
    }
    files.tree(&path)
}

fn put_part(volumes: &mut BTreeMap<Rc<str>, Tree>, mount: &Mount, tree: Tree) {
    if mount.sub.is_empty() {
        volumes.insert(mount.volume.clone(), tree);
        return;
    }
    let mut files = Files::new();
    files.plant("/v", volumes.get(&mount.volume).cloned().unwrap_or_else(Tree::dir));
    files.plant(&format!("/v/{}", mount.sub), tree);
    if let Some(whole) = files.tree("/v") {
        volumes.insert(mount.volume.clone(), whole);
    }
}

/// Why a program could not be started.
fn not_started(why: &str) -> String {
    format!(
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: {why}: unknown"
    )
}
