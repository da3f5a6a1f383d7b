//! watch: runs a command again and again and shows what it prints. -n SECONDS, -t without a title.

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::{Pid, Style, Sys};
use crate::time::{Span, Time};

use super::args::fail;

#[derive(Clone)]
struct Watch {
    command: Vec<String>,
    every: Span,
    title: bool,
    running: Option<(Pid, u32)>,
    next: Time,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let (mut every, mut title, mut at) = (Span::seconds(2), true, 1);
    while let Some(arg) = argv.get(at).filter(|a| a.starts_with('-')) {
        at += 1;
        match arg.as_str() {
            "-t" | "--no-title" => title = false,
            "-d" | "-c" | "-b" | "-e" | "-g" | "-x" | "--differences" | "--color" => {}
            a if a.starts_with("-n") || a.starts_with("--interval") => {
                let text = match a
                    .strip_prefix("--interval=")
                    .or(a.strip_prefix("-n"))
                    .filter(|t| !t.is_empty() && !a.ends_with("interval"))
                {
                    Some(text) => text.to_owned(),
                    None => {
                        at += 1;
                        argv.get(at - 1).cloned().unwrap_or_default()
                    }
                };
                match super::sleep::parse(&text) {
                    Some(span) => every = span.max(Span(100)),
                    None => return Launch::Done(fail(sys, 1, &format!("watch: failed to parse argument: '{text}'"))),
                }
            }
            a => {
                let text = format!("watch: invalid option -- '{}'", a.trim_start_matches('-'));
                return Launch::Done(fail(sys, 1, &text));
            }
        }
    }
    let command = argv[at.min(argv.len())..].to_vec();
    if command.is_empty() {
        return Launch::Done(fail(sys, 1, "Usage:\n watch [options] command"));
    }
    let next = sys.now;
    Launch::Job(Box::new(Watch { command, every, title, running: None, next }))
}

impl Watch {
    fn show(&self, output: &[u8], sys: &mut Sys<'_>) {
        let mut text = String::new();
        if self.title {
            let (columns, _) = sys.size();
            let seconds = format!("{}.{}", self.every.0 / 1000, self.every.0 / 100 % 10);
            let left = format!("Every {seconds}s: {}", self.command.join(" "));
            let right = format!("{}: {}", sys.shell.hostname, sys.now.timestamp().strftime("%a %b %e %H:%M:%S %Y"));
            let gap = (columns as usize).saturating_sub(left.len() + right.len()).max(1);
            text = format!("{left}{}{right}\n\n", " ".repeat(gap));
        }
        text.push_str(&String::from_utf8_lossy(output));
        if sys.is_tty(1) {
            sys.paint("", Style::Screen, None);
        }
        sys.out(&text);
    }
}

impl Job for Watch {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if let Some((pid, pipe)) = self.running {
            if sys.reap(pid).is_none() {
                return Poll::Wait(Wake::child());
            }
            let output = sys.captured(pipe);
            self.show(&output, sys);
            self.running = None;
            self.next = sys.now + self.every;
        }
        if sys.now < self.next {
            return Poll::Wait(Wake::at(self.next));
        }
        let argv = vec!["sh".to_owned(), "-c".to_owned(), self.command.join(" ")];
        self.running = sys.spawn_captured(argv);
        if self.running.is_none() { Poll::Done(1) } else { Poll::Wait(Wake::child()) }
    }

    fn signal(&mut self, signal: crate::script::host::Signal, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Option<i32> {
        if let Some((pid, _)) = self.running {
            sys.kill(pid, 130);
        }
        Some(128 + signal.number())
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
