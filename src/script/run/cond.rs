//! Tests: `[ ]`, `test` and `[[ ]]`.

use crate::script::files::What;
use crate::script::lang::ast::Cond;
use crate::script::regex;
use crate::script::shell::Dialect;
use crate::script::sys::Sys;

use super::expand::{Expand, Halt};
use super::pattern::{fits, text_of};
use super::{arith, complain};

/// `test ...` and `[ ... ]`: the exit code.
pub fn test(argv: &[String], sys: &mut Sys<'_>) -> i32 {
    let name = argv[0].as_str();
    let mut args: Vec<&str> = argv[1..].iter().map(String::as_str).collect();
    if name == "[" && args.pop() != Some("]") {
        let message = if sys.shell.dialect == Dialect::Ash { "[: missing ]" } else { "[: missing `]'" };
        complain(sys, message);
        return 2;
    }
    match any(&args, sys) {
        Ok(truth) => i32::from(!truth),
        Err(message) => {
            let line = match sys.shell.dialect {
                Dialect::Ash => message.replace(": integer expression expected", ": bad number"),
                _ => format!("{name}: {message}"),
            };
            complain(sys, &line);
            2
        }
    }
}

type Truth = Result<bool, String>;

/// The rules of POSIX by the number of arguments; more than four by precedence.
fn any(args: &[&str], sys: &Sys<'_>) -> Truth {
    match args {
        [] => Ok(false),
        [one] => Ok(!one.is_empty()),
        ["!", rest @ ..] if rest.len() < 3 || args.len() == 4 => any(rest, sys).map(|t| !t),
        [op, operand] => unary(op, operand, sys),
        [left, op, right] if is_binary(op) => binary(left, op, right, sys),
        [left, "-a", right] => Ok(!left.is_empty() && !right.is_empty()),
        [left, "-o", right] => Ok(!left.is_empty() || !right.is_empty()),
        ["(", inner, ")"] => Ok(!inner.is_empty()),
        [_, op, _] => Err(format!("{op}: binary operator expected")),
        _ => {
            let mut at = 0;
            let truth = or(args, &mut at, sys)?;
            if at < args.len() { Err("too many arguments".into()) } else { Ok(truth) }
        }
    }
}

fn or(args: &[&str], at: &mut usize, sys: &Sys<'_>) -> Truth {
    let mut truth = and(args, at, sys)?;
    while args.get(*at) == Some(&"-o") {
        *at += 1;
        truth |= and(args, at, sys)?;
    }
    Ok(truth)
}

fn and(args: &[&str], at: &mut usize, sys: &Sys<'_>) -> Truth {
    let mut truth = term(args, at, sys)?;
    while args.get(*at) == Some(&"-a") {
        *at += 1;
        truth &= term(args, at, sys)?;
    }
    Ok(truth)
}

fn term(args: &[&str], at: &mut usize, sys: &Sys<'_>) -> Truth {
    let rest = &args[(*at).min(args.len())..];
    match rest {
        ["!", ..] => {
            *at += 1;
            term(args, at, sys).map(|t| !t)
        }
        ["(", ..] => {
            *at += 1;
            let truth = or(args, at, sys)?;
            if args.get(*at) != Some(&")") {
                return Err("`)' expected".into());
            }
            *at += 1;
            Ok(truth)
        }
        [left, op, right, ..] if is_binary(op) => {
            *at += 3;
            binary(left, op, right, sys)
        }
        [op, operand, ..] if op.len() == 2 && op.starts_with('-') => {
            *at += 2;
            unary(op, operand, sys)
        }
        [one, ..] => {
            *at += 1;
            Ok(!one.is_empty())
        }
        [] => Err("argument expected".into()),
    }
}

fn is_binary(op: &str) -> bool {
    matches!(op, "=" | "==" | "!=" | "<" | ">" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot" | "-ef")
}

fn unary(op: &str, operand: &str, sys: &Sys<'_>) -> Truth {
    let path = sys.resolve(operand);
    let stat = || if operand.is_empty() { None } else { sys.files.stat(&path).ok() };
    Ok(match op {
        "-n" => !operand.is_empty(),
        "-z" => operand.is_empty(),
        "-e" | "-a" => stat().is_some() || operand.starts_with("/dev/"),
        "-f" => stat().is_some_and(|s| s.kind == What::File),
        "-d" => stat().is_some_and(|s| s.kind == What::Dir),
        "-s" => stat().is_some_and(|s| s.size > 0),
        "-r" | "-w" => stat().is_some(),
        "-x" => stat().is_some_and(|s| s.mode & 0o111 != 0),
        "-L" | "-h" => sys.files.lstat(&path).is_ok_and(|s| s.kind == What::Link),
        "-t" => operand.parse().is_ok_and(|fd| sys.is_tty(fd)),
        "-v" => sys.shell.get(operand).is_some(),
        "-p" | "-S" | "-b" | "-c" | "-u" | "-g" | "-k" | "-O" | "-G" | "-N" => false,
        _ => return Err(format!("{op}: unary operator expected")),
    })
}

fn integer(text: &str) -> Result<i64, String> {
    text.trim().parse().map_err(|_| format!("{text}: integer expression expected"))
}

fn binary(left: &str, op: &str, right: &str, sys: &Sys<'_>) -> Truth {
    let time = |path: &str| sys.files.stat(&sys.resolve(path)).ok().map(|s| s.at);
    Ok(match op {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        ">" => left > right,
        "-nt" => time(left) > time(right),
        "-ot" => time(left) < time(right),
        "-ef" => sys.resolve(left) == sys.resolve(right),
        _ => {
            let (a, b) = (integer(left)?, integer(right)?);
            match op {
                "-eq" => a == b,
                "-ne" => a != b,
                "-lt" => a < b,
                "-le" => a <= b,
                "-gt" => a > b,
                _ => a >= b,
            }
        }
    })
}

/// `[[ ... ]]`
pub fn double(test: &Cond, cx: &mut Expand<'_, '_>) -> Result<bool, Halt> {
    Ok(match test {
        Cond::Not(inner) => !double(inner, cx)?,
        Cond::And(a, b) => double(a, cx)? && double(b, cx)?,
        Cond::Or(a, b) => double(a, cx)? || double(b, cx)?,
        Cond::Word(word) => !cx.text(word)?.is_empty(),
        Cond::Unary(op, word) => {
            let operand = cx.text(word)?;
            unary(op, &operand, cx.sys).or_else(|message| fail(cx, &message))?
        }
        Cond::Binary(left, op, right) => {
            let left = cx.text(left)?;
            match op.as_str() {
                "=" | "==" | "!=" => {
                    let pattern = cx.chars(right)?;
                    fits(&pattern, &left.chars().collect::<Vec<_>>()) == (op != "!=")
                }
                "=~" => {
                    let chars = cx.chars(right)?;
                    matches_regex(&left, &chars, cx)?
                }
                "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                    let right = cx.text(right)?;
                    let (a, b) = (number(&left, cx)?, number(&right, cx)?);
                    binary(&a.to_string(), op, &b.to_string(), cx.sys).or_else(|message| fail(cx, &message))?
                }
                _ => {
                    let right = cx.text(right)?;
                    binary(&left, op, &right, cx.sys).or_else(|message| fail(cx, &message))?
                }
            }
        }
    })
}

fn number(text: &str, cx: &mut Expand<'_, '_>) -> Result<i64, Halt> {
    match arith::eval(text, cx.sys.shell) {
        Ok(n) => Ok(n),
        Err(message) => fail(cx, &message).map(|_| 0),
    }
}

fn fail(cx: &mut Expand<'_, '_>, message: &str) -> Result<bool, Halt> {
    complain(cx.sys, message);
    Err(Halt::Fail)
}

fn matches_regex(text: &str, chars: &[super::pattern::Char], cx: &mut Expand<'_, '_>) -> Result<bool, Halt> {
    let mut source = String::new();
    for (c, quoted) in chars {
        if *quoted && !c.is_alphanumeric() && !c.is_whitespace() {
            source.push('\\');
        }
        source.push(*c);
    }
    let Some(compiled) = regex::extended(&source, false) else {
        let shown = text_of(chars);
        return fail(cx, &format!("invalid regular expression `{shown}'"));
    };
    let Some(found) = compiled.captures(text) else { return Ok(false) };
    let groups = (0..found.len()).map(|i| found.get(i).map_or(String::new(), |m| m.as_str().to_owned())).collect();
    cx.sys.shell.set_many("BASH_REMATCH", groups);
    Ok(true)
}
