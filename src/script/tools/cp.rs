//! cp and mv.

use crate::script::files::{Fault, What, base};
use crate::script::host::Launch;
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};

#[derive(Default)]
struct Flags {
    recursive: bool,
    keep: bool,
    loud: bool,
    into: Option<String>,
    flat: bool,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match go(argv, sys) {
        Ok(code) => Launch::Done(code),
        Err(text) => Launch::Done(fail(sys, 1, &text)),
    }
}

fn go(argv: &[String], sys: &mut Sys<'_>) -> Result<i32, String> {
    let name = argv[0].as_str();
    let mut flags = Flags::default();
    let mut paths = vec![];
    let mut args = Args::new(argv);
    while let Some(item) = args.next()? {
        match item {
            Item::Operand(path) => paths.push(path),
            Item::Short('r' | 'R' | 'a') if name == "cp" => flags.recursive = true,
            Item::Short('n') => flags.keep = true,
            Item::Short('v') => flags.loud = true,
            Item::Short('t') => flags.into = Some(args.value("-t")?),
            Item::Short('T') => flags.flat = true,
            Item::Short('f' | 'i' | 'p' | 'u' | 'L' | 'd' | 'P') => {}
            Item::Long(l) if l == "recursive" && name == "cp" => flags.recursive = true,
            item => return Err(args.unknown(&item)),
        }
    }
    let target = match (&flags.into, paths.len()) {
        (Some(dir), n) if n > 0 => dir.clone(),
        (_, 0) => return Err(args.bad("missing file operand")),
        (_, 1) => return Err(args.bad(&format!("missing destination file operand after '{}'", paths[0]))),
        _ => paths.pop().unwrap_or_default(),
    };
    let to = sys.resolve(&target);
    let into = sys.files.is_dir(&to) && !flags.flat;
    if paths.len() > 1 && !into {
        return Err(match sys.files.stat(&to) {
            Err(fault) => format!("{name}: target '{target}': {fault}"),
            Ok(_) => format!("{name}: target '{target}': Not a directory"),
        });
    }
    let mut code = 0;
    for path in paths {
        let from = sys.resolve(&path);
        let (dest, shown) = match into {
            true => (format!("{to}/{}", base(&from)), format!("{}/{}", target.trim_end_matches('/'), base(&from))),
            false if target.ends_with('/') => (format!("{to}/"), target.clone()),
            false => (to.clone(), target.clone()),
        };
        if flags.keep && sys.files.exists(&dest) {
            continue;
        }
        let done = if name == "cp" {
            copy(sys, &from, &dest, (&path, &shown), &flags)
        } else {
            shift(sys, &from, &dest, (&path, &shown))
        };
        match done {
            Ok(()) if flags.loud => {
                let verb = if name == "mv" { "renamed " } else { "" };
                sys.out(&format!("{verb}'{path}' -> '{shown}'\n"));
            }
            Ok(()) => {}
            Err(text) => code = fail(sys, 1, &text),
        }
    }
    Ok(code)
}

fn copy(sys: &mut Sys<'_>, from: &str, to: &str, (path, shown): (&str, &str), flags: &Flags) -> Result<(), String> {
    let cannot = if super::args::busybox(sys) { "can't" } else { "cannot" };
    let stat = sys.files.stat(from).map_err(|fault| format!("cp: {cannot} stat '{path}': {fault}"))?;
    if stat.kind == What::Dir && !flags.recursive {
        return Err(format!("cp: -r not specified; omitting directory '{path}'"));
    }
    if sys.files.real(from).ok() == sys.files.real(to).ok() {
        return Err(format!("cp: '{path}' and '{shown}' are the same file"));
    }
    if stat.kind == What::Dir && format!("{to}/").starts_with(&format!("{from}/")) {
        return Err(format!("cp: cannot copy a directory, '{path}', into itself, '{shown}'"));
    }
    tree(sys, from, to, 0).map_err(|fault| match stat.kind {
        What::Dir => format!("cp: cannot create directory '{shown}': {fault}"),
        _ => format!("cp: cannot create regular file '{shown}': {fault}"),
    })
}

fn tree(sys: &mut Sys<'_>, from: &str, to: &str, depth: u32) -> Result<(), Fault> {
    let now = sys.now;
    let stat = sys.files.stat(from)?;
    if stat.kind != What::Dir {
        let data = sys.files.read(from)?;
        let fresh = !sys.files.exists(to);
        sys.files.write(to, &data, now)?;
        if stat.size > data.len() as u64 {
            sys.files.extend(to, None, stat.size - data.len() as u64, now).map_err(|(fault, _)| fault)?;
        }
        return if fresh { sys.files.chmod(to, stat.mode) } else { Ok(()) };
    }
    if depth > 64 {
        return Err(Fault::TooLong);
    }
    if !sys.files.is_dir(to) {
        sys.files.mkdir(to.trim_end_matches('/'), now)?;
    }
    for name in sys.files.list(from)? {
        tree(sys, &format!("{from}/{name}"), &format!("{}/{name}", to.trim_end_matches('/')), depth + 1)?;
    }
    Ok(())
}

fn shift(sys: &mut Sys<'_>, from: &str, to: &str, (path, shown): (&str, &str)) -> Result<(), String> {
    let busybox = super::args::busybox(sys);
    sys.files.lstat(from).map_err(|fault| match busybox {
        true => format!("mv: can't rename '{path}': {fault}"),
        false => format!("mv: cannot stat '{path}': {fault}"),
    })?;
    if sys.files.real(from).ok() == sys.files.real(to).ok() {
        return Err(format!("mv: '{path}' and '{shown}' are the same file"));
    }
    sys.files.rename(from, to.trim_end_matches('/')).map_err(|fault| match fault {
        Fault::Invalid => format!("mv: cannot move '{path}' to a subdirectory of itself, '{shown}'"),
        fault => format!("mv: cannot move '{path}' to '{shown}': {fault}"),
    })
}
