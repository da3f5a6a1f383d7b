//! The text of a template into tokens.
//!
//! Models: Go `text/template/parse/lex.go`.
//! Left out: complex numbers.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Left,
    Right,
    Field,
    Variable,
    Word,
    Keyword,
    Bool,
    Nil,
    Number,
    Quoted,
    Raw,
    Dot,
    Pipe,
    Assign,
    Declare,
    Open,
    Close,
    Comma,
    Space,
    End,
    Wrong,
}

/// A token: where it begins (a byte), on which line, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub at: usize,
    pub line: usize,
    pub text: String,
}

impl Token {
    /// As Go's errors show it.
    pub fn shown(&self) -> String {
        match self.kind {
            Kind::End => "EOF".into(),
            Kind::Wrong => self.text.clone(),
            Kind::Keyword => format!("<{}>", self.text),
            _ if self.text.chars().count() > 10 => {
                format!("{}...", crate::base::text::go_quote(&self.text.chars().take(10).collect::<String>()))
            }
            _ => crate::base::text::go_quote(&self.text),
        }
    }
}

const KEYWORDS: &[&str] = &["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];

/// All tokens; the last one is `End` or `Wrong`.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, out: vec![], depth: 0 };
    lexer.outside();
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    out: Vec<Token>,
    depth: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, from: usize, to: usize) {
        let line = 1 + self.text[..from].matches('\n').count();
        self.out.push(Token { kind, at: from, line, text: self.text[from..to].to_string() });
        self.at = to;
    }

    fn wrong(&mut self, words: String) {
        let line = 1 + self.text[..self.at].matches('\n').count();
        self.out.push(Token { kind: Kind::Wrong, at: self.at, line, text: words });
    }

    fn outside(&mut self) {
        loop {
            let from = self.at;
            let Some(open) = self.rest().find("{{") else {
                if from < self.text.len() {
                    self.push(Kind::Text, from, self.text.len());
                }
                self.push(Kind::End, self.text.len(), self.text.len());
                return;
            };
            let open = from + open;
            let trims = self.text[open + 2..].starts_with("- ")
                || self.text[open + 2..].starts_with("-\n")
                || self.text[open + 2..].starts_with("-\t");
            let end = if trims { from + self.text[from..open].trim_end().len() } else { open };
            if end > from {
                self.push(Kind::Text, from, end);
            }
            self.at = open;
            let body = open + if trims { 4 } else { 2 };
            if self.text[body..].starts_with("/*") {
                if !self.comment(body) {
                    return;
                }
                continue;
            }
            self.push(Kind::Left, open, open + 2);
            self.at = if trims { open + 3 } else { open + 2 };
            self.depth = 0;
            if !self.inside() {
                return;
            }
        }
    }

    fn comment(&mut self, body: usize) -> bool {
        let Some(end) = self.text[body..].find("*/") else {
            self.wrong("unclosed comment".into());
            return false;
        };
        self.at = body + end + 2;
        if self.rest().starts_with(" -}}") {
            self.at += 4;
            self.skip_blanks();
            return true;
        }
        if self.rest().starts_with("}}") {
            self.at += 2;
            return true;
        }
        self.wrong("comment ends before closing delimiter".into());
        false
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// The tokens of one action; false when all is over.
    fn inside(&mut self) -> bool {
        loop {
            let from = self.at;
            let rest = self.rest();
            if rest.starts_with("}}") || rest.starts_with(" -}}") {
                if self.depth > 0 {
                    self.wrong("unclosed left paren".into());
                    return false;
                }
                let trims = rest.starts_with(' ');
                let start = if trims { from + 2 } else { from };
                self.push(Kind::Right, start, start + 2);
                if trims {
                    self.skip_blanks();
                }
                return true;
            }
            let Some(c) = rest.chars().next() else {
                self.wrong("unclosed action".into());
                return false;
            };
            let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
            let done = match c {
                c if blank(c) => {
                    let blanks = rest.find(|c| !blank(c)).unwrap_or(rest.len());
                    // a blank may belong to the closing ` -}}`
                    let keep = rest[..blanks].ends_with(' ') && rest[blanks..].starts_with("-}}");
                    let to = from + if keep { blanks - 1 } else { blanks };
                    if to > from {
                        self.push(Kind::Space, from, to);
                    }
                    true
                }
                '=' => self.one(Kind::Assign, 1),
                ':' if rest.starts_with(":=") => self.one(Kind::Declare, 2),
                ':' => {
                    self.wrong("expected :=".into());
                    false
                }
                '|' => self.one(Kind::Pipe, 1),
                ',' => self.one(Kind::Comma, 1),
                '"' => self.quoted(),
                '`' => self.raw(),
                '\'' => self.character(),
                '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => self.name(Kind::Field),
                '$' => self.name(Kind::Variable),
                '+' | '-' | '.' | '0'..='9' => self.number(),
                c if c == '_' || c.is_alphanumeric() => self.word(),
                '(' => {
                    self.depth += 1;
                    self.one(Kind::Open, 1)
                }
                ')' if self.depth == 0 => {
                    self.wrong("unexpected right paren".into());
                    false
                }
                ')' => {
                    self.depth -= 1;
                    self.one(Kind::Close, 1)
                }
                c => {
                    self.wrong(format!("unrecognized character in action: U+{:04X} '{c}'", c as u32));
                    false
                }
            };
            if !done {
                return false;
            }
        }
    }

    fn one(&mut self, kind: Kind, length: usize) -> bool {
        self.push(kind, self.at, self.at + length);
        true
    }

    /// Where letters, digits and underscores end.
    fn letters(&self, from: usize) -> usize {
        let tail = &self.text[from..];
        from + tail.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(tail.len())
    }

    fn terminated(&mut self, to: usize) -> bool {
        let tail = &self.text[to..];
        let fine = tail.is_empty()
            || tail.starts_with(|c: char| c.is_whitespace() || ".,|:)(".contains(c))
            || tail.starts_with("}}");
        if !fine {
            let c = tail.chars().next().unwrap_or(' ');
            self.wrong(format!("bad character U+{:04X} '{c}'", c as u32));
        }
        fine
    }

    fn name(&mut self, kind: Kind) -> bool {
        let from = self.at;
        let to = self.letters(from + 1);
        if to == from + 1 && kind == Kind::Field {
            if !self.terminated(to) {
                return false;
            }
            return self.one(Kind::Dot, 1);
        }
        if !self.terminated(to) {
            return false;
        }
        self.push(kind, from, to);
        true
    }

    fn word(&mut self) -> bool {
        let from = self.at;
        let to = self.letters(from);
        if !self.terminated(to) {
            return false;
        }
        let kind = match &self.text[from..to] {
            "true" | "false" => Kind::Bool,
            "nil" => Kind::Nil,
            word if KEYWORDS.contains(&word) => Kind::Keyword,
            _ => Kind::Word,
        };
        self.push(kind, from, to);
        true
    }

    fn number(&mut self) -> bool {
        let from = self.at;
        let tail = &self.text[from..];
        let to = from
            + tail
                .char_indices()
                .find(|(n, c)| !(c.is_alphanumeric() || *c == '.' || *c == '_' || (*n == 0 && "+-".contains(*c))))
                .map_or(tail.len(), |(n, _)| n);
        let text = &self.text[from..to];
        if text.parse::<i64>().is_err() && text.parse::<f64>().is_err() && !text.starts_with("0x") {
            let words = format!("bad number syntax: {text:?}");
            self.wrong(words);
            return false;
        }
        self.push(Kind::Number, from, to);
        true
    }

    fn quoted(&mut self) -> bool {
        let from = self.at;
        let mut chars = self.text[from + 1..].char_indices();
        while let Some((n, c)) = chars.next() {
            match c {
                '\\' => {
                    chars.next();
                }
                '\n' => break,
                '"' => {
                    self.push(Kind::Quoted, from, from + n + 2);
                    return true;
                }
                _ => {}
            }
        }
        self.wrong("unterminated quoted string".into());
        false
    }

    fn raw(&mut self) -> bool {
        let from = self.at;
        match self.text[from + 1..].find('`') {
            Some(n) => {
                self.push(Kind::Raw, from, from + n + 2);
                true
            }
            None => {
                self.wrong("unterminated raw quoted string".into());
                false
            }
        }
    }

    /// `'a'` is a number; a shell's leftover quote is a mistake.
    fn character(&mut self) -> bool {
        let from = self.at;
        let tail = &self.text[from + 1..];
        let end = tail.find('\'').filter(|n| !tail[..*n].contains('\n'));
        let Some(n) = end else {
            self.wrong("unterminated character constant".into());
            return false;
        };
        if tail[..n].chars().count() != 1 {
            let words = format!("malformed character constant: {}", &self.text[from..from + n + 2]);
            self.wrong(words);
            return false;
        }
        self.push(Kind::Number, from, from + n + 2);
        true
    }
}
