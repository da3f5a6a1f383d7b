//! Commands: lists, pipelines, compound commands, redirections.
//!
//! Models: the grammar of POSIX sh with bash's additions ([[ ]], (( )), for ((, &>, <<<, |&, ;&, time).
//! Left out: coproc, select.

use std::rc::Rc;

use super::ast::*;
use super::{Syntax, Wrong};

pub(super) type Parsed<T> = Result<T, Syntax>;

const MAX_DEPTH: u32 = 80;
const RESERVED: &[&str] = &[
    "if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "{", "}", "in",
    "function", "[[", "!", "time",
];

/// What `parse_line` found: the commands up to a line end, where the next line begins, and its number.
pub struct Line {
    pub list: List,
    pub next: usize,
    pub line: u32,
}

/// Reads the commands that begin on the line at `from`; None at the end of the text.
pub fn parse_line(src: &[char], from: usize, line: u32) -> Parsed<Option<Line>> {
    let mut p = Parser { src, pos: from, line, depth: 0, resume: None };
    p.newlines();
    if p.pos >= src.len() {
        return Ok(None);
    }
    let list = p.items(true)?;
    if p.pos < src.len() && src[p.pos] != '\n' {
        return Err(p.unexpected());
    }
    p.step_line();
    Ok(Some(Line { list, next: p.pos, line: p.line }))
}

/// A text that is one simple command (the value of an alias): its stages, if it is a plain pipeline.
pub fn parse_simple(text: &str) -> Option<List> {
    let src: Vec<char> = text.chars().collect();
    let line = parse_line(&src, 0, 1).ok()??;
    (line.next >= src.len()).then_some(line.list)
}

pub(super) struct Parser<'a> {
    pub(super) src: &'a [char],
    pub(super) pos: usize,
    pub(super) line: u32,
    pub(super) depth: u32,
    /// Where the text goes on after the here-documents of this line.
    pub(super) resume: Option<usize>,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.src.get(self.pos).copied()
    }

    pub(super) fn looking(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.src.get(self.pos + i) == Some(&c))
    }

    pub(super) fn wrong(&self, wrong: Wrong) -> Syntax {
        Syntax { line: self.line, wrong }
    }

    pub(super) fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.wrong(Wrong::Deep)) } else { Ok(()) }
    }

    /// Skips spaces, continued lines and a comment.
    fn blank(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.pos += 1,
                Some('\\') if self.src.get(self.pos + 1) == Some(&'\n') => {
                    self.pos += 2;
                    self.line += 1;
                }
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.pos += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn step_line(&mut self) {
        if self.peek() == Some('\n') {
            self.pos += 1;
            self.line += 1;
            if let Some(at) = self.resume.take() {
                self.line += self.src[self.pos..at].iter().filter(|c| **c == '\n').count() as u32;
                self.pos = at;
            }
        } else if let Some(at) = self.resume.take() {
            self.pos = self.pos.max(at);
        }
    }

    fn newlines(&mut self) {
        loop {
            self.blank();
            if self.peek() != Some('\n') {
                return;
            }
            self.step_line();
        }
    }

    fn operator(&self) -> Option<&'static str> {
        const OPS: &[&str] = &[
            "&&", "||", ";;&", ";;", ";&", ";", "|&", "|", "&>>", "&>", "&", "(", ")", "<<<", "<<-", "<<", "<&", "<>",
            "<", ">>", ">&", ">|", ">",
        ];
        if (self.looking("<(") || self.looking(">(")) && !self.looking("<((") {
            return None;
        }
        OPS.iter().copied().find(|op| self.looking(op))
    }

    /// The word here if it is bare text, without reading on.
    fn bare(&self) -> String {
        let mut out = String::new();
        for c in &self.src[self.pos.min(self.src.len())..] {
            match c {
                ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\'' | '"' | '\\' | '$' | '`' => return String::new(),
                _ => out.push(*c),
            }
        }
        out
    }

    fn reserved(&self) -> Option<&'static str> {
        let word = self.bare();
        RESERVED.iter().copied().find(|r| *r == word)
    }

    fn eat(&mut self, word: &'static str) -> Parsed<()> {
        self.newlines();
        if self.pos >= self.src.len() {
            return Err(self.wrong(Wrong::End(Some(word))));
        }
        if self.bare() == word || (word == ")" && self.peek() == Some(')')) {
            self.pos += word.len();
            return Ok(());
        }
        Err(self.unexpected())
    }

    fn unexpected(&mut self) -> Syntax {
        self.blank();
        let token = match self.peek() {
            None => return self.wrong(Wrong::End(None)),
            Some('\n') => "newline".to_owned(),
            Some(_) => match self.operator() {
                Some(op) => op.to_owned(),
                None => {
                    let from = self.pos;
                    let _ = self.word();
                    self.src[from..self.pos.max(from + 1)].iter().collect()
                }
            },
        };
        self.wrong(Wrong::Token(token))
    }

    /// As `unexpected`, where the end of the text is a line end that cannot stand here.
    fn unexpected_now(&mut self) -> Syntax {
        if self.pos >= self.src.len() { self.wrong(Wrong::Token("newline".into())) } else { self.unexpected() }
    }

    fn closes(&self) -> bool {
        matches!(self.reserved(), Some("then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}"))
            || matches!(self.operator(), Some(")" | ";;" | ";&" | ";;&"))
    }

    /// Commands up to the end of the line (`top`) or up to a word that closes the construct around them.
    fn items(&mut self, top: bool) -> Parsed<List> {
        self.deeper()?;
        let mut items = vec![];
        loop {
            if top {
                self.blank()
            } else {
                self.newlines()
            }
            if self.pos >= self.src.len() || (top && self.peek() == Some('\n')) || (!top && self.closes()) {
                break;
            }
            let from = self.pos;
            let chain = Rc::new(self.chain()?);
            let text: String = self.src[from..self.pos.min(from + 400)].iter().collect();
            self.blank();
            let op = self.operator();
            let background = op == Some("&");
            items.push(Item { chain, background, text: text.trim().into() });
            match op {
                Some(";" | "&") => self.pos += 1,
                _ if self.peek() == Some('\n') || self.pos >= self.src.len() || (!top && self.closes()) => {}
                _ => return Err(self.unexpected()),
            }
        }
        self.depth -= 1;
        Ok(List { items })
    }

    /// A compound list that must hold something.
    fn body(&mut self) -> Parsed<Body> {
        let list = self.items(false)?;
        if list.items.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Rc::new(list))
    }

    fn chain(&mut self) -> Parsed<Chain> {
        let first = Rc::new(self.pipeline()?);
        let mut rest = vec![];
        loop {
            self.blank();
            let and = match self.operator() {
                Some("&&") => true,
                Some("||") => false,
                _ => return Ok(Chain { first, rest }),
            };
            self.pos += 2;
            self.newlines();
            rest.push((and, Rc::new(self.pipeline()?)));
        }
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let (mut negate, mut timed) = (false, false);
        loop {
            self.blank();
            match self.reserved() {
                Some("!") => {
                    negate = !negate;
                    self.pos += 1;
                }
                Some("time") => {
                    timed = true;
                    self.pos += 4;
                }
                _ => break,
            }
        }
        let mut stages = vec![];
        loop {
            let mut stage = self.stage()?;
            self.blank();
            let op = self.operator();
            if op == Some("|&") {
                let word = Word(vec![Part::Plain("1".into())]);
                stage.redirects.push(Redirect { fd: Some(2), kind: Redir::Dup, word });
            }
            stages.push(Rc::new(stage));
            match op {
                Some("|") => self.pos += 1,
                Some("|&") => self.pos += 2,
                _ => return Ok(Pipeline { negate, timed, stages }),
            }
            self.newlines();
        }
    }

    fn stage(&mut self) -> Parsed<Stage> {
        self.blank();
        let line = self.line;
        if self.pos >= self.src.len() {
            return Err(self.wrong(Wrong::End(None)));
        }
        let compound = self.compound()?;
        let Some(command) = compound else { return self.simple(line) };
        let mut redirects = vec![];
        if !matches!(command, Command::Function { .. }) {
            loop {
                self.blank();
                let Some(redirect) = self.redirect()? else { break };
                redirects.push(redirect);
            }
        }
        Ok(Stage { command, redirects, line })
    }

    fn compound(&mut self) -> Parsed<Option<Command>> {
        if self.looking("((") {
            let from = (self.pos, self.line);
            if let Some(word) = self.arith_command()? {
                return Ok(Some(Command::Arith(word)));
            }
            (self.pos, self.line) = from;
        }
        if self.peek() == Some('(') {
            self.pos += 1;
            let body = self.body()?;
            self.eat(")")?;
            return Ok(Some(Command::Subshell(body)));
        }
        let Some(word) = self.reserved() else { return self.function() };
        let from = self.pos;
        self.pos += word.len();
        Ok(Some(match word {
            "{" => {
                let body = self.body()?;
                self.eat("}")?;
                Command::Group(body)
            }
            "if" => self.conditional()?,
            "while" | "until" => {
                let test = self.body()?;
                let body = self.loop_body()?;
                Command::While { until: word == "until", test, body }
            }
            "for" => self.for_loop()?,
            "case" => self.case()?,
            "[[" => self.test()?,
            "function" => {
                self.blank();
                let name = self.bare();
                self.pos += name.chars().count();
                self.blank();
                if self.looking("()") {
                    self.pos += 2;
                }
                self.function_body(&name)?
            }
            _ => {
                self.pos = from;
                return Err(self.unexpected());
            }
        }))
    }

    fn function(&mut self) -> Parsed<Option<Command>> {
        let name = self.bare();
        let len = name.chars().count();
        let mut at = self.pos + len;
        while matches!(self.src.get(at), Some(' ' | '\t')) {
            at += 1;
        }
        if name.is_empty() || name.contains('=') || self.src.get(at) != Some(&'(') {
            return Ok(None);
        }
        self.pos = at + 1;
        self.blank();
        if self.peek() != Some(')') {
            return Err(self.unexpected_now());
        }
        self.pos += 1;
        self.function_body(&name).map(Some)
    }

    fn function_body(&mut self, name: &str) -> Parsed<Command> {
        self.newlines();
        let line = self.line;
        match self.compound()? {
            Some(command) => {
                let mut redirects = vec![];
                loop {
                    self.blank();
                    let Some(redirect) = self.redirect()? else { break };
                    redirects.push(redirect);
                }
                let body = Rc::new(Stage { command, redirects, line });
                Ok(Command::Function { name: name.into(), body })
            }
            None => Err(self.unexpected()),
        }
    }

    fn conditional(&mut self) -> Parsed<Command> {
        let mut arms = vec![];
        loop {
            let test = self.body()?;
            self.eat("then")?;
            let body = self.body()?;
            arms.push((test, body));
            self.newlines();
            match self.reserved() {
                Some("elif") => self.pos += 4,
                Some("else") => {
                    self.pos += 4;
                    let otherwise = Some(self.body()?);
                    self.eat("fi")?;
                    return Ok(Command::If { arms, otherwise });
                }
                _ => {
                    self.eat("fi")?;
                    return Ok(Command::If { arms, otherwise: None });
                }
            }
        }
    }

    fn loop_body(&mut self) -> Parsed<Body> {
        self.eat("do")?;
        let body = self.body()?;
        self.eat("done")?;
        Ok(body)
    }

    fn for_loop(&mut self) -> Parsed<Command> {
        self.blank();
        if self.looking("((") {
            return self.count_loop();
        }
        let name = self.bare();
        if name.is_empty() {
            return Err(self.unexpected_now());
        }
        self.pos += name.chars().count();
        self.newlines();
        let mut words = None;
        if self.bare() == "in" {
            self.pos += 2;
            let mut list = vec![];
            loop {
                self.blank();
                match self.word()? {
                    Some(word) => list.push(word),
                    None => break,
                }
            }
            words = Some(list);
        }
        self.blank();
        match self.operator() {
            Some(";") => self.pos += 1,
            None => {}
            Some(_) => return Err(self.unexpected()),
        }
        let body = self.loop_body()?;
        Ok(Command::For { name: name.as_str().into(), words, body })
    }

    fn count_loop(&mut self) -> Parsed<Command> {
        self.pos += 2;
        let init = self.arith_until(&[';'])?;
        let test = self.arith_until(&[';'])?;
        let step = self.arith_until(&[')'])?;
        if self.peek() != Some(')') {
            return Err(self.unexpected());
        }
        self.pos += 1;
        self.blank();
        if self.operator() == Some(";") {
            self.pos += 1;
        }
        self.newlines();
        if self.reserved() == Some("{") {
            self.pos += 1;
            let body = self.body()?;
            self.eat("}")?;
            return Ok(Command::Count { init, test, step, body });
        }
        let body = self.loop_body()?;
        Ok(Command::Count { init, test, step, body })
    }

    fn case(&mut self) -> Parsed<Command> {
        self.blank();
        let Some(subject) = self.word()? else { return Err(self.unexpected()) };
        self.eat("in")?;
        let mut arms = vec![];
        loop {
            self.newlines();
            if self.reserved() == Some("esac") {
                self.pos += 4;
                return Ok(Command::Case { subject, arms });
            }
            if self.peek() == Some('(') {
                self.pos += 1;
            }
            let mut patterns = vec![];
            loop {
                self.blank();
                let Some(word) = self.word()? else {
                    return Err(match self.peek() {
                        None => self.wrong(Wrong::End(Some("esac"))),
                        Some(_) => self.unexpected(),
                    });
                };
                patterns.push(word);
                self.blank();
                match self.operator() {
                    Some("|") => self.pos += 1,
                    Some(")") => break,
                    _ => return Err(self.unexpected()),
                }
            }
            self.pos += 1;
            let body = Rc::new(self.items(false)?);
            self.newlines();
            let falls = match self.operator() {
                Some(op @ (";;" | ";&" | ";;&")) => {
                    self.pos += op.len();
                    op == ";&"
                }
                _ => false,
            };
            arms.push(Arm { patterns, body, falls });
            self.newlines();
            if self.pos >= self.src.len() {
                return Err(self.wrong(Wrong::End(Some("esac"))));
            }
        }
    }

    fn simple(&mut self, line: u32) -> Parsed<Stage> {
        let (mut assigns, mut words, mut redirects) = (vec![], vec![], vec![]);
        loop {
            self.blank();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            if words.is_empty()
                && let Some(assign) = self.assign()?
            {
                assigns.push(assign);
                continue;
            }
            match self.word()? {
                Some(word) => words.push(word),
                None => break,
            }
        }
        if assigns.is_empty() && words.is_empty() && redirects.is_empty() {
            return Err(self.unexpected());
        }
        if self.peek() == Some('(') {
            return Err(self.unexpected());
        }
        Ok(Stage { command: Command::Simple { assigns, words }, redirects, line })
    }

    fn assign(&mut self) -> Parsed<Option<Assign>> {
        let mut at = self.pos;
        let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
        while self.src.get(at).copied().is_some_and(is_name) {
            at += 1;
        }
        if at == self.pos || self.src[self.pos].is_ascii_digit() {
            return Ok(None);
        }
        let name: String = self.src[self.pos..at].iter().collect();
        let mut index = None;
        if self.src.get(at) == Some(&'[') {
            let Some(close) = self.src[at..].iter().take(60).position(|c| *c == ']') else { return Ok(None) };
            let after = at + close + 1;
            if !matches!((self.src.get(after), self.src.get(after + 1)), (Some('='), _) | (Some('+'), Some('='))) {
                return Ok(None);
            }
            index = Some(self.nested(&self.src[at + 1..at + close])?);
            at = after;
        }
        let append = self.src.get(at) == Some(&'+') && self.src.get(at + 1) == Some(&'=');
        if !append && self.src.get(at) != Some(&'=') {
            return Ok(None);
        }
        self.pos = at + if append { 2 } else { 1 };
        let value = if let Some(index) = index {
            Value::At(index, self.word()?.unwrap_or_default())
        } else if self.peek() == Some('(') {
            self.pos += 1;
            let mut words = vec![];
            loop {
                self.newlines();
                match self.word()? {
                    Some(word) => words.push(word),
                    None if self.peek() == Some(')') => break,
                    None if self.pos >= self.src.len() => return Err(self.wrong(Wrong::Open(')'))),
                    None => return Err(self.unexpected()),
                }
            }
            self.pos += 1;
            Value::Many(words)
        } else {
            Value::One(self.word()?.unwrap_or_default())
        };
        Ok(Some(Assign { name: name.as_str().into(), append, value }))
    }

    fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        let from = self.pos;
        let mut fd = None;
        let digits = self.src[from..].iter().take(3).take_while(|c| c.is_ascii_digit()).count();
        if digits > 0 && matches!(self.src.get(from + digits), Some('<' | '>')) {
            fd = self.src[from..from + digits].iter().collect::<String>().parse().ok();
            self.pos += digits;
        }
        let kind = match self.operator() {
            Some("<") => Redir::In,
            Some(">" | ">|") => Redir::Out,
            Some(">>") => Redir::Append,
            Some("<>") => Redir::Both,
            Some("<&" | ">&") => Redir::Dup,
            Some("&>") => Redir::OutErr,
            Some("&>>") => Redir::AppendErr,
            Some("<<<") => Redir::HereString,
            Some("<<" | "<<-") => Redir::Here,
            _ => {
                self.pos = from;
                return Ok(None);
            }
        };
        let op = self.operator().unwrap_or("");
        self.pos += op.len();
        let fd = fd.or(match op {
            "<&" => Some(0),
            ">&" => Some(1),
            _ => None,
        });
        if kind == Redir::Here {
            let word = self.here(op == "<<-")?;
            return Ok(Some(Redirect { fd, kind, word }));
        }
        self.blank();
        let Some(word) = self.word()? else { return Err(self.unexpected()) };
        Ok(Some(Redirect { fd, kind, word }))
    }

    /// The body of a here-document, read ahead from the next line.
    fn here(&mut self, strip: bool) -> Parsed<Word> {
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.pos += 1;
        }
        let from = self.pos;
        let Some(word) = self.word()? else { return Err(self.unexpected()) };
        let quoted = self.src[from..self.pos].iter().any(|c| matches!(c, '\'' | '"' | '\\'));
        let mut end = String::new();
        for part in &word.0 {
            match part {
                Part::Plain(t) | Part::Quoted(t) => end.push_str(t),
                Part::Double(parts) => parts.iter().for_each(|p| {
                    if let Part::Plain(t) | Part::Quoted(t) = p {
                        end.push_str(t);
                    }
                }),
                _ => end = self.src[from..self.pos].iter().collect(),
            }
        }
        let mut at = match self.resume {
            Some(at) => at,
            None => match self.src[self.pos..].iter().position(|c| *c == '\n') {
                Some(n) => self.pos + n + 1,
                None => return Err(self.wrong(Wrong::End(None))),
            },
        };
        let mut body = String::new();
        loop {
            if at >= self.src.len() {
                return Err(self.wrong(Wrong::End(None)));
            }
            let len = self.src[at..].iter().position(|c| *c == '\n').unwrap_or(self.src.len() - at);
            let mut line: String = self.src[at..at + len].iter().collect();
            at = (at + len + 1).min(self.src.len());
            if strip {
                line = line.trim_start_matches('\t').to_owned();
            }
            if line.trim_end_matches('\r') == end {
                break;
            }
            body.push_str(&line);
            body.push('\n');
        }
        self.resume = Some(at);
        if quoted {
            return Ok(Word(vec![Part::Quoted(body)]));
        }
        let chars: Vec<char> = body.chars().collect();
        let mut inner = Parser { src: &chars, pos: 0, line: self.line, depth: self.depth, resume: None };
        Ok(Word(vec![Part::Double(inner.here_body()?)]))
    }

    /// `$( ... )`, after the bracket: commands up to the closing one.
    pub(super) fn substitution(&mut self) -> Parsed<Body> {
        self.deeper()?;
        let list = self.items(false)?;
        self.newlines();
        if self.peek() != Some(')') {
            return Err(match self.peek() {
                None => self.wrong(Wrong::Open(')')),
                Some(_) => self.unexpected(),
            });
        }
        self.pos += 1;
        self.depth -= 1;
        Ok(Rc::new(list))
    }

    /// A whole text as commands (backquotes).
    pub(super) fn program(&self, text: &[char]) -> Parsed<Body> {
        let mut inner = Parser { src: text, pos: 0, line: self.line, depth: self.depth, resume: None };
        let list = inner.items(false)?;
        if inner.pos < text.len() {
            return Err(inner.unexpected());
        }
        Ok(Rc::new(list))
    }

    fn test(&mut self) -> Parsed<Command> {
        let cond = self.test_or()?;
        self.newlines();
        if self.bare() != "]]" {
            return Err(match self.peek() {
                None => self.wrong(Wrong::End(Some("]]"))),
                Some(_) => self.unexpected(),
            });
        }
        self.pos += 2;
        Ok(Command::Test(cond))
    }

    fn test_or(&mut self) -> Parsed<Cond> {
        let mut left = self.test_and()?;
        loop {
            self.newlines();
            if self.operator() != Some("||") {
                return Ok(left);
            }
            self.pos += 2;
            left = Cond::Or(Box::new(left), Box::new(self.test_and()?));
        }
    }

    fn test_and(&mut self) -> Parsed<Cond> {
        let mut left = self.test_one()?;
        loop {
            self.newlines();
            if self.operator() != Some("&&") {
                return Ok(left);
            }
            self.pos += 2;
            left = Cond::And(Box::new(left), Box::new(self.test_one()?));
        }
    }

    fn test_one(&mut self) -> Parsed<Cond> {
        self.deeper()?;
        self.newlines();
        let cond = if self.bare() == "!" {
            self.pos += 1;
            Cond::Not(Box::new(self.test_one()?))
        } else if self.peek() == Some('(') {
            self.pos += 1;
            let inner = self.test_or()?;
            self.eat(")")?;
            inner
        } else {
            let bare = self.bare();
            let Some(word) = self.word()? else { return Err(self.unexpected()) };
            if bare.len() == 2 && bare.starts_with('-') && self.not_binary() {
                let Some(operand) = self.word()? else { return Err(self.unexpected()) };
                Cond::Unary(bare, operand)
            } else {
                self.test_binary(word)?
            }
        };
        self.depth -= 1;
        Ok(cond)
    }

    fn not_binary(&mut self) -> bool {
        self.blank();
        !matches!(self.bare().as_str(), "=" | "==" | "!=" | "=~" | "]]")
    }

    fn test_binary(&mut self, left: Word) -> Parsed<Cond> {
        self.newlines();
        let op = match self.operator() {
            Some(op @ ("<" | ">")) => op.to_owned(),
            _ => self.bare(),
        };
        let known = ["=", "==", "!=", "=~", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];
        if !known.contains(&op.as_str()) {
            return Ok(Cond::Word(left));
        }
        self.pos += op.len();
        self.blank();
        let right = if op == "=~" { self.regex_word()? } else { self.word()? };
        let Some(right) = right else { return Err(self.unexpected()) };
        Ok(Cond::Binary(left, op, right))
    }
}
