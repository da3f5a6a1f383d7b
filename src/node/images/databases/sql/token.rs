//! SQL text as words, numbers, strings and signs.

use super::{Dialect, Refusal};

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A keyword or a name; quoted names keep their case and are never keywords.
    Word {
        text: String,
        quoted: bool,
    },
    Number(i64),
    /// A number with a fraction, as it was written.
    Decimal(String),
    Text(String),
    Sign(&'static str),
}

/// Signs, the longer ones first.
const SIGNS: [&str; 22] = [
    "<>", "!=", "<=", ">=", "||", "::", "@@", "(", ")", ",", ";", "*", "+", "-", "/", "%", "=", "<", ">", ".", "[", "]",
];

/// Each token with the offset where it begins.
pub fn tokens(text: &str, dialect: Dialect) -> Result<Vec<(usize, Token)>, Refusal> {
    let mut all = vec![];
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c.is_whitespace() {
            at += c.len_utf8();
        } else if rest.starts_with("--") || dialect == Dialect::Mysql && c == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if c == '\'' || c == '"' || c == '`' {
            let is_text = c == '\'' || c == '"' && dialect == Dialect::Mysql;
            let Some((inside, length)) = quoted(rest, c, dialect) else {
                return Err(near(rest, text, dialect));
            };
            all.push((at, if is_text { Token::Text(inside) } else { Token::Word { text: inside, quoted: true } }));
            at += length;
        } else if c.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let number = &rest[..end];
            all.push((at, number.parse().map_or_else(|_| Token::Decimal(number.to_owned()), Token::Number)));
            at += end;
        } else if c.is_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
            all.push((at, Token::Word { text: rest[..end].to_owned(), quoted: false }));
            at += end;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            all.push((at, Token::Sign(sign)));
            at += sign.len();
        } else {
            return Err(near(rest, text, dialect));
        }
    }
    Ok(all)
}

/// What stands in quotes, and how long it is with them.
fn quoted(rest: &str, quote: char, dialect: Dialect) -> Option<(String, usize)> {
    let mut inside = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote != '`' && dialect == Dialect::Mysql {
            let (_, escaped) = chars.next()?;
            inside.push(match escaped {
                'n' => '\n',
                't' => '\t',
                '0' => '\0',
                other => other,
            });
        } else if c != quote {
            inside.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            inside.push(quote);
        } else {
            return Some((inside, at + 1));
        }
    }
    None
}

/// A statement that cannot be read from here on.
pub fn near(rest: &str, whole: &str, dialect: Dialect) -> Refusal {
    let rest = rest.trim_end_matches([';', ' ', '\n']);
    match dialect {
        Dialect::Mysql => {
            let line = whole[..whole.len() - rest.len().min(whole.len())].matches('\n').count() + 1;
            let text = format!(
                "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '{}' at line {line}",
                rest.chars().take(80).collect::<String>()
            );
            Refusal { number: 1064, state: "42000", text }
        }
        Dialect::Postgres => {
            let text = match rest.split_whitespace().next() {
                None => "syntax error at end of input".to_owned(),
                Some(_) if rest.starts_with('\'') => {
                    format!("unterminated quoted string at or near \"{}\"", rest.chars().take(40).collect::<String>())
                }
                Some(_) => {
                    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                    let word: String = rest.chars().take(end.max(1)).collect();
                    format!("syntax error at or near \"{word}\"")
                }
            };
            Refusal { number: 0, state: "42601", text }
        }
    }
}
