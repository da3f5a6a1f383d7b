//! CEL as text, read into a tree.
//!
//! Models: `cel-go/parser` (the grammar of the language definition, the macros, the words of its errors where they are
//! short).
//! Left out: bytes, unsigned numbers, message literals, comprehensions with two variables, what ANTLR expects instead.

use super::value::Val;
use crate::base::decimal::Decimal;

#[derive(Clone, Debug)]
pub struct Expr {
    /// Characters from the start, where an error points.
    pub at: usize,
    pub node: Node,
}

#[derive(Clone, Debug)]
pub enum Node {
    Literal(Val),
    Name(String),
    /// `a.b`, or `a.?b`.
    Field {
        base: Box<Expr>,
        name: String,
        optional: bool,
    },
    /// `has(a.b)`
    Has {
        base: Box<Expr>,
        name: String,
    },
    /// A function or an operator by its name in the language (`_+_`, `!_`, `@in`, `_?_:_`, `_[_]`).
    Call {
        target: Option<Box<Expr>>,
        name: String,
        args: Vec<Expr>,
    },
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    /// `all`, `exists`, `exists_one`, `filter`, `map`.
    Each {
        what: Each,
        base: Box<Expr>,
        variable: String,
        filter: Option<Box<Expr>>,
        step: Box<Expr>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub at: usize,
    pub words: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Value(Val),
    Sign(&'static str),
    End,
}

/// Levels of nesting.
const DEEPEST: usize = 100;
const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "?", ":", "<", ">", "+", "-", "*", "/", "%", "!", "(", ")", "[", "]", "{", "}",
    ".", ",",
];

/// Reads an expression.
///
/// # Errors
/// The first thing that cannot be read.
pub fn parse(text: &str) -> Result<Expr, Mistake> {
    let tokens = scan(text)?;
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let expr = parser.ternary()?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => Err(parser.unexpected("extraneous input", "<EOF>")),
    }
}

fn scan(text: &str) -> Result<Vec<(usize, Token)>, Mistake> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = vec![];
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if c.is_whitespace() {
            at += 1;
        } else if c == '/' && chars.get(at + 1) == Some(&'/') {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if let Some((value, next)) = string(&chars, at)? {
            tokens.push((at, Token::Value(Val::text(&value))));
            at = next;
        } else if c.is_alphabetic() || c == '_' {
            let start = at;
            while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                at += 1;
            }
            let word: String = chars[start..at].iter().collect();
            tokens.push((
                start,
                match word.as_str() {
                    "true" => Token::Value(Val::Bool(true)),
                    "false" => Token::Value(Val::Bool(false)),
                    "null" => Token::Value(Val::Null),
                    _ => Token::Word(word),
                },
            ));
        } else if c.is_ascii_digit() || (c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit)) {
            let (value, next) = number(&chars, at)?;
            tokens.push((at, Token::Value(value)));
            at = next;
        } else {
            let rest: String = chars[at..chars.len().min(at + 2)].iter().collect();
            let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
                return Err(Mistake { at, words: format!("Syntax error: token recognition error at: '{c}'") });
            };
            tokens.push((at, Token::Sign(sign)));
            at += sign.len();
        }
    }
    tokens.push((chars.len(), Token::End));
    Ok(tokens)
}

fn number(chars: &[char], start: usize) -> Result<(Val, usize), Mistake> {
    let mut at = start;
    let bad = || Mistake { at: start, words: "Syntax error: invalid int literal".into() };
    if chars[at] == '0' && chars.get(at + 1).is_some_and(|c| *c == 'x' || *c == 'X') {
        at += 2;
        let digits = at;
        while at < chars.len() && chars[at].is_ascii_hexdigit() {
            at += 1;
        }
        let text: String = chars[digits..at].iter().collect();
        return i64::from_str_radix(&text, 16).map(|n| (Val::Int(n), at)).map_err(|_| bad());
    }
    let mut double = false;
    while at < chars.len() {
        let sign = matches!(chars[at], '+' | '-') && at > start && matches!(chars[at - 1], 'e' | 'E');
        let point = chars[at] == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit);
        if point || matches!(chars[at], 'e' | 'E') {
            double = true;
        } else if !chars[at].is_ascii_digit() && !sign {
            break;
        }
        at += 1;
    }
    let text: String = chars[start..at].iter().collect();
    if double {
        return Decimal::parse(&text).map(|d| (Val::Double(d), at)).ok_or_else(bad);
    }
    text.parse().map(|n| (Val::Int(n), at)).map_err(|_| bad())
}

/// A text in quotes, its value and what follows it.
fn string(chars: &[char], start: usize) -> Result<Option<(String, usize)>, Mistake> {
    let raw = matches!(chars[start], 'r' | 'R') && matches!(chars.get(start + 1), Some('\'' | '"'));
    let mut at = start + usize::from(raw);
    let quote = chars[at];
    if quote != '\'' && quote != '"' {
        return Ok(None);
    }
    let triple = chars.get(at + 1) == Some(&quote) && chars.get(at + 2) == Some(&quote);
    let width = if triple { 3 } else { 1 };
    at += width;
    let mut value = String::new();
    loop {
        let open = Mistake { at: start, words: format!("Syntax error: token recognition error at: '{quote}'") };
        let Some(c) = chars.get(at).copied().filter(|c| triple || *c != '\n') else { return Err(open) };
        if c == quote && (!triple || (chars.get(at + 1) == Some(&quote) && chars.get(at + 2) == Some(&quote))) {
            return Ok(Some((value, at + width)));
        }
        if c == '\\' && !raw {
            let Some(next) = chars.get(at + 1).copied() else { return Err(open) };
            value.push(match next {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'a' => '\u{7}',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'v' => '\u{b}',
                '\\' | '\'' | '"' | '`' | '?' => next,
                _ => return Err(open),
            });
            at += 2;
            continue;
        }
        value.push(c);
        at += 1;
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].1
    }

    fn place(&self) -> usize {
        self.tokens[self.at].0
    }

    fn sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(s) if *s == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let fits = self.sign(sign);
        if fits {
            self.at += 1;
        }
        fits
    }

    fn need(&mut self, sign: &str) -> Result<(), Mistake> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected("mismatched input", &format!("'{sign}'"))) }
    }

    fn unexpected(&self, how: &str, wanted: &str) -> Mistake {
        let found = match self.peek() {
            Token::Word(word) => word.clone(),
            Token::Value(value) => value.literal(),
            Token::Sign(sign) => (*sign).into(),
            Token::End => "<EOF>".into(),
        };
        Mistake { at: self.place(), words: format!("Syntax error: {how} '{found}' expecting {wanted}") }
    }

    fn ternary(&mut self) -> Result<Expr, Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Mistake { at: self.place(), words: format!("expression recursion limit exceeded: {DEEPEST}") });
        }
        let condition = self.binary(0)?;
        let at = self.place();
        let expr = if self.take("?") {
            let yes = self.binary(0)?;
            self.need(":")?;
            let no = self.ternary()?;
            call(at, "_?_:_", vec![condition, yes, no])
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn binary(&mut self, level: usize) -> Result<Expr, Mistake> {
        const LEVELS: &[&[&str]] =
            &[&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">", "in"], &["+", "-"], &["*", "/", "%"]];
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            let found = match self.peek() {
                Token::Sign(sign) => signs.iter().find(|s| *s == sign),
                Token::Word(word) => signs.iter().find(|s| *s == word),
                _ => None,
            };
            let Some(sign) = found else { return Ok(left) };
            let at = self.place();
            self.at += 1;
            let right = self.binary(level + 1)?;
            let name = if *sign == "in" { "@in".to_string() } else { format!("_{sign}_") };
            left = call(at, &name, vec![left, right]);
        }
    }

    fn unary(&mut self) -> Result<Expr, Mistake> {
        let at = self.place();
        for sign in ["!", "-"] {
            if self.take(sign) {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(Mistake { at, words: format!("expression recursion limit exceeded: {DEEPEST}") });
                }
                let inner = self.unary()?;
                self.depth -= 1;
                return Ok(match inner.node {
                    Node::Literal(Val::Int(n)) if sign == "-" => literal(at, Val::Int(-n)),
                    Node::Literal(Val::Double(d)) if sign == "-" => literal(at, Val::Double(Decimal::int(0).minus(d))),
                    _ => call(at, &format!("{sign}_"), vec![inner]),
                });
            }
        }
        self.member()
    }

    fn member(&mut self) -> Result<Expr, Mistake> {
        let mut expr = self.primary()?;
        loop {
            let at = self.place();
            if self.take(".") {
                let optional = self.take("?");
                let Token::Word(name) = self.peek().clone() else {
                    return Err(self.unexpected("no viable alternative at input", "IDENTIFIER"));
                };
                self.at += 1;
                let open = self.place();
                if !optional && self.take("(") {
                    let args = self.arguments(")")?;
                    expr = method(open, expr, name, args)?;
                } else {
                    expr = Expr { at, node: Node::Field { base: Box::new(expr), name, optional } };
                }
            } else if self.take("[") {
                let index = self.ternary()?;
                self.need("]")?;
                expr = call(at, "_[_]", vec![expr, index]);
            } else {
                return Ok(expr);
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, Mistake> {
        let at = self.place();
        match self.peek().clone() {
            Token::Value(value) => {
                self.at += 1;
                Ok(literal(at, value))
            }
            Token::Word(name) => {
                self.at += 1;
                let open = self.place();
                if self.take("(") {
                    let args = self.arguments(")")?;
                    return global(open, name, args);
                }
                Ok(Expr { at, node: Node::Name(name) })
            }
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.ternary()?;
                self.need(")")?;
                Ok(inner)
            }
            Token::Sign("[") => {
                self.at += 1;
                Ok(Expr { at, node: Node::List(self.arguments("]")?) })
            }
            Token::Sign("{") => {
                self.at += 1;
                let mut entries = vec![];
                while !self.take("}") {
                    let key = self.ternary()?;
                    self.need(":")?;
                    entries.push((key, self.ternary()?));
                    if !self.take(",") && !self.sign("}") {
                        return Err(self.unexpected("mismatched input", "{'}', ','}"));
                    }
                }
                Ok(Expr { at, node: Node::Map(entries) })
            }
            _ => Err(self.unexpected(
                "mismatched input",
                "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
            )),
        }
    }

    fn arguments(&mut self, close: &str) -> Result<Vec<Expr>, Mistake> {
        let mut all = vec![];
        while !self.take(close) {
            all.push(self.ternary()?);
            if !self.take(",") && !self.sign(close) {
                return Err(self.unexpected("mismatched input", &format!("{{'{close}', ','}}")));
            }
        }
        Ok(all)
    }
}

fn literal(at: usize, value: Val) -> Expr {
    Expr { at, node: Node::Literal(value) }
}

fn call(at: usize, name: &str, args: Vec<Expr>) -> Expr {
    Expr { at, node: Node::Call { target: None, name: name.into(), args } }
}

fn global(at: usize, name: String, mut args: Vec<Expr>) -> Result<Expr, Mistake> {
    if name != "has" || args.len() != 1 {
        return Ok(call(at, &name, args));
    }
    let arg = args.remove(0);
    match arg.node {
        Node::Field { base, name, .. } => Ok(Expr { at, node: Node::Has { base, name } }),
        _ => Err(Mistake { at: arg.at, words: "invalid argument to has() macro".into() }),
    }
}

fn method(at: usize, base: Expr, name: String, mut args: Vec<Expr>) -> Result<Expr, Mistake> {
    let what = match (name.as_str(), args.len()) {
        ("all", 2) => Each::All,
        ("exists", 2) => Each::Exists,
        ("exists_one" | "existsOne", 2) => Each::ExistsOne,
        ("filter", 2) => Each::Filter,
        ("map", 2 | 3) => Each::Map,
        _ => return Ok(Expr { at, node: Node::Call { target: Some(Box::new(base)), name, args } }),
    };
    let variable = match &args[0].node {
        Node::Name(variable) => variable.clone(),
        _ => return Err(Mistake { at: args[0].at, words: "argument must be a simple name".into() }),
    };
    let step = Box::new(args.pop().expect("there are two arguments at least"));
    let filter = (args.len() == 2).then(|| Box::new(args.remove(1)));
    Ok(Expr { at, node: Node::Each { what, base: Box::new(base), variable, filter, step } })
}
