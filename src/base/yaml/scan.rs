//! Text into tokens.
//!
//! Models: libyaml's scanner as go.yaml.in/yaml/v2 (scannerc.go, readerc.go) has it: the same tokens, the same errors
//! at the same marks. That is why this is not an off-the-shelf YAML 1.2 reader: its errors stand elsewhere.

use std::collections::{BTreeMap, VecDeque};

use super::scalar;

/// Deeper nesting than this is refused. go-yaml stops at 10000, which a browser's stack would not carry.
const DEPTH: usize = 200;
/// A simple key is at most this long, in characters.
const KEY_LENGTH: usize = 1024;

/// A place in the text; line and column count from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Mark {
    /// In bytes.
    pub at: usize,
    /// In characters.
    pub index: usize,
    pub line: usize,
    pub column: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    StreamStart,
    StreamEnd,
    Version(u32, u32),
    TagDirective(String, String),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag(String, String),
    Scalar { text: String, plain: bool },
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: Mark,
    pub end: Mark,
}

/// Why reading stopped. The scanner and the parser number lines differently.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub message: String,
    pub mark: Mark,
    pub context: Mark,
    pub scanner: bool,
}

#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    number: usize,
    mark: Mark,
}

pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    pub(super) mark: Mark,
    tokens: VecDeque<Token>,
    /// How many tokens were taken from the queue.
    taken: usize,
    started: bool,
    ended: bool,
    pub(super) indent: isize,
    indents: Vec<isize>,
    simple_key_allowed: bool,
    simple_keys: Vec<SimpleKey>,
    keys_by_token: BTreeMap<usize, usize>,
    pub(super) flow_level: usize,
}

type Done = Result<(), Problem>;

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Scanner<'a> {
        Scanner {
            bytes: text.as_bytes(),
            mark: Mark::default(),
            tokens: VecDeque::new(),
            taken: 0,
            started: false,
            ended: false,
            indent: -1,
            indents: vec![],
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            keys_by_token: BTreeMap::new(),
            flow_level: 0,
        }
    }

    /// The next token, which stays.
    pub fn peek(&mut self) -> Result<&Token, Problem> {
        self.fill()?;
        Ok(self.tokens.front().expect("the end of the stream is never taken"))
    }

    /// Takes the token that was peeked at.
    pub fn take(&mut self) -> Option<Token> {
        if self.tokens.front().is_some_and(|t| t.kind == Kind::StreamEnd) {
            return self.tokens.front().cloned();
        }
        self.taken += 1;
        self.tokens.pop_front()
    }

    /// Until a token is there and no simple key can come in front of it any more.
    fn fill(&mut self) -> Done {
        loop {
            if !self.tokens.is_empty() {
                let Some(key) = self.keys_by_token.get(&self.taken).copied() else { return Ok(()) };
                if !self.key_is_valid(key)? {
                    return Ok(());
                }
            }
            if self.ended {
                return Ok(());
            }
            self.fetch()?;
        }
    }

    fn fetch(&mut self) -> Done {
        if !self.started {
            self.started = true;
            self.push(Kind::StreamStart, self.mark);
            return Ok(());
        }
        self.to_next_token();
        self.unroll(self.mark.column as isize);
        let (c, next) = (self.byte(0), self.byte(1));
        let solid = self.blank_or_end(1);
        let flow = self.flow_level > 0;
        match c {
            0 => self.stream_end(),
            b'%' if self.mark.column == 0 => self.directive(),
            b'-' if self.document_mark(b'-') => self.document_indicator(Kind::DocumentStart),
            b'.' if self.document_mark(b'.') => self.document_indicator(Kind::DocumentEnd),
            b'[' => self.flow_start(Kind::FlowSequenceStart),
            b'{' => self.flow_start(Kind::FlowMappingStart),
            b']' => self.flow_end(Kind::FlowSequenceEnd),
            b'}' => self.flow_end(Kind::FlowMappingEnd),
            b',' => {
                self.remove_key()?;
                self.simple_key_allowed = true;
                self.indicator(Kind::FlowEntry)
            }
            b'-' if solid => self.block_entry(),
            b'?' if flow || solid => self.key(),
            b':' if flow || solid => self.value(),
            b'*' | b'&' => self.anchor(c == b'*'),
            b'!' => {
                self.save_key()?;
                self.simple_key_allowed = false;
                let token = scalar::tag(self)?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'|' | b'>' if !flow => {
                self.remove_key()?;
                self.simple_key_allowed = true;
                let token = scalar::block(self, c == b'|')?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'\'' | b'"' => {
                self.save_key()?;
                self.simple_key_allowed = false;
                let token = scalar::quoted(self, c == b'\'')?;
                self.tokens.push_back(token);
                Ok(())
            }
            _ if self.starts_plain(c, next) => {
                self.save_key()?;
                self.simple_key_allowed = false;
                let (token, several_lines) = scalar::plain(self)?;
                self.simple_key_allowed |= several_lines;
                self.tokens.push_back(token);
                Ok(())
            }
            _ => Err(self.problem(self.mark, "found character that cannot start any token")),
        }
    }

    fn starts_plain(&self, c: u8, next: u8) -> bool {
        let indicator = b"-?:,[]{}#&*!|>'\"%@`".contains(&c);
        (!indicator && !self.blank_or_end(0))
            || (c == b'-' && next != b' ' && next != b'\t')
            || (self.flow_level == 0 && (c == b'?' || c == b':') && !self.blank_or_end(1))
    }

    fn to_next_token(&mut self) {
        loop {
            if self.mark.column == 0 && self.bytes[self.mark.at.min(self.bytes.len())..].starts_with(b"\xef\xbb\xbf") {
                self.skip();
            }
            while self.byte(0) == b' ' || ((self.flow_level > 0 || !self.simple_key_allowed) && self.byte(0) == b'\t') {
                self.skip();
            }
            if self.byte(0) == b'#' {
                while !self.break_or_end(0) {
                    self.skip();
                }
            }
            if !self.is_break(0) {
                return;
            }
            self.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn key_is_valid(&mut self, at: usize) -> Result<bool, Problem> {
        let Some(key) = self.simple_keys.get(at).copied() else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line < self.mark.line || key.mark.index + KEY_LENGTH < self.mark.index {
            if key.required {
                return Err(self.problem(key.mark, "could not find expected ':'"));
            }
            self.simple_keys[at].possible = false;
            self.keys_by_token.remove(&key.number);
            return Ok(false);
        }
        Ok(true)
    }

    fn save_key(&mut self) -> Done {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let required = self.flow_level == 0 && self.indent == self.mark.column as isize;
        let number = self.taken + self.tokens.len();
        self.remove_key()?;
        let last = self.simple_keys.len() - 1;
        self.simple_keys[last] = SimpleKey { possible: true, required, number, mark: self.mark };
        self.keys_by_token.insert(number, last);
        Ok(())
    }

    fn remove_key(&mut self) -> Done {
        let last = self.simple_keys.len() - 1;
        let key = self.simple_keys[last];
        if key.possible {
            if key.required {
                return Err(self.problem(key.mark, "could not find expected ':'"));
            }
            self.simple_keys[last].possible = false;
            self.keys_by_token.remove(&key.number);
        }
        Ok(())
    }

    fn too_deep(&self) -> Problem {
        self.problem(self.mark, "exceeded max depth of 10000")
    }

    /// Opens a block collection in front of token `number` (or at the end) if the column is deeper than the indent.
    fn roll(&mut self, column: usize, number: Option<usize>, kind: Kind, mark: Mark) -> Done {
        if self.flow_level > 0 || self.indent >= column as isize {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column as isize;
        if self.indents.len() > DEPTH {
            return Err(self.too_deep());
        }
        let token = Token { kind, start: mark, end: mark };
        match number {
            Some(number) => self.tokens.insert(number - self.taken, token),
            None => self.tokens.push_back(token),
        }
        Ok(())
    }

    fn unroll(&mut self, column: isize) {
        while self.flow_level == 0 && self.indent > column {
            self.push(Kind::BlockEnd, self.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn stream_end(&mut self) -> Done {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.unroll(-1);
        self.remove_key()?;
        self.simple_key_allowed = false;
        self.ended = true;
        self.push(Kind::StreamEnd, self.mark);
        Ok(())
    }

    fn directive(&mut self) -> Done {
        self.unroll(-1);
        self.remove_key()?;
        self.simple_key_allowed = false;
        let token = scalar::directive(self)?;
        self.tokens.push_back(token);
        Ok(())
    }

    fn document_indicator(&mut self, kind: Kind) -> Done {
        self.unroll(-1);
        self.remove_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        (0..3).for_each(|_| self.skip());
        self.push(kind, start);
        Ok(())
    }

    fn flow_start(&mut self, kind: Kind) -> Done {
        self.save_key()?;
        self.simple_keys.push(SimpleKey::default());
        self.flow_level += 1;
        if self.flow_level > DEPTH {
            return Err(self.too_deep());
        }
        self.simple_key_allowed = true;
        self.indicator(kind)
    }

    fn flow_end(&mut self, kind: Kind) -> Done {
        self.remove_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            if let Some(key) = self.simple_keys.pop() {
                self.keys_by_token.remove(&key.number);
            }
        }
        self.simple_key_allowed = false;
        self.indicator(kind)
    }

    fn block_entry(&mut self) -> Done {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.problem(self.mark, "block sequence entries are not allowed in this context"));
            }
            self.roll(self.mark.column, None, Kind::BlockSequenceStart, self.mark)?;
        }
        self.remove_key()?;
        self.simple_key_allowed = true;
        self.indicator(Kind::BlockEntry)
    }

    fn key(&mut self) -> Done {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.problem(self.mark, "mapping keys are not allowed in this context"));
            }
            self.roll(self.mark.column, None, Kind::BlockMappingStart, self.mark)?;
        }
        self.remove_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.indicator(Kind::Key)
    }

    fn value(&mut self) -> Done {
        let last = self.simple_keys.len() - 1;
        if self.key_is_valid(last)? {
            let key = self.simple_keys[last];
            let token = Token { kind: Kind::Key, start: key.mark, end: key.mark };
            self.tokens.insert(key.number - self.taken, token);
            self.roll(key.mark.column, Some(key.number), Kind::BlockMappingStart, key.mark)?;
            self.simple_keys[last].possible = false;
            self.keys_by_token.remove(&key.number);
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return Err(self.problem(self.mark, "mapping values are not allowed in this context"));
                }
                self.roll(self.mark.column, None, Kind::BlockMappingStart, self.mark)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.indicator(Kind::Value)
    }

    fn anchor(&mut self, alias: bool) -> Done {
        self.save_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        let name = self.letters();
        if name.is_empty() || !(self.blank_or_end(0) || b"?:,]}%@`".contains(&self.byte(0))) {
            return Err(self.problem(start, "did not find expected alphabetic or numeric character"));
        }
        self.push(if alias { Kind::Alias(name) } else { Kind::Anchor(name) }, start);
        Ok(())
    }

    fn indicator(&mut self, kind: Kind) -> Done {
        let start = self.mark;
        self.skip();
        self.push(kind, start);
        Ok(())
    }

    fn push(&mut self, kind: Kind, start: Mark) {
        self.tokens.push_back(Token { kind, start, end: self.mark });
    }
}

/// Looking at and moving over characters.
impl Scanner<'_> {
    pub fn problem(&self, context: Mark, message: &str) -> Problem {
        Problem { message: message.to_string(), mark: self.mark, context, scanner: true }
    }

    /// A byte ahead; 0 behind the end.
    pub fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.mark.at + ahead).copied().unwrap_or(0)
    }

    pub fn skip(&mut self) {
        let width = match self.byte(0) {
            0..=0x7f => 1,
            0x80..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        };
        self.mark.at = (self.mark.at + width).min(self.bytes.len());
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Moves over one character, which is added to the text.
    pub fn read(&mut self, text: &mut Vec<u8>) {
        let start = self.mark.at;
        self.skip();
        text.extend_from_slice(&self.bytes[start..self.mark.at]);
    }

    /// How many bytes the line break here has; 0 if there is none.
    fn break_width(&self, ahead: usize) -> usize {
        match (self.byte(ahead), self.byte(ahead + 1), self.byte(ahead + 2)) {
            (b'\r', b'\n', _) => 2,
            (b'\r' | b'\n', _, _) => 1,
            (0xc2, 0x85, _) => 2,
            (0xe2, 0x80, 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    pub fn is_break(&self, ahead: usize) -> bool {
        self.break_width(ahead) > 0
    }

    pub fn at_end(&self) -> bool {
        self.mark.at >= self.bytes.len()
    }

    pub fn break_or_end(&self, ahead: usize) -> bool {
        self.mark.at + ahead >= self.bytes.len() || self.is_break(ahead)
    }

    pub fn is_blank(&self) -> bool {
        matches!(self.byte(0), b' ' | b'\t')
    }

    pub fn blank_or_end(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t') || self.break_or_end(ahead)
    }

    /// `---` or `...` at the start of a line.
    pub fn document_mark(&self, c: u8) -> bool {
        self.mark.column == 0 && (0..3).all(|i| self.byte(i) == c) && self.blank_or_end(3)
    }

    pub fn skip_line(&mut self) {
        let width = self.break_width(0);
        if width > 0 {
            let crlf = self.byte(0) == b'\r' && width == 2;
            self.mark.at += width;
            self.mark.index += 1 + usize::from(crlf);
            self.mark.column = 0;
            self.mark.line += 1;
        }
    }

    /// Moves over a line break, which is added to the text as a line feed (LS and PS stay as they are).
    pub fn read_line(&mut self, text: &mut Vec<u8>) {
        let start = self.mark.at;
        match self.break_width(0) {
            0 => return,
            3 => text.extend_from_slice(&self.bytes[start..start + 3]),
            _ => text.push(b'\n'),
        }
        self.skip_line();
    }

    /// Letters, digits, `_` and `-`.
    pub fn letters(&mut self) -> String {
        let mut text = String::new();
        while matches!(self.byte(0), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-') {
            text.push(char::from(self.byte(0)));
            self.skip();
        }
        text
    }
}
