//! The shell as a value: lines go in, spans come out, the world is lent for each poll.

use std::rc::Rc;

use crate::net::Source;
use crate::script::files::{Files, Tree};
use crate::script::host::{Got, Ticket, Want};
use crate::script::machine::{Process, Start, Status};
use crate::script::shell::Dialect;
use crate::time::Time;
use crate::world::World;

use super::command::Completion;
use super::kubectl::kubeconfig::Kubeconfig;
use super::{complete, history, tunnel};

pub use crate::script::sys::Style;

pub const HOME: &str = "/home/learner";
/// Lines kept in the history.
pub const HISTORY: usize = 500;
/// Steps in one poll unless the caller says otherwise.
pub const BUDGET: u32 = 20_000;

/// An object that a piece of output names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub kind: String,
    /// Empty for objects without one.
    pub namespace: String,
    pub name: String,
}

impl Link {
    /// As output carries it: `kind/namespace/name`.
    pub fn code(&self) -> Rc<str> {
        format!("{}/{}/{}", self.kind, self.namespace, self.name).into()
    }

    pub fn parse(code: &str) -> Option<Link> {
        let mut parts = code.splitn(3, '/');
        let mut next = || parts.next().map(str::to_owned);
        Some(Link { kind: next()?, namespace: next()?, name: next()? })
    }
}

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub style: Style,
    pub link: Option<Link>,
}

/// Something only the page can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Open a file in the editor; the path is absolute.
    Edit(String),
    /// The learner left the shell.
    Exit(i32),
}

/// The learner's terminal session.
#[derive(Clone)]
pub struct Shell {
    process: Process,
    pub files: Files,
    asks: Vec<Ask>,
    /// Answers of the network on their way.
    landing: Vec<(Time, Ticket, Got)>,
    /// Typed text that is no whole command yet.
    pending: String,
    /// Bytes of a character that was cut between two pieces of output.
    cut: Vec<u8>,
    exited: Option<i32>,
    start: Start,
    interactive: bool,
}

impl Shell {
    /// A shell in a fresh home directory, with the cluster's kubeconfig.
    pub fn new() -> Shell {
        let mut files = Files::new();
        let config = Kubeconfig::admin().to_yaml();
        for dir in [HOME, "/root", "/etc", "/var/tmp", "/usr/local/bin", "/bin"] {
            let _ = files.mkdirs(dir, Time::ZERO);
        }
        files.plant("/etc/hostname", Tree::file("laptop\n", 0o644, Time::ZERO));
        files.plant("/etc/hosts", Tree::file("127.0.0.1\tlocalhost\n127.0.1.1\tlaptop\n", 0o644, Time::ZERO));
        files.plant(&format!("{HOME}/.kube/config"), Tree::file(config, 0o600, Time::ZERO));
        Shell::with_files(files)
    }

    /// The language in which the commands of this floor speak: `ko_KR.UTF-8`.
    pub fn speak(&mut self, locale: &str) {
        self.process.export("LANG", locale);
        for (name, value) in &mut self.start.env {
            if name == "LANG" {
                locale.clone_into(value);
            }
        }
    }

    /// A new shell over files that exist (the next command of a transcript).
    pub fn with_files(files: Files) -> Shell {
        let start = Start {
            dialect: Dialect::Bash,
            name: "bash".into(),
            cwd: HOME.into(),
            env: [
                ("HOME", HOME),
                ("LANG", "C.UTF-8"),
                ("LOGNAME", "learner"),
                ("PATH", "/usr/local/bin:/usr/bin:/bin"),
                ("SHELL", "/bin/bash"),
                ("TERM", "xterm-256color"),
                ("USER", "learner"),
            ]
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .to_vec(),
            user: "learner".into(),
            hostname: "laptop".into(),
            tty: true,
            seed: 20_260_901,
        };
        Shell {
            process: Process::shell(&start),
            files,
            asks: vec![],
            landing: vec![],
            pending: String::new(),
            cut: vec![],
            exited: None,
            start,
            interactive: true,
        }
    }

    /// No person types: errors name the line as `bash -c` does, standard input is empty, no history, no terminal.
    pub fn script(mut self) -> Shell {
        self.interactive = false;
        self.start.tty = false;
        self.process = Process::shell(&self.start);
        if let Some(shell) = self.process.top_mut() {
            shell.interactive = false;
        }
        self.process.end_input();
        self
    }

    /// What stands before the cursor: `learner@laptop:~$ `, or `> ` in the middle of a command.
    pub fn prompt(&self) -> String {
        if !self.pending.is_empty() {
            return "> ".into();
        }
        let cwd = self.cwd();
        let dir = match cwd.strip_prefix(HOME) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
            _ => cwd,
        };
        format!("learner@laptop:{dir}$ ")
    }

    pub fn cwd(&self) -> String {
        self.process.top().map_or(HOME.into(), |s| s.cwd.clone())
    }

    /// The value of a variable.
    pub fn var(&self, name: &str) -> Option<String> {
        self.process.top().and_then(|s| s.get(name)).map(|t| t.to_string())
    }

    /// `$?`
    pub fn status(&self) -> i32 {
        self.exited.unwrap_or_else(|| self.process.top().map_or(0, |s| s.status))
    }

    /// Lines typed so far, oldest first.
    pub fn history(&self) -> Rc<Vec<String>> {
        self.process.top().map_or_else(Rc::default, |s| s.history.clone())
    }

    /// A line was typed. While a command runs it is that command's input; otherwise it is run as soon as it is complete.
    pub fn submit(&mut self, line: &str, world: &mut World) {
        if self.busy() {
            self.process.feed(format!("{line}\n").as_bytes());
            return;
        }
        let mut line = line.to_owned();
        if self.interactive && self.pending.is_empty() {
            match history::expand(&line, &self.history()) {
                Ok(Some(expanded)) => {
                    self.process.print(&format!("{expanded}\n"), Style::Plain);
                    line = expanded;
                }
                Ok(None) => {}
                Err(message) => {
                    self.process.print(&format!("bash: {message}\n"), Style::Error);
                    return;
                }
            }
        }
        self.pending.push_str(&line);
        self.pending.push('\n');
        match Process::check(&self.pending) {
            Err(syntax) if syntax.incomplete() && self.interactive => return,
            _ => {}
        }
        let text = std::mem::take(&mut self.pending);
        if self.interactive {
            self.remember(text.trim_end());
        }
        self.run(&text, world);
    }

    /// Runs a text as it is, complete or not.
    pub fn run(&mut self, text: &str, world: &mut World) {
        if self.interactive {
            self.process.reopen_input();
        }
        self.process.submit(text);
        self.poll(world, BUDGET);
    }

    fn remember(&mut self, line: &str) {
        if let Some(shell) = self.process.top_mut()
            && !line.trim().is_empty()
            && !line.starts_with(' ')
            && shell.history.last().is_none_or(|last| last != line)
        {
            let lines = Rc::make_mut(&mut shell.history);
            lines.push(line.to_owned());
            if lines.len() > HISTORY {
                lines.remove(0);
            }
        }
    }

    /// Puts back a history that was saved.
    pub fn set_history(&mut self, lines: Vec<String>) {
        if let Some(shell) = self.process.top_mut() {
            shell.history = Rc::new(lines);
        }
    }

    /// Lets what runs go on for about `budget` steps; whether something still runs.
    pub fn poll(&mut self, world: &mut World, budget: u32) -> bool {
        self.land(world.now);
        let status = self.process.poll(world, &mut self.files, budget);
        let mut visited = false;
        for (ticket, want) in self.process.take_wants() {
            match want {
                Want::Edit { path } => self.asks.push(Ask::Edit(path)),
                want => {
                    let cause = world.journal.last_command();
                    let answer = match tunnel::pass(&mut self.process, &want, world, cause) {
                        Some(answer) => {
                            visited = true;
                            Some(answer)
                        }
                        None => world.exchange(&Source::Outside, &want, cause),
                    };
                    if let Some((got, takes)) = answer {
                        self.landing.push((world.now + takes, ticket, got));
                    }
                }
            }
        }
        // who listens hears of a visitor before the visitor gets an answer
        let status = if visited { self.process.poll(world, &mut self.files, budget) } else { status };
        if let Status::Exited(code) = status {
            self.leave(code);
        }
        self.busy()
    }

    /// Hands in the answers of the network that have arrived.
    fn land(&mut self, now: Time) {
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.landing).into_iter().partition(|(at, ..)| *at <= now);
        self.landing = later;
        for (_, ticket, got) in due {
            self.process.answer(ticket, got);
        }
    }

    /// `exit`: a page cannot be left, so a new shell stands there with the same files and history.
    fn leave(&mut self, code: i32) {
        self.exited = Some(code);
        if self.interactive {
            let history = self.history();
            let output = self.process.take_output();
            self.process = Process::shell(&self.start);
            self.process.print_pieces(output);
            self.set_history(history.to_vec());
            self.asks.push(Ask::Exit(code));
        }
    }

    /// The code given to `exit`, if the shell was left.
    pub fn exited(&self) -> Option<i32> {
        self.exited
    }

    /// Whether a command runs in the foreground.
    pub fn busy(&self) -> bool {
        self.process.busy()
    }

    /// Whether commands run in the background.
    pub fn has_background(&self) -> bool {
        self.process.has_background()
    }

    /// When a job wants to be polled next; `now` if at once, None if only a change, input or nothing can wake one.
    pub fn wake(&self, world: &World) -> Option<Time> {
        self.landing.iter().map(|(at, ..)| *at).chain(self.process.wake(world.now)).min()
    }

    /// Whether what runs wants to look at every change of the world.
    pub fn waits_for_change(&self) -> bool {
        self.process.waits_for_change()
    }

    /// Whether more can be done without time passing.
    pub fn runnable(&self) -> bool {
        self.process.runnable()
    }

    /// Ends what runs, without a word.
    pub fn stop(&mut self, world: &mut World) {
        self.process.interrupt(world, &mut self.files);
    }

    /// Ctrl-C.
    pub fn interrupt(&mut self, world: &mut World) {
        self.pending.clear();
        self.process.print("^C\n", Style::Plain);
        if self.busy() {
            self.process.interrupt(world, &mut self.files);
        } else if let Some(shell) = self.process.top_mut() {
            shell.status = 130;
        }
    }

    /// Ctrl-D: the end of input for what runs; at the prompt it leaves the shell.
    pub fn end_of_input(&mut self, world: &mut World) {
        if self.busy() {
            self.process.end_input();
        } else if self.pending.is_empty() {
            self.run("exit", world);
        }
    }

    /// Columns and lines of the terminal.
    pub fn resize(&mut self, columns: u32, lines: u32) {
        self.process.resize(columns, lines);
    }

    /// What was written since the last call.
    pub fn take_output(&mut self) -> Vec<Span> {
        let mut out = vec![];
        for piece in self.process.take_output() {
            let mut bytes = std::mem::take(&mut self.cut);
            bytes.extend(piece.bytes);
            let keep = match std::str::from_utf8(&bytes) {
                Err(e) if e.error_len().is_none() => e.valid_up_to(),
                _ => bytes.len(),
            };
            self.cut = bytes.split_off(keep);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let link = piece.link.as_deref().and_then(Link::parse);
            if !text.is_empty() || matches!(piece.style, Style::Clear | Style::Screen) {
                out.push(Span { text, style: piece.style, link });
            }
        }
        out
    }

    /// What the page is asked to do.
    pub fn take_asks(&mut self) -> Vec<Ask> {
        std::mem::take(&mut self.asks)
    }

    /// Ways to go on at a place of the line: where the word begins (a byte), and what may stand there.
    pub fn complete(&self, line: &str, cursor: usize, world: &World) -> (usize, Vec<Completion>) {
        complete::complete(self, self.process.top(), line, cursor, world)
    }
}

impl Default for Shell {
    fn default() -> Self {
        Shell::new()
    }
}
