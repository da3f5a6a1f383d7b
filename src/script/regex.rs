//! Regular expressions as grep and sed write them, put into the words of `regex-lite`.
//!
//! Models: POSIX basic and extended expressions with GNU's additions.
//! Left out: back-references in patterns; the leftmost match is taken, not the longest.

use regex_lite::{Regex, RegexBuilder};

/// An extended expression (`grep -E`, `[[ =~ ]]`, awk); None if it is wrong.
pub fn extended(source: &str, ignore_case: bool) -> Option<Regex> {
    compile(&translate(source, true), ignore_case)
}

/// A basic expression (`grep`, `sed`).
pub fn basic(source: &str, ignore_case: bool) -> Option<Regex> {
    compile(&translate(source, false), ignore_case)
}

/// A fixed text (`grep -F`).
pub fn fixed(source: &str, ignore_case: bool) -> Option<Regex> {
    compile(&regex_lite::escape(source), ignore_case)
}

/// An expression that is already in `regex-lite`'s words.
pub fn compile(source: &str, ignore_case: bool) -> Option<Regex> {
    RegexBuilder::new(source).case_insensitive(ignore_case).size_limit(1 << 20).build().ok()
}

/// A POSIX expression in `regex-lite`'s words.
pub fn translate(source: &str, extended: bool) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        at += 1;
        match c {
            '\\' => {
                let Some(next) = chars.get(at).copied() else {
                    out.push_str("\\\\");
                    break;
                };
                at += 1;
                match next {
                    '(' | ')' | '{' | '}' | '|' | '+' | '?' if !extended => out.push(next),
                    '<' | '>' => out.push_str("\\b"),
                    'w' | 'W' | 's' | 'S' | 'b' | 'B' | 'n' | 't' | 'd' | 'D' => {
                        out.push('\\');
                        out.push(next);
                    }
                    '`' => out.push_str("\\A"),
                    '\'' => out.push_str("\\z"),
                    c if c.is_alphanumeric() => out.push(c),
                    c => {
                        out.push_str(&regex_lite::escape(&c.to_string()));
                    }
                }
            }
            '[' => at = bracket(&chars, at, &mut out),
            '(' | ')' | '{' | '}' | '|' | '+' | '?' if !extended => {
                out.push('\\');
                out.push(c);
            }
            '*' if !extended && (out.is_empty() || out.ends_with('(') || out == "^") => out.push_str("\\*"),
            '*' if out.is_empty() => out.push_str("\\*"),
            '^' if !extended && !(out.is_empty() || out.ends_with('(') || out.ends_with('|')) => out.push_str("\\^"),
            '$' if !extended && at < chars.len() && !rest_closes(&chars[at..]) => out.push_str("\\$"),
            '{' if !chars.get(at).is_some_and(|c| c.is_ascii_digit() || *c == ',') => out.push_str("\\{"),
            '}' if !out.contains('{') => out.push_str("\\}"),
            c => out.push(c),
        }
    }
    out
}

fn rest_closes(rest: &[char]) -> bool {
    matches!(rest, ['\\', ')' | '|', ..])
}

/// A bracket expression, from behind its `[`; where it ends.
fn bracket(chars: &[char], from: usize, out: &mut String) -> usize {
    let mut at = from;
    let mut inner = String::from("[");
    if chars.get(at) == Some(&'^') {
        inner.push('^');
        at += 1;
    }
    let first = at;
    while let Some(c) = chars.get(at).copied() {
        match c {
            ']' if at > first => {
                inner.push(']');
                out.push_str(&inner);
                return at + 1;
            }
            '[' if chars.get(at + 1) == Some(&':') => {
                let end = chars[at + 2..].windows(2).position(|w| w == [':', ']']);
                let Some(end) = end else { break };
                inner.extend(&chars[at..at + 2 + end + 2]);
                at += 2 + end + 2;
                continue;
            }
            '\\' | '[' | ']' | '&' | '~' => {
                inner.push('\\');
                inner.push(c);
            }
            c => inner.push(c),
        }
        at += 1;
    }
    out.push('[');
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_expressions_escape_the_other_way_round() {
        assert!(basic("a\\{2\\}", false).expect("fine").is_match("aa"));
        assert!(basic("a+", false).expect("fine").is_match("a+") && !basic("a+", false).expect("fine").is_match("aa"));
        assert!(basic("\\(x\\|y\\)z", false).expect("fine").is_match("yz"));
        assert!(extended("^[0-9]+(\\.[0-9]+)?$", false).expect("fine").is_match("12.5"));
        assert!(basic("^*a", false).expect("fine").is_match("*a") && extended("[", false).is_none());
    }
}
