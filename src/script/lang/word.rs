//! Words: quotes, parameters, substitutions, arithmetic.

use std::rc::Rc;

use super::Wrong;
use super::ast::*;
use super::parse::{Parsed, Parser};

/// Where a run of parts ends, and which characters mean something in it.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// A word on the command line.
    Bare,
    /// Behind `=~`: brackets belong to the word.
    Regex,
    /// Within `"..."`.
    Double,
    /// A here-document.
    Here,
    /// Within `${x...}`; true if all that stands in double quotes.
    Brace(bool),
    /// As `Brace`, up to a `/` as well.
    Slash(bool),
    /// As `Brace`, up to a `:` as well.
    Colon(bool),
    /// A piece that ends with the text (subscripts).
    All,
}

impl Parser<'_> {
    /// The word at this place, or None if there is none.
    pub(super) fn word(&mut self) -> Parsed<Option<Word>> {
        let from = self.pos;
        let parts = self.parts(Mode::Bare)?;
        Ok((self.pos > from).then_some(Word(parts)))
    }

    pub(super) fn regex_word(&mut self) -> Parsed<Option<Word>> {
        let from = self.pos;
        let parts = self.parts(Mode::Regex)?;
        Ok((self.pos > from).then_some(Word(parts)))
    }

    pub(super) fn here_body(&mut self) -> Parsed<Vec<Part>> {
        self.parts(Mode::Here)
    }

    /// A text of its own as one word.
    pub(super) fn nested(&self, text: &[char]) -> Parsed<Word> {
        let mut inner = Parser { src: text, pos: 0, line: self.line, depth: self.depth, resume: None };
        Ok(Word(inner.parts(Mode::All)?))
    }

    fn ends(&self, mode: Mode, c: char, parens: i32) -> bool {
        match mode {
            Mode::Bare => {
                let from = (c == '<' || c == '>') && self.src.get(self.pos + 1) == Some(&'(');
                matches!(c, ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')') && !(from && c == '<')
            }
            Mode::Regex => matches!(c, ' ' | '\t' | '\r' | '\n') && parens <= 0,
            Mode::Double => c == '"',
            Mode::Here | Mode::All => false,
            Mode::Brace(_) => c == '}',
            Mode::Slash(_) => c == '}' || c == '/',
            Mode::Colon(_) => c == '}' || c == ':',
        }
    }

    fn parts(&mut self, mode: Mode) -> Parsed<Vec<Part>> {
        self.deeper()?;
        let mut parts: Vec<Part> = vec![];
        let mut plain = String::new();
        let mut parens = 0;
        let in_quotes =
            matches!(mode, Mode::Double | Mode::Here | Mode::Brace(true) | Mode::Slash(true) | Mode::Colon(true));
        while let Some(c) = self.peek() {
            if self.ends(mode, c, parens) {
                break;
            }
            let part = match c {
                '\\' => self.escape(mode, in_quotes, &mut plain),
                '\'' if !in_quotes => Some(Part::Quoted(self.single()?)),
                '"' if mode != Mode::Here => {
                    self.pos += 1;
                    let inner = self.parts(Mode::Double)?;
                    self.close('"')?;
                    Some(Part::Double(inner))
                }
                '$' => self.dollar(in_quotes, &mut plain)?,
                '`' => Some(Part::Command(self.backquote()?)),
                '<' if mode == Mode::Bare => {
                    self.pos += 2;
                    Some(Part::From(self.substitution()?))
                }
                _ => {
                    parens += i32::from(c == '(') - i32::from(c == ')');
                    if c == '\n' {
                        self.line += 1;
                    }
                    plain.push(c);
                    self.pos += 1;
                    None
                }
            };
            if let Some(part) = part {
                if !plain.is_empty() {
                    parts.push(Part::Plain(std::mem::take(&mut plain)));
                }
                parts.push(part);
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Plain(plain));
        }
        self.depth -= 1;
        Ok(parts)
    }

    fn close(&mut self, c: char) -> Parsed<()> {
        if self.peek() != Some(c) {
            return Err(self.wrong(Wrong::Open(c)));
        }
        self.pos += 1;
        Ok(())
    }

    fn escape(&mut self, mode: Mode, in_quotes: bool, plain: &mut String) -> Option<Part> {
        let next = self.src.get(self.pos + 1).copied();
        self.pos += 1;
        match next {
            None => {
                plain.push('\\');
                None
            }
            Some('\n') => {
                self.pos += 1;
                self.line += 1;
                None
            }
            Some(c) if !in_quotes => {
                self.pos += 1;
                Some(Part::Quoted(c.to_string()))
            }
            Some(c) => {
                let special = matches!(c, '$' | '`' | '\\')
                    || (c == '"' && mode != Mode::Here)
                    || (c == '}' && mode != Mode::Double);
                if special {
                    self.pos += 1;
                    return Some(Part::Quoted(c.to_string()));
                }
                plain.push('\\');
                None
            }
        }
    }

    fn single(&mut self) -> Parsed<String> {
        let from = self.pos + 1;
        let Some(len) = self.src[from..].iter().position(|c| *c == '\'') else {
            return Err(self.wrong(Wrong::Open('\'')));
        };
        let text: String = self.src[from..from + len].iter().collect();
        self.line += text.matches('\n').count() as u32;
        self.pos = from + len + 1;
        Ok(text)
    }

    fn backquote(&mut self) -> Parsed<Body> {
        let mut text = vec![];
        self.pos += 1;
        loop {
            match self.peek() {
                None => return Err(self.wrong(Wrong::Open('`'))),
                Some('`') => break,
                Some('\\') if matches!(self.src.get(self.pos + 1), Some('`' | '\\' | '$')) => {
                    text.push(self.src[self.pos + 1]);
                    self.pos += 2;
                }
                Some(c) => {
                    text.push(c);
                    self.pos += 1;
                }
            }
        }
        self.pos += 1;
        self.program(&text)
    }

    fn dollar(&mut self, in_quotes: bool, plain: &mut String) -> Parsed<Option<Part>> {
        let next = self.src.get(self.pos + 1).copied();
        match next {
            Some('(') => {
                if self.src.get(self.pos + 2) == Some(&'(') {
                    let from = (self.pos, self.line);
                    self.pos += 1;
                    if let Some(word) = self.arith_command()? {
                        return Ok(Some(Part::Arith(word)));
                    }
                    (self.pos, self.line) = from;
                }
                self.pos += 2;
                Ok(Some(Part::Command(self.substitution()?)))
            }
            Some('{') => {
                self.pos += 2;
                self.braces(in_quotes).map(Some)
            }
            Some('\'') if !in_quotes => {
                self.pos += 1;
                self.ansi().map(|t| Some(Part::Quoted(t)))
            }
            Some('"') if !in_quotes => {
                self.pos += 1;
                Ok(None)
            }
            Some(c) if c == '_' || c.is_ascii_alphabetic() => {
                self.pos += 1;
                let name = self.name();
                Ok(Some(param(name, None, Op::Plain)))
            }
            Some(c) if c.is_ascii_digit() || "?$#@*!-".contains(c) => {
                self.pos += 2;
                Ok(Some(param(c.to_string(), None, Op::Plain)))
            }
            _ => {
                plain.push('$');
                self.pos += 1;
                Ok(None)
            }
        }
    }

    fn name(&mut self) -> String {
        let from = self.pos;
        while self.peek().is_some_and(|c| c == '_' || c.is_ascii_alphanumeric()) {
            self.pos += 1;
        }
        self.src[from..self.pos].iter().collect()
    }

    /// `$'...'`, from its quote.
    fn ansi(&mut self) -> Parsed<String> {
        let mut text = String::new();
        self.pos += 1;
        loop {
            match self.peek() {
                None => return Err(self.wrong(Wrong::Open('\''))),
                Some('\'') => break,
                Some('\\') => {
                    text.push('\\');
                    self.pos += 1;
                    if let Some(c) = self.peek() {
                        text.push(c);
                        self.pos += 1;
                    }
                }
                Some(c) => {
                    text.push(c);
                    self.pos += 1;
                }
            }
        }
        self.pos += 1;
        Ok(crate::script::escape::ansi(&text))
    }

    /// `${...}`, after the brace.
    fn braces(&mut self, q: bool) -> Parsed<Part> {
        let from = self.pos;
        let mut prefix = None;
        if matches!(self.peek(), Some('#' | '!')) && self.src.get(self.pos + 1).is_some_and(|c| *c != '}') {
            let special =
                self.peek() == Some('#') && self.src.get(self.pos + 1).is_some_and(|c| ":-+=?%/".contains(*c));
            if !special {
                prefix = self.peek();
                self.pos += 1;
            }
        }
        let name = match self.peek() {
            Some(c) if c == '_' || c.is_ascii_alphabetic() => self.name(),
            Some(c) if c.is_ascii_digit() => self.name(),
            Some(c) if "?$#@*!-".contains(c) => {
                self.pos += 1;
                c.to_string()
            }
            _ => return self.bad(from),
        };
        let mut index = None;
        if self.peek() == Some('[') {
            let Some(len) = self.src[self.pos..].iter().take(80).position(|c| *c == ']') else { return self.bad(from) };
            index = Some(self.nested(&self.src[self.pos + 1..self.pos + len])?);
            self.pos += len + 1;
        }
        let op = match prefix {
            Some('#') => Op::Length,
            Some(_) => Op::Indirect,
            None => match self.operation(q)? {
                Some(op) => op,
                None => return self.bad(from),
            },
        };
        if self.peek().is_none() {
            return Err(self.wrong(Wrong::Open('}')));
        }
        if self.peek() != Some('}') {
            return self.bad(from);
        }
        self.pos += 1;
        Ok(param(name, index, op))
    }

    fn bad(&mut self, from: usize) -> Parsed<Part> {
        while self.peek().is_some_and(|c| c != '}') {
            self.pos += 1;
        }
        self.close('}')?;
        let text: String = self.src[from..self.pos - 1].iter().collect();
        Ok(param(String::new(), None, Op::Bad(format!("${{{text}}}"))))
    }

    fn until_brace(&mut self, q: bool) -> Parsed<Word> {
        self.parts(Mode::Brace(q)).map(Word)
    }

    fn operation(&mut self, q: bool) -> Parsed<Option<Op>> {
        let Some(c) = self.peek() else { return Ok(Some(Op::Plain)) };
        let colon = c == ':';
        let sign = if colon { self.src.get(self.pos + 1).copied() } else { Some(c) };
        if let Some(sign @ ('-' | '=' | '+' | '?')) = sign {
            self.pos += 1 + usize::from(colon);
            let word = self.until_brace(q)?;
            return Ok(Some(match sign {
                '-' => Op::Default { colon, word },
                '=' => Op::Assign { colon, word },
                '+' => Op::Other { colon, word },
                _ => Op::Require { colon, word },
            }));
        }
        let long = self.src.get(self.pos + 1) == Some(&c);
        match c {
            '}' => Ok(Some(Op::Plain)),
            '#' | '%' => {
                self.pos += 1 + usize::from(long);
                let pattern = self.until_brace(false)?;
                Ok(Some(if c == '#' { Op::CutStart { long, pattern } } else { Op::CutEnd { long, pattern } }))
            }
            '/' => {
                self.pos += 1 + usize::from(long);
                let anchor = self.peek().filter(|c| !long && matches!(c, '#' | '%'));
                self.pos += usize::from(anchor.is_some());
                let pattern = Word(self.parts(Mode::Slash(false))?);
                let mut with = Word::default();
                if self.peek() == Some('/') {
                    self.pos += 1;
                    with = self.until_brace(q)?;
                }
                Ok(Some(Op::Replace { all: long, anchor, pattern, with }))
            }
            ':' => {
                self.pos += 1;
                let from = Word(self.parts(Mode::Colon(true))?);
                let mut len = None;
                if self.peek() == Some(':') {
                    self.pos += 1;
                    len = Some(self.until_brace(true)?);
                }
                Ok(Some(Op::Slice { from, len }))
            }
            '^' | ',' => {
                self.pos += 1 + usize::from(long);
                Ok(Some(Op::Case { upper: c == '^', all: long }))
            }
            _ => Ok(None),
        }
    }

    /// `((...))` from its first bracket; None if it turns out to be two nested `(`.
    pub(super) fn arith_command(&mut self) -> Parsed<Option<Word>> {
        let from = self.pos + 2;
        let mut depth = 0;
        let mut at = from;
        while let Some(c) = self.src.get(at) {
            match c {
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                ')' if self.src.get(at + 1) == Some(&')') => {
                    self.pos = at + 2;
                    return self.arith_word(from, at).map(Some);
                }
                ')' => return Ok(None),
                _ => {}
            }
            at += 1;
        }
        Err(self.wrong(Wrong::Open(')')))
    }

    fn arith_word(&self, from: usize, to: usize) -> Parsed<Word> {
        let mut inner = Parser { src: &self.src[from..to], pos: 0, line: self.line, depth: self.depth, resume: None };
        Ok(Word(inner.parts(Mode::Here)?))
    }

    /// One of the three expressions of `for ((`; the separator is read too.
    pub(super) fn arith_until(&mut self, stops: &[char]) -> Parsed<Word> {
        let from = self.pos;
        let mut depth = 0;
        while let Some(c) = self.peek() {
            if depth == 0 && stops.contains(&c) {
                self.pos += 1;
                return self.arith_word(from, self.pos - 1);
            }
            depth += i32::from(c == '(') - i32::from(c == ')');
            self.pos += 1;
        }
        Err(self.wrong(Wrong::Open(')')))
    }
}

fn param(name: String, index: Option<Word>, op: Op) -> Part {
    Part::Param(Rc::new(Param { name, index, op }))
}
