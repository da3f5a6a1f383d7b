//! Tokens into nodes.
//!
//! Models: Go `text/template/parse/parse.go`.

use super::funcs;
use super::lex::{Kind, Token, tokens};
use crate::base::text::go_quote;
use std::collections::BTreeMap;
use std::fmt;

/// A piece of a template.
#[derive(Clone, Debug)]
pub enum Node {
    Text(String),
    Print(Pipe),
    If(Pipe, Vec<Node>, Vec<Node>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range(Pipe, Vec<Node>, Vec<Node>),
    Template(usize, String, Option<Pipe>),
    Break,
    Continue,
}

/// Commands; the result of one is the last argument of the next. Variables that take the result stand in front.
#[derive(Clone, Debug)]
pub struct Pipe {
    pub at: usize,
    pub names: Vec<String>,
    pub assigns: bool,
    pub commands: Vec<Command>,
}

#[derive(Clone, Debug)]
pub struct Command {
    pub at: usize,
    pub words: Vec<Word>,
}

/// A word of a command, and where it stands.
#[derive(Clone, Debug)]
pub struct Word {
    pub at: usize,
    pub is: Is,
}

#[derive(Clone, Debug)]
pub enum Is {
    Dot,
    Nil,
    Bool(bool),
    Int(i64),
    Float(String),
    Text(String, String),
    Field(Vec<String>),
    Variable(Vec<String>),
    Function(String),
    Group(Pipe),
    /// Fields of what stands in front.
    Chain(Box<Word>, Vec<String>),
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.is {
            Is::Dot => f.write_str("."),
            Is::Nil => f.write_str("nil"),
            Is::Bool(yes) => write!(f, "{yes}"),
            Is::Int(n) => write!(f, "{n}"),
            Is::Float(text) | Is::Text(text, _) | Is::Function(text) => f.write_str(text),
            Is::Field(path) => write!(f, ".{}", path.join(".")),
            Is::Variable(path) => f.write_str(&path.join(".")),
            Is::Group(pipe) => write!(f, "({pipe})"),
            Is::Chain(word, path) => write!(f, "{word}.{}", path.join(".")),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.words.iter().map(Word::to_string).collect();
        f.write_str(&words.join(" "))
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.names.is_empty() {
            write!(f, "{} {} ", self.names.join(", "), if self.assigns { "=" } else { ":=" })?;
        }
        let commands: Vec<String> = self.commands.iter().map(Command::to_string).collect();
        f.write_str(&commands.join(" | "))
    }
}

/// A template and those that it defines.
pub struct Parsed {
    pub nodes: Vec<Node>,
    pub defined: BTreeMap<String, Vec<Node>>,
}

/// Reads a template.
///
/// # Errors
/// Go's words, without `template: output:1: ` in front; the line comes with them.
pub fn parse(text: &str) -> Result<Parsed, String> {
    let mut parser = Parser {
        tokens: tokens(text),
        at: 0,
        variables: vec!["$".into()],
        loops: 0,
        depth: 0,
        defined: BTreeMap::new(),
    };
    let (nodes, end) = parser.list()?;
    match end {
        Stop::File => Ok(Parsed { nodes, defined: parser.defined }),
        Stop::End => Err(parser.error("unexpected {{end}}")),
        Stop::Else => Err(parser.error("unexpected {{else}}")),
    }
}

#[derive(PartialEq, Eq)]
enum Stop {
    File,
    End,
    Else,
}

/// Actions inside of actions deeper than this are refused.
const DEPTH: usize = 100;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    variables: Vec<String>,
    loops: usize,
    depth: usize,
    defined: BTreeMap<String, Vec<Node>>,
}

type Bodies = (Pipe, Vec<Node>, Vec<Node>);

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).or(self.tokens.last()).expect("there is always an end")
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn blanks(&mut self) {
        while self.peek().kind == Kind::Space {
            self.at += 1;
        }
    }

    fn next_word(&mut self) -> Token {
        self.blanks();
        self.next()
    }

    fn error(&self, words: impl fmt::Display) -> String {
        let token = self.tokens.get(self.at.saturating_sub(1)).unwrap_or_else(|| self.peek());
        format!("template: output:{}: {words}", token.line)
    }

    fn unexpected(&self, token: &Token, context: &str) -> String {
        if token.kind == Kind::Wrong {
            return self.error(token.shown());
        }
        self.error(format!("unexpected {} in {context}", token.shown()))
    }

    /// Nodes up to `{{end}}`, `{{else`, or the end of the text.
    fn list(&mut self) -> Result<(Vec<Node>, Stop), String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.error("actions are nested too deeply"));
        }
        let mut nodes = vec![];
        loop {
            let token = self.next();
            match token.kind {
                Kind::Text => nodes.push(Node::Text(token.text)),
                Kind::Left => {
                    self.blanks();
                    if self.peek().kind != Kind::Keyword {
                        nodes.push(Node::Print(self.pipe("command", Kind::Right)?));
                        continue;
                    }
                    let word = self.next();
                    match word.text.as_str() {
                        "end" => {
                            self.close("end")?;
                            self.depth -= 1;
                            return Ok((nodes, Stop::End));
                        }
                        "else" => {
                            self.depth -= 1;
                            return Ok((nodes, Stop::Else));
                        }
                        _ => nodes.extend(self.control(&word)?),
                    }
                }
                Kind::End => {
                    self.depth -= 1;
                    return Ok((nodes, Stop::File));
                }
                _ => return Err(self.unexpected(&token, "input")),
            }
        }
    }

    fn close(&mut self, context: &str) -> Result<(), String> {
        let token = self.next_word();
        if token.kind == Kind::Right { Ok(()) } else { Err(self.unexpected(&token, context)) }
    }

    fn control(&mut self, word: &Token) -> Result<Option<Node>, String> {
        Ok(Some(match word.text.as_str() {
            "if" => {
                let (pipe, body, none) = self.bodies("if")?;
                Node::If(pipe, body, none)
            }
            "with" => {
                let (pipe, body, none) = self.bodies("with")?;
                Node::With(pipe, body, none)
            }
            "range" => {
                self.loops += 1;
                let (pipe, body, none) = self.bodies("range")?;
                self.loops -= 1;
                Node::Range(pipe, body, none)
            }
            "break" | "continue" => {
                let token = self.next_word();
                if token.kind != Kind::Right {
                    return Err(self.unexpected(&token, &format!("{{{{{}}}}}", word.text)));
                }
                if self.loops == 0 {
                    return Err(self.error(format!("{{{{{}}}}} outside {{{{range}}}}", word.text)));
                }
                if word.text == "break" { Node::Break } else { Node::Continue }
            }
            "define" => {
                let name = self.name("define clause")?;
                self.close("define clause")?;
                let body = self.body()?;
                self.defined.insert(name, body);
                return Ok(None);
            }
            "block" => {
                let name = self.name("block clause")?;
                let pipe = self.pipe("block clause", Kind::Right)?;
                let body = self.body()?;
                self.defined.insert(name.clone(), body);
                Node::Template(word.at, name, Some(pipe))
            }
            _ => {
                let name = self.name("template clause")?;
                self.blanks();
                let pipe = match self.peek().kind {
                    Kind::Right => {
                        self.next();
                        None
                    }
                    _ => Some(self.pipe("template clause", Kind::Right)?),
                };
                Node::Template(word.at, name, pipe)
            }
        }))
    }

    fn name(&mut self, context: &str) -> Result<String, String> {
        let token = self.next_word();
        match token.kind {
            Kind::Quoted | Kind::Raw => Ok(unquoted(&token.text).unwrap_or_default()),
            _ => Err(self.unexpected(&token, context)),
        }
    }

    fn body(&mut self) -> Result<Vec<Node>, String> {
        let (loops, variables) =
            (std::mem::take(&mut self.loops), std::mem::replace(&mut self.variables, vec!["$".into()]));
        let (body, end) = self.list()?;
        (self.loops, self.variables) = (loops, variables);
        match end {
            Stop::End => Ok(body),
            Stop::File => Err(self.error("unexpected EOF")),
            Stop::Else => Err(self.error("unexpected {{else}} in define clause")),
        }
    }

    /// What follows `if`, `with`, `range`: the pipe, the body, the body of `else`.
    fn bodies(&mut self, context: &str) -> Result<Bodies, String> {
        let known = self.variables.len();
        let pipe = self.pipe(context, Kind::Right)?;
        let (body, end) = self.list()?;
        let none = match end {
            Stop::End => vec![],
            Stop::File => return Err(self.error("unexpected EOF")),
            Stop::Else => {
                self.blanks();
                let word = self.peek().clone();
                let chained = word.kind == Kind::Keyword
                    && matches!((context, word.text.as_str()), ("if", "if") | ("with", "with"));
                if chained {
                    self.next();
                    self.depth += 1;
                    let node = self.control(&word)?;
                    self.depth -= 1;
                    node.into_iter().collect()
                } else {
                    self.close("else")?;
                    let (none, end) = self.list()?;
                    match end {
                        Stop::End => none,
                        Stop::File => return Err(self.error("unexpected EOF")),
                        Stop::Else => return Err(self.error("expected end; found {{else}}")),
                    }
                }
            }
        };
        self.variables.truncate(known);
        Ok((pipe, body, none))
    }

    fn pipe(&mut self, context: &str, end: Kind) -> Result<Pipe, String> {
        self.blanks();
        let mut pipe = Pipe { at: self.peek().at, names: vec![], assigns: false, commands: vec![] };
        while self.peek().kind == Kind::Variable {
            let start = self.at;
            let variable = self.next();
            self.blanks();
            match self.peek().kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assigns = self.next().kind == Kind::Assign;
                    self.declare(&mut pipe, variable.text);
                    break;
                }
                Kind::Comma => {
                    self.next();
                    self.declare(&mut pipe, variable.text);
                    self.blanks();
                    if context != "range" || pipe.names.len() > 1 {
                        return Err(self.error(format!("too many declarations in {context}")));
                    }
                    if !matches!(self.peek().kind, Kind::Variable | Kind::Right | Kind::Close) {
                        return Err(self.error("range can only initialize variables"));
                    }
                }
                _ => {
                    self.at = start;
                    break;
                }
            }
        }
        loop {
            self.blanks();
            let token = self.peek().clone();
            match token.kind {
                kind if kind == end => {
                    self.next();
                    self.check(&pipe, context)?;
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::Dot
                | Kind::Field
                | Kind::Word
                | Kind::Number
                | Kind::Nil
                | Kind::Raw
                | Kind::Quoted
                | Kind::Variable
                | Kind::Open => pipe.commands.push(self.command()?),
                _ => {
                    self.next();
                    return Err(self.unexpected(&token, context));
                }
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, name: String) {
        self.variables.push(name.clone());
        pipe.names.push(name);
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Result<(), String> {
        if pipe.commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (n, command) in pipe.commands.iter().enumerate().skip(1) {
            if matches!(command.words[0].is, Is::Bool(_) | Is::Dot | Is::Nil | Is::Int(_) | Is::Float(_) | Is::Text(..))
            {
                return Err(self.error(format!("non executable command in pipeline stage {}", n + 1)));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command, String> {
        self.blanks();
        let mut command = Command { at: self.peek().at, words: vec![] };
        loop {
            self.blanks();
            if let Some(word) = self.operand()? {
                command.words.push(word);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::Right | Kind::Close => {
                    self.at -= 1;
                    break;
                }
                Kind::Pipe => break,
                _ => return Err(self.unexpected(&token, "operand")),
            }
        }
        if command.words.is_empty() { Err(self.error("empty command")) } else { Ok(command) }
    }

    fn operand(&mut self) -> Result<Option<Word>, String> {
        let Some(word) = self.term()? else { return Ok(None) };
        if self.peek().kind != Kind::Field {
            return Ok(Some(word));
        }
        let at = self.peek().at;
        let mut path = vec![];
        while self.peek().kind == Kind::Field {
            path.push(self.next().text[1..].to_string());
        }
        let is = match word.is {
            Is::Field(mut first) => {
                first.extend(path);
                Is::Field(first)
            }
            Is::Variable(mut first) => {
                first.extend(path);
                Is::Variable(first)
            }
            Is::Bool(_) | Is::Text(..) | Is::Int(_) | Is::Float(_) | Is::Nil | Is::Dot => {
                return Err(self.error(format!("unexpected . after term {}", go_quote(&word.to_string()))));
            }
            _ => Is::Chain(Box::new(word), path),
        };
        Ok(Some(Word { at, is }))
    }

    fn term(&mut self) -> Result<Option<Word>, String> {
        self.blanks();
        let token = self.next();
        let is = match token.kind {
            Kind::Word => {
                if !funcs::NAMES.contains(&token.text.as_str()) {
                    return Err(self.error(format!("function {} not defined", go_quote(&token.text))));
                }
                Is::Function(token.text)
            }
            Kind::Dot => Is::Dot,
            Kind::Nil => Is::Nil,
            Kind::Variable => {
                if !self.variables.contains(&token.text) {
                    return Err(self.error(format!("undefined variable {}", go_quote(&token.text))));
                }
                Is::Variable(vec![token.text])
            }
            Kind::Field => Is::Field(vec![token.text[1..].to_string()]),
            Kind::Bool => Is::Bool(token.text == "true"),
            Kind::Number => number(&token.text),
            Kind::Open => Is::Group(self.pipe("parenthesized pipeline", Kind::Close)?),
            Kind::Quoted | Kind::Raw => match unquoted(&token.text) {
                Some(text) => Is::Text(token.text, text),
                None => return Err(self.error("invalid syntax")),
            },
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Word { at: token.at, is }))
    }
}

fn number(text: &str) -> Is {
    if let Some(c) = text.strip_prefix('\'').and_then(|rest| rest.chars().next()) {
        return Is::Int(i64::from(u32::from(c)));
    }
    let bare = text.replace('_', "");
    let hex = bare.strip_prefix("0x").and_then(|digits| i64::from_str_radix(digits, 16).ok());
    match hex.or_else(|| bare.parse().ok()) {
        Some(number) => Is::Int(number),
        None => Is::Float(bare),
    }
}

/// What stands inside of Go's quotes.
fn unquoted(text: &str) -> Option<String> {
    if let Some(raw) = text.strip_prefix('`') {
        return Some(raw.trim_end_matches('`').to_string());
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let made = match chars.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '\\' => '\\',
            '"' => '"',
            'x' => hex(&mut chars, 2)?,
            'u' => hex(&mut chars, 4)?,
            'U' => hex(&mut chars, 8)?,
            _ => return None,
        };
        out.push(made);
    }
    Some(out)
}

fn hex(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let text: String = chars.by_ref().take(digits).collect();
    u32::from_str_radix(&text, 16).ok().and_then(char::from_u32)
}
