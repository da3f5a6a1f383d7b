//! The grammar of the shell: text to tree.

pub mod ast;
mod parse;
mod word;

pub use parse::{Line, parse_line, parse_simple};

use std::fmt;

/// Text that is no shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// Line within the text, from 1.
    pub line: u32,
    pub wrong: Wrong,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A token where it cannot stand.
    Token(String),
    /// The text ends inside a quote or bracket.
    Open(char),
    /// The text ends inside a command (`if`, `{`, `&&` ...); the word that would end it, if known.
    End(Option<&'static str>),
    /// Nested too deeply.
    Deep,
}

impl Syntax {
    /// More text could make it right: a terminal shows a continuation prompt.
    pub fn incomplete(&self) -> bool {
        matches!(self.wrong, Wrong::Open(_) | Wrong::End(_))
    }
}

impl fmt::Display for Syntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wrong {
            Wrong::Token(token) => write!(f, "syntax error near unexpected token `{token}'"),
            Wrong::Open(c) => write!(f, "unexpected EOF while looking for matching `{c}'"),
            Wrong::End(_) => f.write_str("syntax error: unexpected end of file"),
            Wrong::Deep => f.write_str("syntax error: nested too deeply"),
        }
    }
}
