//! Plays transcripts and scripts on a cluster in virtual time.

use crate::script::Files;
use crate::shell::Shell;
use crate::time::{Span, Time};
use crate::world::World;

use super::format::{Entry, Mistake, Reply, parse};

/// What a command costs before and after its work.
const COST: Span = Span(50);
/// The seed of a cluster that a transcript begins itself.
const SEED: u64 = 1;
/// The longest a command may take.
const LIMIT: Span = Span(3_600_000);
/// The longest `@ settle` waits.
const SETTLE: Span = Span(90_000);
/// How often a command may use up its slice without time passing; `while true; do :; done` ends here.
const SLICES: u32 = 300;
const SLICE: u32 = 20_000;
/// The most output kept of one command, in bytes.
const OUTPUT: usize = 4 << 20;

/// A cluster and the files of a learner, ready for commands.
pub struct Runner {
    pub world: World,
    files: Files,
    /// The shell that goes on from command to command (plain scripts, `play`).
    lasting: Option<Shell>,
    /// The code of the last command.
    pub code: i32,
    /// `exit` was run in a script.
    pub left: bool,
    pub limit: Span,
}

impl Runner {
    /// Every command in a shell of its own; files survive.
    pub fn new(world: World) -> Runner {
        Runner { world, files: Shell::new().files, lasting: None, code: 0, left: false, limit: LIMIT }
    }

    /// One shell for all commands.
    pub fn lasting(world: World) -> Runner {
        let mut runner = Runner::new(world);
        runner.lasting = Some(Shell::new().script());
        runner
    }

    /// Does what an entry says and writes the answer into it.
    pub fn play(&mut self, entry: &mut Entry) {
        match entry {
            Entry::Note(_) => {}
            Entry::File { path, body } => self.write(path, body),
            Entry::Command { text, reply } => *reply = self.command(text),
            Entry::Pass { span, .. } => self.pass(*span),
            Entry::Cluster { spec, .. } => self.world = World::boot(spec.clone(), SEED),
            Entry::Settle => {
                let _ = self.world.settle(SETTLE);
            }
        }
    }

    /// A file in the working directory; its folders are made.
    pub fn write(&mut self, path: &str, body: &str) {
        let now = self.world.now;
        let files = match &mut self.lasting {
            Some(shell) => &mut shell.files,
            None => &mut self.files,
        };
        let full = crate::script::files::join(crate::shell::HOME, path);
        let _ = files.mkdirs(crate::script::files::parent(&full), now);
        let _ = files.write(&full, body.as_bytes(), now);
    }

    /// Time passes; commands in the background go on.
    pub fn pass(&mut self, span: Span) {
        let end = self.world.now + span;
        match self.lasting.take() {
            Some(mut shell) => {
                while shell.has_background() && self.world.now < end {
                    shell.poll(&mut self.world, SLICE);
                    self.advance(&shell, end);
                }
                self.world.run_until(end);
                self.lasting = Some(shell);
            }
            None => self.world.run_until(end),
        }
    }

    /// Runs one command to its end.
    pub fn command(&mut self, text: &str) -> Reply {
        self.pass(COST);
        let lasting = self.lasting.is_some();
        let mut shell = match self.lasting.take() {
            Some(shell) => shell,
            None => Shell::with_files(std::mem::take(&mut self.files)).script(),
        };
        shell.run(text, &mut self.world);
        let output = self.finish(&mut shell);
        let code = shell.status();
        self.code = code;
        self.left |= lasting && shell.exited().is_some();
        if lasting {
            self.lasting = Some(shell);
        } else {
            self.files = shell.files;
        }
        self.pass(COST);
        Reply { output, code }
    }

    fn finish(&mut self, shell: &mut Shell) -> String {
        let end = self.world.now + self.limit;
        let mut output = String::new();
        let mut slices = 0;
        loop {
            let busy = shell.poll(&mut self.world, SLICE);
            for span in shell.take_output() {
                if output.len() < OUTPUT {
                    output.push_str(&span.text);
                }
            }
            if !busy {
                return output;
            }
            slices += u32::from(shell.runnable());
            if slices > SLICES || self.world.now >= end {
                shell.stop(&mut self.world);
                return output;
            }
            self.advance(shell, end);
        }
    }

    /// Lets time pass until the shell may have something to do.
    fn advance(&mut self, shell: &Shell, end: Time) {
        let now = self.world.now;
        if shell.runnable() {
            self.world.run_until((now + Span(10)).min(end));
            return;
        }
        let wake = shell.wake(&self.world).unwrap_or(end).min(end).max(now);
        if !shell.waits_for_change() || !self.world.step(wake) {
            self.world.run_until(wake);
        }
    }
}

/// Splits a plain script into its commands; comments and empty lines are notes.
fn script(text: &str) -> Vec<Entry> {
    let mut out = vec![];
    let mut pending = String::new();
    for line in text.lines() {
        if pending.is_empty() && (line.trim().is_empty() || line.trim_start().starts_with('#')) {
            out.push(Entry::Note(line.trim().to_owned()));
            continue;
        }
        if !pending.is_empty() {
            pending.push('\n');
        }
        pending.push_str(line);
        let open = crate::script::Process::check(&pending).is_err_and(|s| s.incomplete());
        if !open && !pending.ends_with('\\') {
            out.push(Entry::Command { text: std::mem::take(&mut pending), reply: Reply::default() });
        }
    }
    if !pending.is_empty() {
        out.push(Entry::Command { text: pending, reply: Reply::default() });
    }
    out
}

impl Runner {
    /// Plays a transcript (outputs in it are ignored) or a plain script; the entries with their answers.
    ///
    /// # Errors
    /// A transcript line that means nothing.
    pub fn run(world: World, text: &str, each: impl FnMut(&Entry)) -> Result<(Vec<Entry>, i32), Mistake> {
        let (entries, runner) = Runner::play_all(world, text, each)?;
        Ok((entries, runner.code))
    }

    /// As [`Runner::run`]; gives the runner with the world as it is afterwards.
    ///
    /// # Errors
    /// A transcript line that means nothing.
    pub fn play_all(world: World, text: &str, mut each: impl FnMut(&Entry)) -> Result<(Vec<Entry>, Runner), Mistake> {
        let is_transcript = text.lines().any(|l| l.starts_with("$ ") || l.starts_with("@ "));
        let (mut entries, mut runner) =
            if is_transcript { (parse(text)?, Runner::new(world)) } else { (script(text), Runner::lasting(world)) };
        let mut done = entries.len();
        for (i, entry) in entries.iter_mut().enumerate() {
            runner.play(entry);
            each(entry);
            if runner.left {
                done = i + 1;
                break;
            }
        }
        entries.truncate(done);
        Ok((entries, runner))
    }
}
