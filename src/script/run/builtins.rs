//! The commands that only the shell itself can do.
//!
//! Models: bash's and ash's builtins and their words.
//! Left out: fg, bg, getopts with silent mode, ulimit's limits, shopt's options (accepted, without effect).

use std::rc::Rc;

use crate::script::host::{Host, Job, Signal};
use crate::script::machine::Frame;
use crate::script::shell::Dialect;
use crate::script::sys::Sys;
use crate::script::tools;

use super::command::{exec, sourced};
use super::{Step, complain, cond, read, unwind};

/// What a builtin led to.
pub enum Built {
    Done(i32),
    Step(Step),
    Job(Box<dyn Job>),
    /// There is no builtin of this name.
    NotOne,
}

pub const NAMES: &[&str] = &[
    ".", ":", "[", "alias", "break", "builtin", "cd", "command", "continue", "declare", "echo", "eval", "exec", "exit",
    "export", "false", "getopts", "hash", "jobs", "kill", "let", "local", "printf", "pwd", "read", "readonly",
    "return", "set", "shift", "shopt", "source", "test", "trap", "true", "type", "typeset", "ulimit", "umask",
    "unalias", "unset", "wait",
];

/// Runs a builtin, if there is one of this name.
pub fn run(host: &mut dyn Host, sys: &mut Sys<'_>, frames: &mut Vec<Frame>, argv: &[String]) -> Built {
    let args = &argv[1..];
    match argv[0].as_str() {
        ":" | "true" => Built::Done(0),
        "false" => Built::Done(1),
        "hash" | "shopt" | "ulimit" | "umask" => Built::Done(0),
        "echo" => Built::Done(tools::echo::run(argv, sys)),
        "printf" => Built::Done(tools::printf::run(argv, sys)),
        "pwd" => {
            let line = format!("{}\n", sys.shell.cwd);
            sys.out(&line);
            Built::Done(0)
        }
        "test" | "[" => Built::Done(cond::test(argv, sys)),
        "cd" => Built::Done(cd(sys, args)),
        "export" | "readonly" | "declare" | "typeset" | "local" => Built::Done(declare(sys, argv)),
        "unset" => Built::Done(unset(sys, args)),
        "set" => Built::Done(set(sys, args)),
        "shift" => Built::Done(shift(sys, args)),
        "eval" => {
            sys.shell.status = 0;
            frames.push(Frame::source(&args.join(" ")));
            Built::Step(Step::Go)
        }
        "." | "source" => sourced(sys, frames, argv),
        "exec" => exec(sys, frames, argv),
        "exit" | "logout" => exit(sys, frames, args),
        "return" => leave_function(sys, frames, args),
        "break" | "continue" => Built::Done(leave_loop(sys, frames, argv)),
        "trap" => Built::Done(trap(sys, args)),
        "wait" => wait(sys, frames, args),
        "jobs" => Built::Done(jobs(sys)),
        "kill" => Built::Done(kill(sys, args)),
        "alias" => Built::Done(alias(sys, args)),
        "unalias" => {
            for name in args {
                Rc::make_mut(&mut sys.shell.aliases).remove(name);
            }
            Built::Done(0)
        }
        "let" => Built::Done(arithmetic(sys, args)),
        "read" => read::start(sys, args),
        "type" => Built::Done(what(host, sys, args, false)),
        "command" | "builtin" => match args.first().map(String::as_str) {
            Some("-v" | "-V") => Built::Done(what(host, sys, &args[1..], argv[1] == "-v")),
            Some(_) => {
                let functions = std::mem::take(&mut sys.shell.functions);
                let step = super::command(host, sys, frames, args.to_vec());
                sys.shell.functions = functions;
                Built::Step(step)
            }
            None => Built::Done(0),
        },
        "getopts" => Built::Done(getopts(sys, args)),
        _ => Built::NotOne,
    }
}

fn cd(sys: &mut Sys<'_>, args: &[String]) -> i32 {
    let args: Vec<&String> = args.iter().filter(|a| !matches!(a.as_str(), "-P" | "-L" | "--")).collect();
    if args.len() > 1 && sys.shell.dialect == Dialect::Bash {
        complain(sys, "cd: too many arguments");
        return 1;
    }
    let mut say = false;
    let target = match args.first().map(|a| a.as_str()) {
        None => match sys.shell.get("HOME") {
            Some(home) => home.to_string(),
            None => {
                complain(sys, "cd: HOME not set");
                return 1;
            }
        },
        Some("-") => match sys.shell.old_cwd.clone() {
            Some(old) => {
                say = true;
                old
            }
            None => {
                complain(sys, "cd: OLDPWD not set");
                return 1;
            }
        },
        Some("") => return 0,
        Some(path) => path.to_owned(),
    };
    let full = sys.resolve(&target);
    let wrong = match sys.files.stat(&full) {
        Ok(s) if s.kind == crate::script::files::What::Dir && sys.files.stat(&format!("{full}/.")).is_err() => {
            crate::script::files::Fault::Denied.to_string()
        }
        Ok(s) if s.kind == crate::script::files::What::Dir => {
            let old = std::mem::replace(&mut sys.shell.cwd, full.clone());
            sys.shell.set("OLDPWD", &old);
            sys.shell.old_cwd = Some(old);
            sys.shell.set("PWD", &full);
            if say {
                sys.out(&format!("{full}\n"));
            }
            return 0;
        }
        Ok(_) => "Not a directory".to_owned(),
        Err(fault) => fault.to_string(),
    };
    let message = match sys.shell.dialect {
        Dialect::Bash => format!("cd: {target}: {wrong}"),
        Dialect::Ash => format!("cd: can't cd to {target}: {wrong}"),
        Dialect::Dash => format!("cd: can't cd to {target}"),
    };
    complain(sys, &message);
    if sys.shell.dialect == Dialect::Bash { 1 } else { 2 }
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
        && chars.all(|c| c == '_' || c.is_ascii_alphanumeric())
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '$' | '`' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

fn declare(sys: &mut Sys<'_>, argv: &[String]) -> i32 {
    let kind = argv[0].as_str();
    let (mut export, mut unexport, mut read_only, mut local) =
        (kind == "export", false, kind == "readonly", kind == "local");
    let mut names = vec![];
    for arg in &argv[1..] {
        match arg.as_str() {
            "-n" if kind == "export" => unexport = true,
            "+x" => unexport = true,
            flags if flags.starts_with('-') && names.is_empty() => {
                export |= flags.contains('x');
                read_only |= flags.contains('r') && kind != "read";
                local &= !flags.contains('g');
            }
            _ => names.push(arg),
        }
    }
    if kind == "local" && sys.shell.locals.is_empty() {
        complain(sys, "local: can only be used in a function");
        return 1;
    }
    if names.is_empty() {
        print_variables(sys, export, read_only);
        return 0;
    }
    local |= matches!(kind, "declare" | "typeset") && !sys.shell.locals.is_empty();
    let mut code = 0;
    for arg in names {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (arg.as_str(), None),
        };
        let (name, append) = name.strip_suffix('+').map_or((name, false), |n| (n, value.is_some()));
        if !is_name(name) {
            complain(sys, &format!("{kind}: `{arg}': not a valid identifier"));
            code = 1;
            continue;
        }
        if local {
            let old = sys.shell.vars.get(name).cloned();
            if let Some(list) = sys.shell.locals.last_mut() {
                list.push((name.into(), old));
            }
            if value.is_none() {
                sys.shell.unset(name);
                sys.shell.mark(name, false);
            }
        }
        if let Some(value) = value {
            let value = match sys.shell.get(name).filter(|_| append) {
                Some(old) => format!("{old}{value}"),
                None => value.to_owned(),
            };
            if !sys.shell.set(name, &value) {
                complain(sys, &format!("{name}: readonly variable"));
                code = 1;
                continue;
            }
        }
        if export || unexport {
            sys.shell.mark(name, export && !unexport);
        }
        if read_only {
            let exported = sys.shell.vars.get(name).is_some_and(|v| v.exported);
            sys.shell.mark(name, exported);
            if let Some(var) = Rc::make_mut(&mut sys.shell.vars).get_mut(name) {
                var.read_only = true;
            }
        }
    }
    code
}

fn print_variables(sys: &mut Sys<'_>, export: bool, read_only: bool) {
    let vars = sys.shell.vars.clone();
    let bash = sys.shell.dialect == Dialect::Bash;
    for (name, var) in vars.iter() {
        if (export && !var.exported) || (read_only && !var.read_only) || &**name == "IFS" || &**name == "OPTIND" {
            continue;
        }
        let value = if var.unset { String::new() } else { format!("={}", quoted(&var.text)) };
        let line = match (bash, var.exported) {
            (true, true) => format!("declare -x {name}{value}\n"),
            (true, false) => format!("declare -- {name}{value}\n"),
            (false, _) => format!("export {name}='{}'\n", var.text),
        };
        sys.out(&line);
    }
}

fn unset(sys: &mut Sys<'_>, args: &[String]) -> i32 {
    let functions = args.first().is_some_and(|a| a == "-f");
    for name in args.iter().filter(|a| !a.starts_with('-')) {
        if functions || (sys.shell.functions.contains_key(name.as_str()) && !sys.shell.vars.contains_key(name.as_str()))
        {
            Rc::make_mut(&mut sys.shell.functions).remove(name.as_str());
        } else if !sys.shell.unset(name) {
            complain(sys, &format!("unset: {name}: cannot unset: readonly variable"));
            return 1;
        }
    }
    0
}

fn set(sys: &mut Sys<'_>, args: &[String]) -> i32 {
    if args.is_empty() {
        let vars = sys.shell.vars.clone();
        for (name, var) in vars.iter().filter(|(_, v)| !v.unset) {
            let plain = var.text.chars().all(|c| c.is_ascii_alphanumeric() || "_./:-@,+=".contains(c));
            let line = if plain { format!("{name}={}\n", var.text) } else { format!("{name}='{}'\n", var.text) };
            sys.out(&line);
        }
        return 0;
    }
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        let on = arg.starts_with('-');
        if arg == "--" {
            sys.shell.params = Rc::new(args[at + 1..].to_vec());
            return 0;
        }
        if arg.len() < 2 || !(on || arg.starts_with('+')) {
            sys.shell.params = Rc::new(args[at..].to_vec());
            return 0;
        }
        let options = &mut sys.shell.options;
        for flag in arg[1..].chars() {
            match flag {
                'e' => options.errexit = on,
                'u' => options.nounset = on,
                'x' => options.xtrace = on,
                'f' => options.noglob = on,
                'a' => options.allexport = on,
                'C' => options.noclobber = on,
                'o' => {
                    at += 1;
                    match args.get(at).map(String::as_str) {
                        Some("pipefail") => options.pipefail = on,
                        Some("errexit") => options.errexit = on,
                        Some("nounset") => options.nounset = on,
                        Some("xtrace") => options.xtrace = on,
                        Some("noglob") => options.noglob = on,
                        Some("allexport") => options.allexport = on,
                        Some("noclobber") => options.noclobber = on,
                        Some("vi" | "emacs" | "monitor" | "history" | "posix" | "notify") | None => {}
                        Some(other) => {
                            let line = format!("set: {other}: invalid option name");
                            complain(sys, &line);
                            return 1;
                        }
                    }
                    break;
                }
                'h' | 'm' | 'b' | 'B' | 'H' | 'v' | 'n' | 'k' | 't' | 'p' | 'P' | 'E' | 'T' => {}
                other => {
                    let sign = &arg[..1];
                    complain(sys, &format!("set: {sign}{other}: invalid option"));
                    return 2;
                }
            }
        }
        at += 1;
    }
    0
}

fn number(sys: &mut Sys<'_>, name: &str, text: Option<&String>, default: i64) -> Result<i64, i32> {
    match text {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| {
            complain(sys, &format!("{name}: {text}: numeric argument required"));
            2
        }),
    }
}

fn shift(sys: &mut Sys<'_>, args: &[String]) -> i32 {
    let n = match number(sys, "shift", args.first(), 1) {
        Ok(n) => n.max(0) as usize,
        Err(code) => return code,
    };
    if n > sys.shell.params.len() {
        return 1;
    }
    Rc::make_mut(&mut sys.shell.params).drain(..n);
    0
}

fn exit(sys: &mut Sys<'_>, frames: &mut [Frame], args: &[String]) -> Built {
    let before = frames.iter().rev().find_map(|f| match f {
        Frame::Trapped(status) => Some(*status),
        _ => None,
    });
    let default = before.unwrap_or(sys.shell.status);
    sys.shell.status = match number(sys, "exit", args.first(), i64::from(default)) {
        Ok(n) => (n & 255) as i32,
        Err(code) => code,
    };
    if sys.shell.interactive && sys.is_tty(0) && sys.pid == 1 {
        sys.err("exit\n");
    }
    Built::Step(Step::Leave)
}

fn leave_function(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, args: &[String]) -> Built {
    if !frames.iter().any(|f| matches!(f, Frame::Call(_) | Frame::Sourced(_))) {
        complain(sys, "return: can only `return' from a function or sourced script");
        return Built::Done(2);
    }
    let code = match number(sys, "return", args.first(), i64::from(sys.shell.status)) {
        Ok(n) => (n & 255) as i32,
        Err(code) => code,
    };
    while let Some(frame) = frames.pop() {
        let last = matches!(frame, Frame::Call(_) | Frame::Sourced(_));
        unwind(frame, sys.shell, &mut sys.fds);
        if last {
            break;
        }
    }
    sys.shell.status = code;
    Built::Step(Step::Go)
}

fn leave_loop(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, argv: &[String]) -> i32 {
    let name = argv[0].as_str();
    let is_loop = |f: &Frame| matches!(f, Frame::While { .. } | Frame::For { .. } | Frame::Count { .. });
    let inner = frames.iter().rev().take_while(|f| !matches!(f, Frame::Call(_)));
    let depth = inner.filter(|f| is_loop(f)).count();
    if depth == 0 {
        if sys.shell.dialect == Dialect::Bash {
            complain(sys, &format!("{name}: only meaningful in a `for', `while', or `until' loop"));
        }
        return 0;
    }
    let mut left = match number(sys, name, argv.get(1), 1) {
        Ok(n) => (n.max(1) as usize).min(depth),
        Err(code) => return code,
    };
    while let Some(frame) = frames.pop() {
        if is_loop(&frame) {
            left -= 1;
            if left == 0 {
                if name == "continue" {
                    frames.push(frame);
                }
                break;
            }
        }
        unwind(frame, sys.shell, &mut sys.fds);
    }
    0
}

fn trap(sys: &mut Sys<'_>, args: &[String]) -> i32 {
    let args: Vec<&String> = args.iter().filter(|a| *a != "--").collect();
    if args.is_empty() || args[0] == "-p" {
        let traps = sys.shell.traps.clone();
        for (name, text) in traps.iter() {
            let shown = if name == "EXIT" { name.clone() } else { format!("SIG{name}") };
            sys.out(&format!("trap -- '{text}' {shown}\n"));
        }
        return 0;
    }
    let (text, signals) = if args.len() == 1 { (None, &args[..]) } else { (Some(args[0].as_str()), &args[1..]) };
    for signal in signals {
        let name = match signal.to_ascii_uppercase().as_str() {
            "EXIT" | "0" => "EXIT",
            "ERR" | "DEBUG" | "RETURN" => continue,
            other => match Signal::parse(other) {
                Some(signal) => signal.name(),
                None => {
                    complain(sys, &format!("trap: {signal}: invalid signal specification"));
                    return 1;
                }
            },
        };
        let traps = Rc::make_mut(&mut sys.shell.traps);
        match text {
            None | Some("-") => {
                traps.remove(name);
            }
            Some(text) => {
                traps.insert(name.to_owned(), text.to_owned());
            }
        }
    }
    0
}

fn wait(sys: &mut Sys<'_>, frames: &mut Vec<Frame>, args: &[String]) -> Built {
    let mut pids = vec![];
    for arg in args.iter().filter(|a| !a.starts_with('-')) {
        let pid = match arg.strip_prefix('%') {
            Some(n) => sys.shell.background.iter().find(|b| b.number.to_string() == n).map(|b| b.pid),
            None => arg.parse().ok(),
        };
        match pid {
            Some(pid) => pids.push(pid),
            None => {
                complain(sys, &format!("wait: `{arg}': not a pid or valid job spec"));
                return Built::Done(1);
            }
        }
    }
    let all = pids.is_empty();
    if all {
        pids = sys.shell.background.iter().map(|b| b.pid).collect();
    }
    sys.shell.status = 0;
    if all {
        frames.push(Frame::Trapped(0));
    }
    frames.push(Frame::Await { pids, since: sys.now });
    Built::Step(Step::Go)
}

fn jobs(sys: &mut Sys<'_>) -> i32 {
    let list = sys.shell.background.clone();
    let last = list.len();
    for (i, b) in list.iter().enumerate() {
        let mark = if i + 1 == last {
            '+'
        } else if i + 2 == last {
            '-'
        } else {
            ' '
        };
        if sys.is_alive(b.pid) {
            sys.out(&format!("[{}]{mark}  {:<24}{} &\n", b.number, "Running", b.text));
            continue;
        }
        let state = match sys.reap(b.pid).unwrap_or(0) {
            0 => "Done".to_string(),
            130 => "Interrupt".into(),
            137 => "Killed".into(),
            143 => "Terminated".into(),
            code => format!("Exit {code}"),
        };
        sys.out(&format!("[{}]{mark}  {state:<24}{}\n", b.number, b.text));
        sys.shell.background.retain(|x| x.pid != b.pid);
    }
    0
}

fn kill(sys: &mut Sys<'_>, args: &[String]) -> i32 {
    let mut signal = Signal::Term;
    let mut probe = false;
    let mut targets = vec![];
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let named = match arg.as_str() {
            "-l" => {
                sys.out("HUP INT QUIT KILL USR1 USR2 PIPE TERM\n");
                return 0;
            }
            "-s" | "-n" => rest.next().map(String::as_str),
            a if a.starts_with('-') && targets.is_empty() => Some(&a[1..]),
            _ => {
                targets.push(arg);
                None
            }
        };
        if let Some(name) = named {
            if name == "0" {
                probe = true;
                continue;
            }
            match Signal::parse(name) {
                Some(s) => signal = s,
                None => {
                    complain(sys, &format!("kill: {name}: invalid signal specification"));
                    return 1;
                }
            }
        }
    }
    if targets.is_empty() {
        sys.err("kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n");
        return 2;
    }
    let mut code = 0;
    for target in targets {
        let pid = match target.strip_prefix('%') {
            Some(n) => sys.shell.background.iter().find(|b| b.number.to_string() == n).map(|b| b.pid),
            None => target.parse().ok(),
        };
        match pid {
            Some(pid) if sys.is_alive(pid) || pid == 1 => {
                if !probe {
                    sys.send(pid, signal);
                }
            }
            Some(pid) => {
                let message = match sys.shell.dialect {
                    Dialect::Bash => format!("kill: ({pid}) - No such process"),
                    _ => format!("can't kill pid {pid}: No such process"),
                };
                complain(sys, &message);
                code = 1;
            }
            None => {
                let message = match target.starts_with('%') {
                    true => format!("kill: {target}: no such job"),
                    false => format!("kill: {target}: arguments must be process or job IDs"),
                };
                complain(sys, &message);
                code = 1;
            }
        }
    }
    code
}

fn alias(sys: &mut Sys<'_>, args: &[String]) -> i32 {
    let mut code = 0;
    if args.is_empty() {
        let all = sys.shell.aliases.clone();
        for (name, value) in all.iter() {
            sys.out(&format!("alias {name}='{value}'\n"));
        }
    }
    for arg in args {
        match arg.split_once('=') {
            Some((name, value)) => {
                Rc::make_mut(&mut sys.shell.aliases).insert(name.to_owned(), value.to_owned());
            }
            None => match sys.shell.aliases.get(arg).cloned() {
                Some(value) => sys.out(&format!("alias {arg}='{value}'\n")),
                None => {
                    complain(sys, &format!("alias: {arg}: not found"));
                    code = 1;
                }
            },
        }
    }
    code
}

fn arithmetic(sys: &mut Sys<'_>, args: &[String]) -> i32 {
    let mut value = 0;
    for arg in args {
        match super::arith::eval(arg, sys.shell) {
            Ok(n) => value = n,
            Err(message) => {
                complain(sys, &format!("let: {message}"));
                return 1;
            }
        }
    }
    i32::from(value == 0)
}

fn what(host: &mut dyn Host, sys: &mut Sys<'_>, names: &[String], short: bool) -> i32 {
    let mut code = 0;
    for name in names {
        let line = if let Some(value) = sys.shell.aliases.get(name) {
            if short { format!("alias {name}='{value}'\n") } else { format!("{name} is aliased to `{value}'\n") }
        } else if sys.shell.functions.contains_key(name.as_str()) {
            if short { format!("{name}\n") } else { format!("{name} is a function\n") }
        } else if NAMES.contains(&name.as_str()) {
            if short { format!("{name}\n") } else { format!("{name} is a shell builtin\n") }
        } else if host.knows(name) {
            let path = tools::which::path(name);
            if short { format!("{path}\n") } else { format!("{name} is {path}\n") }
        } else {
            code = 1;
            if !short {
                complain(sys, &format!("type: {name}: not found"));
            }
            continue;
        };
        sys.out(&line);
    }
    code
}

fn getopts(sys: &mut Sys<'_>, args: &[String]) -> i32 {
    let (Some(spec), Some(name)) = (args.first(), args.get(1)) else {
        sys.err("getopts: usage: getopts optstring name [arg ...]\n");
        return 2;
    };
    let list: Vec<String> = if args.len() > 2 { args[2..].to_vec() } else { sys.shell.params.to_vec() };
    let index: usize = sys.shell.get("OPTIND").and_then(|t| t.parse().ok()).unwrap_or(1).max(1);
    let within: usize = sys.shell.get("_OPTAT").and_then(|t| t.parse().ok()).unwrap_or(1);
    let Some(arg) = list.get(index - 1).filter(|a| a.len() > 1 && a.starts_with('-') && *a != "--") else {
        sys.shell.set(name, "?");
        return 1;
    };
    let chars: Vec<char> = arg.chars().collect();
    let flag = chars.get(within).copied().unwrap_or('?');
    let (mut index, mut within) = (index, within + 1);
    if within >= chars.len() {
        index += 1;
        within = 1;
    }
    match spec.find(flag).filter(|_| flag != ':') {
        None => {
            complain(sys, &format!("illegal option -- {flag}"));
            sys.shell.set(name, "?");
        }
        Some(at) => {
            sys.shell.set(name, &flag.to_string());
            if spec[at + flag.len_utf8()..].starts_with(':') {
                let value: String = if within > 1 {
                    chars[within..].iter().collect()
                } else {
                    list.get(index - 1).cloned().unwrap_or_default()
                };
                sys.shell.set("OPTARG", &value);
                index += 1;
                within = 1;
            }
        }
    }
    sys.shell.set("OPTIND", &index.to_string());
    sys.shell.set("_OPTAT", &within.to_string());
    0
}
