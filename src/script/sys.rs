//! What a running command sees: its descriptors, files, variables, children, and the questions it may ask.
//!
//! Models: Linux processes, pipes and open files, as far as a shell shows them.
//! Left out: terminals with modes, process groups, file locks.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::time::Time;

use super::files::{Fault, Files};
use super::host::{Got, Signal, Ticket, Want};
use super::machine::{Frame, Task};
use super::shell::Shell;

/// What a pipe holds before its writer must wait, in bytes.
pub const PIPE: usize = 64 << 10;
/// What `$( )` may capture, in bytes.
const CAPTURE: usize = 4 << 20;
/// What the terminal holds before a writer must wait until somebody reads it, in bytes.
pub const SCREEN: usize = 256 << 10;
/// Tasks at one time; one more and fork fails.
pub const MAX_TASKS: usize = 48;

pub type Pid = u32;

/// How a piece of output looks in a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    #[default]
    Plain,
    /// Written to standard error.
    Error,
    Dim,
    Strong,
    Prompt,
    /// The command line that was typed.
    Input,
    Good,
    Busy,
    Bad,
    Idle,
    /// Empty the screen before what follows.
    Clear,
    /// What follows replaces what was written since the last `Screen` (watch).
    Screen,
}

/// Output for the terminal. `link` names what the text stands for, in words of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    pub bytes: Vec<u8>,
    pub style: Style,
    pub link: Option<Rc<str>>,
}

/// Where a descriptor leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fd {
    Null,
    /// The process's standard input, output and error.
    In,
    Out,
    Err,
    Reader(u32),
    Writer(u32),
    Open(u32),
    /// A device without end; true when its bytes are chance.
    Endless(bool),
}

pub type Fds = Rc<BTreeMap<u32, Fd>>;

#[derive(Clone, Debug, Default)]
struct Pipe {
    data: VecDeque<u8>,
    capture: bool,
}

#[derive(Clone, Debug)]
struct Open {
    path: Rc<str>,
    /// A text instead of a file (here-documents).
    text: Option<Rc<Vec<u8>>>,
    at: usize,
    append: bool,
}

/// Pipes, open files, terminal and questions of one process tree.
#[derive(Clone, Debug, Default)]
pub struct Kernel {
    pipes: BTreeMap<u32, Pipe>,
    opens: BTreeMap<u32, Open>,
    next: u32,
    pub(super) input: VecDeque<u8>,
    pub(super) input_ended: bool,
    pub(super) tty: bool,
    pub(super) out: Vec<Piece>,
    pub(super) out_bytes: usize,
    pub(super) wants: Vec<(Ticket, Want)>,
    pub(super) got: BTreeMap<Ticket, Got>,
    pub(super) dead: BTreeMap<Pid, i32>,
    pub(super) doors: BTreeMap<u16, super::doors::Door>,
    pub(super) next_pid: Pid,
    pub(super) signals: Vec<(Pid, Signal)>,
    /// Forks refused since the last command was typed.
    pub(super) refused: u32,
    /// A text grew beyond all bounds: with more memory it would have gone on.
    pub(super) starved: bool,
    /// Steps that the running task has to pay for its work.
    pub(super) charge: u32,
    /// Columns and lines of the terminal.
    pub(super) size: (u32, u32),
}

/// What a read brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    Data(Vec<u8>),
    /// A line without its line end (or the last piece without one).
    End,
    /// Nothing now: wait with `Wake::input()`.
    Empty,
}

impl Kernel {
    pub(super) fn new(tty: bool) -> Kernel {
        Kernel { tty, next_pid: 1, size: (80, 24), ..Kernel::default() }
    }

    fn id(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    pub(super) fn pipe(&mut self, capture: bool) -> u32 {
        let id = self.id();
        self.pipes.insert(id, Pipe { data: VecDeque::new(), capture });
        id
    }

    pub(super) fn drain(&mut self, pipe: u32) -> Vec<u8> {
        self.pipes.remove(&pipe).map(|p| p.data.into()).unwrap_or_default()
    }

    pub(super) fn open_text(&mut self, text: Vec<u8>) -> Fd {
        let id = self.id();
        self.opens.insert(id, Open { path: "".into(), text: Some(Rc::new(text)), at: 0, append: false });
        Fd::Open(id)
    }

    pub(super) fn open_file(&mut self, path: &str, append: bool) -> Fd {
        let id = self.id();
        self.opens.insert(id, Open { path: path.into(), text: None, at: 0, append });
        Fd::Open(id)
    }

    /// Forgets pipes and files that no descriptor leads to.
    pub(super) fn sweep(&mut self, tasks: &BTreeMap<Pid, Task>) {
        if self.pipes.len() + self.opens.len() < 64 {
            return;
        }
        let mut held: Vec<Fd> = vec![];
        for task in tasks.values() {
            task.each_fd(&mut |fd| held.push(fd.clone()));
        }
        self.pipes.retain(|id, _| held.contains(&Fd::Reader(*id)) || held.contains(&Fd::Writer(*id)));
        self.opens.retain(|id, _| held.contains(&Fd::Open(*id)));
        while self.dead.len() > 256 {
            self.dead.pop_first();
        }
    }

    pub(super) fn readable(&self, fd: &Fd, tasks: &BTreeMap<Pid, Task>) -> bool {
        match fd {
            Fd::In => !self.input.is_empty() || self.input_ended,
            Fd::Reader(id) => self.pipes.get(id).is_none_or(|p| !p.data.is_empty()) || !held(tasks, &Fd::Writer(*id)),
            _ => true,
        }
    }

    pub(super) fn writable(&self, fd: &Fd, tasks: &BTreeMap<Pid, Task>) -> bool {
        match fd {
            Fd::Out | Fd::Err => self.out_bytes < SCREEN,
            Fd::Writer(id) => {
                self.pipes.get(id).is_none_or(|p| p.capture || p.data.len() < PIPE) || self.broken(*id, tasks)
            }
            _ => true,
        }
    }

    fn broken(&self, id: u32, tasks: &BTreeMap<Pid, Task>) -> bool {
        match self.pipes.get(&id) {
            None => true,
            Some(p) if p.capture => p.data.len() > CAPTURE,
            Some(_) => !held(tasks, &Fd::Reader(id)),
        }
    }

    pub(super) fn print(&mut self, bytes: &[u8], style: Style, link: Option<Rc<str>>) {
        self.out_bytes += bytes.len();
        match self.out.last_mut() {
            Some(last) if last.style == style && last.link == link => last.bytes.extend_from_slice(bytes),
            _ => self.out.push(Piece { bytes: bytes.to_vec(), style, link }),
        }
    }
}

fn held(tasks: &BTreeMap<Pid, Task>, fd: &Fd) -> bool {
    tasks.values().any(|t| {
        let mut found = false;
        t.each_fd(&mut |f| found |= f == fd);
        found
    })
}

/// The system as one task sees it while it runs.
pub struct Sys<'a> {
    pub files: &'a mut Files,
    pub now: Time,
    /// Variables, directory, options of the shell that runs the command.
    pub shell: &'a mut Shell,
    pub(super) kernel: &'a mut Kernel,
    /// All other tasks.
    pub(super) tasks: &'a mut BTreeMap<Pid, Task>,
    pub(super) fds: Fds,
    pub(super) pid: Pid,
    /// A write went to a pipe that nobody reads.
    pub(super) broken: bool,
    /// A write to a file failed: the running tool ends with 1.
    pub(super) failed: bool,
}

impl Sys<'_> {
    /// Writes text to standard output.
    pub fn out(&mut self, text: &str) {
        self.write(1, text.as_bytes());
    }

    /// Writes text to standard error.
    pub fn err(&mut self, text: &str) {
        self.write(2, text.as_bytes());
    }

    /// Writes styled text to standard output; style and link only reach a terminal.
    pub fn paint(&mut self, text: &str, style: Style, link: Option<Rc<str>>) {
        if self.fds.get(&1) == Some(&Fd::Out) {
            self.kernel.print(text.as_bytes(), style, link);
        } else {
            self.out(text);
        }
    }

    /// Counts work as steps of the running task, so that a loop of costly commands is stopped as soon as one of cheap
    /// ones.
    pub fn charge(&mut self, steps: u32) {
        self.kernel.charge = self.kernel.charge.saturating_add(steps);
    }

    pub fn write(&mut self, fd: u32, bytes: &[u8]) {
        self.charge((bytes.len() / 64) as u32);
        let Some(target) = self.fds.get(&fd).cloned() else { return };
        match target {
            Fd::Out => self.kernel.print(bytes, Style::Plain, None),
            Fd::Err => self.kernel.print(bytes, Style::Error, None),
            Fd::Writer(id) => {
                if self.kernel.broken(id, self.tasks) {
                    self.broken = true;
                } else if let Some(pipe) = self.kernel.pipes.get_mut(&id) {
                    pipe.data.extend(bytes);
                }
            }
            Fd::Open(id) => {
                if let Err(fault) = self.write_file(id, bytes) {
                    let line = format!("{}: write error: {fault}\n", self.shell.name);
                    if fd != 2 {
                        self.write(2, line.as_bytes());
                    }
                    self.failed = true;
                }
            }
            Fd::Null | Fd::In | Fd::Reader(_) | Fd::Endless(_) => {}
        }
    }

    /// Whether what is written to standard output goes where nobody keeps it byte by byte: a file, /dev/null.
    pub fn takes_bulk(&self) -> bool {
        matches!(self.fds.get(&1), None | Some(Fd::Null | Fd::Open(_) | Fd::Endless(_)))
    }

    /// Whether standard output goes nowhere.
    pub fn is_null(&self) -> bool {
        matches!(self.fds.get(&1), None | Some(Fd::Null))
    }

    /// Bytes of a device without end.
    pub fn noise(&mut self, bytes: usize, random: bool) -> Vec<u8> {
        self.charge((bytes / 64) as u32);
        match random {
            true => (0..bytes).map(|_| (self.shell.next_random() >> 3) as u8).collect(),
            false => vec![0; bytes],
        }
    }

    /// Writes so many bytes that nobody will look at, or that are made as they flow.
    ///
    /// # Errors
    /// There is no room for all of them.
    pub fn pour(&mut self, fd: u32, bytes: u64, random: bool) -> Result<(), Fault> {
        match self.fds.get(&fd).cloned() {
            None | Some(Fd::Null | Fd::In | Fd::Reader(_)) => Ok(()),
            Some(Fd::Endless(_)) => Ok(()),
            Some(Fd::Open(id)) if bytes > 4096 => {
                let Some(open) = self.kernel.opens.get_mut(&id).filter(|open| open.text.is_none()) else {
                    return Ok(());
                };
                let at = (!open.append).then_some(open.at as u64);
                match self.files.extend(&open.path, at, bytes, self.now) {
                    Ok(end) => open.at = end as usize,
                    Err((Fault::NotFound, _)) => {} // removed while open
                    Err((fault, written)) => {
                        open.at += written as usize;
                        return Err(fault);
                    }
                }
                Ok(())
            }
            Some(Fd::Open(id)) => {
                let noise = self.noise(bytes as usize, random);
                self.write_file(id, &noise)
            }
            Some(Fd::Writer(id)) if !random => {
                self.charge((bytes.min(PIPE as u64) / 512) as u32);
                if self.kernel.broken(id, self.tasks) {
                    self.broken = true;
                } else if let Some(pipe) = self.kernel.pipes.get_mut(&id) {
                    pipe.data.resize(pipe.data.len() + bytes.min(PIPE as u64) as usize, 0);
                }
                Ok(())
            }
            Some(Fd::Out | Fd::Err | Fd::Writer(_)) => {
                let noise = self.noise(bytes.min(PIPE as u64) as usize, random);
                self.write(fd, &noise);
                Ok(())
            }
        }
    }

    /// How large a file named on the command line is; `-` is standard input, if that is a file.
    pub fn size_of(&self, name: &str) -> Option<u64> {
        let path = match (name, self.fds.get(&0)) {
            ("-" | "/dev/stdin", Some(Fd::Open(id))) => {
                self.kernel.opens.get(id).filter(|o| o.text.is_none())?.path.to_string()
            }
            ("-" | "/dev/stdin", _) => return None,
            (name, _) => self.resolve(name),
        };
        self.files.stat(&path).ok().filter(|stat| stat.kind == super::files::What::File).map(|stat| stat.size)
    }

    fn write_file(&mut self, id: u32, bytes: &[u8]) -> Result<(), Fault> {
        let Some(open) = self.kernel.opens.get_mut(&id) else { return Ok(()) };
        if open.text.is_some() {
            return Ok(());
        }
        let at = (!open.append).then_some(open.at);
        match self.files.write_at(&open.path, at, bytes, self.now) {
            Ok(end) => {
                open.at = end;
                Ok(())
            }
            Err(Fault::NotFound) => Ok(()), // removed while open
            Err(fault) => Err(fault),
        }
    }

    /// Whether standard output takes more now (otherwise wait with `Wake::room()`).
    pub fn has_room(&self) -> bool {
        self.fds.get(&1).is_none_or(|fd| self.kernel.writable(fd, self.tasks))
    }

    pub(super) fn reader_gone(&self) -> bool {
        match self.fds.get(&1) {
            Some(Fd::Writer(id)) => self.kernel.broken(*id, self.tasks),
            _ => false,
        }
    }

    /// Whether nobody reads the output any more: the task ends as soon as the job returns.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Reads what is there, at most `max` bytes.
    pub fn read(&mut self, fd: u32, max: usize) -> Read {
        self.take(fd, |data| data.len().min(max), max)
    }

    /// Reads one line with its line end; without one only at the end of input.
    pub fn read_line(&mut self, fd: u32) -> Read {
        self.take(fd, |data| data.iter().position(|b| *b == b'\n').map_or(0, |n| n + 1), usize::MAX)
    }

    fn take(&mut self, fd: u32, want: impl Fn(&VecDeque<u8>) -> usize, max: usize) -> Read {
        let Some(source) = self.fds.get(&fd).cloned() else { return Read::End };
        match source {
            Fd::In => {
                let ended = self.kernel.input_ended;
                let n = want(&self.kernel.input);
                cut(&mut self.kernel.input, n, ended)
            }
            Fd::Reader(id) => {
                let ended = !held(self.tasks, &Fd::Writer(id));
                match self.kernel.pipes.get_mut(&id) {
                    Some(pipe) => {
                        let full = pipe.data.len() >= PIPE;
                        let n = want(&pipe.data);
                        cut(&mut pipe.data, n, ended || full)
                    }
                    None => Read::End,
                }
            }
            Fd::Open(id) => self.read_open(id, want, max),
            Fd::Endless(random) => Read::Data(self.noise(max.min(4096), random)),
            Fd::Null | Fd::Out | Fd::Err | Fd::Writer(_) => Read::End,
        }
    }

    fn read_open(&mut self, id: u32, want: impl Fn(&VecDeque<u8>) -> usize, max: usize) -> Read {
        let Some(open) = self.kernel.opens.get_mut(&id) else { return Read::End };
        let data = match &open.text {
            Some(text) => text.clone(),
            None => match self.files.read(&open.path) {
                Ok(data) => data,
                Err(_) => return Read::End,
            },
        };
        let rest = &data[open.at.min(data.len())..];
        if rest.is_empty() {
            return Read::End;
        }
        let look = if max == usize::MAX {
            rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |n| n + 1)
        } else {
            let some: VecDeque<u8> = rest[..rest.len().min(max)].iter().copied().collect();
            want(&some)
        };
        open.at += look;
        Read::Data(rest[..look].to_vec())
    }

    /// All of standard input, once it ended.
    pub fn read_all(&mut self, so_far: &mut Vec<u8>) -> bool {
        loop {
            match self.read(0, PIPE) {
                Read::Data(data) => so_far.extend(data),
                Read::End => return true,
                Read::Empty => return false,
            }
        }
    }

    /// Whether a descriptor is a terminal.
    pub fn is_tty(&self, fd: u32) -> bool {
        self.kernel.tty && matches!(self.fds.get(&fd), Some(Fd::In | Fd::Out | Fd::Err))
    }

    /// Columns and lines of the terminal.
    pub fn size(&self) -> (u32, u32) {
        self.kernel.size
    }

    pub fn env(&self, name: &str) -> Option<Rc<str>> {
        self.shell.vars.get(name).filter(|v| v.exported && !v.unset).map(|v| v.text.clone())
    }

    pub fn resolve(&self, path: &str) -> String {
        self.shell.resolve(path)
    }

    /// The content of a file named on the command line; `/dev/stdin` and `-` are not files here.
    pub fn read_file(&mut self, path: &str) -> Result<Rc<Vec<u8>>, Fault> {
        if path == "/dev/null" {
            return Ok(Rc::default());
        }
        if path.is_empty() {
            return Err(Fault::NotFound);
        }
        let full = if path.ends_with('/') { format!("{}/", self.resolve(path)) } else { self.resolve(path) };
        self.files.read(&full)
    }

    /// Writes a whole file named on the command line.
    pub fn write_whole(&mut self, path: &str, bytes: &[u8]) -> Result<(), Fault> {
        if path == "/dev/null" {
            return Ok(());
        }
        if path == "/dev/stdout" {
            self.write(1, bytes);
            return Ok(());
        }
        let full = self.resolve(path);
        self.files.write(&full, bytes, self.now)
    }

    /// Asks something of the world outside; the answer comes later, `Wake::net()` waits for it.
    pub fn ask(&mut self, want: Want) -> Ticket {
        let ticket = Ticket(self.kernel.id());
        self.kernel.wants.push((ticket, want));
        ticket
    }

    pub fn answer(&mut self, ticket: Ticket) -> Option<Got> {
        self.kernel.got.remove(&ticket)
    }

    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Starts a command as a child with the same descriptors; None if there are too many tasks.
    pub fn spawn(&mut self, argv: Vec<String>) -> Option<Pid> {
        let fds = self.fds.clone();
        self.child(Frame::run(argv), fds)
    }

    /// As `spawn`, with standard input from a text.
    pub fn spawn_fed(&mut self, argv: Vec<String>, input: Option<Vec<u8>>) -> Option<Pid> {
        let mut fds = self.fds.clone();
        let fd = match input {
            Some(text) => self.kernel.open_text(text),
            None => Fd::Null,
        };
        Rc::make_mut(&mut fds).insert(0, fd);
        self.child(Frame::run(argv), fds)
    }

    /// Starts a script or command as a child and collects what it writes; ask with `captured`.
    pub fn spawn_captured(&mut self, argv: Vec<String>) -> Option<(Pid, u32)> {
        let pipe = self.kernel.pipe(true);
        let mut fds = self.fds.clone();
        let table = Rc::make_mut(&mut fds);
        table.insert(0, Fd::Null);
        table.insert(1, Fd::Writer(pipe));
        table.insert(2, Fd::Writer(pipe));
        self.child(Frame::run(argv), fds).map(|pid| (pid, pipe))
    }

    pub fn captured(&mut self, pipe: u32) -> Vec<u8> {
        self.kernel.drain(pipe)
    }

    fn child(&mut self, frame: Frame, fds: Fds) -> Option<Pid> {
        if self.tasks.len() + 1 >= MAX_TASKS {
            return None;
        }
        self.kernel.next_pid += 1;
        let pid = self.kernel.next_pid;
        self.tasks.insert(pid, Task::new(pid, self.pid, self.shell.fork(), vec![frame], fds));
        Some(pid)
    }

    /// The exit code of a child that ended; the code is given once.
    pub fn reap(&mut self, pid: Pid) -> Option<i32> {
        self.kernel.dead.remove(&pid)
    }

    /// Ends a child and all its children.
    pub fn kill(&mut self, pid: Pid, code: i32) {
        let children: Vec<Pid> = self.tasks.values().filter(|t| t.parent == pid).map(|t| t.pid).collect();
        for child in children {
            self.kill(child, code);
        }
        if self.tasks.remove(&pid).is_some() {
            self.kernel.dead.insert(pid, code);
        }
    }

    /// Ends all tasks but the first and this one.
    pub(super) fn end_others(&mut self) {
        let others: Vec<Pid> = self.tasks.keys().copied().filter(|pid| *pid != 1).collect();
        for pid in others {
            self.tasks.remove(&pid);
            self.kernel.dead.insert(pid, 254);
        }
    }

    /// Sends a signal; it arrives after this step.
    pub fn send(&mut self, pid: Pid, signal: Signal) {
        self.kernel.signals.push((pid, signal));
    }

    /// Whether a process of this tree has this id.
    pub fn is_alive(&self, pid: Pid) -> bool {
        pid == self.pid || self.tasks.contains_key(&pid)
    }

    /// Process ids, parents and command names, for `ps`.
    pub fn processes(&self) -> Vec<(Pid, String)> {
        let mut all: Vec<(Pid, String)> = self.tasks.values().map(|t| (t.pid, t.title.to_string())).collect();
        all.push((self.pid, self.shell.name.to_string()));
        all.sort();
        all
    }
}

fn cut(data: &mut VecDeque<u8>, n: usize, ended: bool) -> Read {
    if n > 0 {
        return Read::Data(data.drain(..n).collect());
    }
    if !ended {
        return Read::Empty;
    }
    if data.is_empty() { Read::End } else { Read::Data(data.drain(..).collect()) }
}
