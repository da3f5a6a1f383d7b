//! The grammar of awk.

use regex_lite::Regex;

use super::value::{ONE, Value};
use crate::script::escape::ansi;
use crate::script::regex;

#[derive(Clone, Debug)]
pub enum Expr {
    Literal(Value),
    Regex(Regex),
    Var(String),
    Field(Box<Expr>),
    Index(String, Box<Expr>),
    In(Box<Expr>, String),
    Assign(Box<Expr>, Option<&'static str>, Box<Expr>),
    /// `x++`: the place, how much, whether the old value is the result.
    Step(Box<Expr>, i64, bool),
    Unary(char, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Match(Box<Expr>, Box<Expr>, bool),
    Cond(Box<Expr>, Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
}

#[derive(Clone, Debug)]
pub enum Stmt {
    Print(Vec<Expr>),
    Printf(Vec<Expr>),
    Expr(Expr),
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    While(Expr, Vec<Stmt>, bool),
    For(Box<Stmt>, Option<Expr>, Box<Stmt>, Vec<Stmt>),
    Each(String, String, Vec<Stmt>),
    Delete(String, Option<Expr>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
    Nothing,
}

#[derive(Clone, Debug)]
pub enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    Range(Expr, Expr),
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub pattern: Pattern,
    /// None prints the line.
    pub body: Option<Vec<Stmt>>,
}

type Parsed<T> = Result<T, String>;

pub struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: u32,
    /// Within `print a > b`, `>` is no comparison; within `for (x in y)`, `in` is not an operator.
    no_in: bool,
}

const WORDS: &[&str] = &[
    "BEGIN", "END", "print", "printf", "if", "else", "while", "for", "do", "in", "next", "exit", "delete", "break",
    "continue", "function", "getline", "return",
];

impl Parser {
    pub fn new(text: &str) -> Parser {
        Parser { chars: text.chars().collect(), at: 0, depth: 0, no_in: false }
    }

    fn wrong(&self) -> String {
        let from = self.at.saturating_sub(12);
        let near: String = self.chars[from.min(self.chars.len())..].iter().take(24).collect();
        format!("awk: syntax error near: {}", near.replace('\n', " "))
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn blank(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.chars.get(self.at + 1) == Some(&'\n') => self.at += 2,
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn lines(&mut self) {
        loop {
            self.blank();
            match self.peek() {
                Some('\n' | ';') => self.at += 1,
                _ => return,
            }
        }
    }

    fn newlines(&mut self) {
        loop {
            self.blank();
            if self.peek() != Some('\n') {
                return;
            }
            self.at += 1;
        }
    }

    fn looking(&mut self, text: &str) -> bool {
        self.blank();
        text.chars().enumerate().all(|(i, c)| self.chars.get(self.at + i) == Some(&c))
    }

    fn eat(&mut self, text: &str) -> bool {
        let yes = self.looking(text);
        if yes {
            self.at += text.chars().count();
        }
        yes
    }

    fn need(&mut self, text: &str) -> Parsed<()> {
        if self.eat(text) { Ok(()) } else { Err(self.wrong()) }
    }

    fn word(&mut self) -> Option<String> {
        self.blank();
        let first = self.peek()?;
        if !(first == '_' || first.is_ascii_alphabetic()) {
            return None;
        }
        Some(self.chars[self.at..].iter().take_while(|c| **c == '_' || c.is_ascii_alphanumeric()).collect())
    }

    fn keyword(&mut self, word: &str) -> bool {
        let yes = self.word().as_deref() == Some(word);
        if yes {
            self.at += word.len();
        }
        yes
    }

    pub fn program(mut self) -> Parsed<Vec<Rule>> {
        let mut rules = vec![];
        loop {
            self.lines();
            if self.at >= self.chars.len() {
                return Ok(rules);
            }
            if matches!(self.word().as_deref(), Some("function" | "func")) {
                return Err("awk: functions of your own are left out here".into());
            }
            let pattern = if self.keyword("BEGIN") {
                Pattern::Begin
            } else if self.keyword("END") {
                Pattern::End
            } else if self.looking("{") {
                Pattern::Always
            } else {
                let from = self.expr()?;
                if self.eat(",") {
                    self.newlines();
                    Pattern::Range(from, self.expr()?)
                } else {
                    Pattern::When(from)
                }
            };
            let body = if self.looking("{") { Some(self.block()?) } else { None };
            if body.is_none() && matches!(pattern, Pattern::Begin | Pattern::End) {
                return Err(self.wrong());
            }
            rules.push(Rule { pattern, body });
        }
    }

    fn block(&mut self) -> Parsed<Vec<Stmt>> {
        self.need("{")?;
        self.depth += 1;
        if self.depth > 50 {
            return Err("awk: nested too deeply".into());
        }
        let mut out = vec![];
        loop {
            self.lines();
            if self.eat("}") {
                self.depth -= 1;
                return Ok(out);
            }
            if self.at >= self.chars.len() {
                return Err(self.wrong());
            }
            out.push(self.statement()?);
        }
    }

    fn body(&mut self) -> Parsed<Vec<Stmt>> {
        self.newlines();
        if self.looking("{") {
            return self.block();
        }
        if self.eat(";") {
            return Ok(vec![]);
        }
        let statement = self.statement()?;
        Ok(vec![statement])
    }

    fn statement(&mut self) -> Parsed<Stmt> {
        if self.looking("{") {
            let inner = self.block()?;
            return Ok(Stmt::If(Expr::Literal(Value::Number(ONE)), inner, vec![]));
        }
        match self.word().as_deref() {
            Some("if") => {
                self.at += 2;
                self.need("(")?;
                let test = self.expr()?;
                self.need(")")?;
                let yes = self.body()?;
                let back = self.at;
                self.lines();
                if self.keyword("else") {
                    let no = self.body()?;
                    return Ok(Stmt::If(test, yes, no));
                }
                self.at = back;
                return Ok(Stmt::If(test, yes, vec![]));
            }
            Some("while") => {
                self.at += 5;
                self.need("(")?;
                let test = self.expr()?;
                self.need(")")?;
                return Ok(Stmt::While(test, self.body()?, false));
            }
            Some("do") => {
                self.at += 2;
                let body = self.body()?;
                self.lines();
                if !self.keyword("while") {
                    return Err(self.wrong());
                }
                self.need("(")?;
                let test = self.expr()?;
                self.need(")")?;
                return Ok(Stmt::While(test, body, true));
            }
            Some("for") => {
                self.at += 3;
                return self.for_loop();
            }
            _ => {}
        }
        let statement = self.simple()?;
        self.blank();
        match self.peek() {
            None | Some('\n' | ';' | '}') => Ok(statement),
            Some('>' | '|') => Err("awk: writing to files and pipes is left out here".into()),
            _ => Err(self.wrong()),
        }
    }

    fn for_loop(&mut self) -> Parsed<Stmt> {
        self.need("(")?;
        let back = self.at;
        if let Some(name) = self.word() {
            self.at += name.len();
            if self.keyword("in")
                && let Some(array) = self.word()
            {
                self.at += array.len();
                if self.eat(")") {
                    return Ok(Stmt::Each(name, array, self.body()?));
                }
            }
            self.at = back;
        }
        let init = if self.looking(";") { Stmt::Nothing } else { self.simple()? };
        self.need(";")?;
        let test = if self.looking(";") { None } else { Some(self.expr()?) };
        self.need(";")?;
        let step = if self.looking(")") { Stmt::Nothing } else { self.simple()? };
        self.need(")")?;
        Ok(Stmt::For(Box::new(init), test, Box::new(step), self.body()?))
    }

    fn simple(&mut self) -> Parsed<Stmt> {
        let word = self.word();
        let ends = |p: &mut Parser| {
            p.blank();
            matches!(p.peek(), None | Some('\n' | ';' | '}'))
        };
        Ok(match word.as_deref() {
            Some("print") => {
                self.at += 5;
                Stmt::Print(self.list()?)
            }
            Some("printf") => {
                self.at += 6;
                Stmt::Printf(self.list()?)
            }
            Some("next") => {
                self.at += 4;
                Stmt::Next
            }
            Some("break") => {
                self.at += 5;
                Stmt::Break
            }
            Some("continue") => {
                self.at += 8;
                Stmt::Continue
            }
            Some("exit") => {
                self.at += 4;
                Stmt::Exit(if ends(self) { None } else { Some(self.expr()?) })
            }
            Some("delete") => {
                self.at += 6;
                let Some(name) = self.word() else { return Err(self.wrong()) };
                self.at += name.len();
                let mut key = None;
                if self.eat("[") {
                    key = Some(self.expr()?);
                    self.need("]")?;
                }
                Stmt::Delete(name, key)
            }
            Some("getline" | "return" | "function") => {
                return Err(format!("awk: {} is left out here", word.unwrap_or_default()));
            }
            _ => Stmt::Expr(self.expr()?),
        })
    }

    /// What `print` prints; brackets around the whole list are allowed.
    fn list(&mut self) -> Parsed<Vec<Expr>> {
        self.blank();
        if matches!(self.peek(), None | Some('\n' | ';' | '}' | '>' | '|')) {
            return Ok(vec![]);
        }
        let back = self.at;
        if self.eat("(") {
            let mut all = vec![self.expr()?];
            while self.eat(",") {
                self.newlines();
                all.push(self.expr()?);
            }
            if self.eat(")") {
                self.blank();
                if matches!(self.peek(), None | Some('\n' | ';' | '}')) {
                    return Ok(all);
                }
            }
            self.at = back;
        }
        let mut all = vec![self.printed()?];
        while self.eat(",") {
            self.newlines();
            all.push(self.printed()?);
        }
        Ok(all)
    }

    /// An expression in which a bare `>` would be a redirection.
    fn printed(&mut self) -> Parsed<Expr> {
        let old = std::mem::replace(&mut self.no_in, true);
        let expr = self.expr();
        self.no_in = old;
        expr
    }

    pub fn expr(&mut self) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > 50 {
            return Err("awk: nested too deeply".into());
        }
        let left = self.ternary()?;
        self.blank();
        let place = matches!(left, Expr::Var(_) | Expr::Field(_) | Expr::Index(..));
        let out = if place {
            let op = ["+=", "-=", "*=", "/=", "%="].into_iter().find(|op| self.looking(op));
            if let Some(op) = op {
                self.at += 2;
                let right = self.expr()?;
                Expr::Assign(Box::new(left), Some(&op[..1]), Box::new(right))
            } else if self.looking("=") && !self.looking("==") {
                self.at += 1;
                let right = self.expr()?;
                Expr::Assign(Box::new(left), None, Box::new(right))
            } else {
                left
            }
        } else {
            left
        };
        self.depth -= 1;
        Ok(out)
    }

    fn ternary(&mut self) -> Parsed<Expr> {
        let test = self.or()?;
        if !self.eat("?") {
            return Ok(test);
        }
        self.newlines();
        let yes = self.expr()?;
        self.newlines();
        self.need(":")?;
        self.newlines();
        let no = self.expr()?;
        Ok(Expr::Cond(Box::new(test), Box::new(yes), Box::new(no)))
    }

    fn or(&mut self) -> Parsed<Expr> {
        let mut left = self.and()?;
        while self.eat("||") {
            self.newlines();
            left = Expr::Binary("||", Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.member()?;
        while self.eat("&&") {
            self.newlines();
            left = Expr::Binary("&&", Box::new(left), Box::new(self.member()?));
        }
        Ok(left)
    }

    fn member(&mut self) -> Parsed<Expr> {
        let mut left = self.matching()?;
        while self.word().as_deref() == Some("in") {
            self.at += 2;
            let Some(name) = self.word() else { return Err(self.wrong()) };
            self.at += name.len();
            left = Expr::In(Box::new(left), name);
        }
        Ok(left)
    }

    fn matching(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        loop {
            let yes = if self.eat("!~") {
                false
            } else if self.eat("~") {
                true
            } else {
                return Ok(left);
            };
            left = Expr::Match(Box::new(left), Box::new(self.comparison()?), yes);
        }
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.concat()?;
        let ops: &[&'static str] =
            if self.no_in { &["<=", ">=", "==", "!=", "<"] } else { &["<=", ">=", "==", "!=", "<", ">"] };
        for op in ops {
            if self.looking(op) {
                self.at += op.len();
                let right = self.concat()?;
                return Ok(Expr::Binary(op, Box::new(left), Box::new(right)));
            }
        }
        Ok(left)
    }

    fn concat(&mut self) -> Parsed<Expr> {
        let mut left = self.sum()?;
        loop {
            self.blank();
            let begins = match self.peek() {
                Some('$' | '"' | '(' | '!' | '-' | '+') => {
                    !self.looking("!~") && !self.looking("!=") && !matches!(self.peek(), Some('-' | '+'))
                }
                Some(c) if c.is_ascii_digit() || c == '.' => true,
                Some(c) if c == '_' || c.is_ascii_alphabetic() => {
                    !WORDS.contains(&self.word().unwrap_or_default().as_str())
                }
                _ => false,
            };
            if !begins {
                return Ok(left);
            }
            left = Expr::Binary(" ", Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Parsed<Expr> {
        let mut left = self.product()?;
        loop {
            let op = match () {
                () if self.looking("+=") || self.looking("-=") || self.looking("++") || self.looking("--") => {
                    return Ok(left);
                }
                () if self.eat("+") => "+",
                () if self.eat("-") => "-",
                () => return Ok(left),
            };
            left = Expr::Binary(op, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Parsed<Expr> {
        let mut left = self.unary()?;
        loop {
            let op = match () {
                () if self.looking("*=") || self.looking("/=") || self.looking("%=") => return Ok(left),
                () if self.eat("*") => "*",
                () if self.eat("/") => "/",
                () if self.eat("%") => "%",
                () => return Ok(left),
            };
            left = Expr::Binary(op, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        self.blank();
        for (op, by) in [("++", 1), ("--", -1)] {
            if self.eat(op) {
                let place = self.unary()?;
                return Ok(Expr::Step(Box::new(place), by, false));
            }
        }
        if let Some(c @ ('!' | '-' | '+')) = self.peek() {
            self.at += 1;
            self.depth += 1;
            if self.depth > 50 {
                return Err("awk: nested too deeply".into());
            }
            let inner = self.unary()?;
            self.depth -= 1;
            return Ok(Expr::Unary(c, Box::new(inner)));
        }
        let mut value = self.primary()?;
        if matches!(value, Expr::Var(_) | Expr::Field(_) | Expr::Index(..)) {
            for (op, by) in [("++", 1), ("--", -1)] {
                if self.eat(op) {
                    value = Expr::Step(Box::new(value), by, true);
                    break;
                }
            }
        }
        Ok(value)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        self.blank();
        let Some(c) = self.peek() else { return Err(self.wrong()) };
        match c {
            '(' => {
                self.at += 1;
                let old = std::mem::replace(&mut self.no_in, false);
                let inner = self.expr()?;
                self.no_in = old;
                self.need(")")?;
                Ok(inner)
            }
            '$' => {
                self.at += 1;
                self.blank();
                let inner = if matches!(self.peek(), Some('-' | '+')) { self.unary()? } else { self.primary()? };
                Ok(Expr::Field(Box::new(inner)))
            }
            '"' => self.string().map(|t| Expr::Literal(Value::Text(t))),
            '/' => self.regex(),
            c if c.is_ascii_digit() || c == '.' => {
                let text: String =
                    self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit() || **c == '.').collect();
                self.at += text.len();
                Ok(Expr::Literal(Value::Number(Value::Text(text).number())))
            }
            _ => {
                let Some(name) = self.word().filter(|w| !WORDS.contains(&w.as_str())) else { return Err(self.wrong()) };
                self.at += name.len();
                if self.peek() == Some('(') {
                    return self.call(name);
                }
                if name == "length" {
                    return Ok(Expr::Call(name, vec![]));
                }
                if self.eat("[") {
                    let mut key = self.expr()?;
                    while self.eat(",") {
                        let glue =
                            Expr::Binary(" ", Box::new(key), Box::new(Expr::Literal(Value::Text("\u{1c}".into()))));
                        key = Expr::Binary(" ", Box::new(glue), Box::new(self.expr()?));
                    }
                    self.need("]")?;
                    return Ok(Expr::Index(name, Box::new(key)));
                }
                Ok(Expr::Var(name))
            }
        }
    }

    fn call(&mut self, name: String) -> Parsed<Expr> {
        const KNOWN: &[&str] = &[
            "length", "substr", "index", "split", "toupper", "tolower", "sub", "gsub", "match", "sprintf", "int",
            "systime",
        ];
        if !KNOWN.contains(&name.as_str()) {
            return Err(format!("awk: the function {name} is left out here; there are {}", KNOWN.join(", ")));
        }
        self.at += 1;
        let mut args = vec![];
        let old = std::mem::replace(&mut self.no_in, false);
        self.newlines();
        while !self.eat(")") {
            args.push(self.expr()?);
            self.newlines();
            if !self.eat(",") && !self.looking(")") {
                return Err(self.wrong());
            }
            self.newlines();
        }
        self.no_in = old;
        Ok(Expr::Call(name, args))
    }

    fn string(&mut self) -> Parsed<String> {
        let mut text = String::new();
        self.at += 1;
        loop {
            match self.peek() {
                None | Some('\n') => return Err(format!("awk: non-terminated string {text}... at source line 1")),
                Some('"') => break,
                Some('\\') => {
                    text.push('\\');
                    self.at += 1;
                    match self.peek() {
                        Some('/') => {
                            text.pop();
                            text.push('/');
                        }
                        Some(c) => text.push(c),
                        None => {}
                    }
                    self.at += 1;
                }
                Some(c) => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Ok(ansi(&text))
    }

    fn regex(&mut self) -> Parsed<Expr> {
        let mut source = String::new();
        self.at += 1;
        loop {
            match self.peek() {
                None | Some('\n') => {
                    return Err(format!("awk: non-terminated regular expression {source}... at source line 1"));
                }
                Some('/') => break,
                Some('\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some('/') => source.push('/'),
                        Some(c) => {
                            source.push('\\');
                            source.push(c);
                        }
                        None => {}
                    }
                    self.at += 1;
                }
                Some(c) => {
                    source.push(c);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        regex::extended(&source, false)
            .map(Expr::Regex)
            .ok_or_else(|| format!("awk: illegal regular expression: {source}"))
    }
}
