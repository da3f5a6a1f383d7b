//! The text of a template into nodes.
//!
//! Models: k8s.io/client-go/util/jsonpath/parser.go.

use super::{Node, Param};

/// Nested actions deeper than this are refused.
const DEPTH: usize = 64;

/// Parses text and `{actions}`.
pub(super) fn template(text: &str) -> Result<Vec<Node>, String> {
    parse(text, 0)
}

fn parse(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    if depth > DEPTH {
        return Err("expression is nested too deeply".to_string());
    }
    let mut parser = Parser { text, at: 0, depth };
    let mut root = Vec::new();
    while !parser.rest().is_empty() {
        let open = parser.rest().find('{').unwrap_or(parser.rest().len());
        if open > 0 {
            root.push(Node::Text(parser.rest()[..open].to_string()));
            parser.at += open;
        }
        if parser.next() == Some('{') {
            let mut list = Vec::new();
            while parser.action(&mut list)? {}
            root.push(Node::List(list));
        }
    }
    Ok(root)
}

/// The nodes of one expression, as if it stood in braces.
fn expression(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    let nodes = parse(&format!("{{{text}}}"), depth + 1)?;
    match nodes.into_iter().next() {
        Some(Node::List(list)) => Ok(list),
        _ => Ok(vec![]),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    /// One element inside braces; false at the closing brace.
    fn action(&mut self, list: &mut Vec<Node>) -> Result<bool, String> {
        if self.rest().starts_with('}') {
            self.at += 1;
            return Ok(false);
        }
        if self.rest().starts_with("[?(") {
            self.at += 3;
            self.filter(list)?;
            return Ok(true);
        }
        if self.rest().starts_with("..") {
            if list.last() == Some(&Node::Recursive) {
                return Err("invalid multiple recursive descent".to_string());
            }
            self.at += 2;
            list.push(Node::Recursive);
            if self.rest().starts_with(|c: char| c == '_' || c.is_alphanumeric()) {
                self.field(list);
            }
            return Ok(true);
        }
        let start = self.at;
        match self.next() {
            None | Some('\r' | '\n') => return Err("unclosed action".to_string()),
            Some(' ' | '@' | '$') => {}
            Some('[') => self.array(list)?,
            Some(quote @ ('"' | '\'')) => self.quote(start, quote, list)?,
            Some('.') => self.field(list),
            Some(c) if c == '+' || c == '-' || c.is_numeric() => {
                self.at = start;
                self.number(list)?;
            }
            Some(c) if c == '_' || c.is_alphanumeric() => self.identifier(start, list),
            Some(c) => return Err(format!("unrecognized character in action: U+{:04X} '{c}'", c as u32)),
        }
        Ok(true)
    }

    fn identifier(&mut self, start: usize, list: &mut Vec<Node>) {
        self.at = start + self.text[start..].find(terminates).unwrap_or(self.text.len() - start);
        list.push(match self.since(start) {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            name => Node::Identifier(name.to_string()),
        });
    }

    fn number(&mut self, list: &mut Vec<Node>) -> Result<(), String> {
        let start = self.at;
        if self.rest().starts_with(['+', '-']) {
            self.at += 1;
        }
        let digits = self.rest().find(|c: char| c != '.' && !c.is_numeric()).unwrap_or(self.rest().len());
        self.at += digits;
        let text = self.since(start);
        if let Ok(n) = text.parse::<i64>() {
            list.push(Node::Int(n));
        } else if let Some(f) = text.parse::<f64>().ok().filter(|f| f.is_finite()) {
            list.push(Node::Float(f));
        } else {
            return Err(format!("cannot parse number {text}"));
        }
        Ok(())
    }

    fn field(&mut self, list: &mut Vec<Node>) {
        let start = self.at;
        while let Some(c) = self.rest().chars().next() {
            if terminates(c) {
                break;
            }
            self.at += c.len_utf8();
            if c == '\\' {
                self.next();
            }
        }
        list.push(match self.since(start) {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        });
    }

    fn quote(&mut self, start: usize, quote: char, list: &mut Vec<Node>) -> Result<(), String> {
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".to_string()),
                Some(c) if c == quote && !self.text[..self.at - 1].ends_with('\\') => break,
                Some(_) => {}
            }
        }
        let text = self.since(start);
        let inner = &text[1..text.len() - 1];
        let value = unquote(inner, quote).ok_or_else(|| format!("unquote string {text} error invalid syntax"))?;
        list.push(Node::Text(value));
        Ok(())
    }

    fn array(&mut self, list: &mut Vec<Node>) -> Result<(), String> {
        let start = self.at;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated array".to_string()),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let text = &self.text[start..self.at - 1];
        let text = if text == "*" { ":" } else { text };
        if text.contains(',') {
            let members = text.split(',').map(|part| expression(&format!("[{}]", part.trim_matches(' ')), self.depth));
            list.push(Node::Union(members.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let quoted = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).filter(|t| !t.contains('\''));
        if let Some(key) = quoted {
            list.extend(expression(&format!(".{key}"), self.depth)?);
            return Ok(());
        }
        list.push(Node::Array(slice(text)?));
        Ok(())
    }

    fn filter(&mut self, list: &mut Vec<Node>) -> Result<(), String> {
        let start = self.at;
        let (mut pair, mut closed) = (None, false);
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".to_string()),
                Some(c @ ('"' | '\'')) => match pair {
                    None => pair = Some(c),
                    Some(open) => closed |= c == open && !self.text[..self.at - 1].ends_with('\\'),
                },
                Some(')') if pair.is_some() == closed => break,
                Some(_) => {}
            }
        }
        let text = &self.text[start..self.at - 1];
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".to_string());
        }
        list.push(match split_comparison(text) {
            Some((left, operator, right)) => Node::Filter {
                left: expression(left, self.depth)?,
                operator: operator.to_string(),
                right: expression(right, self.depth)?,
            },
            None => Node::Filter { left: expression(text, self.depth)?, operator: "exists".to_string(), right: vec![] },
        });
        Ok(())
    }
}

/// `^([^!<>=]+)([!<>=]+)(.+?)$`
fn split_comparison(text: &str) -> Option<(&str, &str, &str)> {
    let signs = |c: char| "!<>=".contains(c);
    let left = text.find(signs).filter(|at| *at > 0)?;
    let after = &text[left..];
    let end = after.find(|c| !signs(c)).unwrap_or(after.len());
    // the operator gives one character back when nothing would be left for the right side
    let end = if end == after.len() { end - 1 } else { end };
    (end > 0).then(|| (&text[..left], &after[..end], &after[end..]))
}

/// `^(-?[\d]*)(:-?[\d]*)?(:-?[\d]*)?$`
fn slice(text: &str) -> Result<[Param; 3], String> {
    let wrong = || format!("invalid array index {text}");
    let parts: Vec<&str> = text.split(':').collect();
    let number = |s: &str| s.strip_prefix('-').unwrap_or(s).bytes().all(|b| b.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(|part| number(part)) {
        return Err(wrong());
    }
    let mut params = [Param::default(); 3];
    for i in 0..3 {
        match parts.get(i) {
            Some(&"") => {}
            Some(part) => {
                let value = part.parse().map_err(|_| format!("array index {part} is not a number"))?;
                params[i] = Param { value, known: true, derived: false };
            }
            None if i == 1 => params[1] = Param { value: params[0].value + 1, known: true, derived: true },
            None => {}
        }
    }
    Ok(params)
}

fn terminates(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

/// Go's escapes inside quotes of either kind.
fn unquote(text: &str, quote: char) -> Option<String> {
    if !text.contains('\\') && !text.contains(quote) {
        return Some(text.to_string());
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == quote {
            return None;
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        let e = rest.chars().next()?;
        rest = &rest[e.len_utf8()..];
        let (digits, radix) = match e {
            'x' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            '0'..='7' => (2, 8),
            _ => {
                out.push(match e {
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'v' => '\u{b}',
                    '\\' => '\\',
                    e if e == quote => e,
                    _ => return None,
                });
                continue;
            }
        };
        let digits_text = rest.get(..digits)?;
        let first = e.to_digit(8).filter(|_| radix == 8).unwrap_or(0) * 64;
        let code = first + u32::from_str_radix(digits_text, radix).ok()?;
        out.push(char::from_u32(code)?);
        rest = &rest[digits..];
    }
    Some(out)
}
