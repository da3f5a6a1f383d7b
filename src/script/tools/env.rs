//! env and printenv: the exported variables; `env A=1 command` runs one with others.

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::{Pid, Sys};

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut rest = argv[1..].iter().peekable();
    let saved = sys.shell.vars.clone();
    while let Some(arg) = rest.peek() {
        match arg.as_str() {
            "-i" | "-" | "--ignore-environment" => {
                let names: Vec<String> = sys.shell.env().into_iter().map(|(n, _)| n).collect();
                for name in names {
                    sys.shell.mark(&name, false);
                }
            }
            "-u" => {
                rest.next();
                if let Some(name) = rest.peek() {
                    sys.shell.mark(name, false);
                }
            }
            a if a.contains('=') && !a.starts_with('=') => {
                let (name, value) = a.split_once('=').unwrap_or((a, ""));
                sys.shell.export(name, value);
            }
            _ => break,
        }
        rest.next();
    }
    let command: Vec<String> = rest.cloned().collect();
    if command.is_empty() {
        for (name, value) in sys.shell.env() {
            sys.out(&format!("{name}={value}\n"));
        }
        sys.shell.vars = saved;
        return Launch::Done(0);
    }
    let pid = sys.spawn(command);
    sys.shell.vars = saved;
    match pid {
        Some(pid) => Launch::Job(Box::new(Child { pid, until: None, code: 124 })),
        None => {
            sys.err("env: cannot fork: Resource temporarily unavailable\n");
            Launch::Done(125)
        }
    }
}

pub fn printenv(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    if argv.len() < 2 {
        return run(&["env".to_owned()], sys);
    }
    let mut code = 0;
    for name in &argv[1..] {
        match sys.env(name) {
            Some(value) => sys.out(&format!("{value}\n")),
            None => code = 1,
        }
    }
    Launch::Done(code)
}

/// Waits for a command that was started; with a time after which it is ended.
#[derive(Clone)]
pub struct Child {
    pub pid: Pid,
    pub until: Option<crate::time::Time>,
    pub code: i32,
}

impl Job for Child {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if let Some(code) = sys.reap(self.pid) {
            return Poll::Done(code);
        }
        match self.until {
            Some(until) if until <= sys.now => {
                sys.kill(self.pid, 143);
                sys.reap(self.pid);
                Poll::Done(self.code)
            }
            Some(until) => Poll::Wait(Wake::child().or(Wake::at(until))),
            None => Poll::Wait(Wake::child()),
        }
    }

    fn signal(&mut self, signal: crate::script::host::Signal, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Option<i32> {
        sys.kill(self.pid, 128 + signal.number());
        Some(128 + signal.number())
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// `timeout 5 command`, `nohup command`, `nice command`, `sudo command`.
pub fn timeout(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut rest = argv[1..].iter().peekable();
    while let Some(flag) = rest.next_if(|a| a.starts_with('-')) {
        if matches!(flag.as_str(), "-s" | "-k" | "-n" | "-u") {
            rest.next();
        }
    }
    let mut until = None;
    if argv[0] == "timeout" {
        let Some(text) = rest.next() else {
            sys.err("timeout: missing operand\nTry 'timeout --help' for more information.\n");
            return Launch::Done(125);
        };
        match super::sleep::parse(text) {
            Some(span) => until = Some(sys.now + span),
            None => {
                sys.err(&format!(
                    "timeout: invalid time interval '{text}'\nTry 'timeout --help' for more information.\n"
                ));
                return Launch::Done(125);
            }
        }
    }
    let command: Vec<String> = rest.cloned().collect();
    if command.is_empty() {
        sys.err(&format!("{0}: missing operand\nTry '{0} --help' for more information.\n", argv[0]));
        return Launch::Done(125);
    }
    let code = if argv.iter().any(|a| a == "-s") && argv.iter().any(|a| a == "KILL") { 137 } else { 124 };
    match sys.spawn(command) {
        Some(pid) => Launch::Job(Box::new(Child { pid, until, code })),
        None => Launch::Done(125),
    }
}
