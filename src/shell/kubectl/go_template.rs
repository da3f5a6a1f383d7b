//! A part of Go's templates, for `-o go-template`: fields, variables, `range`, `if`, `with`, pipes, the usual functions.
//!
//! Models: Go `text/template`, `cli-runtime/pkg/printers/template.go`.
//! Left out: `define`, `template`, `block`, methods, comparison of floats.

use super::Failure;
use crate::base::text::go_quote;
use crate::base::yaml::{go_text, to_json};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Print(Pipe),
    Set(String, Pipe),
    If(Pipe, Vec<Node>, Vec<Node>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range { key: Option<String>, value: Option<String>, pipe: Pipe, body: Vec<Node>, none: Vec<Node> },
}

/// Commands, each a list of words; the result of one is the last word of the next.
type Pipe = Vec<Vec<Word>>;

#[derive(Clone, Debug)]
enum Word {
    Dot(Vec<String>),
    Variable(String, Vec<String>),
    Value(Value),
    Function(String),
    /// A pipe in parentheses, and the fields taken from its value.
    Group(Pipe, Vec<String>),
}

/// Applies a template to a tree.
///
/// # Errors
/// Go's words for what cannot be parsed or applied.
pub fn render(text: &str, tree: &Value) -> Result<String, Failure> {
    let wrong = |why: String| Failure::error(format!("error parsing template {text}, {why}"));
    let pieces = pieces(text).map_err(wrong)?;
    let mut at = 0;
    let nodes = block(&pieces, &mut at, false).map_err(wrong)?;
    let mut run = Run { root: tree, variables: BTreeMap::new(), out: String::new(), steps: 0 };
    run.variables.insert(String::new(), tree.clone());
    match run.nodes(&nodes, tree) {
        Ok(()) => Ok(run.out),
        Err(why) => Err(Failure::error(format!(
            "error executing template \"{text}\": template: output:1: {why}\nRaw data was:\n\t{}",
            to_json(tree)
        ))),
    }
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Action(Vec<String>),
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut left, mut trim) = (vec![], text, false);
    while let Some(open) = left.find("{{") {
        let (before, after) = left.split_at(open);
        let close = after.find("}}").ok_or("template: output:1: unclosed action")?;
        let mut action = &after[2..close];
        let mut before = if trim { before.trim_start() } else { before };
        if let Some(rest) = action.strip_prefix("- ") {
            (action, before) = (rest, before.trim_end());
        }
        trim = action.ends_with(" -");
        action = action.strip_suffix(" -").unwrap_or(action);
        pieces.push(Piece::Text(before.into()));
        if !action.trim_start().starts_with("/*") {
            pieces.push(Piece::Action(words(action)?));
        }
        left = &after[close + 2..];
    }
    pieces.push(Piece::Text(if trim { left.trim_start() } else { left }.into()));
    Ok(pieces)
}

fn words(action: &str) -> Result<Vec<String>, String> {
    let (mut words, mut chars) = (vec![], action.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            // fields behind a parenthesis stay with it: `(index .items 0).metadata.name`
            ')' => {
                let mut word = String::from(c);
                while let Some(d) = chars.next_if(|d| !d.is_whitespace() && !"|(),\"`".contains(*d)) {
                    word.push(d);
                }
                words.push(word);
            }
            '|' | '(' | ',' => words.push(c.to_string()),
            '"' | '`' => {
                let mut word = String::from(c);
                loop {
                    match chars.next() {
                        None => return Err("template: output:1: unterminated quoted string".into()),
                        Some('\\') if c == '"' => {
                            word.push('\\');
                            word.extend(chars.next());
                        }
                        Some(d) => {
                            word.push(d);
                            if d == c {
                                break;
                            }
                        }
                    }
                }
                words.push(word);
            }
            c => {
                let mut word = String::from(c);
                while let Some(d) = chars.next_if(|d| !d.is_whitespace() && !"|(),\"`".contains(*d)) {
                    word.push(d);
                }
                words.push(word);
            }
        }
    }
    Ok(words)
}

fn block(pieces: &[Piece], at: &mut usize, inner: bool) -> Result<Vec<Node>, String> {
    let mut nodes = vec![];
    while let Some(piece) = pieces.get(*at) {
        let Piece::Action(words) = piece else {
            if let Piece::Text(text) = piece {
                nodes.push(Node::Text(text.clone()));
            }
            *at += 1;
            continue;
        };
        let first = words.first().map_or("", String::as_str);
        if matches!(first, "end" | "else") {
            if !inner {
                return Err(format!("template: output:1: unexpected {{{{{first}}}}}"));
            }
            return Ok(nodes);
        }
        *at += 1;
        match first {
            "if" | "with" => {
                let pipe = pipe(&words[1..])?;
                let (body, none) = bodies(pieces, at)?;
                nodes.push(if first == "if" { Node::If(pipe, body, none) } else { Node::With(pipe, body, none) });
            }
            "range" => {
                let set = words.iter().position(|w| w == ":=");
                let names: Vec<String> = words[1..set.unwrap_or(1)].iter().filter(|w| *w != ",").cloned().collect();
                let pipe = pipe(&words[set.map_or(1, |n| n + 1)..])?;
                let (body, none) = bodies(pieces, at)?;
                let (key, value) = match names.as_slice() {
                    [key, value] => (Some(key.clone()), Some(value.clone())),
                    [value] => (None, Some(value.clone())),
                    _ => (None, None),
                };
                nodes.push(Node::Range { key, value, pipe, body, none });
            }
            _ if words.get(1).is_some_and(|w| w == ":=" || w == "=") => {
                nodes.push(Node::Set(first.into(), pipe(&words[2..])?));
            }
            _ => nodes.push(Node::Print(pipe(words)?)),
        }
    }
    if inner { Err("template: output:1: unexpected EOF".into()) } else { Ok(nodes) }
}

fn bodies(pieces: &[Piece], at: &mut usize) -> Result<(Vec<Node>, Vec<Node>), String> {
    let body = block(pieces, at, true)?;
    let Some(Piece::Action(words)) = pieces.get(*at) else { return Ok((body, vec![])) };
    *at += 1;
    if words.first().is_some_and(|w| w == "end") {
        return Ok((body, vec![]));
    }
    if words.get(1).is_some_and(|w| w == "if") {
        let pipe = pipe(&words[2..])?;
        let (then, none) = bodies(pieces, at)?;
        return Ok((body, vec![Node::If(pipe, then, none)]));
    }
    let none = block(pieces, at, true)?;
    *at += 1;
    Ok((body, none))
}

fn pipe(words: &[String]) -> Result<Pipe, String> {
    let mut at = 0;
    let pipe = commands(words, &mut at)?;
    if at < words.len() {
        return Err(format!("template: output:1: unexpected {:?} in command", words[at]));
    }
    if pipe.iter().any(Vec::is_empty) {
        return Err("template: output:1: missing value for command".into());
    }
    Ok(pipe)
}

fn commands(words: &[String], at: &mut usize) -> Result<Pipe, String> {
    let mut pipe: Pipe = vec![vec![]];
    while let Some(word) = words.get(*at) {
        if word.starts_with(')') {
            break;
        }
        *at += 1;
        let command = pipe.last_mut().expect("a pipe begins with one command");
        match word.as_str() {
            "|" => pipe.push(vec![]),
            "(" => {
                let group = commands(words, at)?;
                let behind = words.get(*at).map_or("", |word| word.trim_start_matches(')'));
                let fields = behind.split('.').filter(|part| !part.is_empty()).map(String::from).collect();
                command.push(Word::Group(group, fields));
                *at += 1;
            }
            word => command.push(self::word(word)?),
        }
    }
    Ok(pipe)
}

fn word(text: &str) -> Result<Word, String> {
    let path = |text: &str| text.split('.').filter(|p| !p.is_empty()).map(String::from).collect::<Vec<_>>();
    if let Some(raw) = text.strip_prefix('`') {
        return Ok(Word::Value(raw.trim_end_matches('`').into()));
    }
    if text.starts_with('"') {
        return serde_json::from_str(text)
            .map(Word::Value)
            .map_err(|_| format!("template: output:1: invalid syntax: {text}"));
    }
    if text.starts_with('.') {
        return Ok(Word::Dot(path(text)));
    }
    if text.starts_with('$') {
        let (name, rest) = text.split_once('.').unwrap_or((text, ""));
        return Ok(Word::Variable(name.into(), path(rest)));
    }
    if let Ok(number) = text.parse::<i64>() {
        return Ok(Word::Value(number.into()));
    }
    match text {
        "true" => Ok(Word::Value(true.into())),
        "false" => Ok(Word::Value(false.into())),
        "nil" => Ok(Word::Value(Value::Null)),
        _ if FUNCTIONS.contains(&text) => Ok(Word::Function(text.into())),
        _ => Err(format!("template: output:1: function {text:?} not defined")),
    }
}

static FUNCTIONS: &[&str] = &[
    "and",
    "or",
    "not",
    "len",
    "index",
    "print",
    "println",
    "printf",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "exists",
    "base64decode",
];

/// What a template may do before it is stopped.
const STEPS: usize = 200_000;

struct Run<'a> {
    root: &'a Value,
    variables: BTreeMap<String, Value>,
    out: String,
    steps: usize,
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<(), String> {
        for node in nodes {
            self.steps += 1;
            if self.steps > STEPS || self.out.len() > 4 << 20 {
                return Err("the template does too much".into());
            }
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Print(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    self.out.push_str(&shown(&value));
                }
                Node::Set(name, pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    self.variables.insert(name.clone(), value);
                }
                Node::If(pipe, body, none) => {
                    let yes = truth(&self.pipe(pipe, dot)?);
                    self.nodes(if yes { body } else { none }, dot)?;
                }
                Node::With(pipe, body, none) => {
                    let value = self.pipe(pipe, dot)?;
                    if truth(&value) { self.nodes(body, &value)? } else { self.nodes(none, dot)? }
                }
                Node::Range { key, value, pipe, body, none } => {
                    let items: Vec<(Value, Value)> = match self.pipe(pipe, dot)? {
                        Value::Array(items) => items.into_iter().enumerate().map(|(n, v)| (n.into(), v)).collect(),
                        Value::Object(map) => map.into_iter().map(|(k, v)| (k.into(), v)).collect(),
                        Value::Null => vec![],
                        other => return Err(format!("range can't iterate over {}", shown(&other))),
                    };
                    if items.is_empty() {
                        self.nodes(none, dot)?;
                    }
                    for (k, v) in items {
                        if let Some(key) = key {
                            self.variables.insert(key.clone(), k);
                        }
                        if let Some(value) = value {
                            self.variables.insert(value.clone(), v.clone());
                        }
                        self.nodes(body, &v)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Value) -> Result<Value, String> {
        let mut last: Option<Value> = None;
        for command in pipe {
            let mut values = vec![];
            let function = match command.first() {
                Some(Word::Function(name)) => Some(name.as_str()),
                _ => None,
            };
            for word in &command[usize::from(function.is_some())..] {
                values.push(self.word(word, dot)?);
            }
            values.extend(last.take());
            last = Some(match function {
                Some(name) => call(name, &values)?,
                None => values.into_iter().next().unwrap_or(Value::Null),
            });
        }
        Ok(last.unwrap_or(Value::Null))
    }

    fn word(&mut self, word: &Word, dot: &Value) -> Result<Value, String> {
        let walk = |value: &Value, path: &[String]| -> Value {
            path.iter().fold(value.clone(), |at, part| at.get(part).cloned().unwrap_or(Value::Null))
        };
        Ok(match word {
            Word::Dot(path) => walk(dot, path),
            Word::Variable(name, path) if name == "$" => walk(self.root, path),
            Word::Variable(name, path) => {
                let value = self.variables.get(name).ok_or_else(|| format!("undefined variable {name:?}"))?;
                walk(value, path)
            }
            Word::Value(value) => value.clone(),
            Word::Function(name) => call(name, &[])?,
            Word::Group(pipe, path) => walk(&self.pipe(pipe, dot)?, path),
        })
    }
}

fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(n) => n.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".into(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => go_text(value),
        other => to_json(other),
    }
}

fn call(name: &str, values: &[Value]) -> Result<Value, String> {
    let first = values.first().cloned().unwrap_or(Value::Null);
    Ok(match name {
        "not" => Value::Bool(!truth(&first)),
        "and" => values.iter().find(|v| !truth(v)).or(values.last()).cloned().unwrap_or(Value::Null),
        "or" => values.iter().find(|v| truth(v)).or(values.last()).cloned().unwrap_or(Value::Null),
        "len" => match &first {
            Value::String(text) => text.len().into(),
            Value::Array(items) => items.len().into(),
            Value::Object(map) => map.len().into(),
            _ => return Err("error calling len: len of nil pointer".into()),
        },
        "index" | "exists" => {
            let found = values[1.min(values.len())..].iter().try_fold(first, |at, key| match key {
                Value::String(key) => at.get(key).cloned(),
                Value::Number(n) => at.get(n.as_u64()? as usize).cloned(),
                _ => None,
            });
            if name == "exists" { Value::Bool(found.is_some()) } else { found.unwrap_or(Value::Null) }
        }
        "print" | "println" => {
            let text = values.iter().map(shown).collect::<Vec<_>>().join(if name == "print" { "" } else { " " });
            Value::String(if name == "print" { text } else { format!("{text}\n") })
        }
        "printf" => Value::String(printf(&shown(&first), &values[1.min(values.len())..])),
        "eq" => Value::Bool(values[1.min(values.len())..].contains(&first)),
        "ne" => Value::Bool(values.get(1) != Some(&first)),
        "lt" | "le" | "gt" | "ge" => {
            let second = values.get(1).cloned().unwrap_or(Value::Null);
            let order = match (&first, &second) {
                (Value::String(a), Value::String(b)) => a.cmp(b),
                (a, b) => a.as_i64().cmp(&b.as_i64()),
            };
            Value::Bool(match name {
                "lt" => order.is_lt(),
                "le" => order.is_le(),
                "gt" => order.is_gt(),
                _ => order.is_ge(),
            })
        }
        _ => {
            let bytes =
                base64(&shown(&first)).ok_or("error calling base64decode: illegal base64 data at input byte 0")?;
            Value::String(String::from_utf8_lossy(&bytes).into_owned())
        }
    })
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (vec![], 0u32, 0u32);
    for letter in text.bytes().filter(|b| *b != b'=' && !b.is_ascii_whitespace()) {
        let value = LETTERS.iter().position(|l| *l == letter)? as u32;
        bits = (bits << 6 | value) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    Some(bytes)
}

fn printf(format: &str, values: &[Value]) -> String {
    let (mut out, mut values, mut chars) = (String::new(), values.iter(), format.chars());
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut width = String::new();
        let verb = loop {
            match chars.next() {
                Some(c) if c.is_ascii_digit() || c == '-' => width.push(c),
                other => break other,
            }
        };
        let text = match verb {
            Some('%') => "%".into(),
            Some('q') => values.next().map(|v| go_quote(&shown(v))).unwrap_or_default(),
            Some(_) => values.next().map(shown).unwrap_or_default(),
            None => "%!(NOVERB)".into(),
        };
        let size: usize = width.trim_start_matches('-').parse().unwrap_or(0).min(1000);
        if width.starts_with('-') { out += &format!("{text:<size$}") } else { out += &format!("{text:>size$}") }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_do_what_kubectl_users_write() {
        let tree = json!({"items": [{"metadata": {"name": "a"}, "n": 1}, {"metadata": {"name": "b"}, "n": 0}]});
        for (template, expected) in [
            ("{{range .items}}{{.metadata.name}} {{end}}", "a b "),
            ("{{range $i, $p := .items}}{{$i}}={{$p.metadata.name}}{{\"\\n\"}}{{end}}", "0=a\n1=b\n"),
            ("{{range .items}}{{if .n}}{{.metadata.name}}{{else}}-{{end}}{{end}}", "a-"),
            ("{{len .items}} {{(index .items 1).metadata.name}}", "2 b"),
            ("{{.nope}}", "<no value>"),
            ("{{ printf \"%s-%d\" (index .items 0).metadata.name 3 | print }}", "a-3"),
        ] {
            assert_eq!(render(template, &tree).map_err(|f| f.message), Ok(expected.to_string()), "{template}");
        }
    }
}
