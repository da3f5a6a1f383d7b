//! Redirections: what `<`, `>`, `>>`, `2>&1`, `<<EOF` do to the descriptors.

use std::rc::Rc;

use crate::script::files::{Fault, What};
use crate::script::lang::ast::{Redir, Redirect};
use crate::script::shell::Dialect;
use crate::script::sys::{Fd, Sys};

use super::expand::{Expand, Halt};

/// A redirection with its word expanded.
pub struct Ready {
    fd: Option<u32>,
    kind: Redir,
    text: String,
}

pub fn expand(redirects: &[Redirect], cx: &mut Expand<'_, '_>) -> Result<Vec<Ready>, Halt> {
    let mut out = vec![];
    for redirect in redirects {
        let text = match redirect.kind {
            Redir::Here | Redir::HereString => cx.text(&redirect.word)?,
            _ => {
                let fields = cx.words(std::slice::from_ref(&redirect.word))?;
                if fields.len() != 1 {
                    let line = format!("{}{}: ambiguous redirect\n", cx.sys.shell.prefix(), fields.join(" "));
                    cx.sys.err(&line);
                    return Err(Halt::Fail);
                }
                fields.into_iter().next().unwrap_or_default()
            }
        };
        out.push(Ready { fd: redirect.fd, kind: redirect.kind, text });
    }
    Ok(out)
}

/// Changes the descriptors; Err is the message.
pub fn apply(ready: &[Ready], sys: &mut Sys<'_>) -> Result<(), String> {
    for r in ready {
        let (target, wanted) = match r.kind {
            Redir::Here => (sys.kernel.open_text(r.text.clone().into_bytes()), 0),
            Redir::HereString => (sys.kernel.open_text(format!("{}\n", r.text).into_bytes()), 0),
            Redir::In => (open(sys, &r.text, false)?, 0),
            Redir::Both => (create(sys, &r.text, true)?, 0),
            Redir::Out | Redir::OutErr => (create(sys, &r.text, false)?, 1),
            Redir::Append | Redir::AppendErr => (create(sys, &r.text, true)?, 1),
            Redir::Dup => {
                let fd = r.fd.unwrap_or(1);
                if r.text == "-" {
                    Rc::make_mut(&mut sys.fds).remove(&fd);
                    continue;
                }
                match r.text.parse::<u32>() {
                    Ok(n) => match sys.fds.get(&n) {
                        Some(from) => (from.clone(), fd),
                        None => return Err(format!("{n}: Bad file descriptor")),
                    },
                    Err(_) if fd == 1 => {
                        let target = create(sys, &r.text, false)?;
                        let table = Rc::make_mut(&mut sys.fds);
                        table.insert(2, target.clone());
                        (target, 1)
                    }
                    Err(_) => return Err(format!("{}: ambiguous redirect", r.text)),
                }
            }
        };
        let table = Rc::make_mut(&mut sys.fds);
        if matches!(r.kind, Redir::OutErr | Redir::AppendErr) {
            table.insert(2, target.clone());
        }
        table.insert(r.fd.unwrap_or(wanted), target);
    }
    Ok(())
}

fn device(sys: &Sys<'_>, path: &str) -> Option<Fd> {
    let fd = |n| sys.fds.get(&n).cloned().unwrap_or(Fd::Null);
    match path {
        "/dev/null" => Some(Fd::Null),
        "/dev/zero" => Some(Fd::Endless(false)),
        "/dev/urandom" | "/dev/random" => Some(Fd::Endless(true)),
        "/dev/stdin" => Some(fd(0)),
        "/dev/stdout" => Some(fd(1)),
        "/dev/stderr" => Some(fd(2)),
        "/dev/tty" => Some(Fd::Out),
        "/proc/1/fd/1" => Some(Fd::Out),
        "/proc/1/fd/2" => Some(Fd::Err),
        _ => None,
    }
}

fn words(sys: &Sys<'_>, path: &str, fault: Fault, creates: bool) -> String {
    match (sys.shell.dialect, fault) {
        (Dialect::Ash, Fault::NotFound) if creates => format!("can't create {path}: nonexistent directory"),
        (Dialect::Ash, Fault::NotFound) => format!("can't open {path}: no such file"),
        (Dialect::Dash, Fault::NotFound) if creates => format!("cannot create {path}: Directory nonexistent"),
        (Dialect::Dash, Fault::NotFound) => format!("cannot open {path}: No such file"),
        (Dialect::Ash, fault) if creates => format!("can't create {path}: {fault}"),
        (Dialect::Ash, fault) => format!("can't open {path}: {fault}"),
        (Dialect::Dash, fault) if creates => format!("cannot create {path}: {fault}"),
        (Dialect::Dash, fault) => format!("cannot open {path}: {fault}"),
        (Dialect::Bash, fault) => format!("{path}: {fault}"),
    }
}

fn open(sys: &mut Sys<'_>, path: &str, _write: bool) -> Result<Fd, String> {
    if let Some(fd) = device(sys, path) {
        return Ok(fd);
    }
    let full = sys.resolve(path);
    match sys.files.stat(&full) {
        _ if path.is_empty() => Err(words(sys, path, Fault::NotFound, false)),
        Ok(s) if s.kind == What::File => match sys.files.read(&full) {
            // the content as it is now: who reads a file that is rewritten meanwhile reads the old one
            Ok(_) => Ok(sys.kernel.open_file(&full, false)),
            Err(fault) => Err(words(sys, path, fault, false)),
        },
        Ok(_) => Err(words(sys, path, Fault::IsDir, false)),
        Err(fault) => Err(words(sys, path, fault, false)),
    }
}

fn create(sys: &mut Sys<'_>, path: &str, keep: bool) -> Result<Fd, String> {
    if let Some(fd) = device(sys, path) {
        return Ok(fd);
    }
    if path.is_empty() {
        return Err(words(sys, path, Fault::NotFound, true));
    }
    let mut full = sys.resolve(path);
    if path.ends_with('/') {
        full.push('/');
    }
    let there = sys.files.exists(&full);
    if there && !keep && sys.shell.options.noclobber {
        return Err(format!("{path}: cannot overwrite existing file"));
    }
    if there && sys.files.is_dir(&full) {
        return Err(words(sys, path, Fault::IsDir, true));
    }
    if (!there || !keep)
        && let Err(fault) = sys.files.write(&full, b"", sys.now)
    {
        return Err(words(sys, path, fault, true));
    }
    Ok(sys.kernel.open_file(&full, keep))
}
