//! The text format: `$` commands with their output, `@` directives, `#` comments.
//!
//! An output line that is empty or begins with `$`, `@`, `#`, `[exit` or a backslash carries one more backslash. A command
//! goes on over the next line after a trailing backslash; one that is no whole command yet (a loop, a here-document) goes
//! on over lines that begin with `> `.

use std::fmt::Write as _;

use crate::script::Process;
use crate::time::Span;
use crate::world::Spec;

/// The longest time that `@ +TIME` lets pass, in milliseconds: thirty days.
const LONGEST: u64 = 30 * 24 * 3_600_000;

/// What a command answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Standard output and error together, in the order they were written.
    pub output: String,
    pub code: i32,
}

/// One piece of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A comment or an empty line, as it stands.
    Note(String),
    File {
        path: String,
        body: String,
    },
    Command {
        text: String,
        reply: Reply,
    },
    /// `@ +10s`, with its spelling.
    Pass {
        span: Span,
        text: String,
    },
    Settle,
    /// `@ cluster 1.15 nodes=3`: a fresh cluster of this shape (see [`Spec::with`]).
    Cluster {
        spec: Spec,
        text: String,
    },
}

/// A line that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    pub what: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Reads a transcript.
///
/// # Errors
/// The first line that is wrong.
pub fn parse(text: &str) -> Result<Vec<Entry>, Mistake> {
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<Entry> = vec![];
    let mut at = 0;
    while at < lines.len() {
        let (line, number) = (lines[at], at + 1);
        at += 1;
        if let Some(first) = line.strip_prefix("$ ").or((line == "$").then_some("")) {
            let mut command = first.to_owned();
            while command.ends_with('\\') && at < lines.len() {
                command.push('\n');
                command.push_str(lines[at]);
                at += 1;
            }
            while let Some(more) = lines.get(at).and_then(|l| l.strip_prefix("> ").or((*l == ">").then_some("")))
                && Process::check(&command).is_err_and(|s| s.incomplete())
            {
                command.push('\n');
                command.push_str(more);
                at += 1;
            }
            out.push(Entry::Command { text: command, reply: Reply::default() });
        } else if let Some(rest) = line.strip_prefix('@') {
            out.push(directive(rest.trim(), &lines, &mut at).map_err(|what| Mistake { line: number, what })?);
        } else if line.starts_with('#') || line.is_empty() {
            out.push(Entry::Note(line.to_owned()));
        } else if let Some(Entry::Command { reply, .. }) = out.iter_mut().rev().find(|e| !matches!(e, Entry::Note(_))) {
            match exit_code(line) {
                Some(code) => reply.code = code,
                None => {
                    reply.output.push_str(line.strip_prefix('\\').unwrap_or(line));
                    reply.output.push('\n');
                }
            }
        } else {
            return Err(Mistake { line: number, what: format!("output without a command: {line}") });
        }
    }
    Ok(out)
}

fn exit_code(line: &str) -> Option<i32> {
    line.strip_prefix("[exit ")?.trim_end().strip_suffix(']')?.parse().ok()
}

fn directive(text: &str, lines: &[&str], at: &mut usize) -> Result<Entry, String> {
    if text == "settle" {
        return Ok(Entry::Settle);
    }
    if let Some(path) = text.strip_prefix("file ") {
        let mut body = String::new();
        loop {
            let Some(line) = lines.get(*at) else { return Err(format!("@ file {path} has no @ end")) };
            *at += 1;
            if line.trim_end() == "@ end" {
                return Ok(Entry::File { path: path.trim().to_owned(), body });
            }
            body.push_str(line);
            body.push('\n');
        }
    }
    if let Some(time) = text.strip_prefix('+') {
        let span = span(time).ok_or_else(|| format!("@ +{time} is no time; for example @ +30s"))?;
        return Ok(Entry::Pass { span, text: time.to_owned() });
    }
    if let Some(shape) = text.strip_prefix("cluster ") {
        return Ok(Entry::Cluster { spec: Spec::default().with(shape)?, text: shape.trim().to_owned() });
    }
    Err(format!("@ {text} is no directive; there are @ file, @ +TIME, @ settle and @ cluster SHAPE"))
}

/// `10s`, `1m30s`, `250ms`, `2h`.
fn span(text: &str) -> Option<Span> {
    let mut total = 0u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let n: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let millis = match &rest[..unit] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        total = total.checked_add(n.checked_mul(millis)?)?;
        rest = &rest[unit..];
    }
    (!text.is_empty() && total <= LONGEST).then_some(Span(total))
}

/// Writes a transcript.
pub fn print(entries: &[Entry]) -> String {
    let mut out = String::new();
    for entry in entries {
        let _ = match entry {
            Entry::Note(line) => writeln!(out, "{line}"),
            Entry::File { path, body } => writeln!(out, "@ file {path}\n{body}@ end"),
            Entry::Pass { text, .. } => writeln!(out, "@ +{text}"),
            Entry::Settle => writeln!(out, "@ settle"),
            Entry::Cluster { text, .. } => writeln!(out, "@ cluster {text}"),
            Entry::Command { text, reply } => {
                out.push_str(&command(text));
                out.push_str(&escaped(&reply.output));
                if reply.code != 0 { writeln!(out, "[exit {}]", reply.code) } else { Ok(()) }
            }
        };
    }
    out
}

fn command(text: &str) -> String {
    let mut out = String::from("$ ");
    let mut continued = true;
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 && !continued {
            out.push_str(if line.is_empty() { ">" } else { "> " });
        }
        out.push_str(line);
        out.push('\n');
        continued = line.ends_with('\\');
    }
    out
}

fn escaped(output: &str) -> String {
    let mut out = String::new();
    for line in output.strip_suffix('\n').unwrap_or(output).split('\n') {
        if output.is_empty() {
            break;
        }
        if line.is_empty() || line.starts_with(['$', '@', '#', '\\']) || line.starts_with("[exit") {
            out.push('\\');
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_reads_back_the_same() {
        let entries = vec![
            Entry::Note("# title".into()),
            Entry::File { path: "a/b.yaml".into(), body: "$ no command\n\nx: 1\n".into() },
            Entry::Command {
                text: "printf '\\n$x'".into(),
                reply: Reply { output: "\n$x\n\\\n[exit 3]\n#no\n@no\n".into(), code: 3 },
            },
            Entry::Pass { span: Span(90_000), text: "1m30s".into() },
            Entry::Settle,
            Entry::Command { text: "echo a \\\nb".into(), reply: Reply { output: "a b\n".into(), code: 0 } },
            Entry::Command {
                text: "for i in 1 2; do\necho $i\n\ndone".into(),
                reply: Reply { output: "1\n2\n".into(), code: 0 },
            },
        ];
        let text = print(&entries);
        assert_eq!(parse(&text), Ok(entries));
        assert!(text.contains("\\\n\\$x\n\\\\\n\\[exit 3]\n\\#no\n\\@no\n[exit 3]\n"));
    }

    #[test]
    fn a_wrong_directive_is_named_with_its_line() {
        assert_eq!(parse("# x\n@ wait\n").map_err(|m| m.line), Err(2));
        assert_eq!(parse("@ +soon").map_err(|m| m.line), Err(1));
    }
}
