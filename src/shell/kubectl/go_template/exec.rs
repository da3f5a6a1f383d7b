//! Nodes applied to data.
//!
//! Models: Go `text/template/exec.go`.
//! Left out: methods.

use super::funcs::{self, V};
use super::parse::{Command, Is, Node, Parsed, Pipe, Word};
use crate::base::text::go_quote;
use serde_json::Value;

/// What a template may do before it is stopped.
const STEPS: usize = 400_000;
const OUTPUT: usize = 8 << 20;
const DEPTH: usize = 200;

/// How a body ended.
enum Flow {
    On,
    Break,
    Continue,
}

pub struct Run<'a> {
    pub text: &'a str,
    pub parsed: &'a Parsed,
    pub strict: bool,
    pub out: String,
    variables: Vec<(String, V)>,
    steps: usize,
    depth: usize,
}

impl<'a> Run<'a> {
    pub fn new(text: &'a str, parsed: &'a Parsed, strict: bool) -> Run<'a> {
        Run { text, parsed, strict, out: String::new(), variables: vec![], steps: 0, depth: 0 }
    }

    /// Applies the template; what was written before a mistake stays.
    ///
    /// # Errors
    /// Go's words.
    pub fn go(&mut self, data: &Value) -> Result<(), String> {
        let dot = V::Data(data.clone());
        self.variables = vec![("$".into(), dot.clone())];
        let parsed = self.parsed;
        self.nodes(&parsed.nodes, &dot).map(|_| ())
    }

    fn error(&self, at: usize, what: impl std::fmt::Display, words: impl std::fmt::Display) -> String {
        let before = &self.text[..at.min(self.text.len())];
        let line = 1 + before.matches('\n').count();
        let column = before.rfind('\n').map_or(at, |n| at - n - 1);
        format!("template: output:{line}:{column}: executing \"output\" at <{what}>: {words}")
    }

    fn nodes(&mut self, nodes: &[Node], dot: &V) -> Result<Flow, String> {
        for node in nodes {
            self.steps += 1;
            if self.steps > STEPS || self.out.len() > OUTPUT {
                return Err("template: output: the template does too much".into());
            }
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Print(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    if pipe.names.is_empty() {
                        self.out.push_str(&value.shown());
                    }
                }
                Node::If(pipe, body, none) => {
                    let known = self.variables.len();
                    let value = self.pipe(pipe, dot)?;
                    let flow = self.nodes(if value.truth() { body } else { none }, dot)?;
                    self.variables.truncate(known);
                    if !matches!(flow, Flow::On) {
                        return Ok(flow);
                    }
                }
                Node::With(pipe, body, none) => {
                    let known = self.variables.len();
                    let value = self.pipe(pipe, dot)?;
                    let flow = if value.truth() { self.nodes(body, &value)? } else { self.nodes(none, dot)? };
                    self.variables.truncate(known);
                    if !matches!(flow, Flow::On) {
                        return Ok(flow);
                    }
                }
                Node::Range(pipe, body, none) => {
                    if let Flow::Break = self.range(pipe, body, none, dot)? {
                        return Ok(Flow::Break);
                    }
                }
                Node::Template(at, name, pipe) => self.template(*at, name, pipe.as_ref(), dot)?,
                Node::Break => return Ok(Flow::Break),
                Node::Continue => return Ok(Flow::Continue),
            }
        }
        Ok(Flow::On)
    }

    fn template(&mut self, at: usize, name: &str, pipe: Option<&Pipe>, dot: &V) -> Result<(), String> {
        let parsed = self.parsed;
        let Some(body) = parsed.defined.get(name) else {
            let what = format!("{{{{template {}}}}}", go_quote(name));
            return Err(self.error(at, what, format!("template {} not defined", go_quote(name))));
        };
        let value = match pipe {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => V::None,
        };
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.error(at, name, "exceeded maximum template depth (100000)"));
        }
        let saved = std::mem::replace(&mut self.variables, vec![("$".into(), value.clone())]);
        self.nodes(body, &value)?;
        self.variables = saved;
        self.depth -= 1;
        Ok(())
    }

    fn range(&mut self, pipe: &Pipe, body: &[Node], none: &[Node], dot: &V) -> Result<Flow, String> {
        let known = self.variables.len();
        let value = self.commands(pipe, dot)?;
        let items: Vec<(V, V)> = match &value {
            V::Data(Value::Array(items)) => {
                items.iter().enumerate().map(|(n, item)| (V::Int(n as i64), V::of(item.clone()))).collect()
            }
            V::Data(Value::Object(map)) => {
                map.iter().map(|(key, item)| (V::text(key.clone()), V::of(item.clone()))).collect()
            }
            V::Int(count) => (0..(*count).clamp(0, STEPS as i64)).map(|n| (V::Int(n), V::Int(n))).collect(),
            V::None => vec![],
            other => {
                let words = format!("range can't iterate over {}", other.shown());
                return Err(self.error(pipe.at, pipe, words));
            }
        };
        if items.is_empty() {
            let flow = self.nodes(none, dot)?;
            self.variables.truncate(known);
            return Ok(flow);
        }
        for (key, item) in items {
            match pipe.names.as_slice() {
                [one] => self.set(one, item.clone(), pipe.assigns),
                [first, second] => {
                    self.set(first, key, pipe.assigns);
                    self.set(second, item.clone(), pipe.assigns);
                }
                _ => {}
            }
            let flow = self.nodes(body, &item)?;
            self.variables.truncate(known);
            if let Flow::Break = flow {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn set(&mut self, name: &str, value: V, assigns: bool) {
        if assigns && let Some(known) = self.variables.iter_mut().rev().find(|(n, _)| n == name) {
            known.1 = value;
            return;
        }
        self.variables.push((name.into(), value));
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &V) -> Result<V, String> {
        let value = self.commands(pipe, dot)?;
        for name in &pipe.names {
            self.set(name, value.clone(), pipe.assigns);
        }
        Ok(value)
    }

    fn commands(&mut self, pipe: &Pipe, dot: &V) -> Result<V, String> {
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(command, dot, last)?);
        }
        Ok(last.unwrap_or(V::None))
    }

    fn command(&mut self, command: &Command, dot: &V, last: Option<V>) -> Result<V, String> {
        let first = &command.words[0];
        if let Is::Function(name) = &first.is {
            return self.call(name, command, dot, last);
        }
        if command.words.len() > 1 || last.is_some() {
            let words = match &first.is {
                Is::Field(path) | Is::Chain(_, path) => {
                    let field = path.last().cloned().unwrap_or_default();
                    format!("{field} is not a method but has arguments")
                }
                Is::Variable(path) if path.len() > 1 => {
                    format!("{} is not a method but has arguments", path[path.len() - 1])
                }
                Is::Nil => "nil is not a command".to_string(),
                _ => format!("can't give argument to non-function {first}"),
            };
            return Err(self.error(first.at, first, words));
        }
        if let Is::Nil = first.is {
            return Err(self.error(first.at, first, "nil is not a command"));
        }
        self.word(first, dot)
    }

    fn call(&mut self, name: &str, command: &Command, dot: &V, last: Option<V>) -> Result<V, String> {
        let wanted = command.words.len() - 1 + usize::from(last.is_some());
        if let Some(words) = funcs::arity(name, wanted) {
            return Err(self.error(command.words[0].at, name, words));
        }
        let mut values = vec![];
        for word in &command.words[1..] {
            let value = self.word(word, dot)?;
            // `and` and `or` stop as soon as they know
            if (name == "and" && !value.truth()) || (name == "or" && value.truth()) {
                return Ok(value);
            }
            values.push(value);
        }
        values.extend(last);
        funcs::call(name, &values)
            .map_err(|words| self.error(command.at, command, format!("error calling {name}: {words}")))
    }

    fn word(&mut self, word: &Word, dot: &V) -> Result<V, String> {
        match &word.is {
            Is::Dot => Ok(dot.clone()),
            Is::Nil => Ok(V::None),
            Is::Bool(yes) => Ok(V::Data((*yes).into())),
            Is::Int(number) => Ok(V::Int(*number)),
            Is::Float(text) => Ok(serde_json::from_str(text).map_or(V::None, V::Data)),
            Is::Text(_, text) => Ok(V::text(text.clone())),
            Is::Field(path) => self.fields(dot.clone(), path, word),
            Is::Variable(path) => {
                let found = self.variables.iter().rev().find(|(name, _)| *name == path[0]);
                let value = found.map_or(V::None, |(_, value)| value.clone());
                self.fields(value, &path[1..], word)
            }
            Is::Function(name) => {
                let command = Command { at: word.at, words: vec![word.clone()] };
                self.call(name, &command, dot, None)
            }
            Is::Group(pipe) => self.pipe(pipe, dot),
            Is::Chain(inner, path) => {
                if let Is::Nil = inner.is {
                    return Err(self.error(word.at, word, "indirection through explicit nil"));
                }
                let value = self.word(inner, dot)?;
                self.fields(value, path, word)
            }
        }
    }

    fn fields(&self, value: V, path: &[String], word: &Word) -> Result<V, String> {
        let mut value = value;
        for name in path {
            value = match value {
                V::Data(Value::Object(mut map)) => match map.remove(name) {
                    Some(found) => V::of(found),
                    None if self.strict => {
                        let words = format!("map has no entry for key {}", go_quote(name));
                        return Err(self.error(word.at, word, words));
                    }
                    None => V::None,
                },
                V::None => {
                    let words = format!("nil pointer evaluating interface {{}}.{name}");
                    return Err(self.error(word.at, word, words));
                }
                other => {
                    let words = format!("can't evaluate field {name} in type {}", other.go_type());
                    return Err(self.error(word.at, word, words));
                }
            };
        }
        Ok(value)
    }
}
