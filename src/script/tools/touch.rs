//! touch, chmod, ln, mktemp, chown, sync: small changes to files.

use crate::script::files::{Fault, What};
use crate::script::host::Launch;
use crate::script::shell::Dialect;
use crate::script::sys::Sys;

use super::args::fail;

fn operands(argv: &[String]) -> Vec<&String> {
    argv[1..].iter().filter(|a| !a.starts_with('-') || a.len() == 1).collect()
}

fn missing(sys: &mut Sys<'_>, name: &str, what: &str) -> Launch {
    Launch::Done(fail(sys, 1, &format!("{name}: {what}\nTry '{name} --help' for more information.")))
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let keep = argv.iter().any(|a| a == "-c");
    let mut skip = false;
    let mut files = vec![];
    for arg in &argv[1..] {
        if std::mem::take(&mut skip) {
            continue;
        }
        match arg.as_str() {
            "-d" | "-t" | "-r" => skip = true,
            a if a.starts_with('-') && a.len() > 1 => {}
            _ => files.push(arg),
        }
    }
    if files.is_empty() {
        return missing(sys, "touch", "missing file operand");
    }
    let mut code = 0;
    for file in files {
        let (path, now) = (sys.resolve(file), sys.now);
        if keep && !sys.files.exists(&path) {
            continue;
        }
        let path = if file.ends_with('/') { format!("{path}/") } else { path };
        if let Err(fault) = sys.files.touch(&path, now) {
            let text = match super::args::busybox(sys) {
                true => format!("touch: {file}: {fault}"),
                false => format!("touch: cannot touch '{file}': {fault}"),
            };
            code = fail(sys, 1, &text);
        }
    }
    Launch::Done(code)
}

pub fn chmod(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let all: Vec<&String> = argv[1..].iter().filter(|a| !matches!(a.as_str(), "-R" | "-v" | "-f")).collect();
    let recursive = argv.iter().any(|a| a == "-R");
    let Some((mode, files)) = all.split_first().filter(|(_, f)| !f.is_empty()) else {
        let text = all.first().map_or("missing operand".to_owned(), |m| format!("missing operand after '{m}'"));
        return missing(sys, "chmod", &text);
    };
    let mut code = 0;
    let mut todo: Vec<String> = files.iter().map(|f| f.to_string()).collect();
    let mut done = 0;
    while let Some(file) = todo.pop() {
        done += 1;
        let path = sys.resolve(&file);
        let result = sys.files.stat(&path).and_then(|stat| match change(mode, stat.mode) {
            Some(bits) => sys.files.chmod(&path, bits).map(|()| true),
            None => Ok(false),
        });
        match result {
            Ok(true) => {}
            Ok(false) => return missing(sys, "chmod", &format!("invalid mode: '{mode}'")),
            Err(fault) => code = fail(sys, 1, &format!("chmod: cannot access '{file}': {fault}")),
        }
        if recursive && sys.files.is_dir(&path) && done < 5000 {
            todo.extend(sys.files.list(&path).unwrap_or_default().into_iter().map(|n| format!("{file}/{n}")));
        }
    }
    Launch::Done(code)
}

/// A mode in octal or as `u+x,go-w`.
fn change(mode: &str, old: u32) -> Option<u32> {
    if mode.bytes().all(|b| b.is_ascii_digit()) {
        return u32::from_str_radix(mode, 8).ok().filter(|m| *m <= 0o7777);
    }
    let mut now = old;
    for clause in mode.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at(at);
        let op = rest.chars().next()?;
        let mut bits = 0;
        for c in rest[1..].chars() {
            bits |= match c {
                'r' => 4,
                'w' => 2,
                'x' | 'X' => 1,
                't' | 's' => 0,
                _ => return None,
            };
        }
        let mut mask = 0;
        for c in if who.is_empty() { "a" } else { who }.chars() {
            mask |= match c {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                'a' => 0o777,
                _ => return None,
            };
        }
        let wide = (bits << 6 | bits << 3 | bits) & mask;
        now = match op {
            '+' => now | wide,
            '-' => now & !wide,
            _ => now & !mask | wide,
        };
    }
    Some(now)
}

pub fn chown(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let name = argv[0].clone();
    let deep = argv[1..].iter().any(|arg| arg.starts_with('-') && arg.contains('R'));
    let files = operands(argv);
    let Some((whom, files)) = files.split_first() else { return missing(sys, &name, "missing operand") };
    let (user, group) = match whom.split_once(':') {
        _ if name == "chgrp" => ("", whom.as_str()),
        Some((user, group)) => (user, group),
        None => (whom.as_str(), ""),
    };
    let mut ids = [None, None];
    for (at, text, table, what) in [(0, user, "/etc/passwd", "user"), (1, group, "/etc/group", "group")] {
        let table = sys.files.text(table).unwrap_or_default();
        let row = table.lines().find_map(|line| line.strip_prefix(text)?.strip_prefix(':')?.split(':').nth(1));
        ids[at] = row.unwrap_or(text).parse::<u32>().ok();
        // Outside of containers nobody keeps a list of names.
        if !text.is_empty() && ids[at].is_none() && sys.files.facts.is_some() {
            return Launch::Done(fail(sys, 1, &format!("{name}: unknown {what} {text}")));
        }
    }
    let mut code = 0;
    let mut todo: Vec<(String, String)> =
        files.iter().rev().map(|file| (file.to_string(), sys.resolve(file))).collect();
    while let Some((shown, path)) = todo.pop() {
        if let Err(fault) = sys.files.chown(&path, ids[0], ids[1]) {
            let words = match (sys.shell.dialect, fault) {
                (Dialect::Ash, _) => format!("{name}: {shown}: {fault}"),
                (_, Fault::NotFound) => format!("{name}: cannot access '{shown}': {fault}"),
                _ => format!("{name}: changing ownership of '{shown}': {fault}"),
            };
            code = fail(sys, 1, &words);
        }
        if deep && sys.files.is_dir(&path) {
            let names = sys.files.list(&path).unwrap_or_default();
            let below = |at: &str, name: &str| format!("{}/{name}", at.trim_end_matches('/'));
            todo.extend(names.iter().rev().map(|name| (below(&shown, name), below(&path, name))));
        }
    }
    Launch::Done(code)
}

pub fn ln(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let flags: String = argv[1..].iter().filter(|a| a.starts_with('-')).map(|a| &a[1..]).collect();
    let names = operands(argv);
    let Some(target) = names.first() else { return missing(sys, "ln", "missing file operand") };
    let name = names.get(1).map_or(target.rsplit('/').next().unwrap_or(target), |n| n.as_str());
    let mut path = sys.resolve(name);
    if sys.files.is_dir(&path) && !flags.contains('n') {
        path = format!("{path}/{}", target.rsplit('/').next().unwrap_or(target));
    }
    if flags.contains('f') {
        let _ = sys.files.unlink(&path);
    }
    let now = sys.now;
    let done = if flags.contains('s') {
        sys.files.symlink(target, &path, now)
    } else {
        let from = sys.resolve(target);
        match sys.files.read(&from) {
            Ok(_) if sys.files.exists(&path) => Err(crate::script::files::Fault::Exists),
            Ok(data) => sys.files.write(&path, &data, now),
            Err(fault) => Err(fault),
        }
    };
    match done {
        Ok(()) => Launch::Done(0),
        Err(fault) => {
            let kind = if flags.contains('s') { "symbolic" } else { "hard" };
            Launch::Done(fail(sys, 1, &format!("ln: failed to create {kind} link '{name}': {fault}")))
        }
    }
}

pub fn mktemp(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let dir = argv.iter().any(|a| a == "-d");
    let template = operands(argv).first().map_or("/tmp/tmp.XXXXXXXXXX".to_owned(), |t| t.to_string());
    let mut name = String::new();
    for c in template.chars() {
        let n = if c == 'X' { sys.shell.next_random() as usize } else { 0 };
        name.push(if c == 'X' { b"abcdefghijklmnopqrstuvwxyz0123456789"[n % 36] as char } else { c });
    }
    let (path, now) = (sys.resolve(&name), sys.now);
    let made = if dir { sys.files.mkdir(&path, now) } else { sys.files.write(&path, b"", now) };
    match made {
        Ok(()) => {
            sys.out(&format!("{name}\n"));
            Launch::Done(0)
        }
        Err(fault) => {
            Launch::Done(fail(sys, 1, &format!("mktemp: failed to create file via template '{template}': {fault}")))
        }
    }
}

pub fn readlink(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let full = argv[0] == "realpath" || argv.iter().any(|a| matches!(a.as_str(), "-f" | "-e" | "-m"));
    let mut code = 0;
    for name in operands(argv) {
        let path = sys.resolve(name);
        let text = match full {
            true => sys.files.real(&path).map_err(|fault| format!("{}: {name}: {fault}", argv[0])),
            false => match sys.files.lstat(&path) {
                Ok(s) if s.kind == What::Link => Ok(s.target.as_deref().unwrap_or("").to_owned()),
                _ => Err(String::new()),
            },
        };
        match text {
            Ok(text) => sys.out(&format!("{text}\n")),
            Err(text) => {
                code = 1;
                if !text.is_empty() {
                    sys.err(&format!("{text}\n"));
                }
            }
        }
    }
    Launch::Done(code)
}

pub fn stat(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let format = argv.iter().position(|a| a == "-c").and_then(|i| argv.get(i + 1)).cloned();
    let mut code = 0;
    for name in operands(argv).into_iter().filter(|n| Some(*n) != format.as_ref()) {
        let path = sys.resolve(name);
        let stat = match sys.files.lstat(&path) {
            Ok(stat) => stat,
            Err(fault) => {
                code = fail(sys, 1, &format!("stat: cannot statx '{name}': {fault}"));
                continue;
            }
        };
        let kind = match stat.kind {
            What::Dir => "directory",
            What::Link => "symbolic link",
            What::File if stat.size == 0 => "regular empty file",
            What::File => "regular file",
        };
        let text = super::ls::mode_text(&stat);
        let when = stat.at.timestamp().strftime("%Y-%m-%d %H:%M:%S.000000000 +0000").to_string();
        let seconds = stat.at.timestamp().as_second().to_string();
        let user = sys.shell.user.to_string();
        let out = match &format {
            Some(format) => {
                let pairs = [
                    ("%n", name.clone()),
                    ("%s", stat.size.to_string()),
                    ("%a", format!("{:o}", stat.mode)),
                    ("%A", text),
                    ("%F", kind.to_owned()),
                    ("%U", user.clone()),
                    ("%G", user),
                    ("%y", when),
                    ("%Y", seconds),
                ];
                pairs.iter().fold(format.clone(), |t, (from, to)| t.replace(from, to)) + "\n"
            }
            None => format!(
                "  File: {name}\n  Size: {:<15}\tBlocks: {:<10} IO Block: 4096   {kind}\nAccess: ({:04o}/{text})  Uid: (    0/{user:>8})   Gid: (    0/{user:>8})\nModify: {when}\n",
                stat.size,
                stat.disk.div_ceil(4096) * 8,
                stat.mode,
            ),
        };
        sys.out(&out);
    }
    Launch::Done(code)
}

pub fn du(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let flags: String = argv[1..].iter().filter(|a| a.starts_with('-')).map(|a| &a[1..]).collect();
    let mut names: Vec<String> = operands(argv).into_iter().cloned().collect();
    if names.is_empty() {
        names.push(".".into());
    }
    let mut code = 0;
    for name in names {
        let path = sys.resolve(&name);
        if let Err(fault) = sys.files.lstat(&path) {
            code = fail(sys, 1, &format!("du: cannot access '{name}': {fault}"));
            continue;
        }
        let mut rows = vec![];
        size(sys, &path, &name, &mut rows, 0);
        let keep = if flags.contains('s') { rows.len().saturating_sub(1) } else { 0 };
        for (bytes, shown) in &rows[keep..] {
            let text = if flags.contains('h') { super::ls::human(*bytes) } else { (bytes / 1024).to_string() };
            sys.out(&format!("{text}\t{shown}\n"));
        }
    }
    Launch::Done(code)
}

fn size(sys: &Sys<'_>, path: &str, shown: &str, rows: &mut Vec<(u64, String)>, depth: u32) -> u64 {
    let Ok(stat) = sys.files.lstat(path) else { return 0 };
    let mut total = stat.disk.div_ceil(4096) * 4096;
    if stat.kind == What::Dir && depth < 64 {
        for name in sys.files.list(path).unwrap_or_default() {
            total += size(sys, &format!("{path}/{name}"), &format!("{shown}/{name}"), rows, depth + 1);
        }
    }
    if stat.kind == What::Dir || depth == 0 {
        rows.push((total, shown.to_owned()));
    }
    total
}
